/*
 * The columns of advise.csv: a row for each setting that was tried.
 */
#ifndef SHAPESIM_SIM_OUTPUT_ADVISE_TABLE_H
#define SHAPESIM_SIM_OUTPUT_ADVISE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/output/csv_table.h"

struct advise_row {
    double rate_bytes_per_s;
    int64_t rate_bytes_per_tick, burst_bytes, tick_us, min_share_bytes;
    uint64_t holds, is_advised; /* 0 or 1 */
    bool has_shortfall, has_grants;
    double shortfall, grants_per_mb;
    int64_t response_p99_us, delay_p99_us; /* -1: none */
};

extern const struct csv_table advise_csv_table;

#endif
