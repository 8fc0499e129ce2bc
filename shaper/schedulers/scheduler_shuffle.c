#include <stdlib.h>

#include "shaper/libevent/state.h"
#include "shaper/schedulers/scheduler_list.h"
#include "shaper/schedulers/scheduler_ops.h"

/* Every order is equally likely (Fisher, Yates; Durstenfeld's form). */
static void shuffle(struct queue *queue, struct queue_member **members, uint64_t count)
{
    for (uint64_t left = count; left > 1; left--) {
        uint64_t chosen = queue->shaper->random_below(left);
        struct queue_member *member = members[chosen];
        members[chosen] = members[left - 1];
        members[left - 1] = member;
    }
}

static void opens(struct queue *queue)
{
    struct queue_member **members = calloc(queue->waiting_count + 1, sizeof(struct queue_member *));
    struct queue_member *member;
    uint64_t count = 0;

    if (!members) {
        queue->shaper->is_out_of_memory = true;
        return;
    }
    TAILQ_FOREACH (member, &queue->waiting, others)
        members[count++] = member;
    shuffle(queue, members, count);
    for (uint64_t i = 0; i < count; i++)
        scheduler_list_served(queue, members[i], 0);
    free(members);
}

static struct queue_member *next(struct queue *queue, uint64_t level_bytes, uint64_t *most_bytes)
{
    *most_bytes = scheduler_share(queue, level_bytes, queue->member_count);
    return TAILQ_FIRST(&queue->waiting);
}

const struct scheduler_ops scheduler_shuffle_ops = {.begins = scheduler_list_begins,
                                                    .ends = scheduler_list_ends,
                                                    .opens = opens,
                                                    .next = next,
                                                    .served = scheduler_list_served};
