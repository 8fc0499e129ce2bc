#include "sim/account/flow_application.h"

#include <stdlib.h>
#include <string.h>

#include "sim/account/group_state.h"
#include "sim/account/run_state.h"
#include "sim/base/numbers.h"
#include "sim/clock/clock.h"

/* --- packets ------------------------------------------------------------------------------ */

/* Only filters read the contents of packets. */
static unsigned char *content_of(const struct flow_state *flow, enum shaper_direction direction,
                                 const struct flow_event *event)
{
    const struct payload_position place = {
        .seed = (uint64_t)flow->run->config->seed,
        .flow = flow->row.flow,
        .direction = direction,
        .stream_offset = flow->row.offered_bytes[direction] +
                         (direction == SHAPER_WRITE ? flow->held_now_bytes : 0)};

    return payload_make(flow->run->config->application.payload, &place, event->content,
                        event->content_bytes, event->bytes);
}

/* A broken flow has no channel: what is offered to it is lost. */
static bool offer(struct flow_state *flow, enum shaper_direction direction,
                  const struct held_packet *packet)
{
    uint32_t bytes = packet->bytes;
    const struct application_config *application = &flow->run->config->application;

    if (flow_state_offered(flow, direction, bytes, packet->arrived_us) != 0 ||
        (flow->channel &&
         shaper_channel_offer(flow->channel, direction, packet->content, bytes) != SHAPER_OK))
        return false;
    group_state_offered(flow->group, flow, direction, bytes);
    if (packet->ends_response && flow->channel)
        shaper_channel_end_response(flow->channel, direction);
    if (direction == SHAPER_WRITE && application->write_high_bytes > 0 && flow->channel)
        flow->is_holding =
            shaper_channel_output_bytes(flow->channel) > (uint64_t)application->write_high_bytes;
    return true;
}

bool flow_application_offer(struct flow_state *flow, enum shaper_direction direction,
                            const struct flow_event *event, bool ends_response)
{
    struct held_packet packet = {
        .bytes = event->bytes, .arrived_us = event->time_us, .ends_response = ends_response};

    if (flow->run->config->application.filter_count > 0 &&
        !(packet.content = content_of(flow, direction, event)))
        return false;
    if (direction == SHAPER_WRITE && flow->is_holding)
        return flow_state_hold(flow, &packet) == 0;
    bool is_offered = offer(flow, direction, &packet);
    free(packet.content);
    return is_offered;
}

void flow_application_close_if_done(struct flow_state *flow)
{
    if (flow->channel && !flow->held)
        shaper_channel_close(flow->channel);
}

void flow_application_writable(void *arg)
{
    struct flow_state *flow = arg;
    bool is_good = true;

    if (!flow->is_holding || !flow->channel)
        return;
    flow->is_holding = false;
    while (flow->held && !flow->is_holding && is_good) {
        struct held_packet *packet = flow_state_release_held(flow, sim_clock_now_us());
        is_good = offer(flow, SHAPER_WRITE, packet);
        held_packet_free(packet);
    }
    if (!is_good)
        run_state_fail(flow->run, "out of memory for the backlog; lower --write-high");
    if (flow->is_closed)
        flow_application_close_if_done(flow);
}

/* --- what is counted ---------------------------------------------------------------------- */

void flow_application_timed_out(void *arg, enum shaper_direction direction)
{
    struct flow_state *flow = arg;

    /* No byte has moved: this must not count as progress of the run. */
    flow->application->timeouts[direction]++;
}

void flow_application_flushed(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct flow_state *flow = arg;

    flow->run->moved++;
    flow->application->flushed_bytes[direction] += bytes;
    flow->group->totals.flushed_bytes[direction] += bytes;
}

/* NULL: there are no filters, or the run has failed. */
static struct flow_filter_counts *filters_of(struct flow_state *flow)
{
    struct flow_filter_counts *filters = flow->filters;
    size_t count = flow->run->config->application.filter_count * SHAPER_DIRECTIONS;

    if (filters || count == 0)
        return filters;
    flow->filters = calloc(1, sizeof(*filters) + count * sizeof(filters->counts[0]));
    if (!flow->filters)
        run_state_fail(flow->run, "out of memory for the counts of filters");
    return flow->filters;
}

void flow_application_count_arrived(struct flow_state *flow)
{
    struct flow_filter_counts *filters = filters_of(flow);
    size_t last = flow->run->config->application.filter_count - 1;

    for (int d = 0; d < SHAPER_DIRECTIONS && filters; d++) {
        uint64_t bytes = shaper_channel_filter_counts(flow->channel, last, (enum shaper_direction)d)
                             ->received_before_bytes;
        flow->group->totals.arrived_bytes[d] += bytes - filters->arrived_bytes[d];
        filters->arrived_bytes[d] = bytes;
    }
}

void flow_application_keep_filter_counts(struct flow_state *flow)
{
    struct flow_filter_counts *filters = filters_of(flow);
    size_t count = flow->run->config->application.filter_count;

    if (!filters)
        return;
    flow_application_count_arrived(flow);
    memset(filters->arrived_bytes, 0, sizeof(filters->arrived_bytes)); /* the next channel's */
    for (size_t i = 0; i < count; i++)
        for (size_t d = 0; d < SHAPER_DIRECTIONS; d++)
            shaper_filter_counts_add(
                &filters->counts[i * SHAPER_DIRECTIONS + d],
                shaper_channel_filter_counts(flow->channel, i, (enum shaper_direction)d));
}

static void record_filters(const struct flow_state *flow)
{
    const struct application_config *application = &flow->run->config->application;

    for (size_t d = 0; d < SHAPER_DIRECTIONS && flow->filters; d++)
        for (size_t i = 0; i < application->filter_count; i++) {
            const struct filter_row row = {
                .flow = flow->row.flow,
                .group = flow->row.group,
                .direction = (enum shaper_direction)d,
                .position = i,
                .filter = shaper_filter_name(application->filters[i].kind),
                .counts = flow->filters->counts[i * SHAPER_DIRECTIONS + d]};
            shaper_filter_counts_add(&flow->group->totals.filters[i][d], &row.counts);
            if (flow->run->record)
                record_filter(flow->run->record, &row);
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

void flow_application_record(const struct flow_state *flow)
{
    record_filters(flow);
    if (!application_is_recorded(&flow->run->config->application))
        return;
    add_counts(&flow->group->totals.application, flow->application);
    if (flow->run->record) {
        const struct application_row row = {
            .flow = flow->row.flow, .group = flow->row.group, .counts = *flow->application};
        record_application(flow->run->record, &row);
    }
}
