#include "sim/account/response_ends.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scratch.h"
#include "tests/traces/frames.h"

#define FIN      1U
#define SYN      2U
#define ACK      16U
#define FLOWS    4
#define UDP_FLOW 3     /* the last */
#define MANY     70000 /* packets: more than are noted at first */

/* A packet, `bytes` after those that its end has sent before; `back` of them once more. */
struct packet {
    uint32_t flow;
    char from; /* 'i', the initiator, or 'r' */
    uint32_t bytes;
    uint32_t back;
    uint32_t flags;
    bool ends_response;
};

static const char *path;

static int set_up(void **state)
{
    scratch_make(state);
    path = scratch_path("a.pcap");
    return 0;
}

static void add_packet(struct pcap_file *file, const struct packet *packet, int64_t time_us,
                       uint32_t sent[FLOWS][2])
{
    struct frame frame = {0};
    bool is_initiator = packet->from == 'i';
    uint32_t client_port = 40000 + packet->flow, *sequence = &sent[packet->flow][is_initiator];
    uint32_t ports[2] = {is_initiator ? client_port : 80, is_initiator ? 80 : client_port};
    uint32_t from = is_initiator ? 1 : 2, to = is_initiator ? 2 : 1;

    frame_ethernet(&frame, 0x0800);
    if (packet->flow == UDP_FLOW) {
        frame_ipv4(&frame, 17, from, to, 20 + 8 + packet->bytes);
        frame_udp(&frame, ports[0], ports[1], packet->bytes);
    } else {
        frame_ipv4(&frame, 6, from, to, 20 + 20 + packet->bytes);
        frame_tcp(&frame, ports[0], ports[1], *sequence - packet->back,
                  packet->flags | (packet->flags == SYN ? 0 : ACK));
    }
    frame_zeros(&frame, packet->bytes);
    pcap_file_add(file, time_us, &frame);
    *sequence += packet->bytes - packet->back + (packet->flags & SYN ? 1 : 0);
}

static int read_ends(const volatile sig_atomic_t *stop, struct response_ends **ends, char *error)
{
    const struct flow_source_options options = {.count = COUNT_STREAM,
                                                .idle_timeout_us = INT64_C(300000000)};
    struct flow_source *source;

    assert_int_equal(flow_source_open(path, &options, &source, error), TRACE_OK);
    int status = response_ends_read(source, stop, ends, error);
    flow_source_free(source);
    return status;
}

/* A packet each millisecond; those that are said to end a response do, and no others. */
static void expect_ends(const struct packet *packets, uint32_t count)
{
    const volatile sig_atomic_t stop = 0;
    uint32_t sent[FLOWS][2] = {{0}};
    struct response_ends *ends = NULL;
    char error[SIM_ERROR_BYTES];
    struct pcap_file *file = pcap_file_new(path, 1);

    for (uint32_t i = 0; i < count; i++)
        add_packet(file, &packets[i], i * INT64_C(1000), sent);
    pcap_file_close(file);
    assert_int_equal(read_ends(&stop, &ends, error), SIM_OK);
    for (uint32_t i = 0; i < count; i++)
        if (response_ends_has(ends, i + 1) != packets[i].ends_response)
            fail_msg("packet %u: %d", i + 1, !packets[i].ends_response);
    assert_false(response_ends_has(ends, 0));
    assert_false(response_ends_has(ends, count + 1));
    assert_false(response_ends_has(ends, UINT32_MAX));
    response_ends_free(ends);
}

#define EXPECT_ENDS(packets) expect_ends(packets, sizeof(packets) / sizeof((packets)[0]))

/* The header's example, and the response after that one, which the trace's end ends. */
static void the_next_request_ends_a_response(void **state)
{
    (void)state;
    static const struct packet packets[] = {
        {0, 'i', 0, 0, SYN, false}, {0, 'r', 0, 0, SYN | ACK, false}, {0, 'i', 0, 0, 0, false},
        {0, 'i', 100, 0, 0, false}, {0, 'r', 1000, 0, 0, false},      {0, 'r', 1000, 0, 0, false},
        {0, 'i', 0, 0, 0, false}, /* ACKs alone end none */
        {0, 'r', 0, 0, 0, false},   {0, 'r', 500, 0, 0, true},        {0, 'i', 0, 0, 0, false},
        {0, 'i', 100, 0, 0, false}, {0, 'i', 50, 0, 0, false},        {0, 'r', 1000, 0, 0, true},
        {0, 'i', 0, 0, FIN, false}, {0, 'r', 0, 0, FIN, false},
    };

    EXPECT_ENDS(packets);
}

/* What is sent again ends no response and continues none. */
static void what_is_sent_again_does_not_count(void **state)
{
    (void)state;
    static const struct packet packets[] = {
        {0, 'i', 100, 0, 0, false},   {0, 'r', 1000, 0, 0, false},  {0, 'i', 100, 100, 0, false},
        {0, 'r', 1000, 0, 0, true},   {0, 'r', 300, 300, 0, false}, {0, 'i', 100, 0, 0, false},
        {0, 'r', 300, 300, 0, false}, {0, 'r', 1000, 600, 0, true},
    };

    EXPECT_ENDS(packets);
}

/* A server that speaks first; a flow without a response; UDP has none. */
static void each_flow_has_its_own(void **state)
{
    (void)state;
    static const struct packet packets[] = {
        {0, 'i', 0, 0, SYN, false},      {0, 'r', 70, 0, 0, true},  {1, 'i', 100, 0, 0, false},
        {UDP_FLOW, 'i', 9, 0, 0, false}, {0, 'i', 10, 0, 0, false}, {UDP_FLOW, 'r', 9, 0, 0, false},
        {2, 'i', 10, 0, 0, false},       {2, 'r', 10, 0, 0, false}, {0, 'r', 20, 0, 0, true},
        {UDP_FLOW, 'i', 9, 0, 0, false}, {2, 'r', 10, 0, 0, true},
    };

    EXPECT_ENDS(packets);
}

static void a_long_trace_has_them_all(void **state)
{
    (void)state;
    static struct packet packets[MANY];

    for (int i = 0; i < MANY; i++)
        packets[i] = (struct packet){.flow = UDP_FLOW, .from = 'i', .bytes = 1};
    packets[1] = (struct packet){0, 'i', 10, 0, 0, false};
    packets[2] = (struct packet){0, 'r', 10, 0, 0, true};
    packets[65534] = (struct packet){0, 'i', 10, 0, 0, false};
    packets[65535] = (struct packet){0, 'r', 10, 0, 0, true};
    packets[MANY - 2] = (struct packet){0, 'i', 10, 0, 0, false};
    packets[MANY - 1] = (struct packet){0, 'r', 10, 0, 0, true};
    EXPECT_ENDS(packets);
}

static void failures_say_why(void **state)
{
    (void)state;
    static const struct packet packets[] = {{0, 'i', 10, 0, 0, false}, {0, 'r', 10, 0, 0, true}};
    const volatile sig_atomic_t stop = 0, stopped = 1;
    struct response_ends *ends = NULL;
    char error[SIM_ERROR_BYTES] = "", expected[SIM_ERROR_BYTES];

    EXPECT_ENDS(packets);
    assert_int_equal(read_ends(&stopped, &ends, error), SIM_INTERRUPTED);
    snprintf(expected, sizeof(expected), "%s: interrupted in the first pass", path);
    assert_string_equal(error, expected);
    response_ends_free(ends);

    unsigned char damage[16];
    memset(damage, 0xff, sizeof(damage)); /* a packet of 4 GiB */
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    assert_int_equal(fwrite(damage, 1, sizeof(damage), file), sizeof(damage));
    assert_int_equal(fclose(file), 0);
    ends = NULL;
    assert_int_equal(read_ends(&stop, &ends, error), SIM_FAILED);
    assert_non_null(strstr(error, "is damaged"));
    response_ends_free(ends);
    response_ends_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_next_request_ends_a_response, scratch_empty),
        cmocka_unit_test_teardown(what_is_sent_again_does_not_count, scratch_empty),
        cmocka_unit_test_teardown(each_flow_has_its_own, scratch_empty),
        cmocka_unit_test_teardown(a_long_trace_has_them_all, scratch_empty),
        cmocka_unit_test_teardown(failures_say_why, scratch_empty),
    };

    return cmocka_run_group_tests_name("response_ends", tests, set_up, scratch_remove);
}
