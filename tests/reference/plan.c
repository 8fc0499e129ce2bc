#include "tests/reference/plan.h"

#include <stdlib.h>

#include "traces/flow_source.h"

#define IDLE_TIMEOUT_US INT64_C(300000000) /* the program's default */

/* Makes room for one more element. false: there is no memory. */
static bool make_room(void **elements, size_t *room, size_t count, size_t element_bytes)
{
    if (count < *room)
        return true;
    size_t more = *room ? 2 * *room : 1024;
    void *grown = reallocarray(*elements, more, element_bytes);
    if (!grown)
        return false;
    *elements = grown;
    *room = more;
    return true;
}

static struct planned_flow *add_flow(struct plan *plan, const struct flow_event *event)
{
    static const struct planned_side no_packets = {
        .first = PLAN_NONE, .last = PLAN_NONE, .last_payload = PLAN_NONE};
    void *flows = plan->flows;

    if (!make_room(&flows, &plan->flow_room, plan->flow_count, sizeof(*plan->flows)))
        return NULL;
    plan->flows = flows;
    struct planned_flow *flow = &plan->flows[plan->flow_count++];
    *flow = (struct planned_flow){.start_us = event->time_us,
                                  .is_tcp = event->is_tcp,
                                  .first_of_flow = PLAN_NONE,
                                  .last_of_flow = PLAN_NONE,
                                  .sides = {no_packets, no_packets}};
    return flow;
}

static uint32_t find_cause(const struct plan *plan, const struct planned_flow *flow,
                           const struct flow_event *event)
{
    uint32_t last = flow->sides[!event->direction].last_payload;

    if (!flow->is_tcp || !event->has_acknowledgment)
        return flow->is_tcp ? last : PLAN_NONE;
    for (uint32_t i = last; i != PLAN_NONE; i = plan->packets[i].previous_payload) {
        if ((int32_t)(event->acknowledgment - plan->packets[i].end_sequence) >= 0)
            return i;
    }
    return last;
}

/* Appends the packet with that index to the lists of its flow. */
static void append(struct plan *plan, uint32_t index)
{
    struct planned_packet *packet = &plan->packets[index];
    struct planned_flow *flow = &plan->flows[packet->flow];
    struct planned_side *side = &flow->sides[packet->direction];

    *(side->last == PLAN_NONE ? &side->first : &plan->packets[side->last].next) = index;
    side->last = index;
    *(flow->last_of_flow == PLAN_NONE ? &flow->first_of_flow
                                      : &plan->packets[flow->last_of_flow].next_of_flow) = index;
    flow->last_of_flow = index;
    packet->previous_payload = side->last_payload;
    if (packet->bytes > 0)
        side->last_payload = index;
}

/* false: there is no memory. */
static bool take_packet(struct plan *plan, const struct flow_event *event)
{
    uint32_t number = (uint32_t)(event->flow->number - 1);
    void *packets = plan->packets;

    if (event->opens_flow && !add_flow(plan, event))
        return false;
    if (event->new_bytes == 0 && !event->ends_stream)
        return true;
    if (!make_room(&packets, &plan->packet_room, plan->packet_count, sizeof(*plan->packets)))
        return false;
    plan->packets = packets;

    struct planned_flow *flow = &plan->flows[number];
    struct planned_side *side = &flow->sides[event->direction];
    side->bytes += event->new_bytes;
    side->ends_stream = side->ends_stream || event->ends_stream;
    plan->packets[plan->packet_count] =
        (struct planned_packet){.captured_us = event->time_us,
                                .end_bytes = side->bytes,
                                .bytes = event->new_bytes,
                                .end_sequence = event->end_sequence,
                                .flow = number,
                                .cause = find_cause(plan, flow, event),
                                .next_of_flow = PLAN_NONE,
                                .next = PLAN_NONE,
                                .direction = (uint8_t)event->direction};
    append(plan, plan->packet_count++);
    return true;
}

/* false: there is no memory. */
static bool take_event(struct plan *plan, const struct flow_event *event)
{
    if (event->kind == FLOW_EVENT_PACKET)
        return take_packet(plan, event);
    if (event->kind == FLOW_EVENT_CLOSE) {
        struct planned_flow *flow = &plan->flows[event->flow->number - 1];
        flow->close = event->close;
        flow->close_us = event->time_us;
    }
    return true;
}

int plan_load(struct plan *plan, const char *path, char *error)
{
    const struct flow_source_options options = {.count = COUNT_STREAM,
                                                .idle_timeout_us = IDLE_TIMEOUT_US};
    struct flow_source *source = NULL;
    struct flow_event event;
    int status = flow_source_open(path, &options, &source, error);

    while (status == TRACE_OK) {
        status = flow_source_next(source, &event, error);
        if (status == TRACE_OK && !take_event(plan, &event))
            status = trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", path);
    }
    flow_source_free(source);
    return status == TRACE_END ? TRACE_OK : status;
}

void plan_fini(struct plan *plan)
{
    free(plan->flows);
    free(plan->packets);
    *plan = (struct plan){0};
}
