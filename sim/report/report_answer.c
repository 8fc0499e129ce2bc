#include "sim/report/report_answer.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/account/response_figures.h"
#include "sim/report/report_limits.h"
#include "sim/report/report_value.h"

static void put_strong(struct html *html, const char *text)
{
    html_markup(html, "<strong>");
    html_text(html, text);
    html_markup(html, "</strong>");
}

/* --- what the limit did ------------------------------------------------------------------ */

/* A kind of times in summary.json, and how the sentence calls it. */
struct times {
    enum response_object object;
    const char *p50, *captured_p50, *p99, *captured_p99; /* its keys */
    const char *one, *took, *never;                      /* "the median flow", " took ", ... */
    const char *all_as_captured, *lost;
};

static const struct times responses = {
    .object = RESPONSE_OBJECT_RESPONSES,
    .p50 = "response_p50_s",
    .captured_p50 = "captured_response_p50_s",
    .p99 = "response_p99_s",
    .captured_p99 = "captured_response_p99_s",
    .one = "the median response",
    .took = " took ",
    .never = " never came",
    .all_as_captured = "responses took as long as in the capture",
    .lost = "never answered",
};
static const struct times completion = {
    .object = RESPONSE_OBJECT_COMPLETION,
    .p50 = "completion_p50_s",
    .captured_p50 = "captured_completion_p50_s",
    .p99 = "completion_p99_s",
    .captured_p99 = "captured_completion_p99_s",
    .one = "the median flow",
    .took = " was complete after ",
    .never = " was never complete",
    .all_as_captured = "flows were complete as early as in the capture",
    .lost = "never complete",
};

/* What the limit added at the 99th percentile; NAN: there are no such times. */
static double added_s(const struct report_group *group, const struct times *times)
{
    double captured_s = response_figure(group->json, times->object, times->captured_p99);

    return response_figure(group->json, times->object, times->p99) - captured_s;
}

static bool has_times(const struct report_group *group, const struct times *times)
{
    return !isnan(response_figure(group->json, times->object, times->captured_p99));
}

/* The group that was slowed most; NULL: there are no groups. */
static const struct report_group *find_slowest(const struct report *report)
{
    const struct report_group *slowest = NULL;
    double most_s = -1;

    for (size_t i = 0; i < report->group_count; i++) {
        const struct report_group *group = &report->groups[i];
        double group_s = fmax(added_s(group, &responses), added_s(group, &completion));
        if (slowest && !(group_s > most_s))
            continue;
        slowest = group;
        most_s = isnan(group_s) ? -1 : group_s;
    }
    return slowest;
}

/* "38.9 ms instead of 283 ms". */
static void put_change(struct html *html, double seconds, double captured_s)
{
    char text[REPORT_VALUE_BYTES], captured[REPORT_VALUE_BYTES];

    report_seconds(text, seconds);
    report_seconds(captured, captured_s);
    put_strong(html, text);
    if (strcmp(text, captured) == 0)
        html_text(html, " as captured");
    else
        html_print(html, " instead of %s", captured);
}

/* A clause: "the median response took 283 ms instead of 38.9 ms (p99 9 s instead of 3 s)". */
static void put_times(struct html *html, const struct report_group *group,
                      const struct times *times)
{
    double p50_s = response_figure(group->json, times->object, times->p50);
    double captured_p50_s = response_figure(group->json, times->object, times->captured_p50);
    double p99_s = response_figure(group->json, times->object, times->p99);
    double captured_p99_s = response_figure(group->json, times->object, times->captured_p99);
    int64_t lost = response_figures_lost(group->json, times->object);
    char p50[REPORT_VALUE_BYTES], p99[REPORT_VALUE_BYTES];

    if (p50_s <= captured_p50_s && p99_s <= captured_p99_s) {
        html_print(html, "%s (median %s, p99 %s)", times->all_as_captured,
                   report_seconds(p50, p50_s), report_seconds(p99, p99_s));
    } else if (isinf(p50_s)) {
        html_text(html, times->one);
        put_strong(html, times->never);
        html_print(html, " (captured: %s, p99 %s)", report_seconds(p50, captured_p50_s),
                   report_seconds(p99, captured_p99_s));
    } else {
        html_text(html, times->one);
        html_text(html, times->took);
        put_change(html, p50_s, captured_p50_s);
        html_text(html, " (p99 ");
        put_change(html, p99_s, captured_p99_s);
        html_text(html, ")");
    }
    if (lost > 0)
        html_print(html, ", with %" PRId64 " of %" PRId64 " %s", lost,
                   response_figures_count(group->json, times->object), times->lost);
}

static void put_slowed(struct html *html, const struct report *report)
{
    const struct report_group *group = find_slowest(report);

    if (!group)
        return;
    html_markup(html, "<p>");
    report_limits_put(html, report, group);
    if (report->group_count > 1) {
        html_text(html, ", ");
        bool is_none = strcmp(group->name, "-") == 0;
        put_strong(html, is_none ? "the flows of no group" : "group ");
        put_strong(html, is_none ? "" : group->name);
        html_text(html, is_none ? " were slowed most" : " was slowed most");
    }
    html_text(html, report->group_count > 1 ? ": " : ", ");
    if (has_times(group, &responses))
        put_times(html, group, &responses);
    if (has_times(group, &responses) && has_times(group, &completion))
        html_text(html, ", and ");
    if (has_times(group, &completion))
        put_times(html, group, &completion);
    else
        html_text(html, "no flow has payload to complete");
    if (!has_times(group, &responses))
        html_text(html, "; there were no TCP responses to time");
    html_text(html, ".");
    html_markup(html, "</p>\n");
}

/* --- to whom ----------------------------------------------------------------------------- */

static void put_worst(struct html *html, const struct report_flows *flows)
{
    const struct report_flow *flow = &flows->flows[0];
    double waited_s = flows->shown > 0 ? report_flow_waited_s(flow) : 0;
    char time[REPORT_VALUE_BYTES], captured[REPORT_VALUE_BYTES], factor[REPORT_VALUE_BYTES];

    html_markup(html, "<p>");
    if (!(waited_s > 0)) {
        html_text(html, "No flow was complete later than in the capture.");
        html_markup(html, "</p>\n");
        return;
    }
    html_text(html, flows->count == 1 ? "The one flow, " : "The flow that waited longest, ");
    put_strong(html, flow->initiator);
    html_print(html, " to %s, ", flow->responder);
    if (isinf(flow->completion_s)) {
        html_print(html, "was never complete (%s in the capture): %s of it were not delivered.",
                   report_seconds(captured, flow->captured_s),
                   report_bytes(time, (double)flow->lost_bytes));
    } else {
        html_text(html, "was complete after ");
        put_strong(html, report_seconds(time, flow->completion_s));
        html_print(html, " instead of %s", report_seconds(captured, flow->captured_s));
        if (flow->captured_s > 0)
            html_print(html, ", %s the time",
                       report_times(factor, flow->completion_s / flow->captured_s));
        html_text(html, ".");
    }
    html_markup(html, "</p>\n");
}

/* --- fairness ---------------------------------------------------------------------------- */

/* The least fair direction of a group; of no group where flows competed in none. */
struct fairness {
    const struct report_group *group;
    enum shaper_direction direction;
    double mean, least;
    double window_s;   /* NAN: fairness was not measured */
    size_t directions; /* that flows competed in */
};

static void take_fairness(struct fairness *found, const struct report_group *group,
                          enum shaper_direction direction)
{
    const json_t *fairness = json_object_get(report_direction_json(group, direction), "fairness");
    const json_t *headline = json_object_get(fairness, "headline");
    double mean = report_number(headline, NULL, "mean");
    double window_s = report_number(headline, NULL, "window_s");

    if (isnan(mean)) {
        found->window_s = isnan(found->window_s) ? window_s : found->window_s;
        return;
    }
    found->directions++;
    if (found->group && mean >= found->mean)
        return;
    found->group = group;
    found->direction = direction;
    found->mean = mean;
    found->least = report_number(headline, NULL, "min");
    found->window_s = window_s;
}

static void put_fairness(struct html *html, const struct report *report,
                         const struct report_flows *flows)
{
    struct fairness fairness = {.window_s = NAN};
    char window[REPORT_VALUE_BYTES], mean[REPORT_VALUE_BYTES];

    for (size_t i = 0; i < report->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            take_fairness(&fairness, &report->groups[i], (enum shaper_direction)d);
    html_markup(html, "<p>");
    if (fairness.group) {
        html_print(html, "While flows competed, Jain's index over windows of %s was ",
                   report_seconds(window, fairness.window_s));
        snprintf(mean, sizeof(mean), "%.3f", fairness.mean);
        put_strong(html, mean);
        html_print(html, " on average and %.3f at least (group %s, %s%s).", fairness.least,
                   fairness.group->name, shaper_direction_name(fairness.direction),
                   fairness.directions > 1 ? "; the least fair" : "");
    } else if (flows->count <= 1) {
        html_text(html,
                  "There was no other flow to share with, so there is no fairness to measure.");
    } else if (isnan(fairness.window_s)) {
        html_text(html, "Flows shared no limit, so there is no fairness to measure.");
    } else {
        html_print(html,
                   "Flows never competed for a window of %s, so there is no fairness to measure.",
                   report_seconds(window, fairness.window_s));
    }
    html_markup(html, "</p>\n");
}

void report_answer_put(struct html *html, const struct report *report,
                       const struct report_flows *flows)
{
    html_markup(html, "<div class=\"answer\" id=\"answer\">\n");
    put_slowed(html, report);
    put_worst(html, flows);
    put_fairness(html, report, flows);
    html_markup(html, "</div>\n");
}
