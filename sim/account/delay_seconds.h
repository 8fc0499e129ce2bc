/*
 * delays_time.csv: the delays of the packets that were delivered in each second of the run, by
 * group and direction, as exact as those of the whole run (sim/metrics/delays.h).
 *
 * There is one histogram for each group and direction, for the running second: with the first
 * delivery after its end its rows are written, by group as given and direction, and it is empty
 * again. So memory does not grow with the run, and a second without deliveries costs nothing.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_DELAY_SECONDS_H
#define SHAPESIM_SIM_ACCOUNT_DELAY_SECONDS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/config/config.h"
#include "sim/metrics/delays.h"
#include "sim/output/record.h"

/* Embedded by value; zeroed, it is of a run that has no files. */
struct delay_seconds {
    struct record *record; /* borrowed; NULL: nothing is written */
    int64_t end_us;        /* of the running second; 0: nothing was delivered yet */
    struct delay_second {
        const char *group; /* borrowed */
        struct delay_histogram delays[SHAPER_DIRECTIONS];
    } groups[GROUPS_MAX + 1];
    size_t count;
};

/* Rows go into `record` from now on. */
void delay_seconds_begin(struct delay_seconds *seconds, struct record *record);

/* A group in which packets may be delivered: the place of its delays, which lasts as long as
 * `seconds`; NULL where nothing is written. */
struct delay_second *delay_seconds_add(struct delay_seconds *seconds, const char *group);

/* Writes the rows of the running second; the one of `now_us` begins. */
void delay_seconds_next(struct delay_seconds *seconds, int64_t now_us);

/* The instant of a delivery, before that is counted. */
static inline void delay_seconds_pass_to(struct delay_seconds *seconds, int64_t now_us)
{
    if (now_us >= seconds->end_us)
        delay_seconds_next(seconds, now_us);
}

/* The run has ended: writes the last rows. */
void delay_seconds_end(struct delay_seconds *seconds);

void delay_seconds_fini(struct delay_seconds *seconds);

#endif
