#include "sim/base/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The end of an error that has asked whether another unit is meant is cut off. */
static void cut_suggestion(char *error)
{
    char *asked = strstr(error, "; did you mean ");

    if (asked)
        *asked = '\0';
}

static void rates_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t microbits_per_s;
    } rows[] = {
        {"1kbit", INT64_C(1000000000)},
        {"1mbit", INT64_C(1000000000000)},
        {"1gbit", INT64_C(1000000000000000)},
        {"1B/s", 8000000},
        {"1kB/s", INT64_C(8000000000)},
        {"1MB/s", INT64_C(8000000000000)},
        {"1KiB/s", INT64_C(8192000000)},
        {"1MiB/s", INT64_C(8388608000000)},
        {"10mbit", INT64_C(10000000000000)},
        {"1.5mbit", INT64_C(1500000000000)},
        {"0.000001kbit", 1000},
        {"1.000001B/s", 8000008},
        {"0.1KiB/s", 819200000},
        {"3.14159200000mbit", INT64_C(3141592000000)}, /* zeros after the sixth decimal are
                                                        * allowed */
        {"0kbit", 0},
        {"007kbit", INT64_C(7000000000)},
        {"9223.372036gbit", INT64_C(9223372036000000000)}, /* 2^63 - 1 is 9223372036854775807 */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rate_value rate = {.is_per_tick = true};
        char error[SIM_ERROR_BYTES];
        assert_int_equal(unit_rate("--rate", rows[i].text, &rate, error), SIM_OK);
        assert_false(rate.is_per_tick);
        assert_int_equal(rate.microbits_per_s, rows[i].microbits_per_s);
    }
}

static void rates_per_tick_are_whole_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes;
    } rows[] = {{"1B/tick", 1},
                {"12500B/tick", 12500},
                {"12.000B/tick", 12},
                {"0B/tick", 0},
                {"2147483648B/tick", INT64_C(2147483648)}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rate_value rate = {0};
        char error[SIM_ERROR_BYTES];
        assert_int_equal(unit_rate("--rate", rows[i].text, &rate, error), SIM_OK);
        assert_true(rate.is_per_tick);
        assert_int_equal(rate.bytes_per_tick, rows[i].bytes);
    }
}

static void bad_rates_are_refused_with_the_way_out(void **state)
{
    (void)state;
    static const char not_a_rate[] = ": not a rate; write a number of up to six decimals with "
                                     "kbit, mbit, gbit, B/s, kB/s, MB/s, "
                                     "KiB/s, MiB/s or B/tick, like 10mbit";
    static const char too_large[] = ": too large; libevent takes up to 2147483647 B/tick";
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"10",
         ": a rate needs a unit; write 10mbit (bits per second), 10MB/s (bytes per second) or "
         "10B/tick (libevent's own)"},
        {"1.5",
         ": a rate needs a unit; write 1.5mbit (bits per second), 1.5MB/s (bytes per second) "
         "or 1.5B/tick (libevent's own)"},
        {"", not_a_rate},
        {"mbit", not_a_rate},
        {"-1mbit", not_a_rate},
        {"+1mbit", not_a_rate},
        {" 1mbit", not_a_rate},
        {"1 mbit", not_a_rate},
        {"1mbit ", not_a_rate},
        {"1Mbit", not_a_rate},
        {"1kb/s", not_a_rate},
        {"1KB/s", not_a_rate},
        {"1bit", not_a_rate},
        {"1.mbit", not_a_rate},
        {".5mbit", not_a_rate},
        {"1e3kbit", not_a_rate},
        {"0x10kbit", not_a_rate},
        {"1,5mbit", not_a_rate},
        {"1.0000001mbit", not_a_rate}, /* a seventh decimal */
        {"infmbit", not_a_rate},
        {"10MB", not_a_rate},
        {"10MB/ss", not_a_rate},
        {"1.5B/tick", ": B/tick takes a whole number of bytes"},
        {"9224gbit", too_large},
        {"1152922B/s", NULL}, /* 8 * 10^6 * 1152922 fits */
        {"1152921504607B/s", too_large},
        {"9223372036854.775807kbit", too_large},
        {"9223372036854.775808kbit", not_a_rate}, /* not even as a number of millionths */
        {"99999999999999999999kbit", not_a_rate},
        {"18446744073709551617kbit", not_a_rate}, /* 2^64 + 1 is not 1 */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rate_value rate;
        char error[SIM_ERROR_BYTES] = "", expected[SIM_ERROR_BYTES];
        int status = unit_rate("--rate", rows[i].text, &rate, error);
        snprintf(expected, sizeof(expected), "--rate %s%s", rows[i].text,
                 rows[i].why ? rows[i].why : "");
        cut_suggestion(error);
        assert_int_equal(status, rows[i].why ? SIM_MISUSE : SIM_OK);
        assert_string_equal(error, rows[i].why ? expected : "");
    }
}

static void sizes_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t bytes;
    } rows[] = {
        {"0", 0},
        {"1", 1},
        {"64", 64},
        {"64B", 64},
        {"64kB", 64000},
        {"64MB", 64000000},
        {"64KiB", 65536},
        {"64MiB", 67108864},
        {"1.5kB", 1500},
        {"0.000001MB", 1},
        {"0.5KiB", 512},
        {"1.0", 1},
        {"9223372036854", INT64_C(9223372036854)},
        {"9223372036854.775807MB", INT64_C(9223372036854775807)},
        {"8796093022207MiB", INT64_C(9223372036853727232)}, /* 2^63 - 2^20 */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t bytes = -1;
        char error[SIM_ERROR_BYTES];
        assert_int_equal(unit_size_bytes("--burst", rows[i].text, &bytes, error), SIM_OK);
        assert_int_equal(bytes, rows[i].bytes);
    }
}

static void bad_sizes_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "B",
        "-1",
        "1.5",
        "1.5B",
        "0.0001kB",
        "64kb",
        "64KB",
        "64K",
        "64k",
        "64 B",
        "1GB",
        "1GiB",
        "1mbit",
        "0.1KiB",
        "8796093022208MiB",
        "9223372036855",
        "9223372036854775808",
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        int64_t bytes;
        char error[SIM_ERROR_BYTES], expected[SIM_ERROR_BYTES];
        snprintf(
            expected, sizeof(expected),
            "--burst %s: not a size; write a whole number of bytes with B, kB, MB, KiB, MiB or "
            "nothing, like 64KiB",
            texts[i]);
        assert_int_equal(unit_size_bytes("--burst", texts[i], &bytes, error), SIM_MISUSE);
        cut_suggestion(error);
        assert_string_equal(error, expected);
    }
}

static void times_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        {"0s", 0},
        {"1us", 1},
        {"1ms", 1000},
        {"1s", 1000000},
        {"1m", 60000000},
        {"1h", INT64_C(3600000000)},
        {"1.5s", 1500000},
        {"0.000001s", 1},
        {"0.001ms", 1},
        {"2.5m", 150000000},
        {"0.5h", 1800000000},
        {"12.345ms", 12345},
        {"9223372036854.775807s", INT64_C(9223372036854775807)},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t us = -1;
        char error[SIM_ERROR_BYTES];
        assert_int_equal(unit_time_us("--tick", rows[i].text, &us, error), SIM_OK);
        assert_int_equal(us, rows[i].us);
    }
}

static void bad_times_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",     "ms",         "-1s", "1.5us", "0.0001ms",       "1 s",           "1S", "1min", "1d",
        "1sec", "1.2345678s", "1kB", "1.s",   "2562047788016h", "9223372036855s"};
    int64_t us;
    char error[SIM_ERROR_BYTES], expected[SIM_ERROR_BYTES];

    for (size_t i = 0; i < COUNT(texts); i++) {
        snprintf(expected, sizeof(expected),
                 "--tick %s: not a time; write a number of whole microseconds with us, ms, s, m or "
                 "h, like 10ms",
                 texts[i]);
        assert_int_equal(unit_time_us("--tick", texts[i], &us, error), SIM_MISUSE);
        cut_suggestion(error);
        assert_string_equal(error, expected);
    }
    assert_int_equal(unit_time_us("--tick", "10", &us, error), SIM_MISUSE);
    assert_string_equal(error, "--tick 10: a time needs a unit; write 10ms, 10s or 10m");
}

static void counts_keep_to_their_range(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t count; /* -1: refused */
    } rows[] = {{"5", 5},   {"6", 6},    {"10", 10},  {"4", -1},   {"11", -1},
                {"6.0", 6}, {"6.5", -1}, {"", -1},    {"six", -1}, {"-6", -1},
                {"6 ", -1}, {"6B", -1},  {"0006", 6}, {"0x6", -1}, {"18446744073709551622", -1}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t count = -1;
        char error[SIM_ERROR_BYTES] = "", expected[SIM_ERROR_BYTES];
        int status = unit_count("-j", rows[i].text, 5, 10, &count, error);
        assert_int_equal(status, rows[i].count < 0 ? SIM_MISUSE : SIM_OK);
        assert_int_equal(count, rows[i].count);
        snprintf(expected, sizeof(expected), "-j %s: write a whole number from 5 to 10",
                 rows[i].text);
        assert_string_equal(error, rows[i].count < 0 ? expected : "");
    }
}

static void rates_come_to_whole_bytes_per_tick(void **state)
{
    (void)state;
    static const struct {
        const char *rate;
        int64_t tick_ms, bytes;
        bool exact;
    } rows[] = {
        {"10mbit", 10, 12500, true}, /* 10^7 / 8 / 100 */
        {"10mbit", 1, 1250, true},
        {"1mbit", 1, 125, true},
        {"100kbit", 1, 12, false}, /* 12.5 */
        {"100kbit", 2, 25, true},
        {"1B/s", 1000, 1, true},
        {"1B/s", 999, 0, false}, /* 0.999 */
        {"1B/s", 1999, 1, false},
        {"0.999999B/s", 1000, 0, false},
        {"0.000001kbit", 8000000, 1, true}, /* a thousandth of a bit per second, 8000 s */
        {"0.000001kbit", 7999999, 0, false},
        {"1KiB/s", 125, 128, true},
        {"1KiB/s", 100, 102, false}, /* 102.4 */
        {"1000B/tick", 1, 1000, true},
        {"1000B/tick", 86400000, 1000, true},
        {"0B/s", 10, 0, true},
        {"17179869.176kbit", 1000, 2147483647, true}, /* 2^31 - 1 bytes */
        {"17179869.177kbit", 1000, 2147483647, false},
        {"17179869.184kbit", 1000, INT64_C(2147483648), true},
        /* 9223.372036 gbit for a day: 9223372036000 / 8 * 86400 */
        {"9223.372036gbit", 86400000, INT64_C(99612417988800000), true},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rate_value rate;
        bool exact;
        char error[SIM_ERROR_BYTES];
        assert_int_equal(unit_rate("--rate", rows[i].rate, &rate, error), SIM_OK);
        assert_int_equal(unit_rate_per_tick(&rate, rows[i].tick_ms, &exact), rows[i].bytes);
        assert_int_equal(exact, rows[i].exact);
    }
}

static void rates_per_tick_saturate(void **state)
{
    (void)state;
    const struct rate_value rate = {.microbits_per_s = INT64_MAX};
    bool exact;

    assert_int_equal(unit_rate_per_tick(&rate, INT64_MAX, &exact), INT64_MAX);
    assert_false(exact);
}

static void values_are_printed_for_people(void **state)
{
    (void)state;
    static const struct {
        int64_t bytes_per_tick, tick_ms;
        const char *text;
    } rates[] = {{12500, 10, "1.25 MB/s"},      {1, 1000, "1 B/s"},
                 {1, 3, "333.3 B/s"},           {0, 10, "0 B/s"},
                 {2147483647, 1, "2.147 TB/s"}, {9999, 10, "999.9 kB/s"},
                 {1000, 1000, "1 kB/s"}};
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {{0, "0 B"},
                 {999, "999 B"},
                 {1000, "1 kB"},
                 {12500, "12.5 kB"},
                 {999949, "999.9 kB"},
                 {999950, "1 MB"},
                 {123456789, "123.5 MB"},
                 {UINT64_C(1000000000000), "1 TB"}};
    static const struct {
        int64_t us;
        const char *text;
    } times[] = {{0, "0 us"},         {999, "999 us"},
                 {1000, "1 ms"},      {12345, "12.35 ms"},
                 {999999, "1000 ms"}, {1000000, "1 s"},
                 {1500000, "1.5 s"},  {INT64_C(86400000000), "86400 s"},
                 {-999, "-999 us"},   {-12345, "-12.35 ms"},
                 {-1500000, "-1.5 s"}};
    char text[UNIT_TEXT_BYTES];

    for (size_t i = 0; i < COUNT(rates); i++) {
        unit_print_rate(text, rates[i].bytes_per_tick, rates[i].tick_ms, NULL);
        assert_string_equal(text, rates[i].text);
    }
    for (size_t i = 0; i < COUNT(sizes); i++) {
        unit_print_size(text, sizes[i].bytes);
        assert_string_equal(text, sizes[i].text);
    }
    for (size_t i = 0; i < COUNT(times); i++) {
        unit_print_time(text, times[i].us);
        assert_string_equal(text, times[i].text);
    }
}

/* Each as it was typed, over a tick of 10 ms. */
static void rates_are_printed_in_the_unit_that_was_typed(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *printed;
    } rows[] = {
        {"4mbit", "4 Mbit/s"},         {"500kB/s", "500 kB/s"},   {"4000kbit", "4000 kbit/s"},
        {"20000kbit", "20000 kbit/s"}, {"0.5MB/s", "0.5 MB/s"},   {"2gbit", "2 Gbit/s"},
        {"1000B/s", "1000 B/s"},       {"100KiB/s", "100 KiB/s"}, {"1.5MiB/s", "1.5 MiB/s"},
        {"100B/tick", "100 B/tick"},   {"9.7kbit", "9.6 kbit/s"}, /* 12 of 12.125 B a tick */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rate_value rate = {.is_per_tick = false};
        char error[SIM_ERROR_BYTES], text[UNIT_TEXT_BYTES];
        bool is_exact;
        assert_int_equal(unit_rate("--rate", rows[i].typed, &rate, error), SIM_OK);
        unit_print_rate(text, unit_rate_per_tick(&rate, 10, &is_exact), 10, rate.unit);
        assert_string_equal(text, rows[i].printed);
    }
}

static void close_units_are_asked_for(void **state)
{
    (void)state;
    static const struct {
        int (*parse)(const char *what, const char *text, int64_t *value, char *error);
        const char *text, *ending;
    } rows[] = {
        {unit_size_bytes, "64kb", "like 64KiB; did you mean 64kB?"},
        {unit_size_bytes, "1.5KIB", "like 64KiB; did you mean 1.5KiB?"},
        {unit_size_bytes, "1.5", "like 64KiB"},
        {unit_size_bytes, "64x", "like 64KiB"},
        {unit_time_us, "10MS", "like 10ms; did you mean 10ms?"},
        {unit_time_us, "10msec", "like 10ms"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char error[SIM_ERROR_BYTES];
        int64_t value;
        assert_int_equal(rows[i].parse("--value", rows[i].text, &value, error), SIM_MISUSE);
        assert_string_equal(error + strlen(error) - strlen(rows[i].ending), rows[i].ending);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_exact),
        cmocka_unit_test(rates_per_tick_are_whole_bytes),
        cmocka_unit_test(bad_rates_are_refused_with_the_way_out),
        cmocka_unit_test(sizes_are_exact),
        cmocka_unit_test(bad_sizes_are_refused),
        cmocka_unit_test(times_are_exact),
        cmocka_unit_test(bad_times_are_refused),
        cmocka_unit_test(counts_keep_to_their_range),
        cmocka_unit_test(rates_are_printed_in_the_unit_that_was_typed),
        cmocka_unit_test(close_units_are_asked_for),
        cmocka_unit_test(rates_come_to_whole_bytes_per_tick),
        cmocka_unit_test(rates_per_tick_saturate),
        cmocka_unit_test(values_are_printed_for_people),
    };

    return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
