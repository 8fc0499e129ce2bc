#include "sim/replay/replay_flows.h"

#include <inttypes.h>

#include <utlist.h>

#include "sim/clock/clock.h"
#include "sim/replay/replay_application.h"
#include "sim/replay/replay_per_flow_buckets.h"

void replay_flow_over(struct replay *replay, struct flow_state *flow)
{
    struct flow_figures figures = {0};

    if (!flow_state_is_over(flow))
        return;
    flow_state_delays(flow, &figures);
    if (flow->shaped)
        replay_drop_packets(flow);
    group_state_flow_over(flow->group, flow, &figures);
    replay_record_application(replay, flow);
    if (replay->setup.record)
        record_flow(replay->setup.record, &flow->row, &figures);
    DL_DELETE2(replay->flows, flow, all_prev, all_next);
    flow_state_release(flow);
}

static void on_delivered(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct flow_state *flow = arg;
    struct group_state *group = flow->group;

    flow->replay->moved++;
    if (flow_state_delivered(flow, direction, bytes, sim_clock_now_us(),
                             &group->totals.delays[direction], flow->replay->setup.record) != 0)
        replay_fail(flow->replay, "out of memory for delays");
    group_state_delivered(group, flow, direction, bytes);
    if (flow->shaped)
        replay_write_packets(flow, direction);
}

static void on_charged(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct flow_state *flow = arg;

    flow->replay->moved++;
    flow->tick_bytes[direction] += bytes;
    delay_queue_expect(&flow->arrivals[direction]);
    group_state_charged(flow->group, direction, bytes);
    replay_note_per_flow_bucket(flow);
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
    replay_keep_filter_counts(flow->replay, flow);
    flow->channel = NULL;
    flow->row.end_us = sim_clock_now_us();
    group_state_left(flow->group);
    flow->replay->open_flows--;
}

static void on_unclean(void *arg)
{
    ((struct flow_state *)arg)->group->totals.unclean_ends++;
}

/* As a server does at an end of file: it lets the flow go, and what was left is lost. */
static void on_broken(void *arg)
{
    struct flow_state *flow = arg;

    flow->is_broken = true;
    flow->row.close = "eof";
    flow->replay->moved++;
    flow->group->totals.false_eofs++;
}

static void on_closed(void *arg)
{
    struct flow_state *flow = arg;

    flow->channels--;
    replay_flow_over(flow->replay, flow);
}

static const struct shaper_channel_callbacks flow_callbacks = {.delivered = on_delivered,
                                                               .charged = on_charged,
                                                               .flushed = replay_flushed,
                                                               .writable = replay_writable,
                                                               .timed_out = replay_timed_out,
                                                               .opened = on_opened,
                                                               .leaving = on_leaving,
                                                               .closed = on_closed,
                                                               .unclean = on_unclean,
                                                               .broken = on_broken};

struct group_state *replay_group_of(struct replay *replay, const struct capture_packet *packet)
{
    for (size_t i = 0; i < replay->group_count; i++) {
        struct group_state *group = &replay->groups[i];
        if (!group->match || capture_filter_matches(group->match, packet))
            return group;
    }
    return &replay->groups[replay->group_count];
}

/* Flows without limits have no ticks. */
static bool wants_flow_ticks(struct replay *replay, const struct flow_state *flow)
{
    if (!flow->group->limits)
        return false;
    if (replay->setup.ranking)
        return flow_ranking_has(replay->setup.ranking, flow->row.flow);
    return replay->recorded_flows++ < replay->config->flow_ticks;
}

static void fail_to_join(struct replay *replay, int status)
{
    if (status != SHAPER_ERROR_DESCRIPTORS) {
        replay_fail(replay,
                    "out of memory for a flow's bufferevents; replay fewer flows (--filter)");
        return;
    }
    sim_fail(replay->failure, SIM_FAILED,
             "--transport socket takes two descriptors per open flow, and with %" PRIu64
             " flows open there are none left; raise the limit (ulimit -n) or use --transport pair",
             replay->open_flows);
    replay_stop(replay, REPLAY_FAILED);
}

/* Flows that have closed stay until they are drained: as many of them as may be open are let be. */
static bool has_room(struct replay *replay)
{
    int64_t most = 2 * replay->config->source.max_flows;

    if (replay->open_flows < (uint64_t)most)
        return true;
    sim_fail(replay->failure, SIM_FAILED,
             "at %.6f s of virtual time %" PRIu64
             " flows are open or have closed with bytes waiting; raise the rate or --max-flows, or "
             "stop before with --max-time",
             (double)sim_clock_now_us() / 1e6, replay->open_flows);
    replay_stop(replay, REPLAY_FAILED);
    return false;
}

/* Makes the flow a member of its group: when it opens, and again for bytes that come after its
 * close. false: it failed, and the replay ends. */
static bool join(struct replay *replay, struct flow_state *flow)
{
    struct group_state *group = flow->group;
    const struct application_config *application = &replay->config->application;
    struct shaper_channel_setup setup = {
        .transport = replay->config->transport,
        .shaped_is_initiator = replay->config->shape_initiator,
        .tls_end =
            replay->config->dirty_shutdown ? SHAPER_TLS_END_DIRTY : SHAPER_TLS_END_CLOSE_NOTIFY,
        .max_single_bytes = {(size_t)replay->config->max_single_bytes[SHAPER_READ],
                             (size_t)replay->config->max_single_bytes[SHAPER_WRITE]},
        .group = group->shaper_group,
        .weight = flow->row.weight,
        .per_flow_cfg = flow->per_flow_cfg,
        .filters = application->filters,
        .filter_count = application->filter_count,
        .flush = application->flush,
        .read_high_bytes = (size_t)application->read_high_bytes,
        .reports_writable = application->write_high_bytes > 0,
        .write_low_bytes = (size_t)application->write_low_bytes,
        .timeout_us = {application->timeout_us[SHAPER_READ], application->timeout_us[SHAPER_WRITE]},
        .sums_deliveries = application->write_high_bytes == 0,
        .callbacks = &flow_callbacks,
        .arg = flow};
    int status;

    if (!has_room(replay))
        return false;
    flow->channel = shaper_channel_new(replay->shaper, &setup, &status);
    if (!flow->channel) {
        fail_to_join(replay, status);
        return false;
    }
    flow->channels++;
    flow->is_holding = false; /* nothing waits in this one's output */
    replay->open_flows++;
    replay->moved++;
    group_state_joined(group);
    if (flow->is_recorded && !flow->is_listed && group->limits) {
        flow->is_listed = true;
        DL_APPEND(group->recorded, flow);
    }
    if (flow->has_per_flow_limit)
        replay_set_per_flow_tokens(replay, flow);
    replay_note_per_flow_bucket(flow);
    return true;
}

static uint32_t weight_of(const struct replay *replay, const struct capture_packet *packet)
{
    const struct scheduling_config *scheduling = &replay->config->scheduling;

    for (size_t i = 0; i < scheduling->weight_count; i++)
        if (capture_filter_matches(replay->weights[i], packet))
            return scheduling->weights[i].weight;
    return 1;
}

static struct flow_state *open_flow(struct replay *replay)
{
    const struct flow_event *event = &replay->next;
    struct flow_state *flow = flow_state_new(event->flow, sim_clock_now_us());

    if (!flow) {
        replay_fail(replay, "out of memory for a flow");
        return NULL;
    }
    flow->replay = replay;
    flow->group = replay_group_of(replay, &event->packet);
    flow->row.group = flow->group->totals.name;
    flow->row.start_us = event->time_us;
    flow->row.close = "cut"; /* unless its close comes */
    flow->row.weight = weight_of(replay, &event->packet);
    flow->has_per_flow_limit = flow->group->per_flow_cfg != NULL;
    flow->per_flow_cfg = flow->group->per_flow_cfg;
    if (flow->has_per_flow_limit)
        flow->per_flow = &flow->group->limits->per_flow;
    flow->is_recorded = wants_flow_ticks(replay, flow);
    if (flow->is_recorded && flow->group->metrics)
        group_metrics_record_flow(flow->group->metrics, &flow->metrics, flow->row.flow);
    flow->group->totals.flows++;
    DL_APPEND2(replay->flows, flow, all_prev, all_next);
    *event->user = flow;
    return join(replay, flow) ? flow : NULL;
}

static void take_packet(struct replay *replay)
{
    const struct flow_event *event = &replay->next;
    struct flow_state *flow = event->opens_flow ? open_flow(replay) : *event->user;

    if (!flow)
        return;
    flow->row.packets++;
    flow->group->totals.packets++;
    if (replay->shaped)
        replay_keep_packet(replay, flow, event);
    if (event->bytes == 0 || (!flow->channel && !flow->is_broken && !join(replay, flow)))
        return;
    if (!replay_offer_packet(replay, flow, event)) {
        replay_fail(replay,
                    "out of memory for the backlog; raise the rate or replay less of the trace");
        return;
    }
    if (flow->is_closed)
        replay_close_if_done(flow);
}

void replay_take_event(struct replay *replay)
{
    struct flow_state *flow = *replay->next.user;

    switch (replay->next.kind) {
    case FLOW_EVENT_PACKET:
        take_packet(replay);
        break;
    case FLOW_EVENT_CLOSE:
        flow->is_closed = true;
        if (!flow->is_broken)
            flow->row.close = flow_close_name(replay->next.flow->close);
        replay_close_if_done(flow);
        break;
    case FLOW_EVENT_RETIRE:
        flow->is_retired = true;
        replay_flow_over(replay, flow);
        break;
    }
}
