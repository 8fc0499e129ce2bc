/*
 * How long clients waited for answers, and flows until they were complete: percentiles over
 * exchanges and flows of which some never were.
 *
 * What never was counts as infinite. A percentile is the smallest time that the given share of all
 * does not exceed (nearest rank), as delays.h has it, at most 0.8 % too long.
 *
 *     added    = response time less the captured one: what the limit cost; may be negative
 *     slowdown = response time / captured one, where that is SLOWDOWN_LEAST_US or more
 *
 * Example: three exchanges of 10 ms in the capture take 10 and 30 ms, and one is cut: the response
 * time's p50 is 30 ms, its p90 and max are infinite; the captured p50 is 10 ms, the added one 20 ms
 * and the slowdown's 3.
 */
#ifndef SHAPESIM_SIM_METRICS_RESPONSE_TIMES_H
#define SHAPESIM_SIM_METRICS_RESPONSE_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/metrics/delays.h"
#include "traces/flow_table.h"

/* Of times that are no number: there is none to take it of; it is infinite. */
#define TIME_NONE     INT64_MIN
#define TIME_INFINITE INT64_MAX

/* Below that a captured response time says nothing of how much slower one is. */
#define SLOWDOWN_LEAST_US 1000

/* A slowdown of 1, in the unit of slowdowns. */
#define SLOWDOWN_ONE 1000000

/* A percentile's per mille: the largest of all. */
#define PER_MILLE_MAX 1000

#define SLOWEST_MAX 3

/* Of exchanges or flows: those that are complete, and the number of those that never were.
 * Embedded by value; zeroed is empty. */
struct waiting_times {
    struct delay_histogram complete;
    uint64_t incomplete;
};

/* An exchange. */
struct response {
    uint64_t flow;
    uint64_t exchange;
    int64_t start_us;             /* -1: it never was due */
    int64_t captured_response_us; /* -1: none in the capture */
    int64_t response_us;          /* -1: never wholly delivered */
    uint8_t ip_version;
    struct endpoint initiator;
    struct endpoint responder;
};

/* Of a group. Embedded by value; zeroed is empty. */
struct response_times {
    struct waiting_times response;
    struct delay_histogram captured;      /* of the same exchanges */
    struct delay_histogram added;         /* of complete ones, where it is 0 or more */
    struct delay_histogram saved;         /* where it is less: how much */
    int64_t added_max_us;                 /* of complete ones */
    struct waiting_times slowdown;        /* in millionths */
    uint64_t slowdown_left_out;           /* captured in less than SLOWDOWN_LEAST_US */
    uint64_t without_response;            /* none in the capture: in no percentile */
    struct response slowest[SLOWEST_MAX]; /* most added time first, infinite ones before all, ties
                                           * by flow and exchange */
    size_t slowest_count;
};

/* Of the flows of a group with payload. Embedded by value; zeroed is empty. */
struct completion_times {
    struct waiting_times completion;
    struct delay_histogram captured;
};

/* Puts an exchange into a list of at most SLOWEST_MAX, in the order of response_times.slowest, if
 * it is slow enough. */
void response_rank_slowest(struct response slowest[SLOWEST_MAX], size_t *count,
                           const struct response *response);

/* 0, or -1 on allocation failure. */
int response_times_add(struct response_times *times, const struct response *response);

/* Exchanges with a response in the capture. */
uint64_t response_times_exchanges(const struct response_times *times);

/* The time, or slowdown, that `per_mille` do not exceed: TIME_NONE where there are none,
 * TIME_INFINITE where it falls on one that never was complete. */
int64_t waiting_times_percentile(const struct waiting_times *times, unsigned per_mille);
int64_t response_times_added_us(const struct response_times *times, unsigned per_mille);

/* Likewise, of times that are all known. */
int64_t captured_times_percentile_us(const struct delay_histogram *times, unsigned per_mille);

void response_times_fini(struct response_times *times);

/* A flow with payload; `completion_us` -1: not all of it was delivered. 0, or -1 on allocation
 * failure. */
int completion_times_add(struct completion_times *times, int64_t captured_us,
                         int64_t completion_us);
uint64_t completion_times_flows(const struct completion_times *times);
void completion_times_fini(struct completion_times *times);

#endif
