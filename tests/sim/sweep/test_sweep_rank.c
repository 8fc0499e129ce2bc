#include "sim/sweep/sweep_rank.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sweep/sweep_eligibility.h"
#include "traces/synth_random.h"

#define SETTINGS_MAX 12
#define KEYS_MAX     3

/* As the keys jain, p99 and grants are compared. */
static const struct rank_criterion criteria[KEYS_MAX] = {
    {.more_is_better = true, .absolute = 0.005},
    {.relative = 0.008},
    {0},
};

/* The settings of one sweep: their figures, and what has come of them. */
struct ranked {
    struct rank_setting settings[SETTINGS_MAX];
    size_t order[SETTINGS_MAX];
};

static struct rank_problem problem_of(const struct rank_figure *figures, size_t settings,
                                      size_t keys)
{
    return (struct rank_problem){.traces = 1,
                                 .settings = settings,
                                 .criterion_count = keys,
                                 .criteria = criteria,
                                 .figures = figures};
}

static struct ranked rank(const struct rank_problem *problem)
{
    struct ranked ranked = {0};

    for (size_t i = 0; i < problem->settings; i++) {
        ranked.settings[i].is_eligible = true;
        ranked.settings[i].delivered_percent = 100;
    }
    assert_int_equal(rank_settings(problem, ranked.settings, ranked.order), 0);
    return ranked;
}

/* "ORDER of indices; PLACE of each, in that order", those that are unbeaten with a star. */
static void expect_ranked(const struct ranked *ranked, size_t count, const char *expected)
{
    char text[256] = "";

    for (size_t i = 0; i < count; i++) {
        const struct rank_setting *setting = &ranked->settings[ranked->order[i]];
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%c:%zu%s", i ? " " : "",
                 (char)('A' + ranked->order[i]), setting->place, setting->is_unbeaten ? "*" : "");
    }
    assert_string_equal(text, expected);
}

static void ties_are_told_from_differences(void **state)
{
    (void)state;
    static const struct {
        size_t key;
        struct rank_figure a, b;
        int better; /* -1: a */
    } rows[] = {
        {0, {0.978, NAN}, {0.9731, NAN}, 0},  /* 0.0049 apart */
        {0, {0.978, NAN}, {0.9729, NAN}, -1}, /* 0.0051 */
        {0, {0.900, NAN}, {0.978, NAN}, 1},
        {1, {1.000, NAN}, {1.0079, NAN}, 0}, /* 0.8 % of the larger is 0.00806 */
        {1, {1.000, NAN}, {1.0082, NAN}, -1},
        {1, {0, NAN}, {0, NAN}, 0},
        {1, {0, NAN}, {0.001, NAN}, -1},
        {2, {700, NAN}, {701, NAN}, -1}, /* a count is exact */
        {2, {700, NAN}, {700, NAN}, 0},
        {2, {700, 3}, {710, 6}, -1}, /* 703 < 704 */
        {2, {700, 4}, {710, 6}, 0},  /* the intervals touch */
        {2, {710, 0}, {700, 10}, 0},
        {0, {0.978, 0.0004}, {0.9779, 0.00046}, 0}, /* min-share 64 and 1 */
        {0, {NAN, NAN}, {0.1, NAN}, 0},             /* not measured */
        {0, {NAN, NAN}, {NAN, NAN}, 0},
        /* A response that never came is longer than any. */
        {1, {1e9, NAN}, {INFINITY, NAN}, -1},
        {1, {INFINITY, NAN}, {INFINITY, NAN}, 0},
        {1, {1e9, 5}, {INFINITY, NAN}, -1},
        {1, {-0.001, NAN}, {0.002, NAN}, -1}, /* times that were added may be below 0 */
        {1, {-1.000, NAN}, {-1.0079, NAN}, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int better = rank_compare(&criteria[rows[i].key], rows[i].a, rows[i].b);
        assert_int_equal(better < 0 ? -1 : better > 0, rows[i].better);
        better = rank_compare(&criteria[rows[i].key], rows[i].b, rows[i].a);
        assert_int_equal(better < 0 ? -1 : better > 0, -rows[i].better);
    }
}

/* The header's example: J ties A and B, grants put B first; C is cheap and unfair. */
static void the_next_key_decides_ties(void **state)
{
    (void)state;
    static const struct rank_figure figures[] = {
        {0.978, NAN}, {2, NAN}, {9000, NAN}, /* A */
        {0.977, NAN}, {2, NAN}, {700, NAN},  /* B */
        {0.900, NAN}, {2, NAN}, {100, NAN},  /* C */
        {0.900, NAN}, {2, NAN}, {200, NAN},  /* D is C, but dearer */
        {0.900, NAN}, {2, NAN}, {100, NAN},  /* E is C */
    };
    struct rank_problem problem = problem_of(figures, 5, 3);
    struct ranked ranked = rank(&problem);

    expect_ranked(&ranked, 5, "B:1* A:2 C:3* E:3* D:5");
}

/* Ties are with the one that opens the place: 0.980 takes 0.976 but not 0.972, which opens the next
 * place and does not pull 0.976 down. */
static void the_best_of_a_place_decides_who_shares_it(void **state)
{
    (void)state;
    static const struct rank_figure chain[] = {{0.972, NAN}, {0.976, NAN}, {0.980, NAN}};
    struct rank_problem problem = problem_of(chain, 3, 1);
    struct ranked ranked = rank(&problem);

    expect_ranked(&ranked, 3, "B:1* C:1* A:3");

    /* A wide interval shares the place, though one with a better mean does not. */
    static const struct rank_figure wide[] = {{0.98, 0.001}, {0.95, 0.001}, {0.94, 0.1}};
    problem = problem_of(wide, 3, 1);
    ranked = rank(&problem);
    expect_ranked(&ranked, 3, "A:1* C:1* B:3");
}

static void the_sum_of_places_knows_no_ties(void **state)
{
    (void)state;
    static const struct rank_figure figures[] = {
        {0.978, NAN}, {3, NAN}, /* A: 1 + 3 */
        {0.977, NAN}, {1, NAN}, /* B: 2 + 1 */
        {0.976, NAN}, {1, NAN}, /* C: 3 + 1 */
    };
    struct rank_problem problem = problem_of(figures, 3, 2);

    problem.method = RANK_BY_SUM;
    struct ranked ranked = rank(&problem);
    expect_ranked(&ranked, 3, "B:1* A:2 C:2*");
    assert_int_equal(ranked.settings[1].score, 3);
    assert_int_equal(ranked.settings[2].score, 4);
}

static void places_of_several_traces_are_added(void **state)
{
    (void)state;
    static const struct rank_figure figures[] = {
        {0.9, NAN}, {0.8, NAN}, {0.7, NAN}, /* A first, then B, then C */
        {0.1, NAN}, {0.3, NAN}, {0.2, NAN}, /* B first, then C, then A */
    };
    struct rank_problem problem = problem_of(figures, 3, 1);

    problem.traces = 2;
    struct ranked ranked = rank(&problem);
    expect_ranked(&ranked, 3, "B:1* A:2* C:3"); /* B 2 + 1, A 1 + 3, C 3 + 2; B beats C on both */
}

static void those_that_lose_bytes_are_last(void **state)
{
    (void)state;
    static const struct rank_figure figures[] = {{0.99, NAN}, {0.98, NAN}, {0.5, NAN}, {1, NAN}};
    const struct rank_problem problem = problem_of(figures, 4, 1);
    struct ranked ranked = {
        .settings = {{.is_eligible = false, .delivered_percent = 8},
                     {.is_eligible = false, .delivered_percent = 99.9},
                     {.is_eligible = true, .delivered_percent = 100},
                     {.is_eligible = false, .delivered_percent = 8}},
    };

    assert_int_equal(rank_settings(&problem, ranked.settings, ranked.order), 0);
    expect_ranked(&ranked, 4, "C:1* B:2 A:3 D:3");
    ranked.settings[2].is_eligible = false;
    assert_int_equal(rank_settings(&problem, ranked.settings, ranked.order), 0);
    expect_ranked(&ranked, 4, "C:1 B:2 A:3 D:3");
}

/* --- made-up sweeps -------------------------------------------------------------------------- */

#define SEEDS_MAX 3

struct made_up {
    size_t settings, seeds;
    struct sweep_losses losses[SETTINGS_MAX][SEEDS_MAX];
    struct rank_figure figures[SETTINGS_MAX * KEYS_MAX];
};

static uint64_t draw(uint64_t *rng, uint64_t bound)
{
    return synth_random_next(rng) % bound;
}

/* A run: most deliver everything, the others lose something in one of six ways. */
static struct sweep_losses make_losses(uint64_t *rng)
{
    double offered = (double)(1 + draw(rng, 1000000));
    struct sweep_losses losses = {
        .offered_bytes = offered, .delivered_bytes = offered, .flows = 10, .knows_unoffered = true};

    switch (draw(rng, 12)) {
    case 0:
        losses.delivered_bytes = (double)draw(rng, (uint64_t)offered);
        break;
    case 1:
        losses.false_eofs = (double)(1 + draw(rng, 10));
        break;
    case 2:
        losses.is_cut = true;
        losses.unoffered_bytes = 1;
        break;
    case 3:
        losses.is_cut = true;
        losses.knows_unoffered = false;
        break;
    case 4:
        losses.unoffered_bytes = (double)(1 + draw(rng, 1000)); /* withheld */
        break;
    case 5:
        losses.exchanges = 10;
        losses.unanswered = (double)(1 + draw(rng, 10));
        break;
    default:
        break;
    }
    return losses;
}

static void make_sweep(struct made_up *sweep, uint64_t *rng)
{
    memset(sweep, 0, sizeof(*sweep));
    sweep->settings = 1 + draw(rng, SETTINGS_MAX);
    sweep->seeds = 1 + draw(rng, SEEDS_MAX);
    for (size_t i = 0; i < sweep->settings; i++)
        for (size_t s = 0; s < sweep->seeds; s++)
            sweep->losses[i][s] = make_losses(rng);
    for (size_t i = 0; i < sweep->settings * KEYS_MAX; i++)
        sweep->figures[i] =
            (struct rank_figure){.mean = draw(rng, 10) == 0 ? NAN : (double)draw(rng, 1000) / 1000,
                                 .ci95 = sweep->seeds > 1 ? (double)draw(rng, 50) / 1000 : NAN};
}

static bool is_lossless(const struct made_up *sweep, size_t setting)
{
    for (size_t s = 0; s < sweep->seeds; s++) {
        const struct sweep_losses *losses = &sweep->losses[setting][s];
        if (losses->delivered_bytes < losses->offered_bytes || losses->false_eofs > 0 ||
            losses->unoffered_bytes > 0 || losses->unanswered > 0 ||
            (losses->is_cut && !losses->knows_unoffered))
            return false;
    }
    return true;
}

static void review(const struct made_up *sweep, size_t setting, struct rank_setting *ranked)
{
    struct sweep_evidence runs[SEEDS_MAX];
    struct sweep_reasons reasons = {0};

    ranked->delivered_percent = 100;
    for (size_t s = 0; s < sweep->seeds; s++) {
        runs[s] = (struct sweep_evidence){.seed = (int64_t)s, .losses = &sweep->losses[setting][s]};
        ranked->delivered_percent =
            fmin(ranked->delivered_percent, sweep_losses_delivered_percent(runs[s].losses));
    }
    assert_int_equal(sweep_reasons_add(&reasons, NULL, runs, sweep->seeds), 0);
    ranked->is_eligible = reasons.count == 0;
    sweep_reasons_fini(&reasons);
}

/* Nobody that loses bytes is before one that does not. */
static void check_order(const struct made_up *sweep, const struct ranked *ranked)
{
    bool has_seen_a_loss = false;

    for (size_t i = 0; i < sweep->settings; i++) {
        size_t setting = ranked->order[i];
        const struct rank_setting *here = &ranked->settings[setting];
        assert_int_equal(here->is_eligible, is_lossless(sweep, setting));
        assert_true(!here->is_unbeaten || here->is_eligible);
        assert_true(!(here->is_eligible && has_seen_a_loss));
        has_seen_a_loss |= !here->is_eligible;
    }
    assert_int_equal(ranked->settings[ranked->order[0]].place, 1);
}

/* By keys, the recommended one is tied with the best of the first key. */
static void check_first_key(const struct made_up *sweep, const struct ranked *ranked)
{
    struct rank_figure first = sweep->figures[ranked->order[0] * KEYS_MAX];

    for (size_t i = 0; i < sweep->settings; i++) {
        struct rank_figure other = sweep->figures[i * KEYS_MAX];
        bool is_best = true;
        if (!ranked->settings[i].is_eligible || isnan(other.mean))
            continue;
        for (size_t j = 0; j < sweep->settings; j++)
            is_best &= !ranked->settings[j].is_eligible ||
                       !(sweep->figures[j * KEYS_MAX].mean > other.mean);
        if (is_best)
            assert_int_equal(rank_compare(&criteria[0], other, first), 0);
    }
}

static void no_made_up_sweep_recommends_a_loss(void **state)
{
    (void)state;
    uint64_t rng = synth_random_init(1, 0, 0);
    size_t with_a_loss = 0, recommended = 0;

    for (int i = 0; i < 20000; i++) {
        struct made_up sweep;
        struct ranked ranked = {0};
        make_sweep(&sweep, &rng);
        struct rank_problem problem = problem_of(sweep.figures, sweep.settings, KEYS_MAX);
        problem.method = i % 2 ? RANK_BY_SUM : RANK_BY_KEYS;
        for (size_t s = 0; s < sweep.settings; s++) {
            review(&sweep, s, &ranked.settings[s]);
            with_a_loss += !ranked.settings[s].is_eligible;
        }
        assert_int_equal(rank_settings(&problem, ranked.settings, ranked.order), 0);
        check_order(&sweep, &ranked);
        if (problem.method == RANK_BY_KEYS && ranked.settings[ranked.order[0]].is_eligible)
            check_first_key(&sweep, &ranked);
        recommended += ranked.settings[ranked.order[0]].is_eligible;
    }
    assert_true(with_a_loss > 20000 && recommended > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ties_are_told_from_differences),
        cmocka_unit_test(the_next_key_decides_ties),
        cmocka_unit_test(the_best_of_a_place_decides_who_shares_it),
        cmocka_unit_test(the_sum_of_places_knows_no_ties),
        cmocka_unit_test(places_of_several_traces_are_added),
        cmocka_unit_test(those_that_lose_bytes_are_last),
        cmocka_unit_test(no_made_up_sweep_recommends_a_loss),
    };

    return cmocka_run_group_tests_name("sweep_rank", tests, NULL, NULL);
}
