#include "shaper/libevent/poller.h"

#include <stddef.h>
#include <string.h>

void poller_init(struct poller *poller)
{
    TAILQ_INIT(&poller->ready);
    TAILQ_INIT(&poller->actions);
}

static void list_at_tail(struct poll_end *end)
{
    if (end->listed)
        return;
    end->listed = true;
    TAILQ_INSERT_TAIL(&end->poller->ready, end, link);
}

static void unlist(struct poll_end *end)
{
    if (!end->listed)
        return;
    end->listed = false;
    TAILQ_REMOVE(&end->poller->ready, end, link);
}

static struct poll_end *end_of(const struct poll_action *action)
{
    size_t offset =
        action->is_write ? offsetof(struct poll_end, write) : offsetof(struct poll_end, read);

    return (struct poll_end *)((uintptr_t)action - offset);
}

static void queue_action(struct poller *poller, struct poll_action *action)
{
    if (action->queued)
        return;
    action->queued = true;
    TAILQ_INSERT_TAIL(&poller->actions, action, link);
}

static void unqueue_action(struct poller *poller, struct poll_action *action)
{
    if (!action->queued)
        return;
    action->queued = false;
    TAILQ_REMOVE(&poller->actions, action, link);
}

static void queue_actions(struct poll_end *end, unsigned events)
{
    if (end->write_first && (events & POLL_WRITABLE))
        queue_action(end->poller, &end->write);
    if (events & POLL_READABLE)
        queue_action(end->poller, &end->read);
    if (events & POLL_WRITABLE)
        queue_action(end->poller, &end->write);
}

/* Reported ends go to the tail, where they are not looked at again. */
int poller_wait(struct poller *poller, int max_ends)
{
    const struct poll_end *last = TAILQ_LAST(&poller->ready, poll_end_list);
    struct poll_end *end = NULL;
    int reported = 0;

    while (end != last && reported < max_ends) {
        end = TAILQ_FIRST(&poller->ready);
        unsigned events = end->ops->ready(end) & end->interest;
        TAILQ_REMOVE(&poller->ready, end, link);
        end->listed = events != 0;
        if (!events)
            continue;
        TAILQ_INSERT_TAIL(&poller->ready, end, link);
        queue_actions(end, events);
        reported++;
    }
    return reported;
}

bool poller_has_actions(const struct poller *poller)
{
    return !TAILQ_EMPTY(&poller->actions);
}

void poller_run_actions(struct poller *poller)
{
    struct poll_action *action;

    while ((action = TAILQ_FIRST(&poller->actions))) {
        struct poll_end *end = end_of(action);
        unqueue_action(poller, action);
        end->ops->act(end, action->is_write ? POLL_WRITABLE : POLL_READABLE);
    }
}

void poll_end_init(struct poll_end *end, struct poller *poller, const struct poll_ops *ops)
{
    memset(end, 0, sizeof(*end));
    end->ops = ops;
    end->poller = poller;
    end->write.is_write = true;
}

void poll_end_want(struct poll_end *end, unsigned events)
{
    if ((end->interest & events) == events)
        return;
    end->write_first = !(events & ~end->interest & POLL_READABLE);
    end->interest |= (uint8_t)events;
    if (end->ops->ready(end) & end->interest)
        list_at_tail(end);
}

void poll_end_unwant(struct poll_end *end, unsigned events)
{
    end->interest &= (uint8_t)~events;
    if (events & POLL_READABLE)
        unqueue_action(end->poller, &end->read);
    if (events & POLL_WRITABLE)
        unqueue_action(end->poller, &end->write);
    if (!end->interest)
        unlist(end);
}

void poll_end_wake(struct poll_end *end, enum poll_event event)
{
    if (end->interest & event)
        list_at_tail(end);
}
