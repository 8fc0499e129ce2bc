/* What the modules of shaper/ share among themselves. */
#ifndef SHAPESIM_SHAPER_INTERNAL_H
#define SHAPESIM_SHAPER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "shaper/poller.h"
#include "shaper/shaper.h"

struct event;

struct shaper {
    struct event_base *base; /* borrowed */
    struct poller poller;
    struct event *grants; /* runs the poller's actions */
    /* Callbacks that libevent has deferred: sockets have none, so no wait happens before they
     * have run. */
    unsigned callbacks_due;
};

#endif
