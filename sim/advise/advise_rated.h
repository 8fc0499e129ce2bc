/*
 * The search where the rate is given: every tick and min-share, each with bursts from the least
 * allowed on, which double up to the largest. Of the settings that the ranking puts first, the one
 * with the least burst; then with the fewest grants per MB; then with the longest tick.
 *
 * Example: 10 Mbit/s with a tick of 10 ms is 12500 B: bursts of 12500, 25000, 50000, 100000 and,
 * after 100 ms, 125000 B.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_RATED_H
#define SHAPESIM_SIM_ADVISE_ADVISE_RATED_H

#include "sim/advise/advise_probes.h"

/* Sets the result's is_found, and best if it is. SIM_OK, SIM_FAILED on allocation failure, or what
 * the source returned. */
int advise_rated_search(struct advise_probes *probes, char *error);

#endif
