#include "sim/sweep/sweep_plan_new.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "sim/sweep/sweep_combinations.h"
#include "sim/sweep/sweep_plan_axes.h"
#include "sim/sweep/sweep_settings.h"

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "sweep: out of memory");
}

static int add_trace(struct sweep_plan *plan, const char *path, char *error)
{
    struct sweep_trace *trace = &plan->traces[plan->trace_count];
    char *here = *path == '/' ? strdup("") : getcwd(NULL, 0);

    if (!here)
        return sim_fail(error, SIM_FAILED, "%s: the working directory cannot be determined (%s)",
                        path, strerror(errno));
    int length = asprintf(&trace->path, "%s%s%s", here, *path == '/' ? "" : "/", path);
    free(here);
    if (length < 0)
        return out_of_memory(error);
    plan->trace_count++;
    trace->name = strrchr(trace->path, '/') + 1;
    json_t *path_text = json_string(trace->path);
    json_decref(path_text);
    if (!path_text) /* sweep.json must name it for --collect to find it */
        return sim_fail(error, SIM_MISUSE, "sweep: %s: the path is not UTF-8; rename it",
                        trace->path);
    for (size_t i = 0; i + 1 < plan->trace_count; i++)
        if (strcmp(plan->traces[i].name, trace->name) == 0)
            return sim_fail(error, SIM_MISUSE,
                            "sweep: two traces are called %s, and the tables could not tell them "
                            "apart; rename one",
                            trace->name);
    return SIM_OK;
}

static int make_settings(struct sweep_plan *plan, char *error)
{
    uint64_t sample = (uint64_t)plan->config->sample, runs;
    uint64_t taken = sample > 0 && sample < plan->combinations ? sample : plan->combinations;
    size_t count;

    if (plan->combinations == UINT64_MAX)
        return sim_fail(error, SIM_MISUSE, "sweep: more combinations than 64 bits can count");
    if (__builtin_mul_overflow(taken, plan->trace_count, &runs) ||
        __builtin_mul_overflow(runs, (uint64_t)plan->config->seed_count, &runs) ||
        runs > SWEEP_RUNS_MAX)
        return sim_fail(error, SIM_MISUSE,
                        "sweep: more than %d runs; choose a sample with --random N",
                        SWEEP_RUNS_MAX);
    uint64_t *combinations = sweep_combinations_choose(plan->combinations, sample,
                                                       (uint64_t)plan->config->first_seed, &count);
    plan->settings = calloc(count * plan->trace_count, sizeof(*plan->settings));
    if (!combinations || !plan->settings) {
        free(combinations);
        return out_of_memory(error);
    }
    for (size_t trace = 0; trace < plan->trace_count; trace++)
        for (size_t i = 0; i < count; i++)
            plan->settings[plan->setting_count++] =
                (struct sweep_setting){.trace = trace, .combination = combinations[i]};
    plan->run_count = (size_t)runs;
    free(combinations);
    return SIM_OK;
}

int sweep_plan_new(const struct sweep_config *config, struct sweep_plan **out, char *error)
{
    struct sweep_plan *plan = calloc(1, sizeof(*plan));
    int status = SIM_OK;

    if (!plan)
        return out_of_memory(error);
    plan->config = config;
    plan->combinations = 1;
    plan->traces = calloc(config->trace_count, sizeof(*plan->traces));
    if (!plan->traces)
        status = out_of_memory(error);
    for (size_t i = 0; i < config->trace_count && status == SIM_OK; i++)
        status = add_trace(plan, config->traces[i], error);
    for (size_t i = 0; i < config->vary_count && status == SIM_OK; i++)
        status = sweep_plan_add_axis(plan, config->vary[i], error);
    if (status == SIM_OK && config->link)
        status = sweep_plan_check_links(plan, error);
    if (status == SIM_OK)
        status = make_settings(plan, error);
    if (status == SIM_OK)
        status = sweep_settings_check(plan, error);
    if (status == SIM_OK) {
        sweep_settings_choose_window(plan);
        *out = plan;
    } else {
        sweep_plan_free(plan);
    }
    return status;
}

int sweep_plan_hash_traces(struct sweep_plan *plan, char *error)
{
    for (size_t i = 0; i < plan->trace_count; i++) {
        struct byte_source *source;
        char text[TRACE_ERROR_BYTES];
        if (byte_source_open(plan->config->traces[i], &source, text) != TRACE_OK)
            return sim_fail(error, SIM_FAILED, "%s", text);
        int status = SIM_OK;
        if (!byte_source_hash(source, plan->traces[i].hash))
            status = sim_fail(error, SIM_FAILED, "%s: %s", plan->config->traces[i],
                              byte_source_failure(source));
        byte_source_free(source);
        if (status != SIM_OK)
            return status;
    }
    return SIM_OK;
}
