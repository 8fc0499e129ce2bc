#include "sim/account/flow_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct flow_state *make_flow(void)
{
    static const struct flow flow = {.number = 7, .ip_version = 4, .protocol = 6};
    struct flow_state *state = flow_state_new(&flow, true, 5);

    assert_non_null(state);
    assert_int_equal(state->row.flow, 7);
    assert_int_equal(state->row.start_us, 5);
    return state;
}

static int hold(struct flow_state *flow, uint32_t bytes, int64_t arrived_us, unsigned char *content)
{
    const struct held_packet packet = {
        .bytes = bytes, .arrived_us = arrived_us, .content = content};

    return flow_state_hold(flow, &packet);
}

static void offered_is_delivered_and_backlog(void **state)
{
    (void)state;
    struct flow_state *flow = make_flow();
    struct delay_histogram delays = {0}, behind = {0};
    const struct delay_sums sums = {.group = &delays, .behind = &behind, .keeps_own = true};
    const struct delay_sums sums_alone = {.group = &delays};

    assert_int_equal(flow_state_offered(flow, SHAPER_WRITE, 1000, 10), 0);
    assert_int_equal(flow_state_offered(flow, SHAPER_WRITE, 500, 20), 0);
    assert_int_equal(flow_state_backlog(flow, SHAPER_WRITE), 1500);
    assert_int_equal(flow_state_backlog(flow, SHAPER_READ), 0);
    assert_int_equal(flow_state_delivered(flow, SHAPER_WRITE, 999, 30, &sums), 0);
    assert_int_equal(flow->delays[SHAPER_WRITE].packets, 0);
    assert_int_equal(flow_state_delivered(flow, SHAPER_WRITE, 1, 40, &sums), 0);
    assert_int_equal(flow->delays[SHAPER_WRITE].packets, 1); /* 30 us after it arrived */
    assert_int_equal(flow_state_offered(flow, SHAPER_WRITE, 100, 45), 0);
    assert_int_equal(flow_state_delivered(flow, SHAPER_WRITE, 600, 50, &sums_alone), 0);
    assert_int_equal(flow->delays[SHAPER_WRITE].packets, 1); /* the two others' are not kept */
    assert_int_equal(flow->row.offered_bytes[SHAPER_WRITE], 1600);
    assert_int_equal(flow->row.delivered_bytes[SHAPER_WRITE], 1600);
    assert_int_equal(flow->row.max_backlog_bytes[SHAPER_WRITE], 1500);
    assert_int_equal(flow_state_backlog(flow, SHAPER_WRITE), 0);

    struct flow_figures figures = {0};
    flow_state_delays(flow, &figures);
    assert_int_equal(figures.delay_us[SHAPER_WRITE][0], 30);
    assert_int_equal(figures.delay_us[SHAPER_WRITE][1], 30);
    assert_int_equal(figures.delay_us[SHAPER_WRITE][2], 30);
    assert_int_equal(figures.delay_us[SHAPER_READ][2], -1); /* no packet */
    assert_int_equal(delays.packets, 3);
    assert_int_equal(behind.packets, 1);
    delay_histogram_fini(&delays);
    delay_histogram_fini(&behind);
    flow_state_free(flow);
}

/* A packet of `bytes` is released and was held first. */
static void expect_released(struct flow_state *flow, int64_t now_us, uint32_t bytes)
{
    struct held_packet *packet = flow_state_release_held(flow, now_us);

    assert_int_equal(packet->bytes, bytes);
    held_packet_free(packet);
}

static void held_packets_come_out_in_their_order(void **state)
{
    (void)state;
    struct flow_state *flow = make_flow();

    assert_int_equal(hold(flow, 100, 10, malloc(100)), 0);
    assert_int_equal(hold(flow, 200, 20, NULL), 0);
    expect_released(flow, 60, 100);
    assert_int_equal(flow->held_now_bytes, 200);
    assert_int_equal(hold(flow, 50, 65, malloc(50)), 0);
    expect_released(flow, 69, 200);
    assert_int_equal(flow->held_now_bytes, 50);
    assert_int_equal(flow->application->held_packets, 3);
    assert_int_equal(flow->application->held_bytes, 350);
    assert_int_equal(flow->application->max_held_bytes, 300);
    assert_int_equal(flow->application->max_held_us, 50);
    flow_state_free(flow); /* and the packet that is held still */
}

static void a_flow_is_over_without_packets_and_channels(void **state)
{
    (void)state;
    struct flow_state *flow = make_flow();

    flow->channels = 2;
    assert_false(flow_state_has_ended(flow));
    flow->is_retired = true;
    assert_false(flow_state_has_ended(flow));
    flow->channels = 1; /* one has left, its end of file is not seen yet */
    assert_false(flow_state_has_ended(flow));
    flow->channels = 0;
    assert_true(flow_state_has_ended(flow));
    flow->is_listed = true; /* a row of its last tick is to come: it stays */
    flow_state_release(flow);
    assert_int_equal(flow->row.flow, 7);
    flow->is_listed = false;
    flow_state_release(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offered_is_delivered_and_backlog),
        cmocka_unit_test(held_packets_come_out_in_their_order),
        cmocka_unit_test(a_flow_is_over_without_packets_and_channels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
