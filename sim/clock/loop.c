#include "sim/clock/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "shaper/libevent/memory.h"
#include "shaper/shaper.h"
#include "sim/base/sim.h"

/* epoll's own, the two by which signals wake libevent, and one to spare. */
#define LOOP_DESCRIPTORS 4

/* Whether that many can be opened; errno says why not. libevent calls exit() if they cannot. */
static bool has_descriptors(void)
{
    int taken[LOOP_DESCRIPTORS];
    int count = 0;

    while (count < LOOP_DESCRIPTORS && (taken[count] = eventfd(0, EFD_CLOEXEC)) >= 0)
        count++;
    int failure = errno;
    for (int i = 0; i < count; i++)
        close(taken[i]);
    errno = failure;
    return count == LOOP_DESCRIPTORS;
}

static struct event_base *make_loop(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;

    if (!config)
        return NULL;
    event_config_avoid_method(config, "select");
    event_config_avoid_method(config, "poll");
    /* Not EVENT_BASE_FLAG_PRECISE_TIMER: libevent would wait for a timerfd, which runs on the
     * kernel's time. The clock module is precise for every clock that libevent reads. */
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

struct event_base *loop_new(void)
{
    if (!has_descriptors())
        return NULL;
    struct event_base *base = make_loop();
    if (!base)
        errno = memory_ran_out() ? ENOMEM : ENOSYS;
    return base;
}

int loop_new_failed(char *error)
{
    if (errno == ENOSYS)
        return sim_fail(error, SIM_FAILED,
                        "libevent %s has no event loop with epoll; use the shared libevent 2.1.12 "
                        "that Debian 12 ships",
                        event_get_version());
    if (errno == ENOMEM)
        return sim_fail(error, SIM_FAILED, "out of memory for libevent's event loop");
    return sim_fail(error, SIM_FAILED,
                    "no descriptors are left for libevent's event loop (%s); raise the limit "
                    "(ulimit -n)",
                    strerror(errno));
}

void loop_run(struct event_base *base)
{
    event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
}
