#include "shaper/channel/channel_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "shaper/channel/channel_life.h"

/* As large as the system allows: the more the kernel takes at once, the less its own limits
 * show. */
#define SOCKET_BUFFER_BYTES (4 * 1024 * 1024)

static void peer_event_callback(struct bufferevent *peer, short what, void *arg)
{
    struct shaper_channel *channel = arg;

    (void)peer;
    if (channel->ending && (what & BEV_EVENT_EOF))
        channel_saw_end(channel);
}

static void socket_shaped_event(struct shaper_channel *channel, short what)
{
    if (what & BEV_EVENT_TIMEOUT)
        channel_timed_out(channel, what);
    else if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        channel_broke(channel);
}

static void shaped_write_callback(struct bufferevent *shaped, void *arg)
{
    (void)shaped;
    channel_wrote(arg);
}

static uint64_t socket_output_bytes(const struct shaper_channel *channel)
{
    return evbuffer_get_length(bufferevent_get_output(channel->shaped));
}

/* Copied, as bufferevent_write() does: libevent then writes as many bytes at once as it may,
 * instead of only as many chunks as fit its array of vectors. */
static int socket_offer(struct shaper_channel *channel, enum shaper_direction direction,
                        size_t bytes)
{
    struct bufferevent *sender = direction == SHAPER_READ ? channel->peer : channel->shaped;

    for (size_t left = bytes; left > 0;) {
        size_t n = left < CHANNEL_ZEROS_BYTES ? left : CHANNEL_ZEROS_BYTES;
        if (bufferevent_write(sender, channel_zeros, n) != 0)
            return -1;
        left -= n;
    }
    return 0;
}

static void socket_end(struct shaper_channel *channel)
{
    shutdown(bufferevent_getfd(channel->shaped), SHUT_WR);
}

static void socket_fini(struct shaper_channel *channel)
{
    (void)channel;
}

static const struct channel_ops socket_ops = {.offer = socket_offer,
                                              .shaped_event = socket_shaped_event,
                                              .output_bytes = socket_output_bytes,
                                              .end = socket_end,
                                              .fini = socket_fini};

static struct bufferevent *new_end(struct shaper *shaper, evutil_socket_t socket)
{
    const int bytes = SOCKET_BUFFER_BYTES;
    struct bufferevent *end = bufferevent_socket_new(shaper->base, socket, BEV_OPT_CLOSE_ON_FREE);

    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    if (end)
        bufferevent_priority_set(end, SHAPER_PRIORITY_GRANT);
    else
        close(socket);
    return end;
}

struct shaper_channel *channel_socket_new(struct shaper *shaper, int *status)
{
    struct shaper_channel *channel = calloc(1, sizeof(*channel));
    int sockets[2];

    *status = SHAPER_ERROR_MEMORY;
    if (!channel)
        return NULL;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets) != 0) {
        if (errno == EMFILE || errno == ENFILE)
            *status = SHAPER_ERROR_DESCRIPTORS;
        free(channel);
        return NULL;
    }
    channel->ops = &socket_ops;
    channel->shaper = shaper;
    channel->peer = new_end(shaper, sockets[0]);
    channel->shaped = new_end(shaper, sockets[1]);
    if (!channel->peer || !channel->shaped) {
        if (channel->peer)
            bufferevent_free(channel->peer);
        if (channel->shaped)
            bufferevent_free(channel->shaped);
        free(channel);
        return NULL;
    }
    bufferevent_setcb(channel->shaped, channel_shaped_readable, shaped_write_callback,
                      channel_shaped_event, channel);
    bufferevent_setcb(channel->peer, channel_peer_readable, NULL, peer_event_callback, channel);
    bufferevent_enable(channel->peer, EV_READ);
    bufferevent_enable(channel->shaped, EV_READ);
    *status = SHAPER_OK;
    return channel;
}
