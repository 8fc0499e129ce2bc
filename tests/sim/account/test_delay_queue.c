#include "sim/account/delay_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t next_random(uint64_t *random_state)
{
    *random_state = *random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *random_state >> 16;
}

/* `bytes` are not the whole of the oldest packet. */
static void expect_none(struct delay_queue *queue, uint64_t bytes)
{
    int64_t arrived_us = -1;

    assert_int_equal(delay_queue_deliver(queue, &bytes, &arrived_us), 0);
    assert_int_equal(arrived_us, -1);
}

/* They cover it, and `left_bytes` of them remain. */
static void expect_arrival(struct delay_queue *queue, uint64_t bytes, int64_t expected_us,
                           uint64_t left_bytes)
{
    int64_t arrived_us = -1;

    assert_int_equal(delay_queue_deliver(queue, &bytes, &arrived_us), 1);
    assert_int_equal(arrived_us, expected_us);
    assert_int_equal(bytes, left_bytes);
}

static void a_packet_is_delivered_with_its_last_byte(void **state)
{
    (void)state;
    struct delay_queue queue = {0};

    expect_none(&queue, 0);
    expect_none(&queue, UINT64_MAX);
    assert_int_equal(delay_queue_arrive(&queue, 100, 5), 0);
    assert_int_equal(delay_queue_arrive(&queue, 150, 7), 0);
    assert_int_equal(delay_queue_arrive(&queue, 1, 7), 0);
    expect_none(&queue, 99);
    expect_arrival(&queue, 1, 5, 0);
    expect_none(&queue, 0);
    expect_none(&queue, 149);
    expect_arrival(&queue, 2, 7, 1);
    expect_arrival(&queue, 1, 7, 0);
    expect_none(&queue, 1000);
    delay_queue_fini(&queue);
    expect_none(&queue, UINT64_MAX);
}

static void one_delivery_covers_many_packets(void **state)
{
    (void)state;
    struct delay_queue queue = {0};

    for (int64_t us = 0; us < 10; us++)
        assert_int_equal(delay_queue_arrive(&queue, UINT32_MAX, us), 0);
    for (uint64_t us = 0; us < 10; us++)
        expect_arrival(&queue, UINT64_C(10) * UINT32_MAX, (int64_t)us, UINT64_C(9) * UINT32_MAX);
    delay_queue_fini(&queue);
}

/* A gap that fits an entry, and the first one that does not. */
static void silences_of_any_length_are_kept(void **state)
{
    (void)state;
    static const int64_t gaps_us[] = {
        0, UINT32_MAX, INT64_C(1) + UINT32_MAX, 1, INT64_C(1) << 61, UINT32_MAX, INT64_C(1) << 60};
    struct delay_queue queue = {0};
    int64_t us = -5;

    for (size_t i = 0; i < COUNT(gaps_us); i++)
        assert_int_equal(delay_queue_arrive(&queue, 1, us += gaps_us[i]), 0);
    us = -5;
    for (size_t i = 0; i < COUNT(gaps_us); i++)
        expect_arrival(&queue, 1, us += gaps_us[i], 0);
    assert_int_equal(delay_queue_arrive(&queue, 1, us), 0); /* and on from there */
    expect_arrival(&queue, 1, us, 0);
    expect_none(&queue, 1);
    delay_queue_fini(&queue);
}

/* The ring grows wherever its first entry is. */
static void the_ring_grows_in_order(void **state)
{
    (void)state;

    for (int shift = 0; shift < 40; shift++) {
        struct delay_queue queue = {0};
        int64_t in = 0, out = 0;
        for (; in < shift; in++) { /* moves the ring's first entry, with one entry in it */
            assert_int_equal(delay_queue_arrive(&queue, 1, 10 * in), 0);
            expect_arrival(&queue, 1, 10 * out, 0);
            out++;
        }
        for (; in < shift + 300; in++)
            assert_int_equal(delay_queue_arrive(&queue, 1, 10 * in), 0);
        assert_int_equal(queue.count, 300);
        for (; out < in; out++)
            expect_arrival(&queue, 1, 10 * out, 0);
        expect_none(&queue, 1);
        delay_queue_fini(&queue);
    }
}

/* Packet n has n % 7 + 1 bytes and comes at n^4: from 1024 on the gaps do not fit an entry. */
static int64_t time_of(int64_t n)
{
    return n * n * n * n;
}

static void the_ring_keeps_order_at_random(void **state)
{
    (void)state;
    struct delay_queue queue = {0};
    uint64_t random_state = 7;
    int64_t in = 0, out = 0;

    for (int i = 0; i < 100000; i++) {
        bool growing = i / 10000 % 2 == 0; /* long, then empty, and again */
        if (next_random(&random_state) % 3 == 0 ? growing : !growing) {
            uint64_t bytes = (uint64_t)out % 7 + 1;
            if (out == in) {
                expect_none(&queue, UINT64_MAX);
                continue;
            }
            expect_none(&queue, bytes - 1);
            expect_arrival(&queue, 1, time_of(out), 0);
            out++;
        } else {
            assert_int_equal(delay_queue_arrive(&queue, (uint32_t)in % 7 + 1, time_of(in)), 0);
            in++;
        }
    }
    assert_true(in > 40000);
    assert_true(queue.capacity > 1000);
    delay_queue_fini(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_is_delivered_with_its_last_byte),
        cmocka_unit_test(one_delivery_covers_many_packets),
        cmocka_unit_test(silences_of_any_length_are_kept),
        cmocka_unit_test(the_ring_grows_in_order),
        cmocka_unit_test(the_ring_keeps_order_at_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
