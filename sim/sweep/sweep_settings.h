/*
 * The settings of a plan, each checked as its runs will check it: what they ask for is kept, and
 * what is refused is impossible.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_SETTINGS_H
#define SHAPESIM_SIM_SWEEP_SWEEP_SETTINGS_H

#include "sim/sweep/sweep_plan.h"

/* Keeps the possible settings, with what they ask for, and lists the impossible combinations: those
 * of the first trace decide. SIM_OK, SIM_MISUSE if none is possible (with the reason of the first),
 * or SIM_FAILED. */
int sweep_settings_check(struct sweep_plan *plan, char *error);

/* Chooses the window by which settings are compared; a run that would not measure it is asked
 * to. */
void sweep_settings_choose_window(struct sweep_plan *plan);

#endif
