/* SHAPER_TRANSPORT_TLS (channel.h). */
#ifndef SHAPESIM_SHAPER_CHANNEL_CHANNEL_TLS_H
#define SHAPESIM_SHAPER_CHANNEL_CHANNEL_TLS_H

#include "shaper/channel/channel_state.h"

/* Makes a channel without limits; *status says why it returns NULL. */
struct shaper_channel *channel_tls_new(struct shaper *shaper,
                                       const struct shaper_channel_setup *setup, int *status);

#endif
