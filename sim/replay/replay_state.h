/*
 * What the parts of the replay share. They stand one above the other: replay.c has the whole,
 * replay_time.c time, replay_standstill.c what ends a replay that moves nothing any more,
 * replay_events.c the config's events and replay_flows.c the life of flows,
 * replay_per_flow_buckets.c these flows' per-flow limits, replay_application.c what their
 * applications do.
 */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_STATE_H
#define SHAPESIM_SIM_REPLAY_REPLAY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/channel.h"
#include "sim/account/group_state.h"
#include "sim/account/flow_state.h"
#include "sim/account/outcome.h"
#include "sim/config/config.h"
#include "sim/replay/replay_setup.h"
#include "traces/flow_source.h"

struct event;
struct event_base;

struct replay {
    const struct run_config *config;
    struct flow_source *source;
    struct replay_setup setup;
    struct shaped_capture *shaped; /* the record's; NULL: none is written */
    struct event_base *base;
    struct shaper *shaper;
    struct event *arrivals;
    struct event *tick_opening;
    struct group_state groups[GROUPS_MAX + 1];   /* the last one is "-" */
    size_t group_count;                          /* without "-" */
    struct capture_filter *weights[WEIGHTS_MAX]; /* the config's rules */
    struct flow_state *flows;                    /* all, by number */
    uint64_t open_flows;
    int64_t alignment_us;
    int64_t jump_max; /* how many times that the clock may jump at once */

    bool has_other_events;  /* libevent's loop has, than ticks and arrivals */
    struct flow_event next; /* the trace's next event, read ahead */
    bool has_next;
    size_t events_taken;   /* of the config's */
    size_t events_missed;  /* of flows that were not open then */
    uint64_t moved;        /* counts whatever happens to channels */
    uint64_t moved_before; /* as it was when last seen to change, and when that was */
    int64_t moved_us;
    uint64_t moved_at_wait; /* as it was when descriptors were last found ready */
    unsigned idle_waits;    /* how often in a row they were, and nothing happened */
    uint64_t
        moved_at_poll; /* likewise, when libevent last asked what is ready, and when that was */
    int64_t polled_us;
    unsigned idle_polls;    /* how often in a row it asked, and neither had changed */
    int64_t recorded_flows; /* flows with rows in flow_ticks.csv, where no ranking chooses them */
    uint64_t idle_rows;
    int64_t end_us;
    enum replay_end end;
    char failure[SIM_ERROR_BYTES];
};

/* Ends the loop; with `text` as the reason of a failure. */
void replay_stop(struct replay *replay, enum replay_end end);
void replay_fail(struct replay *replay, const char *text);

#endif
