/*
 * One capture, read packet by packet through libpcap: pcap and pcapng, micro- or nanosecond, also
 * packed with gzip or Zstandard, from a file or from standard input. Memory does not grow with the
 * file.
 *
 * A file that stops in the middle of a packet ends there with TRACE_END and capture_truncated()
 * true; any other damage is TRACE_ERROR_FORMAT.
 */
#ifndef SHAPESIM_TRACES_CAPTURE_H
#define SHAPESIM_TRACES_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/byte_source.h"
#include "traces/trace.h"

/* Of one capture. */
#define CAPTURE_LINK_TYPES_MAX 16

struct capture;
struct pcap;

/* A packet as the file holds it; `data` is borrowed, valid until the next capture_next(). */
struct capture_packet {
    int64_t time_ns;         /* since the epoch */
    uint32_t captured_bytes; /* bytes in `data` */
    uint32_t wire_bytes;     /* the frame's length when it was captured */
    const uint8_t *data;
    int link_type; /* libpcap's DLT_ number */
};

/* What a copy of the capture needs in order to hold the same packets. */
struct capture_format {
    int link_type;               /* libpcap's DLT_ number */
    bool has_several_link_types; /* that of raw IP: there is no other for all packets */
    uint32_t snaplen_bytes;      /* no packet has more bytes */
    bool has_nanoseconds; /* always for pcapng, where each interface has its own resolution */
};

/* Opens `path` ("-": standard input). The caller owns *capture, frees it with capture_free(). */
int capture_open(const char *path, struct capture **capture, char *error);

/* TRACE_OK and the next packet, TRACE_END, or an error that names the packet. */
int capture_next(struct capture *capture, struct capture_packet *packet, char *error);

/* byte_source_set_wait() for the capture's bytes. */
void capture_set_wait(struct capture *capture, int wake, void (*before_wait)(void *arg), void *arg);

/* libpcap's DLT_ number of every packet of the file, and its name ("EN10MB"). */
int capture_link_type(const struct capture *capture);
const char *capture_link_type_name(const struct capture *capture);

/* Those of its packets, and how many they are. */
size_t capture_link_types(const struct capture *capture, int link_types[CAPTURE_LINK_TYPES_MAX]);

/* libpcap's own handle, to compile expressions with; borrowed, valid until capture_free(). */
struct pcap *capture_pcap(struct capture *capture);

void capture_read_format(const struct capture *capture, struct capture_format *format);

/* Whether the file ended in the middle of a packet; valid after TRACE_END. */
bool capture_truncated(const struct capture *capture);

/* The path as given, and how far the file has been read (byte_source.h). */
const char *capture_path(const struct capture *capture);
const struct byte_source *capture_bytes(const struct capture *capture);

/* Reads to the file's end and writes the XXH3-128 of the stored bytes; false if it cannot be read
 * (byte_source_failure()). */
bool capture_hash(struct capture *capture, char hex[BYTE_SOURCE_HASH_BYTES]);

void capture_free(struct capture *capture);

#endif
