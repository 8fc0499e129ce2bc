/*
 * Limits as users give them, and as libevent gets them: groups of flows. A flow's first packet
 * decides its group, which is a libevent group, a per-flow limit, or both. The flags --rate,
 * --burst, ... make the group "all"; each --group makes one more, before it. The keys of a group's
 * spec are the flags' names.
 */
#ifndef SHAPESIM_SIM_CONFIG_LIMITS_H
#define SHAPESIM_SIM_CONFIG_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/limit.h"
#include "shaper/scheduler.h"
#include "sim/base/sim.h"
#include "sim/base/units.h"
#include "sim/config/group_name.h"

#define TICK_DEFAULT_MS 1000 /* libevent's own */
#define TICK_MAX_MS     (24 * 3600 * 1000)
#define WARNING_BYTES   512

/* One limit as typed; for what was not given has_... is false. */
struct limit_spec {
    bool has_rate[SHAPER_DIRECTIONS];
    bool rate_is_directed[SHAPER_DIRECTIONS]; /* by --read-rate or --write-rate, which take
                                               * precedence */
    bool burst_is_directed[SHAPER_DIRECTIONS];
    struct rate_value rate[SHAPER_DIRECTIONS];
    bool has_burst[SHAPER_DIRECTIONS];
    int64_t burst_bytes[SHAPER_DIRECTIONS];
    bool has_tick;
    int64_t tick_ms;
};

struct group_config {
    char name[GROUP_NAME_BYTES];
    bool is_given;                 /* limit_set() has set something */
    char *match;                   /* BPF, owned; NULL matches everything */
    char parent[GROUP_NAME_BYTES]; /* the group that this one is in; empty: none */
    uint32_t weight;               /* in the parent; 0: not given */
    struct limit_spec group;
    struct limit_spec per_flow;
    bool has_min_share;
    int64_t min_share_bytes;
};

/* A group's limits in libevent's terms. */
struct group_limits {
    bool has_group;
    struct shaper_limit group;
    const struct unit *rate_units[SHAPER_DIRECTIONS]; /* as typed; NULL: no rate was */
    bool group_rate_exact;   /* no byte was cut off by rounding down to whole bytes per tick */
    int64_t min_share_bytes; /* as given, or libevent's default */
    int64_t effective_min_share_bytes; /* as libevent clips it */
    bool is_scheduled; /* by a scheduler of shaper/: no overdrafts, and idle members have no
                        * influence */
    bool has_per_flow;
    struct shaper_limit per_flow;
    const struct unit *per_flow_rate_units[SHAPER_DIRECTIONS];
    bool per_flow_rate_exact;
    bool has_ratelimit; /* mod_ratelimit is the only limiter: no group, no per-flow limit */
    struct shaper_limit ratelimit; /* of each response: a chunk in each tick of 200 ms, and once the
                                    * initial burst beside it */
    int64_t tick_ms; /* of the rows in ticks.csv: the group's, or else the per-flow limit's, or else
                      * mod_ratelimit's */
};

/* Key `index` of a group's limits, from 0; NULL after the last. */
const char *limit_key_name(size_t index);

/* Whether a key belongs to a group's limits ("rate", "flow-burst", "min-share", ...). */
bool limit_key_known(const char *key);

/* Sets one key to its value; `what` names it in errors ("--rate", "--group web: rate"). */
int limit_set(struct group_config *spec, const char *key, const char *what, const char *value,
              char *error);

/* Reads a group's spec: name=web,match=tcp port 80,rate=10mbit,... A comma that is not followed by
 * KEY= belongs to the value before it. The caller frees with group_config_fini(). */
int group_config_parse(const char *text, struct group_config *spec, char *error);
void group_config_fini(struct group_config *spec);

/* Whether a key is among the first `count` keys of a list that was cut into pieces: each ends where
 * its value begins. */
bool key_is_repeated(const char *const *keys, size_t count, const char *key);

/* Whether any limit was given. */
bool group_config_limits(const struct group_config *spec);

/* Resolves the limits; `allow_zero_min_share` where that is to be shown rather than refused. Errors
 * name the group, unless its name is empty. */
int group_config_resolve(const struct group_config *spec, bool allow_zero_min_share,
                         struct group_limits *limits, char *error);

/* Warns of setups that libevent accepts but that lose throughput or skew shares. Writes warning
 * number `index` (from 0) into `text` (WARNING_BYTES); false when there are no more. */
bool group_warning(const char *name, const struct group_limits *limits, int index, char *text);

#endif
