#include "sim/sweep/sweep_settings.h"

#include <stdlib.h>
#include <string.h>

#include "sim/cli/options.h"
#include "sim/sweep/sweep_window.h"
#include "sim/sweep/sweep_words.h"
#include "traces/flow_recording.h"

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "sweep: out of memory");
}

/* The plan's index of a group; GROUPS_MAX if it has no room for another. */
static size_t intern_group(struct sweep_plan *plan, const char *name)
{
    size_t known = 0;

    while (known < plan->group_count && strcmp(plan->groups[known], name) != 0)
        known++;
    if (known == plan->group_count && known < GROUPS_MAX)
        memcpy(plan->groups[plan->group_count++], name, GROUP_NAME_BYTES);
    return known;
}

static bool has_rate(const struct shaper_limit *limit, int direction)
{
    return limit->rate_bytes_per_tick[direction] < SHAPER_LIMIT_MAX_BYTES;
}

static double rate_as_given(const struct rate_value *rate, int64_t tick_ms)
{
    return rate->is_per_tick ? (double)rate->bytes_per_tick * 1000 / (double)tick_ms
                             : (double)rate->microbits_per_s / 8e6;
}

static struct sweep_limits limits_of(const struct group_config *spec,
                                     const struct group_limits *given, size_t group)
{
    struct sweep_limits limits = {.group = group,
                                  .tick_ms = given->tick_ms,
                                  .has_group = given->has_group,
                                  .min_share_bytes = given->min_share_bytes};

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        limits.has_rate[d] = given->has_group && has_rate(&given->group, d);
        limits.is_limited[d] = limits.has_rate[d] ||
                               (given->has_per_flow && has_rate(&given->per_flow, d)) ||
                               (given->has_ratelimit && has_rate(&given->ratelimit, d));
        if (!limits.has_rate[d])
            continue;
        limits.rate_bytes_per_s[d] = rate_as_given(&spec->group.rate[d], given->group.tick_ms);
        limits.burst_bytes[d] = given->group.burst_bytes[d];
    }
    return limits;
}

static int take_limits(struct sweep_plan *plan, struct sweep_setting *setting,
                       const struct run_config *run, char *error)
{
    setting->limits = calloc(run->groups + 1, sizeof(*setting->limits));
    if (!setting->limits)
        return out_of_memory(error);
    for (size_t i = 0; i < run->groups; i++) {
        size_t group = intern_group(plan, run->specs[i].name);
        if (group < GROUPS_MAX)
            setting->limits[setting->limit_count++] =
                limits_of(&run->specs[i], &run->limits[i], group);
    }
    return SIM_OK;
}

static void take_files(const struct sweep_plan *plan, struct sweep_setting *setting,
                       const struct run_config *run)
{
    setting->files = sweep_plan_gives(plan, "files") ? run->files : SWEEP_FILES_DEFAULT;
    setting->compresses = run->compress;
    setting->flow_ticks = run->flow_ticks;
    setting->copies = run->source.schedule.copies;
}

/* Most settings read their trace as the one before. */
static int intern_reading(struct sweep_plan *plan, struct sweep_setting *setting,
                          const struct flow_source_options *options, char *error)
{
    char *key = flow_recording_key(NULL, 0, options);
    size_t known = plan->reading_count;

    while (key && known > 0 && strcmp(plan->readings[known - 1], key) != 0)
        known--;
    if (known > 0) {
        free(key);
        setting->reading = known - 1;
        return SIM_OK;
    }
    char **readings =
        key ? reallocarray(plan->readings, plan->reading_count + 1, sizeof(*readings)) : NULL;
    if (!readings) {
        free(key);
        return out_of_memory(error);
    }
    plan->readings = readings;
    setting->reading = plan->reading_count;
    readings[plan->reading_count++] = key;
    return SIM_OK;
}

/* Parses a setting as the run will. SIM_MISUSE: it is refused. */
static int check_setting(struct sweep_plan *plan, struct sweep_setting *setting,
                         struct parsed_options *parsed, char *error)
{
    size_t count;
    char **words = sweep_setting_words(plan, setting, &count);

    if (!words)
        return out_of_memory(error);
    int status = options_parse(COMMAND_RUN, (int)count, words, parsed, error);
    if (status == SIM_OK) {
        setting->command = strdup(parsed->run.command);
        status = setting->command ? take_limits(plan, setting, &parsed->run, error)
                                  : out_of_memory(error);
        take_files(plan, setting, &parsed->run);
        if (status == SIM_OK)
            status = intern_reading(plan, setting, &parsed->run.source, error);
    }
    parsed_options_fini(parsed);
    sweep_words_free(words);
    return status;
}

/* Puts the values of the first impossible combination before the reason. */
static int all_refused(const struct sweep_plan *plan, char *error)
{
    const struct sweep_impossible *first = &plan->impossible[0];
    char values[SIM_ERROR_BYTES / 2];

    if (plan->axis_count == 0)
        return sim_fail(error, SIM_MISUSE, "%s", first->reason);
    sweep_plan_print_combination(plan, first->combination, values, sizeof(values));
    return sim_fail(error, SIM_MISUSE, "sweep: with %s: %.*s", values, SIM_ERROR_BYTES / 2 - 32,
                    first->reason);
}

static int add_impossible(struct sweep_plan *plan, uint64_t combination, char *error)
{
    struct sweep_impossible *list =
        reallocarray(plan->impossible, plan->impossible_count + 1, sizeof(*list));
    char *reason = strdup(error);

    if (list)
        plan->impossible = list;
    if (!list || !reason) {
        free(reason);
        return out_of_memory(error);
    }
    list[plan->impossible_count++] =
        (struct sweep_impossible){.combination = combination, .reason = reason};
    return SIM_OK;
}

static int by_combination(const void *a, const void *b)
{
    const struct sweep_impossible *x = a, *y = b;

    return x->combination < y->combination ? -1 : x->combination > y->combination;
}

static bool is_impossible(const struct sweep_plan *plan, uint64_t combination)
{
    const struct sweep_impossible wanted = {.combination = combination};

    return plan->impossible_count > 0 && bsearch(&wanted, plan->impossible, plan->impossible_count,
                                                 sizeof(wanted), by_combination) != NULL;
}

/* Checks every setting, and keeps the possible ones: those of the first trace decide. */
static int keep_possible(struct sweep_plan *plan, struct parsed_options *parsed, char *error)
{
    size_t all = plan->setting_count;

    plan->setting_count = 0;
    for (size_t i = 0; i < all; i++) {
        struct sweep_setting setting = plan->settings[i];
        bool is_first = i < all / plan->trace_count;
        if (!is_first && is_impossible(plan, setting.combination))
            continue;
        int status = check_setting(plan, &setting, parsed, error);
        if (status == SIM_MISUSE && is_first) {
            status = add_impossible(plan, setting.combination, error);
            if (status != SIM_OK)
                return status;
            *error = '\0';
            continue;
        }
        plan->settings[plan->setting_count++] = setting; /* it may own something, whatever came */
        if (status != SIM_OK)
            return status;
    }
    plan->run_count = plan->setting_count * (size_t)plan->config->seed_count;
    return plan->setting_count > 0 ? SIM_OK : all_refused(plan, error);
}

int sweep_settings_check(struct sweep_plan *plan, char *error)
{
    struct parsed_options *parsed = malloc(sizeof(*parsed));
    int status = parsed ? keep_possible(plan, parsed, error) : out_of_memory(error);

    free(parsed);
    return status;
}

/* Whether every setting's runs measure the window without being asked. */
static bool all_measure(const struct sweep_plan *plan, int64_t window_ms)
{
    for (size_t i = 0; i < plan->setting_count && window_ms > 0; i++)
        for (size_t j = 0; j < plan->settings[i].limit_count; j++)
            if (!sweep_window_is_usual(window_ms, plan->settings[i].limits[j].tick_ms))
                return false;
    return true;
}

void sweep_settings_choose_window(struct sweep_plan *plan)
{
    struct sweep_window window = {0};

    for (size_t i = 0; i < plan->setting_count; i++)
        for (size_t j = 0; j < plan->settings[i].limit_count; j++)
            sweep_window_add_tick(&window, plan->settings[i].limits[j].tick_ms);
    plan->compared_window_ms = sweep_window_ms(&window, plan->config->fairness_window_us);
    if (plan->config->link && !all_measure(plan, plan->compared_window_ms))
        plan->compared_window_ms = 0; /* one more value must not change the runs of the others */
    if (plan->compared_window_ms == 0)
        return;
    for (size_t i = 0; i < plan->setting_count; i++) {
        struct sweep_setting *setting = &plan->settings[i];
        for (size_t j = 0; j < setting->limit_count; j++)
            setting->asks_for_window |=
                !sweep_window_is_usual(plan->compared_window_ms, setting->limits[j].tick_ms);
    }
}
