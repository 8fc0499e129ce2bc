/*
 * The flows that are open: which packet belongs to which conversation, and when it has ended.
 *
 * A flow is a protocol with two addresses and two ports, in both directions; responder.h says which
 * end is the initiator. A flow closes when both ends have sent a FIN, at an RST, when another SYN
 * starts a new connection on the same addresses and ports, after the idle timeout, or at the
 * trace's end.
 *
 * A flow that FIN or RST have closed lingers for FLOW_LINGER_US: all packets but those that begin a
 * new connection (a SYN, or a SYN+ACK with another number) still belong to it, also with payload:
 * what was in flight at the RST, what is sent again after the FINs. Then, or at once if it was
 * closed in another way, it retires: no later packet belongs to it. What is left is flow_remains(),
 * for ended_flows.h.
 *
 * Memory: one record per open or lingering flow, `max_flows` of them at most, and per retired one
 * that is not released. To open one more, the flow that has lingered longest retires early, as if
 * its time had ended; when all are open, there is no room.
 */
#ifndef SHAPESIM_TRACES_FLOW_TABLE_H
#define SHAPESIM_TRACES_FLOW_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/decode.h"
#include "traces/flow_key.h"
#include "traces/tcp_stream.h"

#define FLOW_LINGER_US INT64_C(5000000)

enum flow_direction {
    FLOW_FROM_INITIATOR,
    FLOW_FROM_RESPONDER,
};

enum flow_close {
    FLOW_OPEN,
    FLOW_CLOSED_FIN,
    FLOW_CLOSED_RST,
    FLOW_CLOSED_SYN, /* the same addresses and ports were used for a new connection */
    FLOW_CLOSED_IDLE,
    FLOW_CLOSED_END, /* of the trace */
};

const char *flow_close_name(enum flow_close close);

/* Opaque except for what identifies the flow. */
struct flow {
    uint64_t number; /* from 1, in the order of opening */
    uint32_t slot;   /* from 0, unique while its memory is in use: a later flow may get it
                      * again */
    uint8_t ip_version;
    uint8_t protocol;
    struct endpoint initiator;
    struct endpoint responder;
    uint16_t copy;         /* of a flow that is replayed several times; 0: the captured one */
    enum flow_close close; /* as far as its user has been given events: set by flow_source_next() */
};

struct flow_table;

/* The caller owns the result, frees it with flow_table_free(); NULL on allocation failure.
 * `max_flows` is 1 or more. */
struct flow_table *flow_table_new(int64_t idle_timeout_us, uint64_t max_flows);
void flow_table_free(struct flow_table *table);

/* The open flow that a packet would belong to, or a lingering one; NULL if there is none.
 * *direction is set to the end that sent it. */
struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key,
                             enum flow_direction *direction);

bool flow_is_open(const struct flow *flow);

/* Whether a packet whose key is that of `flow` opens a new flow instead. */
bool flow_starts_anew(const struct flow *flow, const struct packet_info *info,
                      enum flow_direction direction);

/* Whether no flow can be opened until one has retired. */
bool flow_table_is_full(const struct flow_table *table);

/* Opens a flow for a packet whose key has none, when there is room; its sender is the initiator, or
 * the responder. NULL on allocation failure. */
struct flow *flow_table_open(struct flow_table *table, const struct packet_info *info,
                             const struct flow_key *key, bool source_initiates,
                             enum flow_direction *direction);

/* What one end of a TCP flow has sent. */
struct tcp_stream *flow_stream(struct flow *flow, enum flow_direction direction);

/* What must be remembered of a TCP connection that has ended. */
struct flow_remains {
    struct flow_key key;
    int64_t last_packet_us;
    bool has_next[2]; /* by end, the lower one first: whether it has sent anything, */
    uint32_t next[2]; /* and the next sequence number then */
};

/* false: of this flow nothing, as FIN or RST have not closed it. Before it is removed. */
bool flow_remains(const struct flow *flow, struct flow_remains *remains);

/* Updates `flow` with one of its packets. Returns how the packet closes it, or FLOW_OPEN. */
enum flow_close flow_table_touch(struct flow_table *table, struct flow *flow, int64_t time_us,
                                 const struct packet_info *info, enum flow_direction direction);

/* Closes an open flow; one closed by FIN or RST lingers. */
void flow_table_close(struct flow_table *table, struct flow *flow, int64_t time_us,
                      enum flow_close how);

/* The open flow without a packet for the longest time, and when its timeout ends; NULL if none is
 * open. */
struct flow *flow_table_idle_longest(struct flow_table *table, int64_t *idle_until_us);

/* A closed flow that has lingered long enough before `time_us`, or NULL. */
struct flow *flow_table_lingered(struct flow_table *table, int64_t time_us);

/* The flow that has lingered longest, or NULL. */
struct flow *flow_table_lingering(struct flow_table *table);

/* Any flow that is left, the lowest number first, or NULL. */
struct flow *flow_table_first(struct flow_table *table);

/* Removes a closed flow. It stays readable until its memory is released, or the table freed. */
void flow_table_forget(struct flow_table *table, struct flow *flow);
void flow_table_reuse(struct flow_table *table, struct flow *flow);

#endif
