/* The config's events: those of a group, and those of a flow. */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_EVENTS_H
#define SHAPESIM_SIM_REPLAY_REPLAY_EVENTS_H

#include "sim/replay/replay_state.h"

/* Carries out an event of the config, the group's or a flow's. */
void replay_carry_out(struct replay *replay, const struct run_event *event);

#endif
