/* What the parts of the replay share: replay.c has the whole, replay_time.c time,
 * replay_standstill.c what ends a replay that moves nothing any more, replay_flows.c the life of
 * flows, replay_application.c what their applications do, replay_events.c the config's events. */
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
    struct shaped_capture *shaped; /* the record's; NULL: none is written */
    struct event_base *base;
    struct shaper *shaper;
    struct event *arrivals;
    struct event *tick_opening;
    struct class_state classes[CLASSES_MAX + 1]; /* the last one is "-" */
    size_t class_count;                          /* without "-" */
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

/* Starts the clock, which replay_time.c moves on from instant to instant. */
void replay_start_clock(struct replay *replay);

/* Whether nothing more comes and the replay would go on for ever: for very long no byte has moved,
 * or all that is left lies in filters that nobody tells to pass it on. It fails then, with what is
 * missing as the reason. `next_arrival_us` is when something comes from outside, or
 * CLOCK_NEVER_US. Asked at each wait. */
bool replay_stands_still(struct replay *replay, int64_t next_arrival_us);

/* Whether the next instant is CLOCK_NEVER_US: the replay fails then, likewise. */
bool replay_has_no_instant(struct replay *replay, int64_t to_us);

/* Whether libevent has asked very often what is ready while neither a byte nor the clock moved: the
 * replay fails then. Asked each time. */
bool replay_spins(struct replay *replay);

/* Makes the events of what the clock brings about. 0, or -1 without memory. */
int replay_make_time_events(struct replay *replay);

/* Reads the trace's next event into replay->next. */
void replay_read_next_event(struct replay *replay);

/* Closes all ticks that end until then. Rows come in the order of time, those of one instant in the
 * order of the classes. */
void replay_close_rows(struct replay *replay, int64_t to_us);

/* Whether memory ran out: the replay fails then. */
bool replay_look_for_memory(struct replay *replay);

/* Takes the trace's next event, replay->next: a packet, a close or a retirement. */
void replay_take_event(struct replay *replay);

/* Makes the flow a member of its class: when it opens, and again for bytes that come after its
 * close. false: it failed, and the replay ends. */
bool replay_join(struct replay *replay, struct flow_state *flow);

/* A packet of the flow has come from the trace: offers it, or holds it back. false: no memory. */
bool replay_offer_packet(struct replay *replay, struct flow_state *flow,
                         const struct flow_event *event);

/* Where shaped.pcap is written: a packet of the flow has come from the trace; something was
 * delivered to it, or is as good as; nothing more will be. */
void replay_keep_packet(struct replay *replay, struct flow_state *flow,
                        const struct flow_event *event);
void replay_write_packets(struct flow_state *flow, enum shaper_direction direction);
void replay_drop_packets(struct flow_state *flow);

/* What channels tell of the application's watermarks, timeouts and flushes. */
void replay_writable(void *flow);
void replay_timed_out(void *flow, enum shaper_direction direction);
void replay_flushed(void *flow, enum shaper_direction direction, size_t bytes);

/* Counts what has arrived below the filters of the flow's channel to its present class. */
void replay_count_arrived(struct flow_state *flow);

/* Keeps the counts of a leaving channel's filters. */
void replay_keep_filter_counts(struct replay *replay, struct flow_state *flow);

/* No more packets will come: closes the flow's channel, unless packets are held back still. */
void replay_close_if_done(struct flow_state *flow);

/* Writes the rows of what the applications and the filters of a flow that is over did. */
void replay_record_application(struct replay *replay, const struct flow_state *flow);

/* Carries out an event of the config, the group's or a flow's. */
void replay_carry_out(struct replay *replay, const struct run_event *event);

/* Sets the level that the flow's own buckets start with. */
void replay_set_own_tokens(struct replay *replay, struct flow_state *flow);

/* With a limit of its own, a bucket that is not full fills up by itself. */
void replay_note_own_bucket(struct flow_state *flow);

/* The class that a flow falls into by its first packet. */
struct class_state *replay_class_of(struct replay *replay, const struct capture_packet *packet);

/* Writes and frees a flow if nothing can change its row any more. */
void replay_flow_over(struct replay *replay, struct flow_state *flow);

#endif
