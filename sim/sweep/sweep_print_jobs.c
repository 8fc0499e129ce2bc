#include "sim/sweep/sweep_print_jobs.h"

#include <stdlib.h>
#include <unistd.h>

#include "sim/cli/options.h"
#include "sim/sweep/sweep_directory.h"
#include "sim/sweep/sweep_words.h"

/* The path of this program. */
static int find_program(char *path, size_t room, char *error)
{
    ssize_t bytes = readlink("/proc/self/exe", path, room - 1);

    if (bytes < 0)
        return sim_fail(error, SIM_FAILED, "/proc/self/exe cannot be read; mount /proc");
    path[bytes] = '\0';
    return SIM_OK;
}

static int print_job(const struct sweep_plan *plan, const char *directory, size_t run,
                     const char *program, FILE *out, char *error)
{
    char *path = sweep_directory_run_path(directory, plan, run);
    char **words = path ? sweep_plan_words(plan, run, path) : NULL;
    int status = SIM_OK;

    if (!words)
        status = sim_fail(error, SIM_FAILED, "sweep: out of memory");
    else
        options_print_words(out, program, words);
    sweep_words_free(words);
    free(path);
    return status;
}

int sweep_print_jobs(struct sweep_results *results, const char *directory, FILE *out, size_t *count,
                     char *error)
{
    const struct sweep_plan *plan = sweep_results_plan(results);
    char program[4096];
    int status = find_program(program, sizeof(program), error);

    *count = 0;
    for (size_t run = 0; run < plan->run_count && status == SIM_OK; run++) {
        if (sweep_results_is_ok(results, run))
            continue;
        status = sweep_results_clear(results, run, error);
        if (status == SIM_OK)
            status = print_job(plan, directory, run, program, out, error);
        *count += status == SIM_OK;
    }
    return status;
}
