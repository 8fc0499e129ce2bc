#include "traces/recent_packets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct recent_packet packet = {
    .time_us = 1000, .flow = 5, .content = 77, .id = 9, .bytes = 100};

/* Whether `second` is known after `packet`. */
static bool is_known(const struct recent_packet *second)
{
    struct recent_packets recent = {0};

    assert_false(recent_packets_take(&recent, &packet));
    return recent_packets_take(&recent, second);
}

static void all_fields_count(void **state)
{
    (void)state;
    struct recent_packet flow = packet, content = packet, id = packet, bytes = packet,
                         in_time = packet, too_late = packet;

    flow.flow++;
    content.content++;
    id.id++;
    bytes.bytes++;
    in_time.time_us += RECENT_PACKETS_US;
    too_late.time_us += RECENT_PACKETS_US + 1;
    assert_true(is_known(&packet));
    assert_false(is_known(&flow));
    assert_false(is_known(&content));
    assert_false(is_known(&id));
    assert_false(is_known(&bytes));
    assert_true(is_known(&in_time));
    assert_false(is_known(&too_late));
}

/* A third one is one more, by the second. */
static void each_one_is_remembered(void **state)
{
    (void)state;
    struct recent_packets recent = {0};
    struct recent_packet later = packet;

    assert_false(recent_packets_take(&recent, &later));
    for (int i = 0; i < 10; i++) {
        later.time_us += RECENT_PACKETS_US;
        assert_true(recent_packets_take(&recent, &later));
    }
}

/* Of as many as there are sets, all are known; of a hundred times as many, the last ones at most.
 */
static void memory_is_bounded(void **state)
{
    (void)state;
    struct recent_packets recent = {0};
    struct recent_packet other = packet;
    int known = 0;

    for (uint32_t i = 0; i < RECENT_PACKETS_SETS; i++) {
        other.id = i;
        assert_false(recent_packets_take(&recent, &other));
    }
    for (uint32_t i = RECENT_PACKETS_SETS; i-- > 0;) {
        other.id = i;
        known += recent_packets_take(&recent, &other);
    }
    assert_in_range(known, RECENT_PACKETS_SETS * 9 / 10, RECENT_PACKETS_SETS);
    for (uint32_t i = 1; i <= 100 * RECENT_PACKETS_SETS; i++) {
        other.id = RECENT_PACKETS_SETS * i;
        recent_packets_take(&recent, &other);
    }
    other.id = 3;
    assert_false(recent_packets_take(&recent, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fields_count),
        cmocka_unit_test(each_one_is_remembered),
        cmocka_unit_test(memory_is_bounded),
    };

    return cmocka_run_group_tests_name("recent_packets", tests, NULL, NULL);
}
