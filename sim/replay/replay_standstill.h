/*
 * What ends a replay that makes no progress. Owns the values of run->moved at the last call of each
 * check; nothing else changes them.
 */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_STANDSTILL_H
#define SHAPESIM_SIM_REPLAY_REPLAY_STANDSTILL_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/account/run_state.h"
#include "sim/replay/replay_groups.h"

/* Embedded by value; with its first two members set, nothing was checked yet. */
struct replay_standstill {
    struct run_state *run; /* borrowed, likewise: */
    const struct replay_groups *groups;
    uint64_t moved_before; /* run->moved when it last changed, and that time */
    int64_t moved_us;
    uint64_t moved_at_wait; /* its value when descriptors were last ready */
    unsigned idle_waits;    /* how often in a row they were, and nothing happened */
    uint64_t moved_at_poll; /* its value when libevent last polled, and that time */
    int64_t polled_us;
    unsigned idle_polls; /* how often in a row it polled, and neither had changed */
};

/* Whether nothing more arrives and the replay would never end: no byte has moved for very long, or
 * everything left is held by filters that nothing will flush, or waits for a read watermark. The
 * replay then fails, with the cause as the reason. `next_arrival_us` is the time of the next
 * external event, or CLOCK_NEVER_US. Called at each wait. */
bool replay_stands_still(struct replay_standstill *standstill, int64_t next_arrival_us);

/* Whether the next instant is CLOCK_NEVER_US: the replay then fails likewise. */
bool replay_has_no_instant(struct replay_standstill *standstill, int64_t to_us);

/* Whether libevent has polled very often while neither a byte nor the clock moved: the replay then
 * fails. Called at each poll. */
bool replay_spins(struct replay_standstill *standstill);

/* Whether descriptors were ready several times in a row while no byte moved: libevent polls for
 * what it may not do (min-share 0), and the clock has to advance all the same. Called each time
 * when some are ready; replay_waits() restarts the count. */
bool replay_is_stuck(struct replay_standstill *standstill);
void replay_waits(struct replay_standstill *standstill);

#endif
