#include "sim/sweep/sweep_ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t sweep_ranking_combination(const struct sweep_ranking *ranking, size_t setting)
{
    return ranking->plan->settings[setting].combination; /* on the first trace */
}

static struct sweep_statistic *statistic_of(const struct sweep_ranking *ranking, size_t trace,
                                            size_t setting, size_t k)
{
    size_t row = trace * ranking->count + setting;

    return &ranking->statistics[row * ranking->keys.count + k];
}

static struct rank_figure figure_of(const struct sweep_statistic *statistic)
{
    return (struct rank_figure){.mean = statistic->mean, .ci95 = statistic->ci95};
}

const struct sweep_statistic *sweep_ranking_value(const struct sweep_ranking *ranking,
                                                  size_t setting, size_t k)
{
    struct rank_criterion exact = sweep_key_criterion(ranking->keys.keys[k]);
    const struct sweep_statistic *worst = statistic_of(ranking, 0, setting, k);

    exact.absolute = exact.relative = 0;
    for (size_t t = 1; t < ranking->plan->trace_count; t++) {
        const struct sweep_statistic *here = statistic_of(ranking, t, setting, k);
        if (rank_compare(&exact, (struct rank_figure){worst->mean, NAN},
                         (struct rank_figure){here->mean, NAN}) < 0)
            worst = here;
    }
    return worst;
}

/* --- what is known of each setting ----------------------------------------------------------- */

/* The value of each key over the seeds. -1 on allocation failure. */
static int read_statistics(struct sweep_ranking *ranking)
{
    size_t seeds = (size_t)ranking->plan->config->seed_count;
    double *values = calloc(seeds, sizeof(*values));

    for (size_t i = 0; values && i < ranking->plan->setting_count; i++)
        for (size_t k = 0; k < ranking->keys.count; k++) {
            for (size_t s = 0; s < seeds; s++) {
                const struct sweep_figures *run =
                    sweep_results_figures(ranking->results, i * seeds + s);
                values[s] = run ? sweep_key_value(ranking->keys.keys[k], run) : NAN;
            }
            ranking->statistics[i * ranking->keys.count + k] = sweep_statistic(values, seeds);
        }
    free(values);
    return values ? 0 : -1;
}

/* The runs of a setting on one trace. */
static int review(struct sweep_ranking *ranking, size_t trace, size_t setting,
                  struct sweep_evidence *runs)
{
    const struct sweep_plan *plan = ranking->plan;
    size_t seeds = (size_t)plan->config->seed_count;
    size_t first = (trace * ranking->count + setting) * seeds;
    struct rank_setting *ranked = &ranking->settings[setting];

    for (size_t s = 0; s < seeds; s++) {
        runs[s] = sweep_results_evidence(ranking->results, first + s);
        double percent =
            runs[s].losses ? sweep_losses_delivered_percent(runs[s].losses) : 0; /* not run */
        ranked->delivered_percent = fmin(ranked->delivered_percent, percent);
    }
    return sweep_reasons_add(&ranking->reasons[setting],
                             plan->trace_count > 1 ? plan->traces[trace].name : NULL, runs, seeds);
}

static int review_all(struct sweep_ranking *ranking)
{
    struct sweep_evidence *runs = calloc((size_t)ranking->plan->config->seed_count, sizeof(*runs));
    int failure = runs ? 0 : -1;

    for (size_t i = 0; i < ranking->count && failure == 0; i++) {
        ranking->settings[i].delivered_percent = 100;
        for (size_t t = 0; t < ranking->plan->trace_count && failure == 0; t++)
            failure = review(ranking, t, i, runs);
        ranking->settings[i].is_eligible = ranking->reasons[i].count == 0;
        ranking->eligible += ranking->settings[i].is_eligible;
    }
    free(runs);
    return failure;
}

static int rank(struct sweep_ranking *ranking)
{
    size_t rows = ranking->plan->setting_count * ranking->keys.count;
    struct rank_criterion criteria[RANK_KEYS_MAX];
    struct rank_figure *figures = calloc(rows, sizeof(*figures));
    const struct rank_problem problem = {.traces = ranking->plan->trace_count,
                                         .settings = ranking->count,
                                         .criterion_count = ranking->keys.count,
                                         .criteria = criteria,
                                         .figures = figures,
                                         .method = ranking->method};

    if (!figures)
        return -1;
    for (size_t k = 0; k < ranking->keys.count; k++)
        criteria[k] = sweep_key_criterion(ranking->keys.keys[k]);
    for (size_t i = 0; i < rows; i++)
        figures[i] = figure_of(&ranking->statistics[i]);
    int failure = rank_settings(&problem, ranking->settings, ranking->order);
    free(figures);
    return failure;
}

/* What settings are compared by where nobody says it: by what clients feel, if any run knows it. */
static struct rank_keys default_keys(const struct sweep_results *results)
{
    const struct sweep_plan *plan = sweep_results_plan(results);
    const char *names = RANK_KEYS_DEFAULT;
    char unused[SIM_ERROR_BYTES];
    struct rank_keys keys;

    for (size_t run = 0; run < plan->run_count; run++) {
        const struct sweep_figures *figures = sweep_results_figures(results, run);
        if (figures && sweep_key_has_exchanges(figures))
            names = RANK_KEYS_DEFAULT_EXCHANGES;
    }
    rank_keys_parse("--rank", names, &keys, unused);
    return keys;
}

int sweep_ranking_new(const struct sweep_results *results, const struct sweep_config *config,
                      size_t other_runs, struct sweep_ranking **out, char *error)
{
    const struct sweep_plan *plan = sweep_results_plan(results);
    struct sweep_ranking *ranking = calloc(1, sizeof(*ranking));

    if (!ranking)
        return sim_fail(error, SIM_FAILED, "sweep: out of memory");
    ranking->results = results;
    ranking->plan = plan;
    ranking->keys = config->rank ? config->rank_keys : default_keys(results);
    ranking->method = config->rank_method;
    ranking->other_runs = other_runs;
    ranking->count = plan->setting_count / plan->trace_count;
    ranking->statistics =
        calloc(plan->setting_count * ranking->keys.count, sizeof(*ranking->statistics));
    ranking->settings = calloc(ranking->count, sizeof(*ranking->settings));
    ranking->reasons = calloc(ranking->count, sizeof(*ranking->reasons));
    ranking->order = calloc(ranking->count, sizeof(*ranking->order));
    if (ranking->statistics && ranking->settings && ranking->reasons && ranking->order &&
        read_statistics(ranking) == 0 && review_all(ranking) == 0 && rank(ranking) == 0) {
        *out = ranking;
        return SIM_OK;
    }
    sweep_ranking_free(ranking);
    return sim_fail(error, SIM_FAILED, "sweep: out of memory");
}

void sweep_ranking_free(struct sweep_ranking *ranking)
{
    if (!ranking)
        return;
    for (size_t i = 0; ranking->reasons && i < ranking->count; i++)
        sweep_reasons_fini(&ranking->reasons[i]);
    free(ranking->reasons);
    free(ranking->statistics);
    free(ranking->settings);
    free(ranking->order);
    free(ranking);
}
