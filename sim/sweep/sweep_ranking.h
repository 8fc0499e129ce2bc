/*
 * The ranking of a sweep's settings: combinations of values, each over all traces and seeds. It is
 * made from the results (sweep_key.h, sweep_eligibility.h, sweep_rank.h), and printed as a table or
 * as JSON.
 *
 * The table has the eligible settings in their order, and the others with the reasons against them;
 * with several traces, a setting's values are those of the trace where it does worst. The
 * recommended setting is the first one, if it is eligible.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_RANKING_H
#define SHAPESIM_SIM_SWEEP_SWEEP_RANKING_H

#include <stdio.h>

#include "sim/config/sweep_config.h"
#include "sim/sweep/sweep_eligibility.h"
#include "sim/sweep/sweep_key.h"
#include "sim/sweep/sweep_rank.h"
#include "sim/sweep/sweep_results.h"

struct sweep_ranking {
    const struct sweep_results *results;
    const struct sweep_plan *plan;
    struct rank_keys keys;
    enum rank_method method;
    size_t count;                       /* of settings */
    struct sweep_statistic *statistics; /* [trace][setting][key]; owned, like the next three */
    struct rank_setting *settings;
    struct sweep_reasons *reasons; /* of each setting */
    size_t *order;                 /* indices of settings, the best first */
    size_t eligible;               /* how many of them */
    size_t other_runs;             /* in the directory, but not of this sweep */
};

/* Ranks as `config` asks for, or by RANK_KEYS_DEFAULT or RANK_KEYS_DEFAULT_EXCHANGES. `results` is
 * borrowed; the caller frees with sweep_ranking_free(). SIM_OK or SIM_FAILED (no memory). */
int sweep_ranking_new(const struct sweep_results *results, const struct sweep_config *config,
                      size_t other_runs, struct sweep_ranking **ranking, char *error);
void sweep_ranking_free(struct sweep_ranking *ranking);

/* The combination of values of a setting. */
uint64_t sweep_ranking_combination(const struct sweep_ranking *ranking, size_t setting);

/* A setting's value of key `k`, of the trace where it is worst. */
const struct sweep_statistic *sweep_ranking_value(const struct sweep_ranking *ranking,
                                                  size_t setting, size_t k);

/* One sentence: which setting is recommended, what it gains and costs against the next one, and
 * against libevent's default min-share where the sweep has that. Freed by the caller; NULL on
 * allocation failure. */
char *sweep_ranking_advice(const struct sweep_ranking *ranking);

/* Prints the table. SIM_OK or SIM_FAILED. */
int sweep_ranking_print(const struct sweep_ranking *ranking, const char *advice, FILE *out,
                        char *error);

/* Prints one JSON object, as shapesim-files(5) describes it. SIM_OK or SIM_FAILED. */
int sweep_ranking_print_json(const struct sweep_ranking *ranking, const char *advice, FILE *out,
                             char *error);

#endif
