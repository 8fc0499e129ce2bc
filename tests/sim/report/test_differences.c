/* Differences of figures and settings, from summaries with only what is needed. */
#include "sim/report/differences.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shaper/limit.h"

static struct comparison comparison;
static char told[2048];

/* A group of which only writing is limited; jain below 0: it never contended. */
static json_t *summary_of(double p99_s, double jain, int grants, int min_share)
{
    json_t *headline = jain < 0 ? json_pack("{s:i, s:f, s:i, s:n}", "window_ticks", 10, "window_s",
                                            0.1, "windows", 0, "mean")
                                : json_pack("{s:i, s:f, s:i, s:f}", "window_ticks", 10, "window_s",
                                            0.1, "windows", 3, "mean", jain);
    json_t *write =
        json_pack("{s:i, s:i, s:f, s:{s:i}, s:{s:i, s:[], s:o}}", "offered_bytes", 1000,
                  "delivered_bytes", 1000, "delay_p99_s", p99_s, "throughput", "grants_per_mb",
                  grants, "fairness", "contended_ticks", 3, "jain", "headline", headline);
    json_t *limits = json_pack(
        "{s:{s:i, s:I, s:n}, s:{s:f, s:i, s:i}}", "configured", "min_share_bytes", min_share,
        "write_burst_bytes", (json_int_t)1000, "read_burst_bytes", "effective", "tick_s", 0.01,
        "write_rate_bytes_per_tick", 100, "read_rate_bytes_per_tick", SHAPER_LIMIT_MAX_BYTES);
    json_t *group = json_pack("{s:s, s:n, s:o, s:{s:i}, s:o}", "name", "web", "match", "limits",
                              limits, "read", "offered_bytes", 0, "write", write);

    return json_pack("{s:s, s:i, s:{s:s, s:s}, s:{s:s, s:n}, s:[o]}", "command",
                     "shapesim run t.pcap --rate 1mbit --at 1s:x --at 2s:y --tick 10ms", "seed", 1,
                     "trace", "name", "t.pcap", "xxh3_128", "0", "settings", "clock", "virtual",
                     "filter", "groups", group);
}

static void set_run(size_t i, json_t *summary)
{
    struct report *report = &comparison.runs[i].report;

    assert_non_null(summary);
    report->summary = summary;
    report->group_count = 1;
    report->groups[0].json = json_array_get(json_object_get(summary, "groups"), 0);
    report->groups[0].name = "web";
    if (i >= comparison.count)
        comparison.count = i + 1;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < comparison.count; i++)
        json_decref(comparison.runs[i].report.summary);
    memset(&comparison, 0, sizeof(comparison));
    told[0] = '\0';
    return 0;
}

static void tell(void *arg, const struct difference *difference)
{
    char text[DIFFERENCE_TEXT_BYTES];

    (void)arg;
    difference_name(difference, text);
    strcat(told, text);
    for (size_t i = 0; i < comparison.count; i++) {
        difference_value(difference, i, text);
        strcat(strcat(told, i ? "; " : " "), text);
        if (i == 0)
            continue;
        difference_against(difference, i, text);
        strcat(strcat(strcat(told, " ("), text), ")");
    }
    strcat(told, "\n");
}

/* The example of the header; grants are the same. */
static void example(void **state)
{
    (void)state;
    set_run(0, summary_of(0.1, 0.966, 12, 64));
    set_run(1, summary_of(0.131, 0.721, 12, 64));
    assert_int_equal(differences_of_figures(&comparison, tell, NULL), 3);
    assert_string_equal(told, "group web, write: p99 100\u00a0ms; 131\u00a0ms (1.31 times A's)\n"
                              "group web, write: jain 0.966; 0.721 (0.966 -> 0.721)\n");
}

/* At the resolution and one step past it: 0.8 % of the larger, 0.005 of the index. */
static void resolution(void **state)
{
    static const struct {
        double p99_s, jain;
        const char *told;
    } rows[] = {
        {1.008, 0.505, ""},
        {0.992, 0.495, ""},
        {1.0081, 0.5, "group web, write: p99 1\u00a0s; 1.008\u00a0s (1.01 times A's)\n"},
        {0.9919, 0.5, "group web, write: p99 1\u00a0s; 991.9\u00a0ms (0.992 times A's)\n"},
        {1, 0.5051, "group web, write: jain 0.500; 0.505 (0.500 -> 0.505)\n"},
        {0, 0.5, "group web, write: p99 1\u00a0s; 0\u00a0s (1\u00a0s -> 0\u00a0s)\n"},
        {25, 0.5, "group web, write: p99 1\u00a0s; 25\u00a0s (25 times A's)\n"},
        {1, -1, "group web, write: jain 0.500; never contended (0.500 -> never contended)\n"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        set_run(0, summary_of(1, 0.5, 12, 64));
        set_run(1, summary_of(rows[i].p99_s, rows[i].jain, 12, 64));
        differences_of_figures(&comparison, tell, NULL);
        assert_string_equal(told, rows[i].told);
        tear_down(state);
    }
}

/* A third run is held against the first, too. */
static void three_runs(void **state)
{
    (void)state;
    set_run(0, summary_of(1, 0.5, 10, 64));
    set_run(1, summary_of(1, 0.5, 10, 64));
    set_run(2, summary_of(1, 0.5, 12345, 64));
    differences_of_figures(&comparison, tell, NULL);
    assert_string_equal(
        told, "group web, write: grants per MB 10; 10 (the same); 12345 (1234 times A's)\n");
}

static void take_setting(void *arg, const char *name, char *const texts[REPORT_RUNS_MAX])
{
    (void)arg;
    snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s: %s, %s\n", name, texts[0],
             texts[1]);
}

static void settings(void **state)
{
    char error[SIM_ERROR_BYTES] = "";
    json_t *other = summary_of(1, 0.5, 12, 1500);

    (void)state;
    set_run(0, summary_of(1, 0.5, 12, 64));
    set_run(1, other);
    json_object_set_new(json_object_get(other, "settings"), "filter", json_string("udp"));
    json_object_set_new(other, "seed", json_integer(2));
    json_object_set_new(other, "command", json_string("shapesim run t.pcap --at 3s:z"));
    assert_int_equal(differences_of_settings(&comparison, take_setting, NULL, error), SIM_OK);
    assert_string_equal(told, "group web: min_share_bytes: 64, 1500\n"
                              "--at: 1s:x 2s:y, 3s:z\n"
                              "seed: 1, 2\n"
                              "filter: -, udp\n");
}

static void equal_settings(void **state)
{
    char error[SIM_ERROR_BYTES] = "";

    (void)state;
    set_run(0, summary_of(1, 0.5, 12, 64));
    set_run(1, summary_of(2, 0.7, 15, 64));
    assert_int_equal(differences_of_settings(&comparison, take_setting, NULL, error), SIM_OK);
    assert_string_equal(told, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(example, tear_down),
        cmocka_unit_test_teardown(resolution, tear_down),
        cmocka_unit_test_teardown(three_runs, tear_down),
        cmocka_unit_test_teardown(settings, tear_down),
        cmocka_unit_test_teardown(equal_settings, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
