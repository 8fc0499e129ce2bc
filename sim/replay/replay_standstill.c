#include "sim/replay/replay_standstill.h"

#include <inttypes.h>
#include <stdio.h>

#include <utlist.h>

#include "sim/account/closed_loop.h"
#include "sim/account/flow_state.h"
#include "sim/base/numbers.h"
#include "sim/clock/clock.h"

/* How long a replay may make no progress when nothing more arrives: the longer of the two; only the
 * ticks if a bucket never fills. */
#define PATIENCE_US    (INT64_C(3600) * 1000000)
#define PATIENCE_TICKS 10000

/* How often libevent may poll within one instant in which nothing moves. */
#define IDLE_POLLS_MAX 1000000

/* How often in a row descriptors may be ready without a byte moved. */
#define IDLE_WAITS_MAX 16

/* Whether background traffic uses all tokens of the group's bucket, or of one above it, in a
 * direction: what waits for it waits forever. */
static bool background_takes_all(const struct group_state *group, enum shaper_direction d)
{
    const int64_t per_byte = INT64_C(8) * 1000000 * 1000; /* microbits and milliseconds */

    for (; group; group = group->parent) {
        if (!group->background || !group->background->is_given[d] || !group->shaper_group)
            continue;
        const struct rate_value *rate = &group->background->rate[d];
        int64_t tick_ms = group->limits->tick_ms;
        int64_t bytes = rate->is_per_tick
                            ? rate->bytes_per_tick
                            : rate->microbits_per_s / per_byte * tick_ms +
                                  rate->microbits_per_s % per_byte * tick_ms / per_byte;
        if (bytes >= group->limit.rate_bytes_per_tick[d])
            return true;
    }
    return false;
}

/* Whether anything waits for such a bucket: the replay can only fail then, and need not wait for
 * other backlogs. */
static bool background_holds_any(const struct replay_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            if (groups->states[i].backlog_bytes[d] > 0 &&
                background_takes_all(&groups->states[i], (enum shaper_direction)d))
                return true;
    return false;
}

static bool waits_for_background(const struct flow_state *flow)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (flow_state_backlog(flow, (enum shaper_direction)d) > 0 &&
            background_takes_all(flow->group, (enum shaper_direction)d))
            return true;
    return false;
}

static bool is_in_debt(const struct flow_state *flow)
{
    int64_t levels[SHAPER_DIRECTIONS] = {1, 1};

    if (flow->group->shaper_group)
        group_state_read_levels(flow->group, levels);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (flow_state_backlog(flow, (enum shaper_direction)d) == 0)
            continue;
        if (levels[d] <= 0 ||
            (flow->has_per_flow_limit &&
             shaper_channel_per_flow_level(flow->channel, (enum shaper_direction)d) <= 0))
            return true;
    }
    return false;
}

/* Whether all that a flow's channel has are bytes that their application leaves in its input. */
static bool waits_for_more(const struct flow_state *flow)
{
    return flow_state_backlog(flow, SHAPER_READ) > 0 &&
           flow_state_backlog(flow, SHAPER_WRITE) == 0 &&
           flow_state_backlog(flow, SHAPER_READ) == shaper_channel_unread_bytes(flow->channel);
}

/* What the first flow without progress waits for, and the way out. */
static const char *missing(const struct run_state *run)
{
    const struct flow_state *flow;

    DL_FOREACH2 (run->flows, flow, all_next) {
        if (!flow->channel)
            continue;
        if (shaper_channel_is_held(flow->channel))
            return run->config->application.flush == SHAPER_FLUSH_NORMAL
                       ? "the end that mod_ratelimit passes on its last bytes for, and --flush "
                         "normal does not pass on; leave --flush out, or stop with --max-time"
                       : "bytes that their filters hold; leave --via out, or stop with --max-time";
        if (waits_for_more(flow))
            return "more bytes, as what has come is less than --read-low; lower it, use --replay "
                   "open, or stop with --max-time";
        if (waits_for_background(flow))
            return "tokens that never come; lower --background, raise the rate, or stop with "
                   "--max-time";
        if (is_in_debt(flow))
            return "tokens, as a bucket is still overdrawn; raise the rate, or stop with "
                   "--max-time";
        if (flow->held)
            return "the application, which holds packets back; raise --write-high, or stop with "
                   "--max-time";
    }
    return "libevent, which has no reason to move their bytes; change the limits, or stop with "
           "--max-time";
}

/* The first packet that waits for a delivery, in `text`; empty where none does. */
static void name_waiting(const struct run_state *run, char *text, size_t size)
{
    const struct flow_state *flow;
    uint32_t number;

    text[0] = '\0';
    DL_FOREACH2 (run->flows, flow, all_next) {
        if (!flow->closed || !closed_flow_waits(flow->closed, &number))
            continue;
        snprintf(text, size, ", for which packet %" PRIu32 " of flow %" PRIu64 " waits", number,
                 flow->row.flow);
        return;
    }
}

static bool fail(const struct replay_standstill *standstill)
{
    struct run_state *run = standstill->run;
    char waiting[96];

    name_waiting(run, waiting, sizeof(waiting));
    run_state_fail(run,
                   "the trace has ended and no byte has moved since %.6f s%s: %" PRIu64
                   " flows wait for %s",
                   (double)standstill->moved_us / 1e6, waiting, run->open_flows, missing(run));
    return true;
}

/* Whether every open flow has bytes in filters or below a read watermark, which no tick can move,
 * and no others. A run with --max-time gets there. */
static bool no_tick_helps(const struct run_state *run)
{
    const struct application_config *application = &run->config->application;
    const struct flow_state *flow;

    if ((application->filter_count == 0 && application->read_low_bytes == 0) ||
        run->config->max_time_us > 0)
        return false;
    DL_FOREACH2 (run->flows, flow, all_next)
        if (flow->channel && !shaper_channel_is_held(flow->channel) && !waits_for_more(flow))
            return false;
    return true;
}

static int64_t patience_us(const struct replay_groups *groups)
{
    int64_t patience_us = background_holds_any(groups) ? 0 : PATIENCE_US;

    for (size_t i = 0; i < groups->count; i++)
        patience_us = max_i64(patience_us, groups->states[i].tick_us * PATIENCE_TICKS);
    return patience_us;
}

bool replay_stands_still(struct replay_standstill *standstill, int64_t next_arrival_us)
{
    const struct run_state *run = standstill->run;

    if (run->moved != standstill->moved_before || next_arrival_us != CLOCK_NEVER_US) {
        standstill->moved_before = run->moved;
        standstill->moved_us = sim_clock_now_us();
        return false;
    }
    if (sim_clock_now_us() - standstill->moved_us < patience_us(standstill->groups) &&
        !no_tick_helps(run))
        return false;
    return fail(standstill);
}

bool replay_has_no_instant(struct replay_standstill *standstill, int64_t to_us)
{
    return to_us == CLOCK_NEVER_US && fail(standstill);
}

bool replay_spins(struct replay_standstill *standstill)
{
    struct run_state *run = standstill->run;

    if (run->moved != standstill->moved_at_poll || sim_clock_now_us() != standstill->polled_us) {
        standstill->moved_at_poll = run->moved;
        standstill->polled_us = sim_clock_now_us();
        standstill->idle_polls = 0;
    }
    if (++standstill->idle_polls < IDLE_POLLS_MAX)
        return false;
    run_state_fail(run,
                   "at %.6f s of virtual time libevent's loop goes round without moving a byte, "
                   "with %" PRIu64 " flows open; stop before with --max-time, or change the limits",
                   (double)sim_clock_now_us() / 1e6, run->open_flows);
    return true;
}

bool replay_is_stuck(struct replay_standstill *standstill)
{
    if (standstill->run->moved != standstill->moved_at_wait)
        standstill->idle_waits = 0;
    standstill->moved_at_wait = standstill->run->moved;
    return ++standstill->idle_waits >= IDLE_WAITS_MAX;
}

void replay_waits(struct replay_standstill *standstill)
{
    standstill->idle_waits = 0;
}
