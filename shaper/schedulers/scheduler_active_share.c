#include "shaper/libevent/state.h"
#include "shaper/schedulers/scheduler_list.h"
#include "shaper/schedulers/scheduler_ops.h"

/* Starts at a random member, as libevent does when it releases its members. */
static void opens(struct queue *queue)
{
    uint64_t skip =
        queue->waiting_count > 1 ? queue->shaper->random_below(queue->waiting_count) : 0;

    for (; skip > 0; skip--)
        scheduler_list_served(queue, TAILQ_FIRST(&queue->waiting), 0);
}

static struct queue_member *next(struct queue *queue, uint64_t level_bytes, uint64_t *most_bytes)
{
    *most_bytes = scheduler_share(queue, level_bytes, queue->waiting_count);
    return TAILQ_FIRST(&queue->waiting);
}

const struct scheduler_ops scheduler_active_share_ops = {.begins = scheduler_list_begins,
                                                         .ends = scheduler_list_ends,
                                                         .opens = opens,
                                                         .next = next,
                                                         .served = scheduler_list_served};
