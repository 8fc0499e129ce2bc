/*
 * Recognizes packets that were captured twice, as mirror ports and bridges do: the same packet of
 * the same flow, by its IP identification, its length and its content, within RECENT_PACKETS_US.
 *
 * The content is given as a number: of TCP the sequence number (a retransmission has another
 * identification, or comes later), of UDP a hash of the datagram.
 *
 * Bounded: packets are remembered as marks of 64 bits, in sets of RECENT_PACKETS_WAYS by their
 * mark, and the oldest of a set is replaced. At 500,000 packets a second one of a thousand is
 * forgotten before 100 us are over.
 */
#ifndef SHAPESIM_TRACES_RECENT_PACKETS_H
#define SHAPESIM_TRACES_RECENT_PACKETS_H

#include <stdbool.h>
#include <stdint.h>

#define RECENT_PACKETS_US   INT64_C(100)
#define RECENT_PACKETS_SETS 128
#define RECENT_PACKETS_WAYS 4

struct recent_packet {
    int64_t time_us;
    uint64_t flow; /* its number, and the direction */
    uint64_t content;
    uint32_t id; /* of the IP header; 0 with IPv6 */
    uint32_t bytes;
};

struct recent_set {
    uint64_t marks[RECENT_PACKETS_WAYS];
    int64_t times_us[RECENT_PACKETS_WAYS];
};

/* Embedded by value; zeroed, it is empty. */
struct recent_packets {
    struct recent_set sets[RECENT_PACKETS_SETS];
    uint8_t oldest[RECENT_PACKETS_SETS]; /* of each set */
};

/* Whether the packet is one of those that were taken within RECENT_PACKETS_US before; remembers it.
 * Times never fall between calls. */
bool recent_packets_take(struct recent_packets *recent, const struct recent_packet *packet);

#endif
