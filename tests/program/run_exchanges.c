#include "tests/program/run_exchanges.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/program/csv_reader.h"
#include "tests/program/fail.h"

#define GROUPS_MAX        65
#define SLOWEST_MAX       3
#define SLOWDOWN_LEAST_US 1000
#define RESOLUTION        0.008 /* of a percentile */

/* Of a response, or of a flow's payload. */
struct timing {
    int64_t flow, exchange;
    double captured, measured; /* seconds; INFINITY: not wholly delivered */
};

struct timings {
    struct timing *all;
    size_t count;
};

static struct exchange_group {
    char name[256];
    struct timings responses, completions;
    int64_t without_response, left_out;
} groups[GROUPS_MAX];
static size_t group_count;

/* A flow's rows so far. */
static struct flow_rows {
    int64_t count, last_start_us;
    int64_t bytes[2]; /* requests, responses */
} * flows;
static int64_t flow_numbers;

static struct exchange_group *group_named(const char *name)
{
    size_t i = 0;

    while (i < group_count && strcmp(groups[i].name, name) != 0)
        i++;
    if (i == GROUPS_MAX)
        fail("more than %d groups", GROUPS_MAX);
    if (i == group_count)
        snprintf(groups[group_count++].name, sizeof(groups[i].name), "%s", name);
    return &groups[i];
}

static void add_timing(struct timings *timings, struct timing timing)
{
    if ((timings->count & (timings->count - 1)) == 0) {
        size_t room = timings->count ? 2 * timings->count : 1;
        timings->all = realloc(timings->all, room * sizeof(*timings->all));
        if (!timings->all)
            abort();
    }
    timings->all[timings->count++] = timing;
}

static double seconds(int64_t us)
{
    return us < 0 ? INFINITY : (double)us / 1e6;
}

void run_exchanges_note_completion(const char *group, int64_t captured_us, int64_t us)
{
    add_timing(&group_named(group)->completions,
               (struct timing){.captured = seconds(captured_us), .measured = seconds(us)});
}

/* --- exchanges.csv ------------------------------------------------------------------------ */

static int64_t time_or_none(const struct csv_reader *csv, const char *column)
{
    return csv_reader_is_empty(csv, column) ? -1 : csv_reader_time_us(csv, column);
}

static struct flow_rows *rows_of(const struct csv_reader *csv, int64_t number)
{
    flows = csv_reader_room_for_flow(csv, number, flows, &flow_numbers, sizeof(*flows));
    return &flows[number];
}

static void check_times(const struct csv_reader *csv, const struct exchange_flow *flow,
                        int64_t start_us, bool is_open, struct timing *timing)
{
    int64_t captured_first_us = time_or_none(csv, "captured_first_byte_s");
    int64_t captured_us = time_or_none(csv, "captured_response_s");
    int64_t first_us = time_or_none(csv, "first_byte_s");
    int64_t response_us = time_or_none(csv, "response_s");
    bool has_response = csv_reader_integer(csv, "response_bytes") > 0;

    if (has_response != (captured_us >= 0) || has_response != (captured_first_us >= 0))
        csv_reader_fail(csv, "a response has its captured times does not hold");
    if (captured_first_us > captured_us || (response_us >= 0 && first_us > response_us) ||
        (response_us >= 0 && first_us < 0))
        csv_reader_fail(csv, "first byte <= response does not hold");
    if (first_us >= 0 && (start_us < 0 || !has_response))
        csv_reader_fail(csv, "a first byte of what has not begun, or has no response");
    if (response_us >= 0 && start_us + response_us > flow->end_us)
        csv_reader_fail(csv, "a response ends with its flow does not hold");
    if (is_open && ((first_us >= 0 && first_us < captured_first_us) ||
                    (response_us >= 0 && response_us < captured_us)))
        csv_reader_fail(csv, "in open replay, not before it was captured does not hold");
    timing->captured = seconds(captured_us);
    timing->measured = seconds(response_us);
}

static void check_order(const struct csv_reader *csv, const struct exchange_flow *flow,
                        struct flow_rows *rows, int64_t start_us)
{
    int64_t least_us = rows->count > 0 ? rows->last_start_us : flow->start_us;

    if (csv_reader_integer(csv, "exchange") != ++rows->count)
        csv_reader_fail(csv, "a flow's exchanges count from 1 does not hold");
    if (start_us >= 0 && (start_us < least_us || start_us > flow->end_us))
        csv_reader_fail(csv, "start of the one before <= start <= the flow's end does not hold");
    if (start_us >= 0 && least_us < 0)
        csv_reader_fail(csv, "it begins, but the one before it does not");
    rows->last_start_us = start_us;
    rows->bytes[0] += csv_reader_integer(csv, "request_bytes");
    rows->bytes[1] += csv_reader_integer(csv, "response_bytes");
}

static void check_row(const struct csv_reader *csv, bool is_open, exchange_flow_callback *flow_of)
{
    struct timing timing = {.flow = csv_reader_integer(csv, "flow"),
                            .exchange = csv_reader_integer(csv, "exchange")};
    struct flow_rows *rows = rows_of(csv, timing.flow);
    struct exchange_flow flow = flow_of(timing.flow);
    struct exchange_group *group = group_named(csv_reader_text(csv, "group"));
    int64_t start_us = time_or_none(csv, "start_s");

    if (!flow.group)
        csv_reader_fail(csv, "flow %" PRId64 " is not in flows.csv", timing.flow);
    if (!flow.moves && strcmp(group->name, flow.group) != 0)
        csv_reader_fail(csv, "the group is not that of flows.csv");
    check_order(csv, &flow, rows, start_us);
    check_times(csv, &flow, start_us, is_open, &timing);
    if (!flow.is_tcp)
        return;
    if (isinf(timing.captured)) {
        group->without_response++;
        return;
    }
    group->left_out += timing.captured * 1e6 < SLOWDOWN_LEAST_US - 0.5;
    add_timing(&group->responses, timing);
}

static void check_offered(bool is_whole, exchange_flow_callback *flow_of)
{
    for (int64_t number = 1; number < flow_numbers; number++) {
        struct exchange_flow flow = flow_of(number);
        if (!flow.group || flows[number].count == 0 || flow.has_lost || !is_whole)
            continue;
        for (int i = 0; i < 2; i++)
            if (flows[number].bytes[i] != flow.offered_bytes[i])
                fail("exchanges.csv: flow %" PRId64 ": %s of %" PRId64
                     " bytes = offered in flows.csv, %" PRId64 ", does not hold",
                     number, i == 0 ? "requests" : "responses", flows[number].bytes[i],
                     flow.offered_bytes[i]);
    }
}

/* --- summary.json ------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void check_figure(const struct exchange_group *group, json_t *object, const char *key,
                         double exact, double resolution)
{
    json_t *value = json_object_get(object, key);

    if (!value)
        fail("summary.json: group '%s': no %s", group->name, key);
    double figure = json_is_null(value) ? INFINITY : json_number_value(value);
    if (isinf(exact) ? !isinf(figure)
                     : !(fabs(figure - exact) <= fabs(exact) * resolution + 1.5e-6))
        fail("summary.json: group '%s': %s is %.6f, but sorted %.6f", group->name, key, figure,
             exact);
}

/* The percentiles NAME_p50 and so on, of `values`, which are sorted, and the maximum. */
static void check_percentiles(const struct exchange_group *group, json_t *object, const char *name,
                              const char *unit, double *values, size_t count)
{
    static const size_t per_mille[] = {500, 900, 990};
    char key[64];

    qsort(values, count, sizeof(*values), compare_doubles);
    for (size_t i = 0; i < 3; i++) {
        if (per_mille[i] == 900 && !*unit)
            continue;
        size_t rank = (count * per_mille[i] + 999) / 1000;
        snprintf(key, sizeof(key), "%s_p%zu%s", name, per_mille[i] / 10, unit);
        check_figure(group, object, key, count > 0 ? values[rank - 1] : INFINITY, RESOLUTION);
    }
    snprintf(key, sizeof(key), "%s_max%s", name, unit);
    if (*unit)
        check_figure(group, object, key, count > 0 ? values[count - 1] : INFINITY, 0);
}

static double measured_of(const struct timing *timing)
{
    return timing->measured;
}

static double captured_of(const struct timing *timing)
{
    return timing->captured;
}

static double added_of(const struct timing *timing)
{
    return timing->measured - timing->captured;
}

static double slowdown_of(const struct timing *timing)
{
    return timing->captured * 1e6 < SLOWDOWN_LEAST_US - 0.5 ? NAN
                                                            : timing->measured / timing->captured;
}

/* Those for which `of` is a number. */
static void check_timings(const struct exchange_group *group, json_t *object, const char *name,
                          const char *unit, const struct timings *timings,
                          double (*of)(const struct timing *timing))
{
    double *values = calloc(timings->count + 1, sizeof(*values));
    size_t count = 0;

    if (!values)
        abort();
    for (size_t i = 0; i < timings->count; i++) {
        values[count] = of(&timings->all[i]);
        count += isnan(values[count]) ? 0 : 1;
    }
    check_percentiles(group, object, name, unit, values, count);
    free(values);
}

static int64_t unanswered(const struct timings *timings)
{
    int64_t count = 0;

    for (size_t i = 0; i < timings->count; i++)
        count += isinf(timings->all[i].measured) ? 1 : 0;
    return count;
}

static void check_count(const struct exchange_group *group, json_t *object, const char *key,
                        int64_t count)
{
    if (json_integer_value(json_object_get(object, key)) != count)
        fail("summary.json: group '%s': %s is not the %" PRId64 " of the rows", group->name, key,
             count);
}

static int slower_first(const void *a, const void *b)
{
    const struct timing *x = a, *y = b;
    double added_x = added_of(x), added_y = added_of(y);

    if (isinf(added_x) != isinf(added_y))
        return isinf(added_x) ? -1 : 1;
    if (!isinf(added_x) && fabs(added_x - added_y) > 0.5e-6)
        return added_x > added_y ? -1 : 1;
    if (x->flow != y->flow)
        return x->flow < y->flow ? -1 : 1;
    return x->exchange < y->exchange ? -1 : x->exchange > y->exchange;
}

static void check_slowest(struct exchange_group *group, json_t *array)
{
    size_t count = group->responses.count < SLOWEST_MAX ? group->responses.count : SLOWEST_MAX;

    if (count > 0)
        qsort(group->responses.all, group->responses.count, sizeof(struct timing), slower_first);
    if (json_array_size(array) != count)
        fail("summary.json: group '%s': %zu slowest exchanges, not %zu", group->name,
             json_array_size(array), count);
    for (size_t i = 0; i < count; i++) {
        json_t *object = json_array_get(array, i);
        check_count(group, object, "flow", group->responses.all[i].flow);
        check_count(group, object, "exchange", group->responses.all[i].exchange);
    }
}

static void check_responses(struct exchange_group *group, json_t *object)
{
    const struct timings *responses = &group->responses;

    check_count(group, object, "exchanges", (int64_t)responses->count);
    check_count(group, object, "unanswered", unanswered(responses));
    check_count(group, object, "without_response", group->without_response);
    check_count(group, object, "slowdown_left_out", group->left_out);
    check_timings(group, object, "response", "_s", responses, measured_of);
    check_timings(group, object, "captured_response", "_s", responses, captured_of);
    check_timings(group, object, "added", "_s", responses, added_of);
    check_timings(group, object, "slowdown", "", responses, slowdown_of);
    check_slowest(group, json_object_get(object, "slowest"));
}

static void check_completion(struct exchange_group *group, json_t *object)
{
    const struct timings *completions = &group->completions;

    check_count(group, object, "flows", (int64_t)completions->count);
    check_count(group, object, "incomplete", unanswered(completions));
    check_timings(group, object, "completion", "_s", completions, measured_of);
    check_timings(group, object, "captured_completion", "_s", completions, captured_of);
}

void run_exchanges_check(const char *directory, json_t *summary, bool is_whole,
                         exchange_flow_callback *flow_of)
{
    json_t *settings = json_object_get(summary, "settings"), *group;
    json_t *recorded = json_object_get(settings, "exchanges");
    bool is_open = strcmp(json_string_value(json_object_get(settings, "replay")), "open") == 0;
    bool is_stream = strcmp(json_string_value(json_object_get(settings, "count")), "stream") == 0;
    bool is_all = json_is_string(recorded) && strcmp(json_string_value(recorded), "all") == 0;
    size_t i;

    if (json_object_get(json_object_get(summary, "files"), "exchanges.csv")) {
        struct csv_reader *csv = csv_reader_open(directory, "exchanges.csv");
        while (csv_reader_next(csv))
            check_row(csv, is_open, flow_of);
        csv_reader_free(csv);
        check_offered(is_whole && is_stream, flow_of);
    }
    json_array_foreach(json_object_get(summary, "groups"), i, group)
    {
        struct exchange_group *of = group_named(json_string_value(json_object_get(group, "name")));
        if (is_all)
            check_responses(of, json_object_get(group, "responses"));
        check_completion(of, json_object_get(group, "completion"));
    }
}

void run_exchanges_free(void)
{
    for (size_t i = 0; i < group_count; i++) {
        free(groups[i].responses.all);
        free(groups[i].completions.all);
    }
    free(flows);
}
