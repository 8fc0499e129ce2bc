/*
 * Demands on a run's figures, as --want writes them:
 *
 *     [GROUP.][read.|write.]METRIC[@WINDOW] OP VALUE
 *
 * OP is <= or >=, with or without spaces around it. The metric is the longest known name from the
 * right, before it stands the direction, before that the group, whose name may have dots. WINDOW is
 * a time or a number of ticks, for metrics that are taken over windows. VALUE has the metric's
 * unit.
 *
 * Example: "web.1.read.jain@10ticks >= 0.95" is of group "web.1", of the bytes that its shaped ends
 * read, of the mean of Jain's index over windows of 10 ticks, which must be 0.95 or more.
 *
 * A new metric is one more row of demands.c's table, and one of demand_figures.c's.
 */
#ifndef SHAPESIM_SIM_CONFIG_DEMANDS_H
#define SHAPESIM_SIM_CONFIG_DEMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/config/group_name.h"

#define DEMANDS_MAX               32
#define DEMAND_WINDOW_TICKS_MAX   INT64_C(1000000000)
#define DEMAND_EITHER_DIRECTION   (-1)
#define DEMAND_METRIC_NAMES_BYTES 512

enum demand_metric {
    DEMAND_RESPONSE_P50,
    DEMAND_RESPONSE_P90,
    DEMAND_RESPONSE_P99,
    DEMAND_RESPONSE_MAX,
    DEMAND_ADDED_P50,
    DEMAND_ADDED_P90,
    DEMAND_ADDED_P99,
    DEMAND_ADDED_MAX,
    DEMAND_SLOWDOWN_P50,
    DEMAND_SLOWDOWN_P99,
    DEMAND_COMPLETION_P99,
    DEMAND_BEHIND_P50,
    DEMAND_BEHIND_P99,
    DEMAND_BEHIND_MAX,
    DEMAND_DELAY_P50,
    DEMAND_DELAY_P90,
    DEMAND_DELAY_P99,
    DEMAND_DELAY_MAX,
    DEMAND_JAIN,
    DEMAND_JAIN_LEAST,
    DEMAND_LAG,
    DEMAND_RFB,
    DEMAND_SIGMA,
    DEMAND_BURST,
    DEMAND_UTILISATION,
    DEMAND_DELIVERED,
    DEMAND_GRANTS,
    DEMAND_LOST_TOKENS,
    DEMAND_METRICS
};

/* What a metric's figure and the values of its demands are counted in. */
enum demand_unit {
    DEMAND_TIME,    /* microseconds */
    DEMAND_SIZE,    /* bytes */
    DEMAND_INDEX,   /* millionths, from 0 to 1 */
    DEMAND_PERCENT, /* millionths of a per cent, from 0 to 100 */
    DEMAND_NUMBER,  /* millionths */
};

struct demand_metric_entry {
    const char *name;
    enum demand_unit unit;
    bool has_direction; /* a figure of each direction of a group, not of the group */
    bool has_window;
};

enum demand_window { DEMAND_WINDOW_NONE, DEMAND_WINDOW_TICKS, DEMAND_WINDOW_TIME };

/* Plain data. */
struct demand {
    const char *text; /* as typed, borrowed */
    enum demand_metric metric;
    char group[GROUP_NAME_BYTES]; /* "": every group */
    int direction;                /* enum shaper_direction, or DEMAND_EITHER_DIRECTION */
    bool is_of_busier;            /* only the larger figure of a group's two directions must hold */
    enum demand_window window;    /* none given: the default one, where the metric has windows */
    int64_t window_length;        /* ticks, or microseconds */
    bool is_most;                 /* <=; otherwise >= */
    int64_t value;                /* as the metric's unit has it */
};

/* Zeroed is empty. */
struct demands {
    struct demand demands[DEMANDS_MAX];
    size_t count;
};

/* Options that are one demand each. */
enum demand_short {
    DEMAND_MIN_JAIN,        /* jain[@WINDOW] >= */
    DEMAND_MAX_P99_DELAY,   /* p99 <= */
    DEMAND_MAX_BURST,       /* burst <= */
    DEMAND_MIN_UTILISATION, /* utilisation >=, of the busier direction of each group */
    DEMAND_SHORTS
};

const struct demand_metric_entry *demand_metric_entry(enum demand_metric metric);

/* The names of all metrics with commas between them. */
void demand_metric_names(char names[DEMAND_METRIC_NAMES_BYTES]);

/* Whether `name`, or what follows its last dot, has a meaning of its own before a metric ("read",
 * "response"): no group may be called so. */
bool demand_reserves(const char *name);

/* What follows the last dot of a name, or all of it. Borrowed. */
const char *demand_last_part(const char *name);

/* Each reads `text`, which `what` (an option) names in the error; SIM_OK or SIM_MISUSE. `text` is
 * borrowed by the demand. */
int demand_parse(const char *what, const char *text, struct demand *demand, char *error);
int demand_parse_short(enum demand_short which, const char *what, const char *text,
                       struct demand *demand, char *error);

/* Likewise, of a text without OP and VALUE: a figure, of which nothing is demanded. */
int demand_parse_figure(const char *what, const char *text, struct demand *demand, char *error);

/* Likewise; appends to the list. */
int demands_add(struct demands *demands, const char *what, const char *text, char *error);

#endif
