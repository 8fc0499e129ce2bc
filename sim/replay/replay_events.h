/*
 * The config's events (--at): those of a group, and those of a flow.
 *
 * Owns how many of them are carried out; nobody else changes that.
 */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_EVENTS_H
#define SHAPESIM_SIM_REPLAY_REPLAY_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/account/run_state.h"
#include "sim/replay/replay_groups.h"

/* Embedded by value; with its first two members set, nothing has happened. */
struct replay_events {
    struct run_state *run; /* borrowed, likewise: */
    struct replay_groups *groups;
    size_t taken;  /* of the config's, in their order */
    size_t missed; /* of these, for flows that were not open then */
};

/* When the next one is; CLOCK_NEVER_US: there are no more. */
int64_t replay_events_next_us(const struct replay_events *events);

/* Carries out those that are due. */
void replay_events_take_due(struct replay_events *events);

#endif
