#include "sim/account/delay_seconds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/output/owned_directory.h"
#include "tests/scratch.h"

static struct owned_directory directory;
static struct record *record;
static struct delay_seconds seconds;
static char error[SIM_ERROR_BYTES];

static int set_up(void **state)
{
    static const struct record_parts parts;
    const char *name;

    scratch_make(state);
    scratch_path(OWNED_MARKER);
    for (size_t i = 0; (name = record_known_file(i)); i++)
        scratch_path(name);
    assert_int_equal(owned_directory_open(&directory, OWNED_RUN, scratch_directory()), 0);
    assert_int_equal(record_open(&directory, &parts, &record, error), SIM_OK);
    seconds = (struct delay_seconds){0};
    delay_seconds_begin(&seconds, record);
    return 0;
}

static int tear_down(void **state)
{
    delay_seconds_fini(&seconds);
    owned_directory_unmark(&directory);
    owned_directory_close(&directory);
    return scratch_remove(state);
}

static void deliver(struct delay_second *group, enum shaper_direction direction, int64_t now_us,
                    int64_t delay_us)
{
    delay_seconds_pass_to(&seconds, now_us);
    assert_int_equal(delay_histogram_add(&group->delays[direction], delay_us), 0);
}

/* Ends the run; delays_time.csv has these rows. */
static void expect_rows(const char *rows)
{
    struct recorded_files files;
    char text[1024];

    delay_seconds_end(&seconds);
    assert_int_equal(record_commit(record, &files, error), SIM_OK);
    FILE *file = fopen(scratch_path("delays_time.csv"), "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    assert_string_equal(text,
                        "group,direction,second,packets,delay_p50_s,delay_p99_s,delay_max_s\n");
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, rows);
}

static void a_second_has_a_row_if_it_has_packets(void **state)
{
    (void)state;
    struct delay_second *web = delay_seconds_add(&seconds, "web");

    deliver(web, SHAPER_READ, 999999, 0);
    deliver(web, SHAPER_READ, 1000000, 7); /* the next second begins with its first microsecond */
    deliver(web, SHAPER_READ, 1999999, 5);
    deliver(web, SHAPER_READ, 3600000000, 6); /* after an hour */
    expect_rows("web,read,0,1,0.000000,0.000000,0.000000\n"
                "web,read,1,2,0.000005,0.000007,0.000007\n"
                "web,read,3600,1,0.000006,0.000006,0.000006\n");
}

/* Which group's packet came first in a second does not matter. */
static void rows_come_by_group_and_direction(void **state)
{
    (void)state;
    struct delay_second *web = delay_seconds_add(&seconds, "web");
    struct delay_second *mail = delay_seconds_add(&seconds, "mail");

    deliver(mail, SHAPER_WRITE, 10, 1);
    deliver(mail, SHAPER_READ, 20, 2);
    deliver(web, SHAPER_WRITE, 30, 3);
    deliver(mail, SHAPER_READ, 1000040, 4);
    deliver(web, SHAPER_READ, 1000050, 5);
    expect_rows("web,write,0,1,0.000003,0.000003,0.000003\n"
                "mail,read,0,1,0.000002,0.000002,0.000002\n"
                "mail,write,0,1,0.000001,0.000001,0.000001\n"
                "web,read,1,1,0.000005,0.000005,0.000005\n"
                "mail,read,1,1,0.000004,0.000004,0.000004\n");
}

/* 100 packets: the 50th of 1 to 100 ms is 50 ms, the 99th 99 ms; both at the end of their steps of
 * 256 and 512 us. */
static void percentiles_are_those_of_the_second(void **state)
{
    (void)state;
    struct delay_second *web = delay_seconds_add(&seconds, "web");

    for (int64_t ms = 100; ms >= 1; ms--)
        deliver(web, SHAPER_WRITE, 500000, 1000 * ms);
    deliver(web, SHAPER_WRITE, 1500000, 250);
    expect_rows("web,write,0,100,0.050175,0.099327,0.100000\n"
                "web,write,1,1,0.000250,0.000250,0.000250\n");
}

static void a_run_without_files_has_none(void **state)
{
    (void)state;
    struct delay_seconds none = {0};

    delay_seconds_begin(&none, NULL);
    assert_null(delay_seconds_add(&none, "web"));
    delay_seconds_pass_to(&none, 5000000);
    delay_seconds_end(&none);
    delay_seconds_fini(&none);
    expect_rows("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_has_a_row_if_it_has_packets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_come_by_group_and_direction, set_up, tear_down),
        cmocka_unit_test_setup_teardown(percentiles_are_those_of_the_second, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_without_files_has_none, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
