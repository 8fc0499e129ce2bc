/*
 * The rows of a run's CSV files as structs: the replay fills them in, record.h writes them, verify
 * compares with them. They know neither files nor column names.
 */
#ifndef SHAPESIM_SIM_METRICS_ROWS_H
#define SHAPESIM_SIM_METRICS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/filter.h"
#include "shaper/shaper.h"
#include "sim/config/application.h"
#include "sim/metrics/burst.h"
#include "sim/metrics/fairness.h"
#include "traces/flow_table.h"

struct tick_row {
    int64_t time_us; /* the tick's start */
    int64_t tick;
    const char *group;
    uint64_t members;
    uint64_t backlogged_flows;
    bool has_bucket; /* false: the bucket's columns are empty */
    int64_t start_bytes[SHAPER_DIRECTIONS];
    int64_t end_bytes[SHAPER_DIRECTIONS];
    uint64_t bytes[SHAPER_DIRECTIONS];
    uint64_t total_bytes[SHAPER_DIRECTIONS];
    uint64_t backlog_bytes[SHAPER_DIRECTIONS];
};

struct flow_tick_row {
    int64_t time_us;
    int64_t tick;
    const char *group;
    uint64_t flow;
    bool has_bucket;
    bool has_max; /* false: the last two columns are empty */
    int64_t bucket_bytes[SHAPER_DIRECTIONS];
    uint64_t bytes[SHAPER_DIRECTIONS];
    uint64_t backlog_bytes[SHAPER_DIRECTIONS];
    uint64_t max_bytes[SHAPER_DIRECTIONS];
};

/* An event of a group during a run; the limit is the one in force after it. */
struct event_row {
    int64_t time_us;
    int64_t tick;
    const char *group;
    const char *event;
    uint64_t flow;   /* 0: it was an event of the group */
    bool has_bucket; /* what does not exist before or after is empty */
    bool has_bucket_after;
    bool has_limit;
    bool has_min_share;
    int64_t before_bytes[SHAPER_DIRECTIONS];
    int64_t after_bytes[SHAPER_DIRECTIONS];
    int64_t rate_bytes_per_tick[SHAPER_DIRECTIONS];
    int64_t burst_bytes[SHAPER_DIRECTIONS];
    int64_t effective_min_share_bytes;
};

/* The counts of one filter for what a flow sent in one direction. */
struct filter_row {
    uint64_t flow;
    const char *group;
    enum shaper_direction direction;
    uint64_t position; /* from 0, the application's side */
    const char *filter;
    struct shaper_filter_counts counts;
};

struct application_row {
    uint64_t flow;
    const char *group;
    struct application_counts counts;
};

struct flow_row {
    uint64_t packets;
    uint64_t offered_bytes[SHAPER_DIRECTIONS];
    uint64_t delivered_bytes[SHAPER_DIRECTIONS];
    uint64_t max_backlog_bytes[SHAPER_DIRECTIONS];
    uint64_t flow;
    const char *group;
    uint8_t ip_version;
    uint8_t protocol;
    struct endpoint initiator;
    struct endpoint responder;
    int64_t start_us;
    int64_t end_us;
    const char *close;
    uint32_t weight; /* where the scheduler uses weights; else 1 */
    uint64_t retransmitted_bytes;
};

/* The measurements of a flow at its end. */
struct flow_figures {
    int64_t delay_us[SHAPER_DIRECTIONS][3]; /* p50, p99, max; -1 if nothing was carried */
    bool is_measured;                       /* false: the columns of fairness are empty */
    struct fairness_flow_result fairness[SHAPER_DIRECTIONS];
    int64_t captured_completion_us; /* from its first packet to its last byte of payload; -1: it
                                     * has none */
    int64_t completion_us;          /* as delivered; -1 also where not all of it was */
};

/* An exchange of a flow; times that are -1 are empty. */
struct exchange_row {
    uint64_t flow;
    uint64_t exchange;
    const char *group;
    int64_t start_us;
    uint64_t request_bytes;
    uint64_t response_bytes;
    int64_t captured_first_byte_us; /* from the start, as all that follow */
    int64_t first_byte_us;
    int64_t captured_response_us;
    int64_t response_us;
};

/* Jain's index of a window of ticks. */
struct fairness_row {
    int64_t time_us; /* of the window's start, like `tick` */
    int64_t tick;
    const char *group;
    enum shaper_direction direction;
    int64_t window_ticks;
    uint64_t flows;
    uint64_t limited_flows;
    uint64_t bytes;
    double jain;
    int64_t window_us; /* as long as window_ticks */
};

/* How many packets of a group had one delay. */
struct delay_row {
    const char *group;
    enum shaper_direction direction;
    int64_t delay_us;
    uint64_t packets;
};

/* The delays of a group's packets that were delivered in one second of the run. */
struct delay_second_row {
    const char *group;
    enum shaper_direction direction;
    int64_t second; /* the one from second x 1 s on */
    uint64_t packets;
    int64_t delay_us[3]; /* p50, p99, max */
};

/* A point of a burst's curve. */
struct burst_row {
    const char *group;
    uint64_t flow; /* 0: the whole group */
    enum shaper_direction direction;
    enum burst_stream stream;
    const char *measure;
    uint64_t x;
    uint64_t bytes;
};

#endif
