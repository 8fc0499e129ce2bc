#include "sim/commands/print_json.h"

#include <stdio.h>

#include "shaper/libevent/memory.h"
#include "sim/base/sim.h"

int print_json(json_t *root, char *error)
{
    int failed = root ? json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : -1;

    json_decref(root);
    if (memory_ran_out())
        return sim_fail(error, SIM_FAILED, "out of memory for the JSON text");
    if (failed || fputc('\n', stdout) == EOF || fflush(stdout) != 0)
        return sim_fail(error, SIM_FAILED, "standard output cannot be written");
    return SIM_OK;
}
