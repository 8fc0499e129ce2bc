#include "shaper/channel/filter_chain.h"

#include <stdlib.h>

#include <event2/buffer.h>
#include <zlib.h>

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
    const struct filter_ops *ops;
    void *encoder[SHAPER_DIRECTIONS];
    void *decoder[SHAPER_DIRECTIONS];
    struct shaper_filter_counts counts[SHAPER_DIRECTIONS];
    /* A flush that is passed to the encoder when everything sent before it has reached the encoder;
     * BEV_NORMAL: none. */
    enum bufferevent_flush_mode flush_due[SHAPER_DIRECTIONS];
    unsigned ends_due[SHAPER_DIRECTIONS]; /* of responses, likewise */
    struct layer_end ends[ENDS];
};

struct filter_chain {
    struct shaper_channel *channel;
    void (*broke)(struct shaper_channel *channel);
    uint64_t offered_bytes[SHAPER_DIRECTIONS]; /* by the application; during TLS's handshake they do
                                                * not reach the first filter */
    bufferevent_data_cb receive[ENDS];         /* libevent's own, of the lowest filter */
    void *receive_arg[ENDS];
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

static enum end sending_end(enum shaper_direction direction)
{
    return direction == SHAPER_WRITE ? SHAPED_END : PEER_END;
}

static uint32_t crc_of(uint32_t crc, struct evbuffer *buffer)
{
    struct evbuffer_iovec pieces[16];
    struct evbuffer_ptr at;

    evbuffer_ptr_set(buffer, &at, 0, EVBUFFER_PTR_SET);
    for (;;) {
        int count = evbuffer_peek(buffer, -1, &at, pieces, 16);
        size_t bytes = 0;
        if (count > 16)
            count = 16;
        for (int i = 0; i < count; i++) {
            crc = (uint32_t)crc32_z(crc, pieces[i].iov_base, pieces[i].iov_len);
            bytes += pieces[i].iov_len;
        }
        if (bytes == 0 || evbuffer_ptr_set(buffer, &at, bytes, EVBUFFER_PTR_ADD) != 0)
            return crc;
    }
}

/* The encoder's output is written in one write, and copied, as bufferevent_write() does: of many
 * small chunks a socket writes at once only as many as fit libevent's array. */
static int send_on(struct layer *layer, enum shaper_direction direction, struct evbuffer *bytes)
{
    struct bufferevent *below = layer->ends[sending_end(direction)].underlying;
    size_t length = evbuffer_get_length(bytes);
    const unsigned char *data = evbuffer_pullup(bytes, -1);

    if (length == 0)
        return 0;
    layer->counts[direction].sent_after_bytes += length;
    return data ? bufferevent_write(below, data, length) : -1;
}

static int encode(struct layer *layer, enum shaper_direction direction, struct evbuffer *from,
                  enum bufferevent_flush_mode mode)
{
    struct shaper_filter_counts *counts = &layer->counts[direction];
    struct evbuffer *made = evbuffer_new();

    if (!made)
        return -1;
    counts->sent_before_bytes += evbuffer_get_length(from);
    counts->sent_crc32 = crc_of(counts->sent_crc32, from);
    int status = layer->ops->encode(layer->encoder[direction], from, made, mode);
    if (status == 0 && evbuffer_get_length(made) > 0)
        status = send_on(layer, direction, made);
    evbuffer_free(made);
    return status;
}

/* Reading from `from` may bring more into it, as a full input has room again (a read watermark):
 * those bytes are left for the next call. Only a hook can make more of them than were sent. */
static int decode(struct layer *layer, enum shaper_direction direction, struct evbuffer *from,
                  struct evbuffer *to)
{
    struct shaper_filter_counts *counts = &layer->counts[direction];
    struct evbuffer *taken = evbuffer_new();
    struct evbuffer *made = evbuffer_new();
    int status = taken && made ? evbuffer_add_buffer(taken, from) : -1;

    if (status == 0) {
        counts->received_before_bytes += evbuffer_get_length(taken);
        status = layer->ops->decode(layer->decoder[direction], taken, made);
        counts->received_after_bytes += evbuffer_get_length(made);
        counts->received_crc32 = crc_of(counts->received_crc32, made);
        if (counts->received_after_bytes > counts->sent_before_bytes)
            status = FILTER_BROKEN;
    }
    if (status == 0)
        status = evbuffer_add_buffer(to, made);
    if (taken)
        evbuffer_free(taken);
    if (made)
        evbuffer_free(made);
    return status;
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

static uint64_t held_by(const struct layer *layer, enum shaper_direction direction)
{
    return layer->ops->held_bytes ? layer->ops->held_bytes(layer->encoder[direction]) : 0;
}

/* Whether the layers above have passed on everything they received, so that nothing sent before a
 * flush reaches this layer after it. */
static bool is_reached(const struct layer *layer, enum shaper_direction direction)
{
    const struct layer *above = layer->chain->layers;

    for (; above < layer; above++)
        if (held_by(above, direction) > 0)
            return false;
    return true;
}

/* Passes flushes that are due to the layers of a direction, down to the first layer that still
 * holds something sent before. */
static void pass_flushes(struct filter_chain *chain, enum shaper_direction direction)
{
    for (size_t i = 0; i < chain->layers_made; i++) {
        struct layer *layer = &chain->layers[i];
        struct bufferevent *filter = layer->ends[sending_end(direction)].filter;
        enum bufferevent_flush_mode mode = layer->flush_due[direction];
        if (mode == BEV_NORMAL)
            continue;
        if (!is_reached(layer, direction))
            return;
        layer->flush_due[direction] = BEV_NORMAL;
        int status = encode(layer, direction, bufferevent_get_output(filter), mode);
        if (status != 0)
            fail(layer, status);
    }
}

/* What the layer's filter has been given to send and has not passed to the encoder yet. */
static uint64_t unsent_bytes(const struct layer *layer, enum shaper_direction direction)
{
    struct bufferevent *filter = layer->ends[sending_end(direction)].filter;

    return evbuffer_get_length(bufferevent_get_output(filter));
}

/* Whether all that was offered has reached the layer. */
static bool has_all(const struct layer *layer, enum shaper_direction direction)
{
    const struct filter_chain *chain = layer->chain;
    const struct layer *above = chain->layers;

    if (above->counts[direction].sent_before_bytes != chain->offered_bytes[direction])
        return false;
    for (; above < layer; above++)
        if (unsent_bytes(above, direction) > 0)
            return false;
    return is_reached(layer, direction);
}

static int end_response(struct layer *layer, enum shaper_direction direction, uint64_t end_bytes)
{
    struct evbuffer *made = evbuffer_new();

    if (!made)
        return -1;
    int status = layer->ops->end_response(layer->encoder[direction], end_bytes, made);
    if (status == 0)
        status = send_on(layer, direction, made);
    evbuffer_free(made);
    return status;
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
            if (end_response(layer, direction,
                             layer->counts[direction].sent_before_bytes +
                                 unsent_bytes(layer, direction)) != 0)
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
        else if (end_response(layer, direction, chain->offered_bytes[direction]) != 0)
            fail(layer, -1);
    }
    pass_ends(chain, direction);
}

void filter_chain_note_offered(struct filter_chain *chain, enum shaper_direction direction,
                               size_t bytes)
{
    chain->offered_bytes[direction] += bytes;
}

/* libevent's output filter. The limit is that of a write watermark below, which is never set. */
static enum bufferevent_filter_result output_filter(struct evbuffer *from, struct evbuffer *to,
                                                    ev_ssize_t limit,
                                                    enum bufferevent_flush_mode mode, void *arg)
{
    struct layer_end *end = arg;

    (void)to; /* which is the output of `underlying` */
    (void)limit;
    if (mode != BEV_NORMAL && !is_reached(end->layer, end->sends)) {
        end->layer->flush_due[end->sends] = mode;
        mode = BEV_NORMAL;
        if (evbuffer_get_length(from) == 0)
            return BEV_OK;
    }
    int status = encode(end->layer, end->sends, from, mode);
    if (status == 0) {
        pass_ends(end->layer->chain, end->sends);
        return BEV_OK;
    }
    fail(end->layer, status);
    return BEV_ERROR;
}

/* libevent's input filter. Everything is passed up at once: the application reads all there is. */
static enum bufferevent_filter_result input_filter(struct evbuffer *from, struct evbuffer *to,
                                                   ev_ssize_t limit,
                                                   enum bufferevent_flush_mode mode, void *arg)
{
    struct layer_end *end = arg;

    (void)limit;
    (void)mode;
    int status = decode(end->layer, end->receives, from, to);
    if (status == 0)
        return BEV_OK;
    fail(end->layer, status);
    return BEV_ERROR;
}

/* The direction in which the layer's end sends. */
static void emit(void *arg, struct evbuffer *bytes)
{
    struct layer_end *end = arg;

    if (send_on(end->layer, end->sends, bytes) != 0)
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
            .emit_arg = &layer->ends[sending_end((enum shaper_direction)d)]};
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
            bufferevent_getcb(lowest, &chain->receive[which], NULL, NULL,
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
        bytes += held_by(&chain->layers[i], direction);
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
