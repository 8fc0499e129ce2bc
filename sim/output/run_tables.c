#include "sim/output/run_tables.h"

const struct csv_table *const run_tables[RUN_CSV_FILES] = {
    [RUN_TICKS] = &ticks_table,
    [RUN_FLOW_TICKS] = &flow_ticks_table,
    [RUN_FLOWS] = &flows_table,
    [RUN_FAIRNESS] = &fairness_table,
    [RUN_BURST] = &burst_table,
    [RUN_DELAYS] = &delays_table,
    [RUN_DELAYS_TIME] = &delays_time_table,
    [RUN_EVENTS] = &events_table,
    [RUN_FILTERS] = &filters_table,
    [RUN_APPLICATION] = &application_table,
    [RUN_EXCHANGES] = &exchanges_table,
};
