/* The results of a run, by group. */
#ifndef SHAPESIM_SIM_ACCOUNT_GROUP_TOTALS_H
#define SHAPESIM_SIM_ACCOUNT_GROUP_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include "shaper/filter.h"
#include "shaper/shaper.h"
#include "sim/config/application.h"
#include "sim/config/limits.h"
#include "sim/metrics/delays.h"
#include "sim/metrics/response_times.h"

struct group_metrics;

/* The group "-" has the flows of no group; it has limits only where mod_ratelimit is the only
 * limiter. */
struct group_totals {
    const char *name;
    const struct group_limits *limits; /* NULL: no ticks */
    bool is_met;                       /* a flow's first packet has met its match */
    uint64_t flows;
    uint64_t packets;
    uint64_t ticks;
    uint64_t offered_bytes[SHAPER_DIRECTIONS];
    uint64_t delivered_bytes[SHAPER_DIRECTIONS];
    uint64_t unoffered_bytes[SHAPER_DIRECTIONS]; /* of the trace: not due when --max-time ended the
                                                  * run, or never; see outcome.uncounted */
    uint64_t withheld_bytes[SHAPER_DIRECTIONS];  /* of these, those read from the trace, that waited
                                                  * at their senders */
    uint32_t largest_windowed_bytes; /* the largest packet that went through a receive window */
    uint64_t charged_bytes[SHAPER_DIRECTIONS];   /* delivered, or with TLS what is below it */
    uint64_t handshake_bytes[SHAPER_DIRECTIONS]; /* of these */
    uint64_t peak_tick_bytes[SHAPER_DIRECTIONS];
    uint64_t peak_backlog_bytes[SHAPER_DIRECTIONS];
    uint64_t peak_members;
    uint64_t credits_above_burst; /* events that left a bucket above its burst */
    uint64_t false_eofs;          /* flows that libevent ended without cause */
    uint64_t broken_flows;        /* of these, those that could never go on in closed loop */
    uint64_t handshakes;          /* TLS: flows opened, and peers that saw no close-notify */
    uint64_t unclean_ends;
    uint64_t flushed_bytes[SHAPER_DIRECTIONS]; /* moved past the limits at closes */
    uint64_t arrived_bytes[SHAPER_DIRECTIONS]; /* below all filters, at the far end */
    struct application_counts application;     /* sums and maxima over flows that have ended */
    struct shaper_filter_counts filters[SHAPER_FILTERS_MAX][SHAPER_DIRECTIONS]; /* likewise */
    struct delay_histogram delays[SHAPER_DIRECTIONS];
    struct delay_histogram behind[SHAPER_DIRECTIONS]; /* delivered less captured time: only of a
                                                       * closed loop, else those are the delays */
    struct response_times responses;
    struct completion_times completion;
    const struct group_metrics *metrics; /* NULL: nothing was measured */
};

#endif
