#include "sim/verify/verify_exchanges.h"

#include <stdlib.h>
#include <string.h>

#include "sim/account/summary_responses.h"
#include "sim/base/numbers.h"
#include "sim/verify/verify_json.h"
#include "sim/verify/verify_moves.h"
#include "sim/verify/verify_rows.h"

/* A row. Times are -1 where they are empty. */
struct exchange_fields {
    struct verified_flow *flow;
    const struct verified_group *group;
    int64_t number;
    int64_t start_us;
    int64_t request_bytes, response_bytes;
    int64_t captured_first_us, first_us;
    int64_t captured_response_us, response_us;
};

/* Of a flow: its rows so far. */
struct flow_rows {
    int64_t count;
    int64_t request_bytes, response_bytes;
    bool are_all_answered;
    struct exchange_fields last;
};

struct verified_exchanges {
    struct flow_rows *flows;
    struct response_times responses[GROUPS_MAX + 1];
    struct completion_times completions[GROUPS_MAX + 1];
};

struct exchange_pass {
    struct verification *verification;
    struct csv_reader *reader;
    int columns[EXCHANGES_COLUMNS];
};

static bool records_all(const struct verification *v)
{
    return v->run->exchanges == EXCHANGES_ALL;
}

static void expect(struct exchange_pass *pass, int column, bool holds, const char *why)
{
    verify_true(pass->verification, CHECK_EXCHANGES, pass->reader, pass->columns[column], holds,
                why);
}

/* --- one row --------------------------------------------------------------------------------- */

static int64_t read_time(struct exchange_pass *pass, int column)
{
    return csv_reader_is_empty(pass->reader, pass->columns[column])
               ? -1
               : csv_reader_time_us(pass->reader, pass->columns[column]);
}

/* false after a fault: the row is of no flow or group. */
static bool read_row(struct exchange_pass *pass, struct exchange_fields *row)
{
    struct verification *v = pass->verification;
    const int *columns = pass->columns;
    struct csv_reader *reader = pass->reader;

    *row = (struct exchange_fields){
        .flow = verify_flow(v, csv_reader_count(reader, columns[EXCHANGES_FLOW])),
        .group = verify_group(v, csv_reader_text(reader, columns[EXCHANGES_GROUP])),
        .number = csv_reader_count(reader, columns[EXCHANGES_EXCHANGE]),
        .start_us = read_time(pass, EXCHANGES_START),
        .request_bytes = csv_reader_count(reader, columns[EXCHANGES_REQUEST]),
        .response_bytes = csv_reader_count(reader, columns[EXCHANGES_RESPONSE]),
        .captured_first_us = read_time(pass, EXCHANGES_CAPTURED_FIRST_BYTE),
        .first_us = read_time(pass, EXCHANGES_FIRST_BYTE),
        .captured_response_us = read_time(pass, EXCHANGES_CAPTURED_RESPONSE),
        .response_us = read_time(pass, EXCHANGES_RESPONSE_TIME)};
    if (!verify_read_well(v, reader))
        return false;
    expect(pass, EXCHANGES_FLOW, row->flow && (row->flow->is_tcp || row->flow->is_udp),
           "a flow of TCP or UDP in flows.csv");
    expect(pass, EXCHANGES_GROUP, row->group && row->flow && moves_was_in(v, row->flow, row->group),
           "a group that the flow was in");
    return row->flow && row->group;
}

/* A request comes after a response, and starts after what was due before. */
static void check_order(struct exchange_pass *pass, const struct exchange_fields *row,
                        const struct flow_rows *before)
{
    int64_t earliest_us = before->count > 0 ? before->last.start_us : row->flow->start_us;

    verify_equal(pass->verification, CHECK_EXCHANGES, pass->reader,
                 pass->columns[EXCHANGES_EXCHANGE], row->number, before->count + 1,
                 "a flow's exchanges come in order");
    expect(pass, EXCHANGES_REQUEST, row->request_bytes > 0 || before->count == 0,
           "only a flow's first exchange may have no request");
    expect(pass, EXCHANGES_RESPONSE, row->request_bytes > 0 || row->response_bytes > 0,
           "an exchange has bytes");
    expect(pass, EXCHANGES_EXCHANGE, before->count == 0 || before->last.response_bytes > 0,
           "the one before it has a response");
    expect(pass, EXCHANGES_START,
           row->start_us < 0 || (earliest_us >= 0 && row->start_us >= earliest_us &&
                                 row->start_us <= pass->verification->end_us),
           "between the one before it and the run's end");
}

static void check_times(struct exchange_pass *pass, const struct exchange_fields *row)
{
    const struct verification *v = pass->verification;
    bool has_response = row->response_bytes > 0;
    int64_t least_first_us = v->run->is_closed_loop ? 0 : row->captured_first_us;
    int64_t least_us = v->run->is_closed_loop ? 0 : row->captured_response_us;

    expect(pass, EXCHANGES_CAPTURED_FIRST_BYTE, (row->captured_first_us >= 0) == has_response,
           "given with a response");
    expect(pass, EXCHANGES_CAPTURED_RESPONSE,
           (row->captured_response_us >= 0) == has_response &&
               row->captured_response_us >= row->captured_first_us,
           "given with a response, and not before its first byte");
    expect(pass, EXCHANGES_FIRST_BYTE,
           row->first_us < 0 ||
               (has_response && row->start_us >= 0 && row->first_us >= least_first_us),
           "of a response to what was due, in open replay not before it was captured");
    expect(pass, EXCHANGES_RESPONSE_TIME,
           row->response_us < 0 ||
               (row->first_us >= 0 && row->response_us >= max_i64(least_us, row->first_us) &&
                row->start_us + row->response_us <= row->flow->end_us),
           "between the first byte and the flow's end, in open replay not before it was captured");
}

/* In open replay a packet is later than in the capture by its delay. */
static void check_delays(struct exchange_pass *pass, const struct exchange_fields *row)
{
    const struct verification *v = pass->verification;
    enum shaper_direction responses = v->run->shape_initiator ? SHAPER_READ : SHAPER_WRITE;
    int64_t most_us = row->flow->max_delay_us[responses];

    if (v->run->is_closed_loop)
        return;
    expect(pass, EXCHANGES_FIRST_BYTE,
           row->first_us - row->captured_first_us <= max_i64(0, most_us),
           "no later than captured than the flow's longest delay");
    expect(pass, EXCHANGES_RESPONSE_TIME,
           row->response_us - row->captured_response_us <= max_i64(0, most_us),
           "no later than captured than the flow's longest delay");
}

static void add_response(struct verification *v, const struct exchange_fields *row)
{
    const struct response response = {.flow = (uint64_t)row->flow->number,
                                      .exchange = (uint64_t)row->number,
                                      .start_us = row->start_us,
                                      .captured_response_us = row->captured_response_us,
                                      .response_us = row->response_us,
                                      .ip_version = row->flow->ip_version,
                                      .initiator = row->flow->initiator,
                                      .responder = row->flow->responder};

    if (row->flow->is_tcp &&
        response_times_add(&v->exchanges->responses[row->group->index], &response) != 0)
        sim_fail(v->error, SIM_FAILED, "exchanges.csv: out of memory");
}

static bool take_row(struct exchange_pass *pass)
{
    struct verification *v = pass->verification;
    struct exchange_fields row;

    if (!read_row(pass, &row))
        return false;
    struct flow_rows *rows = &v->exchanges->flows[row.flow->index];
    check_order(pass, &row, rows);
    check_times(pass, &row);
    check_delays(pass, &row);
    add_response(v, &row);
    rows->are_all_answered = (rows->count == 0 || rows->are_all_answered) &&
                             (row.response_bytes == 0 || row.response_us >= 0);
    rows->count++;
    rows->request_bytes += row.request_bytes;
    rows->response_bytes += row.response_bytes;
    rows->last = row;
    return verify_read_well(v, pass->reader);
}

/* --- a flow's rows --------------------------------------------------------------------------- */

static void expect_of_flow(struct verification *v, const struct verified_flow *flow, bool holds,
                           const char *why)
{
    if (holds)
        check_holds(v->checks, CHECK_EXCHANGES);
    else
        check_fails(v->checks, CHECK_EXCHANGES, "exchanges.csv: flow %lld: %s",
                    (long long)flow->number, why);
}

/* Of a stream all that is offered is in an exchange; of packets also what is sent again is offered,
 * and headers are. */
static void check_bytes(struct verification *v, const struct verified_flow *flow,
                        const struct flow_rows *rows)
{
    enum shaper_direction requests = v->run->shape_initiator ? SHAPER_WRITE : SHAPER_READ;
    int64_t offered[2] = {flow->offered_bytes[requests], flow->offered_bytes[!requests]};
    int64_t bytes[2] = {rows->request_bytes, rows->response_bytes};
    bool is_all_offered = v->is_drained && !flow->is_broken;

    for (int i = 0; i < 2; i++) {
        const char *why = i == 0 ? "its requests have other bytes than it was offered"
                                 : "its responses have other bytes than it was offered";
        if (v->run->source.count == COUNT_STREAM)
            expect_of_flow(v, flow,
                           is_all_offered ? bytes[i] == offered[i] : bytes[i] >= offered[i], why);
        else if (is_all_offered)
            expect_of_flow(v, flow, bytes[i] <= offered[i], why);
    }
}

/* Its last byte of payload is not before that of its last exchange. */
static void check_completion(struct verification *v, const struct verified_flow *flow,
                             const struct flow_rows *rows)
{
    const struct exchange_fields *last = &rows->last;
    int64_t captured_us = flow->captured_completion_us;
    int64_t start_us = last->start_us - flow->start_us;

    if (!v->run->is_closed_loop && last->response_bytes > 0 && last->start_us >= 0 && v->is_drained)
        expect_of_flow(v, flow, captured_us == start_us + last->captured_response_us,
                       "captured_completion_s is not the end of its last response");
    else
        expect_of_flow(v, flow, captured_us >= max_i64(0, last->captured_response_us),
                       "captured_completion_s is before the end of its last response");
    if (flow->completion_us < 0)
        return;
    if (!v->run->is_closed_loop)
        expect_of_flow(
            v, flow,
            flow->completion_us - captured_us <=
                max_i64(flow->max_delay_us[SHAPER_READ], flow->max_delay_us[SHAPER_WRITE]),
            "completion_s is later by more than its longest delay");
    expect_of_flow(v, flow,
                   rows->are_all_answered && last->start_us >= 0 &&
                       flow->completion_us >= start_us + max_i64(0, last->response_us),
                   "completion_s is before the end of its last response");
}

static void check_flow(struct verification *v, const struct verified_flow *flow)
{
    const struct flow_rows *rows = &v->exchanges->flows[flow->index];
    bool has_payload = flow->captured_completion_us >= 0;

    if (!flow->is_tcp && !flow->is_udp)
        return;
    if ((records_all(v) && v->is_drained) || rows->count > 0)
        expect_of_flow(v, flow, has_payload == (rows->count > 0),
                       "it has exchanges if, and only if, it has payload");
    if (rows->count == 0 || !has_payload)
        return;
    check_bytes(v, flow, rows);
    check_completion(v, flow, rows);
}

/* --- all of them ----------------------------------------------------------------------------- */

static bool add_completions(struct verification *v)
{
    for (const struct verified_flow *flow = v->flows; flow; flow = flow->hh.next)
        if (flow->captured_completion_us >= 0 &&
            completion_times_add(&v->exchanges->completions[flow->group->index],
                                 flow->captured_completion_us, flow->completion_us) != 0) {
            sim_fail(v->error, SIM_FAILED, "flows.csv: out of memory");
            return false;
        }
    return true;
}

static bool read_rows(struct verification *v)
{
    struct exchange_pass pass = {.verification = v};
    bool good = true;

    pass.reader = verify_open(v, run_file_names[RUN_EXCHANGES]);
    if (!pass.reader)
        return false;
    csv_table_find_each(&exchanges_table, pass.reader, pass.columns);
    while (good && csv_reader_next(pass.reader))
        good = take_row(&pass);
    good = verify_read_well(v, pass.reader) && good;
    csv_reader_free(pass.reader);
    for (const struct verified_flow *flow = v->flows; flow && good; flow = flow->hh.next)
        check_flow(v, flow);
    return good;
}

bool verify_exchanges(struct verification *v)
{
    v->exchanges = verify_allocate(v, "exchanges.csv", 1, sizeof(*v->exchanges));
    if (!v->exchanges)
        return false;
    v->exchanges->flows =
        verify_allocate(v, "exchanges.csv", verify_flow_count(v), sizeof(*v->exchanges->flows));
    if (!v->exchanges->flows || !add_completions(v))
        return false;
    return v->run->exchanges == 0 || read_rows(v);
}

void verify_exchanges_free(struct verification *v)
{
    if (!v->exchanges)
        return;
    for (size_t i = 0; i < v->group_count; i++) {
        response_times_fini(&v->exchanges->responses[i]);
        completion_times_fini(&v->exchanges->completions[i]);
    }
    free(v->exchanges->flows);
    free(v->exchanges);
}

static void compare(struct verification *v, const struct verified_group *group, const char *of,
                    const char *key, json_t *expected)
{
    char path[128];

    snprintf(path, sizeof(path), "%s: %s", of, key);
    verify_json(v, path, json_object_get(group->summary, key), expected);
    json_decref(expected);
}

void verify_exchanges_summary(struct verification *v, const struct verified_group *group,
                              const char *of)
{
    if (records_all(v))
        compare(v, group, of, "responses",
                summary_responses(&v->exchanges->responses[group->index]));
    compare(v, group, of, "completion",
            summary_completion(&v->exchanges->completions[group->index]));
}
