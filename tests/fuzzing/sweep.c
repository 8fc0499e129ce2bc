/*
 * `sweep --collect` on a whole directory (directory.h): sweep.json, summaries and errors of runs,
 * the tables and the ranking made from them.
 */
#include "sim/sweep/sweep_directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/cli/options.h"
#include "sim/sweep/sweep_other_runs.h"
#include "sim/sweep/sweep_plan_new.h"
#include "sim/sweep/sweep_ranking.h"
#include "sim/sweep/sweep_results.h"
#include "sim/sweep/sweep_tables.h"
#include "tests/fuzzing/directory.h"
#include "tests/fuzzing/fuzzing.h"

#define RUN "runs/dns.pcap_min-share="

static const char *const names[] = {
    "sweep.json",         RUN "1_seed=1/summary.json", RUN "64_seed=1/summary.json",
    RUN "1_seed=1.error", RUN "64_seed=1.error",       NULL,
};

static const char *make_directory(void)
{
    static const char *const folders[] = {"runs", RUN "1_seed=1", RUN "64_seed=1"};
    const char *directory = fuzz_directory_new();
    char path[256];

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, folders[i]);
        fuzz_holds(mkdir(path, 0777) == 0, "the directory has folders");
    }
    return directory;
}

static int rank(const struct sweep_results *results, const struct sweep_config *config,
                size_t other_runs, FILE *out, char *error)
{
    struct sweep_ranking *ranking = NULL;
    int status = sweep_ranking_new(results, config, other_runs, &ranking, error);

    if (status != SIM_OK)
        return status;
    char *advice = sweep_ranking_advice(ranking);
    fuzz_holds(advice && *advice, "a ranking has a sentence");
    for (size_t i = 0; i < ranking->eligible; i++)
        fuzz_holds(ranking->settings[ranking->order[i]].delivered_percent == 100,
                   "what is eligible delivers everything");
    status = sweep_ranking_print(ranking, advice, out, error);
    if (status == SIM_OK)
        status = sweep_ranking_print_json(ranking, advice, out, error);
    free(advice);
    sweep_ranking_free(ranking);
    return status;
}

static int make_tables(const struct sweep_plan *plan, const struct sweep_config *config,
                       const char *directory, char *error)
{
    static FILE *nowhere;
    struct sweep_directory opened;

    sweep_directory_init(&opened);
    int status = sweep_directory_reopen(&opened, directory, error);
    struct sweep_results *results = sweep_results_new(plan, &opened, &config->wants);
    size_t other_runs = 0;

    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    fuzz_holds(results && nowhere, "memory holds the results");
    for (size_t run = 0; run < plan->run_count && status == SIM_OK; run++)
        status = sweep_results_load(results, run, error);
    if (status == SIM_OK)
        status = sweep_other_runs_count(directory, plan, &other_runs, error);
    if (status == SIM_OK)
        status = sweep_tables_write(results, &opened.files, error);
    if (status == SIM_OK)
        status = rank(results, config, other_runs, nowhere, error);
    for (size_t run = 0; run < plan->run_count; run++)
        fuzz_holds(sweep_results_status(results, run)[0], "a run has a status");
    sweep_results_free(results);
    sweep_directory_close(&opened);
    return status;
}

static int collect(struct sweep_settings *settings, const char *directory, char *error)
{
    static struct parsed_options parsed;
    struct sweep_plan *plan = NULL;
    int count = 0;
    char **words = sweep_settings_words(settings, &count);
    int status = options_parse(COMMAND_SWEEP, count, words, &parsed, error);

    if (status == SIM_OK && !parsed.wants_help)
        status = sweep_plan_new(&parsed.sweep, &plan, error);
    if (status == SIM_OK && plan)
        status = sweep_settings_give_hashes(settings, plan, error);
    if (status == SIM_OK && plan && plan->run_count <= 64)
        status = make_tables(plan, &parsed.sweep, directory, error);
    sweep_plan_free(plan);
    parsed_options_fini(&parsed);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *directory;
    struct sweep_settings *settings = NULL;
    char error[SIM_ERROR_BYTES] = "";

    if (!directory)
        directory = make_directory();
    fuzz_directory_fill(directory, names, data, size);
    int status = sweep_settings_read(directory, &settings, error);
    if (status == SIM_OK)
        status = collect(settings, directory, error);
    sweep_settings_free(settings);
    fuzz_holds(status == SIM_OK || (error[0] && !strchr(error, '\n')), "a refusal is one line");
    return 0;
}
