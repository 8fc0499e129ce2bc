/* The tables of a run's CSV files: each header is the one that users rely on, and a row that is
 * written has the value of every member in the column that names it. */
#include "sim/output/run_tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/output/csv.h"
#include "sim/output/csv_reader.h"
#include "tests/scratch.h"

static const char *const headers[RUN_CSV_FILES] = {
    [RUN_TICKS] = "time_s,tick,group,members,backlogged_flows,read_bucket_start_bytes,"
                  "read_bucket_end_bytes,write_bucket_start_bytes,write_bucket_end_bytes,"
                  "read_bytes,written_bytes,total_read_bytes,total_written_bytes,"
                  "read_backlog_bytes,write_backlog_bytes",
    [RUN_FLOW_TICKS] = "time_s,tick,group,flow,read_bucket_bytes,write_bucket_bytes,read_bytes,"
                       "written_bytes,read_backlog_bytes,write_backlog_bytes,"
                       "max_read_bytes,max_write_bytes",
    [RUN_FLOWS] = "flow,group,protocol,initiator_address,initiator_port,responder_address,"
                  "responder_port,start_s,end_s,close,packets,offered_read_bytes,read_bytes,"
                  "offered_written_bytes,written_bytes,max_read_backlog_bytes,"
                  "max_write_backlog_bytes,read_delay_p50_s,read_delay_p99_s,read_delay_max_s,"
                  "write_delay_p50_s,write_delay_p99_s,write_delay_max_s,read_contended_ticks,"
                  "read_contended_bytes,read_gps_lag_bytes,read_wfi_bytes,write_contended_ticks,"
                  "write_contended_bytes,write_gps_lag_bytes,write_wfi_bytes,weight,"
                  "retransmitted_bytes,captured_completion_s,completion_s",
    [RUN_FAIRNESS] =
        "time_s,tick,group,direction,window_ticks,flows,limited_flows,bytes,jain,window_s",
    [RUN_BURST] = "group,flow,direction,stream,measure,x,bytes",
    [RUN_DELAYS] = "group,direction,delay_s,packets",
    [RUN_DELAYS_TIME] = "group,direction,second,packets,delay_p50_s,delay_p99_s,delay_max_s",
    [RUN_EVENTS] = "time_s,tick,group,event,read_bucket_before_bytes,read_bucket_after_bytes,"
                   "write_bucket_before_bytes,write_bucket_after_bytes,read_rate_bytes_per_tick,"
                   "read_burst_bytes,write_rate_bytes_per_tick,write_burst_bytes,min_share_bytes,"
                   "flow",
    [RUN_FILTERS] = "flow,group,direction,position,filter,sent_before_bytes,sent_after_bytes,"
                    "received_before_bytes,received_after_bytes,sent_crc32,received_crc32",
    [RUN_APPLICATION] = "flow,group,held_packets,held_bytes,max_held_bytes,max_held_s,"
                        "read_timeouts,write_timeouts,flushed_read_bytes,flushed_written_bytes",
    [RUN_EXCHANGES] = "flow,exchange,group,start_s,request_bytes,response_bytes,"
                      "captured_first_byte_s,first_byte_s,captured_response_s,response_s",
};

static void headers_are_those_relied_on(void **state)
{
    char header[CSV_TABLE_HEADER_BYTES];

    (void)state;
    for (int i = 0; i < RUN_CSV_FILES; i++) {
        csv_table_header(run_tables[i], header);
        assert_string_equal(header, headers[i]);
    }
}

static void columns_say_what_they_are(void **state)
{
    (void)state;
    for (int i = 0; i < RUN_CSV_FILES; i++)
        for (int c = 0; c < (int)run_tables[i]->count; c++) {
            const struct csv_column *column = &run_tables[i]->columns[c];
            int read_column = csv_table_read_column(run_tables[i], c);
            assert_non_null(column->unit);
            /* A meaning of its own, or that of the other direction: one of the two. */
            assert_int_equal(column->meaning == NULL, read_column >= 0);
            if (read_column < 0)
                continue;
            assert_non_null(run_tables[i]->columns[read_column].meaning);
            assert_string_equal(column->unit, run_tables[i]->columns[read_column].unit);
            assert_int_equal(column->type, run_tables[i]->columns[read_column].type);
            assert_int_equal(csv_table_column(run_tables[i], read_column, SHAPER_READ),
                             read_column);
            assert_int_equal(csv_table_column(run_tables[i], read_column, SHAPER_WRITE), c);
        }
}

/* --- rows ----------------------------------------------------------------------------------- */

/* Writes a file of one row and opens it at this row; the caller frees the reader. */
static struct csv_reader *round_trip(enum run_file file, const void *row)
{
    char header[CSV_TABLE_HEADER_BYTES], error[SIM_ERROR_BYTES];
    struct csv_reader *reader;
    struct csv *csv;
    FILE *out = fopen(scratch_path("rows.csv"), "w");

    assert_non_null(out);
    csv_table_header(run_tables[file], header);
    assert_int_equal(csv_to_stream(out, "out", header, &csv, error), SIM_OK);
    csv_table_write(run_tables[file], row, csv);
    assert_int_equal(csv_commit(csv, error), SIM_OK);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(csv_reader_open(scratch_directory(), "rows.csv", &reader, error), SIM_OK);
    assert_true(csv_reader_next(reader));
    return reader;
}

/* The row's fields, separated by commas, against `expected`; and each column is found where its
 * index says. */
static void expect_row(enum run_file file, const void *row, const char *expected)
{
    struct csv_reader *reader = round_trip(file, row);
    char text[CSV_TABLE_HEADER_BYTES] = "";

    assert_int_equal(csv_reader_width(reader), run_tables[file]->count);
    for (int c = 0; c < (int)run_tables[file]->count; c++) {
        assert_int_equal(csv_table_find(run_tables[file], c, SHAPER_READ, reader), c);
        strcat(text, c > 0 ? "," : "");
        strcat(text, csv_reader_text(reader, c));
    }
    assert_null(csv_reader_fault(reader));
    csv_reader_free(reader);
    assert_string_equal(text, expected);
}

static void a_tick_round_trips(void **state)
{
    struct tick_row row = {.time_us = 1000001,
                           .tick = 2,
                           .group = "web",
                           .members = 3,
                           .backlogged_flows = 4,
                           .has_bucket = true,
                           .start_bytes = {5, 6},
                           .end_bytes = {-7, -8},
                           .bytes = {9, 10},
                           .total_bytes = {11, 12},
                           .backlog_bytes = {13, 14}};

    (void)state;
    expect_row(RUN_TICKS, &row, "1.000001,2,web,3,4,5,-7,6,-8,9,10,11,12,13,14");
    row.has_bucket = false;
    expect_row(RUN_TICKS, &row, "1.000001,2,web,3,4,,,,,9,10,11,12,13,14");
}

static void a_flows_tick_round_trips(void **state)
{
    struct flow_tick_row row = {.time_us = 1,
                                .tick = 2,
                                .group = "web",
                                .flow = 3,
                                .has_bucket = true,
                                .has_max = true,
                                .bucket_bytes = {-4, 5},
                                .bytes = {6, 7},
                                .backlog_bytes = {8, 9},
                                .max_bytes = {10, 11}};

    (void)state;
    expect_row(RUN_FLOW_TICKS, &row, "0.000001,2,web,3,-4,5,6,7,8,9,10,11");
    row.has_bucket = row.has_max = false;
    expect_row(RUN_FLOW_TICKS, &row, "0.000001,2,web,3,,,6,7,8,9,,");
}

static void a_flow_round_trips(void **state)
{
    struct flow_line line = {.flow = {.flow = 1,
                                      .group = "web",
                                      .initiator.port = 65535,
                                      .responder.port = 80,
                                      .start_us = 2,
                                      .end_us = 3,
                                      .close = "fin",
                                      .packets = 4,
                                      .offered_bytes = {5, 6},
                                      .delivered_bytes = {7, 8},
                                      .max_backlog_bytes = {9, 10},
                                      .weight = 4294967295,
                                      .retransmitted_bytes = 25},
                             .figures = {.delay_us = {{11, 12, 13}, {14, 15, 16}},
                                         .is_measured = true,
                                         .fairness = {{17, 18, 19, 20}, {21, 22, 23, 24}},
                                         .captured_completion_us = 26,
                                         .completion_us = 27},
                             .protocol = "tcp",
                             .initiator_address = "192.0.2.1",
                             .responder_address = "::1"};

    (void)state;
    expect_row(RUN_FLOWS, &line,
               "1,web,tcp,192.0.2.1,65535,::1,80,0.000002,0.000003,fin,4,5,7,6,8,9,10,"
               "0.000011,0.000012,0.000013,0.000014,0.000015,0.000016,17,18,19,20,21,22,23,24,"
               "4294967295,25,0.000026,0.000027");
    line.figures.is_measured = false;
    line.figures.completion_us = -1;
    line.figures.delay_us[SHAPER_READ][0] = -1;
    line.figures.delay_us[SHAPER_WRITE][2] = -1;
    expect_row(RUN_FLOWS, &line,
               "1,web,tcp,192.0.2.1,65535,::1,80,0.000002,0.000003,fin,4,5,7,6,8,9,10,"
               ",0.000012,0.000013,0.000014,0.000015,,,,,,,,,,4294967295,25,0.000026,");
}

static void figures_round_trip(void **state)
{
    const struct fairness_row fairness = {.time_us = 1,
                                          .tick = 2,
                                          .group = "web",
                                          .direction = SHAPER_WRITE,
                                          .window_ticks = 3,
                                          .flows = 4,
                                          .limited_flows = 5,
                                          .bytes = 6,
                                          .jain = 0.25,
                                          .window_us = 30000};
    struct burst_row burst = {.group = "web",
                              .flow = 1,
                              .direction = SHAPER_READ,
                              .stream = BURST_DELIVERED,
                              .measure = "sigma",
                              .x = 2,
                              .bytes = 3};
    const struct delay_row delay = {
        .group = "web", .direction = SHAPER_WRITE, .delay_us = 1, .packets = 2};
    const struct delay_second_row second = {.group = "web",
                                            .direction = SHAPER_WRITE,
                                            .second = 3,
                                            .packets = 2,
                                            .delay_us = {4, 5, 6000000}};

    (void)state;
    expect_row(RUN_FAIRNESS, &fairness, "0.000001,2,web,write,3,4,5,6,0.250000000,0.030000");
    expect_row(RUN_BURST, &burst, "web,1,read,delivered,sigma,2,3");
    burst.flow = 0;
    burst.stream = BURST_OFFERED;
    expect_row(RUN_BURST, &burst, "web,,read,offered,sigma,2,3");
    expect_row(RUN_DELAYS, &delay, "web,write,0.000001,2");
    expect_row(RUN_DELAYS_TIME, &second, "web,write,3,2,0.000004,0.000005,6.000000");
}

static void an_event_round_trips(void **state)
{
    struct event_row row = {.time_us = 1,
                            .tick = 2,
                            .group = "web",
                            .event = "set-limit",
                            .flow = 15,
                            .has_bucket = true,
                            .has_bucket_after = true,
                            .has_limit = true,
                            .has_min_share = true,
                            .before_bytes = {-3, 5},
                            .after_bytes = {4, -6},
                            .rate_bytes_per_tick = {7, 9},
                            .burst_bytes = {8, 10},
                            .effective_min_share_bytes = 11};

    (void)state;
    expect_row(RUN_EVENTS, &row, "0.000001,2,web,set-limit,-3,4,5,-6,7,8,9,10,11,15");
    row.flow = 0;
    row.has_bucket = false;
    expect_row(RUN_EVENTS, &row, "0.000001,2,web,set-limit,,4,,-6,7,8,9,10,11,");
    row.has_bucket_after = false;
    expect_row(RUN_EVENTS, &row, "0.000001,2,web,set-limit,,,,,7,8,9,10,11,");
    row.has_limit = false;
    expect_row(RUN_EVENTS, &row, "0.000001,2,web,set-limit,,,,,,,,,11,");
    row.has_min_share = false;
    expect_row(RUN_EVENTS, &row, "0.000001,2,web,set-limit,,,,,,,,,,");
}

static void counts_round_trip(void **state)
{
    const struct filter_row filter = {.flow = 1,
                                      .group = "web",
                                      .direction = SHAPER_WRITE,
                                      .position = 2,
                                      .filter = "deflate",
                                      .counts = {.sent_before_bytes = 3,
                                                 .sent_after_bytes = 4,
                                                 .received_before_bytes = 5,
                                                 .received_after_bytes = 6,
                                                 .sent_crc32 = 0xab,
                                                 .received_crc32 = 0xfedcba98}};
    const struct application_row application = {.flow = 1,
                                                .group = "web",
                                                .counts = {.held_packets = 2,
                                                           .held_bytes = 3,
                                                           .max_held_bytes = 4,
                                                           .max_held_us = 5,
                                                           .timeouts = {6, 7},
                                                           .flushed_bytes = {8, 9}}};

    (void)state;
    expect_row(RUN_FILTERS, &filter, "1,web,write,2,deflate,3,4,5,6,000000ab,fedcba98");
    expect_row(RUN_APPLICATION, &application, "1,web,2,3,4,0.000005,6,7,8,9");
}

static void an_exchange_round_trips(void **state)
{
    struct exchange_row row = {.flow = 1,
                               .exchange = 2,
                               .group = "web",
                               .start_us = 3,
                               .request_bytes = 4,
                               .response_bytes = 5,
                               .captured_first_byte_us = 6,
                               .first_byte_us = 7,
                               .captured_response_us = 8,
                               .response_us = 9};

    (void)state;
    expect_row(RUN_EXCHANGES, &row, "1,2,web,0.000003,4,5,0.000006,0.000007,0.000008,0.000009");
    row.start_us = row.captured_first_byte_us = row.first_byte_us = -1;
    row.captured_response_us = row.response_us = -1;
    expect_row(RUN_EXCHANGES, &row, "1,2,web,,4,5,,,,");
}

static void a_column_that_is_missing_is_named(void **state)
{
    static const int columns[] = {DELAYS_GROUP, DELAYS_DELAY};
    char error[SIM_ERROR_BYTES];
    struct csv_reader *reader;
    int at[2];
    FILE *out = fopen(scratch_path("rows.csv"), "w");

    (void)state;
    assert_non_null(out);
    fputs("packets,group\n", out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(csv_reader_open(scratch_directory(), "rows.csv", &reader, error), SIM_OK);
    assert_int_equal(csv_table_find_all(&delays_table, columns, 1, SHAPER_READ, reader, at, error),
                     SIM_OK);
    assert_int_equal(at[0], 1);
    assert_int_equal(csv_table_find_all(&delays_table, columns, 2, SHAPER_READ, reader, at, error),
                     SIM_FAILED);
    assert_string_equal(
        error, "rows.csv: header: has no column delay_s; was the file written by another version?");
    csv_reader_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_those_relied_on),
        cmocka_unit_test(columns_say_what_they_are),
        cmocka_unit_test_setup_teardown(a_tick_round_trips, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(a_flows_tick_round_trips, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(a_flow_round_trips, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(figures_round_trip, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(an_event_round_trips, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(counts_round_trip, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(an_exchange_round_trips, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(a_column_that_is_missing_is_named, scratch_make,
                                        scratch_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
