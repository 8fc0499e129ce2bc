/* What `shapesim advise` was asked for beside what a sweep takes (sweep_config.h): set by the
 * command line, then only read. All texts are borrowed from argv. */
#ifndef SHAPESIM_SIM_CONFIG_ADVISE_CONFIG_H
#define SHAPESIM_SIM_CONFIG_ADVISE_CONFIG_H

#include <stdint.h>

#include "sim/config/group_name.h"

#define ADVISE_BOTH_DIRECTIONS (-1)
#define ADVISE_AT_ONCE_MAX     64

struct advise_config {
    const char *ticks; /* a range as typed, or NULL, like the next two */
    const char *min_shares;
    const char *bursts;
    const char *rate;             /* as typed; NULL: it is sought */
    int64_t at_once;              /* values that a step of the search tries; 0: not given */
    char group[GROUP_NAME_BYTES]; /* whose limit is searched; empty: all */
    int direction;                /* enum shaper_direction, or ADVISE_BOTH_DIRECTIONS */
};

/* Sets every field to its default. */
void advise_config_init(struct advise_config *config);

/* Reads group=NAME,direction=read|write, either of them or both; SIM_OK or SIM_MISUSE. */
int advise_limit_parse(const char *what, const char *text, struct advise_config *config,
                       char *error);

#endif
