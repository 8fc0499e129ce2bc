#include "sim/replay_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <utlist.h>

#include "shaper/channel.h"
#include "sim/class_state.h"
#include "sim/clock.h"
#include "sim/flow_state.h"
#include "sim/loop.h"
#include "sim/numbers.h"
#include "sim/random.h"

/* How long a replay may stand still when nothing more comes: whichever is longer. */
#define PATIENCE_US    (INT64_C(3600) * 1000000)
#define PATIENCE_TICKS 10000

/* libevent takes more than INT_MAX ticks at once for a clock set back, and does not refill. */
#define JUMP_TICKS_MAX (INT64_C(1) << 30)

void replay_stop(struct replay *replay, enum replay_end end)
{
    replay->end = end;
    event_base_loopbreak(replay->base);
}

void replay_fail(struct replay *replay, const char *text)
{
    if (replay->end != REPLAY_FAILED)
        sim_fail(replay->failure, SIM_FAILED, "%s", text);
    replay_stop(replay, REPLAY_FAILED);
}

static void read_next_event(struct replay *replay)
{
    char error[TRACE_ERROR_BYTES];
    int status = flow_source_next(replay->source, &replay->next, error);

    replay->has_next = status == TRACE_OK;
    if (status < 0 && *replay->setup.stop) /* a signal ended the reading of a pipe */
        replay_stop(replay, REPLAY_INTERRUPTED);
    else if (status < 0)
        replay_fail(replay, error);
}

/* When the next thing happens that comes from outside: a packet, a close, an --at, the end of a
 * filter's sleep. */
static int64_t next_arrival_us(const struct replay *replay)
{
    int64_t at_us = replay->has_next ? replay->next.time_us : CLOCK_NEVER_US;

    if (replay->events_taken < replay->config->event_count)
        at_us = min_i64(at_us, replay->config->events[replay->events_taken].time_us);
    return min_i64(at_us, shaper_next_alarm_us(replay->shaper));
}

static void take_events(struct replay *replay)
{
    const struct run_config *config = replay->config;

    while (replay->events_taken < config->event_count &&
           config->events[replay->events_taken].time_us <= sim_clock_now_us())
        replay_carry_out(replay, &config->events[replay->events_taken++]);
}

static void run_arrivals(evutil_socket_t fd, short what, void *arg)
{
    struct replay *replay = arg;

    (void)fd;
    (void)what;
    take_events(replay);
    shaper_run_alarms(replay->shaper);
    while (replay->has_next && replay->next.time_us <= sim_clock_now_us() &&
           replay->end != REPLAY_FAILED && !shaper_is_out_of_memory(replay->shaper)) {
        replay_take_event(replay);
        read_next_event(replay);
    }
    shaper_act(replay->shaper);
}

static void run_tick_opening(evutil_socket_t fd, short what, void *arg)
{
    struct replay *replay = arg;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < replay->class_count; i++)
        class_state_open_tick(&replay->classes[i], replay->setup.record);
}

/* --- time -------------------------------------------------------------------------------- */

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

/* Silence is what they wait for. */
static bool has_timeouts(const struct replay *replay)
{
    const struct application_config *application = &replay->config->application;

    return replay->open_flows > 0 &&
           (application->timeout_us[SHAPER_READ] > 0 || application->timeout_us[SHAPER_WRITE] > 0);
}

/* How far silence lets the clock jump: to the last instant before the next arrival at which every
 * tick of every length begins, so that no timer's phase moves. */
static int64_t jump_us(const struct replay *replay)
{
    int64_t until_us = next_arrival_us(replay);

    if (replay->config->clock != SIM_CLOCK_VIRTUAL || until_us == CLOCK_NEVER_US ||
        !is_idle(replay) || has_timeouts(replay))
        return 0;
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

/* Without memory it fails: false with enough of it. */
static bool look_for_memory(struct replay *replay)
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

/* Rows come in the order of time, those of one instant in the order of the classes. */
static void close_rows(struct replay *replay, int64_t to_us)
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
    close_rows(replay, to_us);
    event_active(replay->tick_opening, EV_TIMEOUT, 0);
    if (replay->setup.record && record_failed(replay->setup.record))
        replay_fail(replay, "the output cannot be written; make room or choose another -o DIR");
    look_for_memory(replay);
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

/* What never comes, and what to do. */
static const char *missing(const struct replay *replay)
{
    const struct application_config *application = &replay->config->application;

    if (application->flush == SHAPER_FLUSH_NORMAL &&
        application_has_filter(application, SHAPER_FILTER_RATELIMIT))
        return "the end that mod_ratelimit passes on its last bytes for, and --flush normal does "
               "not "
               "tell; leave --flush out, or stop with --max-time";
    return "tokens that never come; lower --background, raise the rate, or stop with --max-time";
}

/* Nothing more comes, and for very long nothing has moved: this would go on for ever. */
static bool is_starved(struct replay *replay)
{
    int64_t patience_us = PATIENCE_US;

    for (size_t i = 0; i < replay->class_count; i++)
        if (replay->classes[i].tick_us * PATIENCE_TICKS > patience_us)
            patience_us = replay->classes[i].tick_us * PATIENCE_TICKS;
    if (replay->moved != replay->moved_before || next_arrival_us(replay) != CLOCK_NEVER_US) {
        replay->moved_before = replay->moved;
        replay->moved_us = sim_clock_now_us();
    }
    if (sim_clock_now_us() - replay->moved_us < patience_us)
        return false;
    sim_fail(replay->failure, SIM_FAILED,
             "the trace is over and no byte has moved since %.6f s: %" PRIu64 " flows wait for %s",
             (double)replay->moved_us / 1e6, replay->open_flows, missing(replay));
    replay_stop(replay, REPLAY_FAILED);
    return true;
}

static bool is_over(struct replay *replay)
{
    if (look_for_memory(replay))
        return true;
    if (*replay->setup.stop)
        replay_stop(replay, REPLAY_INTERRUPTED);
    else if (!replay->has_next && replay->open_flows == 0)
        replay_stop(replay, REPLAY_DRAINED);
    else if (replay->config->max_time_us > 0 && sim_clock_now_us() >= replay->config->max_time_us)
        replay_stop(replay, REPLAY_MAX_TIME);
    else
        return replay->end == REPLAY_FAILED || is_starved(replay);
    return true;
}

/*
 * Nothing is ready: time passes to the next instant. The order of what is due there is written
 * here and in enum shaper_priority: close the tick, libevent's refills, record the open tick,
 * arrivals, grants; libevent's callbacks for what was granted come before the next wait.
 */
static void wait_for_instant(void *arg, int64_t deadline_us)
{
    struct replay *replay = arg;

    replay->idle_waits = 0;
    if (is_over(replay))
        return;
    if (replay->setup.progress)
        replay->setup.progress(replay->setup.progress_arg, sim_clock_now_us(), replay->open_flows);
    int64_t to_us = min_i64(deadline_us, next_tick_end_us(replay));
    to_us = min_i64(to_us, next_arrival_us(replay));
    if (replay->config->max_time_us > 0)
        to_us = min_i64(to_us, replay->config->max_time_us);
    int64_t jump_to_us = jump_us(replay);
    if (jump_to_us > to_us) {
        if (too_many_idle_rows(replay, jump_to_us))
            return;
        skip_ticks(replay, jump_to_us);
        to_us = jump_to_us;
    }
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

    return shaper_poll(replay->shaper, max_ends);
}

/* --- the whole --------------------------------------------------------------------------- */

static int compile(struct replay *replay, const char *what, const char *expression,
                   struct capture_filter **filter, char *error)
{
    char text[TRACE_ERROR_BYTES];
    int status =
        capture_filter_compile(flow_source_capture(replay->source), what, expression, filter, text);

    if (status == TRACE_OK)
        return SIM_OK;
    return sim_fail(error, status == TRACE_ERROR_FILTER ? SIM_MISUSE : SIM_FAILED, "%s", text);
}

static int compile_matches(struct replay *replay, char *error)
{
    const struct scheduling_config *scheduling = &replay->config->scheduling;
    int status = SIM_OK;

    for (size_t i = 0; i < replay->class_count && status == SIM_OK; i++) {
        const struct class_spec *spec = &replay->config->specs[i];
        char what[CLASS_NAME_BYTES + 32];
        snprintf(what, sizeof(what), "--group %s: match", spec->name);
        if (spec->match)
            status = compile(replay, what, spec->match, &replay->classes[i].match, error);
    }
    for (size_t i = 0; i < scheduling->weight_count && status == SIM_OK; i++)
        status =
            compile(replay, "--weight", scheduling->weights[i].match, &replay->weights[i], error);
    return status;
}

int replay_new(const struct run_config *config, struct flow_source *source, struct replay **out,
               char *error)
{
    struct replay *replay = calloc(1, sizeof(*replay));
    int status;

    if (!replay)
        return sim_fail(error, SIM_FAILED, "out of memory for the replay");
    replay->config = config;
    replay->source = source;
    replay->class_count = config->classes;
    replay->alignment_us = run_config_alignment_ms(config) * 1000;
    replay->jump_max =
        JUMP_TICKS_MAX / (run_config_alignment_ms(config) / run_config_shortest_tick_ms(config));
    status = compile_matches(replay, error);
    if (status != SIM_OK) {
        replay_free(replay);
        return status;
    }
    *out = replay;
    return SIM_OK;
}

static int start_class(struct replay *replay, size_t i, char *error)
{
    struct class_state *class = &replay->classes[i];
    const struct background *background = &replay->config->backgrounds[i];
    int status = SIM_OK;

    if (replay->setup.record)
        status = class_state_measure(class, replay->setup.record, error);
    if (status != SIM_OK)
        return status;
    if (background->is_given[SHAPER_READ] || background->is_given[SHAPER_WRITE])
        class->background = background;
    class_state_set_initial_tokens(class, &replay->config->initial_tokens, replay->setup.record);
    class_state_open_tick(class, replay->setup.record);
    return SIM_OK;
}

/* A class's parent is made before it. */
static int make_class(struct replay *replay, size_t index, char *error)
{
    const struct run_config *config = replay->config;
    int parent = scheduling_parent(config->specs, config->classes, index);
    struct class_setup setup = {.name = config->specs[index].name,
                                .limits = &config->limits[index],
                                .scheduler = config->scheduling.scheduler,
                                .weight = config->specs[index].weight};

    if (replay->classes[index].totals.name)
        return SIM_OK;
    if (parent >= 0) {
        int status = make_class(replay, (size_t)parent, error);
        if (status != SIM_OK)
            return status;
        setup.parent = &replay->classes[parent];
    }
    return class_state_init(&replay->classes[index], &setup, replay->shaper, error);
}

/* A class ends before its parent does. */
static void end_class(struct replay *replay, size_t index)
{
    for (size_t i = 0; i < replay->class_count; i++)
        if (replay->classes[i].parent == &replay->classes[index])
            end_class(replay, i);
    replay->classes[index].parent = NULL;
    class_state_fini(&replay->classes[index]);
}

/* Everything that libevent stamps with a time is made when the clock runs. */
static int set_up_loop(struct replay *replay, char *error)
{
    replay->base = loop_new();
    if (!replay->base)
        return sim_fail(error, SIM_FAILED, "libevent: no event loop with epoll");
    replay->shaper = shaper_new(replay->base);
    if (!replay->shaper)
        return sim_fail(error, SIM_FAILED, "out of memory for the replay");
    shaper_set_clock(replay->shaper, sim_clock_now_us);
    shaper_set_chance(replay->shaper, random_draw);
    replay->arrivals = event_new(replay->base, -1, 0, run_arrivals, replay);
    replay->tick_opening = event_new(replay->base, -1, 0, run_tick_opening, replay);
    if (!replay->arrivals || !replay->tick_opening)
        return sim_fail(error, SIM_FAILED, "out of memory for the replay");
    event_priority_set(replay->arrivals, SHAPER_PRIORITY_ARRIVAL);
    event_priority_set(replay->tick_opening, SHAPER_PRIORITY_TICK_OPEN);
    for (size_t i = 0; i < replay->class_count; i++) {
        int status = make_class(replay, i, error);
        if (status == SIM_OK)
            status = start_class(replay, i, error);
        if (status != SIM_OK)
            return status;
    }
    const struct class_setup none = {.name = CLASS_NAME_NONE};
    return class_state_init(&replay->classes[replay->class_count], &none, replay->shaper, error);
}

/* What is left when the run was ended early gets its rows, as cut. The wall's clock may have gone
 * on for some ticks since the last wait. */
static void end_rows(struct replay *replay)
{
    struct flow_state *flow, *next;

    shaper_abandon_ending(replay->shaper); /* nobody is left to be told */
    close_rows(replay, replay->end_us);
    for (size_t i = 0; i < replay->class_count; i++)
        class_state_close_last_tick(&replay->classes[i], replay->end_us,
                                    replay->config->skip_idle_ticks, replay->setup.record);
    for (size_t i = 0; i < replay->class_count; i++)
        class_state_finish(&replay->classes[i], replay->end_us);
    DL_FOREACH_SAFE2 (replay->flows, flow, next, all_next) {
        if (flow->channel) {
            flow->row.end_us = replay->end_us;
            replay_keep_filter_counts(replay, flow);
        }
        shaper_channel_free(flow->channel);
        flow->channel = NULL;
        flow->channels = 0;
        flow->is_retired = true;
        flow->is_listed = false;
        replay_flow_over(replay, flow);
    }
}

bool replay_limits_flow(void *arg, const struct capture_packet *packet)
{
    struct replay *replay = arg;

    return replay_class_of(replay, packet) != &replay->classes[replay->class_count];
}

enum replay_end replay_run(struct replay *replay, const struct replay_setup *setup, char *error)
{
    const struct sim_clock_driver driver = {.poll = poll_ends,
                                            .wait = wait_for_instant,
                                            .is_stuck = is_stuck,
                                            .has_no_descriptors = replay->config->transport !=
                                                                  SHAPER_TRANSPORT_SOCKET,
                                            .arg = replay};

    replay->setup = *setup;
    replay->shaped = setup->record ? record_shaped(setup->record) : NULL;
    random_seed((uint64_t)replay->config->seed);
    sim_clock_start(replay->config->clock, replay->alignment_us / 1000, &driver);
    if (set_up_loop(replay, error) != SIM_OK) {
        replay->end = REPLAY_FAILED;
    } else {
        read_next_event(replay);
        if (replay->end != REPLAY_FAILED) /* the loop would not know of a stop before it */
            loop_run(replay->base);
        replay->end_us = sim_clock_now_us();
        if (replay->has_next)
            flow_source_return(replay->source, &replay->next);
        end_rows(replay);
        if (replay->end != REPLAY_INTERRUPTED)
            look_for_memory(replay);
        if (replay->end == REPLAY_FAILED)
            sim_fail(error, SIM_FAILED, "%s", replay->failure);
    }
    return replay->end;
}

int64_t replay_end_us(const struct replay *replay)
{
    return replay->end_us;
}

/* Of no class are flows that met none, and what flows carried after they had left theirs. */
size_t replay_classes(const struct replay *replay)
{
    return replay->class_count +
           (replay->classes[replay->class_count].totals.peak_members > 0 ? 1 : 0);
}

const struct class_totals *replay_class(const struct replay *replay, size_t index)
{
    return &replay->classes[index].totals;
}

size_t replay_events_taken(const struct replay *replay)
{
    return replay->events_taken;
}

size_t replay_events_missed(const struct replay *replay)
{
    return replay->events_missed;
}

void replay_free(struct replay *replay)
{
    if (!replay)
        return;
    for (size_t i = 0; i <= replay->class_count; i++)
        end_class(replay, i);
    for (size_t i = 0; i < WEIGHTS_MAX; i++)
        capture_filter_free(replay->weights[i]);
    if (replay->arrivals)
        event_free(replay->arrivals);
    if (replay->tick_opening)
        event_free(replay->tick_opening);
    shaper_free(replay->shaper);
    if (replay->base)
        event_base_free(replay->base); /* runs what libevent has deferred to the end */
    sim_clock_stop();
    free(replay);
}
