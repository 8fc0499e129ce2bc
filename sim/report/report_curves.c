/*
 * The figures of curves: Jain's index against the window, sigma against the rate, and the
 * distribution of the delays.
 */
#include "sim/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/metrics/burst.h"
#include "sim/output/csv_reader.h"
#include "sim/output/run_tables.h"
#include "sim/report/report_jain.h"

/* The power of ten at or below a value, and at or above it. */
static double decade_below(double value)
{
    return pow(10, floor(log10(value) + 1e-9));
}

static double decade_above(double value)
{
    return pow(10, ceil(log10(value) - 1e-9));
}

/* --- J(w) -------------------------------------------------------------------------------- */

/* The most flows that contended ticks of a view had, and in how many of the ticks. */
struct contenders {
    int64_t most;
    size_t ticks, ticks_with_most;
};

static const int fairness_columns[] = {FAIRNESS_GROUP, FAIRNESS_DIRECTION, FAIRNESS_WINDOW_TICKS,
                                       FAIRNESS_FLOWS};

static int read_contenders(const struct report *report, struct contenders *contenders, char *error)
{
    struct csv_reader *reader;
    int at[4];
    int status = csv_reader_open(report->directory, run_file_names[RUN_FAIRNESS], &reader, error);

    if (status == SIM_OK)
        status = csv_table_find_all(&fairness_table, fairness_columns, 4, SHAPER_READ, reader, at,
                                    error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        if (csv_reader_i64_or(reader, at[2], 0) != 1)
            continue;
        size_t group = report_find_group(report, csv_reader_text(reader, at[0]));
        int64_t flows = csv_reader_i64_or(reader, at[3], 0);
        for (size_t i = 0; i < report->view_count; i++) {
            const struct report_view *view = &report->views[i];
            struct contenders *here = &contenders[i];
            if (view->group != group ||
                strcmp(csv_reader_text(reader, at[1]), report_direction(view->direction)) != 0)
                continue;
            here->ticks++;
            if (flows > here->most) {
                here->most = flows;
                here->ticks_with_most = 0;
            }
            here->ticks_with_most += flows == here->most;
        }
    }
    return csv_reader_finish(reader, status, error);
}

/* Jain's index of one tick, where it follows from libevent's rule: n members, in nine of ten
 * contended ticks the same, all with a backlog and under the group's limit alone. Each is granted
 * 1/n of what is left, so their shares fall as q^i with q = 1 - 1/n, and J = (2 - 1/n)(1 - q^n) /
 * (1 + q^n); this holds while a pass's last share, rate / n * q^(n-1), is at least the min-share
 * and its first no more than what one grant carries. Where the min-share equals the rate, one
 * member gets everything: J = 1/n. NAN where neither applies. */
static double one_tick_jain(const struct report *report, const struct report_view *view,
                            const struct contenders *contenders)
{
    const struct report_group *group = &report->groups[view->group];
    double rate = (double)group->rate_bytes_per_tick[view->direction];
    double n = (double)contenders->most, min_share = (double)group->effective_min_share_bytes;
    double grant_max = view->direction == SHAPER_READ ? 4096 : 16384;

    double idle = report_number(report_view_json(report, view), "fairness", "idle_members_mean");
    if (!report_is_limited(report, view) || group->has_per_flow || report->change_count > 0 ||
        n < 2 || 10 * contenders->ticks_with_most < 9 * contenders->ticks || !(idle <= 0.1))
        return NAN;
    double q = 1 - 1 / n;
    if (min_share >= rate && rate <= grant_max)
        return 1 / n;
    if (rate / n * pow(q, n - 1) >= min_share && rate / n <= grant_max)
        return (2 - 1 / n) * (1 - pow(q, n)) / (1 + pow(q, n));
    return NAN;
}

static void write_jain(const json_t *scales, double closed, struct figure *figure)
{
    FILE *out = figure_data(figure, "x,mean,least,closed");
    const json_t *scale;
    size_t i;

    json_array_foreach(scales, i, scale)
    {
        double mean = report_number(scale, NULL, "mean");
        if (isnan(mean))
            continue;
        fprintf(out, "%.10g,%.10g,%.10g", report_number(scale, NULL, "window_s"), mean,
                report_number(scale, NULL, "min"));
        fprintf(out, i == 0 && !isnan(closed) ? ",%.10g\n" : ",\n", closed);
    }
}

/* Whether a window of any length counted. */
static bool has_jain(const json_t *scales)
{
    const json_t *scale;
    size_t i;

    json_array_foreach(scales, i, scale)
    {
        if (!isnan(report_number(scale, NULL, "mean")))
            return true;
    }
    return false;
}

static void caption_jain(const struct report *report, const struct report_view *view,
                         double one_tick, struct figure *figure)
{
    char jain[REPORT_JAIN_BYTES];

    report_jain(report_view_json(report, view), jain);
    report_caption(figure, "%s %s of %s: %s",
                   figure->panel_count > 1 ? ";" : "Jain's index over contended windows,",
                   report_direction(view->direction), report->groups[view->group].name, jain);
    if (!isnan(one_tick))
        report_caption(figure, "; %.4f over one tick", one_tick);
}

static void add_jain(const struct report *report, const struct report_view *view,
                     const struct contenders *contenders, struct figure *figure)
{
    const json_t *json = report_view_json(report, view);
    const json_t *fairness = json_object_get(json, "fairness");
    double one_tick = report_number(json, "fairness", "jain_one_tick_mean");
    double tick_s = report->groups[view->group].tick_s;
    double ticks = (double)report->groups[view->group].ticks;
    double closed = one_tick_jain(report, view, contenders);
    const struct figure_axis x = {.kind = AXIS_SECONDS,
                                  .what = "length of the window",
                                  .min = 0.8 * tick_s,
                                  .max = 1.25 * fmax(ticks, 10) * tick_s,
                                  .is_log = true};
    const struct figure_axis y = {.kind = AXIS_NUMBER, .what = "Jain's index J(w)", .max = 1.04};

    if (isnan(one_tick) && !has_jain(json_object_get(fairness, "jain")))
        return;
    struct figure_panel *panel = figure_add_panel(figure, &x, &y, report_style(view->direction));
    report_view_name(report, view, panel->title);
    figure_key(figure, KEY_LINE, report_style(view->direction), "mean of the windows");
    figure_key(figure, KEY_LINE, view->direction == SHAPER_READ ? "READ_LIMIT" : "WRITTEN_LIMIT",
               "least");
    panel->series = isnan(closed) ? 0U : 1U;
    if (panel->series)
        figure_key(figure, KEY_POINT, "IDEAL", "%.4f: by libevent's rule for %lld flows", closed,
                   (long long)contenders->most);
    write_jain(json_object_get(fairness, "jain"), closed, figure);
    caption_jain(report, view, one_tick, figure);
    if (panel->series)
        report_caption(figure, " (libevent's rule gives %.4f for one tick)", closed);
}

int report_fairness(struct report *report, char *error)
{
    struct contenders contenders[REPORT_VIEWS_MAX] = {{0}};
    struct figure *figure;
    int status = read_contenders(report, contenders, error);

    if (status == SIM_OK)
        status = report_figure(report, "jain", "Fairness against the time scale", &figure, error);
    if (status != SIM_OK)
        return status;
    for (size_t i = 0; i < report->view_count; i++)
        add_jain(report, &report->views[i], &contenders[i], figure);
    report_caption(figure, ".");
    return figure_finish(figure, error);
}

/* --- sigma(rho) -------------------------------------------------------------------------- */

#define POINTS_MAX 16

struct sigma_curves {
    size_t count;
    double rho[POINTS_MAX];
    double sigma[2][POINTS_MAX]; /* offered, delivered; 0: none */
};

enum {
    SIGMA_GROUP,
    SIGMA_FLOW,
    SIGMA_DIRECTION,
    SIGMA_STREAM,
    SIGMA_MEASURE,
    SIGMA_X,
    SIGMA_BYTES,
    SIGMA_COLUMNS
};

static const int burst_columns[SIGMA_COLUMNS] = {
    [SIGMA_GROUP] = BURST_GROUP,         [SIGMA_FLOW] = BURST_FLOW,
    [SIGMA_DIRECTION] = BURST_DIRECTION, [SIGMA_STREAM] = BURST_STREAM,
    [SIGMA_MEASURE] = BURST_MEASURE,     [SIGMA_X] = BURST_X,
    [SIGMA_BYTES] = BURST_BYTES};

static void take_sigma(struct sigma_curves *curves, double rho, size_t stream, double sigma)
{
    size_t i = 0;

    while (i < curves->count && curves->rho[i] != rho)
        i++;
    if (i == POINTS_MAX)
        return;
    curves->count = i == curves->count ? i + 1 : curves->count;
    curves->rho[i] = rho;
    curves->sigma[stream][i] = sigma;
}

static int read_sigma(const struct report *report, struct sigma_curves *curves, char *error)
{
    struct csv_reader *reader;
    int at[SIGMA_COLUMNS];
    int status = csv_reader_open(report->directory, run_file_names[RUN_BURST], &reader, error);

    if (status == SIM_OK)
        status = csv_table_find_all(&burst_table, burst_columns, SIGMA_COLUMNS, SHAPER_READ, reader,
                                    at, error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        if (*csv_reader_text(reader, at[SIGMA_FLOW]) ||
            strcmp(csv_reader_text(reader, at[SIGMA_MEASURE]), burst_measure_names[BURST_SIGMA]) !=
                0)
            continue;
        size_t group = report_find_group(report, csv_reader_text(reader, at[SIGMA_GROUP]));
        const char *direction = csv_reader_text(reader, at[SIGMA_DIRECTION]);
        for (size_t i = 0; i < report->view_count; i++)
            if (report->views[i].group == group &&
                strcmp(direction, report_direction(report->views[i].direction)) == 0)
                take_sigma(&curves[i], csv_reader_real(reader, at[SIGMA_X]),
                           strcmp(csv_reader_text(reader, at[SIGMA_STREAM]),
                                  burst_stream_name(BURST_DELIVERED)) == 0,
                           csv_reader_real(reader, at[SIGMA_BYTES]));
    }
    return csv_reader_finish(reader, status, error);
}

static void sigma_extent(const struct sigma_curves *curves, double burst, double *least,
                         double *most)
{
    *least = *most = burst;
    for (int s = 0; s < 2; s++) {
        for (size_t i = 0; i < curves->count; i++) {
            if (curves->sigma[s][i] <= 0)
                continue;
            *least = fmin(*least, curves->sigma[s][i]);
            *most = fmax(*most, curves->sigma[s][i]);
        }
    }
}

static void write_sigma(const struct sigma_curves *curves, double rate, double burst,
                        struct figure *figure)
{
    FILE *out = figure_data(figure, "rho,offered,delivered,configured");

    /* gnuplot reads an empty field as a missing one: a gap. */
    for (size_t i = 0; i < curves->count; i++) {
        fprintf(out, "%.10g", curves->rho[i]);
        for (int s = 0; s < 2; s++)
            fprintf(out, curves->sigma[s][i] > 0 ? ",%.10g" : ",", curves->sigma[s][i]);
        fprintf(out, curves->rho[i] == rate ? ",%.10g\n" : ",\n", burst);
    }
}

static void add_sigma(const struct report *report, const struct report_view *view,
                      const struct sigma_curves *curves, struct figure *figure)
{
    const struct report_group *group = &report->groups[view->group];
    const json_t *json = report_view_json(report, view);
    double rate = (double)group->rate_bytes_per_tick[view->direction];
    double burst = (double)group->burst_bytes[view->direction];
    double offered = report_number(json, "burst", "sigma_offered_bytes");
    double delivered = report_number(json, "burst", "sigma_delivered_bytes");
    double least, most;
    char a[FIGURE_VALUE_BYTES], b[FIGURE_VALUE_BYTES];

    sigma_extent(curves, burst, &least, &most);
    const struct figure_axis x = {.kind = AXIS_BYTES,
                                  .what = "rate, per tick",
                                  .min = fmax(curves->rho[0], 1) / 1.15,
                                  .max = curves->rho[curves->count - 1] * 1.15,
                                  .is_log = true};
    const struct figure_axis y = {.kind = AXIS_BYTES,
                                  .what = "burst sigma",
                                  .min = decade_below(least * 0.8),
                                  .max = decade_above(most * 1.05),
                                  .is_log = true};
    struct figure_panel *panel = figure_add_panel(figure, &x, &y, report_style(view->direction));
    report_view_name(report, view, panel->title);
    figure_key(figure, KEY_LINE, "OFFERED", "offered");
    figure_key(figure, KEY_LINE, report_style(view->direction), "delivered");
    figure_key(figure, KEY_POINT, "IDEAL", "configured: %s per tick, burst %s",
               figure_value(a, AXIS_BYTES, rate), figure_value(b, AXIS_BYTES, burst));
    write_sigma(curves, rate, burst, figure);
    report_caption(figure, "%s %s of %s needs a burst of %s as offered",
                   figure->panel_count > 1 ? ";" : "At its group's rate,",
                   report_direction(view->direction), group->name,
                   figure_value(a, AXIS_BYTES, offered));
    report_caption(figure, " and %s as delivered (configured: %s)",
                   figure_value(a, AXIS_BYTES, delivered), b);
}

int report_sigma(struct report *report, char *error)
{
    struct sigma_curves curves[REPORT_VIEWS_MAX] = {{0}};
    struct figure *figure;
    int status = read_sigma(report, curves, error);

    if (status == SIM_OK)
        status = report_figure(report, "sigma", "Burstiness: the bucket that would let it through",
                               &figure, error);
    if (status != SIM_OK)
        return status;
    for (size_t i = 0; i < report->view_count; i++)
        if (curves[i].count > 0 && report_is_limited(report, &report->views[i]))
            add_sigma(report, &report->views[i], &curves[i], figure);
    report_caption(figure, ".");
    return figure_finish(figure, error);
}

/* --- delays ------------------------------------------------------------------------------ */

struct step {
    double delay_s;
    double packets;
};

/* The delays of a view, ascending. */
struct distribution {
    struct step *steps;
    size_t count, room;
    double packets;
};

static int take_delay(struct distribution *distribution, double delay_s, double packets)
{
    if (distribution->count == distribution->room) {
        size_t room = distribution->room ? 2 * distribution->room : 64;
        struct step *more = realloc(distribution->steps, room * sizeof(*more));
        if (!more)
            return -1;
        distribution->steps = more;
        distribution->room = room;
    }
    distribution->steps[distribution->count++] = (struct step){delay_s, packets};
    distribution->packets += packets;
    return 0;
}

static const int delay_columns[] = {DELAYS_GROUP, DELAYS_DIRECTION, DELAYS_DELAY, DELAYS_PACKETS};

static int read_delays(const struct report *report, struct distribution *distributions, char *error)
{
    struct csv_reader *reader;
    int at[4];
    int status = csv_reader_open(report->directory, run_file_names[RUN_DELAYS], &reader, error);

    if (status == SIM_OK)
        status =
            csv_table_find_all(&delays_table, delay_columns, 4, SHAPER_READ, reader, at, error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        size_t group = report_find_group(report, csv_reader_text(reader, at[0]));
        for (size_t i = 0; i < report->view_count && status == SIM_OK; i++)
            if (report->views[i].group == group &&
                strcmp(csv_reader_text(reader, at[1]),
                       report_direction(report->views[i].direction)) == 0 &&
                take_delay(&distributions[i], csv_reader_real(reader, at[2]),
                           csv_reader_real(reader, at[3])) != 0)
                status = sim_fail(error, SIM_FAILED, "delays.csv: out of memory");
    }
    return csv_reader_finish(reader, status, error);
}

/* A step function: from each delay on, the share that took no longer. Delays of 0 are at the left
 * edge. Of steps too fine to be seen only the last of each column is drawn. */
static void write_distribution(const struct distribution *distribution, size_t series,
                               const struct figure_axis *x, struct figure *figure, FILE *out)
{
    double seen = 0, drawn_x = x->min;
    double fine = pow(x->max / x->min, 1.0 / REPORT_COLUMNS);

    for (size_t i = 0; i < distribution->count; i++) {
        double at = fmax(distribution->steps[i].delay_s, x->min);
        bool is_last = i + 1 == distribution->count;
        double before = 100 * seen / distribution->packets;
        seen += distribution->steps[i].packets;
        if (!is_last && i > 0 && at < drawn_x * fine)
            continue;
        drawn_x = at;
        if (at > x->min || i == 0)
            fprintf(out, "%zu,%.10g,%.10g\n", series, figure_x(figure, at), before);
        fprintf(out, "%zu,%.10g,%.10g\n", series, figure_x(figure, at),
                100 * seen / distribution->packets);
    }
    fprintf(out, "%zu,%.10g,100\n", series, figure_x(figure, x->max));
}

static void delay_extent(const struct report *report, const struct distribution *distributions,
                         enum shaper_direction direction, double *least, double *most)
{
    *least = INFINITY;
    *most = 0;
    for (size_t i = 0; i < report->view_count; i++) {
        for (size_t k = 0; k < distributions[i].count; k++) {
            double delay_s = distributions[i].steps[k].delay_s;
            if (report->views[i].direction != direction || delay_s <= 0)
                continue;
            *least = fmin(*least, delay_s);
            *most = fmax(*most, delay_s);
        }
    }
}

static void caption_delay(const struct report *report, const struct report_view *view,
                          bool is_first, struct figure *figure)
{
    const json_t *json = report_view_json(report, view);
    char p50[FIGURE_VALUE_BYTES], p99[FIGURE_VALUE_BYTES], most[FIGURE_VALUE_BYTES];

    report_caption(figure, "%s %s of %s: %s, ",
                   is_first ? "Median, 99th percentile and longest:" : ";",
                   report_direction(view->direction), report->groups[view->group].name,
                   figure_value(p50, AXIS_SECONDS, report_number(json, NULL, "delay_p50_s")));
    report_caption(figure, "%s, %s",
                   figure_value(p99, AXIS_SECONDS, report_number(json, NULL, "delay_p99_s")),
                   figure_value(most, AXIS_SECONDS, report_number(json, NULL, "delay_max_s")));
}

static void add_delay(const struct report *report, const struct distribution *distributions,
                      enum shaper_direction direction, struct figure *figure)
{
    static const char *const styles[] = {"SERIES_1", "SERIES_2", "SERIES_3", "SERIES_4",
                                         "SERIES_5", "SERIES_6", "SERIES_7", "SERIES_8"};
    double least, most;

    delay_extent(report, distributions, direction, &least, &most);
    if (most == 0) /* nothing was delayed, which a sentence can say without axes */
        return;
    const struct figure_axis x = {.kind = AXIS_SECONDS,
                                  .what = "delay of a packet",
                                  .min = decade_below(least) == decade_below(most)
                                             ? decade_below(least) / 10
                                             : decade_below(least),
                                  .max = decade_above(most * 1.01),
                                  .is_log = true};
    const struct figure_axis y = {.kind = AXIS_NUMBER, .what = "packets (%)", .max = 104};
    struct figure_panel *panel = figure_add_panel(figure, &x, &y, report_style(direction));
    FILE *out = figure_data(figure, "series,x,y");
    snprintf(panel->title, sizeof(panel->title), "%s: packets that took no longer",
             report_direction(direction));
    for (size_t i = 0; i < report->view_count; i++) {
        const struct report_view *view = &report->views[i];
        if (view->direction != direction || distributions[i].count == 0)
            continue;
        size_t series = ++panel->series;
        figure_key(figure, KEY_LINE, styles[(series - 1) % 8], "%s (%.0f packets)",
                   report->groups[view->group].name, distributions[i].packets);
        write_distribution(&distributions[i], series, &x, figure, out);
        caption_delay(report, view, !figure->caption[0], figure);
    }
}

int report_delays(struct report *report, char *error)
{
    struct distribution distributions[REPORT_VIEWS_MAX] = {{0}};
    struct figure *figure;
    int status = read_delays(report, distributions, error);

    if (status == SIM_OK)
        status = report_figure(report, "delay", "Delay of packets", &figure, error);
    for (int d = 0; d < SHAPER_DIRECTIONS && status == SIM_OK; d++)
        add_delay(report, distributions, (enum shaper_direction)d, figure);
    for (size_t i = 0; i < REPORT_VIEWS_MAX; i++)
        free(distributions[i].steps);
    if (status != SIM_OK)
        return status;
    report_caption(figure, ".");
    return figure_finish(figure, error);
}
