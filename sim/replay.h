/*
 * The replay: a trace's events, one channel per flow, libevent's loop under the virtual clock.
 *
 * The one way data takes:  flow_source -> arrivals -> channel (libevent decides) -> delivered ->
 * counts of flow and class -> rows at each tick's end, at each flow's end.
 *
 * What must hold at every instant, and is asserted by tests on every row: per flow offered =
 * delivered + backlog; per class the flows' sums. The bytes of a tick are those that were charged
 * to the shaped ends' buckets: with TLS handshakes and whole records, else what was delivered.
 */
#ifndef SHAPESIM_SIM_REPLAY_H
#define SHAPESIM_SIM_REPLAY_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/config.h"
#include "sim/delays.h"
#include "sim/flow_ranking.h"
#include "sim/record.h"
#include "traces/flow_source.h"

struct class_metrics;
struct replay;

/* What a run comes to, per class; the class "-" holds flows of none. */
struct class_totals {
    const char *name;
    const struct class_limits *limits; /* NULL for "-" */
    uint64_t flows;
    uint64_t packets;
    uint64_t ticks;
    uint64_t offered_bytes[SHAPER_DIRECTIONS];
    uint64_t delivered_bytes[SHAPER_DIRECTIONS];
    uint64_t charged_bytes[SHAPER_DIRECTIONS];   /* delivered, or with TLS what is below it */
    uint64_t handshake_bytes[SHAPER_DIRECTIONS]; /* of these */
    uint64_t peak_tick_bytes[SHAPER_DIRECTIONS];
    uint64_t peak_backlog_bytes[SHAPER_DIRECTIONS];
    uint64_t peak_members;
    uint64_t credits_above_burst; /* events that left a bucket above its burst */
    uint64_t false_eofs;          /* flows that libevent ended without reason */
    uint64_t handshakes;          /* TLS: flows opened, and peers that saw no close-notify */
    uint64_t unclean_ends;
    uint64_t flushed_bytes[SHAPER_DIRECTIONS]; /* driven past the limits at closes */
    uint64_t arrived_bytes[SHAPER_DIRECTIONS]; /* below all filters, at the far end */
    struct application_counts application;     /* sums and maxima over flows that are over */
    struct shaper_filter_counts filters[SHAPER_FILTERS_MAX][SHAPER_DIRECTIONS]; /* likewise */
    struct delay_histogram delays[SHAPER_DIRECTIONS];
    const struct class_metrics *metrics; /* NULL: nothing was measured */
};

enum replay_end {
    REPLAY_DRAINED,     /* the trace is over and every backlog empty */
    REPLAY_MAX_TIME,    /* --max-time came first */
    REPLAY_INTERRUPTED, /* *stop was set */
    REPLAY_FAILED,
};

/* What a run reads and writes on the way; all borrowed until replay_free(). */
struct replay_setup {
    const struct flow_ranking *ranking; /* NULL: no first pass was made */
    struct record *record;              /* NULL: no files */
    const volatile sig_atomic_t *stop;  /* set: end at the next instant */
    void (*progress)(void *arg, int64_t now_us, uint64_t open_flows); /* NULL: none */
    void *progress_arg;
};

/* Prepares a replay of `source` (borrowed) and compiles the classes' filters for it. The caller
 * owns *replay. */
int replay_new(const struct run_config *config, struct flow_source *source, struct replay **replay,
               char *error);

/* Whether a flow with this first packet falls into a class with limits; `arg` is the replay. */
bool replay_limits_flow(void *arg, const struct capture_packet *packet);

/* Runs it to its end. `error` is filled for REPLAY_FAILED. */
enum replay_end replay_run(struct replay *replay, const struct replay_setup *setup, char *error);

/* After the run: when it ended, and the classes in order, "-" last if any flow was ever there. */
int64_t replay_end_us(const struct replay *replay);
size_t replay_classes(const struct replay *replay);
const struct class_totals *replay_class(const struct replay *replay, size_t index);

/* How many of the config's --at events had come when the run ended, and how many of them were for
 * flows that were not open then. */
size_t replay_events_taken(const struct replay *replay);
size_t replay_events_missed(const struct replay *replay);

void replay_free(struct replay *replay);

/* Checks that libevent asks our clock and our generator and can be observed: SIM_OK, or SIM_FAILED
 * with what is wrong. */
int replay_self_check(char *error);

#endif
