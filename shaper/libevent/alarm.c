#include "shaper/libevent/alarm.h"

#include <stddef.h>

#include "shaper/libevent/state.h"

void alarm_init(struct alarm *alarm, struct shaper *shaper, void (*wake)(void *arg), void *arg)
{
    *alarm = (struct alarm){.shaper = shaper, .wake = wake, .arg = arg};
}

void alarm_set(struct alarm *alarm, int64_t after_us)
{
    struct alarm_list *list = &alarm->shaper->alarms;
    struct alarm *before = TAILQ_LAST(list, alarm_list);

    alarm->due_us = alarm->shaper->now_us() + after_us;
    alarm->is_set = true;
    while (before && before->due_us > alarm->due_us)
        before = TAILQ_PREV(before, alarm_list, others);
    if (before)
        TAILQ_INSERT_AFTER(list, before, alarm, others);
    else
        TAILQ_INSERT_HEAD(list, alarm, others);
}

void alarm_cancel(struct alarm *alarm)
{
    if (!alarm->is_set)
        return;
    alarm->is_set = false;
    TAILQ_REMOVE(&alarm->shaper->alarms, alarm, others);
}

int64_t shaper_next_alarm_us(const struct shaper *shaper)
{
    const struct alarm *alarm = TAILQ_FIRST(&shaper->alarms);

    return alarm ? alarm->due_us : INT64_MAX;
}

void shaper_run_alarms(struct shaper *shaper)
{
    struct alarm *alarm;

    while ((alarm = TAILQ_FIRST(&shaper->alarms)) && alarm->due_us <= shaper->now_us()) {
        alarm_cancel(alarm);
        alarm->wake(alarm->arg);
    }
}
