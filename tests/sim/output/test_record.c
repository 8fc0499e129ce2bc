#include "sim/output/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/output/owned_directory.h"
#include "tests/scratch.h"

static const struct record_parts no_parts;
static const struct record_parts all_parts = {
    .has_events = true, .has_filters = true, .has_application = true, .has_exchanges = true};

static struct owned_directory directory;
static struct record *record;
static char error[SIM_ERROR_BYTES];

static int set_up(void **state)
{
    const char *name;

    scratch_make(state);
    scratch_path(OWNED_MARKER);
    for (size_t i = 0; (name = record_known_file(i)); i++)
        scratch_path(name);
    assert_int_equal(owned_directory_open(&directory, OWNED_RUN, scratch_directory()), 0);
    return 0;
}

static int tear_down(void **state)
{
    owned_directory_unmark(&directory);
    owned_directory_close(&directory);
    return scratch_remove(state);
}

static void open_record(const struct record_parts *parts)
{
    assert_int_equal(record_open(&directory, parts, &record, error), SIM_OK);
}

static bool is_there(const char *name, const char *end)
{
    char path[SCRATCH_PATH_BYTES + 32];

    snprintf(path, sizeof(path), "%s/%s%s", scratch_directory(), name, end);
    return access(path, F_OK) == 0;
}

static void expect_names(const char *const *names)
{
    size_t i = 0;

    for (; names[i]; i++)
        assert_string_equal(record_file_name(record, i), names[i]);
    assert_null(record_file_name(record, i));
}

static void a_run_has_the_files_that_it_needs(void **state)
{
    (void)state;
    static const char *const always[] = {
        "ticks.csv", "flow_ticks.csv", "flows.csv",       "fairness.csv",
        "burst.csv", "delays.csv",     "delays_time.csv", NULL};
    static const char *const all[] = {"ticks.csv",       "flow_ticks.csv", "flows.csv",
                                      "fairness.csv",    "burst.csv",      "delays.csv",
                                      "delays_time.csv", "events.csv",     "filters.csv",
                                      "application.csv", "exchanges.csv",  NULL};

    open_record(&no_parts);
    expect_names(always);
    record_discard(record);
    open_record(&all_parts);
    expect_names(all);
    record_discard(record);
}

static void known_files_are_those_of_any_run(void **state)
{
    (void)state;
    assert_string_equal(record_known_file(0), "ticks.csv");
    assert_string_equal(record_known_file(6), "delays_time.csv");
    assert_string_equal(record_known_file(7), "events.csv");
    assert_string_equal(record_known_file(11), "shaped.pcap");
    assert_null(record_known_file(12));
}

static void files_get_their_names_together(void **state)
{
    (void)state;
    static const struct application_row row = {.flow = 7,
                                               .group = "web",
                                               .counts = {.held_packets = 1,
                                                          .held_bytes = 100,
                                                          .max_held_bytes = 60,
                                                          .max_held_us = 80000,
                                                          .timeouts = {2, 0},
                                                          .flushed_bytes = {0, 5}}};
    struct recorded_files files;
    char text[1024];

    open_record(&all_parts);
    record_application(record, &row);
    assert_true(is_there("application.csv", ".part"));
    assert_false(is_there("application.csv", ""));
    assert_false(record_failed(record));
    assert_int_equal(record_commit(record, &files, error), SIM_OK);
    assert_false(is_there("application.csv", ".part"));
    assert_int_equal(files.count, 11);
    assert_string_equal(files.files[9].name, "application.csv");
    assert_string_equal(files.files[9].hash, "a40b7315baf053c410e4e4e808890bc6");
    FILE *file = fopen(scratch_path("application.csv"), "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, "flow,group,held_packets,held_bytes,max_held_bytes,max_held_s,"
                              "read_timeouts,write_timeouts,flushed_read_bytes,"
                              "flushed_written_bytes\n"
                              "7,web,1,100,60,0.080000,2,0,0,5\n");
}

static void end_exchange(int64_t now_us, uint64_t flow, uint64_t exchange)
{
    const struct exchange_row row = {.flow = flow,
                                     .exchange = exchange,
                                     .group = "web",
                                     .start_us = now_us,
                                     .captured_first_byte_us = -1,
                                     .first_byte_us = -1,
                                     .captured_response_us = -1,
                                     .response_us = -1};

    assert_int_equal(record_exchange(record, now_us, &row), 0);
}

static void exchanges_of_one_instant_are_ordered_by_flow(void **state)
{
    (void)state;
    struct recorded_files files;
    char text[1024];

    open_record(&all_parts);
    end_exchange(5, 9, 1);
    end_exchange(7, 3, 2);
    end_exchange(7, 1, 4);
    end_exchange(7, 3, 3);
    assert_int_equal(record_commit(record, &files, error), SIM_OK);
    FILE *file = fopen(scratch_path("exchanges.csv"), "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(strchr(text, '\n'), "\n9,1,web,0.000005,0,0,,,,\n1,4,web,0.000007,0,0,,,,\n"
                                            "3,2,web,0.000007,0,0,,,,\n3,3,web,0.000007,0,0,,,,\n");
}

static void a_record_is_discarded_without_a_trace(void **state)
{
    (void)state;
    const char *name;

    open_record(&all_parts);
    record_discard(record);
    for (size_t i = 0; (name = record_known_file(i)); i++) {
        assert_false(is_there(name, ""));
        assert_false(is_there(name, ".part"));
    }
    record_discard(NULL);
}

static void a_partial_record_stays_under_its_temporary_names(void **state)
{
    (void)state;
    char path[SCRATCH_PATH_BYTES + 32];
    const char *name;
    size_t parts = 0;

    open_record(&all_parts);
    record_keep_partial(record);
    for (size_t i = 0; (name = record_known_file(i)); i++) {
        assert_false(is_there(name, ""));
        parts += is_there(name, ".part");
        snprintf(path, sizeof(path), "%s/%s.part", scratch_directory(), name);
        unlink(path);
    }
    assert_int_equal(parts, 11);
}

static void delays_are_written_from_the_shortest(void **state)
{
    (void)state;
    struct delay_histogram delays = {0};
    struct recorded_files files;
    char text[1024];

    delay_histogram_add(&delays, 300);
    delay_histogram_add(&delays, 5);
    delay_histogram_add(&delays, 5);
    open_record(&no_parts);
    record_delays(record, "web", SHAPER_WRITE, &delays);
    assert_int_equal(record_commit(record, &files, error), SIM_OK);
    FILE *file = fopen(scratch_path("delays.csv"), "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    delay_histogram_fini(&delays);
    assert_string_equal(text, "group,direction,delay_s,packets\n"
                              "web,write,0.000005,2\n"
                              "web,write,0.000300,1\n");
}

static void protocols_and_addresses_are_written_as_people_do(void **state)
{
    (void)state;
    static const struct endpoint v4 = {.address = {192, 0, 2, 255}};
    static const struct endpoint v6 = {.address = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
    char scratch[4], text[ADDRESS_TEXT_BYTES];

    assert_string_equal(protocol_name(6, scratch), "tcp");
    assert_string_equal(protocol_name(17, scratch), "udp");
    assert_string_equal(protocol_name(132, scratch), "sctp");
    assert_string_equal(protocol_name(255, scratch), "255");
    address_print(text, 4, &v4);
    assert_string_equal(text, "192.0.2.255");
    address_print(text, 6, &v6);
    assert_string_equal(text, "2001:db8::1");
}

#define in_a_directory(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_directory(a_run_has_the_files_that_it_needs),
        in_a_directory(known_files_are_those_of_any_run),
        in_a_directory(files_get_their_names_together),
        in_a_directory(exchanges_of_one_instant_are_ordered_by_flow),
        in_a_directory(a_record_is_discarded_without_a_trace),
        in_a_directory(a_partial_record_stays_under_its_temporary_names),
        in_a_directory(delays_are_written_from_the_shortest),
        in_a_directory(protocols_and_addresses_are_written_as_people_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
