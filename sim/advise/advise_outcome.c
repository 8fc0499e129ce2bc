#include "sim/advise/advise_outcome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "shaper/shaper.h"
#include "sim/account/response_figures.h"
#include "sim/base/json_text.h"

/* --- demands ---------------------------------------------------------------------------------- */

static double margin_of(const struct demand *want, const struct demand_figure *figure)
{
    double margin = want->is_most ? figure->bound - figure->figure : figure->figure - figure->bound;

    if (figure->verdict == DEMAND_NEVER_CONTENDED)
        return NAN;
    if (figure->verdict == DEMAND_NOT_MEASURED || figure->verdict == DEMAND_INFINITE)
        return -INFINITY;
    return figure->bound != 0 ? margin / fabs(figure->bound) : margin;
}

/* Whether a margin is worse; none at all is the best. */
static bool is_worse(double margin, double than)
{
    return !isnan(margin) && (isnan(than) || margin < than);
}

/* A demand_callback. */
static void take_figure(void *arg, const struct demand_figure *figure)
{
    struct advise_figure *worst = arg;
    double margin = margin_of(worst->want, figure);

    if (worst->text[0] && !is_worse(margin, worst->margin))
        return;
    worst->verdict = figure->verdict;
    worst->figure = figure->figure;
    worst->bound = figure->bound;
    worst->margin = margin;
    worst->unit = figure->unit;
    snprintf(worst->of, sizeof(worst->of), "%s%s%s%s", *figure->group ? "group " : "",
             figure->group, figure->direction == DEMAND_EITHER_DIRECTION ? "" : ", ",
             figure->direction == DEMAND_EITHER_DIRECTION
                 ? ""
                 : shaper_direction_name((enum shaper_direction)figure->direction));
    snprintf(worst->text, sizeof(worst->text), "%s", figure->text);
}

bool advise_figure_add(struct advise_figure *figure, const json_t *summary)
{
    return demand_judge(figure->want, summary, take_figure, figure);
}

/* --- traffic ---------------------------------------------------------------------------------- */

static int64_t worse_us(int64_t us, double seconds)
{
    int64_t other = isfinite(seconds) ? (int64_t)llround(seconds * 1e6) : -1;

    return other > us ? other : us;
}

/* How many bytes passed one way, in how many grants, the most in a tick, and how long they took. */
static void add_direction(const json_t *direction, struct advise_outcome *outcome, double *grants,
                          double *bytes)
{
    const json_t *delay = json_object_get(direction, "delay_p99_s");
    int64_t peak = json_integer_value(json_object_get(direction, "peak_tick_bytes"));

    if (peak > outcome->peak_tick_bytes)
        outcome->peak_tick_bytes = peak;
    *bytes += json_number_value(json_object_get(direction, "delivered_bytes"));
    *grants +=
        json_number_value(json_object_get(json_object_get(direction, "throughput"), "grants"));
    if (json_is_number(delay))
        outcome->delay_p99_us = worse_us(outcome->delay_p99_us, json_number_value(delay));
}

static void add_traffic(const struct advise_config *config, const json_t *summary,
                        struct advise_outcome *outcome, double *grants, double *bytes)
{
    const char *name = config->group[0] ? config->group : GROUP_NAME_ALL;
    const json_t *groups = json_object_get(summary, "groups");

    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        if (strcmp(json_text_of(group, "name"), name) != 0)
            continue;
        outcome->response_p99_us =
            worse_us(outcome->response_p99_us,
                     response_figure(group, RESPONSE_OBJECT_RESPONSES, "response_p99_s"));
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            if (config->direction == ADVISE_BOTH_DIRECTIONS || config->direction == d)
                add_direction(
                    json_object_get(group, shaper_direction_name((enum shaper_direction)d)),
                    outcome, grants, bytes);
    }
}

void advise_outcome_add(struct advise_outcome *outcome, const struct advise_config *config,
                        const struct demands *wants, const json_t *summary, double *grants,
                        double *bytes)
{
    for (size_t i = 0; i < wants->count; i++) {
        struct advise_figure figure = {.want = &wants->demands[i]};
        if (!advise_figure_add(&figure, summary))
            outcome->shortfall = fmax(outcome->shortfall, -figure.margin);
    }
    add_traffic(config, summary, outcome, grants, bytes);
}
