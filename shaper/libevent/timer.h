/*
 * Timers of filters that sleep: a list in the order in which they expire. All sleep equally long,
 * so a new one goes to the tail.
 */
#ifndef SHAPESIM_SHAPER_LIBEVENT_ALARM_H
#define SHAPESIM_SHAPER_LIBEVENT_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/queue.h>

struct shaper;

/* Embedded in its owner. */
struct timer {
    struct shaper *shaper;
    void (*wake)(void *arg);
    void *arg;
    int64_t due_us;
    bool is_set;
    TAILQ_ENTRY(timer) others;
};

void timer_init(struct timer *timer, struct shaper *shaper, void (*wake)(void *arg), void *arg);

/* Sets it to expire in `after_us`; it is not set yet. */
void timer_set(struct timer *timer, int64_t after_us);

/* Does nothing if it is not set, or was never initialised (zeroed). */
void timer_cancel(struct timer *timer);

#endif
