#include "sim/sweep/sweep_eligibility.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Compares the reasons against these runs, each in a row, NULL after the last. */
static void expect_reasons(const char *trace, const struct sweep_evidence *runs, size_t count,
                           const char *const *expected)
{
    struct sweep_reasons reasons = {0};

    assert_int_equal(sweep_reasons_add(&reasons, trace, runs, count), 0);
    for (size_t i = 0; i < reasons.count; i++) {
        assert_non_null(expected[i]);
        assert_string_equal(reasons.texts[i], expected[i]);
    }
    assert_null(expected[reasons.count]);
    sweep_reasons_fini(&reasons);
}

static void each_loss_is_named(void **state)
{
    (void)state;
    static const struct {
        struct sweep_losses losses;
        const char *reasons[3];
    } rows[] = {
        {{.offered_bytes = 1000, .delivered_bytes = 1000, .flows = 3, .knows_unoffered = true},
         {0}},
        {{.offered_bytes = 1000, .delivered_bytes = 1000}, {0}}, /* a run that drained */
        {{.offered_bytes = 0}, {0}},
        {{.offered_bytes = 5000, .delivered_bytes = 400},
         {"loses 92 %: 4600 of 5000 bytes offered are not delivered"}},
        {{.offered_bytes = 1000000, .delivered_bytes = 999999},
         {"loses 0.0001 %: 1 of 1000000 bytes offered are not delivered"}},
        {{.offered_bytes = 1000000, .delivered_bytes = 1},
         {"loses 99.9999 %: 999999 of 1000000 bytes offered are not delivered"}},
        {{.offered_bytes = 1000, .delivered_bytes = 0},
         {"loses 100 %: 1000 of 1000 bytes offered are not delivered"}},
        {{.offered_bytes = 300,
          .delivered_bytes = 300,
          .unoffered_bytes = 100,
          .knows_unoffered = true,
          .is_cut = true},
         {"--max-time cuts off 25 % of the trace: 100 bytes are never offered"}},
        /* cut behind its last byte: nothing is lost */
        {{.offered_bytes = 300, .delivered_bytes = 300, .knows_unoffered = true, .is_cut = true},
         {0}},
        /* a summary from before that was counted */
        {{.offered_bytes = 300, .delivered_bytes = 300, .is_cut = true},
         {"--max-time cuts it, and how much of the trace is not known"}},
        {{.offered_bytes = 300, .delivered_bytes = 200, .is_cut = true},
         {"loses 33 %: 100 of 300 bytes offered are not delivered"}},
        {{.offered_bytes = 300, .delivered_bytes = 300, .flows = 42, .false_eofs = 34},
         {"breaks flows: 34 of 42 see a false end of file"}},
        /* In closed loop what waits for a lost packet is never sent, and nobody has cut the run. */
        {{.offered_bytes = 300,
          .delivered_bytes = 300,
          .unoffered_bytes = 100,
          .knows_unoffered = true,
          .flows = 42,
          .false_eofs = 34,
          .broken_flows = 30},
         {"withholds 25 % of the trace: 100 bytes are never offered, as what they react to was "
          "lost",
          "breaks flows: 34 of 42 see a false end of file, and 30 could never go on"}},
        {{.offered_bytes = 300, .delivered_bytes = 300, .exchanges = 40, .unanswered = 3},
         {"leaves 3 of 40 exchanges unanswered"}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct sweep_evidence run = {.seed = 1, .losses = &rows[i].losses};
        expect_reasons(NULL, &run, 1, rows[i].reasons);
    }
}

static void the_worst_of_several_seeds_is_named(void **state)
{
    (void)state;
    static const struct sweep_losses whole = {.offered_bytes = 100, .delivered_bytes = 100};
    static const struct sweep_losses little = {.offered_bytes = 100, .delivered_bytes = 90};
    static const struct sweep_losses much = {.offered_bytes = 100, .delivered_bytes = 30};
    const struct sweep_evidence runs[] = {
        {.seed = 1, .losses = &whole},
        {.seed = 2, .losses = &little},
        {.seed = 3, .losses = &much},
        {.seed = 4, .losses = &little},
    };

    expect_reasons(NULL, runs, 4,
                   (const char *const[]){
                       "loses 70 %: 70 of 100 bytes offered are not delivered (seed 3)", NULL});
    expect_reasons(
        "a.pcap", runs, 2,
        (const char *const[]){
            "a.pcap: loses 10 %: 10 of 100 bytes offered are not delivered (seed 2)", NULL});
    expect_reasons(NULL, runs, 1, (const char *const[]){NULL});
}

static void runs_that_are_not_complete_count(void **state)
{
    (void)state;
    static const struct sweep_losses whole = {.offered_bytes = 100, .delivered_bytes = 100};
    const struct sweep_evidence runs[] = {
        {.seed = 1, .losses = &whole},
        {.seed = 2, .failure = "missing", .is_missing = true},
        {.seed = 3, .failure = "no space"},
        {.seed = 4, .failure = "killed"},
    };

    expect_reasons(NULL, runs, 4,
                   (const char *const[]){"2 of 4 runs failed: no space (seed 3)",
                                         "1 of 4 runs are missing", NULL});
}

static void each_unmet_demand_is_named_once(void **state)
{
    (void)state;
    static const struct sweep_losses whole = {.offered_bytes = 100, .delivered_bytes = 100};
    const struct sweep_unmet first[] = {{1, (char *)(uintptr_t) "b: 1 of 2"}};
    const struct sweep_unmet second[] = {{0, (char *)(uintptr_t) "a: 7 of 8"},
                                         {1, (char *)(uintptr_t) "b: 0 of 2"}};
    const struct sweep_evidence runs[] = {
        {.seed = 1, .losses = &whole, .unmet = first, .unmet_count = 1},
        {.seed = 2, .losses = &whole, .unmet = second, .unmet_count = 2},
        {.seed = 3, .losses = &whole},
    };

    expect_reasons(NULL, runs, 3,
                   (const char *const[]){"a: 7 of 8 (seed 2)",
                                         "b: 1 of 2 (seed 1), and in 2 of 3 seeds", NULL});
    expect_reasons(NULL, runs, 1, (const char *const[]){"b: 1 of 2", NULL});
}

static void percentages_are_of_the_whole_trace(void **state)
{
    (void)state;
    const struct sweep_losses cut = {
        .offered_bytes = 50, .delivered_bytes = 25, .unoffered_bytes = 50};
    const struct sweep_losses nothing = {.offered_bytes = 0};

    assert_true(sweep_losses_delivered_percent(&cut) == 25);
    assert_true(sweep_losses_delivered_percent(&nothing) == 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_loss_is_named),
        cmocka_unit_test(the_worst_of_several_seeds_is_named),
        cmocka_unit_test(runs_that_are_not_complete_count),
        cmocka_unit_test(each_unmet_demand_is_named_once),
        cmocka_unit_test(percentages_are_of_the_whole_trace),
    };

    return cmocka_run_group_tests_name("sweep_eligibility", tests, NULL, NULL);
}
