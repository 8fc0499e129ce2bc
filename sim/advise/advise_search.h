/*
 * The search behind `shapesim advise`: of the settings in a space, the one that meets all demands
 * with the least rate; among those within 1 % of it, the least burst; among those, the fewest
 * grants per MB; then the longest tick. It makes no runs: it asks for settings by the batch, and
 * learns of each whether it holds.
 *
 * The rate is searched in whole bytes per tick, not below a thousandth of the busiest tick, for a
 * tick and a min-share at a time:
 *
 *     1. a rate that limits nothing tells whether any rate will do, and how many bytes pass in the
 *        busiest tick: the first rate from above
 *     2. bisection between the largest rate that fails and the least above it that holds, until
 *        they differ by 1 byte or 1 %
 *     3. three rates above the result, by 2, 10 and 50 %: where one fails, the demands do not hold
 *        from one rate on. ADVISE_SCAN rates up to that of step 1 are tried, and step 2 is
 * repeated: the result is above every rate that failed. Where step 1 fails, rates below are tried
 *        likewise, and the result is the least rate of the highest stretch that was seen to hold
 *
 * Every other tick and min-share is tried at the least rate so far: one that fails there is out, at
 * the price of one run. Then the burst is searched likewise, from one tick's worth on, at the rate
 * that was found. A rate's burst in the search is the largest allowed: it lowers the rate.
 *
 * Example: demands that hold from 700 B per tick on, 43000 B in the busiest tick: 43000 holds, then
 * 21500, 10750, 5375, 2687 and 1343 do, 671 fails, 949, 797, 731 and 700 hold, 685, 692 and 695
 * fail: 695 and 700 differ by less than 1 % of 700.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_SEARCH_H
#define SHAPESIM_SIM_ADVISE_ADVISE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/sim.h"

#define ADVISE_VALUES_MAX 64 /* of ticks, and of min-shares */
#define ADVISE_SCAN       24
#define ADVISE_BURST_MS   100
#define ADVISE_BYTES_MAX  1000000000 /* of a rate per tick, and of a burst */

struct advise_setting {
    int64_t rate_bytes_per_tick, burst_bytes, tick_ms, min_share_bytes;
};

struct advise_outcome {
    bool holds;              /* every demand, and nothing is lost */
    double shortfall;        /* 0 where it holds; else by how much of its bound the worst demand is
                              * missed; INFINITY: by what no number says */
    double grants_per_mb;    /* NaN: unknown */
    int64_t peak_tick_bytes; /* the most that passed in one tick; 0: unknown */
};

struct advise_probe {
    struct advise_setting setting;
    struct advise_outcome outcome;
};

/* Sets the outcomes of `count` settings, none of which was asked for before. SIM_OK, or another
 * status, which ends the search. */
typedef int advise_evaluate_callback(void *arg, const struct advise_setting *settings, size_t count,
                                     struct advise_outcome *outcomes, char *error);

/* What may be chosen. Plain data. */
struct advise_space {
    int64_t ticks_ms[ADVISE_VALUES_MAX]; /* ascending, at least one; likewise the next */
    size_t ticks;
    int64_t min_shares_bytes[ADVISE_VALUES_MAX];
    size_t min_shares;
    int64_t burst_least_bytes; /* 0: one tick's worth, which it is never below */
    int64_t
        burst_most_bytes; /* 0: what ADVISE_BURST_MS bring, or one tick's worth if that is more */
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

/* SIM_OK, also if no setting holds; SIM_FAILED on allocation failure, or what `evaluate` returned.
 * The caller frees the result with advise_result_fini() in any case. */
int advise_search(const struct advise_space *space, advise_evaluate_callback *evaluate, void *arg,
                  struct advise_result *result, char *error);
void advise_result_fini(struct advise_result *result);

/* The rate in bytes per second. */
static inline double advise_rate_bytes_per_s(const struct advise_setting *setting)
{
    return (double)setting->rate_bytes_per_tick * 1000 / (double)setting->tick_ms;
}

bool advise_setting_equals(const struct advise_setting *a, const struct advise_setting *b);

#endif
