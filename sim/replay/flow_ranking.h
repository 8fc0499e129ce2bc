/*
 * The first pass over a trace: which flows carry most bytes. Flows are numbered in the order of
 * opening, which does not depend on any limit, so the numbers hold for the replay.
 */
#ifndef SHAPESIM_SIM_REPLAY_FLOW_RANKING_H
#define SHAPESIM_SIM_REPLAY_FLOW_RANKING_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/sim.h"
#include "traces/flow_source.h"

/* Which flows may be ranked, by their first packet. */
struct flow_choice {
    bool (*wants)(void *arg, const struct capture_packet *first_packet); /* NULL: all */
    void *arg;
};

struct flow_ranking;

/* Reads the whole trace, from its first event on, and keeps the `count` flows with most bytes in
 * both directions together, the lower number first where two are equal. Ends with SIM_INTERRUPTED
 * when *stop is set. The caller frees with flow_ranking_free(). */
int flow_ranking_read(struct flow_source *source, size_t count, const struct flow_choice *choice,
                      const volatile sig_atomic_t *stop, struct flow_ranking **ranking,
                      char *error);

bool flow_ranking_has(const struct flow_ranking *ranking, uint64_t flow);

void flow_ranking_free(struct flow_ranking *ranking);

#endif
