#include "sim/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <utlist.h>

#include "shaper/channel.h"
#include "sim/class_state.h"
#include "sim/clock.h"
#include "sim/flow_state.h"
#include "sim/loop.h"
#include "sim/random.h"

/* libevent takes more than INT_MAX ticks at once for a clock set back, and does not refill. */
#define JUMP_TICKS_MAX (INT64_C(1) << 30)

struct replay {
    const struct run_config *config;
    struct flow_source *source;
    struct replay_setup setup;
    struct event_base *base;
    struct shaper *shaper;
    struct event *arrivals;
    struct event *tick_opening;
    struct class_state classes[CLASSES_MAX + 1]; /* the last one is "-" */
    size_t class_count;                          /* without "-" */
    struct flow_state *flows;                    /* all, by number */
    uint64_t open_flows;
    int64_t alignment_us;
    int64_t jump_max; /* how many times that the clock may jump at once */

    struct flow_event next; /* the trace's next event, read ahead */
    bool has_next;
    uint64_t moved;              /* counts whatever happens to channels */
    uint64_t moved_at_wait;      /* as it was when descriptors were last found ready */
    unsigned idle_waits;         /* how often in a row they were, and nothing happened */
    int64_t own_buckets_full_us; /* from here on every own bucket is full, if nothing moves */
    uint64_t idle_rows;
    int64_t end_us;
    enum replay_end end;
    char failure[SIM_ERROR_BYTES];
};

static void stop(struct replay *replay, enum replay_end end)
{
    replay->end = end;
    event_base_loopbreak(replay->base);
}

static void fail(struct replay *replay, const char *text)
{
    if (replay->end != REPLAY_FAILED)
        sim_fail(replay->failure, SIM_FAILED, "%s", text);
    stop(replay, REPLAY_FAILED);
}

static void read_next_event(struct replay *replay)
{
    char error[TRACE_ERROR_BYTES];
    int status = flow_source_next(replay->source, &replay->next, error);

    replay->has_next = status == TRACE_OK;
    if (status < 0 && *replay->setup.stop) /* a signal ended the reading of a pipe */
        stop(replay, REPLAY_INTERRUPTED);
    else if (status < 0)
        fail(replay, error);
}

/* --- a flow's life ----------------------------------------------------------------------- */

static void flow_over(struct replay *replay, struct flow_state *flow)
{
    if (!flow_state_is_over(flow))
        return;
    flow_state_finish_row(flow);
    if (replay->setup.record)
        record_flow(replay->setup.record, &flow->row);
    DL_DELETE2(replay->flows, flow, all_prev, all_next);
    flow_state_release(flow);
}

/* With a limit of its own, a bucket that is not full fills up by itself. */
static void note_own_bucket(struct replay *replay, struct flow_state *flow)
{
    if (!flow->has_own_limit || !flow->channel)
        return;
    const struct shaper_limit *own = &flow->class->limits->own;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t missing =
            own->burst_bytes[d] - shaper_channel_own_level(flow->channel, (enum shaper_direction)d);
        int64_t ticks = missing / own->rate_bytes_per_tick[d] + 2;
        int64_t full_us = sim_clock_now_us() + ticks * own->tick_ms * 1000;
        if (missing > 0 && full_us > replay->own_buckets_full_us)
            replay->own_buckets_full_us = full_us;
    }
}

static void on_delivered(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct flow_state *flow = arg;
    struct class_state *class = flow->class;

    flow->replay->moved++;
    if (flow_state_delivered(flow, direction, bytes, sim_clock_now_us(),
                             &class->totals.delays[direction]) != 0)
        fail(flow->replay, "out of memory for delays");
    class_state_delivered(class, flow, direction, bytes);
    note_own_bucket(flow->replay, flow);
}

static void on_leaving(void *arg)
{
    struct flow_state *flow = arg;

    for (int d = 0; d < SHAPER_DIRECTIONS && flow->has_own_limit; d++)
        flow->own_level_bytes[d] =
            shaper_channel_own_level(flow->channel, (enum shaper_direction)d);
    flow->channel = NULL;
    flow->row.end_us = sim_clock_now_us();
    class_state_left(flow->class);
    flow->replay->open_flows--;
}

/* As a server does at an end of file: it lets the flow go, and what was left is lost. */
static void on_broken(void *arg)
{
    struct flow_state *flow = arg;

    flow->is_broken = true;
    flow->row.close = "eof";
    flow->replay->moved++;
    flow->class->totals.false_eofs++;
}

static void on_closed(void *arg)
{
    struct flow_state *flow = arg;

    flow->channels--;
    flow_over(flow->replay, flow);
}

static const struct shaper_channel_callbacks flow_callbacks = {
    .delivered = on_delivered, .leaving = on_leaving, .closed = on_closed, .broken = on_broken};

static struct class_state *class_of(struct replay *replay, const struct capture_packet *packet)
{
    for (size_t i = 0; i < replay->class_count; i++) {
        struct class_state *class = &replay->classes[i];
        if (!class->match || capture_filter_matches(class->match, packet))
            return class;
    }
    return &replay->classes[replay->class_count];
}

static bool wants_flow_ticks(const struct replay *replay, uint64_t flow)
{
    if (replay->setup.ranking)
        return flow_ranking_has(replay->setup.ranking, flow);
    return flow <= (uint64_t)replay->config->flow_ticks;
}

static void fail_to_join(struct replay *replay, int status)
{
    if (status != SHAPER_ERROR_DESCRIPTORS) {
        fail(replay, "out of memory for a flow's bufferevents; replay fewer flows (--filter)");
        return;
    }
    sim_fail(replay->failure, SIM_FAILED,
             "--transport socket takes two descriptors per open flow, and with %" PRIu64
             " flows open there are none left; raise the limit (ulimit -n) or use --transport pair",
             replay->open_flows);
    stop(replay, REPLAY_FAILED);
}

/* The flow joins its class: when it opens, and again for bytes that come after its close. */
static bool join(struct replay *replay, struct flow_state *flow)
{
    struct class_state *class = flow->class;
    struct shaper_channel_setup setup = {.transport = replay->config->transport,
                                         .group = class->group,
                                         .own_cfg = class->own_cfg,
                                         .callbacks = &flow_callbacks,
                                         .arg = flow};
    int status;

    flow->channel = shaper_channel_new(replay->shaper, &setup, &status);
    if (!flow->channel) {
        fail_to_join(replay, status);
        return false;
    }
    flow->channels++;
    replay->open_flows++;
    replay->moved++;
    class_state_joined(class);
    if (flow->is_recorded && !flow->is_listed) {
        flow->is_listed = true;
        DL_APPEND(class->recorded, flow);
    }
    note_own_bucket(replay, flow);
    return true;
}

static struct flow_state *open_flow(struct replay *replay)
{
    const struct flow_event *event = &replay->next;
    struct flow_state *flow = flow_state_new(event->flow, sim_clock_now_us());

    if (!flow) {
        fail(replay, "out of memory for a flow");
        return NULL;
    }
    flow->replay = replay;
    flow->class = class_of(replay, &event->packet);
    flow->row.group = flow->class->totals.name;
    flow->row.start_us = event->time_us;
    flow->row.close = "cut"; /* unless its close comes */
    flow->has_own_limit = flow->class->own_cfg != NULL;
    flow->is_recorded = flow->class->limits && wants_flow_ticks(replay, flow->row.flow);
    flow->class->totals.flows++;
    DL_APPEND2(replay->flows, flow, all_prev, all_next);
    event->flow->user = flow;
    return join(replay, flow) ? flow : NULL;
}

static void take_packet(struct replay *replay)
{
    const struct flow_event *event = &replay->next;
    bool from_initiator = event->direction == FLOW_FROM_INITIATOR;
    enum shaper_direction direction =
        from_initiator != replay->config->shape_initiator ? SHAPER_READ : SHAPER_WRITE;
    struct flow_state *flow = event->opens_flow ? open_flow(replay) : event->flow->user;

    if (!flow)
        return;
    flow->row.packets++;
    flow->class->totals.packets++;
    if (event->bytes == 0 || (!flow->channel && !flow->is_broken && !join(replay, flow)))
        return;
    if (flow_state_offered(flow, direction, event->bytes, event->time_us) != 0 ||
        (flow->channel &&
         shaper_channel_offer(flow->channel, direction, event->bytes) != SHAPER_OK)) {
        fail(replay, "out of memory for the backlog; raise the rate or replay less of the trace");
        return;
    }
    class_state_offered(flow->class, flow, direction, event->bytes);
    if (flow->is_closed && flow->channel)
        shaper_channel_close(flow->channel);
}

static void take_event(struct replay *replay)
{
    struct flow_state *flow = replay->next.flow->user;

    switch (replay->next.kind) {
    case FLOW_EVENT_PACKET:
        take_packet(replay);
        break;
    case FLOW_EVENT_CLOSE:
        flow->is_closed = true;
        if (!flow->is_broken)
            flow->row.close = flow_close_name(replay->next.flow->close);
        if (flow->channel)
            shaper_channel_close(flow->channel);
        break;
    case FLOW_EVENT_RETIRE:
        flow->is_retired = true;
        flow_over(replay, flow);
        break;
    }
}

static void run_arrivals(evutil_socket_t fd, short what, void *arg)
{
    struct replay *replay = arg;

    (void)fd;
    (void)what;
    while (replay->has_next && replay->next.time_us <= sim_clock_now_us() &&
           replay->end != REPLAY_FAILED) {
        take_event(replay);
        read_next_event(replay);
    }
}

static void run_tick_opening(evutil_socket_t fd, short what, void *arg)
{
    struct replay *replay = arg;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < replay->class_count; i++)
        class_state_open_tick(&replay->classes[i]);
}

/* --- time -------------------------------------------------------------------------------- */

static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

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
    if (replay->own_buckets_full_us > sim_clock_now_us())
        return false;
    for (size_t i = 0; i <= replay->class_count; i++)
        if (!class_state_is_idle(&replay->classes[i]))
            return false;
    return true;
}

/* How far silence lets the clock jump: to the last instant before the next arrival at which every
 * tick of every length begins, so that no timer's phase moves. */
static int64_t jump_us(const struct replay *replay)
{
    if (replay->config->clock != SIM_CLOCK_VIRTUAL || !replay->has_next || !is_idle(replay))
        return 0;
    int64_t until_us = replay->next.time_us;
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
        rows += (uint64_t)((to_us - sim_clock_now_us()) / class->tick_us) *
                class_state_rows_per_tick(class);
    }
    if (rows <= IDLE_ROWS_MAX)
        return false;
    sim_fail(replay->failure, SIM_FAILED,
             "the silence from %" PRId64 " s to %" PRId64
             " s of the trace alone would fill %" PRIu64
             " rows of idle ticks; use --idle-ticks skip, or --max-gap 10s to shorten silences",
             sim_clock_now_us() / 1000000, to_us / 1000000, rows);
    stop(replay, REPLAY_FAILED);
    return true;
}

static void close_ticks(struct replay *replay, int64_t to_us)
{
    if (next_tick_end_us(replay) > to_us)
        return;
    /* A tick's end is recorded with its last microsecond still on the clock: own buckets, which
     * libevent fills up whenever it looks at them, are then as they were before the refill. */
    if (to_us - 1 > sim_clock_now_us())
        sim_clock_move(to_us - 1);
    /* Rows come in the order of time, those of one instant in the order of the classes. */
    for (int64_t end_us; (end_us = next_tick_end_us(replay)) <= to_us;)
        for (size_t i = 0; i < replay->class_count; i++)
            replay->idle_rows += class_state_close_ticks(
                &replay->classes[i], end_us, replay->config->skip_idle_ticks, replay->setup.record);
    event_active(replay->tick_opening, EV_TIMEOUT, 0);
    if (replay->setup.record && record_failed(replay->setup.record))
        fail(replay, "the output cannot be written; make room or choose another -o DIR");
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
    if (shaper_is_out_of_memory(replay->shaper))
        fail(replay, "out of memory for grants; replay fewer flows (--filter)");
    else if (*replay->setup.stop)
        stop(replay, REPLAY_INTERRUPTED);
    else if (!replay->has_next && replay->open_flows == 0)
        stop(replay, REPLAY_DRAINED);
    else if (replay->config->max_time_us > 0 && sim_clock_now_us() >= replay->config->max_time_us)
        stop(replay, REPLAY_MAX_TIME);
    else
        return replay->end == REPLAY_FAILED;
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
    if (replay->has_next)
        to_us = min_i64(to_us, replay->next.time_us);
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
    if (replay->has_next && replay->next.time_us <= to_us)
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

static int compile_matches(struct replay *replay, char *error)
{
    struct capture *capture = flow_source_capture(replay->source);

    for (size_t i = 0; i < replay->class_count; i++) {
        const struct class_spec *spec = &replay->config->specs[i];
        char what[CLASS_NAME_BYTES + 32];
        char text[TRACE_ERROR_BYTES];
        if (!spec->match)
            continue;
        snprintf(what, sizeof(what), "--group %s: match", spec->name);
        int status =
            capture_filter_compile(capture, what, spec->match, &replay->classes[i].match, text);
        if (status != TRACE_OK)
            return sim_fail(error, status == TRACE_ERROR_FILTER ? SIM_MISUSE : SIM_FAILED, "%s",
                            text);
    }
    return SIM_OK;
}

int replay_new(const struct run_config *config, struct flow_source *source, struct replay **out,
               char *error)
{
    struct replay *replay = calloc(1, sizeof(*replay));
    int status;

    if (!replay)
        return sim_fail(error, SIM_FAILED, "out of memory");
    replay->config = config;
    replay->source = source;
    replay->class_count = config->classes;
    replay->alignment_us = run_config_alignment_ms(config) * 1000;
    replay->jump_max =
        JUMP_TICKS_MAX * run_config_shortest_tick_ms(config) * 1000 / replay->alignment_us;
    status = compile_matches(replay, error);
    if (status != SIM_OK) {
        replay_free(replay);
        return status;
    }
    *out = replay;
    return SIM_OK;
}

/* Everything that libevent stamps with a time is made when the clock runs. */
static int set_up_loop(struct replay *replay, char *error)
{
    replay->base = loop_new();
    replay->shaper = replay->base ? shaper_new(replay->base) : NULL;
    if (!replay->shaper)
        return sim_fail(error, SIM_FAILED, "libevent: no event loop with epoll");
    replay->arrivals = event_new(replay->base, -1, 0, run_arrivals, replay);
    replay->tick_opening = event_new(replay->base, -1, 0, run_tick_opening, replay);
    if (!replay->arrivals || !replay->tick_opening)
        return sim_fail(error, SIM_FAILED, "out of memory");
    event_priority_set(replay->arrivals, SHAPER_PRIORITY_ARRIVAL);
    event_priority_set(replay->tick_opening, SHAPER_PRIORITY_TICK_OPEN);
    for (size_t i = 0; i < replay->class_count; i++) {
        int status = class_state_init(&replay->classes[i], replay->config->specs[i].name,
                                      &replay->config->limits[i], replay->base, error);
        if (status != SIM_OK)
            return status;
    }
    return class_state_init(&replay->classes[replay->class_count], CLASS_NAME_NONE, NULL,
                            replay->base, error);
}

/* What is left when the run was ended early gets its rows, as cut. */
static void end_rows(struct replay *replay)
{
    struct flow_state *flow, *next;

    for (size_t i = 0; i < replay->class_count; i++)
        class_state_close_last_tick(&replay->classes[i], replay->end_us,
                                    replay->config->skip_idle_ticks, replay->setup.record);
    DL_FOREACH_SAFE2(replay->flows, flow, next, all_next)
    {
        if (flow->channel)
            flow->row.end_us = replay->end_us;
        shaper_channel_free(flow->channel);
        flow->channel = NULL;
        flow->channels = 0;
        flow->is_retired = true;
        flow->is_listed = false;
        flow_over(replay, flow);
    }
}

enum replay_end replay_run(struct replay *replay, const struct replay_setup *setup, char *error)
{
    const struct sim_clock_driver driver = {
        .poll = poll_ends, .wait = wait_for_instant, .is_stuck = is_stuck, .arg = replay};

    replay->setup = *setup;
    random_seed((uint64_t)replay->config->seed);
    sim_clock_start(replay->config->clock, replay->alignment_us / 1000, &driver);
    if (set_up_loop(replay, error) != SIM_OK) {
        replay->end = REPLAY_FAILED;
    } else {
        read_next_event(replay);
        loop_run(replay->base);
        replay->end_us = sim_clock_now_us();
        end_rows(replay);
        if (replay->end == REPLAY_FAILED)
            sim_fail(error, SIM_FAILED, "%s", replay->failure);
    }
    return replay->end;
}

int64_t replay_end_us(const struct replay *replay)
{
    return replay->end_us;
}

size_t replay_classes(const struct replay *replay)
{
    return replay->class_count + (replay->classes[replay->class_count].totals.flows > 0 ? 1 : 0);
}

const struct class_totals *replay_class(const struct replay *replay, size_t index)
{
    return &replay->classes[index].totals;
}

void replay_free(struct replay *replay)
{
    if (!replay)
        return;
    for (size_t i = 0; i <= replay->class_count; i++)
        class_state_fini(&replay->classes[i]);
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
