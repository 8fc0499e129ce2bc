#include "sim/config/scheduling.h"

#include <string.h>

#include "sim/base/units.h"

int scheduling_add_weight(struct scheduling_config *config, const char *what, const char *value,
                          char *error)
{
    const char *colon = strchr(value, ':');
    char number[16] = "";
    int64_t weight;

    if (config->weight_count == WEIGHTS_MAX)
        return sim_fail(error, SIM_MISUSE, "%s %s: more than %d of them", what, value, WEIGHTS_MAX);
    if (!colon || !colon[1] || (size_t)(colon - value) >= sizeof(number))
        return sim_fail(error, SIM_MISUSE,
                        "%s %s: write a number, a colon and a BPF expression, like 4:tcp port 443",
                        what, value);
    memcpy(number, value, (size_t)(colon - value));
    int status = unit_count(what, number, 1, SHAPER_WEIGHT_MAX, &weight, error);
    if (status == SIM_OK)
        config->weights[config->weight_count++] =
            (struct weight_rule){.weight = (uint32_t)weight, .match = colon + 1};
    return status;
}

int scheduling_parent(const struct group_config *specs, size_t groups, size_t index)
{
    for (size_t i = 0; i < groups && specs[index].parent[0]; i++)
        if (strcmp(specs[i].name, specs[index].parent) == 0)
            return (int)i;
    return -1;
}

static int check_parent(const struct group_config *specs, const struct group_limits *limits,
                        size_t groups, size_t index, char *error)
{
    size_t steps = 0;

    if (!limits[index].has_group)
        return sim_fail(error, SIM_MISUSE, "--group %s: parent: has no group limit; give it a rate",
                        specs[index].name);
    for (int at = (int)index; specs[at].parent[0]; steps++) {
        int parent = scheduling_parent(specs, groups, (size_t)at);
        if (parent < 0 || !limits[parent].has_group)
            return sim_fail(error, SIM_MISUSE,
                            "--group %s: parent=%s: there is no group of that name with a rate",
                            specs[at].name, specs[at].parent);
        if (steps == groups)
            return sim_fail(error, SIM_MISUSE,
                            "--group %s: parent=%s: the groups contain each other in a circle",
                            specs[index].name, specs[index].parent);
        at = parent;
    }
    return SIM_OK;
}

int scheduling_check(const struct scheduling_config *config, enum shaper_transport transport,
                     const struct group_config *specs, const struct group_limits *limits,
                     size_t groups, char *error)
{
    bool is_ours = config->scheduler != SHAPER_SCHEDULER_LIBEVENT;
    bool knows_weights =
        config->scheduler == SHAPER_SCHEDULER_DRR || config->scheduler == SHAPER_SCHEDULER_SFQ;

    if (is_ours && transport != SHAPER_TRANSPORT_PAIR)
        return sim_fail(error, SIM_MISUSE,
                        "--scheduler: sockets and TLS are limited by libevent alone; leave "
                        "--transport out");
    if (config->weight_count > 0 && !knows_weights)
        return sim_fail(error, SIM_MISUSE,
                        "--weight: this scheduler knows none; add --scheduler "
                        "drr or sfq");
    for (size_t i = 0; i < groups; i++) {
        if (specs[i].weight > 0 && !knows_weights)
            return sim_fail(error, SIM_MISUSE,
                            "--group %s: weight: this scheduler knows none; add --scheduler drr or "
                            "sfq",
                            specs[i].name);
        if (specs[i].weight > 0 && !specs[i].parent[0])
            return sim_fail(error, SIM_MISUSE,
                            "--group %s: weight: counts among the members of a parent; add parent=",
                            specs[i].name);
        if (!specs[i].parent[0])
            continue;
        if (!is_ours)
            return sim_fail(error, SIM_MISUSE,
                            "--group %s: parent: libevent's groups cannot nest; add --scheduler "
                            "round-robin, drr or another of ours",
                            specs[i].name);
        int status = check_parent(specs, limits, groups, i, error);
        if (status != SIM_OK)
            return status;
    }
    return SIM_OK;
}
