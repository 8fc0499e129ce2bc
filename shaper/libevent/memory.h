/*
 * Memory for libraries that cannot handle an allocation failure: libevent and OpenSSL.
 *
 * libevent 2.1.12 follows null pointers after some failed allocations, and loses bytes after
 * others. So it never sees a failure: when the C library has no memory left, it gets some from a
 * reserve of MEMORY_RESERVE_BYTES, and memory_ran_out() says so. The owner of the loop stops at the
 * next instant (shaper_is_out_of_memory() says so too), while everything can still be freed in good
 * order. The reserve is part of the program's zeroed data: it takes no memory until it is used.
 * An allocation fails only when the reserve is used up as well.
 */
#ifndef SHAPESIM_SHAPER_LIBEVENT_MEMORY_H
#define SHAPESIM_SHAPER_LIBEVENT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define MEMORY_RESERVE_BYTES ((size_t)8 * 1024 * 1024)

/* Makes libevent and OpenSSL allocate from here. To be called once, before their first use. */
void memory_install(void);

/* malloc(), realloc() and free() backed by the reserve, for other such libraries. */
void *memory_take(size_t bytes);
void *memory_resize(void *old, size_t bytes);
void memory_give(void *memory);

/* Whether the reserve has ever been used. */
bool memory_ran_out(void);

#endif
