/* Schedulers of queues, each in its own file scheduler_NAME.c. */
#ifndef SHAPESIM_SHAPER_SCHEDULERS_SCHEDULER_OPS_H
#define SHAPESIM_SHAPER_SCHEDULERS_SCHEDULER_OPS_H

#include "shaper/scheduler.h"
#include "shaper/schedulers/queue.h"

/* NULL for libevent's. */
const struct scheduler_ops *scheduler_ops_of(enum shaper_scheduler scheduler);

extern const struct scheduler_ops scheduler_active_share_ops;
extern const struct scheduler_ops scheduler_shuffle_ops;
extern const struct scheduler_ops scheduler_round_robin_ops;
extern const struct scheduler_ops scheduler_drr_ops;
extern const struct scheduler_ops scheduler_sfq_ops;

#endif
