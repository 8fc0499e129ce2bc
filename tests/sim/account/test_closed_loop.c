#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/account/closed_loop.h"

/* A flow that logs what is called back, with its time: r for what is read, w for what is written,
 * then c (closed), x (retired), s (stuck). */
struct log {
    char text[256];
    char name;
    int64_t now_us;
};

static struct closed_loop loop;
static struct log logs[2];
static struct closed_flow *flows[2];
static char order[256]; /* of all flows: name and direction */

static void add(struct log *log, char what, int64_t us)
{
    size_t used = strlen(log->text);

    snprintf(log->text + used, sizeof(log->text) - used, "%s%c%lld", used ? " " : "", what,
             (long long)us);
    used = strlen(order);
    snprintf(order + used, sizeof(order) - used, "%c%c", log->name, what);
}

static void on_due(void *arg, const struct closed_loop_due *packet)
{
    add(arg, packet->direction == SHAPER_READ ? 'r' : 'w', packet->due_us);
}

static void on_closed(void *arg)
{
    add(arg, 'c', ((struct log *)arg)->now_us);
}

static void on_retired(void *arg)
{
    add(arg, 'x', ((struct log *)arg)->now_us);
}

static void on_stuck(void *arg)
{
    add(arg, 's', ((struct log *)arg)->now_us);
}

static const struct closed_loop_callbacks callbacks = {
    .due = on_due, .closed = on_closed, .retired = on_retired, .stuck = on_stuck};

static int set_up(void **state)
{
    (void)state;
    memset(logs, 0, sizeof(logs));
    order[0] = '\0';
    loop = (struct closed_loop){.callbacks = &callbacks};
    for (int i = 0; i < 2; i++) {
        logs[i].name = (char)('a' + i);
        flows[i] = closed_flow_new(&loop, &logs[i], 0);
        if (!flows[i])
            return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        closed_flow_free(flows[i]);
    closed_loop_fini(&loop);
    return 0;
}

static void set_time(int64_t now_us)
{
    logs[0].now_us = now_us;
    logs[1].now_us = now_us;
}

/* What happens by itself up to that time, instant by instant. */
static void pass_to(int64_t to_us)
{
    for (int64_t at_us; (at_us = closed_loop_next_us(&loop)) <= to_us;) {
        set_time(at_us);
        closed_loop_begin_round(&loop);
        while (closed_loop_run_due(&loop, at_us, at_us))
            continue;
    }
    set_time(to_us);
}

static uint32_t number;

static enum closed_loop_answer take(int flow, enum shaper_direction direction, int64_t us,
                                    uint32_t end, int64_t acknowledged)
{
    const struct closed_loop_packet packet = {
        .direction = direction,
        .captured_us = us,
        .number = ++number,
        .bytes = 100,
        .has_payload = true,
        .acknowledgment = {acknowledged >= 0, (uint32_t)acknowledged},
        .end_sequence = end};
    int64_t due_us = -1;

    pass_to(us);
    enum closed_loop_answer answer = closed_flow_take(flows[flow], &packet, NULL, us, &due_us);
    if (answer == CLOSED_LOOP_DUE)
        add(&logs[flow], direction == SHAPER_READ ? 'r' : 'w', due_us);
    return answer;
}

static enum closed_loop_answer take_without_bytes(int flow, enum shaper_direction direction,
                                                  int64_t us, bool ends, int64_t acknowledged,
                                                  struct held_copy *copy)
{
    const struct closed_loop_packet packet = {
        .direction = direction,
        .captured_us = us,
        .number = ++number,
        .ends_stream = ends,
        .acknowledgment = {acknowledged >= 0, (uint32_t)acknowledged}};
    int64_t due_us = -1;

    pass_to(us);
    return closed_flow_take(flows[flow], &packet, copy, us, &due_us);
}

/* A FIN, or an ACK alone. */
static enum closed_loop_answer take_empty(int flow, enum shaper_direction direction, int64_t us,
                                          bool ends, int64_t acknowledged)
{
    return take_without_bytes(flow, direction, us, ends, acknowledged, NULL);
}

/* An ACK alone whose frame is wanted. */
static enum closed_loop_answer take_frame(int flow, enum shaper_direction direction, int64_t us)
{
    struct held_copy *copy = calloc(1, sizeof(*copy));

    assert_non_null(copy);
    return take_without_bytes(flow, direction, us, false, -1, copy);
}

static bool deliver(int flow, enum shaper_direction direction, uint64_t bytes, int64_t us)
{
    pass_to(us);
    return closed_flow_deliver(flows[flow], direction, bytes, us, NULL);
}

/* The header's example. */
static void test_a_late_response_delays_the_next_request(void **state)
{
    (void)state;
    assert_int_equal(take(0, SHAPER_READ, 0, 100, -1), CLOSED_LOOP_DUE);
    assert_false(deliver(0, SHAPER_READ, 100, 0));
    assert_int_equal(take(0, SHAPER_WRITE, 10, 100, 100), CLOSED_LOOP_DUE);
    assert_int_equal(take(0, SHAPER_READ, 50, 200, 100), CLOSED_LOOP_HELD);
    assert_false(closed_loop_is_empty(&loop));
    assert_int_equal(closed_loop_next_us(&loop), INT64_MAX);
    assert_false(deliver(0, SHAPER_WRITE, 100, 130));
    assert_int_equal(closed_loop_next_us(&loop), 170);
    pass_to(200);
    assert_int_equal(take(0, SHAPER_READ, 300, 300, -1), CLOSED_LOOP_HELD);
    pass_to(1000);
    assert_string_equal(logs[0].text, "r0 w10 r170 r420");
    assert_true(closed_loop_is_empty(&loop));
}

/* The shift's bound is 70 + 30, the cause's 31 + (70 - 3) = 98. */
static void test_the_larger_of_shift_and_cause_counts(void **state)
{
    (void)state;
    take(0, SHAPER_WRITE, 0, 100, -1);
    take(0, SHAPER_WRITE, 3, 200, -1);
    assert_int_equal(take(0, SHAPER_READ, 5, 100, 100), CLOSED_LOOP_HELD);
    deliver(0, SHAPER_WRITE, 100, 30);
    deliver(0, SHAPER_WRITE, 200, 31);
    assert_int_equal(take(0, SHAPER_READ, 70, 200, 200), CLOSED_LOOP_HELD);
    pass_to(1000);
    assert_string_equal(logs[0].text, "w0 w3 r35 r100");
}

/* Two responses; the request acknowledges only the first. */
static void test_the_acknowledgment_names_the_cause(void **state)
{
    (void)state;
    take(0, SHAPER_WRITE, 0, 100, -1);
    take(0, SHAPER_WRITE, 10, 200, -1);
    deliver(0, SHAPER_WRITE, 100, 10);
    assert_int_equal(take(0, SHAPER_READ, 20, 100, 199), CLOSED_LOOP_HELD);
    assert_int_equal(closed_loop_next_us(&loop), 30);
    /* Without one, and where it covers none, it is the last before it. */
    assert_int_equal(take(0, SHAPER_READ, 25, 200, -1), CLOSED_LOOP_HELD);
    pass_to(60);
    deliver(0, SHAPER_WRITE, 200, 60);
    pass_to(1000);
    assert_string_equal(logs[0].text, "w0 w10 r30 r75");
}

static void test_an_acknowledgment_of_nothing_captured(void **state)
{
    (void)state;
    take(0, SHAPER_WRITE, 0, 2000, -1);
    assert_int_equal(take(0, SHAPER_READ, 5, 100, 1000), CLOSED_LOOP_HELD);
    deliver(0, SHAPER_WRITE, 100, 8);
    pass_to(100);
    assert_string_equal(logs[0].text, "w0 r13");
}

/* Sequence numbers 2^32 - 50, 50, 150: ACK 50 covers the first two. */
static void test_sequence_numbers_wrap(void **state)
{
    (void)state;
    take(0, SHAPER_WRITE, 0, UINT32_MAX - 49, -1);
    take(0, SHAPER_WRITE, 1, 50, -1);
    take(0, SHAPER_WRITE, 2, 150, -1);
    deliver(0, SHAPER_WRITE, 200, 11);
    assert_int_equal(take(0, SHAPER_READ, 20, 100, 50), CLOSED_LOOP_HELD);
    pass_to(100);
    assert_string_equal(logs[0].text, "w0 w1 w2 r30");
}

/* An ACK alone is no cause and does nothing; a FIN waits in order, and holds the close back. */
static void test_a_fin_waits_and_the_close_follows(void **state)
{
    (void)state;
    take(0, SHAPER_WRITE, 0, 100, -1);
    assert_int_equal(take_empty(0, SHAPER_READ, 1, false, 100), CLOSED_LOOP_DUE);
    assert_int_equal(take_empty(0, SHAPER_READ, 2, true, 100), CLOSED_LOOP_HELD);
    assert_int_equal(take_empty(0, SHAPER_WRITE, 3, true, 0), CLOSED_LOOP_DUE);
    closed_flow_close(flows[0], 3, false, 3);
    pass_to(50);
    closed_flow_retire(flows[0], 50);
    assert_string_equal(logs[0].text, "w0");
    deliver(0, SHAPER_WRITE, 100, 60);
    pass_to(100);
    assert_string_equal(logs[0].text, "w0 r62 c62 x62");
    assert_true(closed_loop_is_empty(&loop));
}

/* ACKs that are kept for their frames, due at 70 and 75, change nothing else: all but they has
 * ended at 65. */
static void test_nothing_waits_for_an_ack_alone(void **state)
{
    (void)state;
    take(0, SHAPER_WRITE, 0, 100, -1);
    assert_int_equal(take(0, SHAPER_READ, 5, 100, 100), CLOSED_LOOP_HELD);
    assert_int_equal(take_frame(0, SHAPER_READ, 10), CLOSED_LOOP_HELD);
    assert_int_equal(take_frame(0, SHAPER_WRITE, 12), CLOSED_LOOP_DUE);
    closed_flow_close(flows[0], 20, false, 20);
    assert_int_equal(take_frame(0, SHAPER_READ, 15), CLOSED_LOOP_HELD);
    closed_flow_retire(flows[0], 20);
    deliver(0, SHAPER_WRITE, 100, 60);
    pass_to(66);
    assert_string_equal(logs[0].text, "w0 r65 c65 x65");
    assert_true(closed_loop_is_empty(&loop));
    closed_flow_end(flows[0], 66);
    assert_string_equal(logs[0].text, "w0 r65 c65 x65 r66 r66");
    assert_int_equal(closed_loop_next_us(&loop), INT64_MAX);
    assert_int_equal(closed_flow_withheld(flows[0], SHAPER_READ).packets, 0);
}

/* The trace ends at 50: by the larger shift, 20, later. */
static void test_a_close_by_time_shifts(void **state)
{
    (void)state;
    take(0, SHAPER_WRITE, 0, 100, -1);
    deliver(0, SHAPER_WRITE, 100, 20);
    take(0, SHAPER_READ, 30, 100, 100);
    pass_to(50);
    closed_flow_close(flows[0], 50, true, 50);
    closed_flow_retire(flows[0], 50);
    closed_flow_close(flows[1], 50, true, 50); /* nothing has waited */
    assert_string_equal(logs[0].text, "w0 r50");
    assert_string_equal(logs[1].text, "c50");
    pass_to(100);
    assert_string_equal(logs[0].text, "w0 r50 c70 x70");
}

/* At 10 both flows' causes are delivered, the second's first: what they make due then comes in the
 * next round, in trace order, after what was due at 10 before. */
static void test_the_order_within_an_instant(void **state)
{
    (void)state;
    take(0, SHAPER_WRITE, 0, 100, -1);
    take(1, SHAPER_WRITE, 0, 100, -1);
    take(0, SHAPER_READ, 0, 100, 100); /* think time 0 */
    take(1, SHAPER_READ, 0, 100, 100);
    set_time(10);
    closed_loop_begin_round(&loop);
    order[0] = '\0';
    assert_true(closed_flow_deliver(flows[1], SHAPER_WRITE, 100, 10, NULL));
    assert_true(closed_flow_deliver(flows[0], SHAPER_WRITE, 100, 10, NULL));
    assert_false(closed_loop_run_due(&loop, 10, 10)); /* of this round */
    assert_int_equal(closed_loop_next_us(&loop), 10);
    closed_loop_begin_round(&loop);
    assert_true(closed_loop_run_due(&loop, 10, 10));
    assert_true(closed_loop_run_due(&loop, 10, 10));
    assert_false(closed_loop_run_due(&loop, 10, 10));
    assert_string_equal(order, "arbr");
}

static void test_a_lost_cause_ends_the_flow(void **state)
{
    (void)state;
    take(0, SHAPER_WRITE, 0, 100, -1);
    assert_int_equal(take(0, SHAPER_READ, 5, 100, 100), CLOSED_LOOP_HELD);
    assert_int_equal(take(0, SHAPER_READ, 6, 200, 100), CLOSED_LOOP_HELD);
    uint32_t waits = 0;
    assert_true(closed_flow_waits(flows[0], &waits));
    assert_int_equal(waits, number - 1);
    pass_to(8);
    closed_flow_break(flows[0], 8);
    assert_int_equal(take(0, SHAPER_READ, 9, 300, 100), CLOSED_LOOP_WITHHELD);
    assert_int_equal(take_empty(0, SHAPER_READ, 9, true, 100), CLOSED_LOOP_WITHHELD);
    closed_flow_close(flows[0], 20, true, 20);
    assert_string_equal(logs[0].text, "w0 s8 c9");
    assert_int_equal(closed_flow_withheld(flows[0], SHAPER_READ).bytes, 300);
    assert_int_equal(closed_flow_withheld(flows[0], SHAPER_READ).packets, 4);
    assert_int_equal(closed_flow_withheld(flows[0], SHAPER_WRITE).bytes, 0);
    assert_true(closed_loop_is_empty(&loop));
}

/* What broke has nothing to wait for: it ends as in open replay. */
static void test_a_broken_flow_without_a_lost_cause(void **state)
{
    (void)state;
    take(0, SHAPER_READ, 0, 100, -1);
    closed_flow_break(flows[0], 8);
    assert_int_equal(take(0, SHAPER_READ, 9, 200, -1), CLOSED_LOOP_DUE);
    assert_string_equal(logs[0].text, "r0 r9");
}

static void test_a_cut_run_withholds(void **state)
{
    (void)state;
    take(0, SHAPER_WRITE, 0, 100, -1);
    take(0, SHAPER_READ, 5, 100, 100);
    closed_flow_cut(flows[0]);
    assert_int_equal(closed_flow_withheld(flows[0], SHAPER_READ).bytes, 100);
    assert_true(closed_loop_is_empty(&loop));
}

/* Flows of 100-byte packets with this window, in open replay if `is_open` is set. */
static void give_window(uint64_t window_bytes, bool is_open)
{
    loop.read_window_bytes = window_bytes;
    loop.is_open = is_open;
    for (int i = 0; i < 2; i++) {
        closed_flow_free(flows[i]);
        flows[i] = closed_flow_new(&loop, &logs[i], 0);
        assert_non_null(flows[i]);
    }
}

/* How many of four packets go at once; what is written has no window. */
static void test_as_much_goes_as_the_window_holds(void **state)
{
    (void)state;
    static const struct {
        uint64_t window_bytes;
        const char *sent;
    } cases[] = {{1, "r0"},         {100, "r0"},          {101, "r0"},
                 {199, "r0"},       {200, "r0 r0"},       {299, "r0 r0"},
                 {300, "r0 r0 r0"}, {400, "r0 r0 r0 r0"}, {UINT32_MAX, "r0 r0 r0 r0"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        give_window(cases[i].window_bytes, i % 2 == 0);
        logs[0].text[0] = '\0';
        for (uint32_t n = 1; n <= 4; n++)
            take(0, SHAPER_READ, 0, 100 * n, -1);
        pass_to(0);
        assert_string_equal(logs[0].text, cases[i].sent);
        for (uint32_t n = 1; n <= 4; n++)
            assert_int_equal(take(1, SHAPER_WRITE, 0, 100 * n, -1), CLOSED_LOOP_DUE);
    }
}

/* A window of 150: 50 of the first packet make room for the second, 49 do not, in the next round.
 * Its due is 10 all the same, and the shift of its direction stays 0. */
static void test_a_delivery_makes_room(void **state)
{
    (void)state;
    uint32_t waits = 0;

    give_window(150, false);
    take(0, SHAPER_READ, 0, 100, -1);
    assert_int_equal(take(0, SHAPER_READ, 10, 200, -1), CLOSED_LOOP_HELD);
    pass_to(20);
    assert_true(closed_flow_waits(flows[0], &waits));
    assert_int_equal(waits, number);
    assert_int_equal(closed_loop_next_us(&loop), INT64_MAX);
    assert_false(deliver(0, SHAPER_READ, 49, 30));
    set_time(40);
    closed_loop_begin_round(&loop);
    assert_true(closed_flow_deliver(flows[0], SHAPER_READ, 50, 40, NULL));
    assert_false(closed_loop_run_due(&loop, 40, 40)); /* of this round */
    assert_int_equal(closed_loop_next_us(&loop), 40);
    pass_to(40);
    assert_string_equal(logs[0].text, "r0 r10");
    assert_true(closed_loop_is_empty(&loop));
    assert_false(deliver(0, SHAPER_READ, 200, 50));
    assert_int_equal(take(0, SHAPER_READ, 60, 300, -1), CLOSED_LOOP_DUE);
    assert_string_equal(logs[0].text, "r0 r10 r60");
    assert_int_equal(closed_flow_largest_windowed(flows[0]), 100);
}

/* Both flows get room for two packets at 50, the second first: they come in trace order. */
static void test_what_has_waited_comes_in_trace_order(void **state)
{
    (void)state;
    give_window(200, true);
    for (uint32_t n = 1; n <= 4; n++) {
        take(0, SHAPER_READ, n, 100 * n, -1);
        take(1, SHAPER_READ, n, 100 * n, -1);
    }
    pass_to(50);
    assert_string_equal(order, "arbrarbr");
    closed_loop_begin_round(&loop);
    assert_true(closed_flow_deliver(flows[1], SHAPER_READ, 200, 50, NULL));
    assert_true(closed_flow_deliver(flows[0], SHAPER_READ, 200, 50, NULL));
    pass_to(50);
    assert_string_equal(order, "arbrarbrarbrarbr");
    assert_string_equal(logs[0].text, "r1 r2 r3 r4");
}

/* A FIN without bytes stays behind what waits, and the flow is closed after both. */
static void test_a_close_waits_for_the_window(void **state)
{
    (void)state;
    give_window(1, true);
    take(0, SHAPER_READ, 0, 100, -1);
    take(0, SHAPER_READ, 1, 200, -1);
    assert_int_equal(take_empty(0, SHAPER_READ, 2, true, -1), CLOSED_LOOP_HELD);
    closed_flow_close(flows[0], 3, false, 3);
    closed_flow_retire(flows[0], 4);
    pass_to(30);
    assert_string_equal(logs[0].text, "r0");
    assert_true(deliver(0, SHAPER_READ, 100, 40));
    pass_to(100);
    assert_string_equal(logs[0].text, "r0 r1 r2 c40 x40");
    assert_true(closed_loop_is_empty(&loop));
}

/* In open replay the window is all that a packet waits for. */
static void test_open_replay_has_no_causes(void **state)
{
    (void)state;
    give_window(100, true);
    take(0, SHAPER_WRITE, 0, 100, -1);
    assert_int_equal(take(0, SHAPER_READ, 5, 100, 100), CLOSED_LOOP_DUE);
    assert_int_equal(take(0, SHAPER_WRITE, 6, 200, 100), CLOSED_LOOP_DUE);
    assert_string_equal(logs[0].text, "w0 r5 w6");
}

/* What waits for the window of a flow that breaks never goes; without any the flow ends as else,
 * until something would wait. */
static void test_a_broken_flow_has_no_room(void **state)
{
    (void)state;
    give_window(100, true);
    for (int i = 0; i < 2; i++)
        take(i, SHAPER_READ, 0, 100, -1);
    take(0, SHAPER_READ, 1, 200, -1);
    pass_to(8);
    closed_flow_break(flows[0], 8);
    closed_flow_break(flows[1], 8);
    assert_string_equal(logs[0].text, "r0 s8");
    assert_string_equal(logs[1].text, "r0");
    take(1, SHAPER_READ, 9, 200, -1);
    pass_to(10);
    assert_string_equal(logs[1].text, "r0 s9");
    for (int i = 0; i < 2; i++)
        assert_int_equal(closed_flow_withheld(flows[i], SHAPER_READ).bytes, 100);
    assert_true(closed_loop_is_empty(&loop));
}

static void test_a_cut_run_withholds_what_waits_for_the_window(void **state)
{
    (void)state;
    give_window(100, true);
    for (uint32_t n = 1; n <= 3; n++)
        take(0, SHAPER_READ, n, 100 * n, -1);
    pass_to(5);
    closed_flow_cut(flows[0]);
    assert_int_equal(closed_flow_withheld(flows[0], SHAPER_READ).bytes, 200);
    assert_true(closed_loop_is_empty(&loop));
}

/* 100000 packets held, of 16 bytes each, come out at their times and in order: also over a silence
 * of 3 days, which takes entries of its own. */
static void test_the_queue_keeps_times(void **state)
{
    struct held_queue queue = {0};
    int64_t day_us = INT64_C(86400) * 1000000;

    (void)state;
    for (uint32_t i = 0; i < 100000; i++) {
        struct held held = {.captured_us = 7 * (int64_t)i + (i > 500 ? 3 * day_us : 0),
                            .bytes = i % 16777217,
                            .number = i,
                            .has_cause = i % 3 == 0,
                            .cause = i / 3};
        assert_int_equal(held_queue_append(&queue, &held), 0);
    }
    for (uint32_t i = 0; i < 100000; i++) {
        struct held held = held_queue_take(&queue);
        assert_int_equal(held.captured_us, 7 * (int64_t)i + (i > 500 ? 3 * day_us : 0));
        assert_int_equal(held.bytes, i);
        assert_int_equal(held.number, i);
        assert_int_equal(held.has_cause, i % 3 == 0);
    }
    assert_true(held_queue_is_empty(&queue));
    held_queue_fini(&queue);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_late_response_delays_the_next_request),
        TEST(test_the_larger_of_shift_and_cause_counts),
        TEST(test_the_acknowledgment_names_the_cause),
        TEST(test_an_acknowledgment_of_nothing_captured),
        TEST(test_sequence_numbers_wrap),
        TEST(test_a_fin_waits_and_the_close_follows),
        TEST(test_nothing_waits_for_an_ack_alone),
        TEST(test_a_close_by_time_shifts),
        TEST(test_the_order_within_an_instant),
        TEST(test_a_lost_cause_ends_the_flow),
        TEST(test_a_broken_flow_without_a_lost_cause),
        TEST(test_a_cut_run_withholds),
        TEST(test_as_much_goes_as_the_window_holds),
        TEST(test_a_delivery_makes_room),
        TEST(test_what_has_waited_comes_in_trace_order),
        TEST(test_a_close_waits_for_the_window),
        TEST(test_open_replay_has_no_causes),
        TEST(test_a_broken_flow_has_no_room),
        TEST(test_a_cut_run_withholds_what_waits_for_the_window),
        cmocka_unit_test(test_the_queue_keeps_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
