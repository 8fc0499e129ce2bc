/*
 * What everything below the replay shares in one run: its settings, where its rows go, which flows
 * there are, whether anything moves, and how it ends.
 *
 * Owned by the replay, which fills it in before the first flow opens. From then on each member has
 * the writers named beside it, and everybody may read it.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_RUN_STATE_H
#define SHAPESIM_SIM_ACCOUNT_RUN_STATE_H

#include <signal.h>
#include <stdint.h>

#include "sim/account/outcome.h"
#include "sim/base/sim.h"
#include "sim/config/config.h"
#include "sim/output/record.h"
#include "traces/flow_source.h"

struct event_base;
struct flow_state;
struct shaper;

/* Embedded by value; zeroed it is a run without files that has not ended. */
struct run_state {
    /* Set once by the replay, all borrowed: */
    const struct run_config *config;
    struct flow_source *source;
    struct record *record;             /* NULL: no files */
    struct shaped_capture *shaped;     /* the record's; NULL: none is written */
    const volatile sig_atomic_t *stop; /* set: end at the next instant */
    struct event_base *base;
    struct shaper *shaper;

    uint64_t moved;           /* counts whatever happens to channels: flow_channel,
                                 flow_application and the replay's events count */
    uint64_t open_flows;      /* with a channel: by flow_channel */
    struct flow_state *flows; /* all, by number: added by the replay, taken out by flow_channel */

    enum replay_end end; /* by run_state_stop() and run_state_fail() alone, as is: */
    char failure[SIM_ERROR_BYTES];
};

/* Ends the loop: the one thing that the replay is told from below. */
void run_state_stop(struct run_state *run, enum replay_end end);

/* Likewise, as failed; the printf-style reason is kept unless one was given before. */
void run_state_fail(struct run_state *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
