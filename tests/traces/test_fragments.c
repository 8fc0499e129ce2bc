#include "traces/fragments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "traces/trace.h"

static struct packet_info first_fragment(uint32_t id, uint16_t source_port)
{
    return (struct packet_info){
        .source = {.address = {10, 0, 0, 1}, .port = source_port},
        .destination = {.address = {10, 0, 0, 2}, .port = 53},
        .ip_version = 4,
        .protocol = PROTOCOL_UDP,
        .is_fragment = true,
        .fragment_id = id,
    };
}

static struct packet_info later_fragment(uint32_t id)
{
    struct packet_info info = first_fragment(id, 0);

    info.destination.port = 0;
    info.is_later_fragment = true;
    return info;
}

static void remember(struct fragments *fragments, int64_t time_us, uint32_t id, uint16_t port)
{
    struct packet_info info = first_fragment(id, port);

    assert_int_equal(fragments_follow(fragments, time_us, &info), TRACE_OK);
    assert_int_equal(info.source.port, port); /* a first one stays as it is */
    assert_int_equal(info.destination.port, 53);
}

/* The source port that a later fragment is given. */
static uint16_t follow(struct fragments *fragments, int64_t time_us, struct packet_info info)
{
    assert_int_equal(fragments_follow(fragments, time_us, &info), TRACE_OK);
    assert_int_equal(info.destination.port, info.source.port == 0 ? 0 : 53);
    return info.source.port;
}

static void all_of_the_key_counts(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_new();
    struct packet_info same = later_fragment(7);
    struct packet_info source = same, destination = same, id = same, version = same,
                       protocol = same, reversed = same;

    assert_non_null(fragments);
    source.source.address[3]++;
    destination.destination.address[3]++;
    id.fragment_id += 65536;
    version.ip_version = 6;
    protocol.protocol = PROTOCOL_TCP;
    reversed.source = same.destination;
    reversed.destination = same.source;
    assert_int_equal(follow(fragments, 0, same), 0); /* not known yet */
    remember(fragments, 1, 7, 5000);
    assert_int_equal(follow(fragments, 1, same), 5000);
    assert_int_equal(follow(fragments, 2, same), 5000); /* any number of them */
    assert_int_equal(follow(fragments, 2, source), 0);
    assert_int_equal(follow(fragments, 2, destination), 0);
    assert_int_equal(follow(fragments, 2, id), 0);
    assert_int_equal(follow(fragments, 2, version), 0);
    assert_int_equal(follow(fragments, 2, protocol), 0);
    assert_int_equal(follow(fragments, 2, reversed), 0);
    remember(fragments, 3, 7, 6000); /* the number is used again */
    assert_int_equal(follow(fragments, 3, same), 6000);
    fragments_free(fragments);
}

/* With IPv6 the first fragment has the transport, a later one only what follows its own header. */
static void ipv6_takes_the_protocol_too(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_new();
    struct packet_info first = first_fragment(7, 5000);
    struct packet_info later = later_fragment(7);

    assert_non_null(fragments);
    first.ip_version = later.ip_version = 6;
    later.protocol = 60; /* destination options */
    assert_int_equal(fragments_follow(fragments, 0, &first), TRACE_OK);
    assert_int_equal(fragments_follow(fragments, 0, &later), TRACE_OK);
    assert_int_equal(later.protocol, PROTOCOL_UDP);
    assert_int_equal(later.source.port, 5000);
    fragments_free(fragments);
}

static void memory_lasts_for_its_lifetime(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_new();

    assert_non_null(fragments);
    remember(fragments, 1000, 7, 5000);
    remember(fragments, 1001, 8, 6000);
    assert_int_equal(follow(fragments, 1000 + FRAGMENTS_LIFETIME_US, later_fragment(7)), 5000);
    assert_int_equal(follow(fragments, 1001 + FRAGMENTS_LIFETIME_US, later_fragment(7)), 0);
    assert_int_equal(follow(fragments, 1001 + FRAGMENTS_LIFETIME_US, later_fragment(8)), 6000);
    /* a new one drives out the old */
    remember(fragments, 1002 + FRAGMENTS_LIFETIME_US, 9, 7000);
    assert_int_equal(follow(fragments, 1002 + FRAGMENTS_LIFETIME_US, later_fragment(8)), 0);
    assert_int_equal(follow(fragments, 1002 + FRAGMENTS_LIFETIME_US, later_fragment(9)), 7000);
    fragments_free(fragments);
}

static void oldest_is_forgotten_first(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_new();

    assert_non_null(fragments);
    for (uint32_t id = 0; id < FRAGMENTS_MAX; id++)
        remember(fragments, 0, id, (uint16_t)(1 + id));
    for (uint32_t id = 0; id < FRAGMENTS_MAX; id++)
        assert_int_equal(follow(fragments, 0, later_fragment(id)), 1 + id);
    remember(fragments, 0, 0, 9999); /* known already, and the newest now: nothing is driven out */
    assert_int_equal(follow(fragments, 0, later_fragment(1)), 2);
    remember(fragments, 0, FRAGMENTS_MAX, 9998);
    assert_int_equal(follow(fragments, 0, later_fragment(0)), 9999);
    assert_int_equal(follow(fragments, 0, later_fragment(1)), 0);
    assert_int_equal(follow(fragments, 0, later_fragment(2)), 3);
    assert_int_equal(follow(fragments, 0, later_fragment(FRAGMENTS_MAX)), 9998);
    fragments_free(fragments);
    fragments_free(NULL);
}

/* A TCP segment of 20 + 16 + 8 bytes in three fragments: a later one continues where the first
 * ends, and a SYN takes a number. */
static void later_fragments_have_their_sequence_number(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_new();

    assert_non_null(fragments);
    for (uint32_t syn = 0; syn < 2; syn++) {
        struct packet_info first = first_fragment(7, 5000), later = later_fragment(7);
        first.protocol = later.protocol = PROTOCOL_TCP;
        first.has_tcp_sequence = true;
        first.tcp_sequence = 0xfffffff0;
        first.tcp_flags = syn ? TCP_SYN : TCP_ACK;
        first.part_offset = 34;
        first.payload_offset = 54;
        later.fragment_offset = 24;
        assert_int_equal(fragments_follow(fragments, 0, &first), TRACE_OK);
        assert_int_equal(fragments_follow(fragments, 0, &later), TRACE_OK);
        assert_true(later.has_tcp_sequence);
        assert_int_equal(later.tcp_sequence, (uint32_t)(0xfffffff0 + syn + 4));
        later.fragment_offset = 40;
        assert_int_equal(fragments_follow(fragments, 0, &later), TRACE_OK);
        assert_int_equal(later.tcp_sequence, 0xfffffff0 + syn + 20);
    }
    fragments_free(fragments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_the_key_counts),
        cmocka_unit_test(ipv6_takes_the_protocol_too),
        cmocka_unit_test(memory_lasts_for_its_lifetime),
        cmocka_unit_test(oldest_is_forgotten_first),
        cmocka_unit_test(later_fragments_have_their_sequence_number),
    };

    return cmocka_run_group_tests_name("fragments", tests, NULL, NULL);
}
