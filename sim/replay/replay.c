#include "sim/replay/replay.h"

#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>
#include <utlist.h>

#include "shaper/channel.h"
#include "sim/account/group_state.h"
#include "sim/account/flow_state.h"
#include "sim/base/random.h"
#include "sim/clock/clock.h"
#include "sim/clock/loop.h"
#include "sim/replay/replay_application.h"
#include "sim/replay/replay_flows.h"
#include "sim/replay/replay_time.h"

static int compile(struct replay *replay, const char *what, const char *expression,
                   struct capture_filter **filter, char *error)
{
    char text[TRACE_ERROR_BYTES];
    int status =
        capture_filter_compile(flow_source_capture(replay->source), what, expression, filter, text);

    if (status == TRACE_OK)
        return SIM_OK;
    return sim_fail(error, status == TRACE_ERROR_FILTER ? SIM_MISUSE : SIM_FAILED, "%s", text);
}

static int compile_matches(struct replay *replay, char *error)
{
    const struct scheduling_config *scheduling = &replay->config->scheduling;
    int status = SIM_OK;

    for (size_t i = 0; i < replay->group_count && status == SIM_OK; i++) {
        const struct group_config *spec = &replay->config->specs[i];
        char what[GROUP_NAME_BYTES + 32];
        snprintf(what, sizeof(what), "--group %s: match", spec->name);
        if (spec->match)
            status = compile(replay, what, spec->match, &replay->groups[i].match, error);
    }
    for (size_t i = 0; i < scheduling->weight_count && status == SIM_OK; i++)
        status =
            compile(replay, "--weight", scheduling->weights[i].match, &replay->weights[i], error);
    return status;
}

int replay_new(const struct run_config *config, struct flow_source *source, struct replay **out,
               char *error)
{
    struct replay *replay = calloc(1, sizeof(*replay));
    int status;

    if (!replay)
        return sim_fail(error, SIM_FAILED, "out of memory for the replay");
    replay->config = config;
    replay->source = source;
    replay->group_count = config->groups;
    status = compile_matches(replay, error);
    if (status != SIM_OK) {
        replay_free(replay);
        return status;
    }
    *out = replay;
    return SIM_OK;
}

static int start_group(struct replay *replay, size_t i, char *error)
{
    struct group_state *group = &replay->groups[i];
    const struct background *background = &replay->config->backgrounds[i];
    int status = SIM_OK;

    if (replay->setup.record)
        status = group_state_measure(group, replay->setup.record, error);
    if (status != SIM_OK)
        return status;
    if (background->is_given[SHAPER_READ] || background->is_given[SHAPER_WRITE])
        group->background = background;
    group_state_set_initial_tokens(group, &replay->config->initial_tokens, replay->setup.record);
    group_state_open_tick(group, replay->setup.record);
    return SIM_OK;
}

/* A group's parent is made before it. */
static int make_group(struct replay *replay, size_t index, char *error)
{
    const struct run_config *config = replay->config;
    int parent = scheduling_parent(config->specs, config->groups, index);
    struct group_setup setup = {.name = config->specs[index].name,
                                .limits = &config->limits[index],
                                .scheduler = config->scheduling.scheduler,
                                .weight = config->specs[index].weight};

    if (replay->groups[index].totals.name)
        return SIM_OK;
    if (parent >= 0) {
        int status = make_group(replay, (size_t)parent, error);
        if (status != SIM_OK)
            return status;
        setup.parent = &replay->groups[parent];
    }
    return group_state_init(&replay->groups[index], &setup, replay->shaper, error);
}

/* A group ends before its parent does. */
static void end_group(struct replay *replay, size_t index)
{
    for (size_t i = 0; i < replay->group_count; i++)
        if (replay->groups[i].parent == &replay->groups[index])
            end_group(replay, i);
    replay->groups[index].parent = NULL;
    group_state_fini(&replay->groups[index]);
}

/* Everything that libevent stamps with a time is made when the clock runs. */
static int set_up_loop(struct replay *replay, char *error)
{
    replay->base = loop_new();
    if (!replay->base)
        return loop_new_failed(error);
    replay->shaper = shaper_new(replay->base);
    if (!replay->shaper)
        return sim_fail(error, SIM_FAILED, "out of memory for the replay");
    shaper_set_clock(replay->shaper, sim_clock_now_us);
    shaper_set_rng(replay->shaper, random_below);
    if (replay_make_time_events(replay) != 0)
        return sim_fail(error, SIM_FAILED, "out of memory for the replay");
    for (size_t i = 0; i < replay->group_count; i++) {
        int status = make_group(replay, i, error);
        if (status == SIM_OK)
            status = start_group(replay, i, error);
        if (status != SIM_OK)
            return status;
    }
    const struct group_setup none = {.name = GROUP_NAME_NONE};
    return group_state_init(&replay->groups[replay->group_count], &none, replay->shaper, error);
}

/* What is left when the run was ended early gets its rows, as cut. The wall's clock may have gone
 * on for some ticks since the last wait. */
static void end_rows(struct replay *replay)
{
    struct flow_state *flow, *next;

    shaper_abandon_ending(replay->shaper); /* nobody is left to be told */
    replay_close_rows(replay, replay->end_us);
    for (size_t i = 0; i < replay->group_count; i++)
        group_state_close_last_tick(&replay->groups[i], replay->end_us,
                                    replay->config->skip_idle_ticks, replay->setup.record);
    for (size_t i = 0; i < replay->group_count; i++)
        group_state_finish(&replay->groups[i], replay->end_us);
    DL_FOREACH_SAFE2 (replay->flows, flow, next, all_next) {
        if (flow->channel) {
            flow->row.end_us = replay->end_us;
            replay_keep_filter_counts(replay, flow);
        }
        shaper_channel_free(flow->channel);
        flow->channel = NULL;
        flow->channels = 0;
        flow->is_retired = true;
        flow->is_listed = false;
        replay_flow_over(replay, flow);
    }
}

bool replay_limits_flow(void *arg, const struct capture_packet *packet)
{
    struct replay *replay = arg;

    return replay_group_of(replay, packet) != &replay->groups[replay->group_count];
}

enum replay_end replay_run(struct replay *replay, const struct replay_setup *setup, char *error)
{
    replay->setup = *setup;
    replay->shaped = setup->record ? record_shaped(setup->record) : NULL;
    random_seed((uint64_t)replay->config->seed);
    replay_start_clock(replay);
    if (set_up_loop(replay, error) != SIM_OK) {
        replay->end = REPLAY_FAILED;
    } else {
        replay_read_next_event(replay);
        if (replay->end != REPLAY_FAILED) /* the loop would not know of a stop before it */
            loop_run(replay->base);
        replay->end_us = sim_clock_now_us();
        if (replay->has_next)
            flow_source_return(replay->source, &replay->next);
        end_rows(replay);
        if (replay->end != REPLAY_INTERRUPTED)
            replay_look_for_memory(replay);
        if (replay->end == REPLAY_FAILED)
            sim_fail(error, SIM_FAILED, "%s", replay->failure);
    }
    return replay->end;
}

/* Of no group are flows that met none, and what flows carried after they had left theirs. */
static bool has_flows_of_no_group(const struct replay *replay)
{
    return replay->groups[replay->group_count].totals.peak_members > 0;
}

void replay_outcome(const struct replay *replay, struct outcome *outcome)
{
    *outcome = (struct outcome){.end = replay->end,
                                .end_us = replay->end_us,
                                .group_count =
                                    replay->group_count + (has_flows_of_no_group(replay) ? 1 : 0),
                                .events_taken = replay->events_taken,
                                .events_missed = replay->events_missed};
    for (size_t i = 0; i < outcome->group_count; i++)
        outcome->groups[i] = &replay->groups[i].totals;
}

void replay_free(struct replay *replay)
{
    if (!replay)
        return;
    for (size_t i = 0; i <= replay->group_count; i++)
        end_group(replay, i);
    for (size_t i = 0; i < WEIGHTS_MAX; i++)
        capture_filter_free(replay->weights[i]);
    if (replay->arrivals)
        event_free(replay->arrivals);
    if (replay->tick_opening)
        event_free(replay->tick_opening);
    shaper_free(replay->shaper);
    if (replay->base)
        event_base_free(replay->base); /* runs what libevent has deferred to the end */
    sim_clock_stop();
    free(replay);
}
