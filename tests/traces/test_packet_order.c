#include "traces/packet_order.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MS           INT64_C(1000000)
#define DAY_MS       INT64_C(86400000)
#define PACKETS_MAX  4000
#define LOG_BYTES    4096

/* A source of packets with the given times, of which each holds its number. */
struct script {
    int64_t times_ns[PACKETS_MAX];
    size_t count;
    size_t next;
    int end;
    uint8_t data[8]; /* overwritten by each packet, as libpcap does */
};

static int read_script(void *arg, struct capture_packet *packet, char *error)
{
    struct script *script = arg;

    if (script->next == script->count) {
        if (script->end != TRACE_END)
            trace_fail(error, (enum trace_status)script->end, "the end");
        return script->end;
    }
    uint64_t number = script->next + 1;
    memcpy(script->data, &number, sizeof(number));
    *packet = (struct capture_packet){.time_ns = script->times_ns[script->next++],
                                      .captured_bytes = sizeof(script->data),
                                      .wire_bytes = sizeof(script->data),
                                      .data = script->data};
    return TRACE_OK;
}

static uint64_t number_of(const struct capture_packet *packet)
{
    uint64_t number;

    memcpy(&number, packet->data, sizeof(number));
    return number;
}

/* Times in milliseconds; `N*T+S`: N packets, from T on every S ms. */
static void make(struct script *script, const char *text)
{
    *script = (struct script){.end = TRACE_END};
    while (*text) {
        char *end;
        long long count = 1, time = strtoll(text, &end, 10), step = 0;
        if (*end == '*') {
            count = time;
            time = strtoll(end + 1, &end, 10);
            step = strtoll(end + 1, &end, 10);
        }
        for (long long i = 0; i < count; i++)
            script->times_ns[script->count++] = (time + i * step) * MS;
        text = *end ? end + 1 : end;
    }
}

/* "number@ms", for all packets or the first and the last ones of a long row. */
static struct packet_times run(const char *text, char log[LOG_BYTES])
{
    static struct script script;
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES];
    size_t used = 0;

    make(&script, text);
    struct packet_order *order = packet_order_new(read_script, &script);
    assert_non_null(order);
    log[0] = '\0';
    while (packet_order_next(order, &packet, error) == TRACE_OK)
        used += (size_t)snprintf(log + used, LOG_BYTES - used, "%s%" PRIu64 "@%" PRId64,
                                 used > 0 ? " " : "", number_of(&packet), packet.time_ns / MS);
    struct packet_times times = *packet_order_times(order);
    packet_order_free(order);
    return times;
}

static void times_are_put_in_line(void **state)
{
    (void)state;
    static const struct {
        const char *times;
        const char *log;
        uint64_t sorted, late, rogues, rogue_packet;
        int64_t rogue_ms;
        uint64_t steps, step_packet;
        int64_t step_ms;
    } rows[] = {
        {"", "", 0, 0, 0, 0, 0, 0, 0, 0},
        {"7", "1@7", 0, 0, 0, 0, 0, 0, 0, 0},
        {"0 1 2 3", "1@0 2@1 3@2 4@3", 0, 0, 0, 0, 0, 0, 0, 0},
        {"5 5 5", "1@5 2@5 3@5", 0, 0, 0, 0, 0, 0, 0, 0},
        /* the window: 10 ms */
        {"0 4 1 3 2", "1@0 3@1 5@2 4@3 2@4", 3, 0, 0, 0, 0, 0, 0, 0},
        {"5 0 9", "2@0 1@5 3@9", 1, 0, 0, 0, 0, 0, 0, 0},
        {"0 9 1 11 2", "1@0 3@1 5@2 2@9 4@11", 2, 0, 0, 0, 0, 0, 0, 0},
        {"0 10 20 9", "1@0 2@10 3@20 4@20", 0, 1, 0, 0, 0, 0, 0, 0}, /* late: the 10 has gone */
        /* a minute ahead is a silence, a millisecond more a rogue if it is taken back */
        {"0 60000 1", "1@0 2@60000 3@60000", 0, 1, 0, 0, 0, 0, 0, 0},
        {"0 60001 1", "1@0 2@0 3@1", 0, 0, 1, 2, 60001, 0, 0, 0},
        {"0 60001 60002 60003", "1@0 2@60001 3@60002 4@60003", 0, 0, 0, 0, 0, 0, 0, 0},
        {"0 60001 121 122", "1@0 2@0 3@121 4@122", 0, 0, 1, 2, 60001, 0, 0, 0},
        /* 15 more that are out, and the 16th after the first takes it back; one more is too late */
        {"0 16*100000+1 1 2",
         "1@0 2@0 3@0 4@0 5@0 6@0 7@0 8@0 9@0 10@0 11@0 12@0 13@0 14@0 15@0 16@0 17@0 18@1 19@2", 0,
         0, 16, 2, 100000, 0, 0, 0},
        /* an hour ahead is told of, a silence below it is not */
        {"0 3600000 3600001", "1@0 2@3600000 3@3600001", 0, 0, 0, 0, 0, 0, 0, 0},
        {"0 3600001 3600002", "1@0 2@3600001 3@3600002", 0, 0, 0, 0, 0, 1, 2, 3600001},
        /* back by a day, and back again */
        {"86400000 86400001 2 86400003", "1@86400000 2@86400001 3@86400001 4@86400003", 0, 0, 1, 3,
         1 - DAY_MS + 0, 0, 0, 0},
        /* the first packet, by as much */
        {"86400000 0 1 2", "1@0 2@0 3@1 4@2", 0, 0, 1, 1, DAY_MS, 0, 0, 0},
        {"60000 0 1", "1@60000 2@60000 3@60000", 0, 2, 0, 0, 0, 0, 0, 0},
        /* of two packets the second may be the wrong one, but the clock cannot go back */
        {"86400000 0", "1@0 2@0", 0, 0, 1, 1, DAY_MS, 0, 0, 0},
        /* back by two seconds for good: time goes on without a gap */
        {"0 5000 20*3000+1 5003",
         "1@0 2@5000 3@5000 4@5001 5@5002 6@5003 7@5004 8@5005 9@5006 10@5007 11@5008 12@5009 "
         "13@5010 14@5011 15@5012 16@5013 17@5014 18@5015 19@5016 20@5017 21@5018 22@5019 23@7003",
         0, 0, 0, 0, 0, 1, 3, -2000},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char log[LOG_BYTES];
        struct packet_times times = run(rows[i].times, log);
        if (strcmp(log, rows[i].log) != 0)
            fail_msg("%s: %s", rows[i].times, log);
        assert_int_equal(times.sorted, rows[i].sorted);
        assert_int_equal(times.late, rows[i].late);
        assert_int_equal(times.rogues, rows[i].rogues);
        assert_int_equal(times.rogue_packet, rows[i].rogue_packet);
        assert_int_equal(times.rogue_ns, rows[i].rogue_ms * MS);
        assert_int_equal(times.steps, rows[i].steps);
        assert_int_equal(times.step_packet, rows[i].step_packet);
        assert_int_equal(times.step_ns, rows[i].step_ms * MS);
        assert_int_equal(times.untimed, 0);
        assert_int_equal(times.changes, times.sorted + times.late + times.rogues + times.steps);
    }
}

/* 17 packets that are out are a step of the clock, and the packet after them one back. */
static void a_seventeenth_is_no_rogue(void **state)
{
    (void)state;
    char log[LOG_BYTES];
    struct packet_times times = run("0 17*100000+1 1 2", log);

    assert_int_equal(times.rogues, 0);
    assert_int_equal(times.steps, 1); /* the way ahead is a silence of 100 s */
    assert_int_equal(times.step_packet, 19);
    assert_int_equal(times.step_ns, (1 - 100016) * MS);
    assert_non_null(strstr(log, "18@100016 19@100016 20@100017"));
}

/* The error comes after every packet before it. */
static void an_error_waits_for_the_packets(void **state)
{
    (void)state;
    static struct script script;
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES] = "";

    make(&script, "0 2 1 100000");
    script.end = TRACE_ERROR_FORMAT;
    struct packet_order *order = packet_order_new(read_script, &script);
    for (int i = 0; i < 4; i++)
        assert_int_equal(packet_order_next(order, &packet, error), TRACE_OK);
    assert_int_equal(packet_order_next(order, &packet, error), TRACE_ERROR_FORMAT);
    assert_string_equal(error, "the end");
    assert_int_equal(packet_order_next(order, &packet, error), TRACE_ERROR_FORMAT);
    packet_order_free(order);
}

/* Steps without end add up to no time that overflows. */
static void steps_do_not_overflow(void **state)
{
    (void)state;
    static struct script script = {.end = TRACE_END};
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES];
    int64_t last_ns = INT64_MIN, difference_ns;

    while (script.count < PACKETS_MAX) {
        bool late = script.count / 20 % 2;
        script.times_ns[script.count++] =
            (late ? PACKET_LATEST_TIME_S : PACKET_EARLIEST_TIME_S) * NS_PER_S;
    }
    struct packet_order *order = packet_order_new(read_script, &script);
    while (packet_order_next(order, &packet, error) == TRACE_OK) {
        assert_true(packet.time_ns >= last_ns);
        last_ns = packet.time_ns;
        assert_false(
            __builtin_sub_overflow(last_ns, PACKET_EARLIEST_TIME_S * NS_PER_S, &difference_ns));
    }
    assert_int_equal(last_ns, PACKET_LATEST_TIME_S * NS_PER_S);
    packet_order_free(order);
}

/* --- against a plain reference ------------------------------------------------------------ */

static uint64_t random_state;

static uint64_t draw(uint64_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random_state >> 33) % below;
}

struct entry {
    int64_t time_ns;
    uint64_t number;
};

static int by_time(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* What the header promises: after each packet read, those that are due leave, one by one. */
static size_t reference(const struct script *script, struct entry *out)
{
    static struct entry held[PACKETS_MAX];
    size_t count = 0, done = 0;
    int64_t newest_ns = INT64_MIN, left_ns = INT64_MIN;

    for (size_t i = 0; i <= script->count; i++) {
        bool at_end = i == script->count;
        if (!at_end) {
            int64_t time_ns = script->times_ns[i];
            if (time_ns < left_ns || (i > 0 && time_ns < newest_ns - ORDER_WINDOW_NS))
                time_ns = newest_ns;
            if (time_ns > newest_ns)
                newest_ns = time_ns;
            held[count++] = (struct entry){time_ns, i + 1};
        }
        qsort(held, count, sizeof(held[0]), by_time);
        while (count > 0 && (at_end || count > ORDER_WINDOW_PACKETS ||
                             newest_ns - held[0].time_ns >= ORDER_WINDOW_NS)) {
            left_ns = held[0].time_ns;
            out[done++] = held[0];
            memmove(held, held + 1, --count * sizeof(held[0]));
        }
    }
    return done;
}

static void make_disorder(struct script *script, uint64_t seed)
{
    random_state = seed;
    *script = (struct script){.end = TRACE_END, .count = 1 + draw(600)};
    uint64_t step_us = 1 + draw(3000), jitter_us = draw(20000), at_us = 1000000;
    for (size_t i = 0; i < script->count; i++) {
        at_us += draw(step_us);
        script->times_ns[i] = (int64_t)(at_us + draw(jitter_us + 1)) * 1000;
    }
}

static void the_window_is_that_of_the_reference(void **state)
{
    (void)state;
    static struct script script;
    static struct entry expected[PACKETS_MAX];
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES];
    uint64_t sorted = 0;

    for (uint64_t seed = 1; seed <= 300; seed++) {
        make_disorder(&script, seed);
        size_t count = reference(&script, expected);
        assert_int_equal(count, script.count);
        struct packet_order *order = packet_order_new(read_script, &script);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(packet_order_next(order, &packet, error), TRACE_OK);
            if (number_of(&packet) != expected[i].number)
                fail_msg("seed %" PRIu64 ", place %zu: packet %" PRIu64 " instead of %" PRIu64,
                         seed, i, number_of(&packet), expected[i].number);
            assert_int_equal(packet.time_ns, expected[i].time_ns);
        }
        assert_int_equal(packet_order_next(order, &packet, error), TRACE_END);
        sorted += packet_order_times(order)->sorted;
        packet_order_free(order);
    }
    assert_true(sorted > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_put_in_line),
        cmocka_unit_test(a_seventeenth_is_no_rogue),
        cmocka_unit_test(an_error_waits_for_the_packets),
        cmocka_unit_test(steps_do_not_overflow),
        cmocka_unit_test(the_window_is_that_of_the_reference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
