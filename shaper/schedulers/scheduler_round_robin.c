#include "shaper/schedulers/scheduler_list.h"
#include "shaper/schedulers/scheduler_ops.h"

/* Where a tick ended, the next one goes on: the list stays as it is. */
static struct gate_member *next(struct gate *gate, uint64_t level_bytes, uint64_t *most_bytes)
{
    *most_bytes = scheduler_share(gate, level_bytes, gate->member_count);
    return TAILQ_FIRST(&gate->waiting);
}

const struct scheduler_ops scheduler_round_robin_ops = {.begins = scheduler_list_begins,
                                                        .ends = scheduler_list_ends,
                                                        .next = next,
                                                        .served = scheduler_list_served};
