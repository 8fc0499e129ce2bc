#include "sim/verify/verify_flows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/numbers.h"
#include "sim/verify/endpoints.h"
#include "sim/verify/verify_rows.h"

/* Columns of reading stand for both directions. */
static const int delay_columns[DELAY_FIGURES] = {FLOWS_READ_DELAY_P50, FLOWS_READ_DELAY_P99,
                                                 FLOWS_READ_DELAY_MAX};

static const char *const close_names[] = {
    [VERIFIED_FIN] = "fin",   [VERIFIED_RST] = "rst", [VERIFIED_SYN] = "syn",
    [VERIFIED_IDLE] = "idle", [VERIFIED_END] = "end", [VERIFIED_CUT] = "cut",
    [VERIFIED_EOF] = "eof"};

/* Also an end of file: verified_flow.is_broken. */
static const char broken_name[] = "broken";

#define CLOSE_NAMES (sizeof(close_names) / sizeof(close_names[0]))

struct flow_columns {
    int flow, group, protocol, addresses[2], ports[2], start, end, close, packets, weight,
        retransmitted, captured_completion, completion;
    int offered[SHAPER_DIRECTIONS], delivered[SHAPER_DIRECTIONS], backlog[SHAPER_DIRECTIONS];
    int delays[SHAPER_DIRECTIONS][DELAY_FIGURES], measured[SHAPER_DIRECTIONS][FLOW_MEASURES];
};

static void find_columns(struct csv_reader *reader, struct flow_columns *columns)
{
    columns->flow = csv_table_find(&flows_table, FLOWS_FLOW, SHAPER_READ, reader);
    columns->group = csv_table_find(&flows_table, FLOWS_GROUP, SHAPER_READ, reader);
    columns->protocol = csv_table_find(&flows_table, FLOWS_PROTOCOL, SHAPER_READ, reader);
    columns->addresses[0] =
        csv_table_find(&flows_table, FLOWS_INITIATOR_ADDRESS, SHAPER_READ, reader);
    columns->addresses[1] =
        csv_table_find(&flows_table, FLOWS_RESPONDER_ADDRESS, SHAPER_READ, reader);
    columns->ports[0] = csv_table_find(&flows_table, FLOWS_INITIATOR_PORT, SHAPER_READ, reader);
    columns->ports[1] = csv_table_find(&flows_table, FLOWS_RESPONDER_PORT, SHAPER_READ, reader);
    columns->start = csv_table_find(&flows_table, FLOWS_START, SHAPER_READ, reader);
    columns->end = csv_table_find(&flows_table, FLOWS_END, SHAPER_READ, reader);
    columns->close = csv_table_find(&flows_table, FLOWS_CLOSE, SHAPER_READ, reader);
    columns->packets = csv_table_find(&flows_table, FLOWS_PACKETS, SHAPER_READ, reader);
    columns->weight = csv_table_find(&flows_table, FLOWS_WEIGHT, SHAPER_READ, reader);
    columns->retransmitted = csv_table_find(&flows_table, FLOWS_RETRANSMITTED, SHAPER_READ, reader);
    columns->captured_completion =
        csv_table_find(&flows_table, FLOWS_CAPTURED_COMPLETION, SHAPER_READ, reader);
    columns->completion = csv_table_find(&flows_table, FLOWS_COMPLETION, SHAPER_READ, reader);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        columns->offered[d] = csv_table_find(&flows_table, FLOWS_OFFERED_READ, d, reader);
        columns->delivered[d] = csv_table_find(&flows_table, FLOWS_READ_BYTES, d, reader);
        columns->backlog[d] = csv_table_find(&flows_table, FLOWS_MAX_READ_BACKLOG, d, reader);
        for (int i = 0; i < DELAY_FIGURES; i++)
            columns->delays[d][i] = csv_table_find(&flows_table, delay_columns[i], d, reader);
        for (int i = 0; i < FLOW_MEASURES; i++)
            columns->measured[d][i] =
                csv_table_find(&flows_table, verify_measured_columns[i], d, reader);
    }
}

/* --- one row --------------------------------------------------------------------------------- */

static void check_endpoints(struct verification *v, struct csv_reader *reader,
                            const struct flow_columns *columns, struct verified_flow *flow)
{
    const char *protocol = csv_reader_text(reader, columns->protocol);

    flow->is_tcp = strcmp(protocol, "tcp") == 0;
    flow->is_udp = strcmp(protocol, "udp") == 0;
    verify_true(v, CHECK_RANGES, reader, columns->protocol, endpoint_is_protocol(protocol),
                "it is a protocol's name or number");
    for (int i = 0; i < 2; i++) {
        struct endpoint *endpoint = i == 0 ? &flow->initiator : &flow->responder;
        int64_t port = csv_reader_count(reader, columns->ports[i]);
        flow->ip_version =
            endpoint_address(csv_reader_text(reader, columns->addresses[i]), endpoint->address);
        endpoint->port = (uint16_t)port;
        verify_true(v, CHECK_RANGES, reader, columns->addresses[i], flow->ip_version > 0,
                    "it is an IPv4 or IPv6 address");
        verify_true(v, CHECK_RANGES, reader, columns->ports[i], port <= UINT16_MAX,
                    "a port is at most 65535");
    }
}

static bool has_backlog(const struct verified_flow *flow)
{
    return flow->offered_bytes[SHAPER_READ] > flow->delivered_bytes[SHAPER_READ] ||
           flow->offered_bytes[SHAPER_WRITE] > flow->delivered_bytes[SHAPER_WRITE];
}

static bool is_weight(const struct scheduling_config *scheduling, int64_t weight)
{
    for (size_t i = 0; i < scheduling->weight_count; i++)
        if (scheduling->weights[i].weight == weight)
            return true;
    return weight == 1;
}

/* Only TCP sends again. */
static void check_retransmitted(struct verification *v, struct csv_reader *reader,
                                const struct flow_columns *columns,
                                const struct verified_flow *flow)
{
    bool is_tcp = strcmp(csv_reader_text(reader, columns->protocol), "tcp") == 0;
    int64_t bytes = csv_reader_count(reader, columns->retransmitted);

    verify_true(v, CHECK_RANGES, reader, columns->retransmitted, is_tcp || bytes == 0,
                "only TCP retransmits");
    struct flow_totals *totals = &v->flow_totals[flow->group->index];
    totals->retransmitted_bytes += bytes;
    if (is_tcp)
        totals->tcp_offered_bytes +=
            flow->offered_bytes[SHAPER_READ] + flow->offered_bytes[SHAPER_WRITE];
}

/* Only TCP closes by flags; any flow closes after --idle-timeout without a packet. */
static void check_close(struct verification *v, struct csv_reader *reader,
                        const struct flow_columns *columns, const struct verified_flow *flow)
{
    bool is_tcp = strcmp(csv_reader_text(reader, columns->protocol), "tcp") == 0;

    verify_true(v, CHECK_RANGES, reader, columns->close,
                is_tcp || !verify_close_may_return(flow->close),
                "only TCP ends by fin, rst or syn");
    if (flow->close == VERIFIED_IDLE)
        verify_true(v, CHECK_RANGES, reader, columns->close,
                    flow->end_us - flow->start_us >= v->run->source.idle_timeout_us,
                    "a flow is idle after --idle-timeout");
}

static void check_times(struct verification *v, struct csv_reader *reader,
                        const struct flow_columns *columns, const struct verified_flow *flow)
{
    verify_true(v, CHECK_RANGES, reader, columns->start, flow->start_us <= flow->end_us,
                "start_s <= end_s");
    verify_true(v, CHECK_RANGES, reader, columns->end, flow->end_us <= v->end_us,
                "no flow ends after the run");
    if (flow->close == VERIFIED_CUT)
        verify_true(v, CHECK_RANGES, reader, columns->close,
                    !v->is_drained && flow->end_us == v->end_us,
                    "flows are cut at the end of a run that was ended early");
    else if (has_backlog(flow) && flow->close != VERIFIED_EOF)
        verify_true(v, CHECK_RANGES, reader, columns->end, flow->end_us == v->end_us,
                    "a flow that still waits ends with the run");
}

static int64_t read_time(struct csv_reader *reader, int column)
{
    return csv_reader_is_empty(reader, column) ? -1 : csv_reader_time_us(reader, column);
}

/* From the flow's first packet to its last byte of payload; of a stream all bytes are payload. */
static void check_completion(struct verification *v, struct csv_reader *reader,
                             const struct flow_columns *columns, struct verified_flow *flow)
{
    bool is_stream = v->run->source.count == COUNT_STREAM;
    bool is_complete = v->is_drained && !flow->is_broken && !has_backlog(flow);
    bool has_bytes = flow->offered_bytes[SHAPER_READ] + flow->offered_bytes[SHAPER_WRITE] > 0;

    flow->captured_completion_us = read_time(reader, columns->captured_completion);
    flow->completion_us = read_time(reader, columns->completion);
    verify_true(v, CHECK_RANGES, reader, columns->captured_completion,
                !is_stream || flow->captured_completion_us >= 0 || !has_bytes,
                "given where there is payload");
    if (is_stream && is_complete)
        verify_true(v, CHECK_RANGES, reader, columns->completion,
                    (flow->completion_us >= 0) == has_bytes, "given where all was delivered");
    if (flow->completion_us < 0)
        return;
    verify_true(v, CHECK_RANGES, reader, columns->completion,
                flow->captured_completion_us >= 0 &&
                    flow->completion_us >= flow->captured_completion_us &&
                    flow->start_us + flow->completion_us <= flow->end_us &&
                    (!is_stream || !has_backlog(flow)),
                "delivered after it was captured, wholly, and before the flow's end");
}

static void check_delays(struct verification *v, struct csv_reader *reader,
                         const struct flow_columns *columns, struct verified_flow *flow, int d)
{
    const int *delay_columns_of = columns->delays[d];
    struct flow_totals *totals = &v->flow_totals[flow->group->index];
    bool is_empty = csv_reader_is_empty(reader, delay_columns_of[2]);
    int64_t us[DELAY_FIGURES];

    for (int i = 0; i < DELAY_FIGURES; i++) {
        if (csv_reader_is_empty(reader, delay_columns_of[i]) != is_empty) {
            verify_row_fails(v, CHECK_RANGES, reader, delay_columns_of[i],
                             "delays are all given or all empty");
            return;
        }
    }
    verify_true(v, CHECK_RANGES, reader, delay_columns_of[2],
                is_empty ? flow->delivered_bytes[d] == 0 ||
                               flow->delivered_bytes[d] < flow->offered_bytes[d]
                         : flow->delivered_bytes[d] > 0,
                "delays are given where a packet was delivered, and nowhere else");
    flow->max_delay_us[d] = -1;
    if (is_empty)
        return;
    for (int i = 0; i < DELAY_FIGURES; i++) {
        us[i] = csv_reader_time_us(reader, delay_columns_of[i]);
        if (i > 0)
            verify_true(v, CHECK_RANGES, reader, delay_columns_of[i], us[i - 1] <= us[i],
                        "p50 <= p99 <= max");
        if (totals->least_delay_us[d][i] < 0 || us[i] < totals->least_delay_us[d][i])
            totals->least_delay_us[d][i] = us[i];
        totals->most_delay_us[d][i] = max_i64(totals->most_delay_us[d][i], us[i]);
    }
    verify_true(v, CHECK_RANGES, reader, delay_columns_of[2],
                us[2] <= flow->end_us - flow->start_us, "no delay is longer than the flow");
    flow->max_delay_us[d] = us[2];
}

static void check_bytes(struct verification *v, struct csv_reader *reader,
                        const struct flow_columns *columns, struct verified_flow *flow, int d)
{
    int64_t backlog = flow->offered_bytes[d] - flow->delivered_bytes[d];
    int64_t max_backlog = flow->max_backlog_bytes[d];

    if (v->is_drained && flow->close != VERIFIED_EOF)
        verify_equal(v, CHECK_CONSERVATION, reader, columns->delivered[d], flow->delivered_bytes[d],
                     flow->offered_bytes[d], "the run drained, so all that was offered");
    else
        verify_true(v, CHECK_CONSERVATION, reader, columns->delivered[d], backlog >= 0,
                    "no more is delivered than was offered");
    verify_true(v, CHECK_RANGES, reader, columns->backlog[d],
                max_backlog >= backlog && max_backlog <= flow->offered_bytes[d] &&
                    (max_backlog > 0) == (flow->offered_bytes[d] > 0),
                "what still waits <= the largest backlog <= offered");
}

/* Of all that went through a receive window. */
static int64_t largest_packet_bytes(const struct verification *v)
{
    int64_t largest_bytes = 0;

    for (size_t i = 0; i < v->group_count; i++) {
        json_t *read = json_object_get(v->groups[i].summary, shaper_direction_name(SHAPER_READ));
        largest_bytes = max_i64(largest_bytes,
                                json_integer_value(json_object_get(read, "largest_packet_bytes")));
    }
    return largest_bytes;
}

static void check_window(struct verification *v, struct csv_reader *reader,
                         const struct flow_columns *columns, const struct verified_flow *flow)
{
    if (v->run->receive_window_bytes == 0 ||
        strcmp(csv_reader_text(reader, columns->protocol), "tcp") != 0)
        return;
    verify_true(v, CHECK_RANGES, reader, columns->backlog[SHAPER_READ],
                flow->max_backlog_bytes[SHAPER_READ] <=
                    max_i64(v->run->receive_window_bytes, largest_packet_bytes(v)),
                "no more than --receive-window, or the largest packet");
}

/* Given for flows that end in a group with ticks. If every tick of every flow is recorded,
 * verify_recomputed.c checks them exactly. */
static void check_measures(struct verification *v, struct csv_reader *reader,
                           const struct flow_columns *columns, struct verified_flow *flow, int d)
{
    bool is_measured = !csv_reader_is_empty(reader, columns->measured[0][0]);
    const int *measured = columns->measured[d];
    int64_t tick_us = run_config_shortest_tick_ms(v->run) * 1000;
    int64_t most[FLOW_MEASURES] = {[CONTENDED_TICKS] = INT64_MAX,
                                   [CONTENDED_BYTES] = flow->delivered_bytes[d],
                                   [GPS_LAG_BYTES] = flow->max_backlog_bytes[d],
                                   [WFI_BYTES] = INT64_MAX};

    if (!v->is_real && flow->close != VERIFIED_EOF) /* in any group that it is moved to */
        most[CONTENDED_TICKS] =
            (flow->end_us - flow->start_us) / tick_us + 2 + (int64_t)v->run->event_count;
    for (int i = 0; i < FLOW_MEASURES; i++) {
        bool is_empty = csv_reader_is_empty(reader, measured[i]);
        verify_true(v, CHECK_RANGES, reader, measured[i], is_empty != is_measured,
                    "given for flows of groups with ticks, else empty");
        if (is_empty)
            continue;
        flow->measured[d][i] = csv_reader_count(reader, measured[i]);
        verify_true(v, CHECK_RANGES, reader, measured[i],
                    flow->measured[d][i] <= most[i] &&
                        (i == CONTENDED_TICKS || i == WFI_BYTES || flow->offered_bytes[d] > 0 ||
                         flow->measured[d][i] == 0),
                    "no more than the flow's ticks, bytes and largest backlog");
    }
}

static bool read_close(const struct csv_reader *reader, int column, enum verified_close *close,
                       bool *is_broken)
{
    *is_broken = strcmp(csv_reader_text(reader, column), broken_name) == 0;
    *close = VERIFIED_EOF;
    if (*is_broken)
        return true;
    for (size_t i = 0; i < CLOSE_NAMES; i++) {
        if (strcmp(csv_reader_text(reader, column), close_names[i]) != 0)
            continue;
        *close = (enum verified_close)i;
        return true;
    }
    return false;
}

/* The fields that the rest of the row is compared with; false after a fault. */
static bool read_flow(struct verification *v, struct csv_reader *reader,
                      const struct flow_columns *columns, struct verified_flow *flow)
{
    flow->number = csv_reader_count(reader, columns->flow);
    flow->row = csv_reader_row(reader);
    flow->group = verify_group(v, csv_reader_text(reader, columns->group));
    flow->start_us = csv_reader_time_us(reader, columns->start);
    flow->end_us = csv_reader_time_us(reader, columns->end);
    flow->weight = csv_reader_count(reader, columns->weight);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        flow->offered_bytes[d] = csv_reader_count(reader, columns->offered[d]);
        flow->delivered_bytes[d] = csv_reader_count(reader, columns->delivered[d]);
        flow->max_backlog_bytes[d] = csv_reader_count(reader, columns->backlog[d]);
    }
    if (!verify_read_well(v, reader))
        return false;
    if (!flow->group)
        verify_row_fails(v, CHECK_RANGES, reader, columns->group, "'%.40s' is no group of this run",
                         csv_reader_text(reader, columns->group));
    else if (!read_close(reader, columns->close, &flow->close, &flow->is_broken))
        verify_row_fails(v, CHECK_RANGES, reader, columns->close,
                         "'%.40s' is not one of fin, rst, syn, idle, end, cut, eof, broken",
                         csv_reader_text(reader, columns->close));
    else
        return true;
    return false;
}

const int verify_measured_columns[FLOW_MEASURES] = {[CONTENDED_TICKS] = FLOWS_READ_CONTENDED_TICKS,
                                                    [CONTENDED_BYTES] = FLOWS_READ_CONTENDED_BYTES,
                                                    [GPS_LAG_BYTES] = FLOWS_READ_GPS_LAG,
                                                    [WFI_BYTES] = FLOWS_READ_WFI};

bool verify_was_waiting(const struct verified_flow *flow)
{
    return flow->close == VERIFIED_CUT || (flow->close != VERIFIED_EOF && has_backlog(flow));
}

static void sum_up(struct verification *v, const struct verified_flow *flow)
{
    struct flow_totals *totals = &v->flow_totals[flow->group->index];

    totals->flows++;
    totals->packets += flow->packets;
    totals->false_eofs += flow->close == VERIFIED_EOF;
    totals->broken_flows += flow->is_broken;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        totals->offered_bytes[d] += flow->offered_bytes[d];
        totals->delivered_bytes[d] += flow->delivered_bytes[d];
        totals->most_backlog_bytes[d] += flow->max_backlog_bytes[d];
        totals->largest_backlog_bytes[d] =
            max_i64(totals->largest_backlog_bytes[d], flow->max_backlog_bytes[d]);
    }
}

static bool read_row(struct verification *v, struct csv_reader *reader,
                     const struct flow_columns *columns)
{
    struct verified_flow *flow = calloc(1, sizeof(*flow));

    if (!flow) {
        sim_fail(v->error, SIM_FAILED, "flows.csv: out of memory");
        return false;
    }
    if (!read_flow(v, reader, columns, flow) || flow->number < 1 || verify_flow(v, flow->number)) {
        if (flow->group && !csv_reader_fault(reader) && flow->number != 0)
            verify_true(v, CHECK_RANGES, reader, columns->flow, !verify_flow(v, flow->number),
                        "each flow has one row");
        else if (flow->group && !csv_reader_fault(reader))
            verify_row_fails(v, CHECK_RANGES, reader, columns->flow, "flows count from 1");
        free(flow);
        return false;
    }
    flow->index = HASH_COUNT(v->flows);
    HASH_ADD(hh, v->flows, number, sizeof(flow->number), flow);
    if (!flow->hh.tbl) {
        free(flow);
        sim_fail(v->error, SIM_FAILED, "flows.csv: out of memory");
        return false;
    }
    flow->packets = (uint64_t)csv_reader_count(reader, columns->packets);
    verify_true(v, CHECK_RANGES, reader, columns->packets, flow->packets >= 1,
                "a flow has a packet");
    verify_true(v, CHECK_RANGES, reader, columns->weight,
                is_weight(&v->run->scheduling, flow->weight), "1, or that of a --weight");
    check_endpoints(v, reader, columns, flow);
    check_close(v, reader, columns, flow);
    check_retransmitted(v, reader, columns, flow);
    check_times(v, reader, columns, flow);
    check_completion(v, reader, columns, flow);
    check_window(v, reader, columns, flow);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        check_bytes(v, reader, columns, flow, d);
        check_delays(v, reader, columns, flow, d);
        check_measures(v, reader, columns, flow, d);
    }
    sum_up(v, flow);
    return verify_read_well(v, reader);
}

/* --- all of them ----------------------------------------------------------------------------- */

/* Flows are numbered from 1 in the order in which they open, without a gap. */
static void check_numbers(struct verification *v)
{
    int64_t before_us = 0, count = (int64_t)HASH_COUNT(v->flows);

    for (int64_t number = 1; number <= count; number++) {
        const struct verified_flow *flow = verify_flow(v, number);
        if (!flow) {
            check_fails(v->checks, CHECK_RANGES,
                        "flows.csv: flow: none has number %" PRId64 ", but there are %" PRId64
                        " flows",
                        number, count);
            return;
        }
        if (flow->start_us < before_us)
            check_fails(v->checks, CHECK_RANGES,
                        "flows.csv: row %" PRIu64 ", start_s: flow %" PRId64
                        " starts before flow %" PRId64,
                        flow->row, number, number - 1);
        before_us = flow->start_us;
        check_holds(v->checks, CHECK_RANGES);
    }
}

static bool make_totals(struct verification *v)
{
    v->flow_totals = verify_allocate(v, "flows.csv", v->group_count, sizeof(*v->flow_totals));
    if (!v->flow_totals)
        return false;
    for (size_t i = 0; i < v->group_count; i++) {
        struct flow_totals *totals = &v->flow_totals[i];
        memset(totals->least_delay_us, 0xff, sizeof(totals->least_delay_us)); /* -1 */
        memset(totals->most_delay_us, 0xff, sizeof(totals->most_delay_us));
    }
    return true;
}

const struct flow_totals *flow_totals_of(const struct verification *v,
                                         const struct verified_group *group)
{
    return &v->flow_totals[group->index];
}

void verify_flows_free(struct verification *v)
{
    struct verified_flow *flow, *next;

    HASH_ITER (hh, v->flows, flow, next) {
        HASH_DEL(v->flows, flow);
        free(flow);
    }
    free(v->flow_totals);
}

bool verify_flows(struct verification *v)
{
    struct csv_reader *reader;
    struct flow_columns columns;
    bool good = true;

    if (!make_totals(v))
        return false;
    reader = verify_open(v, run_file_names[RUN_FLOWS]);
    if (!reader)
        return false;
    find_columns(reader, &columns);
    while (good && csv_reader_next(reader))
        good = read_row(v, reader, &columns);
    good = verify_read_well(v, reader) && good;
    csv_reader_free(reader);
    if (!good)
        return false;
    check_holds(v->checks, CHECK_FILES);
    check_numbers(v);
    return true;
}
