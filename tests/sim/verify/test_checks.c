#include "sim/verify/checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The caller frees it. */
static char *printed(const struct checks *checks, bool as_json)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);

    assert_non_null(stream);
    if (as_json)
        assert_int_equal(checks_print_json(checks, stream), 0);
    else
        checks_print(checks, stream);
    fclose(stream);
    return text;
}

static void nothing_is_shown_of_what_was_not_asked_for(void **state)
{
    (void)state;
    struct checks checks = {0};
    char *text = printed(&checks, true);

    assert_true(checks_hold(&checks));
    assert_string_equal(text, "[]\n");
    free(text);
}

static void the_first_failure_is_reported(void **state)
{
    (void)state;
    struct checks checks = {0};

    check_holds(&checks, CHECK_TICKS);
    check_fails(&checks, CHECK_TOTALS, "row %d", 3);
    check_fails(&checks, CHECK_TOTALS, "row %d", 4);
    check_fails(&checks, CHECK_BUCKETS, "row %d", 5);
    assert_false(checks_hold(&checks));
    assert_string_equal(checks.first_failure, "row 3");
    assert_string_equal(checks.results[CHECK_TOTALS].message, "row 3");
    assert_int_equal(checks.results[CHECK_TOTALS].failures, 2);
    assert_string_equal(checks.results[CHECK_BUCKETS].message, "row 5");
    char *text = printed(&checks, false);
    assert_non_null(strstr(text, "2 of 2 wrong"));
    assert_non_null(strstr(text, "1 compared"));
    assert_non_null(strstr(text, "fails\n    row 3\n"));
    free(text);
}

static void the_figure_closest_to_its_bound_is_shown(void **state)
{
    (void)state;
    struct checks checks = {0};
    const struct check_result *most = &checks.results[CHECK_MAX_BURST];
    const struct check_result *least = &checks.results[CHECK_MIN_JAIN];

    assert_true(check_at_most(&checks, CHECK_MAX_BURST, 10, 100, "B", " (a)"));
    assert_true(check_at_most(&checks, CHECK_MAX_BURST, 100, 100, "B", " (b)"));
    assert_true(check_at_most(&checks, CHECK_MAX_BURST, 99, 100, "B", " (c)"));
    assert_string_equal(most->figure, "100 B (b)");
    assert_string_equal(most->bound, "100 B");
    assert_false(check_at_most(&checks, CHECK_MAX_BURST, 101, 100, "B", " (d)"));
    assert_string_equal(most->figure, "101 B (d)");
    assert_true(check_at_least(&checks, CHECK_MIN_JAIN, 0.75, 0.75, "", ""));
    assert_false(check_at_least(&checks, CHECK_MIN_JAIN, 0.5, 0.75, "", ""));
    assert_string_equal(least->figure, "0.5");
    assert_string_equal(least->bound, "0.75");
    assert_true(check_at_least(&checks, CHECK_BUCKET_BOUNDS, 0, 0, "B", ""));
}

static void what_was_skipped_says_why(void **state)
{
    (void)state;
    struct checks checks = {0};

    check_is_skipped(&checks, CHECK_HASHES, "not \"now\"");
    check_agrees(&checks, CHECK_AGAINST, 0, "rows");
    char *text = printed(&checks, true);
    assert_string_equal(text, "[\n"
                              "  {\n"
                              "    \"check\": \"files are as written\",\n"
                              "    \"figure\": \"\",\n"
                              "    \"bound\": \"\",\n"
                              "    \"verdict\": \"skipped\",\n"
                              "    \"message\": \"not \\\"now\\\"\"\n"
                              "  },\n"
                              "  {\n"
                              "    \"check\": \"--against\",\n"
                              "    \"figure\": \"0 rows\",\n"
                              "    \"bound\": \"\",\n"
                              "    \"verdict\": \"holds\",\n"
                              "    \"message\": \"\"\n"
                              "  }\n"
                              "]\n");
    free(text);
    assert_true(checks_hold(&checks));
}

/* Both are comparisons that hold; a figure says more than that there is none. */
static void what_holds_without_a_figure_is_noted(void **state)
{
    (void)state;
    static const char row[] =
        "--want jain>=0.9                 never contended (all read)           "
        "-                holds\n";
    struct checks checks = {0};

    check_calls_want(&checks, 1, "jain>=0.9");
    check_holds_without(&checks, CHECK_WANT + 1, "never contended%s", " (all read)");
    char *text = printed(&checks, false);
    assert_string_equal(strchr(text, '\n') + 1, row);
    free(text);
    assert_true(check_at_least(&checks, CHECK_WANT + 1, 0.95, 0.9, "", " (all write)"));
    check_holds_without(&checks, CHECK_WANT + 1, "never contended%s", " (- read)");
    text = printed(&checks, true);
    assert_string_equal(text, "[\n"
                              "  {\n"
                              "    \"check\": \"--want jain>=0.9\",\n"
                              "    \"figure\": \"0.95 (all write)\",\n"
                              "    \"bound\": \"0.9\",\n"
                              "    \"verdict\": \"holds\",\n"
                              "    \"message\": \"\"\n"
                              "  }\n"
                              "]\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_shown_of_what_was_not_asked_for),
        cmocka_unit_test(the_first_failure_is_reported),
        cmocka_unit_test(the_figure_closest_to_its_bound_is_shown),
        cmocka_unit_test(what_was_skipped_says_why),
        cmocka_unit_test(what_holds_without_a_figure_is_noted),
    };

    return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
