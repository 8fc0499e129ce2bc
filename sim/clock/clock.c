#include "sim/clock/clock.h"

#include <assert.h>
#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>

#define US_PER_MS INT64_C(1000)
#define US_PER_S  INT64_C(1000000)

static struct {
    enum sim_clock_kind kind;
    int64_t start_us; /* the time that libevent sees at the clock's 0 */
    int64_t base_us;  /* CLOCK_MONOTONIC at that time, for the real clock; 0: it has not started */
    int64_t now_us;   /* of the virtual clock */
    int epoll_fd;     /* the timeout of the current wait */
    struct sim_clock_driver driver;
} the_clock;

typedef int clock_gettime_function(clockid_t id, struct timespec *time);
typedef int epoll_wait_function(int fd, struct epoll_event *events, int max_events, int timeout_ms);

static int system_clock_gettime(clockid_t id, struct timespec *time)
{
    static clock_gettime_function *function;

    if (!function)
        *(void **)&function = dlsym(RTLD_NEXT, "clock_gettime");
    return function(id, time);
}

static int system_epoll_wait(int fd, struct epoll_event *events, int max_events, int timeout_ms)
{
    static epoll_wait_function *function;

    if (!function)
        *(void **)&function = dlsym(RTLD_NEXT, "epoll_wait");
    return function(fd, events, max_events, timeout_ms);
}

static int64_t system_us(clockid_t id)
{
    struct timespec time;

    system_clock_gettime(id, &time);
    return time.tv_sec * US_PER_S + time.tv_nsec / 1000;
}

int64_t sim_clock_system_us(void)
{
    return system_us(CLOCK_MONOTONIC);
}

void sim_clock_start(enum sim_clock_kind kind, int64_t alignment_ms,
                     const struct sim_clock_driver *driver)
{
    int64_t alignment_us = alignment_ms * US_PER_MS;
    int64_t epoch_us = CLOCK_EPOCH_S * US_PER_S;

    assert(alignment_ms > 0);
    the_clock.driver = *driver;
    the_clock.now_us = 0;
    the_clock.start_us = (epoch_us + alignment_us - 1) / alignment_us * alignment_us;
    the_clock.base_us = 0;
    the_clock.kind = kind;
}

void sim_clock_stop(void)
{
    memset(&the_clock, 0, sizeof(the_clock));
}

int64_t sim_clock_now_us(void)
{
    if (the_clock.kind == SIM_CLOCK_REAL && the_clock.base_us > 0)
        return system_us(CLOCK_MONOTONIC) - the_clock.base_us;
    return the_clock.now_us;
}

void sim_clock_move(int64_t to_us)
{
    if (the_clock.kind == SIM_CLOCK_VIRTUAL) {
        assert(to_us >= the_clock.now_us);
        the_clock.now_us = to_us;
        return;
    }
    int64_t left_us = to_us - sim_clock_now_us();
    if (left_us > 0) {
        struct pollfd ready = {.fd = the_clock.epoll_fd, .events = POLLIN};
        struct timespec time = {.tv_sec = left_us / US_PER_S, .tv_nsec = left_us % US_PER_S * 1000};
        ppoll(&ready, 1, &time, NULL);
    }
}

/* On the real clock, too, libevent sees an aligned start plus the time passed since: ticks begin
 * where they do in virtual time, no wait for an aligned wall time is needed, and steps of the
 * system's time have no effect. */
int clock_gettime(clockid_t id, struct timespec *time)
{
    if (the_clock.kind == SIM_CLOCK_SYSTEM)
        return system_clock_gettime(id, time);
    int64_t wall_us = the_clock.start_us + sim_clock_now_us();
    time->tv_sec = wall_us / US_PER_S;
    time->tv_nsec = wall_us % US_PER_S * 1000;
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

/* Ends without a descriptor: libevent gets their number, as from the kernel, and no events for
 * them; so it enlarges its own list when that was full, as it would for sockets. */
static int poll_ends(struct epoll_event *events, int max_events)
{
    int ready = the_clock.driver.poll(the_clock.driver.arg, max_events);

    if (ready > 0)
        memset(events, 0, (size_t)ready * sizeof(*events));
    return ready;
}

int epoll_wait(int fd, struct epoll_event *events, int max_events, int timeout_ms)
{
    if (the_clock.kind == SIM_CLOCK_SYSTEM)
        return system_epoll_wait(fd, events, max_events, timeout_ms);

    if (the_clock.base_us == 0)
        the_clock.base_us = system_us(CLOCK_MONOTONIC);
    int ready = poll_ends(events, max_events);
    if (ready > 0)
        return ready;
    ready = the_clock.driver.has_no_descriptors ? 0 : system_epoll_wait(fd, events, max_events, 0);
    if (timeout_ms == 0)
        return ready;
    if (ready != 0 &&
        !(the_clock.driver.is_stuck && the_clock.driver.is_stuck(the_clock.driver.arg)))
        return ready;
    the_clock.epoll_fd = fd;
    the_clock.driver.wait(the_clock.driver.arg, timeout_ms < 0
                                                    ? CLOCK_NEVER_US
                                                    : sim_clock_now_us() + timeout_ms * US_PER_MS);
    /* Ends that became ready during the wait act before events of lower priority that became active
     * in it: libevent runs those next, and would poll for ends only afterwards. */
    int more = ready == 0 ? poll_ends(events, max_events) : 0;
    return more > 0 ? more : ready;
}
