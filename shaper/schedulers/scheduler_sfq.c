#include <stdlib.h>

#include "shaper/schedulers/scheduler_ops.h"

/* Tags are bytes / weight in units of 1 / 2^20: a unit of 1 byte at the largest weight is still 1.
 */
#define TAG_SHIFT 20

/* --- a binary heap of members, the smallest start tag on top ------------------------------- */

static bool is_before(const struct queue_member *a, const struct queue_member *b)
{
    return a->start_tag != b->start_tag ? a->start_tag < b->start_tag : a->order < b->order;
}

static void put(struct queue *queue, size_t index, struct queue_member *member)
{
    queue->heap[index] = member;
    member->heap_index = index;
}

static void sift_up(struct queue *queue, struct queue_member *member)
{
    size_t index = member->heap_index;

    for (; index > 0 && is_before(member, queue->heap[(index - 1) / 2]); index = (index - 1) / 2)
        put(queue, index, queue->heap[(index - 1) / 2]);
    put(queue, index, member);
}

static void sift_down(struct queue *queue, struct queue_member *member, size_t count)
{
    size_t index = member->heap_index;

    for (size_t child; (child = 2 * index + 1) < count; index = child) {
        if (child + 1 < count && is_before(queue->heap[child + 1], queue->heap[child]))
            child++;
        if (!is_before(queue->heap[child], member))
            break;
        put(queue, index, queue->heap[child]);
    }
    put(queue, index, member);
}

/* --- the scheduler ------------------------------------------------------------------------- */

/* Counts: the heap holds the waiting members, without the one that joins or leaves. */
static int begins(struct queue *queue, struct queue_member *member)
{
    size_t count = (size_t)queue->waiting_count - 1;

    if (count == queue->heap_room) {
        size_t room = queue->heap_room ? 2 * queue->heap_room : 16;
        struct queue_member **heap = realloc(queue->heap, room * sizeof(struct queue_member *));
        if (!heap)
            return -1;
        queue->heap = heap;
        queue->heap_room = room;
    }
    if (member->start_tag < queue->virtual_time)
        member->start_tag = queue->virtual_time; /* then holds the finish tag of its last unit */
    member->order = queue->order++;
    member->heap_index = count;
    sift_up(queue, member);
    return 0;
}

static void ends(struct queue *queue, struct queue_member *member)
{
    size_t count = (size_t)queue->waiting_count;
    struct queue_member *last = queue->heap[count];

    if (last == member)
        return;
    put(queue, member->heap_index, last);
    sift_up(queue, last);
    sift_down(queue, last, count);
}

static struct queue_member *next(struct queue *queue, uint64_t level_bytes, uint64_t *most_bytes)
{
    struct queue_member *member = queue->heap[0];

    (void)level_bytes;
    queue->virtual_time = member->start_tag;
    *most_bytes = (uint64_t)queue->effective_min_share_bytes;
    return member;
}

static void served(struct queue *queue, struct queue_member *member, uint64_t bytes)
{
    uint64_t dividend = (bytes << TAG_SHIFT) + member->tag_rest;

    member->start_tag += dividend / member->weight;
    member->tag_rest = dividend % member->weight;
    member->order = queue->order++;
    sift_down(queue, member, (size_t)queue->waiting_count);
}

const struct scheduler_ops scheduler_sfq_ops = {
    .begins = begins, .ends = ends, .next = next, .served = served};
