/*
 * The columns of a run's CSV files, file by file. For a column that exists for both directions, the
 * one for SHAPER_READ stands for both: csv_table_column().
 */
#ifndef SHAPESIM_SIM_OUTPUT_RUN_TABLES_H
#define SHAPESIM_SIM_OUTPUT_RUN_TABLES_H

#include "sim/metrics/rows.h"
#include "sim/output/csv_table.h"
#include "sim/output/file_names.h"

enum ticks_column {
    TICKS_TIME,
    TICKS_TICK,
    TICKS_GROUP,
    TICKS_MEMBERS,
    TICKS_BACKLOGGED_FLOWS,
    TICKS_READ_BUCKET_START,
    TICKS_READ_BUCKET_END,
    TICKS_WRITE_BUCKET_START,
    TICKS_WRITE_BUCKET_END,
    TICKS_READ_BYTES,
    TICKS_WRITTEN_BYTES,
    TICKS_TOTAL_READ,
    TICKS_TOTAL_WRITTEN,
    TICKS_READ_BACKLOG,
    TICKS_WRITE_BACKLOG,
    TICKS_COLUMNS
};

enum flow_ticks_column {
    FLOW_TICKS_TIME,
    FLOW_TICKS_TICK,
    FLOW_TICKS_GROUP,
    FLOW_TICKS_FLOW,
    FLOW_TICKS_READ_BUCKET,
    FLOW_TICKS_WRITE_BUCKET,
    FLOW_TICKS_READ_BYTES,
    FLOW_TICKS_WRITTEN_BYTES,
    FLOW_TICKS_READ_BACKLOG,
    FLOW_TICKS_WRITE_BACKLOG,
    FLOW_TICKS_MAX_READ,
    FLOW_TICKS_MAX_WRITE,
    FLOW_TICKS_COLUMNS
};

enum flows_column {
    FLOWS_FLOW,
    FLOWS_GROUP,
    FLOWS_PROTOCOL,
    FLOWS_INITIATOR_ADDRESS,
    FLOWS_INITIATOR_PORT,
    FLOWS_RESPONDER_ADDRESS,
    FLOWS_RESPONDER_PORT,
    FLOWS_START,
    FLOWS_END,
    FLOWS_CLOSE,
    FLOWS_PACKETS,
    FLOWS_OFFERED_READ,
    FLOWS_READ_BYTES,
    FLOWS_OFFERED_WRITTEN,
    FLOWS_WRITTEN_BYTES,
    FLOWS_MAX_READ_BACKLOG,
    FLOWS_MAX_WRITE_BACKLOG,
    FLOWS_READ_DELAY_P50,
    FLOWS_READ_DELAY_P99,
    FLOWS_READ_DELAY_MAX,
    FLOWS_WRITE_DELAY_P50,
    FLOWS_WRITE_DELAY_P99,
    FLOWS_WRITE_DELAY_MAX,
    FLOWS_READ_CONTENDED_TICKS,
    FLOWS_READ_CONTENDED_BYTES,
    FLOWS_READ_GPS_LAG,
    FLOWS_READ_WFI,
    FLOWS_WRITE_CONTENDED_TICKS,
    FLOWS_WRITE_CONTENDED_BYTES,
    FLOWS_WRITE_GPS_LAG,
    FLOWS_WRITE_WFI,
    FLOWS_WEIGHT,
    FLOWS_RETRANSMITTED,
    FLOWS_CAPTURED_COMPLETION,
    FLOWS_COMPLETION,
    FLOWS_COLUMNS
};

enum fairness_column {
    FAIRNESS_TIME,
    FAIRNESS_TICK,
    FAIRNESS_GROUP,
    FAIRNESS_DIRECTION,
    FAIRNESS_WINDOW_TICKS,
    FAIRNESS_FLOWS,
    FAIRNESS_LIMITED_FLOWS,
    FAIRNESS_BYTES,
    FAIRNESS_JAIN,
    FAIRNESS_WINDOW,
    FAIRNESS_COLUMNS
};

enum burst_column {
    BURST_GROUP,
    BURST_FLOW,
    BURST_DIRECTION,
    BURST_STREAM,
    BURST_MEASURE,
    BURST_X,
    BURST_BYTES,
    BURST_COLUMNS
};

enum delays_column { DELAYS_GROUP, DELAYS_DIRECTION, DELAYS_DELAY, DELAYS_PACKETS, DELAYS_COLUMNS };

enum delays_time_column {
    DELAYS_TIME_GROUP,
    DELAYS_TIME_DIRECTION,
    DELAYS_TIME_SECOND,
    DELAYS_TIME_PACKETS,
    DELAYS_TIME_P50,
    DELAYS_TIME_P99,
    DELAYS_TIME_MAX,
    DELAYS_TIME_COLUMNS
};

enum events_column {
    EVENTS_TIME,
    EVENTS_TICK,
    EVENTS_GROUP,
    EVENTS_EVENT,
    EVENTS_READ_BUCKET_BEFORE,
    EVENTS_READ_BUCKET_AFTER,
    EVENTS_WRITE_BUCKET_BEFORE,
    EVENTS_WRITE_BUCKET_AFTER,
    EVENTS_READ_RATE,
    EVENTS_READ_BURST,
    EVENTS_WRITE_RATE,
    EVENTS_WRITE_BURST,
    EVENTS_MIN_SHARE,
    EVENTS_FLOW,
    EVENTS_COLUMNS
};

enum filters_column {
    FILTERS_FLOW,
    FILTERS_GROUP,
    FILTERS_DIRECTION,
    FILTERS_POSITION,
    FILTERS_FILTER,
    FILTERS_SENT_BEFORE,
    FILTERS_SENT_AFTER,
    FILTERS_RECEIVED_BEFORE,
    FILTERS_RECEIVED_AFTER,
    FILTERS_SENT_CRC32,
    FILTERS_RECEIVED_CRC32,
    FILTERS_COLUMNS
};

enum application_column {
    APPLICATION_FLOW,
    APPLICATION_GROUP,
    APPLICATION_HELD_PACKETS,
    APPLICATION_HELD_BYTES,
    APPLICATION_MAX_HELD_BYTES,
    APPLICATION_MAX_HELD,
    APPLICATION_READ_TIMEOUTS,
    APPLICATION_WRITE_TIMEOUTS,
    APPLICATION_FLUSHED_READ,
    APPLICATION_FLUSHED_WRITTEN,
    APPLICATION_COLUMNS
};

enum exchanges_column {
    EXCHANGES_FLOW,
    EXCHANGES_EXCHANGE,
    EXCHANGES_GROUP,
    EXCHANGES_START,
    EXCHANGES_REQUEST,
    EXCHANGES_RESPONSE,
    EXCHANGES_CAPTURED_FIRST_BYTE,
    EXCHANGES_FIRST_BYTE,
    EXCHANGES_CAPTURED_RESPONSE,
    EXCHANGES_RESPONSE_TIME,
    EXCHANGES_COLUMNS
};

/* A row of flows.csv: a flow, its figures at its end, and as text what the flow has as numbers. */
struct flow_line {
    struct flow_row flow;
    struct flow_figures figures;
    const char *protocol;
    const char *initiator_address;
    const char *responder_address;
};

extern const struct csv_table ticks_table;       /* of struct tick_row */
extern const struct csv_table flow_ticks_table;  /* of struct flow_tick_row */
extern const struct csv_table flows_table;       /* of struct flow_line */
extern const struct csv_table fairness_table;    /* of struct fairness_row */
extern const struct csv_table burst_table;       /* of struct burst_row */
extern const struct csv_table delays_table;      /* of struct delay_row */
extern const struct csv_table delays_time_table; /* of struct delay_second_row */
extern const struct csv_table events_table;      /* of struct event_row */
extern const struct csv_table filters_table;     /* of struct filter_row */
extern const struct csv_table application_table; /* of struct application_row */
extern const struct csv_table exchanges_table;   /* of struct exchange_row */

/* The table of each file. */
extern const struct csv_table *const run_tables[RUN_CSV_FILES];

#endif
