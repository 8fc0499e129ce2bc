#include "shaper/suspend_hooks.h"

#include <event2/bufferevent.h>

#include "shaper/libevent/libevent_symbol.h"

typedef void suspend_function(struct bufferevent *bufferevent, unsigned short reason);

static suspend_observer *the_observer;
static unsigned long the_calls;

void suspend_hooks_set(suspend_observer *observer)
{
    the_observer = observer;
}

unsigned long suspend_calls(void)
{
    return the_calls;
}

static void notify(struct bufferevent *bufferevent, enum shaper_direction direction,
                   unsigned reason, bool stopped)
{
    the_calls++;
    if (the_observer)
        the_observer(bufferevent, direction, reason, stopped);
}

/* libevent has these in a private header; the names and types are part of its ABI. */
void bufferevent_suspend_read_(struct bufferevent *bufferevent, unsigned short reason);
void bufferevent_unsuspend_read_(struct bufferevent *bufferevent, unsigned short reason);
void bufferevent_suspend_write_(struct bufferevent *bufferevent, unsigned short reason);
void bufferevent_unsuspend_write_(struct bufferevent *bufferevent, unsigned short reason);

void bufferevent_suspend_read_(struct bufferevent *bufferevent, unsigned short reason)
{
    static suspend_function *function;

    if (!function)
        libevent_symbol("bufferevent_suspend_read_", &function);
    function(bufferevent, reason);
    notify(bufferevent, SHAPER_READ, reason, true);
}

void bufferevent_unsuspend_read_(struct bufferevent *bufferevent, unsigned short reason)
{
    static suspend_function *function;

    if (!function)
        libevent_symbol("bufferevent_unsuspend_read_", &function);
    function(bufferevent, reason);
    notify(bufferevent, SHAPER_READ, reason, false);
}

void bufferevent_suspend_write_(struct bufferevent *bufferevent, unsigned short reason)
{
    static suspend_function *function;

    if (!function)
        libevent_symbol("bufferevent_suspend_write_", &function);
    function(bufferevent, reason);
    notify(bufferevent, SHAPER_WRITE, reason, true);
}

void bufferevent_unsuspend_write_(struct bufferevent *bufferevent, unsigned short reason)
{
    static suspend_function *function;

    if (!function)
        libevent_symbol("bufferevent_unsuspend_write_", &function);
    function(bufferevent, reason);
    notify(bufferevent, SHAPER_WRITE, reason, false);
}
