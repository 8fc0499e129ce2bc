#include "shaper/libevent/memory.h"

#include <malloc.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <openssl/crypto.h>

/* The header of each piece of the reserve. */
struct piece {
    alignas(max_align_t) size_t bytes;
};

/* Pieces are handed out one after another and never reused: the reserve only has to last until the
 * program ends. */
static struct {
    alignas(max_align_t) unsigned char bytes[MEMORY_RESERVE_BYTES];
    size_t used;
    bool ran_out;
} reserve;

static bool is_of_reserve(const void *memory)
{
    uintptr_t at = (uintptr_t)memory, begin = (uintptr_t)reserve.bytes;

    return at >= begin && at < begin + MEMORY_RESERVE_BYTES;
}

static void *take_of_reserve(size_t bytes)
{
    reserve.ran_out = true;
    if (bytes > MEMORY_RESERVE_BYTES / 2)
        return NULL;
    size_t whole = sizeof(struct piece) +
                   (bytes + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (whole > MEMORY_RESERVE_BYTES - reserve.used)
        return NULL;
    struct piece *piece = (struct piece *)(void *)(reserve.bytes + reserve.used);
    reserve.used += whole;
    piece->bytes = bytes;
    return piece + 1;
}

void *memory_take(size_t bytes)
{
    void *memory = malloc(bytes);

    if (memory || bytes == 0)
        return memory;
    return take_of_reserve(bytes);
}

/* Part of it stays in the reserve: there is no other memory left. */
static void *resize_of_reserve(void *old, size_t bytes)
{
    size_t old_bytes = ((struct piece *)old - 1)->bytes;

    if (bytes <= old_bytes)
        return old;
    void *memory = take_of_reserve(bytes);
    if (memory)
        memcpy(memory, old, old_bytes);
    return memory;
}

/* The C library knows the size of memory that is not from the reserve. */
static void *move_into_reserve(void *old, size_t bytes)
{
    size_t old_bytes = malloc_usable_size(old);
    void *memory = take_of_reserve(bytes);

    if (!memory)
        return NULL;
    if (old_bytes > 0)
        memcpy(memory, old, old_bytes < bytes ? old_bytes : bytes);
    free(old);
    return memory;
}

void *memory_resize(void *old, size_t bytes)
{
    if (is_of_reserve(old))
        return resize_of_reserve(old, bytes);
    void *memory = realloc(old, bytes);
    if (memory || bytes == 0)
        return memory;
    return move_into_reserve(old, bytes);
}

void memory_give(void *memory)
{
    if (!is_of_reserve(memory))
        free(memory);
}

bool memory_ran_out(void)
{
    return reserve.ran_out;
}

static void *take_for_openssl(size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return memory_take(bytes);
}

static void *resize_for_openssl(void *old, size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return memory_resize(old, bytes);
}

static void give_for_openssl(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    memory_give(memory);
}

void memory_install(void)
{
    event_set_mem_functions(memory_take, memory_resize, memory_give);
    CRYPTO_set_mem_functions(take_for_openssl, resize_for_openssl, give_for_openssl);
}
