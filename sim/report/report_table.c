#include "sim/report/report_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/account/demand_figures.h"
#include "sim/base/suggestion.h"
#include "sim/base/units.h"
#include "sim/report/table.h"
#include "sim/sweep/sweep_finished.h"

#define FLAG        "--table"
#define NAMES_BYTES 800

enum source {
    SOURCE_AXIS,
    SOURCE_OPTION,
    SOURCE_TRACE,
    SOURCE_SEEDS,
    SOURCE_PLACE,
    SOURCE_KEY,
    SOURCE_DEMAND
};

struct column {
    enum source source;
    size_t axis;
    const char *option; /* its value */
    enum rank_key key;
    struct demand demand;
    char *name;   /* owned */
    double *runs; /* a figure's value in each run; owned */
};

struct making {
    const struct sweep_finished *sweep;
    struct column columns[REPORT_COLUMNS_MAX];
    size_t count;
    char window[UNIT_TEXT_BYTES]; /* by which fairness is compared */
};

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "report: out of memory");
}

/* --- what a column is ------------------------------------------------------------------------ */

static const char *option_value(const struct sweep_finished *sweep, const char *name)
{
    const struct sweep_config *config = sweep->plan->config;

    for (size_t i = 0; i < config->option_count; i++)
        if (strcmp(config->options[i].name, name) == 0)
            return config->options[i].value;
    return NULL;
}

static bool take_setting(const struct sweep_finished *sweep, struct column *column)
{
    static const struct {
        const char *name;
        enum source source;
    } fixed[] = {{"trace", SOURCE_TRACE}, {"seeds", SOURCE_SEEDS}, {"place", SOURCE_PLACE}};

    for (size_t a = 0; a < sweep->plan->axis_count; a++)
        if (strcmp(sweep->plan->axes[a].name, column->name) == 0) {
            column->source = SOURCE_AXIS;
            column->axis = a;
            return true;
        }
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (strcmp(fixed[i].name, column->name) == 0) {
            column->source = fixed[i].source;
            return true;
        }
    column->source = SOURCE_OPTION;
    column->option = option_value(sweep, column->name);
    return column->option != NULL;
}

static bool take_key(struct column *column)
{
    /* What --want calls otherwise. */
    bool is_lost = strcmp(column->name, "lost-tokens") == 0;
    struct rank_keys keys;
    char unused[SIM_ERROR_BYTES];

    if (rank_keys_parse(FLAG, is_lost ? "lost" : column->name, &keys, unused) != SIM_OK)
        return false;
    column->source = SOURCE_KEY;
    column->key = keys.keys[0];
    return true;
}

static bool take_demand(struct column *column)
{
    char unused[SIM_ERROR_BYTES];

    if (demand_parse_figure(FLAG, column->name, &column->demand, unused) != SIM_OK)
        return false;
    column->source = SOURCE_DEMAND;
    column->demand.is_of_busier = column->demand.metric == DEMAND_UTILISATION &&
                                  column->demand.direction == DEMAND_EITHER_DIRECTION;
    return true;
}

/* --- which columns there are ----------------------------------------------------------------- */

static void add_name(char names[NAMES_BYTES], struct suggestion *suggestion, const char *name)
{
    size_t length = strlen(names);

    snprintf(names + length, NAMES_BYTES - length, "%s%.48s", length ? ", " : "", name);
    suggestion_try(suggestion, name);
}

static bool any_run_has(const struct sweep_finished *sweep, enum rank_key key)
{
    for (size_t run = 0; run < sweep->plan->run_count; run++) {
        const struct sweep_figures *figures = sweep_results_figures(sweep->results, run);
        if (figures && !isnan(sweep_key_value(key, figures)))
            return true;
    }
    return false;
}

/* Refuses a column with the names of those that there are. */
static int refuse(const struct sweep_finished *sweep, const char *name, char *error)
{
    const struct sweep_config *config = sweep->plan->config;
    struct suggestion suggestion = suggestion_of(name);
    char names[NAMES_BYTES] = "", suggested[SUGGESTION_TEXT_BYTES];

    for (size_t a = 0; a < sweep->plan->axis_count; a++)
        add_name(names, &suggestion, sweep->plan->axes[a].name);
    for (size_t i = 0; i < config->option_count; i++)
        if (config->options[i].value &&
            option_value(sweep, config->options[i].name) == config->options[i].value)
            add_name(names, &suggestion, config->options[i].name);
    add_name(names, &suggestion, "trace");
    add_name(names, &suggestion, "seeds");
    add_name(names, &suggestion, "place");
    for (size_t key = 0; rank_key_name(key); key++)
        if (any_run_has(sweep, (enum rank_key)key))
            add_name(names, &suggestion, rank_key_name(key));
    return sim_fail(error, SIM_MISUSE,
                    FLAG ": %s has no column '%.64s'; it has %s, and figures as --want of verify "
                         "names them, like write.p90%s",
                    sweep->path, name, names, suggestion_text(&suggestion, "", suggested));
}

/* --- figures --------------------------------------------------------------------------------- */

/* The worst figure so far of all that a demand without a direction or group is of. */
struct worst {
    bool more_is_better;
    double value;
};

static void take_figure(void *arg, const struct demand_figure *figure)
{
    struct worst *worst = arg;
    bool has_value = figure->verdict == DEMAND_HOLDS || figure->verdict == DEMAND_FAILS;
    double value = figure->verdict == DEMAND_INFINITE ? INFINITY : has_value ? figure->figure : NAN;

    worst->value = worst->more_is_better ? fmin(worst->value, value) : fmax(worst->value, value);
}

static double figure_of(const struct demand *demand, const json_t *summary)
{
    struct worst worst = {.value = NAN};

    worst.more_is_better = demand->metric == DEMAND_JAIN || demand->metric == DEMAND_JAIN_LEAST ||
                           demand->metric == DEMAND_UTILISATION ||
                           demand->metric == DEMAND_DELIVERED;
    demand_judge(demand, summary, take_figure, &worst);
    return worst.value;
}

/* Fills in the values of one run; summary.json is read where a column needs more than the ranking
 * has. */
static int take_run(struct making *making, size_t run, bool needs_summary, char *error)
{
    const struct sweep_figures *figures = sweep_results_figures(making->sweep->results, run);
    json_t *summary = figures && needs_summary ? sweep_finished_summary(making->sweep, run) : NULL;

    if (figures && needs_summary && !summary)
        return sim_fail(error, SIM_FAILED, "%s: run %zu: summary.json cannot be read (%s)",
                        making->sweep->path, run + 1, strerror(errno));

    for (size_t c = 0; c < making->count; c++) {
        struct column *column = &making->columns[c];
        if (!column->runs)
            continue;
        column->runs[run] = NAN;
        if (figures && column->source == SOURCE_KEY)
            column->runs[run] =
                sweep_key_value(column->key, figures) * (column->key == RANK_UTILISATION ? 100 : 1);
        else if (summary)
            column->runs[run] = figure_of(&column->demand, summary);
    }
    json_decref(summary);
    return SIM_OK;
}

static bool has_any(const struct making *making, const struct column *column)
{
    for (size_t run = 0; run < making->sweep->plan->run_count; run++)
        if (!isnan(column->runs[run]))
            return true;
    return false;
}

/* Refuses a figure that no run has; of a demand, the first run knows why. */
static int refuse_empty(const struct making *making, const struct column *column, char *error)
{
    char reason[SIM_ERROR_BYTES] = "";
    size_t run = 0;

    if (column->source != SOURCE_DEMAND)
        return refuse(making->sweep, column->name, error);
    while (!sweep_results_is_ok(making->sweep->results, run))
        run++;
    json_t *summary = sweep_finished_summary(making->sweep, run);
    demand_holds(&column->demand, summary, reason);
    json_decref(summary);
    return sim_fail(error, SIM_MISUSE, FLAG ": no run of %s has a column '%.64s': %.600s",
                    making->sweep->path, column->name, *reason ? reason : "never contended");
}

static int take_runs(struct making *making, char *error)
{
    size_t runs = making->sweep->plan->run_count;
    bool needs_summary = false;

    for (size_t c = 0; c < making->count; c++) {
        struct column *column = &making->columns[c];
        if (column->source != SOURCE_KEY && column->source != SOURCE_DEMAND)
            continue;
        column->runs = calloc(runs, sizeof(*column->runs));
        if (!column->runs)
            return out_of_memory(error);
        needs_summary |= column->source == SOURCE_DEMAND;
    }
    int status = SIM_OK;
    for (size_t run = 0; run < runs && status == SIM_OK; run++)
        status = take_run(making, run, needs_summary, error);
    if (status != SIM_OK)
        return status;
    for (size_t c = 0; c < making->count; c++)
        if (making->columns[c].runs && !has_any(making, &making->columns[c]))
            return refuse_empty(making, &making->columns[c], error);
    return SIM_OK;
}

/* --- the table ------------------------------------------------------------------------------- */

static enum table_kind kind_of_demand(enum demand_metric metric)
{
    switch (demand_metric_entry(metric)->unit) {
    case DEMAND_TIME:
        return TABLE_TIME;
    case DEMAND_SIZE:
        return TABLE_SIZE;
    case DEMAND_INDEX:
        return TABLE_INDEX;
    case DEMAND_PERCENT:
        return TABLE_PERCENT;
    case DEMAND_NUMBER:
        break;
    }
    return metric == DEMAND_GRANTS ? TABLE_PER_MB : TABLE_NUMBER;
}

static enum table_kind kind_of_key(enum rank_key key)
{
    const char *unit = sweep_key_unit(key);

    if (strcmp(unit, "s") == 0)
        return TABLE_TIME;
    if (strcmp(unit, "B") == 0)
        return TABLE_SIZE;
    if (strcmp(unit, "B/s") == 0)
        return TABLE_RATE;
    return key == RANK_UTILISATION                           ? TABLE_PERCENT
           : key == RANK_GRANTS                              ? TABLE_PER_MB
           : sweep_key_has_window(key) || key == RANK_JAIN_1 ? TABLE_INDEX
                                                             : TABLE_NUMBER;
}

static struct table_column heading_of(const struct making *making, const struct column *column)
{
    struct table_column heading = {.name = column->name, .kind = TABLE_TEXT};

    if (column->source == SOURCE_SEEDS || column->source == SOURCE_PLACE)
        heading.kind = TABLE_COUNT;
    else if (column->source == SOURCE_KEY)
        heading.kind = kind_of_key(column->key);
    else if (column->source == SOURCE_DEMAND)
        heading.kind = kind_of_demand(column->demand.metric);
    if (column->source == SOURCE_KEY && sweep_key_has_window(column->key))
        heading.note = making->window;
    return heading;
}

static struct table_cell cell_of(const struct making *making, const struct column *column,
                                 size_t index)
{
    const struct sweep_finished *sweep = making->sweep;
    const struct sweep_plan *plan = sweep->plan;
    const struct sweep_setting *setting = &plan->settings[index];
    size_t seeds = (size_t)plan->config->seed_count;
    struct table_cell cell = {.mean = NAN, .ci95 = NAN};

    switch (column->source) {
    case SOURCE_AXIS:
        cell.text = sweep_plan_value(plan, setting, column->axis);
        break;
    case SOURCE_OPTION:
        cell.text = column->option;
        break;
    case SOURCE_TRACE:
        cell.text = plan->traces[setting->trace].name;
        break;
    case SOURCE_SEEDS:
        cell.mean = (double)sweep_results_complete(sweep->results, index);
        break;
    case SOURCE_PLACE:
        cell.mean = (double)sweep->ranking->settings[index % sweep->ranking->count].place;
        break;
    case SOURCE_KEY:
    case SOURCE_DEMAND: {
        struct sweep_statistic statistic = sweep_statistic(&column->runs[index * seeds], seeds);
        cell.mean = statistic.mean;
        cell.ci95 = statistic.n > 1 ? statistic.ci95 : NAN;
        break;
    }
    }
    return cell;
}

static int print(const struct making *making, unsigned format, FILE *out, char *error)
{
    struct table_column headings[REPORT_COLUMNS_MAX];
    size_t height = making->sweep->plan->setting_count;
    struct table_cell *cells = calloc(height * making->count + 1, sizeof(*cells));
    const struct table table = {
        .columns = headings, .width = making->count, .cells = cells, .height = height};
    int status;

    if (!cells)
        return out_of_memory(error);
    for (size_t c = 0; c < making->count; c++) {
        headings[c] = heading_of(making, &making->columns[c]);
        for (size_t row = 0; row < height; row++)
            cells[row * making->count + c] = cell_of(making, &making->columns[c], row);
    }
    if (format == REPORT_LATEX)
        status = table_print_latex(&table, out, error);
    else if (format == REPORT_CSV)
        status = table_print_csv(&table, out, error);
    else
        status = table_print_markdown(&table, out, error);
    free(cells);
    return status;
}

static int take_columns(struct making *making, const char *text, char *error)
{
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        if (making->count == REPORT_COLUMNS_MAX)
            return sim_fail(error, SIM_MISUSE, FLAG ": more than %d columns", REPORT_COLUMNS_MAX);
        struct column *column = &making->columns[making->count++];
        column->name = strndup(at, length);
        if (!column->name)
            return out_of_memory(error);
        if (!take_setting(making->sweep, column) && !take_key(column) && !take_demand(column))
            return refuse(making->sweep, column->name, error);
        at += length;
        if (!*at)
            return SIM_OK;
    }
}

int report_table_print(const struct report_config *config, FILE *out, char *error)
{
    struct sweep_finished *sweep = NULL;
    struct making *making = calloc(1, sizeof(*making));
    int status =
        making ? sweep_finished_load(config->directories[0], &sweep, error) : out_of_memory(error);

    if (status == SIM_OK) {
        making->sweep = sweep;
        unit_print_time(making->window, sweep->plan->compared_window_ms * 1000);
        status = take_columns(making, config->table, error);
    }
    if (status == SIM_OK)
        status = take_runs(making, error);
    if (status == SIM_OK)
        status = print(making, config->formats, out, error);
    for (size_t c = 0; making && c < making->count; c++) {
        free(making->columns[c].name);
        free(making->columns[c].runs);
    }
    free(making);
    sweep_finished_free(sweep);
    return status;
}
