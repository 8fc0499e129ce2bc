/*
 * One capture file, read packet by packet in the file's order: pcap through libpcap, pcapng through
 * pcapng_reader.h, either of them packed as byte_source.h knows. Memory does not grow with the
 * file.
 *
 * The seconds of a pcap file are unsigned, so that its times reach to the year 2106; libpcap 1.10.3
 * takes them as signed.
 */
#ifndef SHAPESIM_TRACES_CAPTURE_FILE_H
#define SHAPESIM_TRACES_CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <pcap/pcap.h>

#include "traces/byte_source.h"
#include "traces/packet.h"
#include "traces/trace.h"

struct capture_file;

/* Opens `path` ("-": standard input). The caller owns *file, frees it with capture_file_free(). */
int capture_file_open(const char *path, struct capture_file **file, char *error);

/* TRACE_OK and the next packet, its data borrowed until the next call; TRACE_END, or an error that
 * names the packet. */
int capture_file_next(struct capture_file *file, struct capture_packet *packet, char *error);

/* The link types that are known after opening, in the file's order: of a pcapng file those of the
 * interfaces before its first packet. Each has a libpcap handle, borrowed, to compile filters
 * with. */
size_t capture_file_link_types(const struct capture_file *file);
pcap_t *capture_file_pcap(const struct capture_file *file, size_t index);

/* Whether packets of other link types may follow. */
bool capture_file_is_pcapng(const struct capture_file *file);

/* No packet of the link types above has more bytes. */
uint32_t capture_file_snaplen_bytes(const struct capture_file *file);

/* Whether times are stored in nanoseconds: always for pcapng, where each interface has its own
 * resolution. */
bool capture_file_has_nanoseconds(const struct capture_file *file);

/* Whether the file ended in the middle of a packet; valid after TRACE_END. */
bool capture_file_truncated(const struct capture_file *file);

struct byte_source *capture_file_bytes(const struct capture_file *file);

void capture_file_free(struct capture_file *file);

#endif
