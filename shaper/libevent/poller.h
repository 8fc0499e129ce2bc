/*
 * What epoll's ready list is to sockets, for ends that have no file descriptor.
 *
 * The order in which members of a group are served within a tick comes from the kernel: an end that
 * becomes ready goes to the list's tail; each wait takes ends from the head, at most `max_ends`,
 * reports those that still are ready and puts them back at the tail. The rules, as in Linux's
 * fs/eventpoll.c with level-triggered events:
 *  - interest added (EPOLL_CTL_ADD, _MOD): if the end is ready for it and not listed, to the tail;
 *  - interest removed in part: the end stays in the list until the next wait looks at it;
 *  - no interest left (EPOLL_CTL_DEL): out of the list;
 *  - an end becomes ready because of the other end: to the tail if it is interested and not listed.
 * And as in libevent's event queue: a reported action waits in a second queue, runs in the
 * order of reports, is queued once at most, and is taken out when the interest in it goes. Of the
 * two actions of one end, the one whose interest was added last comes first.
 */
#ifndef SHAPESIM_SHAPER_LIBEVENT_POLLER_H
#define SHAPESIM_SHAPER_LIBEVENT_POLLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

enum poll_event {
    POLL_READABLE = 1,
    POLL_WRITABLE = 2,
};

struct poll_end;

/* What kind of end this is. */
struct poll_ops {
    unsigned (*ready)(const struct poll_end *end); /* enum poll_event bits */
    void (*act)(struct poll_end *end, enum poll_event event);
};

/* One of the two actions of an end. */
struct poll_action {
    TAILQ_ENTRY(poll_action) link;
    bool is_write;
    bool queued;
};

/* Embedded by value in what owns the end; zeroed and set up by poll_end_init(). */
struct poll_end {
    TAILQ_ENTRY(poll_end) link;
    const struct poll_ops *ops;
    struct poller *poller;
    uint8_t interest; /* enum poll_event bits */
    bool write_first; /* its interest was added last */
    bool listed;
    struct poll_action read;
    struct poll_action write;
};

/* Embedded by value; `ready` in the order the next wait looks at them. */
struct poller {
    TAILQ_HEAD(poll_end_list, poll_end) ready;
    TAILQ_HEAD(poll_action_list, poll_action) actions;
};

void poller_init(struct poller *poller);

/* One wait: looks at ends from the head until `max_ends` are reported. Returns how many were. */
int poller_wait(struct poller *poller, int max_ends);

/* Whether reported actions wait to be run; runs all of them. */
bool poller_has_actions(const struct poller *poller);
void poller_run_actions(struct poller *poller);

void poll_end_init(struct poll_end *end, struct poller *poller, const struct poll_ops *ops);

/* Adds to and removes from what the end is interested in. */
void poll_end_want(struct poll_end *end, unsigned events);
void poll_end_unwant(struct poll_end *end, unsigned events);

/* Something has made the end ready for `event`. */
void poll_end_wake(struct poll_end *end, enum poll_event event);

#endif
