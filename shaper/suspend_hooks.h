/*
 * libevent stops and releases a bufferevent through four functions that it exports and calls by
 * name. This module defines functions of those names in the program itself: they call libevent's
 * own, then report to the observer which bufferevent was suspended or released, in libevent's own
 * order.
 *
 * Works in a program linked with the shared libevent; suspend_calls() returns whether it does.
 */
#ifndef SHAPESIM_SHAPER_SUSPEND_HOOKS_H
#define SHAPESIM_SHAPER_SUSPEND_HOOKS_H

#include <stdbool.h>

#include "shaper/shaper.h"

#ifdef __cplusplus
extern "C" {
#endif

struct bufferevent;

/* Why a direction of a bufferevent is suspended: libevent's own flags. */
enum suspend_reason {
    SUSPEND_WATERMARK = 0x01,
    SUSPEND_PER_FLOW_LIMIT = 0x02,
    SUSPEND_GROUP = 0x04,
};

/* Called after libevent added `reason` to a bufferevent's reasons for suspension (stopped) or
 * removed it. */
typedef void suspend_observer(struct bufferevent *bufferevent, enum shaper_direction direction,
                              unsigned reason, bool stopped);

/* One observer for the whole program; NULL removes it. */
void suspend_hooks_set(suspend_observer *observer);

/* How often libevent has called the four functions: 0 after a group ran dry means that this build
 * of libevent cannot be observed. */
unsigned long suspend_calls(void);

#ifdef __cplusplus
}
#endif

#endif
