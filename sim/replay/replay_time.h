/*
 * The replay's clock: which instant comes next, and what is due at it. Owns the events of
 * libevent's loop that the clock activates and the length of its jumps; nothing else changes these.
 * Gets the next time from the trace's flows, the config's events, the groups' ticks and the shaper,
 * and calls them when it is due.
 */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_TIME_H
#define SHAPESIM_SIM_REPLAY_REPLAY_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/account/run_state.h"
#include "sim/replay/replay_events.h"
#include "sim/replay/replay_flows.h"
#include "sim/replay/replay_groups.h"
#include "sim/replay/replay_setup.h"
#include "sim/replay/replay_standstill.h"

/* Embedded by value; the first members are set before the clock starts. */
struct replay_time {
    struct run_state *run; /* borrowed, likewise: */
    struct replay_groups *groups;
    struct replay_flows *flows;
    struct replay_events *events;
    const struct replay_setup *setup;

    struct replay_standstill standstill;
    struct event *arrivals;
    struct event *tick_opening;
    int64_t alignment_us;  /* ticks of every length begin at its multiples */
    int64_t jump_max;      /* the longest jump of the clock, in these */
    bool has_other_events; /* whether libevent's loop has others than ticks and arrivals */
    bool has_ended;
};

/* Starts the clock, which is then moved from instant to instant. */
void replay_time_start(struct replay_time *time);

/* Makes the events that the clock activates. 0, or -1 on allocation failure. */
int replay_time_make_events(struct replay_time *time);

/* The replay has ended: from now on a stop has no effect on the loop, which runs once more to free
 * what libevent has deferred. */
void replay_time_end(struct replay_time *time);

/* Frees them. */
void replay_time_fini(struct replay_time *time);

/* Whether memory ran out: the replay then fails. */
bool replay_look_for_memory(const struct replay_time *time);

#endif
