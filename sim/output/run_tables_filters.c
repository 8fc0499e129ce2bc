#include "sim/output/run_tables.h"

#include "sim/output/csv_table_rows.h"

static const struct csv_column filters_columns[FILTERS_COLUMNS] = {
    [FILTERS_FLOW] = {COLUMN(filter_row, flow, "flow", CSV_U64, "", "the flow's number")},
    [FILTERS_GROUP] = {COLUMN(filter_row, group, "group", CSV_TEXT, "",
                              "the group that it opened in")},
    [FILTERS_DIRECTION] = {COLUMN(filter_row, direction, "direction", CSV_DIRECTION, "",
                                  "read or write")},
    [FILTERS_POSITION] = {COLUMN(filter_row, position, "position", CSV_U64, "",
                                 "from 0, the application's")},
    [FILTERS_FILTER] = {COLUMN(filter_row, filter, "filter", CSV_TEXT, "",
                               "overhead, deflate or ratelimit")},
    [FILTERS_SENT_BEFORE] = {COLUMN(filter_row, counts.sent_before_bytes, "sent_before_bytes",
                                    CSV_U64, "B", "what it was given at the sending end")},
    [FILTERS_SENT_AFTER] = {COLUMN(filter_row, counts.sent_after_bytes, "sent_after_bytes", CSV_U64,
                                   "B", "what it made of that")},
    [FILTERS_RECEIVED_BEFORE] = {COLUMN(filter_row, counts.received_before_bytes,
                                        "received_before_bytes", CSV_U64, "B",
                                        "what came in at the receiving end")},
    [FILTERS_RECEIVED_AFTER] = {COLUMN(filter_row, counts.received_after_bytes,
                                       "received_after_bytes", CSV_U64, "B",
                                       "that with the filter undone")},
    [FILTERS_SENT_CRC32] = {COLUMN(filter_row, counts.sent_crc32, "sent_crc32", CSV_CRC32, "",
                                   "CRC-32 of what went in")},
    [FILTERS_RECEIVED_CRC32] = {COLUMN(filter_row, counts.received_crc32, "received_crc32",
                                       CSV_CRC32, "", "CRC-32 of what came out")},
};

const struct csv_table filters_table = {filters_columns, FILTERS_COLUMNS};

static const struct csv_column application_columns[APPLICATION_COLUMNS] = {
    [APPLICATION_FLOW] = {COLUMN(application_row, flow, "flow", CSV_U64, "", "the flow's number")},
    [APPLICATION_GROUP] = {COLUMN(application_row, group, "group", CSV_TEXT, "",
                                  "the group that it opened in")},
    [APPLICATION_HELD_PACKETS] = {COLUMN(application_row, counts.held_packets, "held_packets",
                                         CSV_U64, "packets",
                                         "held back until the output had drained")},
    [APPLICATION_HELD_BYTES] = {COLUMN(application_row, counts.held_bytes, "held_bytes", CSV_U64,
                                       "B", "their bytes")},
    [APPLICATION_MAX_HELD_BYTES] = {COLUMN(application_row, counts.max_held_bytes, "max_held_bytes",
                                           CSV_U64, "B", "the most that was held at once")},
    [APPLICATION_MAX_HELD] = {COLUMN(application_row, counts.max_held_us, "max_held_s", CSV_TIME_US,
                                     "s", "the longest that a packet was held")},
    [APPLICATION_READ_TIMEOUTS] = {COLUMN(application_row, counts.timeouts[SHAPER_READ],
                                          "read_timeouts", CSV_U64, "",
                                          "how often the timeout ran out"),
                                   .write_column = APPLICATION_WRITE_TIMEOUTS},
    [APPLICATION_WRITE_TIMEOUTS] = {COLUMN(application_row, counts.timeouts[SHAPER_WRITE],
                                           "write_timeouts", CSV_U64, "", NULL)},
    [APPLICATION_FLUSHED_READ] = {COLUMN(application_row, counts.flushed_bytes[SHAPER_READ],
                                         "flushed_read_bytes", CSV_U64, "B",
                                         "what a flush drove past the limits"),
                                  .write_column = APPLICATION_FLUSHED_WRITTEN},
    [APPLICATION_FLUSHED_WRITTEN] = {COLUMN(application_row, counts.flushed_bytes[SHAPER_WRITE],
                                            "flushed_written_bytes", CSV_U64, "B", NULL)},
};

const struct csv_table application_table = {application_columns, APPLICATION_COLUMNS};
