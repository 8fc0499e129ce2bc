#include "shaper/libevent/state.h"
#include "shaper/schedulers/scheduler_list.h"
#include "shaper/schedulers/scheduler_ops.h"

/* From a random one on, as libevent releases its members. */
static void opens(struct gate *gate)
{
    uint64_t skip = gate->waiting_count > 1 ? gate->shaper->draw(gate->waiting_count) : 0;

    for (; skip > 0; skip--)
        scheduler_list_served(gate, TAILQ_FIRST(&gate->waiting), 0);
}

static struct gate_member *next(struct gate *gate, uint64_t level_bytes, uint64_t *most_bytes)
{
    *most_bytes = scheduler_share(gate, level_bytes, gate->waiting_count);
    return TAILQ_FIRST(&gate->waiting);
}

const struct scheduler_ops scheduler_active_share_ops = {.begins = scheduler_list_begins,
                                                         .ends = scheduler_list_ends,
                                                         .opens = opens,
                                                         .next = next,
                                                         .served = scheduler_list_served};
