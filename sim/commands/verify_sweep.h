/*
 * Checks every run of a finished sweep: a line for each that fails or is not there, then how many.
 * As JSON it is one object:
 *
 *     {"runs": [{"run": ID, "verdict": "holds" or "fails", "message": of the first failure or "",
 *                "checks": as of a single run, none where there is no run to check}, ...],
 *      "checked": N, "failed": M}
 */
#ifndef SHAPESIM_SIM_COMMANDS_VERIFY_SWEEP_H
#define SHAPESIM_SIM_COMMANDS_VERIFY_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/config/verify_config.h"
#include "sim/verify/junit.h"

/* Whether there is a sweep.json in it: also where the sweep was interrupted. */
bool verify_is_sweep(const char *directory);

/* Prints to standard output, and into `junit` unless that is NULL. SIM_OK: all could be checked,
 * and *failed of *checked runs fail. SIM_FAILED, or SIM_MISUSE where it is no sweep. */
int verify_sweep(const struct verify_config *config, struct junit *junit, size_t *checked,
                 size_t *failed, char *error);

#endif
