#include "sim/metrics/fairness_state.h"

#include <stdlib.h>

struct history *fairness_need_history(struct fairness *fairness, struct fairness_flow *flow)
{
    if (flow->history)
        return flow->history;
    flow->history = calloc(1, sizeof(*flow->history) +
                                  fairness->scale_count * sizeof(flow->history->starts[0]));
    if (!flow->history) {
        fairness->is_out_of_memory = true;
        return NULL;
    }
    flow->history->last_waited = NEVER;
    flow->history->waits_since = NEVER;
    flow->history->slot = NO_SLOT;
    return flow->history;
}

void fairness_free_flow(struct fairness_flow *flow)
{
    free(flow->history);
    free(flow);
}
