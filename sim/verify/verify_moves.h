/* Flows that leave a group or join another: read from events.csv before the parts that depend on
 * each flow's group. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_MOVES_H
#define SHAPESIM_SIM_VERIFY_VERIFY_MOVES_H

#include "sim/verify/verification.h"

struct verified_move {
    const struct verified_flow *flow;
    struct verified_group *from, *to;
    int64_t time_us;
    bool is_seen; /* its row of flow_ticks.csv, where it leaves, has been read */
    const struct shaper_limit
        *per_flow; /* after the move, once its row of events.csv has been read */
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
/* Whether the flow was in the group at any time, and whether it joined it in that tick. */
bool moves_was_in(const struct verification *verification, const struct verified_flow *flow,
                  const struct verified_group *group);
bool moves_came_in(const struct verification *verification, const struct verified_flow *flow,
                   const struct verified_group *group, int64_t tick);

/* --- groups ---------------------------------------------------------------------------------- */

/* Whether flows moved into or out of the group: flows.csv does not divide their bytes by group. */
bool moves_touch(const struct verification *verification, const struct verified_group *group);
/* Whether some flow left the group in that tick. */
bool moves_leave_in(const struct verification *verification, const struct verified_group *group,
                    int64_t tick);
/* Whether flows that are in no file of ticks have joined a group. */
bool moves_have_unrecorded(const struct verification *verification);

/* Notes that a flow that is not in flow_ticks.csv left the group: what the group was offered in
 * each tick is then not known. */
void moves_note_unseen(struct verification *verification, const struct verified_group *group);
bool moves_have_unseen(const struct verification *verification, const struct verified_group *group);

#endif
