/* A tick of a group opens with its row of ticks.csv, or an earlier one of events.csv or
 * flow_ticks.csv; where idle ticks have no rows it may be a later one than the next. */
#ifndef SHAPESIM_SIM_VERIFY_TICK_OPENING_H
#define SHAPESIM_SIM_VERIFY_TICK_OPENING_H

#include "sim/verify/verify_rows.h"

/* Skips the ticks in between for buckets and recomputed metrics; fails, naming `column`, if they
 * should have rows. */
void tick_opening(struct verification *verification, const struct verified_group *group,
                  int64_t tick, const struct csv_reader *reader, int column);

/* For a row that is not of ticks.csv, whose tick may be the open one: does so only if it is a later
 * one, and idle ticks have no rows. */
void tick_opening_early(struct verification *verification, const struct verified_group *group,
                        int64_t tick, const struct csv_reader *reader, int column);

#endif
