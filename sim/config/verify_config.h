/* What `verify` was asked for: a run or a sweep to check, and demands. */
#ifndef SHAPESIM_SIM_CONFIG_VERIFY_CONFIG_H
#define SHAPESIM_SIM_CONFIG_VERIFY_CONFIG_H

#include <stdbool.h>

#include "sim/config/demands.h"

struct verify_config {
    const char *directory; /* of a finished run or sweep */
    const char *against;   /* of another one; NULL: none */
    bool json;
    bool no_hashes;
    const char *junit;                          /* the file for JUnit XML; NULL: none */
    struct demand short_demands[DEMAND_SHORTS]; /* of options of their own; text NULL: not given */
    struct demands wants;
};

#endif
