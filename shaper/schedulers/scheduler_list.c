#include "shaper/schedulers/scheduler_list.h"

int scheduler_list_begins(struct queue *queue, struct queue_member *member)
{
    TAILQ_INSERT_TAIL(&queue->waiting, member, others);
    return 0;
}

void scheduler_list_ends(struct queue *queue, struct queue_member *member)
{
    TAILQ_REMOVE(&queue->waiting, member, others);
}

void scheduler_list_served(struct queue *queue, struct queue_member *member, uint64_t bytes)
{
    (void)bytes;
    TAILQ_REMOVE(&queue->waiting, member, others);
    TAILQ_INSERT_TAIL(&queue->waiting, member, others);
}

uint64_t scheduler_share(const struct queue *queue, uint64_t level_bytes, uint64_t parts)
{
    uint64_t share = level_bytes / parts;

    return share > (uint64_t)queue->effective_min_share_bytes
               ? share
               : (uint64_t)queue->effective_min_share_bytes;
}
