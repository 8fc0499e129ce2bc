/* Whether the files of a run are there, whole, and as they were written. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_FILES_H
#define SHAPESIM_SIM_VERIFY_VERIFY_FILES_H

#include "sim/verify/verification.h"

/* Checks that they are there and whole; reads summary.json. False if the rest cannot be checked. */
bool verify_files(struct verification *verification);

/* Compares them with their hashes in summary.json. */
void verify_hashes(struct verification *verification);

#endif
