#include "sim/verify/bucket_windows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* At 100 B a tick: max(0, 0 - 100) + 150 = 150, 50 + 0 = 50, 0 + 120 = 120, 20 + 140 = 160. */
static void any_window_is_covered(void **state)
{
    (void)state;
    static const struct {
        int64_t bytes, sigma_bytes, sigma_max_bytes;
    } rows[] = {{150, 150, 150}, {0, 50, 150}, {120, 120, 150}, {140, 160, 160}};
    struct bucket_windows windows;

    bucket_windows_init(&windows, 100, 250);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (i > 0)
            bucket_windows_fill(&windows, 100, 1);
        bucket_windows_take(&windows, rows[i].bytes, 0, 250);
        assert_int_equal(windows.sigma_bytes, rows[i].sigma_bytes);
        assert_int_equal(windows.sigma_max_bytes, rows[i].sigma_max_bytes);
        assert_int_equal(windows.window_max_bytes, rows[i].sigma_max_bytes);
    }
    assert_int_equal(windows.depth_bytes, 250);
}

/* 80 B given back are no bytes of the bucket's own; the first level is what it may start with. */
static void credits_are_taken_off(void **state)
{
    (void)state;
    struct bucket_windows windows;

    bucket_windows_init(&windows, 100, 200);
    bucket_windows_take(&windows, 180, 80, 280);
    assert_int_equal(windows.window_max_bytes, 100);
    assert_int_equal(windows.sigma_max_bytes, 180);
    assert_int_equal(windows.excess_max_bytes, 100);
    assert_int_equal(windows.initial_bytes, 100);
    assert_int_equal(windows.depth_bytes, 280);
}

/* From the start, ticks in which nothing passed give later ones room; windows forget them. */
static void silence_counts_from_the_start_alone(void **state)
{
    (void)state;
    struct bucket_windows windows;

    bucket_windows_init(&windows, 100, 200);
    bucket_windows_fill(&windows, 100, 3);
    bucket_windows_take(&windows, 50, 0, 200);
    assert_int_equal(windows.window_bytes, 50);
    assert_int_equal(windows.excess_bytes, -250);
    assert_int_equal(windows.excess_max_bytes, 0);
}

static void refills_saturate(void **state)
{
    (void)state;
    struct bucket_windows windows;

    bucket_windows_init(&windows, 1, 1);
    bucket_windows_take(&windows, 7, 0, 1);
    bucket_windows_fill(&windows, INT64_MAX, INT64_MAX);
    bucket_windows_fill(&windows, INT64_MAX, 2);
    assert_int_equal(windows.window_bytes, 0);
    assert_int_equal(windows.excess_bytes, -(INT64_MAX / 4));
    assert_int_equal(windows.window_max_bytes, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_window_is_covered),
        cmocka_unit_test(credits_are_taken_off),
        cmocka_unit_test(silence_counts_from_the_start_alone),
        cmocka_unit_test(refills_saturate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
