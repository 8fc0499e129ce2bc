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

/* A mark is known if it was taken within RECENT_PACKETS_US before. */
static bool is_recent(const struct recent_set *set, uint64_t mark, int64_t time_us)
{
    for (int i = 0; i < RECENT_PACKETS_WAYS; i++)
        if (set->marks[i] == mark && time_us - set->times_us[i] <= RECENT_PACKETS_US)
            return true;
    return false;
}

bool recent_packets_take(struct recent_packets *recent, const struct recent_packet *packet)
{
    uint64_t mark = mark_of(packet);
    uint64_t number = mark >> 1 & (RECENT_PACKETS_SETS - 1);
    struct recent_set *set = &recent->sets[number];
    uint8_t way = recent->oldest[number];
    bool has_mark = false;

    for (int i = 0; i < RECENT_PACKETS_WAYS; i++) /* nearly always none: no jump that is guessed */
        has_mark |= set->marks[i] == mark;
    bool is_known = has_mark && is_recent(set, mark, packet->time_us);
    set->marks[way] = mark;
    set->times_us[way] = packet->time_us;
    recent->oldest[number] = (uint8_t)((way + 1) % RECENT_PACKETS_WAYS);
    return is_known;
}
