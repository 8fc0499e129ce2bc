/*
 * Unpacks a stream of bytes while it is read: gzip, Zstandard, xz, bzip2 and LZ4, each by its own
 * library. A file may have several members, one after another (`cat a.gz b.gz`): they are one
 * stream. What comes out is not unpacked again.
 *
 * Memory: that of the library, at most UNPACKER_MEMORY_BYTES for xz.
 */
#ifndef SHAPESIM_TRACES_UNPACKER_H
#define SHAPESIM_TRACES_UNPACKER_H

#include <stdbool.h>
#include <stddef.h>

/* xz -9 takes 65 MiB; a file may ask for 4 GiB. */
#define UNPACKER_MEMORY_BYTES ((size_t)256 << 20)

/* What is needed of a file's beginning to recognise its packing. */
#define UNPACKER_MAGIC_BYTES 6

struct unpacker;

/* The name of the packing that bytes begin with ("xz"), or NULL. */
const char *unpacker_recognise(const unsigned char *bytes, size_t count);

/* The program that unpacks it to its standard output with -dc FILE ("xz"), or NULL. */
const char *unpacker_program(const unsigned char *bytes, size_t count);

/* For a file that begins with `bytes`, of which unpacker_recognise() knows the packing. The caller
 * frees the result with unpacker_free(); NULL on allocation failure. */
struct unpacker *unpacker_new(const unsigned char *bytes, size_t count);

const char *unpacker_name(const struct unpacker *unpacker);

/* Bytes between the two sides of an unpacker; counts are lowered by what was used and made. */
struct unpacker_io {
    const unsigned char *in;
    size_t in_bytes;
    unsigned char *out;
    size_t out_bytes;
};

/* Continues. Without input it returns what it still holds. NULL, or why it failed; "out of memory"
 * on allocation failure. Texts are valid as long as the unpacker. */
const char *unpacker_step(struct unpacker *unpacker, struct unpacker_io *io);

/* Whether it is inside a member: the file may not end here. */
bool unpacker_is_open(const struct unpacker *unpacker);

void unpacker_free(struct unpacker *unpacker);

#endif
