/*
 * The life of a channel once its transport has made it: events from the transport, deliveries,
 * leaving and freeing. channel.c, above the transports, picks one and offers it the bytes.
 */
#ifndef SHAPESIM_SHAPER_CHANNEL_CHANNEL_LIFE_H
#define SHAPESIM_SHAPER_CHANNEL_CHANNEL_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shaper/channel/channel_state.h"

/* The contents of a channel's bytes where only their number matters. */
#define CHANNEL_ZEROS_BYTES (64 * 1024)
extern const unsigned char channel_zeros[CHANNEL_ZEROS_BYTES];

/* The event callback of every transport's shaped end, which identifies that end; its argument, like
 * that of the read callbacks, is the channel. */
void channel_shaped_event(struct bufferevent *shaped, short what, void *arg);

/* The read callbacks of every transport's ends; a pair without filters has none, as its bytes are
 * read when they cross. */
void channel_shaped_readable(struct bufferevent *shaped, void *arg);
void channel_peer_readable(struct bufferevent *peer, void *arg);

/* Bytes have crossed: channel_deliver_all() hands them to the application at this same instant. */
void channel_arrived(struct shaper_channel *channel);

/* Delivers what has arrived in all channels. Returns whether there was any. */
bool channel_deliver_all(struct shaper *shaper);

/* Whether a channel leaves once `bytes` more are delivered. */
bool channel_drains_with(const struct shaper_channel *channel,
                         const uint64_t bytes[SHAPER_DIRECTIONS]);

/* The end that sends in a direction, as its application sees it. */
struct bufferevent *channel_sender(const struct shaper_channel *channel,
                                   enum shaper_direction direction);

/* Writes bytes that the transport has held, and empties the buffer. */
void channel_send(struct shaper_channel *channel, enum shaper_direction direction,
                  struct evbuffer *bytes);

/* Both ends have completed the handshake, for which `bytes` were moved. */
void channel_opened(struct shaper_channel *channel, const uint64_t bytes[SHAPER_DIRECTIONS]);

/* The shaped end's lowest bufferevent has written. */
void channel_wrote(struct shaper_channel *channel);

/* Charges the shaped end for `bytes` and reports them to the owner. */
void channel_charge(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes);

/* A flush moves `bytes` past the limits. */
void channel_flushed(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes);

/* A timeout of the shaped end has expired. `what` holds BEV_EVENT_TIMEOUT. */
void channel_timed_out(struct shaper_channel *channel, short what);

/* libevent has given up on an end without cause. */
void channel_broke(struct shaper_channel *channel);

/* Takes the shaped end out of its group. */
void channel_leave_group(struct shaper_channel *channel);

/* Gives libevent the read low watermark again, which changes while the channel is closing. */
void channel_set_read_low(struct shaper_channel *channel);

/* Puts the setup's filters on the ends. 0, or -1 on allocation failure. */
int channel_put_on_filters(struct shaper_channel *channel);

/* Subscribes channels to what libevent charges and which ends it suspends or releases. */
void channel_observe_libevent(void);

/* The peer has seen the end of file: frees the channel and reports it to its owner. */
void channel_saw_end(struct shaper_channel *channel);

/* Lets every drained channel of the list leave. */
void channel_leave_all(struct shaper *shaper);

#endif
