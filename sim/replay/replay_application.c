#include "sim/replay/replay_application.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/numbers.h"
#include "sim/clock/clock.h"

/* --- packets ------------------------------------------------------------------------------ */

static enum shaper_direction direction_of(const struct replay *replay,
                                          const struct flow_event *event)
{
    bool from_initiator = event->direction == FLOW_FROM_INITIATOR;

    return from_initiator != replay->config->shape_initiator ? SHAPER_READ : SHAPER_WRITE;
}

void replay_keep_packet(struct replay *replay, struct flow_state *flow,
                        const struct flow_event *event)
{
    const struct flow_source_counts *counts = flow_source_counts(replay->source);
    const struct shaped_arrival arrival = {.start_ns = counts->first_packet_ns,
                                           .time_us = event->time_us,
                                           .cut_us = counts->removed_us,
                                           .direction = direction_of(replay, event),
                                           .bytes = event->bytes,
                                           .packet = &event->packet};
    char error[SIM_ERROR_BYTES];

    if (shaped_capture_arrive(replay->shaped, &flow->shaped, &arrival, error) != SIM_OK)
        replay_fail(replay, error);
    else if (event->bytes == 0) /* nothing will be delivered for it */
        replay_write_packets(flow, arrival.direction);
}

void replay_write_packets(struct flow_state *flow, enum shaper_direction direction)
{
    char error[SIM_ERROR_BYTES];

    if (shaped_capture_deliver(flow->replay->shaped, flow->shaped, direction,
                               flow->row.delivered_bytes[direction], sim_clock_now_us(),
                               error) != SIM_OK)
        replay_fail(flow->replay, error);
}

void replay_drop_packets(struct flow_state *flow)
{
    shaped_capture_end_flow(flow->replay->shaped, flow->shaped);
    flow->shaped = NULL;
}

/* Filters look at what packets hold; without them nobody does. */
static unsigned char *content_of(const struct replay *replay, const struct flow_state *flow,
                                 const struct flow_event *event, enum shaper_direction direction)
{
    const struct payload_position place = {
        .seed = (uint64_t)replay->config->seed,
        .flow = flow->row.flow,
        .direction = direction,
        .stream_offset = flow->row.offered_bytes[direction] +
                         (direction == SHAPER_WRITE ? flow->held_now_bytes : 0)};

    return payload_make(replay->config->application.payload, &place, event->content,
                        event->content_bytes, event->bytes);
}

/* A broken flow has no channel: what is offered to it is lost. */
static bool offer(struct flow_state *flow, enum shaper_direction direction, uint32_t bytes,
                  int64_t arrived_us, const unsigned char *content)
{
    const struct application_config *application = &flow->replay->config->application;

    if (flow_state_offered(flow, direction, bytes, arrived_us) != 0 ||
        (flow->channel &&
         shaper_channel_offer(flow->channel, direction, content, bytes) != SHAPER_OK))
        return false;
    group_state_offered(flow->group, flow, direction, bytes);
    if (direction == SHAPER_WRITE && application->write_high_bytes > 0 && flow->channel)
        flow->is_holding =
            shaper_channel_output_bytes(flow->channel) > (uint64_t)application->write_high_bytes;
    return true;
}

bool replay_offer_packet(struct replay *replay, struct flow_state *flow,
                         const struct flow_event *event)
{
    enum shaper_direction direction = direction_of(replay, event);
    unsigned char *content = NULL;

    if (replay->config->application.filter_count > 0 &&
        !(content = content_of(replay, flow, event, direction)))
        return false;
    if (direction == SHAPER_WRITE && flow->is_holding)
        return flow_state_hold(flow, event->bytes, event->time_us, content) == 0;
    bool is_offered = offer(flow, direction, event->bytes, event->time_us, content);
    free(content);
    return is_offered;
}

void replay_close_if_done(struct flow_state *flow)
{
    if (flow->channel && !flow->held)
        shaper_channel_close(flow->channel);
}

void replay_writable(void *arg)
{
    struct flow_state *flow = arg;
    bool is_good = true;

    if (!flow->is_holding || !flow->channel)
        return;
    flow->is_holding = false;
    while (flow->held && !flow->is_holding && is_good) {
        struct held_packet *packet = flow_state_release_held(flow, sim_clock_now_us());
        is_good = offer(flow, SHAPER_WRITE, packet->bytes, packet->arrived_us, packet->content);
        held_packet_free(packet);
    }
    if (!is_good)
        replay_fail(flow->replay, "out of memory for the backlog; lower --write-high");
    if (flow->is_closed)
        replay_close_if_done(flow);
}

/* --- what is counted ---------------------------------------------------------------------- */

void replay_timed_out(void *arg, enum shaper_direction direction)
{
    struct flow_state *flow = arg;

    flow->application.timeouts[direction]++; /* nothing has moved: a run may not go on for that */
}

void replay_flushed(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct flow_state *flow = arg;

    flow->replay->moved++;
    flow->application.flushed_bytes[direction] += bytes;
    flow->group->totals.flushed_bytes[direction] += bytes;
}

void replay_count_arrived(struct flow_state *flow)
{
    size_t filters = flow->replay->config->application.filter_count;

    for (int d = 0; d < SHAPER_DIRECTIONS && filters > 0; d++) {
        uint64_t bytes =
            shaper_channel_filter_counts(flow->channel, filters - 1, (enum shaper_direction)d)
                ->received_before_bytes;
        flow->group->totals.arrived_bytes[d] += bytes - flow->arrived_bytes[d];
        flow->arrived_bytes[d] = bytes;
    }
}

void replay_keep_filter_counts(struct replay *replay, struct flow_state *flow)
{
    size_t filters = replay->config->application.filter_count;

    if (filters == 0)
        return;
    replay_count_arrived(flow);
    memset(flow->arrived_bytes, 0, sizeof(flow->arrived_bytes)); /* the next channel's */
    if (!flow->filters &&
        !(flow->filters = calloc(filters * SHAPER_DIRECTIONS, sizeof(*flow->filters)))) {
        replay_fail(replay, "out of memory for the counts of filters");
        return;
    }
    for (size_t i = 0; i < filters; i++)
        for (size_t d = 0; d < SHAPER_DIRECTIONS; d++)
            shaper_filter_counts_add(
                &flow->filters[i * SHAPER_DIRECTIONS + d],
                shaper_channel_filter_counts(flow->channel, i, (enum shaper_direction)d));
}

static void record_filters(struct replay *replay, const struct flow_state *flow)
{
    const struct application_config *application = &replay->config->application;

    for (size_t d = 0; d < SHAPER_DIRECTIONS && flow->filters; d++)
        for (size_t i = 0; i < application->filter_count; i++) {
            const struct filter_row row = {.flow = flow->row.flow,
                                           .group = flow->row.group,
                                           .direction = (enum shaper_direction)d,
                                           .position = i,
                                           .filter =
                                               shaper_filter_name(application->filters[i].kind),
                                           .counts = &flow->filters[i * SHAPER_DIRECTIONS + d]};
            shaper_filter_counts_add(&flow->group->totals.filters[i][d], row.counts);
            if (replay->setup.record)
                record_filter(replay->setup.record, &row);
        }
}

static void add_counts(struct application_counts *sum, const struct application_counts *more)
{
    sum->held_packets += more->held_packets;
    sum->held_bytes += more->held_bytes;
    if (more->max_held_bytes > sum->max_held_bytes)
        sum->max_held_bytes = more->max_held_bytes;
    sum->max_held_us = max_i64(sum->max_held_us, more->max_held_us);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        sum->timeouts[d] += more->timeouts[d];
        sum->flushed_bytes[d] += more->flushed_bytes[d];
    }
}

void replay_record_application(struct replay *replay, const struct flow_state *flow)
{
    record_filters(replay, flow);
    if (!application_is_recorded(&replay->config->application))
        return;
    add_counts(&flow->group->totals.application, &flow->application);
    if (replay->setup.record) {
        const struct application_row row = {
            .flow = flow->row.flow, .group = flow->row.group, .counts = &flow->application};
        record_application(replay->setup.record, &row);
    }
}
