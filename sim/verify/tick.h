/* A row of ticks.csv, as it is passed to the parts that follow ticks. */
#ifndef SHAPESIM_SIM_VERIFY_TICK_H
#define SHAPESIM_SIM_VERIFY_TICK_H

#include "sim/verify/verify_rows.h"

struct verified_tick {
    struct verified_group *group;
    const struct csv_reader *reader; /* at the tick's row of ticks.csv */
    int64_t tick;
    int64_t end_us; /* of the run's end, one past it */
    int64_t start_bytes[SHAPER_DIRECTIONS];
    int64_t end_bytes[SHAPER_DIRECTIONS];
    int64_t members, backlogged_flows;
    int64_t bytes[SHAPER_DIRECTIONS];
    int64_t backlog_bytes[SHAPER_DIRECTIONS];
    int bytes_column[SHAPER_DIRECTIONS];
    int backlog_column[SHAPER_DIRECTIONS];
    int backlogged_column;
};

#endif
