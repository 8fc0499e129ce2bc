/*
 * Memory for libraries that do not bear to be refused any: libevent and OpenSSL.
 *
 * libevent 2.1.12 follows null pointers in some of the places where it gets no memory, and loses
 * bytes in others. So it never sees a refusal: when the C library has no memory left, it gets some
 * of a reserve of MEMORY_RESERVE_BYTES, and memory_ran_out() says so. The owner of the loop stops
 * at the next instant (shaper_is_out_of_memory() says it as well), while everything can still be
 * freed in good order. The reserve is part of the program's zeroed data: it takes no memory until
 * it is used. Only what is asked for when that is spent, too, is refused.
 */
#ifndef SHAPESIM_SHAPER_LIBEVENT_MEMORY_H
#define SHAPESIM_SHAPER_LIBEVENT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define MEMORY_RESERVE_BYTES ((size_t)8 * 1024 * 1024)

/* Has libevent and OpenSSL take their memory from here. To be called once, before their first
 * use. */
void memory_install(void);

/* malloc(), realloc() and free() with the reserve behind them, for other such libraries. */
void *memory_take(size_t bytes);
void *memory_resize(void *old, size_t bytes);
void memory_give(void *memory);

/* Whether the reserve has ever been used. */
bool memory_ran_out(void);

#endif
