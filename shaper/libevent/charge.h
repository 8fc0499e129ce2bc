/*
 * libevent charges the buckets of a bufferevent through two functions that it exports and calls by
 * name. This module defines functions of those names in the program itself: they call libevent's
 * own, then report the charge to the observer. That shows, to the byte and per flow, what
 * libevent_openssl charges by itself.
 */
#ifndef SHAPESIM_SHAPER_LIBEVENT_CHARGE_H
#define SHAPESIM_SHAPER_LIBEVENT_CHARGE_H

#include <stddef.h>

#include <event2/util.h>

#include "shaper/shaper.h"

struct bufferevent;
struct bufferevent_private;

/* Called after libevent has charged a bufferevent's per-flow bucket and its group's, whichever it
 * has.
 */
typedef void charge_observer(struct bufferevent *bufferevent, enum shaper_direction direction,
                             size_t bytes);

/* One observer for the whole program; NULL removes it. */
void charge_observe(charge_observer *observer);

/* libevent's: they charge the per-flow bucket and the group's, count the group's totals and suspend
 * members whose bucket is empty. libevent exports them for its TLS library; the names and types are
 * part of its ABI. */
int bufferevent_decrement_read_buckets_(struct bufferevent_private *bufferevent, ev_ssize_t bytes);
int bufferevent_decrement_write_buckets_(struct bufferevent_private *bufferevent, ev_ssize_t bytes);

/* The same for a bufferevent that the caller knows: the observer is not called. */
void charge(struct bufferevent *bufferevent, enum shaper_direction direction, size_t bytes);

#endif
