#include "sim/advise/advise_rated.h"

#include <math.h>
#include <stdlib.h>

#define BURSTS_MAX 40 /* a burst doubles no more often */

/* Adds the settings of a tick and a min-share. */
static size_t add_bursts(const struct advise_space *space, struct advise_setting setting,
                         struct advise_setting *settings)
{
    int64_t rate = setting.rate_bytes_per_tick;
    int64_t most = advise_burst_most(space, rate, setting.tick_ms);
    size_t count = 0;

    setting.burst_bytes = advise_burst_least(space, rate);
    for (; setting.burst_bytes < most; setting.burst_bytes *= 2)
        settings[count++] = setting;
    setting.burst_bytes = advise_most_of(most, rate);
    settings[count++] = setting;
    return count;
}

static size_t list_settings(const struct advise_space *space, struct advise_setting *settings)
{
    size_t count = 0;

    for (size_t i = 0; i < space->ticks; i++)
        for (size_t k = 0; k < space->min_shares; k++) {
            const struct advise_setting setting = {.rate_bytes_per_tick =
                                                       space->rates_bytes_per_tick[i],
                                                   .tick_ms = space->ticks_ms[i],
                                                   .min_share_bytes = space->min_shares_bytes[k]};
            count += add_bursts(space, setting, settings + count);
        }
    return count;
}

/* Below 0: `a` is to be preferred; 0: neither. */
static int prefer(const struct advise_probe *a, const struct advise_probe *b)
{
    double of_a = a->outcome.grants_per_mb, of_b = b->outcome.grants_per_mb;

    if (a->setting.burst_bytes != b->setting.burst_bytes)
        return a->setting.burst_bytes < b->setting.burst_bytes ? -1 : 1;
    if (fabs(of_a - of_b) > ADVISE_RESOLUTION * fmin(of_a, of_b))
        return of_a < of_b ? -1 : 1;
    return a->setting.tick_ms > b->setting.tick_ms   ? -1
           : a->setting.tick_ms < b->setting.tick_ms ? 1
                                                     : 0;
}

static void choose(struct advise_probes *probes, const struct advise_setting *settings,
                   const size_t *places, size_t count)
{
    struct advise_result *result = probes->result;
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < count; i++) {
        const struct advise_probe *probe = advise_probes_find(probes, &settings[i]);
        if (!probe->outcome.holds || places[i] > least)
            continue;
        if (places[i] < least || prefer(probe, &result->best) < 0)
            result->best = *probe;
        least = places[i];
    }
    result->is_found = least < SIZE_MAX;
}

int advise_rated_search(struct advise_probes *probes, char *error)
{
    const struct advise_space *space = probes->space;
    size_t room = space->ticks * space->min_shares * BURSTS_MAX;
    struct advise_setting *settings = calloc(room, sizeof(*settings));
    size_t *places = calloc(room, sizeof(*places));
    int status = settings && places ? SIM_OK : sim_fail(error, SIM_FAILED, "advise: out of memory");
    size_t count = status == SIM_OK ? list_settings(space, settings) : 0;

    if (status == SIM_OK)
        status = advise_probes_try(probes, settings, count, error);
    if (status == SIM_OK)
        status = probes->source->rank(probes->source->arg, settings, count, places, error);
    if (status == SIM_OK)
        choose(probes, settings, places, count);
    free(places);
    free(settings);
    return status;
}
