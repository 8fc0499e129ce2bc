#include "sim/metrics/fairness_state.h"

#include <stdlib.h>

const int64_t fairness_window_ticks[FAIRNESS_WINDOWS] = {
    1,    2,    5,     10,    20,    50,     100,    200,    500,    1000,
    2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000};

struct history *fairness_need_history(struct fairness *fairness, struct fairness_flow *flow)
{
    if (flow->history)
        return flow->history;
    flow->history = calloc(1, sizeof(*flow->history));
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
