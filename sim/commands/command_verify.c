#include "sim/commands/commands.h"

#include <stdio.h>

#include "shaper/libevent/memory.h"
#include "sim/base/process.h"
#include "sim/base/sandbox.h"
#include "sim/verify/compare.h"
#include "sim/verify/verify.h"

int command_verify(const struct verify_config *config, char *error)
{
    static struct checks checks;
    process_end_at_signals();
    const struct sandbox sandbox = {.reads = {config->directory, config->against}};
    int status = sandbox_enter(&sandbox, error);

    if (status == SIM_OK)
        status = verify_run(config, &checks, error);
    if (status == SIM_OK && config->against)
        status = compare_runs(config->directory, config->against, &checks, error);
    if (status != SIM_OK)
        return status;
    if (!config->json)
        checks_print(&checks, stdout);
    else if (checks_print_json(&checks, stdout) != 0 && memory_ran_out())
        return sim_fail(error, SIM_FAILED, "%s: out of memory for verify's table",
                        config->directory);
    else if (ferror(stdout))
        return sim_fail(error, SIM_FAILED, "standard output cannot be written");
    if (fflush(stdout) != 0)
        return sim_fail(error, SIM_FAILED, "standard output cannot be written");
    if (checks_hold(&checks))
        return SIM_OK;
    return sim_fail(error, SIM_FAILED, "%s", checks.first_failure);
}
