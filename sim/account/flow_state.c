#include "sim/account/flow_state.h"

#include <stdlib.h>

#include <event2/bufferevent.h>
#include <utlist.h>

#include "sim/account/closed_loop.h"

struct flow_state *flow_state_new(const struct flow *flow, bool has_application, int64_t now_us)
{
    struct flow_state *state = calloc(1, sizeof(*state));

    if (!state)
        return NULL;
    if (has_application && !(state->application = calloc(1, sizeof(*state->application)))) {
        free(state);
        return NULL;
    }
    state->row.flow = flow->number;
    state->row.ip_version = flow->ip_version;
    state->row.protocol = flow->protocol;
    state->row.initiator = flow->initiator;
    state->row.responder = flow->responder;
    state->row.start_us = now_us;
    state->copy = flow->copy;
    return state;
}

void flow_state_free(struct flow_state *flow)
{
    if (!flow)
        return;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        delay_queue_fini(&flow->arrivals[d]);
        delay_list_fini(&flow->delays[d]);
    }
    while (flow->held)
        held_packet_free(flow_state_release_held(flow, flow->held->arrived_us));
    closed_flow_free(flow->closed);
    exchange_list_fini(&flow->exchanges);
    if (flow->set_cfg)
        ev_token_bucket_cfg_free(flow->set_cfg);
    free(flow->metrics.before);
    free(flow->filters);
    free(flow->application);
    free(flow);
}

bool flow_state_has_ended(const struct flow_state *flow)
{
    return flow->is_retired && flow->channels == 0;
}

void flow_state_release(struct flow_state *flow)
{
    if (flow_state_has_ended(flow) && !flow->is_listed)
        flow_state_free(flow);
}

int flow_state_hold(struct flow_state *flow, const struct held_packet *held)
{
    struct held_packet *packet = malloc(sizeof(*packet));
    uint32_t bytes = held->bytes;

    if (!packet) {
        free(held->content);
        return -1;
    }
    *packet = *held;
    DL_APPEND(flow->held, packet);
    flow->held_now_bytes += bytes;
    flow->application->held_packets++;
    flow->application->held_bytes += bytes;
    if (flow->held_now_bytes > flow->application->max_held_bytes)
        flow->application->max_held_bytes = flow->held_now_bytes;
    return 0;
}

struct held_packet *flow_state_release_held(struct flow_state *flow, int64_t now_us)
{
    struct held_packet *packet = flow->held;

    DL_DELETE(flow->held, packet);
    flow->held_now_bytes -= packet->bytes;
    if (now_us - packet->arrived_us > flow->application->max_held_us)
        flow->application->max_held_us = now_us - packet->arrived_us;
    return packet;
}

void held_packet_free(struct held_packet *packet)
{
    free(packet->content);
    free(packet);
}

uint64_t flow_state_backlog(const struct flow_state *flow, enum shaper_direction direction)
{
    return flow->row.offered_bytes[direction] - flow->row.delivered_bytes[direction];
}

int flow_state_offered(struct flow_state *flow, enum shaper_direction direction, uint32_t bytes,
                       int64_t now_us)
{
    struct flow_row *row = &flow->row;

    row->offered_bytes[direction] += bytes;
    uint64_t backlog = flow_state_backlog(flow, direction);
    if (backlog > row->max_backlog_bytes[direction])
        row->max_backlog_bytes[direction] = backlog;
    return delay_queue_arrive(&flow->arrivals[direction], bytes, now_us);
}

int flow_state_delivered(struct flow_state *flow, enum shaper_direction direction, uint64_t bytes,
                         int64_t now_us, const struct delay_sums *delays)
{
    int64_t arrived_us;

    flow->row.delivered_bytes[direction] += bytes;
    while (delay_queue_deliver(&flow->arrivals[direction], &bytes, &arrived_us)) {
        int64_t delay_us = now_us - arrived_us;
        if ((delays->keeps_own && delay_list_add(&flow->delays[direction], delay_us) != 0) ||
            delay_histogram_add(delays->group, delay_us) != 0 ||
            (delays->second && delay_histogram_add(delays->second, delay_us) != 0) ||
            (delays->behind && delay_histogram_add(delays->behind, delay_us) != 0))
            return -1;
    }
    return 0;
}

void flow_state_delays(const struct flow_state *flow, struct flow_figures *figures)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct delay_list *delays = &flow->delays[d];
        figures->delay_us[d][0] = delay_list_percentile_us(delays, 500);
        figures->delay_us[d][1] = delay_list_percentile_us(delays, 990);
        figures->delay_us[d][2] = delays->packets ? delays->max_us : -1;
    }
}
