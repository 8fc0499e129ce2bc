#include "sim/account/held_queue.h"

#include <stdlib.h>

#include "sim/account/ring.h"

#define FIRST_CAPACITY 4
#define GAP_BITS       37
#define GAP_MAX_US     ((INT64_C(1) << GAP_BITS) - 1)

enum held_kind {
    FOLLOWS,
    HAS_CAUSE,
    IS_BARE,
    TIME_ONLY, /* the packet after that gap follows */
};

struct held_entry {
    uint64_t gap_us : GAP_BITS; /* since the packet before it was captured */
    uint64_t bytes : 25;
    uint64_t kind : 2;
    uint32_t number;
    uint32_t cause;
};

_Static_assert(sizeof(struct held_entry) == 16, "a held packet takes 16 bytes");

static struct held_entry *at(const struct held_queue *queue, uint32_t i)
{
    return &queue->ring[(queue->first + i) & (queue->capacity - 1)];
}

static enum held_kind kind_of(const struct held *held)
{
    if (held->is_bare)
        return IS_BARE;
    return held->has_cause ? HAS_CAUSE : FOLLOWS;
}

static int append(struct held_queue *queue, struct held_entry entry)
{
    if (queue->count == queue->capacity) {
        struct held_entry *ring =
            ring_grow(queue->ring, &queue->capacity, queue->first, queue->first + queue->count,
                      sizeof(*ring), FIRST_CAPACITY);
        if (!ring)
            return -1;
        queue->ring = ring;
    }
    *at(queue, queue->count++) = entry;
    return 0;
}

/* The gaps before the packet that is now the oldest. */
static void pass_gaps(struct held_queue *queue)
{
    while (queue->count > 0) {
        queue->first_time_us += (int64_t)at(queue, 0)->gap_us;
        if (at(queue, 0)->kind != TIME_ONLY)
            return;
        queue->first = (queue->first + 1) & (queue->capacity - 1);
        queue->count--;
    }
}

/* The oldest copy leaves the circle. */
static void drop_first_copy(struct held_queue *queue)
{
    struct held_copy *first = queue->last_copy->next;

    queue->last_copy->next = first->next;
    if (first == queue->last_copy)
        queue->last_copy = NULL;
}

bool held_queue_is_empty(const struct held_queue *queue)
{
    return queue->count == 0;
}

int held_queue_append(struct held_queue *queue, const struct held *held)
{
    struct held_copy *copy = held->copy;
    bool is_first = queue->count == 0;
    int64_t gap_us = is_first ? 0 : held->captured_us - queue->last_time_us;

    for (; gap_us > GAP_MAX_US; gap_us -= GAP_MAX_US)
        if (append(queue, (struct held_entry){.gap_us = GAP_MAX_US, .kind = TIME_ONLY}) != 0)
            break;
    if (gap_us > GAP_MAX_US ||
        append(queue, (struct held_entry){.gap_us = (uint64_t)gap_us & (uint64_t)GAP_MAX_US,
                                          .bytes = held->bytes & ((1U << 25) - 1),
                                          .kind = kind_of(held),
                                          .number = held->number,
                                          .cause = held->cause}) != 0) {
        free(copy);
        return -1;
    }
    if (is_first)
        queue->first_time_us = held->captured_us;
    queue->last_time_us = held->captured_us;
    if (!copy)
        return 0;
    copy->next = queue->last_copy ? queue->last_copy->next : copy;
    if (queue->last_copy)
        queue->last_copy->next = copy;
    queue->last_copy = copy;
    return 0;
}

struct held held_queue_first(const struct held_queue *queue)
{
    const struct held_entry *entry = at(queue, 0);

    return (struct held){.captured_us = queue->first_time_us,
                         .bytes = (uint32_t)entry->bytes,
                         .number = entry->number,
                         .has_cause = entry->kind == HAS_CAUSE,
                         .is_bare = entry->kind == IS_BARE,
                         .cause = entry->cause,
                         .copy = queue->last_copy ? queue->last_copy->next : NULL};
}

struct held held_queue_take(struct held_queue *queue)
{
    struct held held = held_queue_first(queue);

    if (held.copy)
        drop_first_copy(queue);
    queue->first = (queue->first + 1) & (queue->capacity - 1);
    queue->count--;
    pass_gaps(queue);
    return held;
}

void held_queue_expect(const struct held_queue *queue, uint32_t n)
{
    if (queue->count > n)
        __builtin_prefetch(at(queue, n));
}

void held_queue_fini(struct held_queue *queue)
{
    while (queue->last_copy) {
        struct held_copy *copy = queue->last_copy->next;
        drop_first_copy(queue);
        free(copy);
    }
    free(queue->ring);
    *queue = (struct held_queue){0};
}
