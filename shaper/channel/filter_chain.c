#include "shaper/channel/filter_chain.h"

#include <stdlib.h>

#include <event2/buffer.h>

#include "shaper/channel/filter_layer.h"

struct filter_chain {
    struct shaper_channel *channel;
    void (*broke)(struct shaper_channel *channel);
    uint64_t offered_bytes[SHAPER_DIRECTIONS]; /* by the application; during TLS's handshake they do
                                                * not reach the first filter */
    bufferevent_data_cb receive[ENDS];         /* libevent's own, of the lowest filter */
    void *receive_arg[ENDS];
    bufferevent_data_cb write; /* likewise, of the shaped end */
    bool is_receiving[ENDS];
    size_t layers_made;
    struct layer layers[];
};

static const struct filter_ops *ops_of(enum shaper_filter_kind kind)
{
    switch (kind) {
    case SHAPER_FILTER_OVERHEAD:
        return &filter_overhead_ops;
    case SHAPER_FILTER_DEFLATE:
        return &filter_deflate_ops;
    case SHAPER_FILTER_RATELIMIT:
        return &filter_ratelimit_ops;
    case SHAPER_FILTER_HOOK:
        return &filter_hook_ops;
    }
    return NULL;
}

/* But for hooks, a filter fails only if memory runs out: what a decoder receives was made by its
 * encoder. */
static void fail(struct layer *layer, int status)
{
    if (status == FILTER_BROKEN)
        layer->chain->broke(layer->chain->channel);
    else
        layer->chain->channel->shaper->is_out_of_memory = true;
}

/* Whether the layers above have passed on everything they received, so that nothing sent before a
 * flush reaches this layer after it. */
static bool is_reached(const struct layer *layer, enum shaper_direction direction)
{
    const struct layer *above = layer->chain->layers;

    for (; above < layer; above++)
        if (layer_held_bytes(above, direction) > 0)
            return false;
    return true;
}

/* Passes flushes that are due to the layers of a direction, down to the first layer that still
 * holds something sent before. */
static void pass_flushes(struct filter_chain *chain, enum shaper_direction direction)
{
    for (size_t i = 0; i < chain->layers_made; i++) {
        struct layer *layer = &chain->layers[i];
        struct bufferevent *filter = layer->ends[layer_sending_end(direction)].filter;
        enum bufferevent_flush_mode mode = layer->flush_due[direction];
        if (mode == BEV_NORMAL)
            continue;
        if (!is_reached(layer, direction))
            return;
        layer->flush_due[direction] = BEV_NORMAL;
        int status = layer_encode(layer, direction, bufferevent_get_output(filter), mode,
                                  layer_room(layer, direction));
        if (status != 0)
            fail(layer, status);
    }
}

/* Whether all that was offered has reached the layer. */
static bool has_all(const struct layer *layer, enum shaper_direction direction)
{
    const struct filter_chain *chain = layer->chain;
    const struct layer *above = chain->layers;

    if (above->counts[direction].sent_before_bytes != chain->offered_bytes[direction])
        return false;
    for (; above < layer; above++)
        if (layer_unsent_bytes(above, direction) > 0)
            return false;
    return is_reached(layer, direction);
}

/* Passes ends of responses that are due, likewise. */
static void pass_ends(struct filter_chain *chain, enum shaper_direction direction)
{
    for (size_t i = 1; i < chain->layers_made; i++) {
        struct layer *layer = &chain->layers[i];
        while (layer->ends_due[direction] > 0) {
            if (!has_all(layer, direction))
                return;
            layer->ends_due[direction]--; /* what is sent on below may come back here */
            if (layer_end_response(layer, direction,
                                   layer->counts[direction].sent_before_bytes +
                                       layer_unsent_bytes(layer, direction)) != 0)
                fail(layer, -1);
        }
    }
}

/* The first layer is given the end's place among the bytes that were offered, the others when these
 * have reached them. */
void filter_chain_end_response(struct filter_chain *chain, enum shaper_direction direction)
{
    for (size_t i = 0; i < chain->layers_made; i++) {
        struct layer *layer = &chain->layers[i];
        if (!layer->ops->end_response)
            continue;
        if (i > 0)
            layer->ends_due[direction]++;
        else if (layer_end_response(layer, direction, chain->offered_bytes[direction]) != 0)
            fail(layer, -1);
    }
    pass_ends(chain, direction);
}

void filter_chain_note_offered(struct filter_chain *chain, enum shaper_direction direction,
                               size_t bytes)
{
    chain->offered_bytes[direction] += bytes;
}

/* libevent's output filter; `to` is the output of `underlying`. The limit, that of a write
 * watermark below, is kept, but in a flush: nothing new is encoded while there is no room, or
 * something waits for it. libevent calls again while the result is BEV_OK: only where bytes have
 * passed. */
static enum bufferevent_filter_result output_filter(struct evbuffer *from, struct evbuffer *to,
                                                    ev_ssize_t limit,
                                                    enum bufferevent_flush_mode mode, void *arg)
{
    struct layer_end *end = arg;
    struct layer *layer = end->layer;
    uint64_t passed_before = layer->passed_bytes[end->sends];
    bool is_flush = mode != BEV_NORMAL;
    int status = 0;

    (void)to;
    if (mode != BEV_NORMAL && !is_reached(layer, end->sends)) {
        layer->flush_due[end->sends] = mode;
        mode = BEV_NORMAL;
    }
    size_t room = is_flush ? SIZE_MAX : layer_room(layer, end->sends);
    if (limit >= 0 && (size_t)limit < room)
        room = (size_t)limit;
    if (room > 0 && (is_flush || evbuffer_get_length(from) > 0) &&
        layer_send_waiting(layer, end->sends, room, &status)) {
        room = is_flush ? SIZE_MAX : layer_room(layer, end->sends);
        if (room > 0 && (mode != BEV_NORMAL || evbuffer_get_length(from) > 0))
            status = layer_encode(layer, end->sends, from, mode, room);
        if (is_flush && status == 0) /* mod_ratelimit emits what fits */
            layer_send_waiting(layer, end->sends, SIZE_MAX, &status);
    }
    if (status != 0) {
        fail(layer, status);
        return BEV_ERROR;
    }
    pass_ends(layer->chain, end->sends);
    return layer->passed_bytes[end->sends] != passed_before ? BEV_OK : BEV_NEED_MORE;
}

/* libevent's input filter. Everything is passed up at once: the application reads all there is.
 * What comes while a part of something is decoded is looked at, too, as libevent does not call
 * again then. */
static enum bufferevent_filter_result input_filter(struct evbuffer *from, struct evbuffer *to,
                                                   ev_ssize_t limit,
                                                   enum bufferevent_flush_mode mode, void *arg)
{
    struct layer_end *end = arg;
    const struct shaper_filter_counts *counts = &end->layer->counts[end->receives];
    uint64_t before = counts->received_after_bytes;
    int status;

    (void)limit;
    (void)mode;
    do
        status = layer_decode(end->layer, end->receives, from, to);
    while (status == 0 && counts->received_after_bytes == before && evbuffer_get_length(from) > 0);
    if (status == 0)
        return counts->received_after_bytes != before ? BEV_OK : BEV_NEED_MORE;
    fail(end->layer, status);
    return BEV_ERROR;
}

/* The direction in which the layer's end sends. */
static void emit(void *arg, struct evbuffer *bytes)
{
    struct layer_end *end = arg;

    if (layer_send(end->layer, end->sends, bytes, layer_room(end->layer, end->sends)) != 0)
        fail(end->layer, -1);
    pass_ends(end->layer->chain, end->sends);
    pass_flushes(end->layer->chain, end->sends);
}

static int make_halves(struct layer *layer, const struct shaper_filter *filter)
{
    const struct shaper_channel *channel = layer->chain->channel;

    layer->ops = ops_of(filter->kind);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        bool shaped_sends = d == SHAPER_WRITE;
        struct filter_setup setup = {
            .filter = filter,
            .shaper = channel->shaper,
            .direction = (enum shaper_direction)d,
            .from_responder = shaped_sends != channel->setup->shaped_is_initiator,
            .emit = emit,
            .emit_arg = &layer->ends[layer_sending_end((enum shaper_direction)d)]};
        setup.is_sender = true;
        layer->encoder[d] = layer->ops->encoder_new(&setup);
        setup.is_sender = false;
        layer->decoder[d] = layer->ops->decoder_new(&setup);
        if (!layer->encoder[d] || !layer->decoder[d])
            return -1;
    }
    return 0;
}

/* Puts a layer on top of an end's present ones. */
static int put_on(struct layer *layer, enum end which, struct bufferevent **top)
{
    struct layer_end *end = &layer->ends[which];

    end->layer = layer;
    end->underlying = *top;
    end->sends = which == SHAPED_END ? SHAPER_WRITE : SHAPER_READ;
    end->receives = which == SHAPED_END ? SHAPER_READ : SHAPER_WRITE;
    end->filter =
        bufferevent_filter_new(*top, input_filter, output_filter, BEV_OPT_CLOSE_ON_FREE, NULL, end);
    if (!end->filter)
        return -1;
    *top = end->filter;
    return 0;
}

/* The lowest filter replaces the callbacks of the bufferevent below; the channel puts its own back,
 * and calls the filter's from there. */
static int put_all_on(struct filter_chain *chain, enum end which, struct bufferevent *lowest,
                      struct bufferevent **top)
{
    bufferevent_data_cb read_callback, write_callback;
    bufferevent_event_cb event_callback;
    void *arg;

    bufferevent_getcb(lowest, &read_callback, &write_callback, &event_callback, &arg);
    for (size_t i = chain->layers_made; i-- > 0;) {
        if (put_on(&chain->layers[i], which, top) != 0)
            return -1;
        if (i + 1 == chain->layers_made) {
            bufferevent_getcb(lowest, &chain->receive[which],
                              which == SHAPED_END ? &chain->write : NULL, NULL,
                              &chain->receive_arg[which]);
            bufferevent_setcb(lowest, read_callback, write_callback, event_callback, arg);
        }
    }
    return 0;
}

struct filter_chain *filter_chain_new(struct shaper_channel *channel,
                                      void (*broke)(struct shaper_channel *channel))
{
    size_t count = channel->setup->filter_count;
    struct filter_chain *chain = calloc(1, sizeof(*chain) + count * sizeof(chain->layers[0]));

    if (!chain)
        return NULL;
    chain->channel = channel;
    chain->broke = broke;
    for (; chain->layers_made < count; chain->layers_made++) {
        chain->layers[chain->layers_made].chain = chain;
        chain->layers[chain->layers_made].channel = channel;
        if (make_halves(&chain->layers[chain->layers_made],
                        &channel->setup->filters[chain->layers_made]) != 0) {
            chain->layers_made++;
            filter_chain_free(chain);
            return NULL;
        }
    }
    if (put_all_on(chain, SHAPED_END, channel->shaped, &channel->shaped_top) != 0 ||
        put_all_on(chain, PEER_END, channel->peer, &channel->peer_top) != 0) {
        filter_chain_free(chain);
        return NULL;
    }
    return chain;
}

void filter_chain_free(struct filter_chain *chain)
{
    if (!chain)
        return;
    for (size_t i = 0; i < chain->layers_made; i++) {
        struct layer *layer = &chain->layers[i];
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            layer->ops->encoder_free(layer->encoder[d]);
            layer->ops->decoder_free(layer->decoder[d]);
            if (layer->waiting[d])
                evbuffer_free(layer->waiting[d]);
        }
    }
    free(chain);
}

void filter_chain_receive(struct filter_chain *chain, enum shaper_direction direction)
{
    enum end which = direction == SHAPER_READ ? SHAPED_END : PEER_END;
    struct bufferevent *lowest =
        which == SHAPED_END ? chain->channel->shaped : chain->channel->peer;

    /* If more arrives while bytes are passed up, the filter finds it at its next look. */
    if (chain->is_receiving[which])
        return;
    chain->is_receiving[which] = true;
    chain->receive[which](lowest, chain->receive_arg[which]);
    chain->is_receiving[which] = false;
}

void filter_chain_write(struct filter_chain *chain)
{
    struct layer *lowest = &chain->layers[chain->layers_made - 1];
    int status;

    if (layer_send_waiting(lowest, SHAPER_WRITE, layer_room(lowest, SHAPER_WRITE), &status))
        chain->write(chain->channel->shaped, chain->receive_arg[SHAPED_END]);
    if (status != 0)
        fail(lowest, status);
}

void filter_chain_finish(struct filter_chain *chain, enum shaper_direction direction)
{
    for (size_t i = 0; i < chain->layers_made; i++)
        chain->layers[i].flush_due[direction] = BEV_FINISHED;
    pass_flushes(chain, direction);
}

uint64_t filter_chain_held_bytes(const struct filter_chain *chain, enum shaper_direction direction)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < chain->layers_made; i++)
        bytes += layer_held_bytes(&chain->layers[i], direction);
    return bytes;
}

bool filter_chain_has_sent(const struct filter_chain *chain, enum shaper_direction direction)
{
    const struct shaper_filter_counts *counts =
        &chain->layers[chain->layers_made - 1].counts[direction];

    return counts->sent_after_bytes != counts->received_before_bytes;
}

bool filter_chain_is_empty(const struct filter_chain *chain, enum shaper_direction direction)
{
    return filter_chain_held_bytes(chain, direction) == 0 &&
           !filter_chain_has_sent(chain, direction);
}

const struct shaper_filter_counts *filter_chain_counts(const struct filter_chain *chain,
                                                       size_t filter,
                                                       enum shaper_direction direction)
{
    return &chain->layers[filter].counts[direction];
}
