#include "sim/verify/verify_filters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Answers and 250 B of flow 1, 80 B of flow 2, with a header of 10 B for each segment of 100 B. */
static const struct changed_run_packet packets[] = {
    {0, 1, false, 250}, {20000, 2, false, 80}, {60000, 1, true, 40}};

static void bytes_pass_from_filter_to_filter(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"filters.csv", "1,all,read,0,overhead,250,280,280,250,",
         "1,all,read,0,overhead,249,279,280,250,", CHECK_FILTERS,
         "filters.csv: row 3, sent_before_bytes: 249, but 250 expected: what flows.csv says was "
         "offered"},
        {"filters.csv", "1,all,read,0,overhead,250,280,280,250,",
         "1,all,read,0,overhead,250,280,270,250,", CHECK_FILTERS,
         "filters.csv: row 3, received_before_bytes: 270, but 280 expected: no more arrives than "
         "was sent"},
        {"filters.csv", "1,all,read,0,overhead,250,280,280,250,",
         "1,all,read,0,overhead,250,280,280,240,", CHECK_FILTERS,
         "filters.csv: row 3, received_after_bytes: '240' does not fit: what flows.csv says was "
         "delivered"},
    };

    changed_run_make(packets, COUNT(packets), CHANGED_RUN_LIMITS " --via overhead=10:100");
    changed_run_expect(cases, COUNT(cases));
}

static void each_segment_has_one_header(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"filters.csv", "1,all,read,0,overhead,250,280,280,250,",
         "1,all,read,0,overhead,250,270,280,250,", CHECK_FILTERS,
         "filters.csv: row 3, sent_after_bytes: '270' does not fit: what comes before and a header "
         "for each segment"},
        {"filters.csv", "1,all,read,0,overhead,250,280,280,250,",
         "1,all,read,0,overhead,250,281,280,250,", CHECK_FILTERS,
         "filters.csv: row 3, sent_after_bytes: '281' does not fit: what comes before and a header "
         "for each segment"},
        {"filters.csv", "1,all,read,0,overhead,250,280,280,250,",
         "1,all,read,0,overhead,250,2760,280,250,", CHECK_FILTERS,
         "filters.csv: row 3, sent_after_bytes: '2760' does not fit: what comes before and a "
         "header for each segment"},
    };

    changed_run_make(packets, COUNT(packets), CHANGED_RUN_LIMITS " --via overhead=10:100");
    changed_run_expect(cases, COUNT(cases));
}

static void rows_are_in_order(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"filters.csv", "1,all,read,0,", "3,all,read,0,", CHECK_FILTERS,
         "filters.csv: row 3, flow: 3, but 1 expected: rows come as in flows.csv, for each "
         "direction and filter"},
        {"filters.csv", "1,all,read,0,", "1,all,write,0,", CHECK_FILTERS,
         "filters.csv: row 3, direction: 'write' does not fit: read first, then write"},
        {"filters.csv", "1,all,read,0,", "1,all,read,1,", CHECK_FILTERS,
         "filters.csv: row 3, position: 1, but 0 expected: one row for each filter, the "
         "application's first"},
        {"filters.csv", "1,all,read,0,overhead", "1,all,read,0,deflate", CHECK_FILTERS,
         "filters.csv: row 3, filter: 'deflate' does not fit: the command's filter at this "
         "position"},
        {"filters.csv", "1,all,write,0,overhead,40,50,50,40,e9ec3db1,e9ec3db1\n", "", CHECK_FILTERS,
         "filters.csv: no rows for flow 1 of flows.csv"},
    };

    changed_run_make(packets, COUNT(packets), CHANGED_RUN_LIMITS " --via overhead=10:100");
    changed_run_expect(cases, COUNT(cases));
}

static void checksums_are_of_the_same_bytes(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"filters.csv", "0b9a04c3,0b9a04c3", "0b9a04c3,0b9a04c4", CHECK_FILTERS,
         "filters.csv: row 3, received_crc32: '0b9a04c4' does not fit: what comes out is what went "
         "in"},
        {"filters.csv", "0b9a04c3,0b9a04c3", "0b9a04C3,0b9a04C3", CHECK_FILTERS,
         "filters.csv: row 3, sent_crc32: '0b9a04C3' does not fit: eight hexadecimal digits, zeros "
         "for no bytes"},
        {"filters.csv", "00000000,00000000", "00000001,00000001", CHECK_FILTERS,
         "filters.csv: row 2, sent_crc32: '00000001' does not fit: eight hexadecimal digits, zeros "
         "for no bytes"},
    };

    changed_run_make(packets, COUNT(packets), CHANGED_RUN_LIMITS " --via overhead=10:100");
    changed_run_expect(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_pass_from_filter_to_filter),
        cmocka_unit_test(each_segment_has_one_header),
        cmocka_unit_test(rows_are_in_order),
        cmocka_unit_test(checksums_are_of_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
