/*
 * Where the search for a rate begins: the least rate at which one queue of all bytes
 * (advise_stream.h) keeps each demand on a time. What is demanded of a response is taken of the
 * bytes: it may wait as much longer than in the capture.
 *
 * The capture is read in a child without privileges (sandbox.h), which tells only the rate.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_START_H
#define SHAPESIM_SIM_ADVISE_ADVISE_START_H

#include <jansson.h>

#include "sim/advise/advise_setting.h"
#include "sim/config/advise_config.h"
#include "sim/config/config.h"
#include "sim/config/demands.h"

/* A run whose rate limits nothing. All is borrowed. */
struct advise_wide_run {
    const struct run_config *run;
    const json_t *summary;
    const struct advise_config *config;
    const struct advise_space *space;
    const struct demands *wants;
    int64_t tick_ms;
};

/* *bytes_per_tick is 0 where no demand is on a time. SIM_OK or SIM_FAILED. Not for a process with
 * several threads. */
int advise_start_rate(const struct advise_wide_run *run, int64_t *bytes_per_tick, char *error);

#endif
