#include "sim/report/report_groups.h"

#include <math.h>
#include <string.h>

#include "sim/base/json_text.h"
#include "sim/report/html_table.h"
#include "sim/report/report_jain.h"
#include "sim/report/report_value.h"

static const struct html_column columns[] = {
    {"group", true},      {"direction", true}, {"rate", false},        {"burst", false},
    {"delivered", false}, {"used", false},     {"fairness J", true},   {"delay p50", false},
    {"p99", false},       {"max", false},      {"lost tokens", false},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void put_bytes(struct html_table *table, double bytes)
{
    char text[REPORT_VALUE_BYTES];

    html_table_value(table, bytes, report_bytes(text, bytes));
}

static void put_time(struct html_table *table, double seconds)
{
    char text[REPORT_VALUE_BYTES];

    html_table_value(table, seconds, report_seconds(text, seconds));
}

static void put_share(struct html_table *table, double share)
{
    char text[REPORT_VALUE_BYTES] = "-";

    if (!isnan(share))
        snprintf(text, sizeof(text), "%.1f %%", 100 * share);
    html_table_value(table, share, text);
}

static void put_row(struct html_table *table, const struct report_group *group,
                    enum shaper_direction direction)
{
    const json_t *json = report_direction_json(group, direction);
    bool is_limited = report_is_limited(group, direction);
    double rate = (double)group->rate_bytes_per_tick[direction] / group->tick_s;
    char jain[REPORT_JAIN_BYTES];
    char text[UNIT_TEXT_BYTES] = "-";

    html_table_text(table, group->name);
    html_table_text(table, shaper_direction_name(direction));
    if (is_limited && group->tick_s > 0)
        unit_print_rate(text, group->rate_bytes_per_tick[direction], lround(group->tick_s * 1000),
                        group->rate_units[direction]);
    html_table_value(table, is_limited ? rate : NAN, text);
    put_bytes(table, is_limited ? (double)group->burst_bytes[direction] : NAN);
    put_bytes(table, report_number(json, NULL, "delivered_bytes"));
    put_share(table, is_limited ? report_number(json, NULL, "utilisation") : NAN);
    report_jain(json, jain);
    html_table_text(table, jain);
    put_time(table, report_number(json, NULL, "delay_p50_s"));
    put_time(table, report_number(json, NULL, "delay_p99_s"));
    put_time(table, report_number(json, NULL, "delay_max_s"));
    put_bytes(table, report_number(json, "throughput", "lost_tokens_bytes"));
}

void report_groups_put(struct html *html, const struct report *report)
{
    struct html_table table;

    html_section(html, "groups", "Groups");
    html_table_begin(&table, html, columns, COLUMNS, 0);
    for (size_t i = 0; i < report->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            put_row(&table, &report->groups[i], (enum shaper_direction)d);
    html_table_end(&table);
}

/* A direction of a group that did not get all of the trace. */
static void put_loss(struct html *html, const struct report_group *group, const json_t *json,
                     enum shaper_direction direction)
{
    double undelivered = report_number(json, NULL, "undelivered_bytes");
    double unoffered = report_number(json, NULL, "unoffered_bytes");
    double percent = report_number(json, NULL, "delivered_percent");
    char value[REPORT_VALUE_BYTES];

    if (!(undelivered > 0) && unoffered == 0)
        return;
    html_markup(html, "<li>");
    html_text(html, group->name);
    html_print(html, ", %s: %s not delivered, ", shaper_direction_name(direction),
               report_bytes(value, isnan(undelivered) ? 0 : undelivered));
    if (isnan(unoffered))
        html_text(html, "and what of the trace was not offered is not known");
    else
        html_print(html, "%s of the trace not offered", report_bytes(value, unoffered));
    if (!isnan(percent))
        html_print(html, "; %.1f %% of the trace was delivered", floor(percent * 10) / 10);
    html_markup(html, "</li>\n");
}

/* What --max-time cut off, or broken flows lost. */
void report_losses_put(struct html *html, const struct report *report)
{
    bool is_cut = strcmp(json_text_of(report->summary, "end"), "max-time") == 0;
    bool is_broken = false;

    for (size_t i = 0; i < report->group_count; i++)
        is_broken |= report_number(report->groups[i].json, NULL, "false_end_of_file_flows") > 0;
    if (!is_cut && !is_broken)
        return;
    html_markup(html, "<p class=\"warns\">");
    html_text(html, is_cut ? "The run was cut: --max-time came before everything was delivered."
                           : "Flows broke, and what waited of them was lost.");
    html_markup(html, "</p>\n<ul>\n");
    for (size_t i = 0; i < report->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            enum shaper_direction direction = (enum shaper_direction)d;
            put_loss(html, &report->groups[i], report_direction_json(&report->groups[i], direction),
                     direction);
        }
    html_markup(html, "</ul>\n");
}
