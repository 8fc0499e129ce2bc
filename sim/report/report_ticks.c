/*
 * The figures made from ticks.csv in one pass: the buckets' level, delivered bytes against what the
 * bucket allows, and the backlog.
 */
#include "sim/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/output/csv_reader.h"
#include "sim/output/run_tables.h"

/* The values in one column of the picture. Sums are those at the column's end. */
struct column {
    bool is_used;
    int64_t first_tick, last_tick;
    double level_low, level_high;
    double backlog_low, backlog_high;
    double passed, offered;
    double allowed;
    double burst;
};

/* A view while its ticks are read. */
struct trail {
    const struct report_view *view;
    int64_t ticks_per_column;
    int64_t last_tick;
    int64_t rate, burst; /* the limit in force */
    bool has_begun;
    double passed, allowed;
    double level_low, level_high;
    double backlog_high, backlog_high_s;
    struct column *columns; /* an array of REPORT_COLUMNS */
};

enum tick_column { AT_TICK, AT_GROUP, AT_START, AT_END, AT_BYTES, AT_BACKLOG, TICK_COLUMNS };

/* The columns of direction read; csv_table_find_all() finds those of the other one. */
static const int tick_columns[TICK_COLUMNS] = {[AT_TICK] = TICKS_TICK,
                                               [AT_GROUP] = TICKS_GROUP,
                                               [AT_START] = TICKS_READ_BUCKET_START,
                                               [AT_END] = TICKS_READ_BUCKET_END,
                                               [AT_BYTES] = TICKS_READ_BYTES,
                                               [AT_BACKLOG] = TICKS_READ_BACKLOG};

/* The limit in force in this tick, after the events up to it. */
static void follow_limit(const struct report *report, struct trail *trail, int64_t tick)
{
    for (size_t i = 0; i < report->change_count; i++) {
        const struct report_change *change = &report->changes[i];
        if (change->group == trail->view->group && change->tick > trail->last_tick &&
            change->tick <= tick) {
            trail->rate = change->rate_bytes_per_tick[trail->view->direction];
            trail->burst = change->burst_bytes[trail->view->direction];
        }
    }
}

static void add_to_column(struct column *column, const struct trail *trail, int64_t tick,
                          const double values[TICK_COLUMNS])
{
    if (!column->is_used) {
        *column = (struct column){.is_used = true,
                                  .first_tick = tick,
                                  .level_low = values[AT_END],
                                  .level_high = values[AT_START],
                                  .backlog_low = values[AT_BACKLOG],
                                  .backlog_high = values[AT_BACKLOG]};
    }
    column->last_tick = tick;
    column->level_low = fmin(column->level_low, fmin(values[AT_START], values[AT_END]));
    column->level_high = fmax(column->level_high, fmax(values[AT_START], values[AT_END]));
    column->backlog_low = fmin(column->backlog_low, values[AT_BACKLOG]);
    column->backlog_high = fmax(column->backlog_high, values[AT_BACKLOG]);
    column->passed = trail->passed;
    column->offered = trail->passed + values[AT_BACKLOG];
    column->allowed = trail->allowed;
    column->burst = (double)trail->burst;
}

static void take_tick(const struct report *report, struct trail *trail, int64_t tick,
                      const double values[TICK_COLUMNS])
{
    double tick_s = report->groups[trail->view->group].tick_s;
    int64_t index = tick / trail->ticks_per_column;

    if (report->change_count > 0)
        follow_limit(report, trail, tick);
    if (!trail->has_begun) {
        trail->allowed = values[AT_START];
        trail->level_low = values[AT_END];
    } else {
        trail->allowed += (double)trail->rate * (double)(tick - trail->last_tick);
    }
    trail->has_begun = true;
    trail->last_tick = tick;
    trail->passed += values[AT_BYTES];
    trail->level_low = fmin(trail->level_low, values[AT_END]);
    trail->level_high = fmax(trail->level_high, values[AT_START]);
    if (values[AT_BACKLOG] > trail->backlog_high) {
        trail->backlog_high = values[AT_BACKLOG];
        trail->backlog_high_s = (double)(tick + 1) * tick_s;
    }
    if (index >= 0 && index < REPORT_COLUMNS)
        add_to_column(&trail->columns[index], trail, tick, values);
}

static void read_values(struct csv_reader *reader, const int at[TICK_COLUMNS],
                        double values[TICK_COLUMNS])
{
    for (int i = AT_START; i < TICK_COLUMNS; i++)
        values[i] = (double)csv_reader_i64_or(reader, at[i], 0);
}

static int read_ticks(const struct report *report, struct trail *trails, char *error)
{
    struct csv_reader *reader;
    int at[SHAPER_DIRECTIONS][TICK_COLUMNS];
    int status = csv_reader_open(report->directory, run_file_names[RUN_TICKS], &reader, error);

    for (int d = 0; d < SHAPER_DIRECTIONS && status == SIM_OK; d++)
        status =
            csv_table_find_all(&ticks_table, tick_columns, TICK_COLUMNS, d, reader, at[d], error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        size_t group = report_find_group(report, csv_reader_text(reader, at[0][AT_GROUP]));
        int64_t tick = csv_reader_i64_or(reader, at[0][AT_TICK], 0);
        for (size_t i = 0; i < report->view_count; i++) {
            double values[TICK_COLUMNS] = {0};
            if (report->views[i].group != group)
                continue;
            read_values(reader, at[report->views[i].direction], values);
            take_tick(report, &trails[i], tick, values);
        }
    }
    return csv_reader_finish(reader, status, error);
}

/* --- the figures ------------------------------------------------------------------------- */

static const struct report_group *group_of(const struct report *report, const struct trail *trail)
{
    return &report->groups[trail->view->group];
}

static double end_of(const struct report *report, const struct trail *trail)
{
    return (double)(trail->last_tick + 1) * group_of(report, trail)->tick_s;
}

static struct figure_axis time_axis(const struct report *report, const struct trail *trail)
{
    return (struct figure_axis){.kind = AXIS_SECONDS, .what = "time", .max = end_of(report, trail)};
}

static bool begins_gap(const struct column *columns, size_t i)
{
    size_t before = i;

    while (before > 0 && !columns[before - 1].is_used)
        before--;
    return before != i && before > 0 && columns[before - 1].is_used;
}

/* Adds to the key how many ticks a column of the picture has, if there are several. */
static void note_resolution(struct figure *figure, const struct trail *trail)
{
    if (trail->ticks_per_column > 1)
        figure_key(figure, KEY_NOTE, "", "(a step is %lld ticks, from their least to their most)",
                   (long long)trail->ticks_per_column);
}

#define HEIGHTS_MAX 3

/* The numbers drawn for a column; returns how many. */
typedef size_t column_heights(const struct column *column, double heights[HEIGHTS_MAX]);

static size_t level_heights(const struct column *column, double heights[HEIGHTS_MAX])
{
    heights[0] = column->level_low;
    heights[1] = column->level_high;
    heights[2] = column->burst;
    return 3;
}

static size_t backlog_heights(const struct column *column, double heights[HEIGHTS_MAX])
{
    heights[0] = column->backlog_low;
    heights[1] = column->backlog_high;
    return 2;
}

/* Two rows for each column, at its left and right; an empty line where ticks are omitted. */
static void write_steps(const struct report *report, const struct trail *trail,
                        struct figure *figure, const char *header, column_heights *heights_of)
{
    FILE *out = figure_data(figure, header);
    double tick_s = group_of(report, trail)->tick_s, heights[HEIGHTS_MAX];

    for (size_t i = 0; i < REPORT_COLUMNS; i++) {
        const struct column *column = &trail->columns[i];
        if (!column->is_used)
            continue;
        if (begins_gap(trail->columns, i))
            fputc('\n', out);
        size_t count = heights_of(column, heights);
        for (int side = 0; side < 2; side++) {
            fprintf(out, "%.10g",
                    figure_x(figure,
                             (double)(side ? column->last_tick + 1 : column->first_tick) * tick_s));
            for (size_t h = 0; h < count; h++)
                fprintf(out, ",%.10g", figure_y(figure, heights[h]));
            fputc('\n', out);
        }
    }
}

static void add_level(const struct report *report, const struct trail *trail, struct figure *figure)
{
    const struct report_group *group = group_of(report, trail);
    int d = trail->view->direction;
    double highest = fmax(trail->level_high, (double)group->burst_bytes[d]);
    struct figure_axis x = time_axis(report, trail);
    struct figure_axis y = {.kind = AXIS_BYTES, .what = "bucket", .max = figure_ceiling(highest)};
    char low[FIGURE_VALUE_BYTES], burst[FIGURE_VALUE_BYTES];
    const char *at_first = report->change_count > 0 ? " at first" : "";

    y.min = trail->level_low < 0 ? 1.06 * trail->level_low : 0;
    struct figure_panel *panel =
        figure_add_panel(figure, &x, &y, report_style(trail->view->direction));
    report_view_name(report, trail->view, panel->title);
    figure_key(figure, KEY_FILL, d == SHAPER_READ ? "READ_FILL" : "WRITTEN_FILL",
               "from the refill down to the tick's end");
    figure_key(figure, KEY_LINE, "LIMIT", "burst %s%s",
               figure_value(burst, AXIS_BYTES, (double)group->burst_bytes[d]), at_first);
    note_resolution(figure, trail);
    report_put_marks(report, figure, trail->view->group);
    write_steps(report, trail, figure, "x,low,high,burst", level_heights);
    report_caption(figure, "%s the %s bucket of %s was between %s and ",
                   figure->panel_count > 1 ? ";" : "Tick by tick,", report_direction(d),
                   group->name, figure_value(low, AXIS_BYTES, trail->level_low));
    report_caption(figure, "%s (burst %s%s)", figure_value(low, AXIS_BYTES, trail->level_high),
                   burst, at_first);
}

static void write_passed(const struct report *report, const struct trail *trail, bool has_limit,
                         bool has_offered, struct figure *figure)
{
    FILE *out = figure_data(figure, has_limit && has_offered ? "x,passed,offered,allowed"
                                    : has_offered            ? "x,passed,offered"
                                                             : "x,passed,allowed");
    double tick_s = group_of(report, trail)->tick_s, passed = 0, offered = 0;

    for (size_t i = 0; i < REPORT_COLUMNS; i++) {
        const struct column *column = &trail->columns[i];
        for (int side = 0; side < 2 && column->is_used; side++) {
            double time_s = (double)(side ? column->last_tick + 1 : column->first_tick) * tick_s;
            passed = side ? column->passed : passed;
            offered = side ? column->offered : offered;
            fprintf(out, "%.10g,%.10g", figure_x(figure, time_s), figure_y(figure, passed));
            if (has_offered)
                fprintf(out, ",%.10g", figure_y(figure, offered));
            if (has_limit)
                fprintf(out, ",%.10g", figure_y(figure, column->allowed));
            fputc('\n', out);
        }
    }
}

/* Where little was delivered, the allowance may exceed the panel: otherwise everything else would
 * be a line on the axis. */
static double passed_ceiling(const struct trail *trail, double offered, bool has_limit)
{
    double most = fmax(trail->passed, offered);

    return has_limit ? fmax(most, fmin(trail->allowed, 1.3 * most)) : most;
}

static void add_passed(const struct report *report, const struct trail *trail,
                       struct figure *figure)
{
    const struct report_group *group = group_of(report, trail);
    const json_t *json = report_view_json(report, trail->view);
    bool has_limit = report_is_limited(report, trail->view);
    /* Charged bytes may exceed delivered ones: TLS, filters. */
    bool has_offered = !json_object_get(json, "charged_bytes");
    double offered = has_offered ? report_number(json, NULL, "offered_bytes") : 0;
    struct figure_axis x = time_axis(report, trail);
    struct figure_axis y = {.kind = AXIS_BYTES,
                            .what = "passed so far",
                            .max = figure_ceiling(passed_ceiling(trail, offered, has_limit))};
    char value[FIGURE_VALUE_BYTES];
    int d = trail->view->direction;

    struct figure_panel *panel =
        figure_add_panel(figure, &x, &y, report_style(trail->view->direction));
    report_view_name(report, trail->view, panel->title);
    panel->series = (has_offered ? 1 : 0) + (has_limit ? 2U : 0U);
    figure_key(figure, KEY_LINE, report_style(trail->view->direction), "%s %s",
               has_offered ? "delivered" : "charged",
               figure_value(value, AXIS_BYTES, trail->passed));
    if (has_offered)
        figure_key(figure, KEY_LINE, "OFFERED", "offered %s",
                   figure_value(value, AXIS_BYTES, offered));
    if (has_limit)
        figure_key(figure, KEY_LINE, "LIMIT", "allowance %s",
                   figure_value(value, AXIS_BYTES, trail->allowed));
    if (has_limit && trail->allowed > 1.06 * y.max)
        figure_key(figure, KEY_NOTE, "", "(it leaves the panel)");
    report_put_marks(report, figure, trail->view->group);
    write_passed(report, trail, has_limit, has_offered, figure);
    report_caption(figure, "%s %s %s of %s", figure->panel_count > 1 ? ";" : "Up to the end,",
                   report_direction(d), figure_value(value, AXIS_BYTES, trail->passed),
                   group->name);
    if (has_limit)
        report_caption(figure, ", %.1f %% of what the bucket allowed",
                       100 * trail->passed / trail->allowed);
}

static void add_backlog(const struct report *report, const struct trail *trail,
                        struct figure *figure)
{
    const struct report_group *group = group_of(report, trail);
    struct figure_axis x = time_axis(report, trail);
    struct figure_axis y = {
        .kind = AXIS_BYTES, .what = "backlog", .max = figure_ceiling(trail->backlog_high)};
    char value[FIGURE_VALUE_BYTES], time[FIGURE_VALUE_BYTES];
    int d = trail->view->direction;

    struct figure_panel *panel =
        figure_add_panel(figure, &x, &y, report_style(trail->view->direction));
    report_view_name(report, trail->view, panel->title);
    figure_value(value, AXIS_BYTES, trail->backlog_high);
    figure_value(time, AXIS_SECONDS, trail->backlog_high_s);
    figure_key(figure, KEY_FILL, d == SHAPER_READ ? "READ_FILL" : "WRITTEN_FILL",
               "waiting at the tick's end, at most %s", value);
    note_resolution(figure, trail);
    report_put_marks(report, figure, trail->view->group);
    write_steps(report, trail, figure, "x,low,high", backlog_heights);
    report_caption(figure, "%s at most %s of %s waited to be %s, at %s",
                   figure->panel_count > 1 ? ";" : "At the ends of ticks,", value, group->name,
                   d == SHAPER_READ ? "read" : "written", time);
}

static int build(struct report *report, const struct trail *trails, const char *name,
                 const char *title, bool (*is_wanted)(const struct report *, const struct trail *),
                 void (*add)(const struct report *, const struct trail *, struct figure *),
                 char *error)
{
    struct figure *figure;
    int status = report_figure(report, name, title, &figure, error);

    for (size_t i = 0; i < report->view_count && status == SIM_OK; i++)
        if (trails[i].has_begun && is_wanted(report, &trails[i]))
            add(report, &trails[i], figure);
    if (status == SIM_OK && figure->panel_count > 0)
        report_caption(figure, ".");
    return status == SIM_OK ? figure_finish(figure, error) : status;
}

static bool is_limited(const struct report *report, const struct trail *trail)
{
    return report_is_limited(report, trail->view);
}

static bool has_passed(const struct report *report, const struct trail *trail)
{
    (void)report;
    return trail->passed > 0;
}

static bool has_waited(const struct report *report, const struct trail *trail)
{
    (void)report;
    return trail->backlog_high > 0;
}

static void begin_trail(const struct report *report, const struct report_view *view,
                        struct trail *trail, struct column *columns)
{
    const struct report_group *group = &report->groups[view->group];

    trail->view = view;
    trail->rate = group->rate_bytes_per_tick[view->direction];
    trail->burst = group->burst_bytes[view->direction];
    trail->last_tick = -1;
    trail->ticks_per_column = (group->ticks + REPORT_COLUMNS - 1) / REPORT_COLUMNS;
    if (trail->ticks_per_column < 1)
        trail->ticks_per_column = 1;
    trail->columns = columns;
}

int report_ticks(struct report *report, char *error)
{
    struct trail trails[REPORT_VIEWS_MAX] = {0};
    struct column *columns = calloc(REPORT_VIEWS_MAX * REPORT_COLUMNS, sizeof(*columns));

    if (!columns)
        return sim_fail(error, SIM_FAILED, "ticks.csv: out of memory");
    for (size_t i = 0; i < report->view_count; i++)
        begin_trail(report, &report->views[i], &trails[i], columns + i * REPORT_COLUMNS);
    int status = read_ticks(report, trails, error);
    if (status == SIM_OK)
        status = build(report, trails, "level", "Bucket level", is_limited, add_level, error);
    if (status == SIM_OK)
        status = build(report, trails, "passed", "Offered, delivered and allowed", has_passed,
                       add_passed, error);
    if (status == SIM_OK)
        status = build(report, trails, "backlog", "Backlog", has_waited, add_backlog, error);
    free(columns);
    return status;
}
