#include "sim/sweep/sweep_figures.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Of group "web", which limits what it writes, one of 40 exchanges was never answered; "bulk" had
 * none, and one of its two flows was never complete. "-" is no group of the sweep. */
static const char summary_text[] =
    "{'end': 'drained', 'groups': ["
    " {'name': 'web', 'flows': 5, 'false_end_of_file_flows': 2, 'broken_flows': 1,"
    "  'responses': {'exchanges': 40, 'unanswered': 1, 'slowdown_left_out': 3,"
    "                'response_p50_s': 0.25, 'response_p90_s': 0.5, 'response_p99_s': null,"
    "                'response_max_s': null, 'captured_response_p99_s': 0.125,"
    "                'added_p50_s': -0.001, 'added_p99_s': null,"
    "                'slowdown_p50': 8.5, 'slowdown_p99': null},"
    "  'completion': {'flows': 4, 'incomplete': 0, 'completion_p99_s': 2.5,"
    "                 'captured_completion_p99_s': 2.0},"
    "  'read': {'offered_bytes': 100, 'delivered_bytes': 100, 'unoffered_bytes': 0,"
    "           'withheld_bytes': 0, 'behind_p50_s': 0.0, 'behind_p99_s': 0.5,"
    "           'behind_max_s': 0.6},"
    "  'write': {'offered_bytes': 1000, 'delivered_bytes': 900, 'unoffered_bytes': 70,"
    "            'withheld_bytes': 70, 'delay_p99_s': 0.25, 'behind_p99_s': 0.75}},"
    " {'name': 'bulk', 'flows': 2, 'false_end_of_file_flows': 0,"
    "  'responses': {'exchanges': 0, 'unanswered': 0, 'slowdown_left_out': 0,"
    "                'response_p99_s': null, 'added_p99_s': null, 'slowdown_p50': null},"
    "  'completion': {'flows': 2, 'incomplete': 1, 'completion_p50_s': 3.0,"
    "                 'completion_p99_s': null, 'captured_completion_p99_s': 1.0},"
    "  'read': {'offered_bytes': 0, 'delivered_bytes': 0},"
    "  'write': {'offered_bytes': 0, 'delivered_bytes': 0}},"
    " {'name': '-', 'flows': 3, 'false_end_of_file_flows': 0,"
    "  'responses': {'exchanges': 2, 'unanswered': 2, 'slowdown_left_out': 2,"
    "                'response_p99_s': null, 'slowdown_p50': null}}"
    "]}";

static json_t *summary;
static struct sweep_limits limits[] = {
    {.group = 0, .tick_ms = 20, .has_group = true, .is_limited = {false, true}},
    {.group = 1, .tick_ms = 20, .has_group = true, .is_limited = {true, true}},
};
static const struct sweep_setting setting = {.limits = limits, .limit_count = 2};
static const struct sweep_plan plan = {.groups = {"web", "bulk"}, .group_count = 2};
static const struct sweep_plan plan_without_groups = {.groups = {""}};

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

static void groups_have_figures(void **state)
{
    (void)state;
    struct sweep_figures *run = sweep_figures_read(summary, &plan, &setting);

    assert_non_null(run);
    assert_true(run->fit);
    assert_int_equal(run->count, 4);
    const double *web = run->groups[0].values;
    assert_true(run->groups[0].takes_part);
    assert_true(web[SWEEP_EXCHANGES] == 40 && web[SWEEP_UNANSWERED] == 1);
    assert_true(web[SWEEP_RESPONSE_P50] == 0.25 && web[SWEEP_RESPONSE_P90] == 0.5);
    assert_true(web[SWEEP_CAPTURED_RESPONSE_P99] == 0.125);
    assert_true(web[SWEEP_ADDED_P50] == -0.001);
    assert_true(isnan(web[SWEEP_ADDED_P90])); /* the file does not have it */
    assert_true(web[SWEEP_SLOWDOWN_P50] == 8.5);
    assert_true(web[SWEEP_COMPLETION_P99] == 2.5 && web[SWEEP_CAPTURED_COMPLETION_P99] == 2);
    assert_true(web[SWEEP_BROKEN_FLOWS] == 1);
    sweep_figures_free(run);
}

static void what_never_came_is_infinite(void **state)
{
    (void)state;
    struct sweep_figures *run = sweep_figures_read(summary, &plan, &setting);

    assert_non_null(run);
    const double *web = run->groups[0].values, *bulk = run->groups[1].values;
    assert_true(isinf(web[SWEEP_RESPONSE_P99]) && isinf(web[SWEEP_RESPONSE_MAX]));
    assert_true(isinf(web[SWEEP_ADDED_P99]) && isinf(web[SWEEP_SLOWDOWN_P99]));
    assert_true(isinf(bulk[SWEEP_COMPLETION_P99]) && bulk[SWEEP_COMPLETION_P50] == 3);
    /* Of nothing there is no figure. */
    assert_false(run->groups[1].takes_part);
    assert_true(bulk[SWEEP_EXCHANGES] == 0 && isnan(bulk[SWEEP_RESPONSE_P99]));
    assert_true(isnan(bulk[SWEEP_SLOWDOWN_P50]) && isnan(bulk[SWEEP_BROKEN_FLOWS]));
    sweep_figures_free(run);

    /* All exchanges are too short for a slowdown. */
    run = sweep_figures_read(summary, &plan_without_groups, &setting);
    assert_non_null(run);
    assert_true(isinf(run->groups[0].values[SWEEP_RESPONSE_P99]));
    assert_true(isnan(run->groups[0].values[SWEEP_SLOWDOWN_P50]));
    assert_false(run->groups[0].takes_part);
    sweep_figures_free(run);
}

static void directions_have_what_is_behind(void **state)
{
    (void)state;
    struct sweep_figures *run = sweep_figures_read(summary, &plan, &setting);

    assert_non_null(run);
    assert_true(run->directions[0].values[SWEEP_BEHIND_P50] == 0);
    assert_true(run->directions[0].values[SWEEP_BEHIND_MAX] == 0.6);
    assert_true(run->directions[1].values[SWEEP_BEHIND_P99] == 0.75);
    assert_true(run->directions[1].values[SWEEP_WITHHELD] == 70);
    assert_true(isnan(run->directions[2].values[SWEEP_WITHHELD])); /* an open replay */
    sweep_figures_free(run);
}

/* Over all groups, also the one that is not the sweep's. */
static void losses_are_summed_up(void **state)
{
    (void)state;
    struct sweep_figures *run = sweep_figures_read(summary, &plan, &setting);

    assert_non_null(run);
    const struct sweep_losses *losses = &run->losses;
    assert_true(losses->offered_bytes == 1100 && losses->delivered_bytes == 1000);
    assert_true(losses->unoffered_bytes == 70 && losses->knows_unoffered && !losses->is_cut);
    assert_true(losses->flows == 10 && losses->false_eofs == 2 && losses->broken_flows == 1);
    assert_true(losses->exchanges == 42 && losses->unanswered == 3);
    sweep_figures_free(run);
}

/* Only a time that the limit added may be below 0. */
static void figures_out_of_range_do_not_fit(void **state)
{
    static const struct {
        const char *key;
        double value;
        bool fits;
    } rows[] = {{"added_p50_s", -1e6, true},
                {"added_p50_s", -1e13, false},
                {"response_p50_s", -1e-6, false},
                {"response_p50_s", 1e13, false},
                {"response_p50_s", 1e6, true}};

    (void)state;
    json_t *web = json_array_get(json_object_get(summary, "groups"), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *responses = json_deep_copy(json_object_get(web, "responses"));
        json_t *group = json_copy(web);
        json_object_set_new(responses, rows[i].key, json_real(rows[i].value));
        json_object_set_new(group, "responses", responses);
        json_t *changed = json_pack("{s:[o]}", "groups", group);
        struct sweep_figures *run = sweep_figures_read(changed, &plan, &setting);
        assert_non_null(run);
        assert_int_equal(run->fit, rows[i].fits);
        sweep_figures_free(run);
        json_decref(changed);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(groups_have_figures),
        TEST(what_never_came_is_infinite),
        TEST(directions_have_what_is_behind),
        TEST(losses_are_summed_up),
        TEST(figures_out_of_range_do_not_fit),
    };

    return cmocka_run_group_tests_name("sweep_figures", tests, NULL, NULL);
}
