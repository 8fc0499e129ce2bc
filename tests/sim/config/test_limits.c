#include "sim/config/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define MOST SHAPER_LIMIT_MAX_BYTES

/* Reads "name=...,rate=..." and works it out; the error of whichever failed. */
static int resolve(const char *text, struct group_limits *limits, char *error)
{
    struct group_config spec;
    int status = group_config_parse(text, &spec, error);

    if (status != SIM_OK) {
        assert_null(spec.match);
        return status;
    }
    status = group_config_resolve(&spec, false, limits, error);
    group_config_fini(&spec);
    return status;
}

/* --- specs ------------------------------------------------------------------------------------ */

static void every_key_sets_its_field(void **state)
{
    (void)state;
    struct group_config spec;
    char error[SIM_ERROR_BYTES];

    assert_int_equal(
        group_config_parse("name=web,match=tcp port 80,rate=10B/tick,burst=11,tick=12ms,"
                           "min-share=13,flow-rate=14B/tick,flow-burst=15,flow-tick=16ms",
                           &spec, error),
        SIM_OK);
    assert_string_equal(spec.name, "web");
    assert_string_equal(spec.match, "tcp port 80");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        assert_true(spec.group.has_rate[d] && spec.group.has_burst[d]);
        assert_true(spec.per_flow.has_rate[d] && spec.per_flow.has_burst[d]);
        assert_int_equal(spec.group.rate[d].bytes_per_tick, 10);
        assert_int_equal(spec.group.burst_bytes[d], 11);
        assert_int_equal(spec.per_flow.rate[d].bytes_per_tick, 14);
        assert_int_equal(spec.per_flow.burst_bytes[d], 15);
    }
    assert_true(spec.group.has_tick && spec.per_flow.has_tick && spec.has_min_share);
    assert_int_equal(spec.group.tick_ms, 12);
    assert_int_equal(spec.per_flow.tick_ms, 16);
    assert_int_equal(spec.min_share_bytes, 13);
    group_config_fini(&spec);
    assert_null(spec.match);
}

static void keys_are_known(void **state)
{
    (void)state;
    static const char *const keys[] = {"rate",       "read-rate",   "write-rate", "burst",
                                       "read-burst", "write-burst", "tick",       "min-share",
                                       "flow-rate",  "flow-burst",  "flow-tick"};

    for (size_t i = 0; i < COUNT(keys); i++)
        assert_true(limit_key_known(keys[i]));
    assert_false(limit_key_known("rat"));
    assert_false(limit_key_known("rate "));
    assert_false(limit_key_known("name"));
    assert_false(limit_key_known(""));
}

static void commas_without_a_key_belong_to_the_value(void **state)
{
    (void)state;
    static const struct {
        const char *text, *match;
    } rows[] = {
        {"name=a,rate=1mbit", NULL},
        {"rate=1mbit,match=tcp,name=a", "tcp"},
        {"name=a,match=host 10.0.0.1,rate=1mbit", "host 10.0.0.1"},
        {"name=a,match=tcp[0,1] = 5,rate=1mbit", "tcp[0,1] = 5"},
        {"name=a,match=port 80, 81,rate=1mbit", "port 80, 81"},
        {"name=a,match=x,,rate=1mbit", "x,"},
        {"name=a,match=x,=y,rate=1mbit", "x,=y"},
        {"name=a,match=ip[6:2] & 0x1fff = 0,rate=1mbit", "ip[6:2] & 0x1fff = 0"},
        {"name=a,match=len >= 100,rate=1mbit", "len >= 100"},
        {"name=a,rate=1mbit,match=a,b,c", "a,b,c"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct group_config spec;
        char error[SIM_ERROR_BYTES] = "";
        assert_int_equal(group_config_parse(rows[i].text, &spec, error), SIM_OK);
        assert_string_equal(spec.name, "a");
        assert_true(spec.group.has_rate[SHAPER_READ]);
        if (rows[i].match)
            assert_string_equal(spec.match, rows[i].match);
        else
            assert_null(spec.match);
        group_config_fini(&spec);
    }
}

static void bad_specs_are_refused(void **state)
{
    (void)state;
    static const char name_rule[] = ": a name has 1 to 32 letters, digits, '_', '.' or '-' (and is "
                                    "not '-' alone)";
    static const struct {
        const char *text, *error, *error_end;
    } rows[] = {
        {"", "--group : '' is no KEY=VALUE; write like name=web,match=tcp port 80,rate=10mbit", ""},
        {"web", "--group web: 'web' is no KEY=VALUE; write like ",
         "name=web,match=tcp port 80,rate=10mbit"},
        {"rate=1mbit", "--group rate=1mbit: has no name; add name=web", ""},
        {"name=a", "--group name=a: has no limit; add rate=10mbit or flow-rate=1mbit", ""},
        {"name=a,burst=5", "--group name=a,burst=5: has no limit; add ",
         "rate=10mbit or flow-rate=1mbit"},
        {"name=,rate=1mbit", "--group name=", name_rule},
        {"name=-,rate=1mbit", "--group name=-", name_rule},
        {"name=a b,rate=1mbit", "--group name=a b", name_rule},
        {"name=a/b,rate=1mbit", "--group name=a/b", name_rule},
        {"name=a,b,rate=1mbit", "--group name=a,b", name_rule},
        {"name=123456789012345678901234567890123,rate=1mbit",
         "--group name=123456789012345678901234567890123", name_rule},
        {"name=a,rat=1mbit",
         "--group: unknown key 'rat'; the keys are name, match, rate, read-rate, write-rate, ",
         "burst, read-burst, write-burst, tick, min-share, flow-rate, flow-burst, flow-tick, "
         "parent, weight; did you mean rate?"},
        {"name=a,rate=10",
         "--group: rate 10: a rate needs a unit; write 10mbit (bits per second), ",
         "10MB/s (bytes per second) or 10B/tick (libevent's own)"},
        {"name=a,rate=1mbit,burst=1.5",
         "--group: burst 1.5: not a size; write a whole number of bytes with ",
         "B, kB, MB, KiB, MiB or nothing, like 64KiB"},
        {"name=a,rate=1mbit,min-share=x",
         "--group: min-share x: not a size; write a whole number of bytes ",
         "with B, kB, MB, KiB, MiB or nothing, like 64KiB"},
        {"name=a,match=tcp,rate=1mbit,flow-tick=0.5ms",
         "--group: flow-tick 0.5ms: libevent counts ticks in whole milliseconds (it would drop "
         "the ",
         "fraction, or divide by zero); use a whole number of ms, at least 1ms"},
        {"name=a,rate=1mbit,tick=25h", "--group: tick 25h: longer than a day; use at most 24h", ""},
        {"name=a,match=x,rate=",
         "--group: rate : not a rate; write a number of up to six decimals ",
         "with kbit, mbit, gbit, B/s, kB/s, MB/s, KiB/s, MiB/s or B/tick, like 10mbit"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct group_config spec;
        char error[SIM_ERROR_BYTES] = "", expected[SIM_ERROR_BYTES];
        snprintf(expected, sizeof(expected), "%s%s", rows[i].error, rows[i].error_end);
        assert_int_equal(group_config_parse(rows[i].text, &spec, error), SIM_MISUSE);
        assert_string_equal(error, expected);
        assert_null(spec.match);
    }
}

static void names_are_taken_at_the_edge(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "--", "Web_2.0-x", "12345678901234567890123456789012"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct group_config spec;
        char text[64], error[SIM_ERROR_BYTES];
        snprintf(text, sizeof(text), "name=%s,rate=1mbit", names[i]);
        assert_int_equal(group_config_parse(text, &spec, error), SIM_OK);
        assert_string_equal(spec.name, names[i]);
        group_config_fini(&spec);
    }
}

static void ticks_are_whole_milliseconds(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t tick_ms; /* 0: refused */
        const char *why;
    } rows[] = {
        {"1ms", 1, NULL},
        {"1000us", 1, NULL},
        {"0.001s", 1, NULL},
        {"1.5s", 1500, NULL},
        {"24h", 86400000, NULL},
        {"0s", 0, "whole milliseconds"},
        {"999us", 0, "whole milliseconds"},
        {"1.5ms", 0, "whole milliseconds"},
        {"10500us", 0, "whole milliseconds"},
        {"86400001ms", 0, "longer than a day"},
        {"10", 0, "needs a unit"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct group_config spec = {0};
        char error[SIM_ERROR_BYTES] = "", start[64];
        int status = limit_set(&spec, "tick", "--tick", rows[i].value, error);
        assert_int_equal(status, rows[i].tick_ms ? SIM_OK : SIM_MISUSE);
        assert_int_equal(spec.group.tick_ms, rows[i].tick_ms);
        assert_int_equal(spec.group.has_tick, rows[i].tick_ms != 0);
        if (!rows[i].why)
            continue;
        snprintf(start, sizeof(start), "--tick %s: ", rows[i].value);
        assert_memory_equal(error, start, strlen(start));
        assert_non_null(strstr(error, rows[i].why));
    }
}

/* --- what they come to ------------------------------------------------------------------------ */

static void one_direction_wins_over_both_in_any_order(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t read_rate, read_burst, write_rate, write_burst;
    } rows[] = {
        {"name=a,rate=10B/tick", 10, 10, 10, 10},
        {"name=a,rate=10B/tick,read-rate=7B/tick", 7, 7, 10, 10},
        {"name=a,read-rate=7B/tick,rate=10B/tick", 7, 7, 10, 10},
        {"name=a,rate=10B/tick,write-rate=7B/tick", 10, 10, 7, 7},
        {"name=a,write-rate=7B/tick,rate=10B/tick", 10, 10, 7, 7},
        {"name=a,write-rate=7B/tick,rate=10B/tick,read-rate=8B/tick", 8, 8, 7, 7},
        {"name=a,rate=10B/tick,burst=20,read-burst=15", 10, 15, 10, 20},
        {"name=a,rate=10B/tick,read-burst=15,burst=20", 10, 15, 10, 20},
        {"name=a,rate=10B/tick,write-burst=15,burst=20", 10, 20, 10, 15},
        /* a direction without a rate is as wide as libevent can keep it */
        {"name=a,read-rate=10B/tick", 10, 10, MOST, MOST},
        {"name=a,write-rate=10B/tick,write-burst=30", MOST, MOST, 10, 30},
        {"name=a,write-rate=10B/tick,burst=30", MOST, MOST, 10, 30},
        {"name=a,rate=2147483647B/tick", MOST, MOST, MOST, MOST},
        {"name=a,rate=1B/tick,burst=2147483647", 1, MOST, 1, MOST},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct group_limits limits;
        char error[SIM_ERROR_BYTES] = "";
        assert_int_equal(resolve(rows[i].text, &limits, error), SIM_OK);
        assert_true(limits.has_group);
        assert_false(limits.has_per_flow);
        if (limits.group.rate_bytes_per_tick[SHAPER_READ] != rows[i].read_rate ||
            limits.group.rate_bytes_per_tick[SHAPER_WRITE] != rows[i].write_rate)
            print_error("%s\n", rows[i].text);
        assert_int_equal(limits.group.rate_bytes_per_tick[SHAPER_READ], rows[i].read_rate);
        assert_int_equal(limits.group.burst_bytes[SHAPER_READ], rows[i].read_burst);
        assert_int_equal(limits.group.rate_bytes_per_tick[SHAPER_WRITE], rows[i].write_rate);
        assert_int_equal(limits.group.burst_bytes[SHAPER_WRITE], rows[i].write_burst);
    }
}

static void ticks_and_shares_have_defaults(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool has_group, has_per_flow;
        int64_t group_tick_ms, per_flow_tick_ms, tick_ms, min_share, effective_min_share;
    } rows[] = {
        {"name=a,rate=10B/tick", true, false, 1000, 0, 1000, 64, 10},
        {"name=a,rate=100B/tick,tick=10ms", true, false, 10, 0, 10, 64, 64},
        {"name=a,flow-rate=10B/tick", false, true, 0, 1000, 1000, 64, 0},
        {"name=a,flow-rate=10B/tick,flow-tick=7ms", false, true, 0, 7, 7, 64, 0},
        {"name=a,rate=100B/tick,tick=10ms,flow-rate=5B/tick", true, true, 10, 10, 10, 64, 64},
        {"name=a,rate=100B/tick,tick=10ms,flow-rate=5B/tick,flow-tick=20ms", true, true, 10, 20, 10,
         64, 64},
        {"name=a,rate=100B/tick,flow-rate=5B/tick,flow-tick=20ms", true, true, 1000, 20, 1000, 64,
         64},
        {"name=a,rate=100B/tick,min-share=1", true, false, 1000, 0, 1000, 1, 1},
        {"name=a,rate=100B/tick,min-share=101", true, false, 1000, 0, 1000, 101, 100},
        {"name=a,rate=100B/tick,read-rate=30B/tick", true, false, 1000, 0, 1000, 64, 30},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct group_limits limits;
        char error[SIM_ERROR_BYTES] = "";
        assert_int_equal(resolve(rows[i].text, &limits, error), SIM_OK);
        assert_int_equal(limits.has_group, rows[i].has_group);
        assert_int_equal(limits.has_per_flow, rows[i].has_per_flow);
        assert_int_equal(limits.group.tick_ms, rows[i].group_tick_ms);
        assert_int_equal(limits.per_flow.tick_ms, rows[i].per_flow_tick_ms);
        assert_int_equal(limits.tick_ms, rows[i].tick_ms);
        assert_int_equal(limits.min_share_bytes, rows[i].min_share);
        assert_int_equal(limits.effective_min_share_bytes, rows[i].effective_min_share);
    }
}

static void rates_are_rounded_down_to_whole_bytes(void **state)
{
    (void)state;
    struct group_limits limits;
    char error[SIM_ERROR_BYTES];

    /* 100 kbit/s is 12500 B/s, 12.5 B in 1 ms; 1 mbit/s is 125 */
    assert_int_equal(resolve("name=a,tick=1ms,rate=100kbit,flow-rate=1mbit", &limits, error),
                     SIM_OK);
    assert_int_equal(limits.group.rate_bytes_per_tick[SHAPER_READ], 12);
    assert_int_equal(limits.group.burst_bytes[SHAPER_READ], 12);
    assert_false(limits.group_rate_exact);
    assert_int_equal(limits.per_flow.rate_bytes_per_tick[SHAPER_READ], 125);
    assert_true(limits.per_flow_rate_exact);
    assert_int_equal(resolve("name=a,tick=1ms,rate=1mbit,write-rate=100kbit", &limits, error),
                     SIM_OK);
    assert_false(limits.group_rate_exact);
}

static void what_libevent_would_cut_or_break_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"name=a,rate=1B/s,tick=10ms", "--group a: rate (read) is below one byte per tick of 10 "
                                       "ms; use a longer tick or a higher "
                                       "rate"},
        {"name=a,rate=1mbit,write-rate=0B/tick",
         "--group a: rate (write) is below one byte per tick of 1000 ms; use a longer tick or a "
         "higher rate"},
        {"name=a,rate=2147483648B/tick", "--group a: rate (read) of 2147483648 B per tick is above "
                                         "2147483647 B, where libevent cuts "
                                         "it; use a shorter tick or a lower rate"},
        {"name=a,rate=1mbit,read-burst=2147483648",
         "--group a: burst (read) of 2147483648 B is above 2147483647 B, where libevent cuts it; "
         "use "
         "a smaller one"},
        {"name=a,rate=10mbit,tick=10ms,write-burst=12499",
         "--group a: burst (write) of 12499 B is below one tick's worth, which libevent refuses; "
         "use "
         "12500B or more, or a tick shorter than 10ms"},
        {"name=a,flow-rate=10B/tick,flow-burst=9", "--group a: flow-burst (read) of 9 B is below "
                                                   "one tick's worth, which libevent refuses; use "
                                                   "10B or more, or a tick shorter than 1000ms"},
        {"name=a,flow-rate=0B/tick", "--group a: flow-rate (read) is below one byte per tick of "
                                     "1000 ms; use a longer tick or a "
                                     "higher rate"},
        {"name=a,flow-rate=1mbit,burst=5",
         "--group a: burst, tick and min-share limit nothing without a rate; add --group a: "
         "rate=10mbit"},
        {"name=a,flow-rate=1mbit,tick=5ms",
         "--group a: burst, tick and min-share limit nothing without a rate; add --group a: "
         "rate=10mbit"},
        {"name=a,flow-rate=1mbit,min-share=5",
         "--group a: burst, tick and min-share limit nothing without a rate; add --group a: "
         "rate=10mbit"},
        {"name=a,rate=1mbit,flow-burst=5",
         "--group a: flow-burst and flow-tick limit nothing without a flow-rate; add --group a: "
         "flow-rate=1mbit"},
        {"name=a,rate=1mbit,flow-tick=5ms",
         "--group a: flow-burst and flow-tick limit nothing without a flow-rate; add --group a: "
         "flow-rate=1mbit"},
        {"name=a,rate=1mbit,min-share=0", "--group a: min-share 0: where a share is below 1 byte, "
                                          "a socket reads none, takes that for "
                                          "an end of file and breaks (--transport socket shows "
                                          "it), and TLS waits without end; use 1 "
                                          "or more"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct group_limits limits;
        char error[SIM_ERROR_BYTES] = "";
        assert_int_equal(resolve(rows[i].text, &limits, error), SIM_MISUSE);
        assert_string_equal(error, rows[i].error);
    }
}

/* The group of the plain flags: its errors name flags. */
static void the_group_all_names_flags(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value, *other_key, *other_value, *error;
    } rows[] = {
        {"rate", "10B/tick", "burst", "9",
         "--burst (read) of 9 B is below one tick's worth, which libevent refuses; use 10B or "
         "more, "
         "or a tick shorter than 1000ms"},
        {"flow-rate", "10B/tick", "flow-burst", "9",
         "--flow-burst (read) of 9 B is below one tick's worth, which libevent refuses; use 10B or "
         "more, or a tick shorter than 1000ms"},
        {"burst", "10", "tick", "10ms",
         "--burst, tick and min-share limit nothing without a rate; add --rate=10mbit"},
        {"flow-burst", "10", "flow-tick", "10ms",
         "--flow-burst and flow-tick limit nothing without a flow-rate; add --flow-rate=1mbit"},
        {"rate", "10mbit", "min-share", "0",
         "--min-share 0: where a share is below 1 byte, a socket reads none, takes that for an end "
         "of "
         "file and breaks (--transport socket shows it), and TLS waits without end; use 1 or "
         "more"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct group_config spec = {.name = GROUP_NAME_ALL};
        struct group_limits limits;
        char error[SIM_ERROR_BYTES] = "";
        assert_int_equal(limit_set(&spec, rows[i].key, "--x", rows[i].value, error), SIM_OK);
        assert_int_equal(limit_set(&spec, rows[i].other_key, "--y", rows[i].other_value, error),
                         SIM_OK);
        assert_int_equal(group_config_resolve(&spec, false, &limits, error), SIM_MISUSE);
        assert_string_equal(error, rows[i].error);
    }
}

static void min_share_0_can_be_allowed(void **state)
{
    (void)state;
    struct group_config spec;
    struct group_limits limits;
    char error[SIM_ERROR_BYTES];

    assert_int_equal(group_config_parse("name=a,rate=1mbit,min-share=0", &spec, error), SIM_OK);
    assert_int_equal(group_config_resolve(&spec, true, &limits, error), SIM_OK);
    assert_int_equal(limits.min_share_bytes, 0);
    assert_int_equal(limits.effective_min_share_bytes, 0);
    group_config_fini(&spec);
}

/* --- warnings --------------------------------------------------------------------------------- */

static void warnings_say_what_to_change(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *warnings[6];
    } rows[] = {
        {"name=a,rate=10mbit,tick=10ms", {NULL}},
        {"name=a,rate=127B/tick", {NULL}},
        {"name=a,flow-rate=1B/tick", {NULL}}, /* warnings are about groups */
        {"name=a,rate=100kbit,tick=1ms,burst=1000,min-share=1",
         {"group a: the rate is no whole number of bytes per tick and was rounded down: read 12 "
          "B/tick (96 kbit/s), write 12 B/tick (96 kbit/s)"}},
        {"name=a,flow-rate=100kbit,flow-tick=1ms",
         {"group a: the flow-rate is no whole number of bytes per tick and was rounded down: read "
          "12 "
          "B/tick (96 kbit/s), write 12 B/tick (96 kbit/s)"}},
        {"name=a,rate=126B/tick",
         {"group a: read can lose throughput: after an overdraft the group waits below min-share "
          "64 "
          "and "
          "the burst cap throws tokens away; use a read burst of 189 B or more, or a min-share of "
          "63 "
          "or less",
          "group a: write can lose throughput: after an overdraft the group waits below min-share "
          "64 "
          "and the burst cap throws tokens away; use a write burst of 189 B or more, or a "
          "min-share "
          "of 63 or less"}},
        {"name=a,rate=50B/tick,burst=200",
         {"group a: read serves one flow per tick, as min-share is a whole tick's worth (50 B): "
          "flows listed after idle ones are served far more often; use a smaller min-share or a "
          "longer tick",
          "group a: write serves one flow per tick, as min-share is a whole tick's worth (50 B): "
          "flows listed after idle ones are served far more often; use a smaller min-share or a "
          "longer tick"}},
        {"name=a,rate=1000B/tick,write-rate=30B/tick,write-burst=100",
         {"group a: write serves one flow per tick, as min-share is a whole tick's worth (30 B): "
          "flows listed after idle ones are served far more often; use a smaller min-share or a "
          "longer tick",
          "group a: min-share 64 is cut to 30 for both directions by the slower one; raise the "
          "slower rate to at least the min-share"}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct group_limits limits;
        char error[SIM_ERROR_BYTES] = "", text[WARNING_BYTES];
        int n = 0;
        assert_int_equal(resolve(rows[i].text, &limits, error), SIM_OK);
        for (; rows[i].warnings[n]; n++) {
            assert_true(group_warning("a", &limits, n, text));
            assert_string_equal(text, rows[i].warnings[n]);
        }
        assert_false(group_warning("a", &limits, n, text));
        assert_false(group_warning("a", &limits, n + 1, text));
    }
}

/* What a warning proposes is enough: with it, the warning is gone. */
static void what_a_warning_proposes_helps(void **state)
{
    (void)state;

    for (int64_t rate = 2; rate <= 200; rate++) {
        char text[96], error[SIM_ERROR_BYTES], warning[WARNING_BYTES];
        struct group_limits limits;
        snprintf(text, sizeof(text), "name=a,rate=%lldB/tick", (long long)rate);
        assert_int_equal(resolve(text, &limits, error), SIM_OK);
        if (!shaper_limit_loses_tokens(&limits.group, limits.min_share_bytes, SHAPER_READ))
            continue;
        assert_true(group_warning("a", &limits, 0, warning));
        const char *burst = strstr(warning, "burst of ");
        const char *share = strstr(warning, "min-share of ");
        long long burst_bytes, share_bytes;
        assert_non_null(burst);
        assert_non_null(share);
        assert_int_equal(sscanf(burst, "burst of %lld", &burst_bytes), 1);
        assert_int_equal(sscanf(share, "min-share of %lld", &share_bytes), 1);
        snprintf(text, sizeof(text), "name=a,rate=%lldB/tick,burst=%lld", (long long)rate,
                 burst_bytes);
        assert_int_equal(resolve(text, &limits, error), SIM_OK);
        assert_false(shaper_limit_loses_tokens(&limits.group, limits.min_share_bytes, SHAPER_READ));
        snprintf(text, sizeof(text), "name=a,rate=%lldB/tick,min-share=%lld", (long long)rate,
                 share_bytes);
        assert_int_equal(resolve(text, &limits, error), SIM_OK);
        assert_false(shaper_limit_loses_tokens(&limits.group, limits.min_share_bytes, SHAPER_READ));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_sets_its_field),
        cmocka_unit_test(keys_are_known),
        cmocka_unit_test(commas_without_a_key_belong_to_the_value),
        cmocka_unit_test(bad_specs_are_refused),
        cmocka_unit_test(names_are_taken_at_the_edge),
        cmocka_unit_test(ticks_are_whole_milliseconds),
        cmocka_unit_test(one_direction_wins_over_both_in_any_order),
        cmocka_unit_test(ticks_and_shares_have_defaults),
        cmocka_unit_test(rates_are_rounded_down_to_whole_bytes),
        cmocka_unit_test(what_libevent_would_cut_or_break_is_refused),
        cmocka_unit_test(the_group_all_names_flags),
        cmocka_unit_test(min_share_0_can_be_allowed),
        cmocka_unit_test(warnings_say_what_to_change),
        cmocka_unit_test(what_a_warning_proposes_helps),
    };

    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
