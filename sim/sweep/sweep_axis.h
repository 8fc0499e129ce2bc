/*
 * One axis of a sweep: an option of run, or one key of a group, and the values it takes.
 *
 *     min-share=1,64,512        a list; \, is a comma within a value
 *     min-share=1..4096*4       1, 4, 16, ... 4096: a factor
 *     tick=5ms..20ms+5ms        5ms, 10ms, 15ms, 20ms: a step
 *     web.rate=1mbit,2mbit      rate= of the --group called web
 *
 * A list may hold ranges. Ends and step of a range have the same unit; its values are exact, with
 * up to six decimals, and the last one is the largest that is not above the end.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_AXIS_H
#define SHAPESIM_SIM_SWEEP_SWEEP_AXIS_H

#include <stddef.h>

#include "sim/base/sim.h"

#define SWEEP_VALUES_MAX 100000

/* Empty when zeroed. */
struct sweep_axis {
    char *name;      /* as typed: a column's name; owned */
    char *group;     /* owned; NULL: the key is an option of run */
    const char *key; /* within name */
    char **values;   /* owned, each a separate text */
    size_t count;
};

/* Reads the argument of --vary; the caller frees with sweep_axis_fini() in any case. Whether the
 * key accepts these values is not checked. SIM_OK, SIM_MISUSE or SIM_FAILED. */
int sweep_axis_parse(const char *text, struct sweep_axis *axis, char *error);

/* SIM_OK; SIM_MISUSE if a value is there twice. */
int sweep_axis_check_distinct(const struct sweep_axis *axis, char *error);

void sweep_axis_fini(struct sweep_axis *axis);

#endif
