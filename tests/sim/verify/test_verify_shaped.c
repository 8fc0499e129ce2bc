#include "sim/verify/verify_shaped.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/sim/verify/changed_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In shaped.pcap, in the order of delivery: 20 and 30 B at 0 s and 0.03 s, 200 B at 0.1 s, 100 B at
 * 0.2 s. A packet has 16 B of the file and 42 B of headers before its payload. */
static const struct changed_run_packet packets[] = {
    {0, 1, false, 20}, {10000, 1, true, 200}, {20000, 1, true, 100}, {30000, 2, false, 30}};

enum { SECOND_PACKET = 24 + 16 + 42 + 20, THIRD_PACKET = SECOND_PACKET + 16 + 42 + 30 };

static int set_up(void **state)
{
    scratch_make(state);
    changed_run_make(packets, COUNT(packets), CHANGED_RUN_LIMITS " --write-pcap");
    return 0;
}

/* With one byte of shaped.pcap changed. */
static void expect(size_t offset, uint8_t value, enum check check, const char *message)
{
    static struct checks checks;
    uint8_t old = changed_run_set_byte("shaped.pcap", offset, value);

    changed_run_verify(NULL, false, &checks);
    changed_run_set_byte("shaped.pcap", offset, old);
    assert_string_equal(checks.results[check].message, message);
}

static void packets_and_bytes_are_those_of_flows(void **state)
{
    (void)state;
    static const struct two_flows_case cases[] = {
        {"flows.csv", ",end,3,20,20,300,300,", ",end,4,20,20,300,300,", CHECK_SHAPED,
         "shaped.pcap: 4 packets, but the flows of flows.csv have 5"},
        {"flows.csv", ",end,3,20,20,300,300,", ",end,3,20,20,300,299,", CHECK_SHAPED,
         "shaped.pcap: 350 bytes, but 349 were delivered by flows.csv"},
    };

    changed_run_expect(cases, COUNT(cases));
}

static void packets_belong_to_flows(void **state)
{
    (void)state;
    expect(SECOND_PACKET + 16 + 12, 0x88, CHECK_SHAPED,
           "shaped.pcap: packet 2: it belongs to no flow"); /* no longer IPv4 */
}

static void times_are_in_order_and_within_the_run(void **state)
{
    (void)state;
    expect(SECOND_PACKET, 1, CHECK_SHAPED,
           "shaped.pcap: packet 2 is at 1.030000 s, but the run is from 0 to 0.200000 s");
    expect(24 + 7, 2, CHECK_SHAPED, /* the first one at 0.033554 s */
           "shaped.pcap: packet 2 is before the one before it");
}

static void bytes_are_those_of_ticks(void **state)
{
    (void)state;
    expect(THIRD_PACKET + 7, 3, CHECK_SHAPED, /* at 0.066445 s */
           "shaped.pcap: 250 bytes by the end of tick 0, but ticks.csv has delivered 150");
}

static void a_file_that_ends_early_is_not_whole(void **state)
{
    (void)state;
    expect(SECOND_PACKET + 9, 255, CHECK_FILES, "shaped.pcap: ends in the middle of a packet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_and_bytes_are_those_of_flows),
        cmocka_unit_test(packets_belong_to_flows),
        cmocka_unit_test(times_are_in_order_and_within_the_run),
        cmocka_unit_test(bytes_are_those_of_ticks),
        cmocka_unit_test(a_file_that_ends_early_is_not_whole),
    };

    return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
