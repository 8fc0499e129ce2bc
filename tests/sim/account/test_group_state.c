#include "sim/account/group_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <event2/event.h>
#include <utlist.h>

#include "sim/clock/clock.h"
#include "sim/clock/loop.h"
#include "sim/output/owned_directory.h"
#include "tests/scratch.h"

/* 1000 bytes a tick of 100 ms in both directions, a burst of 2500. */
static const struct group_limits limits = {
    .has_group = true,
    .group = {.tick_ms = 100, .rate_bytes_per_tick = {1000, 1000}, .burst_bytes = {2500, 2500}},
    .min_share_bytes = 64,
    .effective_min_share_bytes = 64,
    .tick_ms = 100,
};
/* Ticks with rows, and no bucket. */
static const struct group_limits no_bucket = {.tick_ms = 100};

static struct event_base *base;
static struct shaper *shaper;
static struct owned_directory directory;
static struct record *record;
static struct group_state group;
static char error[SIM_ERROR_BYTES];

static int set_up(void **state)
{
    static const struct sim_clock_driver driver;
    const struct record_parts parts = {.has_events = true};
    const char *name;

    scratch_make(state);
    scratch_path(OWNED_MARKER);
    sim_clock_start(SIM_CLOCK_VIRTUAL, 100, &driver);
    base = loop_new();
    shaper = shaper_new(base);
    assert_int_equal(owned_directory_open(&directory, OWNED_RUN, scratch_directory()), 0);
    assert_int_equal(record_open(&directory, &parts, &record, error), SIM_OK);
    for (size_t i = 0; (name = record_file_name(record, i)); i++)
        scratch_path(name);
    group = (struct group_state){0};
    return 0;
}

static int tear_down(void **state)
{
    group_state_fini(&group);
    shaper_free(shaper);
    event_base_free(base);
    sim_clock_stop();
    owned_directory_unmark(&directory);
    owned_directory_close(&directory);
    return scratch_remove(state);
}

static void make_group(const struct group_limits *with)
{
    const struct group_setup setup = {.name = "web", .limits = with};

    assert_int_equal(group_state_init(&group, &setup, shaper, error), SIM_OK);
}

/* Ends the record. */
static void commit(void)
{
    struct recorded_files files;

    assert_int_equal(record_commit(record, &files, error), SIM_OK);
}

/* What a file has after its header. */
static void expect_rows(const char *name, const char *expected)
{
    char text[4096];
    FILE *file = fopen(scratch_path(name), "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(strchr(text, '\n') + 1, expected);
}

static void expect_levels(int64_t read_bytes, int64_t write_bytes)
{
    int64_t levels[SHAPER_DIRECTIONS];

    group_state_read_levels(&group, levels);
    assert_int_equal(levels[SHAPER_READ], read_bytes);
    assert_int_equal(levels[SHAPER_WRITE], write_bytes);
}

static void offer(struct flow_state *flow, uint32_t bytes)
{
    assert_int_equal(flow_state_offered(flow, SHAPER_WRITE, bytes, sim_clock_now_us()), 0);
    group_state_offered(&group, flow, SHAPER_WRITE, bytes);
}

static void deliver(struct flow_state *flow, uint64_t bytes)
{
    flow->row.delivered_bytes[SHAPER_WRITE] += bytes;
    flow->tick_bytes[SHAPER_WRITE] += bytes;
    group_state_charged(&group, SHAPER_WRITE, bytes);
    group_state_delivered(&group, flow, SHAPER_WRITE, bytes);
}

static struct flow_state *join(void)
{
    static const struct flow traced = {.number = 7};
    struct flow_state *flow = flow_state_new(&traced, false, 0);

    assert_non_null(flow);
    group_state_take_in(&group, flow);
    group_state_joined(&group);
    flow->is_recorded = true;
    flow->is_listed = true;
    DL_APPEND(group.recorded, flow);
    return flow;
}

static void buckets_start_with_what_is_asked_for(void **state)
{
    (void)state;
    const struct initial_tokens none = {0};
    const struct initial_tokens tick = {.is_given = true, .kind = INITIAL_TOKENS_TICK};
    const struct initial_tokens size = {
        .is_given = true, .kind = INITIAL_TOKENS_SIZE, .bytes = 2501};
    const struct initial_tokens burst = {.is_given = true, .kind = INITIAL_TOKENS_BURST};

    make_group(&limits);
    group_state_set_initial_tokens(&group, &none, record);
    expect_levels(1000, 1000);
    group_state_set_initial_tokens(&group, &tick, record); /* as libevent's: no event */
    expect_levels(1000, 1000);
    group_state_set_initial_tokens(&group, &size, record);
    expect_levels(2501, 2501);
    assert_int_equal(group.totals.credits_above_burst, 2);
    group_state_set_initial_tokens(&group, &burst, record);
    expect_levels(2500, 2500);
    assert_int_equal(group.totals.credits_above_burst, 2);
    commit();
    expect_rows("events.csv",
                "0.000000,0,web,initial-tokens,1000,2501,1000,1000,1000,2500,1000,2500,64,\n"
                "0.000000,0,web,initial-tokens,2501,2501,1000,2501,1000,2500,1000,2500,64,\n"
                "0.000000,0,web,initial-tokens,2501,2500,2501,2501,1000,2500,1000,2500,64,\n"
                "0.000000,0,web,initial-tokens,2500,2500,2501,2500,1000,2500,1000,2500,64,\n");
}

static void a_tick_has_a_row_for_the_group_and_for_each_flow(void **state)
{
    (void)state;
    make_group(&limits);
    group_state_open_tick(&group, record);
    struct flow_state *flow = join();
    offer(flow, 700);
    deliver(flow, 300);
    shaper_group_decrement(group.shaper_group, SHAPER_WRITE, 300);
    assert_int_equal(group_state_tick_end_us(&group), 100000);
    assert_int_equal(group_state_close_ticks(&group, 99999, false, record), 0);
    assert_int_equal(group.tick, 0);
    assert_int_equal(group_state_close_ticks(&group, 100000, false, record), 0);
    assert_int_equal(group.tick, 1);
    assert_int_equal(group.totals.peak_tick_bytes[SHAPER_WRITE], 300);
    assert_int_equal(group.totals.peak_backlog_bytes[SHAPER_WRITE], 700);
    assert_int_equal(group.totals.charged_bytes[SHAPER_WRITE], 300);
    assert_false(flow->is_listed); /* it has no channel: it had left, and this was its last row */
    flow_state_free(flow);
    commit();
    expect_rows("ticks.csv", "0.000000,0,web,1,1,1000,1000,1000,700,0,300,0,0,0,400\n");
    expect_rows("flow_ticks.csv", "0.000000,0,web,7,,,0,300,0,400,,\n");
}

static void idle_ticks_are_counted_or_skipped(void **state)
{
    (void)state;
    make_group(&no_bucket);
    group_state_joined(&group); /* the first tick is not idle */
    group_state_left(&group);
    assert_int_equal(group_state_close_ticks(&group, 300000, false, record), 2);
    assert_int_equal(group_state_close_ticks(&group, 400000, true, record), 0);
    assert_int_equal(group_state_close_ticks(&group, 500000, false, NULL), 0);
    assert_int_equal(group_state_idle_rows(&group, 5), 5);
    struct flow_state *flow = join();
    assert_int_equal(group_state_idle_rows(&group, 5), 6); /* it has left: one row to come */
    group_state_skip_ticks(&group, 1000000);
    assert_int_equal(group.tick, 9); /* the tick that ends there is not passed over */
    assert_int_equal(group_state_tick_end_us(&group), 1000000);
    assert_int_equal(group.totals.ticks, 9);
    DL_DELETE(group.recorded, flow);
    flow_state_free(flow);
    commit();
    expect_rows("ticks.csv", "0.000000,0,web,0,0,,,,,0,0,0,0,0,0\n"
                             "0.100000,1,web,0,0,,,,,0,0,0,0,0,0\n"
                             "0.200000,2,web,0,0,,,,,0,0,0,0,0,0\n");
}

static void a_flow_that_moves_takes_its_backlog_along(void **state)
{
    (void)state;
    struct group_state to = {0};
    const struct group_setup none = {.name = GROUP_NAME_NONE};

    make_group(&no_bucket);
    assert_int_equal(group_state_init(&to, &none, shaper, error), SIM_OK);
    struct flow_state *flow = join();
    offer(flow, 1000);
    deliver(flow, 400);
    group_state_flow_moves(&group, flow, &to, record);
    assert_int_equal(group.totals.offered_bytes[SHAPER_WRITE], 400);
    assert_int_equal(group.backlog_bytes[SHAPER_WRITE], 0);
    assert_int_equal(group.backlogged_flows, 0);
    assert_int_equal(group.members, 0);
    assert_int_equal(to.totals.offered_bytes[SHAPER_WRITE], 600);
    assert_int_equal(to.totals.peak_backlog_bytes[SHAPER_WRITE], 600);
    assert_int_equal(to.backlogged_flows, 1);
    assert_int_equal(to.members, 1);
    assert_false(flow->is_listed); /* "-" has no ticks */
    assert_int_equal(flow->tick_bytes[SHAPER_WRITE], 0);
    assert_int_equal(group_state_tick_end_us(&to), CLOCK_NEVER_US);
    flow_state_free(flow);
    group_state_fini(&to);
    commit();
    expect_rows("flow_ticks.csv", "0.000000,0,web,7,,,0,400,0,600,,\n"); /* what it left */
}

#define with_a_record(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_a_record(buckets_start_with_what_is_asked_for),
        with_a_record(a_tick_has_a_row_for_the_group_and_for_each_flow),
        with_a_record(idle_ticks_are_counted_or_skipped),
        with_a_record(a_flow_that_moves_takes_its_backlog_along),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
