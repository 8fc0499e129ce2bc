/*
 * Which flow is served next, as users ask for it: the scheduler, flows' weights, groups in groups.
 *
 *     --scheduler libevent|active-share|shuffle|round-robin|drr|sfq
 *     --weight 4:tcp port 443        drr and sfq give such flows four times as much
 *     --group name=a,...,parent=all,weight=2
 */
#ifndef SHAPESIM_SIM_CONFIG_SCHEDULING_H
#define SHAPESIM_SIM_CONFIG_SCHEDULING_H

#include <stddef.h>
#include <stdint.h>

#include "shaper/scheduler.h"
#include "sim/config/limits.h"

#define WEIGHTS_MAX 64

/* The weight of flows whose first packet matches the expression; the first rule that matches
 * applies. */
struct weight_rule {
    uint32_t weight;
    const char *match; /* BPF, borrowed */
};

struct scheduling_config {
    enum shaper_scheduler scheduler;
    struct weight_rule weights[WEIGHTS_MAX];
    size_t weight_count;
};

/* Reads a --weight and appends it. SIM_OK or SIM_MISUSE. */
int scheduling_add_weight(struct scheduling_config *config, const char *what, const char *value,
                          char *error);

/* Checks the setting against the groups, and that parents are there and nest without a circle.
 * SIM_OK or SIM_MISUSE. */
int scheduling_check(const struct scheduling_config *config, enum shaper_transport transport,
                     const struct group_config *specs, const struct group_limits *limits,
                     size_t groups, char *error);

/* The parent of a checked group; -1: none. */
int scheduling_parent(const struct group_config *specs, size_t groups, size_t index);

#endif
