#include "shaper/schedulers/scheduler_list.h"
#include "shaper/schedulers/scheduler_ops.h"

/* A visit ends when its quantum is used up, or its member no longer waits; the rest of the quantum
 * is then forfeit. A visit that the end of the tick cuts off continues in the next. */

static void ends(struct queue *queue, struct queue_member *member)
{
    member->deficit_bytes = 0;
    member->is_visited = false;
    scheduler_list_ends(queue, member);
}

static struct queue_member *next(struct queue *queue, uint64_t level_bytes, uint64_t *most_bytes)
{
    struct queue_member *member = TAILQ_FIRST(&queue->waiting);

    (void)level_bytes;
    if (!member->is_visited) {
        member->is_visited = true;
        member->deficit_bytes += queue->effective_min_share_bytes * (int64_t)member->weight;
    }
    *most_bytes = (uint64_t)member->deficit_bytes;
    return member;
}

static void served(struct queue *queue, struct queue_member *member, uint64_t bytes)
{
    member->deficit_bytes -= (int64_t)bytes;
    if (member->deficit_bytes > 0)
        return;
    member->is_visited = false;
    scheduler_list_served(queue, member, bytes);
}

const struct scheduler_ops scheduler_drr_ops = {
    .begins = scheduler_list_begins, .ends = ends, .next = next, .served = served};
