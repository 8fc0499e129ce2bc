#include "sim/account/demand_figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shaper/limit.h"
#include "shaper/shaper.h"
#include "sim/account/response_figures.h"
#include "sim/account/summary.h"
#include "sim/base/json_text.h"
#include "sim/base/units.h"
#include "sim/metrics/window_lengths.h"

/* Where a metric stands in the object of a direction; of a group's, see object_of(). */
static const struct figure_source {
    const char *object; /* inside it; NULL: itself */
    const char *key;
    double factor; /* from what is there to the metric's unit for people */
    bool is_of_fairness;
    bool is_of_bucket; /* only a group's limit has such a figure */
} sources[DEMAND_METRICS] = {
    [DEMAND_RESPONSE_P50] = {NULL, "response_p50_s", 1, false, false},
    [DEMAND_RESPONSE_P90] = {NULL, "response_p90_s", 1, false, false},
    [DEMAND_RESPONSE_P99] = {NULL, "response_p99_s", 1, false, false},
    [DEMAND_RESPONSE_MAX] = {NULL, "response_max_s", 1, false, false},
    [DEMAND_ADDED_P50] = {NULL, "added_p50_s", 1, false, false},
    [DEMAND_ADDED_P90] = {NULL, "added_p90_s", 1, false, false},
    [DEMAND_ADDED_P99] = {NULL, "added_p99_s", 1, false, false},
    [DEMAND_ADDED_MAX] = {NULL, "added_max_s", 1, false, false},
    [DEMAND_SLOWDOWN_P50] = {NULL, "slowdown_p50", 1, false, false},
    [DEMAND_SLOWDOWN_P99] = {NULL, "slowdown_p99", 1, false, false},
    [DEMAND_COMPLETION_P99] = {NULL, "completion_p99_s", 1, false, false},
    [DEMAND_BEHIND_P50] = {NULL, "behind_p50_s", 1, false, false},
    [DEMAND_BEHIND_P99] = {NULL, "behind_p99_s", 1, false, false},
    [DEMAND_BEHIND_MAX] = {NULL, "behind_max_s", 1, false, false},
    [DEMAND_DELAY_P50] = {NULL, "delay_p50_s", 1, false, false},
    [DEMAND_DELAY_P90] = {NULL, "delay_p90_s", 1, false, false},
    [DEMAND_DELAY_P99] = {NULL, "delay_p99_s", 1, false, false},
    [DEMAND_DELAY_MAX] = {NULL, "delay_max_s", 1, false, false},
    [DEMAND_JAIN] = {"fairness", "mean", 1, true, false},
    [DEMAND_JAIN_LEAST] = {"fairness", "min", 1, true, false},
    [DEMAND_LAG] = {"fairness", "gps_lag_max_bytes", 1, true, false},
    [DEMAND_RFB] = {"fairness", "rfb_attained_bytes", 1, true, false},
    [DEMAND_SIGMA] = {"burst", "sigma_delivered_bytes", 1, false, true},
    [DEMAND_BURST] = {"burst", "sigma_charged_bytes", 1, false, true},
    [DEMAND_UTILISATION] = {NULL, "utilisation", 100, false, true},
    [DEMAND_DELIVERED] = {NULL, "delivered_percent", 1, false, false},
    [DEMAND_GRANTS] = {"throughput", "grants_per_mb", 1, false, false},
    [DEMAND_LOST_TOKENS] = {"throughput", "lost_tokens_bytes", 1, false, true},
};

/* A demand and who takes part in it. */
struct judgement {
    const struct demand *demand;
    demand_callback *take;
    void *arg;
    size_t figures;
    bool holds;
};

/* One direction, or one group, to be judged. */
struct subject {
    const json_t *group;
    const json_t *object; /* of the direction, or the group */
    struct demand_figure *figure;
    char window[96]; /* " over 100 ms (5 ticks)", or empty */
};

static void give(struct judgement *judgement, const struct demand_figure *figure)
{
    judgement->figures++;
    judgement->holds = judgement->holds && demand_figure_holds(figure);
    if (judgement->take)
        judgement->take(judgement->arg, figure);
}

/* --- texts ----------------------------------------------------------------------------------- */

static const char *metric_name(const struct demand *demand)
{
    return demand_metric_entry(demand->metric)->name;
}

static const char *demand_unit_name(const struct demand *demand)
{
    switch (demand_metric_entry(demand->metric)->unit) {
    case DEMAND_TIME:
        return "s";
    case DEMAND_SIZE:
        return "B";
    case DEMAND_PERCENT:
        return "%";
    case DEMAND_INDEX:
    case DEMAND_NUMBER:
        break;
    }
    return "";
}

static double bound_of(const struct demand *demand)
{
    bool is_size = demand_metric_entry(demand->metric)->unit == DEMAND_SIZE;

    return is_size ? (double)demand->value : (double)demand->value / 1e6;
}

static void decide(const struct demand *demand, struct subject *subject,
                   enum demand_verdict verdict, const char *what)
{
    struct demand_figure *figure = subject->figure;
    const char *name = figure->direction == DEMAND_EITHER_DIRECTION
                           ? ""
                           : shaper_direction_name((enum shaper_direction)figure->direction);

    figure->verdict = verdict;
    snprintf(figure->text, sizeof(figure->text), "group %.32s: %s%s%s%s: %s", figure->group, name,
             *name ? ": " : "", metric_name(demand), subject->window, what);
}

/* What takes no part at all. */
static void give_missing(struct judgement *judgement, const char *subject, const char *what)
{
    const struct demand *demand = judgement->demand;
    struct demand_figure figure = {.verdict = DEMAND_NOT_MEASURED,
                                   .group = "",
                                   .direction = demand->direction,
                                   .unit = demand_unit_name(demand)};

    snprintf(figure.text, sizeof(figure.text), "%.64s%s%s: %.800s", subject, *subject ? ": " : "",
             metric_name(demand), what);
    give(judgement, &figure);
}

/* --- windows --------------------------------------------------------------------------------- */

static int64_t tick_us_of(const json_t *group)
{
    const json_t *limit = summary_ticked_limit(group);
    double tick_us = json_number_value(json_object_get(limit, "tick_s")) * 1e6;

    return tick_us >= 1 && tick_us < 1e15 ? llround(tick_us) : 0;
}

static void print_window(char *text, size_t bytes, int64_t ticks, int64_t tick_us)
{
    char length[UNIT_TEXT_BYTES];

    unit_print_time(length, ticks * tick_us);
    snprintf(text, bytes, "%s (%" PRId64 " tick%s)", length, ticks, ticks == 1 ? "" : "s");
}

static int64_t demanded_ticks(const struct demand *demand, int64_t tick_us)
{
    switch (demand->window) {
    case DEMAND_WINDOW_TICKS:
        return demand->window_length;
    case DEMAND_WINDOW_TIME:
        return window_ticks(demand->window_length, tick_us);
    case DEMAND_WINDOW_NONE:
        break;
    }
    return window_ticks(WINDOW_DEFAULT_US, tick_us);
}

static int64_t ticks_of(const json_t *element)
{
    return json_integer_value(json_object_get(element, "window_ticks"));
}

static bool counted(const json_t *element)
{
    return json_integer_value(json_object_get(element, "windows")) > 0;
}

/* The windows that were measured, as people read them. */
static void list_windows(const json_t *jain, int64_t tick_us, char *text, size_t bytes)
{
    size_t length = 0;

    for (size_t i = 0; i < json_array_size(jain) && length < bytes; i++) {
        char window[64];
        print_window(window, sizeof(window), ticks_of(json_array_get(jain, i)), tick_us);
        length += (size_t)snprintf(text + length, bytes - length, "%s%s", i ? ", " : "", window);
    }
    if (length == 0)
        snprintf(text, bytes, "none");
}

/* The element of the demanded window, borrowed. NULL where there is none: then it is decided. */
static const json_t *find_window(const struct demand *demand, struct subject *subject,
                                 const json_t *fairness)
{
    const json_t *jain = json_object_get(fairness, "jain");
    const json_t *headline = json_object_get(fairness, "headline");
    int64_t tick_us = tick_us_of(subject->group);
    char window[64], measured[700], what[SIM_ERROR_BYTES];
    bool has_counted = false;

    if (tick_us == 0 || !json_is_array(jain)) {
        decide(demand, subject, DEMAND_NOT_MEASURED, "not measured in this run");
        return NULL;
    }
    int64_t ticks = demanded_ticks(demand, tick_us);
    if (ticks > INT64_MAX / tick_us)
        ticks = INT64_MAX / tick_us;
    print_window(window, sizeof(window), ticks, tick_us);
    snprintf(subject->window, sizeof(subject->window), " over %s", window);
    if (demand->window == DEMAND_WINDOW_NONE && json_is_object(headline))
        return headline;
    for (size_t i = 0; i < json_array_size(jain); i++) {
        const json_t *element = json_array_get(jain, i);
        if (ticks_of(element) == ticks)
            return element;
        has_counted = has_counted || counted(element);
    }
    if (!has_counted) {
        decide(demand, subject, DEMAND_NEVER_CONTENDED, "never contended");
        return NULL;
    }
    list_windows(jain, tick_us, measured, sizeof(measured));
    snprintf(what, sizeof(what), "no such window was measured; measured are %s", measured);
    decide(demand, subject, DEMAND_NOT_MEASURED, what);
    return NULL;
}

/* --- one direction --------------------------------------------------------------------------- */

/* With the 15 digits that a summary has: 100 times 0.29 is 29. */
static double with_15_digits(double value)
{
    char text[32];

    snprintf(text, sizeof(text), "%.15g", value);
    return strtod(text, NULL);
}

static void compare(const struct demand *demand, struct subject *subject, double value)
{
    struct demand_figure *figure = subject->figure;
    const char *unit = figure->unit, *space = *unit ? " " : "";
    char what[160];

    figure->figure = with_15_digits(value);
    figure->bound = bound_of(demand);
    bool holds =
        demand->is_most ? figure->figure <= figure->bound : figure->figure >= figure->bound;
    snprintf(what, sizeof(what), "%.15g%s%s is %s the %.15g%s%s demanded", figure->figure, space,
             unit,
             holds             ? "within"
             : demand->is_most ? "above"
                               : "below",
             figure->bound, space, unit);
    decide(demand, subject, holds ? DEMAND_HOLDS : DEMAND_FAILS, what);
}

static bool has_bytes(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key)) > 0;
}

/* No two flows ever waited, and so the figure says nothing. */
static bool never_contended(const struct demand *demand, const json_t *object, double value)
{
    const json_t *ticks = json_object_get(object, "contended_ticks");

    if (demand_metric_entry(demand->metric)->has_window)
        return !counted(object);
    return json_is_integer(ticks) && json_integer_value(ticks) == 0 && !(fabs(value) > 0);
}

static void judge(const struct demand *demand, struct subject *subject)
{
    const struct figure_source *source = &sources[demand->metric];
    const json_t *object =
        source->object ? json_object_get(subject->object, source->object) : subject->object;

    if (demand_metric_entry(demand->metric)->has_window &&
        !(object = find_window(demand, subject, object)))
        return;
    const json_t *value = json_object_get(object, source->key);
    if (source->is_of_fairness && object &&
        never_contended(demand, object, json_number_value(value)))
        decide(demand, subject, DEMAND_NEVER_CONTENDED, "never contended");
    else if (json_is_number(value))
        compare(demand, subject, json_number_value(value) * source->factor);
    else if (json_is_null(value) && !source->is_of_bucket &&
             !has_bytes(subject->object, "delivered_bytes"))
        decide(demand, subject, DEMAND_NOT_MEASURED, "nothing was delivered");
    else
        decide(demand, subject, DEMAND_NOT_MEASURED, "not measured in this run");
}

/* --- both directions of a group -------------------------------------------------------------- */

/* How to speak of what the figures of a group are of. */
static const struct response_words {
    const char *none, *none_anywhere;
    const char *lost; /* after "N of M" */
} response_words[RESPONSE_OBJECTS] = {
    [RESPONSE_OBJECT_RESPONSES] = {"no exchange", "no group with a limit had an exchange",
                                   "exchanges were never answered"},
    [RESPONSE_OBJECT_COMPLETION] = {"no flow with payload",
                                    "no group with a limit had a flow with payload",
                                    "flows were never complete"},
};

static enum response_object object_of(const struct demand *demand)
{
    return demand->metric == DEMAND_COMPLETION_P99 ? RESPONSE_OBJECT_COMPLETION
                                                   : RESPONSE_OBJECT_RESPONSES;
}

static void judge_responses(const struct demand *demand, struct subject *subject)
{
    const struct figure_source *source = &sources[demand->metric];
    enum response_object object = object_of(demand);
    const json_t *figures = json_object_get(subject->group, response_object_name(object));
    double value = response_figure(subject->group, object, source->key);
    int64_t count = response_figures_count(subject->group, object);
    char what[160];

    if (isinf(value)) {
        snprintf(what, sizeof(what), "%" PRId64 " of %" PRId64 " %s",
                 response_figures_lost(subject->group, object), count, response_words[object].lost);
        decide(demand, subject, DEMAND_INFINITE, what);
    } else if (!isnan(value))
        compare(demand, subject, value * source->factor);
    else if (!json_is_null(json_object_get(figures, source->key)))
        decide(demand, subject, DEMAND_NOT_MEASURED, "not measured in this run");
    else
        decide(demand, subject, DEMAND_NOT_MEASURED,
               count > 0 ? "no exchange took 1 ms in the capture" : response_words[object].none);
}

/* --- who takes part -------------------------------------------------------------------------- */

static bool has_traffic(const struct demand *demand, const json_t *object)
{
    return has_bytes(object, "offered_bytes") || has_bytes(object, "delivered_bytes") ||
           has_bytes(object, "unoffered_bytes") ||
           (sources[demand->metric].is_of_bucket &&
            json_number_value(json_object_get(object, "utilisation")) > 0);
}

static bool limits_direction(const json_t *limit, int d)
{
    char key[48];

    snprintf(key, sizeof(key), "%s_rate_bytes_per_tick",
             shaper_direction_name((enum shaper_direction)d));
    const json_t *rate = json_object_get(limit, key);
    return json_is_integer(rate) && json_integer_value(rate) < SHAPER_LIMIT_MAX_BYTES;
}

static bool is_limited(const struct demand *demand, const json_t *group, int d)
{
    const json_t *limits = json_object_get(group, "limits");

    return limits_direction(json_object_get(limits, "effective"), d) ||
           (!sources[demand->metric].is_of_bucket &&
            (limits_direction(json_object_get(limits, "flow_effective"), d) ||
             limits_direction(json_object_get(limits, "ratelimit_effective"), d)));
}

static bool is_named(const struct demand *demand, const json_t *group)
{
    return !demand->group[0] || strcmp(json_text_of(group, "name"), demand->group) == 0;
}

static const json_t *direction_of(const json_t *group, int d)
{
    return json_object_get(group, shaper_direction_name((enum shaper_direction)d));
}

/* A group whose limited directions carry nothing counts as unlimited. Without any exchange it takes
 * part only where it is named. */
static void judge_both(struct judgement *judgement, const json_t *group, bool is_unlimited)
{
    const struct demand *demand = judgement->demand;
    enum response_object object = object_of(demand);
    bool is_measured = json_object_get(group, response_object_name(object)) != NULL;
    struct demand_figure figure = {.group = json_text_of(group, "name"),
                                   .direction = DEMAND_EITHER_DIRECTION,
                                   .unit = demand_unit_name(demand)};
    struct subject subject = {.group = group, .object = group, .figure = &figure};
    bool carries = false, carries_limited = false;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        bool has_bytes_here = has_traffic(demand, direction_of(group, d));
        carries = carries || has_bytes_here;
        carries_limited = carries_limited || (has_bytes_here && is_limited(demand, group, d));
    }
    if (!carries || carries_limited == is_unlimited ||
        (is_measured && !demand->group[0] && response_figures_count(group, object) == 0))
        return;
    judge_responses(demand, &subject);
    give(judgement, &figure);
}

/* Of the two directions the busier one, where that is asked for; otherwise each. */
static void judge_directions(struct judgement *judgement, const json_t *group, bool is_unlimited)
{
    const struct demand *demand = judgement->demand;
    struct demand_figure busier = {.verdict = DEMAND_NOT_MEASURED};

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct demand_figure figure = {
            .group = json_text_of(group, "name"), .direction = d, .unit = demand_unit_name(demand)};
        const json_t *object = direction_of(group, d);
        struct subject subject = {.group = group, .object = object, .figure = &figure};
        if ((demand->direction != DEMAND_EITHER_DIRECTION && demand->direction != d) ||
            !has_traffic(demand, object) || is_limited(demand, group, d) == is_unlimited)
            continue;
        judge(demand, &subject);
        if (!demand->is_of_busier)
            give(judgement, &figure);
        else if (!busier.group || figure.figure > busier.figure)
            busier = figure;
    }
    if (busier.group)
        give(judgement, &busier);
}

static void judge_group(struct judgement *judgement, const json_t *group, bool is_unlimited)
{
    if (demand_metric_entry(judgement->demand->metric)->has_direction)
        judge_directions(judgement, group, is_unlimited);
    else
        judge_both(judgement, group, is_unlimited);
}

static void list_groups(const json_t *groups, char *text, size_t bytes)
{
    size_t length = (size_t)snprintf(text, bytes, "no such group in this run, which has ");

    for (size_t i = 0; i < json_array_size(groups) && length < bytes; i++)
        length += (size_t)snprintf(text + length, bytes - length, "%s%.32s", i ? ", " : "",
                                   json_text_of(json_array_get(groups, i), "name"));
}

/* Why nobody takes part. */
static void say_why_none(struct judgement *judgement, const json_t *groups, bool has_group)
{
    const struct demand *demand = judgement->demand;
    const char *direction = demand->direction == DEMAND_EITHER_DIRECTION
                                ? ""
                                : shaper_direction_name((enum shaper_direction)demand->direction);
    char subject[64], what[700];

    snprintf(subject, sizeof(subject), "%s%s%s%s", demand->group[0] ? "group " : "", demand->group,
             demand->group[0] && *direction ? ": " : "", direction);
    if (!has_group)
        list_groups(groups, what, sizeof(what));
    else if (*subject)
        snprintf(what, sizeof(what), "no bytes were offered");
    else if (!demand_metric_entry(demand->metric)->has_direction)
        snprintf(what, sizeof(what), "%s", response_words[object_of(demand)].none_anywhere);
    else
        snprintf(what, sizeof(what), "no direction with a limit was offered bytes");
    give_missing(judgement, subject, what);
}

bool demand_judge(const struct demand *demand, const json_t *summary, demand_callback *take,
                  void *arg)
{
    struct judgement judgement = {.demand = demand, .take = take, .arg = arg, .holds = true};
    const json_t *groups = json_object_get(summary, "groups");
    int passes = demand->group[0] || demand->direction != DEMAND_EITHER_DIRECTION ? 2 : 1;
    bool has_group = !demand->group[0];

    for (int unlimited = 0; unlimited < passes && judgement.figures == 0; unlimited++)
        for (size_t i = 0; i < json_array_size(groups); i++) {
            const json_t *group = json_array_get(groups, i);
            has_group = has_group || is_named(demand, group);
            if (is_named(demand, group))
                judge_group(&judgement, group, unlimited == 1);
        }
    if (judgement.figures == 0)
        say_why_none(&judgement, groups, has_group);
    return judgement.holds;
}

static void keep_first_reason(void *arg, const struct demand_figure *figure)
{
    char *reason = arg;

    if (!reason[0] && !demand_figure_holds(figure))
        snprintf(reason, SIM_ERROR_BYTES, "%s", figure->text);
}

bool demand_holds(const struct demand *demand, const json_t *summary, char reason[SIM_ERROR_BYTES])
{
    reason[0] = '\0';
    return demand_judge(demand, summary, keep_first_reason, reason);
}
