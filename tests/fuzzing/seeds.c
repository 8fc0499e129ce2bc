/*
 * Makes seeds of captures: DIRECTORY/decode has frames of them, as they are and after other link
 * and extension headers, DIRECTORY/reader their first packets as small files.
 *
 *     usage: fuzz_seeds DIRECTORY CAPTURE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzzing/fuzzing.h"
#include "traces/capture.h"

#define FRAME_BYTES_MAX 160
#define PACKETS         24
#define FILE_BYTES      2000

enum { ETHERNET, SLL, SLL2, LOOPBACK, RAW = 5 }; /* link types as decode.c numbers them */

struct seed {
    size_t count;
    uint8_t bytes[FRAME_BYTES_MAX + 64];
};

static const char *directory;

static FILE *create(const char *folder, const char *capture, const char *what, int number)
{
    const char *slash = strrchr(capture, '/');
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s/%s-%s-%d", directory, folder, slash ? slash + 1 : capture,
             what, number);
    FILE *file = fopen(path, "w");
    fuzz_holds(file, path);
    return file;
}

static void finish(FILE *file)
{
    fuzz_holds(fclose(file) == 0, "the seeds can be written");
}

static void put(struct seed *seed, const void *bytes, size_t count)
{
    if (count > sizeof(seed->bytes) - seed->count)
        count = sizeof(seed->bytes) - seed->count;
    memcpy(seed->bytes + seed->count, bytes, count);
    seed->count += count;
}

/* A frame's seed: `header` in place of its first `skipped` bytes. */
static void write_frame(const char *capture, const char *what, int number, uint8_t link_type,
                        const struct capture_packet *packet, const void *header,
                        size_t header_bytes, size_t skipped)
{
    struct seed seed = {0};
    size_t captured =
        packet->captured_bytes < FRAME_BYTES_MAX ? packet->captured_bytes : FRAME_BYTES_MAX;
    uint8_t selector = link_type | (packet->wire_bytes > captured ? 6 << 4 : 0);

    if (captured < skipped)
        return;
    put(&seed, &selector, 1);
    put(&seed, header, header_bytes);
    put(&seed, packet->data + skipped, captured - skipped);
    FILE *file = create("decode", capture, what, number);
    fwrite(seed.bytes, 1, seed.count, file);
    finish(file);
}

/* What else carries the IP packet of an Ethernet frame. */
static void write_relatives(const char *capture, int number, const struct capture_packet *packet)
{
    const uint8_t *type = packet->data + 12;
    uint8_t header[64] = {0};

    if (packet->captured_bytes < 14 + 40)
        return;
    memcpy(header + 14, type, 2);
    write_frame(capture, "sll", number, SLL, packet, header, 16, 14);
    memset(header, 0, sizeof(header));
    memcpy(header, type, 2);
    write_frame(capture, "sll2", number, SLL2, packet, header, 20, 14);
    write_frame(capture, "raw", number, RAW, packet, header, 0, 14);
    const uint8_t loopback[] = {type[0] == 8 ? 2 : 30, 0, 0, 0};
    write_frame(capture, "loopback", number, LOOPBACK, packet, loopback, 4, 14);
    const uint8_t tags[] = {0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, type[0], type[1]};
    memcpy(header, packet->data, 12);
    memcpy(header + 12, tags, sizeof(tags));
    write_frame(capture, "vlan", number, ETHERNET, packet, header, 12 + sizeof(tags), 14);
    const uint8_t snap[] = {0, 40, 0xaa, 0xaa, 3, 0, 0, 0, type[0], type[1]};
    memcpy(header + 12, snap, sizeof(snap));
    write_frame(capture, "snap", number, ETHERNET, packet, header, 12 + sizeof(snap), 14);
}

/* IPv6 with further headers: a jumbo payload option, and a fragment. */
static void write_extended(const char *capture, int number, const struct capture_packet *packet)
{
    uint8_t header[14 + 40 + 16];

    if (packet->captured_bytes < 14 + 40 || packet->data[12] != 0x86)
        return;
    memcpy(header, packet->data, 14 + 40);
    uint8_t *next = header + 14 + 6, *added = header + 14 + 40, transport = *next;
    const uint8_t fragment[] = {transport, 0, 0, 1, 1, 2, 3, 4};
    *next = 44;
    memcpy(added, fragment, 8);
    write_frame(capture, "fragment", number, ETHERNET, packet, header, 14 + 40 + 8, 14 + 40);
    const uint8_t jumbo[] = {44, 0, 0xc2, 4, 0, 1, 0, 0};
    *next = 0;
    memset(header + 14 + 4, 0, 2);
    memcpy(added, jumbo, 8);
    memcpy(added + 8, fragment, 8);
    write_frame(capture, "jumbo", number, ETHERNET, packet, header, sizeof(header), 14 + 40);
}

/* --- small files --------------------------------------------------------------------------- */

static void put32(FILE *file, uint32_t value)
{
    fwrite(&value, 4, 1, file);
}

static void start_pcapng(FILE *file)
{
    static const uint32_t words[] = {
        0x0a0d0d0a, 28, 0x1a2b3c4d, 1,     UINT32_MAX, UINT32_MAX, 28, /* section */
        1,          32, 1,          65535, 0x00010009, 9,          0,
        32, /* interface: Ethernet, nanoseconds */
    };

    fwrite(words, sizeof(words), 1, file);
}

static void put_pcapng(FILE *file, const struct capture_packet *packet)
{
    static const uint8_t padding[4];
    uint32_t captured = packet->captured_bytes < 96 ? packet->captured_bytes : 96;
    uint32_t padded = (captured + 3) / 4 * 4, block = 32 + padded;

    put32(file, 6);
    put32(file, block);
    put32(file, 0);
    put32(file, (uint32_t)((uint64_t)packet->time_ns >> 32));
    put32(file, (uint32_t)packet->time_ns);
    put32(file, captured);
    put32(file, packet->wire_bytes);
    fwrite(packet->data, 1, captured, file);
    fwrite(padding, 1, padded - captured, file);
    put32(file, block);
}

static void write_head(const char *capture)
{
    char bytes[FILE_BYTES];
    FILE *in = fopen(capture, "r");

    fuzz_holds(in, capture);
    size_t count = fread(bytes, 1, sizeof(bytes), in);
    fclose(in);
    FILE *out = create("reader", capture, "head", 0);
    fwrite(bytes, 1, count, out);
    finish(out);
}

static void make_seeds(const char *path)
{
    char error[TRACE_ERROR_BYTES];
    struct capture *capture;
    struct capture_packet packet;

    if (capture_open(path, &capture, error) != TRACE_OK)
        return;
    bool is_ethernet = strcmp(capture_link_type_name(capture), "EN10MB") == 0;
    FILE *pcapng = is_ethernet ? create("reader", path, "pcapng", 0) : NULL;
    if (pcapng)
        start_pcapng(pcapng);
    for (int i = 0; is_ethernet && i < PACKETS; i++) {
        if (capture_next(capture, &packet, error) != TRACE_OK)
            break;
        write_frame(path, "frame", i, ETHERNET, &packet, "", 0, 0);
        if (i < 8) {
            put_pcapng(pcapng, &packet);
            write_relatives(path, i, &packet);
            write_extended(path, i, &packet);
        }
    }
    if (pcapng)
        finish(pcapng);
    capture_free(capture);
    write_head(path);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s DIRECTORY CAPTURE...\n", argv[0]);
        return 2;
    }
    directory = argv[1];
    for (int i = 2; i < argc; i++)
        make_seeds(argv[i]);
    return 0;
}
