#include "sim/advise/advise_search.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What would come of a setting, and how it was asked for. */
struct world {
    bool (*holds)(const struct advise_setting *setting);
    double grants_per_byte_of_share; /* grants per MB: this / min-share, 0: 100 per MB */
    size_t calls, runs;
    size_t fails_at; /* the call that fails; 0: none */
    int64_t start;   /* where the search begins; 0: nowhere */
};

static int evaluate(void *arg, const struct advise_setting *settings, size_t count,
                    struct advise_outcome *outcomes, char *error)
{
    struct world *world = arg;

    if (++world->calls == world->fails_at)
        return sim_fail(error, SIM_FAILED, "no run");
    for (size_t i = 0; i < count; i++) {
        double grants = world->grants_per_byte_of_share;
        bool holds = world->holds(&settings[i]);
        outcomes[i] = (struct advise_outcome){
            .holds = holds,
            .shortfall = holds ? 0 : 1 / (double)settings[i].rate_bytes_per_tick,
            .grants_per_mb = grants > 0 ? grants / (double)settings[i].min_share_bytes : 100,
            .peak_tick_bytes = 4000 * settings[i].tick_ms};
        world->runs++;
    }
    return SIM_OK;
}

static int start(void *arg, const struct advise_setting *wide, int64_t *bytes_per_tick, char *error)
{
    const struct world *world = arg;

    (void)error;
    assert_true(wide->rate_bytes_per_tick >= 4000 * wide->tick_ms);
    *bytes_per_tick = world->start;
    return SIM_OK;
}

static void search(struct world *world, const struct advise_space *space,
                   struct advise_result *result)
{
    char error[SIM_ERROR_BYTES] = "";

    const struct advise_source source = {
        .evaluate = evaluate, .start = world->start > 0 ? start : NULL, .arg = world};

    assert_int_equal(advise_search(space, &source, result, error), SIM_OK);
    assert_string_equal(error, "");
    assert_int_equal(result->probe_count, world->runs); /* none is asked for twice */
}

static const struct advise_space one = {
    .ticks_ms = {10}, .ticks = 1, .min_shares_bytes = {64}, .min_shares = 1};

static void assert_best(const struct advise_result *result, int64_t rate, int64_t burst,
                        int64_t tick_ms, int64_t min_share)
{
    const struct advise_setting *best = &result->best.setting;

    assert_int_equal(best->rate_bytes_per_tick, rate);
    assert_int_equal(best->burst_bytes, burst);
    assert_int_equal(best->tick_ms, tick_ms);
    assert_int_equal(best->min_share_bytes, min_share);
}

/* --- the rate ---------------------------------------------------------------------------- */

static bool holds_from_700(const struct advise_setting *setting)
{
    return setting->rate_bytes_per_tick >= 700;
}

/* The busiest tick has 40000: 40000, 20000 and 5000 hold, 312 fails; then it is halved on a scale
 * of factors. */
static void least_rate_is_found_to_one_percent(void **state)
{
    (void)state;
    struct world world = {.holds = holds_from_700};
    struct advise_result result;

    search(&world, &one, &result);
    assert_true(result.is_found);
    assert_true(result.is_rate_monotone);
    assert_true(result.is_burst_monotone);
    assert_in_range(result.best.setting.rate_bytes_per_tick, 700, 707);
    assert_false(result.has_change[ADVISE_HALF_BURST]); /* of one tick's worth: none */
    advise_result_fini(&result);
}

/* 900 and 818 hold, 676 fails, 743 and 708 hold, 691 and 699 fail, 703 holds. */
static void a_start_near_the_result_costs_few_runs(void **state)
{
    (void)state;
    struct world world = {.holds = holds_from_700, .start = 900};
    struct advise_result result;

    search(&world, &one, &result);
    assert_best(&result, 703, 703, 10, 64);
    /* with the wide one; 3 controls; the least burst; 5 changes; 3 lower rates */
    assert_int_equal(world.runs, 1 + 8 + 3 + 1 + 5 + 3);
    assert_int_equal(result.changes[ADVISE_TWICE_BURST].setting.burst_bytes, 1406);
    assert_int_equal(result.changes[ADVISE_HALF_TICK].setting.tick_ms, 5);
    assert_int_equal(result.changes[ADVISE_HALF_TICK].setting.rate_bytes_per_tick, 352);
    assert_false(result.changes[ADVISE_HALF_TICK].outcome.holds);
    assert_int_equal(result.changes[ADVISE_TWICE_TICK].setting.rate_bytes_per_tick, 1406);
    assert_int_equal(result.changes[ADVISE_TWICE_MIN_SHARE].setting.min_share_bytes, 128);
    assert_true(result.changes[ADVISE_TWICE_MIN_SHARE].outcome.holds);
    advise_result_fini(&result);
}

/* Wherever it begins, below, at or above every rate, the result is the same to 1 %. */
static void the_start_does_not_decide(void **state)
{
    (void)state;
    static const int64_t starts[] = {1, 10, 699, 700, 701, 39999, 40000, 1000000000};

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        struct world world = {.holds = holds_from_700, .start = starts[i]};
        struct advise_result result;
        search(&world, &one, &result);
        assert_true(result.is_found);
        assert_in_range(result.best.setting.rate_bytes_per_tick, 700, 707);
        advise_result_fini(&result);
    }
}

/* The same with several values in a step: the result to 1 %, and fewer steps. */
static void several_values_at_once_take_fewer_steps(void **state)
{
    (void)state;
    size_t calls = SIZE_MAX;

    for (size_t at_once = 1; at_once <= 16; at_once *= 4) {
        struct world world = {.holds = holds_from_700};
        struct advise_space space = one;
        struct advise_result result;
        space.at_once = at_once;
        search(&world, &space, &result);
        assert_in_range(result.best.setting.rate_bytes_per_tick, 700, 707);
        assert_true(world.calls < calls);
        calls = world.calls;
        advise_result_fini(&result);
    }
    assert_int_equal(calls, 8); /* wide, peak, down, twice between, controls, burst, changes */
}

static bool holds_always(const struct advise_setting *setting)
{
    (void)setting;
    return true;
}

static void a_thousandth_of_the_busiest_tick_is_the_least(void **state)
{
    (void)state;
    struct world world = {.holds = holds_always};
    struct advise_result result;

    search(&world, &one, &result);
    assert_best(&result, 40, 40, 10, 64);
    advise_result_fini(&result);
}

/* It holds from 700 on, but for 760 to 1100: only a rate above that is safe. */
static bool holds_with_a_gap(const struct advise_setting *setting)
{
    int64_t rate = setting->rate_bytes_per_tick;

    return rate >= 700 && (rate < 760 || rate > 1100);
}

static void a_rate_that_fails_above_one_that_holds_is_seen(void **state)
{
    (void)state;
    struct world world = {.holds = holds_with_a_gap};
    struct advise_result result;

    search(&world, &one, &result);
    assert_true(result.is_found);
    assert_in_range(result.best.setting.rate_bytes_per_tick, 1101, 1111);
    advise_result_fini(&result);
}

/* As above, and bisection sees no failure: 1250 fails, 883 and those below are not looked at. */
static bool holds_with_a_hidden_gap(const struct advise_setting *setting)
{
    int64_t rate = setting->rate_bytes_per_tick;

    return rate >= 700 && (rate < 1040 || rate > 1060);
}

static void a_gap_that_bisection_misses_is_found_by_the_controls(void **state)
{
    (void)state;
    struct world world = {.holds = holds_with_a_hidden_gap};
    struct advise_result result;

    search(&world, &one, &result); /* 701 * 1.5 = 1052 */
    assert_true(result.is_found);
    assert_false(result.is_rate_monotone);
    assert_in_range(result.best.setting.rate_bytes_per_tick, 1061, 1071);
    advise_result_fini(&result);
}

/* Noise of 2 % about 700: each rate holds or not by its digits. Above 714 all hold. */
static bool holds_with_noise(const struct advise_setting *setting)
{
    int64_t rate = setting->rate_bytes_per_tick;

    return rate >= 714 || (rate >= 686 && rate * 7 % 5 < 3);
}

static void noise_costs_no_more_than_its_width(void **state)
{
    (void)state;
    struct world world = {.holds = holds_with_noise};
    struct advise_result result;

    search(&world, &one, &result);
    assert_true(result.is_found);
    assert_in_range(result.best.setting.rate_bytes_per_tick, 686, 721);
    assert_true(world.runs <= 60);
    advise_result_fini(&result);
}

/* As a demand on what may pass at once has it: nothing limits a wide rate. */
static bool holds_in_a_stretch(const struct advise_setting *setting)
{
    return setting->rate_bytes_per_tick >= 700 && setting->rate_bytes_per_tick <= 3000;
}

static void demands_that_hold_only_below_a_rate_are_met(void **state)
{
    (void)state;
    struct world world = {.holds = holds_in_a_stretch};
    struct advise_result result;

    search(&world, &one, &result);
    assert_true(result.is_found);
    assert_false(result.is_rate_monotone);
    assert_in_range(result.best.setting.rate_bytes_per_tick, 700, 707);
    advise_result_fini(&result);
}

static bool holds_never(const struct advise_setting *setting)
{
    (void)setting;
    return false;
}

/* The shortfall is least with the largest rate. */
static void what_cannot_be_met_gives_the_nearest(void **state)
{
    (void)state;
    struct world world = {.holds = holds_never};
    struct advise_result result;

    search(&world, &one, &result);
    assert_false(result.is_found);
    assert_best(&result, 100000000, 1000000000, 10, 64);
    advise_result_fini(&result);
}

/* --- bursts ------------------------------------------------------------------------------ */

static bool holds_with_a_burst(const struct advise_setting *setting)
{
    return setting->rate_bytes_per_tick >= 700 && setting->burst_bytes >= 3000;
}

static void least_burst_is_found_at_the_least_rate(void **state)
{
    (void)state;
    struct world world = {.holds = holds_with_a_burst};
    struct advise_result result;

    search(&world, &one, &result);
    assert_in_range(result.best.setting.rate_bytes_per_tick, 700, 707);
    assert_in_range(result.best.setting.burst_bytes, 3000, 3150);
    assert_false(result.changes[ADVISE_HALF_BURST].outcome.holds);
    assert_true(result.changes[ADVISE_TWICE_BURST].outcome.holds);
    advise_result_fini(&result);
}

static void a_given_burst_bounds_the_rate(void **state)
{
    (void)state;
    struct world world = {.holds = holds_with_a_burst};
    struct advise_space space = one;
    struct advise_result result;

    space.burst_least_bytes = space.burst_most_bytes = 5000;
    search(&world, &space, &result);
    /* beside it are other bursts, and three lower rates */
    for (size_t i = 0; i + ADVISE_CHANGES + 3 < result.probe_count; i++) {
        assert_int_equal(result.probes[i].setting.burst_bytes, 5000);
        assert_true(result.probes[i].setting.rate_bytes_per_tick <= 5000);
    }
    assert_int_equal(result.best.setting.burst_bytes, 5000);
    assert_in_range(result.best.setting.rate_bytes_per_tick, 700, 707);
    advise_result_fini(&result);
}

/* --- ticks and min-shares ---------------------------------------------------------------- */

static const struct advise_space grid = {
    .ticks_ms = {1, 10, 100}, .ticks = 3, .min_shares_bytes = {1, 64, 4096}, .min_shares = 3};

/* 100000 B/s, but 80000 with a tick of 10 ms and a min-share of 4096. */
static bool holds_best_in_one_place(const struct advise_setting *setting)
{
    bool is_best = setting->tick_ms == 10 && setting->min_share_bytes == 4096;

    return advise_rate_bytes_per_s(setting) >= (is_best ? 80000 : 100000);
}

static void the_least_rate_of_all_ticks_and_min_shares_wins(void **state)
{
    (void)state;
    struct world world = {.holds = holds_best_in_one_place};
    struct advise_result result;

    search(&world, &grid, &result);
    assert_int_equal(result.best.setting.tick_ms, 10);
    assert_int_equal(result.best.setting.min_share_bytes, 4096);
    assert_in_range(result.best.setting.rate_bytes_per_tick, 800, 808);
    advise_result_fini(&result);
}

/* Any rate and burst that one tick has, the others have: fewest grants decide. */
static bool holds_by_rate(const struct advise_setting *setting)
{
    return advise_rate_bytes_per_s(setting) >= 100000 && setting->burst_bytes >= 10000;
}

static void of_equal_rates_and_bursts_the_fewest_grants_win(void **state)
{
    (void)state;
    struct world world = {.holds = holds_by_rate, .grants_per_byte_of_share = 1000};
    struct advise_result result;

    search(&world, &grid, &result);
    assert_int_equal(result.best.setting.min_share_bytes, 4096);
    advise_result_fini(&result);
}

static void of_equal_costs_the_longest_tick_wins(void **state)
{
    (void)state;
    struct world world = {.holds = holds_by_rate};
    struct advise_result result;

    search(&world, &grid, &result);
    assert_int_equal(result.best.setting.tick_ms, 100);
    advise_result_fini(&result);
}

/* With a tick of 1 ms nothing holds, which costs two runs, not a search. */
static bool holds_with_long_ticks(const struct advise_setting *setting)
{
    return setting->tick_ms > 1 && holds_by_rate(setting);
}

static void a_tick_with_which_nothing_holds_is_passed_over(void **state)
{
    (void)state;
    struct world world = {.holds = holds_with_long_ticks};
    struct advise_result result;
    size_t of_1_ms = 0;

    search(&world, &grid, &result);
    assert_true(result.is_found);
    assert_true(result.is_rate_monotone);
    assert_int_equal(result.best.setting.tick_ms, 100);
    for (size_t i = 0; i < result.probe_count; i++)
        of_1_ms += result.probes[i].setting.tick_ms == 1;
    assert_int_equal(of_1_ms, 3 * 2);
    advise_result_fini(&result);
}

/* --- a rate that is given ---------------------------------------------------------------- */

/* By min-share: 64 is first, all others share the second place. */
static int rank_by_share(void *arg, const struct advise_setting *settings, size_t count,
                         size_t *places, char *error)
{
    (void)arg;
    (void)error;
    for (size_t i = 0; i < count; i++)
        places[i] = settings[i].min_share_bytes == 64 ? 1 : 2;
    return SIM_OK;
}

static void search_rated(struct world *world, struct advise_result *result)
{
    struct advise_space space = grid;
    char error[SIM_ERROR_BYTES] = "";
    const struct advise_source source = {.evaluate = evaluate, .rank = rank_by_share, .arg = world};

    for (size_t i = 0; i < space.ticks; i++)
        space.rates_bytes_per_tick[i] = 1000 * space.ticks_ms[i];
    assert_int_equal(advise_search(&space, &source, result, error), SIM_OK);
    for (size_t i = 0; i < 3 * (8 + 5 + 1); i++) /* 1 MB/s, up to 100 ms */
        assert_true(result->probes[i].setting.rate_bytes_per_tick ==
                        1000 * result->probes[i].setting.tick_ms &&
                    result->probes[i].setting.burst_bytes >=
                        result->probes[i].setting.rate_bytes_per_tick &&
                    result->probes[i].setting.burst_bytes <= 100000);
}

/* Of those in the first place the least burst, which a tick of 1 ms allows: bursts of 1, 2, 4, ...
 * 64 and 100 kB there, 10, 20, 40, 80 and 100 kB with 10 ms, 100 kB with 100 ms. */
static void a_given_rate_is_kept_and_the_ranking_decides(void **state)
{
    (void)state;
    struct world world = {.holds = holds_always};
    struct advise_result result;

    search_rated(&world, &result);
    assert_true(result.is_found);
    assert_best(&result, 1000, 1000, 1, 64);
    assert_int_equal(world.runs, 3 * (8 + 5 + 1) + 3 + 3); /* no half burst, no half tick */
    advise_result_fini(&result);
}

static bool holds_with_large_shares(const struct advise_setting *setting)
{
    return setting->min_share_bytes >= 4096 && setting->burst_bytes >= 15000;
}

/* What does not meet the demands is not chosen, whatever its place. */
static void of_a_given_rate_only_what_holds_is_chosen(void **state)
{
    (void)state;
    struct world world = {.holds = holds_with_large_shares};
    struct advise_result result;

    search_rated(&world, &result);
    assert_true(result.is_found);
    assert_best(&result, 1000, 16000, 1, 4096);
    advise_result_fini(&result);
    world = (struct world){.holds = holds_never};
    search_rated(&world, &result);
    assert_false(result.is_found);
    assert_int_equal(world.runs, 3 * (8 + 5 + 1)); /* nothing is beside what was not found */
    advise_result_fini(&result);
}

static void a_failure_of_a_run_ends_the_search(void **state)
{
    (void)state;
    for (size_t call = 1; call < 30; call++) {
        struct world world = {.holds = holds_by_rate, .fails_at = call};
        struct advise_result result;
        char error[SIM_ERROR_BYTES] = "";
        const struct advise_source source = {.evaluate = evaluate, .arg = &world};
        assert_int_equal(advise_search(&grid, &source, &result, error), SIM_FAILED);
        assert_string_equal(error, "no run");
        assert_int_equal(world.calls, call);
        advise_result_fini(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(least_rate_is_found_to_one_percent),
        cmocka_unit_test(a_start_near_the_result_costs_few_runs),
        cmocka_unit_test(the_start_does_not_decide),
        cmocka_unit_test(several_values_at_once_take_fewer_steps),
        cmocka_unit_test(a_thousandth_of_the_busiest_tick_is_the_least),
        cmocka_unit_test(a_rate_that_fails_above_one_that_holds_is_seen),
        cmocka_unit_test(a_gap_that_bisection_misses_is_found_by_the_controls),
        cmocka_unit_test(noise_costs_no_more_than_its_width),
        cmocka_unit_test(demands_that_hold_only_below_a_rate_are_met),
        cmocka_unit_test(what_cannot_be_met_gives_the_nearest),
        cmocka_unit_test(least_burst_is_found_at_the_least_rate),
        cmocka_unit_test(a_given_burst_bounds_the_rate),
        cmocka_unit_test(the_least_rate_of_all_ticks_and_min_shares_wins),
        cmocka_unit_test(of_equal_rates_and_bursts_the_fewest_grants_win),
        cmocka_unit_test(of_equal_costs_the_longest_tick_wins),
        cmocka_unit_test(a_tick_with_which_nothing_holds_is_passed_over),
        cmocka_unit_test(a_given_rate_is_kept_and_the_ranking_decides),
        cmocka_unit_test(of_a_given_rate_only_what_holds_is_chosen),
        cmocka_unit_test(a_failure_of_a_run_ends_the_search),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
