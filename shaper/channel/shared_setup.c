#include "shaper/channel/shared_setup.h"

#include <stddef.h>
#include <stdlib.h>

#include "shaper/libevent/state.h"

struct shared_setup {
    struct shaper_channel_setup setup;
    size_t channels;
};

static struct shared_setup *shared_of(const struct shaper_channel_setup *setup)
{
    return (struct shared_setup *)((uintptr_t)setup - offsetof(struct shared_setup, setup));
}

static bool is_same_application(const struct shaper_channel_setup *a,
                                const struct shaper_channel_setup *b)
{
    return a->read_high_bytes == b->read_high_bytes && a->read_low_bytes == b->read_low_bytes &&
           a->filter_high_bytes == b->filter_high_bytes &&
           a->reports_writable == b->reports_writable && a->write_low_bytes == b->write_low_bytes &&
           a->timeout_us[SHAPER_READ] == b->timeout_us[SHAPER_READ] &&
           a->timeout_us[SHAPER_WRITE] == b->timeout_us[SHAPER_WRITE] &&
           a->sums_deliveries == b->sums_deliveries && a->callbacks == b->callbacks;
}

static bool is_same(const struct shaper_channel_setup *a, const struct shaper_channel_setup *b)
{
    return a->transport == b->transport && a->shaped_is_initiator == b->shaped_is_initiator &&
           a->tls_version == b->tls_version && a->tls_end == b->tls_end &&
           a->filters == b->filters && a->filter_count == b->filter_count && a->flush == b->flush &&
           a->max_single_bytes[SHAPER_READ] == b->max_single_bytes[SHAPER_READ] &&
           a->max_single_bytes[SHAPER_WRITE] == b->max_single_bytes[SHAPER_WRITE] &&
           is_same_application(a, b);
}

const struct shaper_channel_setup *shared_setup_take(struct shaper *shaper,
                                                     const struct shaper_channel_setup *setup)
{
    struct shared_setup *shared = shaper->last_setup ? shared_of(shaper->last_setup) : NULL;

    if (!shared || !is_same(&shared->setup, setup)) {
        shared = calloc(1, sizeof(*shared));
        if (!shared)
            return NULL;
        shared->setup = *setup;
        shared->setup.group = NULL;
        shared->setup.weight = 0;
        shared->setup.per_flow_cfg = NULL;
        shared->setup.arg = NULL;
        shaper->last_setup = &shared->setup;
    }
    shared->channels++;
    return &shared->setup;
}

void shared_setup_release(struct shaper *shaper, const struct shaper_channel_setup *setup)
{
    struct shared_setup *shared;

    if (!setup)
        return;
    shared = shared_of(setup);
    if (--shared->channels > 0)
        return;
    if (shaper->last_setup == setup)
        shaper->last_setup = NULL;
    free(shared);
}
