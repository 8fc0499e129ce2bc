#include "sim/clock/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "sim/base/random.h"
#include "sim/clock/loop.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define US_PER_S INT64_C(1000000)

/* A driver with a given number of ready ends, which moves the clock by a given time. */
struct script {
    int ready;     /* reported once, then 0 */
    int asked_max; /* by the last poll */
    int polls;
    int waits;
    int64_t deadline_us; /* of the last wait */
    bool stuck;
    int64_t move_to_us; /* -1: to the deadline; no move where that is never */
    struct event_base *break_at_never;
};

static int script_poll(void *arg, int max_ends)
{
    struct script *script = arg;
    int ready = script->ready < max_ends ? script->ready : max_ends;

    script->polls++;
    script->asked_max = max_ends;
    script->ready = 0;
    return ready;
}

static void script_wait(void *arg, int64_t deadline_us)
{
    struct script *script = arg;
    int64_t to_us = script->move_to_us < 0 ? deadline_us : script->move_to_us;

    script->waits++;
    script->deadline_us = deadline_us;
    if (to_us != CLOCK_NEVER_US)
        sim_clock_move(to_us);
    else if (script->break_at_never)
        event_base_loopbreak(script->break_at_never);
}

static bool script_is_stuck(void *arg)
{
    return ((struct script *)arg)->stuck;
}

static void start(struct script *script, int64_t alignment_ms)
{
    const struct sim_clock_driver driver = {
        .poll = script_poll, .wait = script_wait, .is_stuck = script_is_stuck, .arg = script};

    sim_clock_start(SIM_CLOCK_VIRTUAL, alignment_ms, &driver); /* keeps a copy */
}

static int stop_clock(void **state)
{
    (void)state;
    sim_clock_stop();
    return 0;
}

static int64_t clock_us(clockid_t id)
{
    struct timespec time;

    assert_int_equal(clock_gettime(id, &time), 0);
    assert_int_equal(time.tv_nsec % 1000, 0);
    return time.tv_sec * US_PER_S + time.tv_nsec / 1000;
}

static void the_clock_starts_at_a_whole_tick(void **state)
{
    (void)state;
    static const struct {
        int64_t alignment_ms, start_ms;
    } rows[] = {
        {1, 1000000000},
        {10, 1000000000},
        {1000, 1000000000},
        {7, 1000000001},                    /* 7 * 142857143 */
        {3, 1000000002},                    /* 3 * 333333334 */
        {1001, 1000000001},                 /* 1001 * 999001 */
        {86400000, INT64_C(86400000) * 12}, /* a day: 1036800 s */
        {999999999, INT64_C(1999999998)},
        {1000000000, 1000000000},
        {1000000001, 1000000001},
        {INT64_C(31536000000000), INT64_C(31536000000000)}, /* a thousand years */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct script script = {0};
        start(&script, rows[i].alignment_ms);
        assert_int_equal(sim_clock_now_us(), 0);
        assert_int_equal(clock_us(CLOCK_REALTIME), rows[i].start_ms * 1000);
        assert_true(clock_us(CLOCK_REALTIME) >= CLOCK_EPOCH_S * US_PER_S);
        sim_clock_stop();
    }
}

static void every_clock_says_the_same(void **state)
{
    (void)state;
    static const clockid_t ids[] = {CLOCK_REALTIME,         CLOCK_MONOTONIC, CLOCK_BOOTTIME,
                                    CLOCK_MONOTONIC_COARSE, CLOCK_TAI,       CLOCK_MONOTONIC_RAW,
                                    CLOCK_REALTIME_COARSE};
    static const int64_t times_us[] = {0, 1, 999, 1000, 12345, 999999, 1000000, 3600123456};
    struct script script = {0};
    struct timeval time;

    start(&script, 10);
    for (size_t i = 0; i < COUNT(times_us); i++) {
        sim_clock_move(times_us[i]);
        assert_int_equal(sim_clock_now_us(), times_us[i]);
        for (size_t j = 0; j < COUNT(ids); j++)
            assert_int_equal(clock_us(ids[j]), CLOCK_EPOCH_S * US_PER_S + times_us[i]);
        assert_int_equal(gettimeofday(&time, NULL), 0);
        assert_int_equal(time.tv_sec * US_PER_S + time.tv_usec,
                         CLOCK_EPOCH_S * US_PER_S + times_us[i]);
    }
}

static void no_time_passes_by_itself(void **state)
{
    (void)state;
    struct script script = {0};
    int64_t before_us = sim_clock_system_us();

    start(&script, 10);
    while (sim_clock_system_us() < before_us + 2000) /* the system's does pass */
        assert_int_equal(sim_clock_now_us(), 0);
}

/* What is set up before the loop begins is set up at 0, on the real clock, too. */
static void the_real_clock_begins_with_the_loop(void **state)
{
    (void)state;
    struct script script = {.ready = 1};
    const struct sim_clock_driver driver = {.poll = script_poll, .arg = &script};
    struct epoll_event events[1];
    int64_t before_us = sim_clock_system_us();

    sim_clock_start(SIM_CLOCK_REAL, 10, &driver);
    while (sim_clock_system_us() < before_us + 2000)
        assert_int_equal(sim_clock_now_us(), 0);
    assert_int_equal(clock_us(CLOCK_MONOTONIC), CLOCK_EPOCH_S * US_PER_S);
    before_us = sim_clock_system_us();
    assert_int_equal(epoll_wait(-1, events, 1, 0), 1);
    int64_t began_us = sim_clock_now_us();
    assert_true(began_us >= 0 && began_us <= sim_clock_system_us() - before_us);
    while (sim_clock_now_us() == began_us)
        ;
}

static void a_stopped_clock_is_the_systems(void **state)
{
    (void)state;
    struct script script = {0};

    start(&script, 10);
    sim_clock_stop();
    int64_t before_us = sim_clock_system_us();
    struct timespec time;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &time), 0);
    assert_true(time.tv_sec * US_PER_S + time.tv_nsec / 1000 >= before_us);
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &time), 0);
    assert_true(time.tv_sec > 1600000000); /* 2020-09-13 */
}

static void the_clock_starts_anew(void **state)
{
    (void)state;
    struct script script = {0};

    start(&script, 10);
    sim_clock_move(12345);
    sim_clock_stop();
    start(&script, 10);
    assert_int_equal(sim_clock_now_us(), 0);
}

/* --- the wait --------------------------------------------------------------------------------- */

static int new_epoll(void)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void a_wait_moves_to_its_deadline(void **state)
{
    (void)state;
    struct script script = {.move_to_us = -1};
    struct epoll_event events[4];
    int fd = new_epoll();

    start(&script, 10);
    assert_int_equal(epoll_wait(fd, events, 4, 7), 0);
    assert_int_equal(sim_clock_now_us(), 7000);
    assert_int_equal(script.deadline_us, 7000);
    assert_int_equal(epoll_wait(fd, events, 4, 1), 0);
    assert_int_equal(sim_clock_now_us(), 8000);
    assert_int_equal(script.waits, 2);
    assert_int_equal(epoll_wait(fd, events, 4, -1), 0); /* no deadline */
    assert_true(script.deadline_us == CLOCK_NEVER_US);
    assert_int_equal(sim_clock_now_us(), 8000);
    close(fd);
}

static void a_wait_can_end_earlier_at_its_own_microsecond(void **state)
{
    (void)state;
    struct script script = {.move_to_us = 12345};
    struct epoll_event events[4];
    int fd = new_epoll();

    start(&script, 10);
    assert_int_equal(epoll_wait(fd, events, 4, 100), 0);
    assert_int_equal(script.deadline_us, 100000);
    assert_int_equal(sim_clock_now_us(), 12345);
    script.move_to_us = -1;
    assert_int_equal(epoll_wait(fd, events, 4, 2), 0);
    assert_int_equal(sim_clock_now_us(), 14345);
    close(fd);
}

static void a_wait_without_timeout_moves_nothing(void **state)
{
    (void)state;
    struct script script = {.move_to_us = -1};
    struct epoll_event events[4];
    int fd = new_epoll();

    start(&script, 10);
    assert_int_equal(epoll_wait(fd, events, 4, 0), 0);
    assert_int_equal(script.polls, 1);
    assert_int_equal(script.waits, 0);
    assert_int_equal(sim_clock_now_us(), 0);
    close(fd);
}

static void ends_that_are_ready_keep_the_clock(void **state)
{
    (void)state;
    struct script script = {.move_to_us = -1, .ready = 3};
    struct epoll_event events[4];
    int fd = new_epoll();

    start(&script, 10);
    memset(events, 0xff, sizeof(events));
    assert_int_equal(epoll_wait(fd, events, 4, 5), 3);
    assert_int_equal(script.asked_max, 4);
    assert_int_equal(script.waits, 0);
    assert_int_equal(sim_clock_now_us(), 0);
    for (int i = 0; i < 3; i++) /* libevent finds nothing in them */
        assert_int_equal(events[i].events, 0);
    script.ready = 9;
    assert_int_equal(epoll_wait(fd, events, 4, 5), 4);
    assert_int_equal(epoll_wait(fd, events, 4, 5), 0);
    assert_int_equal(sim_clock_now_us(), 5000);
    close(fd);
}

static void descriptors_that_are_ready_keep_the_clock(void **state)
{
    (void)state;
    struct script script = {.move_to_us = -1};
    struct epoll_event events[4], interest = {.events = EPOLLIN, .data.u32 = 77};
    int fd = new_epoll();
    int ready = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);

    assert_true(ready >= 0);
    assert_int_equal(epoll_ctl(fd, EPOLL_CTL_ADD, ready, &interest), 0);
    start(&script, 10);
    assert_int_equal(epoll_wait(fd, events, 4, 5), 1);
    assert_int_equal(events[0].events, EPOLLIN);
    assert_int_equal(events[0].data.u32, 77);
    assert_int_equal(script.waits, 0);
    assert_int_equal(sim_clock_now_us(), 0);
    script.stuck = true; /* the same report repeatedly: time must pass all the same */
    assert_int_equal(epoll_wait(fd, events, 4, 0), 1);
    assert_int_equal(sim_clock_now_us(), 0);
    assert_int_equal(epoll_wait(fd, events, 4, 3), 1);
    assert_int_equal(events[0].data.u32, 77);
    assert_int_equal(sim_clock_now_us(), 3000);
    /* without interest in descriptors there is no report */
    const struct sim_clock_driver alone = {
        .poll = script_poll, .wait = script_wait, .has_no_descriptors = true, .arg = &script};
    sim_clock_start(SIM_CLOCK_VIRTUAL, 10, &alone);
    assert_int_equal(epoll_wait(fd, events, 4, 5), 0);
    assert_int_equal(sim_clock_now_us(), 5000);
    start(&script, 10);
    assert_int_equal(epoll_wait(fd, events, 4, 0), 1);
    close(ready);
    assert_int_equal(epoll_wait(fd, events, 4, 5), 0);
    assert_int_equal(sim_clock_now_us(), 5000);
    close(fd);
}

/* --- libevent on it --------------------------------------------------------------------------- */

struct timer {
    struct event *event;
    int64_t rang_us[8];
    int rings;
};

static void ring(evutil_socket_t fd, short what, void *arg)
{
    struct timer *timer = arg;

    (void)fd;
    (void)what;
    if (timer->rings < 8)
        timer->rang_us[timer->rings++] = sim_clock_now_us();
    if (timer->rings == 8)
        event_del(timer->event);
}

/* libevent rounds a timeout up to whole milliseconds: a timer of 1.5 ms is waited for 2 ms. */
static void libevents_timers_run_on_it(void **state)
{
    (void)state;
    static const struct {
        int64_t period_us;
        int64_t rings_us[8];
    } rows[] = {
        {10000, {10000, 20000, 30000, 40000, 50000, 60000, 70000, 80000}},
        {1000, {1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000}},
        {1000000, {1000000, 2000000, 3000000, 4000000, 5000000, 6000000, 7000000, 8000000}},
        /* due 1.5, 3, 4.5, ... ms: 2 ms; 1 more is 3; 1.5 more is 2 more: 5; 6 ... */
        {1500, {2000, 3000, 5000, 6000, 8000, 9000, 11000, 12000}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct script script = {.move_to_us = -1};
        struct timer timer = {0};
        const struct timeval period = {rows[i].period_us / US_PER_S, rows[i].period_us % US_PER_S};
        start(&script, 10);
        struct event_base *base = loop_new();
        assert_non_null(base);
        script.break_at_never = base;
        timer.event = event_new(base, -1, EV_PERSIST, ring, &timer);
        assert_non_null(timer.event);
        assert_int_equal(event_add(timer.event, &period), 0);
        loop_run(base);
        assert_int_equal(timer.rings, 8);
        for (int n = 0; n < 8; n++)
            assert_int_equal(timer.rang_us[n], rows[i].rings_us[n]);
        event_free(timer.event);
        event_base_free(base);
        sim_clock_stop();
    }
}

/* --- random numbers ---------------------------------------------------------------------- */

int32_t evutil_weakrand_range_(void *state,
                               int32_t top); /* libevent's, as sim/base/random.h says */

static void the_same_seed_gives_the_same_numbers(void **state)
{
    (void)state;
    static const uint64_t seeds[] = {0, 1, 2, UINT64_MAX};
    int32_t numbers[COUNT(seeds)][200];

    for (size_t i = 0; i < COUNT(seeds); i++) {
        random_seed(seeds[i]);
        assert_int_equal(random_libevent_calls(), 0);
        for (int n = 0; n < 200; n++)
            numbers[i][n] = evutil_weakrand_range_(NULL, 1000000);
        assert_int_equal(random_libevent_calls(), 200);
        random_seed(seeds[i]);
        assert_int_equal(random_libevent_calls(), 0);
        for (int n = 0; n < 200; n++)
            assert_int_equal(evutil_weakrand_range_(NULL, 1000000), numbers[i][n]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(numbers[i], numbers[j], sizeof(numbers[i]));
    }
}

/* splitmix64 of seed 0 begins with e220a8397b1dcdaf 6e789e6aa1b965f4 06c45d188009454f: the upper 31
 * bits are the random number out of 2^31. */
static void random_numbers_are_those_of_splitmix64(void **state)
{
    (void)state;
    static const uint64_t outputs[] = {UINT64_C(0xe220a8397b1dcdaf), UINT64_C(0x6e789e6aa1b965f4),
                                       UINT64_C(0x06c45d188009454f)};

    random_seed(0);
    for (size_t i = 0; i < COUNT(outputs); i++)
        assert_int_equal(evutil_weakrand_range_(NULL, INT32_MAX),
                         (outputs[i] >> 33) * INT32_MAX >> 31);
}

static void random_numbers_are_in_range(void **state)
{
    (void)state;
    static const int32_t tops[] = {1, 2, 3, 7, 10, 1000, INT32_MAX};

    random_seed(42);
    for (size_t i = 0; i < COUNT(tops); i++) {
        uint32_t seen = 0;
        for (int n = 0; n < 2000; n++) {
            int32_t number = evutil_weakrand_range_(NULL, tops[i]);
            assert_in_range(number, 0, (unsigned)tops[i] - 1);
            if (number < 32)
                seen |= UINT32_C(1) << number;
        }
        if (tops[i] <= 10) /* each of the few occurs */
            assert_int_equal(seen, (UINT32_C(1) << tops[i]) - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_clock_starts_at_a_whole_tick, stop_clock),
        cmocka_unit_test_teardown(every_clock_says_the_same, stop_clock),
        cmocka_unit_test_teardown(no_time_passes_by_itself, stop_clock),
        cmocka_unit_test_teardown(the_real_clock_begins_with_the_loop, stop_clock),
        cmocka_unit_test_teardown(a_stopped_clock_is_the_systems, stop_clock),
        cmocka_unit_test_teardown(the_clock_starts_anew, stop_clock),
        cmocka_unit_test_teardown(a_wait_moves_to_its_deadline, stop_clock),
        cmocka_unit_test_teardown(a_wait_can_end_earlier_at_its_own_microsecond, stop_clock),
        cmocka_unit_test_teardown(a_wait_without_timeout_moves_nothing, stop_clock),
        cmocka_unit_test_teardown(ends_that_are_ready_keep_the_clock, stop_clock),
        cmocka_unit_test_teardown(descriptors_that_are_ready_keep_the_clock, stop_clock),
        cmocka_unit_test_teardown(libevents_timers_run_on_it, stop_clock),
        cmocka_unit_test(the_same_seed_gives_the_same_numbers),
        cmocka_unit_test(random_numbers_are_those_of_splitmix64),
        cmocka_unit_test(random_numbers_are_in_range),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
