#include "tests/shaper/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <zlib.h>

#include "shaper/channel.h"
#include "shaper/channel/channel_life.h"
#include "sim/base/random.h"
#include "sim/clock/clock.h"
#include "sim/clock/loop.h"

struct flow {
    struct fixture *fixture;
    struct shaper_channel *channel;
    int number;
    bool is_broken;
};

struct fixture {
    const struct scenario *scenario;
    struct outcome *outcome;
    struct event_base *base;
    struct shaper *shaper;
    struct shaper_group *group;
    struct shaper_group *below[BELOW_MAX];
    struct ev_token_bucket_cfg *per_flow_cfg;
    struct shaper_group *other_group;
    struct ev_token_bucket_cfg *other_per_flow_cfg;
    struct event *steps;
    enum shaper_transport transport;
    size_t next_step;
    int ended_ticks;
    struct flow flows[FLOWS_MAX];
};

static void note(struct flow *flow, const char *what)
{
    char *log = flow->fixture->outcome->log;
    size_t used = strlen(log);

    snprintf(log + used, sizeof(flow->fixture->outcome->log) - used, "%d %s %lld, ", flow->number,
             what, (long long)sim_clock_now_us());
}

static void note_output(struct outcome *outcome, const struct shaper_channel *channel)
{
    uint64_t bytes = shaper_channel_output_bytes(channel);

    if (bytes > outcome->max_output)
        outcome->max_output = bytes;
}

static void flow_delivered(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct flow *flow = arg;

    assert_true(bytes > 0);
    flow->fixture->outcome->bytes[direction][flow->number][sim_clock_now_us() / TICK_US] += bytes;
    flow->fixture->outcome->deliveries[direction][flow->number]++;
    note_output(flow->fixture->outcome, flow->channel);
}

static void flow_charged(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct flow *flow = arg;

    assert_true(bytes > 0);
    flow->fixture->outcome->charged[direction][flow->number][sim_clock_now_us() / TICK_US] += bytes;
    flow->fixture->outcome->charges[direction][flow->number]++;
    struct outcome *outcome = flow->fixture->outcome;
    if (outcome->grant_count < GRANTS_MAX)
        outcome->grants[outcome->grant_count++] = (struct grant){flow->number, direction, bytes};
    uint64_t *max = &flow->fixture->outcome->max_charge[direction][flow->number];
    if (bytes > *max)
        *max = bytes;
}

static void flow_flushed(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct flow *flow = arg;

    assert_true(bytes > 0);
    flow->fixture->outcome->flushed[direction][flow->number] += bytes;
}

static void flow_writable(void *arg)
{
    struct flow *flow = arg;
    char text[48];

    snprintf(text, sizeof(text), "has %llu left",
             (unsigned long long)shaper_channel_output_bytes(flow->channel));
    note(flow, text);
    if (flow->fixture->scenario->closes_when_writable)
        shaper_channel_close(flow->channel);
}

static void flow_timed_out(void *arg, enum shaper_direction direction)
{
    struct flow *flow = arg;

    flow->fixture->outcome->timeouts[direction][flow->number]++;
    note(flow, direction == SHAPER_READ ? "reads nothing" : "writes nothing");
}

static void keep_filter_counts(struct flow *flow)
{
    if (flow->number != 0 || !flow->channel)
        return;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (size_t i = 0; i < flow->fixture->scenario->filter_count; i++)
            flow->fixture->outcome->filters[d][i] =
                *shaper_channel_filter_counts(flow->channel, i, (enum shaper_direction)d);
}

static void flow_opened(void *arg, const uint64_t bytes[SHAPER_DIRECTIONS])
{
    struct flow *flow = arg;

    note(flow, "opens");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        flow->fixture->outcome->handshake[d][flow->number] = bytes[d];
}

static void flow_unclean(void *arg)
{
    note(arg, "sees no end");
}

static void flow_leaving(void *arg)
{
    struct flow *flow = arg;

    if (!flow->is_broken) {
        assert_int_equal(shaper_channel_backlog(flow->channel, SHAPER_READ), 0);
        assert_int_equal(shaper_channel_backlog(flow->channel, SHAPER_WRITE), 0);
    }
    keep_filter_counts(flow);
    note(flow, "leaves");
}

static void flow_closed(void *arg)
{
    struct flow *flow = arg;

    note(flow, "is closed");
    flow->channel = NULL;
}

static void flow_broken(void *arg)
{
    struct flow *flow = arg;

    note(flow, "breaks");
    flow->is_broken = true;
}

static const struct shaper_channel_callbacks flow_callbacks = {.delivered = flow_delivered,
                                                               .charged = flow_charged,
                                                               .flushed = flow_flushed,
                                                               .writable = flow_writable,
                                                               .timed_out = flow_timed_out,
                                                               .opened = flow_opened,
                                                               .unclean = flow_unclean,
                                                               .leaving = flow_leaving,
                                                               .closed = flow_closed,
                                                               .broken = flow_broken};

static void charged_from_below(void *arg, enum shaper_direction direction, size_t bytes)
{
    ((struct fixture *)arg)->outcome->from_below[direction] += bytes;
}

static struct shaper_group *group_of(const struct fixture *fixture, int number)
{
    return number == 0 ? fixture->group : fixture->below[number - 1];
}

static void join(struct fixture *fixture, int number)
{
    struct flow *flow = &fixture->flows[number];
    const int *places = fixture->scenario->places;
    const uint32_t *weights = fixture->scenario->weights;
    const struct scenario *scenario = fixture->scenario;
    const struct shaper_channel_setup setup = {
        .transport = fixture->transport,
        .shaped_is_initiator = scenario->shaped_is_initiator,
        .tls_version = scenario->tls_version,
        .tls_end = scenario->tls_end,
        .filters = scenario->filters,
        .filter_count = scenario->filter_count,
        .flush = scenario->flush,
        .read_high_bytes = scenario->read_high,
        .read_low_bytes = scenario->read_low,
        .filter_high_bytes = scenario->filter_high,
        .reports_writable = scenario->reports_writable,
        .write_low_bytes = scenario->write_low,
        .sums_deliveries = scenario->sums_deliveries,
        .timeout_us = {scenario->timeout_us[SHAPER_READ], scenario->timeout_us[SHAPER_WRITE]},
        .group = group_of(fixture, places ? places[number] : 0),
        .weight = weights ? weights[number] : 0,
        .per_flow_cfg = fixture->per_flow_cfg,
        .callbacks = &flow_callbacks,
        .arg = flow};
    int status = -99;

    assert_null(flow->channel);
    flow->fixture = fixture;
    flow->number = number;
    flow->channel = shaper_channel_new(fixture->shaper, &setup, &status);
    assert_non_null(flow->channel);
    assert_int_equal(status, SHAPER_OK);
}

/* What is offered depends on nothing but the flow, the direction and the place in the stream. */
static unsigned char *make_payload(struct fixture *fixture, int flow,
                                   enum shaper_direction direction, size_t bytes)
{
    struct outcome *outcome = fixture->outcome;
    const struct payload_position place = {.seed = 1,
                                           .flow = (uint64_t)flow,
                                           .direction = direction,
                                           .stream_offset = outcome->offered[direction]};
    unsigned char *payload = payload_make(fixture->scenario->payload, &place, NULL, 0, bytes);

    assert_non_null(payload);
    if (flow == 0) {
        outcome->offered[direction] += bytes;
        outcome->offered_crc32[direction] =
            (uint32_t)crc32_z(outcome->offered_crc32[direction], payload, bytes);
    }
    return payload;
}

static void offer(struct fixture *fixture, const struct step *step)
{
    struct shaper_channel *channel = fixture->flows[step->flow].channel;
    enum shaper_direction direction = step->kind == OFFER_READ ? SHAPER_READ : SHAPER_WRITE;
    uint64_t backlog = shaper_channel_backlog(channel, direction);
    unsigned char *payload = fixture->scenario->filter_count > 0
                                 ? make_payload(fixture, step->flow, direction, step->bytes)
                                 : NULL;

    assert_int_equal(shaper_channel_offer(channel, direction, payload, step->bytes), SHAPER_OK);
    assert_int_equal(shaper_channel_backlog(channel, direction), backlog + step->bytes);
    note_output(fixture->outcome, channel);
    free(payload);
}

static void change_limit(struct fixture *fixture, const struct step *step)
{
    struct shaper_channel *channel = fixture->flows[step->flow].channel;
    struct shaper_group *const groups[] = {NULL, fixture->group, fixture->other_group};
    struct ev_token_bucket_cfg *const cfgs[] = {NULL, fixture->per_flow_cfg,
                                                fixture->other_per_flow_cfg};
    int status = step->kind == TO_GROUP
                     ? shaper_channel_set_group(channel, groups[step->bytes])
                     : shaper_channel_set_per_flow_limit(channel, cfgs[step->bytes]);

    assert_int_equal(status, SHAPER_OK);
}

/* The limit and its like in both directions. */
static struct shaper_limit both_ways(int64_t rate, int64_t burst, int64_t tick_ms)
{
    return (struct shaper_limit){
        .tick_ms = tick_ms, .rate_bytes_per_tick = {rate, rate}, .burst_bytes = {burst, burst}};
}

static void apply_step(struct fixture *fixture, const struct step *step)
{
    struct flow *flow = &fixture->flows[step->flow];
    struct shaper_limit limit = both_ways((int64_t)step->bytes, (int64_t)step->bytes, TICK_MS);

    switch (step->kind) {
    case OFFER_READ:
    case OFFER_WRITE:
        offer(fixture, step);
        return;
    case END_READ:
    case END_WRITE:
        shaper_channel_end_response(flow->channel,
                                    step->kind == END_READ ? SHAPER_READ : SHAPER_WRITE);
        return;
    case CLOSE:
        shaper_channel_close(flow->channel);
        return;
    case FREE:
        keep_filter_counts(flow);
        shaper_channel_free(flow->channel);
        flow->channel = NULL;
        return;
    case GARBLE:
        evbuffer_add(bufferevent_get_output(bufferevent_get_underlying(flow->channel->peer)),
                     channel_zeros, step->bytes);
        return;
    case JOIN:
        join(fixture, step->flow);
        return;
    case TO_GROUP:
    case TO_OWN:
        change_limit(fixture, step);
        return;
    case CHARGE_OWN:
        shaper_channel_decrement_per_flow(flow->channel, SHAPER_WRITE, (int64_t)step->bytes);
        return;
    case CREDIT_OWN:
        shaper_channel_decrement_per_flow(flow->channel, SHAPER_WRITE, -(int64_t)step->bytes);
        return;
    case MOVE:
        assert_int_equal(
            shaper_channel_set_group(flow->channel, group_of(fixture, (int)step->bytes)),
            SHAPER_OK);
        return;
    case SET_RATE:
        assert_int_equal(
            shaper_group_set_limit(fixture->group, &limit, fixture->scenario->min_share),
            SHAPER_OK);
        return;
    }
}

static void apply_due_steps(evutil_socket_t fd, short what, void *arg)
{
    struct fixture *fixture = arg;
    const struct scenario *scenario = fixture->scenario;

    (void)fd;
    (void)what;
    shaper_run_timers(fixture->shaper);
    while (fixture->next_step < scenario->step_count &&
           scenario->steps[fixture->next_step].at_us <= sim_clock_now_us())
        apply_step(fixture, &scenario->steps[fixture->next_step++]);
}

static int fixture_poll(void *arg, int max_ends)
{
    return shaper_poll(((struct fixture *)arg)->shaper, max_ends);
}

static void end_tick(struct fixture *fixture)
{
    int tick = fixture->ended_ticks++;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (fixture->group)
            fixture->outcome->level[d][tick] =
                shaper_group_level(fixture->group, (enum shaper_direction)d);
        for (size_t i = 0; i < fixture->scenario->below_count; i++)
            fixture->outcome->below_level[d][i][tick] =
                shaper_group_level(fixture->below[i], (enum shaper_direction)d);
        if ((fixture->per_flow_cfg || fixture->other_per_flow_cfg) && fixture->flows[0].channel)
            fixture->outcome->per_flow_level[d][tick] =
                shaper_channel_per_flow_level(fixture->flows[0].channel, (enum shaper_direction)d);
    }
}

static void fixture_wait(void *arg, int64_t deadline_us)
{
    struct fixture *fixture = arg;
    const struct scenario *scenario = fixture->scenario;
    int64_t end_us = scenario->ticks * TICK_US;
    int64_t to_us = deadline_us < end_us ? deadline_us : end_us;
    int64_t step_us = shaper_next_timer_us(fixture->shaper);

    if (fixture->next_step < scenario->step_count &&
        scenario->steps[fixture->next_step].at_us < step_us)
        step_us = scenario->steps[fixture->next_step].at_us;
    if (step_us < to_us)
        to_us = step_us;
    while ((fixture->ended_ticks + 1) * TICK_US <= to_us) {
        int64_t last_us = (fixture->ended_ticks + 1) * TICK_US - 1;
        if (sim_clock_now_us() < last_us)
            sim_clock_move(last_us);
        end_tick(fixture);
    }
    sim_clock_move(to_us);
    if (to_us == end_us)
        event_base_loopbreak(fixture->base);
    else if (step_us == to_us)
        event_active(fixture->steps, EV_TIMEOUT, 0);
}

static struct shaper_group *make_group(struct fixture *fixture, int64_t rate, int64_t burst,
                                       int64_t tick_ms)
{
    const struct shaper_group_setup setup = {.limit = both_ways(rate, burst, tick_ms),
                                             .min_share_bytes = fixture->scenario->min_share,
                                             .scheduler = fixture->scenario->scheduler,
                                             .charged_from_below = charged_from_below,
                                             .arg = fixture};

    if (rate == 0)
        return NULL;
    struct shaper_group *group = shaper_group_new(fixture->shaper, &setup);
    assert_non_null(group);
    return group;
}

static struct ev_token_bucket_cfg *make_per_flow(int64_t rate, int64_t burst, int64_t tick_ms)
{
    struct shaper_limit limit = both_ways(rate, burst, tick_ms);

    if (rate == 0)
        return NULL;
    struct ev_token_bucket_cfg *cfg = shaper_limit_cfg(&limit);
    assert_non_null(cfg);
    return cfg;
}

static void make_below(struct fixture *fixture)
{
    for (size_t i = 0; i < fixture->scenario->below_count; i++) {
        const struct below *below = &fixture->scenario->below[i];
        const struct shaper_group_setup setup = {.limit =
                                                     both_ways(below->rate, below->burst, TICK_MS),
                                                 .min_share_bytes = below->min_share,
                                                 .scheduler = fixture->scenario->scheduler,
                                                 .parent = group_of(fixture, below->parent),
                                                 .weight = below->weight};
        fixture->below[i] = shaper_group_new(fixture->shaper, &setup);
        assert_non_null(fixture->below[i]);
    }
}

static void set_up(struct fixture *fixture)
{
    const struct scenario *scenario = fixture->scenario;
    const struct fixture_limit *other = &scenario->other,
                               *other_per_flow = &scenario->other_per_flow;

    fixture->base = loop_new();
    assert_non_null(fixture->base);
    fixture->shaper = shaper_new(fixture->base);
    assert_non_null(fixture->shaper);
    shaper_set_clock(fixture->shaper, sim_clock_now_us);
    shaper_set_rng(fixture->shaper, random_below);
    fixture->group = make_group(fixture, scenario->rate, scenario->burst, TICK_MS);
    make_below(fixture);
    fixture->other_group = make_group(fixture, other->rate, other->burst, other->tick_ms);
    fixture->per_flow_cfg =
        make_per_flow(scenario->per_flow_rate, scenario->per_flow_burst, TICK_MS);
    fixture->other_per_flow_cfg =
        make_per_flow(other_per_flow->rate, other_per_flow->burst, other_per_flow->tick_ms);
    fixture->steps = event_new(fixture->base, -1, 0, apply_due_steps, fixture);
    assert_non_null(fixture->steps);
    event_priority_set(fixture->steps, SHAPER_PRIORITY_ARRIVAL);
    for (int i = 0; i < scenario->flows; i++)
        join(fixture, i);
}

static void tear_down(struct fixture *fixture)
{
    struct outcome *outcome = fixture->outcome;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (fixture->group)
            outcome->total[d] = shaper_group_total(fixture->group, (enum shaper_direction)d);
        if (fixture->other_group)
            outcome->other_total[d] =
                shaper_group_total(fixture->other_group, (enum shaper_direction)d);
        for (size_t i = 0; i < fixture->scenario->below_count; i++)
            outcome->below_total[d][i] =
                shaper_group_total(fixture->below[i], (enum shaper_direction)d);
        for (int i = 0; i < FLOWS_MAX; i++)
            if (fixture->flows[i].channel)
                outcome->backlog[d][i] =
                    shaper_channel_backlog(fixture->flows[i].channel, (enum shaper_direction)d);
    }
    keep_filter_counts(&fixture->flows[0]);
    for (int i = 0; i < FLOWS_MAX; i++)
        shaper_channel_free(fixture->flows[i].channel);
    for (size_t i = fixture->scenario->below_count; i > 0; i--)
        shaper_group_free(fixture->below[i - 1]);
    shaper_group_free(fixture->group); /* at once: no member is left in it */
    shaper_group_free(fixture->other_group);
    if (fixture->per_flow_cfg || fixture->other_per_flow_cfg)
        event_base_loop(fixture->base, EVLOOP_NONBLOCK); /* libevent lets go of what was freed */
    if (fixture->per_flow_cfg)
        ev_token_bucket_cfg_free(fixture->per_flow_cfg);
    if (fixture->other_per_flow_cfg)
        ev_token_bucket_cfg_free(fixture->other_per_flow_cfg);
    event_free(fixture->steps);
    shaper_free(fixture->shaper);
    event_base_free(fixture->base);
}

void fixture_run(const struct scenario *scenario, enum shaper_transport transport,
                 struct outcome *outcome)
{
    struct fixture fixture = {.scenario = scenario, .outcome = outcome, .transport = transport};
    const struct sim_clock_driver driver = {
        .poll = fixture_poll, .wait = fixture_wait, .arg = &fixture};

    memset(outcome, 0, sizeof(*outcome));
    assert_true(scenario->ticks < TICKS_MAX);
    random_seed(scenario->seed);
    sim_clock_start(SIM_CLOCK_VIRTUAL, TICK_MS, &driver);
    set_up(&fixture);
    event_active(fixture.steps, EV_TIMEOUT, 0); /* what is due at 0 */
    loop_run(fixture.base);
    assert_int_equal(sim_clock_now_us(), scenario->ticks * TICK_US);
    assert_int_equal(fixture.next_step, scenario->step_count);
    tear_down(&fixture);
    sim_clock_stop();
}

uint64_t outcome_tick_sum(const struct outcome *outcome, enum shaper_direction direction, int tick)
{
    uint64_t sum = 0;

    for (int flow = 0; flow < FLOWS_MAX; flow++)
        sum += outcome->bytes[direction][flow][tick];
    return sum;
}

uint64_t outcome_flow_sum(const struct outcome *outcome, enum shaper_direction direction, int flow)
{
    uint64_t sum = 0;

    for (int tick = 0; tick < TICKS_MAX; tick++)
        sum += outcome->bytes[direction][flow][tick];
    return sum;
}

uint64_t outcome_charged_sum(const struct outcome *outcome, enum shaper_direction direction,
                             int flow)
{
    uint64_t sum = 0;

    for (int tick = 0; tick < TICKS_MAX; tick++)
        sum += outcome->charged[direction][flow][tick];
    return sum;
}

void steps_offer_at_once(struct step *steps, int flows, enum step_kind kind, size_t bytes)
{
    for (int i = 0; i < flows; i++)
        steps[i] = (struct step){.kind = kind, .flow = i, .bytes = bytes};
}
