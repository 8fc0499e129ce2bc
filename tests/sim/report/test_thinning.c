/*
 * The copies of a run's files that figures are drawn from, from files small enough to compute on
 * paper.
 */
#include "sim/report/thinning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/scratch.h"

#define TICKS_HEADER                                                                             \
    "time_s,tick,group,members,backlogged_flows,read_bucket_start_bytes,read_bucket_end_bytes,"  \
    "write_bucket_start_bytes,write_bucket_end_bytes,read_bytes,written_bytes,total_read_bytes," \
    "total_written_bytes,read_backlog_bytes,write_backlog_bytes\n"
#define FLOW_TICKS_HEADER                                                     \
    "time_s,tick,group,flow,read_bucket_bytes,write_bucket_bytes,read_bytes," \
    "written_bytes,read_backlog_bytes,write_backlog_bytes,max_read_bytes,max_write_bytes\n"
#define FLOWS_HEADER       "flow,group,read_bytes,written_bytes\n"
#define DELAYS_HEADER      "group,direction,delay_s,packets\n"
#define DELAYS_TIME_HEADER "group,direction,second,packets,delay_p50_s,delay_p99_s,delay_max_s\n"
#define BURST_HEADER       "group,flow,direction,stream,measure,x,bytes\n"

static char data[SCRATCH_PATH_BYTES + 8];

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(scratch_path(name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    scratch_make(state);
    snprintf(data, sizeof(data), "%s/data", scratch_directory());
    assert_int_equal(mkdir(data, 0777), 0);
    write_file("ticks.csv", TICKS_HEADER);
    write_file("flow_ticks.csv", FLOW_TICKS_HEADER);
    write_file("flows.csv", FLOWS_HEADER);
    write_file("delays.csv", DELAYS_HEADER);
    write_file("delays_time.csv", DELAYS_TIME_HEADER);
    write_file("burst.csv", BURST_HEADER);
    return 0;
}

static void remove_copies(void)
{
    static const char *const names[] = {"ticks.csv", "flow_ticks.csv", "delays.csv",
                                        "burst.csv", "exchanges.csv",  "delays_time.csv"};
    char path[2 * SCRATCH_PATH_BYTES];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", data, names[i]);
        unlink(path);
    }
}

static int tear_down(void **state)
{
    remove_copies();
    assert_int_equal(rmdir(data), 0);
    return scratch_remove(state);
}

/* Thins the files of a run of one group with that number of ticks, and compares the copy `name`. */
static void thinned(int64_t ticks, const char *name, const char *expected)
{
    struct report report = {.directory = scratch_directory(), .group_count = 1};
    char error[SIM_ERROR_BYTES] = "", path[2 * SCRATCH_PATH_BYTES], *text = NULL;
    size_t room = 0;

    report.groups[0] = (struct report_group){.name = "all", .ticks = ticks, .tick_s = 0.01};
    assert_int_equal(thinning_run(&report, data, error), SIM_OK);
    snprintf(path, sizeof(path), "%s/%s", data, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(getdelim(&text, &room, '\0', file) > 0);
    fclose(file);
    assert_string_equal(text, expected);
    free(text);
}

/* 300 ticks fit as they are; 301 are 151 steps of two. Bins are single ticks up to 120, then four
 * steps. */
static void lengths_follow_the_ticks_of_the_group(void **state)
{
    static const struct {
        int64_t ticks, step, bin;
    } rows[] = {{0, 1, 1},   {1, 1, 1},   {120, 1, 1},        {121, 1, 4},
                {300, 1, 4}, {301, 2, 8}, {100000, 334, 1336}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(thinning_step_ticks(rows[i].ticks), rows[i].step);
        assert_int_equal(thinning_bin_ticks(rows[i].ticks), rows[i].bin);
    }
}

/* Steps of two ticks: the first tick stays, tick 1 is alone in its step with it, and 2 and 3 are
 * joined: highest start 90, lowest end -5, 40 + 60 bytes, backlog at most 700; then lowest start
 * 50, highest end 50, the last backlog. */
static void ticks_keep_extremes_sums_and_the_last(void **state)
{
    (void)state;
    write_file("ticks.csv", TICKS_HEADER "0.000000,0,all,1,1,100,30,8,8,70,0,70,0,5,0\n"
                                         "0.010000,1,all,1,1,80,80,8,8,0,0,70,0,6,0\n"
                                         "0.020000,2,all,1,1,90,50,8,7,40,1,110,1,700,0\n"
                                         "0.030000,3,all,2,2,50,-5,9,8,60,2,170,3,10,0\n");
    thinned(600, "ticks.csv",
            TICKS_HEADER "0.000000,0,all,1,1,100,30,8,8,70,0,70,0,5,0\n"
                         "0.010000,1,all,1,1,80,80,8,8,0,0,70,0,6,0\n"
                         "0.010000,1,all,1,1,80,80,8,8,0,0,70,0,6,0\n"
                         "0.020000,2,all,1,1,90,-5,9,7,100,3,110,1,700,0\n"
                         "0.030000,3,all,2,2,50,50,8,8,0,0,170,3,10,0\n");
}

static void few_ticks_stay_as_they_are(void **state)
{
    static const char text[] = TICKS_HEADER "0.000000,0,all,1,1,,,,,70,0,70,0,5,0\n"
                                            "0.010000,1,all,1,1,,,,,0,0,70,0,6,0\n";

    (void)state;
    write_file("ticks.csv", text);
    thinned(2, "ticks.csv", text);
}

/* Flows 1 to 8 have 1 to 8 bytes read, flow 9 has 3 written, and 10 is not recorded: of read, 2 to
 * 8 are kept, of write, 9. Bins of four ticks. */
static void flows_with_most_bytes_are_summed_in_bins(void **state)
{
    (void)state;
    write_file("flows.csv",
               FLOWS_HEADER "1,all,1,0\n2,all,2,0\n3,all,3,0\n4,all,4,0\n5,all,5,0\n"
                            "6,all,6,0\n7,all,7,0\n8,all,8,0\n9,all,0,3\n10,all,99,99\n");
    write_file("flow_ticks.csv", FLOW_TICKS_HEADER "0.000000,0,all,1,,,1,0,0,0,,\n"
                                                   "0.000000,0,all,2,,,2,0,0,0,,\n"
                                                   "0.000000,0,all,3,,,3,0,0,0,,\n"
                                                   "0.000000,0,all,4,,,4,0,0,0,,\n"
                                                   "0.000000,0,all,5,,,5,0,0,0,,\n"
                                                   "0.000000,0,all,6,,,6,0,0,0,,\n"
                                                   "0.000000,0,all,7,,,7,0,0,0,,\n"
                                                   "0.000000,0,all,8,,,5,0,9,0,,\n"
                                                   "0.010000,1,all,8,,,2,0,7,0,,\n"
                                                   "0.040000,4,all,8,,,1,0,0,0,,\n"
                                                   "0.040000,4,all,9,,,0,3,0,0,,\n");
    thinned(200, "flow_ticks.csv",
            FLOW_TICKS_HEADER "0.000000,0,all,8,,,7,0,7,0,,\n"
                              "0.040000,4,all,8,,,1,0,0,0,,\n"
                              "0.000000,0,all,7,,,7,0,0,0,,\n"
                              "0.000000,0,all,6,,,6,0,0,0,,\n"
                              "0.000000,0,all,5,,,5,0,0,0,,\n"
                              "0.000000,0,all,4,,,4,0,0,0,,\n"
                              "0.000000,0,all,3,,,3,0,0,0,,\n"
                              "0.000000,0,all,2,,,2,0,0,0,,\n"
                              "0.040000,4,all,9,,,0,3,0,0,,\n");
}

static void per_flow_buckets_keep_their_least_and_most(void **state)
{
    (void)state;
    write_file("flows.csv", FLOWS_HEADER "1,all,3,0\n");
    write_file("flow_ticks.csv", FLOW_TICKS_HEADER "0.000000,0,all,1,50,9,1,0,0,0,50,9\n"
                                                   "0.010000,1,all,1,-2,9,2,0,0,0,0,8\n");
    thinned(200, "flow_ticks.csv",
            FLOW_TICKS_HEADER "0.000000,0,all,1,-2,9,3,0,0,0,0,8\n"
                              "0.000000,0,all,1,50,9,0,0,0,0,0,8\n");
}

/* 10^(1/50) = 1.047128548: 1.01 s and 1.04 s round up to it, 1 s and 0 stay. */
static void delays_are_rounded_up_and_joined(void **state)
{
    (void)state;
    write_file("delays.csv", DELAYS_HEADER "all,read,0.000000,4\nall,read,1.000000,1\n"
                                           "all,read,1.010000,2\nall,read,1.040000,3\n"
                                           "all,write,1.040000,5\n");
    thinned(1, "delays.csv",
            DELAYS_HEADER "all,read,0.000000000,4\nall,read,1.000000000,1\n"
                          "all,read,1.047128548,5\nall,write,1.047128548,5\n");
}

/* 60,001 ticks of 10 ms are 600.01 s, so bins of three seconds; 300 s are as they are. */
static void seconds_are_joined_to_bins(void **state)
{
    (void)state;
    write_file("delays_time.csv", DELAYS_TIME_HEADER "all,read,0,4,0.000001,0.000020,0.000030\n"
                                                     "all,write,0,1,0.000007,0.000007,0.000007\n"
                                                     "all,read,2,5,0.000002,0.000010,0.000040\n"
                                                     "all,read,3,6,0.000003,0.000003,0.000003\n");
    thinned(60001, "delays_time.csv",
            DELAYS_TIME_HEADER "all,read,0,9,0.000002,0.000020,0.000040\n"
                               "all,read,3,6,0.000003,0.000003,0.000003\n"
                               "all,write,0,1,0.000007,0.000007,0.000007\n");
    remove_copies();
    thinned(30000, "delays_time.csv",
            DELAYS_TIME_HEADER "all,read,0,4,0.000001,0.000020,0.000030\n"
                               "all,read,2,5,0.000002,0.000010,0.000040\n"
                               "all,read,3,6,0.000003,0.000003,0.000003\n"
                               "all,write,0,1,0.000007,0.000007,0.000007\n");
}

/* 1 us and less are the first step, 1.01 and 1.04 s round up to 10^(1/50) s. */
static void answers_are_counted_in_steps(void **state)
{
    (void)state;
    write_file("exchanges.csv", "group,captured_response_s,response_s\n"
                                "all,0.000000,1.010000\nall,1.000000,1.040000\nall,,\n"
                                "all,1.000000,\n");
    thinned(1, "exchanges.csv",
            "group,captured_response_s,response_s,exchanges\n"
            "all,,,0\nall,1e-06,,1\nall,1,,2\nall,,1.04712854805,2\n");
}

static void sigma_of_groups_is_kept(void **state)
{
    (void)state;
    write_file("burst.csv", BURST_HEADER "all,,read,offered,sigma,1000,633\n"
                                         "all,7,read,offered,sigma,1000,600\n"
                                         "all,,read,offered,peak,1,633\n");
    thinned(1, "burst.csv", BURST_HEADER "all,,read,offered,sigma,1000,633\n");
}

/* What verify does not look at is still refused, by name and row. */
static void a_row_that_no_run_writes_is_refused(void **state)
{
    struct report report = {.directory = scratch_directory(), .group_count = 1};
    char error[SIM_ERROR_BYTES] = "";

    (void)state;
    report.groups[0] = (struct report_group){.name = "all", .ticks = 1};
    write_file("delays.csv", DELAYS_HEADER "all,read,0.000000,-4\n");
    assert_int_equal(thinning_run(&report, data, error), SIM_FAILED);
    assert_non_null(strstr(error, "delays.csv: row 1"));
}

static int empty(void **state)
{
    (void)state;
    remove_copies();
    return 0;
}

#define TEST(function) cmocka_unit_test_teardown(function, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lengths_follow_the_ticks_of_the_group),
        TEST(ticks_keep_extremes_sums_and_the_last),
        TEST(few_ticks_stay_as_they_are),
        TEST(flows_with_most_bytes_are_summed_in_bins),
        TEST(per_flow_buckets_keep_their_least_and_most),
        TEST(delays_are_rounded_up_and_joined),
        TEST(seconds_are_joined_to_bins),
        TEST(answers_are_counted_in_steps),
        TEST(sigma_of_groups_is_kept),
        TEST(a_row_that_no_run_writes_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
