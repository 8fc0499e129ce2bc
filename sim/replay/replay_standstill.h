/* What ends a replay that moves nothing any more. */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_STANDSTILL_H
#define SHAPESIM_SIM_REPLAY_REPLAY_STANDSTILL_H

#include <stdbool.h>
#include <stdint.h>

struct replay;

/* Whether nothing more comes and the replay would go on for ever: for very long no byte has moved,
 * or all that is left lies in filters that nobody tells to pass it on. It fails then, with what is
 * missing as the reason. `next_arrival_us` is when something comes from outside, or
 * CLOCK_NEVER_US. Asked at each wait. */
bool replay_stands_still(struct replay *replay, int64_t next_arrival_us);

/* Whether the next instant is CLOCK_NEVER_US: the replay fails then, likewise. */
bool replay_has_no_instant(struct replay *replay, int64_t to_us);

/* Whether libevent has asked very often what is ready while neither a byte nor the clock moved: the
 * replay fails then. Asked each time. */
bool replay_spins(struct replay *replay);

#endif
