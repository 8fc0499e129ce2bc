/* What the two halves of the replay share: replay.c has time and the whole, replay_flows.c the life
 * of flows. */
#ifndef SHAPESIM_SIM_REPLAY_INTERNAL_H
#define SHAPESIM_SIM_REPLAY_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/channel.h"
#include "sim/class_state.h"
#include "sim/flow_state.h"
#include "sim/replay.h"

struct event;
struct event_base;

struct replay {
    const struct run_config *config;
    struct flow_source *source;
    struct replay_setup setup;
    struct event_base *base;
    struct shaper *shaper;
    struct event *arrivals;
    struct event *tick_opening;
    struct class_state classes[CLASSES_MAX + 1]; /* the last one is "-" */
    size_t class_count;                          /* without "-" */
    struct flow_state *flows;                    /* all, by number */
    uint64_t open_flows;
    int64_t alignment_us;
    int64_t jump_max; /* how many times that the clock may jump at once */

    struct flow_event next; /* the trace's next event, read ahead */
    bool has_next;
    size_t events_taken;   /* of the config's */
    uint64_t moved;        /* counts whatever happens to channels */
    uint64_t moved_before; /* as it was when last seen to change, and when that was */
    int64_t moved_us;
    uint64_t moved_at_wait; /* as it was when descriptors were last found ready */
    unsigned idle_waits;    /* how often in a row they were, and nothing happened */
    int64_t recorded_flows; /* flows with rows in flow_ticks.csv, where no ranking chooses them */
    uint64_t idle_rows;
    int64_t end_us;
    enum replay_end end;
    char failure[SIM_ERROR_BYTES];
};

/* Ends the loop; with `text` as the reason of a failure. */
void replay_stop(struct replay *replay, enum replay_end end);
void replay_fail(struct replay *replay, const char *text);

/* Takes the trace's next event, replay->next: a packet, a close or a retirement. */
void replay_take_event(struct replay *replay);

/* The class that a flow falls into by its first packet. */
struct class_state *replay_class_of(struct replay *replay, const struct capture_packet *packet);

/* Writes and frees a flow if nothing can change its row any more. */
void replay_flow_over(struct replay *replay, struct flow_state *flow);

#endif
