#include "sim/account/due_queue.h"

#include <stdlib.h>

#define FIRST_ROOM 16

static bool is_before(const struct due *a, const struct due *b)
{
    if (a->due_us != b->due_us)
        return a->due_us < b->due_us;
    if (a->number != b->number)
        return (int32_t)(a->number - b->number) < 0;
    if (a->rank != b->rank)
        return (int32_t)(a->rank - b->rank) < 0;
    return a->copy < b->copy;
}

static void put(struct due_queue *queue, size_t slot, struct due *due)
{
    queue->heap[slot - 1] = due;
    due->slot = slot;
}

/* Puts it at the slot, or where it belongs above. */
static void rise(struct due_queue *queue, size_t slot, struct due *due)
{
    while (slot > 1 && is_before(due, queue->heap[slot / 2 - 1])) {
        put(queue, slot, queue->heap[slot / 2 - 1]);
        slot /= 2;
    }
    put(queue, slot, due);
}

/* Likewise below. */
static void sink(struct due_queue *queue, size_t slot, struct due *due)
{
    for (size_t child; (child = 2 * slot) <= queue->count; slot = child) {
        if (child < queue->count && is_before(queue->heap[child], queue->heap[child - 1]))
            child++;
        if (!is_before(queue->heap[child - 1], due))
            break;
        put(queue, slot, queue->heap[child - 1]);
    }
    put(queue, slot, due);
}

int due_queue_add(struct due_queue *queue, struct due *due)
{
    if (queue->count == queue->room) {
        size_t room = queue->room ? 2 * queue->room : FIRST_ROOM;
        struct due **heap = reallocarray(queue->heap, room, sizeof(struct due *));
        if (!heap)
            return -1;
        queue->heap = heap;
        queue->room = room;
    }
    due->queue = queue;
    rise(queue, ++queue->count, due);
    return 0;
}

void due_queue_remove(struct due *due)
{
    struct due_queue *queue = due->queue;
    size_t slot = due->slot;

    if (!queue)
        return;
    struct due *last = queue->heap[--queue->count];
    due->queue = NULL;
    if (last == due)
        return;
    if (slot > 1 && is_before(last, queue->heap[slot / 2 - 1]))
        rise(queue, slot, last);
    else
        sink(queue, slot, last);
}

struct due *due_queue_first(const struct due_queue *queue)
{
    return queue->count > 0 ? queue->heap[0] : NULL;
}

void due_queue_fini(struct due_queue *queue)
{
    free(queue->heap);
    *queue = (struct due_queue){0};
}
