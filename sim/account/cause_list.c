#include "sim/account/cause_list.h"

#include <stdlib.h>

#include "sim/account/ring.h"

#define FIRST_CAPACITY 4

/* Whether a is before b: ordinals wrap, as sequence numbers do. */
static bool is_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static struct cause *at(const struct cause_list *list, uint32_t ordinal)
{
    return &list->ring[ordinal & (list->capacity - 1)];
}

static int make_room(struct cause_list *list)
{
    if (list->next - list->first < list->capacity)
        return 0;
    struct cause *ring = ring_grow(list->ring, &list->capacity, list->first, list->next,
                                   sizeof(*ring), FIRST_CAPACITY);
    if (!ring)
        return -1;
    list->ring = ring;
    return 0;
}

/* Whether sequence number `end` is covered. */
static bool covers(struct acknowledgment acknowledgment, uint32_t end_sequence)
{
    return (int32_t)(acknowledgment.number - end_sequence) >= 0;
}

int cause_list_add(struct cause_list *list, int64_t captured_us, uint64_t end_bytes,
                   uint32_t end_sequence)
{
    if (make_room(list) != 0)
        return -1;
    if (list->next == 0 || is_before(list->highest_end_sequence, end_sequence))
        list->highest_end_sequence = end_sequence;
    if (list->delivered == list->next)
        list->next_end_bytes = end_bytes;
    *at(list, list->next++) = (struct cause){
        .time_us = captured_us, .end_bytes = end_bytes, .end_sequence = end_sequence};
    return 0;
}

bool cause_list_find(const struct cause_list *list, struct acknowledgment acknowledgment,
                     uint32_t *ordinal)
{
    bool has_dropped_any = list->first != 0;

    if (list->first == list->next)
        return false;
    *ordinal = list->next - 1;
    if (!acknowledgment.is_given || covers(acknowledgment, list->highest_end_sequence))
        return true;
    for (uint32_t i = list->next; i != list->first; i--) {
        if (covers(acknowledgment, at(list, i - 1)->end_sequence)) {
            *ordinal = i - 1;
            return true;
        }
    }
    return !has_dropped_any;
}

enum cause_state cause_list_look(const struct cause_list *list, uint32_t ordinal, int64_t *late_us)
{
    if (ordinal - list->first >= list->next - list->first)
        return CAUSE_NOT_KEPT;
    if (!is_before(ordinal, list->delivered))
        return CAUSE_WAITS;
    *late_us = at(list, ordinal)->time_us;
    return CAUSE_DELIVERED;
}

int cause_list_deliver(struct cause_list *list, uint64_t bytes, int64_t now_us,
                       struct delay_histogram *behind)
{
    while (list->delivered != list->next && list->next_end_bytes <= bytes) {
        struct cause *cause = at(list, list->delivered++);
        cause->time_us = now_us - cause->time_us;
        if (list->delivered != list->next)
            list->next_end_bytes = at(list, list->delivered)->end_bytes;
        if (behind && delay_histogram_add(behind, cause->time_us) != 0)
            return -1;
    }
    return 0;
}

void cause_list_expect(const struct cause_list *list)
{
    if (list->delivered != list->next)
        __builtin_prefetch(at(list, list->delivered), 1);
}

static void cover_in_order(struct cause_list *list, struct acknowledgment acknowledgment)
{
    if (covers(acknowledgment, list->highest_end_sequence)) {
        list->covered = list->next;
        return;
    }
    while (list->covered != list->next &&
           covers(acknowledgment, at(list, list->covered)->end_sequence))
        list->covered++;
}

/* The ordinal before which all are delivered, and acknowledged as far as that is waited for. */
static uint32_t settled(const struct cause_list *list)
{
    return is_before(list->delivered, list->covered) ? list->delivered : list->covered;
}

bool cause_list_cover(struct cause_list *list, struct acknowledgment acknowledgment)
{
    if (acknowledgment.is_given)
        cover_in_order(list, acknowledgment);
    if (list->next - list->covered > CAUSES_UNSEEN_MAX)
        list->covered = list->next - CAUSES_UNSEEN_MAX;
    return is_before(list->first + CAUSES_KEPT, settled(list));
}

void cause_list_trim(struct cause_list *list, const uint32_t *waited_for)
{
    uint32_t keep = settled(list);

    if (waited_for && is_before(*waited_for, keep))
        keep = *waited_for;
    if (is_before(list->first + CAUSES_KEPT, keep))
        list->first = keep - CAUSES_KEPT;
}

void cause_list_fini(struct cause_list *list)
{
    free(list->ring);
    *list = (struct cause_list){0};
}
