#include "sim/account/flow_capture.h"

#include "sim/account/run_state.h"
#include "sim/clock/clock.h"

void flow_capture_arrive(struct flow_state *flow, enum shaper_direction direction,
                         const struct flow_event *event)
{
    const struct flow_source_counts *counts = flow_source_counts(flow->run->source);
    const struct shaped_arrival arrival = {
        .start_ns = counts->first_packet_ns,
        .time_us = event->time_us,
        .cut_us = flow_source_removed_us(flow->run->source),
        .direction = direction,
        .bytes = event->bytes,
        .packet = &event->packet,
        .initiator = flow->copy > 0 ? &flow->row.initiator : NULL,
        .is_from_initiator = (direction == SHAPER_READ) != flow->run->config->shape_initiator};
    char error[SIM_ERROR_BYTES];

    if (shaped_capture_arrive(flow->run->shaped, &flow->shaped, &arrival, error) != SIM_OK)
        run_state_fail(flow->run, "%s", error);
    else if (arrival.bytes == 0) /* nothing will be delivered for it */
        flow_capture_deliver(flow, direction);
}

void flow_capture_deliver(struct flow_state *flow, enum shaper_direction direction)
{
    char error[SIM_ERROR_BYTES];

    if (shaped_capture_deliver(flow->run->shaped, flow->shaped, direction,
                               flow->row.delivered_bytes[direction], sim_clock_now_us(),
                               error) != SIM_OK)
        run_state_fail(flow->run, "%s", error);
}

void flow_capture_end(struct flow_state *flow)
{
    shaped_capture_end_flow(flow->run->shaped, flow->shaped);
    flow->shaped = NULL;
}
