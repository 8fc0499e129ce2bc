/*
 * A flow while it is replayed: its channel, its counts, and what its rows need.
 *
 * The replay opens and closes it and moves it between groups; flow_channel, flow_application and
 * flow_bucket change what their headers name; only the functions here change the counts.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_FLOW_STATE_H
#define SHAPESIM_SIM_ACCOUNT_FLOW_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "shaper/channel.h"
#include "sim/account/delay_queue.h"
#include "sim/account/exchange_list.h"
#include "sim/metrics/group_metrics.h"
#include "sim/metrics/delays.h"
#include "sim/metrics/rows.h"
#include "traces/flow_table.h"

struct group_state;
struct run_state;

/* A packet that its application holds back. */
struct held_packet {
    uint32_t bytes;
    int64_t arrived_us;
    bool ends_response;
    unsigned char *content; /* owned; NULL if no filter reads it */
    struct held_packet *prev;
    struct held_packet *next;
};

/* What a flow's filters have counted. */
struct flow_filter_counts {
    uint64_t arrived_bytes[SHAPER_DIRECTIONS]; /* of this channel, below all filters, so far */
    struct shaper_filter_counts counts[];      /* of channels that have left: one for each filter
                                                * and direction */
};

/* What each packet reads comes first and is together: a thousand flows do not fit into a
 * processor's own cache. */
struct flow_state {
    struct run_state *run; /* borrowed, as are these: */
    struct group_state *group;
    struct shaper_channel *channel; /* NULL when it has left */
    struct shaped_flow *shaped;     /* its packets that wait, for shaped.pcap; NULL: none */
    struct closed_flow *closed;     /* owned; NULL: its packets never wait */
    unsigned channels; /* not freed yet: a channel that has left may still have to see its end of
                        * file */
    bool is_recorded;  /* has rows in flow_ticks.csv */
    bool has_exchange_rows;
    bool is_listed; /* among its group's recorded flows: open in the current tick */
    bool is_closed;
    bool is_retired; /* no more packets will come */
    bool is_whole;   /* the trace has been read to its last packet */
    bool is_broken;  /* libevent reported a false end of file */
    bool is_holding; /* its application waits until it may write */
    uint16_t copy;   /* as of struct flow */
    bool has_per_flow_limit;
    struct delay_queue arrivals[SHAPER_DIRECTIONS];
    uint64_t tick_bytes[SHAPER_DIRECTIONS];
    struct flow_row row;
    struct exchange_list exchanges; /* zeroed where nothing is measured */
    struct group_state *opened_in;  /* likewise */
    struct flow_metrics metrics;
    struct delay_list delays[SHAPER_DIRECTIONS]; /* empty where its row is not written */
    const struct shaper_limit
        *per_flow; /* its per-flow limit, borrowed: the group's or an event's */
    struct ev_token_bucket_cfg *per_flow_cfg;        /* its cfg, borrowed; NULL: none */
    struct ev_token_bucket_cfg *set_cfg;             /* its cfg, owned; NULL: none */
    int64_t per_flow_level_bytes[SHAPER_DIRECTIONS]; /* when it left */
    struct held_packet *held;                        /* in the order of arrival */
    uint64_t held_now_bytes;
    struct application_counts *application; /* owned; NULL: none of them is counted */
    const char *close_name;                 /* how the trace closes it */
    struct flow_filter_counts *filters;     /* owned; NULL: nothing has arrived through filters */
    struct flow_state *prev;                /* among the group's recorded flows */
    struct flow_state *next;
    struct flow_state *all_prev; /* among all */
    struct flow_state *all_next;
};

/* A new flow, owned by the caller; NULL on allocation failure. What an application does is counted
 * if `has_application` is set; else nothing of it may happen. */
struct flow_state *flow_state_new(const struct flow *flow, bool has_application, int64_t now_us);
void flow_state_free(struct flow_state *flow);

/* Whether its row cannot change any more. */
bool flow_state_has_ended(const struct flow_state *flow);

/* Frees a flow that has ended, unless a row of a tick is still to be written. */
void flow_state_release(struct flow_state *flow);

/* Holds a copy of the packet back; takes ownership of its content. 0, or -1 on allocation
 * failure. */
int flow_state_hold(struct flow_state *flow, const struct held_packet *held);

/* Removes the packet that was held first; the caller frees it with held_packet_free(). */
struct held_packet *flow_state_release_held(struct flow_state *flow, int64_t now_us);
void held_packet_free(struct held_packet *packet);

/* Bytes offered and not delivered. */
uint64_t flow_state_backlog(const struct flow_state *flow, enum shaper_direction direction);

/* Where the delays of delivered packets are counted. */
struct delay_sums {
    struct delay_histogram *group;
    struct delay_histogram *behind; /* likewise, where delivered less captured time is the same;
                                     * NULL: not there */
    struct delay_histogram *second; /* of the running second; NULL: not there */
    bool keeps_own;                 /* in the flow's own list, too */
};

/* Counts. 0, or -1 on allocation failure. */
int flow_state_offered(struct flow_state *flow, enum shaper_direction direction, uint32_t bytes,
                       int64_t now_us);
int flow_state_delivered(struct flow_state *flow, enum shaper_direction direction, uint64_t bytes,
                         int64_t now_us, const struct delay_sums *delays);

/* Fills in the delays. */
void flow_state_delays(const struct flow_state *flow, struct flow_figures *figures);

#endif
