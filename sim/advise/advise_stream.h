/*
 * The bytes that a trace offers, tick by tick, and the rate at which a bucket alone would keep them
 * waiting no longer than is demanded: where a search for the least rate begins. No packet is
 * replayed for it.
 *
 * The bytes wait in one queue, whoever serves it: a bucket of depth b that gets rho a tick leaves
 * Q = max(0, Q + a - level) after a tick's a bytes, and what arrived in that tick waits for Q / rho
 * ticks. The largest Q is sigma(rho) - b (burst.h); a demand on a percentile needs fewer.
 *
 * Example: ticks of 10 ms with 3000, 0 and 0 bytes, a bucket of one tick's worth, none to wait
 * longer than 10 ms: with 1500 a tick 1500 wait for one tick, with 1499 they wait longer.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_STREAM_H
#define SHAPESIM_SIM_ADVISE_ADVISE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct advise_ticks {
    int64_t tick, bytes;
};

/* Ticks with bytes, ascending. Empty when zeroed. */
struct advise_stream {
    struct advise_ticks *ticks; /* owned */
    size_t count, capacity;
    int64_t total_bytes, peak_bytes;
};

/* What waits at most: `share` of the bytes (1: all) no longer than `ticks`. */
struct advise_wait {
    double share;
    double ticks;
};

/* Adds bytes to a tick, which is no earlier than the last one. 0, or -1 on allocation failure. */
int advise_stream_add(struct advise_stream *stream, int64_t tick, int64_t bytes);
void advise_stream_fini(struct advise_stream *stream);

/* Whether they wait no longer with this rate in bytes per tick and this burst; the bucket starts
 * with one tick's worth. */
bool advise_stream_waits(const struct advise_stream *stream, int64_t rate, int64_t burst,
                         const struct advise_wait *wait);

/* The least such rate up to the busiest tick's, found by bisection; burst(arg, rate) goes with
 * it. 0: an empty stream. */
int64_t advise_stream_rate(const struct advise_stream *stream, const struct advise_wait *wait,
                           int64_t (*burst)(const void *arg, int64_t rate), const void *arg);

#endif
