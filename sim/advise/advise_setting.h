/*
 * What `shapesim advise` chooses from, what it learns of a setting, and what it finds.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_SETTING_H
#define SHAPESIM_SIM_ADVISE_ADVISE_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/sim.h"
#include "sim/config/advise_config.h"

#define ADVISE_VALUES_MAX       64   /* of ticks, and of min-shares */
#define ADVISE_RESOLUTION       0.01 /* of a rate */
#define ADVISE_BURST_RESOLUTION 0.05
#define ADVISE_SCAN             24
#define ADVISE_BURST_MS         100
#define ADVISE_BYTES_MAX        1000000000 /* of a rate per tick, and of a burst */

struct advise_setting {
    int64_t rate_bytes_per_tick, burst_bytes, tick_ms, min_share_bytes;
};

struct advise_outcome {
    bool holds;              /* every demand, and nothing is lost */
    double shortfall;        /* 0 where it holds; else by how much of its bound the worst demand is
                              * missed; INFINITY: by what no number says */
    double grants_per_mb;    /* NaN: unknown */
    int64_t peak_tick_bytes; /* the most that passed in one tick; 0: unknown */
    int64_t response_p99_us; /* of the worst seed; -1: none, or infinite; likewise the next */
    int64_t delay_p99_us;
};

struct advise_probe {
    struct advise_setting setting;
    struct advise_outcome outcome;
};

/* Sets the outcomes of `count` settings, none of which was asked for before. SIM_OK, or another
 * status, which ends the search. */
typedef int advise_evaluate_callback(void *arg, const struct advise_setting *settings, size_t count,
                                     struct advise_outcome *outcomes, char *error);

/* A rate in bytes per tick at which to begin, given the setting that limits nothing and was tried;
 * 0: unknown. SIM_OK, or another status, which ends the search. */
typedef int advise_start_callback(void *arg, const struct advise_setting *wide,
                                  int64_t *bytes_per_tick, char *error);

/* Sets the places of `count` settings in the order of the ranking, from 1 on, which equals share;
 * all were tried. SIM_OK, or another status, which ends the search. */
typedef int advise_rank_callback(void *arg, const struct advise_setting *settings, size_t count,
                                 size_t *places, char *error);

/* Where a search learns what it knows. */
struct advise_source {
    advise_evaluate_callback *evaluate;
    advise_start_callback *start; /* NULL: nothing is known */
    advise_rank_callback *rank;   /* for a rate that is given */
    void *arg;
};

/* What may be chosen, and how it is searched. Plain data. */
struct advise_space {
    int64_t ticks_ms[ADVISE_VALUES_MAX]; /* ascending, at least one; likewise the next */
    size_t ticks;
    int64_t rates_bytes_per_tick[ADVISE_VALUES_MAX]; /* of each tick; 0: the rate is sought */
    int64_t min_shares_bytes[ADVISE_VALUES_MAX];
    size_t min_shares;
    int64_t burst_least_bytes; /* 0: one tick's worth, which it is never below */
    int64_t
        burst_most_bytes; /* 0: what ADVISE_BURST_MS bring, or one tick's worth if that is more */
    size_t at_once;       /* values tried in a step, at most ADVISE_AT_ONCE_MAX; 0: one */
};

/* What differs in a setting beside the advised one. */
enum advise_change {
    ADVISE_HALF_BURST,
    ADVISE_TWICE_BURST,
    ADVISE_HALF_TICK, /* at the same rate per second */
    ADVISE_TWICE_TICK,
    ADVISE_HALF_MIN_SHARE,
    ADVISE_TWICE_MIN_SHARE,
    ADVISE_CHANGES
};

struct advise_result {
    bool is_found; /* else `best` is the setting that came nearest */
    struct advise_probe best;
    bool is_rate_monotone; /* as far as the runs show; likewise the next */
    bool is_burst_monotone;
    bool has_change[ADVISE_CHANGES]; /* false: there is no such setting, or nothing was found */
    struct advise_probe changes[ADVISE_CHANGES];
    struct advise_probe *probes; /* every setting that was tried, in order; owned */
    size_t probe_count;
};

/* The rate in bytes per second. */
static inline double advise_rate_bytes_per_s(const struct advise_setting *setting)
{
    return (double)setting->rate_bytes_per_tick * 1000 / (double)setting->tick_ms;
}

static inline bool advise_setting_equals(const struct advise_setting *a,
                                         const struct advise_setting *b)
{
    return a->rate_bytes_per_tick == b->rate_bytes_per_tick && a->burst_bytes == b->burst_bytes &&
           a->tick_ms == b->tick_ms && a->min_share_bytes == b->min_share_bytes;
}

#endif
