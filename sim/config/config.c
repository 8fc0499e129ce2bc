#include "sim/config/config.h"

#include <stdlib.h>
#include <string.h>

void run_config_init(struct run_config *config)
{
    memset(config, 0, sizeof(*config));
    config->seed = 1;
    config->clock = SIM_CLOCK_VIRTUAL;
    config->is_closed_loop = true;
    config->source.count = COUNT_STREAM;
    config->source.idle_timeout_us = IDLE_TIMEOUT_DEFAULT_US;
    config->source.max_flows = MAX_FLOWS_DEFAULT;
    config->source.schedule.copies = 1;
    config->source.schedule.spread_us = SPREAD_DEFAULT_US;
    config->source.schedule.speed_milli = FLOW_SPEED_ONE;
    config->flow_ticks = FLOW_TICKS_DEFAULT;
    config->exchanges = EXCHANGES_ALL;
}

void run_config_fini(struct run_config *config)
{
    for (size_t i = 0; i < config->groups; i++)
        group_config_fini(&config->specs[i]);
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

    for (size_t i = 0; i < config->groups && alignment <= ALIGNMENT_MAX_MS; i++) {
        if (config->limits[i].has_group)
            alignment = common_multiple(alignment, config->limits[i].group.tick_ms);
        if (config->limits[i].has_per_flow && alignment <= ALIGNMENT_MAX_MS)
            alignment = common_multiple(alignment, config->limits[i].per_flow.tick_ms);
        if (config->limits[i].has_ratelimit)
            alignment = common_multiple(alignment, config->limits[i].tick_ms);
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

    for (size_t i = 0; i < config->groups; i++) {
        if (config->limits[i].has_group)
            shortest_ms = shorter(shortest_ms, config->limits[i].group.tick_ms);
        if (config->limits[i].has_per_flow)
            shortest_ms = shorter(shortest_ms, config->limits[i].per_flow.tick_ms);
        if (config->limits[i].has_ratelimit)
            shortest_ms = shorter(shortest_ms, config->limits[i].tick_ms);
    }
    for (size_t i = 0; i < config->event_count; i++)
        if (config->events[i].kind == EVENT_FLOW_LIMIT)
            shortest_ms = shorter(shortest_ms, config->events[i].limit.tick_ms);
    return shortest_ms ? shortest_ms : 1;
}

bool run_config_holds_packets(const struct run_config *config)
{
    return config->is_closed_loop || config->receive_window_bytes > 0;
}

bool run_config_withholds(const struct run_config *config)
{
    return run_config_holds_packets(config) || config->application.write_high_bytes > 0;
}

bool run_config_has_events(const struct run_config *config)
{
    return config->event_count > 0 || config->background_count > 0 ||
           config->initial_tokens.is_given;
}

const char *run_files_name(enum run_files files)
{
    switch (files) {
    case RUN_FILES_ALL:
        return "all";
    case RUN_FILES_TABLES:
        return "tables";
    case RUN_FILES_SUMMARY:
        return "summary";
    }
    return "unknown";
}
