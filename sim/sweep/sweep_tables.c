#include "sim/sweep/sweep_tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/numbers.h"
#include "sim/output/csv.h"
#include "sim/output/file_names.h"
#include "sim/sweep/sweep_words.h"
#include "traces/file_stream.h"

/* What a table is made of. */
struct sheet {
    const struct sweep_results *results;
    const struct sweep_plan *plan;
    bool has_two[GROUPS_MAX][SWEEP_PARAMETERS]; /* the parameter has a column for each direction */
};

/* --- parameters ------------------------------------------------------------------------------ */

/* A parameter of a group in a setting; NaN if it has none. */
static double parameter_of(const struct sweep_limits *limits, int d, enum sweep_parameter parameter)
{
    if (!limits)
        return NAN;
    switch (parameter) {
    case SWEEP_TICK:
        return (double)limits->tick_ms / 1000;
    case SWEEP_RATE:
        return limits->has_rate[d] ? limits->rate_bytes_per_s[d] : NAN;
    case SWEEP_BURST:
        return limits->has_rate[d] ? (double)limits->burst_bytes[d] : NAN;
    case SWEEP_MIN_SHARE:
        return limits->has_group ? (double)limits->min_share_bytes : NAN;
    case SWEEP_COMPARED_WINDOW:
    case SWEEP_PARAMETERS:
        break;
    }
    return NAN;
}

static bool are_same(double a, double b)
{
    return isnan(a) ? isnan(b) : fabs(a - b) < 1e-9;
}

static void find_directed(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->plan->setting_count; i++) {
        const struct sweep_setting *setting = &sheet->plan->settings[i];
        for (size_t l = 0; l < setting->limit_count; l++)
            for (int p = 0; p < SWEEP_PARAMETERS; p++) {
                const struct sweep_limits *limits = &setting->limits[l];
                enum sweep_parameter parameter = (enum sweep_parameter)p;
                sheet->has_two[limits->group][p] |=
                    !are_same(parameter_of(limits, SHAPER_READ, parameter),
                              parameter_of(limits, SHAPER_WRITE, parameter));
            }
    }
}

/* --- headers --------------------------------------------------------------------------------- */

static const char *prefix_of(const struct sweep_plan *plan, size_t group)
{
    return plan->group_count > 1 ? plan->groups[group] : "";
}

/* A column's name, escaped as csv_text() does it: groups may have any name. */
static void print_column(FILE *out, const char *name)
{
    fprintf(out, ",%s%s", csv_is_formula(name) ? "'" : "", name);
}

/* Figures from `first` up to before `end`, of every group and direction, with each suffix. */
static void print_figure_names(FILE *out, const struct sheet *sheet, int first, int end,
                               const char *const *suffixes, size_t suffix_count)
{
    char name[GROUP_NAME_BYTES + 64];

    for (size_t g = 0; g < sweep_figures_groups(sheet->plan); g++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            for (int f = first; f < end; f++)
                for (size_t s = 0; s < suffix_count; s++) {
                    sweep_column_print(name, sizeof(name), prefix_of(sheet->plan, g),
                                       (enum shaper_direction)d, (enum sweep_figure)f, suffixes[s]);
                    print_column(out, name);
                }
}

/* The third part of a row: figures of directions, then those of groups. */
static void print_group_names(FILE *out, const struct sheet *sheet, const char *const *suffixes,
                              size_t suffix_count)
{
    char name[GROUP_NAME_BYTES + 64];

    print_figure_names(out, sheet, SWEEP_FIGURES_WITH_GROUPS, SWEEP_FIGURES, suffixes,
                       suffix_count);
    for (size_t g = 0; g < sweep_figures_groups(sheet->plan); g++)
        for (int f = 0; f < SWEEP_GROUP_FIGURES; f++)
            for (size_t s = 0; s < suffix_count; s++) {
                sweep_group_column_print(name, sizeof(name), prefix_of(sheet->plan, g),
                                         (enum sweep_group_figure)f, suffixes[s]);
                print_column(out, name);
            }
}

static void print_parameter_names(FILE *out, const struct sheet *sheet)
{
    char name[GROUP_NAME_BYTES + 64];

    print_column(out, sweep_parameter_columns[SWEEP_COMPARED_WINDOW].name);
    for (size_t g = 0; g < sheet->plan->group_count; g++)
        for (int p = SWEEP_TICK; p < SWEEP_PARAMETERS; p++)
            for (int d = 0; d < (sheet->has_two[g][p] ? SHAPER_DIRECTIONS : 1); d++) {
                sweep_parameter_print(name, sizeof(name), prefix_of(sheet->plan, g),
                                      sheet->has_two[g][p] ? d : -1, (enum sweep_parameter)p);
                print_column(out, name);
            }
}

static void print_header(FILE *out, const struct sheet *sheet, enum sweep_file file)
{
    static const char *const none[] = {""};
    bool is_by_setting = file == SWEEP_BY_SETTING;
    const char *const *names = sweep_column_names;
    const char *const *suffixes = is_by_setting ? sweep_statistic_suffixes : none;
    size_t suffix_count = is_by_setting ? SWEEP_STATISTICS : 1;

    if (!is_by_setting)
        fprintf(out, "%s,", names[SWEEP_COLUMN_RUN]);
    fputs(names[SWEEP_COLUMN_TRACE], out);
    for (size_t i = 0; i < sheet->plan->axis_count; i++)
        print_column(out, sheet->plan->axes[i].name);
    fprintf(out, ",%s", names[is_by_setting ? SWEEP_COLUMN_SEEDS : SWEEP_COLUMN_SEED]);
    if (file == SWEEP_BY_FIGURE) {
        for (int c = SWEEP_COLUMN_GROUP; c <= SWEEP_COLUMN_VALUE; c++)
            fprintf(out, ",%s", names[c]);
        return;
    }
    if (!is_by_setting)
        fprintf(out, ",%s", names[SWEEP_COLUMN_STATUS]);
    print_figure_names(out, sheet, 0, SWEEP_FIGURES_BEFORE, suffixes, suffix_count);
    print_parameter_names(out, sheet);
    print_figure_names(out, sheet, SWEEP_FIGURES_BEFORE, SWEEP_FIGURES_WITH_GROUPS, suffixes,
                       suffix_count);
    print_group_names(out, sheet, suffixes, suffix_count);
}

static int open_table(const struct sheet *sheet, struct owned_directory *directory,
                      enum sweep_file file, struct csv **csv, char *error)
{
    char *header = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&header, &bytes);

    if (!out)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", sweep_file_names[file]);
    print_header(out, sheet, file);
    int status = file_stream_close_text(out, &header) == 0
                     ? csv_open(directory, sweep_file_names[file], header, csv, error)
                     : sim_fail(error, SIM_FAILED, "%s: out of memory", sweep_file_names[file]);
    free(header);
    return status;
}

/* --- fields ---------------------------------------------------------------------------------- */

static void put_setting(struct csv *csv, const struct sweep_plan *plan,
                        const struct sweep_setting *setting)
{
    csv_text(csv, plan->traces[setting->trace].name);
    for (size_t i = 0; i < plan->axis_count; i++)
        csv_text(csv, sweep_plan_value(plan, setting, i));
}

static void put_number(struct csv *csv, enum sweep_number number, double value)
{
    char text[64];
    int64_t whole;

    if (isnan(value)) {
        csv_empty(csv);
        return;
    }
    if (isinf(value)) {
        csv_text(csv, "inf");
        return;
    }
    switch (number) {
    case SWEEP_COUNT:
        number_round_i64(trunc(value), &whole);
        csv_i64(csv, whole);
        break;
    case SWEEP_RATIO:
        csv_ratio(csv, value);
        break;
    case SWEEP_MILLIONTH:
        number_round_i64(value * 1e6, &whole);
        csv_time_us(csv, whole);
        break;
    case SWEEP_SIGNED_MILLIONTH:
        snprintf(text, sizeof(text), "%.6f", value);
        csv_text(csv, text);
        break;
    }
}

static double compared_window_s(const struct sweep_plan *plan)
{
    return plan->compared_window_ms > 0 ? (double)plan->compared_window_ms / 1000 : NAN;
}

static void put_parameters(struct csv *csv, const struct sheet *sheet,
                           const struct sweep_setting *setting)
{
    put_number(csv, SWEEP_MILLIONTH, compared_window_s(sheet->plan));
    for (size_t g = 0; g < sheet->plan->group_count; g++) {
        const struct sweep_limits *limits = sweep_plan_limits(setting, g);
        for (int p = SWEEP_TICK; p < SWEEP_PARAMETERS; p++)
            for (int d = 0; d < (sheet->has_two[g][p] ? SHAPER_DIRECTIONS : 1); d++)
                put_number(csv, sweep_parameter_columns[p].number,
                           parameter_of(limits, d, (enum sweep_parameter)p));
    }
}

/* --- a row per run --------------------------------------------------------------------------- */

static void put_figures(struct csv *csv, const struct sheet *sheet, size_t run, int first, int end)
{
    const struct sweep_figures *figures = sweep_results_figures(sheet->results, run);
    size_t directions = sweep_figures_groups(sheet->plan) * SHAPER_DIRECTIONS;

    for (size_t i = 0; i < directions; i++)
        for (int f = first; f < end; f++)
            put_number(csv, sweep_figure_columns[f].number,
                       figures ? figures->directions[i].values[f] : NAN);
}

static void put_group_figures(struct csv *csv, const struct sheet *sheet, size_t run)
{
    const struct sweep_figures *figures = sweep_results_figures(sheet->results, run);

    put_figures(csv, sheet, run, SWEEP_FIGURES_WITH_GROUPS, SWEEP_FIGURES);
    for (size_t g = 0; g < sweep_figures_groups(sheet->plan); g++)
        for (int f = 0; f < SWEEP_GROUP_FIGURES; f++)
            put_number(csv, sweep_group_columns[f].number,
                       figures ? figures->groups[g].values[f] : NAN);
}

/* -1 on allocation failure. */
static int put_run(struct csv *csv, const struct sheet *sheet, size_t run)
{
    const struct sweep_setting *setting = sweep_plan_setting(sheet->plan, run);
    char *id = sweep_plan_id(sheet->plan, run);

    if (!id)
        return -1;
    csv_text(csv, id);
    free(id);
    put_setting(csv, sheet->plan, setting);
    csv_i64(csv, sweep_plan_seed(sheet->plan, run));
    csv_text(csv, sweep_results_status(sheet->results, run));
    put_figures(csv, sheet, run, 0, SWEEP_FIGURES_BEFORE);
    put_parameters(csv, sheet, setting);
    put_figures(csv, sheet, run, SWEEP_FIGURES_BEFORE, SWEEP_FIGURES_WITH_GROUPS);
    put_group_figures(csv, sheet, run);
    csv_end_row(csv);
    return 0;
}

/* --- a row per value ------------------------------------------------------------------------- */

/* The run that rows are of. */
struct long_rows {
    struct csv *csv;
    const struct sheet *sheet;
    size_t run;
    const char *id;
};

/* `direction` is -1 for a figure of the group. */
static void put_value(const struct long_rows *rows, size_t group, int direction,
                      const struct sweep_figure_column *metric, double window_s, double value)
{
    const struct sweep_plan *plan = rows->sheet->plan;
    struct csv *csv = rows->csv;

    if (isnan(value))
        return;
    csv_text(csv, rows->id);
    put_setting(csv, plan, sweep_plan_setting(plan, rows->run));
    csv_i64(csv, sweep_plan_seed(plan, rows->run));
    csv_text(csv, sweep_figures_group_name(plan, group));
    csv_text(csv, direction < 0 ? "" : shaper_direction_name((enum shaper_direction)direction));
    csv_text(csv, metric->name);
    put_number(csv, SWEEP_MILLIONTH, window_s);
    put_number(csv, metric->number, value);
    csv_end_row(csv);
}

static void put_direction(const struct long_rows *rows, const struct sweep_direction *direction,
                          size_t group, int d)
{
    for (int f = 0; f < SWEEP_FIGURES; f++)
        if (!sweep_figure_columns[f].has_window)
            put_value(rows, group, d, &sweep_figure_columns[f], NAN, direction->values[f]);
    for (size_t w = 0; w < direction->window_count; w++)
        for (int m = 0; m < SWEEP_WINDOW_METRICS; m++)
            put_value(rows, group, d, &sweep_window_columns[m], direction->windows[w].window_s,
                      direction->windows[w].values[m]);
}

static void put_group(const struct long_rows *rows, const struct sweep_figures *figures,
                      size_t group)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        put_direction(rows, &figures->directions[group * SHAPER_DIRECTIONS + (size_t)d], group, d);
    for (int f = 0; f < SWEEP_GROUP_FIGURES; f++)
        put_value(rows, group, -1, &sweep_group_columns[f], NAN, figures->groups[group].values[f]);
}

/* -1 on allocation failure. */
static int put_values(struct csv *csv, const struct sheet *sheet, size_t run)
{
    const struct sweep_figures *figures = sweep_results_figures(sheet->results, run);

    if (!figures)
        return 0;
    char *id = sweep_plan_id(sheet->plan, run);
    const struct long_rows rows = {.csv = csv, .sheet = sheet, .run = run, .id = id};
    for (size_t g = 0; id && g < figures->count / SHAPER_DIRECTIONS; g++)
        put_group(&rows, figures, g);
    free(id);
    return id ? 0 : -1;
}

static int write_runs(const struct sheet *sheet, struct owned_directory *directory,
                      enum sweep_file file,
                      int (*put)(struct csv *csv, const struct sheet *sheet, size_t run),
                      char *error)
{
    struct csv *csv;
    int status = open_table(sheet, directory, file, &csv, error);

    if (status != SIM_OK)
        return status;
    for (size_t run = 0; run < sheet->plan->run_count; run++)
        if (put(csv, sheet, run) != 0) {
            csv_discard(csv);
            return sim_fail(error, SIM_FAILED, "%s: out of memory", sweep_file_names[file]);
        }
    return csv_commit(csv, error);
}

/* --- a row per setting ----------------------------------------------------------------------- */

static void put_real(struct csv *csv, double value)
{
    char text[400] = "";

    if (!isnan(value))
        snprintf(text, sizeof(text), "%.9f", value);
    csv_text(csv, text);
}

static void put_statistic(struct csv *csv, struct sweep_statistic statistic)
{
    csv_u64(csv, statistic.n);
    put_real(csv, statistic.mean);
    put_real(csv, statistic.sd);
    put_real(csv, statistic.ci95);
}

static void put_statistics(struct csv *csv, const struct sheet *sheet, size_t setting, int first,
                           int end)
{
    size_t directions = sweep_figures_groups(sheet->plan) * SHAPER_DIRECTIONS;

    for (size_t i = 0; i < directions; i++)
        for (int f = first; f < end; f++)
            put_statistic(
                csv, sweep_results_statistic(sheet->results, setting, i, (enum sweep_figure)f));
}

static void put_group_statistics(struct csv *csv, const struct sheet *sheet, size_t setting)
{
    put_statistics(csv, sheet, setting, SWEEP_FIGURES_WITH_GROUPS, SWEEP_FIGURES);
    for (size_t g = 0; g < sweep_figures_groups(sheet->plan); g++)
        for (int f = 0; f < SWEEP_GROUP_FIGURES; f++)
            put_statistic(csv, sweep_results_group_statistic(sheet->results, setting, g,
                                                             (enum sweep_group_figure)f));
}

static int write_settings(const struct sheet *sheet, struct owned_directory *directory, char *error)
{
    const struct sweep_plan *plan = sheet->plan;
    struct csv *csv;
    int status = open_table(sheet, directory, SWEEP_BY_SETTING, &csv, error);

    if (status != SIM_OK)
        return status;
    for (size_t i = 0; i < plan->setting_count; i++) {
        put_setting(csv, plan, &plan->settings[i]);
        csv_u64(csv, sweep_results_complete(sheet->results, i));
        put_statistics(csv, sheet, i, 0, SWEEP_FIGURES_BEFORE);
        put_parameters(csv, sheet, &plan->settings[i]);
        put_statistics(csv, sheet, i, SWEEP_FIGURES_BEFORE, SWEEP_FIGURES_WITH_GROUPS);
        put_group_statistics(csv, sheet, i);
        csv_end_row(csv);
    }
    return csv_commit(csv, error);
}

int sweep_tables_write(const struct sweep_results *results, struct owned_directory *directory,
                       char *error)
{
    struct sheet sheet = {.results = results, .plan = sweep_results_plan(results)};

    find_directed(&sheet);
    int status = write_runs(&sheet, directory, SWEEP_BY_RUN, put_run, error);
    if (status == SIM_OK)
        status = write_settings(&sheet, directory, error);
    if (status == SIM_OK)
        status = write_runs(&sheet, directory, SWEEP_BY_FIGURE, put_values, error);
    return status;
}
