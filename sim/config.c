#include "sim/config.h"

#include <stdlib.h>
#include <string.h>

/* libevent counts ticks in 32 bits from the wall's milliseconds; far below that, clocks that start
 * at a common multiple of all ticks stay within any calendar. */
#define ALIGNMENT_MAX_MS (INT64_C(1000) * 365 * 24 * 3600 * 1000)

void run_config_init(struct run_config *config)
{
    memset(config, 0, sizeof(*config));
    config->seed = 1;
    config->clock = SIM_CLOCK_VIRTUAL;
    config->source.count = COUNT_PAYLOAD;
    config->source.idle_timeout_us = IDLE_TIMEOUT_DEFAULT_US;
    config->flow_ticks = FLOW_TICKS_DEFAULT;
}

void run_config_fini(struct run_config *config)
{
    for (size_t i = 0; i < config->classes; i++)
        class_spec_fini(&config->specs[i]);
    free(config->command);
}

/* Saturates at INT64_MAX. */
static int64_t common_multiple(int64_t a, int64_t b)
{
    int64_t x = a, y = b, multiple;

    while (y != 0) {
        int64_t rest = x % y;
        x = y;
        y = rest;
    }
    return __builtin_mul_overflow(a / x, b, &multiple) ? INT64_MAX : multiple;
}

int64_t run_config_alignment_ms(const struct run_config *config)
{
    int64_t alignment = 1;

    for (size_t i = 0; i < config->classes && alignment <= ALIGNMENT_MAX_MS; i++) {
        if (config->limits[i].has_group)
            alignment = common_multiple(alignment, config->limits[i].group.tick_ms);
        if (config->limits[i].has_own && alignment <= ALIGNMENT_MAX_MS)
            alignment = common_multiple(alignment, config->limits[i].own.tick_ms);
    }
    return alignment;
}

static int64_t shorter(int64_t shortest_ms, int64_t tick_ms)
{
    return shortest_ms == 0 || tick_ms < shortest_ms ? tick_ms : shortest_ms;
}

int64_t run_config_shortest_tick_ms(const struct run_config *config)
{
    int64_t shortest_ms = 0;

    for (size_t i = 0; i < config->classes; i++) {
        if (config->limits[i].has_group)
            shortest_ms = shorter(shortest_ms, config->limits[i].group.tick_ms);
        if (config->limits[i].has_own)
            shortest_ms = shorter(shortest_ms, config->limits[i].own.tick_ms);
    }
    return shortest_ms ? shortest_ms : 1;
}

bool run_config_has_events(const struct run_config *config)
{
    return config->event_count > 0 || config->background_count > 0 ||
           config->initial_tokens.is_given;
}

static int check_initial_tokens(const struct run_config *config, size_t i, char *error)
{
    const struct shaper_limit *limit = &config->limits[i].group;

    if (!config->limits[i].has_group || config->initial_tokens.kind != INITIAL_TOKENS_SIZE)
        return SIM_OK;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (config->initial_tokens.bytes > limit->burst_bytes[d])
            return sim_fail(
                error, SIM_MISUSE,
                "--initial-tokens %lld is above the burst of group %s, %lld B; a bucket "
                "never holds more: use less, or a larger burst",
                (long long)config->initial_tokens.bytes, config->specs[i].name,
                (long long)limit->burst_bytes[d]);
    return SIM_OK;
}

int run_config_check(struct run_config *config, char *error)
{
    if (config->dirty_shutdown && config->transport != SHAPER_TRANSPORT_TLS)
        return sim_fail(error, SIM_MISUSE,
                        "--dirty-shutdown: only TLS has a clean one; add --transport tls");
    for (size_t i = 0; i < config->classes; i++) {
        for (size_t j = 0; j < i; j++)
            if (strcmp(config->specs[i].name, config->specs[j].name) == 0)
                return sim_fail(error, SIM_MISUSE,
                                "--group name=%s: the name is taken; give each group its own",
                                config->specs[i].name);
        int status =
            class_spec_resolve(&config->specs[i], config->transport == SHAPER_TRANSPORT_SOCKET,
                               &config->limits[i], error);
        if (status != SIM_OK)
            return status;
    }
    if (config->initial_tokens.is_given) {
        bool any = false;
        for (size_t i = 0; i < config->classes; i++) {
            int status = check_initial_tokens(config, i, error);
            if (status != SIM_OK)
                return status;
            any |= config->limits[i].has_group;
        }
        if (!any)
            return sim_fail(
                error, SIM_MISUSE,
                "--initial-tokens sets a group's buckets, and no group has a limit; add "
                "--rate");
    }
    int events_status = events_resolve(config, error);
    if (events_status != SIM_OK)
        return events_status;
    if (run_config_alignment_ms(config) > ALIGNMENT_MAX_MS)
        return sim_fail(error, SIM_MISUSE,
                        "the tick lengths have no common multiple within a thousand years; use "
                        "lengths that share a factor, such as 10ms and 25ms");
    return SIM_OK;
}
