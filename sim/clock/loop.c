#include "sim/clock/loop.h"

#include <string.h>

#include <event2/event.h>

#include "shaper/shaper.h"

struct event_base *loop_new(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;

    if (!config)
        return NULL;
    event_config_avoid_method(config, "select");
    event_config_avoid_method(config, "poll");
    /* Not EVENT_BASE_FLAG_PRECISE_TIMER: libevent would wait for a timerfd, which runs on the
     * kernel's time. Our clock answers precisely whichever clock libevent asks for. */
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
    base = event_base_new_with_config(config);
    event_config_free(config);
    if (base && (strcmp(event_base_get_method(base), "epoll") != 0 ||
                 event_base_priority_init(base, SHAPER_PRIORITIES) != 0)) {
        event_base_free(base);
        return NULL;
    }
    return base;
}

void loop_run(struct event_base *base)
{
    event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
}
