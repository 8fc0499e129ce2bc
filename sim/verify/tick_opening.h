/* A tick of a group opens with its row of ticks.csv, or with a row of events.csv or flow_ticks.csv
 * that is read earlier; where idle ticks have no rows, ticks may be skipped. */
#ifndef SHAPESIM_SIM_VERIFY_TICK_OPENING_H
#define SHAPESIM_SIM_VERIFY_TICK_OPENING_H

#include "sim/verify/verify_rows.h"

/* Skips the ticks in between for buckets and recomputed metrics; fails, naming `column`, if those
 * ticks should have rows. */
void tick_opening(struct verification *verification, const struct verified_group *group,
                  int64_t tick, const struct csv_reader *reader, int column);

/* For a row of another file than ticks.csv, whose tick may be open already: opens it only if it is
 * later than the open one and idle ticks have no rows. */
void tick_opening_early(struct verification *verification, const struct verified_group *group,
                        int64_t tick, const struct csv_reader *reader, int column);

#endif
