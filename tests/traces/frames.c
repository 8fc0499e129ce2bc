#include "tests/traces/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#define NS_PER_S INT64_C(1000000000)

struct pcap_file {
    pcap_t *pcap;
    pcap_dumper_t *dumper;
};

void frame_put(struct frame *frame, const void *bytes, size_t count)
{
    assert_true(frame->count + count <= sizeof(frame->bytes));
    memcpy(frame->bytes + frame->count, bytes, count);
    frame->count += (uint32_t)count;
}

void frame_put8(struct frame *frame, uint32_t value)
{
    uint8_t byte = (uint8_t)value;

    frame_put(frame, &byte, 1);
}

void frame_put16(struct frame *frame, uint32_t value)
{
    frame_put8(frame, value >> 8);
    frame_put8(frame, value);
}

void frame_put32(struct frame *frame, uint32_t value)
{
    frame_put16(frame, value >> 16);
    frame_put16(frame, value);
}

void frame_set16(struct frame *frame, uint32_t at, uint32_t value)
{
    assert_true(at + 2 <= frame->count);
    frame->bytes[at] = (uint8_t)(value >> 8);
    frame->bytes[at + 1] = (uint8_t)value;
}

void frame_zeros(struct frame *frame, uint32_t count)
{
    assert_true(frame->count + count <= sizeof(frame->bytes));
    memset(frame->bytes + frame->count, 0, count);
    frame->count += count;
}

void frame_hex(struct frame *frame, const char *hex)
{
    char *end;

    for (const char *at = hex; *at; at = end) {
        frame_put8(frame, (uint32_t)strtoul(at, &end, 16));
        while (*end == ' ')
            end++;
    }
}

void frame_ethernet(struct frame *frame, uint32_t type)
{
    static const uint8_t addresses[] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};

    frame_put(frame, addresses, sizeof(addresses));
    frame_put16(frame, type);
}

void frame_vlan(struct frame *frame, uint32_t type)
{
    frame_put16(frame, 42);
    frame_put16(frame, type);
}

void frame_ipv4(struct frame *frame, uint32_t protocol, uint32_t from, uint32_t to,
                uint32_t total_bytes)
{
    frame_ipv4_fragment(frame, protocol, from, to, total_bytes, 0, 0);
}

void frame_ipv4_fragment(struct frame *frame, uint32_t protocol, uint32_t from, uint32_t to,
                         uint32_t total_bytes, uint32_t id, uint32_t offset)
{
    frame_put16(frame, 0x4500);
    frame_put16(frame, total_bytes);
    frame_put16(frame, id);
    frame_put16(frame, offset);
    frame_put8(frame, 64);
    frame_put8(frame, protocol);
    frame_put16(frame, 0);
    frame_put32(frame, 0x0a000000 | from);
    frame_put32(frame, 0x0a000000 | to);
}

static void put_ipv6_address(struct frame *frame, uint32_t host)
{
    frame_put32(frame, 0x20010db8);
    frame_put32(frame, 0);
    frame_put32(frame, 0);
    frame_put32(frame, host);
}

void frame_ipv6(struct frame *frame, uint32_t next_header, uint32_t from, uint32_t to,
                uint32_t payload_bytes)
{
    frame_put32(frame, 0x60000000);
    frame_put16(frame, payload_bytes);
    frame_put8(frame, next_header);
    frame_put8(frame, 64);
    put_ipv6_address(frame, from);
    put_ipv6_address(frame, to);
}

void frame_ipv6_extension(struct frame *frame, uint32_t next_header, uint32_t bytes)
{
    frame_put8(frame, next_header);
    frame_put8(frame, bytes / 8 - 1);
    frame_zeros(frame, bytes - 2);
}

void frame_ipv6_fragment(struct frame *frame, uint32_t next_header, uint32_t id, uint32_t offset)
{
    frame_put8(frame, next_header);
    frame_put8(frame, 0);
    frame_put16(frame, offset);
    frame_put32(frame, id);
}

void frame_tcp(struct frame *frame, uint32_t source_port, uint32_t destination_port,
               uint32_t sequence, uint32_t flags)
{
    frame_put16(frame, source_port);
    frame_put16(frame, destination_port);
    frame_put32(frame, sequence);
    frame_put32(frame, 0);
    frame_put16(frame, 0x5000 | flags);
    frame_put16(frame, 0xffff);
    frame_put32(frame, 0);
}

void frame_udp(struct frame *frame, uint32_t source_port, uint32_t destination_port,
               uint32_t payload_bytes)
{
    frame_put16(frame, source_port);
    frame_put16(frame, destination_port);
    frame_put16(frame, 8 + payload_bytes);
    frame_put16(frame, 0);
}

void frame_sctp(struct frame *frame, uint32_t source_port, uint32_t destination_port)
{
    frame_put16(frame, source_port);
    frame_put16(frame, destination_port);
    frame_zeros(frame, 8);
}

struct pcap_file *pcap_file_new(const char *path, int link_type)
{
    struct pcap_file *file = calloc(1, sizeof(*file));

    assert_non_null(file);
    file->pcap =
        pcap_open_dead_with_tstamp_precision(link_type, 262144, PCAP_TSTAMP_PRECISION_NANO);
    assert_non_null(file->pcap);
    file->dumper = pcap_dump_open(file->pcap, path);
    if (!file->dumper)
        fail_msg("%s", pcap_geterr(file->pcap));
    return file;
}

void pcap_file_add(struct pcap_file *file, int64_t time_us, const struct frame *frame)
{
    pcap_file_add_ns(file, time_us * 1000, frame);
}

void pcap_file_add_ns(struct pcap_file *file, int64_t time_ns, const struct frame *frame)
{
    struct pcap_pkthdr header = {
        .ts = {.tv_sec = time_ns / NS_PER_S, .tv_usec = time_ns % NS_PER_S},
        .caplen = frame->count,
        .len = frame->wire_bytes > frame->count ? frame->wire_bytes : frame->count,
    };

    pcap_dump((u_char *)file->dumper, &header, frame->bytes);
}

void pcap_file_close(struct pcap_file *file)
{
    assert_int_equal(pcap_dump_flush(file->dumper), 0);
    pcap_dump_close(file->dumper);
    pcap_close(file->pcap);
    free(file);
}

uint8_t *file_read(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    uint8_t *bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    *count = fread(bytes, 1, (size_t)size, file);
    assert_int_equal(*count, size);
    fclose(file);
    return bytes;
}

void file_write(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}
