/* Flows that leave a group or join another: learnt from events.csv before all that depends on who
 * was where. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_MOVES_H
#define SHAPESIM_SIM_VERIFY_VERIFY_MOVES_H

#include "sim/verify/verification.h"

struct verified_move {
    const struct verified_flow *flow;
    struct verified_group *from, *to;
    int64_t time_us;
    bool is_seen;                        /* its row of flow_ticks.csv, where it leaves, has come */
    const struct shaper_limit *per_flow; /* then, once its row of events.csv has come */
};

/* Reads the moves, if the command has any; false where the rest cannot be checked. */
bool verify_moves(struct verification *verification);
void verify_moves_free(struct verification *verification);

/* In the order of time. */
size_t moves_count(const struct verification *verification);
struct verified_move *moves_at(const struct verification *verification, size_t index);

/* --- flows ----------------------------------------------------------------------------------- */

struct verified_group *moves_last_group(const struct verification *verification,
                                        const struct verified_flow *flow);
bool moves_has_moved(const struct verification *verification, const struct verified_flow *flow);
/* Whether it was in a group without limits at any time. */
bool moves_was_unlimited(const struct verification *verification, const struct verified_flow *flow);
/* Whether the flow was in the group at all, and whether it came there in that tick. */
bool moves_was_in(const struct verification *verification, const struct verified_flow *flow,
                  const struct verified_group *group);
bool moves_came_in(const struct verification *verification, const struct verified_flow *flow,
                   const struct verified_group *group, int64_t tick);

/* --- groups ---------------------------------------------------------------------------------- */

/* Whether flows came from other groups or left for one: flows.csv does not say what was whose. */
bool moves_touch(const struct verification *verification, const struct verified_group *group);
/* Whether some flow left the group in that tick. */
bool moves_leave_in(const struct verification *verification, const struct verified_group *group,
                    int64_t tick);
/* Whether flows that are in no file of ticks have joined a group. */
bool moves_have_unrecorded(const struct verification *verification);

/* A flow that is not in flow_ticks.csv has left the group: what that was offered is not known tick
 * by tick. */
void moves_note_unseen(struct verification *verification, const struct verified_group *group);
bool moves_have_unseen(const struct verification *verification, const struct verified_group *group);

#endif
