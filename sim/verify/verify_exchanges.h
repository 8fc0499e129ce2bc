/*
 * exchanges.csv, row by row: what holds of an exchange by itself, of those of a flow, and with the
 * flow's row of flows.csv; and what summary.json says of responses and completion, recomputed.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_EXCHANGES_H
#define SHAPESIM_SIM_VERIFY_VERIFY_EXCHANGES_H

#include "sim/verify/verification.h"

/* Reads the exchanges, if the run has any; false where the rest cannot be checked. */
bool verify_exchanges(struct verification *verification);
void verify_exchanges_free(struct verification *verification);

/* Compares what summary.json says of the group, `of` its name there. */
void verify_exchanges_summary(struct verification *verification, const struct verified_group *group,
                              const char *of);

#endif
