/* What a scheduler is. Each has a file of its own, scheduler_NAME.c. */
#ifndef SHAPESIM_SHAPER_SCHEDULER_INTERNAL_H
#define SHAPESIM_SHAPER_SCHEDULER_INTERNAL_H

#include <stdint.h>

#include "shaper/gate.h"
#include "shaper/scheduler.h"

struct scheduler_ops {
    /* A member begins to wait, or does no longer. 0, or -1 without memory. */
    int (*begins)(struct gate *gate, struct gate_member *member);
    void (*ends)(struct gate *gate, struct gate_member *member);
    /* libevent has released the group: a new tick. NULL: makes no difference. */
    void (*opens)(struct gate *gate);
    /* Who is next, and the most that it gets of a level above 0. Somebody waits. */
    struct gate_member *(*next)(struct gate *gate, uint64_t level_bytes, uint64_t *most_bytes);
    /* It got so many of them, and may still wait. */
    void (*served)(struct gate *gate, struct gate_member *member, uint64_t bytes);
};

/* NULL for libevent's. */
const struct scheduler_ops *scheduler_ops_of(enum shaper_scheduler scheduler);

extern const struct scheduler_ops scheduler_active_share_ops;
extern const struct scheduler_ops scheduler_shuffle_ops;
extern const struct scheduler_ops scheduler_round_robin_ops;
extern const struct scheduler_ops scheduler_drr_ops;
extern const struct scheduler_ops scheduler_sfq_ops;

/* Of schedulers that keep members in the gate's list and serve it from the head: new ones come to
 * the tail, and so does who was served. */
int scheduler_list_begins(struct gate *gate, struct gate_member *member);
void scheduler_list_ends(struct gate *gate, struct gate_member *member);
void scheduler_list_served(struct gate *gate, struct gate_member *member, uint64_t bytes);

/* libevent's share: the level divided, but the min-share at least. */
uint64_t scheduler_share(const struct gate *gate, uint64_t level_bytes, uint64_t parts);

#endif
