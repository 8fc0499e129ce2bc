/* Curves of two small runs, to the byte. Sums are beside the rows. */
#include "sim/report/curves.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/scratch.h"

static char directories[3][SCRATCH_PATH_BYTES]; /* of runs A and B, and for what is written */
static json_t *summaries[2];

static void write_file(const char *directory, const char *name, const char *text)
{
    char path[2 * SCRATCH_PATH_BYTES];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void expect_file(const char *name, const char *expected)
{
    char path[2 * SCRATCH_PATH_BYTES], text[2048];

    snprintf(path, sizeof(path), "%s/%s", directories[2], name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t bytes = fread(text, 1, sizeof(text) - 1, file);
    text[bytes] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, expected);
}

/* A group that wrote, with a tick of 1 s, and hardly read: below 1 %, so without a panel. */
static json_t *summary_of(double mean)
{
    return json_pack(
        "{s:f, s:{s:s, s:s, s:s}, s:[{s:s, s:{s:{s:f}}, s:{s:i}, s:{s:i, s:{s:[{s:f, s:f},"
        "{s:f, s:n}]}}}]}",
        "end_s", 3.0, "files", "exchanges.csv", "", "delays.csv", "", "ticks.csv", "", "groups",
        "name", "all", "limits", "effective", "tick_s", 1.0, "read", "delivered_bytes", 1, "write",
        "delivered_bytes", 1000, "fairness", "jain", "window_s", 0.1, "mean", mean, "window_s", 1.0,
        "mean");
}

static int set_up(void **state)
{
    static const char *const names[] = {"a", "b", "data"};

    scratch_make(state);
    for (size_t i = 0; i < 3; i++) {
        snprintf(directories[i], sizeof(directories[i]), "%s", scratch_path(names[i]));
        assert_int_equal(mkdir(directories[i], 0777), 0);
    }
    summaries[0] = summary_of(0.5);
    summaries[1] = summary_of(0.75);
    assert_true(summaries[0] && summaries[1]);
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    return at->level > 0 ? remove(path) : 0;
}

static int tear_down(void **state)
{
    json_decref(summaries[0]);
    json_decref(summaries[1]);
    nftw(scratch_directory(), remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return scratch_remove(state);
}

/* The labels have what gnuplot cannot read. */
static void write_curves(unsigned figures, bool have_one_capture, const char *expected_names)
{
    const struct curve_run runs[] = {{directories[0], summaries[0]},
                                     {directories[1], summaries[1]}};
    const struct curves curves = {.curves = {{"A: x, \"y\"", &runs[0], 1}, {"B", &runs[1], 1}},
                                  .count = 2,
                                  .have_one_capture = have_one_capture};
    char names[CURVES_NAMES_MAX] = "", error[SIM_ERROR_BYTES] = "";

    assert_int_equal(curves_write(&curves, figures, directories[2], names, error), SIM_OK);
    assert_string_equal(names, expected_names);
}

static void delays(void **state)
{
    (void)state;
    write_file(directories[0], "delays.csv",
               "group,direction,delay_s,packets\nall,write,0.000000,5\nall,write,0.001000,3\n"
               "all,read,9.000000,1\nall,write,0.100000,2\n");
    write_file(directories[1], "delays.csv",
               "group,direction,delay_s,packets\nall,write,0.010000,4\n");
    write_curves(CURVES_DELAYS, true, "delays ");
    expect_file("delays-curves.csv",
                "group,direction,curve,style,x,y\n"
                "all,write,A: x; 'y',1,0.000954992586,50\n" /* 5 of 10 at once */
                "all,write,A: x; 'y',1,0.001,80\n"
                "all,write,A: x; 'y',1,0.1,100\n"
                "all,write,B,2,0.000954992586,0\n"
                "all,write,B,2,0.01,100\n"
                "all,write,B,2,0.1,100\n");
}

/* Of A one is never answered; one without a response in the capture does not count. */
static void responses(void **state)
{
    (void)state;
    write_file(directories[0], "exchanges.csv",
               "group,captured_response_s,response_s\nall,0.001000,0.010000\nall,0.010000,\n"
               "all,,0.500000\n");
    write_file(directories[1], "exchanges.csv",
               "group,captured_response_s,response_s\nall,0.001000,0.100000\n"
               "all,0.010000,0.100000\n");
    write_curves(CURVES_RESPONSES, true, "responses ");
    expect_file("responses-curves.csv", "group,direction,curve,style,x,y\n"
                                        "all,,as captured,0,0.000954992586,0\n"
                                        "all,,as captured,0,0.001,50\n"
                                        "all,,as captured,0,0.01,100\n"
                                        "all,,as captured,0,0.1,100\n"
                                        "all,,A: x; 'y',1,0.000954992586,0\n"
                                        "all,,A: x; 'y',1,0.01,50\n"
                                        "all,,A: x; 'y',1,0.1,50\n"
                                        "all,,B,2,0.000954992586,0\n"
                                        "all,,B,2,0.1,100\n");
}

/* Of several captures none is the reference; what has no file has no curve. */
static void without_one_capture(void **state)
{
    (void)state;
    json_object_clear(json_object_get(summaries[0], "files"));
    write_file(directories[1], "exchanges.csv",
               "group,captured_response_s,response_s\nall,0.001000,0.100000\n");
    write_curves(CURVES_RESPONSES, false, "responses ");
    expect_file("responses-curves.csv", "group,direction,curve,style,x,y\n"
                                        "all,,B,2,0.0954992586,0\n"
                                        "all,,B,2,0.1,100\n");
    json_object_clear(json_object_get(summaries[1], "files"));
    remove(scratch_path("data/responses-curves.csv"));
    write_curves(CURVES_RESPONSES, false, "");
}

/* Windows over which nothing contended have no point. */
static void windows(void **state)
{
    (void)state;
    write_curves(CURVES_WINDOWS, true, "windows ");
    expect_file("windows-curves.csv", "group,direction,curve,style,x,y\n"
                                      "all,write,A: x; 'y',1,0.1,0.5\n"
                                      "all,write,B,2,0.1,0.75\n");
}

/* A curve of two runs is their mean. */
static void of_two_seeds(void **state)
{
    const struct curve_run runs[] = {{directories[0], summaries[0]},
                                     {directories[1], summaries[1]}};
    const struct curves curves = {.curves = {{"both", runs, 2}}, .count = 1};
    char names[CURVES_NAMES_MAX] = "", error[SIM_ERROR_BYTES] = "";

    (void)state;
    assert_int_equal(curves_write(&curves, CURVES_WINDOWS, directories[2], names, error), SIM_OK);
    expect_file("windows-curves.csv", "group,direction,curve,style,x,y\n"
                                      "all,write,both,1,0.1,0.625\n");
}

static void write_ticks(void)
{
    write_file(directories[0], "ticks.csv",
               "time_s,group,read_bytes,written_bytes\n0.000000,all,1,100\n1.000000,all,0,50\n"
               "2.000000,all,0,0\n");
    write_file(directories[1], "ticks.csv",
               "time_s,group,read_bytes,written_bytes\n1.000000,all,0,20\n");
}

/* A curve ends where nothing comes any more. */
static void rates(void **state)
{
    (void)state;
    write_ticks();
    write_curves(CURVES_RATES, true, "rates ");
    expect_file("rates-curves.csv", "group,direction,curve,style,x,y\n"
                                    "all,write,A: x; 'y',1,0,100\n"
                                    "all,write,A: x; 'y',1,1,50\n"
                                    "all,write,A: x; 'y',1,2,0\n"
                                    "all,write,B,2,0,0\n"
                                    "all,write,B,2,1,20\n"
                                    "all,write,B,2,2,0\n");
}

/* The last point is at the end of the bin in which the last bytes came. */
static void totals(void **state)
{
    (void)state;
    write_ticks();
    write_curves(CURVES_TOTALS, true, "totals ");
    expect_file("totals-curves.csv", "group,direction,curve,style,x,y\n"
                                     "all,write,A: x; 'y',1,0,0\n"
                                     "all,write,A: x; 'y',1,1,100\n"
                                     "all,write,A: x; 'y',1,2,150\n"
                                     "all,write,B,2,0,0\n"
                                     "all,write,B,2,1,0\n"
                                     "all,write,B,2,2,20\n");
}

static void refuses_damage(void **state)
{
    const struct curve_run run = {directories[0], summaries[0]};
    const struct curves curves = {.curves = {{"A", &run, 1}}, .count = 1};
    char names[CURVES_NAMES_MAX] = "", error[SIM_ERROR_BYTES] = "";

    (void)state;
    write_file(directories[0], "delays.csv", "group,direction,delay_s\nall,write,0.1\n");
    assert_int_equal(curves_write(&curves, CURVES_DELAYS, directories[2], names, error),
                     SIM_FAILED);
    assert_string_equal(
        error,
        "delays.csv: header: has no column packets; was the file written by another version?");
    assert_string_equal(names, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(delays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(responses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(windows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_two_seeds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(totals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_one_capture, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
