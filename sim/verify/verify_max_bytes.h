/*
 * flow_ticks.csv: what libevent would let a flow's shaped end read and write at once, recomputed
 * from the group's bucket at the tick's end, its members and min-share, the flow's own bucket, or
 * --max-single-read and -write without one:
 *
 *     min(own level or max-single, max(level / members, min-share)), 0 where that is negative
 *
 * With 1000 B and 4 members it is 250. It is 0 in a suspended group: from a level of 0 or less on
 * until a refill reaches the min-share.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_MAX_BYTES_H
#define SHAPESIM_SIM_VERIFY_VERIFY_MAX_BYTES_H

#include "sim/verify/tick.h"
#include "sim/verify/verify_rows.h"

/* One direction of a row, whose flow stays in the group. */
struct verified_max_row {
    const struct csv_reader *reader;
    int column;
    const struct shaper_limit *per_flow; /* NULL: none */
    int64_t level_bytes;                 /* of its bucket */
    int64_t max_bytes;
};

/* Whether the group is suspended at the tick's end; `was_suspended` is that of the tick before. */
bool max_bytes_suspends(const struct verification *verification, const struct verified_tick *tick,
                        int direction, bool was_suspended);

/* Compares the row with what is recomputed. */
void max_bytes_check(struct verification *verification, const struct verified_tick *tick,
                     int direction, bool is_suspended, const struct verified_max_row *row);

#endif
