/*
 * The config's events (--at): those of a group, and those of a flow. Owns the number of events
 * carried out; nothing else changes it.
 */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_EVENTS_H
#define SHAPESIM_SIM_REPLAY_REPLAY_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/account/run_state.h"
#include "sim/replay/replay_groups.h"

/* Embedded by value. */
struct replay_events {
    struct run_state *run; /* borrowed, likewise: */
    struct replay_groups *groups;
    int64_t next_us;          /* when the next one is; CLOCK_NEVER_US: there are no more */
    size_t taken;             /* of the config's events, in their order */
    size_t missed;            /* of these, for flows that were not open then */
    uint64_t bucketless_flow; /* the last one without the bucket to decrement; 0: none */
};

/* No event has happened yet; both are borrowed. */
void replay_events_init(struct replay_events *events, struct run_state *run,
                        struct replay_groups *groups);

/* Carries out the events that are due. */
void replay_events_take_due(struct replay_events *events);

#endif
