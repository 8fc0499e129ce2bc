#include "sim/commands/commands.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <utlist.h>

#include "sim/account/summary_streams.h"
#include "sim/base/json_text.h"
#include "sim/base/process.h"
#include "sim/base/sandbox.h"
#include "sim/commands/print_json.h"
#include "sim/commands/stream_notes.h"
#include "sim/commands/time_notes.h"
#include "sim/commands/trace_figures.h"
#include "sim/commands/trace_figures_print.h"
#include "sim/commands/trace_warnings.h"
#include "sim/config/limits.h"
#include "sim/output/csv.h"
#include "sim/output/record.h"
#include "sim/replay/flow_ranking.h"
#include "traces/flow_source.h"
#include "traces/synth.h"
#include "traces/tunnel.h"

/* A flow of the list. */
struct listed {
    struct flow flow; /* its state at its last event */
    uint64_t packets[2];
    uint64_t bytes[2];
    uint64_t payload_bytes[2];
    uint64_t wire_bytes[2];
    uint64_t new_bytes[2]; /* of the streams; without TCP, the payload */
    int64_t start_us;
    int64_t last_us;
    struct listed *prev;
    struct listed *next;
};

struct info {
    const struct info_config *config;
    struct flow_ranking *ranking; /* NULL: every flow, or the first N */
    struct flow_source *source;
    struct flow_source *first_pass; /* NULL: not needed */
    struct csv *csv;                /* NULL: prints a list for people */
    struct trace_meter *meter;
    struct trace_figures figures;
    struct listed *open;
    struct listed *done;
};

static bool is_wanted(const struct info *info, uint64_t number)
{
    if (info->csv)
        return true;
    if (info->ranking)
        return flow_ranking_has(info->ranking, number);
    return number <= (uint64_t)info->config->flows;
}

static void csv_endpoint(struct csv *csv, uint8_t ip_version, const struct endpoint *endpoint)
{
    char text[ADDRESS_TEXT_BYTES];

    address_print(text, ip_version, endpoint);
    csv_text(csv, text);
    csv_u64(csv, endpoint->port);
}

static const char csv_header[] =
    "flow,protocol,initiator_address,initiator_port,responder_address,responder_port,start_s,"
    "last_packet_s,close,initiator_packets,responder_packets,initiator_payload_bytes,"
    "responder_payload_bytes,initiator_wire_bytes,responder_wire_bytes,initiator_stream_bytes,"
    "responder_stream_bytes";

static void write_csv(struct csv *csv, const struct listed *listed)
{
    char scratch[4];

    csv_u64(csv, listed->flow.number);
    csv_text(csv, protocol_name(listed->flow.protocol, scratch));
    csv_endpoint(csv, listed->flow.ip_version, &listed->flow.initiator);
    csv_endpoint(csv, listed->flow.ip_version, &listed->flow.responder);
    csv_time_us(csv, listed->start_us);
    csv_time_us(csv, listed->last_us);
    csv_text(csv, flow_close_name(listed->flow.close));
    for (int d = 0; d < 2; d++)
        csv_u64(csv, listed->packets[d]);
    for (int d = 0; d < 2; d++)
        csv_u64(csv, listed->payload_bytes[d]);
    for (int d = 0; d < 2; d++)
        csv_u64(csv, listed->wire_bytes[d]);
    for (int d = 0; d < 2; d++)
        csv_u64(csv, listed->new_bytes[d]);
    csv_end_row(csv);
}

static int count_packet(struct info *info, const struct flow_event *event, char *error)
{
    struct listed *listed = *event->user;

    if (event->opens_flow) {
        listed = calloc(1, sizeof(*listed));
        if (!listed)
            return sim_fail(error, SIM_FAILED, "%s: out of memory", info->config->trace);
        listed->start_us = event->time_us;
        *event->user = listed;
        DL_APPEND(info->open, listed);
    }
    listed->flow = *event->flow;
    listed->last_us = event->time_us;
    listed->packets[event->direction]++;
    listed->bytes[event->direction] += event->bytes;
    listed->payload_bytes[event->direction] += event->payload_bytes;
    listed->wire_bytes[event->direction] += event->packet.wire_bytes;
    listed->new_bytes[event->direction] += event->new_bytes;
    return SIM_OK;
}

static void retire(struct info *info, const struct flow_event *event)
{
    struct listed *listed = *event->user;

    listed->flow = *event->flow;
    DL_DELETE(info->open, listed);
    trace_meter_add_flow(info->meter, listed->bytes[0] + listed->bytes[1]);
    bool is_kept = is_wanted(info, event->flow->number);
    if (info->csv)
        write_csv(info->csv, listed);
    if (info->csv || !is_kept) {
        free(listed);
    } else {
        DL_APPEND(info->done, listed);
    }
}

static int read_trace(struct info *info, char *error)
{
    char text[TRACE_ERROR_BYTES];
    struct flow_event event;
    int status = SIM_OK, got;

    while (status == SIM_OK && (got = flow_source_next(info->source, &event, text)) != TRACE_END) {
        if (got != TRACE_OK)
            return sim_fail(error, SIM_FAILED, "%s", text);
        if (trace_meter_add(info->meter, &event) != 0)
            return sim_fail(error, SIM_FAILED, "%s: out of memory", info->config->trace);
        if (event.kind == FLOW_EVENT_PACKET)
            status = count_packet(info, &event, error);
        else if (event.kind == FLOW_EVENT_RETIRE)
            retire(info, &event);
    }
    if (status == SIM_OK &&
        trace_meter_finish(info->meter, flow_source_counts(info->source)->duration_us,
                           &info->figures) != 0)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", info->config->trace);
    return status;
}

/* Over the trace's duration; NAN for a trace of one instant. */
static double mean_rate_bytes_per_s(const struct flow_source_counts *counts)
{
    return counts->duration_us > 0 ? (double)counts->bytes * 1e6 / (double)counts->duration_us
                                   : NAN;
}

static void print_rate(double bytes_per_s)
{
    char text[UNIT_TEXT_BYTES];

    if (isnan(bytes_per_s)) {
        printf("-");
        return;
    }
    unit_print_size(text, (uint64_t)bytes_per_s);
    printf("%s/s (%.4g mbit)", text, bytes_per_s * 8 / 1e6);
}

/* Which flows are listed. */
static const char *listed_name(const struct info *info, uint64_t count)
{
    if (count == flow_source_counts(info->source)->flows)
        return "all";
    return info->ranking ? "largest" : "first";
}

static void print_streams(const struct info *info, const struct flow_source_counts *counts)
{
    char note[WARNING_BYTES];

    if (counts->retransmitted_packets > 0)
        printf("sent again %" PRIu64 " TCP packets, %" PRIu64 " bytes\n",
               counts->retransmitted_packets, counts->retransmitted_bytes);
    if (counts->duplicate_packets > 0)
        printf("duplicates %" PRIu64 " TCP packets captured twice, %" PRIu64 " bytes\n",
               counts->duplicate_packets, counts->duplicate_bytes);
    if (counts->duplicate_datagrams > 0)
        printf("duplicates %" PRIu64 " UDP datagrams captured twice, %" PRIu64
               " bytes, which are replayed\n",
               counts->duplicate_datagrams, counts->duplicate_datagram_bytes);
    if (counts->skipped[SKIP_LATE] > 0)
        printf("late       %" PRIu64
               " new bytes, more than 5 s after the end of their connection\n",
               counts->late_bytes);
    for (int i = 0; stream_note(counts, info->config->source.count, i, note); i++)
        printf("note       %s\n", note);
}

/* How many flows each rule of responder.h has decided. */
static void print_responders(const struct flow_source_counts *counts)
{
    static const char *const texts[RESPONDER_RULES] = {
        [RESPONDER_BY_OPTION] = "--responder",
        [RESPONDER_BY_SYN] = "SYN",
        [RESPONDER_BY_WELL_KNOWN_PORT] = "port below 1024",
        [RESPONDER_BY_LOW_PORT] = "port below 32768",
        [RESPONDER_BY_FIRST_PACKET] = "first packet"};
    const char *separator = "responder  by ";

    for (int rule = 0; rule < RESPONDER_RULES; rule++) {
        if (counts->responder_rules[rule] == 0)
            continue;
        printf("%s%s: %" PRIu64 " flow%s", separator, texts[rule], counts->responder_rules[rule],
               counts->responder_rules[rule] == 1 ? "" : "s");
        separator = ", ";
    }
    if (counts->flows > 0)
        printf("\n");
}

static void print_overview(const struct info *info)
{
    const struct flow_source_counts *counts = flow_source_counts(info->source);
    struct capture *capture = flow_source_capture(info->source);
    char text[TIME_NOTE_BYTES];

    for (size_t i = 0; i < info->config->trace_count; i++) {
        fputs("file       ", stdout);
        trace_print_plain(stdout, 0, info->config->traces[i]);
        fputc('\n', stdout);
    }
    printf("link type  %s%s\n", capture_link_type_name(capture),
           decode_knows_link_type(capture_link_type(capture)) ? "" : " (not supported)");
    printf("packets    %" PRIu64 ", of them replayed %" PRIu64 "\n", counts->packets,
           counts->replayed);
    printf("flows      %" PRIu64 "\n", counts->flows);
    printf("duration   %" PRId64 ".%06" PRId64 " s\n", counts->duration_us / 1000000,
           counts->duration_us % 1000000);
    printf("bytes      %" PRIu64 " (%s), %" PRIu64 " on the wire\n", counts->bytes,
           count_mode_name(info->config->source.count), counts->wire_bytes);
    printf("mean rate  ");
    print_rate(mean_rate_bytes_per_s(counts));
    printf("\n");
    for (int reason = SKIP_NONE + 1; reason < SKIP_REASONS; reason++)
        if (counts->skipped[reason] > 0)
            printf("skipped    %" PRIu64 " packets: %s\n", counts->skipped[reason],
                   skip_reason_name((enum skip_reason)reason));
    for (int tunnel = TUNNEL_NONE + 1; tunnel < TUNNELS; tunnel++)
        if (counts->tunnels[tunnel] > 0)
            printf("tunnels    %" PRIu64 " packets: %s%s\n", counts->tunnels[tunnel],
                   tunnel_name((enum tunnel)tunnel),
                   info->config->source.decapsulate
                       ? "; the innermost IP packet is taken"
                       : "; the outer IP packet is taken, with --decapsulate the innermost");
    if (counts->backward_timestamps > 0)
        printf("clamped    %" PRIu64 " timestamps that run backwards\n",
               counts->backward_timestamps);
    if (counts->times.sorted > 0)
        printf("sorted     %" PRIu64 " packets\n", counts->times.sorted);
    for (int note = 0; time_note(capture, &counts->times, note, text); note++)
        if (text[0])
            printf("times      %s\n", text);
    if (counts->shortened_gaps > 0)
        printf("shortened  %" PRIu64 " silences, by %.6f s in all\n", counts->shortened_gaps,
               (double)counts->removed_us / 1e6);
    print_streams(info, counts);
    print_responders(counts);
    if (flow_source_truncated(info->source))
        printf("truncated  the file ends in the middle of a packet\n");
}

static void print_end(const struct flow *flow, const struct endpoint *endpoint, int width)
{
    char address[ADDRESS_TEXT_BYTES], text[ADDRESS_TEXT_BYTES + 10];

    address_print(address, flow->ip_version, endpoint);
    snprintf(text, sizeof(text), flow->ip_version == 6 && endpoint->port ? "[%s]" : "%s", address);
    if (endpoint->port)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), ":%u", (unsigned)endpoint->port);
    printf(" %-*s", width, text);
}

static int by_number(const struct listed *a, const struct listed *b)
{
    return a->flow.number < b->flow.number ? -1 : a->flow.number > b->flow.number;
}

static void print_flows(struct info *info)
{
    const struct listed *listed;
    int width = 21; /* an IPv4 address with its port */
    size_t count = 0;

    DL_SORT(info->done, by_number);
    DL_FOREACH (info->done, listed) {
        count++;
        if (listed->flow.ip_version == 6)
            width = 39;
    }
    if (count == 0)
        return;
    if (count < flow_source_counts(info->source)->flows)
        printf("\nThe %zu %s flows:\n", count, listed_name(info, count));
    else
        printf("\n");
    printf("%6s %-6s %-*s %-*s %10s %8s %8s %12s %12s %s\n", "flow", "proto", width, "initiator",
           width, "responder", "start s", "packets", "packets", "bytes", "bytes", "close");
    printf("%6s %-6s %-*s %-*s %10s %8s %8s %12s %12s\n", "", "", width, "", width, "", "", "sent",
           "answered", "sent", "answered");
    DL_FOREACH (info->done, listed) {
        char scratch[4];
        printf("%6" PRIu64 " %-6s", listed->flow.number,
               protocol_name(listed->flow.protocol, scratch));
        print_end(&listed->flow, &listed->flow.initiator, width);
        print_end(&listed->flow, &listed->flow.responder, width);
        printf(" %10.3f %8" PRIu64 " %8" PRIu64 " %12" PRIu64 " %12" PRIu64 " %s\n",
               (double)listed->start_us / 1e6, listed->packets[0], listed->packets[1],
               listed->bytes[0], listed->bytes[1], flow_close_name(listed->flow.close));
    }
}

/* --- JSON -------------------------------------------------------------------------------- */

static json_t *json_end(const struct flow *flow, const struct endpoint *endpoint)
{
    char text[ADDRESS_TEXT_BYTES];

    address_print(text, flow->ip_version, endpoint);
    return json_string(text);
}

static json_t *json_flow(const struct listed *listed)
{
    static const char *const keys[2][2] = {{"initiator_packets", "initiator_bytes"},
                                           {"responder_packets", "responder_bytes"}};
    const struct flow *flow = &listed->flow;
    json_t *object = json_object();
    char scratch[4];

    json_object_set_new(object, "flow", json_u64(flow->number));
    json_object_set_new(object, "protocol", json_string(protocol_name(flow->protocol, scratch)));
    json_object_set_new(object, "initiator_address", json_end(flow, &flow->initiator));
    json_object_set_new(object, "initiator_port", json_integer(flow->initiator.port));
    json_object_set_new(object, "responder_address", json_end(flow, &flow->responder));
    json_object_set_new(object, "responder_port", json_integer(flow->responder.port));
    json_object_set_new(object, "start_s", json_real((double)listed->start_us / 1e6));
    json_object_set_new(object, "close", json_string(flow_close_name(flow->close)));
    for (int d = 0; d < 2; d++) {
        json_object_set_new(object, keys[d][0], json_u64(listed->packets[d]));
        json_object_set_new(object, keys[d][1], json_u64(listed->bytes[d]));
    }
    return object;
}

static json_t *json_flows(struct info *info)
{
    const struct listed *listed;
    json_t *array = json_array();

    DL_SORT(info->done, by_number);
    DL_FOREACH (info->done, listed)
        json_array_append_new(array, json_flow(listed));
    return array;
}

static json_t *json_files(const struct info_config *config)
{
    json_t *array = json_array();

    for (size_t i = 0; i < config->trace_count; i++)
        json_array_append_new(array, json_text(config->traces[i]));
    return array;
}

/* What the list for people says, under the keys of shapesim-files(5). */
static json_t *json_info(struct info *info)
{
    const struct flow_source_counts *counts = flow_source_counts(info->source);
    struct capture *capture = flow_source_capture(info->source);
    double rate = mean_rate_bytes_per_s(counts);
    json_t *root = json_object(), *flows = json_flows(info);
    json_t *tunnels = json_object();

    for (int tunnel = TUNNEL_NONE + 1; tunnel < TUNNELS; tunnel++)
        if (counts->tunnels[tunnel] > 0)
            json_object_set_new(tunnels, tunnel_name((enum tunnel)tunnel),
                                json_u64(counts->tunnels[tunnel]));
    json_object_set_new(root, "file", json_text(info->config->trace));
    if (info->config->trace_count > 1)
        json_object_set_new(root, "files", json_files(info->config));
    json_object_set_new(root, "link_type", json_string(capture_link_type_name(capture)));
    json_object_set_new(root, "link_type_is_supported",
                        json_boolean(decode_knows_link_type(capture_link_type(capture))));
    json_object_set_new(root, "packets", json_u64(counts->packets));
    json_object_set_new(root, "replayed_packets", json_u64(counts->replayed));
    json_object_set_new(root, "skipped_packets", summary_skipped(counts));
    json_object_set_new(root, "tunnels", tunnels);
    json_object_set_new(root, "flows", json_u64(counts->flows));
    json_object_set_new(root, "duration_s", json_real((double)counts->duration_us / 1e6));
    json_object_set_new(root, "counted", json_string(count_mode_name(info->config->source.count)));
    json_object_set_new(root, "bytes", json_u64(counts->bytes));
    json_object_set_new(root, "wire_bytes", json_u64(counts->wire_bytes));
    json_object_set_new(root, "mean_rate_bytes_per_s", isnan(rate) ? json_null() : json_real(rate));
    json_object_set_new(root, "backward_timestamps", json_u64(counts->backward_timestamps));
    json_object_set_new(root, "shortened_gaps", json_u64(counts->shortened_gaps));
    json_object_set_new(root, "removed_by_max_gap_s", json_real((double)counts->removed_us / 1e6));
    summary_streams(root, counts);
    trace_figures_set(&info->figures, root);
    json_object_set_new(root, "is_truncated", json_boolean(flow_source_truncated(info->source)));
    json_object_set_new(root, "listed", json_string(listed_name(info, json_array_size(flows))));
    json_object_set_new(root, "flow_list", flows);
    return root;
}

static void free_listed(struct listed *list)
{
    struct listed *listed, *next;

    DL_FOREACH_SAFE (list, listed, next)
        free(listed);
}

static int open_source(const struct info *info, struct flow_source **source, char *error)
{
    char text[TRACE_ERROR_BYTES];
    int opened = flow_source_open_files(info->config->traces, info->config->trace_count,
                                        &info->config->source, source, text);

    if (opened == TRACE_OK)
        return SIM_OK;
    return sim_fail(error, opened == TRACE_ERROR_FILTER ? SIM_MISUSE : SIM_FAILED, "%s", text);
}

/* The largest flows are known only after a pass over the whole file. */
static bool wants_ranking(const struct info *info)
{
    const struct info_config *config = info->config;

    return !config->csv && config->flows != 0 && config->flows != FLOW_TICKS_ALL &&
           capture_is_file(flow_source_capture(info->source));
}

static int open_trace(struct info *info, char *error)
{
    static const volatile sig_atomic_t never; /* there is no stop flag: signals end it at once */
    int status = open_source(info, &info->source, error);

    if (status == SIM_OK && wants_ranking(info))
        status = open_source(info, &info->first_pass, error);
    if (status == SIM_OK)
        status = sandbox_enter(&(struct sandbox){.has_threads = true}, error);
    if (status == SIM_OK && info->config->csv)
        status = csv_to_stream(stdout, "standard output", csv_header, &info->csv, error);
    if (status == SIM_OK && info->first_pass)
        status = flow_ranking_read(info->first_pass, (size_t)info->config->flows,
                                   &(struct flow_choice){0}, &never, &info->ranking, error);
    flow_source_free(info->first_pass);
    info->first_pass = NULL;
    return status;
}

static void warn(const struct info *info)
{
    char text[WARNING_BYTES];

    if (!filter_met_nothing(&info->config->source, flow_source_counts(info->source), text))
        return;
    fputs("shapesim: warning: ", stderr);
    trace_print_plain(stderr, 0, text);
    fputc('\n', stderr);
}

int command_trace_info(const struct info_config *config, char *error)
{
    struct info info = {.config = config};

    process_end_at_signals();
    if (config->csv && config->json)
        return sim_fail(error, SIM_MISUSE,
                        "--csv: --json is given too, and both print all there is; leave one out");
    info.meter = trace_meter_new();
    if (!info.meter)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", config->trace);
    int status = open_trace(&info, error);

    if (status == SIM_OK)
        status = read_trace(&info, error);
    if (status == SIM_OK)
        warn(&info);
    if (status == SIM_OK && config->json) {
        status = print_json(json_info(&info), error);
    } else if (status == SIM_OK && !config->csv) {
        print_overview(&info);
        trace_figures_print(&info.figures);
        print_flows(&info);
    }
    if (info.csv) {
        char text[SIM_ERROR_BYTES];
        int written = csv_commit(info.csv, text);
        if (status == SIM_OK && written != SIM_OK)
            status = sim_fail(error, (enum sim_status)written, "%s", text);
    }
    if (status == SIM_OK && fflush(stdout) != 0)
        status = sim_fail(error, SIM_FAILED, "standard output cannot be written");
    trace_meter_free(info.meter);
    free_listed(info.open);
    free_listed(info.done);
    flow_ranking_free(info.ranking);
    flow_source_free(info.source);
    return status;
}

int command_trace_synth(const struct synth_config *config, char *error)
{
    struct synth_spec spec = config->spec;
    char text[TRACE_ERROR_BYTES];

    spec.stop = process_stop_at_signals();
    if (synth_spec_check(&spec, text) != TRACE_OK)
        return sim_fail(error, SIM_MISUSE, "trace synth: %s", text);
    if (synth_write(&spec, config->output, text) == TRACE_OK)
        return SIM_OK;
    if (*spec.stop)
        return sim_fail(error, SIM_INTERRUPTED, "trace synth: interrupted before %s was whole",
                        config->output);
    return sim_fail(error, SIM_FAILED, "%s", text);
}
