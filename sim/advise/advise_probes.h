/*
 * The settings that a search has tried, in order: none is asked for twice.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_PROBES_H
#define SHAPESIM_SIM_ADVISE_ADVISE_PROBES_H

#include "sim/advise/advise_setting.h"

/* All is borrowed; `result` has the probes. */
struct advise_probes {
    const struct advise_space *space;
    const struct advise_source *source;
    struct advise_result *result;
};

/* Borrowed until the next probe; NULL: it was not tried. */
const struct advise_probe *advise_probes_find(const struct advise_probes *probes,
                                              const struct advise_setting *setting);

/* Tries those that were not tried yet, in one batch. SIM_OK, SIM_FAILED on allocation failure, or
 * what the source returned; likewise the next. */
int advise_probes_try(struct advise_probes *probes, const struct advise_setting *settings,
                      size_t count, char *error);
int advise_probes_try_one(struct advise_probes *probes, const struct advise_setting *setting,
                          struct advise_outcome *outcome, char *error);

/* The bursts that may go with a rate, and the largest rate that libevent takes with the largest
 * burst. */
int64_t advise_burst_least(const struct advise_space *space, int64_t rate);
int64_t advise_burst_most(const struct advise_space *space, int64_t rate, int64_t tick_ms);
int64_t advise_rate_most(const struct advise_space *space, int64_t tick_ms);

static inline int64_t advise_least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t advise_most_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

#endif
