#include "sim/report/report_limits.h"

#include <math.h>
#include <string.h>

#include "sim/config/run_event.h"
#include "sim/output/csv_reader.h"
#include "sim/output/run_tables.h"

/* "4 Mbit/s each way"; nothing without a limit. */
static bool put_rates(struct html *html, const struct report_group *group, const char *limits,
                      const char *configured, const char *after)
{
    const json_t *json = json_object_get(json_object_get(group->json, "limits"), limits);
    const json_t *typed = json_object_get(json_object_get(group->json, "limits"), configured);
    char rates[SHAPER_DIRECTIONS][UNIT_TEXT_BYTES] = {"", ""};
    double tick_s = report_number(json, NULL, "tick_s");

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const char *direction = shaper_direction_name((enum shaper_direction)d);
        char key[48];
        snprintf(key, sizeof(key), "%s_rate_bytes_per_tick", direction);
        double bytes = report_number(json, NULL, key);
        snprintf(key, sizeof(key), "%s_rate_unit", direction);
        const char *unit = json_string_value(json_object_get(typed, key));
        if (bytes < SHAPER_LIMIT_MAX_BYTES && bytes >= 0 && tick_s > 0 && tick_s < 1e9)
            unit_print_rate(rates[d], lround(bytes), lround(tick_s * 1000),
                            unit ? unit_of_rates(unit) : NULL);
    }
    if (!rates[SHAPER_READ][0] && !rates[SHAPER_WRITE][0])
        return false;
    if (strcmp(rates[SHAPER_READ], rates[SHAPER_WRITE]) == 0)
        html_print(html, "%s each way", rates[SHAPER_READ]);
    else if (rates[SHAPER_READ][0] && rates[SHAPER_WRITE][0])
        html_print(html, "%s read and %s written", rates[SHAPER_READ], rates[SHAPER_WRITE]);
    else if (rates[SHAPER_READ][0])
        html_print(html, "%s read", rates[SHAPER_READ]);
    else
        html_print(html, "%s written", rates[SHAPER_WRITE]);
    html_text(html, after);
    return true;
}

/* Whether events of the run changed a limit. */
static bool has_new_limits(const struct report *report)
{
    char unused[SIM_ERROR_BYTES];
    struct csv_reader *reader;
    bool is_changed = false;

    if (!json_object_get(json_object_get(report->summary, "files"), run_file_names[RUN_EVENTS]) ||
        csv_reader_open(report->directory, run_file_names[RUN_EVENTS], &reader, unused) != SIM_OK)
        return false;
    int at = csv_table_find(&events_table, EVENTS_EVENT, SHAPER_READ, reader);
    while (!is_changed && !csv_reader_fault(reader) && csv_reader_next(reader)) {
        const char *event = csv_reader_text(reader, at);
        is_changed = run_event_is(event, EVENT_SET_LIMIT) || run_event_is(event, EVENT_FLOW_LIMIT);
    }
    csv_reader_free(reader);
    return is_changed;
}

void report_limits_put(struct html *html, const struct report *report,
                       const struct report_group *group)
{
    const json_t *limits = json_object_get(group->json, "limits");
    const json_t *files = json_object_get(report->summary, "files");
    bool has_group = json_is_object(json_object_get(limits, "effective"));
    bool has_flow = json_is_object(json_object_get(limits, "flow_effective"));

    if (has_group || has_flow) {
        html_text(html, "With ");
        has_group = put_rates(html, group, "effective", "configured", "");
        if (has_group && has_flow)
            html_text(html, " and ");
        has_flow = put_rates(html, group, "flow_effective", "flow_configured", " for each flow");
        if (!has_group && !has_flow)
            html_text(html, "no rate");
        if (has_new_limits(report))
            html_text(html, " at first");
    } else if (json_is_object(json_object_get(limits, "ratelimit_effective"))) {
        html_text(html, "With mod_ratelimit alone, ");
        put_rates(html, group, "ratelimit_effective", "", " in each response");
    } else if (json_object_get(files, run_file_names[RUN_FILTERS])) {
        html_text(html, "Through the filters of --via alone");
    } else {
        html_text(html, "Without any limit");
    }
}
