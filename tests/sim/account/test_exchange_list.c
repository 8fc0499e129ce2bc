#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/account/exchange_list.h"

/* Of the flow: 'q' is the initiator's direction, 'r' the responder's. */
static struct exchange_list list;
static bool is_swapped; /* as with --shape initiator */
static uint64_t due_bytes[SHAPER_DIRECTIONS], delivered_bytes[SHAPER_DIRECTIONS];

static enum shaper_direction direction_of(char end)
{
    return (end == 'q') != is_swapped ? SHAPER_READ : SHAPER_WRITE;
}

static void begin(bool swapped, bool has_exchanges)
{
    is_swapped = swapped;
    memset(due_bytes, 0, sizeof(due_bytes));
    memset(delivered_bytes, 0, sizeof(delivered_bytes));
    exchange_list_init(&list, direction_of('q'), has_exchanges);
}

static int set_up(void **state)
{
    (void)state;
    begin(false, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    exchange_list_fini(&list);
    return 0;
}

static void capture_any(char end, int64_t us, uint32_t bytes, bool has_payload)
{
    const struct exchange_packet packet = {.direction = direction_of(end),
                                           .captured_us = us,
                                           .bytes = bytes,
                                           .has_payload = has_payload};

    assert_int_equal(exchange_list_capture(&list, &packet), 0);
}

static void capture(char end, int64_t us, uint32_t bytes)
{
    capture_any(end, us, bytes, true);
}

static void due(char end, int64_t us, uint32_t bytes)
{
    enum shaper_direction d = direction_of(end);

    exchange_list_due(&list, d, due_bytes[d], us, NULL);
    due_bytes[d] += bytes;
}

/* In open replay a packet is due when it was captured. */
static void take(char end, int64_t us, uint32_t bytes)
{
    capture(end, us, bytes);
    due(end, us, bytes);
}

static void deliver(char end, int64_t us, uint64_t bytes)
{
    enum shaper_direction d = direction_of(end);

    delivered_bytes[d] += bytes;
    exchange_list_deliver(&list, d, delivered_bytes[d], us);
}

/* What has ended: number, start, bytes of request and response, captured and replayed first byte,
 * captured and replayed response time. */
static void expect_ended(const char *expected)
{
    char text[512] = "";
    struct exchange e;
    uint64_t number;

    for (size_t used = 0; exchange_list_take(&list, &e, &number); used = strlen(text))
        snprintf(text + used, sizeof(text) - used, "%s%d:%d %d+%d %d/%d %d/%d",
                 used > 0 ? ", " : "", (int)number, (int)e.start_us, (int)e.request_bytes,
                 (int)e.response_bytes, (int)exchange_captured_first_byte_us(&e),
                 (int)exchange_first_byte_us(&e), (int)exchange_captured_response_us(&e),
                 (int)exchange_response_us(&e));
    assert_string_equal(text, expected);
}

static void expect_at_end(bool is_whole, const char *expected, int64_t completed_us)
{
    exchange_list_end(&list, is_whole);
    expect_ended(expected);
    assert_int_equal(exchange_list_completed_us(&list), completed_us);
}

/* The header's example, twice: what the second request ends has its row then. */
static void play_two(void)
{
    take('q', 0, 60);
    take('q', 0, 40);
    deliver('q', 0, 100);
    take('r', 10, 1000);
    take('r', 12, 2000);
    deliver('r', 14, 999);
    deliver('r', 15, 1);
    deliver('r', 40, 2000);
    expect_ended(""); /* the response may have more packets */
    take('q', 50, 10);
    expect_ended("1:0 100+3000 10/15 12/40");
    deliver('q', 50, 10);
    take('r', 60, 5);
    deliver('r', 60, 5);
}

static void test_an_exchange_is_measured_from_its_request(void **state)
{
    (void)state;
    play_two();
    expect_at_end(true, "2:50 10+5 10/10 10/10", 60);
}

static void test_either_end_may_be_shaped(void **state)
{
    (void)state;
    begin(true, true);
    play_two();
    expect_at_end(true, "2:50 10+5 10/10 10/10", 60);
}

/* Closed loop: captured long before it is due, and the next one is captured before it is
 * delivered. */
static void test_what_is_held_is_due_later(void **state)
{
    (void)state;
    capture('q', 0, 100);
    capture('r', 10, 500);
    capture('q', 20, 100);
    capture('r', 30, 500);
    due('q', 5, 100);
    deliver('q', 7, 100);
    due('r', 17, 500);
    expect_ended("");
    deliver('r', 200, 500);
    expect_ended("1:5 100+500 10/195 10/195");
    due('q', 210, 100);
    deliver('q', 210, 100);
    due('r', 220, 500);
    deliver('r', 230, 499);
    assert_int_equal(exchange_list_completed_us(&list), -1);
    deliver('r', 240, 1);
    expect_at_end(true, "2:210 100+500 10/30 10/30", 240);
}

/* Deliveries may come long after captures: those of two responses together. */
static void test_one_delivery_ends_several(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        take('q', 10 * i, 1);
        deliver('q', 10 * i, 1);
        take('r', 10 * i + 2, 7);
        take('r', 10 * i + 3, 7);
    }
    deliver('r', 100, 2 * 14 + 8);
    expect_ended("1:0 1+14 2/100 3/100, 2:10 1+14 2/90 3/90");
    deliver('r', 105, 6);
    expect_at_end(true, "3:20 1+14 2/80 3/85", 105);
}

static void test_equal_timestamps_are_ordered_by_the_trace(void **state)
{
    (void)state;
    take('q', 5, 10);
    take('r', 5, 20);
    take('q', 5, 10);
    take('r', 5, 20);
    deliver('q', 5, 20);
    deliver('r', 5, 40);
    expect_at_end(true, "1:5 10+20 0/0 0/0, 2:5 10+20 0/0 0/0", 5);
}

static void test_a_server_may_speak_first(void **state)
{
    (void)state;
    take('r', 3, 20);
    take('r', 4, 20);
    deliver('r', 9, 40);
    take('q', 10, 5);
    expect_ended("1:3 0+40 0/6 1/6");
    deliver('q', 11, 5);
    expect_at_end(true, "2:10 5+0 -1/-1 -1/-1", 11); /* nothing answers it */
}

static void test_one_packet_is_an_exchange(void **state)
{
    (void)state;
    take('q', 3, 20);
    deliver('q', 4, 20);
    expect_at_end(true, "1:3 20+0 -1/-1 -1/-1", 4);
}

static void test_without_payload_there_is_none(void **state)
{
    (void)state;
    expect_at_end(true, "", -1);
    assert_int_equal(list.captured_last_us, -1);
    begin(false, true);
    capture_any('q', 1, 40, false); /* an ACK, counted by its frame */
    due('q', 1, 40);
    deliver('q', 1, 40);
    expect_at_end(true, "", -1);
}

/* Counted by frames: those without payload move the offsets, and are in no exchange. */
static void test_packets_without_payload_are_in_none(void **state)
{
    (void)state;
    capture_any('q', 0, 40, false);
    due('q', 0, 40);
    take('q', 1, 100);
    take('r', 2, 100);
    capture_any('r', 3, 40, false);
    due('r', 3, 40);
    deliver('q', 4, 140);
    deliver('r', 5, 100);
    deliver('r', 9, 40);
    expect_at_end(true, "1:1 100+100 1/4 1/4", 5);
}

static void test_what_is_cut_has_no_response_time(void **state)
{
    (void)state;
    take('q', 0, 10);
    deliver('q', 0, 10);
    take('r', 5, 10);
    take('r', 8, 10);
    deliver('r', 9, 15); /* the first packet is there */
    capture('q', 20, 10);
    exchange_list_cut(&list);
    expect_ended("1:0 10+20 5/9 8/-1");
    capture('r', 30, 10); /* never due */
    capture('q', 40, 10);
    expect_ended("2:-1 10+10 10/-1 10/-1");
    expect_at_end(true, "3:-1 10+0 -1/-1 -1/-1", -1);
    assert_int_equal(list.captured_last_us, 40);
}

/* The run ends while the trace continues: what came is no whole response. */
static void test_the_rest_of_the_trace_completes_what_was_captured(void **state)
{
    const struct exchange_packet rest[] = {{direction_of('r'), 30, 5, true},
                                           {direction_of('q'), 40, 5, true},
                                           {direction_of('r'), 50, 5, true}};

    (void)state;
    take('q', 0, 10);
    deliver('q', 0, 10);
    take('r', 5, 10);
    deliver('r', 6, 10);
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        exchange_list_capture_rest(&list, &rest[i]);
    expect_at_end(true, "1:0 10+15 5/6 30/-1", -1);
    assert_int_equal(list.captured_last_us, 50);
}

/* The rest cannot be read: whether there is more of it is not known. */
static void test_a_trace_that_is_not_whole_answers_nothing(void **state)
{
    (void)state;
    take('q', 0, 10);
    deliver('q', 0, 10);
    take('r', 5, 10);
    deliver('r', 6, 10);
    expect_at_end(false, "1:0 10+10 5/6 5/-1", -1);
}

static void test_other_protocols_have_only_a_last_byte(void **state)
{
    (void)state;
    begin(false, false);
    take('q', 0, 10);
    take('r', 5, 10);
    deliver('q', 7, 10);
    assert_int_equal(exchange_list_completed_us(&list), -1);
    deliver('r', 8, 10);
    expect_at_end(true, "", 8);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_an_exchange_is_measured_from_its_request),
        TEST(test_either_end_may_be_shaped),
        TEST(test_what_is_held_is_due_later),
        TEST(test_one_delivery_ends_several),
        TEST(test_equal_timestamps_are_ordered_by_the_trace),
        TEST(test_a_server_may_speak_first),
        TEST(test_one_packet_is_an_exchange),
        TEST(test_without_payload_there_is_none),
        TEST(test_packets_without_payload_are_in_none),
        TEST(test_what_is_cut_has_no_response_time),
        TEST(test_the_rest_of_the_trace_completes_what_was_captured),
        TEST(test_a_trace_that_is_not_whole_answers_nothing),
        TEST(test_other_protocols_have_only_a_last_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
