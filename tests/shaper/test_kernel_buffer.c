/*
 * The one thing of a socket that a pair has not: a buffer in the kernel that can be full. Where an
 * per-flow limit allows more at one instant than it holds, a socket sends that in pieces, and other
 * flows come in between. A whole tick still carries the same bytes, but shares them out otherwise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/shaper/fixture.h"

static int send_buffer_bytes; /* what a socket gets instead of what it asks for; 0: that */

/* The program's own setsockopt(): the channel asks for a large buffer, the test decides. */
int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    if (level == SOL_SOCKET && name == SO_SNDBUF && send_buffer_bytes > 0)
        value = &send_buffer_bytes;
    return (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}

#define RATE 60000

static void run_two_flows(enum shaper_transport transport, struct outcome *outcome)
{
    struct step steps[2];
    const struct scenario scenario = {.rate = RATE,
                                      .burst = RATE,
                                      .min_share =
                                          1, /* no overdraft: every tick is full to the byte */
                                      .per_flow_rate = RATE,
                                      .per_flow_burst = RATE,
                                      .flows = 2,
                                      .ticks = 10,
                                      .steps = steps,
                                      .step_count = 2,
                                      .seed = 1};

    steps_offer_at_once(steps, 2, OFFER_WRITE, 100000);
    fixture_run(&scenario, transport, outcome);
}

/* 200,000 bytes at 60,000 a tick: three full ticks and 20,000. */
static void check_sums(const struct outcome *outcome)
{
    for (int tick = 0; tick < 3; tick++)
        assert_int_equal(outcome_tick_sum(outcome, SHAPER_WRITE, tick), RATE);
    assert_int_equal(outcome_tick_sum(outcome, SHAPER_WRITE, 3), 20000);
    for (int flow = 0; flow < 2; flow++)
        assert_int_equal(outcome_flow_sum(outcome, SHAPER_WRITE, flow), 100000);
}

static void a_large_buffer_makes_no_difference(void **state)
{
    (void)state;
    struct outcome pair, socket;

    send_buffer_bytes = 0;
    run_two_flows(SHAPER_TRANSPORT_PAIR, &pair);
    run_two_flows(SHAPER_TRANSPORT_SOCKET, &socket);
    check_sums(&pair);
    check_sums(&socket);
    assert_memory_equal(pair.bytes, socket.bytes, sizeof(pair.bytes));
}

static void a_small_buffer_shares_a_tick_out_otherwise(void **state)
{
    (void)state;
    struct outcome pair, socket;

    send_buffer_bytes = 4096;
    run_two_flows(SHAPER_TRANSPORT_PAIR, &pair);
    run_two_flows(SHAPER_TRANSPORT_SOCKET, &socket);
    check_sums(&pair);
    check_sums(&socket);
    assert_memory_not_equal(pair.bytes, socket.bytes, sizeof(pair.bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_buffer_makes_no_difference),
        cmocka_unit_test(a_small_buffer_shares_a_tick_out_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
