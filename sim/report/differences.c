#include "sim/report/differences.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/account/demand_figures.h"
#include "sim/base/json_text.h"
#include "sim/report/report_value.h"
#include "sim/sweep/sweep_key.h"
#include "traces/file_stream.h"

/* What clients feel first, then fairness and its cost. */
static const enum demand_metric metrics[] = {
    DEMAND_RESPONSE_P50,   DEMAND_RESPONSE_P99, DEMAND_ADDED_P99,  DEMAND_SLOWDOWN_P99,
    DEMAND_COMPLETION_P99, DEMAND_DELAY_P50,    DEMAND_DELAY_P99,  DEMAND_DELAY_MAX,
    DEMAND_BEHIND_P99,     DEMAND_JAIN,         DEMAND_JAIN_LEAST, DEMAND_LAG,
    DEMAND_SIGMA,          DEMAND_UTILISATION,  DEMAND_DELIVERED,  DEMAND_GRANTS,
    DEMAND_LOST_TOKENS,
};

/* --- figures --------------------------------------------------------------------------------- */

static void take_figure(void *arg, const struct demand_figure *figure)
{
    double *value = arg;

    if (figure->verdict == DEMAND_HOLDS || figure->verdict == DEMAND_FAILS)
        *value = figure->figure;
    else if (figure->verdict == DEMAND_INFINITE)
        *value = INFINITY;
}

static double value_of(const struct difference *difference, const json_t *summary)
{
    struct demand demand = {
        .metric = difference->metric, .direction = difference->direction, .is_most = true};
    double value = NAN;

    snprintf(demand.group, sizeof(demand.group), "%s", difference->group);
    demand_judge(&demand, summary, take_figure, &value);
    return value;
}

static bool is_index(const struct difference *difference)
{
    return demand_metric_entry(difference->metric)->unit == DEMAND_INDEX;
}

bool difference_is(const struct difference *difference, size_t i)
{
    double first = difference->values[0], other = difference->values[i];

    if (isnan(first) || isnan(other))
        return isnan(first) != isnan(other);
    if (isinf(first) || isinf(other))
        return isinf(first) != isinf(other);
    double resolution = is_index(difference)
                            ? JAIN_RESOLUTION
                            : PERCENTILE_RESOLUTION * fmax(fabs(first), fabs(other));
    return fabs(first - other) > resolution * (1 + 1e-9); /* with what 0.505 - 0.5 lacks */
}

static double bytes_of(const json_t *group, int direction)
{
    const json_t *object =
        json_object_get(group, shaper_direction_name((enum shaper_direction)direction));

    return json_number_value(json_object_get(object, "delivered_bytes"));
}

/* One figure; returns whether any run has it. */
static bool compare(const struct comparison *comparison, struct difference *difference,
                    difference_callback *take, void *arg)
{
    bool differs = false, has_any = false;

    for (size_t i = 0; i < comparison->count; i++) {
        difference->values[i] = value_of(difference, comparison->runs[i].report.summary);
        has_any |= !isnan(difference->values[i]);
        differs |= difference_is(difference, i);
    }
    if (differs && take)
        take(arg, difference);
    return has_any;
}

static size_t compare_group(const struct comparison *comparison, const struct report_group *group,
                            difference_callback *take, void *arg)
{
    double bytes[SHAPER_DIRECTIONS];
    size_t compared = 0;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        bytes[d] = bytes_of(group->json, d);
    int busier = bytes[SHAPER_WRITE] >= bytes[SHAPER_READ] ? SHAPER_WRITE : SHAPER_READ;
    for (int pass = 0; pass <= SHAPER_DIRECTIONS; pass++)
        for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
            bool is_directed = demand_metric_entry(metrics[m])->has_direction;
            int direction = pass == 0   ? DEMAND_EITHER_DIRECTION
                            : pass == 1 ? busier
                                        : SHAPER_DIRECTIONS - 1 - busier;
            struct difference difference = {
                .metric = metrics[m], .group = group->name, .direction = direction};
            if (is_directed != (pass > 0) || (pass > 0 && !(bytes[direction] > 0)))
                continue;
            compared += compare(comparison, &difference, take, arg);
        }
    return compared;
}

size_t differences_of_figures(const struct comparison *comparison, difference_callback *take,
                              void *arg)
{
    const struct report *first = &comparison->runs[0].report;
    bool is_done[GROUPS_MAX + 1] = {false};
    size_t compared = 0;

    for (size_t n = 0; n < first->group_count; n++) {
        size_t next = first->group_count;
        double most = 0;
        for (size_t i = 0; i < first->group_count; i++) {
            double bytes = bytes_of(first->groups[i].json, SHAPER_READ) +
                           bytes_of(first->groups[i].json, SHAPER_WRITE);
            if (is_done[i] || !(bytes > most))
                continue;
            most = bytes;
            next = i;
        }
        if (next == first->group_count)
            break;
        is_done[next] = true;
        compared += compare_group(comparison, &first->groups[next], take, arg);
    }
    return compared;
}

/* --- texts ----------------------------------------------------------------------------------- */

void difference_name(const struct difference *difference, char text[DIFFERENCE_TEXT_BYTES])
{
    const char *direction =
        difference->direction == DEMAND_EITHER_DIRECTION
            ? ""
            : shaper_direction_name((enum shaper_direction)difference->direction);

    snprintf(text, DIFFERENCE_TEXT_BYTES, "%s%.40s%s%s: %s%s",
             strcmp(difference->group, "-") == 0 ? "no group" : "group ",
             strcmp(difference->group, "-") == 0 ? "" : difference->group, *direction ? ", " : "",
             direction, demand_metric_entry(difference->metric)->name,
             difference->metric == DEMAND_GRANTS ? " per MB" : "");
}

static void print_value(const struct difference *difference, double value,
                        char text[DIFFERENCE_TEXT_BYTES])
{
    char number[REPORT_VALUE_BYTES];

    if (isnan(value)) {
        snprintf(text, DIFFERENCE_TEXT_BYTES, is_index(difference) ? "never contended" : "-");
        return;
    }
    switch (demand_metric_entry(difference->metric)->unit) {
    case DEMAND_TIME:
        snprintf(text, DIFFERENCE_TEXT_BYTES, "%s", report_seconds(number, value));
        return;
    case DEMAND_SIZE:
        snprintf(text, DIFFERENCE_TEXT_BYTES, "%s", report_bytes(number, value));
        return;
    case DEMAND_INDEX:
        snprintf(text, DIFFERENCE_TEXT_BYTES, "%.3f", value);
        return;
    case DEMAND_PERCENT:
        snprintf(text, DIFFERENCE_TEXT_BYTES, "%.4g %%", value);
        return;
    case DEMAND_NUMBER:
        break;
    }
    snprintf(text, DIFFERENCE_TEXT_BYTES,
             isinf(value)  ? "never"
             : value < 1e4 ? "%.4g"
                           : "%.0f",
             value);
}

void difference_value(const struct difference *difference, size_t i,
                      char text[DIFFERENCE_TEXT_BYTES])
{
    print_value(difference, difference->values[i], text);
}

/* Of what has a zero that means something, and no upper end. */
double difference_quotient(const struct difference *difference, size_t i)
{
    double first = difference->values[0], other = difference->values[i];
    enum demand_unit unit = demand_metric_entry(difference->metric)->unit;
    bool has_end = unit == DEMAND_INDEX || unit == DEMAND_PERCENT;
    bool has_both = isfinite(first) && isfinite(other) && first > 0 && other > 0;

    return !has_end && has_both && difference_is(difference, i) ? other / first : NAN;
}

void difference_against(const struct difference *difference, size_t i,
                        char text[DIFFERENCE_TEXT_BYTES])
{
    double quotient = difference_quotient(difference, i);
    char from[DIFFERENCE_TEXT_BYTES], to[DIFFERENCE_TEXT_BYTES];

    print_value(difference, difference->values[0], from);
    print_value(difference, difference->values[i], to);
    if (!difference_is(difference, i))
        snprintf(text, DIFFERENCE_TEXT_BYTES, "the same");
    else if (!isnan(quotient))
        snprintf(text, DIFFERENCE_TEXT_BYTES, quotient < 10 ? "%.3g times A's" : "%.0f times A's",
                 quotient);
    else
        snprintf(text, DIFFERENCE_TEXT_BYTES, "%.40s -> %.40s", from, to);
}

/* --- settings -------------------------------------------------------------------------------- */

/* The settings of a run as one flat object: "group web: min_share_bytes" -> 64. */
static void flatten(json_t *flat, const char *before, const json_t *object)
{
    const char *key;
    const json_t *value;
    char name[256];

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        snprintf(name, sizeof(name), "%s%s", before, key);
        if (!json_is_object(value))
            json_object_set(flat, name, (json_t *)(uintptr_t)value);
    }
}

static void print_values(FILE *out, const char *command, const char *option)
{
    const char *before = "";

    for (const char *at = strstr(command, option); at; at = strstr(at, option)) {
        at += strlen(option);
        const char *end = strstr(at, " --");
        fprintf(out, "%s%.*s", before, end ? (int)(end - at) : (int)strlen(at), at);
        before = " ";
    }
}

/* Options that stand in the command alone, each with all of its values. 0, or -1 on allocation
 * failure. */
static int take_option(json_t *flat, const char *command, const char *option)
{
    char *values = NULL, name[32];
    size_t bytes = 0;
    FILE *out = open_memstream(&values, &bytes);

    if (!out)
        return -1;
    print_values(out, command, option);
    if (file_stream_close_text(out, &values) != 0)
        return -1;
    snprintf(name, sizeof(name), "%.*s", (int)strlen(option) - 2, option + 1);
    if (*values)
        json_object_set_new(flat, name, json_text(values));
    free(values);
    return 0;
}

/* NULL on allocation failure. */
static json_t *settings_of(const json_t *summary)
{
    static const char *const options[] = {" --at ", " --background ", " --via ", " --weight "};
    static const char *const trace_keys[] = {"name", "xxh3_128"};
    const json_t *group, *trace = json_object_get(summary, "trace");
    json_t *flat = json_object();
    size_t i;

    for (i = 0; i < sizeof(trace_keys) / sizeof(trace_keys[0]); i++) {
        char name[32];
        snprintf(name, sizeof(name), "trace: %s", trace_keys[i]);
        json_object_set(flat, name, json_object_get(trace, trace_keys[i]));
    }
    json_array_foreach(json_object_get(summary, "groups"), i, group)
    {
        const json_t *limits = json_object_get(group, "limits");
        char before[128];
        snprintf(before, sizeof(before), "group %s: ", json_text_of(group, "name"));
        flatten(flat, before, json_object_get(limits, "configured"));
        snprintf(before, sizeof(before), "group %s: flow_", json_text_of(group, "name"));
        flatten(flat, before, json_object_get(limits, "flow_configured"));
        snprintf(before, sizeof(before), "group %s: match", json_text_of(group, "name"));
        json_object_set(flat, before, json_object_get(group, "match"));
    }
    for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (take_option(flat, json_text_of(summary, "command"), options[i]) != 0) {
            json_decref(flat);
            return NULL;
        }
    json_object_set(flat, "seed", json_object_get(summary, "seed"));
    flatten(flat, "", json_object_get(summary, "settings"));
    flatten(flat, "version of ", json_object_get(summary, "versions"));
    return flat;
}

/* A value as people read it; owned by the caller. NULL on allocation failure. */
static char *setting_text(const json_t *value)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    if (!out)
        return NULL;
    if (!value || json_is_null(value))
        fputs("-", out);
    else if (json_is_string(value))
        fputs(json_string_value(value), out);
    else if (json_is_real(value))
        fprintf(out, "%.15g", json_real_value(value));
    else
        json_dumpf(value, out, JSON_ENCODE_ANY | JSON_COMPACT);
    return file_stream_close_text(out, &text) == 0 ? text : NULL;
}

static int compare_setting(json_t *const *all, size_t count, const char *name,
                           setting_callback *take, void *arg)
{
    char *texts[REPORT_RUNS_MAX] = {NULL};
    bool differs = false, is_whole = true;

    for (size_t i = 0; i < count; i++) {
        texts[i] = setting_text(json_object_get(all[i], name));
        is_whole &= texts[i] != NULL;
        differs |= is_whole && strcmp(texts[0], texts[i]) != 0;
    }
    if (is_whole && differs)
        take(arg, name, texts);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    return is_whole ? 0 : -1;
}

int differences_of_settings(const struct comparison *comparison, setting_callback *take, void *arg,
                            char *error)
{
    json_t *all[REPORT_RUNS_MAX], *names = json_object();
    const char *name;
    json_t *unused;
    int failure = names ? 0 : -1;

    for (size_t i = 0; i < comparison->count; i++) {
        all[i] = settings_of(comparison->runs[i].report.summary);
        if (!all[i] || json_object_update_missing(names, all[i]) != 0)
            failure = -1;
    }
    json_object_foreach(names, name, unused)
    {
        if (failure == 0)
            failure = compare_setting(all, comparison->count, name, take, arg);
    }
    for (size_t i = 0; i < comparison->count; i++)
        json_decref(all[i]);
    json_decref(names);
    return failure == 0 ? SIM_OK : sim_fail(error, SIM_FAILED, "report: out of memory");
}
