/*
 * Alarms of filters that sleep: a list in the order in which they go off. (All sleep equally long,
 * so a new one is put at the end at once.)
 */
#ifndef SHAPESIM_SHAPER_LIBEVENT_ALARM_H
#define SHAPESIM_SHAPER_LIBEVENT_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/queue.h>

struct shaper;

/* Embedded in whoever sleeps. */
struct alarm {
    struct shaper *shaper;
    void (*wake)(void *arg);
    void *arg;
    int64_t due_us;
    bool is_set;
    TAILQ_ENTRY(alarm) others;
};

void alarm_init(struct alarm *alarm, struct shaper *shaper, void (*wake)(void *arg), void *arg);

/* Lets it go off after so many microseconds; it is not set. */
void alarm_set(struct alarm *alarm, int64_t after_us);

/* Does nothing if it is not set, or was never initialised (zeroed). */
void alarm_cancel(struct alarm *alarm);

#endif
