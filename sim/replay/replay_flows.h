/*
 * The trace's events as flows: which one is next, and what each does. A packet's way goes down from
 * here: the flow that it opens is given its group and weight, and from then on sim/account has it.
 *
 * Owns the event that is read ahead, the compiled weights and the number of flows that are given
 * rows in flow_ticks.csv; nobody else changes them. The flows themselves are run->flows.
 */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_FLOWS_H
#define SHAPESIM_SIM_REPLAY_REPLAY_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/account/run_state.h"
#include "sim/replay/flow_ranking.h"
#include "sim/replay/replay_groups.h"
#include "traces/flow_source.h"

/* Embedded by value. */
struct replay_flows {
    struct run_state *run; /* borrowed, likewise: */
    struct replay_groups *groups;
    const struct flow_ranking *ranking; /* NULL: the first flows get rows in flow_ticks.csv */
    struct flow_event next;             /* the trace's next event, if has_next */
    bool has_next;
    struct capture_filter *weights[WEIGHTS_MAX]; /* the config's rules */
    int64_t recorded_flows;                      /* with rows there, where no ranking chooses */
};

/* Compiles the config's weights; run and groups are borrowed. */
int replay_flows_init(struct replay_flows *flows, struct run_state *run,
                      struct replay_groups *groups, char *error);
void replay_flows_fini(struct replay_flows *flows);

/* Reads the trace's next event; at its end there is none. A reading that fails ends the run. */
void replay_read_next_event(struct replay_flows *flows);

/* When it is; CLOCK_NEVER_US at the trace's end. */
int64_t replay_next_event_us(const struct replay_flows *flows);

/* Takes it: a packet, a close or a retirement. */
void replay_take_event(struct replay_flows *flows);

/* The run has ended: gives an event that was read ahead back to the source, and ends all flows that
 * are left, with their rows, as cut. */
void replay_flows_return_event(struct replay_flows *flows);
void replay_flows_cut(struct replay_flows *flows, int64_t end_us);

#endif
