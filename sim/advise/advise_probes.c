#include "sim/advise/advise_probes.h"

#include <stdlib.h>

#define WIDE_BYTES_PER_MS INT64_C(10000000) /* a rate that limits nothing */

/* --- bursts that go with a rate --------------------------------------------------------------- */

int64_t advise_burst_most(const struct advise_space *space, int64_t rate, int64_t tick_ms)
{
    int64_t worth = rate * ADVISE_BURST_MS / tick_ms; /* at most ADVISE_BYTES_MAX * 100 */

    if (space->burst_most_bytes > 0)
        return space->burst_most_bytes;
    return advise_least_of(advise_most_of(worth, rate), ADVISE_BYTES_MAX);
}

int64_t advise_burst_least(const struct advise_space *space, int64_t rate)
{
    return advise_most_of(space->burst_least_bytes, rate);
}

int64_t advise_rate_most(const struct advise_space *space, int64_t tick_ms)
{
    int64_t most = space->burst_most_bytes > 0 ? space->burst_most_bytes : ADVISE_BYTES_MAX;

    return advise_least_of(most, tick_ms > ADVISE_BYTES_MAX / WIDE_BYTES_PER_MS
                                     ? ADVISE_BYTES_MAX
                                     : WIDE_BYTES_PER_MS * tick_ms);
}

/* --- probes ----------------------------------------------------------------------------------- */

const struct advise_probe *advise_probes_find(const struct advise_probes *probes,
                                              const struct advise_setting *setting)
{
    const struct advise_result *result = probes->result;

    for (size_t i = 0; i < result->probe_count; i++)
        if (advise_setting_equals(&result->probes[i].setting, setting))
            return &result->probes[i];
    return NULL;
}

/* The settings that were not tried yet, each once, in `fresh`. */
static size_t choose_fresh(const struct advise_probes *probes,
                           const struct advise_setting *settings, size_t count,
                           struct advise_setting *fresh)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        bool is_known = advise_probes_find(probes, &settings[i]) != NULL;
        for (size_t k = 0; k < n; k++)
            is_known |= advise_setting_equals(&fresh[k], &settings[i]);
        if (!is_known)
            fresh[n++] = settings[i];
    }
    return n;
}

int advise_probes_try(struct advise_probes *probes, const struct advise_setting *settings,
                      size_t count, char *error)
{
    struct advise_result *result = probes->result;
    struct advise_setting *fresh = calloc(count + 1, sizeof(*fresh));
    struct advise_outcome *outcomes = calloc(count + 1, sizeof(*outcomes));
    struct advise_probe *grown =
        reallocarray(result->probes, result->probe_count + count + 1, sizeof(*grown));
    int status =
        fresh && outcomes && grown ? SIM_OK : sim_fail(error, SIM_FAILED, "advise: out of memory");

    if (grown)
        result->probes = grown;
    size_t n = status == SIM_OK ? choose_fresh(probes, settings, count, fresh) : 0;
    if (n > 0)
        status = probes->source->evaluate(probes->source->arg, fresh, n, outcomes, error);
    for (size_t i = 0; i < n && status == SIM_OK; i++)
        grown[result->probe_count++] =
            (struct advise_probe){.setting = fresh[i], .outcome = outcomes[i]};
    free(outcomes);
    free(fresh);
    return status;
}

int advise_probes_try_one(struct advise_probes *probes, const struct advise_setting *setting,
                          struct advise_outcome *outcome, char *error)
{
    int status = advise_probes_try(probes, setting, 1, error);

    if (status == SIM_OK)
        *outcome = advise_probes_find(probes, setting)->outcome;
    return status;
}
