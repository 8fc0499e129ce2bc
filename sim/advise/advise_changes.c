#include "sim/advise/advise_changes.h"

#include <math.h>

#define LOWER_RATES 3

/* The setting with another tick and the same rate per second; the burst is at least a tick's. */
static bool change_tick(struct advise_setting *setting, int64_t tick_ms)
{
    double rate =
        round((double)setting->rate_bytes_per_tick * (double)tick_ms / (double)setting->tick_ms);

    if (tick_ms < 1 || rate < 1 || rate > ADVISE_BYTES_MAX)
        return false;
    setting->tick_ms = tick_ms;
    setting->rate_bytes_per_tick = (int64_t)rate;
    setting->burst_bytes = advise_most_of(setting->burst_bytes, (int64_t)rate);
    return true;
}

/* False: there is no such setting. */
static bool change(struct advise_setting *setting, enum advise_change what)
{
    switch (what) {
    case ADVISE_HALF_BURST:
        setting->burst_bytes /= 2;
        return setting->burst_bytes >= setting->rate_bytes_per_tick;
    case ADVISE_TWICE_BURST:
        setting->burst_bytes *= 2;
        return setting->burst_bytes <= ADVISE_BYTES_MAX;
    case ADVISE_HALF_TICK:
        return setting->tick_ms % 2 == 0 && change_tick(setting, setting->tick_ms / 2);
    case ADVISE_TWICE_TICK:
        return change_tick(setting, setting->tick_ms * 2);
    case ADVISE_HALF_MIN_SHARE:
        setting->min_share_bytes /= 2;
        return setting->min_share_bytes >= 1;
    case ADVISE_TWICE_MIN_SHARE:
        setting->min_share_bytes *= 2;
        return setting->min_share_bytes <= setting->rate_bytes_per_tick;
    case ADVISE_CHANGES:
        break;
    }
    return false;
}

/* Lower rates, into `settings`, with bursts of as many ticks' worth if that is allowed. */
static size_t lower_rates(const struct advise_space *space, const struct advise_setting *best,
                          struct advise_setting *settings)
{
    static const double parts[LOWER_RATES] = {0.9, 0.75, 0.5};
    size_t count = 0;

    for (int i = 0; i < LOWER_RATES; i++) {
        struct advise_setting *lower = &settings[count];
        *lower = *best;
        lower->rate_bytes_per_tick = (int64_t)((double)best->rate_bytes_per_tick * parts[i]);
        lower->burst_bytes = advise_most_of((int64_t)((double)best->burst_bytes * parts[i]),
                                            advise_burst_least(space, lower->rate_bytes_per_tick));
        count += lower->rate_bytes_per_tick >= 1;
    }
    return count;
}

int advise_changes_try(struct advise_probes *probes, char *error)
{
    struct advise_result *result = probes->result;
    struct advise_setting settings[ADVISE_CHANGES + LOWER_RATES];
    size_t count = 0;

    for (int i = 0; i < ADVISE_CHANGES; i++) {
        struct advise_probe *changed = &result->changes[i];
        changed->setting = result->best.setting;
        result->has_change[i] = change(&changed->setting, (enum advise_change)i);
        if (result->has_change[i])
            settings[count++] = changed->setting;
    }
    count += lower_rates(probes->space, &result->best.setting, settings + count);
    int status = advise_probes_try(probes, settings, count, error);
    for (int i = 0; i < ADVISE_CHANGES && status == SIM_OK; i++)
        if (result->has_change[i])
            result->changes[i] = *advise_probes_find(probes, &result->changes[i].setting);
    return status;
}
