/*
 * The figures made from flows.csv, with the flows sorted by the quantity shown: service in
 * contended ticks against the mean share, and the lag behind an ideal server. Memory: 24 bytes for
 * each flow that contended.
 */
#include "sim/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/output/csv_reader.h"
#include "sim/output/run_tables.h"

struct ranked {
    int64_t flow;
    double value;
};

/* The flows of a view, and their sums. */
struct ranking {
    struct ranked *flows;
    size_t count, room;
    double bytes, ticks; /* in contended ticks, over all flows */
};

static int add_flow(struct ranking *ranking, int64_t flow, double value)
{
    if (ranking->count == ranking->room) {
        size_t room = ranking->room ? 2 * ranking->room : 64;
        struct ranked *more = realloc(ranking->flows, room * sizeof(*more));
        if (!more)
            return -1;
        ranking->flows = more;
        ranking->room = room;
    }
    ranking->flows[ranking->count++] = (struct ranked){flow, value};
    return 0;
}

/* The largest first; equal ones in the order of their numbers. */
static int compare_flows(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->value != y->value)
        return x->value < y->value ? 1 : -1;
    return (x->flow > y->flow) - (x->flow < y->flow);
}

struct rankings {
    struct ranking service[REPORT_VIEWS_MAX];
    struct ranking lag[REPORT_VIEWS_MAX];
};

enum { FLOW, GROUP, OFFERED, TICKS, BYTES, LAG, FLOW_COLUMNS };

/* Those of what is read stand for both directions. */
static const int flow_columns[FLOW_COLUMNS] = {[FLOW] = FLOWS_FLOW,
                                               [GROUP] = FLOWS_GROUP,
                                               [OFFERED] = FLOWS_OFFERED_READ,
                                               [TICKS] = FLOWS_READ_CONTENDED_TICKS,
                                               [BYTES] = FLOWS_READ_CONTENDED_BYTES,
                                               [LAG] = FLOWS_READ_GPS_LAG};

static int take_flow(struct rankings *rankings, size_t view, struct csv_reader *reader,
                     const int at[FLOW_COLUMNS])
{
    int64_t flow = csv_reader_i64_or(reader, at[FLOW], 0);
    double ticks = csv_reader_real(reader, at[TICKS]), bytes = csv_reader_real(reader, at[BYTES]);
    struct ranking *service = &rankings->service[view];

    if (csv_reader_i64_or(reader, at[OFFERED], 0) == 0 || !*csv_reader_text(reader, at[TICKS]))
        return 0;
    service->bytes += bytes;
    service->ticks += ticks;
    if (ticks > 0 && add_flow(service, flow, bytes / ticks) != 0)
        return -1;
    return add_flow(&rankings->lag[view], flow, csv_reader_real(reader, at[LAG]));
}

static int read_flows(const struct report *report, struct rankings *rankings, char *error)
{
    struct csv_reader *reader;
    int at[SHAPER_DIRECTIONS][FLOW_COLUMNS];
    int status = csv_reader_open(report->directory, run_file_names[RUN_FLOWS], &reader, error);

    for (int d = 0; d < SHAPER_DIRECTIONS && status == SIM_OK; d++)
        status =
            csv_table_find_all(&flows_table, flow_columns, FLOW_COLUMNS, d, reader, at[d], error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        size_t group = report_find_group(report, csv_reader_text(reader, at[0][GROUP]));
        for (size_t i = 0; i < report->view_count && status == SIM_OK; i++)
            if (report->views[i].group == group &&
                take_flow(rankings, i, reader, at[report->views[i].direction]) != 0)
                status = sim_fail(error, SIM_FAILED, "flows.csv: out of memory");
    }
    return csv_reader_finish(reader, status, error);
}

/* A step for each flow; of flows in the same column of the picture only the first and the last,
 * which are its most and its least. */
static void write_ranking(const struct ranking *ranking, double mean, struct figure *figure)
{
    FILE *out = figure_data(figure, "x,value,mean");
    size_t per_column = (ranking->count + REPORT_COLUMNS - 1) / REPORT_COLUMNS;

    for (size_t from = 0; from < ranking->count; from += per_column) {
        size_t to = from + per_column < ranking->count ? from + per_column : ranking->count;
        fprintf(out, "%zu,%.10g,%.10g\n", from, figure_y(figure, ranking->flows[from].value),
                figure_y(figure, mean));
        fprintf(out, "%zu,%.10g,%.10g\n", to, figure_y(figure, ranking->flows[to - 1].value),
                figure_y(figure, mean));
    }
}

static struct figure_axis rank_axis(const struct ranking *ranking)
{
    return (struct figure_axis){.kind = AXIS_NUMBER,
                                .what = "flows, the largest first (number)",
                                .max = (double)ranking->count};
}

static void add_service(const struct report *report, size_t view, const struct ranking *ranking,
                        struct figure *figure)
{
    const char *name = report->groups[report->views[view].group].name;
    enum shaper_direction direction = report->views[view].direction;
    const struct ranked *most = &ranking->flows[0], *least = &ranking->flows[ranking->count - 1];
    double mean = ranking->bytes / ranking->ticks;
    struct figure_axis x = rank_axis(ranking);
    struct figure_axis y = {
        .kind = AXIS_BYTES, .what = "per contended tick", .max = figure_ceiling(most->value)};
    char a[FIGURE_VALUE_BYTES], b[FIGURE_VALUE_BYTES], c[FIGURE_VALUE_BYTES];

    struct figure_panel *panel = figure_add_panel(figure, &x, &y, report_style(direction));
    report_view_name(report, &report->views[view], panel->title);
    panel->series = 1;
    figure_value(a, AXIS_BYTES, most->value);
    figure_value(b, AXIS_BYTES, least->value);
    figure_value(c, AXIS_BYTES, mean);
    figure_key(figure, KEY_FILL, direction == SHAPER_READ ? "READ_FILL" : "WRITTEN_FILL",
               "from flow %lld with %s to flow %lld with %s", (long long)most->flow, a,
               (long long)least->flow, b);
    figure_key(figure, KEY_LINE, "LIMIT", "fair share, mean: %s", c);
    write_ranking(ranking, mean, figure);
    report_caption(figure, "%s %s of %s: from %s ",
                   figure->panel_count > 1 ? ";"
                                           : "What a flow got in a tick in which it competed,",
                   report_direction(direction), name, b);
    report_caption(figure, "to %s, where the mean share was %s (%zu flows)", a, c, ranking->count);
}

static void add_lag(const struct report *report, size_t view, const struct ranking *ranking,
                    struct figure *figure)
{
    const char *name = report->groups[report->views[view].group].name;
    enum shaper_direction direction = report->views[view].direction;
    const struct ranked *most = &ranking->flows[0];
    struct figure_axis x = rank_axis(ranking);
    struct figure_axis y = {
        .kind = AXIS_BYTES, .what = "largest lag", .max = figure_ceiling(most->value)};
    char a[FIGURE_VALUE_BYTES], b[FIGURE_VALUE_BYTES];

    struct figure_panel *panel = figure_add_panel(figure, &x, &y, report_style(direction));
    report_view_name(report, &report->views[view], panel->title);
    figure_value(a, AXIS_BYTES, most->value);
    figure_value(b, AXIS_BYTES, ranking->flows[ranking->count / 2].value);
    figure_key(figure, KEY_FILL, direction == SHAPER_READ ? "READ_FILL" : "WRITTEN_FILL",
               "behind a fluid server, flow %lld most: %s", (long long)most->flow, a);
    write_ranking(ranking, 0, figure);
    report_caption(figure, "%s %s of %s: flow %lld was %s behind at worst, ",
                   figure->panel_count > 1 ? ";" : "Against an ideal server,",
                   report_direction(direction), name, (long long)most->flow, a);
    report_caption(figure, "the middle one of %zu flows %s", ranking->count, b);
}

static int build_service(struct report *report, struct rankings *rankings, char *error)
{
    struct figure *figure;
    int status = report_figure(report, "service", "Service of each flow against the fair share",
                               &figure, error);

    for (size_t i = 0; i < report->view_count && status == SIM_OK; i++)
        if (rankings->service[i].count >= 2)
            add_service(report, i, &rankings->service[i], figure);
    if (status == SIM_OK)
        report_caption(figure, ".");
    return status == SIM_OK ? figure_finish(figure, error) : status;
}

static int build_lag(struct report *report, struct rankings *rankings, char *error)
{
    struct figure *figure;
    int status = report_figure(report, "lag", "Lag against an ideal server", &figure, error);

    for (size_t i = 0; i < report->view_count && status == SIM_OK; i++)
        if (rankings->lag[i].count > 0 && rankings->lag[i].flows[0].value > 0)
            add_lag(report, i, &rankings->lag[i], figure);
    if (status == SIM_OK)
        report_caption(figure, ".");
    return status == SIM_OK ? figure_finish(figure, error) : status;
}

int report_flows(struct report *report, char *error)
{
    struct rankings rankings = {0};
    int status = read_flows(report, &rankings, error);

    for (size_t i = 0; i < report->view_count && status == SIM_OK; i++) {
        struct ranking *both[] = {&rankings.service[i], &rankings.lag[i]};
        for (int k = 0; k < 2; k++)
            if (both[k]->count > 0)
                qsort(both[k]->flows, both[k]->count, sizeof(struct ranked), compare_flows);
    }
    if (status == SIM_OK)
        status = build_service(report, &rankings, error);
    if (status == SIM_OK)
        status = build_lag(report, &rankings, error);
    for (size_t i = 0; i < REPORT_VIEWS_MAX; i++) {
        free(rankings.service[i].flows);
        free(rankings.lag[i].flows);
    }
    return status;
}
