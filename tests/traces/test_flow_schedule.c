#include "traces/flow_schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "traces/synth_random.h"
#include "traces/trace.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EVENTS_MAX   400
#define FLOWS_MAX    40
#define COPIES_MAX   3
#define LOG_BYTES    4096

/* A captured event. */
struct row {
    int64_t time_us;
    uint32_t flow; /* from 0, in the order of opening */
    enum flow_event_kind kind;
    bool opens_flow;
};

/* What is captured, and the reader's side of it. */
struct trace {
    struct row rows[EVENTS_MAX];
    size_t count;
    struct flow flows[FLOWS_MAX];
    void *users[FLOWS_MAX];
};

static struct trace trace;

static void begin(void)
{
    memset(&trace, 0, sizeof(trace));
}

static void add(int64_t time_us, uint32_t flow, enum flow_event_kind kind)
{
    bool opens = trace.flows[flow].number == 0;

    assert_true(trace.count < EVENTS_MAX);
    trace.rows[trace.count++] = (struct row){time_us, flow, kind, opens};
    if (opens)
        trace.flows[flow] = (struct flow){.number = flow + 1,
                                          .ip_version = 4,
                                          .protocol = PROTOCOL_TCP,
                                          .initiator = {{10, 0, 0, 1}, 5000},
                                          .responder = {{10, 0, 0, 2}, 80}};
}

/* The close and the retirement of a flow. */
static void end(int64_t time_us, uint32_t flow)
{
    add(time_us, flow, FLOW_EVENT_CLOSE);
    add(time_us, flow, FLOW_EVENT_RETIRE);
}

/* The event of a row; its packet has the row's number as its only byte and as its count. */
static struct flow_event event_of(size_t row)
{
    static uint8_t data;
    const struct row *from = &trace.rows[row];
    bool is_packet = from->kind == FLOW_EVENT_PACKET;

    data = (uint8_t)row;
    return (struct flow_event){.kind = from->kind,
                               .time_us = from->time_us,
                               .flow = &trace.flows[from->flow],
                               .user = &trace.users[from->flow],
                               .opens_flow = from->opens_flow,
                               .close = from->kind == FLOW_EVENT_CLOSE ? FLOW_CLOSED_FIN : 0,
                               .bytes = (uint32_t)row,
                               .packet = {.time_ns = from->time_us * 1000 + 7,
                                          .captured_bytes = is_packet ? 1 : 0,
                                          .data = &data},
                               .content = is_packet ? &data : NULL,
                               .content_bytes = is_packet ? 1 : 0};
}

static void put(struct flow_schedule *schedule, size_t row)
{
    const struct flow_source_counts counts = {.packets = row + 1};
    const struct flow_event event = event_of(row);

    assert_int_equal(flow_schedule_put(schedule, &event, &counts), TRACE_OK);
}

/* --- cases on paper -------------------------------------------------------------------------- */

static void log_add(char log[LOG_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void log_add(char log[LOG_BYTES], const char *format, ...)
{
    size_t used = strlen(log);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(log + used, LOG_BYTES - used, format, arguments);
    va_end(arguments);
}

static void log_ready(struct flow_schedule *schedule, char log[LOG_BYTES])
{
    static const char *const kinds[] = {
        [FLOW_EVENT_PACKET] = "", [FLOW_EVENT_CLOSE] = "c", [FLOW_EVENT_RETIRE] = "r"};
    struct flow_event event;

    while (flow_schedule_take(schedule, &event))
        log_add(log, " %s%lld:%llu.%u%s", event.opens_flow ? "+" : "", (long long)event.time_us,
                (unsigned long long)event.flow->number, event.flow->copy, kinds[event.kind]);
}

/* " +TIME:FLOW.COPY" for each event, in the order in which they come, and " |" after each one put
 * where others became ready. */
static void replay(const struct flow_schedule_options *options, char log[LOG_BYTES])
{
    struct flow_schedule *schedule = flow_schedule_new(options);

    assert_non_null(schedule);
    log[0] = '\0';
    for (size_t i = 0; i < trace.count; i++) {
        put(schedule, i);
        size_t before = strlen(log);
        log_ready(schedule, log);
        if (strlen(log) > before)
            log_add(log, " |");
    }
    flow_schedule_end(schedule);
    log_ready(schedule, log);
    flow_schedule_free(schedule);
}

/* The header's example. */
static void two_copies_at_twice_the_speed(void **state)
{
    (void)state;
    const struct flow_schedule_options options = {.copies = 2, .speed_milli = 2000};
    char log[LOG_BYTES];

    begin();
    add(0, 0, FLOW_EVENT_PACKET);
    add(30000, 1, FLOW_EVENT_PACKET);
    add(40000, 0, FLOW_EVENT_PACKET);
    add(50000, 1, FLOW_EVENT_PACKET);
    end(50000, 0);
    end(50000, 1);
    replay(&options, log);
    assert_string_equal(log, " +0:1.0 +0:2.1 | +15000:3.0 +15000:4.1 | 35000:3.0 35000:4.1"
                             " 35000:3.0c 35000:4.1c 35000:3.0r 35000:4.1r"
                             " 40000:1.0 40000:2.1 50000:1.0c 50000:2.1c 50000:1.0r 50000:2.1r");
}

/* At half the speed the second flow begins at 20, and the first, which has no gap, goes on as
 * captured. The second waits while the first, which might go on earlier, is open. */
static void half_the_speed(void **state)
{
    (void)state;
    const struct flow_schedule_options options = {.copies = 1, .speed_milli = 500};
    char log[LOG_BYTES];

    begin();
    add(0, 0, FLOW_EVENT_PACKET);
    add(10, 1, FLOW_EVENT_PACKET);
    add(15, 0, FLOW_EVENT_PACKET);
    end(15, 0);
    add(16, 1, FLOW_EVENT_PACKET);
    end(17, 1);
    replay(&options, log);
    assert_string_equal(log, " +0:1.0 | 15:1.0 | 15:1.0c | 15:1.0r +20:2.0 | 26:2.0 | 27:2.0c |"
                             " 27:2.0r |");
}

/* Flows change places where the later one is moved in front; of one time the first captured. */
static void flows_are_numbered_as_they_open(void **state)
{
    (void)state;
    const struct flow_schedule_options once = {.copies = 1, .speed_milli = 1000000},
                                       twice = {.copies = 2, .spread_us = 1000000, .seed = 3};
    char log[LOG_BYTES];

    begin();
    add(0, 0, FLOW_EVENT_PACKET);
    add(1000, 1, FLOW_EVENT_PACKET);
    add(1999, 2, FLOW_EVENT_PACKET);
    add(2000, 0, FLOW_EVENT_PACKET);
    for (uint32_t flow = 0; flow < 3; flow++)
        end(2000, flow);
    replay(&once, log);
    assert_string_equal(log, " +0:1.0 | +1:2.0 | +1:3.0 | 2:3.0c | 2:3.0r | 1001:2.0c"
                             " 1001:2.0r 2000:1.0 2000:1.0c 2000:1.0r");
    replay(&twice, log);
    assert_non_null(strstr(log, " +0:1.0 | +1000:2.0 | +1999:3.0 | 2000:1.0 |"));
    assert_non_null(strstr(log, ":4.1"));
}

/* --- against a naive sort --------------------------------------------------------------------- */

struct expected {
    int64_t time_us;
    size_t row;
    uint32_t copy;
};

static int by_time(const void *a, const void *b)
{
    const struct expected *x = a, *y = b;

    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->copy < y->copy ? -1 : x->copy > y->copy;
}

static uint64_t draw(uint64_t *state, uint64_t bound)
{
    return synth_random_next(state) % bound;
}

/* Flows with packets, many of them at one time, that end in mid-trace or at its end. */
static void make_random(uint64_t seed)
{
    uint64_t state = synth_random_init(seed, 0, 0);
    bool has_ended[FLOWS_MAX] = {false};
    uint32_t flows = 0;
    int64_t time_us = 0;

    begin();
    while (trace.count < EVENTS_MAX - 2 * FLOWS_MAX) {
        time_us += draw(&state, 3) ? 0 : (int64_t)draw(&state, 2000);
        uint32_t flow = (uint32_t)draw(&state, FLOWS_MAX);
        if (flow >= flows && flows == FLOWS_MAX)
            continue;
        flow = flow >= flows ? flows++ : flow;
        if (has_ended[flow])
            continue;
        has_ended[flow] = trace.flows[flow].number > 0 && draw(&state, 8) == 0;
        if (has_ended[flow])
            end(time_us, flow);
        else
            add(time_us, flow, FLOW_EVENT_PACKET);
    }
    for (uint32_t flow = 0; flow < flows; flow++)
        if (!has_ended[flow])
            end(time_us, flow);
}

static int64_t opened_us(uint32_t flow)
{
    for (size_t i = 0; i < trace.count; i++)
        if (trace.rows[i].flow == flow)
            return trace.rows[i].time_us;
    fail();
    return 0;
}

static int64_t sped_up(const struct flow_schedule_options *options, int64_t time_us)
{
    return time_us * 1000 / options->speed_milli;
}

/* The least time of anything that may follow the first `rows`. */
static int64_t naive_bound_us(const struct flow_schedule_options *options, size_t rows)
{
    int64_t now_us = trace.rows[rows - 1].time_us, least_us = sped_up(options, now_us);
    bool is_open[FLOWS_MAX] = {false};

    for (size_t i = 0; i < rows; i++)
        is_open[trace.rows[i].flow] = trace.rows[i].kind != FLOW_EVENT_RETIRE;
    for (uint32_t flow = 0; flow < FLOWS_MAX; flow++) {
        if (!is_open[flow])
            continue;
        int64_t open_us = opened_us(flow), next_us = sped_up(options, open_us) + now_us - open_us;
        least_us = next_us < least_us ? next_us : least_us;
    }
    return least_us;
}

/* When each copy of each flow started, beyond its own time. */
static int64_t offsets_us[FLOWS_MAX][COPIES_MAX];

/* Replays once to learn what the seed has drawn. */
static void learn_offsets(const struct flow_schedule_options *options)
{
    struct flow_schedule *schedule = flow_schedule_new(options);
    struct flow_event event;

    for (size_t i = 0; i < trace.count; i++)
        put(schedule, i);
    flow_schedule_end(schedule);
    while (flow_schedule_take(schedule, &event)) {
        uint32_t flow = trace.rows[event.bytes].flow;
        int64_t offset_us = event.time_us - sped_up(options, trace.rows[event.bytes].time_us);
        if (!event.opens_flow)
            continue;
        assert_in_range(event.flow->copy, 0, options->copies - 1);
        assert_true(offset_us == 0 ||
                    (event.flow->copy > 0 && offset_us > 0 && offset_us < options->spread_us));
        offsets_us[flow][event.flow->copy] = offset_us;
    }
    flow_schedule_free(schedule);
}

static size_t expect_all(const struct flow_schedule_options *options, struct expected *expected)
{
    size_t count = 0;

    for (size_t row = 0; row < trace.count; row++)
        for (uint32_t copy = 0; copy < options->copies; copy++) {
            uint32_t flow = trace.rows[row].flow;
            int64_t open_us = opened_us(flow);
            expected[count++] =
                (struct expected){sped_up(options, open_us) + trace.rows[row].time_us - open_us +
                                      offsets_us[flow][copy],
                                  row, copy};
        }
    qsort(expected, count, sizeof(*expected), by_time);
    return count;
}

/* What each copy's user's slot is given, and its number. */
struct seen {
    uint64_t opened;
    uint64_t numbers[FLOWS_MAX][COPIES_MAX];
};

static void check_event(const struct flow_schedule_options *options,
                        const struct flow_schedule *schedule, const struct flow_event *event,
                        const struct expected *expected, struct seen *seen)
{
    const struct row *row = &trace.rows[expected->row];
    uint64_t *number = &seen->numbers[row->flow][expected->copy];

    assert_int_equal(event->time_us, expected->time_us);
    assert_int_equal(event->bytes, expected->row);
    assert_int_equal(event->flow->copy, expected->copy);
    assert_int_equal(event->kind, row->kind);
    assert_int_equal(event->opens_flow, row->opens_flow);
    assert_int_equal(flow_schedule_number(schedule), expected->row + 1);
    if (row->opens_flow) {
        assert_null(*event->user);
        *event->user = number;
        *number = ++seen->opened;
    }
    assert_ptr_equal(*event->user, number);
    assert_int_equal(event->flow->number, *number);
    assert_int_equal(event->flow->close,
                     row->kind == FLOW_EVENT_PACKET ? FLOW_OPEN : FLOW_CLOSED_FIN);
    if (row->kind != FLOW_EVENT_PACKET)
        return;
    assert_int_equal(event->packet.time_ns, event->time_us * 1000 + 7);
    bool has_frame = options->keeps_frames || row->opens_flow;
    assert_int_equal(event->packet.captured_bytes, has_frame);
    if (has_frame)
        assert_int_equal(event->packet.data[0], (uint8_t)expected->row);
    assert_int_equal(event->content_bytes, options->keeps_content);
    if (options->keeps_content)
        assert_int_equal(event->content[0], (uint8_t)expected->row);
}

static void check_random(const struct flow_schedule_options *options)
{
    static struct expected expected[EVENTS_MAX * COPIES_MAX];
    struct flow_schedule *schedule = flow_schedule_new(options);
    struct seen seen = {.opened = 0};
    struct flow_event event;
    size_t taken = 0, put_rows = 0;

    assert_non_null(schedule);
    learn_offsets(options);
    size_t count = expect_all(options, expected);
    while (taken < count) {
        bool was_read = put_rows == trace.count;
        int64_t bound_us = put_rows == 0 ? -1
                           : was_read    ? INT64_MAX
                                         : naive_bound_us(options, put_rows);
        for (;
             taken < count && expected[taken].row < put_rows && expected[taken].time_us <= bound_us;
             taken++) {
            assert_true(flow_schedule_take(schedule, &event));
            check_event(options, schedule, &event, &expected[taken], &seen);
        }
        assert_false(flow_schedule_take(schedule, &event));
        if (put_rows < trace.count)
            put(schedule, put_rows++);
        if (put_rows == trace.count)
            flow_schedule_end(schedule);
    }
    assert_int_equal(put_rows, trace.count);
    flow_schedule_free(schedule);
}

static void all_events_come_in_order(void **state)
{
    (void)state;
    static const int64_t speeds_milli[] = {1, 500, 999, 1000, 1001, 2000, 1000000};
    static const int64_t spreads_us[] = {0, 1, 3000, 100000};

    for (uint64_t seed = 1; seed <= 4; seed++) {
        make_random(seed);
        for (size_t s = 0; s < COUNT(speeds_milli); s++)
            for (int64_t copies = 1; copies <= COPIES_MAX; copies++) {
                const struct flow_schedule_options options = {.copies = copies,
                                                              .spread_us = spreads_us[seed - 1],
                                                              .speed_milli = speeds_milli[s],
                                                              .seed = seed,
                                                              .keeps_frames = seed % 2 == 0,
                                                              .keeps_content = s % 2 == 0};
                check_random(&options);
            }
    }
}

/* Different flows, copies and seeds draw different times. */
static void offsets_are_drawn(void **state)
{
    (void)state;
    struct flow_schedule_options options = {
        .copies = 3, .spread_us = 1000000, .speed_milli = 1000, .seed = 1};
    int64_t drawn_us[2][2];

    make_random(1);
    for (int i = 0; i < 2; i++, options.seed++) {
        learn_offsets(&options);
        assert_int_not_equal(offsets_us[0][1], offsets_us[0][2]);
        assert_int_not_equal(offsets_us[0][1], offsets_us[1][1]);
        drawn_us[i][0] = offsets_us[0][1];
        drawn_us[i][1] = offsets_us[1][2];
    }
    assert_int_not_equal(drawn_us[0][0], drawn_us[1][0]);
    assert_int_not_equal(drawn_us[0][1], drawn_us[1][1]);
}

/* --- the copies' own addresses ---------------------------------------------------------------- */

/* The initiator of copy `copy` of `copies` of a flow with this number. */
static struct endpoint initiator_of(struct flow flow, uint64_t number, int64_t copies, int copy)
{
    const struct flow_schedule_options options = {.copies = copies};
    struct flow_schedule *schedule = flow_schedule_new(&options);
    const struct flow_source_counts counts = {0};
    void *user = NULL;
    struct flow_event event = {.flow = &flow, .user = &user, .opens_flow = true};

    flow.number = number;
    assert_int_equal(flow_schedule_put(schedule, &event, &counts), TRACE_OK);
    for (int i = 0; i <= copy; i++)
        assert_true(flow_schedule_take(schedule, &event));
    assert_memory_equal(&event.flow->responder, &flow.responder, sizeof(flow.responder));
    struct endpoint initiator = event.flow->initiator;
    flow_schedule_free(schedule);
    return initiator;
}

static void expect_end(struct endpoint end, const char *hex, uint16_t port)
{
    char text[40] = "";

    for (size_t i = 0; i < sizeof(end.address); i++)
        sprintf(text + 2 * i, "%02x", end.address[i]);
    assert_memory_equal(text, hex, strlen(hex));
    assert_int_equal(end.port, port);
}

static void copies_have_initiators_of_their_own(void **state)
{
    (void)state;
    struct flow tcp = {.ip_version = 4,
                       .protocol = PROTOCOL_TCP,
                       .initiator = {{10, 0, 0, 1}, 5000},
                       .responder = {{10, 0, 0, 2}, 80}};
    struct flow six = tcp, sctp = tcp, unknown = tcp;

    six.ip_version = 6;
    sctp.protocol = PROTOCOL_SCTP;
    unknown.initiator.port = 0;
    expect_end(initiator_of(tcp, 1, 3, 0), "0a000001", 5000);
    expect_end(initiator_of(tcp, 1, 3, 1), "c612000100000000", 1024);
    expect_end(initiator_of(tcp, 1, 3, 2), "c6120002", 1024);
    expect_end(initiator_of(tcp, 2, 3, 1), "c6120003", 1024);
    expect_end(initiator_of(tcp, 131070, 2, 1), "c613fffe", 1024);
    expect_end(initiator_of(tcp, 131071, 2, 1), "c6120001", 1025);
    expect_end(initiator_of(tcp, UINT64_C(131070) * 64512 + 1, 2, 1), "c6120001", 1024);
    expect_end(initiator_of(six, 1, 2, 1), "20010002000000000000000000000001", 1024);
    expect_end(initiator_of(six, UINT64_C(1) << 32, 2, 1), "20010002000000000000000100000000",
               33792);
    expect_end(initiator_of(sctp, 1, 2, 1), "c6120001", 5000);
    expect_end(initiator_of(unknown, 1, 2, 1), "c6120001", 0);
}

/* --- limits ----------------------------------------------------------------------------------- */

static void is_needed_for_copies_and_speed_alone(void **state)
{
    (void)state;
    static const struct {
        struct flow_schedule_options options;
        bool is_needed;
    } rows[] = {{{0}, false},
                {{.copies = 1, .spread_us = 5, .speed_milli = 1000}, false},
                {{.copies = 2}, true},
                {{.copies = 1, .speed_milli = 999}, true},
                {{.copies = 1, .speed_milli = 1001}, true}};

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(flow_schedule_is_needed(&rows[i].options), rows[i].is_needed);
}

/* At a thousandth of the speed a flow of 2001 that begins 70 days later would come in 2192. */
static void no_packet_comes_after_2191(void **state)
{
    (void)state;
    const struct flow_schedule_options options = {.copies = 1, .speed_milli = 1};
    const struct flow_source_counts counts = {.first_packet_ns = 1000000000 * NS_PER_S};
    struct flow_schedule *schedule = flow_schedule_new(&options);

    begin();
    add(6000000 * INT64_C(1000000), 0, FLOW_EVENT_PACKET);
    add(6000000 * INT64_C(1000000) + 1, 0, FLOW_EVENT_PACKET);
    struct flow_event event = event_of(0);
    assert_int_equal(flow_schedule_put(schedule, &event, &counts), TRACE_OK);
    event = event_of(1);
    assert_int_equal(flow_schedule_put(schedule, &event, &counts), TRACE_ERROR_FORMAT);
    flow_schedule_free(schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_copies_at_twice_the_speed),
        cmocka_unit_test(half_the_speed),
        cmocka_unit_test(flows_are_numbered_as_they_open),
        cmocka_unit_test(all_events_come_in_order),
        cmocka_unit_test(offsets_are_drawn),
        cmocka_unit_test(copies_have_initiators_of_their_own),
        cmocka_unit_test(is_needed_for_copies_and_speed_alone),
        cmocka_unit_test(no_packet_comes_after_2191),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
