#include "sim/account/due_queue.h"

#include <stdlib.h>

#include "sim/base/numbers.h"

#define FIRST_ROOM 16
#define CHILDREN   4

/* Of one time and number. */
static bool is_ranked_before(const struct due_queue *queue, uint32_t handle, uint32_t other)
{
    const struct due_rank *a = &queue->waiters[handle].rank, *b = &queue->waiters[other].rank;

    if (a->rank != b->rank)
        return (int32_t)(a->rank - b->rank) < 0;
    return a->copy < b->copy;
}

static bool is_before(const struct due_queue *queue, const struct due_entry *a,
                      const struct due_entry *b)
{
    if (a->due_us != b->due_us)
        return a->due_us < b->due_us;
    if (a->number != b->number)
        return (int32_t)(a->number - b->number) < 0;
    return is_ranked_before(queue, a->handle, b->handle);
}

/* --- handles ----------------------------------------------------------------------------- */

/* Makes sure that one is free; it is never 0. 0, or -1 on allocation failure. */
static int make_handles(struct due_queue *queue)
{
    uint32_t handles = queue->handles ? 2 * queue->handles : FIRST_ROOM;

    if (queue->free_handle)
        return 0;
    struct due_waiter *waiters = reallocarray(queue->waiters, handles, sizeof(*waiters));
    if (!waiters)
        return -1;
    queue->waiters = waiters;
    uint32_t *places = reallocarray(queue->places, handles, sizeof(*places));
    if (!places)
        return -1;
    queue->places = places;
    for (uint32_t i = handles - 1; i >= queue->handles && i > 0; i--) {
        places[i] = queue->free_handle;
        queue->free_handle = i;
    }
    queue->handles = handles;
    return 0;
}

/* --- a heap ------------------------------------------------------------------------------ */

static void put(struct due_queue *queue, struct due_heap *heap, uint32_t i,
                const struct due_entry *entry)
{
    heap->entries[i] = *entry;
    queue->places[entry->handle] = 2 * i + (heap == &queue->next ? 1 : 0);
}

/* Puts it at index i, or where it belongs above. */
static void rise(struct due_queue *queue, struct due_heap *heap, uint32_t i,
                 const struct due_entry *entry)
{
    for (uint32_t parent; i > 0; i = parent) {
        parent = (i - 1) / CHILDREN;
        if (!is_before(queue, entry, &heap->entries[parent]))
            break;
        put(queue, heap, i, &heap->entries[parent]);
    }
    put(queue, heap, i, entry);
}

/* The first child of index i, of which there is one at least. */
static uint32_t first_child(const struct due_queue *queue, const struct due_heap *heap, uint32_t i)
{
    uint32_t first = CHILDREN * i + 1;
    uint32_t end = heap->count - first < CHILDREN ? heap->count : first + CHILDREN;

    for (uint32_t child = first + 1; child < end; child++)
        first = is_before(queue, &heap->entries[child], &heap->entries[first]) ? child : first;
    return first;
}

/* Likewise below: first children move up, down to the bottom, as the entry came from there. */
static void sink(struct due_queue *queue, struct due_heap *heap, uint32_t i,
                 const struct due_entry *entry)
{
    while (CHILDREN * i + 1 < heap->count) {
        uint32_t child = first_child(queue, heap, i);
        put(queue, heap, i, &heap->entries[child]);
        i = child;
    }
    rise(queue, heap, i, entry);
}

static int make_room(struct due_heap *heap)
{
    uint32_t room = heap->room ? 2 * heap->room : FIRST_ROOM;

    if (heap->count < heap->room)
        return 0;
    struct due_entry *entries = reallocarray(heap->entries, room, sizeof(*entries));
    if (!entries)
        return -1;
    heap->entries = entries;
    heap->room = room;
    return 0;
}

static void take_out(struct due_queue *queue, struct due_heap *heap, uint32_t i)
{
    const struct due_entry last = heap->entries[--heap->count];

    if (i < heap->count)
        sink(queue, heap, i, &last);
}

static int64_t first_us(const struct due_heap *heap)
{
    return heap->count > 0 ? heap->entries[0].due_us : INT64_MAX;
}

/* --- the queue --------------------------------------------------------------------------- */

int due_queue_add(struct due_queue *queue, struct due *due, struct due_rank rank,
                  bool is_in_next_round)
{
    struct due_heap *heap = is_in_next_round ? &queue->next : &queue->present;

    if (make_handles(queue) != 0 || make_room(heap) != 0)
        return -1;
    due->handle = queue->free_handle;
    queue->free_handle = queue->places[due->handle];
    queue->waiters[due->handle] = (struct due_waiter){due, rank};
    rise(queue, heap, heap->count++,
         &(const struct due_entry){due->due_us, due->number, due->handle});
    return 0;
}

void due_queue_remove(struct due_queue *queue, struct due *due)
{
    if (due->handle == 0)
        return;
    uint32_t place = queue->places[due->handle];
    take_out(queue, place & 1 ? &queue->next : &queue->present, place / 2);
    queue->places[due->handle] = queue->free_handle;
    queue->free_handle = due->handle;
    due->handle = 0;
}

struct due *due_queue_first(const struct due_queue *queue, struct due_rank *rank)
{
    if (queue->present.count == 0)
        return NULL;
    const struct due_waiter *first = &queue->waiters[queue->present.entries[0].handle];
    if (rank)
        *rank = first->rank;
    return first->due;
}

int64_t due_queue_first_us(const struct due_queue *queue)
{
    return first_us(&queue->present);
}

int64_t due_queue_next_us(const struct due_queue *queue)
{
    return min_i64(first_us(&queue->present), first_us(&queue->next));
}

int due_queue_begin_round(struct due_queue *queue)
{
    while (queue->next.count > 0) {
        const struct due_entry first = queue->next.entries[0];
        if (make_room(&queue->present) != 0)
            return -1;
        take_out(queue, &queue->next, 0);
        rise(queue, &queue->present, queue->present.count++, &first);
    }
    return 0;
}

void due_queue_fini(struct due_queue *queue)
{
    free(queue->present.entries);
    free(queue->next.entries);
    free(queue->waiters);
    free(queue->places);
    *queue = (struct due_queue){0};
}
