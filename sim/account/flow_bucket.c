#include "sim/account/flow_bucket.h"

#include "sim/account/run_state.h"
#include "sim/clock/clock.h"

void flow_bucket_read_levels(const struct flow_state *flow, int64_t levels[SHAPER_DIRECTIONS])
{
    for (int d = 0; d < SHAPER_DIRECTIONS && flow->has_per_flow_limit; d++)
        levels[d] = shaper_channel_per_flow_level(flow->channel, (enum shaper_direction)d);
}

void flow_bucket_fill_limit(struct event_row *row, const struct shaper_limit *limit)
{
    row->has_limit = true;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        row->rate_bytes_per_tick[d] = limit->rate_bytes_per_tick[d];
        row->burst_bytes[d] = limit->burst_bytes[d];
    }
}

void flow_bucket_note_filling(struct flow_state *flow)
{
    if (!flow->has_per_flow_limit || !flow->channel)
        return;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t missing = flow->per_flow->burst_bytes[d] -
                          shaper_channel_per_flow_level(flow->channel, (enum shaper_direction)d);
        int64_t ticks = missing / flow->per_flow->rate_bytes_per_tick[d] + 2, full_us;
        if (missing <= 0)
            continue;
        if (__builtin_mul_overflow(ticks, flow->per_flow->tick_ms * 1000, &full_us) ||
            __builtin_add_overflow(full_us, sim_clock_now_us(), &full_us))
            full_us = CLOCK_NEVER_US;
        if (full_us > flow->group->per_flow_buckets_full_us)
            flow->group->per_flow_buckets_full_us = full_us;
    }
}

void flow_bucket_set_initial_tokens(struct flow_state *flow)
{
    const struct initial_tokens *tokens = &flow->run->config->initial_tokens;
    struct event_row row = {.time_us = sim_clock_now_us(),
                            .tick = flow->group->tick,
                            .group = flow->group->totals.name,
                            .event = run_event_name(EVENT_INITIAL_TOKENS, SHAPER_READ),
                            .flow = flow->row.flow,
                            .has_bucket = true,
                            .has_bucket_after = true};

    if (!tokens->is_given || tokens->kind == INITIAL_TOKENS_TICK)
        return;
    flow_bucket_read_levels(flow, row.before_bytes);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t wanted =
            tokens->kind == INITIAL_TOKENS_BURST ? flow->per_flow->burst_bytes[d] : tokens->bytes;
        shaper_channel_decrement_per_flow(flow->channel, (enum shaper_direction)d,
                                          row.before_bytes[d] - wanted);
    }
    flow_bucket_read_levels(flow, row.after_bytes);
    flow_bucket_fill_limit(&row, flow->per_flow);
    if (flow->run->record)
        record_event(flow->run->record, &row);
}
