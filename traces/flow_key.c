#include "traces/flow_key.h"

#include <sys/random.h>

#include <xxhash.h>

static uint64_t hash_seed;

void flow_key_seed(void)
{
    while (hash_seed == 0)
        if (getrandom(&hash_seed, sizeof(hash_seed), 0) < 0)
            hash_seed = 1;
}

void flow_key_make(const struct packet_info *info, struct flow_key *key)
{
    int order =
        memcmp(info->source.address, info->destination.address, sizeof(info->source.address));
    if (order == 0)
        order = (int)info->source.port - (int)info->destination.port;

    memset(key, 0, sizeof(*key));
    key->low = order <= 0 ? info->source : info->destination;
    key->high = order <= 0 ? info->destination : info->source;
    key->ip_version = info->ip_version;
    key->protocol = info->protocol;
    key->source_is_low = order <= 0;
    key->hash = (uint32_t)XXH3_64bits_withSeed(key, FLOW_KEY_BYTES, hash_seed);
}
