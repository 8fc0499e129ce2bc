/*
 * The CSV files of a run, in the form that users rely on. The replay provides the rows, one call
 * each; their columns are those of run_tables.h. On request also shaped.pcap: all of them get their
 * final names together.
 */
#ifndef SHAPESIM_SIM_OUTPUT_RECORD_H
#define SHAPESIM_SIM_OUTPUT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/shaper.h"
#include "sim/base/file_hash.h"
#include "sim/base/sim.h"
#include "sim/metrics/delays.h"
#include "sim/metrics/rows.h"
#include "sim/output/shaped_capture.h"
#include "traces/flow_table.h"

struct record;
struct owned_directory;

/* Files that only some runs have; rows of a file that it lacks are dropped. */
struct record_parts {
    bool has_events;
    bool has_filters;
    bool has_application;
    bool has_exchanges;
    bool lacks_tables;                   /* the run has no CSV file */
    bool lacks_ticks;                    /* or none with rows for ticks */
    bool compresses;                     /* its CSV files */
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

/* An exchange has ended at `now_us`. Rows of one instant are written by flow and exchange: which of
 * them came first depends on the transport. 0, or -1 on allocation failure. */
int record_exchange(struct record *record, int64_t now_us, const struct exchange_row *row);

/* A row for each delay of the group's packets that the histogram distinguishes. */
void record_delays(struct record *record, const char *group, enum shaper_direction direction,
                   const struct delay_histogram *delays);

void record_delay_second(struct record *record, const struct delay_second_row *row);

/* The run's shaped.pcap, valid as long as the record; NULL: the run has none. */
struct shaped_capture *record_shaped(const struct record *record);

/* The names of all files that a record may have; NULL after the last. */
const char *record_known_file(size_t index);

/* The names of the run's files, in the order of writing; NULL after the last. */
const char *record_file_name(const struct record *record, size_t index);

/* Whether a write has failed so far (for example on a full disk): continuing is useless. */
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

/* Gives the files their final names and returns their hashes; frees `record` in any case. */
int record_commit(struct record *record, struct recorded_files *files, char *error);
void record_keep_partial(struct record *record);
void record_discard(struct record *record);

/* "tcp", "udp", "icmp", ... or the protocol's number; `scratch` has 4 bytes. */
const char *protocol_name(uint8_t protocol, char *scratch);

/* The address as people write it; `text` has ADDRESS_TEXT_BYTES. */
#define ADDRESS_TEXT_BYTES 46
void address_print(char *text, uint8_t ip_version, const struct endpoint *endpoint);

#endif
