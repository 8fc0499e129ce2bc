/*
 * The rate at which each flow was delivered, stacked: the largest flows by name, the rest as one.
 * A rate is the mean over a bin of consecutive ticks; the picture has at most BINS.
 */
#include "sim/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/output/csv_reader.h"
#include "sim/output/run_tables.h"

#define BINS  120
#define NAMED 7 /* the others are the eighth band of plots/style.gp */

struct rate_stack {
    const struct report_view *view;
    int64_t ticks_per_bin;
    size_t bins;
    size_t named;
    int64_t flow[NAMED]; /* the largest first */
    double bytes[NAMED]; /* delivered in the whole run */
    double total_bytes[BINS];
    double flow_bytes[NAMED][BINS];
};

/* --- which flows ------------------------------------------------------------------------- */

static void consider(struct rate_stack *stack, int64_t flow, double bytes)
{
    size_t place = stack->named;

    while (place > 0 && stack->bytes[place - 1] < bytes)
        place--;
    if (place == NAMED || bytes == 0)
        return;
    if (stack->named < NAMED)
        stack->named++;
    for (size_t i = stack->named - 1; i > place; i--) {
        stack->flow[i] = stack->flow[i - 1];
        stack->bytes[i] = stack->bytes[i - 1];
    }
    stack->flow[place] = flow;
    stack->bytes[place] = bytes;
}

static const int flow_columns[] = {FLOWS_FLOW, FLOWS_GROUP, FLOWS_READ_BYTES, FLOWS_WRITTEN_BYTES};

static int choose_flows(const struct report *report, struct rate_stack *stacks, char *error)
{
    struct csv_reader *reader;
    int at[4];
    int status = csv_reader_open(report->directory, run_file_names[RUN_FLOWS], &reader, error);

    if (status == SIM_OK)
        status = csv_table_find_all(&flows_table, flow_columns, 4, SHAPER_READ, reader, at, error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        size_t group = report_find_group(report, csv_reader_text(reader, at[1]));
        for (size_t i = 0; i < report->view_count; i++)
            if (report->views[i].group == group)
                consider(&stacks[i], csv_reader_i64_or(reader, at[0], 0),
                         csv_reader_real(reader, at[2 + report->views[i].direction]));
    }
    return csv_reader_finish(reader, status, error);
}

/* --- bytes per bin ----------------------------------------------------------- */

static double *bin_of(struct rate_stack *stack, double *bins, int64_t tick)
{
    int64_t bin = tick / stack->ticks_per_bin;

    return bin >= 0 && bin < BINS ? &bins[bin] : NULL;
}

static void add_to_bin(struct rate_stack *stack, double *bins, int64_t tick, double bytes)
{
    double *bin = bin_of(stack, bins, tick);

    if (bin)
        *bin += bytes;
}

static void take_flow_tick(struct rate_stack *stack, int64_t tick, int64_t flow, double bytes)
{
    for (size_t i = 0; i < stack->named; i++)
        if (stack->flow[i] == flow)
            add_to_bin(stack, stack->flow_bytes[i], tick, bytes);
}

static const int tick_columns[] = {TICKS_TICK, TICKS_GROUP, TICKS_READ_BYTES, TICKS_WRITTEN_BYTES};
static const int flow_tick_columns[] = {FLOW_TICKS_TICK, FLOW_TICKS_GROUP, FLOW_TICKS_READ_BYTES,
                                        FLOW_TICKS_WRITTEN_BYTES, FLOW_TICKS_FLOW};

static int fill_bins(const struct report *report, struct rate_stack *stacks, bool of_flows,
                     char *error)
{
    struct csv_reader *reader;
    int at[5];
    int status = csv_reader_open(
        report->directory, run_file_names[of_flows ? RUN_FLOW_TICKS : RUN_TICKS], &reader, error);

    if (status == SIM_OK)
        status = of_flows ? csv_table_find_all(&flow_ticks_table, flow_tick_columns, 5, SHAPER_READ,
                                               reader, at, error)
                          : csv_table_find_all(&ticks_table, tick_columns, 4, SHAPER_READ, reader,
                                               at, error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        int64_t tick = csv_reader_i64_or(reader, at[0], 0);
        size_t group = report_find_group(report, csv_reader_text(reader, at[1]));
        for (size_t i = 0; i < report->view_count; i++) {
            double bytes = csv_reader_real(reader, at[2 + report->views[i].direction]);
            if (report->views[i].group != group || bytes == 0)
                continue;
            if (of_flows)
                take_flow_tick(&stacks[i], tick, csv_reader_i64_or(reader, at[4], 0), bytes);
            else
                add_to_bin(&stacks[i], stacks[i].total_bytes, tick, bytes);
        }
    }
    return csv_reader_finish(reader, status, error);
}

/* --- the figure -------------------------------------------------------------------------- */

/* Flows without rows in flow_ticks.csv belong to the rest. */
static void drop_unrecorded(struct rate_stack *stack)
{
    size_t kept = 0;

    for (size_t i = 0; i < stack->named; i++) {
        double sum = 0;
        for (size_t b = 0; b < stack->bins; b++)
            sum += stack->flow_bytes[i][b];
        if (sum == 0)
            continue;
        stack->flow[kept] = stack->flow[i];
        stack->bytes[kept] = sum;
        memmove(stack->flow_bytes[kept], stack->flow_bytes[i], sizeof(stack->flow_bytes[i]));
        kept++;
    }
    stack->named = kept;
}

static double bin_s(const struct report *report, const struct rate_stack *stack, size_t bin)
{
    const struct report_group *group = &report->groups[stack->view->group];
    int64_t ticks = group->ticks - (int64_t)bin * stack->ticks_per_bin;

    return (double)(ticks < stack->ticks_per_bin ? ticks : stack->ticks_per_bin) * group->tick_s;
}

static double highest_rate(const struct report *report, const struct rate_stack *stack)
{
    double highest = 0;

    for (size_t b = 0; b < stack->bins; b++)
        highest = fmax(highest, stack->total_bytes[b] / bin_s(report, stack, b));
    return highest;
}

/* The limit at a tick, in bytes per second. */
static double limit_at(const struct report *report, const struct report_view *view, int64_t tick)
{
    const struct report_group *group = &report->groups[view->group];
    int64_t rate = group->rate_bytes_per_tick[view->direction];

    for (size_t i = 0; i < report->change_count; i++)
        if (report->changes[i].group == view->group && report->changes[i].tick <= tick)
            rate = report->changes[i].rate_bytes_per_tick[view->direction];
    return (double)rate / group->tick_s;
}

static void write_stack(const struct report *report, const struct rate_stack *stack,
                        bool shows_limit, struct figure *figure)
{
    FILE *out = figure_data(figure, "x,top0,top1,top2,top3,top4,top5,top6,top7,top8,limit");
    double tick_s = report->groups[stack->view->group].tick_s;

    for (size_t b = 0; b < stack->bins; b++) {
        int64_t tick = (int64_t)b * stack->ticks_per_bin;
        double limit = shows_limit ? limit_at(report, stack->view, tick) : 0;
        double from_s = (double)b * (double)stack->ticks_per_bin * tick_s;
        for (int side = 0; side < 2; side++) {
            double top = 0, seconds = bin_s(report, stack, b);
            fprintf(out, "%.10g,0", figure_x(figure, from_s + (side ? seconds : 0)));
            for (size_t i = 0; i < NAMED; i++) {
                top += i < stack->named ? stack->flow_bytes[i][b] : 0;
                fprintf(out, ",%.10g", figure_y(figure, top / seconds));
            }
            /* Except for rounding the total is never less than its parts. */
            fprintf(out, ",%.10g,%.10g\n",
                    figure_y(figure, fmax(top, stack->total_bytes[b]) / seconds),
                    figure_y(figure, limit));
        }
    }
}

static void put_keys(const struct rate_stack *stack, double total, struct figure *figure)
{
    static const char *const bands[] = {"BAND_1", "BAND_2", "BAND_3", "BAND_4",
                                        "BAND_5", "BAND_6", "BAND_7"};
    double named = 0;

    for (size_t i = 0; i < stack->named; i++) {
        figure_key(figure, KEY_FILL, bands[i], "flow %lld: %.3g %%", (long long)stack->flow[i],
                   100 * stack->bytes[i] / total);
        named += stack->bytes[i];
    }
    if (named < total)
        figure_key(figure, KEY_FILL, "BAND_8", "%s: %.3g %%",
                   stack->named > 0 ? "all others" : "all flows", 100 * (total - named) / total);
}

static void add_rate_stack(const struct report *report, const struct rate_stack *stack,
                           struct figure *figure)
{
    const struct report_group *group = &report->groups[stack->view->group];
    int d = stack->view->direction;
    double highest = highest_rate(report, stack), total = 0;
    double limit = (double)group->rate_bytes_per_tick[d] / group->tick_s;
    bool shows_limit = report_is_limited(report, stack->view) && limit < 3 * highest;
    char value[FIGURE_VALUE_BYTES];

    for (size_t b = 0; b < stack->bins; b++)
        total += stack->total_bytes[b];
    if (total == 0)
        return;
    const struct figure_axis x = {
        .kind = AXIS_SECONDS, .what = "time", .max = (double)group->ticks * group->tick_s};
    const struct figure_axis y = {.kind = AXIS_BYTES_PER_S,
                                  .what = "rate",
                                  .max = figure_ceiling(fmax(highest, shows_limit ? limit : 0))};
    struct figure_panel *panel =
        figure_add_panel(figure, &x, &y, report_style(stack->view->direction));
    report_view_name(report, stack->view, panel->title);
    panel->height_mm = 48;
    put_keys(stack, total, figure);
    panel->series = shows_limit;
    figure_value(value, AXIS_BYTES_PER_S, limit);
    if (shows_limit)
        figure_key(figure, KEY_LINE, "LIMIT", "limit %s%s", value,
                   report->change_count > 0 ? " at first" : "");
    else if (report_is_limited(report, stack->view))
        figure_key(figure, KEY_NOTE, "", "(the limit, %s, is far above)", value);
    if (stack->ticks_per_bin > 1)
        figure_key(figure, KEY_NOTE, "", "(means of %lld ticks)", (long long)stack->ticks_per_bin);
    write_stack(report, stack, shows_limit, figure);
    report_caption(
        figure, "%s %s of %s had a mean of %s", figure->panel_count > 1 ? ";" : "Over the run,",
        report_direction(stack->view->direction), group->name,
        figure_value(value, AXIS_BYTES_PER_S, total / ((double)group->ticks * group->tick_s)));
    if (stack->named > 0)
        report_caption(figure, ", %.3g %% of it flow %lld", 100 * stack->bytes[0] / total,
                       (long long)stack->flow[0]);
}

static void begin_rate_stack(const struct report *report, const struct report_view *view,
                             struct rate_stack *stack)
{
    int64_t ticks = report->groups[view->group].ticks;

    stack->view = view;
    stack->ticks_per_bin = ticks > BINS ? (ticks + BINS - 1) / BINS : 1;
    stack->bins = (size_t)((ticks + stack->ticks_per_bin - 1) / stack->ticks_per_bin);
}

int report_rates(struct report *report, char *error)
{
    struct rate_stack *stacks = calloc(REPORT_VIEWS_MAX, sizeof(*stacks));
    struct figure *figure;

    if (!stacks)
        return sim_fail(error, SIM_FAILED, "flow_ticks.csv: out of memory");
    for (size_t i = 0; i < report->view_count; i++)
        begin_rate_stack(report, &report->views[i], &stacks[i]);
    int status = choose_flows(report, stacks, error);
    if (status == SIM_OK)
        status = fill_bins(report, stacks, false, error);
    if (status == SIM_OK)
        status = fill_bins(report, stacks, true, error);
    if (status == SIM_OK)
        status = report_figure(report, "rate", "Delivered rate, flow by flow", &figure, error);
    for (size_t i = 0; i < report->view_count && status == SIM_OK; i++) {
        drop_unrecorded(&stacks[i]);
        if (stacks[i].bins > 0)
            add_rate_stack(report, &stacks[i], figure);
    }
    free(stacks);
    if (status != SIM_OK)
        return status;
    report_caption(figure, ".");
    return figure_finish(figure, error);
}
