#include "sim/sweep/sweep_window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Which windows a run with that tick measures without being asked: 1, 2, 5, 10 ... ticks, and 1, 2,
 * 5, 10 ... ms rounded up to ticks. */
static void usual_windows_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        int64_t tick_ms, window_ms;
        bool is_usual;
    } rows[] = {
        {10, 10, true},
        {10, 50, true},
        {10, 100, true},
        {10, 30, false},
        {10, 110, false},
        {10, 105, false}, /* no whole number of ticks */
        {20, 100, true},  /* 5 ticks */
        {30, 120, true},  /* 100 ms, rounded up */
        {30, 90, false},
        {30, 150, true},
        {30, 210, true}, /* 200 ms, rounded up */
        {30, 180, false},
        {7, 105, true},
        {7, 693, false},
        {500, 500, true},
        {1, 1000000, true},
        {1, 2000000, false},
        {86400000, 86400000, true},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(sweep_window_is_usual(rows[i].window_ms, rows[i].tick_ms),
                         rows[i].is_usual);
}

static void ticks_without_a_common_window_have_none(void **state)
{
    (void)state;
    struct sweep_window window = {0};

    assert_int_equal(sweep_window_ms(&window, 100000), 0);
    /* Primes: their product passes 63 bits with the last one. */
    static const int64_t ticks[] = {86399981, 86399959, 86399957, 10};
    sweep_window_add_tick(&window, 997);
    sweep_window_add_tick(&window, 991);
    assert_int_equal(sweep_window_ms(&window, 100000), 997 * 991);
    for (size_t i = 0; i < COUNT(ticks); i++)
        sweep_window_add_tick(&window, ticks[i]);
    assert_int_equal(sweep_window_ms(&window, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_windows_are_told_apart),
        cmocka_unit_test(ticks_without_a_common_window_have_none),
    };

    return cmocka_run_group_tests_name("sweep_window", tests, NULL, NULL);
}
