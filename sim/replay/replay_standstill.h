/*
 * What ends a replay that moves nothing any more.
 *
 * Owns what run->moved was when each of its questions was last asked; nobody else changes that.
 */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_STANDSTILL_H
#define SHAPESIM_SIM_REPLAY_REPLAY_STANDSTILL_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/account/run_state.h"
#include "sim/replay/replay_groups.h"

/* Embedded by value; with its first two members set, nothing was asked yet. */
struct replay_standstill {
    struct run_state *run; /* borrowed, likewise: */
    const struct replay_groups *groups;
    uint64_t moved_before; /* run->moved when last seen to change, and when that was */
    int64_t moved_us;
    uint64_t moved_at_wait; /* as it was when descriptors were last found ready */
    unsigned idle_waits;    /* how often in a row they were, and nothing happened */
    uint64_t moved_at_poll; /* as it was when libevent last asked what is ready, and when */
    int64_t polled_us;
    unsigned idle_polls; /* how often in a row it asked, and neither had changed */
};

/* Whether nothing more comes and the replay would go on for ever: for very long no byte has moved,
 * or all that is left lies in filters that nobody tells to pass it on. It fails then, with what is
 * missing as the reason. `next_arrival_us` is when something comes from outside, or
 * CLOCK_NEVER_US. Asked at each wait. */
bool replay_stands_still(struct replay_standstill *standstill, int64_t next_arrival_us);

/* Whether the next instant is CLOCK_NEVER_US: the replay fails then, likewise. */
bool replay_has_no_instant(struct replay_standstill *standstill, int64_t to_us);

/* Whether libevent has asked very often what is ready while neither a byte nor the clock moved: the
 * replay fails then. Asked each time. */
bool replay_spins(struct replay_standstill *standstill);

/* Whether descriptors were found ready several times in a row while no byte moved: libevent asks
 * for what it may not have (min-share 0), and the clock has to move all the same. Asked each time
 * when some are ready; replay_waits() begins the count anew. */
bool replay_is_stuck(struct replay_standstill *standstill);
void replay_waits(struct replay_standstill *standstill);

#endif
