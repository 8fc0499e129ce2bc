/* What the parts of a verification share: verify_*.c have a file or two each, verify.c the whole.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFICATION_H
#define SHAPESIM_SIM_VERIFY_VERIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
/* Without memory an element stays out of the table: uthash would end the program. */
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->hh.tbl = NULL)
#include <uthash.h>

#include "sim/cli/options.h"
#include "sim/metrics/group_metrics.h"
#include "sim/output/csv_reader.h"
#include "sim/verify/checks.h"

/* What one TLS record takes from a bucket at most, and a handshake at either end. */
#define TLS_RECORD_BYTES    (SHAPER_RECORD_MAX_BYTES + SHAPER_RECORD_OVERHEAD_BYTES)
#define TLS_HANDSHAKE_BYTES 565

/* The most that one write may charge with TLS: a record, but what a filter above it passes on at
 * once is written in one piece, whatever it comes to. A bound that is loose. */
int64_t verify_tls_write_bytes(const struct run_config *run);

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
    const struct group_limits *limits; /* NULL for "-" */
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

    /* What was charged for its flows: between these, by flows.csv, filters.csv, application.csv. */
    int64_t least_charged_bytes[SHAPER_DIRECTIONS];
    int64_t most_charged_bytes[SHAPER_DIRECTIONS];
    struct shaper_filter_counts filters[SHAPER_FILTERS_MAX][SHAPER_DIRECTIONS];
    struct application_counts application;

    /* Flows came from other groups or left for one: flows.csv does not say what was whose. */
    bool is_moved;
    bool has_unseen_move; /* of a flow that is not in flow_ticks.csv */

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

    /* Measured once more (verify_recomputed.c): */
    struct group_metrics *metrics;
    struct flow_metrics others; /* what flow_ticks.csv has no rows of, as one flow */
    int64_t fed_offered_bytes[SHAPER_DIRECTIONS]; /* in the open tick */
    int64_t fed_delivered_bytes[SHAPER_DIRECTIONS];
    int64_t others_backlog_bytes[SHAPER_DIRECTIONS]; /* as fed: never below 0 */
    int64_t departed_bytes[SHAPER_DIRECTIONS];       /* backlogs that left with their flows */
    int64_t measured_backlog_bytes[SHAPER_DIRECTIONS];
    /* Rows of flows that have left it in the open tick, read before the others: */
    int64_t early_rows;
    int64_t early_bytes[SHAPER_DIRECTIONS];
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
    int64_t least_charged_bytes[SHAPER_DIRECTIONS];
    int64_t most_charged_bytes[SHAPER_DIRECTIONS];
    uint64_t packets;
    bool is_measured; /* contended ticks and bytes, lag and index are given: */
    int64_t measured[SHAPER_DIRECTIONS][FLOW_MEASURES];
    /* Moves, of events.csv. */
    struct verified_group *last_group;
    bool has_moved, was_unlimited;
    /* Its per-flow limit, in force where events.csv has been read to; NULL without. */
    const struct shaper_limit *per_flow;
    struct verified_group *present; /* likewise */
    int64_t per_flow_set_us;        /* -1: not since its last row */
    uint64_t token_rows;            /* of --initial-tokens in events.csv */
    bool is_per_flow_unknown;       /* it was where no row tells */
    /* Of flow_ticks.csv. */
    struct flow_metrics metrics;
    struct group_metrics *measured_in;      /* borrowed from its group; NULL: nowhere */
    const struct verified_group *row_group; /* of the last row; NULL: it has left since */
    uint64_t rows, last_row;
    uint64_t last_group_row; /* the row of its group in ticks.csv that the last one belongs to */
    int64_t last_tick;
    int64_t charged_bytes[SHAPER_DIRECTIONS];
    int64_t backlog_bytes[SHAPER_DIRECTIONS];
    int64_t most_backlog_bytes[SHAPER_DIRECTIONS]; /* that there can have been within a tick */
    int64_t per_flow_level_bytes[SHAPER_DIRECTIONS];
    UT_hash_handle hh;
};

/* A flow goes over to another group. */
struct verified_move {
    struct verified_flow *flow;
    struct verified_group *from, *to;
    int64_t time_us;
    bool is_seen;                        /* its row of flow_ticks.csv, where it leaves, has come */
    const struct shaper_limit *per_flow; /* then */
};

struct recomputed_metrics;

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

    struct verified_group groups[GROUPS_MAX + 1];
    size_t group_count;
    struct verified_flow *flows; /* by number, and in the order of flows.csv */
    struct verified_move moves[EVENTS_MAX];
    size_t move_count;
    bool has_partial_group; /* flows that are in no file of ticks have joined it */
    struct recomputed_metrics *recomputed;
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

/* Holds what summary.json says against what it should, member by member: `of` names both. Members
 * that are not expected are let pass. */
void verify_json(struct verification *verification, const char *of, const json_t *found,
                 json_t *expected);

/* A member of summary.json's object, which `of` names. */
void verify_summary_integer(struct verification *verification, json_t *object, const char *of,
                            const char *key, int64_t expected);
void verify_summary_range(struct verification *verification, json_t *object, const char *of,
                          const char *key, double least, double most);
/* What it says of fairness, bursts and throughput, as far as that is not measured once more. */
void verify_summary_measures(struct verification *verification, const struct verified_group *group,
                             int direction, const char *of);

/* Counts a comparison; where it does not hold, says why it should. */
void verify_true(struct verification *verification, enum check check,
                 const struct csv_reader *reader, int column, bool holds, const char *why);

/* Notes what a reader stumbled over, if it did; returns whether it did not. */
bool verify_read_well(struct verification *verification, const struct csv_reader *reader);

struct verified_group *verify_group(struct verification *verification, const char *name);
struct verified_flow *verify_flow(const struct verification *verification, int64_t number);

/* What flows of `close` can do: come back with bytes after they left. */
bool verify_close_may_return(enum verified_close close);

/* The word for a direction, and its columns in most files: read, written. */
extern const char *const verify_directions[SHAPER_DIRECTIONS];
extern const char *const verify_byte_columns[SHAPER_DIRECTIONS];

/* A column whose name begins with the direction's word. */
int verify_side_column(struct csv_reader *reader, int direction, const char *rest);

/* --- the parts: false where the rest cannot be checked ------------------------------------- */

bool verify_files(struct verification *verification);       /* verify_files.c: there, whole */
void verify_hashes(struct verification *verification);      /* likewise: as written */
bool verify_settings(struct verification *verification);    /* verify_settings.c */
bool verify_flows(struct verification *verification);       /* verify_flows.c */
bool verify_moves(struct verification *verification);       /* verify_moves.c: and times */
bool verify_filters(struct verification *verification);     /* verify_filters.c */
bool verify_application(struct verification *verification); /* verify_application.c */
bool verify_ticks(struct verification *verification);       /* verify_ticks.c */
void verify_shaped(struct verification *verification);      /* verify_shaped.c */
void verify_summary(struct verification *verification);     /* verify_summary.c */
void verify_demands(struct verification *verification);     /* likewise */
void verify_fairness(struct verification *verification);    /* verify_fairness.c */
void verify_burst(struct verification *verification);       /* verify_burst.c */

/* What the run was ended before; verify_flows.c. */
bool verify_was_waiting(const struct verified_flow *flow);

/* Whether the flow was in the group at all, and whether it came there in that tick. */
bool verify_flow_was_in(const struct verification *verification, const struct verified_flow *flow,
                        const struct verified_group *group);
bool verify_flow_came_in(const struct verification *verification, const struct verified_flow *flow,
                         const struct verified_group *group, int64_t tick);
/* Whether some flow left the group in that tick. */
bool verify_somebody_left(const struct verification *verification,
                          const struct verified_group *group, int64_t tick);

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
    int64_t end_us; /* of the run's end, one past it */
    int64_t end_bytes[SHAPER_DIRECTIONS];
    int64_t members, backlogged_flows;
    int64_t bytes[SHAPER_DIRECTIONS];
    int64_t backlog_bytes[SHAPER_DIRECTIONS];
    int bytes_column[SHAPER_DIRECTIONS];
    int backlog_column[SHAPER_DIRECTIONS];
    int backlogged_column;
};

/* What a new bucket of a flow's per-flow limit holds; whether it may hold so much. */
int64_t verify_per_flow_fresh_bytes(const struct verification *verification,
                                    const struct shaper_limit *per_flow, int direction);
bool verify_per_flow_level_fits(const struct verification *verification,
                                const struct shaper_limit *per_flow, int direction,
                                int64_t level_bytes);

/* A row of flow_ticks.csv, of a flow with a limit of its own. */
struct verified_per_flow_row {
    const struct csv_reader *reader;
    int columns[SHAPER_DIRECTIONS];
    const struct verified_flow *flow; /* as the row before left it */
    const struct shaper_limit *per_flow;
    int64_t tick, tick_us; /* of the group */
    bool is_leaving;       /* it is not that of a whole tick */
    bool may_have_come_back;
    int64_t bytes[SHAPER_DIRECTIONS];
    int64_t level_bytes[SHAPER_DIRECTIONS];
};

void verify_per_flow_bucket(struct verification *verification,
                            const struct verified_per_flow_row *row, int direction);

bool flow_tick_stream_open(struct verification *verification, struct flow_tick_stream **stream);
/* Takes the rows of one tick of a group. */
void flow_tick_stream_take(struct flow_tick_stream *stream, const struct verified_tick *tick);
void flow_tick_stream_finish(struct flow_tick_stream *stream, bool is_complete);

/* --- measured once more: verify_recomputed.c ---------------------------------------------------
 */

/* fairness.csv and burst.csv are read in step with what the same meters make of the rows of
 * ticks.csv and flow_ticks.csv. False where memory has run out or a file cannot be read. */
bool recomputed_open(struct verification *verification);
/* So many ticks without rows. */
void recomputed_skip_ticks(struct verification *verification, struct verified_group *group,
                           int64_t ticks);
/* A row of flow_ticks.csv; `move` if the flow leaves with it. */
void recomputed_take_flow(struct verification *verification, struct verified_group *group,
                          struct verified_flow *flow, int64_t tick,
                          const int64_t bytes[SHAPER_DIRECTIONS],
                          const int64_t backlog_bytes[SHAPER_DIRECTIONS],
                          const struct verified_move *move);
/* A row of ticks.csv, after those of its flows. */
void recomputed_close_tick(struct verification *verification, const struct verified_tick *tick);
void recomputed_finish(struct verification *verification, bool is_complete);
void recomputed_free(struct verification *verification);

/* --- schedulers, groups in groups: verify_scheduling.c --------------------------------------- */

void verify_find_parents(struct verification *verification);

/* What the groups in a group were charged, when all of ticks.csv has been read. */
int64_t verified_group_below_bytes(const struct verification *verification,
                                   const struct verified_group *group, int direction);

/* Takes a tick's row: the group's own recorded flows have those bytes of it. */
void verify_nesting(struct verification *verification, const struct verified_tick *tick,
                    const int64_t per_flow_bytes[SHAPER_DIRECTIONS]);

/* Sets has_guarantee, or says why it cannot be checked. */
void verify_guarantee_start(struct verification *verification);
/* Takes a flow's row, its backlog being that of the row before; then, the tick is over. */
void verify_guarantee_take(struct verification *verification, struct verified_group *group,
                           struct verified_flow *flow, const int64_t bytes[SHAPER_DIRECTIONS]);
void verify_guarantee_end_tick(struct verification *verification, const struct verified_tick *tick);

void verify_scheduling_finish(struct verification *verification);

/* --- read once more: verify_metrics.c ------------------------------------------------------- */

bool verify_has_file(const struct verification *verification, const char *name);

/* Ends the reading of a file with rows for each flow, which were `good` so far: there must be no
 * more of them. Frees the reader; returns whether all was well. */
bool verify_flow_rows_end(struct verification *verification, enum check check,
                          struct csv_reader *reader, int flow_column, bool good);

/* NULL where it cannot be read, which is a failure. The caller frees with csv_reader_free(). */
struct csv_reader *verify_open(struct verification *verification, const char *name);

/* SHAPER_READ or SHAPER_WRITE, -1 where the column has neither, which is a failure. */
int verify_read_direction(struct verification *verification, enum check check,
                          struct csv_reader *reader, int column);

/* ticks.csv, whose rows are known to be good: group, tick, flows that wait, bytes and backlogs. */
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
