/* The replay's clock: which instant comes next, and what is due at it. */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_TIME_H
#define SHAPESIM_SIM_REPLAY_REPLAY_TIME_H

#include <stdbool.h>
#include <stdint.h>

struct replay;

/* Starts the clock, which is moved on from instant to instant. */
void replay_start_clock(struct replay *replay);

/* Makes the events of what the clock brings about. 0, or -1 on allocation failure. */
int replay_make_time_events(struct replay *replay);

/* Reads the trace's next event into replay->next. */
void replay_read_next_event(struct replay *replay);

/* Closes all ticks that end until then. Rows come in the order of time, those of one instant in the
 * order of the groups. */
void replay_close_rows(struct replay *replay, int64_t to_us);

/* Whether memory ran out: the replay fails then. */
bool replay_look_for_memory(struct replay *replay);

#endif
