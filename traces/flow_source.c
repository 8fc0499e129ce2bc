#include "traces/flow_source.h"

#include <stdlib.h>

#include "traces/fragments.h"
#include "traces/read_ahead.h"

#define NS_PER_US    1000
#define NOTHING_TOLD 2 /* beside enum trace_status: there is no event in this */

struct flow_source {
    struct flow_source_options options;
    struct capture *capture;
    struct capture_filter *filter;
    struct read_ahead *ahead; /* NULL until the first event */
    struct flow_table *table;
    struct fragments *fragments;
    struct flow_source_counts counts;
    int64_t last_raw_ns;
    int64_t now_us; /* of the last event handed out */
    /* The packet that comes next, read ahead. */
    bool has_packet;
    bool at_end;
    bool is_truncated;
    struct read_packet *read;
    int64_t packet_us;
    /* What the packet handed out last leaves to be told. */
    struct flow *closing;
    enum flow_close closing_how;
    struct flow *retiring; /* closed, to be told next */
    struct flow *retired;  /* told, to be freed at the next call */
};

int flow_source_open(const char *path, const struct flow_source_options *options,
                     struct flow_source **out, char *error)
{
    struct flow_source *source = calloc(1, sizeof(*source));
    int status;

    if (!source)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", path);
    source->options = *options;
    status = capture_open(path, &source->capture, error);
    if (status != TRACE_OK)
        goto fail;
    int64_t max_flows = options->max_flows ? options->max_flows : MAX_FLOWS_DEFAULT;
    source->table = flow_table_new(options->idle_timeout_us, (uint64_t)max_flows);
    source->fragments = fragments_new();
    if (!source->table || !source->fragments) {
        status = trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", path);
        goto fail;
    }
    if (options->filter) {
        status = capture_filter_compile(source->capture, "--filter", options->filter,
                                        &source->filter, error);
        if (status != TRACE_OK)
            goto fail;
    }
    *out = source;
    return TRACE_OK;
fail:
    flow_source_free(source);
    return status;
}

/* Places the packet on the replay's clock. */
static void place_in_time(struct flow_source *source)
{
    struct flow_source_counts *counts = &source->counts;
    int64_t raw_ns = source->read->packet.time_ns;

    if (counts->packets == counts->skipped[SKIP_FILTERED] + 1) { /* the first that counts */
        counts->first_packet_ns = raw_ns;
        source->last_raw_ns = raw_ns;
    }
    if (raw_ns < source->last_raw_ns) {
        raw_ns = source->last_raw_ns;
        counts->backward_timestamps++;
    }
    source->last_raw_ns = raw_ns;

    int64_t raw_us = (raw_ns - counts->first_packet_ns) / NS_PER_US;
    int64_t gap_us = raw_us - counts->removed_us - counts->duration_us;
    if (source->options.max_gap_us > 0 && gap_us > source->options.max_gap_us) {
        counts->removed_us += gap_us - source->options.max_gap_us;
        counts->shortened_gaps++;
    }
    source->packet_us = raw_us - counts->removed_us;
    counts->duration_us = source->packet_us;
}

/* Later fragments have the ports of the first. */
static int follow_fragment(struct flow_source *source, struct read_packet *read)
{
    int status = fragments_follow(source->fragments, source->packet_us, &read->info);

    flow_key_make(&read->info, &read->key);
    return status;
}

static void end_reading(struct flow_source *source)
{
    source->at_end = true;
    source->is_truncated = capture_truncated(source->capture);
}

/* Reads on to the next packet that belongs to a flow. */
static int read_packet(struct flow_source *source, char *error)
{
    struct read_packet *read;

    while (!source->has_packet && !source->at_end) {
        int status = read_ahead_next(source->ahead, &read, error);
        if (status == TRACE_END)
            end_reading(source);
        if (status != TRACE_OK)
            return status == TRACE_END ? TRACE_OK : status;
        source->counts.packets++;
        source->counts.skipped[read->reason] += read->reason != SKIP_NONE;
        if (read->reason == SKIP_FILTERED)
            continue;
        source->read = read;
        source->counts.wire_bytes += read->packet.wire_bytes;
        place_in_time(source);
        if (read->reason != SKIP_NONE)
            continue;
        source->has_packet = true;
        if (read->info.is_fragment && follow_fragment(source, read) != TRACE_OK)
            return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory at packet %llu",
                              capture_path(source->capture),
                              (unsigned long long)source->counts.packets);
    }
    return TRACE_OK;
}

static int tell_close(struct flow_source *source, struct flow *flow, int64_t time_us,
                      enum flow_close how, struct flow_event *event)
{
    flow_table_close(source->table, flow, time_us, how);
    if (how != FLOW_CLOSED_FIN && how != FLOW_CLOSED_RST)
        source->retiring = flow;
    source->now_us = time_us;
    *event = (struct flow_event){.kind = FLOW_EVENT_CLOSE, .time_us = time_us, .flow = flow};
    return TRACE_OK;
}

/* The flow stays readable until the next call: it is freed at the beginning of that. */
static int tell_retirement(struct flow_source *source, struct flow *flow, struct flow_event *event)
{
    source->retired = flow;
    *event =
        (struct flow_event){.kind = FLOW_EVENT_RETIRE, .time_us = source->now_us, .flow = flow};
    return TRACE_OK;
}

uint32_t count_mode_bytes(enum count_mode count, const struct capture_packet *packet,
                          const struct packet_info *info)
{
    switch (count) {
    case COUNT_PAYLOAD:
        return info->payload_bytes;
    case COUNT_IP:
        return info->ip_bytes;
    case COUNT_WIRE:
        return packet->wire_bytes;
    }
    return 0;
}

/* Where in the frame the counted bytes begin. */
static uint32_t counted_offset(const struct flow_source *source)
{
    switch (source->options.count) {
    case COUNT_PAYLOAD:
        return source->read->info.payload_offset;
    case COUNT_IP:
        return source->read->info.ip_offset;
    case COUNT_WIRE:
        return 0;
    }
    return 0;
}

static void find_content(const struct flow_source *source, struct flow_event *event)
{
    uint32_t offset = counted_offset(source), captured = source->read->packet.captured_bytes;

    if (offset >= captured)
        return;
    event->content = source->read->packet.data + offset;
    event->content_bytes = captured - offset < event->bytes ? captured - offset : event->bytes;
}

static int tell_packet(struct flow_source *source, struct flow *flow, bool opens,
                       enum flow_direction direction, struct flow_event *event)
{
    *event =
        (struct flow_event){.kind = FLOW_EVENT_PACKET,
                            .time_us = source->packet_us,
                            .flow = flow,
                            .opens_flow = opens,
                            .direction = direction,
                            .bytes = count_mode_bytes(source->options.count, &source->read->packet,
                                                      &source->read->info),
                            .payload_bytes = source->read->info.payload_bytes,
                            .packet = source->read->packet};
    find_content(source, event);
    source->now_us = source->packet_us;
    source->has_packet = false;
    source->counts.replayed++;
    source->counts.bytes += event->bytes;
    enum flow_close how =
        flow_table_touch(source->table, flow, source->packet_us, &source->read->info, direction);
    if (how != FLOW_OPEN) {
        source->closing = flow;
        source->closing_how = how;
    }
    return TRACE_OK;
}

/* There is no room for the packet's flow: another has to go first, or else the packet. */
static int make_room(struct flow_source *source, struct flow_event *event)
{
    struct flow *lingering = flow_table_lingering(source->table);

    if (lingering)
        return tell_retirement(source, lingering, event);
    source->counts.skipped[SKIP_MAX_FLOWS]++;
    source->has_packet = false;
    return NOTHING_TOLD;
}

/* The packet read ahead is due: finds or opens its flow, ending another one on its key first. */
static int take_packet(struct flow_source *source, struct flow_event *event, char *error)
{
    enum flow_direction direction;
    struct flow *flow = flow_table_find(source->table, &source->read->key, &direction);

    if (flow && flow_starts_anew(flow, &source->read->info, direction)) {
        if (flow->close == FLOW_OPEN)
            return tell_close(source, flow, source->packet_us, FLOW_CLOSED_SYN, event);
        return tell_retirement(source, flow, event);
    }
    if (flow)
        return tell_packet(source, flow, false, direction, event);
    if (flow_table_is_full(source->table))
        return make_room(source, event);
    flow = flow_table_open(source->table, &source->read->info, &source->read->key, &direction);
    if (!flow)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory at packet %llu",
                          capture_path(source->capture),
                          (unsigned long long)source->counts.packets);
    source->counts.flows++;
    return tell_packet(source, flow, true, direction, event);
}

/* After the last packet: every open flow closes, every closed one retires, in order of number. */
static int take_end(struct flow_source *source, struct flow_event *event)
{
    struct flow *flow = flow_table_first(source->table);

    if (!flow)
        return TRACE_END;
    if (flow->close == FLOW_OPEN)
        return tell_close(source, flow, source->counts.duration_us, FLOW_CLOSED_END, event);
    return tell_retirement(source, flow, event);
}

/* What the trace itself brings next, after what the last event left to be told. */
static int read_event(struct flow_source *source, struct flow_event *event, char *error)
{
    int64_t idle_until_us = INT64_MAX;
    int status = read_packet(source, error);
    if (status != TRACE_OK)
        return status;
    struct flow *idle = flow_table_idle_longest(source->table, &idle_until_us);
    int64_t next_us = source->has_packet ? source->packet_us : source->counts.duration_us;
    if (idle && idle_until_us < next_us)
        return tell_close(source, idle, idle_until_us, FLOW_CLOSED_IDLE, event);
    struct flow *lingered = flow_table_lingered(source->table, next_us);
    if (lingered)
        return tell_retirement(source, lingered, event);
    if (source->has_packet)
        return take_packet(source, event, error);
    return take_end(source, event);
}

int flow_source_next(struct flow_source *source, struct flow_event *event, char *error)
{
    int status;

    if (source->retired) {
        flow_table_retire(source->table, source->retired);
        source->retired = NULL;
    }
    if (source->closing) {
        struct flow *flow = source->closing;
        source->closing = NULL;
        return tell_close(source, flow, source->now_us, source->closing_how, event);
    }
    if (source->retiring) {
        struct flow *flow = source->retiring;
        source->retiring = NULL;
        return tell_retirement(source, flow, event);
    }
    if (!source->ahead && !source->at_end) {
        status = read_ahead_new(source->capture, source->filter, &source->ahead, error);
        if (status != TRACE_OK)
            return status;
    }
    do
        status = read_event(source, event, error);
    while (status == NOTHING_TOLD);
    return status;
}

void flow_source_return(struct flow_source *source, const struct flow_event *event)
{
    struct flow_source_counts *counts = &source->counts;

    if (source->has_packet) { /* read ahead of a close */
        counts->packets--;
        counts->wire_bytes -= source->read->packet.wire_bytes;
    }
    source->has_packet = false;
    if (event->kind != FLOW_EVENT_PACKET)
        return;
    counts->packets--;
    counts->replayed--;
    counts->flows -= event->opens_flow ? 1 : 0;
    counts->bytes -= event->bytes;
    counts->wire_bytes -= event->packet.wire_bytes;
}

const struct flow_source_counts *flow_source_counts(const struct flow_source *source)
{
    return &source->counts;
}

bool flow_source_truncated(const struct flow_source *source)
{
    return source->is_truncated;
}

void flow_source_hash(struct flow_source *source, char hex[BYTE_SOURCE_HASH_BYTES])
{
    read_ahead_free(source->ahead);
    source->ahead = NULL;
    source->at_end = true;
    source->has_packet = false;
    capture_hash(source->capture, hex);
}

struct capture *flow_source_capture(struct flow_source *source)
{
    return source->capture;
}

void flow_source_free(struct flow_source *source)
{
    if (!source)
        return;
    read_ahead_free(source->ahead);
    capture_filter_free(source->filter);
    fragments_free(source->fragments);
    flow_table_free(source->table);
    capture_free(source->capture);
    free(source);
}
