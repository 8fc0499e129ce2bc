#include "sim/replay/replay.h"

#include <stdlib.h>

#include <event2/event.h>

#include "shaper/channel.h"
#include "sim/account/run_state.h"
#include "sim/base/random.h"
#include "sim/clock/clock.h"
#include "sim/clock/loop.h"
#include "sim/replay/replay_events.h"
#include "sim/replay/replay_flows.h"
#include "sim/replay/replay_groups.h"
#include "sim/replay/replay_rest.h"
#include "sim/replay/replay_time.h"

/* Owns its parts and, in `run`, the loop and the shaper; the parts' headers name what they
 * change. */
struct replay {
    struct run_state run;
    struct replay_setup setup;
    struct replay_groups groups;
    struct replay_flows flows;
    struct replay_events events;
    struct replay_time time;
    int64_t end_us;
    struct flow_source_counts counts; /* then */
    bool is_truncated;
    bool has_rest;                   /* of the trace, that was not counted: */
    char uncounted[SIM_ERROR_BYTES]; /* why */
};

static int init_parts(struct replay *replay, char *error)
{
    struct run_state *run = &replay->run;
    int status = replay_groups_init(&replay->groups, run, error);

    replay_events_init(&replay->events, run, &replay->groups);
    replay->time = (struct replay_time){.run = run,
                                        .groups = &replay->groups,
                                        .flows = &replay->flows,
                                        .events = &replay->events,
                                        .setup = &replay->setup,
                                        .standstill = {.run = run, .groups = &replay->groups}};
    return status == SIM_OK ? replay_flows_init(&replay->flows, run, &replay->groups, error)
                            : status;
}

int replay_new(const struct run_config *config, struct flow_source *source, struct replay **out,
               char *error)
{
    struct replay *replay = calloc(1, sizeof(*replay));
    int status;

    if (!replay)
        return sim_fail(error, SIM_FAILED, "out of memory for the replay");
    replay->run.config = config;
    replay->run.source = source;
    status = init_parts(replay, error);
    if (status != SIM_OK) {
        replay_free(replay);
        return status;
    }
    *out = replay;
    return SIM_OK;
}

/* Everything whose time libevent records is made while the clock runs. */
static int set_up_loop(struct replay *replay, char *error)
{
    struct run_state *run = &replay->run;

    run->base = loop_new();
    if (!run->base)
        return loop_new_failed(error);
    run->shaper = shaper_new(run->base);
    if (!run->shaper)
        return sim_fail(error, SIM_FAILED, "out of memory for the replay");
    shaper_set_clock(run->shaper, sim_clock_now_us);
    shaper_set_rng(run->shaper, random_below);
    if (replay_time_make_events(&replay->time) != 0)
        return sim_fail(error, SIM_FAILED, "out of memory for the replay");
    return replay_groups_start(&replay->groups, error);
}

/* Writes the rows of what is left when the run ended early, as cut. The real clock may have
 * advanced some ticks since the last wait. */
static void end_rows(struct replay *replay)
{
    shaper_abandon_ending(replay->run.shaper); /* all owners are being freed */
    replay_groups_finish(&replay->groups, replay->end_us);
    replay_flows_cut(&replay->flows, replay->end_us);
    delay_seconds_end(&replay->run.delay_seconds);
}

bool replay_limits_flow(void *arg, const struct capture_packet *packet)
{
    struct replay *replay = arg;

    return replay_groups_of(&replay->groups, packet) != replay_groups_none(&replay->groups);
}

/* A pipe is read to its end only if the run has files: their trace's hash needs it. */
static int count_rest(struct replay *replay)
{
    const struct run_state *run = &replay->run;

    if (!run->record && !capture_is_file(flow_source_capture(run->source)))
        return sim_fail(replay->uncounted, SIM_FAILED,
                        "the trace is no file, and is read to its end only with -o DIR");
    return replay_rest_count(&replay->flows, replay->uncounted);
}

/* The trace as far as it was replayed; then, while the flows are still there, the rest of it. */
static void end_trace(struct replay *replay)
{
    struct run_state *run = &replay->run;

    replay_flows_return_event(&replay->flows);
    replay->counts = *flow_source_counts(run->source);
    replay->is_truncated = flow_source_truncated(run->source);
    if (run->end != REPLAY_MAX_TIME)
        return;
    int status = count_rest(replay);
    replay->has_rest = status == SIM_FAILED;
    if (status == SIM_INTERRUPTED)
        run->end = REPLAY_INTERRUPTED;
}

enum replay_end replay_run(struct replay *replay, const struct replay_setup *setup, char *error)
{
    struct run_state *run = &replay->run;

    replay->setup = *setup;
    replay->flows.ranking = setup->ranking;
    replay->flows.exchange_ranking = setup->exchange_ranking;
    run->stop = setup->stop;
    run->record = setup->record;
    run->response_ends = setup->response_ends;
    run->due_times = setup->due_times;
    run->measures = setup->record || setup->measures;
    delay_seconds_begin(&run->delay_seconds, setup->record);
    run->shaped = setup->record ? record_shaped(setup->record) : NULL;
    random_seed((uint64_t)run->config->seed);
    replay_time_start(&replay->time);
    if (set_up_loop(replay, error) != SIM_OK) {
        run->end = REPLAY_FAILED;
    } else {
        replay_read_next_event(&replay->flows);
        if (run->end != REPLAY_FAILED) /* before the loop runs, a stop would have no effect */
            loop_run(run->base);
        replay_time_end(&replay->time);
        replay->end_us = sim_clock_now_us();
        end_trace(replay);
        end_rows(replay);
        if (run->end != REPLAY_INTERRUPTED)
            replay_look_for_memory(&replay->time);
        if (run->end == REPLAY_FAILED)
            sim_fail(error, SIM_FAILED, "%s", run->failure);
    }
    return run->end;
}

void replay_outcome(const struct replay *replay, struct outcome *outcome)
{
    const struct replay_groups *groups = &replay->groups;
    /* Flows that matched no group, and what flows carried after they had left theirs, belong to no
     * group; so do flows that --max-time cut off before they began. */
    const struct group_totals *none = &groups->states[groups->count].totals;
    bool has_none = none->peak_members > 0 || none->unoffered_bytes[SHAPER_READ] > 0 ||
                    none->unoffered_bytes[SHAPER_WRITE] > 0;

    *outcome = (struct outcome){.end = replay->run.end,
                                .end_us = replay->end_us,
                                .group_count = groups->count + (has_none ? 1 : 0),
                                .weights_met = replay->flows.weights_met,
                                .events_taken = replay->events.taken,
                                .events_missed = replay->events.missed,
                                .bucketless_flow = replay->events.bucketless_flow,
                                .counts = &replay->counts,
                                .is_truncated = replay->is_truncated,
                                .uncounted = replay->has_rest ? replay->uncounted : NULL};
    for (size_t i = 0; i < outcome->group_count; i++)
        outcome->groups[i] = &groups->states[i].totals;
}

void replay_free(struct replay *replay)
{
    if (!replay)
        return;
    replay_groups_fini(&replay->groups);
    replay_flows_fini(&replay->flows);
    replay_time_fini(&replay->time);
    shaper_free(replay->run.shaper);
    if (replay->run.base)
        event_base_free(replay->run.base); /* completes what libevent has deferred */
    sim_clock_stop();
    delay_seconds_fini(&replay->run.delay_seconds);
    free(replay);
}
