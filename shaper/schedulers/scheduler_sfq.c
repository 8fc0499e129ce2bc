#include <stdlib.h>

#include "shaper/schedulers/scheduler_ops.h"

/* Tags are bytes / weight in units of 1 / 2^20: a unit of 1 byte at the largest weight is still 1.
 */
#define TAG_SHIFT 20

/* --- a binary heap of members, the smallest start tag on top ------------------------------- */

static bool is_before(const struct gate_member *a, const struct gate_member *b)
{
    return a->start_tag != b->start_tag ? a->start_tag < b->start_tag : a->order < b->order;
}

static void put(struct gate *gate, size_t index, struct gate_member *member)
{
    gate->heap[index] = member;
    member->heap_index = index;
}

static void sift_up(struct gate *gate, struct gate_member *member)
{
    size_t index = member->heap_index;

    for (; index > 0 && is_before(member, gate->heap[(index - 1) / 2]); index = (index - 1) / 2)
        put(gate, index, gate->heap[(index - 1) / 2]);
    put(gate, index, member);
}

static void sift_down(struct gate *gate, struct gate_member *member, size_t count)
{
    size_t index = member->heap_index;

    for (size_t child; (child = 2 * index + 1) < count; index = child) {
        if (child + 1 < count && is_before(gate->heap[child + 1], gate->heap[child]))
            child++;
        if (!is_before(gate->heap[child], member))
            break;
        put(gate, index, gate->heap[child]);
    }
    put(gate, index, member);
}

/* --- the scheduler ------------------------------------------------------------------------- */

/* Counts: those in the heap are the waiting ones, the new or leaving one apart. */
static int begins(struct gate *gate, struct gate_member *member)
{
    size_t count = (size_t)gate->waiting_count - 1;

    if (count == gate->heap_room) {
        size_t room = gate->heap_room ? 2 * gate->heap_room : 16;
        struct gate_member **heap = realloc(gate->heap, room * sizeof(struct gate_member *));
        if (!heap)
            return -1;
        gate->heap = heap;
        gate->heap_room = room;
    }
    if (member->start_tag < gate->virtual_time)
        member->start_tag = gate->virtual_time; /* it holds the finish tag of its last unit */
    member->order = gate->order++;
    member->heap_index = count;
    sift_up(gate, member);
    return 0;
}

static void ends(struct gate *gate, struct gate_member *member)
{
    size_t count = (size_t)gate->waiting_count;
    struct gate_member *last = gate->heap[count];

    if (last == member)
        return;
    put(gate, member->heap_index, last);
    sift_up(gate, last);
    sift_down(gate, last, count);
}

static struct gate_member *next(struct gate *gate, uint64_t level_bytes, uint64_t *most_bytes)
{
    struct gate_member *member = gate->heap[0];

    (void)level_bytes;
    gate->virtual_time = member->start_tag;
    *most_bytes = (uint64_t)gate->min_share_bytes;
    return member;
}

static void served(struct gate *gate, struct gate_member *member, uint64_t bytes)
{
    uint64_t dividend = (bytes << TAG_SHIFT) + member->tag_rest;

    member->start_tag += dividend / member->weight;
    member->tag_rest = dividend % member->weight;
    member->order = gate->order++;
    sift_down(gate, member, (size_t)gate->waiting_count);
}

const struct scheduler_ops scheduler_sfq_ops = {
    .begins = begins, .ends = ends, .next = next, .served = served};
