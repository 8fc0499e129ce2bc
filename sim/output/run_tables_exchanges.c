#include "sim/output/run_tables.h"

#include "sim/output/csv_table_rows.h"

static const struct csv_column exchanges_columns[EXCHANGES_COLUMNS] = {
    [EXCHANGES_FLOW] = {COLUMN(exchange_row, flow, "flow", CSV_U64, "", "the flow's number")},
    [EXCHANGES_EXCHANGE] = {COLUMN(exchange_row, exchange, "exchange", CSV_U64, "",
                                   "its number in the flow, from 1")},
    [EXCHANGES_GROUP] = {COLUMN(exchange_row, group, "group", CSV_TEXT, "",
                                "the flow's group when it started; if it never did, the last")},
    [EXCHANGES_START] = {COLUMN(exchange_row, start_us, "start_s", CSV_TIME_US, "s",
                                "when its first packet was due; empty: never"),
                         .empty = CSV_EMPTY_IF_NEGATIVE},
    [EXCHANGES_REQUEST] = {COLUMN(exchange_row, request_bytes, "request_bytes", CSV_U64, "B",
                                  "of the request's packets, as counted")},
    [EXCHANGES_RESPONSE] = {COLUMN(exchange_row, response_bytes, "response_bytes", CSV_U64, "B",
                                   "of the response's packets, as counted")},
    [EXCHANGES_CAPTURED_FIRST_BYTE] =
        {COLUMN(exchange_row, captured_first_byte_us, "captured_first_byte_s", CSV_TIME_US, "s",
                "from there to the response's first packet, in the capture; empty: no response"),
         .empty = CSV_EMPTY_IF_NEGATIVE},
    [EXCHANGES_FIRST_BYTE] = {COLUMN(exchange_row, first_byte_us, "first_byte_s", CSV_TIME_US, "s",
                                     "from the start to that packet's delivery; empty: never"),
                              .empty = CSV_EMPTY_IF_NEGATIVE},
    [EXCHANGES_CAPTURED_RESPONSE] =
        {COLUMN(exchange_row, captured_response_us, "captured_response_s", CSV_TIME_US, "s",
                "to the response's last packet, in the capture; empty: no response"),
         .empty = CSV_EMPTY_IF_NEGATIVE},
    [EXCHANGES_RESPONSE_TIME] = {COLUMN(exchange_row, response_us, "response_s", CSV_TIME_US, "s",
                                        "to the delivery of its last byte; empty: never"),
                                 .empty = CSV_EMPTY_IF_NEGATIVE},
};

const struct csv_table exchanges_table = {exchanges_columns, EXCHANGES_COLUMNS};
