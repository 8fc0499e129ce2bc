/*
 * Bytes compressed on the way into a file (Zstandard, RFC 8878), in one frame with a checksum: the
 * same bytes, given in the same parts, are the same file, from one version of libzstd to the next
 * perhaps not. Memory: some 2 MB, whatever the number of bytes.
 */
#ifndef SHAPESIM_SIM_OUTPUT_COMPRESSOR_H
#define SHAPESIM_SIM_OUTPUT_COMPRESSOR_H

#include <stddef.h>

struct compressor;

/* Takes compressed bytes. */
typedef void compressor_write(void *arg, const void *bytes, size_t count);

/* The caller owns the result, frees it with compressor_free(); NULL on allocation failure. */
struct compressor *compressor_new(compressor_write *write, void *arg);

/* 0, or -1 on allocation failure. */
int compressor_add(struct compressor *compressor, const void *bytes, size_t count);

/* Ends the frame: no more is added. 0, or -1 on allocation failure. */
int compressor_end(struct compressor *compressor);

void compressor_free(struct compressor *compressor);

#endif
