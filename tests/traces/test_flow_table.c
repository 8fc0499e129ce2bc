#include "traces/flow_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FLOWS 300000

/* The flow's initiator is a different host for each flow: 10.a.b.c. */
static struct packet_info packet_of(uint32_t number)
{
    struct packet_info info = {.ip_version = 4, .protocol = PROTOCOL_UDP, .payload_bytes = 1};

    info.source.address[0] = 10;
    for (int i = 0; i < 3; i++)
        info.source.address[i + 1] = (uint8_t)(number >> (8 * i));
    info.source.port = 1000;
    info.destination.address[0] = 192;
    info.destination.port = 53;
    return info;
}

static struct packet_info answer_to(struct packet_info info)
{
    struct endpoint source = info.source;

    info.source = info.destination;
    info.destination = source;
    return info;
}

/* Both ends are distinguished, and the table grows with the flows in it. */
static void every_flow_of_very_many_is_found(void **state)
{
    (void)state;
    struct flow_table *table = flow_table_new(1000000, UINT64_MAX);
    enum flow_direction direction;
    struct flow_key key;

    assert_non_null(table);
    for (uint32_t i = 0; i < FLOWS; i++) {
        struct packet_info info = packet_of(i);
        flow_key_make(&info, &key);
        assert_null(flow_table_find(table, &key, &direction));
        struct flow *flow = flow_table_open(table, &info, &key, true, &direction);
        assert_non_null(flow);
        assert_int_equal(flow->number, i + 1);
        assert_int_equal(direction, FLOW_FROM_INITIATOR);
    }
    for (uint32_t i = 0; i < FLOWS; i++) {
        struct packet_info info = answer_to(packet_of(i));
        flow_key_make(&info, &key);
        struct flow *flow = flow_table_find(table, &key, &direction);
        assert_non_null(flow);
        assert_int_equal(flow->number, i + 1);
        assert_int_equal(direction, FLOW_FROM_RESPONDER);
    }
    for (uint32_t i = 0; i < FLOWS; i++) {
        struct flow *flow = flow_table_first(table);
        assert_int_equal(flow->number, i + 1);
        flow_table_close(table, flow, 0, FLOW_CLOSED_END);
        flow_table_forget(table, flow);
        flow_table_reuse(table, flow);
    }
    assert_null(flow_table_first(table));
    flow_table_free(table);
}

/* The key is that of both directions, of no other protocol, IP version, port or address. */
static void keys_differ_in_each_of_their_parts(void **state)
{
    (void)state;
    struct flow_table *table = flow_table_new(1000000, UINT64_MAX);
    struct packet_info info = packet_of(7), others[5];
    enum flow_direction direction;
    struct flow_key key;

    flow_key_make(&info, &key);
    assert_non_null(flow_table_open(table, &info, &key, true, &direction));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        others[i] = info;
    others[0].protocol = PROTOCOL_TCP;
    others[1].ip_version = 6;
    others[2].source.port++;
    others[3].destination.port--;
    others[4].destination.address[15] = 1;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        flow_key_make(&others[i], &key);
        assert_null(flow_table_find(table, &key, &direction));
    }
    info.payload_bytes = 1000;
    info.tcp_sequence = 5;
    flow_key_make(&info, &key);
    assert_non_null(flow_table_find(table, &key, &direction));
    flow_table_free(table);
}

static struct flow *open_flow(struct flow_table *table, uint32_t number)
{
    struct packet_info info = packet_of(number);
    enum flow_direction direction;
    struct flow_key key;

    flow_key_make(&info, &key);
    struct flow *flow = flow_table_open(table, &info, &key, true, &direction);
    assert_non_null(flow);
    return flow;
}

/* A forgotten flow can be looked at until its memory is given back; then the next one gets that. */
static void memory_is_used_again_when_it_is_given_back(void **state)
{
    (void)state;
    struct flow_table *table = flow_table_new(1000000, UINT64_MAX);
    struct flow *first = open_flow(table, 1);
    uint32_t slot = first->slot;

    flow_table_close(table, first, 0, FLOW_CLOSED_END);
    flow_table_forget(table, first);
    for (uint32_t number = 1; number <= 1000; number++)
        assert_int_not_equal(open_flow(table, number)->slot, slot);
    assert_int_equal(first->number, 1);
    flow_table_reuse(table, first);
    struct flow *next = open_flow(table, 1001);
    assert_ptr_equal(next, first);
    assert_int_equal(next->number, 1002);
    assert_int_equal(next->slot, slot);
    flow_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flow_of_very_many_is_found),
        cmocka_unit_test(keys_differ_in_each_of_their_parts),
        cmocka_unit_test(memory_is_used_again_when_it_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
