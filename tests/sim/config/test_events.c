#include "sim/config/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/config/config.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AT_MAX       4

/* A run with the groups "web" and "all", and one "own" that has only per-flow limits. */
struct fixture {
    struct run_config config;
    char error[SIM_ERROR_BYTES];
};

static int resolve(struct fixture *fixture, const char *const *texts)
{
    static const char *const specs[] = {"name=web,rate=1000B/tick,tick=10ms",
                                        "name=own,flow-rate=500B/tick", "name=all,rate=2000B/tick"};
    struct run_config *config = &fixture->config;

    run_config_init(config);
    fixture->error[0] = '\0';
    for (size_t i = 0; i < COUNT(specs); i++) {
        assert_int_equal(group_config_parse(specs[i], &config->specs[i], fixture->error), SIM_OK);
        assert_int_equal(
            group_config_resolve(&config->specs[i], false, &config->limits[i], fixture->error),
            SIM_OK);
        config->groups++;
    }
    for (size_t i = 0; i < AT_MAX && texts[i]; i++)
        config->at[config->at_count++] = texts[i];
    return events_resolve(config, fixture->error);
}

static void expect_limit(const struct shaper_limit *limit, int64_t rate, int64_t burst,
                         int64_t tick_ms)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        assert_int_equal(limit->rate_bytes_per_tick[d], rate);
        assert_int_equal(limit->burst_bytes[d], burst);
    }
    assert_int_equal(limit->tick_ms, tick_ms);
}

static void flows_have_events(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_us;
        enum run_event_kind kind;
        uint64_t flow;
        size_t group_index;           /* of a join */
        int64_t rate, burst, tick_ms; /* of a limit */
    } rows[] = {
        {"5s:flow=3,leave", 5000000, EVENT_FLOW_LEAVE, 3, 0, 0, 0, 0},
        {"0s:flow=1,join=web", 0, EVENT_FLOW_JOIN, 1, 0, 0, 0, 0},
        {"1500us:flow=2,join=all", 1500, EVENT_FLOW_JOIN, 2, 2, 0, 0, 0},
        {"1m:flow=3,rate=none", 60000000, EVENT_FLOW_UNLIMIT, 3, 0, 0, 0, 0},
        {"1s:flow=3,rate=700B/tick", 1000000, EVENT_FLOW_LIMIT, 3, 0, 700, 700, 1000},
        {"1s:flow=3,rate=8kbit,tick=10ms", 1000000, EVENT_FLOW_LIMIT, 3, 0, 10, 10, 10},
        {"1s:flow=3,tick=20ms,burst=64KiB,rate=1MB/s", 1000000, EVENT_FLOW_LIMIT, 3, 0, 20000,
         65536, 20},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const texts[AT_MAX] = {rows[i].text};
        struct fixture f;
        int status = resolve(&f, texts);
        const struct run_event *event = &f.config.events[0];
        assert_string_equal(f.error, "");
        assert_int_equal(status, SIM_OK);
        assert_int_equal(f.config.event_count, 1);
        assert_int_equal(event->time_us, rows[i].time_us);
        assert_int_equal(event->kind, rows[i].kind);
        assert_int_equal(event->flow, rows[i].flow);
        if (event->kind == EVENT_FLOW_JOIN)
            assert_int_equal(event->group_index, rows[i].group_index);
        if (event->kind == EVENT_FLOW_LIMIT)
            expect_limit(&event->limit, rows[i].rate, rows[i].burst, rows[i].tick_ms);
        assert_true(run_config_has_events(&f.config));
        run_config_fini(&f.config);
    }
}

#define WHAT_TO_WRITE                                                                              \
    "write leave, join=GROUP, rate=none, rate=RATE with burst= and tick=, or decrement-read=SIZE " \
    "or decrement-write=SIZE"
#define A_NUMBER   "write a whole number from 1 to 9223372036854775807"
#define TWO_THINGS "says two things of a flow; write an --at for each"

static const struct {
    const char *text, *error;
} bad_flow_event_rows[] = {
    {"5s:flow=3", "--at 5s:flow=3: says nothing to do, like leave"},
    {"5s:flow=,leave", "--at: flow : " A_NUMBER},
    {"5s:flow=0,leave", "--at: flow 0: " A_NUMBER},
    {"5s:flow=-1,leave", "--at: flow -1: " A_NUMBER},
    {"5s:flow=x,leave", "--at: flow x: " A_NUMBER},
    {"5s:flow=3,", "--at: flow 3: : " WHAT_TO_WRITE},
    {"5s:flow=3,go", "--at: flow 3: go: " WHAT_TO_WRITE},
    {"5s:flow=3,leave=web", "--at: flow 3: leave: " WHAT_TO_WRITE},
    {"5s:flow=3,join", "--at: flow 3: join: " WHAT_TO_WRITE},
    {"5s:flow=3,rate", "--at: flow 3: rate: " WHAT_TO_WRITE},
    {"5s:flow=3,min-share=64", "--at: flow 3: min-share: " WHAT_TO_WRITE},
    {"5s:flow=3,read-rate=1mbit", "--at: flow 3: read-rate: " WHAT_TO_WRITE},
    {"5s:flow=3,group=web", "--at: flow 3: group: " WHAT_TO_WRITE},
    {"5s:flow=3,join=", "--at 5s:flow=3,join=: there is no group ; its name stands in --group"},
    {"5s:flow=3,join=mail",
     "--at 5s:flow=3,join=mail: there is no group mail; its name stands in --group"},
    {"5s:flow=3,join=own", "--at 5s:flow=3,join=own: group own has no group limit; give it a rate"},
    {"5s:flow=3,leave,leave", "--at 5s:flow=3,leave,leave: gives leave twice; give each key once"},
    {"5s:flow=3,leave,join=web", "--at 5s:flow=3,leave,join=web: " TWO_THINGS},
    {"5s:flow=3,join=web,join=all",
     "--at 5s:flow=3,join=web,join=all: gives join twice; give each key once"},
    {"5s:flow=3,leave,rate=1mbit", "--at 5s:flow=3,leave,rate=1mbit: " TWO_THINGS},
    {"5s:flow=3,rate=1mbit,leave", "--at 5s:flow=3,rate=1mbit,leave: " TWO_THINGS},
    {"5s:flow=3,decrement-read", "--at: flow 3: decrement-read: " WHAT_TO_WRITE},
    {"5s:flow=3,decrement-read=1,decrement-read=2",
     "--at 5s:flow=3,decrement-read=1,decrement-read=2: gives decrement-read twice; give each key "
     "once"},
    {"5s:flow=3,decrement-read=1,leave", "--at 5s:flow=3,decrement-read=1,leave: " TWO_THINGS},
    {"5s:flow=3,rate=1mbit,decrement-read=1",
     "--at 5s:flow=3,rate=1mbit,decrement-read=1: " TWO_THINGS},
    {"5s:flow=3,decrement-read=-3000MB",
     "--at: flow 3: decrement-read -3000MB: above 2147483647; use less"},
    {"5s:flow=3,rate=none,burst=1MB", "--at 5s:flow=3,rate=none,burst=1MB: " TWO_THINGS},
    {"5s:flow=3,rate=1mbit,rate=none",
     "--at 5s:flow=3,rate=1mbit,rate=none: gives rate twice; give each key once"},
    {"5s:flow=3,rate=10", "--at: flow 3: rate 10: a rate needs a unit; write 10mbit (bits per "
                          "second), 10MB/s (bytes "
                          "per second) or 10B/tick (libevent's own)"},
    {"5s:flow=3,rate=1mbit,tick=1500us",
     "--at: flow 3: tick 1500us: libevent counts ticks in whole milliseconds (it would drop "
     "the "
     "fraction, or divide by zero); use a whole number of ms, at least 1ms"},
    {"5s:flow=3,burst=1MB",
     "--at 5s:flow=3,burst=1MB: burst, tick and min-share limit nothing without a rate; add "
     "rate=10mbit"},
    {"5s:flow=3,tick=10ms",
     "--at 5s:flow=3,tick=10ms: burst, tick and min-share limit nothing without a rate; add "
     "rate=10mbit"},
    {"5s:flow=3,rate=1000B/tick,burst=999",
     "--at 5s:flow=3,rate=1000B/tick,burst=999: burst (read) of 999 B is below one tick's "
     "worth, which libevent refuses; use 1000B or more, or a tick shorter than 1000ms"},
    {"5s:flow=3,rate=1B/s,tick=10ms",
     "--at 5s:flow=3,rate=1B/s,tick=10ms: rate (read) is below one byte per tick of 10 ms; use "
     "a longer tick or a higher rate"},
    {"flow=3,leave",
     "--at flow=3,leave: write a time, a colon and what happens, like 2s:group=all,rate=5mbit"},
    {"5:flow=3,leave", "--at 5: a time needs a unit; write 5ms, 5s or 5m"},
    {"5s:flows=3,leave", "--at 5s:flows=3,leave: begin with the group, like group=all,..."},
};

static void bad_events_of_flows_are_refused(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(bad_flow_event_rows); i++) {
        const char *const texts[AT_MAX] = {bad_flow_event_rows[i].text};
        struct fixture f;
        assert_int_equal(resolve(&f, texts), SIM_MISUSE);
        assert_string_equal(f.error, bad_flow_event_rows[i].error);
        assert_int_equal(f.config.event_count, 0);
        run_config_fini(&f.config);
    }
}

/* Both decrements in one --at are two events, in their order. */
static void a_flow_is_decremented(void **state)
{
    (void)state;
    static const char *const texts[AT_MAX] = {"1s:flow=3,decrement-write=2500,decrement-read=-1kB",
                                              "500ms:flow=3,decrement-read=7"};
    static const struct {
        enum shaper_direction direction;
        int64_t bytes;
    } rows[] = {{SHAPER_READ, 7}, {SHAPER_WRITE, 2500}, {SHAPER_READ, -1000}};
    struct fixture f;

    assert_int_equal(resolve(&f, texts), SIM_OK);
    assert_int_equal(f.config.event_count, COUNT(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct run_event *event = &f.config.events[i];
        assert_int_equal(event->kind, EVENT_FLOW_DECREMENT);
        assert_int_equal(event->flow, 3);
        assert_int_equal(event->direction, rows[i].direction);
        assert_int_equal(event->bytes, rows[i].bytes);
        assert_string_equal(run_event_name(event->kind, event->direction),
                            run_event_name(EVENT_DECREMENT, rows[i].direction));
    }
    run_config_fini(&f.config);
}

/* In the order of time; of one instant, in the order of the command line. */
static void events_are_put_in_order(void **state)
{
    (void)state;
    static const char *const texts[AT_MAX] = {"2s:flow=1,rate=1mbit,tick=30ms", "2s:flow=1,leave",
                                              "1s:group=web,rate=500B/tick", "2s:flow=1,join=web"};
    static const enum run_event_kind kinds[] = {EVENT_SET_LIMIT, EVENT_FLOW_LIMIT, EVENT_FLOW_LEAVE,
                                                EVENT_FLOW_JOIN};
    struct fixture f;

    assert_int_equal(resolve(&f, texts), SIM_OK);
    assert_int_equal(f.config.event_count, COUNT(kinds));
    for (size_t i = 0; i < COUNT(kinds); i++)
        assert_int_equal(f.config.events[i].kind, kinds[i]);
    expect_limit(&f.config.events[0].limit, 500, 500, 10);
    /* a flow's new tick counts among the others: of 10, 1000 and 30 ms */
    assert_int_equal(run_config_alignment_ms(&f.config), 3000);
    assert_int_equal(run_config_shortest_tick_ms(&f.config), 10);
    run_config_fini(&f.config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_have_events),
        cmocka_unit_test(bad_events_of_flows_are_refused),
        cmocka_unit_test(a_flow_is_decremented),
        cmocka_unit_test(events_are_put_in_order),
    };

    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
