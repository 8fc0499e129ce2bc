#include "sim/account/ring.h"

#include <stdlib.h>
#include <string.h>

void *ring_grow(void *ring, uint32_t *capacity, uint32_t first, uint32_t next, size_t entry_bytes,
                uint32_t least)
{
    uint32_t larger = *capacity ? 2 * *capacity : least;
    char *grown = larger ? calloc(larger, entry_bytes) : NULL;
    const char *from = ring;

    if (!grown)
        return NULL;
    for (uint32_t i = first; i != next; i++)
        memcpy(grown + (i & (larger - 1)) * entry_bytes, from + (i & (*capacity - 1)) * entry_bytes,
               entry_bytes);
    free(ring);
    *capacity = larger;
    return grown;
}
