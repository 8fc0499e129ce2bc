/*
 * The setups of very many channels differ in few fields: the channels share one copy of the rest.
 */
#ifndef SHAPESIM_SHAPER_CHANNEL_SHARED_SETUP_H
#define SHAPESIM_SHAPER_CHANNEL_SHARED_SETUP_H

#include "shaper/channel.h"

struct shaper;

/* A copy without `group`, `weight`, `per_flow_cfg` and `arg`; released with shared_setup_release().
 * NULL on allocation failure. */
const struct shaper_channel_setup *shared_setup_take(struct shaper *shaper,
                                                     const struct shaper_channel_setup *setup);
void shared_setup_release(struct shaper *shaper, const struct shaper_channel_setup *setup);

#endif
