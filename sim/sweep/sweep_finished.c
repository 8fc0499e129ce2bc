#include "sim/sweep/sweep_finished.h"

#include <stdlib.h>

#include "sim/base/json_file.h"
#include "sim/cli/options.h"
#include "sim/output/file_names.h"
#include "sim/sweep/sweep_directory.h"
#include "sim/sweep/sweep_plan_new.h"

/* What the plan and the results borrow from. */
struct sweep_source {
    struct sweep_settings *settings;
    struct parsed_options parsed;
    bool is_parsed;
    struct sweep_directory directory; /* its path alone: it is not opened */
};

static int out_of_memory(const char *path, char *error)
{
    return sim_fail(error, SIM_FAILED, "%s: out of memory", path);
}

static int read_plan(struct sweep_finished *finished, char *error)
{
    struct sweep_source *source = finished->source;
    int count = 0;
    int status = sweep_settings_read(finished->path, &source->settings, error);

    if (status != SIM_OK)
        return SIM_FAILED;
    char **words = sweep_settings_words(source->settings, &count);
    if (!words)
        return out_of_memory(finished->path, error);
    status = options_parse(COMMAND_SWEEP, count, words, &source->parsed, error);
    source->is_parsed = true;
    if (status == SIM_OK)
        status = sweep_plan_new(&source->parsed.sweep, &finished->plan, error);
    if (status == SIM_OK)
        status = sweep_settings_give_hashes(source->settings, finished->plan, error);
    return status == SIM_OK ? SIM_OK : SIM_FAILED;
}

static int none_complete(const struct sweep_finished *finished, char *error)
{
    if (sweep_results_other_formats(finished->results) > 0)
        return sim_fail(error, SIM_FAILED, "%s: run 1 of %zu: %s", finished->path,
                        finished->plan->run_count, sweep_results_status(finished->results, 0));
    return sim_fail(error, SIM_FAILED,
                    "%s: none of its %zu runs can be read (the first: %.300s); the same sweep "
                    "command runs them again",
                    finished->path, finished->plan->run_count,
                    sweep_results_status(finished->results, 0));
}

static int read_results(struct sweep_finished *finished, char *error)
{
    struct sweep_source *source = finished->source;
    const struct sweep_config *config = &source->parsed.sweep;
    int status = SIM_OK;

    source->directory.files.path = finished->path;
    finished->results = sweep_results_new(finished->plan, &source->directory, &config->wants);
    if (!finished->results)
        return out_of_memory(finished->path, error);
    sweep_results_take_any_version(finished->results);
    for (size_t run = 0; run < finished->plan->run_count && status == SIM_OK; run++) {
        status = sweep_results_load(finished->results, run, error);
        finished->complete += sweep_results_is_ok(finished->results, run);
    }
    if (status == SIM_OK && finished->complete == 0)
        status = none_complete(finished, error);
    return status == SIM_OK
               ? sweep_ranking_new(finished->results, config, 0, &finished->ranking, error)
               : status;
}

int sweep_finished_load(const char *path, struct sweep_finished **out, char *error)
{
    struct sweep_finished *finished = calloc(1, sizeof(*finished));

    *out = NULL;
    if (finished)
        finished->source = calloc(1, sizeof(*finished->source));
    if (!finished || !finished->source) {
        free(finished);
        return out_of_memory(path, error);
    }
    finished->path = path;
    sweep_directory_init(&finished->source->directory);
    int status = read_plan(finished, error);
    if (status == SIM_OK)
        status = read_results(finished, error);
    if (status == SIM_OK)
        *out = finished;
    else
        sweep_finished_free(finished);
    return status;
}

void sweep_finished_free(struct sweep_finished *finished)
{
    if (!finished)
        return;
    sweep_ranking_free(finished->ranking);
    sweep_results_free(finished->results);
    sweep_plan_free(finished->plan); /* borrows from what was parsed */
    if (finished->source->is_parsed)
        parsed_options_fini(&finished->source->parsed);
    sweep_settings_free(finished->source->settings);
    free(finished->source);
    free(finished);
}

json_t *sweep_finished_summary(const struct sweep_finished *finished, size_t run)
{
    char *path = sweep_directory_run_path(finished->path, finished->plan, run), *name = NULL;
    json_t *summary = NULL;

    if (path && asprintf(&name, "%s/%s", path, run_file_names[RUN_SUMMARY]) >= 0)
        summary = json_file_load(name, 0, NULL);
    free(name);
    free(path);
    return summary;
}
