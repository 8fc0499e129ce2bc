#include "sim/sweep/sweep_axis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/config/sweep_config.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The values with '|' between them. */
static void join(const struct sweep_axis *axis, char *text, size_t room)
{
    *text = '\0';
    for (size_t i = 0; i < axis->count; i++)
        snprintf(text + strlen(text), room - strlen(text), "%s%s", i ? "|" : "", axis->values[i]);
}

static void values_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *values;
    } rows[] = {
        {"min-share=1,64,512", "min-share", "1|64|512"},
        {"min-share=1..4096*8", "min-share", "1|8|64|512|4096"},
        {"min-share=1..4095*8", "min-share", "1|8|64|512"},
        {"min-share=5..5*2", "min-share", "5"},
        {"min-share=0..3+1", "min-share", "0|1|2|3"},
        {"tick=5ms..20ms+5ms", "tick", "5ms|10ms|15ms|20ms"},
        {"tick=1ms..100ms*10", "tick", "1ms|10ms|100ms"},
        {"rate=1mbit..2mbit+0.25mbit", "rate", "1mbit|1.25mbit|1.5mbit|1.75mbit|2mbit"},
        {"rate=1MB/s..4MB/s*1.5", "rate", "1MB/s|1.5MB/s|2.25MB/s|3.375MB/s"},
        {"rate=100mbit..400mbit*2", "rate", "100mbit|200mbit|400mbit"},
        {"burst=1,2..8*2,100,1KiB..2KiB+1KiB", "burst", "1|2|4|8|100|1KiB|2KiB"},
        {"via=overhead=40:1460,deflate", "via", "overhead=40:1460|deflate"},
        {"via=ratelimit=10\\,variant=naive,deflate", "via", "ratelimit=10,variant=naive|deflate"},
        {"filter=tcp port 80,udp", "filter", "tcp port 80|udp"},
        {"web.rate=1mbit", "web.rate", "1mbit"},
        {"min-share=9223372036854..9223372036854*2", "min-share", "9223372036854"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sweep_axis axis;
        char error[SIM_ERROR_BYTES] = "", values[256];
        int status = sweep_axis_parse(rows[i].text, &axis, error);
        assert_string_equal(error, "");
        assert_int_equal(status, SIM_OK);
        assert_string_equal(axis.name, rows[i].name);
        join(&axis, values, sizeof(values));
        assert_string_equal(values, rows[i].values);
        sweep_axis_fini(&axis);
    }
}

static void a_group_is_before_the_last_point(void **state)
{
    (void)state;
    struct sweep_axis axis;
    char error[SIM_ERROR_BYTES];

    assert_int_equal(sweep_axis_parse("web.v2.min-share=1", &axis, error), SIM_OK);
    assert_string_equal(axis.group, "web.v2");
    assert_string_equal(axis.key, "min-share");
    sweep_axis_fini(&axis);
    assert_int_equal(sweep_axis_parse("min-share=1", &axis, error), SIM_OK);
    assert_null(axis.group);
    assert_string_equal(axis.key, "min-share");
    sweep_axis_fini(&axis);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"min-share", "--vary min-share: no KEY=VALUES; write like min-share=1,64,512"},
        {"=1", "--vary =1: no KEY=VALUES; write like min-share=1,64,512"},
        {"tick=1ms,,2ms", "--vary tick: a value is empty; write values with commas between them"},
        {"tick=", "--vary tick: a value is empty; write values with commas between them"},
        {"min-share=9..4*2", "--vary min-share: '9..4*2' ends before it begins"},
        {"rate=1mbit..9mbit*1.0000001",
         "--vary rate: '1mbit..9mbit*1.0000001' is no range; write A..B*F with a factor above 1, "
         "or A..B+S with a step, ends and step in the same unit, like 1ms..100ms*10"},
        {"rate=1mbit..9mbit*1.000001",
         "--vary rate: '1mbit..9mbit*1.000001' has values of more than six decimals; write them "
         "out as a list"},
        {"min-share=0..1000000+1", "--vary min-share: more than 100000 values"},
    };
    static const char *const no_ranges[] = {
        "tick=1ms..1s*10", "tick=1..9ms*2", "tick=1ms..9ms+1", "tick=1..9",   "tick=1..9*1",
        "tick=1..9*0.5",   "tick=0..9*2",   "tick=1..9+0",     "tick=..9*2",  "tick=1..*2",
        "tick=-1..9*2",    "tick=1..9*2x",  "tick=1..9-1",     "tick=a..b*2", "tick=1..9*",
    };
    struct sweep_axis axis;
    char error[SIM_ERROR_BYTES];

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(sweep_axis_parse(rows[i].text, &axis, error), SIM_MISUSE);
        assert_string_equal(error, rows[i].error);
        sweep_axis_fini(&axis);
    }
    for (size_t i = 0; i < COUNT(no_ranges); i++) {
        assert_int_equal(sweep_axis_parse(no_ranges[i], &axis, error), SIM_MISUSE);
        assert_non_null(strstr(error, "is no range"));
        sweep_axis_fini(&axis);
    }
}

static void values_that_are_there_twice_are_seen(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error; /* NULL: all differ */
    } rows[] = {
        {"tick=1ms,2ms,1ms", "--vary tick: 1ms is given twice; once will do"},
        {"min-share=1..4*2,4", "--vary min-share: 4 is given twice; once will do"},
        {"tick=1ms,2ms,1000us", NULL},
    };
    struct sweep_axis axis;
    char error[SIM_ERROR_BYTES];

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(sweep_axis_parse(rows[i].text, &axis, error), SIM_OK);
        assert_int_equal(sweep_axis_check_distinct(&axis, error),
                         rows[i].error ? SIM_MISUSE : SIM_OK);
        if (rows[i].error)
            assert_string_equal(error, rows[i].error);
        sweep_axis_fini(&axis);
    }
}

static void seeds_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t first, count; /* count 0: misuse */
    } rows[] = {
        {"1-10", 1, 10},     {"7", 7, 1},     {"0-0", 0, 1},
        {"5-4", 0, 0},       {"1-", 0, 0},    {"-3", 0, 0},
        {"a-b", 0, 0},       {"1,2", 0, 0},   {"1-1000000", 1, 1000000},
        {"1-1000001", 0, 0}, {"1-2-3", 0, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t first = 0, count = 0;
        char error[SIM_ERROR_BYTES];
        int status = sweep_seeds_parse("--seeds", rows[i].text, &first, &count, error);
        assert_int_equal(status, rows[i].count ? SIM_OK : SIM_MISUSE);
        if (status != SIM_OK)
            continue;
        assert_int_equal(first, rows[i].first);
        assert_int_equal(count, rows[i].count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(a_group_is_before_the_last_point),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(values_that_are_there_twice_are_seen),
        cmocka_unit_test(seeds_are_read),
    };

    return cmocka_run_group_tests_name("sweep_axis", tests, NULL, NULL);
}
