#include "shaper/libevent/timer.h"

#include <stddef.h>

#include "shaper/libevent/state.h"

void timer_init(struct timer *timer, struct shaper *shaper, void (*wake)(void *arg), void *arg)
{
    *timer = (struct timer){.shaper = shaper, .wake = wake, .arg = arg};
}

void timer_set(struct timer *timer, int64_t after_us)
{
    struct timer_list *list = &timer->shaper->timers;
    struct timer *before = TAILQ_LAST(list, timer_list);

    timer->due_us = timer->shaper->now_us() + after_us;
    timer->is_set = true;
    while (before && before->due_us > timer->due_us)
        before = TAILQ_PREV(before, timer_list, others);
    if (before)
        TAILQ_INSERT_AFTER(list, before, timer, others);
    else
        TAILQ_INSERT_HEAD(list, timer, others);
}

void timer_cancel(struct timer *timer)
{
    if (!timer->is_set)
        return;
    timer->is_set = false;
    TAILQ_REMOVE(&timer->shaper->timers, timer, others);
}

int64_t shaper_next_timer_us(const struct shaper *shaper)
{
    const struct timer *timer = TAILQ_FIRST(&shaper->timers);

    return timer ? timer->due_us : INT64_MAX;
}

void shaper_run_timers(struct shaper *shaper)
{
    struct timer *timer;

    while ((timer = TAILQ_FIRST(&shaper->timers)) && timer->due_us <= shaper->now_us()) {
        timer_cancel(timer);
        timer->wake(timer->arg);
    }
}
