/*
 * The payload packets of one direction of a flow that packets of the other one may still react to:
 * in trace order, each with the time at which it was captured and, once it is, delivered.
 *
 * A packet is named by its ordinal, which counts the direction's payload packets and wraps. One is
 * kept while it is not delivered or nothing has acknowledged it, and CAUSES_KEPT longer, for what
 * is captured out of order; of packets delivered and never acknowledged (where only one direction
 * was captured) the newest CAUSES_UNSEEN_MAX. What acknowledges none but older ones has no cause.
 *
 * Example: packets 0, 1 and 2 end at sequence numbers 100, 200 and 300. ACK 250 finds 1. ACK 50
 * covers none, and finds the last one, 2, as a packet without an ACK does.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_CAUSE_LIST_H
#define SHAPESIM_SIM_ACCOUNT_CAUSE_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/metrics/delays.h"

#define CAUSES_KEPT       16
#define CAUSES_UNSEEN_MAX 1024

struct cause {
    int64_t time_us;       /* when it was captured; once it is delivered, how long after that */
    uint64_t end_bytes;    /* of what its direction carries, after its last byte */
    uint32_t end_sequence; /* after its last byte */
};

/* Embedded by value; zeroed is empty. What most calls need is here: the ring's entries are of
 * different ages, and far apart. */
struct cause_list {
    struct cause *ring;
    uint64_t next_end_bytes;       /* of the first that is not delivered, if there is one */
    uint32_t highest_end_sequence; /* of all */
    uint32_t capacity;             /* a power of two, or 0 */
    uint32_t first;                /* ordinal of the oldest one kept; likewise: */
    uint32_t delivered;            /* of the first that is not delivered */
    uint32_t covered;              /* of the first that no acknowledgment has covered in order */
    uint32_t next;                 /* of the next one captured */
};

/* An acknowledgment number, if there is one. */
struct acknowledgment {
    bool is_given;
    uint32_t number;
};

/* The next packet was captured. 0, or -1 on allocation failure. */
int cause_list_add(struct cause_list *list, int64_t captured_us, uint64_t end_bytes,
                   uint32_t end_sequence);

/* The ordinal of what a packet with this acknowledgment, captured now, reacts to: the last packet
 * that it covers to its last byte, else the last one. false: there is none. */
bool cause_list_find(const struct cause_list *list, struct acknowledgment acknowledgment,
                     uint32_t *ordinal);

enum cause_state { CAUSE_NOT_KEPT, CAUSE_WAITS, CAUSE_DELIVERED };

/* What has become of the packet with that ordinal; *late_us is how long after its capture it was
 * delivered, if it was. */
enum cause_state cause_list_look(const struct cause_list *list, uint32_t ordinal, int64_t *late_us);

/* All packets up to byte `bytes` of what the direction carries are delivered. Adds to `behind`,
 * unless it is NULL, how long after its capture each of them is. 0, or -1 on allocation failure. */
int cause_list_deliver(struct cause_list *list, uint64_t bytes, int64_t now_us,
                       struct delay_histogram *behind);

/* Prefetches what cause_list_deliver() needs. */
void cause_list_expect(const struct cause_list *list);

/* A packet with this acknowledgment was captured. true: there is something that cause_list_trim()
 * may drop. */
bool cause_list_cover(struct cause_list *list, struct acknowledgment acknowledgment);

/* Drops what no packet can react to any more. What waits now reacts to no ordinal before
 * `waited_for`, if that is given. */
void cause_list_trim(struct cause_list *list, const uint32_t *waited_for);

void cause_list_fini(struct cause_list *list);

#endif
