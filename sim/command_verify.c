#include "sim/commands.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/compare.h"

int command_verify(const struct verify_config *config, char *error)
{
    uint64_t rows;
    int status = compare_runs(config->directory, config->against, &rows, error);

    if (status == SIM_OK)
        printf("%s agrees with %s: all %" PRIu64 " rows of ticks.csv, flow_ticks.csv and flows.csv "
               "are the same\n",
               config->directory, config->against, rows);
    return status;
}
