#include "shaper/channel/filter_layer.h"

#include <event2/buffer.h>
#include <zlib.h>

enum end layer_sending_end(enum shaper_direction direction)
{
    return direction == SHAPER_WRITE ? SHAPED_END : PEER_END;
}

static struct bufferevent *below(const struct layer *layer, enum shaper_direction direction)
{
    return layer->ends[layer_sending_end(direction)].underlying;
}

/* A pair's output buffer has what its shaped end has paid for, too, until the peer reads it; so the
 * transport says what still waits, and libevent's own mark is not set there. */
size_t layer_room(const struct layer *layer, enum shaper_direction direction)
{
    const struct shaper_channel *channel = layer->channel;
    size_t high = channel->setup->filter_high_bytes;

    if (high == 0 || below(layer, direction) != channel->shaped)
        return SIZE_MAX;
    uint64_t output = channel->ops->output_bytes(channel);
    return output < high ? high - (size_t)output : 0;
}

/* Written in one write, and copied, as bufferevent_write() does: of many small chunks a socket
 * writes at once only as many as fit libevent's array. */
static int pass(struct layer *layer, enum shaper_direction direction, struct evbuffer *bytes,
                size_t room)
{
    size_t length = evbuffer_get_length(bytes);
    size_t n = length < room ? length : room;

    if (n == 0)
        return 0;
    const unsigned char *data = evbuffer_pullup(bytes, (ev_ssize_t)n);
    layer->passed_bytes[direction] += n;
    if (!data || bufferevent_write(below(layer, direction), data, n) != 0)
        return -1;
    return evbuffer_drain(bytes, n);
}

static bool has_waiting(const struct layer *layer, enum shaper_direction direction)
{
    return layer->waiting[direction] && evbuffer_get_length(layer->waiting[direction]) > 0;
}

int layer_send(struct layer *layer, enum shaper_direction direction, struct evbuffer *bytes,
               size_t room)
{
    layer->counts[direction].sent_after_bytes += evbuffer_get_length(bytes);
    if (!has_waiting(layer, direction)) {
        if (evbuffer_get_length(bytes) <= room)
            return pass(layer, direction, bytes, room);
        if (!layer->waiting[direction])
            layer->waiting[direction] = evbuffer_new();
    }
    struct evbuffer *waiting = layer->waiting[direction];
    if (!waiting || evbuffer_add_buffer(waiting, bytes) != 0)
        return -1;
    return pass(layer, direction, waiting, room);
}

bool layer_send_waiting(struct layer *layer, enum shaper_direction direction, size_t room,
                        int *status)
{
    *status =
        has_waiting(layer, direction) ? pass(layer, direction, layer->waiting[direction], room) : 0;
    return !has_waiting(layer, direction);
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

int layer_encode(struct layer *layer, enum shaper_direction direction, struct evbuffer *from,
                 enum bufferevent_flush_mode mode, size_t room)
{
    struct shaper_filter_counts *counts = &layer->counts[direction];
    struct evbuffer *made = evbuffer_new();

    if (!made)
        return -1;
    counts->sent_before_bytes += evbuffer_get_length(from);
    counts->sent_crc32 = crc_of(counts->sent_crc32, from);
    int status = layer->ops->encode(layer->encoder[direction], from, made, mode);
    if (status == 0 && evbuffer_get_length(made) > 0)
        status = layer_send(layer, direction, made, room);
    evbuffer_free(made);
    return status;
}

/* Reading from `from` may bring more into it, as a full input has room again (a read watermark):
 * those bytes are left for the next call. Only a hook can make more of them than were sent. */
int layer_decode(struct layer *layer, enum shaper_direction direction, struct evbuffer *from,
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

int layer_end_response(struct layer *layer, enum shaper_direction direction, uint64_t end_bytes)
{
    struct evbuffer *made = evbuffer_new();

    if (!made)
        return -1;
    int status = layer->ops->end_response(layer->encoder[direction], end_bytes, made);
    if (status == 0)
        status = layer_send(layer, direction, made, layer_room(layer, direction));
    evbuffer_free(made);
    return status;
}

uint64_t layer_held_bytes(const struct layer *layer, enum shaper_direction direction)
{
    return layer->ops->held_bytes ? layer->ops->held_bytes(layer->encoder[direction]) : 0;
}

uint64_t layer_unsent_bytes(const struct layer *layer, enum shaper_direction direction)
{
    struct bufferevent *filter = layer->ends[layer_sending_end(direction)].filter;

    return evbuffer_get_length(bufferevent_get_output(filter));
}
