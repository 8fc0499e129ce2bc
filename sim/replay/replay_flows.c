#include "sim/replay/replay_flows.h"

#include <utlist.h>

#include "sim/account/flow_application.h"
#include "sim/account/flow_channel.h"
#include "sim/account/flow_exchanges.h"
#include "sim/account/packet_copy.h"
#include "sim/clock/clock.h"

/* --- what is due in closed loop ------------------------------------------------------------- */

static void hand_in(void *arg, const struct closed_loop_due *packet)
{
    struct flow_event event = {
        .kind = FLOW_EVENT_PACKET, .time_us = packet->due_us, .bytes = packet->bytes};

    if (packet->copy)
        packet_copy_fill(packet->copy, &event);
    flow_channel_hand_in(arg, packet->direction, &event, packet->number);
}

static void close_flow(void *arg)
{
    struct flow_state *flow = arg;

    flow->is_closed = true;
    if (!flow->is_broken)
        flow->row.close = flow->close_name;
    flow_application_close_if_done(flow);
}

static void retire_flow(void *arg)
{
    struct flow_state *flow = arg;

    flow->is_retired = true;
    flow_channel_end_flow(flow);
}

static void note_stuck(void *arg)
{
    struct flow_state *flow = arg;

    flow->row.close = "broken";
    flow->group->totals.broken_flows++;
    flow_exchanges_cut(flow);
}

static const struct closed_loop_callbacks loop_callbacks = {
    .due = hand_in, .closed = close_flow, .retired = retire_flow, .stuck = note_stuck};

/* --- the trace's events --------------------------------------------------------------------- */

int replay_flows_init(struct replay_flows *flows, struct run_state *run,
                      struct replay_groups *groups, char *error)
{
    const struct scheduling_config *scheduling = &run->config->scheduling;
    int status = SIM_OK;

    flows->run = run;
    flows->groups = groups;
    flows->loop.callbacks = &loop_callbacks;
    flows->loop.read_window_bytes = (uint64_t)run->config->receive_window_bytes;
    flows->loop.is_open = !run->config->is_closed_loop;
    if (run_config_holds_packets(run->config))
        run->closed_loop = &flows->loop;
    for (size_t i = 0; i < scheduling->weight_count && status == SIM_OK; i++)
        status = replay_compile_filter(run, "--weight", scheduling->weights[i].match,
                                       &flows->weights[i], error);
    return status;
}

void replay_flows_fini(struct replay_flows *flows)
{
    for (size_t i = 0; i < WEIGHTS_MAX; i++)
        capture_filter_free(flows->weights[i]);
    closed_loop_fini(&flows->loop);
}

/* Flows are in many places: what the next packets need of theirs is fetched while those before are
 * replayed. */
static void expect_packets(const struct flow_source *source)
{
    const struct flow_state *far = flow_source_user_ahead(source, 4);
    const struct flow_state *near = flow_source_user_ahead(source, 2);

    if (far)
        __builtin_prefetch(far, 1);
    if (near && near->closed)
        closed_flow_expect(near->closed);
}

void replay_read_next_event(struct replay_flows *flows)
{
    struct run_state *run = flows->run;
    char error[TRACE_ERROR_BYTES];
    int status = flow_source_next(run->source, &flows->next, error);

    flows->next_us = status == TRACE_OK ? flows->next.time_us : CLOCK_NEVER_US;
    expect_packets(run->source);
    if (status < 0 && *run->stop) /* a signal ended the reading of a pipe */
        run_state_stop(run, REPLAY_INTERRUPTED);
    else if (status < 0)
        run_state_fail(run, "%s", error);
}

static uint32_t weight_of(struct replay_flows *flows, const struct capture_packet *packet)
{
    const struct scheduling_config *scheduling = &flows->run->config->scheduling;

    for (size_t i = 0; i < scheduling->weight_count; i++)
        if (capture_filter_matches(flows->weights[i], packet)) {
            flows->weights_met[i] = true;
            return scheduling->weights[i].weight;
        }
    return 1;
}

/* Flows without limits have no ticks. (burst.csv has the same flows, also without flow_ticks.csv.)
 */
static bool wants_flow_ticks(struct replay_flows *flows, const struct group_state *group,
                             uint64_t number)
{
    if (!group->limits)
        return false;
    if (flows->ranking)
        return flow_ranking_has(flows->ranking, number);
    return flows->run->config->files != RUN_FILES_SUMMARY &&
           flows->recorded_flows++ < flows->run->config->flow_ticks;
}

static bool wants_exchanges(struct replay_flows *flows, uint64_t number)
{
    if (!flows->run->record)
        return false;
    if (flows->exchange_ranking)
        return flow_ranking_has(flows->exchange_ranking, number);
    return flows->exchange_flows++ < flows->run->config->exchanges;
}

/* Everything decided about the flow is decided first; then sim/account takes over. */
static struct flow_state *open_flow(struct replay_flows *flows)
{
    const struct flow_event *event = &flows->next;
    struct group_state *group = replay_groups_of(flows->groups, &event->packet);
    uint32_t weight = weight_of(flows, &event->packet);
    bool is_recorded = wants_flow_ticks(flows, group, event->flow->number);
    bool has_application = application_is_recorded(&flows->run->config->application);
    struct flow_state *flow = flow_state_new(event->flow, has_application, sim_clock_now_us());
    bool may_wait = flows->run->closed_loop && event->is_tcp;

    if (!flow || (may_wait && !(flow->closed = closed_flow_new(&flows->loop, flow, flow->copy)))) {
        flow_state_free(flow);
        run_state_fail(flows->run, "out of memory for a flow");
        return NULL;
    }
    flow->run = flows->run;
    flow->row.start_us = event->time_us;
    flow->row.close = "cut"; /* unless its close follows */
    flow->row.weight = weight;
    flow->is_recorded = is_recorded;
    flow->has_exchange_rows = wants_exchanges(flows, event->flow->number);
    group_state_take_in(group, flow);
    if (flows->run->measures)
        flow_exchanges_open(flow, flow_channel_direction(flows->run->config, FLOW_FROM_INITIATOR));
    DL_APPEND2(flows->run->flows, flow, all_prev, all_next);
    *event->user = flow;
    return flow;
}

void replay_take_event(struct replay_flows *flows)
{
    const struct flow_event *event = &flows->next;
    struct flow_state *flow = *event->user;

    switch (event->kind) {
    case FLOW_EVENT_PACKET:
        if (event->opens_flow)
            flow = open_flow(flows);
        if (flow)
            flow_channel_take_packet(flow, event);
        break;
    case FLOW_EVENT_CLOSE:
        flow->close_name = flow_close_name(event->close);
        if (flow->closed)
            closed_flow_close(flow->closed, event->time_us,
                              event->close == FLOW_CLOSED_IDLE || event->close == FLOW_CLOSED_END,
                              sim_clock_now_us());
        else
            close_flow(flow);
        break;
    case FLOW_EVENT_RETIRE:
        *event->user = NULL;
        flow_exchanges_retire(flow);
        if (flow->closed)
            closed_flow_retire(flow->closed, sim_clock_now_us());
        else
            retire_flow(flow);
        break;
    }
}

void replay_flows_return_event(struct replay_flows *flows)
{
    if (flows->next_us != CLOCK_NEVER_US)
        flow_source_return(flows->run->source, &flows->next);
}

void replay_flows_cut(struct replay_flows *flows, int64_t end_us)
{
    struct flow_state *flow, *next;

    DL_FOREACH_SAFE2 (flows->run->flows, flow, next, all_next) {
        flow_channel_cut(flow, end_us);
        flow->is_retired = true;
        flow->is_listed = false;
        flow_channel_end_flow(flow);
    }
}
