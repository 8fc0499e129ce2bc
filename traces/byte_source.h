/*
 * Bytes of a capture file as libpcap should see them: plain, or unpacked while they are read
 * (unpacker.h), from a file or from standard input ("-"). The stored bytes (packed, as on
 * the disk) are counted and hashed meanwhile with XXH3-128, as `xxhsum -H2` prints it.
 *
 * byte_source_stream() returns a stdio stream for pcap_fopen_offline(); closing it leaves the
 * source open. Memory: two buffers of fixed size, whatever the file's length.
 */
#ifndef SHAPESIM_TRACES_BYTE_SOURCE_H
#define SHAPESIM_TRACES_BYTE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define BYTE_SOURCE_HASH_BYTES 33 /* 32 hex digits and the final zero */

struct byte_source;

/* Opens `path`, borrowed, and detects from its first bytes how it is packed. On success the caller
 * owns *source and frees it with byte_source_free(). */
int byte_source_open(const char *path, struct byte_source **source, char *error);

/* A new read stream over the unpacked bytes, owned by the caller, to be closed before the source
 * is freed; NULL on allocation failure. Only one stream may be made. */
FILE *byte_source_stream(struct byte_source *source);

/* The first bytes of the stream, unpacked; zeros as long as fewer have been read. Valid as long as
 * the source. */
#define BYTE_SOURCE_HEAD_BYTES 8
const unsigned char *byte_source_head(const struct byte_source *source);

/* A text if reading or unpacking has failed so far, else NULL. Valid as long as the source. */
const char *byte_source_failure(const struct byte_source *source);

/* Whether that failure was in reading the file. */
bool byte_source_is_unreadable(const struct byte_source *source);

/* The program that unpacks the file with -dc ("xz"); NULL: it is not packed. */
const char *byte_source_unpack_program(const struct byte_source *source);

/* Whether that failure was that the file ends before its packed data do. */
bool byte_source_is_cut(const struct byte_source *source);

/* Reads the rest of the file, then writes the hash of all stored bytes into `hex`. False if they
 * cannot all be read; byte_source_failure() says why. */
bool byte_source_hash(struct byte_source *source, char hex[BYTE_SOURCE_HASH_BYTES]);

/* The same hash of `count` bytes in memory. */
void byte_source_hash_bytes(const void *bytes, size_t count, char hex[BYTE_SOURCE_HASH_BYTES]);

/* For a reader in a thread: a function to call before a wait for bytes of a pipe, and a descriptor
 * that ends the wait and the bytes when it becomes readable. -1 and NULL restore plain waits, and
 * bytes come again. */
void byte_source_set_wait(struct byte_source *source, int wake, void (*before_wait)(void *arg),
                          void *arg);

/* Stored bytes read so far (by any thread) and, for a regular file, its size (0 when unknown). */
uint64_t byte_source_position_bytes(const struct byte_source *source);
uint64_t byte_source_size_bytes(const struct byte_source *source);

/* Whether the file can be read a second time (a regular file, not a pipe). */
bool byte_source_is_file(const struct byte_source *source);

void byte_source_free(struct byte_source *source);

#endif
