#include "traces/flow_event.h"

/* Adds `packets` (1 or -1) times what an event says that is more than the next new bytes. */
static void count_special(struct flow_source_counts *counts, const struct flow_event *event,
                          uint64_t packets)
{
    uint64_t again_bytes = event->payload_bytes - event->new_bytes;

    if (event->opens_flow) {
        counts->flows += packets;
        counts->responder_rules[event->responder_rule] += packets;
    }
    if (event->tunnel != TUNNEL_NONE)
        counts->tunnels[event->tunnel] += packets;
    if (event->gave_up_gap)
        counts->given_up_gaps += packets;
    if (event->is_duplicate && event->is_tcp) {
        counts->duplicate_packets += packets;
        counts->duplicate_bytes += packets * event->payload_bytes;
    } else if (event->is_duplicate) {
        counts->duplicate_datagrams += packets;
        counts->duplicate_datagram_bytes += packets * event->payload_bytes;
    } else if (again_bytes > 0) {
        counts->retransmitted_packets += packets;
        counts->retransmitted_bytes += packets * again_bytes;
    }
}

/* Whether the packet is more than the next new bytes of its flow. */
static inline bool is_special(const struct flow_event *event)
{
    return event->opens_flow || event->gave_up_gap || event->is_duplicate ||
           event->tunnel != TUNNEL_NONE || event->new_bytes != event->payload_bytes;
}

void flow_source_count_replayed(struct flow_source_counts *counts, const struct flow_event *event)
{
    counts->replayed++;
    counts->bytes += event->bytes;
    if (event->is_tcp)
        counts->tcp_payload_bytes += event->payload_bytes;
    if (is_special(event))
        count_special(counts, event, 1);
}

void flow_source_count(struct flow_source_counts *counts, const struct flow_event *event)
{
    if (event->kind != FLOW_EVENT_PACKET)
        return;
    flow_source_expect(counts, event);
    counts->wire_bytes += event->packet.wire_bytes;
    flow_source_count_replayed(counts, event);
}

void flow_source_expect(struct flow_source_counts *counts, const struct flow_event *event)
{
    if (event->kind != FLOW_EVENT_PACKET)
        return;
    counts->packets++;
    counts->duration_us = event->time_us;
}

void flow_source_uncount(struct flow_source_counts *counts, const struct flow_event *event)
{
    if (event->kind != FLOW_EVENT_PACKET)
        return;
    counts->packets--;
    counts->replayed--;
    counts->bytes -= event->bytes;
    counts->wire_bytes -= event->packet.wire_bytes;
    counts->tcp_payload_bytes -= event->is_tcp ? event->payload_bytes : 0;
    count_special(counts, event, UINT64_MAX);
}

bool flow_source_counts_agree(const struct flow_source_counts *a,
                              const struct flow_source_counts *b)
{
    return a->packets == b->packets && a->left_out == b->left_out &&
           a->removed_us == b->removed_us && a->times.changes == b->times.changes &&
           a->first_packet_ns == b->first_packet_ns && a->duration_us == b->duration_us;
}
