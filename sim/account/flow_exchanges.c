#include "sim/account/flow_exchanges.h"

#include "sim/account/group_state.h"
#include "sim/account/run_state.h"
#include "sim/clock/clock.h"

static void fail(struct flow_state *flow)
{
    run_state_fail(flow->run, "out of memory for response times; run with --quiet and without -o "
                              "DIR, or replay fewer flows (--filter)");
}

static void write_row(struct flow_state *flow, const struct response *response,
                      const struct exchange *exchange, const char *group)
{
    const struct exchange_row row = {.flow = response->flow,
                                     .exchange = response->exchange,
                                     .group = group,
                                     .start_us = response->start_us,
                                     .request_bytes = exchange->request_bytes,
                                     .response_bytes = exchange->response_bytes,
                                     .captured_first_byte_us =
                                         exchange_captured_first_byte_us(exchange),
                                     .first_byte_us = exchange_first_byte_us(exchange),
                                     .captured_response_us = response->captured_response_us,
                                     .response_us = response->response_us};

    if (record_exchange(flow->run->record, sim_clock_now_us(), &row) != 0)
        fail(flow);
}

static void count(struct flow_state *flow, const struct exchange *exchange, uint64_t number)
{
    const struct response response = {.flow = flow->row.flow,
                                      .exchange = number,
                                      .start_us = exchange->start_us,
                                      .captured_response_us =
                                          exchange_captured_response_us(exchange),
                                      .response_us = exchange_response_us(exchange),
                                      .ip_version = flow->row.ip_version,
                                      .initiator = flow->row.initiator,
                                      .responder = flow->row.responder};
    struct group_state *group = exchange->group ? exchange->group : flow->group;

    if (flow->has_exchange_rows)
        write_row(flow, &response, exchange, group->totals.name);
    if (flow->row.protocol == PROTOCOL_TCP &&
        response_times_add(&group->totals.responses, &response) != 0)
        fail(flow);
}

static void take_ended(struct flow_state *flow)
{
    struct exchange exchange;
    uint64_t number;

    while (exchange_list_take(&flow->exchanges, &exchange, &number))
        count(flow, &exchange, number);
}

void flow_exchanges_open(struct flow_state *flow, enum shaper_direction requests)
{
    uint8_t protocol = flow->row.protocol;

    flow->opened_in = flow->group;
    exchange_list_init(&flow->exchanges, requests,
                       protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP);
}

static struct exchange_packet packet_of(enum shaper_direction direction,
                                        const struct flow_event *event)
{
    return (struct exchange_packet){.direction = direction,
                                    .captured_us = event->time_us,
                                    .bytes = event->bytes,
                                    .has_payload = event->new_bytes > 0 && event->bytes > 0};
}

void flow_exchanges_capture(struct flow_state *flow, enum shaper_direction direction,
                            const struct flow_event *event)
{
    const struct exchange_packet packet = packet_of(direction, event);

    if (exchange_list_capture(&flow->exchanges, &packet) != 0)
        fail(flow);
    if (flow->exchanges.next - flow->exchanges.first > 1)
        take_ended(flow);
}

/* What its application holds back is due before it is offered. */
void flow_exchanges_due(struct flow_state *flow, enum shaper_direction direction, int64_t due_us)
{
    uint64_t bytes =
        flow->row.offered_bytes[direction] + (direction == SHAPER_WRITE ? flow->held_now_bytes : 0);

    exchange_list_due(&flow->exchanges, direction, bytes, due_us, flow->group);
}

void flow_exchanges_deliver(struct flow_state *flow, enum shaper_direction direction,
                            int64_t now_us)
{
    exchange_list_deliver(&flow->exchanges, direction, flow->row.delivered_bytes[direction],
                          now_us);
    if (flow->exchanges.next - flow->exchanges.first > 1)
        take_ended(flow);
}

void flow_exchanges_cut(struct flow_state *flow)
{
    exchange_list_cut(&flow->exchanges);
}

void flow_exchanges_capture_rest(struct flow_state *flow, enum shaper_direction direction,
                                 const struct flow_event *event)
{
    const struct exchange_packet packet = packet_of(direction, event);

    exchange_list_capture_rest(&flow->exchanges, &packet);
}

void flow_exchanges_retire(struct flow_state *flow)
{
    flow->is_whole = true;
}

void flow_exchanges_end(struct flow_state *flow, struct flow_figures *figures)
{
    struct exchange_list *list = &flow->exchanges;
    int64_t start_us = flow->row.start_us;

    exchange_list_end(list, flow->is_whole);
    take_ended(flow);
    if (list->captured_last_us < 0)
        return;
    int64_t completed_us = exchange_list_completed_us(list);
    figures->captured_completion_us = list->captured_last_us - start_us;
    figures->completion_us = completed_us < 0 ? -1 : completed_us - start_us;
    if (completion_times_add(&flow->opened_in->totals.completion, figures->captured_completion_us,
                             figures->completion_us) != 0)
        fail(flow);
}
