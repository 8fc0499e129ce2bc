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

int cause_list_add(struct cause_list *list, int64_t captured_us, uint64_t end_bytes,
                   uint32_t end_sequence)
{
    if (make_room(list) != 0)
        return -1;
    *at(list, list->next++) = (struct cause){.captured_us = captured_us,
                                             .delivered_us = -1,
                                             .end_bytes = end_bytes,
                                             .end_sequence = end_sequence};
    return 0;
}

static bool covers(struct acknowledgment acknowledgment, const struct cause *cause)
{
    return (int32_t)(acknowledgment.number - cause->end_sequence) >= 0;
}

bool cause_list_find(const struct cause_list *list, struct acknowledgment acknowledgment,
                     uint32_t *ordinal)
{
    bool has_dropped_any = list->first != 0;

    if (list->first == list->next)
        return false;
    *ordinal = list->next - 1;
    if (!acknowledgment.is_given)
        return true;
    for (uint32_t i = list->next; i != list->first; i--) {
        if (covers(acknowledgment, at(list, i - 1))) {
            *ordinal = i - 1;
            return true;
        }
    }
    return !has_dropped_any;
}

const struct cause *cause_list_get(const struct cause_list *list, uint32_t ordinal)
{
    return ordinal - list->first < list->next - list->first ? at(list, ordinal) : NULL;
}

int cause_list_deliver(struct cause_list *list, uint64_t bytes, int64_t now_us,
                       struct delay_histogram *behind)
{
    while (list->delivered != list->next && at(list, list->delivered)->end_bytes <= bytes) {
        struct cause *cause = at(list, list->delivered++);
        cause->delivered_us = now_us;
        if (behind && delay_histogram_add(behind, now_us - cause->captured_us) != 0)
            return -1;
    }
    return 0;
}

void cause_list_trim(struct cause_list *list, struct acknowledgment acknowledgment,
                     const uint32_t *waited_for)
{
    uint32_t keep;

    if (acknowledgment.is_given)
        while (list->covered != list->next && covers(acknowledgment, at(list, list->covered)))
            list->covered++;
    if (list->next - list->covered > CAUSES_UNSEEN_MAX)
        list->covered = list->next - CAUSES_UNSEEN_MAX;
    keep = list->covered;
    if (waited_for && is_before(*waited_for, keep))
        keep = *waited_for;
    if (is_before(list->delivered, keep))
        keep = list->delivered;
    if (is_before(list->first + CAUSES_KEPT, keep))
        list->first = keep - CAUSES_KEPT;
}

void cause_list_fini(struct cause_list *list)
{
    free(list->ring);
    *list = (struct cause_list){0};
}
