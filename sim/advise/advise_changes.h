/*
 * What half and twice the burst, tick and min-share of the advised setting do; and what less rate
 * costs, with a burst of as many ticks' worth: 0.9, 0.75 and 0.5 of it.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_CHANGES_H
#define SHAPESIM_SIM_ADVISE_ADVISE_CHANGES_H

#include "sim/advise/advise_probes.h"

/* Tries them in one batch, and sets the result's. SIM_OK, or as advise_probes_try(). */
int advise_changes_try(struct advise_probes *probes, char *error);

#endif
