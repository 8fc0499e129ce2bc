#include "shaper/charge.h"

#include <dlfcn.h>
#include <stdlib.h>

typedef int decrement_function(struct bufferevent_private *bufferevent, ev_ssize_t bytes);

static charge_observer *the_observer;

void charge_observe(charge_observer *observer)
{
    the_observer = observer;
}

/* libevent's own function behind ours of the same name. */
static decrement_function *original(const char *name)
{
    decrement_function *function;
    void *symbol = dlsym(RTLD_NEXT, name);

    if (!symbol)
        abort(); /* the linker found it in libevent: it cannot be gone at run time */
    *(void **)&function = symbol;
    return function;
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
        function = original("bufferevent_decrement_read_buckets_");
    int status = function(bufferevent, bytes);
    tell(bufferevent, SHAPER_READ, bytes);
    return status;
}

int bufferevent_decrement_write_buckets_(struct bufferevent_private *bufferevent, ev_ssize_t bytes)
{
    static decrement_function *function;

    if (!function)
        function = original("bufferevent_decrement_write_buckets_");
    int status = function(bufferevent, bytes);
    tell(bufferevent, SHAPER_WRITE, bytes);
    return status;
}
