#include "sim/commands/verify_sweep.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shaper/libevent/memory.h"
#include "sim/base/json_file.h"
#include "sim/base/json_text.h"
#include "sim/cli/options.h"
#include "sim/output/file_names.h"
#include "sim/output/whole_directory.h"
#include "sim/sweep/sweep_directory.h"
#include "sim/sweep/sweep_plan_new.h"
#include "sim/sweep/sweep_words.h"
#include "sim/verify/verify.h"
#include "traces/trace.h"

#define MESSAGES_MAX 3 /* of a run that fails, on its line */

/* One verification of a sweep. */
struct sweep_verification {
    const struct verify_config *config;
    struct junit *junit; /* NULL: none */
    struct sweep_settings *settings;
    struct parsed_options *parsed; /* the recorded command line, from which the plan borrows */
    struct sweep_plan *plan;
    size_t failed;
    struct checks checks; /* of the current run */
};

static int out_of_memory(const struct sweep_verification *sweep, char *error)
{
    return sim_fail(error, SIM_FAILED, "%s: out of memory", sweep->config->directory);
}

static int cannot_read(const char *path, int failure, char *error)
{
    return sim_fail(error, SIM_FAILED, "%s: cannot be read (%s)", path, strerror(failure));
}

/* --- what there should be -------------------------------------------------------------------- */

static int read_plan(struct sweep_verification *sweep, char *error)
{
    int count = 0;
    int status = sweep_settings_read(sweep->config->directory, &sweep->settings, error);

    if (status != SIM_OK)
        return status;
    char **words = sweep_settings_words(sweep->settings, &count);
    sweep->parsed = calloc(1, sizeof(*sweep->parsed));
    if (!words || !sweep->parsed)
        return out_of_memory(sweep, error);
    status = options_parse(COMMAND_SWEEP, count, words, sweep->parsed, error);
    if (status == SIM_OK)
        status = sweep_plan_new(&sweep->parsed->sweep, &sweep->plan, error);
    if (status == SIM_OK)
        status = sweep_settings_give_hashes(sweep->settings, sweep->plan, error);
    return status;
}

static void fini(struct sweep_verification *sweep)
{
    sweep_plan_free(sweep->plan);
    if (sweep->parsed)
        parsed_options_fini(sweep->parsed);
    free(sweep->parsed);
    sweep_settings_free(sweep->settings);
    free(sweep);
}

/* --- a run that was checked, or is not there -------------------------------------------------- */

static void print_failures(const struct checks *checks)
{
    size_t failures = 0;

    for (int i = 0; i < CHECKS; i++)
        if (checks->results[i].failures > 0 && failures++ < MESSAGES_MAX)
            printf("%s%s", failures > 1 ? "; " : "", checks->results[i].message);
    if (failures > MESSAGES_MAX)
        printf("; and %zu more checks", failures - MESSAGES_MAX);
}

/* `missing`: why there is no run to check; NULL: there is one. */
static int print_json(const struct sweep_verification *sweep, const char *id, const char *missing,
                      bool is_first, char *error)
{
    bool holds = !missing && checks_hold(&sweep->checks);
    json_t *object = json_object();

    json_object_set_new(object, "run", json_text(id));
    json_object_set_new(object, "verdict", json_string(holds ? "holds" : "fails"));
    json_object_set_new(object, "message",
                        json_text(missing ? missing : sweep->checks.first_failure));
    json_object_set_new(object, "checks", missing ? json_array() : checks_json(&sweep->checks));
    if (memory_ran_out()) {
        json_decref(object);
        return out_of_memory(sweep, error);
    }
    fputs(is_first ? "\n    " : ",\n    ", stdout);
    json_dumpf(object, stdout, 0);
    json_decref(object);
    return SIM_OK;
}

static int report(struct sweep_verification *sweep, size_t run, const char *id, const char *missing,
                  char *error)
{
    bool holds = !missing && checks_hold(&sweep->checks);

    sweep->failed += !holds;
    if (sweep->junit && missing)
        junit_put_failure(sweep->junit, id, missing);
    else if (sweep->junit)
        junit_put_checks(sweep->junit, id, &sweep->checks);
    if (sweep->config->json)
        return print_json(sweep, id, missing, run == 0, error);
    if (holds)
        return SIM_OK;
    printf("%s: ", id);
    if (missing)
        trace_print_plain(stdout, 0, missing);
    else
        print_failures(&sweep->checks);
    putchar('\n');
    return SIM_OK;
}

/* --- one run --------------------------------------------------------------------------------- */

/* A run may be whole and still be another one than this sweep's. */
static void check_belongs(struct sweep_verification *sweep, size_t run, const json_t *summary,
                          const char *command)
{
    const struct sweep_setting *setting = sweep_plan_setting(sweep->plan, run);
    const char *hash = json_text_of(json_object_get(summary, "trace"), "xxh3_128");

    if (strcmp(json_text_of(summary, "command"), command) != 0)
        check_fails(&sweep->checks, CHECK_SETTINGS,
                    "summary.json: command: not that of this run of the sweep, which is %.600s",
                    command);
    else if (strcmp(hash, sweep->plan->traces[setting->trace].hash) != 0)
        check_fails(&sweep->checks, CHECK_SETTINGS,
                    "summary.json: trace: xxh3_128: %.40s, but the sweep's trace has %s", hash,
                    sweep->plan->traces[setting->trace].hash);
    else
        check_holds(&sweep->checks, CHECK_SETTINGS);
}

static int check_run(struct sweep_verification *sweep, size_t run, const char *id, const char *path,
                     const char *command, char *error)
{
    struct verify_config config = *sweep->config;
    char *name;

    memset(&sweep->checks, 0, sizeof(sweep->checks));
    config.directory = path;
    int status = verify_run(&config, &sweep->checks, error);
    if (status != SIM_OK)
        return status;
    if (asprintf(&name, "%s/%s", path, run_file_names[RUN_SUMMARY]) < 0)
        return out_of_memory(sweep, error);
    json_t *summary = json_file_load(name, 0, NULL);
    if (summary)
        check_belongs(sweep, run, summary, command);
    else if (checks_hold(&sweep->checks)) /* it could be read a moment ago */
        status = cannot_read(name, errno, error);
    json_decref(summary);
    free(name);
    if (status != SIM_OK)
        return status;
    return memory_ran_out() ? out_of_memory(sweep, error) : report(sweep, run, id, NULL, error);
}

static int report_missing(struct sweep_verification *sweep, size_t run, const char *id,
                          const char *path, const char *command, char *error)
{
    char *why = whole_directory_error(path, command);
    char text[SIM_ERROR_BYTES];

    if (why)
        snprintf(text, sizeof(text), "failed: %s", why);
    else
        snprintf(text, sizeof(text), "is missing; the same sweep command runs it");
    free(why);
    return memory_ran_out() ? out_of_memory(sweep, error) : report(sweep, run, id, text, error);
}

static int take_run(struct sweep_verification *sweep, size_t run, char *error)
{
    char *id = sweep_plan_id(sweep->plan, run), *path = NULL;
    char *command = sweep_plan_command(sweep->plan, run);
    int status;

    if (!id || !command || asprintf(&path, "%s/runs/%s", sweep->config->directory, id) < 0)
        status = out_of_memory(sweep, error);
    else if (access(path, F_OK) == 0)
        status = check_run(sweep, run, id, path, command, error);
    else if (errno != ENOENT && errno != ENOTDIR)
        status = cannot_read(path, errno, error);
    else
        status = report_missing(sweep, run, id, path, command, error);
    free(command);
    free(path);
    free(id);
    return status;
}

bool verify_is_sweep(const char *directory)
{
    char path[PATH_MAX];

    return snprintf(path, sizeof(path), "%s/%s", directory, sweep_file_names[SWEEP_SETTINGS]) <
               (int)sizeof(path) &&
           access(path, F_OK) == 0;
}

int verify_sweep(const struct verify_config *config, struct junit *junit, size_t *checked,
                 size_t *failed, char *error)
{
    struct sweep_verification *sweep = calloc(1, sizeof(*sweep));

    if (!sweep)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", config->directory);
    sweep->config = config;
    sweep->junit = junit;
    int status = read_plan(sweep, error);
    if (status == SIM_OK && config->json)
        fputs("{\n  \"runs\": [", stdout);
    for (size_t run = 0; status == SIM_OK && run < sweep->plan->run_count; run++)
        status = take_run(sweep, run, error);
    *checked = status == SIM_OK ? sweep->plan->run_count : 0;
    *failed = sweep->failed;
    if (status == SIM_OK && config->json)
        printf("\n  ],\n  \"checked\": %zu,\n  \"failed\": %zu\n}\n", *checked, *failed);
    else if (status == SIM_OK)
        printf("%zu runs checked, %zu failed\n", *checked, *failed);
    fini(sweep);
    return status;
}
