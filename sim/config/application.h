/*
 * Settings of the applications at a flow's ends beyond its packets: filters on their bytes, when to
 * stop writing, how long to wait.
 *
 *     --via overhead=40:1460        a header of 40 bytes before each segment of at most 1460
 *     --via deflate[=LEVEL]         zlib's compression
 *     --via ratelimit=KIB_PER_S[,initial-burst=KIB][,variant=naive|fixed|corrected]
 *                               [,brigade=BYTES|stream][,flush=packet|close]
 *                                   Apache's mod_ratelimit
 *     --payload zero|random|text    what stands for bytes that were not captured
 *     --write-high SIZE, --write-low SIZE, --read-high SIZE, --read-low SIZE
 *     --filter-high SIZE
 *     --read-timeout TIME, --write-timeout TIME
 *     --flush normal|flush|finished
 */
#ifndef SHAPESIM_SIM_CONFIG_APPLICATION_H
#define SHAPESIM_SIM_CONFIG_APPLICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/channel.h"

enum payload_kind { PAYLOAD_ZERO, PAYLOAD_RANDOM, PAYLOAD_TEXT };

struct application_config {
    struct shaper_filter filters[SHAPER_FILTERS_MAX]; /* the application's first */
    size_t filter_count;
    bool has_payload;
    enum payload_kind payload;
    int64_t write_high_bytes; /* 0: it never stops writing */
    int64_t write_low_bytes;
    int64_t read_high_bytes;               /* 0: none */
    int64_t read_low_bytes;                /* likewise */
    int64_t filter_high_bytes;             /* likewise, of what is below the filters */
    int64_t timeout_us[SHAPER_DIRECTIONS]; /* likewise */
    enum shaper_flush flush;
};

/* The fields of an application.csv row. */
struct application_counts {
    uint64_t held_packets;
    uint64_t held_bytes;
    uint64_t max_held_bytes; /* at the same time */
    int64_t max_held_us;     /* the longest that a packet was held */
    uint64_t timeouts[SHAPER_DIRECTIONS];
    uint64_t flushed_bytes[SHAPER_DIRECTIONS]; /* moved past the limits by a flush, counted below
                                                * all filters */
};

/* Reads one --via and appends it. SIM_OK or SIM_MISUSE. */
int application_add_filter(struct application_config *config, const char *what, const char *value,
                           char *error);

/* Checks the settings against each other. SIM_OK or SIM_MISUSE. */
int application_check(const struct application_config *config, char *error);

/* Whether a run has an application.csv. */
bool application_is_recorded(const struct application_config *config);

/* Whether bufferevents get timeouts. */
bool application_has_timeouts(const struct application_config *config);

/* Whether the settings have a filter of this kind. */
bool application_has_filter(const struct application_config *config, enum shaper_filter_kind kind);

/*
 * The bytes of a packet: `content_bytes` of them from the capture, the others generated. Generated
 * bytes depend only on the seed, the flow, the direction and the position in the stream. `bytes`
 * long; the caller owns the result, frees it with free(). NULL on allocation failure.
 */
struct payload_position {
    uint64_t seed;
    uint64_t flow;
    enum shaper_direction direction;
    uint64_t stream_offset;
};
unsigned char *payload_make(enum payload_kind kind, const struct payload_position *position,
                            const unsigned char *content, size_t content_bytes, size_t bytes);

#endif
