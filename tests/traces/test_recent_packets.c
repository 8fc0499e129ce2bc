#include "traces/recent_packets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct recent_packet packet = {
    .time_us = 1000, .flow = 5, .content = 77, .id = 9, .bytes = 100};

static void all_fields_count(void **state)
{
    (void)state;
    struct recent_packets recent = {0};
    struct recent_packet same = packet, flow = packet, content = packet, id = packet,
                         bytes = packet, in_time = packet, too_late = packet;

    flow.flow++;
    content.content++;
    id.id++;
    bytes.bytes++;
    in_time.time_us += RECENT_PACKETS_US;
    too_late.time_us += RECENT_PACKETS_US + 1;
    assert_false(recent_packets_has(&recent, &same));
    recent_packets_add(&recent, &packet);
    assert_true(recent_packets_has(&recent, &same));
    assert_false(recent_packets_has(&recent, &flow));
    assert_false(recent_packets_has(&recent, &content));
    assert_false(recent_packets_has(&recent, &id));
    assert_false(recent_packets_has(&recent, &bytes));
    assert_true(recent_packets_has(&recent, &in_time));
    assert_false(recent_packets_has(&recent, &too_late));
}

/* RECENT_PACKETS_MAX others after it are one too many. */
static void the_last_ones_are_remembered(void **state)
{
    (void)state;
    struct recent_packets recent = {0};
    struct recent_packet other = packet;

    recent_packets_add(&recent, &packet);
    for (int i = 0; i < RECENT_PACKETS_MAX - 1; i++) {
        other.id++;
        recent_packets_add(&recent, &other);
    }
    assert_true(recent_packets_has(&recent, &packet));
    recent_packets_add(&recent, &other);
    assert_false(recent_packets_has(&recent, &packet));
    assert_true(recent_packets_has(&recent, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fields_count),
        cmocka_unit_test(the_last_ones_are_remembered),
    };

    return cmocka_run_group_tests_name("recent_packets", tests, NULL, NULL);
}
