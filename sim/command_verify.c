#include "sim/commands.h"

#include <inttypes.h>
#include <stdio.h>

#include "shaper/memory.h"
#include "sim/compare.h"
#include "sim/process.h"
#include "sim/sandbox.h"
#include "sim/verify.h"

static void compare(const struct verify_config *config, struct checks *checks)
{
    char error[SIM_ERROR_BYTES];
    uint64_t rows;

    if (compare_runs(config->directory, config->against, &rows, error) != SIM_OK)
        check_fails(checks, CHECK_AGAINST, "%s", error);
    else
        check_agrees(checks, CHECK_AGAINST, rows, "rows are the same");
}

int command_verify(const struct verify_config *config, char *error)
{
    static struct checks checks;
    process_end_at_signals();
    const struct sandbox sandbox = {.reads = {config->directory, config->against}};
    int status = sandbox_enter(&sandbox, error);

    if (status == SIM_OK)
        status = verify_run(config, &checks, error);

    if (status != SIM_OK)
        return status;
    if (config->against)
        compare(config, &checks);
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
