/*
 * A trace as packets in the order of their times, from one capture file or from several that are
 * joined, as rotated captures are: of the files' next packets the earliest comes first, and of one
 * time that of the file named first. Each file is sorted and mended by itself (packet_order.h).
 * Files are read as capture_file.h says. Memory does not grow with them.
 *
 * A file that stops in the middle of a packet ends there, and capture_truncated() is true; any
 * other damage is TRACE_ERROR_FORMAT.
 */
#ifndef SHAPESIM_TRACES_CAPTURE_H
#define SHAPESIM_TRACES_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/byte_source.h"
#include "traces/packet.h"
#include "traces/packet_order.h"
#include "traces/trace.h"

#define CAPTURE_FILES_MAX 4096

/* Of one capture; those beyond are not listed. */
#define CAPTURE_LINK_TYPES_MAX 16

struct capture;
struct pcap;

/* What a copy of the capture needs in order to hold the same packets. */
struct capture_format {
    int link_type;               /* libpcap's DLT_ number */
    bool has_several_link_types; /* that of raw IP: there is no other for all packets */
    uint32_t snaplen_bytes;      /* no packet has more bytes */
    bool has_nanoseconds; /* always for pcapng, where each interface has its own resolution */
};

/* Opens `path` ("-": standard input). The caller owns *capture, frees it with capture_free(). */
int capture_open(const char *path, struct capture **capture, char *error);

/* Likewise, several files as one; 1 to CAPTURE_FILES_MAX, and "-" at most once. */
int capture_open_files(const char *const *paths, size_t count, struct capture **capture,
                       char *error);

/* TRACE_OK and the next packet, its data borrowed until the next call; TRACE_END, or an error that
 * names the file and the packet. */
int capture_next(struct capture *capture, struct capture_packet *packet, char *error);

/* What was found of the packets' times so far. */
const struct packet_times *capture_times(const struct capture *capture);

/* byte_source_set_wait() for the bytes of all files. */
void capture_set_wait(struct capture *capture, int wake, void (*before_wait)(void *arg), void *arg);

/* The first link type known after opening, libpcap's DLT_ number, and its name ("EN10MB"). */
int capture_link_type(const struct capture *capture);
const char *capture_link_type_name(const struct capture *capture);

/* All of those, each once and in the order of the files, and how many they are. A pcapng file may
 * tell of another one at any point. */
size_t capture_link_types(const struct capture *capture, int link_types[CAPTURE_LINK_TYPES_MAX]);

/* Whether it has such a file. */
bool capture_may_have_more_link_types(const struct capture *capture);

/* libpcap's own handle for the first one, to compile expressions with; borrowed, valid until
 * capture_free(). */
struct pcap *capture_pcap(struct capture *capture);

void capture_read_format(const struct capture *capture, struct capture_format *format);

/* Whether a file ended in the middle of a packet; valid after TRACE_END. */
bool capture_truncated(const struct capture *capture);

/* How many files it has, the path of each as given, and of the first. */
size_t capture_files(const struct capture *capture);
const char *capture_file_path(const struct capture *capture, size_t index);
const char *capture_path(const struct capture *capture);

/* Stored bytes read so far (by any thread) and, if all are regular files, their size (else 0). */
uint64_t capture_position_bytes(const struct capture *capture);
uint64_t capture_size_bytes(const struct capture *capture);

/* Whether the trace can be read a second time: regular files, no pipe. */
bool capture_is_file(const struct capture *capture);

/*
 * Reads all files to their ends and writes the hash of their stored bytes: of one file its
 * XXH3-128, as `xxhsum -H2` prints it; of several that of their hashes, a line for each in the
 * order given: `xxhsum -H2 A B | cut -c1-32 | xxhsum -H2`. TRACE_OK, or an error.
 */
int capture_hash(struct capture *capture, char hex[BYTE_SOURCE_HASH_BYTES], char *error);

void capture_free(struct capture *capture);

#endif
