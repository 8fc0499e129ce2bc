#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/account/cause_list.h"

/* Acknowledged packets are dropped but for a few, others never. */
static void test_the_list_of_causes_is_bounded(void **state)
{
    struct cause_list list = {0};
    uint32_t ordinal;
    int64_t late_us;

    (void)state;
    for (uint32_t i = 0; i < 100000; i++) {
        assert_int_equal(cause_list_add(&list, i, (i + 1) * UINT64_C(10), (i + 1) * 10), 0);
        assert_int_equal(cause_list_deliver(&list, (i + 1) * UINT64_C(10), i, NULL), 0);
        if (cause_list_cover(&list, (struct acknowledgment){true, i * 10}))
            cause_list_trim(&list, NULL);
    }
    assert_int_equal(list.next - list.first, CAUSES_KEPT + 1);
    assert_true(cause_list_find(&list, (struct acknowledgment){true, 999985}, &ordinal));
    assert_int_equal(ordinal, 99997);
    assert_false(cause_list_find(&list, (struct acknowledgment){true, 10}, &ordinal));
    assert_int_equal(cause_list_look(&list, 5, &late_us), CAUSE_NOT_KEPT);
    for (uint32_t i = 0; i < 100000; i++) {
        assert_int_equal(cause_list_add(&list, i, UINT64_C(1000000) + i + 1, 1000000 + i + 1), 0);
        if (cause_list_cover(&list, (struct acknowledgment){.is_given = false}))
            cause_list_trim(&list, NULL);
    }
    assert_in_range(list.next - list.first, 100000, 100000 + CAUSES_KEPT + 1);
    assert_int_equal(cause_list_deliver(&list, UINT64_C(1100000), 200000, NULL), 0);
    assert_true(cause_list_cover(&list, (struct acknowledgment){.is_given = false}));
    cause_list_trim(&list, NULL);
    assert_int_equal(list.next - list.first, CAUSES_UNSEEN_MAX + CAUSES_KEPT);
    cause_list_fini(&list);
}

/* Captured at 0, 5 and 20, delivered at 30, 30 and 45: behind 30, 25 and 25. */
static void test_packets_are_counted_behind_their_capture(void **state)
{
    struct cause_list list = {0};
    struct delay_histogram behind = {0};

    (void)state;
    assert_int_equal(cause_list_add(&list, 0, 10, 10), 0);
    assert_int_equal(cause_list_add(&list, 5, 20, 20), 0);
    assert_int_equal(cause_list_add(&list, 20, 30, 30), 0);
    assert_int_equal(cause_list_deliver(&list, 9, 29, &behind), 0);
    assert_int_equal(behind.packets, 0);
    assert_int_equal(cause_list_deliver(&list, 25, 30, &behind), 0);
    assert_int_equal(behind.packets, 2);
    assert_int_equal(behind.max_us, 30);
    assert_int_equal(cause_list_deliver(&list, 30, 45, &behind), 0);
    assert_int_equal(behind.packets, 3);
    assert_int_equal(delay_histogram_percentile_us(&behind, 500), 25);
    delay_histogram_fini(&behind);
    cause_list_fini(&list);
}

/* What becomes of packets captured at 0, 5 and 20 of which the first two are delivered at 30. */
static void test_a_cause_is_late(void **state)
{
    struct cause_list list = {0};
    int64_t late_us = -1;

    (void)state;
    assert_int_equal(cause_list_look(&list, 0, &late_us), CAUSE_NOT_KEPT);
    assert_int_equal(cause_list_add(&list, 0, 10, 10), 0);
    assert_int_equal(cause_list_add(&list, 5, 20, 20), 0);
    assert_int_equal(cause_list_add(&list, 20, 30, 30), 0);
    assert_int_equal(cause_list_look(&list, 0, &late_us), CAUSE_WAITS);
    assert_int_equal(cause_list_deliver(&list, 29, 30, NULL), 0);
    assert_int_equal(cause_list_look(&list, 0, &late_us), CAUSE_DELIVERED);
    assert_int_equal(late_us, 30);
    assert_int_equal(cause_list_look(&list, 1, &late_us), CAUSE_DELIVERED);
    assert_int_equal(late_us, 25);
    assert_int_equal(cause_list_look(&list, 2, &late_us), CAUSE_WAITS);
    assert_int_equal(cause_list_look(&list, 3, &late_us), CAUSE_NOT_KEPT);
    cause_list_fini(&list);
}

/* Behind a hole, packets that end at 100, 300 and 200: an acknowledgment of the hole's end finds
 * the newest that it covers, and covers in order no more than the first. */
static void test_an_acknowledgment_behind_a_hole(void **state)
{
    struct cause_list list = {0};
    uint32_t ordinal;

    (void)state;
    assert_int_equal(cause_list_add(&list, 0, 100, 100), 0);
    assert_int_equal(cause_list_add(&list, 1, 200, 300), 0);
    assert_int_equal(cause_list_add(&list, 2, 300, 200), 0);
    assert_true(cause_list_find(&list, (struct acknowledgment){true, 250}, &ordinal));
    assert_int_equal(ordinal, 2);
    assert_true(cause_list_find(&list, (struct acknowledgment){true, 199}, &ordinal));
    assert_int_equal(ordinal, 0);
    assert_true(cause_list_find(&list, (struct acknowledgment){true, 300}, &ordinal));
    assert_int_equal(ordinal, 2);
    assert_false(cause_list_cover(&list, (struct acknowledgment){true, 250}));
    assert_int_equal(list.covered, 1);
    assert_false(cause_list_cover(&list, (struct acknowledgment){true, 300}));
    assert_int_equal(list.covered, 3);
    cause_list_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_list_of_causes_is_bounded),
        cmocka_unit_test(test_packets_are_counted_behind_their_capture),
        cmocka_unit_test(test_a_cause_is_late),
        cmocka_unit_test(test_an_acknowledgment_behind_a_hole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
