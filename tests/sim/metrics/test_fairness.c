#include "sim/metrics/fairness.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/metrics/service_gap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FLOWS_MAX    40
#define TICKS_MAX    260
#define WINDOWS_MAX  4096

static uint64_t draw(uint64_t *random_state)
{
    *random_state = *random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *random_state >> 33;
}

/* The windows that were reported, in order. */
struct told {
    size_t count;
    struct fairness_window windows[WINDOWS_MAX];
};

static void take_window(void *arg, const struct fairness_window *window)
{
    struct told *told = arg;

    assert_true(told->count < WINDOWS_MAX);
    told->windows[told->count++] = *window;
}

/* Sums of the same numbers in another order may differ in the last of 53 bits, and in no more. */
static void assert_same_real(double a, double b)
{
    double difference = a > b ? a - b : b - a;

    if (difference > 1e-12 * (a > 1 ? a : 1))
        fail_msg("%.17g is not %.17g", a, b);
}

/* The lengths for a tick, 1, 2, 5, 10, ... ticks if it is 1 ms. */
static struct fairness *new_fairness(int64_t tick_us, const struct named_windows *named,
                                     struct told *told)
{
    struct window_lengths lengths;

    window_lengths_init(&lengths, tick_us, named);
    struct fairness *fairness = fairness_new(&lengths, take_window, told);
    assert_non_null(fairness);
    return fairness;
}

/* --- by hand ---------------------------------------------------------------------------- */

/* One tick after the other: what every flow is offered and gets. */
struct tick {
    uint64_t offered[3], delivered[3];
};

static struct fairness_result play_weighted(const struct tick *ticks, size_t count,
                                            const uint32_t weights[3], struct told *told,
                                            struct fairness_flow_result flow_results[3])
{
    struct fairness *fairness = new_fairness(1000, NULL, told);
    struct fairness_flow *flows[3] = {NULL};

    told->count = 0;
    for (size_t t = 0; t < count; t++) {
        for (int i = 0; i < 3; i++) {
            if (ticks[t].offered[i])
                fairness_offered(fairness, &flows[i], weights[i], ticks[t].offered[i]);
            if (ticks[t].delivered[i])
                fairness_delivered(fairness, &flows[i], weights[i], ticks[t].delivered[i]);
        }
        fairness_close_tick(fairness, 3);
    }
    fairness_finish(fairness);
    for (int i = 0; i < 3; i++) {
        flow_results[i] = fairness_flow_result(flows[i]);
        fairness_flow_over(fairness, flows[i]);
    }
    struct fairness_result result = fairness_result(fairness);
    assert_false(fairness_out_of_memory(fairness));
    fairness_free(fairness);
    return result;
}

static struct fairness_result play(const struct tick *ticks, size_t count, struct told *told,
                                   struct fairness_flow_result flow_results[3])
{
    static const uint32_t equal[3] = {1, 1, 0}; /* 0 counts as 1 */

    return play_weighted(ticks, count, equal, told, flow_results);
}

/* Two flows with 10000 bytes each; 3000 and 1000 pass, then 2000 and 2000. */
static void two_flows(void **state)
{
    (void)state;
    static const struct tick ticks[] = {{{10000, 10000}, {3000, 1000}}, {{0}, {2000, 2000}}};
    static struct told told;
    struct fairness_flow_result flows[3];

    struct fairness_result result = play(ticks, COUNT(ticks), &told, flows);
    /* windows: tick 0, tick 1, both, and the run, which is the same two ticks */
    assert_int_equal(told.count, 4);
    assert_same_real(told.windows[0].jain, 0.8);
    assert_int_equal(told.windows[0].bytes, 4000);
    assert_int_equal(told.windows[0].limited_flows, 0);
    assert_same_real(told.windows[1].jain, 1);
    assert_same_real(told.windows[2].jain, 64.0 / (2 * (25 + 9)));
    assert_int_equal(told.windows[2].ticks, 2);
    assert_same_real(told.windows[3].jain, told.windows[2].jain);
    assert_int_equal(result.rfb_attained_bytes, 2000);
    assert_int_equal(result.rfb_bound_bytes, 2000);
    assert_int_equal(result.gps_lag_max_bytes, 1000); /* 2000 of the first 4000 were its share */
    assert_int_equal(result.wfi_max_bytes, 1000);
    assert_int_equal(flows[0].gps_lag_bytes, 0);
    assert_int_equal(flows[1].gps_lag_bytes, 1000);
    assert_int_equal(flows[1].wfi_bytes, 1000);
    assert_int_equal(flows[0].contended_ticks, 2);
    assert_int_equal(flows[0].contended_bytes, 5000);
    assert_int_equal(result.contended_ticks, 2);
    assert_int_equal(result.contending_flows, 2);
    assert_same_real(result.service_max / result.service_min, 5.0 / 3);
    assert_same_real(result.idle_members_mean, 1);
}

/* The same 3000 and 1000, then 2000 and 2000, of flows with weights of 3 and 1. */
static void two_flows_of_different_weight(void **state)
{
    (void)state;
    static const struct tick ticks[] = {{{10000, 10000}, {3000, 1000}}, {{0}, {2000, 2000}}};
    static const uint32_t weights[3] = {3, 1, 1};
    static struct told told;
    struct fairness_flow_result flows[3];

    struct fairness_result result = play_weighted(ticks, COUNT(ticks), weights, &told, flows);
    /* The fair shares are 3000 and 1000, then the same, together 6000 and 2000. */
    assert_int_equal(told.count, 4);
    assert_same_real(told.windows[0].jain, 1);
    /* x is 2/3 and 2: (8/3)^2 / (2 * 40/9) */
    assert_same_real(told.windows[1].jain, 0.8);
    /* x is 5/6 and 3/2: (7/3)^2 / (2 * 106/36) */
    assert_same_real(told.windows[2].jain, 98.0 / 106);
    assert_same_real(told.windows[3].jain, told.windows[2].jain);
    /* 2000 / 3 against 2000 / 1 in tick 1: 1333 1/3 per unit of weight, rounded up */
    assert_int_equal(result.rfb_attained_bytes, 1334);
    assert_int_equal(result.rfb_bound_bytes, 1334);
    assert_int_equal(flows[0].gps_lag_bytes, 1000);
    assert_int_equal(flows[1].gps_lag_bytes, 0);
    assert_int_equal(flows[0].wfi_bytes, 1000);
    assert_int_equal(flows[1].wfi_bytes, 0);
    assert_int_equal(flows[0].contended_bytes, 5000);
    /* 2500 bytes a tick by 3, and 1500 by 1 */
    assert_same_real(result.service_max, 1500);
    assert_same_real(result.service_min, 2500.0 / 3);
}

/* 19 : 1 as the weights are: fair in each tick, and never mind how many bytes are waited for. */
static void nineteen_to_one(void **state)
{
    (void)state;
    struct tick ticks[10] = {{{100000, 100000}, {1900, 100}}};
    static const uint32_t weights[3] = {19, 1, 1};
    static struct told told;
    struct fairness_flow_result flows[3];

    for (size_t t = 1; t < COUNT(ticks); t++)
        ticks[t] = (struct tick){{0}, {1900, 100}};
    struct fairness_result result = play_weighted(ticks, COUNT(ticks), weights, &told, flows);
    assert_int_equal(told.count, 10 + 5 + 2 + 1 + 1);
    for (size_t i = 0; i < told.count; i++)
        assert_same_real(told.windows[i].jain, 1);
    assert_int_equal(result.rfb_attained_bytes, 0);
    assert_int_equal(result.gps_lag_max_bytes, 0);
    assert_int_equal(result.wfi_max_bytes, 0);
    assert_same_real(result.service_max / result.service_min, 1);
    result = play(ticks, COUNT(ticks), &told, flows); /* without weights: 20^2 / (2 * 362) */
    for (size_t i = 0; i < told.count; i++)
        assert_same_real(told.windows[i].jain, 400.0 / 724);
    assert_int_equal(result.rfb_attained_bytes, 18000);
}

/* Ticks of 30 ms, so 100 ms is 4 of them, 0.12 s: ticks 0 to 3, which in turn give one flow
 * everything, are fair as a whole, and so are 4 to 7; the next 4 are cut off by the end. */
static void a_window_in_time(void **state)
{
    (void)state;
    static struct told told;
    struct fairness *fairness = new_fairness(30000, NULL, &told);
    struct fairness_flow *flows[2] = {NULL};

    told.count = 0;
    for (int t = 0; t < 11; t++) {
        for (int i = 0; i < 2; i++)
            if (t == 0)
                fairness_offered(fairness, &flows[i], 1, 100000);
        fairness_delivered(fairness, &flows[t % 2], 1, 1000);
        fairness_close_tick(fairness, 2);
    }
    fairness_finish(fairness);
    struct fairness_result result = fairness_result(fairness);
    fairness_flow_over(fairness, flows[0]);
    fairness_flow_over(fairness, flows[1]);
    fairness_free(fairness);
    const struct {
        int64_t ticks;
        uint64_t windows;
        double sum, least;
    } expected[] = {
        {1, 11, 11 * 0.5, 0.5},
        {2, 5, 5, 1},                     /* 50 ms: 60 ms */
        {4, 2, 2, 1},                     /* 100 ms: 120 ms */
        {5, 2, 2 * 25.0 / 26, 25.0 / 26}, /* 3000 : 2000, then 2000 : 3000 */
        {7, 1, 49.0 / 50, 49.0 / 50},     /* 200 ms: 210 ms; 4000 : 3000 */
        {10, 1, 1, 1},
        {17, 0, 0, 0}, /* 500 ms */
    };
    for (size_t s = 0; s < COUNT(expected); s++) {
        assert_int_equal(result.scales[s].ticks, expected[s].ticks);
        assert_int_equal(result.scales[s].windows, expected[s].windows);
        assert_same_real(result.scales[s].jain_sum, expected[s].sum);
        assert_same_real(result.scales[s].jain_min, expected[s].least);
    }
}

/* No two flows wait together: no fairness to measure. */
static void flows_alone(void **state)
{
    (void)state;
    static const struct tick ticks[] = {{{500}, {200}},
                                        {{0}, {300}},
                                        {{0, 400}, {0, 100}},
                                        {{0}, {0, 300}},
                                        {{9, 9, 9}, {9, 9, 9}}};
    static struct told told;
    struct fairness_flow_result flows[3];

    struct fairness_result result = play(ticks, COUNT(ticks), &told, flows);
    /* Ticks 0 and 2 hold one waiting flow each. The first five ticks hold two, which both had all
     * that they wanted; so does the run. */
    assert_int_equal(told.count, 2);
    assert_int_equal(told.windows[0].ticks, 5);
    assert_int_equal(told.windows[0].limited_flows, 2);
    assert_int_equal(told.windows[0].bytes, 918);
    assert_same_real(told.windows[0].jain, 1);
    assert_int_equal(result.contended_ticks, 0);
    assert_int_equal(result.rfb_attained_bytes, 0);
    assert_int_equal(result.gps_lag_max_bytes, 0);
    assert_int_equal(result.wfi_max_bytes, 0);
    assert_int_equal(result.long_contending_flows, 0);
}

/* A flow that wants little is judged by what it wants: 1000 of 6000, and the others share 5000. */
static void the_modest_are_judged_by_their_demand(void **state)
{
    (void)state;
    static const struct tick ticks[] = {{{1001, 9000, 9000}, {1000, 3000, 2000}}};
    static struct told told;
    struct fairness_flow_result flows[3];

    struct fairness_result result = play(ticks, COUNT(ticks), &told, flows);
    /* shares 1001, 2499.5, 2499.5 */
    double x[] = {1000 / 1001.0, 3000 / 2499.5, 2000 / 2499.5};
    double sum = x[0] + x[1] + x[2];
    assert_int_equal(told.count, 2);
    assert_int_equal(told.windows[0].limited_flows, 1);
    assert_same_real(told.windows[0].jain,
                     sum * sum / (3 * (x[0] * x[0] + x[1] * x[1] + x[2] * x[2])));
    /* GPS: a lag of 499.5 bytes; the fair share of the index is 2000 for each */
    assert_int_equal(flows[2].gps_lag_bytes, 500);
    assert_int_equal(flows[0].gps_lag_bytes, 1);
    assert_int_equal(flows[0].wfi_bytes, 1000);
    assert_int_equal(result.rfb_attained_bytes, 2000);
}

/* A flow ahead of the fluid server, which continues to serve it after its end. */
static void the_fluid_serves_what_has_ended(void **state)
{
    (void)state;
    /* The group serves flow 0 whole, 8000 bytes; the fluid 4000 of each. In tick 1 the group serves
     * 8000 of flow 1; the fluid the 4000 left of flow 0 and 4000 of flow 1, in tick 2 the rest. */
    static const struct tick ticks[] = {
        {{8000, 16000}, {8000, 0}}, {{0}, {0, 8000}}, {{0}, {0, 8000}}};
    static struct told told;
    struct fairness_flow_result flows[3];

    play(ticks, COUNT(ticks), &told, flows);
    assert_int_equal(flows[0].gps_lag_bytes, 0);
    assert_int_equal(flows[1].gps_lag_bytes, 4000);
}

/* 1000 and 2000 bytes per tick for eight ticks; a third flow waits only in one of them. */
static void bias_is_taken_over_those_that_wait_long(void **state)
{
    (void)state;
    struct tick ticks[8] = {{{100000, 100000, 10}, {1000, 2000, 0}}};
    static struct told told;
    struct fairness_flow_result flows[3];

    for (size_t t = 1; t < COUNT(ticks); t++)
        ticks[t] = (struct tick){{0}, {1000, 2000, t == 1 ? 10 : 0}};
    struct fairness_result result = play(ticks, COUNT(ticks), &told, flows);
    assert_int_equal(flows[2].contended_ticks, 1);
    assert_int_equal(result.contending_flows, 3);
    assert_int_equal(result.long_contending_flows, 2);
    assert_same_real(result.service_max, 2000);
    assert_same_real(result.service_min, 1000);
}

/* --- a naive reference ------------------------------------------------------------------ */

struct model {
    int flows, ticks;
    uint32_t weights[FLOWS_MAX];
    uint64_t offered[FLOWS_MAX][TICKS_MAX + 1]; /* cumulative: before tick t */
    uint64_t delivered[FLOWS_MAX][TICKS_MAX + 1];
    int over[FLOWS_MAX]; /* the tick in which it ended */
    uint64_t members[TICKS_MAX];
};

static bool waits(const struct model *model, int i, int t)
{
    return t < model->over[i] && model->offered[i][t + 1] > model->delivered[i][t + 1];
}

static uint64_t got(const struct model *model, int i, int from, int to)
{
    return model->delivered[i][to + 1] - model->delivered[i][from];
}

struct claim {
    double demand, weight;
};

static int by_ratio(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    double difference = x->demand / x->weight - y->demand / y->weight;

    return (difference > 0) - (difference < 0);
}

/* Water filling by sorting; per unit of weight. */
static double naive_level(const struct claim *claims, int count, double capacity)
{
    struct claim sorted[FLOWS_MAX];
    double rest = 0;

    memcpy(sorted, claims, (size_t)count * sizeof(*sorted));
    qsort(sorted, (size_t)count, sizeof(*sorted), by_ratio);
    for (int i = 0; i < count; i++)
        rest += sorted[i].weight;
    for (int i = 0; i < count; i++) {
        if (capacity < sorted[i].demand / sorted[i].weight * rest)
            return capacity / rest;
        capacity -= sorted[i].demand;
        rest -= sorted[i].weight;
    }
    return count ? sorted[count - 1].demand / sorted[count - 1].weight : 0;
}

static double naive_share(const struct claim *claim, double level)
{
    return claim->demand < claim->weight * level ? claim->demand : claim->weight * level;
}

/* False: the window does not count. */
static bool naive_window(const struct model *model, int from, int to,
                         struct fairness_window *window)
{
    struct claim claims[FLOWS_MAX];
    double bytes[FLOWS_MAX], sum = 0, squares = 0;
    int count = 0;

    *window = (struct fairness_window){.start_tick = from, .ticks = to - from + 1};
    for (int i = 0; i < model->flows; i++) {
        bool counts = false;
        for (int t = from; t <= to; t++)
            counts |= waits(model, i, t);
        if (!counts)
            continue;
        claims[count] = (struct claim){
            (double)(model->offered[i][to + 1] - model->delivered[i][from]), model->weights[i]};
        bytes[count++] = (double)got(model, i, from, to);
        window->bytes += got(model, i, from, to);
    }
    window->flows = (uint64_t)count;
    if (count < 2 || window->bytes == 0)
        return false;
    double level = naive_level(claims, count, (double)window->bytes);
    for (int i = 0; i < count; i++) {
        double x = bytes[i] / naive_share(&claims[i], level);
        sum += x;
        squares += x * x;
        window->limited_flows += claims[i].demand <= claims[i].weight * level;
    }
    window->jain = sum * sum / (count * squares);
    return true;
}

static void check_windows(const struct model *model, const struct told *told,
                          const struct fairness_result *result)
{
    size_t at = 0;
    struct fairness_window expected;

    for (int t = 0; t < model->ticks; t++)
        for (size_t s = 0; s < result->scale_count; s++) {
            int64_t width = result->scales[s].ticks;
            if ((t + 1) % width != 0 || !naive_window(model, t + 1 - (int)width, t, &expected))
                continue;
            const struct fairness_window *window = &told->windows[at++];
            assert_true(at <= told->count);
            assert_int_equal(window->start_tick, expected.start_tick);
            assert_int_equal(window->ticks, expected.ticks);
            assert_int_equal(window->flows, expected.flows);
            assert_int_equal(window->limited_flows, expected.limited_flows);
            assert_int_equal(window->bytes, expected.bytes);
            assert_same_real(window->jain, expected.jain);
        }
    if (naive_window(model, 0, model->ticks - 1, &expected)) {
        assert_int_equal(told->windows[at].ticks, model->ticks);
        assert_int_equal(told->windows[at].flows, expected.flows);
        assert_int_equal(told->windows[at].bytes, expected.bytes);
        assert_same_real(told->windows[at++].jain, expected.jain);
    }
    assert_int_equal(at, told->count);
}

static void check_scales(const struct told *told, const struct fairness_result *result)
{
    uint64_t windows = result->run.windows;

    for (size_t s = 0; s < result->scale_count; s++) {
        const struct fairness_scale *scale = &result->scales[s];
        double sum = 0, least = 2;
        uint64_t count = 0;
        for (size_t i = 0; i + result->run.windows < told->count; i++)
            if (told->windows[i].ticks == scale->ticks) {
                count++;
                sum += told->windows[i].jain;
                least = told->windows[i].jain < least ? told->windows[i].jain : least;
            }
        assert_int_equal(scale->windows, count);
        assert_false(scale->is_given_up);
        if (count > 0) {
            assert_true(scale->jain_sum == sum);
            assert_true(scale->jain_min == least);
        }
        windows += count;
    }
    assert_int_equal(windows, told->count);
}

/* Every pair of flows and every interval in which both wait all the time. */
static double naive_gap(const struct model *model)
{
    double largest = 0;

    for (int i = 0; i < model->flows; i++)
        for (int j = 0; j < i; j++)
            for (int from = 0; from < model->ticks; from++)
                for (int to = from; to < model->ticks && waits(model, i, to) && waits(model, j, to);
                     to++) {
                    double a = (double)got(model, i, from, to) / model->weights[i];
                    double b = (double)got(model, j, from, to) / model->weights[j];
                    double gap = a > b ? a - b : b - a;
                    largest = gap > largest ? gap : largest;
                }
    return largest;
}

/* What the tick's waiting flows got, divided by their weights; -1 where none waits. */
static double fair_share(const struct model *model, int t)
{
    uint64_t bytes = 0, weight = 0;

    for (int i = 0; i < model->flows; i++)
        if (waits(model, i, t)) {
            bytes += got(model, i, t, t);
            weight += model->weights[i];
        }
    return weight ? (double)bytes / (double)weight : -1;
}

static uint64_t rounded_up(double bytes)
{
    uint64_t fractions = (uint64_t)(bytes * 1024 + 0.5);

    return fractions / 1024 + (fractions % 1024 > 0);
}

static double naive_wfi(const struct model *model, int i)
{
    double largest = 0;

    for (int from = 0; from < model->ticks; from++) {
        double behind = 0;
        for (int to = from; to < model->ticks && waits(model, i, to); to++) {
            behind += fair_share(model, to) * model->weights[i] - (double)got(model, i, to, to);
            largest = behind > largest ? behind : largest;
        }
    }
    return largest;
}

/* Flows that ended with a backlog take it along, the fluid's with it. */
static void naive_lags(const struct model *model, double lags[FLOWS_MAX])
{
    double served[FLOWS_MAX] = {0}; /* by the fluid */

    memset(lags, 0, FLOWS_MAX * sizeof(*lags));
    for (int t = 0; t < model->ticks; t++) {
        struct claim claims[FLOWS_MAX];
        double capacity = 0;
        for (int i = 0; i < model->flows; i++) {
            bool is_lost =
                t >= model->over[i] && model->offered[i][t + 1] > model->delivered[i][t + 1];
            claims[i].weight = model->weights[i];
            claims[i].demand = is_lost ? (double)got(model, i, t, t)
                                       : (double)model->offered[i][t + 1] - served[i];
            capacity += (double)got(model, i, t, t);
        }
        double level = naive_level(claims, model->flows, capacity);
        bool anybody = fair_share(model, t) >= 0;
        for (int i = 0; i < model->flows; i++) {
            served[i] += naive_share(&claims[i], level);
            if (!anybody)
                served[i] = (double)model->delivered[i][t + 1];
            double lag = served[i] - (double)model->delivered[i][t + 1];
            if (lag > lags[i] && t < model->over[i])
                lags[i] = lag;
        }
    }
}

static void check_contention(const struct model *model, const struct fairness_result *result,
                             const struct fairness_flow_result *flows)
{
    uint64_t ticks = 0, idle = 0, flow_ticks[FLOWS_MAX] = {0}, flow_bytes[FLOWS_MAX] = {0};

    for (int t = 0; t < model->ticks; t++) {
        uint64_t count = 0;
        for (int i = 0; i < model->flows; i++)
            count += waits(model, i, t);
        if (count < 2)
            continue;
        ticks++;
        idle += model->members[t] > count ? model->members[t] - count : 0;
        for (int i = 0; i < model->flows; i++)
            if (waits(model, i, t)) {
                flow_ticks[i]++;
                flow_bytes[i] += got(model, i, t, t);
            }
    }
    assert_int_equal(result->contended_ticks, ticks);
    if (ticks > 0)
        assert_same_real(result->idle_members_mean, (double)idle / (double)ticks);
    for (int i = 0; i < model->flows; i++) {
        assert_int_equal(flows[i].contended_ticks, flow_ticks[i]);
        assert_int_equal(flows[i].contended_bytes, flow_bytes[i]);
    }
}

static void check_bias(const struct model *model, const struct fairness_result *result,
                       const struct fairness_flow_result *flows)
{
    uint64_t longest = 0, least = 1, count = 0;
    double largest = 0, smallest = 0;

    for (int i = 0; i < model->flows; i++)
        longest = flows[i].contended_ticks > longest ? flows[i].contended_ticks : longest;
    while (least * 4 <= longest)
        least *= 2;
    for (int i = 0; i < model->flows; i++) {
        if (flows[i].contended_ticks < least || flows[i].contended_ticks == 0)
            continue;
        double service =
            (double)flows[i].contended_bytes / (double)flows[i].contended_ticks / model->weights[i];
        if (count == 0 || service > largest)
            largest = service;
        if (count == 0 || service < smallest)
            smallest = service;
        count++;
    }
    assert_int_equal(result->long_contending_flows, count);
    assert_true(result->service_max == largest);
    assert_true(result->service_min == smallest);
}

/* What happens in a random tick: offers, deliveries in a random order, flows that end. */
static void play_tick(struct model *model, int t, struct fairness *fairness,
                      struct fairness_flow *flows[FLOWS_MAX],
                      struct fairness_flow_result results[FLOWS_MAX], uint64_t *random_state)
{
    uint64_t capacity = draw(random_state) % (1 + 40 * (uint64_t)model->flows);
    int first = (int)(draw(random_state) % (uint64_t)model->flows);

    for (int i = 0; i < model->flows; i++) {
        uint64_t bytes = draw(random_state) % 3 ? 0 : draw(random_state) % 200;
        model->offered[i][t + 1] = model->offered[i][t];
        model->delivered[i][t + 1] = model->delivered[i][t];
        if (t >= model->over[i] || bytes == 0)
            continue;
        model->offered[i][t + 1] += bytes;
        fairness_offered(fairness, &flows[i], model->weights[i], bytes);
    }
    for (int n = 0; n < model->flows; n++) {
        int i = (first + n) % model->flows;
        uint64_t backlog = model->offered[i][t + 1] - model->delivered[i][t + 1];
        uint64_t bytes = draw(random_state) % 4 ? 1 + draw(random_state) % 120 : backlog;
        bytes = bytes < backlog ? bytes : backlog;
        bytes = bytes < capacity ? bytes : capacity;
        if (t >= model->over[i] || bytes == 0)
            continue;
        capacity -= bytes;
        model->delivered[i][t + 1] += bytes;
        fairness_delivered(fairness, &flows[i], model->weights[i], bytes);
    }
    for (int i = 0; i < model->flows; i++)
        if (t < model->over[i] && draw(random_state) % 100 == 0) {
            model->over[i] = t; /* with a backlog or without */
            results[i] = fairness_flow_result(flows[i]);
            fairness_flow_over(fairness, flows[i]);
            flows[i] = NULL;
        }
}

static bool anybody_waits(const struct model *model, int t)
{
    for (int i = 0; i < model->flows; i++)
        if (waits(model, i, t))
            return true;
    return false;
}

static void skip_some(struct model *model, int *t, struct fairness *fairness,
                      uint64_t *random_state)
{
    int ticks = 1 + (int)(draw(random_state) % 30);

    if (*t + ticks >= model->ticks)
        return;
    fairness_skip_ticks(fairness, ticks);
    for (; ticks > 0; ticks--) {
        ++*t;
        for (int i = 0; i < model->flows; i++) {
            model->offered[i][*t + 1] = model->offered[i][*t];
            model->delivered[i][*t + 1] = model->delivered[i][*t];
        }
    }
}

/* Any tick, as most have other lengths than 1, 2, 5, ... ticks; and up to three odd ones. */
static struct fairness *draw_fairness(struct told *told, uint64_t *random_state)
{
    static const int64_t ticks_ms[] = {1, 3, 7, 20, 30, 250, 999};
    int64_t tick_us = ticks_ms[draw(random_state) % COUNT(ticks_ms)] * 1000;
    struct named_windows named = {.count = draw(random_state) % 4};

    for (size_t i = 0; i < named.count; i++)
        named.us[i] = 1 + (int64_t)(draw(random_state) % (uint64_t)(60 * tick_us));
    return new_fairness(tick_us, &named, told);
}

static void play_round(int flow_count, int ticks, uint64_t *random_state)
{
    static struct model model;
    static struct told told;
    bool has_weights = draw(random_state) % 2;
    struct fairness *fairness = draw_fairness(&told, random_state);
    struct fairness_flow *flows[FLOWS_MAX] = {NULL};
    struct fairness_flow_result results[FLOWS_MAX];
    double lags[FLOWS_MAX];
    uint64_t largest_wfi = 0, largest_lag = 0;

    memset(&model, 0, sizeof(model));
    told.count = 0;
    model.flows = flow_count;
    model.ticks = ticks;
    for (int i = 0; i < flow_count; i++) {
        model.over[i] = ticks;
        model.weights[i] = has_weights ? 1 + (uint32_t)(draw(random_state) % 20) : 1;
    }
    for (int t = 0; t < ticks; t++) {
        play_tick(&model, t, fairness, flows, results, random_state);
        model.members[t] = draw(random_state) % (2 * (uint64_t)flow_count);
        fairness_close_tick(fairness, model.members[t]);
        if (!anybody_waits(&model, t) && draw(random_state) % 4 == 0)
            skip_some(&model, &t, fairness, random_state);
    }
    fairness_finish(fairness);
    for (int i = 0; i < flow_count; i++) {
        if (model.over[i] < ticks)
            continue;
        results[i] = fairness_flow_result(flows[i]);
        fairness_flow_over(fairness, flows[i]);
    }
    struct fairness_result result = fairness_result(fairness);
    fairness_free(fairness);

    assert_int_equal(result.ticks, ticks);
    check_windows(&model, &told, &result);
    check_scales(&told, &result);
    check_contention(&model, &result, results);
    check_bias(&model, &result, results);
    naive_lags(&model, lags);
    for (int i = 0; i < flow_count; i++) {
        assert_int_equal(results[i].gps_lag_bytes, rounded_up(lags[i]));
        uint64_t wfi = rounded_up(naive_wfi(&model, i));
        assert_int_equal(results[i].wfi_bytes, wfi);
        largest_wfi = wfi > largest_wfi ? wfi : largest_wfi;
        largest_lag =
            results[i].gps_lag_bytes > largest_lag ? results[i].gps_lag_bytes : largest_lag;
    }
    assert_int_equal(result.wfi_max_bytes, largest_wfi);
    assert_int_equal(result.gps_lag_max_bytes, largest_lag);
    uint64_t gap = rounded_up(naive_gap(&model));
    assert_true(result.rfb_attained_bytes <= gap);
    assert_true(gap <= result.rfb_bound_bytes);
    if (flow_count <= SERVICE_GAP_SLOTS) {
        assert_int_equal(result.rfb_attained_bytes, gap);
        assert_int_equal(result.rfb_bound_bytes, gap);
    }
}

static void agrees_with_a_naive_reference(void **state)
{
    (void)state;
    uint64_t random_state = 3;

    for (int round = 0; round < 150; round++)
        play_round(1 + (int)(draw(&random_state) % SERVICE_GAP_SLOTS),
                   1 + (int)(draw(&random_state) % 120), &random_state);
    for (int round = 0; round < 10; round++)
        play_round(2, TICKS_MAX, &random_state);
}

static void agrees_with_a_naive_reference_of_many_flows(void **state)
{
    (void)state;
    uint64_t random_state = 5;

    for (int round = 0; round < 20; round++)
        play_round(SERVICE_GAP_SLOTS + 1 +
                       (int)(draw(&random_state) % (FLOWS_MAX - SERVICE_GAP_SLOTS)),
                   1 + (int)(draw(&random_state) % 110), &random_state);
}

/* --- bounded memory --------------------------------------------------------------------- */

/* Two flows wait in each tick and end in the next. */
static struct fairness_result end_many_flows(int64_t tick_us, int ticks, struct told *told)
{
    struct fairness *fairness = new_fairness(tick_us, NULL, told);

    for (int t = 0; t < ticks; t++) {
        struct fairness_flow *flows[2] = {NULL};
        told->count = 0;
        for (int i = 0; i < 2; i++) {
            fairness_offered(fairness, &flows[i], 1, 100);
            fairness_delivered(fairness, &flows[i], 1, 40);
        }
        fairness_close_tick(fairness, 2);
        for (int i = 0; i < 2; i++) {
            fairness_delivered(fairness, &flows[i], 1, 60);
            fairness_flow_over(fairness, flows[i]);
        }
    }
    fairness_finish(fairness);
    struct fairness_result result = fairness_result(fairness);
    fairness_free(fairness);
    return result;
}

/* The run, then 1,000,000, ... ticks are given up when more than 65536 have ended, and lengths that
 * hold less are not. */
static void long_windows_are_given_up(void **state)
{
    (void)state;
    static struct told told;

    struct fairness_result result = end_many_flows(1000, FAIRNESS_ENDED_FLOWS_MAX / 2 + 2, &told);
    assert_true(result.run.is_given_up);
    assert_int_equal(result.run.windows, 0);
    assert_int_equal(result.scale_count, 19);
    for (size_t s = 0; s < result.scale_count; s++) /* 2 x 20,000 fit, 2 x 50,000 do not */
        assert_int_equal(result.scales[s].is_given_up, result.scales[s].ticks > 20000);
    assert_int_equal(result.scales[13].ticks, 20000);
    assert_int_equal(result.scales[13].windows, 1);
    /* 39998 flows got the 100 bytes that they wanted, the last two 40: their fair shares are alike
     */
    double sum = 39998 * 100 + 2 * 40, squares = 39998.0 * 10000 + 2 * 1600;
    assert_same_real(result.scales[13].jain_min, sum * sum / (40000 * squares));
}

/* Ticks of 30 ms: the longest length that is kept, 20000 ticks, is no multiple of the next, 16667.
 * When the longer ones are given up, their windows from 20000 and from 16667 on are open: flows of
 * the latter must not be forgotten, although they waited before tick 20000. */
static void given_up_where_lengths_do_not_nest(void **state)
{
    (void)state;
    static struct told told;

    struct fairness_result result = end_many_flows(30000, 33340, &told);
    assert_true(result.run.is_given_up);
    for (size_t s = 0; s < result.scale_count; s++) {
        const struct fairness_scale *scale = &result.scales[s];
        uint64_t windows = 33340 / (uint64_t)scale->ticks;
        assert_int_equal(scale->is_given_up, scale->ticks > 20000);
        assert_int_equal(scale->windows, scale->is_given_up ? 0 : windows);
        if (scale->ticks != 16667)
            continue;
        double sum = 33332 * 100 + 2 * 40, squares = 33332.0 * 10000 + 2 * 1600;
        assert_same_real(scale->jain_min, sum * sum / (33334 * squares));
        assert_true(scale->jain_sum == 2 * scale->jain_min);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_flows),
        cmocka_unit_test(two_flows_of_different_weight),
        cmocka_unit_test(nineteen_to_one),
        cmocka_unit_test(a_window_in_time),
        cmocka_unit_test(flows_alone),
        cmocka_unit_test(the_modest_are_judged_by_their_demand),
        cmocka_unit_test(the_fluid_serves_what_has_ended),
        cmocka_unit_test(bias_is_taken_over_those_that_wait_long),
        cmocka_unit_test(agrees_with_a_naive_reference),
        cmocka_unit_test(agrees_with_a_naive_reference_of_many_flows),
        cmocka_unit_test(long_windows_are_given_up),
        cmocka_unit_test(given_up_where_lengths_do_not_nest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
