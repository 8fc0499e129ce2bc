/*
 * What all parts of a verification know: what is checked, the settings, which groups and flows
 * there are. What a file says of them is kept in the state of that file's part, which alone changes
 * it: arrays by verified_group.index and verified_flow.index.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFICATION_H
#define SHAPESIM_SIM_VERIFY_VERIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
/* On allocation failure an element stays out of the table: uthash would end the program. */
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->hh.tbl = NULL)
#include <uthash.h>

#include "sim/cli/options.h"
#include "sim/verify/checks.h"
#include "traces/flow_table.h"

/* A group of the command, or "-". */
struct verified_group {
    size_t index;
    const char *name;
    const struct group_limits *limits; /* NULL: no ticks */
    json_t *summary;                   /* its object, borrowed */
    int64_t tick_us;                   /* 0 without limits */
    struct verified_group *parent;     /* NULL: none */
    bool has_children;
};

enum verified_close {
    VERIFIED_FIN,
    VERIFIED_RST,
    VERIFIED_SYN,
    VERIFIED_IDLE,
    VERIFIED_END,
    VERIFIED_CUT,
    VERIFIED_EOF,
};

/* In flows.csv, for each direction: what fairness.h measures of a flow. */
enum flow_measure {
    CONTENDED_TICKS,
    CONTENDED_BYTES,
    GPS_LAG_BYTES,
    WFI_BYTES,
    FLOW_MEASURES,
};

/* A row of flows.csv. */
struct verified_flow {
    int64_t number;
    size_t index;                 /* in the order of flows.csv */
    struct verified_group *group; /* in which it opened */
    uint64_t row;
    int64_t start_us, end_us;
    enum verified_close close;
    bool is_broken; /* an end of file, after which it could not go on in closed loop */
    int64_t weight;
    bool is_tcp, is_udp;
    uint8_t ip_version;
    struct endpoint initiator, responder;
    int64_t captured_completion_us, completion_us; /* -1: empty */
    int64_t max_delay_us[SHAPER_DIRECTIONS];       /* -1: empty */
    uint64_t packets;
    int64_t offered_bytes[SHAPER_DIRECTIONS];
    int64_t delivered_bytes[SHAPER_DIRECTIONS];
    int64_t max_backlog_bytes[SHAPER_DIRECTIONS];
    int64_t measured[SHAPER_DIRECTIONS][FLOW_MEASURES]; /* 0 where empty */
    UT_hash_handle hh;
};

struct verification {
    const struct verify_config *config;
    struct checks *checks;
    char *error;    /* why something could not be checked at all */
    bool is_broken; /* a file cannot be read to its end: others are not compared with it */

    json_t *summary;
    char **words; /* of the recorded command */
    struct parsed_options *parsed;
    const struct run_config *run;
    bool is_tls, is_real, is_drained, records_all;
    bool has_ticks;         /* the run has kept ticks.csv and flow_ticks.csv */
    bool charges_delivered; /* nothing between bucket and flow adds, removes or delays bytes */
    int64_t end_us;

    struct verified_group groups[GROUPS_MAX + 1];
    size_t group_count;
    struct verified_flow *flows; /* by number, and in the order of flows.csv */

    /* The state of each part, in the order in which verify.c opens them; NULL before. */
    struct verified_nesting *nesting;
    struct verified_guarantee *guarantee;
    struct flow_totals *flow_totals;
    struct verified_moves *moves;
    struct verified_members *members;
    struct verified_charges *charges;
    struct filter_totals *filters;
    struct application_totals *application;
    struct verified_exchanges *exchanges;
    struct verified_delays *delays;
    struct tick_totals *tick_totals;
    struct verified_buckets *buckets;
    struct verified_per_flow *per_flow;
    struct recomputed_metrics *recomputed;
};

struct verified_group *verify_group(struct verification *verification, const char *name);
struct verified_flow *verify_flow(const struct verification *verification, int64_t number);
size_t verify_flow_count(const struct verification *verification);

/* An array of `count` zeroed elements (one at least) that is a part's state, or in it; NULL, and
 * "`name`: out of memory" in the error, on allocation failure. The caller frees it. */
void *verify_allocate(struct verification *verification, const char *name, size_t count,
                      size_t element_bytes);

/* Whether a flow that closed this way can come back with bytes after it left. */
bool verify_close_may_return(enum verified_close close);

#endif
