/*
 * The XXH3-128 of a file's bytes, as `xxhsum -H2` prints it: computed while the file is written,
 * and later from the file, to see whether it has changed.
 */
#ifndef SHAPESIM_SIM_BASE_FILE_HASH_H
#define SHAPESIM_SIM_BASE_FILE_HASH_H

#include <stddef.h>

#define FILE_HASH_BYTES 33 /* 32 hex digits and the final zero */

struct file_hash;

/* The caller owns the result and frees it with file_hash_free(); NULL on allocation failure. */
struct file_hash *file_hash_new(void);
void file_hash_free(struct file_hash *hash);

/* Adds the next bytes. */
void file_hash_add(struct file_hash *hash, const void *bytes, size_t count);

/* Writes the hash of all bytes so far; more may follow. */
void file_hash_print(const struct file_hash *hash, char hex[FILE_HASH_BYTES]);

/* Hashes the file `path`. 0, or an errno. */
int file_hash_of(const char *path, char hex[FILE_HASH_BYTES]);

#endif
