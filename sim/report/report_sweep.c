/*
 * The figures of a sweep, from sweep.csv: a row per run with its settings and figures. Columns are
 * found by name: `run`, `trace`, then one for each varied key, `seed`, `status`, then figures,
 * whose names begin with the group, if there are several, and the direction.
 */
#include "sim/report/report_sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/units.h"
#include "sim/metrics/student_t.h"
#include "sim/output/file_names.h"
#include "sim/output/sweep_columns.h"

bool report_is_sweep(const char *directory)
{
    char path[4096];

    return snprintf(path, sizeof(path), "%s/%s", directory, sweep_file_names[SWEEP_BY_RUN]) <
               (int)sizeof(path) &&
           access(path, F_OK) == 0;
}

/* --- reading ----------------------------------------------------------------------------- */

static const enum sweep_figure metric_figures[SWEEP_METRICS] = {
    [METRIC_JAIN_1] = SWEEP_JAIN_1,         [METRIC_JAIN] = SWEEP_JAIN_COMPARED,
    [METRIC_THROUGHPUT] = SWEEP_THROUGHPUT, [METRIC_UTILISATION] = SWEEP_UTILISATION,
    [METRIC_P99] = SWEEP_DELAY_P99,         [METRIC_GRANTS] = SWEEP_GRANTS,
};

/* The columns of sweep.csv. */
struct sweep_columns {
    int trace, status, window; /* -1: missing */
    int keys[SWEEP_KEYS_MAX];
    int metrics[SWEEP_METRICS];
};

/* The index of a value in a list of texts, in the order of appearance; `max` if it is full. False
 * on allocation failure. */
static bool intern(char **texts, size_t *count, size_t max, const char *text, size_t *index)
{
    size_t i = 0;

    while (i < *count && strcmp(texts[i], text) != 0)
        i++;
    *index = i;
    if (i < *count || i == max)
        return true;
    texts[i] = strdup(text);
    if (texts[i])
        ++*count;
    return texts[i] != NULL;
}

/* The varied keys are between `trace` and `seed`. */
static void find_keys(struct sweep *sweep, struct csv_reader *reader, struct sweep_columns *columns)
{
    int end = csv_reader_find(reader, sweep_column_names[SWEEP_COLUMN_SEED]);

    for (int i = columns->trace + 1; i < end && sweep->key_count < SWEEP_KEYS_MAX; i++) {
        snprintf(sweep->keys[sweep->key_count].name, sizeof(sweep->keys[0].name), "%s",
                 csv_reader_column_name(reader, i));
        columns->keys[sweep->key_count++] = i;
    }
}

/* Whether a column's name ends in `tail`; the length of the part before it is stored in
 * `length`. */
static bool ends_in(const char *name, const char *tail, size_t *length)
{
    size_t whole = strlen(name), end = strlen(tail);

    *length = whole >= end ? whole - end : 0;
    return whole > end && strcmp(name + *length, tail) == 0;
}

/* Sums the throughput of each direction of each group over all rows; the view with the most is
 * shown. */
static int choose_view(struct sweep *sweep, const char *directory, char *error)
{
    const char *tail = sweep_figure_columns[SWEEP_THROUGHPUT].name;
    struct csv_reader *reader;
    double most = -1;
    size_t length;
    int status = csv_reader_open(directory, sweep_file_names[SWEEP_BY_RUN], &reader, error);

    if (status != SIM_OK)
        return status;
    int width = csv_reader_width(reader);
    double *sums = calloc((size_t)width, sizeof(*sums));
    while (sums && csv_reader_next(reader))
        for (int i = 0; i < width; i++)
            if (ends_in(csv_reader_column_name(reader, i), tail, &length))
                sums[i] += csv_reader_real(reader, i);
    for (int i = 0; sums && i < width; i++) {
        const char *name = csv_reader_column_name(reader, i);
        if (!ends_in(name, tail, &length) || sums[i] <= most)
            continue;
        most = sums[i];
        snprintf(sweep->prefix, sizeof(sweep->prefix), "%.*s", (int)length, name);
    }
    if (!sums)
        status = sim_fail(error, SIM_FAILED, "sweep.csv: out of memory");
    else if (!csv_reader_fault(reader) && most < 0)
        status = sim_fail(error, SIM_FAILED,
                          "%s/sweep.csv: has no column that ends in %s; repeat the sweep",
                          directory, tail);
    free(sums);
    return csv_reader_finish(reader, status, error);
}

static int find_columns(struct sweep *sweep, struct csv_reader *reader,
                        struct sweep_columns *columns, char *error)
{
    const char *const required[] = {sweep_column_names[SWEEP_COLUMN_TRACE],
                                    sweep_column_names[SWEEP_COLUMN_SEED], NULL};
    int at[2];
    int status = csv_reader_columns(reader, required, at, error);

    if (status != SIM_OK)
        return status;
    columns->trace = at[0];
    columns->status = csv_reader_find(reader, sweep_column_names[SWEEP_COLUMN_STATUS]);
    columns->window = csv_reader_find(reader, sweep_parameter_columns[SWEEP_COMPARED_WINDOW].name);
    find_keys(sweep, reader, columns);
    for (size_t m = 0; m < SWEEP_METRICS; m++) {
        char name[SWEEP_NAME_BYTES + 32];
        snprintf(name, sizeof(name), "%s%s", sweep->prefix,
                 sweep_figure_columns[metric_figures[m]].name);
        columns->metrics[m] = csv_reader_find(reader, name);
    }
    return SIM_OK;
}

/* False on allocation failure. */
static bool take_run(struct sweep *sweep, struct csv_reader *reader,
                     const struct sweep_columns *columns)
{
    struct sweep_run *run = &sweep->runs[sweep->run_count];

    sweep->rows++;
    if (columns->status >= 0 && strcmp(csv_reader_text(reader, columns->status), "ok") != 0) {
        sweep->failed++;
        return true;
    }
    if (!intern(sweep->traces, &sweep->trace_count, SWEEP_TRACES_MAX,
                csv_reader_text(reader, columns->trace), &run->trace))
        return false;
    bool fits = run->trace < SWEEP_TRACES_MAX;
    for (size_t k = 0; k < sweep->key_count; k++) {
        struct sweep_key *key = &sweep->keys[k];
        if (!intern(key->values, &key->count, SWEEP_VALUES_MAX,
                    csv_reader_text(reader, columns->keys[k]), &run->values[k]))
            return false;
        fits = fits && run->values[k] < SWEEP_VALUES_MAX;
    }
    for (size_t m = 0; m < SWEEP_METRICS; m++) {
        bool exists = !csv_reader_is_empty(reader, columns->metrics[m]);
        run->metrics[m] = exists ? csv_reader_real(reader, columns->metrics[m]) : NAN;
    }
    if (columns->window >= 0 && !csv_reader_is_empty(reader, columns->window))
        sweep->compared_window_s = csv_reader_real(reader, columns->window);
    if (fits)
        sweep->run_count++;
    else
        sweep->left_out++;
    return true;
}

/* Room for one more run. False on allocation failure. */
static bool make_room(struct sweep *sweep)
{
    size_t room = sweep->run_room ? 2 * sweep->run_room : 64;

    if (sweep->run_count < sweep->run_room)
        return true;
    struct sweep_run *runs = realloc(sweep->runs, room * sizeof(*runs));
    if (!runs)
        return false;
    sweep->runs = runs;
    sweep->run_room = room;
    return true;
}

static int read_runs(struct sweep *sweep, const char *directory, char *error)
{
    struct csv_reader *reader;
    struct sweep_columns columns = {0};
    int status = csv_reader_open(directory, sweep_file_names[SWEEP_BY_RUN], &reader, error);

    if (status == SIM_OK)
        status = find_columns(sweep, reader, &columns, error);
    while (status == SIM_OK && csv_reader_next(reader))
        if (!make_room(sweep) || !take_run(sweep, reader, &columns))
            status = sim_fail(error, SIM_FAILED, "sweep.csv: out of memory");
    return csv_reader_finish(reader, status, error);
}

/* The window compared, if it was measured. */
static void choose_fairness(struct sweep *sweep)
{
    sweep->fairness = METRIC_JAIN_1;
    snprintf(sweep->window, sizeof(sweep->window), "1 tick");
    for (size_t i = 0; i < sweep->run_count && !isnan(sweep->compared_window_s); i++)
        if (!isnan(sweep->runs[i].metrics[METRIC_JAIN])) {
            char time[UNIT_TEXT_BYTES];
            sweep->fairness = METRIC_JAIN;
            unit_print_time(time, (int64_t)llround(sweep->compared_window_s * 1e6));
            snprintf(sweep->window, sizeof(sweep->window), "%s", time);
            break;
        }
    snprintf(sweep->fairness_name, sizeof(sweep->fairness_name), "J, %s", sweep->window);
}

int sweep_read(struct sweep *sweep, const char *directory, char *error)
{
    int status = choose_view(sweep, directory, error);

    sweep->compared_window_s = NAN;
    if (status == SIM_OK)
        status = read_runs(sweep, directory, error);
    choose_fairness(sweep);
    return status;
}

void sweep_fini(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->trace_count; i++)
        free(sweep->traces[i]);
    for (size_t k = 0; k < sweep->key_count; k++)
        for (size_t i = 0; i < sweep->keys[k].count; i++)
            free(sweep->keys[k].values[i]);
    free(sweep->runs);
}

/* --- means over seeds -------------------------------------------------------------------- */

struct sweep_mean sweep_mean(const struct sweep *sweep, const struct sweep_cell *cell,
                             size_t metric)
{
    struct sweep_mean mean = {0};
    double sum = 0, squares = 0;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < sweep->run_count; i++) {
            const struct sweep_run *run = &sweep->runs[i];
            double value = run->metrics[metric];
            bool belongs = run->trace == cell->trace && !isnan(value);
            for (size_t k = 0; k < sweep->key_count; k++)
                belongs =
                    belongs && (cell->values[k] == SWEEP_ANY || cell->values[k] == run->values[k]);
            if (!belongs)
                continue;
            if (pass == 0) {
                mean.count++;
                sum += value;
            } else {
                squares += (value - mean.mean) * (value - mean.mean);
            }
        }
        if (pass == 0 && mean.count > 0)
            mean.mean = sum / (double)mean.count;
    }
    if (mean.count > 1)
        mean.half_width = student_t_quantile(0.975, (unsigned)mean.count - 1) *
                          sqrt(squares / (double)(mean.count - 1) / (double)mean.count);
    return mean;
}
