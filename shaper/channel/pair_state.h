/* The state of a pair's channel, for channel_pair.c, pair_crossing.c and pair_queue.c. */
#ifndef SHAPESIM_SHAPER_CHANNEL_PAIR_STATE_H
#define SHAPESIM_SHAPER_CHANNEL_PAIR_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/channel/channel_life.h"

/*
 * The stages of a byte, in each direction:
 *     offered -> unsent -> [in the kernel, if these were sockets] -> read -> across -> delivered
 * The shaped end pays when it takes them out of `unsent` (write) or out of the kernel (read). What
 * an end has read crosses the pair and is delivered at the same instant: at each grant, or once for
 * all grants where no one reacts to deliveries.
 */
struct pair_channel {
    struct shaper_channel common;
    struct poll_end shaped_end;
    struct poll_end peer_end;
    unsigned suspended[SHAPER_DIRECTIONS]; /* enum suspend_reason bits */
    uint64_t unsent_bytes[SHAPER_DIRECTIONS];
    uint64_t in_kernel_bytes[SHAPER_DIRECTIONS];
    uint64_t read_bytes[SHAPER_DIRECTIONS];
    struct pair_members *members;  /* the queues of a scheduled group; NULL: in none */
    uint32_t peer_write_max_bytes; /* of one callback: libevent's value, as the peer has no limit */
    bool delivery_due[SHAPER_DIRECTIONS]; /* by libevent, to a filter */
    bool delivers_at_once;                /* as the owner may react to each delivery */
    bool is_filtered;   /* the bytes are in the evbuffers: filters write them there */
    bool is_granting;   /* a watermark is set for a grant: what it stops continues at once */
    bool is_handing_on; /* at once: libevent's own callback, which finds nothing, is still due */
    bool has_ended;     /* the peer finds the end of file when it reads next */
    bool is_end_due;    /* it has, and libevent is about to report it */
};

static inline size_t pair_min(uint64_t a, uint64_t b)
{
    return (size_t)(a < b ? a : b);
}

#endif
