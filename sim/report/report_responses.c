#include "sim/report/report_responses.h"

#include <inttypes.h>
#include <math.h>

#include "sim/account/response_figures.h"
#include "sim/base/json_text.h"
#include "sim/base/numbers.h"
#include "sim/base/units.h"

static int64_t exchanges_of(const struct report_group *group)
{
    return response_figures_count(group->json, RESPONSE_OBJECT_RESPONSES);
}

/* NaN: there is none. */
static void print_time(char text[UNIT_TEXT_BYTES], double seconds)
{
    int64_t us;

    if (isinf(seconds))
        snprintf(text, UNIT_TEXT_BYTES, "never");
    else if (isnan(seconds) || !number_round_i64(seconds * 1e6, &us))
        snprintf(text, UNIT_TEXT_BYTES, "-");
    else
        unit_print_time(text, us);
}

static void put_cell(struct html *html, const char *label, const char *text)
{
    html_markup(html, "<td data-label=\"");
    html_text(html, label);
    html_markup(html, "\">");
    html_text(html, text);
    html_markup(html, "</td>");
}

static void put_count(struct html *html, const char *label, int64_t count)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, count);
    put_cell(html, label, text);
}

static void put_time(struct html *html, const struct report_group *group, const char *label,
                     enum response_object object, const char *key)
{
    char text[UNIT_TEXT_BYTES];

    print_time(text, response_figure(group->json, object, key));
    put_cell(html, label, text);
}

static void put_group(struct html *html, const struct report_group *group)
{
    enum response_object responses = RESPONSE_OBJECT_RESPONSES;
    enum response_object completion = RESPONSE_OBJECT_COMPLETION;

    html_markup(html, "<tr>");
    put_cell(html, "group", group->name);
    put_count(html, "exchanges", exchanges_of(group));
    put_count(html, "never answered", response_figures_lost(group->json, responses));
    put_time(html, group, "response p50", responses, "response_p50_s");
    put_time(html, group, "captured", responses, "captured_response_p50_s");
    put_time(html, group, "response p99", responses, "response_p99_s");
    put_time(html, group, "captured", responses, "captured_response_p99_s");
    put_time(html, group, "added p99", responses, "added_p99_s");
    put_time(html, group, "completion p99", completion, "completion_p99_s");
    put_time(html, group, "captured", completion, "captured_completion_p99_s");
    html_markup(html, "</tr>\n");
}

static void put_slowest(struct html *html, const struct report_group *group)
{
    const json_t *exchange,
        *slowest = json_object_get(json_object_get(group->json, "responses"), "slowest");
    size_t i;

    json_array_foreach(slowest, i, exchange)
    {
        const json_t *response = json_object_get(exchange, "response_s");
        double captured_s = report_number(exchange, NULL, "captured_response_s");
        double response_s = json_is_null(response) ? INFINITY : json_number_value(response);
        char time[UNIT_TEXT_BYTES], captured[UNIT_TEXT_BYTES];
        if (!(response_s > captured_s))
            continue;
        print_time(time, response_s);
        print_time(captured, captured_s);
        html_markup(html, "<li>");
        html_print(html, "%s: %s to %s, flow %.0f: %s instead of %s", group->name,
                   json_text_of(exchange, "initiator"), json_text_of(exchange, "responder"),
                   report_number(exchange, NULL, "flow"), time, captured);
        html_markup(html, "</li>\n");
    }
}

void report_responses_put(struct html *html, const struct report *report)
{
    bool has_any = false;

    for (size_t i = 0; i < report->group_count; i++)
        has_any = has_any || exchanges_of(&report->groups[i]) > 0;
    if (!has_any)
        return;
    html_markup(html,
                "<h2>Responses</h2>\n<table><thead><tr><th>group</th><th>exchanges</th>"
                "<th>never answered</th><th>response p50</th><th>captured</th><th>response p99</th>"
                "<th>captured</th><th>added p99</th><th>completion p99</th><th>captured</th></tr>"
                "</thead><tbody>\n");
    for (size_t i = 0; i < report->group_count; i++)
        if (exchanges_of(&report->groups[i]) > 0)
            put_group(html, &report->groups[i]);
    html_markup(html, "</tbody></table>\n<ul>\n");
    for (size_t i = 0; i < report->group_count; i++)
        put_slowest(html, &report->groups[i]);
    html_markup(html, "</ul>\n");
}
