#include "sim/replay/replay_time.h"

#include <inttypes.h>

#include <event2/event.h>

#include "sim/base/numbers.h"
#include "sim/clock/clock.h"

/* libevent takes more than INT_MAX ticks at once for a clock set back, and does not refill. */
#define JUMP_TICKS_MAX (INT64_C(1) << 30)

/* The most alignments that one jump passes where each tick has a row. */
#define ROWS_JUMP_MAX 10000

/* The next external event: a packet, a close, an --at, the end of a filter's sleep. */
static int64_t next_arrival_us(const struct replay_time *time)
{
    int64_t at_us = min_i64(time->flows->next_us, time->events->next_us);

    if (time->run->closed_loop)
        at_us = min_i64(at_us, closed_loop_next_us(time->run->closed_loop));
    return min_i64(at_us, shaper_next_timer_us(time->run->shaper));
}

/* What is due and was read before the trace's next event: in trace order, it comes first. */
static void run_due(struct replay_time *time)
{
    struct closed_loop *loop = time->run->closed_loop;
    int64_t now_us = sim_clock_now_us();
    int64_t until_us = min_i64(now_us, time->flows->next_us);

    while (time->run->end != REPLAY_FAILED && closed_loop_run_due(loop, until_us, now_us))
        continue;
    if (loop->is_out_of_memory)
        run_state_fail(time->run, "out of memory for packets that wait; raise the rate or replay "
                                  "less of the trace");
}

static void hand_in_arrivals(struct replay_time *time)
{
    const struct run_state *run = time->run;

    if (time->events->next_us <= sim_clock_now_us())
        replay_events_take_due(time->events);
    shaper_run_timers(run->shaper);
    if (run->closed_loop) {
        closed_loop_begin_round(run->closed_loop);
        run_due(time);
    }
    while (time->flows->next_us <= sim_clock_now_us() && run->end != REPLAY_FAILED && !*run->stop &&
           !shaper_is_out_of_memory(run->shaper)) {
        replay_take_event(time->flows);
        replay_read_next_event(time->flows);
        if (run->closed_loop)
            run_due(time);
    }
}

/* true: nothing else is due at this instant */
static bool take_arrivals(struct replay_time *time)
{
    hand_in_arrivals(time);
    return shaper_act(time->run->shaper);
}

static void run_arrivals(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    take_arrivals(arg);
}

/* Another round of this instant. Its grants are made in passes of the loop: libevent would run a
 * round that one of them begins in this same pass, before the others. */
static void run_round(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    hand_in_arrivals(arg);
}

static void run_tick_opening(evutil_socket_t fd, short what, void *arg)
{
    struct replay_time *time = arg;

    (void)fd;
    (void)what;
    replay_groups_open_ticks(time->groups);
}

/* --- ticks ------------------------------------------------------------------------------- */

/* How far the clock may jump over a silence: to the last instant before the next arrival at which
 * ticks of every length begin, so that no timer's phase changes. */
static int64_t jump_us(const struct replay_time *time)
{
    int64_t until_us = next_arrival_us(time);

    if (time->run->config->clock != SIM_CLOCK_VIRTUAL || until_us == CLOCK_NEVER_US ||
        !replay_groups_are_idle(time->groups))
        return 0;
    if (time->run->open_flows > 0 && application_has_timeouts(&time->run->config->application))
        return 0; /* the silence is what they wait for */
    if (time->run->config->max_time_us > 0)
        until_us = min_i64(until_us, time->run->config->max_time_us);
    int64_t farthest = sim_clock_now_us() / time->alignment_us + time->jump_max;
    return min_i64(until_us / time->alignment_us, farthest) * time->alignment_us;
}

/* Too many rows without traffic, although no silence could be jumped over: buckets refill, or
 * silences are short. */
static void refuse_quiet_rows(struct replay_time *time)
{
    struct run_state *run = time->run;

    if (time->groups->idle_rows <= IDLE_ROWS_MAX || run->end == REPLAY_FAILED)
        return;
    run_state_fail(run,
                   "the rows of ticks without traffic are more than %d at %" PRId64
                   " s of virtual time; use %s--max-gap 10s to shorten silences, or a longer tick",
                   IDLE_ROWS_MAX, sim_clock_now_us() / 1000000,
                   run->config->skip_idle_ticks ? "" : "--idle-ticks skip, ");
}

/* Too many rows without content: refused before they are written. */
static bool too_many_idle_rows(struct replay_time *time, int64_t to_us)
{
    struct run_state *run = time->run;

    if (!run->record || run->config->skip_idle_ticks)
        return false;
    uint64_t rows = replay_groups_idle_rows(time->groups, to_us);
    if (rows <= IDLE_ROWS_MAX)
        return false;
    run_state_fail(run,
                   "the silence from %" PRId64 " s to %" PRId64
                   " s of virtual time would bring the rows of idle ticks to %" PRIu64
                   "; use --idle-ticks skip, or --max-gap 10s to shorten silences",
                   sim_clock_now_us() / 1000000, to_us / 1000000, rows);
    return true;
}

bool replay_look_for_memory(const struct replay_time *time)
{
    struct run_state *run = time->run;
    bool of_shaper = shaper_is_out_of_memory(run->shaper);

    if (!of_shaper && !replay_groups_out_of_memory(time->groups))
        return false;
    run_state_fail(run,
                   "out of memory%s at %.6f s of virtual time with %" PRIu64
                   " flows open; %sreplay fewer flows (--filter)",
                   of_shaper ? "" : " for fairness and burst figures",
                   (double)sim_clock_now_us() / 1e6, run->open_flows,
                   of_shaper ? "" : "run with --quiet and without -o DIR, or ");
    return true;
}

static void close_ticks(struct replay_time *time, int64_t to_us)
{
    if (replay_groups_tick_end_us(time->groups) > to_us)
        return;
    /* A tick's end is recorded while the clock still shows its last microsecond: per-flow buckets,
     * which libevent refills whenever it reads them, are then as they were before the refill. */
    if (to_us - 1 > sim_clock_now_us())
        sim_clock_move(to_us - 1);
    replay_groups_close_ticks(time->groups, to_us);
    refuse_quiet_rows(time);
    event_active(time->tick_opening, EV_TIMEOUT, 0);
    if (time->run->record && record_failed(time->run->record))
        run_state_fail(time->run,
                       "the output cannot be written; make room or choose another -o DIR");
    replay_look_for_memory(time);
}

/* If the rows of a silence are not asked for, it takes no time at all. The current ticks end in the
 * usual way: something may have happened in them. */
static void skip_ticks(struct replay_time *time, int64_t to_us)
{
    if (time->run->record && !time->run->config->skip_idle_ticks)
        return;
    close_ticks(time, replay_groups_last_tick_end_us(time->groups));
    replay_groups_skip_ticks(time->groups, to_us);
}

static bool has_nothing_left(const struct replay_time *time)
{
    const struct run_state *run = time->run;

    return time->flows->next_us == CLOCK_NEVER_US && run->open_flows == 0 &&
           (!run->closed_loop || closed_loop_is_empty(run->closed_loop));
}

static bool has_ended(struct replay_time *time)
{
    if (replay_look_for_memory(time))
        return true;
    if (*time->run->stop)
        run_state_stop(time->run, REPLAY_INTERRUPTED);
    else if (has_nothing_left(time))
        run_state_stop(time->run, REPLAY_DRAINED);
    else if (time->run->config->max_time_us > 0 &&
             sim_clock_now_us() >= time->run->config->max_time_us)
        run_state_stop(time->run, REPLAY_MAX_TIME);
    else
        return time->run->end == REPLAY_FAILED ||
               replay_stands_still(&time->standstill, next_arrival_us(time));
    return true;
}

/* The part of a jump that one wait makes: between two waits a signal can end the run. */
static int64_t one_jump_us(const struct replay_time *time, int64_t to_us)
{
    int64_t farthest = sim_clock_now_us() / time->alignment_us + ROWS_JUMP_MAX;

    if (!time->run->record || time->run->config->skip_idle_ticks)
        return to_us;
    return min_i64(to_us / time->alignment_us, farthest) * time->alignment_us;
}

/* Whether the next arrival can be handled without a pass of libevent's loop, which would do nothing
 * else: no tick, no libevent timer and no --at comes before. */
static bool arrives_on_the_way(const struct replay_time *time, int64_t at_us, int64_t deadline_us)
{
    return !time->has_other_events && at_us < deadline_us &&
           at_us < replay_groups_tick_end_us(time->groups) && at_us < time->events->next_us &&
           (time->run->config->max_time_us == 0 || at_us < time->run->config->max_time_us);
}

/*
 * Time passes to the next instant. The order of what is due there is written here and in enum
 * shaper_priority: close the tick, libevent's refills, record the open tick, arrivals, grants;
 * libevent's callbacks for what was granted come before the next wait.
 */
static void pass_to_next_instant(struct replay_time *time, int64_t deadline_us)
{
    int64_t to_us = min_i64(deadline_us, replay_groups_tick_end_us(time->groups));

    to_us = min_i64(to_us, next_arrival_us(time));
    if (time->run->config->max_time_us > 0)
        to_us = min_i64(to_us, time->run->config->max_time_us);
    int64_t jump_to_us = jump_us(time);
    if (jump_to_us > to_us) {
        if (too_many_idle_rows(time, jump_to_us))
            return;
        to_us = max_i64(to_us, one_jump_us(time, jump_to_us));
        skip_ticks(time, to_us);
    }
    if (replay_has_no_instant(&time->standstill, to_us))
        return;
    if (time->run->config->clock == SIM_CLOCK_REAL) {
        sim_clock_move(to_us);
        to_us = sim_clock_now_us();
        close_ticks(time, to_us);
    } else {
        close_ticks(time, to_us);
        sim_clock_move(to_us);
    }
    if (next_arrival_us(time) <= to_us)
        event_active(time->arrivals, EV_TIMEOUT, 0);
}

/* Nothing is ready. */
static void wait_for_instant(void *arg, int64_t deadline_us)
{
    struct replay_time *time = arg;

    replay_waits(&time->standstill);
    while (!has_ended(time)) {
        int64_t arrival_us = next_arrival_us(time);
        if (time->setup->progress)
            time->setup->progress(time->setup->progress_arg, sim_clock_now_us(),
                                  time->run->open_flows);
        if (!arrives_on_the_way(time, arrival_us, deadline_us)) {
            pass_to_next_instant(time, deadline_us);
            return;
        }
        sim_clock_move(arrival_us);
        if (!take_arrivals(time))
            return;
    }
}

static bool is_stuck(void *arg)
{
    struct replay_time *time = arg;

    return replay_is_stuck(&time->standstill);
}

static int poll_ends(void *arg, int max_ends)
{
    struct replay_time *time = arg;

    if (time->has_ended) /* the loop only completes what libevent has deferred */
        return shaper_poll(time->run->shaper, max_ends);
    /* The end of a wait checks that too; but an instant can be long, and has no waits. */
    if (*time->run->stop)
        run_state_stop(time->run, REPLAY_INTERRUPTED);
    else if (time->run->end != REPLAY_FAILED)
        replay_spins(&time->standstill);
    return shaper_poll(time->run->shaper, max_ends);
}

/* Whether libevent's loop has other events than ticks, arrivals and what follows from them:
 * descriptors and real time from the kernel, timers of single flows for their per-flow buckets and
 * their timeouts. */
static bool has_other_events(const struct run_config *config)
{
    bool any = config->clock != SIM_CLOCK_VIRTUAL || config->transport == SHAPER_TRANSPORT_SOCKET ||
               application_has_timeouts(&config->application);

    for (size_t i = 0; i < config->groups; i++)
        any |= config->limits[i].has_per_flow;
    for (size_t i = 0; i < config->event_count; i++)
        any |= config->events[i].kind == EVENT_FLOW_LIMIT;
    return any;
}

void replay_time_start(struct replay_time *time)
{
    const struct run_config *config = time->run->config;
    const struct sim_clock_driver driver = {.poll = poll_ends,
                                            .wait = wait_for_instant,
                                            .is_stuck = is_stuck,
                                            .has_no_descriptors =
                                                config->transport != SHAPER_TRANSPORT_SOCKET,
                                            .arg = time};
    int64_t alignment_ms = run_config_alignment_ms(config);

    time->alignment_us = alignment_ms * 1000;
    time->jump_max = JUMP_TICKS_MAX / (alignment_ms / run_config_shortest_tick_ms(config));
    time->has_other_events = has_other_events(config);
    sim_clock_start(config->clock, alignment_ms, &driver);
}

void replay_time_end(struct replay_time *time)
{
    time->has_ended = true;
}

int replay_time_make_events(struct replay_time *time)
{
    time->arrivals = event_new(time->run->base, -1, 0, run_arrivals, time);
    time->tick_opening = event_new(time->run->base, -1, 0, run_tick_opening, time);
    time->run->next_round = event_new(time->run->base, -1, 0, run_round, time);
    if (!time->arrivals || !time->tick_opening || !time->run->next_round)
        return -1;
    event_priority_set(time->arrivals, SHAPER_PRIORITY_ARRIVAL);
    event_priority_set(time->tick_opening, SHAPER_PRIORITY_TICK_OPEN);
    event_priority_set(time->run->next_round, SHAPER_PRIORITY_ROUND);
    return 0;
}

void replay_time_fini(struct replay_time *time)
{
    if (time->arrivals)
        event_free(time->arrivals);
    if (time->tick_opening)
        event_free(time->tick_opening);
    if (time->run->next_round)
        event_free(time->run->next_round);
}
