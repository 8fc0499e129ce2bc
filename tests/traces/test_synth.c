#include "traces/synth.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "tests/scratch.h"
#include "traces/exact_math.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { FIN = 0x01, SYN = 0x02, PUSH = 0x08, ACK = 0x10 };

/* One packet as read back. */
struct packet {
    uint64_t time_us; /* from 1000000000.000000 */
    uint32_t bytes, kept_bytes, payload_bytes;
    uint32_t source, destination;
    uint32_t source_port, destination_port;
    uint32_t sequence, acknowledged, flags; /* TCP only */
    uint32_t window;
};

static const char *capture_path, *other_path, *part_path;

static int set_up(void **state)
{
    scratch_make(state);
    capture_path = scratch_path("a.pcap");
    part_path = scratch_path("a.pcap.part");
    other_path = scratch_path("b.pcap");
    return 0;
}

static uint32_t get16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t get32(const uint8_t *bytes)
{
    return get16(bytes) << 16 | get16(bytes + 2);
}

static uint32_t word_sum(const uint8_t *bytes, uint32_t count)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < count; i += 2)
        sum += (uint32_t)bytes[i] << 8 | (i + 1 < count ? bytes[i + 1] : 0u);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* Compares lengths and checksums and decodes the packet. */
static struct packet parse_packet(const struct pcap_pkthdr *record, const uint8_t *frame)
{
    const uint8_t *ip = frame + 14;
    const uint8_t *transport = ip + 20;
    uint32_t ip_bytes = get16(ip + 2);
    struct packet packet = {
        .time_us =
            (uint64_t)(record->ts.tv_sec - 1000000000) * 1000000 + (uint64_t)record->ts.tv_usec,
        .bytes = record->len,
        .kept_bytes = record->caplen,
        .source = get32(ip + 12),
        .destination = get32(ip + 16),
        .source_port = get16(transport),
        .destination_port = get16(transport + 2),
    };

    assert_int_equal(get16(frame + 12), 0x0800);
    assert_int_equal(ip[0], 0x45);
    assert_int_equal(record->len, 14 + ip_bytes);
    assert_int_equal(word_sum(ip, 20), 0xffff);
    if (ip[9] == 6) {
        uint32_t header_bytes = (uint32_t)(transport[12] >> 4) * 4;
        packet.payload_bytes = ip_bytes - 20 - header_bytes;
        packet.sequence = get32(transport + 4);
        packet.acknowledged = get32(transport + 8);
        packet.flags = transport[13];
        packet.window = get16(transport + 14);
        assert_true(record->caplen >= 34 + header_bytes);
    } else {
        assert_int_equal(ip[9], 17);
        assert_int_equal(get16(transport + 4), ip_bytes - 20);
        packet.payload_bytes = ip_bytes - 28;
    }
    /* what is cut off is zeros, so that the sum holds without it */
    uint8_t pseudo[12] = {0};
    memcpy(pseudo, ip + 12, 8);
    pseudo[9] = ip[9];
    pseudo[10] = (uint8_t)((ip_bytes - 20) >> 8);
    pseudo[11] = (uint8_t)(ip_bytes - 20);
    uint32_t sum = word_sum(pseudo, 12) + word_sum(transport, record->caplen - 34);
    assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
    return packet;
}

/* Reads a whole capture; the caller frees the packets. */
static size_t read_packets(const char *path, struct packet **packets)
{
    char text[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_open_offline(path, text);
    struct pcap_pkthdr *record;
    const u_char *frame;
    size_t count = 0;
    size_t room = 0;
    int result;

    assert_non_null(pcap);
    assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
    *packets = NULL;
    while ((result = pcap_next_ex(pcap, &record, &frame)) == 1) {
        if (count == room) {
            room = room ? 2 * room : 1024;
            *packets = realloc(*packets, room * sizeof(**packets));
            assert_non_null(*packets);
        }
        (*packets)[count++] = parse_packet(record, frame);
    }
    assert_int_equal(result, PCAP_ERROR_BREAK);
    pcap_close(pcap);
    return count;
}

static size_t make(const struct synth_spec *spec, struct packet **packets)
{
    char error[TRACE_ERROR_BYTES] = "";

    if (synth_write(spec, capture_path, error) != TRACE_OK)
        fail_msg("%s", error);
    assert_int_equal(access(part_path, F_OK), -1);
    return read_packets(capture_path, packets);
}

static bool same_bytes(const char *path, const char *other)
{
    FILE *a = fopen(path, "rb");
    FILE *b = fopen(other, "rb");
    int byte;

    assert_non_null(a);
    assert_non_null(b);
    do
        byte = getc(a);
    while (byte == getc(b) && byte != EOF);
    fclose(a);
    fclose(b);
    return byte == EOF;
}

/* Keeps the data packets, in place. */
static size_t only_data(struct packet *packets, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (packets[i].payload_bytes > 0)
            packets[kept++] = packets[i];
    return kept;
}

/* The distance of two doubles of one sign, in units in the last place. */
static int64_t ulps(double a, double b)
{
    int64_t x;
    int64_t y;

    memcpy(&x, &a, sizeof(x));
    memcpy(&y, &b, sizeof(y));
    return x > y ? x - y : y - x;
}

static void exact_functions_are_libms_within_2_ulp(void **state)
{
    (void)state;
    assert_true(exact_log(1) == 0);
    assert_true(exact_exp(0) == 1);
    assert_true(exact_log(0x1p-53) == log(0x1p-53));
    for (int i = 1; i <= 400000; i++) {
        double near_one = i / 200000.0;
        double wide = ldexp(1 + i / 400001.0, i % 2000 - 1000);
        double power = (i - 200000) / 290.0;
        assert_in_range(ulps(exact_log(near_one), log(near_one)), 0, 2);
        assert_in_range(ulps(exact_log(wide), log(wide)), 0, 2);
        assert_in_range(ulps(exact_exp(power), exp(power)), 0, 2);
        assert_in_range(ulps(exact_exp(power / 1000), exp(power / 1000)), 0, 2);
    }
    assert_in_range(ulps(exact_log(0x1p-1074), log(0x1p-1074)), 0, 2);
    assert_in_range(ulps(exact_exp(700), exp(700)), 0, 2);
    assert_in_range(ulps(exact_exp(-700), exp(-700)), 0, 2);
}

/* 100 packets of 1000 bytes in a second are at 0, 10, ... 990 ms. The window of the SYN-ACK, 65535
 * bytes, would be passed by the 66th, so that the responder acknowledges 65 just before it. */
static void constant_source_is_exact(void **state)
{
    (void)state;
    struct synth_spec spec;
    struct packet *packets;

    synth_spec_init(&spec);
    spec.rate_bytes_per_s = 100000;
    spec.duration_us = 1000000;
    size_t count = make(&spec, &packets);
    assert_int_equal(count, 3 + 65 + 1 + 35 + 3);

    uint32_t first = packets[0].sequence;
    uint32_t other = packets[1].sequence;
    const struct {
        size_t packet;
        bool initiator;
        uint64_t time_us;
        uint32_t flags, sequence, acknowledged, payload_bytes, bytes, kept_bytes;
    } rows[] = {
        {0, true, 0, SYN, first, 0, 0, 62, 62},
        {1, false, 0, SYN | ACK, other, first + 1, 0, 62, 62},
        {2, true, 0, ACK, first + 1, other + 1, 0, 54, 54},
        {3, true, 0, PUSH | ACK, first + 1, other + 1, 1000, 1054, 64},
        {4, true, 10000, PUSH | ACK, first + 1001, other + 1, 1000, 1054, 64},
        {67, true, 640000, PUSH | ACK, first + 64001, other + 1, 1000, 1054, 64},
        {68, false, 650000, ACK, other + 1, first + 65001, 0, 54, 54},
        {69, true, 650000, PUSH | ACK, first + 65001, other + 1, 1000, 1054, 64},
        {103, true, 990000, PUSH | ACK, first + 99001, other + 1, 1000, 1054, 64},
        {104, true, 1000000, FIN | ACK, first + 100001, other + 1, 0, 54, 54},
        {105, false, 1000000, FIN | ACK, other + 1, first + 100002, 0, 54, 54},
        {106, true, 1000000, ACK, first + 100002, other + 2, 0, 54, 54},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct packet *packet = &packets[rows[i].packet];
        assert_int_equal(packet->time_us, rows[i].time_us);
        assert_int_equal(packet->source, rows[i].initiator ? 0xc6120001 : 0xc6130001);
        assert_int_equal(packet->destination, rows[i].initiator ? 0xc6130001 : 0xc6120001);
        assert_int_equal(packet->source_port, rows[i].initiator ? 49152 : 80);
        assert_int_equal(packet->destination_port, rows[i].initiator ? 80 : 49152);
        assert_int_equal(packet->flags, rows[i].flags);
        assert_int_equal(packet->sequence, rows[i].sequence);
        assert_int_equal(packet->acknowledged, rows[i].acknowledged);
        assert_int_equal(packet->payload_bytes, rows[i].payload_bytes);
        assert_int_equal(packet->bytes, rows[i].bytes);
        assert_int_equal(packet->kept_bytes, rows[i].kept_bytes);
    }
    count = only_data(packets, count);
    assert_int_equal(count, 100);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(packets[i].time_us, 10000 * i);
        assert_int_equal(packets[i].sequence, first + 1 + 1000 * i);
    }
    free(packets);
}

/* Packet k is at floor(k * packet_bytes * 10^6 / rate), whatever the gap is. */
static void constant_source_carries_the_remainder(void **state)
{
    (void)state;
    const struct {
        uint64_t rate_bytes_per_s, duration_us;
        uint32_t packet_bytes;
        size_t packets; /* ceil(duration / gap) */
    } rows[] = {
        {300000, 1000000, 1000, 300},    /* gap 3333 1/3 us */
        {300000, 999999, 1000, 300},     /* the last is at 996666 */
        {299999, 1000000, 1000, 300},    /* 299.999 */
        {300001, 1000000, 1000, 301},    /* 300.001: the last at 999996 */
        {7000000, 1000, 3, 2334},        /* 3/7 us: several in one microsecond; 2333 1/3 */
        {1000000000000, 10, 65000, 154}, /* 0.065 us; 153.8 */
        {1, 1000000, 65000, 1},          /* 18 hours */
        {100, 1000000000, 100, 1000},    {100, 1, 100, 1},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct synth_spec spec;
        struct packet *packets;
        synth_spec_init(&spec);
        spec.rate_bytes_per_s = rows[i].rate_bytes_per_s;
        spec.duration_us = rows[i].duration_us;
        spec.packet_bytes = rows[i].packet_bytes;
        size_t count = make(&spec, &packets);
        count = only_data(packets, count);
        assert_int_equal(count, rows[i].packets);
        for (size_t k = 0; k < count; k++)
            assert_int_equal(packets[k].time_us,
                             k * rows[i].packet_bytes * 1000000 / rows[i].rate_bytes_per_s);
        free(packets);
    }
}

/* At one microsecond the initiator's packet is first, and the responder's acknowledges it. */
static void both_directions_acknowledge_each_other(void **state)
{
    (void)state;
    struct synth_spec spec;
    struct packet *packets;

    synth_spec_init(&spec);
    spec.direction = SYNTH_BOTH;
    spec.duration_us = 1000000; /* 125 packets a second each way, 8 ms apart */
    size_t count = make(&spec, &packets);
    assert_int_equal(count, 3 + 250 + 3);

    uint32_t first = packets[0].sequence + 1;
    uint32_t other = packets[1].sequence + 1;
    for (uint32_t i = 0; i < 125; i++) {
        const struct packet *read = &packets[3 + 2 * i];
        const struct packet *written = &packets[4 + 2 * i];
        assert_int_equal(read->time_us, 8000 * i);
        assert_int_equal(read->source, 0xc6120001);
        assert_int_equal(read->sequence, first + 1000 * i);
        assert_int_equal(read->acknowledged, other + 1000 * i);
        assert_int_equal(written->time_us, 8000 * i);
        assert_int_equal(written->source, 0xc6130001);
        assert_int_equal(written->sequence, other + 1000 * i);
        assert_int_equal(written->acknowledged, first + 1000 * (i + 1));
    }
    free(packets);
}

static void write_direction_is_the_responders(void **state)
{
    (void)state;
    struct synth_spec spec;
    struct packet *packets;

    synth_spec_init(&spec);
    spec.direction = SYNTH_WRITE;
    size_t count = make(&spec, &packets);
    assert_int_equal(packets[0].source, 0xc6120001); /* the initiator still opens it */
    count = only_data(packets, count);
    assert_int_equal(count, 1250);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(packets[i].source, 0xc6130001);
    free(packets);
}

/*
 * 2684354560 bytes are 2.5 times the window of 65535 * 2^14, and past 2^31, from where on sequence
 * numbers compare the other way round if nothing is acknowledged. An end that only receives sends
 * two bare ACKs; the responder one more before, as the window of its SYN-ACK is not scaled.
 */
static void announced_window_is_never_filled(void **state)
{
    (void)state;
    const struct {
        enum synth_direction direction;
        uint32_t packet_bytes;
        size_t bare_acks;
    } rows[] = {
        {SYNTH_READ, 65000, 3},
        {SYNTH_READ, 32768, 3}, /* would fill the window to the byte */
        {SYNTH_WRITE, 32768, 2},
        {SYNTH_BOTH, 65000, 0},
    };

    for (size_t row = 0; row < COUNT(rows); row++) {
        struct synth_spec spec;
        struct packet *packets;
        uint32_t next[2] = {0}, acknowledged[2] = {0}, window_bytes[2] = {0};
        size_t empty = 0;
        synth_spec_init(&spec);
        spec.direction = rows[row].direction;
        spec.packet_bytes = rows[row].packet_bytes;
        spec.rate_bytes_per_s = 2684354560;
        spec.duration_us = 1000000;
        size_t count = make(&spec, &packets);
        for (size_t i = 0; i < count; i++) {
            int me = packets[i].source == 0xc6130001;
            bool syn = packets[i].flags & SYN;
            if (!syn) {
                assert_int_equal(packets[i].sequence, next[me]);
                assert_int_equal(packets[i].acknowledged, next[!me]);
            }
            next[me] = packets[i].sequence + packets[i].payload_bytes +
                       (packets[i].flags & (SYN | FIN) ? 1 : 0);
            acknowledged[me] = packets[i].acknowledged;
            window_bytes[me] = syn ? packets[i].window : packets[i].window << 14;
            if (packets[i].payload_bytes > 0)
                assert_true(next[me] - acknowledged[!me] < window_bytes[!me]);
            else
                empty++;
        }
        assert_int_equal(empty, 3 + rows[row].bare_acks + 3);
        free(packets);
    }
}

static void udp_has_only_data(void **state)
{
    (void)state;
    struct synth_spec spec;
    struct packet *packets;

    synth_spec_init(&spec);
    spec.protocol = SYNTH_UDP;
    spec.snaplen_bytes = 42;
    spec.packet_bytes = 125;
    spec.flows = 3;
    spec.duration_us = 2000; /* 0 and 1 ms */
    size_t count = make(&spec, &packets);
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(packets[i].time_us, i / 3 * 1000);
        assert_int_equal(packets[i].source, 0xc6120001 + i % 3);
        assert_int_equal(packets[i].source_port, 49152);
        assert_int_equal(packets[i].destination, 0xc6130001);
        assert_int_equal(packets[i].destination_port, 9);
        assert_int_equal(packets[i].payload_bytes, 125);
        assert_int_equal(packets[i].bytes, 14 + 20 + 8 + 125);
        assert_int_equal(packets[i].kept_bytes, 42);
    }
    free(packets);
}

static void snaplen_keeps_whole_packets_if_asked(void **state)
{
    (void)state;
    for (uint32_t protocol = SYNTH_TCP; protocol <= SYNTH_UDP; protocol++) {
        struct synth_spec spec;
        struct packet *packets;
        synth_spec_init(&spec);
        spec.protocol = (enum synth_protocol)protocol;
        spec.snaplen_bytes = SYNTH_SNAPLEN_MAX;
        spec.packet_bytes = SYNTH_PACKET_BYTES_MAX;
        size_t count = make(&spec, &packets);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(packets[i].kept_bytes, packets[i].bytes);
        assert_int_equal(only_data(packets, count), 20); /* 19.2 packets of 65000 in 1250000 */
        free(packets);
    }
}

/* Past the last address, 198.18.255.254, the next port follows. */
static void every_flow_has_its_own_tuple(void **state)
{
    (void)state;
    struct synth_spec spec;
    struct packet *packets;

    synth_spec_init(&spec);
    spec.protocol = SYNTH_UDP;
    spec.flows = 2 * 65534 + 2;
    spec.duration_us = 1;
    size_t count = make(&spec, &packets);
    assert_int_equal(count, 2 * 65534 + 2);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(packets[i].source, 0xc6120001 + i % 65534);
        assert_int_equal(packets[i].source_port, 49152 + i / 65534);
    }
    assert_int_equal(packets[65533].source, 0xc612fffe);
    free(packets);
}

static void seed_decides_the_bytes(void **state)
{
    (void)state;
    static const enum synth_source sources[] = {SYNTH_ON_OFF, SYNTH_POISSON, SYNTH_PARETO};
    char error[TRACE_ERROR_BYTES];

    for (size_t i = 0; i < COUNT(sources); i++) {
        struct synth_spec spec;
        synth_spec_init(&spec);
        spec.source = sources[i];
        spec.protocol = SYNTH_UDP; /* TCP's first sequence numbers would differ anyway */
        spec.on_us = spec.off_us = 50000;
        spec.flows = 5;
        assert_int_equal(synth_write(&spec, capture_path, error), TRACE_OK);
        assert_int_equal(synth_write(&spec, other_path, error), TRACE_OK);
        assert_true(same_bytes(capture_path, other_path));
        spec.seed++;
        assert_int_equal(synth_write(&spec, other_path, error), TRACE_OK);
        assert_false(same_bytes(capture_path, other_path));
    }
}

static bool same_packet(const struct packet *a, const struct packet *b)
{
    return a->time_us == b->time_us && a->bytes == b->bytes && a->source == b->source &&
           a->destination == b->destination && a->source_port == b->source_port &&
           a->destination_port == b->destination_port && a->flags == b->flags &&
           a->sequence == b->sequence && a->acknowledged == b->acknowledged;
}

/* Without the packets that only the second capture has, the first one is left, in its order. */
static void assert_part_of(const struct packet *part, size_t part_count, const struct packet *whole,
                           size_t whole_count)
{
    size_t found = 0;

    for (size_t i = 0; i < whole_count && found < part_count; i++)
        if (same_packet(&part[found], &whole[i]))
            found++;
    assert_int_equal(found, part_count);
}

static void other_flows_and_directions_change_nothing(void **state)
{
    (void)state;
    for (uint32_t source = SYNTH_CONSTANT; source <= SYNTH_PARETO; source++) {
        struct synth_spec spec;
        struct packet *few, *many, *both;
        synth_spec_init(&spec);
        spec.source = (enum synth_source)source;
        spec.spread_us = 3000000;
        spec.flows = 3;
        size_t few_count = make(&spec, &few);
        spec.flows = 7;
        size_t many_count = make(&spec, &many);
        assert_true(many_count > few_count);
        assert_part_of(few, few_count, many, many_count);
        free(few);
        free(many);

        /* UDP, as TCP's acknowledgments depend on the other direction */
        spec.protocol = SYNTH_UDP;
        few_count = make(&spec, &few);
        spec.direction = SYNTH_WRITE;
        many_count = make(&spec, &many);
        spec.direction = SYNTH_BOTH;
        size_t both_count = make(&spec, &both);
        assert_int_equal(both_count, few_count + many_count);
        assert_part_of(few, few_count, both, both_count);
        assert_part_of(many, many_count, both, both_count);
        free(few);
        free(many);
        free(both);
    }
}

/* Non-decreasing times, ties by flow; each flow starts within the spread and ends at the end. */
static void packets_are_in_order(void **state)
{
    (void)state;
    enum { FLOWS = 500, DURATION_US = 100000, SPREAD_US = 40000 };

    for (uint32_t source = SYNTH_CONSTANT; source <= SYNTH_PARETO; source++) {
        struct synth_spec spec;
        struct packet *packets;
        uint64_t latest_start_us = 0;
        size_t fins = 0;
        synth_spec_init(&spec);
        spec.source = (enum synth_source)source;
        spec.direction = SYNTH_BOTH;
        spec.flows = FLOWS;
        spec.rate_bytes_per_s = 1000000;
        spec.duration_us = DURATION_US;
        spec.spread_us = SPREAD_US;
        size_t count = make(&spec, &packets);
        for (size_t i = 0; i < count; i++) {
            const struct packet *packet = &packets[i];
            bool initiator = packet->destination == 0xc6130001;
            if (i > 0 && packets[i - 1].time_us == packet->time_us) {
                const struct packet *before = &packets[i - 1];
                bool before_initiator = before->destination == 0xc6130001;
                uint32_t address = initiator ? packet->source : packet->destination;
                uint32_t before_address = before_initiator ? before->source : before->destination;
                assert_true(before_address <= address);
            } else if (i > 0) {
                assert_true(packets[i - 1].time_us < packet->time_us);
            }
            if (packet->flags & SYN) {
                assert_true(packet->time_us < SPREAD_US);
                latest_start_us = packet->time_us;
            }
            if (packet->flags & FIN) {
                assert_int_equal(packet->time_us, DURATION_US);
                fins++;
            }
            if (packet->payload_bytes > 0)
                assert_true(packet->time_us < DURATION_US);
        }
        assert_int_equal(fins, 2 * FLOWS);
        /* the last of 500 uniform starts is below 0.98 of the spread once in 24000 seeds */
        assert_true(latest_start_us > SPREAD_US * 98 / 100);
        free(packets);
    }
}

/*
 * The counts are this program's own, held against theory: 100 flows of 125 packets/s for 100 s send
 * 1250000 packets in the mean.
 * Poisson: standard deviation sqrt(1250000) = 1118.
 * Pareto 2.5: gaps have variance m^2 a / ((a-1)^2 (a-2)) = (4.8 ms)^2 * 2.5 / (2.25 * 0.5)
 * = (7.155 ms)^2, so that a flow's count has a deviation near 7.155 / 8 * sqrt(12500) = 100, and
 * the sum one of 1000. The first gap is the first from the start and not from before it, which
 * gives each flow ((7.155 / 8)^2 - 1) / 2 = 0.1 packets less: nothing.
 * On/off 50 ms + 150 ms: time on in 100 s has a deviation of
 * sqrt(2 * 100 s * (0.05 * 0.15)^2 / 0.2^3 s) = 1.19 s of 25 s; a flow's count one of
 * 12500 * 1.19 / 25 = 593, and the sum one of 5930.
 */
static void random_sources_keep_the_mean_rate(void **state)
{
    (void)state;
    const struct {
        enum synth_source source;
        size_t count, deviation;
    } rows[] = {
        {SYNTH_POISSON, 1250275, 1118},
        {SYNTH_PARETO, 1250472, 1000},
        {SYNTH_ON_OFF, 1249885, 5930},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct synth_spec spec;
        struct packet *packets;
        synth_spec_init(&spec);
        spec.source = rows[i].source;
        spec.protocol = SYNTH_UDP;
        spec.flows = 100;
        spec.duration_us = 100000000;
        spec.pareto_shape_milli = 2500;
        spec.on_us = 50000;
        spec.off_us = 150000;
        size_t count = make(&spec, &packets);
        assert_int_equal(count, rows[i].count);
        assert_in_range(count, 1250000 - 3 * rows[i].deviation, 1250000 + 3 * rows[i].deviation);
        free(packets);
    }
}

/*
 * The shares of gaps above x are e^(-x / mean) and (m / x)^a. Both sources take the same random
 * numbers, so that they are off to the same side. The time of the 100000th packet is the sum of the
 * gaps.
 */
static void random_gaps_have_their_distribution(void **state)
{
    (void)state;
    struct synth_spec spec;
    struct packet *packets;
    size_t above[3] = {0};
    size_t shortest = 0;

    synth_spec_init(&spec);
    spec.protocol = SYNTH_UDP;
    spec.source = SYNTH_POISSON;
    spec.rate_bytes_per_s = 1000000; /* mean gap 1000 us */
    spec.duration_us = 110000000;
    assert_true(make(&spec, &packets) > 100000);
    for (size_t i = 0; i < 100000; i++) {
        uint64_t gap_us = packets[i].time_us - (i > 0 ? packets[i - 1].time_us : 0);
        above[0] += gap_us > 693;
        above[1] += gap_us > 1000;
        above[2] += gap_us > 4605;
    }
    assert_int_equal(packets[99999].time_us, 99371049); /* 10^8, deviation 316228 */
    free(packets);
    assert_int_equal(above[0], 49720); /* theory 50000, deviation 158 */
    assert_int_equal(above[1], 36420); /* 36788, 152 */
    assert_int_equal(above[2], 1014);  /* 1000, 31 */

    spec.source = SYNTH_PARETO;
    spec.pareto_shape_milli = 2000; /* m = 500 us */
    spec.duration_us = 150000000;
    memset(above, 0, sizeof(above));
    assert_true(make(&spec, &packets) > 100000);
    for (size_t i = 0; i < 100000; i++) {
        uint64_t gap_us = packets[i].time_us - (i > 0 ? packets[i - 1].time_us : 0);
        shortest += gap_us < 500;
        above[0] += gap_us > 707;
        above[1] += gap_us > 1000;
        above[2] += gap_us > 5000;
    }
    assert_int_equal(packets[99999].time_us, 99485702); /* 10^8, infinite */
    free(packets);
    assert_int_equal(shortest, 0);
    assert_int_equal(above[0], 49683); /* theory 50000, deviation 158 */
    assert_int_equal(above[1], 24713); /* 25000, 137 */
    assert_int_equal(above[2], 1014);  /* 1000, 31 */
}

/* While on, a quarter of the time, packets are 8 ms / 4 = 2 ms apart; off periods come between. */
static void on_off_sends_at_the_peak_rate(void **state)
{
    (void)state;
    struct synth_spec spec;
    struct packet *packets;
    size_t pauses = 0;

    synth_spec_init(&spec);
    spec.source = SYNTH_ON_OFF;
    spec.protocol = SYNTH_UDP;
    spec.on_us = 50000;
    spec.off_us = 150000;
    spec.duration_us = 100000000;
    size_t count = make(&spec, &packets);
    for (size_t i = 1; i < count; i++) {
        uint64_t gap_us = packets[i].time_us - packets[i - 1].time_us;
        assert_true(gap_us >= 2000);
        pauses += gap_us > 2000 + 1;
    }
    /* about 500 off periods of which few fall together or stay below 1 us */
    assert_int_equal(pauses, 499);
    free(packets);
}

/* A first gap far beyond the end gives a flow without data, in UDP a capture without packets. */
static void rates_below_a_packet_are_allowed(void **state)
{
    (void)state;
    struct synth_spec spec;
    struct packet *packets;

    synth_spec_init(&spec);
    spec.rate_bytes_per_s = 1;
    spec.packet_bytes = 65000;
    spec.source = SYNTH_PARETO;
    spec.pareto_shape_milli = 1001;
    spec.duration_us = 1;
    assert_int_equal(make(&spec, &packets), 6);
    free(packets);
    spec.protocol = SYNTH_UDP;
    assert_int_equal(make(&spec, &packets), 0);
    free(packets);
    spec.duration_us = SYNTH_TIME_US_MAX;
    make(&spec, &packets);
    free(packets);
}

#define ROW(field, value, text)                                                                \
    {                                                                                          \
        offsetof(struct synth_spec, field), sizeof(((struct synth_spec *)NULL)->field), value, \
            text                                                                               \
    }
static const struct {
    size_t offset, size;
    uint64_t value;
    const char *text; /* NULL: allowed */
} spec_rows[] = {
    ROW(flows, 0, "the number of flows must be from 1 to 1000000, not 0"),
    ROW(flows, 1000001, "the number of flows must be from 1 to 1000000, not 1000001"),
    ROW(flows, 1000000, NULL),
    ROW(rate_bytes_per_s, 0, "the rate in bytes per second must be from 1 to 1000000000000, not 0"),
    ROW(rate_bytes_per_s, 1000000000001,
        "the rate in bytes per second must be from 1 to 1000000000000, not 1000000000001"),
    ROW(rate_bytes_per_s, 1000000000000, NULL),
    ROW(packet_bytes, 0, "the packet size in bytes must be from 1 to 65000, not 0"),
    ROW(packet_bytes, 65001, "the packet size in bytes must be from 1 to 65000, not 65001"),
    ROW(packet_bytes, 65000, NULL),
    ROW(duration_us, 0, "the duration in microseconds must be from 1 to 1000000000000000, not 0"),
    ROW(duration_us, 1000000000000001,
        "the duration in microseconds must be from 1 to 1000000000000000, not "
        "1000000000000001"),
    ROW(duration_us, 1000000000000000, NULL),
    ROW(spread_us, 10000001,
        "the spread of starts in microseconds must be from 0 to 10000000, not 10000001"),
    ROW(spread_us, 10000000, NULL),
    ROW(snaplen_bytes, 61, "the snapshot length in bytes must be from 62 to 262144, not 61"),
    ROW(snaplen_bytes, 262145,
        "the snapshot length in bytes must be from 62 to 262144, not 262145"),
    ROW(snaplen_bytes, 62, NULL),
    ROW(on_us, 0, "the mean on period in microseconds must be from 1 to 1000000000000000, not 0"),
    ROW(off_us, 0, "the mean off period in microseconds must be from 1 to 1000000000000000, not 0"),
    ROW(off_us, 1, NULL),
};
#undef ROW

static void bad_specs_are_refused(void **state)
{
    (void)state;
    struct synth_spec good;
    char error[TRACE_ERROR_BYTES];

    synth_spec_init(&good);
    assert_int_equal(synth_spec_check(&good, error), TRACE_OK);
    for (size_t i = 0; i < COUNT(spec_rows); i++) {
        struct synth_spec spec = good;
        uint32_t narrow = (uint32_t)spec_rows[i].value;
        spec.source = SYNTH_ON_OFF;
        memcpy((char *)&spec + spec_rows[i].offset,
               spec_rows[i].size == sizeof(narrow) ? (const void *)&narrow : &spec_rows[i].value,
               spec_rows[i].size);
        error[0] = '\0';
        assert_int_equal(synth_spec_check(&spec, error),
                         spec_rows[i].text ? TRACE_ERROR_FORMAT : TRACE_OK);
        assert_string_equal(error, spec_rows[i].text ? spec_rows[i].text : "");
    }
}

static void specs_are_checked_by_their_source(void **state)
{
    (void)state;
    struct synth_spec good, spec;
    char error[TRACE_ERROR_BYTES];

    synth_spec_init(&good);
    spec = good;
    spec.source = SYNTH_PARETO;
    spec.pareto_shape_milli = 1000;
    assert_int_equal(synth_write(&spec, capture_path, error), TRACE_ERROR_FORMAT);
    assert_string_equal(error, "the Pareto shape must be above 1, not 1.000: at 1 or below the "
                               "gaps have no mean");
    assert_int_equal(access(capture_path, F_OK), -1);
    spec.pareto_shape_milli = 1001;
    assert_int_equal(synth_spec_check(&spec, error), TRACE_OK);
    spec = good;
    spec.pareto_shape_milli = 0; /* unused by a constant source */
    spec.on_us = spec.off_us = 0;
    assert_int_equal(synth_spec_check(&spec, error), TRACE_OK);
    spec.protocol = SYNTH_UDP;
    spec.snaplen_bytes = 41;
    assert_int_equal(synth_spec_check(&spec, error), TRACE_ERROR_FORMAT);
}

static void failed_writes_leave_nothing(void **state)
{
    (void)state;
    struct synth_spec spec;
    char error[TRACE_ERROR_BYTES];
    char expected[TRACE_ERROR_BYTES];
    const char *path = scratch_path("none/a.pcap");

    synth_spec_init(&spec);
    snprintf(expected, sizeof(expected), "cannot create %s.part: No such file or directory", path);
    assert_int_equal(synth_write(&spec, path, error), TRACE_ERROR_WRITE);
    assert_string_equal(error, expected);

    snprintf(expected, sizeof(expected), "cannot create %s: Is a directory", scratch_directory());
    assert_int_equal(synth_write(&spec, scratch_directory(), error), TRACE_ERROR_WRITE);
    assert_string_equal(error, expected);

    /* while it writes, and at the end: 10 packets fit into stdio's buffer */
    static const uint64_t durations_us[] = {10000000, 80000};
    for (size_t i = 0; i < COUNT(durations_us); i++) {
        spec.duration_us = durations_us[i];
        assert_int_equal(synth_write(&spec, "/dev/full", error), TRACE_ERROR_WRITE);
        assert_string_equal(error, "cannot write /dev/full: No space left on device");

        struct rlimit old, small;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
        small = old;
        small.rlim_cur = 100;
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        int status = synth_write(&spec, capture_path, error);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        signal(SIGXFSZ, SIG_DFL);
        snprintf(expected, sizeof(expected), "cannot write %s: File too large", part_path);
        assert_int_equal(status, TRACE_ERROR_WRITE);
        assert_string_equal(error, expected);
        assert_int_equal(access(capture_path, F_OK), -1);
        assert_int_equal(access(part_path, F_OK), -1);
    }
}

static void standard_output_is_written_in_place(void **state)
{
    (void)state;
    struct synth_spec spec;
    char error[TRACE_ERROR_BYTES];

    synth_spec_init(&spec);
    assert_int_equal(synth_write(&spec, capture_path, error), TRACE_OK);

    int file = open(other_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int saved = dup(STDOUT_FILENO);
    assert_true(file >= 0 && saved >= 0);
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    close(file);
    int status = synth_write(&spec, "-", error);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    assert_int_equal(status, TRACE_OK);
    assert_true(same_bytes(capture_path, other_path));
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void expect_text(const char *path, const char *text)
{
    char found[64] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_int_equal(fread(found, 1, sizeof(found) - 1, file), strlen(text));
    fclose(file);
    assert_string_equal(found, text);
}

static void expect_refusal(const struct synth_spec *spec, const char *path, const char *what)
{
    char error[TRACE_ERROR_BYTES], expected[TRACE_ERROR_BYTES];

    snprintf(expected, sizeof(expected),
             "%s: %s, so it stays as it is; move it away, or choose another -o FILE", path, what);
    assert_int_equal(synth_write(spec, capture_path, error), TRACE_ERROR_WRITE);
    assert_string_equal(error, expected);
}

/* A synthetic capture is replaced, and so is what a killed run left; nothing else, and no link is
 * followed. */
static void only_its_own_captures_are_replaced(void **state)
{
    (void)state;
    static const char thesis[] = "\\documentclass{book}\n";
    struct synth_spec spec;
    char error[TRACE_ERROR_BYTES];

    synth_spec_init(&spec);
    assert_int_equal(synth_write(&spec, part_path, error), TRACE_OK); /* as if killed */
    assert_int_equal(synth_write(&spec, capture_path, error), TRACE_OK);
    assert_int_equal(access(part_path, F_OK), -1);
    spec.flows = 2;
    spec.protocol = SYNTH_UDP;
    spec.direction = SYNTH_WRITE;
    assert_int_equal(synth_write(&spec, capture_path, error), TRACE_OK);
    assert_int_equal(synth_write(&spec, other_path, error), TRACE_OK);
    assert_true(same_bytes(capture_path, other_path));

    write_text(capture_path, thesis);
    expect_refusal(&spec, capture_path, "is no capture of trace synth");
    expect_text(capture_path, thesis);
    unlink(capture_path);
    write_text(part_path, thesis);
    expect_refusal(&spec, part_path, "is no capture of trace synth");
    expect_text(part_path, thesis);
    unlink(part_path);

    write_text(other_path, thesis);
    assert_int_equal(symlink("b.pcap", part_path), 0);
    expect_refusal(&spec, part_path, "is a symbolic link");
    unlink(part_path);
    assert_int_equal(symlink("b.pcap", capture_path), 0);
    expect_refusal(&spec, capture_path, "is a symbolic link");
    expect_text(other_path, thesis);
    assert_int_equal(access(part_path, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_functions_are_libms_within_2_ulp),
        cmocka_unit_test_teardown(constant_source_is_exact, scratch_empty),
        cmocka_unit_test_teardown(constant_source_carries_the_remainder, scratch_empty),
        cmocka_unit_test_teardown(both_directions_acknowledge_each_other, scratch_empty),
        cmocka_unit_test_teardown(write_direction_is_the_responders, scratch_empty),
        cmocka_unit_test_teardown(announced_window_is_never_filled, scratch_empty),
        cmocka_unit_test_teardown(udp_has_only_data, scratch_empty),
        cmocka_unit_test_teardown(snaplen_keeps_whole_packets_if_asked, scratch_empty),
        cmocka_unit_test_teardown(every_flow_has_its_own_tuple, scratch_empty),
        cmocka_unit_test_teardown(seed_decides_the_bytes, scratch_empty),
        cmocka_unit_test_teardown(other_flows_and_directions_change_nothing, scratch_empty),
        cmocka_unit_test_teardown(packets_are_in_order, scratch_empty),
        cmocka_unit_test_teardown(random_sources_keep_the_mean_rate, scratch_empty),
        cmocka_unit_test_teardown(random_gaps_have_their_distribution, scratch_empty),
        cmocka_unit_test_teardown(on_off_sends_at_the_peak_rate, scratch_empty),
        cmocka_unit_test_teardown(rates_below_a_packet_are_allowed, scratch_empty),
        cmocka_unit_test_teardown(bad_specs_are_refused, scratch_empty),
        cmocka_unit_test_teardown(specs_are_checked_by_their_source, scratch_empty),
        cmocka_unit_test_teardown(failed_writes_leave_nothing, scratch_empty),
        cmocka_unit_test_teardown(standard_output_is_written_in_place, scratch_empty),
        cmocka_unit_test_teardown(only_its_own_captures_are_replaced, scratch_empty),
    };

    return cmocka_run_group_tests_name("synth", tests, set_up, scratch_remove);
}
