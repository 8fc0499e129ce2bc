/*
 * Room for one more entry in a ring: an array whose capacity is a power of two or 0, in which the
 * entry with ordinal i, counted in 32 bits that wrap, is at i & (capacity - 1).
 */
#ifndef SHAPESIM_SIM_ACCOUNT_RING_H
#define SHAPESIM_SIM_ACCOUNT_RING_H

#include <stddef.h>
#include <stdint.h>

/* A ring of twice the capacity, `least` where it is 0, with the entries `first` to `next` - 1 of
 * `entry_bytes` each; frees the old one. NULL on allocation failure: the old one stays. */
void *ring_grow(void *ring, uint32_t *capacity, uint32_t first, uint32_t next, size_t entry_bytes,
                uint32_t least);

#endif
