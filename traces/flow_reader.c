#include "traces/flow_reader.h"

#include <stdlib.h>

#include "traces/ended_flows.h"
#include "traces/fragments.h"
#include "traces/packet_bytes.h"

#define NS_PER_US    1000
#define NOTHING_TOLD 2 /* next to enum trace_status: this step gives no event */

struct flow_reader {
    struct flow_source_options options;
    struct capture *capture;
    struct flow_filters filters;
    struct flow_table *table;
    struct ended_flows *ended;
    struct fragments *fragments;
    struct packet_bytes bytes;
    struct flow_source_counts counts;
    bool has_begun; /* the first packet that counts was read */
    int64_t now_us; /* of the last event returned */
    /* The next packet, read ahead. */
    bool has_packet;
    bool at_end;
    struct capture_packet packet;
    struct packet_info info;
    struct flow_key key;
    int64_t packet_us;
    /* Events still due to the last packet returned. */
    struct flow *closing;
    enum flow_close closing_how;
    struct flow *retiring; /* closed, to be reported next */
};

int flow_reader_new(struct capture *capture, const struct flow_filters *filters,
                    const struct flow_source_options *options, struct flow_reader **out,
                    char *error)
{
    struct flow_reader *reader = trace_new_cache_aligned(sizeof(*reader));

    if (reader) {
        reader->capture = capture;
        reader->filters = *filters;
        reader->options = *options;
        reader->bytes.count = options->count;
        int64_t max_flows = options->max_flows ? options->max_flows : MAX_FLOWS_DEFAULT;
        reader->table = flow_table_new(options->idle_timeout_us, (uint64_t)max_flows);
        reader->ended = ended_flows_new(options->idle_timeout_us, (uint64_t)max_flows);
        reader->fragments = fragments_new();
    }
    if (!reader || !reader->table || !reader->ended || !reader->fragments) {
        flow_reader_free(reader);
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", capture_path(capture));
    }
    *out = reader;
    return TRACE_OK;
}

enum placement { PLACE_BEFORE, PLACE_INSIDE, PLACE_AFTER };

/* The first packet that counts. */
static void begin_time(struct flow_reader *reader, int64_t raw_ns)
{
    reader->counts.first_packet_ns = raw_ns;
    reader->counts.removed_us = 0;
    reader->counts.shortened_gaps = 0;
    reader->counts.duration_us = 0;
    reader->has_begun = true;
}

/* Converts the packet's time to the replay's clock. Until the cut begins, that starts at the
 * trace's first packet. */
static enum placement place_in_time(struct flow_reader *reader)
{
    struct flow_source_counts *counts = &reader->counts;
    int64_t raw_ns = reader->packet.time_ns;

    if (!reader->has_begun)
        begin_time(reader, raw_ns);
    int64_t raw_us = (raw_ns - counts->first_packet_ns) / NS_PER_US;
    int64_t gap_us = raw_us - counts->removed_us - counts->duration_us;
    if (reader->options.max_gap_us > 0 && gap_us > reader->options.max_gap_us) {
        counts->removed_us += gap_us - reader->options.max_gap_us;
        counts->shortened_gaps++;
    }
    reader->packet_us = raw_us - counts->removed_us;
    if (reader->options.to_us > 0 && reader->packet_us >= reader->options.to_us)
        return PLACE_AFTER;
    counts->duration_us = reader->packet_us;
    if (reader->packet_us < reader->options.from_us)
        return PLACE_BEFORE;
    if (reader->options.from_us > 0) { /* the cut begins */
        if (reader->options.to_us > 0)
            reader->options.to_us -= reader->packet_us;
        reader->options.from_us = 0;
        reader->packet_us = 0;
        counts->packets = 0; /* the filter's */
        counts->skipped[SKIP_FILTERED] = 0;
        begin_time(reader, raw_ns);
    }
    return PLACE_INSIDE;
}

/* Whether the packet is between from_us and to_us. Nothing is read after that. */
static bool is_inside(struct flow_reader *reader)
{
    switch (place_in_time(reader)) {
    case PLACE_BEFORE:
        break;
    case PLACE_INSIDE:
        return true;
    case PLACE_AFTER:
        reader->at_end = true;
        break;
    }
    reader->counts.left_out++;
    return false;
}

enum skip_reason flow_source_decode(const struct flow_source_options *options,
                                    const struct capture_packet *packet, struct packet_info *info)
{
    return options->decapsulate ? decode_innermost(packet->link_type, packet, info)
                                : decode_packet(packet->link_type, packet, info);
}

/* Finds the flow of the packet. */
static enum skip_reason decode(struct flow_reader *reader)
{
    if (reader->filters.filter && !capture_filter_matches(reader->filters.filter, &reader->packet))
        return SKIP_FILTERED;
    return flow_source_decode(&reader->options, &reader->packet, &reader->info);
}

static int out_of_memory(const struct flow_reader *reader, char *error)
{
    return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory at packet %llu",
                      capture_path(reader->capture), (unsigned long long)reader->counts.packets);
}

static void take_times(struct flow_reader *reader, const struct packet_times *times)
{
    reader->counts.times = *times;
    reader->counts.backward_timestamps = times->late;
}

/* Reads up to the next packet that belongs to a flow. */
static int read_packet(struct flow_reader *reader, char *error)
{
    struct flow_source_counts *counts = &reader->counts;

    while (!reader->has_packet && !reader->at_end) {
        int status = capture_next(reader->capture, &reader->packet, error);
        if (status == TRACE_END && reader->options.from_us > 0) /* the cut never began */
            begin_time(reader, 0);
        if (status == TRACE_END)
            reader->at_end = true;
        if (status != TRACE_OK)
            return status == TRACE_END ? TRACE_OK : status;
        const struct packet_times *times = capture_times(reader->capture);
        if (times->changes != counts->times.changes)
            take_times(reader, times);
        enum skip_reason reason = decode(reader);
        if (reason != SKIP_FILTERED && !is_inside(reader))
            continue;
        counts->packets++;
        counts->skipped[reason] += reason != SKIP_NONE;
        if (reason == SKIP_FILTERED)
            continue;
        counts->wire_bytes += reader->packet.wire_bytes;
        if (reason != SKIP_NONE)
            continue;
        reader->has_packet = true;
        /* later fragments have the ports of the first */
        if (reader->info.is_fragment &&
            fragments_follow(reader->fragments, reader->packet_us, &reader->info) != TRACE_OK)
            return out_of_memory(reader, error);
        flow_key_make(&reader->info, &reader->key);
    }
    return TRACE_OK;
}

static int report_close(struct flow_reader *reader, struct flow *flow, int64_t time_us,
                        enum flow_close how, struct flow_event *event)
{
    flow_table_close(reader->table, flow, time_us, how);
    if (how != FLOW_CLOSED_FIN && how != FLOW_CLOSED_RST)
        reader->retiring = flow;
    reader->now_us = time_us;
    *event = (struct flow_event){.kind = FLOW_EVENT_CLOSE,
                                 .time_us = time_us,
                                 .flow = flow,
                                 .slot = flow->slot,
                                 .close = how};
    return TRACE_OK;
}

static int report_retirement(struct flow_reader *reader, struct flow *flow,
                             struct flow_event *event, char *error)
{
    struct flow_remains remains;

    if (flow_remains(flow, &remains) && ended_flows_add(reader->ended, &remains) != 0)
        return out_of_memory(reader, error);
    flow_table_forget(reader->table, flow);
    *event = (struct flow_event){
        .kind = FLOW_EVENT_RETIRE, .time_us = reader->now_us, .flow = flow, .slot = flow->slot};
    return TRACE_OK;
}

static int report_packet(struct flow_reader *reader, struct flow *flow,
                         enum flow_direction direction, struct flow_event *event, char *error)
{
    const struct packet_info *info = &reader->info;

    *event = (struct flow_event){.kind = FLOW_EVENT_PACKET,
                                 .slot = flow->slot,
                                 .time_us = reader->packet_us,
                                 .flow = flow,
                                 .direction = direction,
                                 .tunnel = info->tunnel,
                                 .packet = reader->packet};
    if (packet_bytes_take(&reader->bytes, info, event) != 0)
        return out_of_memory(reader, error);
    reader->now_us = reader->packet_us;
    reader->has_packet = false;
    enum flow_close how = flow_table_touch(reader->table, flow, reader->packet_us, info, direction);
    if (how != FLOW_OPEN) {
        reader->closing = flow;
        reader->closing_how = how;
    }
    return TRACE_OK;
}

static int open_flow(struct flow_reader *reader, struct flow_event *event, char *error)
{
    const struct capture_filter *responder = reader->filters.responder;
    bool matches = responder && capture_filter_matches(responder, &reader->packet);
    enum responder_rule rule;
    bool source_initiates = responder_is_receiver(&reader->info, matches, &rule);
    enum flow_direction direction;
    struct flow *flow =
        flow_table_open(reader->table, &reader->info, &reader->key, source_initiates, &direction);

    if (!flow)
        return out_of_memory(reader, error);
    int status = report_packet(reader, flow, direction, event, error);
    event->opens_flow = true;
    event->responder_rule = rule;
    return status;
}

/* A packet of a connection that ended long ago is skipped. */
static bool is_late(struct flow_reader *reader)
{
    uint32_t late_bytes;

    if (reader->info.protocol != PROTOCOL_TCP ||
        !ended_flows_take(reader->ended, &reader->key, reader->packet_us, &reader->info,
                          &late_bytes))
        return false;
    reader->counts.skipped[SKIP_LATE]++;
    reader->counts.late_bytes += late_bytes;
    reader->has_packet = false;
    return true;
}

/* There is no room for the packet's flow: another one must retire first, or the packet is
 * skipped. */
static int make_room(struct flow_reader *reader, struct flow_event *event, char *error)
{
    struct flow *lingering = flow_table_lingering(reader->table);

    if (lingering)
        return report_retirement(reader, lingering, event, error);
    reader->counts.skipped[SKIP_MAX_FLOWS]++;
    reader->has_packet = false;
    return NOTHING_TOLD;
}

/* The packet read ahead is due: finds or opens its flow, first closing another one with the same
 * key. */
static int take_packet(struct flow_reader *reader, struct flow_event *event, char *error)
{
    enum flow_direction direction;
    struct flow *flow = flow_table_find(reader->table, &reader->key, &direction);
    int status;

    if (flow && flow_starts_anew(flow, &reader->info, direction)) {
        if (flow_is_open(flow))
            return report_close(reader, flow, reader->packet_us, FLOW_CLOSED_SYN, event);
        return report_retirement(reader, flow, event, error);
    }
    if (!flow && is_late(reader))
        return NOTHING_TOLD;
    if (!flow && flow_table_is_full(reader->table))
        return make_room(reader, event, error);
    if (flow)
        status = report_packet(reader, flow, direction, event, error);
    else
        status = open_flow(reader, event, error);
    if (status == TRACE_OK)
        flow_source_count_replayed(&reader->counts, event);
    return status;
}

/* After the last packet: every open flow closes, every closed one retires, in order of number. */
static int take_end(struct flow_reader *reader, struct flow_event *event, char *error)
{
    struct flow *flow = flow_table_first(reader->table);

    if (!flow)
        return TRACE_END;
    if (flow_is_open(flow))
        return report_close(reader, flow, reader->counts.duration_us, FLOW_CLOSED_END, event);
    return report_retirement(reader, flow, event, error);
}

/* The next event of the trace itself, after those still due to the last packet. */
static int read_event(struct flow_reader *reader, struct flow_event *event, char *error)
{
    int64_t idle_until_us = INT64_MAX;
    int status = read_packet(reader, error);
    if (status != TRACE_OK)
        return status;
    struct flow *idle = flow_table_idle_longest(reader->table, &idle_until_us);
    int64_t next_us = reader->has_packet ? reader->packet_us : reader->counts.duration_us;
    if (idle && idle_until_us < next_us)
        return report_close(reader, idle, idle_until_us, FLOW_CLOSED_IDLE, event);
    struct flow *lingered = flow_table_lingered(reader->table, next_us);
    if (lingered)
        return report_retirement(reader, lingered, event, error);
    if (reader->has_packet)
        return take_packet(reader, event, error);
    return take_end(reader, event, error);
}

int flow_reader_next(struct flow_reader *reader, struct flow_event *event, char *error)
{
    int status;

    if (reader->closing) {
        struct flow *flow = reader->closing;
        reader->closing = NULL;
        return report_close(reader, flow, reader->now_us, reader->closing_how, event);
    }
    if (reader->retiring) {
        struct flow *flow = reader->retiring;
        reader->retiring = NULL;
        return report_retirement(reader, flow, event, error);
    }
    do
        status = read_event(reader, event, error);
    while (status == NOTHING_TOLD);
    return status;
}

void flow_reader_reuse(struct flow_reader *reader, struct flow *flow)
{
    flow_table_reuse(reader->table, flow);
}

const struct flow_source_counts *flow_reader_counts(const struct flow_reader *reader)
{
    return &reader->counts;
}

const struct capture_packet *flow_reader_pending(const struct flow_reader *reader)
{
    return reader->has_packet ? &reader->packet : NULL;
}

struct capture *flow_reader_capture(const struct flow_reader *reader)
{
    return reader->capture;
}

void flow_reader_free(struct flow_reader *reader)
{
    if (!reader)
        return;
    packet_bytes_fini(&reader->bytes);
    fragments_free(reader->fragments);
    ended_flows_free(reader->ended);
    flow_table_free(reader->table);
    free(reader);
}
