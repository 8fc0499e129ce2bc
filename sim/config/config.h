/*
 * Everything that a run was asked for: set by the command line, checked as a whole
 * (config_check.h), then only read.
 */
#ifndef SHAPESIM_SIM_CONFIG_CONFIG_H
#define SHAPESIM_SIM_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/clock/clock.h"
#include "sim/config/application.h"
#include "sim/config/limits.h"
#include "sim/config/named_windows.h"
#include "sim/config/run_event.h"
#include "sim/config/scheduling.h"
#include "traces/flow_source.h"

#define GROUPS_MAX              64
#define FLOW_TICKS_DEFAULT      20
#define FLOW_TICKS_ALL          INT64_MAX
#define EXCHANGES_ALL           FLOW_TICKS_ALL
#define IDLE_TIMEOUT_DEFAULT_US INT64_C(300000000)
#define SPREAD_DEFAULT_US       INT64_C(1000000)
#define IDLE_ROWS_MAX           1000000 /* without traffic: about 70 MB of ticks.csv */

/* libevent counts ticks in 32 bits from the wall's milliseconds; far below that, a start at a
 * common multiple of all ticks is still a valid date. */
#define ALIGNMENT_MAX_MS (INT64_C(1000) * 365 * 24 * 3600 * 1000)

/* Which files a run keeps, besides shaped.pcap. */
enum run_files {
    RUN_FILES_ALL,
    RUN_FILES_TABLES,  /* not those with rows for ticks: ticks.csv, flow_ticks.csv */
    RUN_FILES_SUMMARY, /* summary.json alone */
};

/* "all", "tables" or "summary". */
const char *run_files_name(enum run_files files);

struct run_config {
    const char *trace;         /* a path, or "-"; the first, if there are several */
    const char *const *traces; /* all that are joined, borrowed */
    size_t trace_count;
    const char *output_directory; /* NULL: no files */
    bool force;
    bool atomic; /* the directory is renamed to this when it is complete */
    bool quiet;
    bool json;     /* the table as JSON */
    bool prints_c; /* the limits as C, after the table */
    int64_t seed;
    enum shaper_transport transport;
    enum sim_clock_kind clock;
    bool is_closed_loop; /* of TCP flows an end sends only after what it reacts to has arrived */
    int64_t receive_window_bytes; /* TCP: what a flow has undelivered to the shaped end, at most; 0:
                                   * any number */
    bool shape_initiator;
    int64_t max_single_bytes[SHAPER_DIRECTIONS]; /* 0: libevent's default */
    enum shaper_tls_version tls_version;
    enum shaper_tls_end tls_end;
    bool has_tls_version; /* --tls-version was given */
    struct application_config application;
    struct scheduling_config scheduling;
    struct flow_source_options source; /* its schedule's seed and what that keeps: by
                                        * run_config_check() */
    bool has_copies;                   /* --copies was given */
    bool has_spread;
    int64_t max_time_us; /* 0: until every backlog is empty */
    bool skip_idle_ticks;
    int64_t flow_ticks; /* how many flows get rows in flow_ticks.csv */
    int64_t exchanges;  /* and in exchanges.csv */
    bool write_pcap;    /* the run has a shaped.pcap */
    enum run_files files;
    bool compress; /* the CSV files */
    struct named_windows fairness_windows;

    struct group_config specs[GROUPS_MAX]; /* --group, then "all" if its flags were given; "-" if
                                            * mod_ratelimit is the only limiter */
    struct group_limits limits[GROUPS_MAX];
    size_t groups;

    const char *at[EVENTS_MAX]; /* --at and --background as typed; borrowed */
    size_t at_count;
    const char *background_texts[EVENTS_MAX];
    size_t background_count;
    struct run_event events[EVENTS_MAX]; /* ordered by time */
    size_t event_count;
    struct background backgrounds[GROUPS_MAX]; /* by group */
    struct initial_tokens initial_tokens;

    char *command; /* the options that determine the result, as typed: for summary.json; owned */
};

/* Sets every field to its default. */
void run_config_init(struct run_config *config);
void run_config_fini(struct run_config *config);

/* The least common multiple of every tick length in use, in ms: the clock's start is a multiple of
 * it. At least 1. */
int64_t run_config_alignment_ms(const struct run_config *config);

/* Whether the trace's packets may wait at their senders, by closed loop or a receive window. */
bool run_config_holds_packets(const struct run_config *config);

/* Whether bytes read from the trace may never be offered: held so, or by --write-high. */
bool run_config_withholds(const struct run_config *config);

/* Whether the run has an events.csv. */
bool run_config_has_events(const struct run_config *config);

/* The shortest tick in use, in ms; 1 where there is none. */
int64_t run_config_shortest_tick_ms(const struct run_config *config);

#endif
