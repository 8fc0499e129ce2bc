/*
 * The CSV files of a run: ticks.csv, flow_ticks.csv, flows.csv, fairness.csv, burst.csv and
 * delays.csv, in the form that design and users rely on. Rows come from the replay, one call each;
 * this module knows columns, not meaning. Beside them, where it is asked for, shaped.pcap: they are
 * all given their names together.
 */
#ifndef SHAPESIM_SIM_RECORD_H
#define SHAPESIM_SIM_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/shaper.h"
#include "sim/application.h"
#include "sim/burst.h"
#include "sim/delays.h"
#include "sim/fairness.h"
#include "sim/csv.h"
#include "sim/shaped_capture.h"
#include "sim/sim.h"
#include "traces/flow_table.h"

struct record;
struct owned_directory;

struct tick_row {
    int64_t time_us; /* the tick's start */
    int64_t tick;
    const char *group;
    uint64_t members;
    uint64_t backlogged_flows;
    bool has_bucket; /* else the bucket's columns are empty */
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
    int64_t bucket_bytes[SHAPER_DIRECTIONS];
    uint64_t bytes[SHAPER_DIRECTIONS];
    uint64_t backlog_bytes[SHAPER_DIRECTIONS];
};

/* What happened to a group in mid-run; the limit is that in force after it. */
struct event_row {
    int64_t time_us;
    int64_t tick;
    const char *group;
    const char *event;
    uint64_t flow;   /* 0: it was the group's */
    bool has_bucket; /* what does not exist before or after is empty */
    bool has_bucket_after;
    bool has_limit;
    bool has_min_share;
    int64_t before_bytes[SHAPER_DIRECTIONS];
    int64_t after_bytes[SHAPER_DIRECTIONS];
    int64_t rate_bytes_per_tick[SHAPER_DIRECTIONS];
    int64_t burst_bytes[SHAPER_DIRECTIONS];
    int64_t min_share_bytes;
};

/* What one filter did to what a flow sent in one direction. */
struct filter_row {
    uint64_t flow;
    const char *group;
    enum shaper_direction direction;
    size_t position; /* from 0, the application's */
    const char *filter;
    const struct shaper_filter_counts *counts;
};

struct application_row {
    uint64_t flow;
    const char *group;
    const struct application_counts *counts;
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
    uint32_t weight; /* where the scheduler knows weights; else 1 */
};

/* What is known of a flow at its end. */
struct flow_figures {
    int64_t delay_us[SHAPER_DIRECTIONS][3]; /* p50, p99, max; -1 where nothing was carried */
    bool is_measured;                       /* else the columns of fairness are empty */
    struct fairness_flow_result fairness[SHAPER_DIRECTIONS];
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
};

/* A point of a burst's curve. */
struct burst_row {
    const char *group;
    uint64_t flow; /* 0: the whole class */
    enum shaper_direction direction;
    enum burst_stream stream;
    const char *measure;
    uint64_t x;
    uint64_t bytes;
};

/* Files that only some runs have. */
struct record_parts {
    bool has_events;
    bool has_filters;
    bool has_application;
    const struct capture_format *shaped; /* of shaped.pcap; NULL: the run has none */
};

/* Creates the files in `directory`, borrowed, under temporary names. The caller owns *record and
 * ends it with record_commit(), record_keep_partial() or record_discard(). */
int record_open(struct owned_directory *directory, const struct record_parts *parts,
                struct record **record, char *error);

void record_tick(struct record *record, const struct tick_row *row);
void record_flow_tick(struct record *record, const struct flow_tick_row *row);
void record_event(struct record *record, const struct event_row *row);
void record_flow(struct record *record, const struct flow_row *row,
                 const struct flow_figures *figures);
void record_fairness(struct record *record, const struct fairness_row *row);
void record_burst(struct record *record, const struct burst_row *row);
void record_filter(struct record *record, const struct filter_row *row);
void record_application(struct record *record, const struct application_row *row);

/* A row for each delay that packets of the group had, as far as the histogram tells them apart. */
void record_delays(struct record *record, const char *group, enum shaper_direction direction,
                   const struct delay_histogram *delays);

/* Its shaped.pcap, alive as long as the record; NULL: the run has none. */
struct shaped_capture *record_shaped(const struct record *record);

/* The names of all files that a record may have; NULL behind the last. */
const char *record_known_file(size_t index);

/* The header row of that file: its columns, separated by commas; NULL behind the last. */
const char *record_known_header(size_t index);

/* Whether every run has that file. */
bool record_has_always(size_t index);

/* The names of the run's files, in the order of writing; NULL behind the last. */
const char *record_file_name(const struct record *record, size_t index);

/* Whether a write has failed so far (the disk is full): there is no point in going on. */
bool record_failed(const struct record *record);

/* The files of a run, each with its hash. */
#define RECORDED_FILES_MAX 16

struct recorded_file {
    const char *name;
    char hash[FILE_HASH_BYTES];
};

struct recorded_files {
    struct recorded_file files[RECORDED_FILES_MAX];
    size_t count;
};

/* Gives the files their final names and says what they hold; frees `record` in any case. */
int record_commit(struct record *record, struct recorded_files *files, char *error);
void record_keep_partial(struct record *record);
void record_discard(struct record *record);

/* "tcp", "udp", "icmp", ... or the protocol's number; `scratch` has 4 bytes. */
const char *protocol_name(uint8_t protocol, char *scratch);

/* The address as people write it; `text` has ADDRESS_TEXT_BYTES. */
#define ADDRESS_TEXT_BYTES 46
void address_print(char *text, uint8_t ip_version, const struct endpoint *endpoint);

#endif
