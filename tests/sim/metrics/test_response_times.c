#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/metrics/response_times.h"

static struct response_times times;

static int set_up(void **state)
{
    (void)state;
    times = (struct response_times){.slowest_count = 0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    response_times_fini(&times);
    return 0;
}

/* -1: none in the capture; -1: never delivered */
static void add(uint64_t flow, uint64_t exchange, int64_t captured_us, int64_t response_us)
{
    const struct response response = {.flow = flow,
                                      .exchange = exchange,
                                      .captured_response_us = captured_us,
                                      .response_us = response_us};

    assert_int_equal(response_times_add(&times, &response), 0);
}

static void assert_slowest(size_t rank, uint64_t flow, uint64_t exchange)
{
    assert_true(rank < times.slowest_count);
    assert_int_equal(times.slowest[rank].flow, flow);
    assert_int_equal(times.slowest[rank].exchange, exchange);
}

static void test_without_an_exchange_there_are_no_figures(void **state)
{
    (void)state;
    assert_int_equal(response_times_exchanges(&times), 0);
    assert_int_equal(waiting_times_percentile(&times.response, 500), TIME_NONE);
    assert_int_equal(waiting_times_percentile(&times.slowdown, 990), TIME_NONE);
    assert_int_equal(response_times_added_us(&times, PER_MILLE_MAX), TIME_NONE);
    assert_int_equal(captured_times_percentile_us(&times.captured, 500), TIME_NONE);
    add(1, 1, -1, -1); /* no response in the capture: in none of them */
    assert_int_equal(times.without_response, 1);
    assert_int_equal(response_times_exchanges(&times), 0);
    assert_int_equal(waiting_times_percentile(&times.response, 500), TIME_NONE);
    assert_int_equal(times.slowest_count, 0);
}

/* The header's example: 10 ms each in the capture; 10 and 30 ms, and one is cut. */
static void test_what_is_never_answered_is_infinite(void **state)
{
    (void)state;
    add(1, 1, 10000, 10000);
    add(2, 1, 10000, 30000);
    add(3, 1, 10000, -1);
    assert_int_equal(response_times_exchanges(&times), 3);
    assert_int_equal(times.response.incomplete, 1);
    /* rank ceil(3 * 0.5) = 2, ceil(3 * 0.9) = 3 */
    assert_int_equal(waiting_times_percentile(&times.response, 500), 30000);
    assert_int_equal(waiting_times_percentile(&times.response, 900), TIME_INFINITE);
    assert_int_equal(waiting_times_percentile(&times.response, PER_MILLE_MAX), TIME_INFINITE);
    assert_int_equal(captured_times_percentile_us(&times.captured, 500), 10000);
    assert_int_equal(captured_times_percentile_us(&times.captured, PER_MILLE_MAX), 10000);
    assert_int_equal(response_times_added_us(&times, 500), 20000);
    assert_int_equal(response_times_added_us(&times, 900), TIME_INFINITE);
    assert_int_equal(waiting_times_percentile(&times.slowdown, 500), 3 * SLOWDOWN_ONE);
    assert_int_equal(waiting_times_percentile(&times.slowdown, 990), TIME_INFINITE);
    assert_slowest(0, 3, 1);
    assert_slowest(1, 2, 1);
    assert_slowest(2, 1, 1);
}

/* Added: -100, -50, 0 and 200 us. */
static void test_added_time_may_be_negative(void **state)
{
    (void)state;
    add(1, 1, 200, 150);
    add(1, 2, 200, 100);
    add(1, 3, 200, 200);
    add(1, 4, 200, 400);
    assert_int_equal(response_times_added_us(&times, 250), -100);
    assert_int_equal(response_times_added_us(&times, 500), -50);
    assert_int_equal(response_times_added_us(&times, 750), 0);
    assert_int_equal(response_times_added_us(&times, 900), 200);
    assert_int_equal(response_times_added_us(&times, PER_MILLE_MAX), 200);
    response_times_fini(&times);
    add(1, 1, 200, 50);
    add(1, 2, 200, 20); /* the longest is the one that saved least */
    assert_int_equal(response_times_added_us(&times, PER_MILLE_MAX), -150);
    assert_int_equal(response_times_added_us(&times, 500), -180);
}

/* 1 ms counts, 999 us does not; neither does it if it is never answered. */
static void test_slowdown_leaves_out_short_responses(void **state)
{
    (void)state;
    add(1, 1, 999, 5000);
    add(1, 2, 0, -1);
    assert_int_equal(waiting_times_percentile(&times.slowdown, 500), TIME_NONE);
    add(1, 3, 1000, 2500);
    add(1, 4, 4000, 1000);
    assert_int_equal(times.slowdown_left_out, 2);
    assert_int_equal(times.slowdown.complete.packets, 2);
    assert_int_equal(waiting_times_percentile(&times.slowdown, PER_MILLE_MAX), 2500000);
    /* 0.25 in millionths, at most 1/128 too much */
    assert_in_range(waiting_times_percentile(&times.slowdown, 500), 250000, 251953);
    assert_int_equal(response_times_exchanges(&times), 4);
}

static void test_the_slowest_are_ranked_by_added_time(void **state)
{
    (void)state;
    add(9, 1, 100, 400);
    add(4, 2, 5000, 5300); /* as much: the lower flow first */
    add(4, 1, 100, 399);
    add(5, 1, 0, -1);
    add(4, 3, 5000, 5300);
    assert_int_equal(times.slowest_count, SLOWEST_MAX);
    assert_slowest(0, 5, 1);
    assert_slowest(1, 4, 2);
    assert_slowest(2, 4, 3);
    add(3, 7, 100, -1); /* infinite, too */
    assert_slowest(0, 3, 7);
    assert_slowest(1, 5, 1);
    assert_slowest(2, 4, 2);
}

static void test_flows_that_are_not_complete_are_infinite(void **state)
{
    struct completion_times completion = {.completion = {.incomplete = 0}};

    (void)state;
    assert_int_equal(waiting_times_percentile(&completion.completion, 500), TIME_NONE);
    assert_int_equal(completion_times_add(&completion, 100, 120), 0);
    assert_int_equal(completion_times_add(&completion, 0, 0), 0);
    assert_int_equal(completion_times_add(&completion, 7, -1), 0);
    assert_int_equal(completion_times_flows(&completion), 3);
    assert_int_equal(waiting_times_percentile(&completion.completion, 300), 0);
    assert_int_equal(waiting_times_percentile(&completion.completion, 500), 120);
    assert_int_equal(waiting_times_percentile(&completion.completion, 900), TIME_INFINITE);
    assert_int_equal(captured_times_percentile_us(&completion.captured, 500), 7);
    completion_times_fini(&completion);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_without_an_exchange_there_are_no_figures, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_never_answered_is_infinite, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_added_time_may_be_negative, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slowdown_leaves_out_short_responses, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_slowest_are_ranked_by_added_time, set_up,
                                        tear_down),
        cmocka_unit_test(test_flows_that_are_not_complete_are_infinite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
