/*
 * The trace's events as flows: which one is next, and what each does. A packet's path leads down
 * from here: the flow that it opens gets its group and weight, and then sim/account takes over.
 *
 * Owns the event that is read ahead, the compiled weights and the numbers of flows with rows in
 * flow_ticks.csv and exchanges.csv; nothing else changes them. The flows themselves are run->flows.
 */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_FLOWS_H
#define SHAPESIM_SIM_REPLAY_REPLAY_FLOWS_H

#include <stdint.h>

#include "sim/account/closed_loop.h"
#include "sim/account/run_state.h"
#include "sim/replay/flow_ranking.h"
#include "sim/replay/replay_groups.h"
#include "traces/flow_source.h"

/* Embedded by value. */
struct replay_flows {
    struct run_state *run; /* borrowed, likewise: */
    struct replay_groups *groups;
    const struct flow_ranking *ranking; /* NULL: the first flows get rows in flow_ticks.csv */
    const struct flow_ranking *exchange_ranking; /* NULL: the first in exchanges.csv */
    struct flow_event next;                      /* the trace's next event, read ahead */
    int64_t next_us;                             /* when it is; CLOCK_NEVER_US: there are no more */
    struct closed_loop loop;                     /* what of it waits at its senders */
    struct capture_filter *weights[WEIGHTS_MAX]; /* the config's rules */
    bool weights_met[WEIGHTS_MAX];               /* by a flow's first packet */
    int64_t recorded_flows;                      /* with rows in flow_ticks.csv, if there is no
                                                  * ranking */
    int64_t exchange_flows;                      /* likewise, in exchanges.csv */
};

/* Compiles the config's weights; run and groups are borrowed. */
int replay_flows_init(struct replay_flows *flows, struct run_state *run,
                      struct replay_groups *groups, char *error);
void replay_flows_fini(struct replay_flows *flows);

/* Reads the trace's next event. A read error ends the run. */
void replay_read_next_event(struct replay_flows *flows);

/* Handles it: a packet, a close or a retirement. */
void replay_take_event(struct replay_flows *flows);

/* The run has ended: returns an event that was read ahead to the source, and ends all remaining
 * flows, with their rows, as cut. */
void replay_flows_return_event(struct replay_flows *flows);
void replay_flows_cut(struct replay_flows *flows, int64_t end_us);

#endif
