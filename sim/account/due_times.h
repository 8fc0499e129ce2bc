/*
 * By how much the machine's lateness shifts a closed-loop replay with the real clock: the trace is
 * first replayed with the virtual clock, and when each packet was due there is kept.
 *
 *     extra shift = when a packet is due with the real clock, less when it was with the virtual one
 *
 * Both are due_i of closed_loop.h, so what a packet's own handing in is late is not in it, only
 * what it made later. Negative where the real run was served earlier. For each packet of a TCP flow
 * that has counted bytes and was due in both.
 *
 * Example: a request is handed in 300 us late, and its response delivered at once. The next request
 * is due 300 us later than with the virtual clock: an extra shift of 0.000300 s.
 *
 * Memory: 8 bytes for each such packet of the trace.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_DUE_TIMES_H
#define SHAPESIM_SIM_ACCOUNT_DUE_TIMES_H

#include <stdint.h>

#include "shaper/shaper.h"

struct due_times;

struct extra_shift {
    uint64_t packets; /* compared; 0: the others mean nothing */
    int64_t largest_us;
    uint64_t largest_flow; /* where that was first */
    int64_t last_us;       /* of the packet handed in last */
};

/* Keeps times until due_times_compare(). The caller frees with due_times_free(); NULL on allocation
 * failure. */
struct due_times *due_times_new(void);
void due_times_free(struct due_times *times);

/* From now on times are compared with those kept. */
void due_times_compare(struct due_times *times);

/* The next packet of a flow, from 1, and direction is due: keeps its time, or compares it. 0, or -1
 * on allocation failure. */
int due_times_take(struct due_times *times, uint64_t flow, enum shaper_direction direction,
                   int64_t due_us);

const struct extra_shift *due_times_extra_shift(const struct due_times *times);

#endif
