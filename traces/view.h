/*
 * The rest of a frame that is left to read. Whoever reads from it checks `captured` first.
 */
#ifndef SHAPESIM_TRACES_VIEW_H
#define SHAPESIM_TRACES_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/capture.h"

struct view {
    const uint8_t *frame; /* its first byte */
    const uint8_t *data;  /* the first byte that is left */
    uint32_t captured;    /* bytes from there on */
    uint32_t wire;        /* likewise when it was captured; never less */
};

static inline uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p)
{
    return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static inline uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline struct view view_of(const struct capture_packet *packet)
{
    return (struct view){packet->data, packet->data, packet->captured_bytes, packet->wire_bytes};
}

static inline uint32_t view_offset(const struct view *view)
{
    return (uint32_t)(view->data - view->frame);
}

/* False, and nothing is skipped, if fewer were captured. */
static inline bool view_skip(struct view *view, uint32_t bytes)
{
    if (view->captured < bytes)
        return false;
    view->data += bytes;
    view->captured -= bytes;
    view->wire -= bytes;
    return true;
}

/* What follows the next `bytes` bytes is something else, padding or a trailer. */
static inline void view_end_after(struct view *view, uint32_t bytes)
{
    view->captured = min_u32(view->captured, bytes);
    view->wire = min_u32(view->wire, bytes);
}

#endif
