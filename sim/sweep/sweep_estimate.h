/*
 * How much of the disk the files of a run will take, by what is known of its trace before it
 * begins. Rows are counted as if flows contended all the time; where more is offered than passes,
 * as if the run and its flows took longer by that.
 *
 * Example: 100 s, ticks of 10 ms, one group, 20 flows all the time: 10,000 rows of ticks.csv,
 * 200,000 of flow_ticks.csv, 20,000 for each direction of fairness.csv: 17 MB, of which tables
 * are 2.3 MB.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_ESTIMATE_H
#define SHAPESIM_SIM_SWEEP_SWEEP_ESTIMATE_H

#include "sim/sweep/sweep_plan.h"
#include "traces/flow_recording.h"

uint64_t sweep_estimate_bytes(const struct sweep_setting *setting,
                              const struct flow_extent *extent);

#endif
