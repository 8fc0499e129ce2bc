/*
 * What the owner of very many channels asks of each is the same but for a word or two: the channels
 * share one copy of it.
 */
#ifndef SHAPESIM_SHAPER_CHANNEL_SHARED_SETUP_H
#define SHAPESIM_SHAPER_CHANNEL_SHARED_SETUP_H

#include "shaper/channel.h"

struct shaper;

/* A copy, but for `group`, `weight`, `per_flow_cfg` and `arg`, which it does not have; given back
 * with shared_setup_release(). NULL on allocation failure. */
const struct shaper_channel_setup *shared_setup_take(struct shaper *shaper,
                                                     const struct shaper_channel_setup *setup);
void shared_setup_release(struct shaper *shaper, const struct shaper_channel_setup *setup);

#endif
