/*
 * One filter of a channel's chain, at both ends: libevent's filter, what encodes and decodes, and
 * what waits for room below.
 */
#ifndef SHAPESIM_SHAPER_CHANNEL_FILTER_LAYER_H
#define SHAPESIM_SHAPER_CHANNEL_FILTER_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/bufferevent.h>

#include "shaper/channel/channel_state.h"
#include "shaper/filters/filter_internal.h"

enum end { SHAPED_END, PEER_END, ENDS };

/* One filter at one end: the context of libevent's filter callbacks. */
struct layer_end {
    struct layer *layer;
    struct bufferevent *filter;
    struct bufferevent *underlying; /* where it writes to and reads from */
    enum shaper_direction sends;
    enum shaper_direction receives;
};

struct layer {
    struct filter_chain *chain;
    struct shaper_channel *channel;
    const struct filter_ops *ops;
    void *encoder[SHAPER_DIRECTIONS];
    void *decoder[SHAPER_DIRECTIONS];
    struct shaper_filter_counts counts[SHAPER_DIRECTIONS];
    /* Encoded, and counted as sent, but more than the bufferevent below has room for; NULL: never
     * any. */
    struct evbuffer *waiting[SHAPER_DIRECTIONS];
    uint64_t passed_bytes[SHAPER_DIRECTIONS]; /* encoded, and written below */
    /* A flush that is passed to the encoder when everything sent before it has reached the encoder;
     * BEV_NORMAL: none. */
    enum bufferevent_flush_mode flush_due[SHAPER_DIRECTIONS];
    unsigned ends_due[SHAPER_DIRECTIONS]; /* of responses, likewise */
    struct layer_end ends[ENDS];
};

enum end layer_sending_end(enum shaper_direction direction);

/* How much may be written below: up to the write high watermark of the shaped end. */
size_t layer_room(const struct layer *layer, enum shaper_direction direction);

/* Writes up to `room` of what is encoded, what has waited first; the rest waits. Empties `bytes`.
 * 0, or -1 on allocation failure. */
int layer_send(struct layer *layer, enum shaper_direction direction, struct evbuffer *bytes,
               size_t room);

/* Writes up to `room` of what has waited. Whether nothing waits any more; *status: as above. */
bool layer_send_waiting(struct layer *layer, enum shaper_direction direction, size_t room,
                        int *status);

/* Encodes all of `from` and sends it. 0, -1 on allocation failure, or FILTER_BROKEN. */
int layer_encode(struct layer *layer, enum shaper_direction direction, struct evbuffer *from,
                 enum bufferevent_flush_mode mode, size_t room);

/* Decodes what is in `from`. 0, -1 on allocation failure, or FILTER_BROKEN. */
int layer_decode(struct layer *layer, enum shaper_direction direction, struct evbuffer *from,
                 struct evbuffer *to);

/* Tells the encoder where a response ends. 0, or -1 on allocation failure. */
int layer_end_response(struct layer *layer, enum shaper_direction direction, uint64_t end_bytes);

/* What the encoder has received and not passed on. */
uint64_t layer_held_bytes(const struct layer *layer, enum shaper_direction direction);

/* What the layer's filter has been given to send and has not passed to the encoder yet. */
uint64_t layer_unsent_bytes(const struct layer *layer, enum shaper_direction direction);

#endif
