#include "traces/flow_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/scratch.h"
#include "tests/traces/frames.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define US_PER_S     INT64_C(1000000)
#define EPOCH_NS     INT64_C(1000000000000000000)
#define ROWS_MAX     16
#define LOG_BYTES    4096

enum { FIN = TCP_FIN, SYN = TCP_SYN, RST = TCP_RST, ACK = TCP_ACK, IS_UDP = 0x100 };
enum { CLIENT = 1, SERVER = 2 }; /* 10.0.0.1:40000 and 10.0.0.2:80 */
enum { CLIENT_PORT = 40000, SERVER_PORT = 80 };

/* A packet of a capture. Times are from 2001-09-09 on. */
struct row {
    int64_t time_us;
    uint32_t sender;   /* CLIENT, SERVER; 0: the capture ends */
    uint32_t flags;    /* TCP's, or IS_UDP */
    uint32_t sequence; /* TCP only */
    uint32_t payload_bytes;
    uint32_t client_port; /* 0: CLIENT_PORT */
};

static const struct flow_source_options defaults = {
    .count = COUNT_PAYLOAD, .idle_timeout_us = 60 * US_PER_S, .max_gap_us = 0};

static const char *path;

static int set_up(void **state)
{
    scratch_make(state);
    path = scratch_path("a.pcap");
    return 0;
}

static void make_frame(struct frame *frame, const struct row *row)
{
    uint32_t client_port = row->client_port ? row->client_port : CLIENT_PORT;
    bool from_client = row->sender == CLIENT;
    uint32_t source_port = from_client ? client_port : SERVER_PORT;
    uint32_t destination_port = from_client ? SERVER_PORT : client_port;
    bool udp = row->flags == IS_UDP;
    uint32_t total_bytes = 20u + (udp ? 8u : 20u) + row->payload_bytes;

    frame->count = 0;
    frame->wire_bytes = 14 + total_bytes; /* the payload itself is not kept */
    frame_ethernet(frame, 0x0800);
    frame_ipv4(frame, udp ? PROTOCOL_UDP : PROTOCOL_TCP, row->sender, CLIENT + SERVER - row->sender,
               total_bytes);
    if (udp)
        frame_udp(frame, source_port, destination_port, row->payload_bytes);
    else
        frame_tcp(frame, source_port, destination_port, row->sequence, row->flags);
}

static void write_capture(const struct row *rows)
{
    struct pcap_file *file = pcap_file_new(path, DLT_EN10MB);

    for (size_t i = 0; i < ROWS_MAX && rows[i].sender != 0; i++) {
        struct frame frame;
        make_frame(&frame, &rows[i]);
        pcap_file_add_ns(file, EPOCH_NS + rows[i].time_us * 1000, &frame);
    }
    pcap_file_close(file);
}

static void log_add(char *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void log_add(char *log, const char *format, ...)
{
    size_t used = strlen(log);
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(log + used, LOG_BYTES - used, format, arguments);
    va_end(arguments);
    assert_in_range(length, 1, LOG_BYTES - used - 1);
}

/*
 * The events of the capture at `path`, as a text: "0 +1>10; 5 1<20; 9 1 fin; 9 1 gone" is a packet
 * of 10 bytes at 0 us that opens flow 1, from its initiator; another one from its responder; the
 * flow's close by FINs and its retirement.
 */
static void log_events(const struct flow_source_options *options, char log[LOG_BYTES],
                       struct flow_source_counts *counts)
{
    struct flow_source *source;
    struct flow_event event;
    char error[TRACE_ERROR_BYTES];
    int64_t last_us = 0;
    int status;

    log[0] = '\0';
    if (flow_source_open(path, options, &source, error) != TRACE_OK)
        fail_msg("%s", error);
    while ((status = flow_source_next(source, &event, error)) == TRACE_OK) {
        assert_true(event.time_us >= last_us);
        last_us = event.time_us;
        log_add(log, "%s%lld ", log[0] ? "; " : "", (long long)event.time_us);
        unsigned long long number = (unsigned long long)event.flow->number;
        switch (event.kind) {
        case FLOW_EVENT_PACKET:
            log_add(log, "%s%llu%c%u", event.opens_flow ? "+" : "", number,
                    event.direction == FLOW_FROM_INITIATOR ? '>' : '<', event.bytes);
            break;
        case FLOW_EVENT_CLOSE:
            log_add(log, "%llu %s", number, flow_close_name(event.flow->close));
            break;
        case FLOW_EVENT_RETIRE:
            assert_int_not_equal(event.flow->close, FLOW_OPEN);
            log_add(log, "%llu gone", number);
            break;
        }
    }
    if (status != TRACE_END)
        fail_msg("%s", error);
    assert_int_equal(flow_source_next(source, &event, error), TRACE_END);
    if (counts)
        *counts = *flow_source_counts(source);
    flow_source_free(source);
}

struct scenario {
    struct row rows[ROWS_MAX];
    const char *log;
};

static void expect_logs(const struct scenario *scenarios, size_t count,
                        const struct flow_source_options *options)
{
    for (size_t i = 0; i < count; i++) {
        char log[LOG_BYTES];
        write_capture(scenarios[i].rows);
        log_events(options, log, NULL);
        assert_string_equal(log, scenarios[i].log);
    }
}

static void both_directions_are_one_flow(void **state)
{
    (void)state;
    const struct scenario scenarios[] = {
        {{{0, CLIENT, ACK, 1, 10, 0}, {5, SERVER, ACK, 1, 20, 0}},
         "0 +1>10; 5 1<20; 5 1 end; 5 1 gone"},
        {{{0, CLIENT, IS_UDP, 0, 10, 0}, {5, SERVER, IS_UDP, 0, 20, 0}},
         "0 +1>10; 5 1<20; 5 1 end; 5 1 gone"},
        /* TCP and UDP with the same addresses and ports are two, other ports too */
        {{{0, CLIENT, ACK, 1, 10, 0},
          {1, CLIENT, IS_UDP, 0, 11, 0},
          {2, CLIENT, ACK, 1, 12, 40001},
          {3, SERVER, IS_UDP, 0, 13, 0},
          {4, SERVER, ACK, 1, 14, 40001},
          {5, SERVER, ACK, 1, 15, 0}},
         "0 +1>10; 1 +2>11; 2 +3>12; 3 2<13; 4 3<14; 5 1<15; "
         "5 1 end; 5 1 gone; 5 2 end; 5 2 gone; 5 3 end; 5 3 gone"},
        /* one address and one port for both ends */
        {{{0, CLIENT, ACK, 1, 10, SERVER_PORT}, {5, SERVER, ACK, 1, 20, SERVER_PORT}},
         "0 +1>10; 5 1<20; 5 1 end; 5 1 gone"},
    };

    expect_logs(scenarios, COUNT(scenarios), &defaults);
}

/* Without a SYN the ports say who is the responder: 80 against 40000. */
static void initiator_sent_the_syn_or_has_the_high_port(void **state)
{
    (void)state;
    const struct {
        uint32_t sender, flags;
        enum flow_direction direction;
        uint32_t initiator_port;
    } rows[] = {
        {CLIENT, SYN, FLOW_FROM_INITIATOR, CLIENT_PORT},
        {SERVER, SYN, FLOW_FROM_INITIATOR, SERVER_PORT},
        {CLIENT, ACK, FLOW_FROM_INITIATOR, CLIENT_PORT},
        {SERVER, ACK, FLOW_FROM_RESPONDER, CLIENT_PORT},
        {SERVER, FIN | ACK, FLOW_FROM_RESPONDER, CLIENT_PORT},
        {SERVER, SYN | ACK, FLOW_FROM_RESPONDER, CLIENT_PORT}, /* the SYN was missed */
        {CLIENT, SYN | ACK, FLOW_FROM_RESPONDER, SERVER_PORT},
        {SERVER, IS_UDP, FLOW_FROM_RESPONDER, CLIENT_PORT},
        {CLIENT, IS_UDP, FLOW_FROM_INITIATOR, CLIENT_PORT},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row packets[ROWS_MAX] = {{0, rows[i].sender, rows[i].flags, 1, 0, 0}};
        struct flow_source *source;
        struct flow_event event;
        char error[TRACE_ERROR_BYTES];
        uint32_t initiator = rows[i].initiator_port == CLIENT_PORT ? CLIENT : SERVER;
        const uint8_t initiator_address[16] = {10, 0, 0, (uint8_t)initiator};
        const uint8_t responder_address[16] = {10, 0, 0, (uint8_t)(CLIENT + SERVER - initiator)};
        write_capture(packets);
        assert_int_equal(flow_source_open(path, &defaults, &source, error), TRACE_OK);
        assert_int_equal(flow_source_next(source, &event, error), TRACE_OK);
        assert_int_equal(event.kind, FLOW_EVENT_PACKET);
        assert_int_equal(event.direction, rows[i].direction);
        assert_true(event.opens_flow);
        assert_int_equal(event.flow->number, 1);
        assert_int_equal(event.flow->ip_version, 4);
        assert_int_equal(event.flow->protocol,
                         rows[i].flags == IS_UDP ? PROTOCOL_UDP : PROTOCOL_TCP);
        assert_int_equal(event.flow->close, FLOW_OPEN);
        assert_null(*event.user);
        assert_int_equal(event.flow->initiator.port, rows[i].initiator_port);
        assert_int_equal(event.flow->responder.port,
                         CLIENT_PORT + SERVER_PORT - rows[i].initiator_port);
        assert_memory_equal(event.flow->initiator.address, initiator_address, 16);
        assert_memory_equal(event.flow->responder.address, responder_address, 16);
        flow_source_free(source); /* with a flow that is still open */
    }
}

static void fins_and_resets_close(void **state)
{
    (void)state;
    const struct scenario scenarios[] = {
        {{{0, CLIENT, ACK, 1, 1, 0}, {1, CLIENT, FIN | ACK, 2, 0, 0}},
         "0 +1>1; 1 1>0; 1 1 end; 1 1 gone"},
        {{{0, CLIENT, FIN, 1, 0, 0}, {1, CLIENT, FIN, 1, 0, 0}, {2, SERVER, ACK, 1, 9, 0}},
         "0 +1>0; 1 1>0; 2 1<9; 2 1 end; 2 1 gone"},
        {{{0, SERVER, FIN, 1, 0, 0}, {1, CLIENT, ACK, 1, 0, 0}, {2, CLIENT, FIN, 1, 5, 0}},
         "0 +1<0; 1 1>0; 2 1>5; 2 1 fin; 2 1 gone"},
        {{{0, CLIENT, ACK, 1, 1, 0}, {1, CLIENT, FIN, 2, 0, 0}, {1, SERVER, FIN, 1, 0, 0}},
         "0 +1>1; 1 1>0; 1 1<0; 1 1 fin; 1 1 gone"},
        {{{0, CLIENT, ACK, 1, 1, 0}, {1, SERVER, RST, 1, 0, 0}},
         "0 +1>1; 1 1<0; 1 1 rst; 1 1 gone"},
        {{{0, CLIENT, RST | ACK, 1, 7, 0}}, "0 +1>7; 0 1 rst; 0 1 gone"},
        {{{0, CLIENT, SYN | RST, 1, 0, 0}}, "0 +1>0; 0 1 rst; 0 1 gone"},
        /* a UDP payload holds no flags */
        {{{0, CLIENT, IS_UDP, 0, 1, 0}, {1, SERVER, IS_UDP, 0, 1, 0}},
         "0 +1>1; 1 1<1; 1 1 end; 1 1 gone"},
        {{{0}}, ""},
    };

    expect_logs(scenarios, COUNT(scenarios), &defaults);
}

/* The timeout is 1000 us: a packet just then is in time. */
static void idle_flows_close(void **state)
{
    (void)state;
    struct flow_source_options options = defaults;
    options.idle_timeout_us = 1000;
    const struct scenario scenarios[] = {
        {{{0, CLIENT, ACK, 1, 1, 0}, {1000, CLIENT, ACK, 2, 1, 0}, {2000, CLIENT, ACK, 3, 1, 0}},
         "0 +1>1; 1000 1>1; 2000 1>1; 2000 1 end; 2000 1 gone"},
        {{{0, CLIENT, ACK, 1, 1, 0}, {1001, SERVER, ACK, 2, 1, 0}},
         "0 +1>1; 1000 1 idle; 1000 1 gone; 1001 +2<1; 1001 2 end; 1001 2 gone"},
        {{{0, CLIENT, IS_UDP, 1, 1, 0}, {1001, CLIENT, IS_UDP, 2, 1, 0}},
         "0 +1>1; 1000 1 idle; 1000 1 gone; 1001 +2>1; 1001 2 end; 1001 2 gone"},
        /* the one that has been idle for longest first, whichever opened first */
        {{{0, CLIENT, ACK, 1, 1, 0},
          {10, CLIENT, ACK, 1, 1, 40001},
          {20, CLIENT, ACK, 1, 1, 40002},
          {30, SERVER, ACK, 1, 1, 0},
          {1500, CLIENT, ACK, 1, 1, 40003}},
         "0 +1>1; 10 +2>1; 20 +3>1; 30 1<1; 1010 2 idle; 1010 2 gone; 1020 3 idle; 1020 3 gone; "
         "1030 1 idle; 1030 1 gone; 1500 +4>1; 1500 4 end; 1500 4 gone"},
        /* half closed */
        {{{0, CLIENT, FIN, 1, 1, 0}, {1001, SERVER, FIN, 2, 1, 0}},
         "0 +1>1; 1000 1 idle; 1000 1 gone; 1001 +2<1; 1001 2 end; 1001 2 gone"},
        /* the last packet of a flow that lingers keeps it, not the open one */
        {{{0, CLIENT, ACK, 1, 1, 0},
          {1, CLIENT, RST, 1, 0, 40001},
          {1002, CLIENT, ACK, 1, 0, 40001}},
         "0 +1>1; 1 +2>0; 1 2 rst; 1000 1 idle; 1000 1 gone; 1002 2>0; 1002 2 gone"},
    };

    expect_logs(scenarios, COUNT(scenarios), &options);
}

static void endless_timeout_never_ends(void **state)
{
    (void)state;
    struct flow_source_options options = defaults;
    options.idle_timeout_us = INT64_MAX;
    const struct scenario scenarios[] = {
        {{{0, CLIENT, ACK, 1, 1, 0},
          {5, CLIENT, ACK, 1, 1, 0},
          {US_PER_S * 100000000, CLIENT, ACK, 2, 1, 0}},
         "0 +1>1; 5 1>1; 100000000000000 1>1; 100000000000000 1 end; 100000000000000 1 gone"},
    };

    expect_logs(scenarios, COUNT(scenarios), &options);
}

/* One more than may be open is not opened: its packets are skipped until there is room. */
static const struct {
    int64_t max_flows;
    uint64_t skipped;
    struct scenario scenario;
} bounded_rows[] = {
    {2,
     0,
     {{{0, CLIENT, IS_UDP, 0, 1, 0}, {1, CLIENT, IS_UDP, 0, 2, 40001}},
      "0 +1>1; 1 +2>2; 1 1 end; 1 1 gone; 1 2 end; 1 2 gone"}},
    {1,
     1,
     {{{0, CLIENT, IS_UDP, 0, 1, 0}, {1, CLIENT, IS_UDP, 0, 2, 40001}},
      "0 +1>1; 1 1 end; 1 1 gone"}},
    /* those that are open continue; the third is skipped whenever it comes, from either end */
    {2,
     3,
     {{{0, CLIENT, IS_UDP, 0, 1, 0},
       {1, CLIENT, IS_UDP, 0, 2, 40001},
       {2, CLIENT, IS_UDP, 0, 3, 40002},
       {3, SERVER, IS_UDP, 0, 4, 40001},
       {4, SERVER, IS_UDP, 0, 5, 40002},
       {5, SERVER, IS_UDP, 0, 6, 0},
       {6, CLIENT, IS_UDP, 0, 7, 40002}},
      "0 +1>1; 1 +2>2; 3 2<4; 5 1<6; 6 1 end; 6 1 gone; 6 2 end; 6 2 gone"}},
    /* a flow that has been idle for too long makes room just before */
    {1,
     1,
     {{{0, CLIENT, IS_UDP, 0, 1, 0},
       {1000, CLIENT, IS_UDP, 0, 2, 40001},
       {1001, CLIENT, IS_UDP, 0, 3, 40001}},
      "0 +1>1; 1000 1 idle; 1000 1 gone; 1001 +2>3; 1001 2 end; 1001 2 gone"}},
    /* one that lingers makes room, too: the one closed first */
    {2,
     0,
     {{{0, CLIENT, RST, 0, 0, 0},
       {1, CLIENT, RST, 0, 0, 40001},
       {2, CLIENT, ACK, 0, 1, 40002},
       {3, SERVER, ACK, 0, 0, 40001}},
      "0 +1>0; 0 1 rst; 1 +2>0; 1 2 rst; 1 1 gone; 2 +3>1; 3 2<0; 3 2 gone; 3 3 end; "
      "3 3 gone"}},
    /* a new connection replaces the old one on its ports */
    {1,
     0,
     {{{0, CLIENT, SYN, 7, 0, 0}, {5, CLIENT, SYN, 8, 0, 0}},
      "0 +1>0; 5 1 syn; 5 1 gone; 5 +2>0; 5 2 end; 5 2 gone"}},
};

static void flows_open_at_once_are_bounded(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(bounded_rows); i++) {
        struct flow_source_options options = defaults;
        struct flow_source_counts counts;
        char log[LOG_BYTES];
        options.idle_timeout_us = 1000;
        options.max_flows = bounded_rows[i].max_flows;
        write_capture(bounded_rows[i].scenario.rows);
        log_events(&options, log, &counts);
        assert_string_equal(log, bounded_rows[i].scenario.log);
        assert_int_equal(counts.skipped[SKIP_MAX_FLOWS], bounded_rows[i].skipped);
        assert_int_equal(counts.packets, counts.replayed + bounded_rows[i].skipped);
    }
}

static void new_syn_is_a_new_flow(void **state)
{
    (void)state;
    const struct scenario scenarios[] = {
        /* sent again */
        {{{0, CLIENT, SYN, 7, 0, 0}, {5, CLIENT, SYN, 7, 0, 0}, {6, SERVER, SYN | ACK, 1, 0, 0}},
         "0 +1>0; 5 1>0; 6 1<0; 6 1 end; 6 1 gone"},
        /* with another number */
        {{{0, CLIENT, SYN, 7, 0, 0}, {5, CLIENT, SYN, 8, 0, 0}, {6, SERVER, SYN | ACK, 1, 0, 0}},
         "0 +1>0; 5 1 syn; 5 1 gone; 5 +2>0; 6 2<0; 6 2 end; 6 2 gone"},
        /* into a flow whose SYN was not seen; the other end may be the initiator now */
        {{{0, CLIENT, ACK, 7, 3, 0}, {5, SERVER, SYN, 7, 0, 0}},
         "0 +1>3; 5 1 syn; 5 1 gone; 5 +2>0; 5 2 end; 5 2 gone"},
        /* from both ends at once: one connection */
        {{{0, CLIENT, SYN, 7, 0, 0},
          {1, SERVER, SYN, 90, 0, 0},
          {2, CLIENT, SYN | ACK, 7, 0, 0},
          {3, SERVER, SYN | ACK, 90, 0, 0}},
         "0 +1>0; 1 1<0; 2 1>0; 3 1<0; 3 1 end; 3 1 gone"},
        /* of the other end, when payload has passed: another one */
        {{{0, CLIENT, SYN, 7, 0, 0}, {1, CLIENT, ACK, 8, 3, 0}, {2, SERVER, SYN, 90, 0, 0}},
         "0 +1>0; 1 1>3; 2 1 syn; 2 1 gone; 2 +2>0; 2 2 end; 2 2 gone"},
        /* after its own SYN+ACK, as captures sometimes have them */
        {{{0, SERVER, SYN | ACK, 5, 0, 0}, {1, CLIENT, SYN, 7, 0, 0}},
         "0 +1<0; 1 1>0; 1 1 end; 1 1 gone"},
        /* on a closed one, even with the number of old */
        {{{0, CLIENT, SYN, 7, 0, 0}, {1, SERVER, RST, 0, 0, 0}, {2, CLIENT, SYN, 7, 0, 0}},
         "0 +1>0; 1 1<0; 1 1 rst; 1 1 gone; 2 +2>0; 2 2 end; 2 2 gone"},
        /* three connections on one pair of ports */
        {{{0, CLIENT, SYN, 1, 0, 0},
          {1, CLIENT, SYN, 2, 0, 0},
          {2, CLIENT, SYN, 3, 0, 0},
          {3, SERVER, ACK, 3, 4, 0}},
         "0 +1>0; 1 1 syn; 1 1 gone; 1 +2>0; 2 2 syn; 2 2 gone; 2 +3>0; 3 3<4; 3 3 end; 3 3 gone"},
    };

    expect_logs(scenarios, COUNT(scenarios), &defaults);
}

/* A flow closed at 2 us by FINs, or at 1 us by a reset. */
static void closed_flows_linger(void **state)
{
    (void)state;
    const struct scenario scenarios[] = {
        {{{0, CLIENT, FIN, 1, 0, 0}, {2, SERVER, FIN, 1, 0, 0}, {3, CLIENT, ACK, 2, 0, 0}},
         "0 +1>0; 2 1<0; 2 1 fin; 3 1>0; 3 1 gone"},
        {{{0, CLIENT, FIN, 1, 0, 0},
          {2, SERVER, FIN, 1, 0, 0},
          {3, SERVER, FIN, 1, 0, 0},
          {4, CLIENT, RST, 1, 0, 0}},
         "0 +1>0; 2 1<0; 2 1 fin; 3 1<0; 4 1>0; 4 1 gone"},
        /* with payload, too: what is sent again, what was in flight */
        {{{0, CLIENT, FIN, 1, 0, 0}, {2, SERVER, FIN, 1, 0, 0}, {3, CLIENT, ACK, 2, 1, 0}},
         "0 +1>0; 2 1<0; 2 1 fin; 3 1>1; 3 1 gone"},
        {{{0, CLIENT, ACK, 1, 0, 0}, {1, CLIENT, RST, 1, 0, 0}, {3, SERVER, ACK, 2, 0, 0}},
         "0 +1>0; 1 1>0; 1 1 rst; 3 1<0; 3 1 gone"},
        {{{0, CLIENT, ACK, 1, 0, 0}, {1, CLIENT, RST, 1, 0, 0}, {3, SERVER, ACK, 2, 1, 0}},
         "0 +1>0; 1 1>0; 1 1 rst; 3 1<1; 3 1 gone"},
        /* a SYN+ACK: the first one, the same again, and that of another connection */
        {{{0, CLIENT, SYN, 1, 0, 0},
          {1, CLIENT, RST, 2, 0, 0},
          {2, SERVER, SYN | ACK, 9, 0, 0},
          {3, SERVER, SYN | ACK, 9, 0, 0},
          {4, SERVER, SYN | ACK, 8, 0, 0}},
         "0 +1>0; 1 1>0; 1 1 rst; 2 1<0; 3 1<0; 3 1 gone; 4 +2<0; 4 2 end; 4 2 gone"},
        {{{0, SERVER, ACK, 1, 5, 0}, {1, CLIENT, RST, 2, 0, 0}, {2, SERVER, SYN | ACK, 9, 0, 0}},
         "0 +1<5; 1 1>0; 1 1 rst; 1 1 gone; 2 +2<0; 2 2 end; 2 2 gone"},
        /* 5 s after the close, and a microsecond more */
        {{{0, CLIENT, FIN, 1, 0, 0}, {2, SERVER, FIN, 1, 0, 0}, {5000002, CLIENT, ACK, 2, 0, 0}},
         "0 +1>0; 2 1<0; 2 1 fin; 5000002 1>0; 5000002 1 gone"},
        {{{0, CLIENT, FIN, 1, 0, 0}, {2, SERVER, FIN, 1, 0, 0}, {5000003, CLIENT, ACK, 2, 0, 0}},
         "0 +1>0; 2 1<0; 2 1 fin; 2 1 gone"},
        /* a late packet does not prolong it */
        {{{0, CLIENT, FIN, 1, 0, 0},
          {2, SERVER, FIN, 1, 0, 0},
          {4000000, CLIENT, ACK, 2, 0, 0},
          {5000003, CLIENT, ACK, 2, 0, 0}},
         "0 +1>0; 2 1<0; 2 1 fin; 4000000 1>0; 4000000 1 gone"},
        /* in the order of closing; another flow's packets drive it */
        {{{0, CLIENT, ACK, 1, 0, 0},
          {1, CLIENT, RST, 1, 0, 40001},
          {2, CLIENT, RST, 1, 0, 0},
          {5000001, CLIENT, IS_UDP, 0, 9, 0},
          {5000002, CLIENT, IS_UDP, 0, 9, 0},
          {5000003, CLIENT, IS_UDP, 0, 9, 0}},
         "0 +1>0; 1 +2>0; 1 2 rst; 2 1>0; 2 1 rst; 5000001 +3>9; 5000001 2 gone; 5000002 3>9; "
         "5000002 1 gone; 5000003 3>9; 5000003 3 end; 5000003 3 gone"},
    };

    expect_logs(scenarios, COUNT(scenarios), &defaults);
}

/* After the 5 s the connection is remembered for the idle timeout, 60 s after its last packet. */
static void late_packets_open_no_flow(void **state)
{
    (void)state;
    static const struct {
        struct row rows[ROWS_MAX];
        const char *log;
        uint64_t late_packets, late_bytes;
    } cases[] = {
        /* 10 old bytes; 10 old and 5 new ones; an ACK; 7 new ones of the other end */
        {{{0, CLIENT, ACK, 100, 10, 0},
          {1, SERVER, RST, 50, 0, 0},
          {6000000, CLIENT, ACK, 100, 10, 0},
          {6000001, CLIENT, ACK, 100, 15, 0},
          {6000002, SERVER, ACK, 50, 0, 0},
          {6000003, SERVER, ACK, 50, 7, 0},
          {6000004, SERVER, ACK, 50, 7, 0}},
         "0 +1>10; 1 1<0; 1 1 rst; 1 1 gone",
         5,
         12},
        /* every late packet moves the end of the memory; 60 s after the last one it is there, a
         * microsecond later it is not */
        {{{0, CLIENT, ACK, 100, 10, 0},
          {1, SERVER, RST, 50, 0, 0},
          {60000001, CLIENT, ACK, 110, 1, 0},
          {120000001, CLIENT, ACK, 111, 1, 0},
          {180000002, CLIENT, ACK, 112, 1, 0}},
         "0 +1>10; 1 1<0; 1 1 rst; 1 1 gone; 180000002 +2>1; 180000002 2 end; 180000002 2 gone",
         2,
         2},
        /* a SYN opens a new flow at any time, and so does the answer to one */
        {{{0, CLIENT, RST, 1, 0, 0},
          {6000000, CLIENT, ACK, 1, 5, 0},
          {6000001, CLIENT, SYN, 1, 0, 0},
          {6000002, CLIENT, ACK, 2, 5, 0}},
         "0 +1>0; 0 1 rst; 0 1 gone; 6000001 +2>0; 6000002 2>5; 6000002 2 end; 6000002 2 gone",
         1,
         5},
        {{{0, CLIENT, RST, 1, 0, 0}, {6000001, SERVER, SYN | ACK, 1, 0, 0}},
         "0 +1>0; 0 1 rst; 0 1 gone; 6000001 +2<0; 6000001 2 end; 6000001 2 gone",
         0,
         0},
        /* other ports and UDP are other flows */
        {{{0, CLIENT, RST, 1, 0, 0},
          {6000000, CLIENT, ACK, 1, 5, 40001},
          {6000001, CLIENT, IS_UDP, 1, 5, 0}},
         "0 +1>0; 0 1 rst; 0 1 gone; 6000000 +2>5; 6000001 +3>5; 6000001 2 end; 6000001 2 gone; "
         "6000001 3 end; 6000001 3 gone",
         0,
         0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct flow_source_counts counts;
        char log[LOG_BYTES];
        write_capture(cases[i].rows);
        log_events(&defaults, log, &counts);
        assert_string_equal(log, cases[i].log);
        assert_int_equal(counts.skipped[SKIP_LATE], cases[i].late_packets);
        assert_int_equal(counts.late_bytes, cases[i].late_bytes);
    }
}

/* What is left at the end closes and retires in the order of numbers, whichever was last used. */
static void end_closes_in_order(void **state)
{
    (void)state;
    const struct scenario scenarios[] = {
        {{{0, CLIENT, IS_UDP, 0, 1, 40001},
          {1, CLIENT, IS_UDP, 0, 1, 40002},
          {2, CLIENT, RST, 0, 0, 40003},
          {3, CLIENT, IS_UDP, 0, 1, 40004},
          {4, SERVER, IS_UDP, 0, 1, 40001}},
         "0 +1>1; 1 +2>1; 2 +3>0; 2 3 rst; 3 +4>1; 4 1<1; 4 1 end; 4 1 gone; 4 2 end; 4 2 gone; "
         "4 3 gone; 4 4 end; 4 4 gone"},
    };

    expect_logs(scenarios, COUNT(scenarios), &defaults);
}

static void backward_timestamps_are_raised(void **state)
{
    (void)state;
    const struct scenario scenario = {
        {{100, CLIENT, IS_UDP, 0, 1, 0},
         {30100, CLIENT, IS_UDP, 0, 2, 0},
         {45100, CLIENT, IS_UDP, 0, 3, 0}, /* the one before leaves the window */
         {30099, CLIENT, IS_UDP, 0, 4, 0},
         {90, CLIENT, IS_UDP, 0, 5, 0},
         {45000, CLIENT, IS_UDP, 0, 6, 0},
         {45112, CLIENT, IS_UDP, 0, 7, 0}},
        "0 +1>1; 30000 1>2; 44900 1>6; 45000 1>3; 45000 1>4; 45000 1>5; 45012 1>7; 45012 1 end; "
        "45012 1 gone",
    };
    struct flow_source_counts counts;
    char log[LOG_BYTES];

    write_capture(scenario.rows);
    log_events(&defaults, log, &counts);
    assert_string_equal(log, scenario.log);
    assert_int_equal(counts.backward_timestamps, 2);
    assert_int_equal(counts.times.sorted, 1);
    assert_int_equal(counts.first_packet_ns, EPOCH_NS + 100000);
    assert_int_equal(counts.duration_us, 45012);
    assert_int_equal(counts.packets, 7);
    assert_int_equal(counts.replayed, 7);
    assert_int_equal(counts.bytes, 28);
    assert_int_equal(counts.wire_bytes, 7 * 42 + 28);
    assert_int_equal(counts.flows, 1);
    assert_int_equal(counts.shortened_gaps, 0);
}

/* Microseconds are counted from the first packet's nanosecond, and rounded down. */
static void nanoseconds_are_rounded_down(void **state)
{
    (void)state;
    static const int64_t times_ns[] = {999, 1000, 1998, 1999, 2999, 3998};
    struct pcap_file *file = pcap_file_new(path, DLT_EN10MB);
    struct flow_source_counts counts;
    char log[LOG_BYTES];

    for (size_t i = 0; i < COUNT(times_ns); i++) {
        const struct row row = {0, CLIENT, IS_UDP, 0, 1, 0};
        struct frame frame;
        make_frame(&frame, &row);
        pcap_file_add_ns(file, EPOCH_NS + times_ns[i], &frame);
    }
    pcap_file_close(file);
    log_events(&defaults, log, &counts);
    assert_string_equal(log, "0 +1>1; 0 1>1; 0 1>1; 1 1>1; 2 1>1; 2 1>1; 2 1 end; 2 1 gone");
    assert_int_equal(counts.first_packet_ns, EPOCH_NS + 999);
    assert_int_equal(counts.backward_timestamps, 0);
}

static void long_gaps_are_shortened(void **state)
{
    (void)state;
    const struct row rows[ROWS_MAX] = {
        {0, CLIENT, IS_UDP, 0, 1, 0},   {100, CLIENT, IS_UDP, 0, 2, 0},
        {201, CLIENT, IS_UDP, 0, 3, 0}, {1000, CLIENT, IS_UDP, 0, 4, 0},
        {900, CLIENT, IS_UDP, 0, 5, 0}, {1050, CLIENT, IS_UDP, 0, 6, 0},
    };
    const struct {
        int64_t max_gap_us;
        uint64_t shortened_gaps;
        int64_t removed_us;
        const char *log;
    } expected[] = {
        {0, 0, 0, "0 +1>1; 100 1>2; 201 1>3; 900 1>5; 1000 1>4; 1050 1>6; 1050 1 end; 1050 1 gone"},
        {699, 0, 0,
         "0 +1>1; 100 1>2; 201 1>3; 900 1>5; 1000 1>4; 1050 1>6; 1050 1 end; 1050 1 gone"},
        {698, 1, 1,
         "0 +1>1; 100 1>2; 201 1>3; 899 1>5; 999 1>4; 1049 1>6; 1049 1 end; 1049 1 gone"},
        {100, 2, 600, "0 +1>1; 100 1>2; 200 1>3; 300 1>5; 400 1>4; 450 1>6; 450 1 end; 450 1 gone"},
        {1, 5, 1045, "0 +1>1; 1 1>2; 2 1>3; 3 1>5; 4 1>4; 5 1>6; 5 1 end; 5 1 gone"},
    };

    write_capture(rows);
    for (size_t i = 0; i < COUNT(expected); i++) {
        struct flow_source_options options = defaults;
        struct flow_source_counts counts;
        char log[LOG_BYTES];
        options.max_gap_us = expected[i].max_gap_us;
        log_events(&options, log, &counts);
        assert_string_equal(log, expected[i].log);
        assert_int_equal(counts.shortened_gaps, expected[i].shortened_gaps);
        assert_int_equal(counts.removed_us, expected[i].removed_us);
        assert_int_equal(counts.backward_timestamps, 0);
        assert_int_equal(counts.duration_us + counts.removed_us, 1050);
    }
}

/* Idle times are the shortened ones. */
static void shortened_gaps_keep_flows_open(void **state)
{
    (void)state;
    struct flow_source_options options = defaults;
    options.max_gap_us = 1000;
    options.idle_timeout_us = 1000;
    const struct scenario scenarios[] = {
        {{{0, CLIENT, IS_UDP, 0, 1, 0}, {9999999, CLIENT, IS_UDP, 0, 1, 0}},
         "0 +1>1; 1000 1>1; 1000 1 end; 1000 1 gone"},
    };

    expect_logs(scenarios, COUNT(scenarios), &options);
}

/* Times begin with the first packet that passes; what does not pass leaves no trace but a count. */
static void filter_decides_what_counts(void **state)
{
    (void)state;
    const struct row rows[ROWS_MAX] = {
        {100, CLIENT, IS_UDP, 0, 1, 0}, {150, CLIENT, ACK, 0, 10, 0},
        {140, CLIENT, IS_UDP, 0, 2, 0}, {160, SERVER, ACK, 0, 20, 0},
        {900, CLIENT, IS_UDP, 0, 3, 0},
    };
    struct flow_source_options options = defaults;
    struct flow_source_counts counts;
    char log[LOG_BYTES];

    write_capture(rows);
    options.filter = "tcp";
    log_events(&options, log, &counts);
    assert_string_equal(log, "0 +1>10; 10 1<20; 10 1 end; 10 1 gone");
    assert_int_equal(counts.packets, 5);
    assert_int_equal(counts.replayed, 2);
    assert_int_equal(counts.skipped[SKIP_FILTERED], 3);
    assert_int_equal(counts.first_packet_ns, EPOCH_NS + 150000);
    assert_int_equal(counts.duration_us, 10);
    assert_int_equal(counts.backward_timestamps, 0);
    assert_int_equal(counts.wire_bytes, 2 * 54 + 30);

    options.filter = "icmp";
    log_events(&options, log, &counts);
    assert_string_equal(log, "");
    assert_int_equal(counts.skipped[SKIP_FILTERED], 5);
    assert_int_equal(counts.duration_us, 0);
    assert_int_equal(counts.wire_bytes, 0);
    assert_int_equal(counts.flows, 0);
}

static void modes_count_payload_packet_or_frame(void **state)
{
    (void)state;
    const struct row rows[ROWS_MAX] = {{0, CLIENT, ACK, 0, 100, 0}, {1, CLIENT, IS_UDP, 0, 0, 0}};
    const struct {
        enum count_mode count;
        const char *log;
        uint64_t bytes;
    } expected[] = {
        {COUNT_STREAM, "0 +1>100; 1 +2>0; 1 1 end; 1 1 gone; 1 2 end; 1 2 gone", 100},
        {COUNT_PAYLOAD, "0 +1>100; 1 +2>0; 1 1 end; 1 1 gone; 1 2 end; 1 2 gone", 100},
        {COUNT_IP, "0 +1>140; 1 +2>28; 1 1 end; 1 1 gone; 1 2 end; 1 2 gone", 168},
        {COUNT_WIRE, "0 +1>154; 1 +2>42; 1 1 end; 1 1 gone; 1 2 end; 1 2 gone", 196},
    };

    write_capture(rows);
    for (size_t i = 0; i < COUNT(expected); i++) {
        struct flow_source_options options = defaults;
        struct flow_source_counts counts;
        char log[LOG_BYTES];
        options.count = expected[i].count;
        log_events(&options, log, &counts);
        assert_string_equal(log, expected[i].log);
        assert_int_equal(counts.bytes, expected[i].bytes);
        assert_int_equal(counts.wire_bytes, 196);
    }
}

/* What is counted says nothing of whose it is. */
static void count_mode_does_not_change_flows(void **state)
{
    (void)state;
    struct flow_source_options options = defaults;
    options.count = COUNT_WIRE;
    const struct scenario scenarios[] = {
        {{{0, CLIENT, RST, 1, 0, 0}, {3, SERVER, ACK, 2, 0, 0}, {4, SERVER, ACK, 2, 1, 0}},
         "0 +1>54; 0 1 rst; 3 1<54; 4 1<55; 4 1 gone"},
    };

    expect_logs(scenarios, COUNT(scenarios), &options);
}

static void add_ipv4_fragment(struct pcap_file *file, int64_t time_us, uint32_t from, uint32_t id,
                              uint32_t offset, uint32_t bytes)
{
    struct frame frame = {0};

    frame_ipv4_fragment(&frame, PROTOCOL_UDP, from, CLIENT + SERVER - from, 20 + bytes, id, offset);
    if ((offset & 0x1fff) == 0)
        frame_udp(&frame, from == CLIENT ? 5000 : 53, from == CLIENT ? 53 : 5000, 2000);
    frame_zeros(&frame, 20 + bytes - frame.count);
    pcap_file_add(file, time_us, &frame);
}

/* After the fragment header there is another extension header, which only the first fragment
 * shows. */
static void add_ipv6_fragment(struct pcap_file *file, int64_t time_us, uint32_t id, uint32_t offset,
                              uint32_t bytes)
{
    struct frame frame = {0};

    frame_ipv6(&frame, 44, CLIENT, SERVER, 8 + bytes);
    frame_ipv6_fragment(&frame, 60, id, offset);
    if (offset >> 3 == 0) {
        frame_ipv6_extension(&frame, PROTOCOL_UDP, 8);
        frame_udp(&frame, 5000, 53, 2000);
    }
    frame_zeros(&frame, 48 + bytes - frame.count);
    pcap_file_add(file, time_us, &frame);
}

static void later_fragments_follow_the_first(void **state)
{
    (void)state;
    struct pcap_file *file = pcap_file_new(path, DLT_RAW);
    struct flow_source_counts counts;
    char log[LOG_BYTES];

    add_ipv4_fragment(file, 0, CLIENT, 7, 0x2000, 808);
    add_ipv4_fragment(file, 1, CLIENT, 7, 0x2000 | 101, 800);
    add_ipv4_fragment(file, 2, SERVER, 7, 0x2000, 108); /* the same number, the other way */
    add_ipv4_fragment(file, 3, CLIENT, 7, 201, 400);
    add_ipv4_fragment(file, 4, SERVER, 7, 13, 10);
    add_ipv4_fragment(file, 5, CLIENT, 8, 201, 400); /* its first one is not there */
    add_ipv6_fragment(file, 6, 7, 1, 816);
    add_ipv6_fragment(file, 7, 7, 102 << 3, 100);
    add_ipv6_fragment(file, 8, 9, 102 << 3, 100);
    pcap_file_close(file);
    log_events(&defaults, log, &counts);
    assert_string_equal(log, "0 +1>800; 1 1>800; 2 1<100; 3 1>400; 4 1<10; 5 +2>400; 6 +3>800; "
                             "7 3>100; 8 +4>100; 8 1 end; 8 1 gone; 8 2 end; 8 2 gone; 8 3 end; "
                             "8 3 gone; 8 4 end; 8 4 gone");
    assert_int_equal(counts.flows, 4);
}

/* In a tunnel from host 8 to 9; `outer` and `inner` are what the headers say of fragments. */
static void add_tunnelled(struct pcap_file *file, int64_t time_us, uint32_t outer, uint32_t inner,
                          uint32_t bytes)
{
    struct frame frame = {0};

    frame_ipv4_fragment(&frame, 4, 8, 9, 20 + 20 + bytes, 5, outer);
    if ((outer & 0x1fff) == 0) {
        frame_ipv4_fragment(&frame, PROTOCOL_UDP, CLIENT, SERVER, 20 + bytes, 7, inner);
        if ((inner & 0x1fff) == 0)
            frame_udp(&frame, 5000, 53, 2000);
    }
    frame_zeros(&frame, 40 + bytes - frame.count);
    pcap_file_add(file, time_us, &frame);
}

/* Fragments inside follow their first one. Of an outer packet in fragments, what comes after the
 * first stays with the outer addresses. */
static void fragments_and_tunnels(void **state)
{
    (void)state;
    struct flow_source_options options = defaults;
    struct pcap_file *file = pcap_file_new(path, DLT_RAW);
    struct flow_source_counts counts;
    char log[LOG_BYTES];

    add_tunnelled(file, 0, 0, 0x2000, 808);
    add_tunnelled(file, 1, 0, 101, 400);
    add_tunnelled(file, 2, 0x2000, 0, 108);
    add_tunnelled(file, 3, 16, 0, 60);
    pcap_file_close(file);
    log_events(&options, log, &counts);
    assert_string_equal(log, "0 +1>828; 1 1>420; 2 1>128; 3 1>80; 3 1 end; 3 1 gone");
    assert_int_equal(counts.tunnels[TUNNEL_IP_IN_IP], 3); /* the last one shows nothing */
    options.decapsulate = true;
    log_events(&options, log, &counts);
    assert_string_equal(log, "0 +1>800; 1 1>400; 2 1>100; 3 +2>80; 3 1 end; 3 1 gone; 3 2 end; "
                             "3 2 gone");
    assert_int_equal(counts.tunnels[TUNNEL_IP_IN_IP], 3);
}

static void skipped_packets_are_counted_by_reason(void **state)
{
    (void)state;
    struct pcap_file *file = pcap_file_new(path, DLT_EN10MB);
    const struct row row = {0, CLIENT, IS_UDP, 0, 5, 0};
    struct flow_source_options options = defaults;
    struct flow_source_counts counts;
    struct frame frame = {0};
    char log[LOG_BYTES];

    frame_ethernet(&frame, 0x0806);
    frame_zeros(&frame, 46);
    pcap_file_add(file, 100, &frame); /* not IP, but time begins here */
    make_frame(&frame, &row);
    pcap_file_add(file, 110, &frame);
    frame.count = 14 + 20 + 3;
    pcap_file_add(file, 120, &frame);
    frame.bytes[14] = 0x41;
    pcap_file_add(file, 130, &frame);
    pcap_file_add(file, 140, &frame); /* time ends here */
    pcap_file_close(file);
    log_events(&options, log, &counts);
    assert_string_equal(log, "10 +1>5; 40 1 end; 40 1 gone");
    assert_int_equal(counts.packets, 5);
    assert_int_equal(counts.replayed, 1);
    assert_int_equal(counts.skipped[SKIP_NONE], 0);
    assert_int_equal(counts.skipped[SKIP_LINK_TYPE], 0);
    assert_int_equal(counts.skipped[SKIP_NOT_IP], 1);
    assert_int_equal(counts.skipped[SKIP_CUT], 1);
    assert_int_equal(counts.skipped[SKIP_MALFORMED], 2);
    assert_int_equal(counts.skipped[SKIP_FILTERED], 0);
    assert_int_equal(counts.wire_bytes, 60 + 4 * 47);
    assert_int_equal(counts.duration_us, 40);

    /* a flow may be idle among packets that are no one's */
    options.idle_timeout_us = 29;
    log_events(&options, log, &counts);
    assert_string_equal(log, "10 +1>5; 39 1 idle; 39 1 gone");
    options.idle_timeout_us = 30;
    log_events(&options, log, &counts);
    assert_string_equal(log, "10 +1>5; 40 1 end; 40 1 gone");
}

static void other_link_types_are_skipped(void **state)
{
    (void)state;
    struct pcap_file *file = pcap_file_new(path, DLT_FDDI);
    struct flow_source_counts counts;
    struct frame frame = {.count = 60};
    char log[LOG_BYTES];

    pcap_file_add(file, 0, &frame);
    pcap_file_add(file, 9, &frame);
    pcap_file_close(file);
    log_events(&defaults, log, &counts);
    assert_string_equal(log, "");
    assert_int_equal(counts.skipped[SKIP_LINK_TYPE], 2);
    assert_int_equal(counts.duration_us, 9);
}

static void empty_capture_has_no_events(void **state)
{
    (void)state;
    struct flow_source_counts counts;
    const struct flow_source_counts nothing = {0};
    char log[LOG_BYTES];

    pcap_file_close(pcap_file_new(path, DLT_EN10MB));
    log_events(&defaults, log, &counts);
    assert_string_equal(log, "");
    assert_memory_equal(&counts, &nothing, sizeof(nothing));
}

static void failures_are_reported(void **state)
{
    (void)state;
    const struct row rows[ROWS_MAX] = {{0, CLIENT, ACK, 1, 1, 0}, {1, CLIENT, ACK, 2, 1, 0}};
    struct flow_source_options options = defaults;
    struct flow_source *source;
    struct flow_event event;
    char error[TRACE_ERROR_BYTES];
    size_t count;

    assert_int_equal(flow_source_open(path, &defaults, &source, error), TRACE_ERROR_OPEN);
    write_capture(rows);
    options.filter = "port of call";
    assert_int_equal(flow_source_open(path, &options, &source, error), TRACE_ERROR_FILTER);
    assert_ptr_equal(strstr(error, "--filter 'port of call': "), error);

    /* the second record's length; the first packet is still returned */
    uint8_t *bytes = file_read(path, &count);
    bytes[24 + 16 + 54 + 8 + 2] = 0x42;
    file_write(path, bytes, count);
    free(bytes);
    assert_int_equal(flow_source_open(path, &defaults, &source, error), TRACE_OK);
    assert_int_equal(flow_source_next(source, &event, error), TRACE_OK);
    assert_int_equal(flow_source_next(source, &event, error), TRACE_ERROR_FORMAT);
    assert_non_null(strstr(error, "packet 2 is damaged"));
    flow_source_free(source);
    flow_source_free(NULL);
}

static void times_of_all_ages_do_not_overflow(void **state)
{
    (void)state;
    static const int64_t times_ns[] = {0, INT64_C(2147483648) * 1000000000,
                                       INT64_C(4294967295) * 1000000000};
    struct pcap_file *file = pcap_file_new(path, DLT_EN10MB);
    struct flow_source_counts counts;
    char log[LOG_BYTES];

    for (size_t i = 0; i < COUNT(times_ns); i++) {
        const struct row row = {0, CLIENT, IS_UDP, 0, 1, 40001 + (uint32_t)i};
        struct frame frame;
        make_frame(&frame, &row);
        pcap_file_add_ns(file, times_ns[i], &frame);
    }
    pcap_file_close(file);
    log_events(&defaults, log, &counts);
    assert_string_equal(log, "0 +1>1; 60000000 1 idle; 60000000 1 gone; 2147483648000000 +2>1; "
                             "2147483708000000 2 idle; 2147483708000000 2 gone; "
                             "4294967295000000 +3>1; 4294967295000000 3 end; "
                             "4294967295000000 3 gone");
}

static void closes_have_names(void **state)
{
    (void)state;
    static const char *const names[] = {"open", "fin", "rst", "syn", "idle", "end"};

    for (int how = FLOW_OPEN; how <= FLOW_CLOSED_END; how++)
        assert_string_equal(flow_close_name((enum flow_close)how), names[how]);
}

/* A reader that stops before an event gives it back: the counts are those of the events before
 * it. */
static void an_event_is_handed_back(void **state)
{
    (void)state;
    static const struct row rows[] = {{0, CLIENT, IS_UDP, 0, 10, 0},
                                      {1000, SERVER, IS_UDP, 0, 20, 0},
                                      {2000, CLIENT, IS_UDP, 0, 40, 41000},
                                      {90 * US_PER_S, CLIENT, IS_UDP, 0, 80, 42000},
                                      {0}};
    /* After N events: the second flow's first packet, the first flow's end for idleness, with the
     * last packet read ahead; the first packet of all. */
    static const struct {
        int events;
        enum flow_event_kind kind;
        uint64_t packets, replayed, flows, bytes, wire_bytes;
    } stops[] = {
        {1, FLOW_EVENT_PACKET, 0, 0, 0, 0, 0},
        {2, FLOW_EVENT_PACKET, 1, 1, 1, 10, 52},
        {3, FLOW_EVENT_PACKET, 2, 2, 1, 30, 52 + 62},
        {4, FLOW_EVENT_CLOSE, 3, 3, 2, 70, 52 + 62 + 82},
    };

    write_capture(rows);
    for (size_t i = 0; i < COUNT(stops); i++) {
        struct flow_source *source;
        struct flow_event event;
        char error[TRACE_ERROR_BYTES];
        assert_int_equal(flow_source_open(path, &defaults, &source, error), TRACE_OK);
        for (int n = 0; n < stops[i].events; n++)
            assert_int_equal(flow_source_next(source, &event, error), TRACE_OK);
        assert_int_equal(event.kind, stops[i].kind);
        flow_source_return(source, &event);
        const struct flow_source_counts *counts = flow_source_counts(source);
        assert_int_equal(counts->packets, stops[i].packets);
        assert_int_equal(counts->replayed, stops[i].replayed);
        assert_int_equal(counts->flows, stops[i].flows);
        assert_int_equal(counts->bytes, stops[i].bytes);
        assert_int_equal(counts->wire_bytes, stops[i].wire_bytes);
        flow_source_free(source);
    }
}

static uint32_t random_below(uint64_t *state, uint32_t limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % limit);
}

/* Whatever happens on few ports: every flow opens, closes and retires once, in this order, and
 * keeps its record until it retires; the sums are those of the file, but for late packets. */
enum { LIFE_PACKETS = 20000 };
enum stage { UNBORN, LIVES, CLOSED, GONE };

/* Writes packets of random flows; returns their bytes of payload. */
static uint64_t write_random_packets(void)
{
    static const uint32_t flags[] = {0,   ACK, ACK,       ACK,       SYN,    SYN | ACK,
                                     RST, FIN, FIN | ACK, FIN | ACK, IS_UDP, IS_UDP};
    struct pcap_file *file = pcap_file_new(path, DLT_EN10MB);
    uint64_t random = 1, payload_bytes = 0;
    int64_t time_us = 0;

    for (uint32_t i = 0; i < LIFE_PACKETS; i++) {
        static const uint32_t gaps_us[] = {0, 1, 1000, 300000, 6000000};
        struct row row = {
            .sender = CLIENT + random_below(&random, 2),
            .flags = flags[random_below(&random, COUNT(flags))],
            .sequence = random_below(&random, 3),
            .payload_bytes = random_below(&random, 2) * random_below(&random, 1400),
            .client_port = 40000 + random_below(&random, 5),
        };
        struct frame frame;
        make_frame(&frame, &row);
        uint32_t gap = random_below(&random, 30);
        time_us += gap < COUNT(gaps_us) ? gaps_us[gap] : 10;
        pcap_file_add(file, time_us, &frame);
        payload_bytes += row.payload_bytes;
    }
    pcap_file_close(file);
    return payload_bytes;
}

static void expect_next_stage(const struct flow_event *event, enum stage *stage, uint64_t *flows)
{
    switch (event->kind) {
    case FLOW_EVENT_PACKET:
        if (event->opens_flow) {
            assert_int_equal(event->flow->number, ++*flows);
            assert_int_equal(*stage, UNBORN);
            *event->user = stage;
            *stage = LIVES;
        }
        assert_true(*stage == LIVES || *stage == CLOSED);
        break;
    case FLOW_EVENT_CLOSE:
        assert_int_equal(*stage, LIVES);
        *stage = CLOSED;
        break;
    case FLOW_EVENT_RETIRE:
        assert_int_equal(*stage, CLOSED);
        *stage = GONE;
        break;
    }
    assert_ptr_equal(*event->user, stage);
    assert_int_equal(event->flow->close == FLOW_OPEN, *stage == LIVES);
}

static void every_flow_has_one_life(void **state)
{
    (void)state;
    static enum stage stages[LIFE_PACKETS + 1];
    struct flow_source_options options = defaults;
    struct flow_source *source;
    struct flow_event event;
    char error[TRACE_ERROR_BYTES];
    uint64_t payload_bytes = write_random_packets();
    uint64_t flows = 0, gone = 0, packets = 0, bytes = 0;
    int64_t last_us = 0;

    options.idle_timeout_us = 7 * US_PER_S;
    memset(stages, 0, sizeof(stages));
    assert_int_equal(flow_source_open(path, &options, &source, error), TRACE_OK);
    while (flow_source_next(source, &event, error) == TRACE_OK) {
        assert_true(event.time_us >= last_us);
        last_us = event.time_us;
        packets += event.kind == FLOW_EVENT_PACKET;
        bytes += event.kind == FLOW_EVENT_PACKET ? event.bytes : 0;
        gone += event.kind == FLOW_EVENT_RETIRE;
        expect_next_stage(&event, &stages[event.flow->number], &flows);
    }
    const struct flow_source_counts *counts = flow_source_counts(source);
    assert_int_equal(packets + counts->skipped[SKIP_LATE], LIFE_PACKETS);
    assert_in_range(counts->skipped[SKIP_LATE], 1, LIFE_PACKETS / 4);
    assert_in_range(bytes, payload_bytes - 1400 * counts->skipped[SKIP_LATE], payload_bytes);
    assert_int_equal(gone, flows);
    assert_int_equal(counts->flows, flows);
    assert_int_equal(counts->bytes, bytes);
    assert_in_range(flows, 1000, LIFE_PACKETS / 2);
    flow_source_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(both_directions_are_one_flow, scratch_empty),
        cmocka_unit_test_teardown(initiator_sent_the_syn_or_has_the_high_port, scratch_empty),
        cmocka_unit_test_teardown(late_packets_open_no_flow, scratch_empty),
        cmocka_unit_test_teardown(fins_and_resets_close, scratch_empty),
        cmocka_unit_test_teardown(idle_flows_close, scratch_empty),
        cmocka_unit_test_teardown(endless_timeout_never_ends, scratch_empty),
        cmocka_unit_test_teardown(flows_open_at_once_are_bounded, scratch_empty),
        cmocka_unit_test_teardown(new_syn_is_a_new_flow, scratch_empty),
        cmocka_unit_test_teardown(closed_flows_linger, scratch_empty),
        cmocka_unit_test_teardown(end_closes_in_order, scratch_empty),
        cmocka_unit_test_teardown(backward_timestamps_are_raised, scratch_empty),
        cmocka_unit_test_teardown(nanoseconds_are_rounded_down, scratch_empty),
        cmocka_unit_test_teardown(long_gaps_are_shortened, scratch_empty),
        cmocka_unit_test_teardown(shortened_gaps_keep_flows_open, scratch_empty),
        cmocka_unit_test_teardown(filter_decides_what_counts, scratch_empty),
        cmocka_unit_test_teardown(modes_count_payload_packet_or_frame, scratch_empty),
        cmocka_unit_test_teardown(count_mode_does_not_change_flows, scratch_empty),
        cmocka_unit_test_teardown(later_fragments_follow_the_first, scratch_empty),
        cmocka_unit_test_teardown(fragments_and_tunnels, scratch_empty),
        cmocka_unit_test_teardown(skipped_packets_are_counted_by_reason, scratch_empty),
        cmocka_unit_test_teardown(other_link_types_are_skipped, scratch_empty),
        cmocka_unit_test_teardown(empty_capture_has_no_events, scratch_empty),
        cmocka_unit_test_teardown(failures_are_reported, scratch_empty),
        cmocka_unit_test_teardown(times_of_all_ages_do_not_overflow, scratch_empty),
        cmocka_unit_test(closes_have_names),
        cmocka_unit_test_teardown(an_event_is_handed_back, scratch_empty),
        cmocka_unit_test_teardown(every_flow_has_one_life, scratch_empty),
    };

    return cmocka_run_group_tests_name("flow_source", tests, set_up, scratch_remove);
}
