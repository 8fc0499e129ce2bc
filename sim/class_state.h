/*
 * A class of flows while it is replayed: its libevent group, its counts in the tick that is going
 * on, and the rows of ticks.csv and flow_ticks.csv.
 */
#ifndef SHAPESIM_SIM_CLASS_STATE_H
#define SHAPESIM_SIM_CLASS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "shaper/channel.h"
#include "sim/class_metrics.h"
#include "sim/config.h"
#include "sim/flow_state.h"
#include "sim/record.h"
#include "sim/replay.h"
#include "traces/capture.h"

/* Embedded by value in the replay. */
struct class_state {
    const struct class_limits *limits; /* NULL: no limits, no ticks: the class "-" */
    struct capture_filter *match;      /* NULL: every flow */
    struct shaper_group *group;        /* NULL: limits of its own alone */
    struct ev_token_bucket_cfg *own_cfg;
    struct class_totals totals;
    struct class_metrics *metrics;              /* NULL: nothing is measured */
    struct shaper_limit limit;                  /* of the group, as it is now: events change it */
    int64_t min_share_bytes;                    /* likewise, as libevent uses it */
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
    struct class_state *parent;  /* NULL: none */
    bool has_changed;            /* somebody joined or left in this tick, or bytes came through */
    int64_t own_buckets_full_us; /* from here on every own bucket is full, if nothing moves */
    uint64_t backlogged_flows;
    struct flow_state *recorded; /* flows with rows in flow_ticks.csv, in the order of joining */
};

/* What a class is made of; all borrowed. */
struct class_setup {
    const char *name;
    const struct class_limits *limits; /* NULL: the class "-" */
    enum shaper_scheduler scheduler;
    uint32_t weight;            /* in its parent */
    struct class_state *parent; /* NULL: none; made before and ended after this one */
};

/* Makes the class's group and limits at the clock's present time; its first tick is open when
 * class_state_open_tick() has been called. SIM_OK or SIM_FAILED. */
int class_state_init(struct class_state *class, const struct class_setup *setup,
                     struct shaper *shaper, char *error);

/* From now on measures the class, for the files behind `record`. SIM_OK, or SIM_FAILED without
 * memory. */
int class_state_measure(struct class_state *class, struct record *record, char *error);

/* Frees everything; its flows' channels are gone by then. */
void class_state_fini(struct class_state *class);

/* Records what the bucket holds just after the refill, then charges the background. */
void class_state_open_tick(struct class_state *class, struct record *record);

/* Carries out an event on the group and records it. SIM_OK, or SIM_FAILED without memory. */
int class_state_take_event(struct class_state *class, const struct run_event *event,
                           struct record *record);

/* Sets the level that the group's buckets start with. */
void class_state_set_initial_tokens(struct class_state *class, const struct initial_tokens *tokens,
                                    struct record *record);

/* When the tick that is going on ends; CLOCK_NEVER_US without ticks. */
int64_t class_state_tick_end_us(const struct class_state *class);

/* Ends every tick that is over at `now_us`, writing its rows; `record` may be NULL. Returns how
 * many of the rows were of idle ticks. */
uint64_t class_state_close_ticks(struct class_state *class, int64_t now_us, bool skip_idle,
                                 struct record *record);

/* Passes over the ticks that end before `to_us`, all at once and without rows: for an idle class.
 */
void class_state_skip_ticks(struct class_state *class, int64_t to_us);

/* Ends the tick that the replay's end falls into, however short that part of it was. */
void class_state_close_last_tick(struct class_state *class, int64_t now_us, bool skip_idle,
                                 struct record *record);

/* Rows that so many idle ticks of the class write: flows that have left have one row to come. */
uint64_t class_state_idle_rows(const struct class_state *class, uint64_t ticks);

/* Whether nothing is backlogged and the group's buckets are full. */
bool class_state_is_idle(const struct class_state *class);

/* What the group's buckets hold now. */
void class_state_read_levels(const struct class_state *class, int64_t levels[SHAPER_DIRECTIONS]);

/* An open flow goes over to another class, and its backlog with it. What it was charged in this
 * tick gets its row here. */
void class_state_flow_moves(struct class_state *class, struct flow_state *flow,
                            struct class_state *to, struct record *record);

/* The run has ended: tells what is measured of the whole of it. The rows of the flows that are
 * left come after this. */
void class_state_finish(struct class_state *class, int64_t now_us);

/* A flow has ended: fills in what was measured of it. */
void class_state_flow_over(struct class_state *class, struct flow_state *flow,
                           struct flow_figures *figures);

/* A flow joins and leaves; bytes of it were offered and delivered. */
void class_state_joined(struct class_state *class);
void class_state_left(struct class_state *class);
void class_state_offered(struct class_state *class, struct flow_state *flow,
                         enum shaper_direction direction, uint64_t bytes);
void class_state_delivered(struct class_state *class, struct flow_state *flow,
                           enum shaper_direction direction, uint64_t bytes);
void class_state_charged(struct class_state *class, enum shaper_direction direction,
                         uint64_t bytes);

#endif
