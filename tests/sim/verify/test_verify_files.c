#include "sim/verify/verify_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

static const struct changed_run_packet packets[] = {{0, 1, false, 250}, {20000, 2, false, 80}};

static int set_up(void **state)
{
    scratch_make(state);
    changed_run_make(packets, 2, "--rate 100B/tick --burst 200 --tick 100ms");
    return 0;
}

/* The message of `check` after the change; "" where it holds. */
static const char *message_after(const char *file, const char *from, const char *to,
                                 enum check check)
{
    static struct checks checks;
    const struct two_flows_case change = {.file = file, .from = from, .to = to};

    changed_run_verify(&change, true, &checks);
    return checks.results[check].message;
}

static void files_are_as_they_were_written(void **state)
{
    (void)state;
    static struct checks checks;

    changed_run_verify(NULL, true, &checks);
    assert_true(checks_hold(&checks));
    assert_int_equal(checks.results[CHECK_HASHES].comparisons, 8);
    assert_string_equal(message_after("flows.csv", "10.0.0.1,1002", "10.0.0.1,1003", CHECK_HASHES),
                        "flows.csv: its XXH3-128 is 218a8d94736834d2dda2cbafa6c7a3fd, but "
                        "summary.json says 26d7005056fb534c2e6c245d6fc51f19: it was changed since "
                        "the run");
}

static void each_file_of_the_run_is_listed(void **state)
{
    (void)state;
    assert_string_equal(message_after("application.csv", "", "flow,group\n", CHECK_HASHES),
                        "application.csv: not among the files of summary.json");
    assert_string_equal(
        message_after("summary.json", "\"delays.csv\"", "\"../delays.csv\"", CHECK_HASHES),
        "delays.csv: not among the files of summary.json");
    assert_string_equal(message_after("summary.json", "\"files\": {",
                                      "\"files\": {\"../ticks.csv\": \"0\",", CHECK_HASHES),
                        "summary.json: files: '../ticks.csv' is no name of a file");
    assert_string_equal(message_after("summary.json", "\"files\"", "\"older\"", CHECK_HASHES),
                        "summary.json: no \"files\" with their hashes; check an older run with "
                        "--no-hashes");
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    char text[256];

    assert_string_equal(message_after("flows.csv", "", NULL, CHECK_HASHES),
                        "flows.csv: No such file or directory");
    snprintf(text, sizeof(text),
             "summary.json: missing in %s; it is written last, so the run is not complete",
             scratch_directory());
    assert_string_equal(message_after("summary.json", "", NULL, CHECK_FILES), text);
}

static void summary_json_is_an_object_of_numbers_in_range(void **state)
{
    (void)state;
    assert_string_equal(message_after("summary.json", "", "{\n\"a\":\n", CHECK_FILES),
                        "summary.json: line 3: unexpected token near end of file");
    assert_string_equal(message_after("summary.json", "", "[]", CHECK_FILES),
                        "summary.json: not an object");
    assert_string_equal(
        message_after("summary.json", "\"seed\": 1,", "\"seed\": 9999999999999999,", CHECK_FILES),
        "");
    assert_string_equal(
        message_after("summary.json", "\"seed\": 1,", "\"seed\": 10000000000000000,", CHECK_FILES),
        "summary.json: a whole number is beyond 9999999999999999, more than any run has");
}

static void a_run_that_is_not_finished_is_refused(void **state)
{
    (void)state;
    static struct checks checks;
    FILE *part = fopen(scratch_path("ticks.csv.part"), "w");

    assert_non_null(part);
    assert_int_equal(fclose(part), 0);
    changed_run_verify(NULL, true, &checks);
    remove(scratch_path("ticks.csv.part"));
    assert_string_equal(checks.results[CHECK_FILES].message,
                        "ticks.csv.part: the run was interrupted or is not finished; only a "
                        "finished one can be checked");
    assert_int_equal(checks.results[CHECK_SETTINGS].comparisons, 0); /* nothing else is checked */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_as_they_were_written),
        cmocka_unit_test(each_file_of_the_run_is_listed),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(summary_json_is_an_object_of_numbers_in_range),
        cmocka_unit_test(a_run_that_is_not_finished_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
