/*
 * Writes hostile captures, which no honest sender writes, to standard output, of any size:
 *
 *     usage: hostile KIND COUNT
 *
 *     flows        COUNT flows of one packet each, a microsecond apart
 *     resets       COUNT flows that open and are reset at one and the same instant
 *     fragments    COUNT first fragments of packets that never end, all of one flow
 *     lengths      COUNT packets of 64 bytes that claim a length of 4 GB
 *     years        COUNT packets whose times jump between 1970 and 2038
 *     ages         a pcapng file of COUNT packets whose times jump by half a million years
 *     tags         COUNT frames of 300 VLAN tags, and as many of 300 IPv6 extension headers
 *     interfaces   a pcapng file of COUNT interfaces, and a packet
 *     sections     one of COUNT sections, each with an interface and a packet
 *     options      one whose interface has COUNT options
 *     block        one whose block claims COUNT bytes
 *     snaplen      a pcap file with a snap length of COUNT, and a packet
 *     record       a pcap file whose one packet claims COUNT captured bytes
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCAPNG_SECTION   0x0a0d0d0aU
#define PCAPNG_INTERFACE 1U
#define PCAPNG_PACKET    6U

/* A frame that is being put together. */
static uint8_t frame[4096];
static uint32_t frame_bytes;

static void put8(uint32_t value)
{
    frame[frame_bytes++] = (uint8_t)value;
}

static void put16(uint32_t value)
{
    put8(value >> 8);
    put8(value);
}

static void put32(uint32_t value)
{
    put16(value >> 16);
    put16(value);
}

static void put_zeros(uint32_t count)
{
    while (count-- > 0)
        put8(0);
}

static void begin_frame(uint32_t ethernet_type)
{
    frame_bytes = 0;
    put_zeros(12);
    put16(ethernet_type);
}

/* 20 bytes, to 10.0.0.1; `fragment` is what the header holds. */
static void put_ipv4(uint32_t protocol, uint32_t source, uint32_t total_bytes, uint32_t id,
                     uint32_t fragment)
{
    put16(0x4500);
    put16(total_bytes);
    put16(id);
    put16(fragment);
    put8(64);
    put8(protocol);
    put16(0);
    put32(source);
    put32(0x0a000001);
}

static void put_udp(uint32_t source_port, uint32_t payload_bytes)
{
    put16(source_port);
    put16(53);
    put16(8 + payload_bytes);
    put16(0);
}

static void put_tcp(uint32_t source_port, uint32_t flags)
{
    put16(source_port);
    put16(80);
    put32(1);
    put32(0);
    put16(0x5000 | flags);
    put_zeros(6);
}

/* --- files ----------------------------------------------------------------------------------- */

static void out32(uint32_t value)
{
    fwrite(&value, sizeof(value), 1, stdout);
}

static void pcap_header(uint32_t snaplen)
{
    out32(0xa1b2c3d4);
    out32(4 << 16 | 2);
    out32(0);
    out32(0);
    out32(snaplen);
    out32(1);
}

static void pcap_record(uint32_t seconds, uint32_t us, uint32_t captured, uint32_t wire)
{
    out32(seconds);
    out32(us);
    out32(captured);
    out32(wire);
    fwrite(frame, frame_bytes, 1, stdout);
}

static void record_at(uint64_t us)
{
    pcap_record((uint32_t)(us / 1000000), (uint32_t)(us % 1000000), frame_bytes, frame_bytes);
}

static void pcapng_section(void)
{
    static const uint32_t words[] = {PCAPNG_SECTION, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28};

    fwrite(words, sizeof(words), 1, stdout);
}

static void pcapng_interface(uint32_t options)
{
    uint32_t bytes = 20 + 8 * options;

    out32(PCAPNG_INTERFACE);
    out32(bytes);
    out32(1);
    out32(65535);
    for (uint32_t i = 0; i < options; i++) {
        out32(4 << 16 | 8); /* a speed's first half */
        out32(i);
    }
    out32(bytes);
}

static void pcapng_packet(uint32_t time_high)
{
    uint32_t padded = (frame_bytes + 3) / 4 * 4;

    out32(PCAPNG_PACKET);
    out32(32 + padded);
    out32(0);
    out32(time_high);
    out32(1000000);
    out32(frame_bytes);
    out32(frame_bytes);
    fwrite(frame, padded, 1, stdout);
    out32(32 + padded);
}

/* --- packets --------------------------------------------------------------------------------- */

/* One byte from one of 2^16 ports of one of many hosts. */
static void make_datagram(uint32_t flow)
{
    begin_frame(0x0800);
    put_ipv4(17, 0x0b000000 + flow / 60000, 29, 0, 0);
    put_udp(1000 + flow % 60000, 1);
    put8(0);
}

static void make_segment(uint32_t flow, uint32_t flags)
{
    begin_frame(0x0800);
    put_ipv4(6, 0x0b000000 + flow / 60000, 40, 0, 0);
    put_tcp(1000 + flow % 60000, flags);
}

static void make_fragment(uint32_t id)
{
    begin_frame(0x0800);
    put_ipv4(17, 0x0b000000, 29, id, 0x2000);
    put_udp(1000, 1);
    put8(0);
}

static void make_tagged(void)
{
    begin_frame(0x8100);
    for (int i = 0; i < 299; i++)
        put32(0x00018100);
    put32(0x00010800);
    put_ipv4(17, 0x0b000000, 29, 0, 0);
    put_udp(1000, 1);
    put8(0);
}

static void make_extended(void)
{
    begin_frame(0x86dd);
    put32(0x60000000);
    put16(300 * 8);
    put16(60 << 8 | 64);
    put_zeros(32);
    for (int i = 0; i < 300; i++) {
        put16(60 << 8);
        put_zeros(6);
    }
}

/* A length that the IP header leaves to the frame, as offload does. */
static void make_endless(void)
{
    begin_frame(0x0800);
    put_ipv4(6, 0x0b000000, 0, 0, 0);
    put_tcp(1000, 0x10);
    put_zeros(10);
}

static void write_packets(const char *kind, uint32_t count)
{
    pcap_header(65535);
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(kind, "flows") == 0) {
            make_datagram(i);
            record_at(i);
        } else if (strcmp(kind, "resets") == 0) {
            make_segment(i, 2);
            record_at(0);
            make_segment(i, 4);
            record_at(0);
        } else if (strcmp(kind, "fragments") == 0) {
            make_fragment(i);
            record_at(i);
        } else if (strcmp(kind, "years") == 0) {
            make_datagram(0);
            pcap_record(i % 2 ? INT32_MAX : 0, 999999, frame_bytes, frame_bytes);
        } else if (strcmp(kind, "tags") == 0) {
            make_tagged();
            record_at(i);
            make_extended();
            record_at(i);
        } else {
            make_endless();
            pcap_record(0, i, frame_bytes, UINT32_MAX);
        }
    }
}

static void write_pcapng(const char *kind, uint32_t count)
{
    uint32_t sections = strcmp(kind, "sections") == 0 ? count : 1;
    uint32_t interfaces = strcmp(kind, "interfaces") == 0 ? count : 1;

    make_datagram(0);
    for (uint32_t i = 0; i < sections; i++) {
        pcapng_section();
        for (uint32_t j = 0; j < interfaces; j++)
            pcapng_interface(strcmp(kind, "options") == 0 ? count : 0);
        pcapng_packet(0);
    }
    for (uint32_t i = 1; strcmp(kind, "ages") == 0 && i < count; i++)
        pcapng_packet(i % 2 ? UINT32_MAX : 0);
    if (strcmp(kind, "block") == 0) {
        out32(PCAPNG_PACKET);
        out32(count);
    }
}

static int is_any(const char *kind, const char *const *kinds)
{
    for (; *kinds; kinds++)
        if (strcmp(kind, *kinds) == 0)
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const packets[] = {"flows", "resets", "fragments", "lengths",
                                          "years", "tags",   NULL};
    static const char *const pcapng[] = {"interfaces", "sections", "options",
                                         "block",      "ages",     NULL};
    static const char *const headers[] = {"snaplen", "record", NULL};

    if (argc != 3) {
        fprintf(stderr, "usage: hostile KIND COUNT\n");
        return 2;
    }
    uint32_t count = (uint32_t)strtoul(argv[2], NULL, 0);
    if (is_any(argv[1], packets)) {
        write_packets(argv[1], count);
    } else if (is_any(argv[1], pcapng)) {
        write_pcapng(argv[1], count);
    } else if (is_any(argv[1], headers)) {
        int is_record = strcmp(argv[1], "record") == 0;
        make_datagram(0);
        pcap_header(is_record ? 65535 : count);
        pcap_record(0, 0, is_record ? count : frame_bytes, is_record ? count : frame_bytes);
    } else {
        fprintf(stderr, "hostile: no such kind: %s\n", argv[1]);
        return 2;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
