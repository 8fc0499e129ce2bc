#include "shaper/libevent/charge.h"

#include "shaper/libevent/libevent_symbol.h"

typedef int decrement_function(struct bufferevent_private *bufferevent, ev_ssize_t bytes);

static charge_observer *the_observer;

void charge_observe(charge_observer *observer)
{
    the_observer = observer;
}

/* A bufferevent is the first member of its private form. */
static void notify(struct bufferevent_private *bufferevent, enum shaper_direction direction,
                   ev_ssize_t bytes)
{
    if (the_observer)
        the_observer((struct bufferevent *)bufferevent, direction, (size_t)bytes);
}

static int decrement(struct bufferevent_private *bufferevent, enum shaper_direction direction,
                     ev_ssize_t bytes)
{
    static const char *const names[SHAPER_DIRECTIONS] = {"bufferevent_decrement_read_buckets_",
                                                         "bufferevent_decrement_write_buckets_"};
    static decrement_function *functions[SHAPER_DIRECTIONS];

    if (!functions[direction])
        libevent_symbol(names[direction], &functions[direction]);
    return functions[direction](bufferevent, bytes);
}

int bufferevent_decrement_read_buckets_(struct bufferevent_private *bufferevent, ev_ssize_t bytes)
{
    int status = decrement(bufferevent, SHAPER_READ, bytes);

    notify(bufferevent, SHAPER_READ, bytes);
    return status;
}

int bufferevent_decrement_write_buckets_(struct bufferevent_private *bufferevent, ev_ssize_t bytes)
{
    int status = decrement(bufferevent, SHAPER_WRITE, bytes);

    notify(bufferevent, SHAPER_WRITE, bytes);
    return status;
}

void charge(struct bufferevent *bufferevent, enum shaper_direction direction, size_t bytes)
{
    decrement((struct bufferevent_private *)bufferevent, direction, (ev_ssize_t)bytes);
}
