/*
 * How bursty a stream of bytes is, at the resolution of ticks. One pass, bounded memory; ticks
 * without bytes cost nothing.
 *
 *  - sigma(rho), the tightest burst for a rate (Cruz 1991): the least sigma such that any k
 *    consecutive ticks carry at most sigma + rho * (k - 1) bytes: what a bucket of depth sigma that
 *    gets rho bytes per tick passes without delay. One pass: Q = max(0, Q - rho) + a for each
 *    tick's bytes a, sigma = the largest Q. (With the refill counted in, sigma + rho * k, it is rho
 *    less.)
 *  - The peak over w ticks: the most that any w consecutive ticks carry.
 *  - The longest burst: the most consecutive ticks that all carry bytes; of two equally long ones
 *    that with more bytes.
 *
 * Example: ticks of 5, 0, 4, 4 bytes and rho = 2 have Q = 5, 3, 5, 7: sigma(2) = 7. The peak over
 * 10 ticks is 13, the longest burst 2 ticks of 8 bytes. A bucket of 3 bytes passes everything with
 * a delay of 2 ticks at most, as 7 - 2 * 2 = 3.
 */
#ifndef SHAPESIM_SIM_METRICS_BURST_H
#define SHAPESIM_SIM_METRICS_BURST_H

#include <stddef.h>
#include <stdint.h>

#define BURST_RATES_MAX 12
#define BURST_PEAKS     3
#define BURST_DELAYS    4

extern const int64_t burst_peak_ticks[BURST_PEAKS];   /* 1, 10, 100 */
extern const int64_t burst_delay_ticks[BURST_DELAYS]; /* 0, 1, 10, 100 */

enum burst_stream { BURST_OFFERED, BURST_DELIVERED, BURST_STREAMS };

/* "offered" or "delivered". */
static inline const char *burst_stream_name(enum burst_stream stream)
{
    return stream == BURST_OFFERED ? "offered" : "delivered";
}

/* The measures of a stream, and their names in burst.csv. */
enum burst_measure { BURST_SIGMA, BURST_PEAK, BURST_LONGEST, BURST_FOR_DELAY, BURST_MEASURES };

extern const char *const burst_measure_names[BURST_MEASURES];
#define BURST_MEASURES_TEXT "sigma, peak, longest or burst_for_delay"

/* The rates rho for which sigma is kept, in bytes per tick, rising. */
struct burst_rates {
    size_t count; /* 0: no rate to compare with */
    size_t effective;
    int64_t bytes_per_tick[BURST_RATES_MAX];
};

/* Embedded by value; zeroed, with its rates set, it is empty. */
struct burst_meter {
    const struct burst_rates *rates; /* borrowed */
    uint64_t total_bytes;
    uint64_t sigma_bytes[BURST_RATES_MAX];
    uint64_t peak_bytes[BURST_PEAKS];
    uint64_t longest_ticks;
    uint64_t longest_bytes;

    /* the current tick, and the last one before it that carried bytes */
    int64_t tick;
    uint64_t tick_bytes;
    int64_t last_tick;
    uint64_t queue_bytes[BURST_RATES_MAX]; /* Q at the end of last_tick */
    uint64_t run_ticks;
    uint64_t run_bytes;
    struct burst_tick { /* ticks with bytes among the last hundred: a ring */
        int64_t tick;
        uint64_t bytes_before; /* of the whole stream */
    } * ticks;
    size_t ticks_capacity;
    uint64_t ticks_seen;
    uint64_t oldest[BURST_PEAKS]; /* index of the first one inside each peak's window */
};

/* 1/8, 1/4, 1/2, 3/4, 7/8, 1, 9/8, 5/4, 3/2, 2, 4 and 8 times a rate of at least 1, in whole bytes
 * rounded down, distinct, at least 1. */
void burst_rates_init(struct burst_rates *rates, int64_t effective_bytes_per_tick);

/* The stream carried bytes in a tick, which is no earlier than the one before. 0, or -1 on
 * allocation failure. */
int burst_meter_add(struct burst_meter *meter, int64_t tick, uint64_t bytes);

/* Includes the current tick: to be called before the figures are read. 0 or -1. */
int burst_meter_finish(struct burst_meter *meter);
void burst_meter_fini(struct burst_meter *meter);

/* What is left of a queue after `ticks` at a rate. */
uint64_t burst_drained_bytes(uint64_t queue_bytes, int64_t rate, int64_t ticks);

/* Sigma at the effective rate; 0 without rates. */
uint64_t burst_meter_sigma(const struct burst_meter *meter);

/* The depth of a bucket, full at the start, that passes the stream at the effective rate with no
 * byte delayed by more than `delay_ticks`: max(rate, sigma(rate) - rate * delay). */
uint64_t burst_meter_for_delay(const struct burst_meter *meter, int64_t delay_ticks);

#endif
