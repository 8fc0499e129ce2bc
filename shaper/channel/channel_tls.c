#include "shaper/channel/channel_tls.h"

#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/ssl.h>

#include "shaper/channel/channel_life.h"
#include "shaper/channel/tls_context.h"

/*
 * TLS filters over the two ends of a pair. libevent_openssl checks and charges the shaped end's
 * buckets itself; the peer has no limit.
 *
 * Nothing is handed to an end before its handshake has ended: libevent 2.1.12 never returns from a
 * write that waits for the handshake (write_blocked_on_read) when the bucket is empty by then.
 */
struct tls_channel {
    struct shaper_channel common;
    struct evbuffer *held[SHAPER_DIRECTIONS]; /* offered before the handshake; NULL: nothing was */
    bool is_connected[SHAPER_DIRECTIONS];     /* the end that sends in this direction */
    uint64_t handshake_bytes[SHAPER_DIRECTIONS];
};

/* Each piece remains a chain of its own, which libevent hands to OpenSSL as it is: one record. */
static int add_records(struct evbuffer *buffer, size_t bytes)
{
    for (size_t left = bytes; left > 0;) {
        size_t n = left < SHAPER_RECORD_MAX_BYTES ? left : SHAPER_RECORD_MAX_BYTES;
        if (evbuffer_add_reference(buffer, channel_zeros, n, NULL, NULL) != 0)
            return -1;
        left -= n;
    }
    return 0;
}

/* The buffer for what is offered before the handshake; NULL on allocation failure. */
static struct evbuffer *held(struct tls_channel *tls, enum shaper_direction direction)
{
    if (!tls->held[direction])
        tls->held[direction] = evbuffer_new();
    return tls->held[direction];
}

static int tls_offer(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes)
{
    struct tls_channel *tls = (struct tls_channel *)channel;
    struct evbuffer *to = tls->is_connected[direction]
                              ? bufferevent_get_output(channel_sender(channel, direction))
                              : held(tls, direction);

    return to ? add_records(to, bytes) : -1;
}

static int tls_hold(struct shaper_channel *channel, enum shaper_direction direction,
                    struct evbuffer *bytes)
{
    struct tls_channel *tls = (struct tls_channel *)channel;

    if (tls->is_connected[direction])
        return 0;
    return held(tls, direction) && evbuffer_add_buffer(held(tls, direction), bytes) == 0 ? 1 : -1;
}

static uint64_t tls_output_bytes(const struct shaper_channel *channel)
{
    const struct tls_channel *tls = (const struct tls_channel *)channel;
    const struct evbuffer *waiting = tls->held[SHAPER_WRITE];

    return evbuffer_get_length(bufferevent_get_output(channel->shaped)) +
           (waiting ? evbuffer_get_length(waiting) : 0);
}

/* The end that sends in a direction has completed its handshake. */
static void connected(struct tls_channel *tls, enum shaper_direction direction)
{
    struct evbuffer *waiting = tls->held[direction];

    tls->is_connected[direction] = true;
    tls->held[direction] = NULL;
    if (waiting) {
        channel_send(&tls->common, direction, waiting);
        evbuffer_free(waiting);
        if (direction == SHAPER_WRITE) /* a filter may hold all of it: nothing is written then */
            channel_wrote(&tls->common);
    }
    if (tls->is_connected[SHAPER_READ] && tls->is_connected[SHAPER_WRITE])
        channel_opened(&tls->common, tls->handshake_bytes);
}

static void shaped_write_callback(struct bufferevent *shaped, void *arg)
{
    (void)shaped;
    channel_wrote(arg);
}

static void tls_shaped_event(struct shaper_channel *channel, short what)
{
    if (what & BEV_EVENT_CONNECTED)
        connected((struct tls_channel *)channel, SHAPER_WRITE);
    else if (what & BEV_EVENT_TIMEOUT)
        channel_timed_out(channel, what);
    else if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        channel_broke(channel);
}

static void peer_event_callback(struct bufferevent *peer, short what, void *arg)
{
    struct shaper_channel *channel = arg;

    (void)peer;
    if (what & BEV_EVENT_CONNECTED) {
        connected(arg, SHAPER_READ);
    } else if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
        if (!channel->ending) {
            channel_broke(channel);
            return;
        }
        if ((what & BEV_EVENT_ERROR) && channel->setup->callbacks->unclean)
            channel->setup->callbacks->unclean(channel->arg);
        channel_saw_end(channel);
    }
}

/* The shaped end's handshake has ended: what its filter has moved so far. */
static void observe_handshake(const SSL *ssl, int where, int what)
{
    struct tls_channel *tls = SSL_get_app_data(ssl);

    (void)what;
    if (where != SSL_CB_HANDSHAKE_DONE)
        return;
    tls->handshake_bytes[SHAPER_READ] = BIO_number_read(SSL_get_rbio(ssl));
    tls->handshake_bytes[SHAPER_WRITE] = BIO_number_written(SSL_get_wbio(ssl));
}

/* The client sends first. */
static void tls_start(struct shaper_channel *channel)
{
    bufferevent_enable(channel->shaped, EV_READ | EV_WRITE);
    bufferevent_enable(channel->peer, EV_READ | EV_WRITE);
}

/* OpenSSL sends a close-notify, and no bucket pays for it: the shaped end has left its group. */
static void tls_end(struct shaper_channel *channel)
{
    SSL *ssl = bufferevent_openssl_get_ssl(channel->shaped);

    if (channel->setup->tls_end == SHAPER_TLS_END_CLOSE_NOTIFY && SSL_shutdown(ssl) >= 0)
        return;
    bufferevent_flush(bufferevent_get_underlying(channel->shaped), EV_WRITE, BEV_FINISHED);
}

static void tls_fini(struct shaper_channel *channel)
{
    struct tls_channel *tls = (struct tls_channel *)channel;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (tls->held[d])
            evbuffer_free(tls->held[d]);
    /* What is freed stays alive in libevent until the loop's next pass: without the limit, which
     * may already be freed. */
    bufferevent_set_rate_limit(channel->shaped, NULL);
}

static const struct channel_ops tls_ops = {.offer = tls_offer,
                                           .shaped_event = tls_shaped_event,
                                           .hold = tls_hold,
                                           .output_bytes = tls_output_bytes,
                                           .end = tls_end,
                                           .fini = tls_fini,
                                           .start = tls_start};

/* A filter over one end of a pair, which the filter owns from then on. */
static struct bufferevent *new_end(struct shaper *shaper, struct ssl_ctx_st *context,
                                   struct bufferevent *underlying, bool is_client)
{
    SSL *ssl = SSL_new(context);

    return ssl ? bufferevent_openssl_filter_new(shaper->base, underlying, ssl,
                                                is_client ? BUFFEREVENT_SSL_CONNECTING
                                                          : BUFFEREVENT_SSL_ACCEPTING,
                                                BEV_OPT_CLOSE_ON_FREE)
               : NULL;
}

struct shaper_channel *channel_tls_new(struct shaper *shaper,
                                       const struct shaper_channel_setup *setup, int *status)
{
    struct tls_channel *tls = calloc(1, sizeof(*tls));
    struct ssl_ctx_st **context = &shaper->tls_contexts[setup->tls_version];
    struct bufferevent *ends[2];

    *status = SHAPER_ERROR_MEMORY;
    if (!*context)
        *context = tls_context_new(setup->tls_version);
    if (!tls || !*context || bufferevent_pair_new(shaper->base, 0, ends) != 0) {
        free(tls);
        return NULL;
    }
    struct shaper_channel *channel = &tls->common;
    channel->ops = &tls_ops;
    channel->shaper = shaper;
    channel->is_opening = true;
    channel->peer = new_end(shaper, *context, ends[0], !setup->shaped_is_initiator);
    channel->shaped = new_end(shaper, *context, ends[1], setup->shaped_is_initiator);
    if (!channel->peer || !channel->shaped) {
        bufferevent_free(channel->peer ? channel->peer : ends[0]);
        bufferevent_free(channel->shaped ? channel->shaped : ends[1]);
        free(tls);
        return NULL;
    }
    SSL *ssl = bufferevent_openssl_get_ssl(channel->shaped);
    SSL_set_app_data(ssl, tls);
    SSL_set_info_callback(ssl, observe_handshake);
    bufferevent_openssl_set_allow_dirty_shutdown(channel->peer,
                                                 setup->tls_end == SHAPER_TLS_END_DIRTY_ALLOWED);
    bufferevent_setcb(channel->shaped, channel_shaped_readable, shaped_write_callback,
                      channel_shaped_event, tls);
    bufferevent_setcb(channel->peer, channel_peer_readable, NULL, peer_event_callback, tls);
    *status = SHAPER_OK;
    return channel;
}
