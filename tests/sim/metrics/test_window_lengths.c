#include "sim/metrics/window_lengths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/sim.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_lengths(int64_t tick_ms, const struct named_windows *named,
                           const int64_t *expected, size_t count)
{
    struct window_lengths lengths;

    window_lengths_init(&lengths, tick_ms * 1000, named);
    assert_true(lengths.count >= count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(lengths.ticks[i], expected[i]);
    for (size_t i = 1; i < lengths.count; i++)
        assert_true(lengths.ticks[i - 1] < lengths.ticks[i]);
}

/* Where every time is a whole number of ticks of the other ladder there is but that one. */
static void one_ladder(void **state)
{
    (void)state;
    static const int64_t expected[] = {1,     2,      5,      10,     20,     50,    100,
                                       200,   500,    1000,   2000,   5000,   10000, 20000,
                                       50000, 100000, 200000, 500000, 1000000};
    struct window_lengths lengths;

    assert_lengths(1, NULL, expected, COUNT(expected));
    assert_lengths(10, NULL, expected, COUNT(expected));
    assert_lengths(1000, NULL, expected, COUNT(expected));
    window_lengths_init(&lengths, 10000, NULL);
    assert_int_equal(lengths.count, COUNT(expected));
}

/* 30 ms: 50 ms is 2 ticks, 100 ms 4, 200 ms 7, 500 ms 17, 1 s 34, 2 s 67, 5 s 167. */
static void two_ladders(void **state)
{
    (void)state;
    static const int64_t of_30[] = {1, 2, 4, 5, 7, 10, 17, 20, 34, 50, 67, 100, 167, 200};
    static const int64_t of_20[] = {1, 2, 3, 5, 10, 20, 25, 50, 100, 200, 250, 500};
    static const int64_t of_day[] = {1, 2, 3, 5, 6, 10, 12, 20, 24, 50, 58};

    assert_lengths(30, NULL, of_30, COUNT(of_30));
    assert_lengths(20, NULL, of_20, COUNT(of_20));
    /* 10^8, 2 x 10^8, 5 x 10^8, 10^9, 2 x 10^9, 5 x 10^9 ms by 86.4 x 10^6 */
    assert_lengths(86400000, NULL, of_day, COUNT(of_day));
}

static void named_windows(void **state)
{
    (void)state;
    static const int64_t expected[] = {1, 2, 3, 4, 5, 7, 10, 11, 17};
    struct named_windows named = {0};
    struct window_lengths lengths;
    char error[SIM_ERROR_BYTES];

    assert_int_equal(named_windows_add(&named, "-w", "90001us", error),
                     SIM_OK); /* 4, it is there */
    assert_int_equal(named_windows_add(&named, "-w", "300.001ms", error), SIM_OK);
    assert_int_equal(named_windows_add(&named, "-w", "90ms", error), SIM_OK);
    assert_int_equal(named_windows_add(&named, "-w", "1us", error), SIM_OK);
    assert_lengths(30, &named, expected, COUNT(expected));
    assert_int_equal(named_windows_add(&named, "-w", "8784h", error), SIM_OK);
    window_lengths_init(&lengths, 30000, &named);
    assert_int_equal(lengths.ticks[lengths.count - 1], INT64_C(366) * 24 * 3600 * 1000 / 30);
    assert_int_equal(window_lengths_find(&lengths, 11), 7);
    assert_int_equal(window_lengths_find(&lengths, 12), -1);
}

static void refused_names(void **state)
{
    (void)state;
    struct named_windows named = {0};
    char error[SIM_ERROR_BYTES];

    assert_int_equal(named_windows_add(&named, "-w", "0s", error), SIM_MISUSE);
    assert_string_equal(error, "-w 0s: must be above 0 and at most 366 days (8784h)");
    assert_int_equal(named_windows_add(&named, "-w", "8785h", error), SIM_MISUSE);
    assert_int_equal(named_windows_add(&named, "-w", "10", error), SIM_MISUSE);
    assert_int_equal(named.count, 0);
    for (int i = 0; i < NAMED_WINDOWS_MAX; i++)
        assert_int_equal(named_windows_add(&named, "-w", "1s", error), SIM_OK);
    assert_int_equal(named_windows_add(&named, "-w", "1s", error), SIM_MISUSE);
    assert_string_equal(error, "-w 1s: more than 8 windows; leave some out");
}

/* No tick has more lengths than there is room for: every whole ms up to 10 s, and some beyond. */
static void there_is_room(void **state)
{
    (void)state;
    struct window_lengths lengths;
    size_t most = 0;

    for (int64_t tick_ms = 1; tick_ms <= 86400000; tick_ms += tick_ms < 10000 ? 1 : 86413) {
        window_lengths_init(&lengths, tick_ms * 1000, NULL);
        most = lengths.count > most ? lengths.count : most;
    }
    assert_int_equal(most, 36);
    assert_true(most + NAMED_WINDOWS_MAX <= WINDOW_LENGTHS_MAX);
}

static void ticks_of_a_time(void **state)
{
    (void)state;

    assert_int_equal(window_ticks(100000, 30000), 4);
    assert_int_equal(window_ticks(100000, 10000), 10);
    assert_int_equal(window_ticks(100000, 100000), 1);
    assert_int_equal(window_ticks(100000, 100001), 1);
    assert_int_equal(window_ticks(100001, 100000), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_ladder),    cmocka_unit_test(two_ladders),
        cmocka_unit_test(named_windows), cmocka_unit_test(refused_names),
        cmocka_unit_test(there_is_room), cmocka_unit_test(ticks_of_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
