#include "traces/recent_packets.h"

/* Never 0, which an empty place has. */
static uint64_t mark_of(const struct recent_packet *packet)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mark = (packet->flow * odd) ^ packet->content;

    mark = (mark ^ mark >> 29) * odd;
    mark ^= (uint64_t)packet->id << 32 | packet->bytes;
    mark = (mark ^ mark >> 32) * odd;
    return (mark ^ mark >> 29) | 1;
}

bool recent_packets_take(struct recent_packets *recent, const struct recent_packet *packet)
{
    uint64_t mark = mark_of(packet);
    uint64_t number = mark >> 1 & (RECENT_PACKETS_SETS - 1);
    struct recent_set *set = &recent->sets[number];
    uint8_t way = recent->oldest[number];
    bool is_known = false;

    for (int i = 0; i < RECENT_PACKETS_WAYS; i++) /* nearly always none: no jump that is guessed */
        is_known |=
            (set->marks[i] == mark) & (packet->time_us - set->times_us[i] <= RECENT_PACKETS_US);
    set->marks[way] = mark;
    set->times_us[way] = packet->time_us;
    recent->oldest[number] = (uint8_t)((way + 1) % RECENT_PACKETS_WAYS);
    return is_known;
}
