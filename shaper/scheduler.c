#include "shaper/scheduler_internal.h"

const struct scheduler_ops *scheduler_ops_of(enum shaper_scheduler scheduler)
{
    switch (scheduler) {
    case SHAPER_SCHEDULER_LIBEVENT:
        return NULL;
    case SHAPER_SCHEDULER_ACTIVE_SHARE:
        return &scheduler_active_share_ops;
    case SHAPER_SCHEDULER_SHUFFLE:
        return &scheduler_shuffle_ops;
    case SHAPER_SCHEDULER_ROUND_ROBIN:
        return &scheduler_round_robin_ops;
    case SHAPER_SCHEDULER_DRR:
        return &scheduler_drr_ops;
    case SHAPER_SCHEDULER_SFQ:
        return &scheduler_sfq_ops;
    }
    return NULL;
}

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
