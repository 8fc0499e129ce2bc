/*
 * The clock under libevent's loop. This module defines clock_gettime(), gettimeofday() and
 * epoll_wait() in the program itself: libevent calls these, nothing is preloaded or patched.
 *
 * On the virtual clock no time passes while anything is ready; when nothing is, the wait returns at
 * once and the driver moves the clock to the next instant at which something is due. It starts at a
 * wall time of CLOCK_EPOCH_S or more, a whole tick of every tick length in use, with wall ==
 * monotonic: libevent's start-up corrections are then 0. It never runs backwards. On the real clock
 * the same driver is used, the wait sleeps, and real time passes. It stays at 0 until the loop
 * polls for the first time: everything set up before, timers included, is set up at 0.
 *
 * libevent hands the wait a timeout in whole milliseconds, rounded up; arrivals happen at their own
 * microsecond because the driver ends the wait earlier than that.
 */
#ifndef SHAPESIM_SIM_CLOCK_CLOCK_H
#define SHAPESIM_SIM_CLOCK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_EPOCH_S  INT64_C(1000000)
#define CLOCK_NEVER_US INT64_MAX

enum sim_clock_kind {
    SIM_CLOCK_SYSTEM, /* not this module's: what the system says */
    SIM_CLOCK_VIRTUAL,
    SIM_CLOCK_REAL, /* the wall's time, counted from the start */
};

/* What the owner of the loop does while libevent waits. */
struct sim_clock_driver {
    /* How many ends without a descriptor are ready, at most `max_ends`. */
    int (*poll)(void *arg, int max_ends);
    /* Nothing is ready: lets time pass to the next instant, at most to `deadline_us`, with
     * sim_clock_move(). */
    void (*wait)(void *arg, int64_t deadline_us);
    /* Descriptors are ready: whether libevent makes no progress with them, again and again (a
     * socket that may write 0 bytes), so that time must pass all the same. NULL: never. */
    bool (*is_stuck)(void *arg);
    bool has_no_descriptors; /* libevent waits for no descriptor: the kernel need not be polled */
    void *arg;
};

/* Sets the clock to 0 at a whole multiple of `alignment_ms`. `driver` is borrowed, valid until
 * sim_clock_stop(). */
void sim_clock_start(enum sim_clock_kind kind, int64_t alignment_ms,
                     const struct sim_clock_driver *driver);
void sim_clock_stop(void);

/* Microseconds since the start. */
int64_t sim_clock_now_us(void);

/* Moves the virtual clock to `to_us`; on the real clock sleeps until then, or until a descriptor of
 * libevent's is ready. Only for a driver's wait. */
void sim_clock_move(int64_t to_us);

/* The system's monotonic time, whichever clock is running: for progress and benchmarks. */
int64_t sim_clock_system_us(void);

#endif
