#include "shaper/schedulers/scheduler_list.h"

int scheduler_list_begins(struct gate *gate, struct gate_member *member)
{
    TAILQ_INSERT_TAIL(&gate->waiting, member, others);
    return 0;
}

void scheduler_list_ends(struct gate *gate, struct gate_member *member)
{
    TAILQ_REMOVE(&gate->waiting, member, others);
}

void scheduler_list_served(struct gate *gate, struct gate_member *member, uint64_t bytes)
{
    (void)bytes;
    TAILQ_REMOVE(&gate->waiting, member, others);
    TAILQ_INSERT_TAIL(&gate->waiting, member, others);
}

uint64_t scheduler_share(const struct gate *gate, uint64_t level_bytes, uint64_t parts)
{
    uint64_t share = level_bytes / parts;

    return share > (uint64_t)gate->min_share_bytes ? share : (uint64_t)gate->min_share_bytes;
}
