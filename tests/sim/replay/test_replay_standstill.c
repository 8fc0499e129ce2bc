#include "sim/replay/replay_standstill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <event2/event.h>

#include "sim/clock/clock.h"
#include "sim/clock/loop.h"

#define US_PER_S INT64_C(1000000)

/* A run without flows, on the virtual clock. */
static const struct run_config config;
static struct run_state run;
static struct replay_groups groups;
static struct replay_standstill standstill;

static int set_up(void **state)
{
    static const struct sim_clock_driver driver;

    (void)state;
    sim_clock_start(SIM_CLOCK_VIRTUAL, 1, &driver);
    run = (struct run_state){.config = &config, .base = loop_new()};
    groups = (struct replay_groups){.run = &run};
    standstill = (struct replay_standstill){.run = &run, .groups = &groups};
    return run.base ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    event_base_free(run.base);
    sim_clock_stop();
    return 0;
}

static void expect_failure(const char *text)
{
    assert_int_equal(run.end, REPLAY_FAILED);
    assert_string_equal(run.failure, text);
}

static void a_replay_is_stuck_at_the_16th_wait_without_a_byte(void **state)
{
    (void)state;
    run.moved++;
    for (int i = 0; i < 15; i++)
        assert_false(replay_is_stuck(&standstill));
    run.moved++;
    for (int i = 0; i < 15; i++)
        assert_false(replay_is_stuck(&standstill));
    replay_waits(&standstill);
    for (int i = 0; i < 15; i++)
        assert_false(replay_is_stuck(&standstill));
    assert_true(replay_is_stuck(&standstill));
    assert_true(replay_is_stuck(&standstill));
    assert_int_equal(run.end, REPLAY_DRAINED); /* the clock moves then, the run continues */
}

static void spin(int times)
{
    for (int i = 0; i < times; i++)
        assert_false(replay_spins(&standstill));
}

static void a_replay_spins_at_the_millionth_poll_of_one_instant(void **state)
{
    (void)state;
    sim_clock_move(2500000);
    run.open_flows = 3;
    spin(999999);
    run.moved++;
    spin(999999);
    sim_clock_move(2500001);
    spin(999999);
    assert_true(replay_spins(&standstill));
    expect_failure("at 2.500001 s of virtual time libevent's loop goes round without moving a "
                   "byte, with 3 flows open; stop before with --max-time, or change the limits");
}

static const char stands_since_5_s[] =
    "the trace has ended and no byte has moved since 5.000000 s: 2 flows wait for libevent, which "
    "has "
    "no reason to move their bytes; change the limits, or stop with --max-time";

/* The last byte moves at 5 s, and something arrives at 5 s, too, which is waited for. */
static void move_until_5_s(void)
{
    run.open_flows = 2;
    run.moved = 10;
    assert_false(replay_stands_still(&standstill, CLOCK_NEVER_US));
    sim_clock_move(4 * US_PER_S);
    assert_false(replay_stands_still(&standstill, 5 * US_PER_S));
    sim_clock_move(5 * US_PER_S);
    run.moved++;
    assert_false(replay_stands_still(&standstill, CLOCK_NEVER_US));
}

static void a_replay_is_given_an_hour(void **state)
{
    (void)state;
    move_until_5_s();
    sim_clock_move(3605 * US_PER_S - 1);
    assert_false(replay_stands_still(&standstill, CLOCK_NEVER_US));
    sim_clock_move(3605 * US_PER_S);
    assert_true(replay_stands_still(&standstill, CLOCK_NEVER_US));
    expect_failure(stands_since_5_s);
}

static void a_replay_is_given_ten_thousand_of_its_longest_ticks(void **state)
{
    (void)state;
    groups.count = 2;
    groups.states[0].tick_us = US_PER_S;
    groups.states[1].tick_us = 10000;
    move_until_5_s();
    sim_clock_move(10005 * US_PER_S - 1);
    assert_false(replay_stands_still(&standstill, CLOCK_NEVER_US));
    sim_clock_move(10005 * US_PER_S);
    assert_true(replay_stands_still(&standstill, CLOCK_NEVER_US));
    expect_failure(stands_since_5_s);
}

static void what_still_arrives_is_waited_for(void **state)
{
    (void)state;
    move_until_5_s();
    sim_clock_move(90000 * US_PER_S);
    assert_false(replay_stands_still(&standstill, 90001 * US_PER_S));
    sim_clock_move(93600 * US_PER_S - 1);
    assert_false(replay_stands_still(&standstill, CLOCK_NEVER_US));
    sim_clock_move(93600 * US_PER_S);
    assert_true(replay_stands_still(&standstill, CLOCK_NEVER_US));
}

static void without_a_next_instant_there_is_no_patience(void **state)
{
    (void)state;
    move_until_5_s();
    assert_false(replay_has_no_instant(&standstill, CLOCK_NEVER_US - 1));
    assert_true(replay_has_no_instant(&standstill, CLOCK_NEVER_US));
    expect_failure(stands_since_5_s);
}

static void the_first_reason_is_kept(void **state)
{
    (void)state;
    run_state_fail(&run, "packet %d", 7);
    assert_true(replay_has_no_instant(&standstill, CLOCK_NEVER_US));
    expect_failure("packet 7");
}

#define in_a_run(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_run(a_replay_is_stuck_at_the_16th_wait_without_a_byte),
        in_a_run(a_replay_spins_at_the_millionth_poll_of_one_instant),
        in_a_run(a_replay_is_given_an_hour),
        in_a_run(a_replay_is_given_ten_thousand_of_its_longest_ticks),
        in_a_run(what_still_arrives_is_waited_for),
        in_a_run(without_a_next_instant_there_is_no_patience),
        in_a_run(the_first_reason_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
