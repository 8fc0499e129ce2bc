#include "sim/account/flow_channel.h"

#include <inttypes.h>

#include <event2/event.h>
#include <utlist.h>

#include "sim/account/closed_loop.h"
#include "sim/account/delay_seconds.h"
#include "sim/account/due_times.h"
#include "sim/account/flow_application.h"
#include "sim/account/flow_bucket.h"
#include "sim/account/flow_capture.h"
#include "sim/account/flow_exchanges.h"
#include "sim/account/group_state.h"
#include "sim/account/packet_copy.h"
#include "sim/account/response_ends.h"
#include "sim/account/run_state.h"
#include "sim/clock/clock.h"

static void add_withheld(struct flow_state *flow, enum shaper_direction direction, uint64_t bytes)
{
    flow->group->totals.withheld_bytes[direction] += bytes;
    flow->group->totals.unoffered_bytes[direction] += bytes;
}

static void count_held_upstream(struct flow_state *flow)
{
    struct group_totals *totals = &flow->group->totals;
    uint32_t largest_bytes = closed_flow_largest_windowed(flow->closed);

    if (largest_bytes > totals->largest_windowed_bytes)
        totals->largest_windowed_bytes = largest_bytes;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct withheld withheld = closed_flow_withheld(flow->closed, (enum shaper_direction)d);
        add_withheld(flow, (enum shaper_direction)d, withheld.bytes);
        if (flow->run->shaped)
            shaped_capture_withhold(flow->run->shaped, withheld.packets);
    }
}

void flow_channel_end_flow(struct flow_state *flow)
{
    struct run_state *run = flow->run;
    struct flow_figures figures = {.captured_completion_us = -1, .completion_us = -1};

    if (!flow_state_has_ended(flow))
        return;
    flow_state_delays(flow, &figures);
    if (flow->closed)
        closed_flow_end(flow->closed, sim_clock_now_us());
    if (flow->shaped)
        flow_capture_end(flow);
    add_withheld(flow, SHAPER_WRITE, flow->held_now_bytes); /* by its application */
    if (flow->closed)
        count_held_upstream(flow);
    if (run->measures)
        flow_exchanges_end(flow, &figures);
    group_state_flow_over(flow->group, flow, &figures);
    flow_application_record(flow);
    if (run->record)
        record_flow(run->record, &flow->row, &figures);
    DL_DELETE2(run->flows, flow, all_prev, all_next);
    flow_state_release(flow);
}

void flow_channel_cut(struct flow_state *flow, int64_t end_us)
{
    if (flow->channel) {
        flow->row.end_us = end_us;
        flow_application_keep_filter_counts(flow);
    }
    shaper_channel_free(flow->channel);
    flow->channel = NULL;
    flow->channels = 0;
    if (flow->closed)
        closed_flow_cut(flow->closed);
}

static void on_delivered(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct flow_state *flow = arg;
    struct group_state *group = flow->group;
    bool is_closed_loop = flow->run->config->is_closed_loop;
    int64_t now_us = sim_clock_now_us(); /* one instant, also of a real clock */
    struct delay_histogram *behind =
        is_closed_loop && flow->run->measures ? &group->totals.behind[direction] : NULL;
    const struct delay_sums delays = {.group = &group->totals.delays[direction],
                                      .second =
                                          group->second ? &group->second->delays[direction] : NULL,
                                      .behind = flow->closed ? NULL : behind,
                                      .keeps_own = flow->run->record};

    flow->run->moved++;
    delay_seconds_pass_to(&flow->run->delay_seconds, now_us);
    if (flow_state_delivered(flow, direction, bytes, now_us, &delays) != 0)
        run_state_fail(flow->run, "out of memory for delays");
    group_state_delivered(group, flow, direction, bytes);
    if (flow->run->measures)
        flow_exchanges_deliver(flow, direction, now_us);
    if (flow->shaped)
        flow_capture_deliver(flow, direction);
    if (flow->closed && closed_flow_deliver(flow->closed, direction,
                                            flow->row.delivered_bytes[direction], now_us, behind))
        event_active(flow->run->next_round, EV_TIMEOUT, 0);
}

static void on_charged(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct flow_state *flow = arg;

    flow->run->moved++;
    flow->tick_bytes[direction] += bytes;
    delay_queue_expect(&flow->arrivals[direction]);
    if (flow->closed)
        closed_flow_expect_delivery(flow->closed, direction);
    group_state_charged(flow->group, direction, bytes);
    flow_bucket_note_filling(flow);
}

static void on_opened(void *arg, const uint64_t bytes[SHAPER_DIRECTIONS])
{
    struct group_totals *totals = &((struct flow_state *)arg)->group->totals;

    totals->handshakes++;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        totals->handshake_bytes[d] += bytes[d];
}

static void on_leaving(void *arg)
{
    struct flow_state *flow = arg;

    for (int d = 0; d < SHAPER_DIRECTIONS && flow->has_per_flow_limit; d++)
        flow->per_flow_level_bytes[d] =
            shaper_channel_per_flow_level(flow->channel, (enum shaper_direction)d);
    flow_application_keep_filter_counts(flow);
    flow->channel = NULL;
    flow->row.end_us = sim_clock_now_us();
    group_state_left(flow->group);
    flow->run->open_flows--;
}

static void on_unclean(void *arg)
{
    ((struct flow_state *)arg)->group->totals.unclean_ends++;
}

/* As a server does at an end of file: it frees the flow, and the backlog is lost. */
static void on_broken(void *arg)
{
    struct flow_state *flow = arg;

    flow->is_broken = true;
    flow->row.close = "eof";
    flow->run->moved++;
    flow->group->totals.false_eofs++;
    if (flow->closed)
        closed_flow_break(flow->closed, sim_clock_now_us());
    else
        flow_exchanges_cut(flow);
}

static void on_closed(void *arg)
{
    struct flow_state *flow = arg;

    flow->channels--;
    flow_channel_end_flow(flow);
}

static const struct shaper_channel_callbacks flow_callbacks = {
    .delivered = on_delivered,
    .charged = on_charged,
    .flushed = flow_application_flushed,
    .writable = flow_application_writable,
    .timed_out = flow_application_timed_out,
    .opened = on_opened,
    .leaving = on_leaving,
    .closed = on_closed,
    .unclean = on_unclean,
    .broken = on_broken};

static void fail_to_join(struct run_state *run, int status)
{
    if (status != SHAPER_ERROR_DESCRIPTORS) {
        run_state_fail(run,
                       "out of memory for a flow's bufferevents; replay fewer flows (--filter)");
        return;
    }
    run_state_fail(
        run,
        "--transport socket takes two descriptors per open flow, and with %" PRIu64
        " flows open there are none left; raise the limit (ulimit -n) or use --transport pair",
        run->open_flows);
}

/* Flows that have closed stay until they are drained: at most as many as may be open. */
static bool has_room(struct run_state *run)
{
    const struct flow_source_options *source = &run->config->source;
    int64_t most = 2 * source->max_flows * source->schedule.copies;

    if (run->open_flows < (uint64_t)most)
        return true;
    run_state_fail(
        run,
        "at %.6f s of virtual time %" PRIu64
        " flows are open or have closed with bytes waiting; raise the rate or --max-flows, or "
        "stop before with --max-time",
        (double)sim_clock_now_us() / 1e6, run->open_flows);
    return false;
}

/* Makes the flow a member of its group. false: the run has failed. */
static bool join(struct flow_state *flow)
{
    struct run_state *run = flow->run;
    struct group_state *group = flow->group;
    const struct application_config *application = &run->config->application;
    struct shaper_channel_setup setup = {
        .transport = run->config->transport,
        .shaped_is_initiator = run->config->shape_initiator,
        .tls_version = run->config->tls_version,
        .tls_end = run->config->tls_end,
        .max_single_bytes = {(size_t)run->config->max_single_bytes[SHAPER_READ],
                             (size_t)run->config->max_single_bytes[SHAPER_WRITE]},
        .group = group->shaper_group,
        .weight = flow->row.weight,
        .per_flow_cfg = flow->per_flow_cfg,
        .filters = application->filters,
        .filter_count = application->filter_count,
        .flush = application->flush,
        .read_high_bytes = (size_t)application->read_high_bytes,
        .read_low_bytes = (size_t)application->read_low_bytes,
        .filter_high_bytes = (size_t)application->filter_high_bytes,
        .reports_writable = application->write_high_bytes > 0,
        .write_low_bytes = (size_t)application->write_low_bytes,
        .timeout_us = {application->timeout_us[SHAPER_READ], application->timeout_us[SHAPER_WRITE]},
        .sums_deliveries = application->write_high_bytes == 0,
        .callbacks = &flow_callbacks,
        .arg = flow};
    int status;

    if (!has_room(run))
        return false;
    flow->channel = shaper_channel_new(run->shaper, &setup, &status);
    if (!flow->channel) {
        fail_to_join(run, status);
        return false;
    }
    flow->channels++;
    flow->is_holding = false; /* nothing waits in this end's output */
    run->open_flows++;
    run->moved++;
    group_state_joined(group);
    if (flow->is_recorded && !flow->is_listed && group->limits) {
        flow->is_listed = true;
        DL_APPEND(group->recorded, flow);
    }
    if (flow->has_per_flow_limit)
        flow_bucket_set_initial_tokens(flow);
    flow_bucket_note_filling(flow);
    return true;
}

enum shaper_direction flow_channel_direction(const struct run_config *config,
                                             enum flow_direction from)
{
    bool from_initiator = from == FLOW_FROM_INITIATOR;

    return from_initiator != config->shape_initiator ? SHAPER_READ : SHAPER_WRITE;
}

/* Whether the packet is due: *due_us is then when. Else it is held, or withheld. */
static bool is_due(struct flow_state *flow, enum shaper_direction direction,
                   const struct flow_event *event, uint32_t number, int64_t *due_us)
{
    struct run_state *run = flow->run;
    const struct closed_loop_packet packet = {
        .direction = direction,
        .captured_us = event->time_us,
        .number = number,
        .bytes = event->bytes,
        .has_payload = event->new_bytes > 0,
        .ends_stream = event->ends_stream,
        .acknowledgment = {event->has_acknowledgment, event->acknowledgment},
        .end_sequence = event->end_sequence};
    struct held_copy *copy = NULL;
    bool keeps_content = run->config->application.filter_count > 0 && event->bytes > 0;

    if ((run->shaped || keeps_content) &&
        !(copy = packet_copy_new(event, run->shaped != NULL, keeps_content))) {
        run_state_fail(run, "out of memory for a packet that waits");
        return false;
    }
    return closed_flow_take(flow->closed, &packet, copy, sim_clock_now_us(), due_us) ==
           CLOSED_LOOP_DUE;
}

void flow_channel_hand_in(struct flow_state *flow, enum shaper_direction direction,
                          const struct flow_event *event, uint32_t number)
{
    struct run_state *run = flow->run;
    bool ends_response = run->response_ends && response_ends_has(run->response_ends, number);

    if (run->shaped)
        flow_capture_arrive(flow, direction, event);
    if (event->bytes == 0 || (!flow->channel && !flow->is_broken && !join(flow)))
        return;
    if (run->due_times && flow->closed &&
        due_times_take(run->due_times, flow->row.flow, direction, event->time_us) != 0)
        run_state_fail(run, "out of memory for the times at which packets are due");
    if (run->measures)
        flow_exchanges_due(flow, direction, event->time_us);
    if (!flow_application_offer(flow, direction, event, ends_response)) {
        run_state_fail(run,
                       "out of memory for the backlog; raise the rate or replay less of the trace");
        return;
    }
    if (flow->is_closed)
        flow_application_close_if_done(flow);
}

void flow_channel_take_packet(struct flow_state *flow, const struct flow_event *event)
{
    enum shaper_direction direction = flow_channel_direction(flow->run->config, event->direction);
    uint32_t number = flow_source_packet_number(flow->run->source);
    int64_t due_us;

    if (event->opens_flow && !join(flow))
        return;
    flow->row.packets++;
    if (event->payload_bytes != event->new_bytes && !event->is_duplicate)
        flow->row.retransmitted_bytes += event->payload_bytes - event->new_bytes;
    flow->group->totals.packets++;
    if (flow->run->measures)
        flow_exchanges_capture(flow, direction, event);
    if (!flow->closed) {
        flow_channel_hand_in(flow, direction, event, number);
    } else if (is_due(flow, direction, event, number, &due_us)) {
        struct flow_event due = *event;
        due.time_us = due_us;
        flow_channel_hand_in(flow, direction, &due, number);
    }
}
