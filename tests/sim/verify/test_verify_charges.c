#include "sim/verify/verify_charges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct changed_run_packet packets[] = {
    {0, 1, false, 250}, {20000, 2, false, 80}, {60000, 1, true, 40}};

static void without_filters_delivered_bytes_are_charged(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"ticks.csv", "100,40,100,40,", "90,40,90,40,", CHECK_CONSERVATION,
         "ticks.csv: read_bytes of group all: 320 in sum, but its flows should be charged 330 to "
         "330"},
    };

    changed_run_make(packets, COUNT(packets), CHANGED_RUN_LIMITS);
    changed_run_expect(cases, COUNT(cases));
}

static void a_filter_adds_its_headers(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"filters.csv", "1,all,read,0,overhead,250,280,280,250,",
         "1,all,read,0,overhead,250,280,270,250,", CHECK_CONSERVATION,
         "ticks.csv: read_bytes of group all: 370 in sum, but its flows should be charged 360 to "
         "360"},
    };

    changed_run_make(packets, COUNT(packets), CHANGED_RUN_LIMITS " --via overhead=10:100");
    changed_run_expect(cases, COUNT(cases));
}

static void a_run_that_is_cut_leaves_what_was_sent_open(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"ticks.csv", "100,0,150,150,100,0,200", "100,0,150,150,90,0,200", CHECK_CONSERVATION,
         "ticks.csv: read_bytes of group all: 190 in sum, but its flows should be charged 200 to "
         "370"},
        {"ticks.csv", "100,0,150,150,100,0,200", "100,0,150,150,271,0,200", CHECK_CONSERVATION,
         "ticks.csv: read_bytes of group all: 371 in sum, but its flows should be charged 200 to "
         "370"},
    };

    changed_run_make(packets, COUNT(packets),
                     CHANGED_RUN_LIMITS " --via overhead=10:100 --max-time 150ms");
    changed_run_expect(cases, COUNT(cases));
}

static void flushed_bytes_are_not_charged(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"application.csv", "0,0,150,40", "0,0,151,40", CHECK_CONSERVATION,
         "ticks.csv: read_bytes of group all: 100 in sum, but its flows should be charged 99 to "
         "99"},
        {"application.csv", "0,0,150,40", "0,0,150,39", CHECK_CONSERVATION,
         "ticks.csv: written_bytes of group all: 0 in sum, but its flows should be charged 1 to 1"},
    };

    changed_run_make(packets, COUNT(packets), CHANGED_RUN_LIMITS " --flush finished");
    changed_run_expect(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_filters_delivered_bytes_are_charged),
        cmocka_unit_test(a_filter_adds_its_headers),
        cmocka_unit_test(a_run_that_is_cut_leaves_what_was_sent_open),
        cmocka_unit_test(flushed_bytes_are_not_charged),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
