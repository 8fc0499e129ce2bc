#include "sim/replay/replay_groups.h"

#include <stdio.h>

#include "sim/base/numbers.h"
#include "sim/clock/clock.h"

int replay_compile_filter(const struct run_state *run, const char *what, const char *expression,
                          struct capture_filter **filter, char *error)
{
    char text[TRACE_ERROR_BYTES];
    int status =
        capture_filter_compile(flow_source_capture(run->source), what, expression, filter, text);

    if (status == TRACE_OK)
        return SIM_OK;
    return sim_fail(error, status == TRACE_ERROR_FILTER ? SIM_MISUSE : SIM_FAILED, "%s", text);
}

int replay_groups_init(struct replay_groups *groups, struct run_state *run, char *error)
{
    int status = SIM_OK;

    groups->run = run;
    groups->count = run->config->groups;
    for (size_t i = 0; i < groups->count && status == SIM_OK; i++) {
        const struct group_config *spec = &run->config->specs[i];
        char what[GROUP_NAME_BYTES + 32];
        snprintf(what, sizeof(what), "--group %s: match", spec->name);
        if (spec->match)
            status = replay_compile_filter(run, what, spec->match, &groups->states[i].match, error);
    }
    return status;
}

static int start_group(struct replay_groups *groups, size_t i, char *error)
{
    struct run_state *run = groups->run;
    struct group_state *group = &groups->states[i];
    const struct background *background = &run->config->backgrounds[i];
    int status = SIM_OK;

    if (run->measures)
        status = group_state_measure(group, &run->config->fairness_windows, run->record, error);
    if (status != SIM_OK)
        return status;
    if (background->is_given[SHAPER_READ] || background->is_given[SHAPER_WRITE])
        group->background = background;
    group_state_set_initial_tokens(group, &run->config->initial_tokens, run->record);
    group_state_open_tick(group, run->record);
    return SIM_OK;
}

/* A group's parent is made before it. */
static int make_group(struct replay_groups *groups, size_t index, char *error)
{
    const struct run_config *config = groups->run->config;
    int parent = scheduling_parent(config->specs, config->groups, index);
    struct group_setup setup = {.name = config->specs[index].name,
                                .limits = &config->limits[index],
                                .scheduler = config->scheduling.scheduler,
                                .weight = config->specs[index].weight};

    if (groups->states[index].totals.name)
        return SIM_OK;
    if (parent >= 0) {
        int status = make_group(groups, (size_t)parent, error);
        if (status != SIM_OK)
            return status;
        setup.parent = &groups->states[parent];
    }
    return group_state_init(&groups->states[index], &setup, groups->run->shaper, error);
}

int replay_groups_start(struct replay_groups *groups, char *error)
{
    const struct group_setup none = {.name = GROUP_NAME_NONE};

    for (size_t i = 0; i < groups->count; i++) {
        int status = make_group(groups, i, error);
        if (status == SIM_OK)
            status = start_group(groups, i, error);
        if (status != SIM_OK)
            return status;
        groups->states[i].second =
            delay_seconds_add(&groups->run->delay_seconds, groups->states[i].totals.name);
    }
    replay_groups_none(groups)->second = delay_seconds_add(&groups->run->delay_seconds, none.name);
    return group_state_init(replay_groups_none(groups), &none, groups->run->shaper, error);
}

/* A group ends before its parent does. */
static void end_group(struct replay_groups *groups, size_t index)
{
    for (size_t i = 0; i < groups->count; i++)
        if (groups->states[i].parent == &groups->states[index])
            end_group(groups, i);
    groups->states[index].parent = NULL;
    group_state_fini(&groups->states[index]);
}

void replay_groups_fini(struct replay_groups *groups)
{
    for (size_t i = 0; i <= groups->count; i++)
        end_group(groups, i);
}

struct group_state *replay_groups_none(struct replay_groups *groups)
{
    return &groups->states[groups->count];
}

struct group_state *replay_groups_of(struct replay_groups *groups,
                                     const struct capture_packet *packet)
{
    for (size_t i = 0; i < groups->count; i++) {
        struct group_state *group = &groups->states[i];
        if (!group->match || capture_filter_matches(group->match, packet)) {
            group->totals.is_met = true;
            return group;
        }
    }
    return &groups->states[groups->count];
}

int64_t replay_groups_tick_end_us(const struct replay_groups *groups)
{
    int64_t end_us = CLOCK_NEVER_US;

    for (size_t i = 0; i < groups->count; i++)
        end_us = min_i64(end_us, group_state_tick_end_us(&groups->states[i]));
    return end_us;
}

int64_t replay_groups_last_tick_end_us(const struct replay_groups *groups)
{
    int64_t end_us = 0;

    for (size_t i = 0; i < groups->count; i++)
        end_us = max_i64(end_us, group_state_tick_end_us(&groups->states[i]));
    return end_us;
}

bool replay_groups_are_idle(const struct replay_groups *groups)
{
    for (size_t i = 0; i <= groups->count; i++)
        if (!group_state_is_idle(&groups->states[i]) ||
            groups->states[i].per_flow_buckets_full_us > sim_clock_now_us())
            return false;
    return true;
}

uint64_t replay_groups_idle_rows(const struct replay_groups *groups, int64_t to_us)
{
    uint64_t rows = groups->idle_rows;

    for (size_t i = 0; i < groups->count; i++) {
        const struct group_state *group = &groups->states[i];
        rows +=
            group_state_idle_rows(group, (uint64_t)((to_us - sim_clock_now_us()) / group->tick_us));
    }
    return rows;
}

void replay_groups_open_ticks(struct replay_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        group_state_open_tick(&groups->states[i], groups->run->record);
}

void replay_groups_close_ticks(struct replay_groups *groups, int64_t to_us)
{
    const struct run_state *run = groups->run;

    for (int64_t end_us; (end_us = replay_groups_tick_end_us(groups)) <= to_us;)
        for (size_t i = 0; i < groups->count; i++)
            groups->idle_rows += group_state_close_ticks(&groups->states[i], end_us,
                                                         run->config->skip_idle_ticks, run->record);
}

void replay_groups_skip_ticks(struct replay_groups *groups, int64_t to_us)
{
    for (size_t i = 0; i < groups->count; i++)
        group_state_skip_ticks(&groups->states[i], to_us);
}

void replay_groups_finish(struct replay_groups *groups, int64_t end_us)
{
    const struct run_state *run = groups->run;

    replay_groups_close_ticks(groups, end_us);
    for (size_t i = 0; i < groups->count; i++)
        group_state_close_last_tick(&groups->states[i], end_us, run->config->skip_idle_ticks,
                                    run->record);
    for (size_t i = 0; i < groups->count; i++)
        group_state_finish(&groups->states[i], end_us);
}

bool replay_groups_out_of_memory(const struct replay_groups *groups)
{
    bool is_out_of_memory = false;

    for (size_t i = 0; i < groups->count; i++)
        is_out_of_memory |=
            groups->states[i].metrics && group_metrics_out_of_memory(groups->states[i].metrics);
    return is_out_of_memory;
}
