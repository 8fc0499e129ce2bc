#include "traces/fragments.h"

#include <stdlib.h>
#include <string.h>

/* On allocation failure an element stays out of the table: uthash would end the program. */
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->hh.tbl = NULL)
#include <uthash.h>

struct fragment_key {
    uint8_t source[16];
    uint8_t destination[16];
    uint32_t id;
    uint8_t ip_version;
    uint8_t protocol;
    uint8_t padding[2];
};

struct fragment {
    struct fragment_key key;
    uint8_t transport; /* further extension headers may follow an IPv6 fragment header */
    uint16_t source_port;
    uint16_t destination_port;
    bool has_tcp_sequence;
    uint32_t tcp_sequence; /* of the whole's first byte, as if all of it were payload */
    int64_t time_us;
    UT_hash_handle hh;
};

struct fragments {
    struct fragment *by_key; /* in the order of insertion: the oldest first */
};

struct fragments *fragments_new(void)
{
    return trace_new_cache_aligned(sizeof(struct fragments));
}

static void forget(struct fragments *fragments, struct fragment *fragment)
{
    HASH_DEL(fragments->by_key, fragment);
    free(fragment);
}

void fragments_free(struct fragments *fragments)
{
    if (!fragments)
        return;
    while (fragments->by_key)
        forget(fragments, fragments->by_key);
    free(fragments);
}

static struct fragment_key key_of(const struct packet_info *info)
{
    struct fragment_key key;

    memset(&key, 0, sizeof(key));
    memcpy(key.source, info->source.address, sizeof(key.source));
    memcpy(key.destination, info->destination.address, sizeof(key.destination));
    key.id = info->fragment_id;
    key.ip_version = info->ip_version;
    key.protocol = info->ip_version == 4 ? info->protocol : 0;
    return key;
}

/* The payload's number less the length of what precedes it. */
static uint32_t sequence_of_whole(const struct packet_info *info)
{
    uint32_t syn = info->tcp_flags & TCP_SYN ? 1 : 0;

    return info->tcp_sequence + syn - (info->payload_offset - info->part_offset);
}

static int remember(struct fragments *fragments, int64_t time_us, const struct fragment_key *key,
                    const struct packet_info *info)
{
    struct fragment *fragment;

    HASH_FIND(hh, fragments->by_key, key, sizeof(*key), fragment);
    if (fragment)
        forget(fragments, fragment);
    while (fragments->by_key && (HASH_COUNT(fragments->by_key) >= FRAGMENTS_MAX ||
                                 fragments->by_key->time_us + FRAGMENTS_LIFETIME_US < time_us))
        forget(fragments, fragments->by_key);
    fragment = calloc(1, sizeof(*fragment));
    if (!fragment)
        return TRACE_ERROR_MEMORY;
    fragment->key = *key;
    fragment->transport = info->protocol;
    fragment->source_port = info->source.port;
    fragment->destination_port = info->destination.port;
    fragment->has_tcp_sequence = info->has_tcp_sequence;
    fragment->tcp_sequence = sequence_of_whole(info);
    fragment->time_us = time_us;
    HASH_ADD(hh, fragments->by_key, key, sizeof(fragment->key), fragment);
    if (fragment->hh.tbl)
        return TRACE_OK;
    free(fragment);
    return TRACE_ERROR_MEMORY;
}

int fragments_follow(struct fragments *fragments, int64_t time_us, struct packet_info *info)
{
    struct fragment_key key = key_of(info);
    struct fragment *fragment;

    if (!info->is_later_fragment)
        return remember(fragments, time_us, &key, info);
    HASH_FIND(hh, fragments->by_key, &key, sizeof(key), fragment);
    if (fragment && fragment->time_us + FRAGMENTS_LIFETIME_US >= time_us) {
        info->protocol = fragment->transport;
        info->source.port = fragment->source_port;
        info->destination.port = fragment->destination_port;
        info->has_tcp_sequence = fragment->has_tcp_sequence;
        info->tcp_sequence = fragment->tcp_sequence + info->fragment_offset;
    }
    return TRACE_OK;
}
