/*
 * The exchanges of a flow that have not ended: each is a run of payload packets from the initiator,
 * the request, and the run from the responder that follows it, the response.
 *
 * A payload packet is one with new bytes of the stream (TCP), or with any (UDP). An exchange is
 * noted when it is captured; when its first packet is due and when bytes are delivered comes later,
 * known by how many bytes its direction has carried: packets of one direction stay in order, and an
 * offset names a packet. The response may come first, once: a server that speaks first.
 *
 *     response time = delivery of the response's last byte - when the request was due
 *
 * An exchange ends with the flow, or when another one is captured and its response is delivered.
 *
 * Example: a request of 100 B is captured at 0 ms, its response of 3000 B from 10 to 12 ms, and is
 * delivered from 15 to 40 ms: first byte 15 ms (captured 10), response 40 ms (captured 12).
 *
 * Knows neither channels nor the trace. Memory: one entry for each exchange that has not ended.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_EXCHANGE_LIST_H
#define SHAPESIM_SIM_ACCOUNT_EXCHANGE_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "shaper/shaper.h"

struct group_state;

struct exchange {
    int64_t captured_start_us;
    int64_t start_us;          /* when its first packet was due; -1: not yet */
    int64_t captured_first_us; /* of the response; -1: it has none, or none yet */
    int64_t captured_last_us;  /* likewise */
    int64_t first_us;          /* when the response's first packet was delivered; -1: not yet */
    int64_t last_us;           /* and its last byte */
    uint64_t request_bytes;    /* of its payload packets, as counted */
    uint64_t response_bytes;   /* likewise */
    uint64_t start_bytes;      /* what its first packet's direction carries before that packet */
    uint64_t first_end_bytes;  /* what the responder's carries to the end of the first packet of
                                * the response */
    uint64_t end_bytes;        /* and of its last one */
    struct group_state *group; /* in which it was due, borrowed; NULL: it was not */
};

/* A flow's. Embedded by value; exchange_list_init() comes before all others. */
struct exchange_list {
    uint64_t watched_bytes[SHAPER_DIRECTIONS]; /* with so many delivered something is known;
                                                * UINT64_MAX: nothing is waited for */
    uint64_t captured_bytes[SHAPER_DIRECTIONS];
    int64_t captured_last_us;  /* of the flow's payload; -1: it has none */
    int64_t delivered_last_us; /* likewise, if no direction is watched */
    struct exchange *ring;
    uint64_t taken;       /* exchanges that have ended and been taken */
    uint32_t capacity;    /* a power of two, or 0 */
    uint32_t first;       /* ordinal of the oldest one kept, and likewise: */
    uint32_t undue;       /* of the first that is not due */
    uint32_t undelivered; /* of the first whose response may not be delivered, or not captured */
    uint32_t next;        /* of the next one */
    uint8_t requests;     /* enum shaper_direction: of the initiator's bytes */
    bool has_exchanges;   /* false: only the last byte of payload is looked for */
    bool is_cut;          /* nothing will be due or delivered any more */
    bool is_complete;     /* likewise, nor captured */
    bool has_rest;        /* all of the newest exchange was captured */
};

/* A packet of the trace. */
struct exchange_packet {
    enum shaper_direction direction;
    int64_t captured_us;
    uint32_t bytes; /* as counted */
    bool has_payload;
};

/* `requests` is the direction of the initiator's bytes. */
void exchange_list_init(struct exchange_list *list, enum shaper_direction requests,
                        bool has_exchanges);
void exchange_list_fini(struct exchange_list *list);

/* The next packet was captured. 0, or -1 on allocation failure. */
int exchange_list_capture(struct exchange_list *list, const struct exchange_packet *packet);

/* A packet is due that begins after `bytes` of its direction; the flow is in `group`, borrowed. */
void exchange_list_due(struct exchange_list *list, enum shaper_direction direction, uint64_t bytes,
                       int64_t due_us, struct group_state *group);

/* `bytes` of what the flow carries in that direction have been delivered so far. */
void exchange_list_deliver(struct exchange_list *list, enum shaper_direction direction,
                           uint64_t bytes, int64_t now_us);

/* Nothing of the flow will be due or delivered any more. */
void exchange_list_cut(struct exchange_list *list);

/* A packet after the end of the run: it adds to the newest exchange, which was never delivered, but
 * begins none. */
void exchange_list_capture_rest(struct exchange_list *list, const struct exchange_packet *packet);

/* Nor will anything be captured. Unless it `is_whole`, the trace has more of the flow, and its last
 * exchange and its last byte were never delivered. */
void exchange_list_end(struct exchange_list *list, bool is_whole);

/* Takes the oldest exchange and its number, from 1, if it has ended. */
bool exchange_list_take(struct exchange_list *list, struct exchange *exchange, uint64_t *number);

/* From the start to the delivery of the response's first packet, or of its last byte: 0 if that
 * comes before the start; -1: it was not delivered, or the request not due. */
int64_t exchange_first_byte_us(const struct exchange *exchange);
int64_t exchange_response_us(const struct exchange *exchange);

/* The same in the capture; -1: there is no response. */
int64_t exchange_captured_first_byte_us(const struct exchange *exchange);
int64_t exchange_captured_response_us(const struct exchange *exchange);

/* When the last byte of payload was delivered; -1: it was not, or there is none. */
int64_t exchange_list_completed_us(const struct exchange_list *list);

#endif
