#include "shaper/schedulers/scheduler_list.h"
#include "shaper/schedulers/scheduler_ops.h"

/* The next tick continues where the last one ended: the list stays as it is. */
static struct queue_member *next(struct queue *queue, uint64_t level_bytes, uint64_t *most_bytes)
{
    *most_bytes = scheduler_share(queue, level_bytes, queue->member_count);
    return TAILQ_FIRST(&queue->waiting);
}

const struct scheduler_ops scheduler_round_robin_ops = {.begins = scheduler_list_begins,
                                                        .ends = scheduler_list_ends,
                                                        .next = next,
                                                        .served = scheduler_list_served};
