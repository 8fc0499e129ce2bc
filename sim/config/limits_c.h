/*
 * A run's limits as the C that gives a server the same ones: for each group a function that makes
 * libevent's rate-limit group, and one that limits a single connection where flows have a limit of
 * their own.
 *
 * Example: group "web-1" of 10mbit with a burst of 64KiB and a tick of 10 ms becomes
 * new_web_1_group(base), which calls ev_token_bucket_cfg_new(12500, 65536, 12500, 65536, &tick),
 * with a tick of {0, 10000}.
 */
#ifndef SHAPESIM_SIM_CONFIG_LIMITS_C_H
#define SHAPESIM_SIM_CONFIG_LIMITS_C_H

#include <stdio.h>

#include "sim/config/config.h"

/* Prints a file that compiles with libevent's headers; errors of `out` are the caller's to ask
 * for. */
void limits_c_print(const struct run_config *config, FILE *out);

#endif
