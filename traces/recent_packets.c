#include "traces/recent_packets.h"

void recent_packets_add(struct recent_packets *recent, const struct recent_packet *packet)
{
    recent->packets[recent->count++ % RECENT_PACKETS_MAX] = *packet;
}

bool recent_packets_has(const struct recent_packets *recent, const struct recent_packet *packet)
{
    uint64_t oldest = recent->count > RECENT_PACKETS_MAX ? recent->count - RECENT_PACKETS_MAX : 0;

    for (uint64_t i = recent->count; i-- > oldest;) {
        const struct recent_packet *other = &recent->packets[i % RECENT_PACKETS_MAX];
        if (packet->time_us - other->time_us > RECENT_PACKETS_US)
            return false;
        if (other->id == packet->id && other->content == packet->content &&
            other->flow == packet->flow && other->bytes == packet->bytes)
            return true;
    }
    return false;
}
