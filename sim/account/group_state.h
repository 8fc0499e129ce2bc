/*
 * A group of flows while it is replayed: its libevent group, its counts in the current tick, and
 * the rows of ticks.csv and flow_ticks.csv.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_GROUP_STATE_H
#define SHAPESIM_SIM_ACCOUNT_GROUP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "shaper/channel.h"
#include "sim/account/group_totals.h"
#include "sim/account/flow_state.h"
#include "sim/config/config.h"
#include "sim/metrics/group_metrics.h"
#include "sim/output/record.h"
#include "traces/capture_filter.h"

struct delay_second;

/* Embedded by value in the replay. */
struct group_state {
    const struct group_limits *limits; /* NULL: no limits, no ticks: the group "-" */
    struct capture_filter *match;      /* NULL: every flow */
    struct shaper_group *shaper_group; /* NULL: per-flow limits only */
    struct ev_token_bucket_cfg *per_flow_cfg;
    struct group_totals totals;
    struct group_metrics *metrics;              /* NULL: nothing is measured */
    struct delay_second *second;                /* of the run's delay_seconds; NULL: no files */
    struct shaper_limit limit;                  /* of the group, the present one: events change
                                                 * it */
    int64_t effective_min_share_bytes;          /* likewise */
    const struct background *background;        /* NULL: none */
    int64_t background_rest[SHAPER_DIRECTIONS]; /* of a byte, left over from tick to tick */

    int64_t tick;
    int64_t tick_start_us; /* as recorded: a multiple of the tick's length */
    int64_t tick_us;
    bool is_opening; /* a tick has begun, its refill is not recorded yet */
    int64_t start_bytes[SHAPER_DIRECTIONS];
    uint64_t tick_bytes[SHAPER_DIRECTIONS];
    uint64_t backlog_bytes[SHAPER_DIRECTIONS];
    uint64_t members;
    struct group_state *parent;       /* NULL: none */
    bool has_changed;                 /* a flow joined or left in this tick, or bytes passed */
    int64_t per_flow_buckets_full_us; /* from this time on every per-flow bucket is full, if nothing
                                       * moves */
    uint64_t backlogged_flows;
    struct flow_state *recorded; /* flows with rows in flow_ticks.csv, in the order of joining */
};

/* The arguments of group_state_init(); all borrowed. */
struct group_setup {
    const char *name;
    const struct group_limits *limits; /* NULL: the group "-" */
    enum shaper_scheduler scheduler;
    uint32_t weight;            /* in its parent */
    struct group_state *parent; /* NULL: none; made before and ended after this one */
};

/* Makes the group and its limits at the clock's present time; its first tick is open after
 * group_state_open_tick(). SIM_OK or SIM_FAILED. */
int group_state_init(struct group_state *group, const struct group_setup *setup,
                     struct shaper *shaper, char *error);

/* From now on measures the group, fairness over the named windows, too, for the files of `record`
 * if there are any (NULL). SIM_OK, or SIM_FAILED on allocation failure. */
int group_state_measure(struct group_state *group, const struct named_windows *named,
                        struct record *record, char *error);

/* Frees everything; its flows' channels must be freed before. */
void group_state_fini(struct group_state *group);

/* Records the bucket's level just after the refill, then charges the background traffic. */
void group_state_open_tick(struct group_state *group, struct record *record);

/* Carries out an event on the group and records it. SIM_OK, or SIM_FAILED on allocation failure. */
int group_state_take_event(struct group_state *group, const struct run_event *event,
                           struct record *record);

/* Sets the level that the group's buckets start with. */
void group_state_set_initial_tokens(struct group_state *group, const struct initial_tokens *tokens,
                                    struct record *record);

/* When the current tick ends; CLOCK_NEVER_US without ticks. */
int64_t group_state_tick_end_us(const struct group_state *group);

/* Ends every tick whose end is at or before `now_us`, and writes its rows; `record` may be NULL.
 * Returns how many of the rows were of idle ticks. */
uint64_t group_state_close_ticks(struct group_state *group, int64_t now_us, bool skip_idle,
                                 struct record *record);

/* Skips the ticks that end before `to_us`, all at once and without rows: for an idle group. */
void group_state_skip_ticks(struct group_state *group, int64_t to_us);

/* Ends the tick in which the replay ends, however short that part of it was. */
void group_state_close_last_tick(struct group_state *group, int64_t now_us, bool skip_idle,
                                 struct record *record);

/* The rows that `ticks` idle ticks of the group would write: flows that have left still have
 * one. */
uint64_t group_state_idle_rows(const struct group_state *group, uint64_t ticks);

/* Whether nothing is backlogged and the group's buckets are full. */
bool group_state_is_idle(const struct group_state *group);

/* The present levels of the group's buckets. */
void group_state_read_levels(const struct group_state *group, int64_t levels[SHAPER_DIRECTIONS]);

/* An open flow moves to another group with its backlog. What it was charged in this tick gets its
 * row here. */
void group_state_flow_moves(struct group_state *group, struct flow_state *flow,
                            struct group_state *to, struct record *record);

/* The run has ended: reports what is measured of the whole of it. The rows of the remaining flows
 * come after this. */
void group_state_finish(struct group_state *group, int64_t now_us);

/* A flow has ended: fills in what was measured of it. */
void group_state_flow_over(struct group_state *group, struct flow_state *flow,
                           struct flow_figures *figures);

/* A new flow belongs to the group: it takes its per-flow limit from it, and is measured in it if it
 * has rows in flow_ticks.csv. */
void group_state_take_in(struct group_state *group, struct flow_state *flow);

/* A flow joins and leaves; bytes of it were offered and delivered. */
void group_state_joined(struct group_state *group);
void group_state_left(struct group_state *group);
void group_state_offered(struct group_state *group, struct flow_state *flow,
                         enum shaper_direction direction, uint64_t bytes);
void group_state_delivered(struct group_state *group, struct flow_state *flow,
                           enum shaper_direction direction, uint64_t bytes);
void group_state_charged(struct group_state *group, enum shaper_direction direction,
                         uint64_t bytes);

#endif
