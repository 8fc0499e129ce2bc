#include "sim/sweep/sweep_results.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <jansson.h>

#include "shaper/libevent/memory.h"
#include "sim/account/demand_figures.h"
#include "sim/account/summary.h"
#include "sim/base/version.h"
#include "sim/base/json_file.h"
#include "sim/metrics/student_t.h"
#include "sim/output/whole_directory.h"
#include "sim/sweep/sweep_directory.h"
#include "sim/sweep/sweep_words.h"

struct run_results {
    char *status;                  /* owned; NULL: missing */
    struct sweep_figures *figures; /* owned; NULL if it is not complete */
    struct sweep_unmet *unmet;     /* owned */
    size_t unmet_count;
};

struct sweep_results {
    const struct sweep_plan *plan;
    struct sweep_directory *directory; /* borrowed */
    const struct demands *wants;       /* borrowed */
    struct run_results *runs;
    size_t other_formats; /* runs whose summary.json is of another format */
    bool takes_any_version;
};

const struct sweep_plan *sweep_results_plan(const struct sweep_results *results)
{
    return results->plan;
}

struct sweep_results *sweep_results_new(const struct sweep_plan *plan,
                                        struct sweep_directory *directory,
                                        const struct demands *wants)
{
    struct sweep_results *results = calloc(1, sizeof(*results));

    if (!results)
        return NULL;
    results->plan = plan;
    results->directory = directory;
    results->wants = wants;
    results->runs = calloc(plan->run_count, sizeof(*results->runs));
    if (results->runs)
        return results;
    sweep_results_free(results);
    return NULL;
}

void sweep_results_take_any_version(struct sweep_results *results)
{
    results->takes_any_version = true;
}

/* Forgets what is known of a run. */
static void forget(struct run_results *run)
{
    for (size_t i = 0; i < run->unmet_count; i++)
        free(run->unmet[i].text);
    free(run->unmet);
    sweep_figures_free(run->figures);
    free(run->status);
    memset(run, 0, sizeof(*run));
}

void sweep_results_free(struct sweep_results *results)
{
    if (!results)
        return;
    for (size_t i = 0; results->runs && i < results->plan->run_count; i++)
        forget(&results->runs[i]);
    free(results->runs);
    free(results);
}

/* --- one run -------------------------------------------------------------------------------- */

static bool is_text(const json_t *value, const char *expected)
{
    const char *text = json_string_value(value);

    return text && strcmp(text, expected) == 0;
}

/* Whether the summary is of this run: the same trace, settings and libraries. */
static bool is_of_run(const struct sweep_results *results, const json_t *root, size_t run,
                      const char *command)
{
    const struct sweep_plan *plan = results->plan;
    const json_t *versions = json_object_get(root, "versions");
    const struct sweep_trace *trace = &plan->traces[sweep_plan_setting(plan, run)->trace];

    return is_text(json_object_get(root, "command"), command) &&
           is_text(json_object_get(json_object_get(root, "trace"), "xxh3_128"), trace->hash) &&
           (results->takes_any_version ||
            (is_text(json_object_get(versions, "shapesim"), SHAPESIM_VERSION) &&
             is_text(json_object_get(versions, "libevent"), event_get_version())));
}

/* Holds the run against the demands. 0 or ENOMEM. */
static int judge(const struct demands *wants, const json_t *root, struct run_results *run)
{
    char reason[SIM_ERROR_BYTES];

    run->unmet = calloc(wants->count + 1, sizeof(*run->unmet));
    if (!run->unmet)
        return ENOMEM;
    for (size_t i = 0; i < wants->count; i++) {
        struct sweep_unmet *unmet = &run->unmet[run->unmet_count];
        if (demand_holds(&wants->demands[i], root, reason))
            continue;
        unmet->demand = i;
        if (asprintf(&unmet->text, "--want '%s': %s", wants->demands[i].text, reason) < 0) {
            unmet->text = NULL;
            return ENOMEM;
        }
        run->unmet_count++;
    }
    return 0;
}

/* Takes the figures of a summary that is the run's. 0 or ENOMEM. */
static int take_summary(struct sweep_results *results, size_t run, const json_t *root)
{
    static const char beyond[] =
        "summary.json: a figure is beyond all that a run can have; run it again";
    struct run_results *into = &results->runs[run];

    into->figures = sweep_figures_read(root, results->plan, sweep_plan_setting(results->plan, run));
    if (!into->figures)
        return ENOMEM;
    into->status = strdup(into->figures->fit ? SWEEP_STATUS_OK : beyond);
    return into->status ? judge(results->wants, root, into) : ENOMEM;
}

static int load(struct sweep_results *results, size_t run, const char *path, const char *command)
{
    char *name, fault[SIM_ERROR_BYTES];
    int failure = 0;

    if (asprintf(&name, "%s/summary.json", path) < 0)
        return ENOMEM;
    json_t *root = json_file_load(name, 0, NULL);
    free(name);
    if (!root && errno != 0 && errno != ENOENT && errno != ENOTDIR)
        return errno;
    forget(&results->runs[run]);
    bool is_of_other_format = root && is_text(json_object_get(root, "command"), command) &&
                              summary_check_format(root, "summary.json", fault) != SIM_OK;
    results->other_formats += is_of_other_format;
    if (is_of_other_format)
        results->runs[run].status = strdup(fault);
    else if (root && is_of_run(results, root, run, command))
        failure = take_summary(results, run, root);
    else
        results->runs[run].status = whole_directory_error(path, command);
    json_decref(root);
    return failure;
}

int sweep_results_load(struct sweep_results *results, size_t run, char *error)
{
    char *path = sweep_directory_run_path(results->directory->files.path, results->plan, run);
    char *command = sweep_plan_command(results->plan, run);
    int failure = path && command ? load(results, run, path, command) : ENOMEM;
    int status = SIM_OK;

    if (failure == ENOMEM)
        status = sim_fail(error, SIM_FAILED, "sweep: out of memory");
    else if (failure)
        status = sim_fail(error, SIM_FAILED, "%s/summary.json: cannot be read (%s)", path,
                          strerror(failure));
    free(command);
    free(path);
    return status;
}

static int each_removal(const struct sweep_results *results, size_t run,
                        int (*removal)(int parent_fd, const char *path, bool is_vouched,
                                       char *error),
                        char *error)
{
    if (results->directory->runs_fd < 0)
        return SIM_OK;
    char *path = sweep_directory_run_path(results->directory->files.path, results->plan, run);
    int status =
        path ? removal(results->directory->runs_fd, path, results->directory->is_earlier, error)
             : sim_fail(error, SIM_FAILED, "sweep: out of memory");
    free(path);
    return status;
}

int sweep_results_check_clear(const struct sweep_results *results, char *error)
{
    int status = SIM_OK;

    for (size_t run = 0; run < results->plan->run_count && status == SIM_OK; run++)
        if (!sweep_results_is_ok(results, run))
            status = each_removal(results, run, whole_directory_check_removable, error);
    return status;
}

int sweep_results_clear(struct sweep_results *results, size_t run, char *error)
{
    return each_removal(results, run, whole_directory_remove, error);
}

void sweep_results_fail(struct sweep_results *results, size_t run, const char *text)
{
    free(results->runs[run].status);
    results->runs[run].status = strdup(text);
}

const char *sweep_results_status(const struct sweep_results *results, size_t run)
{
    const char *status = results->runs[run].status;

    return status ? status : SWEEP_STATUS_MISSING;
}

size_t sweep_results_other_formats(const struct sweep_results *results)
{
    return results->other_formats;
}

bool sweep_results_is_ok(const struct sweep_results *results, size_t run)
{
    return strcmp(sweep_results_status(results, run), SWEEP_STATUS_OK) == 0;
}

const struct sweep_figures *sweep_results_figures(const struct sweep_results *results, size_t run)
{
    return sweep_results_is_ok(results, run) ? results->runs[run].figures : NULL;
}

struct sweep_evidence sweep_results_evidence(const struct sweep_results *results, size_t run)
{
    const struct run_results *known = &results->runs[run];
    const struct sweep_figures *figures = sweep_results_figures(results, run);
    struct sweep_evidence evidence = {.seed = sweep_plan_seed(results->plan, run)};

    if (!figures) {
        evidence.failure = sweep_results_status(results, run);
        evidence.is_missing = strcmp(evidence.failure, SWEEP_STATUS_MISSING) == 0;
        return evidence;
    }
    evidence.losses = &figures->losses;
    evidence.unmet = known->unmet;
    evidence.unmet_count = known->unmet_count;
    return evidence;
}

/* --- over the seeds ------------------------------------------------------------------------- */

struct sweep_statistic sweep_statistic(const double *values, size_t count)
{
    struct sweep_statistic statistic = {.n = 0, .mean = NAN, .sd = NAN, .ci95 = NAN};
    double sum = 0, squares = 0;

    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i])) {
            sum += values[i];
            statistic.n++;
        }
    if (statistic.n == 0)
        return statistic;
    double n = (double)statistic.n;
    statistic.mean = sum / n;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            squares += (values[i] - statistic.mean) * (values[i] - statistic.mean);
    if (statistic.n < 2 || isinf(statistic.mean))
        return statistic;
    statistic.sd = sqrt(squares / (n - 1));
    statistic.ci95 = student_t_quantile(0.975, (unsigned)statistic.n - 1) * statistic.sd / sqrt(n);
    return statistic;
}

/* A figure: of a direction, or of a group if `is_of_group`. */
struct figure_at {
    bool is_of_group;
    size_t index; /* of the direction or the group */
    int figure;
};

static double value_at(const struct sweep_figures *run, const struct figure_at *at)
{
    if (!run)
        return NAN;
    return at->is_of_group ? run->groups[at->index].values[at->figure]
                           : run->directions[at->index].values[at->figure];
}

static struct sweep_statistic statistic_of(const struct sweep_results *results, size_t setting,
                                           const struct figure_at *at)
{
    size_t seeds = (size_t)results->plan->config->seed_count;
    double *values = memory_take(seeds * sizeof(*values)); /* the foreign file could not be
                                                            * reported */

    for (size_t i = 0; values && i < seeds; i++)
        values[i] = value_at(sweep_results_figures(results, setting * seeds + i), at);
    struct sweep_statistic statistic = sweep_statistic(values, values ? seeds : 0);
    memory_give(values);
    return statistic;
}

struct sweep_statistic sweep_results_statistic(const struct sweep_results *results, size_t setting,
                                               size_t direction, enum sweep_figure figure)
{
    const struct figure_at at = {.index = direction, .figure = (int)figure};

    return statistic_of(results, setting, &at);
}

struct sweep_statistic sweep_results_group_statistic(const struct sweep_results *results,
                                                     size_t setting, size_t group,
                                                     enum sweep_group_figure figure)
{
    const struct figure_at at = {.is_of_group = true, .index = group, .figure = (int)figure};

    return statistic_of(results, setting, &at);
}

size_t sweep_results_complete(const struct sweep_results *results, size_t setting)
{
    size_t seeds = (size_t)results->plan->config->seed_count, complete = 0;

    for (size_t i = 0; i < seeds; i++)
        complete += sweep_results_is_ok(results, setting * seeds + i);
    return complete;
}
