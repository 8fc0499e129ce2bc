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
#include <stdint.h>

#include "traces/byte_source.h"
#include "traces/trace.h"

struct capture;
struct capture_filter;

/* A packet as the file holds it; `data` is borrowed, valid until the next capture_next(). */
struct capture_packet {
    int64_t time_ns;         /* since the epoch */
    uint32_t captured_bytes; /* bytes in `data` */
    uint32_t wire_bytes;     /* the frame's length when it was captured */
    const uint8_t *data;
};

/* What a copy of the capture needs in order to hold the same packets. */
struct capture_format {
    int link_type;          /* libpcap's DLT_ number */
    uint32_t snaplen_bytes; /* no packet has more bytes */
    bool has_nanoseconds;   /* always for pcapng, where each interface has its own resolution */
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

void capture_read_format(const struct capture *capture, struct capture_format *format);

/* Whether the file ended in the middle of a packet; valid after TRACE_END. */
bool capture_truncated(const struct capture *capture);

/* The path as given, and how far the file has been read (byte_source.h). */
const char *capture_path(const struct capture *capture);
const struct byte_source *capture_bytes(const struct capture *capture);

/* Reads to the file's end and writes the XXH3-128 of the stored bytes; false if it cannot be read
 * (byte_source_failure()). */
bool capture_hash(struct capture *capture, char hex[BYTE_SOURCE_HASH_BYTES]);

/* Compiles a BPF expression for this capture's link type; `what` names it in the error (a flag or
 * a key). The caller owns *filter, frees it with capture_filter_free(). */
int capture_filter_compile(struct capture *capture, const char *what, const char *expression,
                           struct capture_filter **filter, char *error);
bool capture_filter_matches(const struct capture_filter *filter,
                            const struct capture_packet *packet);
void capture_filter_free(struct capture_filter *filter);

void capture_free(struct capture *capture);

#endif
