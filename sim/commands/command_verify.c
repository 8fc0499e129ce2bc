#include "sim/commands/commands.h"

#include <stdio.h>

#include "shaper/libevent/memory.h"
#include "sim/base/process.h"
#include "sim/base/sandbox.h"
#include "sim/commands/verify_sweep.h"
#include "sim/verify/compare.h"
#include "sim/verify/junit.h"
#include "sim/verify/verify.h"

static int print(const struct verify_config *config, const struct checks *checks, char *error)
{
    if (!config->json)
        checks_print(checks, stdout);
    else if (checks_print_json(checks, stdout) != 0 && memory_ran_out())
        return sim_fail(error, SIM_FAILED, "%s: out of memory for verify's table",
                        config->directory);
    return SIM_OK;
}

/* The table is printed, and the checks are in the file, whether they hold or not: the first failure
 * is in `failure`, which is empty where there is none. */
static int verify_one(const struct verify_config *config, struct junit *junit, char *failure,
                      char *error)
{
    static struct checks checks;
    int status = verify_run(config, &checks, error);

    if (status == SIM_OK && config->against)
        status = compare_runs(config->directory, config->against, &checks, error);
    if (status == SIM_OK && junit)
        junit_put_checks(junit, config->directory, &checks);
    if (status == SIM_OK)
        status = print(config, &checks, error);
    snprintf(failure, SIM_ERROR_BYTES, "%s", checks.first_failure);
    return status;
}

static int verify_many(const struct verify_config *config, struct junit *junit, char *failure,
                       char *error)
{
    size_t checked, failed;
    int status = verify_sweep(config, junit, &checked, &failed, error);

    failure[0] = '\0';
    if (status == SIM_OK && failed > 0)
        snprintf(failure, SIM_ERROR_BYTES, "%.800s: %zu of %zu runs fail", config->directory,
                 failed, checked);
    return status;
}

/* What cannot be done in the sandbox. */
static int begin(const struct verify_config *config, bool is_sweep, struct junit *junit,
                 char *error)
{
    if (is_sweep && config->against)
        return sim_fail(error, SIM_MISUSE,
                        "--against: compares two runs, and %s holds a sweep; give two of its "
                        "folders runs/ID",
                        config->directory);
    if (!config->junit)
        return SIM_OK;
    return junit_begin(junit, config->junit, error);
}

int command_verify(const struct verify_config *config, char *error)
{
    bool is_sweep = verify_is_sweep(config->directory);
    struct junit file = {0}, *junit = config->junit ? &file : NULL;
    char failure[SIM_ERROR_BYTES] = "";

    process_end_at_signals();
    int status = begin(config, is_sweep, &file, error);
    if (status != SIM_OK)
        return status;
    const struct sandbox sandbox = {.reads = {config->directory, config->against}};
    status = sandbox_enter(&sandbox, error);
    if (status == SIM_OK)
        status = is_sweep ? verify_many(config, junit, failure, error)
                          : verify_one(config, junit, failure, error);
    if (junit)
        status = junit_end(junit, status, error);
    if (status == SIM_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = sim_fail(error, SIM_FAILED, "standard output cannot be written");
    if (status == SIM_OK && failure[0])
        status = sim_fail(error, SIM_FAILED, "%s", failure);
    return status;
}
