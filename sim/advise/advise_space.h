/*
 * The ranges of `shapesim advise`, read into the space of its search:
 *
 *     --tick 1ms..100ms        1, 2, 5, 10, ... ms within it, and its ends
 *     --min-share 1..4096      each four times the one before, and its ends
 *     --tick 5ms,20ms          these; a list, or a range with its step as --vary has it
 *     --burst 16kB..1MB        from that on, up to that; one size: that alone
 *     --rate 10mbit            that, in whole bytes of each tick; else the rate is sought
 *
 * A tick is 10 ms where none is given, and a min-share 64 bytes, libevent's.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_SPACE_H
#define SHAPESIM_SIM_ADVISE_ADVISE_SPACE_H

#include "sim/advise/advise_setting.h"
#include "sim/config/advise_config.h"

/* SIM_OK, SIM_MISUSE or SIM_FAILED. */
int advise_space_read(const struct advise_config *config, struct advise_space *space, char *error);

#endif
