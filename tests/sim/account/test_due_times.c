#include "sim/account/due_times.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void take(struct due_times *times, uint64_t flow, enum shaper_direction direction,
                 int64_t due_us)
{
    assert_int_equal(due_times_take(times, flow, direction, due_us), 0);
}

/* Flow 2's second request is due 300 later, its third 200; flow 1's 50 earlier. */
static void the_extra_shift_is_that_of_the_same_packet(void **state)
{
    (void)state;
    struct due_times *times = due_times_new();

    assert_non_null(times);
    take(times, 1, SHAPER_WRITE, 1000);
    take(times, 2, SHAPER_READ, 0);
    take(times, 2, SHAPER_WRITE, 10);
    take(times, 2, SHAPER_READ, 500);
    take(times, 2, SHAPER_READ, 900);
    assert_int_equal(due_times_extra_shift(times)->packets, 0);
    due_times_compare(times);
    take(times, 1, SHAPER_WRITE, 950);
    assert_int_equal(due_times_extra_shift(times)->largest_us, -50);
    assert_int_equal(due_times_extra_shift(times)->largest_flow, 1);
    take(times, 2, SHAPER_READ, 0);
    take(times, 2, SHAPER_READ, 800);
    take(times, 2, SHAPER_READ, 1100);
    take(times, 2, SHAPER_WRITE, 10);
    const struct extra_shift *extra = due_times_extra_shift(times);
    assert_int_equal(extra->packets, 5);
    assert_int_equal(extra->largest_us, 300);
    assert_int_equal(extra->largest_flow, 2);
    assert_int_equal(extra->last_us, 0);
    due_times_free(times);
}

/* What was due in one run alone is not compared. */
static void packets_of_one_run_are_left_out(void **state)
{
    (void)state;
    struct due_times *times = due_times_new();

    assert_non_null(times);
    take(times, 3, SHAPER_READ, 100);
    take(times, 3, SHAPER_READ, 200);
    due_times_compare(times);
    take(times, 3, SHAPER_WRITE, 5);
    take(times, 100000, SHAPER_READ, 5);
    take(times, 3, SHAPER_READ, 107);
    assert_int_equal(due_times_extra_shift(times)->packets, 1);
    assert_int_equal(due_times_extra_shift(times)->last_us, 7);
    due_times_free(times);
}

static void many_flows_and_packets(void **state)
{
    (void)state;
    struct due_times *times = due_times_new();

    assert_non_null(times);
    for (int64_t i = 0; i < 10000; i++)
        take(times, (uint64_t)(i % 1000) + 1, SHAPER_READ, i);
    due_times_compare(times);
    for (int64_t i = 0; i < 10000; i++)
        take(times, (uint64_t)(i % 1000) + 1, SHAPER_READ, 2 * i);
    assert_int_equal(due_times_extra_shift(times)->packets, 10000);
    assert_int_equal(due_times_extra_shift(times)->largest_us, 9999);
    assert_int_equal(due_times_extra_shift(times)->largest_flow, 1000);
    due_times_free(times);
    due_times_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_extra_shift_is_that_of_the_same_packet),
        cmocka_unit_test(packets_of_one_run_are_left_out),
        cmocka_unit_test(many_flows_and_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
