/*
 * The runs of a sweep, in a fixed order: traces as given, then the axes as given, the last one
 * fastest, then the seeds. It follows from the command line alone, not from what has been run.
 *
 * With --link the values of all axes go together, the first of each, then the second:
 * tick=1ms,10ms with rate=1250B/tick,12500B/tick has two combinations, not four.
 *
 * A setting is a trace with one value of each axis; run r is setting r / seeds with seed number r %
 * seeds. Each combination of values is checked as `shapesim run` would check it, before anything
 * starts. One that is refused is impossible: it has no setting and no run. Whether it is does not
 * depend on the trace, so every trace has the same combinations, in the same order.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_PLAN_H
#define SHAPESIM_SIM_SWEEP_SWEEP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/config/config.h"
#include "sim/config/sweep_config.h"
#include "sim/sweep/sweep_axis.h"
#include "traces/byte_source.h"

struct sweep_trace {
    char *path;       /* absolute, owned */
    const char *name; /* without folders */
    char hash[BYTE_SOURCE_HASH_BYTES];
};

/* The limits of a group in a setting, as they were asked for. Without the rate of a direction, that
 * direction has no limit and no burst. */
struct sweep_limits {
    size_t group;    /* an index into the plan's */
    int64_t tick_ms; /* of its rows in ticks.csv */
    bool has_group;  /* else only its flows have limits: no rate, burst and min-share */
    bool is_limited[SHAPER_DIRECTIONS]; /* by the group's limit, its flows' or
                                         * mod_ratelimit's */
    bool has_rate[SHAPER_DIRECTIONS];
    double rate_bytes_per_s[SHAPER_DIRECTIONS];
    int64_t burst_bytes[SHAPER_DIRECTIONS];
    int64_t min_share_bytes;
};

struct sweep_setting {
    size_t trace;
    uint64_t combination; /* indices of the axes' values: digits of a mixed radix, the last axis
                           * lowest; with --link the index of all */
    char *command;        /* as in summary.json, without the seed; owned */
    struct sweep_limits *limits; /* owned */
    size_t limit_count;
    size_t reading; /* an index into the plan's */
    enum run_files files;
    bool compresses;
    int64_t flow_ticks; /* flows with rows in flow_ticks.csv */
    int64_t copies;
    bool asks_for_window; /* its runs get --fairness-window, with the window compared */
};

/* A combination that was refused. */
struct sweep_impossible {
    uint64_t combination;
    char *reason; /* owned */
};

struct sweep_plan {
    const struct sweep_config *config; /* borrowed */
    struct sweep_trace *traces;
    size_t trace_count;
    struct sweep_axis axes[SWEEP_AXES_MAX];
    size_t group_options[SWEEP_AXES_MAX]; /* index into the config's options, if the axis has a
                                           * group */
    size_t axis_count;
    uint64_t combinations;
    struct sweep_setting *settings;
    size_t setting_count;
    size_t run_count;
    struct sweep_impossible *impossible; /* in ascending order */
    size_t impossible_count;
    char **readings; /* keys of how settings read their traces (flow_recording.h), without paths;
                      * owned */
    size_t reading_count;
    int64_t compared_window_ms;                /* see sweep_window.h; 0: none */
    char groups[GROUPS_MAX][GROUP_NAME_BYTES]; /* every group of any setting */
    size_t group_count;
};

void sweep_plan_free(struct sweep_plan *plan);

/* The value of an axis in a combination, and in a setting. */
const char *sweep_plan_value_in(const struct sweep_plan *plan, uint64_t combination, size_t axis);
const char *sweep_plan_value(const struct sweep_plan *plan, const struct sweep_setting *setting,
                             size_t axis);

/* A combination as text: "min-share=64 tick=10ms"; empty without axes. Cut where it does not
 * fit. */
void sweep_plan_print_combination(const struct sweep_plan *plan, uint64_t combination, char *text,
                                  size_t room);

/* The limits of the plan's group in a setting; NULL if it has none there. */
const struct sweep_limits *sweep_plan_limits(const struct sweep_setting *setting, size_t group);

static inline const struct sweep_setting *sweep_plan_setting(const struct sweep_plan *plan,
                                                             size_t run)
{
    return &plan->settings[run / (size_t)plan->config->seed_count];
}

static inline int64_t sweep_plan_seed(const struct sweep_plan *plan, size_t run)
{
    return plan->config->first_seed + (int64_t)(run % (size_t)plan->config->seed_count);
}

#endif
