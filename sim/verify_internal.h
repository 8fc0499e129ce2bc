/* What the parts of a verification share: verify.c has the whole, verify_*.c a file or two each. */
#ifndef SHAPESIM_SIM_VERIFY_INTERNAL_H
#define SHAPESIM_SIM_VERIFY_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <uthash.h>

#include "sim/checks.h"
#include "sim/csv_reader.h"
#include "sim/options.h"

/* What one TLS record takes from a bucket at most, and a handshake at either end. */
#define TLS_RECORD_BYTES    (SHAPER_RECORD_MAX_BYTES + SHAPER_RECORD_OVERHEAD_BYTES)
#define TLS_HANDSHAKE_BYTES 565

/* One of a group's two buckets while ticks.csv is read, with its events. */
struct verified_bucket {
    int64_t rate_bytes; /* in force, per tick */
    int64_t burst_bytes;
    int64_t open_burst_bytes; /* in force when the open tick began */
    int64_t level_bytes;      /* what the next tick should start with */
    int64_t uncapped_bytes;   /* the same without regard to the burst */
    /* Of the tick that is open: what events took in sum, what of it they gave back, and the level
     * before the last one as if none had taken anything. */
    int64_t taken_bytes;
    int64_t credit_bytes;
    int64_t passed_level_bytes;
    bool has_event;
    bool is_disturbed; /* by any event so far */
    /* Totals, and what passed before a reset. */
    int64_t total_bytes;
    int64_t reset_level_bytes;
    bool is_reset;
    /* Over any k ticks: with what events gave back taken off, and plainly. */
    int64_t window_bytes;
    int64_t window_max_bytes;
    int64_t depth_bytes; /* the fullest that the bucket may have been */
    int64_t sigma_bytes;
    int64_t sigma_max_bytes;
    /* From the start: bytes beyond what was filled in. */
    int64_t initial_bytes;
    int64_t excess_bytes;
    int64_t excess_max_bytes;
    /* Of the rows. */
    int64_t lowest_bytes;
    int64_t charged_bytes;
    int64_t peak_tick_bytes;
    int64_t backlog_bytes; /* at the end of the last row */
    int64_t max_backlog_bytes;
    int64_t most_backlog_bytes; /* that there can have been within a tick */
    int64_t background_rest;
};

struct service_watch;

struct verified_group {
    const char *name;
    const struct class_limits *limits; /* NULL for "-" */
    const struct background *background;
    json_t *summary;         /* its object, borrowed; NULL where there is none */
    int64_t tick_us;         /* 0 without limits */
    int64_t overdraft_bytes; /* how far below 0 a charge may take the bucket */
    int64_t min_share_bytes; /* in force */
    int64_t most_min_share_bytes;

    struct verified_group *parent; /* NULL: none */
    bool has_children;
    bool is_uneven; /* a child's ticks are not as long */
    /* What it carried in a tick, less what its own flows and its children did. */
    int64_t balance_tick, balance_bytes[SHAPER_DIRECTIONS];
    struct service_watch *watch; /* owned; NULL until somebody waits */

    /* Of flows.csv. */
    uint64_t flows, packets, false_eofs;
    int64_t offered_bytes[SHAPER_DIRECTIONS];
    int64_t delivered_bytes[SHAPER_DIRECTIONS];
    int64_t most_backlog_bytes[SHAPER_DIRECTIONS]; /* sum of the flows' largest */
    int64_t largest_backlog_bytes[SHAPER_DIRECTIONS];
    int64_t least_delay_us[SHAPER_DIRECTIONS][3]; /* over flows; -1 without any */
    int64_t most_delay_us[SHAPER_DIRECTIONS][3];

    /* Starts and ends of its flows, sorted; those of flows that cannot leave and come back, too. */
    int64_t *starts_us, *ends_us, *stay_starts_us, *stay_ends_us;
    size_t open_count, stay_count;
    size_t begun, ended, stay_begun, stay_ended;
    int64_t waiting_at_end; /* flows that were open when the run was ended, for sure */

    /* Of ticks.csv. */
    int64_t open_tick; /* the one that the next row, or an event, belongs to */
    int64_t last_tick; /* of the last row, -1 without */
    uint64_t rows;
    int64_t peak_members;
    struct verified_bucket buckets[SHAPER_DIRECTIONS];
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

struct verified_flow {
    int64_t number;
    struct verified_group *group;
    uint64_t row; /* in flows.csv */
    int64_t start_us, end_us;
    enum verified_close close;
    int64_t weight;
    int64_t offered_bytes[SHAPER_DIRECTIONS];
    int64_t delivered_bytes[SHAPER_DIRECTIONS];
    int64_t max_backlog_bytes[SHAPER_DIRECTIONS];
    /* Of flow_ticks.csv. */
    uint64_t rows, last_row;
    uint64_t last_group_row; /* the row of its group in ticks.csv that the last one belongs to */
    int64_t last_tick;
    int64_t charged_bytes[SHAPER_DIRECTIONS];
    int64_t backlog_bytes[SHAPER_DIRECTIONS];
    int64_t most_backlog_bytes[SHAPER_DIRECTIONS]; /* that there can have been within a tick */
    int64_t own_level_bytes[SHAPER_DIRECTIONS];
    UT_hash_handle hh;
};

struct verification {
    const struct verify_config *config;
    struct checks *checks;
    char *error; /* of what could not be checked at all */

    json_t *summary;
    char **words; /* of the recorded command */
    struct parsed_options *parsed;
    const struct run_config *run;
    bool is_tls, is_real, is_drained, records_all;
    bool charges_delivered; /* nothing between bucket and flow adds bytes or takes some away */
    bool has_guarantee;     /* the scheduler gives one that the files can be held against */
    bool is_broken;         /* a file cannot be read on: no use in holding others against it */
    int64_t end_us;

    struct verified_group groups[CLASSES_MAX + 1];
    size_t group_count;
    struct verified_flow *flows; /* by number */
    uint64_t recorded_flows;
};

/* --- failures, each with file, row and column ---------------------------------------------- */

/* "FILE: row N, COLUMN: text"; column -1 is the row as a whole. */
void verify_row_fails(struct verification *verification, enum check check,
                      const struct csv_reader *reader, int column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Counts a comparison; where `found` is not `expected`, says so and why it should be. */
void verify_equal(struct verification *verification, enum check check,
                  const struct csv_reader *reader, int column, int64_t found, int64_t expected,
                  const char *why);

/* Counts a comparison; where it does not hold, says why it should. */
void verify_true(struct verification *verification, enum check check,
                 const struct csv_reader *reader, int column, bool holds, const char *why);

/* Notes what a reader stumbled over, if it did; returns whether it did not. */
bool verify_read_well(struct verification *verification, const struct csv_reader *reader);

struct verified_group *verify_group(struct verification *verification, const char *name);
struct verified_flow *verify_flow(struct verification *verification, int64_t number);

/* What flows of `close` can do: come back with bytes after they left. */
bool verify_close_may_return(enum verified_close close);

/* The word for a direction, and its columns in most files: read, written. */
extern const char *const verify_directions[SHAPER_DIRECTIONS];
extern const char *const verify_byte_columns[SHAPER_DIRECTIONS];

/* A column whose name begins with the direction's word. */
int verify_side_column(struct csv_reader *reader, int direction, const char *rest);

/* --- the parts: false where the rest cannot be checked ------------------------------------- */

bool verify_files(struct verification *verification);    /* verify_files.c: there, whole */
void verify_hashes(struct verification *verification);   /* likewise: as written */
bool verify_settings(struct verification *verification); /* verify_settings.c */
bool verify_flows(struct verification *verification);    /* verify_flows.c */
bool verify_ticks(struct verification *verification);    /* verify_ticks.c */
void verify_summary(struct verification *verification);  /* verify_summary.c */
void verify_demands(struct verification *verification);  /* likewise */
void verify_fairness(struct verification *verification); /* verify_fairness.c: if it is there */
void verify_burst(struct verification *verification);    /* verify_burst.c: likewise */

/* Read in step with ticks.csv: events.csv in verify_events.c, flow_ticks.csv in
 * verify_flow_ticks.c. */
struct event_stream;
struct flow_tick_stream;

bool event_stream_open(struct verification *verification, struct event_stream **stream);
/* Takes every event before `time_us`. */
void event_stream_advance(struct event_stream *stream, int64_t time_us);
/* Makes the last checks if `is_complete`, that is every row came; frees the stream. NULL is fine.
 */
void event_stream_finish(struct event_stream *stream, bool is_complete);

struct verified_tick {
    struct verified_group *group;
    const struct csv_reader *reader; /* at the tick's row of ticks.csv */
    int64_t tick;
    int64_t members, backlogged_flows;
    int64_t bytes[SHAPER_DIRECTIONS];
    int64_t backlog_bytes[SHAPER_DIRECTIONS];
    int bytes_column[SHAPER_DIRECTIONS];
    int backlog_column[SHAPER_DIRECTIONS];
    int backlogged_column;
};

bool flow_tick_stream_open(struct verification *verification, struct flow_tick_stream **stream);
/* Takes the rows of one tick of a group. */
void flow_tick_stream_take(struct flow_tick_stream *stream, const struct verified_tick *tick);
void flow_tick_stream_finish(struct flow_tick_stream *stream, bool is_complete);

/* --- schedulers, groups in groups: verify_scheduling.c --------------------------------------- */

void verify_find_parents(struct verification *verification);

/* What the groups in a group were charged, when all of ticks.csv has been read. */
int64_t verified_group_below_bytes(const struct verification *verification,
                                   const struct verified_group *group, int direction);

/* Takes a tick's row: the group's own recorded flows have those bytes of it. */
void verify_nesting(struct verification *verification, const struct verified_tick *tick,
                    const int64_t own_bytes[SHAPER_DIRECTIONS]);

/* Sets has_guarantee, or says why it cannot be checked. */
void verify_guarantee_start(struct verification *verification);
/* Takes a flow's row, its backlog being that of the row before; then, the tick is over. */
void verify_guarantee_take(struct verification *verification, struct verified_group *group,
                           struct verified_flow *flow, const int64_t bytes[SHAPER_DIRECTIONS]);
void verify_guarantee_end_tick(struct verification *verification, const struct verified_tick *tick);

void verify_scheduling_finish(struct verification *verification);

/* --- read once more: verify_metrics.c ------------------------------------------------------- */

bool verify_has_file(const struct verification *verification, const char *name);

/* NULL where it cannot be read, which is a failure. The caller frees with csv_reader_free(). */
struct csv_reader *verify_open(struct verification *verification, const char *name);

/* SHAPER_READ or SHAPER_WRITE, -1 where the column has neither, which is a failure. */
int verify_read_direction(struct verification *verification, enum check check,
                          struct csv_reader *reader, int column);

/* ticks.csv, whose rows are known to be good: group, tick, bytes and backlogs. */
struct tick_scan;

struct tick_scan *tick_scan_open(struct verification *verification);
bool tick_scan_next(struct tick_scan *scan, struct verified_tick *tick);
void tick_scan_free(struct tick_scan *scan); /* NULL is fine */

/* --- buckets: verify_buckets.c -------------------------------------------------------------- */

void verified_group_start(struct verification *verification, struct verified_group *group);

/* A row, or an event, of `tick` has come: ticks in between were idle and have no rows. */
void verified_group_open_tick(struct verification *verification, struct verified_group *group,
                              int64_t tick, const struct csv_reader *reader, int column);

/* The open tick of one direction as its row has it. */
struct verified_bucket_row {
    const struct csv_reader *reader;
    int start_column, end_column, bytes_column, total_column;
    int64_t start_bytes, end_bytes, bytes, total_bytes;
};

/* Holds it against what the tick before and the events come to. A group
 * without buckets has totals alone. */
void verified_bucket_take_row(struct verification *verification, struct verified_group *group,
                              int direction, const struct verified_bucket_row *row);

/* Both directions' rows are taken: the tick is over. */
void verified_group_close_tick(struct verified_group *group);

/* After the last row: windows of any length. */
void verified_group_finish(struct verification *verification, struct verified_group *group);

#endif
