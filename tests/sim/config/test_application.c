#include "sim/config/application.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/sim.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- filters ---------------------------------------------------------------------------------- */

static void filters_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct shaper_filter filter;
    } rows[] = {
        {"overhead=40:1460",
         {.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 40, .segment_bytes = 1460}},
        {"overhead=1:255",
         {.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 1, .segment_bytes = 255}},
        {"overhead=40B:16KiB",
         {.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 40, .segment_bytes = 16384}},
        {"overhead=4:2147483647",
         {.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 4, .segment_bytes = 2147483647}},
        {"deflate", {.kind = SHAPER_FILTER_DEFLATE, .level = -1}},
        {"deflate=0", {.kind = SHAPER_FILTER_DEFLATE, .level = 0}},
        {"deflate=9", {.kind = SHAPER_FILTER_DEFLATE, .level = 9}},
        {"ratelimit=512",
         {.kind = SHAPER_FILTER_RATELIMIT, .ratelimit = {512, 0, MOD_RATELIMIT_FIXED}}},
        {"ratelimit=2097151",
         {.kind = SHAPER_FILTER_RATELIMIT, .ratelimit = {2097151, 0, MOD_RATELIMIT_FIXED}}},
        {"ratelimit=60,initial-burst=12,variant=naive,brigade=8000",
         {.kind = SHAPER_FILTER_RATELIMIT,
          .ratelimit = {60, 12, MOD_RATELIMIT_NAIVE},
          .brigade_bytes = 8000}},
        {"ratelimit=60,brigade=8KiB,variant=corrected",
         {.kind = SHAPER_FILTER_RATELIMIT,
          .ratelimit = {60, 0, MOD_RATELIMIT_CORRECTED},
          .brigade_bytes = 8192}},
        {"ratelimit=1,variant=fixed,brigade=stream,initial-burst=0",
         {.kind = SHAPER_FILTER_RATELIMIT, .ratelimit = {1, 0, MOD_RATELIMIT_FIXED}}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct application_config config = {.filter_count = 0};
        char error[SIM_ERROR_BYTES] = "";
        const struct shaper_filter *filter = &config.filters[0];
        int status = application_add_filter(&config, "--via", rows[i].text, error);
        assert_string_equal(error, "");
        assert_int_equal(status, SIM_OK);
        assert_int_equal(config.filter_count, 1);
        assert_int_equal(filter->kind, rows[i].filter.kind);
        assert_int_equal(filter->header_bytes, rows[i].filter.header_bytes);
        assert_int_equal(filter->segment_bytes, rows[i].filter.segment_bytes);
        assert_int_equal(filter->level, rows[i].filter.level);
        assert_int_equal(filter->brigade_bytes, rows[i].filter.brigade_bytes);
        assert_int_equal(filter->ratelimit.rate_kib_per_s, rows[i].filter.ratelimit.rate_kib_per_s);
        assert_int_equal(filter->ratelimit.initial_burst_kib,
                         rows[i].filter.ratelimit.initial_burst_kib);
        assert_int_equal(filter->ratelimit.variant, rows[i].filter.ratelimit.variant);
    }
}

#define NOT_A_SIZE \
    "not a size; write a whole number of bytes with B, kB, MB, KiB, MiB or nothing, like 64KiB"
#define NOT_A_FILTER "not a filter; write overhead=40:1460, deflate or ratelimit=512"
#define NO_SEGMENT   "--via overhead: write header and segment, like overhead=40:1460"

static const struct {
    const char *text, *error;
} bad_filter_rows[] = {
    {"", "--via : " NOT_A_FILTER},
    {"gzip", "--via gzip: " NOT_A_FILTER},
    {"Deflate", "--via Deflate: " NOT_A_FILTER "; did you mean deflate?"},
    {"=3", "--via : " NOT_A_FILTER},
    {"overhead", NO_SEGMENT},
    {"overhead=", NO_SEGMENT},
    {"overhead=40", NO_SEGMENT},
    {"overhead=:", "--via overhead: header : " NOT_A_SIZE},
    {"overhead=40:", "--via overhead: segment : " NOT_A_SIZE},
    {"overhead=x:1460", "--via overhead: header x: " NOT_A_SIZE},
    {"overhead=-1:1460", "--via overhead: header -1: " NOT_A_SIZE},
    {"overhead=40:1460:3", "--via overhead: segment 1460:3: " NOT_A_SIZE},
    {"overhead=40:2147483648", "--via overhead: segment 2147483648: above 2147483647; use less"},
    {"overhead=4294967336:1460", "--via overhead: header 4294967336: above 2147483647; use less"},
    {"overhead=0:1460",
     "--via overhead=0:1460: header and segment must be 1 byte or more, like overhead=40:1460"},
    {"overhead=40:0",
     "--via overhead=40:0: header and segment must be 1 byte or more, like overhead=40:1460"},
    {"overhead=1:256",
     "--via overhead=1:256: a header of 1 bytes cannot carry the length of a segment of 256; "
     "use shorter segments or a longer header"},
    {"deflate=", "--via deflate=: the level is a number from 0 to 9"},
    {"deflate=10", "--via deflate=10: the level is a number from 0 to 9"},
    {"deflate=-1", "--via deflate=-1: the level is a number from 0 to 9"},
    {"deflate=best", "--via deflate=best: the level is a number from 0 to 9"},
    {"ratelimit", "--via ratelimit: write the rate in KiB/s, like ratelimit=512"},
    {"ratelimit=", "--via ratelimit: rate : write a whole number from 1 to 2097151"},
    {"ratelimit=0", "--via ratelimit: rate 0: write a whole number from 1 to 2097151"},
    {"ratelimit=512KiB/s",
     "--via ratelimit: rate 512KiB/s: write a whole number from 1 to 2097151"},
    {"ratelimit=2097152", /* httpd's int would wrap */
     "--via ratelimit: rate 2097152: write a whole number from 1 to 2097151"},
    {"ratelimit=60,", "--via ratelimit: : needs a value"},
    {"ratelimit=60,initial-burst", "--via ratelimit: initial-burst: needs a value"},
    {"ratelimit=60,initial-burst=x",
     "--via ratelimit: initial-burst x: write a whole number from 0 to 2097151"},
    {"ratelimit=60,initial-burst=2097151",
     "--via ratelimit=60,initial-burst=2097151: initial burst of 2147482624 bytes and chunk of "
     "12288 bytes are above 2147483647 together: mod_ratelimit's int overflows and the "
     "response fails"},
    {"ratelimit=60,variant=Fixed",
     "--via ratelimit: variant=Fixed: not one of naive, fixed, corrected; did you mean fixed?"},
    {"ratelimit=60,variant=", "--via ratelimit: variant=: not one of naive, fixed, corrected"},
    {"ratelimit=60,brigade=0",
     "--via ratelimit: brigade 0: a brigade has 1 byte or more, or is stream"},
    {"ratelimit=60,brigade=x", "--via ratelimit: brigade x: " NOT_A_SIZE},
    {"ratelimit=60,brigade=2147483648",
     "--via ratelimit: brigade 2147483648: above 2147483647; use less"},
    {"ratelimit=60,burst=3", "--via ratelimit: burst: unknown key; the keys are initial-burst, "
                             "variant, brigade, flush"},
};

static void what_is_no_filter_is_refused(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(bad_filter_rows); i++) {
        struct application_config config = {.filter_count = 0};
        char error[SIM_ERROR_BYTES] = "";
        assert_int_equal(application_add_filter(&config, "--via", bad_filter_rows[i].text, error),
                         SIM_MISUSE);
        assert_string_equal(error, bad_filter_rows[i].error);
        assert_int_equal(config.filter_count, 0);
    }
}

static void filters_keep_their_order_up_to_eight(void **state)
{
    (void)state;
    struct application_config config = {.filter_count = 0};
    char error[SIM_ERROR_BYTES] = "";

    assert_false(application_has_filter(&config, SHAPER_FILTER_DEFLATE));
    for (int i = 0; i < SHAPER_FILTERS_MAX; i++)
        assert_int_equal(
            application_add_filter(&config, "--via", i % 2 ? "deflate" : "overhead=8:536", error),
            SIM_OK);
    for (size_t i = 0; i < SHAPER_FILTERS_MAX; i++)
        assert_int_equal(config.filters[i].kind,
                         i % 2 ? SHAPER_FILTER_DEFLATE : SHAPER_FILTER_OVERHEAD);
    assert_true(application_has_filter(&config, SHAPER_FILTER_DEFLATE));
    assert_true(application_has_filter(&config, SHAPER_FILTER_OVERHEAD));
    assert_false(application_has_filter(&config, SHAPER_FILTER_RATELIMIT));
    assert_int_equal(application_add_filter(&config, "--via", "deflate", error), SIM_MISUSE);
    assert_string_equal(error, "--via deflate: more than 8 filters");
    assert_int_equal(config.filter_count, SHAPER_FILTERS_MAX);
}

/* --- the settings together -------------------------------------------------------------------- */

static void settings_are_checked_against_each_other(void **state)
{
    (void)state;
    static const struct {
        struct application_config config;
        const char *error; /* "": good */
    } rows[] = {
        {{.filter_count = 0}, ""},
        {{.write_high_bytes = 1}, ""},
        {{.write_high_bytes = 1000, .write_low_bytes = 1000}, ""},
        {{.write_low_bytes = 1},
         "--write-low: says when to continue, and nothing stops; add --write-high"},
        {{.write_high_bytes = 1000, .write_low_bytes = 1001},
         "--write-low 1001 is above --write-high 1000; it must not be"},
        {{.has_payload = true, .payload = PAYLOAD_TEXT},
         "--payload: has no effect without a filter; add one, like --via deflate"},
        {{.has_payload = true, .filter_count = 1}, ""},
        {{.read_high_bytes = 1000, .read_low_bytes = 1000}, ""},
        {{.read_high_bytes = 1000, .read_low_bytes = 1001},
         "--read-low 1001 is above --read-high 1000: the input is full before its callback comes "
         "to empty it; lower it, or raise --read-high"},
        {{.read_high_bytes = 1000, .read_low_bytes = 1001, .filter_count = 1}, ""},
        {{.filter_high_bytes = 1000},
         "--filter-high: is the mark below filters, and there are none; add one, like --via "
         "deflate, or use --write-high"},
        {{.filter_high_bytes = 1000, .filter_count = 1}, ""},
        {{.filter_high_bytes = 1000, .filter_count = 1, .write_high_bytes = 999}, ""},
        {{.filter_high_bytes = 1000, .filter_count = 1, .write_high_bytes = 1000},
         "--write-high 1000 is not below --filter-high 1000: no more than that waits in the "
         "output, and the application would never stop; lower it, or raise --filter-high"},
        {{.read_high_bytes = 1, .timeout_us = {1, 1}, .flush = SHAPER_FLUSH_FINISHED}, ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char error[SIM_ERROR_BYTES] = "";
        int status = application_check(&rows[i].config, error);
        assert_string_equal(error, rows[i].error);
        assert_int_equal(status, *rows[i].error ? SIM_MISUSE : SIM_OK);
    }
}

static void what_an_application_does_is_recorded(void **state)
{
    (void)state;
    static const struct application_config recorded[] = {{.write_high_bytes = 1},
                                                         {.timeout_us = {1, 0}},
                                                         {.timeout_us = {0, 1}},
                                                         {.flush = SHAPER_FLUSH_NORMAL},
                                                         {.flush = SHAPER_FLUSH_FINISHED}};
    static const struct application_config not_recorded[] = {
        {.filter_count = 0},
        {.read_high_bytes = 1},
        {.read_low_bytes = 1},
        {.filter_high_bytes = 1, .filter_count = 1},
        {.filter_count = 1, .has_payload = true}};

    for (size_t i = 0; i < COUNT(recorded); i++)
        assert_true(application_is_recorded(&recorded[i]));
    for (size_t i = 0; i < COUNT(not_recorded); i++)
        assert_false(application_is_recorded(&not_recorded[i]));
}

/* --- payload ---------------------------------------------------------------------------------- */

static void expect_payload(enum payload_kind kind, const struct payload_position *place,
                           const char *content, size_t content_bytes, const void *expected,
                           size_t bytes)
{
    unsigned char *payload =
        payload_make(kind, place, (const unsigned char *)content, content_bytes, bytes);

    assert_non_null(payload);
    assert_memory_equal(payload, expected, bytes);
    free(payload);
}

/* Computed by another program from the definition of SplitMix64. */
static void made_up_bytes_depend_on_their_place_alone(void **state)
{
    (void)state;
    static const struct {
        struct payload_position place;
        unsigned char random[12];
        const char *text;
    } rows[] = {
        {{1, 1, SHAPER_READ, 0},
         {0x22, 0xd5, 0x1e, 0x4e, 0xab, 0xdc, 0x55, 0x0b, 0xc9, 0xe6, 0xe1, 0x03},
         "<li>in with server and class=\"ro"},
        {{1, 1, SHAPER_WRITE, 0},
         {0x08, 0x41, 0x7e, 0x1f, 0xdf, 0x0f, 0x59, 0x8c, 0x9f, 0x06, 0x8e, 0xbc},
         "a burst tick tokens burst until "},
        {{1, 2, SHAPER_READ, 0},
         {0x16, 0xc0, 0xdc, 0xb6, 0xc3, 0x0e, 0x3e, 0xfb, 0x97, 0x69, 0xde, 0x7e},
         "<b>group</b> flow limit tick flo"},
        {{2, 1, SHAPER_READ, 0},
         {0x2d, 0x2a, 0xf2, 0x98, 0x3c, 0xd1, 0x3d, 0x25, 0xa1, 0xbc, 0x09, 0x07},
         "bytes </p>\nfor <b>group</b> each"},
        {{1, 1, SHAPER_READ, 1},
         {0x93, 0x5b, 0x72, 0xdc, 0x0f, 0xe9, 0xb2, 0xe8, 0x6f, 0x10, 0xd4, 0x12},
         "limit waits traffic bucket until"},
    };
    static const unsigned char zeros[32];

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t bytes = 0; bytes <= 32; bytes++) {
            if (bytes <= sizeof(rows[i].random))
                expect_payload(PAYLOAD_RANDOM, &rows[i].place, NULL, 0, rows[i].random, bytes);
            expect_payload(PAYLOAD_TEXT, &rows[i].place, NULL, 0, rows[i].text, bytes);
            expect_payload(PAYLOAD_ZERO, &rows[i].place, NULL, 0, zeros, bytes);
        }
}

static void what_was_captured_comes_first(void **state)
{
    (void)state;
    static const struct payload_position place = {1, 1, SHAPER_READ, 0};

    expect_payload(PAYLOAD_ZERO, &place, "GET", 3, "GET\0\0\0", 6);
    expect_payload(PAYLOAD_TEXT, &place, "GET", 3, "GET<li>in with", 14);
    expect_payload(PAYLOAD_RANDOM, &place, "GET", 3, "GET\x22\xd5\x1e\x4e\xab\xdc\x55\x0b\xc9", 12);
    expect_payload(PAYLOAD_TEXT, &place, "GET", 3, "GET", 3);
    expect_payload(PAYLOAD_RANDOM, &place, "", 0, "\x22", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_read),
        cmocka_unit_test(what_is_no_filter_is_refused),
        cmocka_unit_test(filters_keep_their_order_up_to_eight),
        cmocka_unit_test(settings_are_checked_against_each_other),
        cmocka_unit_test(what_an_application_does_is_recorded),
        cmocka_unit_test(made_up_bytes_depend_on_their_place_alone),
        cmocka_unit_test(what_was_captured_comes_first),
    };

    return cmocka_run_group_tests_name("application", tests, NULL, NULL);
}
