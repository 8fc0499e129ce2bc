#include "sim/base/file_hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <xxhash.h>

#include "traces/file_stream.h"

#define BLOCK_BYTES (64 * 1024)

struct file_hash {
    XXH3_state_t *state;
};

struct file_hash *file_hash_new(void)
{
    struct file_hash *hash = calloc(1, sizeof(*hash));

    if (!hash || !(hash->state = XXH3_createState())) {
        free(hash);
        return NULL;
    }
    XXH3_128bits_reset(hash->state);
    return hash;
}

void file_hash_free(struct file_hash *hash)
{
    if (!hash)
        return;
    XXH3_freeState(hash->state);
    free(hash);
}

void file_hash_add(struct file_hash *hash, const void *bytes, size_t count)
{
    XXH3_128bits_update(hash->state, bytes, count);
}

void file_hash_print(const struct file_hash *hash, char hex[FILE_HASH_BYTES])
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(hash->state));
    for (size_t i = 0; i < sizeof(canonical.digest); i++)
        snprintf(hex + 2 * i, 3, "%02x", canonical.digest[i]);
}

static int add_file(struct file_hash *hash, FILE *file)
{
    char *block = malloc(BLOCK_BYTES);
    size_t bytes;

    if (!block)
        return ENOMEM;
    errno = 0;
    while ((bytes = fread(block, 1, BLOCK_BYTES, file)) > 0)
        file_hash_add(hash, block, bytes);
    free(block);
    return ferror(file) ? (errno ? errno : EIO) : 0;
}

int file_hash_of(const char *path, char hex[FILE_HASH_BYTES])
{
    struct file_hash *hash = file_hash_new();
    FILE *file = hash ? file_stream_open(path, "r") : NULL;
    int failure = !hash ? ENOMEM : !file ? errno : add_file(hash, file);

    if (failure == 0)
        file_hash_print(hash, hex);
    if (file)
        fclose(file);
    file_hash_free(hash);
    return failure;
}
