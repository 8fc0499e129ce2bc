/* SHAPER_TRANSPORT_SOCKET (channel.h). */
#ifndef SHAPESIM_SHAPER_CHANNEL_CHANNEL_SOCKET_H
#define SHAPESIM_SHAPER_CHANNEL_CHANNEL_SOCKET_H

#include "shaper/channel/channel_state.h"

/* Makes a channel without limits; *status says why it returns NULL. */
struct shaper_channel *channel_socket_new(struct shaper *shaper, int *status);

#endif
