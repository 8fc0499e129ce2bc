#include "shaper/charge.h"

#include "shaper/original.h"

typedef int decrement_function(struct bufferevent_private *bufferevent, ev_ssize_t bytes);

static charge_observer *the_observer;

void charge_observe(charge_observer *observer)
{
    the_observer = observer;
}

/* A bufferevent is the first member of its private form. */
static void tell(struct bufferevent_private *bufferevent, enum shaper_direction direction,
                 ev_ssize_t bytes)
{
    if (the_observer)
        the_observer((struct bufferevent *)bufferevent, direction, (size_t)bytes);
}

int bufferevent_decrement_read_buckets_(struct bufferevent_private *bufferevent, ev_ssize_t bytes)
{
    static decrement_function *function;

    if (!function)
        original_function("bufferevent_decrement_read_buckets_", &function);
    int status = function(bufferevent, bytes);
    tell(bufferevent, SHAPER_READ, bytes);
    return status;
}

int bufferevent_decrement_write_buckets_(struct bufferevent_private *bufferevent, ev_ssize_t bytes)
{
    static decrement_function *function;

    if (!function)
        original_function("bufferevent_decrement_write_buckets_", &function);
    int status = function(bufferevent, bytes);
    tell(bufferevent, SHAPER_WRITE, bytes);
    return status;
}
