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
    config->source.max_flows = MAX_FLOWS_DEFAULT;
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
    for (size_t i = 0; i < config->event_count && alignment <= ALIGNMENT_MAX_MS; i++)
        if (config->events[i].kind == EVENT_FLOW_LIMIT)
            alignment = common_multiple(alignment, config->events[i].limit.tick_ms);
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
    for (size_t i = 0; i < config->event_count; i++)
        if (config->events[i].kind == EVENT_FLOW_LIMIT)
            shortest_ms = shorter(shortest_ms, config->events[i].limit.tick_ms);
    return shortest_ms ? shortest_ms : 1;
}

bool run_config_has_events(const struct run_config *config)
{
    return config->event_count > 0 || config->background_count > 0 ||
           config->initial_tokens.is_given;
}

static int check_burst_holds(const struct run_config *config, const struct shaper_limit *limit,
                             const char *whose, const char *group, char *error)
{
    if (config->initial_tokens.kind != INITIAL_TOKENS_SIZE)
        return SIM_OK;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (config->initial_tokens.bytes > limit->burst_bytes[d])
            return sim_fail(error, SIM_MISUSE,
                            "--initial-tokens %lld is above the burst of %s %s, %lld B; a bucket "
                            "never holds more: use less, or a larger burst",
                            (long long)config->initial_tokens.bytes, whose, group,
                            (long long)limit->burst_bytes[d]);
    return SIM_OK;
}

static int check_initial_tokens(const struct run_config *config, char *error)
{
    bool any = false;
    int status = SIM_OK;

    for (size_t i = 0; i < config->classes && status == SIM_OK; i++) {
        const struct class_limits *limits = &config->limits[i];
        any |= limits->has_group || limits->has_own;
        if (limits->has_group)
            status =
                check_burst_holds(config, &limits->group, "group", config->specs[i].name, error);
        if (limits->has_own && status == SIM_OK)
            status = check_burst_holds(config, &limits->own, "the flows of group",
                                       config->specs[i].name, error);
    }
    if (status == SIM_OK && !any)
        return sim_fail(error, SIM_MISUSE,
                        "--initial-tokens sets buckets, and nothing has a limit; add --rate");
    return status;
}

int run_config_check(struct run_config *config, char *error)
{
    int application_status = application_check(&config->application, error);

    if (application_status != SIM_OK)
        return application_status;
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
    int status = config->initial_tokens.is_given ? check_initial_tokens(config, error) : SIM_OK;
    if (status == SIM_OK)
        status = events_resolve(config, error);
    if (status == SIM_OK)
        status = scheduling_check(&config->scheduling, config->transport, config->specs,
                                  config->limits, config->classes, error);
    for (size_t i = 0; i < config->classes; i++)
        config->limits[i].is_scheduled = config->scheduling.scheduler != SHAPER_SCHEDULER_LIBEVENT;
    if (status != SIM_OK)
        return status;
    if (run_config_alignment_ms(config) > ALIGNMENT_MAX_MS)
        return sim_fail(error, SIM_MISUSE,
                        "the tick lengths have no common multiple within a thousand years; use "
                        "lengths that share a factor, such as 10ms and 25ms");
    return SIM_OK;
}
