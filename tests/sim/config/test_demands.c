#include "sim/config/demands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/units.h"
#include "sim/config/limits.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EITHER       DEMAND_EITHER_DIRECTION

static void demands_are_read(void **state)
{
    static const struct demand_case {
        const char *text;
        struct demand demand;
    } cases[] = {
        {"p99<=300ms",
         {.metric = DEMAND_DELAY_P99, .direction = EITHER, .is_most = true, .value = 300000}},
        {"p99 <= 300ms",
         {.metric = DEMAND_DELAY_P99, .direction = EITHER, .is_most = true, .value = 300000}},
        {"p99  >=  300ms", {.metric = DEMAND_DELAY_P99, .direction = EITHER, .value = 300000}},
        {"response.p99<=0.3s",
         {.metric = DEMAND_RESPONSE_P99, .direction = EITHER, .is_most = true, .value = 300000}},
        {"web.response.p99<=300us",
         {.metric = DEMAND_RESPONSE_P99,
          .group = "web",
          .direction = EITHER,
          .is_most = true,
          .value = 300}},
        {"web.jain@100ms>=0.95",
         {.metric = DEMAND_JAIN,
          .group = "web",
          .direction = EITHER,
          .window = DEMAND_WINDOW_TIME,
          .window_length = 100000,
          .value = 950000}},
        {"web.1.read.jain-least@1tick>=1",
         {.metric = DEMAND_JAIN_LEAST,
          .group = "web.1",
          .direction = SHAPER_READ,
          .window = DEMAND_WINDOW_TICKS,
          .window_length = 1,
          .value = 1000000}},
        {"write.jain@10ticks>=0.5",
         {.metric = DEMAND_JAIN,
          .direction = SHAPER_WRITE,
          .window = DEMAND_WINDOW_TICKS,
          .window_length = 10,
          .value = 500000}},
        {"max.max<=1h", /* a group that is called as a metric is */
         {.metric = DEMAND_DELAY_MAX,
          .group = "max",
          .direction = EITHER,
          .is_most = true,
          .value = 3600000000}},
        {"-.write.burst<=64KiB",
         {.metric = DEMAND_BURST,
          .group = "-",
          .direction = SHAPER_WRITE,
          .is_most = true,
          .value = 65536}},
        {"lost-tokens<=0",
         {.metric = DEMAND_LOST_TOKENS, .direction = EITHER, .is_most = true, .value = 0}},
        {"utilisation>=90", {.metric = DEMAND_UTILISATION, .direction = EITHER, .value = 90000000}},
        {"delivered>=99.5%", {.metric = DEMAND_DELIVERED, .direction = EITHER, .value = 99500000}},
        {"grants<=15.25",
         {.metric = DEMAND_GRANTS, .direction = EITHER, .is_most = true, .value = 15250000}},
        {"slowdown.p99<=2",
         {.metric = DEMAND_SLOWDOWN_P99, .direction = EITHER, .is_most = true, .value = 2000000}},
        {"read.behind.max<=0s",
         {.metric = DEMAND_BEHIND_MAX, .direction = SHAPER_READ, .is_most = true, .value = 0}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct demand *expected = &cases[i].demand;
        struct demand demand;
        char error[SIM_ERROR_BYTES] = "";
        assert_int_equal(demand_parse("--want", cases[i].text, &demand, error), SIM_OK);
        assert_string_equal(error, "");
        assert_ptr_equal(demand.text, cases[i].text);
        assert_int_equal(demand.metric, expected->metric);
        assert_string_equal(demand.group, expected->group);
        assert_int_equal(demand.direction, expected->direction);
        assert_int_equal(demand.window, expected->window);
        assert_int_equal(demand.window_length, expected->window_length);
        assert_int_equal(demand.is_most, expected->is_most);
        assert_int_equal(demand.value, expected->value);
        assert_false(demand.is_of_busier);
    }
}

/* Each names the way out. */
static void misuse_is_refused(void **state)
{
    static const char *const cases[][2] = {
        {"p99", "--want p99: has no figure before <= or >=; write like 'p99<=50ms' or "
                "'web.read.jain@100ms>=0.95', in quotes"},
        {"p99<5ms", "--want p99<5ms: has no figure before <= or >=; write like 'p99<=50ms' or "
                    "'web.read.jain@100ms>=0.95', in quotes"},
        {"p99=5ms", "--want p99=5ms: has no figure before <= or >=; write like 'p99<=50ms' or "
                    "'web.read.jain@100ms>=0.95', in quotes"},
        {"p98<=5ms",
         "--want p98<=5ms: 'p98' ends with no figure; the figures are response.p50, response.p90, "
         "response.p99, response.max, added.p50, added.p90, added.p99, added.max, slowdown.p50, "
         "slowdown.p99, completion.p99, behind.p50, behind.p99, behind.max, p50, p90, p99, max, "
         "jain, jain-least, lag, rfb, sigma, burst, utilisation, delivered, grants, lost-tokens"},
        {"read.response.p99<=5ms", "--want read.response.p99<=5ms: response.p99 is of both "
                                   "directions together; leave out 'read.'"},
        {"web.write.added.max<=5ms", "--want web.write.added.max<=5ms: added.max is of both "
                                     "directions together; leave out 'write.'"},
        {"read.slowdown.p50<=5", "--want read.slowdown.p50<=5: slowdown.p50 is of both directions "
                                 "together; leave out 'read.'"},
        {"read.completion.p99<=5s", "--want read.completion.p99<=5s: completion.p99 is of both "
                                    "directions together; leave out 'read.'"},
        {"response.read.p99<=5ms",
         "--want response.read.p99<=5ms: 'response' is no group's name; write "
         "[GROUP.][read.|write.]FIGURE, like web.read.p99"},
        {"read.write.p99<=5ms", "--want read.write.p99<=5ms: 'read' is no group's name; write "
                                "[GROUP.][read.|write.]FIGURE, like web.read.p99"},
        {"my group.p99<=5ms", "--want my group.p99<=5ms: 'my group' is no group's name; write "
                              "[GROUP.][read.|write.]FIGURE, like web.read.p99"},
        {".p99<=5ms", "--want .p99<=5ms: '.p99' is no group's name; write "
                      "[GROUP.][read.|write.]FIGURE, like web.read.p99"},
        {"p99@100ms<=5ms", "--want p99@100ms<=5ms: p99 is not taken over windows, only jain and "
                           "jain-least are; leave out @100ms"},
        {"jain@100>=1", "--want jain@100>=1: a window is a time or a whole number of ticks, above "
                        "0; write like jain@100ms or jain@10ticks"},
        {"jain@0ticks>=1", "--want jain@0ticks>=1: a window is a time or a whole number of ticks, "
                           "above 0; write like jain@100ms or jain@10ticks"},
        {"jain@1.5ticks>=1", "--want jain@1.5ticks>=1: a window is a time or a whole number of "
                             "ticks, above 0; write like jain@100ms or jain@10ticks"},
        {"jain@>=1", "--want jain@>=1: a window is a time or a whole number of ticks, above 0; "
                     "write like jain@100ms or jain@10ticks"},
        {"jain@0s>=1", "--want jain@0s>=1: a window is a time or a whole number of ticks, above 0; "
                       "write like jain@100ms or jain@10ticks"},
        {"p99<=50", "--want p99<= 50: a time needs a unit; write 50ms, 50s or 50m"},
        {"burst<=50ms", "--want burst<= 50ms: not a size; write a whole number of bytes with B, "
                        "kB, MB, KiB, MiB or nothing, like 64KiB"},
        {"jain>=95%", "--want jain>= 95%: write a number from 0 to 1 with up to six decimals"},
        {"jain>=.5", "--want jain>= .5: write a number from 0 to 1 with up to six decimals"},
        {"jain>=1.1", "--want jain>= 1.1: write a number from 0 to 1 with up to six decimals"},
        {"delivered>=101", "--want delivered>= 101: write a number from 0 to 100 with up to six "
                           "decimals, with or without %"},
        {"grants<=", "--want grants<= : write a number from 0 to 1000000000 with up to six "
                     "decimals"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct demand demand;
        char error[SIM_ERROR_BYTES] = "";
        assert_int_equal(demand_parse("--want", cases[i][0], &demand, error), SIM_MISUSE);
        assert_string_equal(error, cases[i][1]);
    }
}

static void long_texts_are_refused(void **state)
{
    char text[2000], error[SIM_ERROR_BYTES];
    struct demand demand;

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text + sizeof(text) - 9, ".p99<=1s", 9);
    assert_int_equal(demand_parse("--want", text, &demand, error), SIM_MISUSE);
    assert_int_equal(
        demand_parse("--want", text + sizeof(text) - 9 - GROUP_NAME_BYTES, &demand, error),
        SIM_MISUSE);
    assert_int_equal(
        demand_parse("--want", text + sizeof(text) - 9 - GROUP_NAME_BYTES + 1, &demand, error),
        SIM_OK);
    assert_int_equal(strlen(demand.group), GROUP_NAME_BYTES - 1);
}

static void short_forms_are_demands(void **state)
{
    struct demand demand;
    char error[SIM_ERROR_BYTES] = "";

    (void)state;
    assert_int_equal(demand_parse_short(DEMAND_MIN_JAIN, "--min-jain", "0.9@200ms", &demand, error),
                     SIM_OK);
    assert_int_equal(demand.metric, DEMAND_JAIN);
    assert_int_equal(demand.direction, EITHER);
    assert_int_equal(demand.window, DEMAND_WINDOW_TIME);
    assert_int_equal(demand.window_length, 200000);
    assert_int_equal(demand.value, 900000);
    assert_false(demand.is_most);
    assert_int_equal(
        demand_parse_short(DEMAND_MAX_P99_DELAY, "--max-p99-delay", "50ms", &demand, error),
        SIM_OK);
    assert_int_equal(demand.metric, DEMAND_DELAY_P99);
    assert_int_equal(demand.value, 50000);
    assert_true(demand.is_most);
    assert_int_equal(demand_parse_short(DEMAND_MAX_BURST, "--max-burst", "64KiB", &demand, error),
                     SIM_OK);
    assert_int_equal(demand.metric, DEMAND_BURST);
    assert_int_equal(demand.value, 65536);
    assert_int_equal(
        demand_parse_short(DEMAND_MIN_UTILISATION, "--min-utilisation", "95%", &demand, error),
        SIM_OK);
    assert_int_equal(demand.metric, DEMAND_UTILISATION);
    assert_int_equal(demand.value, 95000000);
    assert_true(demand.is_of_busier);
}

static void bad_short_forms_are_refused(void **state)
{
    struct demand demand;
    char error[SIM_ERROR_BYTES];

    (void)state;
    assert_int_equal(demand_parse_short(DEMAND_MIN_JAIN, "--min-jain", "1.5", &demand, error),
                     SIM_MISUSE);
    assert_string_equal(error,
                        "--min-jain 1.5: write a number from 0 to 1 with up to six decimals");
    assert_int_equal(demand_parse_short(DEMAND_MIN_JAIN, "--min-jain", "0.9@200", &demand, error),
                     SIM_MISUSE);
    assert_string_equal(error, "--min-jain 0.9@200: a window is a time or a whole number of ticks, "
                               "above 0; write like jain@100ms or jain@10ticks");
    assert_int_equal(
        demand_parse_short(DEMAND_MAX_P99_DELAY, "--max-p99-delay", "1s@5ms", &demand, error),
        SIM_MISUSE);
}

static void there_is_an_end_to_demands(void **state)
{
    static struct demands demands;
    char error[SIM_ERROR_BYTES] = "";

    (void)state;
    for (size_t i = 0; i < DEMANDS_MAX; i++)
        assert_int_equal(demands_add(&demands, "--want", "p99<=1s", error), SIM_OK);
    assert_int_equal(demands_add(&demands, "--want", "p99<=1s", error), SIM_MISUSE);
    assert_string_equal(error, "--want p99<=1s: more than 32 of them");
    assert_int_equal(demands.count, DEMANDS_MAX);
}

static void a_bad_demand_is_not_added(void **state)
{
    struct demands demands = {.count = 0};
    char error[SIM_ERROR_BYTES];

    (void)state;
    assert_int_equal(demands_add(&demands, "--want", "p99<=1", error), SIM_MISUSE);
    assert_int_equal(demands.count, 0);
}

/* Otherwise "read.p99" would be two things. */
static void reserved_names_are_no_groups(void **state)
{
    static const char *const reserved[] = {"read",   "write",    "response",  "slowdown",  "added",
                                           "behind", "web.read", "a.b.write", "completion"};
    static const char *const free_names[] = {"web",     "reader",          "p99",  "jain",
                                             "max",     "read.web",        "Read", "resp",
                                             "respons", "completion-group"};

    (void)state;
    for (size_t i = 0; i < COUNT(reserved); i++) {
        struct group_config config;
        char text[64], error[SIM_ERROR_BYTES] = "";
        snprintf(text, sizeof(text), "name=%s,rate=1mbit", reserved[i]);
        assert_true(demand_reserves(reserved[i]));
        assert_int_equal(group_config_parse(text, &config, error), SIM_MISUSE);
        assert_non_null(strstr(error, "call the group otherwise"));
    }
    for (size_t i = 0; i < COUNT(free_names); i++)
        assert_false(demand_reserves(free_names[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demands_are_read),
        cmocka_unit_test(misuse_is_refused),
        cmocka_unit_test(long_texts_are_refused),
        cmocka_unit_test(short_forms_are_demands),
        cmocka_unit_test(bad_short_forms_are_refused),
        cmocka_unit_test(there_is_an_end_to_demands),
        cmocka_unit_test(a_bad_demand_is_not_added),
        cmocka_unit_test(reserved_names_are_no_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
