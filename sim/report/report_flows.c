#include "sim/report/report_flows.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/json_text.h"
#include "sim/output/csv_reader.h"
#include "sim/output/run_tables.h"
#include "sim/report/html_table.h"
#include "sim/report/report_value.h"

#define ROWS_UNFOLDED 12

/* --- reading ----------------------------------------------------------------------------- */

static double seconds_or_nan(struct csv_reader *reader, int column)
{
    return csv_reader_is_empty(reader, column) ? NAN : csv_reader_real(reader, column);
}

static void read_endpoint(char text[REPORT_ENDPOINT_BYTES], const struct csv_reader *reader,
                          int address, int port)
{
    const char *ip = csv_reader_text(reader, address);
    bool is_ipv6 = strchr(ip, ':') != NULL;

    snprintf(text, REPORT_ENDPOINT_BYTES, "%s%.45s%s:%.5s", is_ipv6 ? "[" : "", ip,
             is_ipv6 ? "]" : "", csv_reader_text(reader, port));
}

static void read_flow(struct report_flow *flow, const struct report *report,
                      struct csv_reader *reader, const int *at)
{
    int64_t offered = csv_reader_count(reader, at[FLOWS_OFFERED_READ]) +
                      csv_reader_count(reader, at[FLOWS_OFFERED_WRITTEN]);
    double read_s = seconds_or_nan(reader, at[FLOWS_READ_DELAY_P99]);

    flow->flow = csv_reader_count(reader, at[FLOWS_FLOW]);
    flow->group = report_find_group(report, csv_reader_text(reader, at[FLOWS_GROUP]));
    read_endpoint(flow->initiator, reader, at[FLOWS_INITIATOR_ADDRESS], at[FLOWS_INITIATOR_PORT]);
    read_endpoint(flow->responder, reader, at[FLOWS_RESPONDER_ADDRESS], at[FLOWS_RESPONDER_PORT]);
    flow->bytes = csv_reader_count(reader, at[FLOWS_READ_BYTES]) +
                  csv_reader_count(reader, at[FLOWS_WRITTEN_BYTES]);
    flow->lost_bytes = offered - flow->bytes;
    flow->captured_s = seconds_or_nan(reader, at[FLOWS_CAPTURED_COMPLETION]);
    flow->completion_s = csv_reader_is_empty(reader, at[FLOWS_COMPLETION])
                             ? INFINITY
                             : csv_reader_real(reader, at[FLOWS_COMPLETION]);
    flow->delay_p99_s = fmax(read_s, seconds_or_nan(reader, at[FLOWS_WRITE_DELAY_P99]));
}

double report_flow_waited_s(const struct report_flow *flow)
{
    return isnan(flow->captured_s) ? NAN : flow->completion_s - flow->captured_s;
}

/* Positive where the limit did more to `a`; NaN is the least. */
static int compare_values(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(b) - isnan(a);
    return (a > b) - (a < b);
}

static int compare(const struct report_flow *a, const struct report_flow *b)
{
    int order = compare_values(report_flow_waited_s(a), report_flow_waited_s(b));

    if (order == 0)
        order = (a->lost_bytes > b->lost_bytes) - (a->lost_bytes < b->lost_bytes);
    if (order == 0)
        order = compare_values(a->delay_p99_s, b->delay_p99_s);
    if (order == 0)
        order = (a->bytes > b->bytes) - (a->bytes < b->bytes);
    return order == 0 ? (a->flow < b->flow) - (a->flow > b->flow) : order;
}

/* Puts the flow where it belongs; where there is no room, the last one leaves. */
static void insert(struct report_flows *flows, const struct report_flow *flow)
{
    size_t at = flows->shown;

    if (at == REPORT_FLOWS_MAX && compare(flow, &flows->flows[at - 1]) <= 0)
        return;
    if (at == REPORT_FLOWS_MAX)
        at--;
    else
        flows->shown++;
    for (; at > 0 && compare(flow, &flows->flows[at - 1]) > 0; at--)
        flows->flows[at] = flows->flows[at - 1];
    flows->flows[at] = *flow;
}

int report_flows_load(struct report_flows *flows, const struct report *report, char *error)
{
    struct csv_reader *reader;
    struct report_flow flow;
    int at[FLOWS_COLUMNS];
    const char *files = json_text_of(json_object_get(report->summary, "settings"), "files");

    if (strcmp(files, "summary") == 0)
        return sim_fail(error, SIM_FAILED,
                        "%s: the run has not kept flows.csv (--files summary), which its page "
                        "needs; run it again with --files tables",
                        report->directory);
    int status = csv_reader_open(report->directory, run_file_names[RUN_FLOWS], &reader, error);
    if (status != SIM_OK)
        return status;
    csv_table_find_each(&flows_table, reader, at);
    while (!csv_reader_fault(reader) && csv_reader_next(reader)) {
        read_flow(&flow, report, reader, at);
        if (csv_reader_fault(reader))
            break;
        insert(flows, &flow);
        flows->count++;
    }
    return csv_reader_finish(reader, SIM_OK, error);
}

bool report_flow_find(const struct report *report, int64_t flow,
                      char initiator[REPORT_ENDPOINT_BYTES])
{
    char unused[SIM_ERROR_BYTES];
    struct csv_reader *reader;
    bool is_found = false;
    int at[FLOWS_COLUMNS];

    if (csv_reader_open(report->directory, run_file_names[RUN_FLOWS], &reader, unused) != SIM_OK)
        return false;
    csv_table_find_each(&flows_table, reader, at);
    while (!is_found && !csv_reader_fault(reader) && csv_reader_next(reader)) {
        is_found = csv_reader_count(reader, at[FLOWS_FLOW]) == flow && !csv_reader_fault(reader);
        if (is_found)
            read_endpoint(initiator, reader, at[FLOWS_INITIATOR_ADDRESS], at[FLOWS_INITIATOR_PORT]);
    }
    csv_reader_free(reader);
    return is_found;
}

/* --- the table --------------------------------------------------------------------------- */

/* Without the last one where there is only one group. */
static const struct html_column columns[] = {
    {"flow", true},      {"bytes", false},  {"captured", false},  {"shaped", false},
    {"slowdown", false}, {"waited", false}, {"p99 delay", false}, {"group", true},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void put_time(struct html_table *table, double seconds)
{
    char text[REPORT_VALUE_BYTES];

    html_table_value(table, seconds, report_seconds(text, seconds));
}

static void put_flow(struct html_table *table, const struct report *report,
                     const struct report_flow *flow)
{
    char name[2 * REPORT_ENDPOINT_BYTES + 8], text[REPORT_VALUE_BYTES];
    double factor = flow->captured_s > 0 ? flow->completion_s / flow->captured_s : NAN;
    bool has_payload = !isnan(flow->captured_s);

    snprintf(name, sizeof(name), "%s \xe2\x86\x92 %s", flow->initiator, flow->responder);
    html_table_text(table, name);
    html_table_value(table, (double)flow->bytes, report_bytes(text, (double)flow->bytes));
    put_time(table, flow->captured_s);
    put_time(table, has_payload ? flow->completion_s : NAN);
    html_table_value(table, factor, report_times(text, factor));
    put_time(table, report_flow_waited_s(flow));
    put_time(table, flow->delay_p99_s);
    if (report->group_count > 1)
        html_table_text(table,
                        flow->group < report->group_count ? report->groups[flow->group].name : "");
}

void report_flows_put(struct html *html, const struct report *report,
                      const struct report_flows *flows)
{
    struct html_table table;

    if (flows->shown == 0)
        return;
    html_section(html, "by-flow", "Flows");
    html_markup(html, "<p class=\"note\">");
    if (flows->count > flows->shown)
        html_print(html, "The %zu of %" PRIu64 " flows that waited longest; flows.csv has all. ",
                   flows->shown, flows->count);
    html_text(html,
              "Initiator \xe2\x86\x92 responder, bytes delivered both ways, and the time from a "
              "flow's first packet to its last byte, as captured and as shaped; it waited the "
              "difference.");
    html_markup(html, "</p>\n");
    html_table_begin(&table, html, columns, report->group_count > 1 ? COLUMNS : COLUMNS - 1,
                     ROWS_UNFOLDED);
    for (size_t i = 0; i < flows->shown; i++)
        put_flow(&table, report, &flows->flows[i]);
    html_table_end(&table);
}
