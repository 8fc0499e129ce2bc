#include "sim/report/report_responses.h"

#include <inttypes.h>
#include <math.h>

#include "sim/account/response_figures.h"
#include "sim/base/json_text.h"
#include "sim/report/html_table.h"
#include "sim/report/report_value.h"

static const struct html_column columns[] = {
    {"group", true},           {"exchanges", false},    {"never answered", false},
    {"captured p50", false},   {"response p50", false}, {"captured p99", false},
    {"response p99", false},   {"added p99", false},    {"captured completion p99", false},
    {"completion p99", false},
};

static int64_t exchanges_of(const struct report_group *group)
{
    return response_figures_count(group->json, RESPONSE_OBJECT_RESPONSES);
}

static void put_count(struct html_table *table, int64_t count)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, count);
    html_table_value(table, (double)count, text);
}

static void put_time(struct html_table *table, const struct report_group *group,
                     enum response_object object, const char *key)
{
    double seconds = response_figure(group->json, object, key);
    char text[REPORT_VALUE_BYTES];

    html_table_value(table, seconds, report_seconds(text, seconds));
}

static void put_group(struct html_table *table, const struct report_group *group)
{
    enum response_object responses = RESPONSE_OBJECT_RESPONSES;
    enum response_object completion = RESPONSE_OBJECT_COMPLETION;

    html_table_text(table, group->name);
    put_count(table, exchanges_of(group));
    put_count(table, response_figures_lost(group->json, responses));
    put_time(table, group, responses, "captured_response_p50_s");
    put_time(table, group, responses, "response_p50_s");
    put_time(table, group, responses, "captured_response_p99_s");
    put_time(table, group, responses, "response_p99_s");
    put_time(table, group, responses, "added_p99_s");
    put_time(table, group, completion, "captured_completion_p99_s");
    put_time(table, group, completion, "completion_p99_s");
}

/* Items of a list, which the first of them begins. */
static void put_slowest(struct html *html, const struct report_group *group, size_t *items)
{
    const json_t *exchange,
        *slowest = json_object_get(json_object_get(group->json, "responses"), "slowest");
    size_t i;

    json_array_foreach(slowest, i, exchange)
    {
        const json_t *response = json_object_get(exchange, "response_s");
        double captured_s = report_number(exchange, NULL, "captured_response_s");
        double response_s = json_is_null(response) ? INFINITY : json_number_value(response);
        char time[REPORT_VALUE_BYTES], captured[REPORT_VALUE_BYTES];
        if (!(response_s > captured_s))
            continue;
        if ((*items)++ == 0)
            html_markup(html, "<p>The exchanges that were slowed most:</p>\n<ul>\n");
        html_markup(html, "<li>");
        html_print(html, "%s to %s, group %s: %s instead of %s",
                   json_text_of(exchange, "initiator"), json_text_of(exchange, "responder"),
                   group->name, report_seconds(time, response_s),
                   report_seconds(captured, captured_s));
        html_markup(html, "</li>\n");
    }
}

void report_responses_put(struct html *html, const struct report *report)
{
    struct html_table table;
    bool has_any = false;
    size_t items = 0;

    for (size_t i = 0; i < report->group_count; i++)
        has_any = has_any || exchanges_of(&report->groups[i]) > 0;
    if (!has_any)
        return;
    html_section(html, "responses", "Responses");
    html_table_begin(&table, html, columns, sizeof(columns) / sizeof(columns[0]), 0);
    for (size_t i = 0; i < report->group_count; i++)
        if (exchanges_of(&report->groups[i]) > 0)
            put_group(&table, &report->groups[i]);
    html_table_end(&table);
    for (size_t i = 0; i < report->group_count; i++)
        put_slowest(html, &report->groups[i], &items);
    if (items > 0)
        html_markup(html, "</ul>\n");
}
