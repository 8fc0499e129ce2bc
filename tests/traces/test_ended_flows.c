#include "traces/ended_flows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define IDLE_US 1000

/* A packet between hosts 1 and 2, from the first one unless `is_answer`. */
static struct packet_info packet_of(uint16_t port, bool is_answer, uint32_t sequence,
                                    uint32_t payload_bytes)
{
    struct packet_info info = {.ip_version = 4,
                               .protocol = PROTOCOL_TCP,
                               .has_tcp_sequence = true,
                               .tcp_sequence = sequence,
                               .payload_bytes = payload_bytes};
    struct endpoint one = {.address = {10, 0, 0, 1}, .port = port};
    struct endpoint two = {.address = {10, 0, 0, 2}, .port = 80};

    info.source = is_answer ? two : one;
    info.destination = is_answer ? one : two;
    return info;
}

/* The late bytes; -1 where the packet belongs to no connection that has ended. */
static int take(struct ended_flows *ended, int64_t time_us, const struct packet_info *info)
{
    struct flow_key key;
    uint32_t bytes = 0;

    flow_key_make(info, &key);
    return ended_flows_take(ended, &key, time_us, info, &bytes) ? (int)bytes : -1;
}

/* Remembers the connection of a port; the host with the lower address has sent up to `next`. */
static void add(struct ended_flows *ended, uint16_t port, int64_t last_packet_us, uint32_t next)
{
    struct packet_info info = packet_of(port, false, 0, 0);
    struct flow_remains remains = {
        .last_packet_us = last_packet_us, .has_next = {true, false}, .next = {next, 0}};

    flow_key_make(&info, &remains.key);
    assert_int_equal(ended_flows_add(ended, &remains), 0);
}

static void late_bytes_are_those_after_the_next_number(void **state)
{
    (void)state;
    struct ended_flows *ended = ended_flows_new(IDLE_US, 10);
    const struct {
        bool is_answer;
        uint32_t sequence, payload_bytes;
        int late_bytes;
    } rows[] = {
        {false, 0xffffff00, 0x100, 0}, /* up to 0, which it has sent */
        {false, 0xffffff00, 0x105, 5}, /* over the wrap */
        {false, 0xffffff00, 0x105, 0}, /* again */
        {false, 100, 10, 10},          /* behind a gap */
        {false, 50, 10, 0},            /* which is then taken for old */
        {true, 500, 7, 7},             /* of an end that had sent nothing */
        {true, 500, 8, 1},
        {true, 508, 0, 0},
    };

    assert_non_null(ended);
    flow_key_seed();
    add(ended, 1, 0, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct packet_info info =
            packet_of(1, rows[i].is_answer, rows[i].sequence, rows[i].payload_bytes);
        assert_int_equal(take(ended, 0, &info), rows[i].late_bytes);
    }
    struct packet_info cut = packet_of(1, false, 0, 9); /* its number was not captured */
    cut.has_tcp_sequence = false;
    assert_int_equal(take(ended, 0, &cut), 9);
    ended_flows_free(ended);
    ended_flows_free(NULL);
}

static void a_connection_is_remembered_for_the_idle_timeout(void **state)
{
    (void)state;
    struct ended_flows *ended = ended_flows_new(IDLE_US, 10);
    struct packet_info info = packet_of(1, false, 0, 1), syn = info,
                       other = packet_of(2, false, 0, 1);

    assert_non_null(ended);
    syn.tcp_flags = TCP_SYN;
    add(ended, 1, 0, 0);
    assert_int_equal(take(ended, IDLE_US, &info), 1); /* begins anew */
    assert_int_equal(take(ended, 2 * IDLE_US, &info), 0);
    assert_int_equal(take(ended, 3 * IDLE_US + 1, &info), -1);
    assert_int_equal(take(ended, 3 * IDLE_US + 1, &info), -1);
    add(ended, 1, 4 * IDLE_US, 0);
    assert_int_equal(take(ended, 4 * IDLE_US, &other), -1);
    assert_int_equal(take(ended, 4 * IDLE_US, &syn), -1);
    assert_int_equal(take(ended, 4 * IDLE_US, &info), -1);
    ended_flows_free(ended);
}

/* Of two that fit, the one that was added or met longest ago is forgotten. */
static void the_oldest_is_forgotten_first(void **state)
{
    (void)state;
    struct ended_flows *ended = ended_flows_new(IDLE_US, 2);
    struct packet_info one = packet_of(1, false, 0, 1), two = packet_of(2, false, 0, 1),
                       three = packet_of(3, false, 0, 1);

    assert_non_null(ended);
    add(ended, 1, 0, 0);
    add(ended, 2, 1, 0);
    assert_int_equal(take(ended, 2, &one), 1);
    add(ended, 3, 3, 0);
    assert_int_equal(take(ended, 4, &two), -1);
    assert_int_equal(take(ended, 4, &one), 0);
    assert_int_equal(take(ended, 4, &three), 1);
    add(ended, 3, 5, 5); /* again: nothing is driven out */
    assert_int_equal(take(ended, 5, &one), 0);
    assert_int_equal(take(ended, 5, &three), 0);
    ended_flows_free(ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_bytes_are_those_after_the_next_number),
        cmocka_unit_test(a_connection_is_remembered_for_the_idle_timeout),
        cmocka_unit_test(the_oldest_is_forgotten_first),
    };

    return cmocka_run_group_tests_name("ended_flows", tests, NULL, NULL);
}
