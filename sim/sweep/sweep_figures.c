#include "sim/sweep/sweep_figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/account/response_figures.h"
#include "sim/base/numbers.h"

/* Where a figure is found in a direction of summary.json; a number is a window's length in ticks.
 * NULL: it is found elsewhere. */
static const char *const paths[SWEEP_FIGURES] = {
    [SWEEP_THROUGHPUT] = "throughput/achieved_bytes_per_s",
    [SWEEP_UTILISATION] = "utilisation",
    [SWEEP_JAIN_1] = "fairness/jain_one_tick_mean",
    [SWEEP_JAIN_10] = "fairness/jain/10/mean",
    [SWEEP_JAIN_RUN] = "fairness/jain_run",
    [SWEEP_RFB] = "fairness/rfb_attained_bytes",
    [SWEEP_GPS_LAG] = "fairness/gps_lag_max_bytes",
    [SWEEP_SIGMA] = "burst/sigma_delivered_bytes",
    [SWEEP_DELAY_P50] = "delay_p50_s",
    [SWEEP_DELAY_P99] = "delay_p99_s",
    [SWEEP_DELAY_MAX] = "delay_max_s",
    [SWEEP_GRANTS] = "throughput/grants",
    [SWEEP_LOST_TOKENS] = "throughput/lost_tokens_bytes",
    [SWEEP_DELIVERED_PERCENT] = "delivered_percent",
    [SWEEP_UNDELIVERED] = "undelivered_bytes",
    [SWEEP_GRANTS_PER_MB] = "throughput/grants_per_mb",
    [SWEEP_JAIN_100MS] = "fairness/headline/mean",
    [SWEEP_JAIN_LEAST_100MS] = "fairness/headline/min",
    [SWEEP_BEHIND_P50] = "behind_p50_s",
    [SWEEP_BEHIND_P99] = "behind_p99_s",
    [SWEEP_BEHIND_MAX] = "behind_max_s",
    [SWEEP_WITHHELD] = "withheld_bytes",
};

/* Most figures of a group are called like their columns. */
static enum response_object object_of(enum sweep_group_figure figure)
{
    return figure >= SWEEP_COMPLETION_P50 && figure <= SWEEP_CAPTURED_COMPLETION_MAX
               ? RESPONSE_OBJECT_COMPLETION
               : RESPONSE_OBJECT_RESPONSES;
}

size_t sweep_figures_groups(const struct sweep_plan *plan)
{
    return plan->group_count > 0 ? plan->group_count : 1;
}

const char *sweep_figures_group_name(const struct sweep_plan *plan, size_t group)
{
    return plan->group_count > 0 ? plan->groups[group] : GROUP_NAME_NONE;
}

/* --- JSON ------------------------------------------------------------------------------------ */

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

static double number_of(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static double number_at(const json_t *object, const char *key)
{
    return number_of(json_object_get(object, key));
}

static double read_path(const json_t *direction, const char *path)
{
    char key[64];

    for (const json_t *at = direction; at; path++) {
        size_t length = strcspn(path, "/");
        snprintf(key, sizeof(key), "%.*s", (int)length, path);
        at = step_into(at, key);
        path += length;
        if (!*path)
            return number_of(at);
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

/* --- windows --------------------------------------------------------------------------------- */

static const json_t *windows_of(const json_t *direction)
{
    return json_object_get(json_object_get(direction, "fairness"), "jain");
}

static const json_t *find_window(const json_t *direction, int64_t window_ms)
{
    const json_t *windows = windows_of(direction);

    for (size_t i = 0; i < json_array_size(windows); i++) {
        const json_t *element = json_array_get(windows, i);
        if (fabs(number_at(element, "window_s") * 1000 - (double)window_ms) < 0.5)
            return element;
    }
    return NULL;
}

static void read_jain(const json_t *element, double values[SWEEP_WINDOW_METRICS])
{
    values[SWEEP_WINDOW_JAIN] = number_at(element, "mean");
    values[SWEEP_WINDOW_JAIN_LEAST] = number_at(element, "min");
}

/* False on allocation failure. */
static bool read_windows(struct sweep_direction *figures, const json_t *direction)
{
    const json_t *windows = windows_of(direction);

    figures->windows = calloc(json_array_size(windows) + 1, sizeof(*figures->windows));
    if (!figures->windows)
        return false;
    for (size_t i = 0; i < json_array_size(windows); i++) {
        const json_t *element = json_array_get(windows, i);
        struct sweep_jain *jain = &figures->windows[figures->window_count];
        jain->window_s = number_at(element, "window_s");
        read_jain(element, jain->values);
        figures->window_count += !isnan(jain->window_s) && !isnan(jain->values[SWEEP_WINDOW_JAIN]);
    }
    return true;
}

/* Over the window compared. Where no flows contended in any, nothing was unfair. */
static void read_compared(struct sweep_direction *figures, const json_t *direction,
                          int64_t compared_ms)
{
    const json_t *element = compared_ms > 0 ? find_window(direction, compared_ms) : NULL;
    bool none_contended = read_path(direction, "fairness/contended_ticks") == 0;
    double jain[SWEEP_WINDOW_METRICS];

    read_jain(element, jain);
    figures->values[SWEEP_JAIN_COMPARED] = jain[SWEEP_WINDOW_JAIN];
    figures->values[SWEEP_JAIN_LEAST_COMPARED] = jain[SWEEP_WINDOW_JAIN_LEAST];
    figures->ranked_jain_one_tick = none_contended ? 1 : figures->values[SWEEP_JAIN_1];
    none_contended |= number_at(element, "windows") == 0;
    for (int m = 0; m < SWEEP_WINDOW_METRICS; m++)
        figures->ranked_jain[m] = none_contended ? 1 : jain[m];
}

/* --- one direction --------------------------------------------------------------------------- */

/* Whether the table can hold a figure, or a missing one. */
static bool fits_table(enum sweep_number number, double value)
{
    static const double places[] = {[SWEEP_COUNT] = 1,
                                    [SWEEP_RATIO] = 1e9,
                                    [SWEEP_MILLIONTH] = 1e6,
                                    [SWEEP_SIGNED_MILLIONTH] = 1e6};
    int64_t whole;

    return isnan(value) || isinf(value) ||
           ((value >= 0 || number == SWEEP_SIGNED_MILLIONTH) &&
            number_round_i64(value * places[number], &whole));
}

static bool windows_fit(const struct sweep_direction *figures)
{
    for (size_t i = 0; i < figures->window_count; i++)
        if (!fits_table(SWEEP_MILLIONTH, figures->windows[i].window_s) ||
            !fits_table(SWEEP_RATIO, figures->windows[i].values[SWEEP_WINDOW_JAIN]) ||
            !fits_table(SWEEP_RATIO, figures->windows[i].values[SWEEP_WINDOW_JAIN_LEAST]))
            return false;
    return true;
}

/* False on allocation failure. */
static bool read_direction(struct sweep_figures *run, struct sweep_direction *figures,
                           const json_t *group, enum shaper_direction d,
                           const struct sweep_limits *limits, const struct sweep_plan *plan)
{
    const json_t *direction = json_object_get(group, shaper_direction_name(d));

    for (int f = 0; f < SWEEP_FIGURES; f++)
        figures->values[f] = paths[f] ? read_path(direction, paths[f]) : NAN;
    figures->offered_bytes = number_at(direction, "offered_bytes");
    figures->delivered_bytes = number_at(direction, "delivered_bytes");
    if (!limits || !limits->has_rate[d])
        figures->values[SWEEP_UTILISATION] = NAN; /* of libevent's largest rate */
    figures->takes_part = limits && limits->is_limited[d] && figures->offered_bytes > 0;
    figures->values[SWEEP_FALSE_EOFS] = number_at(group, "false_end_of_file_flows");
    read_compared(figures, direction, plan->compared_window_ms);
    if (!read_windows(figures, direction))
        return false;
    for (int f = 0; f < SWEEP_FIGURES; f++)
        run->fit = run->fit && fits_table(sweep_figure_columns[f].number, figures->values[f]);
    run->fit = run->fit && windows_fit(figures);
    return true;
}

/* --- one group ------------------------------------------------------------------------------- */

static void read_group(struct sweep_figures *run, size_t g, const json_t *group)
{
    struct sweep_group *figures = &run->groups[g];

    for (int f = 0; f < SWEEP_GROUP_FIGURES; f++) {
        const char *name = sweep_group_columns[f].name;
        figures->values[f] =
            f == SWEEP_BROKEN_FLOWS
                ? number_at(group, name)
                : response_figure(group, object_of((enum sweep_group_figure)f), name);
        run->fit = run->fit && fits_table(sweep_group_columns[f].number, figures->values[f]);
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        figures->takes_part |= run->directions[g * SHAPER_DIRECTIONS + (size_t)d].takes_part;
}

/* --- what was lost --------------------------------------------------------------------------- */

static void add(double *sum, double value)
{
    if (value > 0)
        *sum += value;
}

/* Over every group, also the one without limits. */
static struct sweep_losses read_losses(const json_t *summary)
{
    const json_t *groups = json_object_get(summary, "groups");
    const char *end = json_string_value(json_object_get(summary, "end"));
    struct sweep_losses losses = {.is_cut = end && strcmp(end, "drained") != 0};

    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        add(&losses.flows, number_at(group, "flows"));
        add(&losses.false_eofs, number_at(group, "false_end_of_file_flows"));
        add(&losses.broken_flows, number_at(group, "broken_flows"));
        add(&losses.exchanges, (double)response_figures_count(group, RESPONSE_OBJECT_RESPONSES));
        add(&losses.unanswered, (double)response_figures_lost(group, RESPONSE_OBJECT_RESPONSES));
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            const json_t *direction =
                json_object_get(group, shaper_direction_name((enum shaper_direction)d));
            double unoffered = number_at(direction, "unoffered_bytes");
            add(&losses.offered_bytes, number_at(direction, "offered_bytes"));
            add(&losses.delivered_bytes, number_at(direction, "delivered_bytes"));
            add(&losses.unoffered_bytes, unoffered);
            losses.knows_unoffered |= !isnan(unoffered);
        }
    }
    return losses;
}

struct sweep_figures *sweep_figures_read(const json_t *summary, const struct sweep_plan *plan,
                                         const struct sweep_setting *setting)
{
    size_t groups = sweep_figures_groups(plan), count = groups * SHAPER_DIRECTIONS;
    struct sweep_figures *run = calloc(1, sizeof(*run) + count * sizeof(run->directions[0]));
    bool is_read = run && (run->groups = calloc(groups, sizeof(*run->groups)));

    if (!is_read) {
        free(run);
        return NULL;
    }
    run->count = count;
    run->fit = true;
    run->losses = read_losses(summary);
    for (size_t g = 0; g < groups && is_read; g++) {
        const json_t *group =
            find_group(json_object_get(summary, "groups"), sweep_figures_group_name(plan, g));
        const struct sweep_limits *limits =
            plan->group_count > 0 ? sweep_plan_limits(setting, g) : NULL;
        for (int d = 0; d < SHAPER_DIRECTIONS && is_read; d++)
            is_read = read_direction(run, &run->directions[g * SHAPER_DIRECTIONS + (size_t)d],
                                     group, (enum shaper_direction)d, limits, plan);
        read_group(run, g, group);
    }
    if (is_read)
        return run;
    sweep_figures_free(run);
    return NULL;
}

void sweep_figures_free(struct sweep_figures *run)
{
    if (!run)
        return;
    for (size_t i = 0; i < run->count; i++)
        free(run->directions[i].windows);
    free(run->groups);
    free(run);
}
