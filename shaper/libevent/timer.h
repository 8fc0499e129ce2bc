/*
 * Timers of filters that sleep: a list in the order in which they go off. (All sleep equally long,
 * so a new one is put at the end at once.)
 */
#ifndef SHAPESIM_SHAPER_LIBEVENT_ALARM_H
#define SHAPESIM_SHAPER_LIBEVENT_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/queue.h>

struct shaper;

/* Embedded in whoever sleeps. */
struct timer {
    struct shaper *shaper;
    void (*wake)(void *arg);
    void *arg;
    int64_t due_us;
    bool is_set;
    TAILQ_ENTRY(timer) others;
};

void timer_init(struct timer *timer, struct shaper *shaper, void (*wake)(void *arg), void *arg);

/* Lets it go off after so many microseconds; it is not set. */
void timer_set(struct timer *timer, int64_t after_us);

/* Does nothing if it is not set, or was never initialised (zeroed). */
void timer_cancel(struct timer *timer);

#endif
