#include "sim/commands/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/account/summary.h"
#include "sim/base/process.h"
#include "sim/sweep/sweep_directory.h"
#include "sim/sweep/sweep_jobs.h"
#include "sim/sweep/sweep_other_runs.h"
#include "sim/sweep/sweep_plan.h"
#include "sim/sweep/sweep_plan_new.h"
#include "sim/sweep/sweep_print_jobs.h"
#include "sim/sweep/sweep_ranking.h"
#include "sim/sweep/sweep_results.h"
#include "sim/sweep/sweep_slurm.h"
#include "sim/sweep/sweep_tables.h"
#include "sim/sweep/sweep_words.h"
#include "traces/file_stream.h"
#include "traces/trace.h"

/* The state of one sweep; empty when zeroed. */
struct sweep {
    const struct sweep_config *config;
    const char *path; /* of its directory */
    struct sweep_directory directory;
    struct sweep_plan *plan;
    struct sweep_results *results;
    const struct demands *wants;
    size_t other_runs;
    const volatile sig_atomic_t *stop;
};

static void sweep_fini(struct sweep *sweep)
{
    sweep_results_free(sweep->results);
    sweep_plan_free(sweep->plan);
    sweep_directory_close(&sweep->directory);
}

static size_t count_ok(const struct sweep *sweep)
{
    size_t ok = 0;

    for (size_t run = 0; run < sweep->plan->run_count; run++)
        ok += sweep_results_is_ok(sweep->results, run);
    return ok;
}

/* Reads the state of every run, and counts those of other sweeps. */
static int load_results(struct sweep *sweep, char *error)
{
    int status = sweep_other_runs_count(sweep->path, sweep->plan, &sweep->other_runs, error);

    if (status != SIM_OK)
        return status;
    sweep->results = sweep_results_new(sweep->plan, &sweep->directory, sweep->wants);
    if (!sweep->results)
        return sim_fail(error, SIM_FAILED, "sweep: out of memory");
    for (size_t run = 0; run < sweep->plan->run_count && status == SIM_OK; run++)
        status = sweep_results_load(sweep->results, run, error);
    return status;
}

static int flush_stdout(char *error)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return SIM_OK;
    return sim_fail(error, SIM_FAILED, "standard output cannot be written");
}

static int print_ranking(const struct sweep *sweep, const struct sweep_ranking *ranking,
                         char *error)
{
    char *advice = sweep_ranking_advice(ranking);
    int status = SIM_OK;

    if (!advice)
        return sim_fail(error, SIM_FAILED, "sweep: out of memory");
    if (sweep->config->json) {
        status = sweep_ranking_print_json(ranking, advice, stdout, error);
    } else {
        status = sweep_ranking_print(ranking, advice, stdout, error);
        fputc('\n', stdout);
        trace_print_plain(stdout, 0, sweep->path);
        fputs(": sweep.csv, sweep-summary.csv, sweep-long.csv\n", stdout);
    }
    free(advice);
    return status == SIM_OK ? flush_stdout(error) : status;
}

/* Writes the tables, and prints which setting is best. */
static int write_tables(struct sweep *sweep, char *error)
{
    struct sweep_ranking *ranking = NULL;

    process_finish();
    int status = sweep_tables_write(sweep->results, &sweep->directory.files, error);

    if (status != SIM_OK || (sweep->config->quiet && !sweep->config->json))
        return status;
    status = sweep_ranking_new(sweep->results, sweep->config, sweep->other_runs, &ranking, error);
    if (status == SIM_OK)
        status = print_ranking(sweep, ranking, error);
    sweep_ranking_free(ranking);
    return status;
}

/* Says before the runs start what will not be run, and what is left out of the tables. */
static void print_notes(const struct sweep *sweep)
{
    const struct sweep_plan *plan = sweep->plan;

    if (sweep->config->quiet)
        return;
    if (plan->impossible_count > 0) {
        char text[SIM_ERROR_BYTES];
        sweep_plan_print_combination(plan, plan->impossible[0].combination, text, sizeof(text));
        fprintf(stderr, "shapesim: %zu of %zu combinations are impossible and left out; ",
                plan->impossible_count,
                plan->impossible_count + plan->setting_count / plan->trace_count);
        trace_print_plain(stderr, 0, text);
        fputs(": ", stderr);
        trace_print_plain(stderr, 0, plan->impossible[0].reason);
        fputc('\n', stderr);
    }
    if (sweep->other_runs > 0)
        fprintf(stderr,
                "shapesim: %zu runs that are there are not part of this sweep; they stay, and the "
                "tables leave them out\n",
                sweep->other_runs);
}

/* --- sweep ---------------------------------------------------------------------------------- */

static int run_all(struct sweep *sweep, char *error)
{
    struct sweep_progress progress;
    struct sweep_recordings recordings = {0};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct sweep_jobs jobs = {.plan = sweep->plan,
                              .directory = sweep->path,
                              .results = sweep->results,
                              .recordings = &recordings,
                              .at_a_time = sweep->config->jobs > 0 ? (size_t)sweep->config->jobs
                                           : cores > 0             ? (size_t)cores
                                                                   : 1,
                              .progress = &progress,
                              .stop = sweep->stop};

    process_finish(); /* from here on signals are waited for */
    sweep_progress_begin(&progress, sweep->plan->run_count, count_ok(sweep), sweep->config->quiet);
    int status = sweep_jobs_run(&jobs, error);
    sweep_progress_end(&progress);
    sweep_recordings_fini(&recordings);
    if (status != SIM_OK)
        return status;
    status = write_tables(sweep, error);
    if (status == SIM_OK && progress.failed > 0)
        return sim_fail(error, SIM_FAILED,
                        "%zu of %zu runs failed; %s/sweep.csv has their errors, and the same "
                        "command runs them again",
                        progress.failed, sweep->plan->run_count, sweep->path);
    return status;
}

static int print_slurm(struct sweep *sweep, char *error)
{
    char *commands = NULL;
    size_t bytes = 0, count;
    FILE *out = open_memstream(&commands, &bytes);
    int status = out ? sweep_print_jobs(sweep->results, sweep->path, out, &count, error) : SIM_OK;

    if (!out || file_stream_close_text(out, &commands) != 0)
        return sim_fail(error, SIM_FAILED, "sweep: out of memory");
    if (status == SIM_OK)
        sweep_slurm_print(commands, count, stdout);
    free(commands);
    return status;
}

static int print_jobs(struct sweep *sweep, char *error)
{
    size_t count;
    int status = sweep->config->prints_slurm
                     ? print_slurm(sweep, error)
                     : sweep_print_jobs(sweep->results, sweep->path, stdout, &count, error);

    return status == SIM_OK ? flush_stdout(error) : status;
}

/* What is there of another format is not taken for a result of this one. */
static void note_other_formats(const struct sweep *sweep)
{
    size_t count = sweep_results_other_formats(sweep->results);

    if (count == 0)
        return;
    fprintf(stderr, "shapesim: %zu run%s of ", count, count == 1 ? "" : "s");
    trace_print_plain(stderr, 0, sweep->path);
    fprintf(stderr, " %s of another format than %d, which this shapesim writes: %s run again\n",
            count == 1 ? "is" : "are", SUMMARY_FORMAT, count == 1 ? "it is" : "they are");
}

static int sweep_here(struct sweep *sweep, char *error)
{
    const struct sweep_config *config = sweep->config;
    int status;

    if (!config->directory)
        return sim_fail(error, SIM_MISUSE, "sweep: no output; add -o DIR");
    status = sweep_plan_new(config, &sweep->plan, error);
    sweep->path = config->directory;
    if (status == SIM_OK)
        status = sweep_plan_hash_traces(sweep->plan, error);
    if (status == SIM_OK)
        status =
            sweep_directory_open(&sweep->directory, sweep->path, sweep->plan, config->force, error);
    if (status == SIM_OK)
        status = load_results(sweep, error);
    if (status == SIM_OK)
        note_other_formats(sweep);
    if (status == SIM_OK)
        status = sweep_results_check_clear(sweep->results, error);
    if (status == SIM_OK)
        status = sweep_directory_begin(&sweep->directory, sweep->plan, error);
    if (status == SIM_OK && *sweep->stop)
        status = sim_fail(error, SIM_INTERRUPTED, "sweep: interrupted before it began");
    if (status != SIM_OK)
        return status;
    print_notes(sweep);
    return config->print_jobs ? print_jobs(sweep, error) : run_all(sweep, error);
}

/* --- sweep --collect ------------------------------------------------------------------------ */

/* Every run that is not complete, by name. */
static int name_missing(const struct sweep *sweep, char *error)
{
    size_t missing = 0;

    for (size_t run = 0; run < sweep->plan->run_count; run++) {
        if (sweep_results_is_ok(sweep->results, run))
            continue;
        char *id = sweep_plan_id(sweep->plan, run);
        fprintf(stderr, "shapesim: %s: ", id ? id : "");
        trace_print_plain(stderr, 0, sweep_results_status(sweep->results, run));
        fputc('\n', stderr);
        free(id);
        missing++;
    }
    if (missing == 0)
        return SIM_OK;
    return sim_fail(error, SIM_FAILED,
                    "%zu of %zu runs are missing or failed; sweep --print-jobs prints their "
                    "commands",
                    missing, sweep->plan->run_count);
}

/* What is given with --collect takes precedence over what is recorded. */
static void take_recorded(struct sweep *sweep, struct sweep_config *recorded)
{
    if (sweep->config->wants.count == 0)
        sweep->wants = &recorded->wants;
    if (sweep->config->fairness_window)
        recorded->fairness_window_us = sweep->config->fairness_window_us;
}

static int collect_from(struct sweep *sweep, struct sweep_settings *settings,
                        struct parsed_options *parsed, char *error)
{
    int count = 0;
    char **words = sweep_settings_words(settings, &count);
    int status = words ? options_parse(COMMAND_SWEEP, count, words, parsed, error)
                       : sim_fail(error, SIM_FAILED, "sweep: out of memory");

    if (status == SIM_OK)
        take_recorded(sweep, &parsed->sweep);
    if (status == SIM_OK)
        status = sweep_plan_new(&parsed->sweep, &sweep->plan, error);
    if (status == SIM_OK)
        status = sweep_settings_give_hashes(settings, sweep->plan, error);
    if (status == SIM_OK)
        status = load_results(sweep, error);
    if (status == SIM_OK)
        status = write_tables(sweep, error);
    return status == SIM_OK ? name_missing(sweep, error) : status;
}

static int collect(struct sweep *sweep, char *error)
{
    struct sweep_settings *settings = NULL;
    struct parsed_options *parsed = calloc(1, sizeof(*parsed));
    int status;

    sweep->path = sweep->config->collect;
    status = parsed ? sweep_settings_read(sweep->path, &settings, error)
                    : sim_fail(error, SIM_FAILED, "sweep: out of memory");
    if (status == SIM_OK)
        status = sweep_directory_reopen(&sweep->directory, sweep->path, error);
    if (status == SIM_OK) {
        status = collect_from(sweep, settings, parsed, error);
        sweep_results_free(sweep->results);
        sweep_plan_free(sweep->plan); /* borrows from parsed */
        sweep->results = NULL;
        sweep->plan = NULL;
        parsed_options_fini(parsed);
    }
    sweep_settings_free(settings);
    free(parsed);
    return status;
}

int command_sweep(const struct sweep_config *config, char *error)
{
    struct sweep sweep = {.config = config, .wants = &config->wants};

    sweep_directory_init(&sweep.directory);
    sweep.stop = process_stop_at_signals();
    int status = config->collect ? collect(&sweep, error) : sweep_here(&sweep, error);

    if (status == SIM_FAILED && *sweep.stop) /* it also ends the reading of a pipe */
        status = sim_fail(error, SIM_INTERRUPTED, "sweep: interrupted");
    sweep_fini(&sweep);
    return status;
}
