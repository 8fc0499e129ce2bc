/*
 * What identifies a conversation: a protocol and two ends, in either direction.
 */
#ifndef SHAPESIM_TRACES_FLOW_KEY_H
#define SHAPESIM_TRACES_FLOW_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "traces/decode.h"

/* The two ends of a packet in a fixed order, independent of the sender: the lower one first. */
struct flow_key {
    struct endpoint low;
    struct endpoint high;
    uint8_t ip_version;
    uint8_t protocol;
    bool source_is_low; /* of the packet; not part of the key */
    uint32_t hash;
};

#define FLOW_KEY_BYTES offsetof(struct flow_key, source_is_low)

/* Draws the seed of the hashes, once: captures come from strangers, who must not choose which keys
 * share a bucket. To be called before the first key is made. */
void flow_key_seed(void);

/* Fills in the key by which a packet's flow is found. */
void flow_key_make(const struct packet_info *info, struct flow_key *key);

static inline bool flow_keys_differ(const void *a, const void *b)
{
    return memcmp(a, b, FLOW_KEY_BYTES) != 0; /* a constant length: no call */
}

#endif
