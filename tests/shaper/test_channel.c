#include "shaper/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "sim/clock.h"
#include "sim/loop.h"
#include "sim/random.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define FLOWS_MAX 24
#define TICKS_MAX 60
#define TICK_MS   10
#define TICK_US   (TICK_MS * INT64_C(1000))

/* --- the rig: a virtual clock, a group and steps at their times --------------------------------
 */

enum step_kind { OFFER_READ, OFFER_WRITE, CLOSE, FREE, JOIN };

struct step {
    int64_t at_us;
    enum step_kind kind;
    int flow;
    size_t bytes; /* of an offer */
};

struct scenario {
    int64_t rate, burst; /* of the group, both directions; 0: no group */
    int64_t min_share;
    int64_t own_rate, own_burst; /* of each flow; 0: no own limit */
    int flows;                   /* that are there from the start; others need a JOIN */
    int ticks;                   /* how long it runs */
    const struct step *steps;    /* in the order of time */
    size_t step_count;
    uint64_t seed; /* of the order of release */
};

struct outcome {
    uint64_t bytes[SHAPER_DIRECTIONS][FLOWS_MAX][TICKS_MAX]; /* delivered */
    int64_t level[SHAPER_DIRECTIONS][TICKS_MAX];             /* of the group, at each tick's end */
    int64_t own_level[SHAPER_DIRECTIONS][TICKS_MAX];         /* of flow 0, likewise */
    uint64_t backlog[SHAPER_DIRECTIONS][FLOWS_MAX]; /* at the end; closed flows have none */
    uint64_t total[SHAPER_DIRECTIONS];              /* libevent's, of the group */
    char log[1024];                                 /* "0 leaves 5000, 0 is closed 5000, " */
};

struct flow {
    struct rig *rig;
    struct shaper_channel *channel;
    int number;
};

struct rig {
    const struct scenario *scenario;
    struct outcome *outcome;
    struct event_base *base;
    struct shaper *shaper;
    struct shaper_group *group;
    struct ev_token_bucket_cfg *own_cfg;
    struct event *steps;
    enum shaper_transport transport;
    size_t next_step;
    int ended_ticks;
    struct flow flows[FLOWS_MAX];
};

static void note(struct flow *flow, const char *what)
{
    char *log = flow->rig->outcome->log;
    size_t used = strlen(log);

    snprintf(log + used, sizeof(flow->rig->outcome->log) - used, "%d %s %lld, ", flow->number, what,
             (long long)sim_clock_now_us());
}

static void flow_delivered(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct flow *flow = arg;

    assert_true(bytes > 0);
    flow->rig->outcome->bytes[direction][flow->number][sim_clock_now_us() / TICK_US] += bytes;
}

static void flow_leaving(void *arg)
{
    struct flow *flow = arg;

    assert_int_equal(shaper_channel_backlog(flow->channel, SHAPER_READ), 0);
    assert_int_equal(shaper_channel_backlog(flow->channel, SHAPER_WRITE), 0);
    note(flow, "leaves");
}

static void flow_closed(void *arg)
{
    struct flow *flow = arg;

    note(flow, "is closed");
    flow->channel = NULL;
}

static const struct shaper_channel_callbacks flow_callbacks = {flow_delivered, flow_leaving,
                                                               flow_closed};

static void join(struct rig *rig, int number)
{
    struct flow *flow = &rig->flows[number];
    const struct shaper_channel_setup setup = {.transport = rig->transport,
                                               .group = rig->group,
                                               .own_cfg = rig->own_cfg,
                                               .callbacks = &flow_callbacks,
                                               .arg = flow};
    int status = -99;

    assert_null(flow->channel);
    flow->rig = rig;
    flow->number = number;
    flow->channel = shaper_channel_new(rig->shaper, &setup, &status);
    assert_non_null(flow->channel);
    assert_int_equal(status, SHAPER_OK);
}

static void take_step(struct rig *rig, const struct step *step)
{
    struct flow *flow = &rig->flows[step->flow];
    enum shaper_direction direction = step->kind == OFFER_READ ? SHAPER_READ : SHAPER_WRITE;
    uint64_t backlog;

    switch (step->kind) {
    case OFFER_READ:
    case OFFER_WRITE:
        backlog = shaper_channel_backlog(flow->channel, direction);
        assert_int_equal(shaper_channel_offer(flow->channel, direction, step->bytes), SHAPER_OK);
        assert_int_equal(shaper_channel_backlog(flow->channel, direction), backlog + step->bytes);
        return;
    case CLOSE:
        shaper_channel_close(flow->channel);
        return;
    case FREE:
        shaper_channel_free(flow->channel);
        flow->channel = NULL;
        return;
    case JOIN:
        join(rig, step->flow);
        return;
    }
}

static void take_due_steps(evutil_socket_t fd, short what, void *arg)
{
    struct rig *rig = arg;
    const struct scenario *scenario = rig->scenario;

    (void)fd;
    (void)what;
    while (rig->next_step < scenario->step_count &&
           scenario->steps[rig->next_step].at_us <= sim_clock_now_us())
        take_step(rig, &scenario->steps[rig->next_step++]);
}

static int rig_poll(void *arg, int max_ends)
{
    return shaper_poll(((struct rig *)arg)->shaper, max_ends);
}

static void end_tick(struct rig *rig)
{
    int tick = rig->ended_ticks++;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (rig->group)
            rig->outcome->level[d][tick] = shaper_group_level(rig->group, (enum shaper_direction)d);
        if (rig->own_cfg && rig->flows[0].channel)
            rig->outcome->own_level[d][tick] =
                shaper_channel_own_level(rig->flows[0].channel, (enum shaper_direction)d);
    }
}

static void rig_wait(void *arg, int64_t deadline_us)
{
    struct rig *rig = arg;
    const struct scenario *scenario = rig->scenario;
    int64_t end_us = scenario->ticks * TICK_US;
    int64_t to_us = deadline_us < end_us ? deadline_us : end_us;
    bool has_step = rig->next_step < scenario->step_count;

    if (has_step && scenario->steps[rig->next_step].at_us < to_us)
        to_us = scenario->steps[rig->next_step].at_us;
    while ((rig->ended_ticks + 1) * TICK_US <= to_us) {
        int64_t last_us = (rig->ended_ticks + 1) * TICK_US - 1;
        if (sim_clock_now_us() < last_us)
            sim_clock_move(last_us);
        end_tick(rig);
    }
    sim_clock_move(to_us);
    if (to_us == end_us)
        event_base_loopbreak(rig->base);
    else if (has_step && scenario->steps[rig->next_step].at_us == to_us)
        event_active(rig->steps, EV_TIMEOUT, 0);
}

/* The limit and its like in both directions. */
static struct shaper_limit both_ways(int64_t rate, int64_t burst)
{
    return (struct shaper_limit){
        .tick_ms = TICK_MS, .rate_bytes_per_tick = {rate, rate}, .burst_bytes = {burst, burst}};
}

static void set_up(struct rig *rig)
{
    const struct scenario *scenario = rig->scenario;
    struct shaper_limit group = both_ways(scenario->rate, scenario->burst);
    struct shaper_limit own = both_ways(scenario->own_rate, scenario->own_burst);

    rig->base = loop_new();
    assert_non_null(rig->base);
    rig->shaper = shaper_new(rig->base);
    assert_non_null(rig->shaper);
    if (scenario->rate) {
        rig->group = shaper_group_new(rig->base, &group, scenario->min_share);
        assert_non_null(rig->group);
    }
    if (scenario->own_rate)
        rig->own_cfg = shaper_limit_cfg(&own);
    rig->steps = event_new(rig->base, -1, 0, take_due_steps, rig);
    assert_non_null(rig->steps);
    event_priority_set(rig->steps, SHAPER_PRIORITY_ARRIVAL);
    for (int i = 0; i < scenario->flows; i++)
        join(rig, i);
}

static void tear_down(struct rig *rig)
{
    struct outcome *outcome = rig->outcome;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (rig->group)
            outcome->total[d] = shaper_group_total(rig->group, (enum shaper_direction)d);
        for (int i = 0; i < FLOWS_MAX; i++)
            if (rig->flows[i].channel)
                outcome->backlog[d][i] =
                    shaper_channel_backlog(rig->flows[i].channel, (enum shaper_direction)d);
    }
    for (int i = 0; i < FLOWS_MAX; i++)
        shaper_channel_free(rig->flows[i].channel);
    shaper_group_free(rig->group); /* at once: nobody is left in it */
    if (rig->own_cfg) {
        event_base_loop(rig->base, EVLOOP_NONBLOCK); /* libevent lets go of what was freed */
        ev_token_bucket_cfg_free(rig->own_cfg);
    }
    event_free(rig->steps);
    shaper_free(rig->shaper);
    event_base_free(rig->base);
}

static void run(const struct scenario *scenario, enum shaper_transport transport,
                struct outcome *outcome)
{
    struct rig rig = {.scenario = scenario, .outcome = outcome, .transport = transport};
    const struct sim_clock_driver driver = {rig_poll, rig_wait, &rig};

    memset(outcome, 0, sizeof(*outcome));
    assert_true(scenario->ticks < TICKS_MAX);
    random_seed(scenario->seed);
    sim_clock_start(SIM_CLOCK_VIRTUAL, TICK_MS, &driver);
    set_up(&rig);
    event_active(rig.steps, EV_TIMEOUT, 0); /* what is due at 0 */
    loop_run(rig.base);
    assert_int_equal(sim_clock_now_us(), scenario->ticks * TICK_US);
    assert_int_equal(rig.next_step, scenario->step_count);
    tear_down(&rig);
    sim_clock_stop();
}

static const enum shaper_transport transports[] = {SHAPER_TRANSPORT_PAIR, SHAPER_TRANSPORT_SOCKET};

static uint64_t tick_sum(const struct outcome *outcome, enum shaper_direction direction, int tick)
{
    uint64_t sum = 0;

    for (int flow = 0; flow < FLOWS_MAX; flow++)
        sum += outcome->bytes[direction][flow][tick];
    return sum;
}

static uint64_t flow_sum(const struct outcome *outcome, enum shaper_direction direction, int flow)
{
    uint64_t sum = 0;

    for (int tick = 0; tick < TICKS_MAX; tick++)
        sum += outcome->bytes[direction][flow][tick];
    return sum;
}

/* --- one flow ------------------------------------------------------------------------------- */

static void one_flow_keeps_to_its_limits(void **state)
{
    (void)state;
    static const struct {
        int64_t rate, burst, own_rate, own_burst;
        int64_t at_us;
        size_t offered;
        uint64_t ticks[9];
    } rows[] = {
        /* a bucket starts with one tick's worth */
        {1000, 1000, 0, 0, 0, 3500, {1000, 1000, 1000, 500}},
        {1000, 3000, 0, 0, 0, 3500, {1000, 1000, 1000, 500}},
        /* in the middle of a tick; the next one is at its own time */
        {1000, 1000, 0, 0, 5001, 2500, {1000, 1000, 500}},
        {1000, 1000, 0, 0, 9999, 2500, {1000, 1000, 500}},
        /* at the instant of a refill, which comes first; nothing was kept: burst == rate */
        {1000, 1000, 0, 0, 20000, 2500, {0, 0, 1000, 1000, 500}},
        /* burst: 1000 + 2 * 1000 = 3000, then 3000 at most */
        {1000, 3000, 0, 0, 25000, 5500, {0, 0, 3000, 1000, 1000, 500}},
        {1000, 3000, 0, 0, 40000, 5500, {0, 0, 0, 0, 3000, 1000, 1000, 500}},
        {1000, 2500, 0, 0, 20000, 5500, {0, 0, 2500, 1000, 1000, 1000}},
        /* what is left of a burst stays: 3000 - 1200 + 1000 = 2800 */
        {1000, 3000, 0, 0, 20000, 1200, {0, 0, 1200}},
        /* own limit alone */
        {0, 0, 700, 700, 0, 2000, {700, 700, 600}},
        {0, 0, 700, 700, 5001, 2000, {700, 700, 600}},
        {0, 0, 700, 1500, 40000, 3000, {0, 0, 0, 0, 1500, 700, 700, 100}},
        /* own below the group, and above it */
        {1000, 1000, 700, 700, 0, 2000, {700, 700, 600}},
        {500, 500, 700, 700, 0, 1800, {500, 500, 500, 300}},
        /* own 700 a tick while the group's burst lasts:
           2000 - 700 + 500 = 1800, 1600, 1400 at the starts of ticks 4, 5, 6 */
        {500, 2000, 700, 700, 30000, 2800, {0, 0, 0, 700, 700, 700, 700}},
        /* own burst 1600 against the group's 1000 + 500 a tick: 1000, then 500 */
        {500, 1000, 800, 1600, 30000, 2500, {0, 0, 0, 1000, 500, 500, 500}},
        /* nothing limits */
        {0, 0, 0, 0, 12345, 1000000, {0, 1000000}},
        {2147483647, 2147483647, 0, 0, 12345, 1000000, {0, 1000000}},
        /* one byte, none, a byte a tick */
        {1000, 1000, 0, 0, 0, 1, {1}},
        {1000, 1000, 700, 700, 0, 0, {0}},
        {1, 1, 0, 0, 0, 4, {1, 1, 1, 1}},
        {0, 0, 1, 1, 0, 4, {1, 1, 1, 1}},
        {1, 1, 1, 1, 0, 4, {1, 1, 1, 1}},
        /* around the 64 KiB in which bytes are handed over, and far above */
        {65536, 65536, 0, 0, 0, 65535, {65535}},
        {65536, 65536, 0, 0, 0, 65536, {65536}},
        {65536, 65536, 0, 0, 0, 65537, {65536, 1}},
        {100000, 300000, 0, 0, 30000, 450000, {0, 0, 0, 300000, 100000, 50000}},
        {0, 0, 200000, 200000, 0, 450000, {200000, 200000, 50000}},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(transports); t++)
            for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
                struct step step = {.at_us = rows[i].at_us,
                                    .kind = d == SHAPER_READ ? OFFER_READ : OFFER_WRITE,
                                    .bytes = rows[i].offered};
                struct scenario scenario = {.rate = rows[i].rate,
                                            .burst = rows[i].burst,
                                            .min_share = 64,
                                            .own_rate = rows[i].own_rate,
                                            .own_burst = rows[i].own_burst,
                                            .flows = 1,
                                            .ticks = 9,
                                            .steps = &step,
                                            .step_count = 1};
                struct outcome outcome;
                run(&scenario, transports[t], &outcome);
                for (int tick = 0; tick < 9; tick++) {
                    if (outcome.bytes[d][0][tick] != rows[i].ticks[tick])
                        print_error("row %zu, transport %zu, direction %d, tick %d\n", i, t, d,
                                    tick);
                    assert_int_equal(outcome.bytes[d][0][tick], rows[i].ticks[tick]);
                    assert_int_equal(outcome.bytes[1 - d][0][tick], 0);
                }
                assert_int_equal(outcome.backlog[d][0], 0);
                assert_int_equal(outcome.total[d], rows[i].rate ? rows[i].offered : 0);
                assert_int_equal(outcome.total[1 - d], 0);
            }
}

static void directions_do_not_mix(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, OFFER_READ, 0, 2500}, {0, OFFER_WRITE, 0, 1500}, {31000, OFFER_WRITE, 0, 1100}};
    static const uint64_t read[] = {1000, 1000, 500, 0, 0}, written[] = {1000, 500, 0, 1000, 100};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 5,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        run(&scenario, transports[t], &outcome);
        for (int tick = 0; tick < 5; tick++) {
            assert_int_equal(outcome.bytes[SHAPER_READ][0][tick], read[tick]);
            assert_int_equal(outcome.bytes[SHAPER_WRITE][0][tick], written[tick]);
        }
    }
}

static void own_level_is_what_the_flow_has_left(void **state)
{
    (void)state;
    static const struct step steps[] = {{20000, OFFER_WRITE, 0, 1200}, {45000, OFFER_READ, 0, 300}};
    /* 700, 1400, 1500 - 1200 = 300, 1000, 1500, 1500; read: 700, 1400, 1500, 1500, 1500 - 300 */
    static const int64_t written[] = {700, 1400, 300, 1000, 1500, 1500};
    static const int64_t read[] = {700, 1400, 1500, 1500, 1200, 1500};
    const struct scenario scenario = {.own_rate = 700,
                                      .own_burst = 1500,
                                      .flows = 1,
                                      .ticks = 6,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        run(&scenario, transports[t], &outcome);
        for (int tick = 0; tick < 6; tick++) {
            assert_int_equal(outcome.own_level[SHAPER_WRITE][tick], written[tick]);
            assert_int_equal(outcome.own_level[SHAPER_READ][tick], read[tick]);
        }
    }
}

/* --- several flows ---------------------------------------------------------------------------- */

static void all_offer_at_once(struct step *steps, int flows, enum step_kind kind, size_t bytes)
{
    for (int i = 0; i < flows; i++)
        steps[i] = (struct step){.kind = kind, .flow = i, .bytes = bytes};
}

/* rate 100, burst 200, min-share 64, three flows: each grant is 64 bytes (100 / 3 is less), while
 * the level is above 0; the group is released at 64 or more. */
static void deficit_is_at_most_min_share_less_one(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        int64_t level_after;
    } ticks[] = {
        {128, -28},             /* 100 - 2 * 64 */
        {128, -56},             /* 72 - 2 * 64 */
        {0, 44},                /* below 64: stays suspended */
        {192, -48},             /* 144 - 3 * 64 */
        {0, 52},    {192, -40}, /* 152 - 3 * 64 */
        {0, 60},    {192, -32}, /* 160 - 3 * 64 */
        {128, -60},             /* 68 - 2 * 64 */
        {0, 40},    {192, -52}, /* 140 - 3 * 64 */
    };

    for (size_t t = 0; t < COUNT(transports); t++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            struct step steps[3];
            const struct scenario scenario = {.rate = 100,
                                              .burst = 200,
                                              .min_share = 64,
                                              .flows = 3,
                                              .ticks = (int)COUNT(ticks),
                                              .steps = steps,
                                              .step_count = 3};
            struct outcome outcome;
            all_offer_at_once(steps, 3, d == SHAPER_READ ? OFFER_READ : OFFER_WRITE, 5000);
            run(&scenario, transports[t], &outcome);
            for (int tick = 0; tick < (int)COUNT(ticks); tick++) {
                assert_int_equal(tick_sum(&outcome, (enum shaper_direction)d, tick),
                                 ticks[tick].bytes);
                assert_int_equal(outcome.level[d][tick], ticks[tick].level_after);
            }
        }
}

/* burst == rate == 100 with a min-share of 64 throws tokens away (limit.h): after a tick that ends
 * at -56 the group waits at 44, and 144 is cut to 100. */
static void lost_tokens_are_lost(void **state)
{
    (void)state;
    static const uint64_t ticks[] = {128, 128, 0, 128, 128, 0, 128, 128, 0};
    struct step steps[3];
    const struct scenario scenario = {.rate = 100,
                                      .burst = 100,
                                      .min_share = 64,
                                      .flows = 3,
                                      .ticks = (int)COUNT(ticks),
                                      .steps = steps,
                                      .step_count = 3};
    struct outcome outcome;

    all_offer_at_once(steps, 3, OFFER_WRITE, 5000);
    for (size_t t = 0; t < COUNT(transports); t++) {
        run(&scenario, transports[t], &outcome);
        for (int tick = 0; tick < (int)COUNT(ticks); tick++)
            assert_int_equal(tick_sum(&outcome, SHAPER_WRITE, tick), ticks[tick]);
    }
}

/* The first tick, in words: the flows are served in turns, each with the level by the number of
 * members, at least min-share, at most what one callback moves, until the level is 0 or less. */
static void serve_first_tick(int flows, int64_t level, int64_t min_share, int64_t most,
                             uint64_t *served, uint64_t *grants)
{
    for (int turn = 0; level > 0; turn++) {
        int64_t share = level / flows > min_share ? level / flows : min_share;
        int64_t grant = share < most ? share : most;
        served[turn % flows] += (uint64_t)grant;
        level -= grant;
        if (turn < flows)
            grants[turn] = (uint64_t)grant;
    }
}

static void shares_fall_from_flow_to_flow(void **state)
{
    (void)state;
    static const struct {
        int flows;
        int64_t rate, min_share;
        uint64_t read_grants[10], write_grants[10]; /* the first of each flow */
    } rows[] = {
        /* 40000 / 10, 36000 / 10, 32400 / 10, ... */
        {10,
         40000,
         64,
         {4000, 3600, 3240, 2916, 2624, 2362, 2125, 1913, 1722, 1549},
         {4000, 3600, 3240, 2916, 2624, 2362, 2125, 1913, 1722, 1549}},
        /* 1000 / 4, 750 / 4, 563 / 4, 423 / 4 */
        {4, 1000, 64, {250, 187, 140, 105}, {250, 187, 140, 105}},
        /* min-share lifts: 120 left after 880, and 157 flows of 64 in a tick of 10,000 would fit */
        {5, 1000, 200, {200, 200, 200, 200, 200}, {200, 200, 200, 200, 200}},
        /* one read callback moves 4096, whatever min-share says; a write 10000 */
        {2, 10000, 10000, {4096, 4096}, {10000}},
        /* one write callback moves 16384: 20000, 3616 left */
        {2, 20000, 20000, {4096, 4096}, {16384, 16384}},
        /* 100000 / 2 is more than one callback moves */
        {2, 100000, 64, {4096, 4096}, {16384, 16384}},
        {3, 300000, 1, {4096, 4096, 4096}, {16384, 16384, 16384}},
        {1, 5000, 64, {4096}, {5000}},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(transports); t++)
            for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
                struct step steps[10];
                const struct scenario scenario = {.rate = rows[i].rate,
                                                  .burst = rows[i].rate,
                                                  .min_share = rows[i].min_share,
                                                  .flows = rows[i].flows,
                                                  .ticks = 1,
                                                  .steps = steps,
                                                  .step_count = (size_t)rows[i].flows};
                struct outcome outcome;
                uint64_t served[10] = {0}, grants[10] = {0};
                const uint64_t *expected =
                    d == SHAPER_READ ? rows[i].read_grants : rows[i].write_grants;
                all_offer_at_once(steps, rows[i].flows, d == SHAPER_READ ? OFFER_READ : OFFER_WRITE,
                                  400000);
                serve_first_tick(rows[i].flows, rows[i].rate, rows[i].min_share,
                                 d == SHAPER_READ ? 4096 : 16384, served, grants);
                assert_memory_equal(grants, expected, sizeof(grants));
                run(&scenario, transports[t], &outcome);
                for (int flow = 0; flow < rows[i].flows; flow++)
                    assert_int_equal(outcome.bytes[d][flow][0], served[flow]);
            }
}

/* Two members, the second comes at 30 ms: 1000 / 2 = 500 and 250, 125 and 64, 64:
 * 500 + 125 + 64 = 689 and 250 + 64 = 314, level -3. Alone again, the first has all of a tick. */
static void members_join_and_leave_in_mid_run(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, OFFER_WRITE, 0, 2000},     {30000, JOIN, 1, 0},  {30000, OFFER_WRITE, 0, 689},
        {30000, OFFER_WRITE, 1, 1311}, {40000, CLOSE, 1, 0}, {70000, OFFER_WRITE, 0, 1500},
    };
    /* 1000 - 3 = 997 left for the second in tick 4; it has offered 314 + 997 = 1311 */
    static const uint64_t first[] = {1000, 1000, 0, 689, 0, 0, 0, 1000, 500};
    static const uint64_t second[] = {0, 0, 0, 314, 997, 0, 0, 0, 0};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 9,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        run(&scenario, transports[t], &outcome);
        for (int tick = 0; tick < 9; tick++) {
            assert_int_equal(outcome.bytes[SHAPER_WRITE][0][tick], first[tick]);
            assert_int_equal(outcome.bytes[SHAPER_WRITE][1][tick], second[tick]);
        }
        assert_string_equal(outcome.log, "1 leaves 40000, 1 is closed 40000, ");
    }
}

/* --- the end of a flow ------------------------------------------------------------------------ */

static void closing_drains_first(void **state)
{
    (void)state;
    static const struct {
        struct step steps[4];
        size_t step_count;
        const char *log;
        uint64_t bytes;
    } rows[] = {
        /* 2500 bytes: the last 500 leave in tick 2 */
        {{{0, OFFER_WRITE, 0, 2500}, {5000, CLOSE, 0, 0}},
         2,
         "0 leaves 20000, 0 is closed 20000, ",
         2500},
        /* at the instant of the offer */
        {{{1000, OFFER_WRITE, 0, 900}, {1000, CLOSE, 0, 0}},
         2,
         "0 leaves 1000, 0 is closed 1000, ",
         900},
        /* without a backlog, before and after any byte */
        {{{7000, CLOSE, 0, 0}}, 1, "0 leaves 7000, 0 is closed 7000, ", 0},
        {{{0, OFFER_WRITE, 0, 2500}, {33333, CLOSE, 0, 0}},
         2,
         "0 leaves 33333, 0 is closed 33333, ",
         2500},
        /* twice is once */
        {{{0, OFFER_WRITE, 0, 1001}, {0, CLOSE, 0, 0}, {3000, CLOSE, 0, 0}},
         3,
         "0 leaves 10000, 0 is closed 10000, ",
         1001},
        /* more is offered all the same */
        {{{0, CLOSE, 0, 0}, {0, OFFER_WRITE, 0, 1500}},
         2,
         "0 leaves 10000, 0 is closed 10000, ",
         1500},
        {{{0, OFFER_WRITE, 0, 1500}, {0, CLOSE, 0, 0}, {6000, OFFER_WRITE, 0, 1500}},
         3,
         "0 leaves 20000, 0 is closed 20000, ",
         3000},
        /* two flows at one instant, in the order of closing */
        {{{100, OFFER_WRITE, 0, 10}, {100, CLOSE, 1, 0}, {100, CLOSE, 0, 0}},
         3,
         "1 leaves 100, 0 leaves 100, 1 is closed 100, 0 is closed 100, ",
         10},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(transports); t++) {
            const struct scenario scenario = {.rate = 1000,
                                              .burst = 1000,
                                              .min_share = 64,
                                              .flows = 2,
                                              .ticks = 6,
                                              .steps = rows[i].steps,
                                              .step_count = rows[i].step_count};
            struct outcome outcome;
            run(&scenario, transports[t], &outcome);
            if (strcmp(outcome.log, rows[i].log) != 0)
                print_error("row %zu, transport %zu\n", i, t);
            assert_string_equal(outcome.log, rows[i].log);
            assert_int_equal(flow_sum(&outcome, SHAPER_WRITE, 0), rows[i].bytes);
        }
}

static void closing_drains_both_directions(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, OFFER_READ, 0, 3500}, {0, OFFER_WRITE, 0, 1500}, {0, CLOSE, 0, 0}};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .own_rate = 1000,
                                      .own_burst = 2000,
                                      .flows = 1,
                                      .ticks = 6,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        run(&scenario, transports[t], &outcome);
        assert_string_equal(outcome.log, "0 leaves 30000, 0 is closed 30000, ");
        assert_int_equal(flow_sum(&outcome, SHAPER_READ, 0), 3500);
        assert_int_equal(flow_sum(&outcome, SHAPER_WRITE, 0), 1500);
    }
}

/* Freed with a backlog, before anything moved and in the middle: no callback, no leak, and the
 * other members have the group to themselves. */
static void freeing_at_once_drops_the_backlog(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 5000}, {0, OFFER_READ, 0, 5000},
                                        {0, OFFER_WRITE, 1, 5000}, {0, FREE, 0, 0},
                                        {25000, FREE, 1, 0},       {25000, OFFER_WRITE, 2, 1500},
                                        {25000, CLOSE, 3, 0},      {45000, OFFER_READ, 2, 1500}};
    static const uint64_t second[] = {1000, 1000, 1000, 0, 0, 0, 0};
    static const uint64_t third[] = {0, 0, 0, 1000, 500, 0, 0};
    static const uint64_t third_read[] = {0, 0, 0, 0, 1000, 500, 0};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 1,
                                      .own_rate = 5000,
                                      .own_burst = 5000,
                                      .flows = 4,
                                      .ticks = 7,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        run(&scenario, transports[t], &outcome);
        assert_int_equal(flow_sum(&outcome, SHAPER_WRITE, 0), 0);
        assert_int_equal(flow_sum(&outcome, SHAPER_READ, 0), 0);
        for (int tick = 0; tick < 7; tick++) {
            assert_int_equal(outcome.bytes[SHAPER_WRITE][1][tick], second[tick]);
            assert_int_equal(outcome.bytes[SHAPER_WRITE][2][tick], third[tick]);
            assert_int_equal(outcome.bytes[SHAPER_READ][2][tick], third_read[tick]);
        }
        assert_string_equal(outcome.log, "3 leaves 25000, 3 is closed 25000, ");
    }
}

static void what_is_left_in_the_end_is_backlog(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, OFFER_WRITE, 0, 100000}, {0, OFFER_READ, 0, 70001}, {0, CLOSE, 0, 0}};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 5,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    for (size_t t = 0; t < COUNT(transports); t++) {
        struct outcome outcome;
        run(&scenario, transports[t], &outcome);
        assert_int_equal(outcome.backlog[SHAPER_WRITE][0], 95000);
        assert_int_equal(outcome.backlog[SHAPER_READ][0], 65001);
        assert_string_equal(outcome.log, "");
    }
}

/* --- the pair against sockets ------------------------------------------------------------------
 */

#define RANDOM_STEPS   240
#define RANDOM_TICKS   59
#define RANDOM_LAST_US (50 * TICK_US)

static uint32_t draw(uint64_t *random_state, uint32_t below)
{
    *random_state = *random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*random_state >> 32) * below >> 32);
}

/* Flows that join, offer in both directions, are closed or freed; many steps share an instant, and
 * some instants are those of the refills. Returns the number of steps. */
static size_t make_steps(uint64_t *random_state, int flows, size_t most_bytes, struct step *steps)
{
    enum { ABSENT, OPEN, GONE } states[FLOWS_MAX] = {ABSENT};
    int64_t at_us = 0;
    size_t count = 0;

    for (int i = 0; i < RANDOM_STEPS; i++) {
        int flow = (int)draw(random_state, (uint32_t)flows);
        struct step step = {.flow = flow};
        if (at_us < RANDOM_LAST_US && draw(random_state, 3) == 0)
            at_us += draw(random_state, TICK_MS * 1000 / 2);
        if (draw(random_state, 16) == 0)
            at_us = (at_us + TICK_US - 1) / TICK_US * TICK_US;
        step.at_us = at_us;
        if (states[flow] == GONE)
            continue;
        if (states[flow] == ABSENT) {
            step.kind = JOIN;
            states[flow] = OPEN;
        } else if (draw(random_state, 25) == 0) {
            step.kind = draw(random_state, 4) == 0 ? FREE : CLOSE;
            states[flow] = GONE;
        } else {
            step.kind = draw(random_state, 2) ? OFFER_READ : OFFER_WRITE;
            step.bytes = draw(random_state, (uint32_t)most_bytes);
        }
        steps[count++] = step;
    }
    return count;
}

static void compare(const struct outcome *pair, const struct outcome *socket)
{
    for (int tick = 0; tick < RANDOM_TICKS; tick++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            for (int flow = 0; flow < FLOWS_MAX; flow++) {
                if (pair->bytes[d][flow][tick] != socket->bytes[d][flow][tick])
                    print_error("tick %d, direction %d, flow %d\n", tick, d, flow);
                assert_int_equal(pair->bytes[d][flow][tick], socket->bytes[d][flow][tick]);
            }
            assert_int_equal(pair->level[d][tick], socket->level[d][tick]);
            assert_int_equal(pair->own_level[d][tick], socket->own_level[d][tick]);
        }
    assert_memory_equal(pair->total, socket->total, sizeof(pair->total));
    assert_memory_equal(pair->backlog, socket->backlog, sizeof(pair->backlog));
    assert_string_equal(pair->log, socket->log);
}

/* What must hold in any run: conservation, and the bounds of an undisturbed bucket. */
static void check_invariants(const struct scenario *scenario, const struct outcome *outcome,
                             const bool freed[FLOWS_MAX])
{
    uint64_t offered[SHAPER_DIRECTIONS][FLOWS_MAX] = {{0}};
    uint64_t sum[SHAPER_DIRECTIONS] = {0};

    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct step *step = &scenario->steps[i];
        if (step->kind == OFFER_READ || step->kind == OFFER_WRITE)
            offered[step->kind == OFFER_READ ? SHAPER_READ : SHAPER_WRITE][step->flow] +=
                step->bytes;
    }
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        for (int flow = 0; flow < FLOWS_MAX; flow++) {
            uint64_t bytes = flow_sum(outcome, (enum shaper_direction)d, flow);
            sum[d] += bytes;
            if (!freed[flow])
                assert_int_equal(bytes + outcome->backlog[d][flow], offered[d][flow]);
        }
        for (int tick = 0; tick < scenario->ticks && scenario->rate; tick++) {
            assert_true(outcome->level[d][tick] <= scenario->burst);
            assert_true(outcome->level[d][tick] >= -(scenario->min_share - 1));
        }
        if (scenario->rate)
            assert_int_equal(outcome->total[d], sum[d]);
    }
}

static void pairs_do_what_sockets_do(void **state)
{
    (void)state;
    static const struct {
        int flows;
        int64_t rate, burst, min_share, own_rate, own_burst;
        size_t most_bytes;
    } rows[] = {
        {3, 2000, 2000, 64, 0, 0, 3000},         {10, 12500, 25000, 64, 0, 0, 4000},
        {20, 12500, 25000, 1500, 0, 0, 20000},   {20, 12500, 25000, 1, 700, 1400, 4000},
        {20, 12500, 25000, 64, 700, 1400, 4000}, {15, 12500, 25000, 64, 300, 300, 3000},
        {24, 1000, 1000, 1000, 0, 0, 500},       {24, 60000, 60000, 64, 9000, 30000, 90000},
        {12, 0, 0, 0, 1000, 1500, 4000},         {12, 100000, 100000, 64, 0, 0, 50000},
        {24, 300, 500, 64, 0, 0, 400},           {8, 12500, 12500, 12500, 5000, 5000, 20000},
    };
    uint64_t random_state = 1;

    for (size_t i = 0; i < COUNT(rows); i++)
        for (uint64_t seed = 1; seed <= 8; seed++) {
            struct step steps[RANDOM_STEPS];
            struct outcome pair, socket;
            bool freed[FLOWS_MAX] = {false};
            const struct scenario scenario = {
                .rate = rows[i].rate,
                .burst = rows[i].burst,
                .min_share = rows[i].min_share,
                .own_rate = rows[i].own_rate,
                .own_burst = rows[i].own_burst,
                .ticks = RANDOM_TICKS,
                .steps = steps,
                .step_count = make_steps(&random_state, rows[i].flows, rows[i].most_bytes, steps),
                .seed = seed};
            for (size_t j = 0; j < scenario.step_count; j++)
                freed[steps[j].flow] |= steps[j].kind == FREE;
            run(&scenario, SHAPER_TRANSPORT_PAIR, &pair);
            run(&scenario, SHAPER_TRANSPORT_SOCKET, &socket);
            check_invariants(&scenario, &pair, freed);
            compare(&pair, &socket);
        }
}

/* The seed decides the order of release, and nothing else does. */
static void same_seed_same_bytes(void **state)
{
    (void)state;
    struct step steps[10];
    struct scenario scenario = {.rate = 10000,
                                .burst = 10000,
                                .min_share = 64,
                                .flows = 10,
                                .ticks = 8,
                                .steps = steps,
                                .step_count = 10,
                                .seed = 7};
    struct outcome once, again, other;

    all_offer_at_once(steps, 10, OFFER_WRITE, 50000);
    run(&scenario, SHAPER_TRANSPORT_PAIR, &once);
    run(&scenario, SHAPER_TRANSPORT_PAIR, &again);
    assert_memory_equal(&once, &again, sizeof(once));
    scenario.seed = 8;
    run(&scenario, SHAPER_TRANSPORT_PAIR, &other);
    assert_memory_not_equal(&once.bytes, &other.bytes, sizeof(once.bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_flow_keeps_to_its_limits),
        cmocka_unit_test(directions_do_not_mix),
        cmocka_unit_test(own_level_is_what_the_flow_has_left),
        cmocka_unit_test(deficit_is_at_most_min_share_less_one),
        cmocka_unit_test(lost_tokens_are_lost),
        cmocka_unit_test(shares_fall_from_flow_to_flow),
        cmocka_unit_test(members_join_and_leave_in_mid_run),
        cmocka_unit_test(closing_drains_first),
        cmocka_unit_test(closing_drains_both_directions),
        cmocka_unit_test(freeing_at_once_drops_the_backlog),
        cmocka_unit_test(what_is_left_in_the_end_is_backlog),
        cmocka_unit_test(pairs_do_what_sockets_do),
        cmocka_unit_test(same_seed_same_bytes),
    };

    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
