/* Whether the files of a run are there, whole, and as they were written. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_FILES_H
#define SHAPESIM_SIM_VERIFY_VERIFY_FILES_H

#include "sim/verify/verification.h"

/* There and whole; reads summary.json. False where the rest cannot be checked. */
bool verify_files(struct verification *verification);

/* As their hashes in summary.json say. */
void verify_hashes(struct verification *verification);

#endif
