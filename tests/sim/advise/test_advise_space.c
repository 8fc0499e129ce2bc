#include "sim/advise/advise_space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void ranges_become_values(void **state)
{
    (void)state;
    static const struct {
        const char *ticks, *min_shares;
        int64_t tick_values[8], min_share_values[8]; /* ended by 0 */
    } rows[] = {
        {NULL, NULL, {10}, {64}},
        {"1ms..100ms", "1..4096", {1, 2, 5, 10, 20, 50, 100}, {1, 4, 16, 64, 256, 1024, 4096}},
        {"3ms..30ms", "10B..100B", {3, 5, 10, 20, 30}, {10, 40, 100}},
        {"7ms..7ms", "64", {7}, {64}},
        {"20ms,5ms,20ms..40ms+20ms", "512,64", {5, 20, 40}, {64, 512}},
        {"1ms..100ms*10", "1KiB", {1, 10, 100}, {1024}},
        {"1s..3s", "1..1", {1000, 2000, 3000}, {1}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct advise_config config = {.ticks = rows[i].ticks, .min_shares = rows[i].min_shares};
        struct advise_space space;
        char error[SIM_ERROR_BYTES];
        size_t ticks = 0, min_shares = 0;
        assert_int_equal(advise_space_read(&config, &space, error), SIM_OK);
        for (; rows[i].tick_values[ticks] > 0; ticks++)
            assert_int_equal(space.ticks_ms[ticks], rows[i].tick_values[ticks]);
        assert_int_equal(space.ticks, ticks);
        for (; rows[i].min_share_values[min_shares] > 0; min_shares++)
            assert_int_equal(space.min_shares_bytes[min_shares],
                             rows[i].min_share_values[min_shares]);
        assert_int_equal(space.min_shares, min_shares);
        assert_int_equal(space.burst_most_bytes, 0);
    }
}

static void bursts_have_two_ends_or_one(void **state)
{
    (void)state;
    struct advise_space space;
    char error[SIM_ERROR_BYTES];

    assert_int_equal(
        advise_space_read(&(struct advise_config){.bursts = "16kB..1MB"}, &space, error), SIM_OK);
    assert_int_equal(space.burst_least_bytes, 16000);
    assert_int_equal(space.burst_most_bytes, 1000000);
    assert_int_equal(advise_space_read(&(struct advise_config){.bursts = "64KiB"}, &space, error),
                     SIM_OK);
    assert_int_equal(space.burst_least_bytes, 65536);
    assert_int_equal(space.burst_most_bytes, 65536);
}

static void a_rate_is_in_whole_bytes_of_each_tick(void **state)
{
    (void)state;
    struct advise_space space;
    char error[SIM_ERROR_BYTES];

    assert_int_equal(
        advise_space_read(&(struct advise_config){.ticks = "1ms,3ms,10ms", .rate = "100kbit"},
                          &space, error),
        SIM_OK);
    assert_int_equal(space.rates_bytes_per_tick[0], 12); /* of 12.5 */
    assert_int_equal(space.rates_bytes_per_tick[1], 37);
    assert_int_equal(space.rates_bytes_per_tick[2], 125);
    assert_int_equal(
        advise_space_read(&(struct advise_config){.rate = NULL, .at_once = 16}, &space, error),
        SIM_OK);
    assert_int_equal(space.rates_bytes_per_tick[0], 0);
    assert_int_equal(space.at_once, 16);
}

static void what_is_no_range_is_refused(void **state)
{
    (void)state;
    static const struct {
        struct advise_config config;
        const char *error;
    } rows[] = {
        {{.ticks = "10ms..1ms"}, "--tick 10ms..1ms: ends before it begins"},
        {{.ticks = "1500us"},
         "--tick 1500us: libevent counts ticks in whole milliseconds; give at least 1ms"},
        {{.ticks = "0ms"},
         "--tick 0ms: libevent counts ticks in whole milliseconds; give at least 1ms"},
        {{.ticks = "25h"}, "--tick: 90000000 is not from 1 to 86400000"},
        {{.ticks = "1ms..100ms+1ms"}, "--tick: more than 64 values; give fewer"},
        {{.min_shares = "0"}, "--min-share: 0 is not from 1 to 1000000000"},
        {{.min_shares = "4096..1"}, "--min-share 4096..1: ends before it begins"},
        {{.bursts = "0..1kB"}, "--burst 0..1kB: not from 1 B to 1 GB"},
        {{.bursts = "2000MB"}, "--burst 2000MB: not from 1 B to 1 GB"},
        {{.rate = "10B/s"},
         "--rate 10B/s: is not from 1 B to 1 GB in a tick of 10 ms; change it or --tick"},
        {{.rate = "10mbit", .bursts = "1kB..12kB"},
         "--burst: a tick of 10 ms brings 12500 B by --rate 10mbit, which is more than the burst; "
         "give a larger one"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct advise_space space;
        char error[SIM_ERROR_BYTES];
        assert_int_equal(advise_space_read(&rows[i].config, &space, error), SIM_MISUSE);
        assert_string_equal(error, rows[i].error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_become_values),
        cmocka_unit_test(bursts_have_two_ends_or_one),
        cmocka_unit_test(a_rate_is_in_whole_bytes_of_each_tick),
        cmocka_unit_test(what_is_no_range_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
