#include "shaper/stack.h"

#include <stdlib.h>

#include <event2/buffer.h>
#include <zlib.h>

#include "shaper/filter_internal.h"
#include "shaper/internal.h"

enum end { SHAPED_END, PEER_END, ENDS };

/* One filter at one end: what libevent's filter callbacks are given. */
struct layer_end {
    struct layer *layer;
    struct bufferevent *filter;
    struct bufferevent *underlying; /* where it writes to and reads from */
    enum shaper_direction sends;
    enum shaper_direction receives;
};

struct layer {
    struct stack *stack;
    const struct filter_ops *ops;
    void *encoder[SHAPER_DIRECTIONS];
    void *decoder[SHAPER_DIRECTIONS];
    struct shaper_filter_counts counts[SHAPER_DIRECTIONS];
    /* A flush that the encoder is told of when all that was sent before it has come to it;
     * BEV_NORMAL: none. */
    enum bufferevent_flush_mode flush_due[SHAPER_DIRECTIONS];
    struct layer_end ends[ENDS];
};

struct stack {
    struct shaper_channel *channel;
    bufferevent_data_cb receive[ENDS]; /* libevent's own, of the lowest filter */
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

/* What an encoder has made goes on in one write, and copied, as bufferevent_write() does it: of
 * many small pieces a socket writes only as many at once as fit libevent's array. */
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

/* Taking bytes out of `from` may bring more into it, as a full input has room again (a read
 * watermark): these are left for the next call. */
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
    }
    if (status == 0)
        status = evbuffer_add_buffer(to, made);
    if (taken)
        evbuffer_free(taken);
    if (made)
        evbuffer_free(made);
    return status;
}

/* A filter that fails has no memory: what comes to a decoder was made by its encoder. */
static void fail(struct layer *layer)
{
    layer->stack->channel->shaper->is_out_of_memory = true;
}

static uint64_t held_by(const struct layer *layer, enum shaper_direction direction)
{
    return layer->ops->held_bytes ? layer->ops->held_bytes(layer->encoder[direction]) : 0;
}

/* Whether the layers above have passed on all that they were given, and so nothing that was sent
 * before a flush comes to this one after it. */
static bool is_reached(const struct layer *layer, enum shaper_direction direction)
{
    const struct layer *above = layer->stack->layers;

    for (; above < layer; above++)
        if (held_by(above, direction) > 0)
            return false;
    return true;
}

/* Tells the layers of a direction of flushes that are due, as far down as all has been passed on
 * that was sent before. */
static void tell_flushes(struct stack *stack, enum shaper_direction direction)
{
    for (size_t i = 0; i < stack->layers_made; i++) {
        struct layer *layer = &stack->layers[i];
        struct bufferevent *filter = layer->ends[sending_end(direction)].filter;
        enum bufferevent_flush_mode mode = layer->flush_due[direction];
        if (mode == BEV_NORMAL)
            continue;
        if (!is_reached(layer, direction))
            return;
        layer->flush_due[direction] = BEV_NORMAL;
        if (encode(layer, direction, bufferevent_get_output(filter), mode) != 0)
            fail(layer);
    }
}

/* libevent's output filter. The limit is that of a write watermark below, of which there is none.
 */
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
    if (encode(end->layer, end->sends, from, mode) == 0)
        return BEV_OK;
    fail(end->layer);
    return BEV_ERROR;
}

/* libevent's input filter. All goes up at once: the application takes out whatever there is. */
static enum bufferevent_filter_result input_filter(struct evbuffer *from, struct evbuffer *to,
                                                   ev_ssize_t limit,
                                                   enum bufferevent_flush_mode mode, void *arg)
{
    struct layer_end *end = arg;

    (void)limit;
    (void)mode;
    if (decode(end->layer, end->receives, from, to) == 0)
        return BEV_OK;
    fail(end->layer);
    return BEV_ERROR;
}

/* Of the direction that the layer's end sends in. */
static void emit(void *arg, struct evbuffer *bytes)
{
    struct layer_end *end = arg;

    if (send_on(end->layer, end->sends, bytes) != 0)
        fail(end->layer);
    tell_flushes(end->layer->stack, end->sends);
}

static int make_halves(struct layer *layer, const struct shaper_filter *filter)
{
    const struct shaper_channel *channel = layer->stack->channel;

    layer->ops = ops_of(filter->kind);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        bool shaped_sends = d == SHAPER_WRITE;
        struct filter_setup setup = {
            .filter = filter,
            .shaper = channel->shaper,
            .from_responder = shaped_sends != channel->setup->shaped_is_initiator,
            .emit = emit,
            .emit_arg = &layer->ends[sending_end((enum shaper_direction)d)]};
        layer->encoder[d] = layer->ops->encoder_new(&setup);
        layer->decoder[d] = layer->ops->decoder_new(&setup);
        if (!layer->encoder[d] || !layer->decoder[d])
            return -1;
    }
    return 0;
}

/* Puts a layer on top of what an end has so far. */
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

/* The lowest filter takes the callbacks of the bufferevent below for itself; the channel has them
 * back, and calls the filter's from there. */
static int put_all_on(struct stack *stack, enum end which, struct bufferevent *lowest,
                      struct bufferevent **top)
{
    bufferevent_data_cb read_callback, write_callback;
    bufferevent_event_cb event_callback;
    void *arg;

    bufferevent_getcb(lowest, &read_callback, &write_callback, &event_callback, &arg);
    for (size_t i = stack->layers_made; i-- > 0;) {
        if (put_on(&stack->layers[i], which, top) != 0)
            return -1;
        if (i + 1 == stack->layers_made) {
            bufferevent_getcb(lowest, &stack->receive[which], NULL, NULL,
                              &stack->receive_arg[which]);
            bufferevent_setcb(lowest, read_callback, write_callback, event_callback, arg);
        }
    }
    return 0;
}

struct stack *stack_new(struct shaper_channel *channel)
{
    size_t count = channel->setup->filter_count;
    struct stack *stack = calloc(1, sizeof(*stack) + count * sizeof(stack->layers[0]));

    if (!stack)
        return NULL;
    stack->channel = channel;
    for (; stack->layers_made < count; stack->layers_made++) {
        stack->layers[stack->layers_made].stack = stack;
        if (make_halves(&stack->layers[stack->layers_made],
                        &channel->setup->filters[stack->layers_made]) != 0) {
            stack->layers_made++;
            stack_free(stack);
            return NULL;
        }
    }
    if (put_all_on(stack, SHAPED_END, channel->shaped, &channel->shaped_top) != 0 ||
        put_all_on(stack, PEER_END, channel->peer, &channel->peer_top) != 0) {
        stack_free(stack);
        return NULL;
    }
    return stack;
}

void stack_free(struct stack *stack)
{
    if (!stack)
        return;
    for (size_t i = 0; i < stack->layers_made; i++) {
        struct layer *layer = &stack->layers[i];
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            layer->ops->encoder_free(layer->encoder[d]);
            layer->ops->decoder_free(layer->decoder[d]);
        }
    }
    free(stack);
}

void stack_receive(struct stack *stack, enum shaper_direction direction)
{
    enum end which = direction == SHAPER_READ ? SHAPED_END : PEER_END;
    struct bufferevent *lowest =
        which == SHAPED_END ? stack->channel->shaped : stack->channel->peer;

    /* What comes while bytes are being handed up, the filter finds when it looks for more. */
    if (stack->is_receiving[which])
        return;
    stack->is_receiving[which] = true;
    stack->receive[which](lowest, stack->receive_arg[which]);
    stack->is_receiving[which] = false;
}

void stack_finish(struct stack *stack, enum shaper_direction direction)
{
    for (size_t i = 0; i < stack->layers_made; i++)
        stack->layers[i].flush_due[direction] = BEV_FINISHED;
    tell_flushes(stack, direction);
}

uint64_t stack_held_bytes(const struct stack *stack, enum shaper_direction direction)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < stack->layers_made; i++)
        bytes += held_by(&stack->layers[i], direction);
    return bytes;
}

bool stack_has_sent(const struct stack *stack, enum shaper_direction direction)
{
    const struct shaper_filter_counts *counts =
        &stack->layers[stack->layers_made - 1].counts[direction];

    return counts->sent_after_bytes != counts->received_before_bytes;
}

bool stack_is_empty(const struct stack *stack, enum shaper_direction direction)
{
    return stack_held_bytes(stack, direction) == 0 && !stack_has_sent(stack, direction);
}

const struct shaper_filter_counts *stack_counts(const struct stack *stack, size_t filter,
                                                enum shaper_direction direction)
{
    return &stack->layers[filter].counts[direction];
}
