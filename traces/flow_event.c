#include "traces/flow_event.h"

void flow_source_count_replayed(struct flow_source_counts *counts, const struct flow_event *event)
{
    counts->replayed++;
    counts->flows += event->opens_flow ? 1 : 0;
    counts->bytes += event->bytes;
}

void flow_source_count(struct flow_source_counts *counts, const struct flow_event *event)
{
    if (event->kind != FLOW_EVENT_PACKET)
        return;
    counts->packets++;
    counts->wire_bytes += event->packet.wire_bytes;
    counts->duration_us = event->time_us;
    flow_source_count_replayed(counts, event);
}

void flow_source_uncount(struct flow_source_counts *counts, const struct flow_event *event)
{
    if (event->kind != FLOW_EVENT_PACKET)
        return;
    counts->packets--;
    counts->replayed--;
    counts->flows -= event->opens_flow ? 1 : 0;
    counts->bytes -= event->bytes;
    counts->wire_bytes -= event->packet.wire_bytes;
}

bool flow_source_counts_agree(const struct flow_source_counts *a,
                              const struct flow_source_counts *b)
{
    return a->packets == b->packets && a->left_out == b->left_out &&
           a->removed_us == b->removed_us && a->times.changes == b->times.changes &&
           a->first_packet_ns == b->first_packet_ns && a->duration_us == b->duration_us;
}
