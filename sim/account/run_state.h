/*
 * The state that the replay shares with everything below it in one run: the settings, the record,
 * the flows, a counter of progress, and the result. Owned by the replay, which fills it in before
 * the first flow opens. From then on each member is written only by the modules named next to it,
 * and read by all.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_RUN_STATE_H
#define SHAPESIM_SIM_ACCOUNT_RUN_STATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/account/delay_seconds.h"
#include "sim/account/outcome.h"
#include "sim/base/sim.h"
#include "sim/config/config.h"
#include "sim/output/record.h"
#include "traces/flow_source.h"

struct closed_loop;
struct due_times;
struct event;
struct event_base;
struct flow_state;
struct response_ends;
struct shaper;

/* Embedded by value; zeroed, it is a run without files that has not ended. */
struct run_state {
    /* Set once by the replay, all borrowed: */
    const struct run_config *config;
    struct flow_source *source;
    struct record *record;                     /* NULL: no files */
    bool measures;                             /* fairness and bursts, for files or to be printed */
    struct shaped_capture *shaped;             /* the record's; NULL: none is written */
    const volatile sig_atomic_t *stop;         /* when set, the run ends at the next instant */
    struct closed_loop *closed_loop;           /* NULL: open, without a window */
    const struct response_ends *response_ends; /* NULL: no filter asks for them */
    struct due_times *due_times;               /* NULL: when packets are due is not kept */
    struct event *next_round;                  /* begins another round of an instant, when active */
    struct event_base *base;
    struct shaper *shaper;

    uint64_t moved;           /* counts everything that happens to channels: flow_channel,
                               * flow_application and the replay's events count */
    uint64_t open_flows;      /* with a channel: by flow_channel */
    struct flow_state *flows; /* all, ordered by number: added by the replay, removed by
                               * flow_channel */

    enum replay_end end; /* written only by run_state_stop() and run_state_fail(), like the next: */
    char failure[SIM_ERROR_BYTES];

    struct delay_seconds delay_seconds; /* by flow_channel; begun and ended by the replay */
};

/* Ends the loop: the only call from below that reaches the replay. */
void run_state_stop(struct run_state *run, enum replay_end end);

/* Likewise, as failed; the printf-style reason is kept unless there already is one. */
void run_state_fail(struct run_state *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
