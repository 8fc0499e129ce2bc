#include "sim/sweep/sweep_results.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <jansson.h>

#include "shaper/libevent/memory.h"
#include "sim/account/summary.h"
#include "sim/base/numbers.h"
#include "sim/base/version.h"
#include "sim/base/json_file.h"
#include "sim/metrics/student_t.h"
#include "sim/output/csv.h"
#include "sim/output/file_names.h"
#include "sim/output/whole_directory.h"
#include "sim/sweep/sweep_directory.h"
#include "traces/file_stream.h"

enum figure_kind {
    FIGURE_COUNT,    /* a whole number */
    FIGURE_RATIO,    /* nine places */
    FIGURE_MILLIONTH /* six places: seconds, bytes per second */
};

/* Where a figure is found in a direction of summary.json; a number is a window's length. */
static const struct figure {
    enum figure_kind kind;
    const char *path;
} figures[SWEEP_FIGURES] = {
    [SWEEP_THROUGHPUT] = {FIGURE_MILLIONTH, "throughput/achieved_bytes_per_s"},
    [SWEEP_UTILISATION] = {FIGURE_RATIO, "utilisation"},
    [SWEEP_JAIN_1] = {FIGURE_RATIO, "fairness/jain_one_tick_mean"},
    [SWEEP_JAIN_10] = {FIGURE_RATIO, "fairness/jain/10/mean"},
    [SWEEP_JAIN_RUN] = {FIGURE_RATIO, "fairness/jain_run"},
    [SWEEP_RFB] = {FIGURE_COUNT, "fairness/rfb_attained_bytes"},
    [SWEEP_GPS_LAG] = {FIGURE_COUNT, "fairness/gps_lag_max_bytes"},
    [SWEEP_SIGMA] = {FIGURE_COUNT, "burst/sigma_delivered_bytes"},
    [SWEEP_DELAY_P50] = {FIGURE_MILLIONTH, "delay_p50_s"},
    [SWEEP_DELAY_P99] = {FIGURE_MILLIONTH, "delay_p99_s"},
    [SWEEP_DELAY_MAX] = {FIGURE_MILLIONTH, "delay_max_s"},
    [SWEEP_GRANTS] = {FIGURE_COUNT, "throughput/grants"},
    [SWEEP_LOST_TOKENS] = {FIGURE_COUNT, "throughput/lost_tokens_bytes"},
};

struct sweep_results {
    const struct sweep_plan *plan;
    struct sweep_directory *directory; /* borrowed */
    size_t columns;
    double *values;       /* columns of run 0, of run 1, ...; NaN where there is none */
    char **statuses;      /* owned; NULL: missing */
    size_t other_formats; /* runs whose summary.json is of another format */
};

const struct sweep_plan *sweep_results_plan(const struct sweep_results *results)
{
    return results->plan;
}

size_t sweep_results_groups(const struct sweep_results *results)
{
    return results->plan->group_count > 0 ? results->plan->group_count : 1;
}

struct sweep_results *sweep_results_new(const struct sweep_plan *plan,
                                        struct sweep_directory *directory)
{
    struct sweep_results *results = calloc(1, sizeof(*results));

    if (!results)
        return NULL;
    results->plan = plan;
    results->directory = directory;
    results->columns = sweep_results_groups(results) * SHAPER_DIRECTIONS * SWEEP_FIGURES;
    results->values = calloc(plan->run_count * results->columns, sizeof(*results->values));
    results->statuses = calloc(plan->run_count, sizeof(*results->statuses));
    if (results->values && results->statuses)
        return results;
    sweep_results_free(results);
    return NULL;
}

void sweep_results_free(struct sweep_results *results)
{
    if (!results)
        return;
    for (size_t i = 0; results->statuses && i < results->plan->run_count; i++)
        free(results->statuses[i]);
    free(results->statuses);
    free(results->values);
    free(results);
}

/* --- one run -------------------------------------------------------------------------------- */

static double *values_of(const struct sweep_results *results, size_t run)
{
    return results->values + run * results->columns;
}

/* The member called `key`, or of an array the element for a window of `key` ticks. */
static const json_t *step_into(const json_t *at, const char *key)
{
    if (!json_is_array(at))
        return json_object_get(at, key);
    for (size_t i = 0; i < json_array_size(at); i++) {
        const json_t *element = json_array_get(at, i);
        if (json_integer_value(json_object_get(element, "window_ticks")) == strtoll(key, NULL, 10))
            return element;
    }
    return NULL;
}

static double read_figure(const json_t *direction, const char *path)
{
    char key[64];

    for (const json_t *at = direction; at; path++) {
        size_t length = strcspn(path, "/");
        snprintf(key, sizeof(key), "%.*s", (int)length, path);
        at = step_into(at, key);
        path += length;
        if (!*path)
            return json_is_number(at) ? json_number_value(at) : NAN;
    }
    return NAN;
}

static const json_t *find_group(const json_t *groups, const char *name)
{
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        const char *its_name = json_string_value(json_object_get(group, "name"));
        if (its_name && strcmp(its_name, name) == 0)
            return group;
    }
    return NULL;
}

/* Whether the table can hold a figure of this kind, or a missing one. */
static bool fits_table(enum figure_kind kind, double value)
{
    static const double places[] = {
        [FIGURE_COUNT] = 1, [FIGURE_RATIO] = 1e9, [FIGURE_MILLIONTH] = 1e6};
    int64_t whole;

    return isnan(value) || (value >= 0 && number_round_i64(value * places[kind], &whole));
}

/* False if a figure is larger than any run can have. */
static bool read_figures(const struct sweep_results *results, size_t run, const json_t *root)
{
    const json_t *groups = json_object_get(root, "groups");
    double *value = values_of(results, run);
    bool fit = true;

    for (size_t g = 0; g < sweep_results_groups(results); g++) {
        const char *name =
            results->plan->group_count > 0 ? results->plan->groups[g] : GROUP_NAME_NONE;
        const json_t *group = find_group(groups, name);
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            for (int f = 0; f < SWEEP_FIGURES; f++) {
                *value = read_figure(
                    json_object_get(group, shaper_direction_name((enum shaper_direction)d)),
                    figures[f].path);
                fit = fit && fits_table(figures[f].kind, *value++);
            }
    }
    return fit;
}

static bool is_text(const json_t *value, const char *expected)
{
    const char *text = json_string_value(value);

    return text && strcmp(text, expected) == 0;
}

/* Whether the summary is of this run: the same trace, settings and libraries. */
static bool is_of_run(const json_t *root, const struct sweep_plan *plan, size_t run,
                      const char *command)
{
    const json_t *versions = json_object_get(root, "versions");
    const struct sweep_trace *trace = &plan->traces[sweep_plan_setting(plan, run)->trace];

    return is_text(json_object_get(root, "command"), command) &&
           is_text(json_object_get(json_object_get(root, "trace"), "xxh3_128"), trace->hash) &&
           is_text(json_object_get(versions, "shapesim"), SHAPESIM_VERSION) &&
           is_text(json_object_get(versions, "libevent"), event_get_version());
}

static int load(struct sweep_results *results, size_t run, const char *path, const char *command)
{
    char *name;

    if (asprintf(&name, "%s/summary.json", path) < 0)
        return ENOMEM;
    json_t *root = json_file_load(name, 0, NULL);
    free(name);
    if (!root && errno != 0 && errno != ENOENT && errno != ENOTDIR)
        return errno;
    free(results->statuses[run]);
    results->statuses[run] = NULL;
    char fault[SIM_ERROR_BYTES];
    bool is_of_other_format = root && is_text(json_object_get(root, "command"), command) &&
                              summary_check_format(root, "summary.json", fault) != SIM_OK;
    results->other_formats += is_of_other_format;
    if (root && !is_of_other_format && is_of_run(root, results->plan, run, command)) {
        results->statuses[run] = strdup(read_figures(results, run, root)
                                            ? SWEEP_STATUS_OK
                                            : "summary.json: a figure is beyond all that a run "
                                              "can have; run it again");
    } else {
        for (size_t i = 0; i < results->columns; i++)
            values_of(results, run)[i] = NAN;
        results->statuses[run] =
            is_of_other_format ? strdup(fault) : whole_directory_error(path, command);
    }
    json_decref(root);
    return 0;
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
    free(results->statuses[run]);
    results->statuses[run] = strdup(text);
}

const char *sweep_results_status(const struct sweep_results *results, size_t run)
{
    return results->statuses[run] ? results->statuses[run] : SWEEP_STATUS_MISSING;
}

size_t sweep_results_other_formats(const struct sweep_results *results)
{
    return results->other_formats;
}

bool sweep_results_is_ok(const struct sweep_results *results, size_t run)
{
    return strcmp(sweep_results_status(results, run), SWEEP_STATUS_OK) == 0;
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
    if (statistic.n < 2)
        return statistic;
    statistic.sd = sqrt(squares / (n - 1));
    statistic.ci95 = student_t_quantile(0.975, (unsigned)statistic.n - 1) * statistic.sd / sqrt(n);
    return statistic;
}

struct sweep_statistic sweep_results_statistic(const struct sweep_results *results, size_t setting,
                                               size_t column)
{
    size_t seeds = (size_t)results->plan->config->seed_count;
    double *values = memory_take(seeds * sizeof(*values)); /* the foreign file could not be
                                                            * reported */

    for (size_t i = 0; values && i < seeds; i++) {
        size_t run = setting * seeds + i;
        values[i] = sweep_results_is_ok(results, run) ? values_of(results, run)[column] : NAN;
    }
    struct sweep_statistic statistic = sweep_statistic(values, values ? seeds : 0);
    memory_give(values);
    return statistic;
}

size_t sweep_results_complete(const struct sweep_results *results, size_t setting)
{
    size_t seeds = (size_t)results->plan->config->seed_count, complete = 0;

    for (size_t i = 0; i < seeds; i++)
        complete += sweep_results_is_ok(results, setting * seeds + i);
    return complete;
}

/* --- the tables ----------------------------------------------------------------------------- */

/* A column's name, escaped as csv_text() does it: groups may have any name. */
static void print_column(FILE *out, const char *name)
{
    fprintf(out, ",%s%s", csv_is_formula(name) ? "'" : "", name);
}

/* Prints ",NAME" for every group, direction and figure, with each of the suffixes. */
static void print_figure_names(FILE *out, const struct sweep_results *results,
                               const char *const *suffixes, size_t suffix_count)
{
    const struct sweep_plan *plan = results->plan;
    char name[GROUP_NAME_BYTES + 64];

    for (size_t g = 0; g < sweep_results_groups(results); g++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            for (int f = 0; f < SWEEP_FIGURES; f++)
                for (size_t s = 0; s < suffix_count; s++) {
                    sweep_column_print(name, sizeof(name),
                                       plan->group_count > 1 ? plan->groups[g] : "",
                                       (enum shaper_direction)d, (enum sweep_figure)f, suffixes[s]);
                    print_column(out, name);
                }
}

static int open_table(const struct sweep_results *results, enum sweep_file file, struct csv **csv,
                      char *error)
{
    static const char *const none[] = {""};
    bool is_by_run = file == SWEEP_BY_RUN;
    const char *const *names = sweep_column_names;
    char *header = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&header, &bytes);

    if (!out)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", sweep_file_names[file]);
    if (is_by_run)
        fprintf(out, "%s,", names[SWEEP_COLUMN_RUN]);
    fputs(names[SWEEP_COLUMN_TRACE], out);
    for (size_t i = 0; i < results->plan->axis_count; i++)
        print_column(out, results->plan->axes[i].name);
    if (is_by_run)
        fprintf(out, ",%s,%s", names[SWEEP_COLUMN_SEED], names[SWEEP_COLUMN_STATUS]);
    else
        fprintf(out, ",%s", names[SWEEP_COLUMN_SEEDS]);
    print_figure_names(out, results, is_by_run ? none : sweep_statistic_suffixes,
                       is_by_run ? 1 : SWEEP_STATISTICS);
    int status =
        file_stream_close_text(out, &header) == 0
            ? csv_open(&results->directory->files, sweep_file_names[file], header, csv, error)
            : sim_fail(error, SIM_FAILED, "%s: out of memory", sweep_file_names[file]);
    free(header);
    return status;
}

static void put_setting(struct csv *csv, const struct sweep_plan *plan,
                        const struct sweep_setting *setting)
{
    csv_text(csv, plan->traces[setting->trace].name);
    for (size_t i = 0; i < plan->axis_count; i++)
        csv_text(csv, sweep_plan_value(plan, setting, i));
}

static void put_figure(struct csv *csv, enum figure_kind kind, double value)
{
    int64_t whole;

    if (isnan(value)) {
        csv_empty(csv);
        return;
    }
    switch (kind) {
    case FIGURE_COUNT:
        number_round_i64(trunc(value), &whole);
        csv_i64(csv, whole);
        break;
    case FIGURE_RATIO:
        csv_ratio(csv, value);
        break;
    case FIGURE_MILLIONTH:
        number_round_i64(value * 1e6, &whole);
        csv_time_us(csv, whole);
        break;
    }
}

static int put_run(struct csv *csv, const struct sweep_results *results, size_t run)
{
    const double *values = values_of(results, run);
    char *id = sweep_plan_id(results->plan, run);
    bool is_ok = sweep_results_is_ok(results, run);

    if (!id)
        return -1;
    csv_text(csv, id);
    free(id);
    put_setting(csv, results->plan, sweep_plan_setting(results->plan, run));
    csv_i64(csv, sweep_plan_seed(results->plan, run));
    csv_text(csv, sweep_results_status(results, run));
    for (size_t c = 0; c < results->columns; c++)
        put_figure(csv, figures[c % SWEEP_FIGURES].kind, is_ok ? values[c] : NAN);
    csv_end_row(csv);
    return 0;
}

static int write_runs(const struct sweep_results *results, char *error)
{
    struct csv *csv;
    int status = open_table(results, SWEEP_BY_RUN, &csv, error);

    if (status != SIM_OK)
        return status;
    for (size_t run = 0; run < results->plan->run_count; run++)
        if (put_run(csv, results, run) != 0) {
            csv_discard(csv);
            return sim_fail(error, SIM_FAILED, "sweep.csv: out of memory");
        }
    return csv_commit(csv, error);
}

static void put_real(struct csv *csv, double value)
{
    char text[400] = "";

    if (!isnan(value))
        snprintf(text, sizeof(text), "%.9f", value);
    csv_text(csv, text);
}

static int write_settings(const struct sweep_results *results, char *error)
{
    const struct sweep_plan *plan = results->plan;
    struct csv *csv;
    int status = open_table(results, SWEEP_BY_SETTING, &csv, error);

    if (status != SIM_OK)
        return status;
    for (size_t i = 0; i < plan->setting_count; i++) {
        put_setting(csv, plan, &plan->settings[i]);
        csv_u64(csv, sweep_results_complete(results, i));
        for (size_t c = 0; c < results->columns; c++) {
            struct sweep_statistic statistic = sweep_results_statistic(results, i, c);
            csv_u64(csv, statistic.n);
            put_real(csv, statistic.mean);
            put_real(csv, statistic.sd);
            put_real(csv, statistic.ci95);
        }
        csv_end_row(csv);
    }
    return csv_commit(csv, error);
}

int sweep_results_write(const struct sweep_results *results, char *error)
{
    int status = write_runs(results, error);

    return status == SIM_OK ? write_settings(results, error) : status;
}
