/*
 * Recognizes packets that were captured twice, as mirror ports and bridges do: the same packet of
 * the same flow, by its IP identification, its length and its content, within RECENT_PACKETS_US.
 *
 * The content is given as a number: of TCP the sequence number (a retransmission has another
 * identification, or comes later), of UDP a hash of the datagram.
 *
 * Bounded: only the last RECENT_PACKETS_MAX packets are remembered.
 */
#ifndef SHAPESIM_TRACES_RECENT_PACKETS_H
#define SHAPESIM_TRACES_RECENT_PACKETS_H

#include <stdbool.h>
#include <stdint.h>

#define RECENT_PACKETS_US  INT64_C(100)
#define RECENT_PACKETS_MAX 128

struct recent_packet {
    int64_t time_us;
    uint64_t flow; /* its number, and the direction */
    uint64_t content;
    uint32_t id; /* of the IP header; 0 with IPv6 */
    uint32_t bytes;
};

/* Embedded by value; zeroed, it is empty. */
struct recent_packets {
    uint64_t count; /* so far */
    struct recent_packet packets[RECENT_PACKETS_MAX];
};

/* Remembers the packet; times never fall between calls. */
void recent_packets_add(struct recent_packets *recent, const struct recent_packet *packet);

/* Whether the packet is one of those that were added within RECENT_PACKETS_US before. */
bool recent_packets_has(const struct recent_packets *recent, const struct recent_packet *packet);

#endif
