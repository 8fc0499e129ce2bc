#include "sim/advise/advise_runs.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "shaper/shaper.h"
#include "sim/advise/advise_start.h"
#include "sim/base/json_file.h"
#include "sim/base/json_text.h"
#include "sim/base/process.h"
#include "sim/cli/options.h"
#include "sim/config/limits_c.h"
#include "sim/output/file_names.h"
#include "sim/sweep/sweep_directory.h"
#include "sim/sweep/sweep_jobs.h"
#include "sim/sweep/sweep_plan.h"
#include "sim/sweep/sweep_plan_new.h"
#include "sim/sweep/sweep_print_jobs.h"
#include "sim/sweep/sweep_ranking.h"
#include "sim/sweep/sweep_results.h"
#include "sim/sweep/sweep_tables.h"
#include "sim/sweep/sweep_words.h"
#include "traces/file_stream.h"
#include "traces/trace.h"

enum axis { AXIS_RATE, AXIS_BURST, AXIS_TICK, AXIS_MIN_SHARE, AXES };

struct advise_runs {
    const struct advise_config *config;
    const struct advise_space *space;
    const volatile sig_atomic_t *stop;
    struct sweep_config sweep;    /* with the axes; they are freed with the texts below */
    char *axes[AXES];             /* owned */
    struct advise_setting *tried; /* combination i of the plan; owned */
    size_t tried_count;
    struct sweep_directory directory;
    bool is_open;
    char hash[BYTE_SOURCE_HASH_BYTES]; /* of the trace; empty: not known yet */
    struct sweep_plan *plan;           /* of all that were tried, like the results */
    struct sweep_results *results;
    bool is_waiting;                    /* for jobs that were printed */
    struct sweep_recordings recordings; /* of the trace, for all runs */
};

struct advise_runs *advise_runs_new(const struct advise_config *config,
                                    const struct advise_space *space,
                                    const struct sweep_config *sweep,
                                    const volatile sig_atomic_t *stop)
{
    struct advise_runs *runs = calloc(1, sizeof(*runs));

    if (!runs)
        return NULL;
    runs->config = config;
    runs->space = space;
    runs->stop = stop;
    runs->sweep = *sweep;
    runs->sweep.link = true;
    runs->recordings.keeps = true;
    sweep_directory_init(&runs->directory);
    return runs;
}

/* Forgets the plan, not what was tried. */
static void forget_plan(struct advise_runs *runs)
{
    sweep_results_free(runs->results);
    sweep_plan_free(runs->plan);
    runs->results = NULL;
    runs->plan = NULL;
    for (int i = 0; i < AXES; i++) {
        free(runs->axes[i]);
        runs->axes[i] = NULL;
    }
}

void advise_runs_free(struct advise_runs *runs)
{
    if (!runs)
        return;
    forget_plan(runs);
    sweep_recordings_fini(&runs->recordings);
    sweep_directory_close(&runs->directory);
    free(runs->tried);
    free(runs);
}

bool advise_runs_wait(const struct advise_runs *runs)
{
    return runs->is_waiting;
}

struct owned_directory *advise_runs_directory(struct advise_runs *runs)
{
    return &runs->directory.files;
}

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "advise: out of memory");
}

/* --- the sweep of what was tried --------------------------------------------------------- */

static int add_tried(struct advise_runs *runs, const struct advise_setting *settings, size_t count,
                     char *error)
{
    struct advise_setting *tried =
        reallocarray(runs->tried, runs->tried_count + count, sizeof(*tried));

    if (!tried)
        return out_of_memory(error);
    runs->tried = tried;
    memcpy(tried + runs->tried_count, settings, count * sizeof(*tried));
    runs->tried_count += count;
    return SIM_OK;
}

/* "web.write-" */
static void print_prefix(FILE *out, const struct advise_config *config, enum axis axis)
{
    if (config->group[0])
        fprintf(out, "%s.", config->group);
    if ((axis == AXIS_RATE || axis == AXIS_BURST) && config->direction != ADVISE_BOTH_DIRECTIONS)
        fprintf(out, "%s-", shaper_direction_name((enum shaper_direction)config->direction));
}

static void print_value(FILE *out, const struct advise_setting *setting, enum axis axis)
{
    switch (axis) {
    case AXIS_RATE:
        fprintf(out, "%" PRId64 "B/tick", setting->rate_bytes_per_tick);
        break;
    case AXIS_BURST:
        fprintf(out, "%" PRId64 "B", setting->burst_bytes);
        break;
    case AXIS_TICK:
        fprintf(out, "%" PRId64 "ms", setting->tick_ms);
        break;
    case AXIS_MIN_SHARE:
        fprintf(out, "%" PRId64 "B", setting->min_share_bytes);
        break;
    case AXES:
        break;
    }
}

/* The argument of --vary; owned by the caller, NULL on allocation failure. */
static char *axis_text(const struct advise_runs *runs, enum axis axis)
{
    static const char *const keys[AXES] = {"rate", "burst", "tick", "min-share"};
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    if (!out)
        return NULL;
    print_prefix(out, runs->config, axis);
    fputs(keys[axis], out);
    for (size_t i = 0; i < runs->tried_count; i++) {
        fputc(i == 0 ? '=' : ',', out);
        print_value(out, &runs->tried[i], axis);
    }
    if (file_stream_close_text(out, &text) == 0)
        return text;
    free(text);
    return NULL;
}

static int make_plan(struct advise_runs *runs, char *error)
{
    forget_plan(runs);
    runs->sweep.vary_count = 0;
    for (int i = 0; i < AXES; i++) {
        runs->axes[i] = axis_text(runs, (enum axis)i);
        if (!runs->axes[i])
            return out_of_memory(error);
        runs->sweep.vary[runs->sweep.vary_count++] = runs->axes[i];
    }
    int status = sweep_plan_new(&runs->sweep, &runs->plan, error);
    if (status != SIM_OK)
        return status;
    if (!runs->hash[0]) {
        status = sweep_plan_hash_traces(runs->plan, error);
        memcpy(runs->hash, runs->plan->traces[0].hash, sizeof(runs->hash));
    }
    memcpy(runs->plan->traces[0].hash, runs->hash, sizeof(runs->hash));
    return status;
}

static int open_directory(struct advise_runs *runs, char *error)
{
    if (runs->is_open)
        return SIM_OK;
    int status = sweep_directory_open(&runs->directory, runs->sweep.directory, runs->plan,
                                      runs->sweep.force, error);
    runs->is_open = status == SIM_OK;
    return status;
}

static int load_results(struct advise_runs *runs, char *error)
{
    int status = SIM_OK;

    runs->results = sweep_results_new(runs->plan, &runs->directory, &runs->sweep.wants);
    if (!runs->results)
        return out_of_memory(error);
    for (size_t run = 0; run < runs->plan->run_count && status == SIM_OK; run++)
        status = sweep_results_load(runs->results, run, error);
    return status == SIM_OK ? sweep_results_check_clear(runs->results, error) : status;
}

static int make_runs(struct advise_runs *runs, char *error)
{
    struct sweep_progress progress;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct sweep_jobs jobs = {.plan = runs->plan,
                              .directory = runs->sweep.directory,
                              .results = runs->results,
                              .recordings = &runs->recordings,
                              .at_a_time = runs->sweep.jobs > 0 ? (size_t)runs->sweep.jobs
                                           : cores > 0          ? (size_t)cores
                                                                : 1,
                              .progress = &progress,
                              .stop = runs->stop};
    size_t done = 0;

    for (size_t run = 0; run < runs->plan->run_count; run++)
        done += sweep_results_is_ok(runs->results, run);
    process_finish(); /* from here on signals are waited for */
    sweep_progress_begin(&progress, runs->plan->run_count, done, true);
    int status = sweep_jobs_run(&jobs, error);
    sweep_progress_end(&progress);
    for (size_t run = 0; run < runs->plan->run_count && status == SIM_OK; run++)
        if (!sweep_results_is_ok(runs->results, run))
            status = sim_fail(error, SIM_FAILED, "advise: %s failed: %.900s",
                              sweep_plan_setting(runs->plan, run)->command,
                              sweep_results_status(runs->results, run));
    return status;
}

/* --- a run's options -------------------------------------------------------------------------- */

/* The options borrow from the words. */
struct parsed_run {
    char **words;
    struct parsed_options *options;
};

static void end_parsed_run(struct parsed_run *parsed)
{
    if (parsed->options)
        parsed_options_fini(parsed->options);
    free(parsed->options);
    sweep_words_free(parsed->words);
}

/* Ended by the caller with end_parsed_run(), unless it fails. */
static int parse_run(const struct advise_runs *runs, size_t run, struct parsed_run *parsed,
                     char *error)
{
    int count = 0;

    parsed->words = sweep_plan_words(runs->plan, run, ".");
    parsed->options = parsed->words ? calloc(1, sizeof(*parsed->options)) : NULL;
    if (!parsed->options) {
        sweep_words_free(parsed->words);
        return out_of_memory(error);
    }
    while (parsed->words[count])
        count++;
    int status = options_parse(COMMAND_RUN, count, parsed->words, parsed->options, error);
    if (status != SIM_OK)
        end_parsed_run(parsed);
    return status;
}

/* --- what came of a setting ------------------------------------------------------------------- */

/* Its index among the plan's settings; their number if it is impossible. */
static size_t find_setting(const struct advise_runs *runs, const struct advise_setting *setting)
{
    size_t i = 0;

    while (i < runs->plan->setting_count &&
           !advise_setting_equals(&runs->tried[runs->plan->settings[i].combination], setting))
        i++;
    return i;
}

/* The summary of a run that is complete; NULL with the reason. */
static json_t *load_summary(const struct advise_runs *runs, size_t run, char *error)
{
    char *directory = sweep_directory_run_path(runs->sweep.directory, runs->plan, run), *path;
    json_t *summary = NULL;

    if (!directory || asprintf(&path, "%s/%s", directory, run_file_names[RUN_SUMMARY]) < 0)
        path = NULL;
    free(directory);
    errno = 0;
    if (path)
        summary = json_file_load(path, 0, NULL);
    if (!path)
        out_of_memory(error);
    else if (!summary)
        sim_fail(error, SIM_FAILED, "%s: cannot be read (%s)", path,
                 errno ? strerror(errno) : "no JSON");
    free(path);
    return summary;
}

static int judge_run(const struct advise_runs *runs, size_t run, struct advise_outcome *outcome,
                     double *grants, double *bytes, char *error)
{
    json_t *summary = load_summary(runs, run, error);

    if (!summary)
        return SIM_FAILED;
    advise_outcome_add(outcome, runs->config, &runs->sweep.wants, summary, grants, bytes);
    json_decref(summary);
    return SIM_OK;
}

/* Why the setting does not hold; the caller frees. SIM_OK or SIM_FAILED. */
static int find_reasons(const struct advise_runs *runs, size_t setting,
                        struct sweep_reasons *reasons, char *error)
{
    size_t seeds = (size_t)runs->sweep.seed_count;
    struct sweep_evidence *evidence = calloc(seeds, sizeof(*evidence));

    memset(reasons, 0, sizeof(*reasons));
    if (!evidence)
        return out_of_memory(error);
    for (size_t i = 0; i < seeds; i++)
        evidence[i] = sweep_results_evidence(runs->results, setting * seeds + i);
    int failure = sweep_reasons_add(reasons, NULL, evidence, seeds);
    free(evidence);
    return failure == 0 ? SIM_OK : out_of_memory(error);
}

static int judge_setting(const struct advise_runs *runs, size_t setting,
                         const struct sweep_reasons *reasons, struct advise_outcome *outcome,
                         char *error)
{
    size_t seeds = (size_t)runs->sweep.seed_count;
    double grants = 0, bytes = 0;
    int status = SIM_OK;

    for (size_t i = 0; i < seeds && status == SIM_OK; i++)
        status = judge_run(runs, setting * seeds + i, outcome, &grants, &bytes, error);
    outcome->holds = reasons->count == 0;
    outcome->grants_per_mb = bytes > 0 ? grants * 1e6 / bytes : NAN;
    if (!outcome->holds && outcome->shortfall <= 0)
        outcome->shortfall = INFINITY; /* it loses something */
    return status;
}

static void print_outcome(const struct advise_runs *runs, const struct advise_setting *setting,
                          const char *reason)
{
    if (runs->sweep.quiet || runs->sweep.print_jobs)
        return;
    fprintf(stderr, "shapesim: advise:");
    for (int i = 0; i < AXES; i++) {
        static const char *const names[AXES] = {" ", ", burst ", ", tick ", ", min-share "};
        fputs(names[i], stderr);
        print_value(stderr, setting, (enum axis)i);
    }
    fputs(": ", stderr);
    trace_print_plain(stderr, 0, reason ? reason : "holds");
    fputc('\n', stderr);
}

static int judge(const struct advise_runs *runs, const struct advise_setting *setting,
                 struct advise_outcome *outcome, char *error)
{
    size_t index = find_setting(runs, setting);
    struct sweep_reasons reasons;

    *outcome =
        (struct advise_outcome){.grants_per_mb = NAN, .response_p99_us = -1, .delay_p99_us = -1};
    if (index == runs->plan->setting_count) {
        outcome->shortfall = INFINITY;
        print_outcome(runs, setting, "libevent refuses it");
        return SIM_OK;
    }
    int status = find_reasons(runs, index, &reasons, error);
    if (status == SIM_OK)
        status = judge_setting(runs, index, &reasons, outcome, error);
    if (status == SIM_OK)
        print_outcome(runs, setting, reasons.count > 0 ? reasons.texts[0] : NULL);
    sweep_reasons_fini(&reasons);
    return status;
}

/* Prints what is missing, for others to run. */
static int print_jobs(struct advise_runs *runs, char *error)
{
    size_t count;
    int status = sweep_print_jobs(runs->results, runs->sweep.directory, stdout, &count, error);

    runs->is_waiting = status == SIM_OK && count > 0;
    return runs->is_waiting ? sim_fail(error, SIM_FAILED, "advise: %zu runs are missing", count)
                            : status;
}

int advise_runs_evaluate(void *arg, const struct advise_setting *settings, size_t count,
                         struct advise_outcome *outcomes, char *error)
{
    struct advise_runs *runs = arg;
    int status = add_tried(runs, settings, count, error);

    if (status == SIM_OK)
        status = make_plan(runs, error);
    if (status == SIM_OK)
        status = open_directory(runs, error);
    if (status == SIM_OK)
        status = load_results(runs, error);
    if (status == SIM_OK)
        status = sweep_directory_begin(&runs->directory, runs->plan, error);
    if (status == SIM_OK)
        status = runs->sweep.print_jobs ? print_jobs(runs, error) : make_runs(runs, error);
    for (size_t i = 0; i < count && status == SIM_OK; i++)
        status = judge(runs, &settings[i], &outcomes[i], error);
    return status;
}

/* --- where to begin --------------------------------------------------------------------------- */

int advise_runs_start(void *arg, const struct advise_setting *wide, int64_t *bytes_per_tick,
                      char *error)
{
    const struct advise_runs *runs = arg;
    size_t run = find_setting(runs, wide) * (size_t)runs->sweep.seed_count;
    json_t *summary = load_summary(runs, run, error);
    struct parsed_run parsed;
    int status = summary ? parse_run(runs, run, &parsed, error) : SIM_FAILED;

    if (status == SIM_OK) {
        const struct advise_wide_run of = {.run = &parsed.options->run,
                                           .summary = summary,
                                           .config = runs->config,
                                           .space = runs->space,
                                           .wants = &runs->sweep.wants,
                                           .tick_ms = wide->tick_ms};
        status = advise_start_rate(&of, bytes_per_tick, error);
        end_parsed_run(&parsed);
    }
    json_decref(summary);
    return status;
}

/* --- the ranking ------------------------------------------------------------------------------ */

int advise_runs_rank(void *arg, const struct advise_setting *settings, size_t count, size_t *places,
                     char *error)
{
    const struct advise_runs *runs = arg;
    struct sweep_ranking *ranking = NULL;
    int status = sweep_ranking_new(runs->results, &runs->sweep, 0, &ranking, error);

    for (size_t i = 0; i < count && status == SIM_OK; i++) {
        size_t index = find_setting(runs, &settings[i]);
        places[i] = index < ranking->count ? ranking->settings[index].place : SIZE_MAX;
    }
    sweep_ranking_free(ranking);
    return status;
}

/* --- after the search -------------------------------------------------------------------- */

int advise_runs_write_tables(struct advise_runs *runs, char *error)
{
    return sweep_tables_write(runs->results, &runs->directory.files, error);
}

int advise_runs_figures(const struct advise_runs *runs, const struct advise_setting *setting,
                        struct advise_figure *figures, char *error)
{
    const struct demands *wants = &runs->sweep.wants;
    size_t seeds = (size_t)runs->sweep.seed_count, index = find_setting(runs, setting);

    for (size_t i = 0; i < wants->count; i++)
        figures[i] = (struct advise_figure){
            .want = &wants->demands[i], .verdict = DEMAND_NOT_MEASURED, .margin = NAN, .unit = ""};
    if (index == runs->plan->setting_count)
        return SIM_OK;
    for (size_t seed = 0; seed < seeds; seed++) {
        json_t *summary = load_summary(runs, index * seeds + seed, error);
        if (!summary)
            return SIM_FAILED;
        for (size_t i = 0; i < wants->count; i++)
            advise_figure_add(&figures[i], summary);
        json_decref(summary);
    }
    return SIM_OK;
}

int advise_runs_print_c(const struct advise_runs *runs, const struct advise_setting *setting,
                        FILE *out, char *error)
{
    size_t run = find_setting(runs, setting) * (size_t)runs->sweep.seed_count;
    struct parsed_run parsed;
    int status = parse_run(runs, run, &parsed, error);

    if (status != SIM_OK)
        return status;
    limits_c_print(&parsed.options->run, out);
    end_parsed_run(&parsed);
    return SIM_OK;
}

const char *advise_runs_command(const struct advise_runs *runs,
                                const struct advise_setting *setting)
{
    size_t index = find_setting(runs, setting);

    return index < runs->plan->setting_count ? runs->plan->settings[index].command : NULL;
}
