/* application.csv: a row per flow, within what the command's watermarks, timeouts and flushes can
 * do. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_APPLICATION_H
#define SHAPESIM_SIM_VERIFY_VERIFY_APPLICATION_H

#include "sim/config/application.h"
#include "sim/verify/verification.h"

/* Reads the file, if the command asks for it; false where the rest cannot be checked. */
bool verify_application(struct verification *verification);
void verify_application_free(struct verification *verification);

/* Sums over the flows that were in the group last. */
const struct application_counts *application_totals_of(const struct verification *verification,
                                                       const struct verified_group *group);

#endif
