#include "shaper/shaper.h"

#include <stdlib.h>

#include <event2/event.h>

#include "shaper/internal.h"

static void run_grants(evutil_socket_t fd, short what, void *arg)
{
    struct shaper *shaper = arg;

    (void)fd;
    (void)what;
    poller_run_actions(&shaper->poller);
}

struct shaper *shaper_new(struct event_base *base)
{
    struct shaper *shaper = calloc(1, sizeof(*shaper));

    if (!shaper)
        return NULL;
    shaper->base = base;
    poller_init(&shaper->poller);
    shaper->grants = event_new(base, -1, 0, run_grants, shaper);
    if (!shaper->grants) {
        free(shaper);
        return NULL;
    }
    event_priority_set(shaper->grants, SHAPER_PRIORITY_GRANT);
    return shaper;
}

void shaper_free(struct shaper *shaper)
{
    if (!shaper)
        return;
    event_free(shaper->grants);
    free(shaper);
}

int shaper_poll(struct shaper *shaper, int max_ends)
{
    if (shaper->callbacks_due)
        return 0;
    int ready = poller_wait(&shaper->poller, max_ends);
    if (poller_has_actions(&shaper->poller))
        event_active(shaper->grants, EV_TIMEOUT, 0);
    return ready;
}
