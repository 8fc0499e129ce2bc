#include "sim/replay_internal.h"

#include <inttypes.h>
#include <stdio.h>

#include <event2/event.h>

#include "sim/class_state.h"
#include "sim/clock.h"
#include "sim/numbers.h"

/* libevent takes more than INT_MAX ticks at once for a clock set back, and does not refill. */
#define JUMP_TICKS_MAX (INT64_C(1) << 30)

/* How many times the alignment one jump passes where each tick has a row. */
#define ROWS_JUMP_MAX 10000

void replay_read_next_event(struct replay *replay)
{
    char error[TRACE_ERROR_BYTES];
    int status = flow_source_next(replay->source, &replay->next, error);

    replay->has_next = status == TRACE_OK;
    if (status < 0 && *replay->setup.stop) /* a signal ended the reading of a pipe */
        replay_stop(replay, REPLAY_INTERRUPTED);
    else if (status < 0)
        replay_fail(replay, error);
}

/* When the next --at is. */
static int64_t next_event_us(const struct replay *replay)
{
    if (replay->events_taken == replay->config->event_count)
        return CLOCK_NEVER_US;
    return replay->config->events[replay->events_taken].time_us;
}

/* When the next thing happens that comes from outside: a packet, a close, an --at, the end of a
 * filter's sleep. */
static int64_t next_arrival_us(const struct replay *replay)
{
    int64_t at_us = replay->has_next ? replay->next.time_us : CLOCK_NEVER_US;

    at_us = min_i64(at_us, next_event_us(replay));
    return min_i64(at_us, shaper_next_alarm_us(replay->shaper));
}

static void take_events(struct replay *replay)
{
    while (next_event_us(replay) <= sim_clock_now_us())
        replay_carry_out(replay, &replay->config->events[replay->events_taken++]);
}

/* true: nothing else is due at this instant. */
static bool take_arrivals(struct replay *replay)
{
    take_events(replay);
    shaper_run_alarms(replay->shaper);
    while (replay->has_next && replay->next.time_us <= sim_clock_now_us() &&
           replay->end != REPLAY_FAILED && !*replay->setup.stop &&
           !shaper_is_out_of_memory(replay->shaper)) {
        replay_take_event(replay);
        replay_read_next_event(replay);
    }
    return shaper_act(replay->shaper);
}

static void run_arrivals(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    take_arrivals(arg);
}

static void run_tick_opening(evutil_socket_t fd, short what, void *arg)
{
    struct replay *replay = arg;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < replay->class_count; i++)
        class_state_open_tick(&replay->classes[i], replay->setup.record);
}

/* --- ticks ------------------------------------------------------------------------------- */

static int64_t next_tick_end_us(const struct replay *replay)
{
    int64_t end_us = CLOCK_NEVER_US;

    for (size_t i = 0; i < replay->class_count; i++)
        end_us = min_i64(end_us, class_state_tick_end_us(&replay->classes[i]));
    return end_us;
}

/* Nothing is backlogged, every bucket is full: until the next arrival nothing can happen. */
static bool is_idle(const struct replay *replay)
{
    for (size_t i = 0; i <= replay->class_count; i++)
        if (!class_state_is_idle(&replay->classes[i]) ||
            replay->classes[i].own_buckets_full_us > sim_clock_now_us())
            return false;
    return true;
}

/* How far silence lets the clock jump: to the last instant before the next arrival at which every
 * tick of every length begins, so that no timer's phase moves. */
static int64_t jump_us(const struct replay *replay)
{
    int64_t until_us = next_arrival_us(replay);

    if (replay->config->clock != SIM_CLOCK_VIRTUAL || until_us == CLOCK_NEVER_US ||
        !is_idle(replay))
        return 0;
    if (replay->open_flows > 0 && application_has_timeouts(&replay->config->application))
        return 0; /* silence is what they wait for */
    if (replay->config->max_time_us > 0)
        until_us = min_i64(until_us, replay->config->max_time_us);
    int64_t farthest = sim_clock_now_us() / replay->alignment_us + replay->jump_max;
    return min_i64(until_us / replay->alignment_us, farthest) * replay->alignment_us;
}

/* Too many rows that say nothing: refused before they are written. */
static bool too_many_idle_rows(struct replay *replay, int64_t to_us)
{
    uint64_t rows = replay->idle_rows;

    if (!replay->setup.record || replay->config->skip_idle_ticks)
        return false;
    for (size_t i = 0; i < replay->class_count; i++) {
        const struct class_state *class = &replay->classes[i];
        rows +=
            class_state_idle_rows(class, (uint64_t)((to_us - sim_clock_now_us()) / class->tick_us));
    }
    if (rows <= IDLE_ROWS_MAX)
        return false;
    sim_fail(replay->failure, SIM_FAILED,
             "the silence from %" PRId64 " s to %" PRId64
             " s of virtual time would bring the rows of idle ticks to %" PRIu64
             "; use --idle-ticks skip, or --max-gap 10s to shorten silences",
             sim_clock_now_us() / 1000000, to_us / 1000000, rows);
    replay_stop(replay, REPLAY_FAILED);
    return true;
}

static bool figures_failed(const struct replay *replay)
{
    bool failed = false;

    for (size_t i = 0; i < replay->class_count; i++)
        failed |=
            replay->classes[i].metrics && class_metrics_out_of_memory(replay->classes[i].metrics);
    return failed;
}

bool replay_look_for_memory(struct replay *replay)
{
    char text[SIM_ERROR_BYTES];
    bool of_shaper = shaper_is_out_of_memory(replay->shaper);

    if (!of_shaper && !figures_failed(replay))
        return false;
    snprintf(text, sizeof(text),
             "out of memory%s at %.6f s of virtual time with %" PRIu64
             " flows open; %sreplay fewer flows (--filter)",
             of_shaper ? "" : " for fairness and burst figures", (double)sim_clock_now_us() / 1e6,
             replay->open_flows, of_shaper ? "" : "run without -o DIR, or ");
    replay_fail(replay, text);
    return true;
}

void replay_close_rows(struct replay *replay, int64_t to_us)
{
    for (int64_t end_us; (end_us = next_tick_end_us(replay)) <= to_us;)
        for (size_t i = 0; i < replay->class_count; i++)
            replay->idle_rows += class_state_close_ticks(
                &replay->classes[i], end_us, replay->config->skip_idle_ticks, replay->setup.record);
}

static void close_ticks(struct replay *replay, int64_t to_us)
{
    if (next_tick_end_us(replay) > to_us)
        return;
    /* A tick's end is recorded with its last microsecond still on the clock: own buckets, which
     * libevent fills up whenever it looks at them, are then as they were before the refill. */
    if (to_us - 1 > sim_clock_now_us())
        sim_clock_move(to_us - 1);
    replay_close_rows(replay, to_us);
    event_active(replay->tick_opening, EV_TIMEOUT, 0);
    if (replay->setup.record && record_failed(replay->setup.record))
        replay_fail(replay, "the output cannot be written; make room or choose another -o DIR");
    replay_look_for_memory(replay);
}

/* Where the rows of a silence are not asked for, it takes no time at all. The ticks that are going
 * on end in the usual way: something may have happened in them. */
static void skip_ticks(struct replay *replay, int64_t to_us)
{
    int64_t going_on_until_us = 0;

    if (replay->setup.record && !replay->config->skip_idle_ticks)
        return;
    for (size_t i = 0; i < replay->class_count; i++) {
        int64_t end_us = class_state_tick_end_us(&replay->classes[i]);
        if (end_us > going_on_until_us)
            going_on_until_us = end_us;
    }
    close_ticks(replay, going_on_until_us);
    for (size_t i = 0; i < replay->class_count; i++)
        class_state_skip_ticks(&replay->classes[i], to_us);
}

static bool is_over(struct replay *replay)
{
    if (replay_look_for_memory(replay))
        return true;
    if (*replay->setup.stop)
        replay_stop(replay, REPLAY_INTERRUPTED);
    else if (!replay->has_next && replay->open_flows == 0)
        replay_stop(replay, REPLAY_DRAINED);
    else if (replay->config->max_time_us > 0 && sim_clock_now_us() >= replay->config->max_time_us)
        replay_stop(replay, REPLAY_MAX_TIME);
    else
        return replay->end == REPLAY_FAILED || replay_stands_still(replay, next_arrival_us(replay));
    return true;
}

/* The part of a jump that one wait makes: between two of them a signal can end the run. */
static int64_t one_jump_us(const struct replay *replay, int64_t to_us)
{
    int64_t farthest = sim_clock_now_us() / replay->alignment_us + ROWS_JUMP_MAX;

    if (!replay->setup.record || replay->config->skip_idle_ticks)
        return to_us;
    return min_i64(to_us / replay->alignment_us, farthest) * replay->alignment_us;
}

/* Whether what arrives next can be taken without a pass of libevent's loop, which would do nothing
 * else: no tick, no timer of its own and no --at comes before. */
static bool arrives_on_the_way(const struct replay *replay, int64_t at_us, int64_t deadline_us)
{
    return !replay->has_other_events && at_us < deadline_us && at_us < next_tick_end_us(replay) &&
           at_us < next_event_us(replay) &&
           (replay->config->max_time_us == 0 || at_us < replay->config->max_time_us);
}

/*
 * Time passes to the next instant. The order of what is due there is written here and in enum
 * shaper_priority: close the tick, libevent's refills, record the open tick, arrivals, grants;
 * libevent's callbacks for what was granted come before the next wait.
 */
static void pass_to_next_instant(struct replay *replay, int64_t deadline_us)
{
    int64_t to_us = min_i64(deadline_us, next_tick_end_us(replay));

    to_us = min_i64(to_us, next_arrival_us(replay));
    if (replay->config->max_time_us > 0)
        to_us = min_i64(to_us, replay->config->max_time_us);
    int64_t jump_to_us = jump_us(replay);
    if (jump_to_us > to_us) {
        if (too_many_idle_rows(replay, jump_to_us))
            return;
        to_us = max_i64(to_us, one_jump_us(replay, jump_to_us));
        skip_ticks(replay, to_us);
    }
    if (replay_has_no_instant(replay, to_us))
        return;
    if (replay->config->clock == SIM_CLOCK_REAL) {
        sim_clock_move(to_us);
        to_us = sim_clock_now_us();
        close_ticks(replay, to_us);
    } else {
        close_ticks(replay, to_us);
        sim_clock_move(to_us);
    }
    if (next_arrival_us(replay) <= to_us)
        event_active(replay->arrivals, EV_TIMEOUT, 0);
}

/* Nothing is ready. */
static void wait_for_instant(void *arg, int64_t deadline_us)
{
    struct replay *replay = arg;

    replay->idle_waits = 0;
    while (!is_over(replay)) {
        int64_t arrival_us = next_arrival_us(replay);
        if (replay->setup.progress)
            replay->setup.progress(replay->setup.progress_arg, sim_clock_now_us(),
                                   replay->open_flows);
        if (!arrives_on_the_way(replay, arrival_us, deadline_us)) {
            pass_to_next_instant(replay, deadline_us);
            return;
        }
        sim_clock_move(arrival_us);
        if (!take_arrivals(replay))
            return;
    }
}

/* Without one byte moved in so many waits, libevent asks for what it may not have (min-share 0). */
#define IDLE_WAITS_MAX 16

static bool is_stuck(void *arg)
{
    struct replay *replay = arg;

    if (replay->moved != replay->moved_at_wait)
        replay->idle_waits = 0;
    replay->moved_at_wait = replay->moved;
    return ++replay->idle_waits >= IDLE_WAITS_MAX;
}

static int poll_ends(void *arg, int max_ends)
{
    struct replay *replay = arg;

    /* The end of a wait asks for that, too; but an instant can be long, and has no waits. */
    if (*replay->setup.stop)
        replay_stop(replay, REPLAY_INTERRUPTED);
    else if (replay->end != REPLAY_FAILED)
        replay_spins(replay);
    return shaper_poll(replay->shaper, max_ends);
}

/* Whether libevent's loop is told of more than ticks, arrivals and what follows from them: by the
 * kernel of descriptors and the wall's time, by timers of single flows for their own buckets and
 * their timeouts. */
static bool has_other_events(const struct run_config *config)
{
    bool any = config->clock != SIM_CLOCK_VIRTUAL || config->transport == SHAPER_TRANSPORT_SOCKET ||
               application_has_timeouts(&config->application);

    for (size_t i = 0; i < config->classes; i++)
        any |= config->limits[i].has_own;
    for (size_t i = 0; i < config->event_count; i++)
        any |= config->events[i].kind == EVENT_FLOW_LIMIT;
    return any;
}

void replay_start_clock(struct replay *replay)
{
    const struct run_config *config = replay->config;
    const struct sim_clock_driver driver = {.poll = poll_ends,
                                            .wait = wait_for_instant,
                                            .is_stuck = is_stuck,
                                            .has_no_descriptors =
                                                config->transport != SHAPER_TRANSPORT_SOCKET,
                                            .arg = replay};
    int64_t alignment_ms = run_config_alignment_ms(config);

    replay->alignment_us = alignment_ms * 1000;
    replay->jump_max = JUMP_TICKS_MAX / (alignment_ms / run_config_shortest_tick_ms(config));
    replay->has_other_events = has_other_events(config);
    sim_clock_start(config->clock, alignment_ms, &driver);
}

int replay_make_time_events(struct replay *replay)
{
    replay->arrivals = event_new(replay->base, -1, 0, run_arrivals, replay);
    replay->tick_opening = event_new(replay->base, -1, 0, run_tick_opening, replay);
    if (!replay->arrivals || !replay->tick_opening)
        return -1;
    event_priority_set(replay->arrivals, SHAPER_PRIORITY_ARRIVAL);
    event_priority_set(replay->tick_opening, SHAPER_PRIORITY_TICK_OPEN);
    return 0;
}
