#include <stdlib.h>

#include "shaper/libevent/state.h"
#include "shaper/schedulers/scheduler_list.h"
#include "shaper/schedulers/scheduler_ops.h"

/* Every order is equally likely (Fisher, Yates; Durstenfeld's form). */
static void shuffle(struct gate *gate, struct gate_member **members, uint64_t count)
{
    for (uint64_t left = count; left > 1; left--) {
        uint64_t drawn = gate->shaper->draw(left);
        struct gate_member *member = members[drawn];
        members[drawn] = members[left - 1];
        members[left - 1] = member;
    }
}

static void opens(struct gate *gate)
{
    struct gate_member **members = calloc(gate->waiting_count + 1, sizeof(struct gate_member *));
    struct gate_member *member;
    uint64_t count = 0;

    if (!members) {
        gate->shaper->is_out_of_memory = true;
        return;
    }
    TAILQ_FOREACH (member, &gate->waiting, others)
        members[count++] = member;
    shuffle(gate, members, count);
    for (uint64_t i = 0; i < count; i++)
        scheduler_list_served(gate, members[i], 0);
    free(members);
}

static struct gate_member *next(struct gate *gate, uint64_t level_bytes, uint64_t *most_bytes)
{
    *most_bytes = scheduler_share(gate, level_bytes, gate->member_count);
    return TAILQ_FIRST(&gate->waiting);
}

const struct scheduler_ops scheduler_shuffle_ops = {.begins = scheduler_list_begins,
                                                    .ends = scheduler_list_ends,
                                                    .opens = opens,
                                                    .next = next,
                                                    .served = scheduler_list_served};
