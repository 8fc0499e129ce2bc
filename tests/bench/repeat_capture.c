/*
 * A long trace from a short one: its packets again and again, each time later and between other
 * hosts, so that flows come and go and as many as before are open at once.
 *
 *     usage: repeat_capture TRACE TIMES PERIOD_S FILE
 *
 * Round r begins PERIOD_S x r after the first. Addresses are those of the trace with r, up to
 * 65535, in their first two bytes (IPv4 over Ethernet, without VLAN tags; anything else is copied
 * as it is).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/capture.h"
#include "traces/capture_writer.h"

#define NS_PER_SECOND  1e9
#define ETHERNET_BYTES 14
#define SOURCE_OFFSET  (ETHERNET_BYTES + 12)
#define TARGET_OFFSET  (ETHERNET_BYTES + 16)
#define PACKET_MAX     65535

static void change_address(uint8_t *address, unsigned long round)
{
    address[0] ^= (uint8_t)(round >> 8);
    address[1] ^= (uint8_t)round;
}

static void put(struct capture_writer *writer, const struct capture_packet *packet,
                unsigned long round, double period_s)
{
    uint8_t data[PACKET_MAX];
    struct capture_packet later = *packet;

    memcpy(data, packet->data, packet->captured_bytes);
    if (packet->captured_bytes >= TARGET_OFFSET + 4 && data[12] == 8 && data[13] == 0) {
        change_address(data + SOURCE_OFFSET, round);
        change_address(data + TARGET_OFFSET, round);
    }
    later.data = data;
    later.time_ns += (int64_t)(period_s * NS_PER_SECOND * (double)round);
    capture_writer_put(writer, &later);
}

static int write_round(const char *trace, struct capture_writer *writer, unsigned long round,
                       double period_s, char *error)
{
    struct capture_packet packet;
    struct capture *capture;
    int status = capture_open(trace, &capture, error);

    if (status != TRACE_OK)
        return status;
    while ((status = capture_next(capture, &packet, error)) == TRACE_OK &&
           packet.captured_bytes <= PACKET_MAX)
        put(writer, &packet, round, period_s);
    capture_free(capture);
    return status;
}

static int write_all(const char *trace, unsigned long times, double period_s, const char *path,
                     char *error)
{
    struct capture_format format;
    struct capture_writer *writer;
    struct capture *capture;
    FILE *file;
    int status = capture_open(trace, &capture, error);

    if (status != TRACE_OK)
        return status;
    capture_read_format(capture, &format);
    capture_free(capture);
    if (!(file = fopen(path, "wb")))
        return trace_fail(error, TRACE_ERROR_WRITE, "%s: cannot be written", path);
    status = capture_writer_open(file, path, &format, &writer, error);
    if (status != TRACE_OK)
        return status;
    for (unsigned long round = 0; round < times && status >= 0; round++)
        status = write_round(trace, writer, round, period_s, error);
    if (capture_writer_close(writer) != 0)
        return trace_fail(error, TRACE_ERROR_WRITE, "%s: cannot be written", path);
    return status;
}

int main(int argc, char **argv)
{
    char error[TRACE_ERROR_BYTES];

    if (argc != 5) {
        fprintf(stderr, "usage: repeat_capture TRACE TIMES PERIOD_S FILE\n");
        return 2;
    }
    if (write_all(argv[1], strtoul(argv[2], NULL, 10), strtod(argv[3], NULL), argv[4], error) >= 0)
        return 0;
    fprintf(stderr, "repeat_capture: %s\n", error);
    return 1;
}
