#include "shaper/schedulers/scheduler_ops.h"

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
