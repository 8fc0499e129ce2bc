#include "sim/replay/replay_rest.h"

#include <stdlib.h>

#include "sim/account/flow_channel.h"
#include "sim/account/flow_exchanges.h"
#include "sim/clock/clock.h"

/* The flows that would open are not made: all that would join one group are the same stand-in. */
struct rest {
    struct replay_flows *flows;
    struct flow_state stand_ins[GROUPS_MAX + 1]; /* by the group's place among the groups */
};

static struct flow_state *stand_in(struct rest *rest, const struct capture_packet *packet)
{
    struct replay_groups *groups = rest->flows->groups;
    struct group_state *group = replay_groups_of(groups, packet);
    struct flow_state *flow = &rest->stand_ins[group - groups->states];

    flow->group = group;
    return flow;
}

static void count(struct rest *rest, const struct flow_event *event)
{
    if (event->kind == FLOW_EVENT_RETIRE)
        flow_exchanges_retire(*event->user);
    if (event->kind != FLOW_EVENT_PACKET)
        return;
    if (event->opens_flow)
        *event->user = stand_in(rest, &event->packet);
    struct flow_state *flow = *event->user;
    enum shaper_direction direction =
        flow_channel_direction(rest->flows->run->config, event->direction);
    flow->group->totals.unoffered_bytes[direction] += event->bytes;
    if (flow->run && flow->run->measures) /* else one that would open */
        flow_exchanges_capture_rest(flow, direction, event);
}

static int read_rest(struct rest *rest, char *error)
{
    struct run_state *run = rest->flows->run;
    struct flow_event event = rest->flows->next;
    char text[TRACE_ERROR_BYTES];
    int status = TRACE_OK;

    while (status == TRACE_OK && !*run->stop) {
        count(rest, &event);
        status = flow_source_next(run->source, &event, text);
    }
    if (*run->stop) /* also ends the reading of a pipe */
        return sim_fail(error, SIM_INTERRUPTED, "interrupted");
    if (status == TRACE_ERROR_MEMORY)
        run_state_fail(run, "%s", text);
    return status == TRACE_END ? SIM_OK : sim_fail(error, SIM_FAILED, "%s", text);
}

int replay_rest_count(struct replay_flows *flows, char *error)
{
    if (flows->next_us == CLOCK_NEVER_US)
        return SIM_OK;
    struct rest *rest = calloc(1, sizeof(*rest));
    if (!rest) {
        run_state_fail(flows->run, "out of memory for what --max-time cuts off");
        return sim_fail(error, SIM_FAILED, "out of memory");
    }
    rest->flows = flows;
    int status = read_rest(rest, error);
    free(rest);
    return status;
}
