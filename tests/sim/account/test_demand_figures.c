#include "sim/account/demand_figures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Group "web" has ticks of 20 ms and limits what it reads; what it writes is unlimited. Of its
 * exchanges one was never answered. "idle" was never offered anything, "per" limits each flow,
 * "alone" never had two flows that waited, nor an exchange, "-" has no limits. */
static const char summary_text[] =
    "{'groups': ["
    " {'name': 'web',"
    "  'limits': {'effective': {'tick_s': 0.02, 'read_rate_bytes_per_tick': 1000,"
    "                           'write_rate_bytes_per_tick': 2147483647}},"
    "  'responses': {'exchanges': 40, 'unanswered': 1,"
    "                'slowdown_left_out': 3, 'response_p50_s': 0.25, 'response_p90_s': 0.5,"
    "                'response_p99_s': null, 'response_max_s': null, 'added_p50_s': -0.001,"
    "                'added_p90_s': 0.4, 'added_max_s': null,"
    "                'slowdown_p50': 8.5, 'slowdown_p99': null},"
    "  'completion': {'flows': 4, 'incomplete': 0, 'completion_p99_s': 2.5},"
    "  'read': {'offered_bytes': 9000, 'delivered_bytes': 8000, 'utilisation': 0.29,"
    "           'delay_p50_s': 0.1, 'delay_p90_s': 0.2, 'delay_p99_s': 0.3, 'delay_max_s': 0.4,"
    "           'behind_p50_s': 0.1, 'behind_p99_s': 0.6, 'behind_max_s': 0.7,"
    "           'delivered_percent': 88.8888888888889,"
    "           'throughput': {'lost_tokens_bytes': 5, 'grants_per_mb': 1250.5},"
    "           'fairness': {'contended_ticks': 7, 'rfb_attained_bytes': 60,"
    "                        'gps_lag_max_bytes': 70,"
    "                        'headline': {'window_ticks': 5, 'windows': 3, 'mean': 0.72,"
    "                                     'min': 0.32},"
    "                        'jain': [{'window_ticks': 1, 'windows': 9, 'mean': 0.6, 'min': 0.2},"
    "                                 {'window_ticks': 10, 'windows': 2, 'mean': 0.9,"
    "                                  'min': 0.8},"
    "                                 {'window_ticks': 100, 'windows': 0, 'mean': null,"
    "                                  'min': null}]},"
    "           'burst': {'sigma_delivered_bytes': 2500, 'sigma_charged_bytes': 2600}},"
    "  'write': {'offered_bytes': 50, 'delivered_bytes': 50, 'utilisation': 0.00001,"
    "            'delay_p99_s': 9.0, 'fairness': {'contended_ticks': 0, 'jain': []},"
    "            'burst': {'sigma_delivered_bytes': null, 'sigma_charged_bytes': null}}},"
    " {'name': 'idle',"
    "  'limits': {'effective': {'tick_s': 0.02, 'read_rate_bytes_per_tick': 1000,"
    "                           'write_rate_bytes_per_tick': 1000}},"
    "  'read': {'offered_bytes': 0, 'delivered_bytes': 0, 'utilisation': 0.0,"
    "           'delay_p99_s': null},"
    "  'write': {'offered_bytes': 0, 'delivered_bytes': 0, 'utilisation': 0.0,"
    "            'delay_p99_s': null}},"
    " {'name': 'per',"
    "  'limits': {'flow_effective': {'tick_s': 0.2, 'read_rate_bytes_per_tick': 2147483647,"
    "                                'write_rate_bytes_per_tick': 1000}},"
    "  'read': {'offered_bytes': 0, 'delivered_bytes': 0, 'utilisation': null,"
    "           'delay_p99_s': null},"
    "  'write': {'offered_bytes': 900, 'delivered_bytes': 0, 'utilisation': null,"
    "            'delay_p50_s': null, 'delay_p99_s': null,"
    "            'fairness': {'contended_ticks': 1, 'jain': ["
    "                {'window_ticks': 1, 'windows': 1, 'mean': 1.0, 'min': 1.0}]}}},"
    " {'name': 'alone',"
    "  'limits': {'effective': {'tick_s': 0.01, 'read_rate_bytes_per_tick': 2147483647,"
    "                           'write_rate_bytes_per_tick': 100}},"
    "  'responses': {'exchanges': 0, 'unanswered': 0,"
    "                'slowdown_left_out': 0, 'response_p99_s': null, 'slowdown_p50': null},"
    "  'completion': {'flows': 1, 'incomplete': 1, 'completion_p99_s': null},"
    "  'read': {'offered_bytes': 0, 'delivered_bytes': 0, 'utilisation': 0.0},"
    "  'write': {'offered_bytes': 10, 'delivered_bytes': 10, 'utilisation': 0.5,"
    "            'delay_p50_s': 0.1, 'delay_p99_s': 0.1,"
    "            'fairness': {'contended_ticks': 0, 'rfb_attained_bytes': 0,"
    "                         'gps_lag_max_bytes': 0,"
    "                         'jain': [{'window_ticks': 1, 'windows': 0, 'mean': null,"
    "                                   'min': null}]},"
    "            'burst': {'sigma_delivered_bytes': 10, 'sigma_charged_bytes': 10}}},"
    " {'name': '-',"
    "  'responses': {'exchanges': 2, 'unanswered': 0,"
    "                'slowdown_left_out': 2, 'response_p99_s': 0.0004, 'slowdown_p50': null},"
    "  'completion': {'flows': 0, 'incomplete': 0, 'completion_p99_s': null},"
    "  'read': {'offered_bytes': 7, 'delivered_bytes': 7, 'delay_p50_s': 0.0,"
    "           'delay_p99_s': 0.5},"
    "  'write': {'offered_bytes': 0, 'delivered_bytes': 0, 'delay_p99_s': null}}"
    "]}";

static json_t *summary;

static int set_up(void **state)
{
    char text[sizeof(summary_text)];

    (void)state;
    memcpy(text, summary_text, sizeof(text));
    for (char *at = text; *at; at++)
        if (*at == '\'')
            *at = '"';
    summary = json_loads(text, 0, NULL);
    return summary ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(summary);
    return 0;
}

struct texts {
    char lines[2000];
};

static void keep_text(void *arg, const struct demand_figure *figure)
{
    static const char letters[] = {[DEMAND_HOLDS] = '+',
                                   [DEMAND_FAILS] = '-',
                                   [DEMAND_NEVER_CONTENDED] = '~',
                                   [DEMAND_NOT_MEASURED] = '?',
                                   [DEMAND_INFINITE] = '!'};
    struct texts *texts = arg;
    size_t length = strlen(texts->lines);

    snprintf(texts->lines + length, sizeof(texts->lines) - length, "%c %s\n",
             letters[figure->verdict], figure->text);
}

static void judge(const struct demand *demand, const char *expected)
{
    struct texts texts = {.lines = ""};
    bool holds = demand_judge(demand, summary, keep_text, &texts);
    char reason[SIM_ERROR_BYTES];

    assert_string_equal(texts.lines, expected);
    bool fails = strchr("-?!", expected[0]) || strstr(expected, "\n-") || strstr(expected, "\n?") ||
                 strstr(expected, "\n!");
    assert_int_equal(holds, !fails);
    assert_int_equal(demand_holds(demand, summary, reason), holds);
    assert_int_equal(reason[0] == '\0', holds);
    assert_int_equal(demand_judge(demand, summary, NULL, NULL), holds);
}

static void demands_are_judged(void **state)
{
    static const char *const cases[][2] = {
        {"web.p50<=100ms", "+ group web: read: p50: 0.1 s is within the 0.1 s demanded\n"},
        {"web.p50>=100ms", "+ group web: read: p50: 0.1 s is within the 0.1 s demanded\n"},
        {"web.p90<=199999us", "- group web: read: p90: 0.2 s is above the 0.199999 s demanded\n"},
        {"web.p99<=1s", "+ group web: read: p99: 0.3 s is within the 1 s demanded\n"},
        {"web.max>=1s", "- group web: read: max: 0.4 s is below the 1 s demanded\n"},
        {"web.lag<=70", "+ group web: read: lag: 70 B is within the 70 B demanded\n"},
        {"web.rfb<=59B", "- group web: read: rfb: 60 B is above the 59 B demanded\n"},
        {"web.sigma<=2500", "+ group web: read: sigma: 2500 B is within the 2500 B demanded\n"},
        {"web.burst<=2599", "- group web: read: burst: 2600 B is above the 2599 B demanded\n"},
        /* 100 times 0.29 is a little less than 29 */
        {"web.utilisation>=29%",
         "+ group web: read: utilisation: 29 % is within the 29 % demanded\n"},
        {"web.delivered>=89",
         "- group web: read: delivered: 88.8888888888889 % is below the 89 % demanded\n"},
        {"web.grants<=1250.5", "+ group web: read: grants: 1250.5 is within the 1250.5 demanded\n"},
        {"web.lost-tokens<=0", "- group web: read: lost-tokens: 5 B is above the 0 B demanded\n"},
        /* Without a limit a direction takes part only where it is named. */
        {"web.write.p99<=10s", "+ group web: write: p99: 9 s is within the 10 s demanded\n"},
        {"-.p99<=1s", "+ group -: read: p99: 0.5 s is within the 1 s demanded\n"},
        {"-.jain>=1", "? group -: read: jain: not measured in this run\n"},
        {"web.write.burst<=1", "? group web: write: burst: not measured in this run\n"},
        /* What was not offered anything takes no part, and fails where it is named. */
        {"idle.p99<=1s", "? group idle: p99: no bytes were offered\n"},
        {"idle.write.p99<=1s", "? group idle: write: p99: no bytes were offered\n"},
        {"per.read.p99<=1s", "? group per: read: p99: no bytes were offered\n"},
        /* What is not there fails. */
        {"webb.p99<=1s",
         "? group webb: p99: no such group in this run, which has web, idle, per, alone, -\n"},
        {"webb.added.p99<=1s", "? group webb: added.p99: no such group in this run, which has web, "
                               "idle, per, alone, -\n"},
        {"alone.delivered>=1", "? group alone: write: delivered: not measured in this run\n"},
        {"per.p99<=1s", "? group per: write: p99: nothing was delivered\n"},
        /* Each that has a limit and bytes must hold; the group's own bucket is no flow's. */
        {"utilisation>=30",
         "- group web: read: utilisation: 29 % is below the 30 % demanded\n"
         "+ group alone: write: utilisation: 50 % is within the 30 % demanded\n"},
        {"p99<=200ms", "- group web: read: p99: 0.3 s is above the 0.2 s demanded\n"
                       "? group per: write: p99: nothing was delivered\n"
                       "+ group alone: write: p99: 0.1 s is within the 0.2 s demanded\n"},
        {"write.burst<=10", "+ group alone: write: burst: 10 B is within the 10 B demanded\n"},
        {"per.utilisation>=1", "? group per: write: utilisation: not measured in this run\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct demand demand;
        char error[SIM_ERROR_BYTES];
        assert_int_equal(demand_parse("--want", cases[i][0], &demand, error), SIM_OK);
        judge(&demand, cases[i][1]);
    }
}

/* Figures of a whole group. What never came is infinite, and no figure. */
static void exchanges_are_judged(void **state)
{
    static const char *const cases[][2] = {
        {"web.response.p50<=250ms",
         "+ group web: response.p50: 0.25 s is within the 0.25 s demanded\n"},
        {"web.response.p90<=0.4s",
         "- group web: response.p90: 0.5 s is above the 0.4 s demanded\n"},
        {"web.response.p99<=1h",
         "! group web: response.p99: 1 of 40 exchanges were never answered\n"},
        {"web.response.p99>=1ms",
         "! group web: response.p99: 1 of 40 exchanges were never answered\n"},
        {"web.response.max<=1h",
         "! group web: response.max: 1 of 40 exchanges were never answered\n"},
        {"web.added.p50<=0s", "+ group web: added.p50: -0.001 s is within the 0 s demanded\n"},
        {"web.added.p90<=0.4s", "+ group web: added.p90: 0.4 s is within the 0.4 s demanded\n"},
        {"web.added.max<=1h", "! group web: added.max: 1 of 40 exchanges were never answered\n"},
        {"web.slowdown.p50<=8", "- group web: slowdown.p50: 8.5 is above the 8 demanded\n"},
        {"web.slowdown.p99<=8",
         "! group web: slowdown.p99: 1 of 40 exchanges were never answered\n"},
        {"web.completion.p99<=2.5s",
         "+ group web: completion.p99: 2.5 s is within the 2.5 s demanded\n"},
        {"alone.completion.p99<=1h",
         "! group alone: completion.p99: 1 of 1 flows were never complete\n"},
        {"web.behind.p99<=0.6s",
         "+ group web: read: behind.p99: 0.6 s is within the 0.6 s demanded\n"},
        {"web.behind.max<=0.6s",
         "- group web: read: behind.max: 0.7 s is above the 0.6 s demanded\n"},
        /* Without a limit a group takes part only where it is named, and so does one without any
         * exchange. */
        {"-.response.p99<=1ms",
         "+ group -: response.p99: 0.0004 s is within the 0.001 s demanded\n"},
        {"-.slowdown.p50<=1", "? group -: slowdown.p50: no exchange took 1 ms in the capture\n"},
        {"alone.response.p99<=1s", "? group alone: response.p99: no exchange\n"},
        {"-.completion.p99<=1s", "? group -: completion.p99: no flow with payload\n"},
        {"idle.response.p99<=1s", "? group idle: response.p99: no bytes were offered\n"},
        {"per.response.p99<=1s", "? group per: response.p99: not measured in this run\n"},
        {"response.p50<=1s", "+ group web: response.p50: 0.25 s is within the 1 s demanded\n"
                             "? group per: response.p50: not measured in this run\n"},
        {"completion.p99<=1h", "+ group web: completion.p99: 2.5 s is within the 3600 s demanded\n"
                               "? group per: completion.p99: not measured in this run\n"
                               "! group alone: completion.p99: 1 of 1 flows were never complete\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct demand demand;
        char error[SIM_ERROR_BYTES];
        assert_int_equal(demand_parse("--want", cases[i][0], &demand, error), SIM_OK);
        judge(&demand, cases[i][1]);
    }
}

/* Of a group without exchanges nothing can be said, and so nothing holds. */
static void without_exchanges_nothing_holds(void **state)
{
    json_t *groups = json_object_get(summary, "groups");
    struct demand demand;
    char error[SIM_ERROR_BYTES];

    (void)state;
    for (size_t i = 0; i < json_array_size(groups); i++) {
        json_t *group = json_array_get(groups, i);
        json_object_set_new(group, "responses", json_pack("{s:i}", "exchanges", 0));
        json_object_set_new(group, "completion", json_pack("{s:i}", "flows", 0));
    }
    assert_int_equal(demand_parse("--want", "response.p99<=1h", &demand, error), SIM_OK);
    judge(&demand, "? response.p99: no group with a limit had an exchange\n");
    assert_int_equal(demand_parse("--want", "completion.p99<=1h", &demand, error), SIM_OK);
    judge(&demand, "? completion.p99: no group with a limit had a flow with payload\n");
}

static void windows_are_looked_up(void **state)
{
    static const char *const cases[][2] = {
        {"web.jain>=0.9", "- group web: read: jain over 100 ms (5 ticks): 0.72 is below the 0.9 "
                          "demanded\n"},
        {"web.jain-least>=0.3", "+ group web: read: jain-least over 100 ms (5 ticks): 0.32 is "
                                "within the 0.3 demanded\n"},
        {"web.jain@1tick>=0.6",
         "+ group web: read: jain over 20 ms (1 tick): 0.6 is within the 0.6 demanded\n"},
        /* rounded up to whole ticks, of which there is one at least */
        {"web.jain@1us>=0.6",
         "+ group web: read: jain over 20 ms (1 tick): 0.6 is within the 0.6 demanded\n"},
        {"web.jain@181ms>=0.9",
         "+ group web: read: jain over 200 ms (10 ticks): 0.9 is within the 0.9 demanded\n"},
        {"web.jain-least@200ms>=0.9",
         "- group web: read: jain-least over 200 ms (10 ticks): 0.8 is below the 0.9 demanded\n"},
        {"web.jain@201ms>=0.9",
         "? group web: read: jain over 220 ms (11 ticks): no such window was measured; measured "
         "are 20 ms (1 tick), 200 ms (10 ticks), 2 s (100 ticks)\n"},
        {"web.jain@2s>=0.9", "~ group web: read: jain over 2 s (100 ticks): never contended\n"},
        /* the default is one tick where that is longer */
        {"per.jain>=0.9",
         "+ group per: write: jain over 200 ms (1 tick): 1 is within the 0.9 demanded\n"},
        {"alone.jain>=1", "~ group alone: write: jain over 100 ms (10 ticks): never contended\n"},
        {"alone.jain@1tick>=1", "~ group alone: write: jain over 10 ms (1 tick): never "
                                "contended\n"},
        {"alone.lag<=0", "~ group alone: write: lag: never contended\n"},
        {"alone.rfb>=1", "~ group alone: write: rfb: never contended\n"},
        {"web.jain@1000000000ticks>=0.9",
         "? group web: read: jain over 2e+07 s (1000000000 ticks): no such window was measured; "
         "measured are 20 ms (1 tick), 200 ms (10 ticks), 2 s (100 ticks)\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct demand demand;
        char error[SIM_ERROR_BYTES];
        assert_int_equal(demand_parse("--want", cases[i][0], &demand, error), SIM_OK);
        judge(&demand, cases[i][1]);
    }
}

/* Without the headline the window of 100 ms is looked up as any other. */
static void a_summary_without_headline_is_read(void **state)
{
    json_t *web = json_array_get(json_object_get(summary, "groups"), 0);
    json_t *fairness = json_object_get(json_object_get(web, "read"), "fairness");
    struct demand demand;
    char error[SIM_ERROR_BYTES];

    (void)state;
    json_object_del(fairness, "headline");
    assert_int_equal(demand_parse("--want", "web.jain>=0.9", &demand, error), SIM_OK);
    judge(&demand, "? group web: read: jain over 100 ms (5 ticks): no such window was measured; "
                   "measured are 20 ms (1 tick), 200 ms (10 ticks), 2 s (100 ticks)\n");
}

/* Nobody expects both directions to be busy. */
static void the_busier_direction_is_judged(void **state)
{
    json_t *web = json_array_get(json_object_get(summary, "groups"), 0);
    json_t *limit = json_object_get(json_object_get(web, "limits"), "effective");
    struct demand demand;
    char error[SIM_ERROR_BYTES];

    (void)state;
    json_object_set_new(limit, "write_rate_bytes_per_tick", json_integer(1000));
    assert_int_equal(
        demand_parse_short(DEMAND_MIN_UTILISATION, "--min-utilisation", "29", &demand, error),
        SIM_OK);
    judge(&demand, "+ group web: read: utilisation: 29 % is within the 29 % demanded\n"
                   "+ group alone: write: utilisation: 50 % is within the 29 % demanded\n");
    assert_int_equal(demand_parse("--want", "utilisation>=29", &demand, error), SIM_OK);
    judge(&demand, "+ group web: read: utilisation: 29 % is within the 29 % demanded\n"
                   "- group web: write: utilisation: 0.001 % is below the 29 % demanded\n"
                   "+ group alone: write: utilisation: 50 % is within the 29 % demanded\n");
}

static void a_run_without_limits_meets_nothing(void **state)
{
    json_t *groups = json_object_get(summary, "groups");
    struct demand demand;
    char error[SIM_ERROR_BYTES];

    (void)state;
    while (json_array_size(groups) > 1)
        json_array_remove(groups, 0);
    assert_int_equal(demand_parse("--want", "p99<=1s", &demand, error), SIM_OK);
    judge(&demand, "? p99: no direction with a limit was offered bytes\n");
    assert_int_equal(demand_parse("--want", "write.p99<=1s", &demand, error), SIM_OK);
    judge(&demand, "? write: p99: no bytes were offered\n");
    json_array_clear(groups);
    judge(&demand, "? write: p99: no bytes were offered\n");
}

/* Whatever a file has in place of a summary. */
static void damaged_summaries_are_no_reason_to_hold(void **state)
{
    static const char *const texts[] = {"[]", "{}", "{\"groups\": 5}",
                                        "{\"groups\": [5, null, {}]}",
                                        "{\"groups\": [{\"name\": 7, \"read\": []}]}"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        json_t *damaged = json_loads(texts[i], JSON_DECODE_ANY, NULL);
        struct demand demand;
        char error[SIM_ERROR_BYTES];
        assert_non_null(damaged);
        assert_int_equal(demand_parse("--want", "jain>=0", &demand, error), SIM_OK);
        assert_false(demand_judge(&demand, damaged, NULL, NULL));
        json_decref(damaged);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(demands_are_judged),
        TEST(exchanges_are_judged),
        TEST(without_exchanges_nothing_holds),
        TEST(windows_are_looked_up),
        TEST(a_summary_without_headline_is_read),
        TEST(the_busier_direction_is_judged),
        TEST(a_run_without_limits_meets_nothing),
        TEST(damaged_summaries_are_no_reason_to_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
