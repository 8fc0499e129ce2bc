#include "sim/report/report_figures.h"

#include <math.h>
#include <string.h>

#include "sim/report/comparison.h"
#include "sim/report/report_jain.h"
#include "sim/report/report_value.h"
#include "sim/report/sweep_curves.h"

static const struct report_figure run_figures[] = {
    {.name = "level",
     .file = RUN_TICKS,
     .caption =
         "The buckets just after each refill and at the ticks' ends. Tokens lost to a full one: ",
     .numbers = {{"", "throughput", "lost_tokens_bytes", false}}},
    {.name = "passed",
     .file = RUN_TICKS,
     .caption = "Bytes up to each time, and what the first level and the rate allowed. Delivered: ",
     .numbers = {{"", NULL, "delivered_bytes", false}, {" of ", NULL, "offered_bytes", false}}},
    {.name = "backlog",
     .file = RUN_TICKS,
     .caption = "Bytes offered and not delivered at the ticks' ends, at most: ",
     .numbers = {{"", NULL, "peak_backlog_bytes", false}}},
    {.name = "rate",
     .file = RUN_TICKS,
     .caption = "Bytes delivered in a second, the flows with the most by their initiator. Mean: ",
     .numbers = {{"", "throughput", "achieved_bytes_per_s", false}},
     .after = "/s"},
    {.name = "fairness",
     .file = RUN_SUMMARY,
     .caption = "Jain's index over contended windows, by their length: ",
     .has_jain = true,
     .numbers = {{"", "fairness", "jain_one_tick_mean", false}}},
    {.name = "service",
     .file = RUN_FLOWS,
     .caption = "Bytes of each flow in a tick in which it competed, against the mean of the "
                "max-min shares "
                "of these ticks. Flows that competed long enough: ",
     .numbers = {{"from ", "fairness", "service_min_bytes_per_contended_tick", false},
                 {" to ", "fairness", "service_max_bytes_per_contended_tick", false}}},
    {.name = "lag",
     .file = RUN_FLOWS,
     .caption =
         "How far each flow was behind an ideal server that shares out each byte, at worst: ",
     .numbers = {{"", "fairness", "gps_lag_max_bytes", false}}},
    {.name = "burst",
     .file = RUN_BURST,
     .caption =
         "The burst that lets the stream through without delay, by the bucket's rate. At the "
         "configured rate: ",
     .numbers = {{"", "burst", "sigma_offered_bytes", false},
                 {" as offered and ", "burst", "sigma_delivered_bytes", false}},
     .after = " as delivered"},
    {.name = "delay",
     .file = RUN_DELAYS,
     .caption = "The share of packets that took no longer. Median, 99th percentile and longest: ",
     .numbers = {{"", NULL, "delay_p50_s", true},
                 {", ", NULL, "delay_p99_s", true},
                 {", ", NULL, "delay_max_s", true}}},
    {.name = "response",
     .file = RUN_EXCHANGES,
     .caption = "The share of exchanges answered within a time. Median and 99th percentile, as "
                "captured and "
                "as shaped: ",
     .is_for_groups = true,
     .numbers = {{"", "responses", "captured_response_p50_s", true},
                 {" and ", "responses", "captured_response_p99_s", true},
                 {", then ", "responses", "response_p50_s", true},
                 {" and ", "responses", "response_p99_s", true}}},
    {.name = "flows",
     .file = RUN_FLOWS,
     .caption = "When each flow had delivered all its payload. Median and 99th percentile, as "
                "captured and as "
                "shaped: ",
     .is_for_groups = true,
     .numbers = {{"", "completion", "captured_completion_p50_s", true},
                 {" and ", "completion", "captured_completion_p99_s", true},
                 {", then ", "completion", "completion_p50_s", true},
                 {" and ", "completion", "completion_p99_s", true}}},
    {.name = NULL},
};

static const struct report_figure sweep_figures[] = {
    {.name = "pareto",
     .caption =
         "Fairness against its cost, and where rates vary, what clients wait for against the "
         "rate: the line joins the settings that no other beats in both. Means over seeds, "
         "of the first trace."},
    {.name = "windows",
     .caption = "Jain's index over contended windows, by their length: means over windows and "
                "seeds, of the first trace.",
     .is_of_curves = true},
    {.name = "responses",
     .caption = "The share of exchanges answered within a time, those of all seeds together, of "
                "the first trace.",
     .is_of_curves = true},
    {.name = "compare",
     .caption = "Figures of the settings, by the first varied key. Points are means over seeds, "
                "bars their 95 % interval."},
    {.name = "heat",
     .caption = "Means over all settings with these two values, of the first trace. What differs "
                "little has colours that do."},
    {.name = NULL},
};

static const struct report_figure compared_figures[] = {
    {.name = "responses",
     .caption = "The share of exchanges answered within a time, a curve for each run. Exchanges "
                "that were never answered keep their curve below 100 %.",
     .is_of_curves = true},
    {.name = "delays",
     .caption = "The share of packets that took no longer, from when they were due; in closed "
                "loop these times move with the run, so that response times say more.",
     .is_of_curves = true},
    {.name = "windows",
     .caption = "Jain's index over contended windows, by their length: means over the windows.",
     .is_of_curves = true},
    {.name = "rates",
     .caption = "Bytes delivered in a second, means over at most 120 bins.",
     .is_of_curves = true},
    {.name = "totals",
     .caption = "Bytes delivered so far, a curve for each run, at the ends of at most 120 bins.",
     .is_of_curves = true},
    {.name = NULL},
};

/* The others are of values that were varied, not sought. */
static const struct report_figure advice_figures[] = {
    {.name = "frontier",
     .caption = "The 99th percentile of response times of every setting that was tried, by its "
                "rate; of packets' delays where there are no exchanges. The line is the least that "
                "no more rate gives."},
    {.name = NULL},
};

const struct report_figure *report_figures(const struct report *report)
{
    if (report->comparison)
        return compared_figures;
    if (report->summary)
        return run_figures;
    return report_is_advice(report->directory) ? advice_figures : sweep_figures;
}

bool report_figure_has_file(const struct report *report, const struct report_figure *figure)
{
    return !report->summary || figure->file == RUN_SUMMARY || report_has_file(report, figure->file);
}

bool report_figure_has_data(const struct report *report, const struct report_figure *figure)
{
    char name[32];

    snprintf(name, sizeof(name), "%s ", figure->name);
    const char *names = report->comparison ? report->comparison->names
                        : report->curves   ? report->curves->names
                                           : "";
    return !figure->is_of_curves || strstr(names, name);
}

static void put_numbers(struct html *html, const struct report_figure *figure, const json_t *json)
{
    char jain[REPORT_JAIN_BYTES], text[REPORT_VALUE_BYTES];

    if (figure->has_jain) {
        report_jain(json, jain);
        html_text(html, jain);
        return;
    }
    for (const struct report_number_text *number = figure->numbers; number->before; number++) {
        double value = report_number(json, number->section, number->key);
        html_print(html, "%s%s", number->before,
                   number->is_time ? report_seconds(text, value) : report_bytes(text, value));
    }
    html_text(html, figure->after ? figure->after : "");
}

/* A clause, if the first number exists; `direction` is empty where it is a group's. */
static void put_clause(struct html *html, const struct report_figure *figure, const json_t *json,
                       const char *group, const char *direction, size_t *clauses)
{
    double first = report_number(json, figure->numbers[0].section, figure->numbers[0].key);

    if (isnan(first))
        return;
    html_print(html, "%s%s%s of %s ", (*clauses)++ > 0 ? "; " : "", *direction ? "" : "flows",
               direction, group);
    put_numbers(html, figure, json);
}

void report_figure_caption(struct html *html, const struct report *report,
                           const struct report_figure *figure)
{
    size_t clauses = 0;

    html_text(html, figure->caption);
    size_t left_out = figure->is_of_curves && report->curves ? report->curves->left_out : 0;
    if (left_out > 0)
        html_print(html, " %zu setting%s ranked lower %s left out.", left_out,
                   left_out == 1 ? "" : "s", left_out == 1 ? "is" : "are");
    for (size_t i = 0; i < report->group_count && figure->numbers[0].before; i++) {
        const struct report_group *group = &report->groups[i];
        if (figure->is_for_groups)
            put_clause(html, figure, group->json, group->name, "", &clauses);
        for (int d = 0; d < SHAPER_DIRECTIONS && !figure->is_for_groups; d++) {
            const json_t *json = report_direction_json(group, (enum shaper_direction)d);
            if (report_number(json, NULL, "offered_bytes") > 0)
                put_clause(html, figure, json, group->name,
                           shaper_direction_name((enum shaper_direction)d), &clauses);
        }
    }
    if (figure->numbers[0].before)
        html_text(html, ".");
}
