#include "sim/account/group_state.h"

#include <string.h>

#include <event2/bufferevent.h>
#include <utlist.h>

/* What a group below was granted: it passed this bucket too. */
static void charged_from_below(void *arg, enum shaper_direction direction, size_t bytes)
{
    group_state_charged(arg, direction, bytes);
}

static int make_group(struct group_state *group, const struct group_setup *setup,
                      struct shaper *shaper)
{
    const struct shaper_group_setup group_setup = {
        .limit = setup->limits->group,
        .min_share_bytes = setup->limits->min_share_bytes,
        .scheduler = setup->scheduler,
        .parent = setup->parent ? setup->parent->shaper_group : NULL,
        .weight = setup->weight,
        .charged_from_below = charged_from_below,
        .arg = group};

    group->shaper_group = shaper_group_new(shaper, &group_setup);
    return group->shaper_group ? 0 : -1;
}

int group_state_init(struct group_state *group, const struct group_setup *setup,
                     struct shaper *shaper, char *error)
{
    const struct group_limits *limits = setup->limits;
    const char *name = setup->name;

    group->totals.name = name;
    group->parent = setup->parent;
    group->totals.limits = limits;
    group->limits = limits;
    if (!limits)
        return SIM_OK;
    group->tick_us = limits->tick_ms * 1000;
    if (limits->has_per_flow && !(group->per_flow_cfg = shaper_limit_cfg(&limits->per_flow)))
        return sim_fail(error, SIM_FAILED, "group %s: out of memory", name);
    if (limits->has_group && make_group(group, setup, shaper) != 0)
        return sim_fail(error, SIM_FAILED, "group %s: out of memory", name);
    group->limit = limits->group;
    group->effective_min_share_bytes = limits->effective_min_share_bytes;
    group->is_opening = true;
    return SIM_OK;
}

static void record_fairness_row(void *record, const struct fairness_row *row)
{
    if (record)
        record_fairness(record, row);
}

static void record_burst_row(void *record, const struct burst_row *row)
{
    if (record)
        record_burst(record, row);
}

int group_state_measure(struct group_state *group, const struct named_windows *named,
                        struct record *record, char *error)
{
    const struct metrics_callbacks callback = {
        .fairness = record_fairness_row, .burst = record_burst_row, .arg = record};

    group->metrics = group_metrics_new(group->totals.name, group->limits, named, &callback);
    group->totals.metrics = group->metrics;
    return group->metrics ? SIM_OK
                          : sim_fail(error, SIM_FAILED, "group %s: out of memory for its figures",
                                     group->totals.name);
}

void group_state_fini(struct group_state *group)
{
    group_metrics_free(group->metrics);
    shaper_group_free(group->shaper_group);
    if (group->per_flow_cfg)
        ev_token_bucket_cfg_free(group->per_flow_cfg);
    capture_filter_free(group->match);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        delay_histogram_fini(&group->totals.delays[d]);
        delay_histogram_fini(&group->totals.behind[d]);
    }
    response_times_fini(&group->totals.responses);
    completion_times_fini(&group->totals.completion);
    group->metrics =
        NULL; /* a parent calls this for its children, which are also called themselves */
    group->shaper_group = NULL;
    group->per_flow_cfg = NULL;
    group->match = NULL;
}

void group_state_read_levels(const struct group_state *group, int64_t levels[SHAPER_DIRECTIONS])
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        levels[d] = shaper_group_level(group->shaper_group, (enum shaper_direction)d);
}

static int carry_out(struct group_state *group, const struct run_event *event)
{
    switch (event->kind) {
    case EVENT_SET_LIMIT:
        group->limit = event->limit;
        group->effective_min_share_bytes = event->effective_min_share_bytes;
        return shaper_group_set_limit(group->shaper_group, &event->limit, event->min_share_bytes);
    case EVENT_DECREMENT:
    case EVENT_BACKGROUND:
    case EVENT_INITIAL_TOKENS:
        shaper_group_decrement(group->shaper_group, event->direction, event->bytes);
        return SHAPER_OK;
    case EVENT_RESET_TOTALS:
        shaper_group_reset_totals(group->shaper_group);
        return SHAPER_OK;
    default:
        return SHAPER_OK;
    }
}

int group_state_take_event(struct group_state *group, const struct run_event *event,
                           struct record *record)
{
    struct event_row row = {.time_us = sim_clock_now_us(),
                            .tick = group->tick,
                            .group = group->totals.name,
                            .event = run_event_name(event->kind, event->direction),
                            .has_bucket = true,
                            .has_bucket_after = true,
                            .has_limit = true,
                            .has_min_share = true};

    uint64_t charged_bytes[SHAPER_DIRECTIONS];
    int64_t levels[SHAPER_DIRECTIONS];

    memcpy(charged_bytes, group->tick_bytes, sizeof(charged_bytes));
    group_state_read_levels(group, row.before_bytes);
    int status = carry_out(group, event);
    group_state_read_levels(group, levels);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        /* With TLS, what a credit released has already been charged. */
        row.after_bytes[d] = levels[d] + (int64_t)(group->tick_bytes[d] - charged_bytes[d]);
        row.rate_bytes_per_tick[d] = group->limit.rate_bytes_per_tick[d];
        row.burst_bytes[d] = group->limit.burst_bytes[d];
        if (row.after_bytes[d] > row.burst_bytes[d] && row.after_bytes[d] > row.before_bytes[d])
            group->totals.credits_above_burst++;
        if (group->metrics)
            group_metrics_changed(group->metrics, (enum shaper_direction)d, row.before_bytes[d],
                                  row.after_bytes[d], levels[d], sim_clock_now_us());
    }
    row.effective_min_share_bytes = group->effective_min_share_bytes;
    if (record)
        record_event(record, &row);
    return status == SHAPER_OK ? SIM_OK : SIM_FAILED;
}

void group_state_set_initial_tokens(struct group_state *group, const struct initial_tokens *tokens,
                                    struct record *record)
{
    for (int d = 0; d < SHAPER_DIRECTIONS && group->shaper_group && tokens->is_given; d++) {
        enum shaper_direction direction = (enum shaper_direction)d;
        int64_t wanted = tokens->bytes;
        if (tokens->kind != INITIAL_TOKENS_SIZE)
            wanted = tokens->kind == INITIAL_TOKENS_BURST ? group->limit.burst_bytes[d]
                                                          : group->limit.rate_bytes_per_tick[d];
        struct run_event event = {.kind = EVENT_INITIAL_TOKENS,
                                  .direction = direction,
                                  .bytes =
                                      shaper_group_level(group->shaper_group, direction) - wanted};
        if (event.bytes != 0)
            group_state_take_event(group, &event, record);
    }
}

/* Whole bytes of a tick; the fraction of a byte is carried to the next. */
static int64_t background_bytes(struct group_state *group, int d)
{
    const struct rate_value *rate = &group->background->rate[d];
    const int64_t per_byte = INT64_C(8) * 1000000 * 1000; /* microbits and milliseconds */

    if (rate->is_per_tick)
        return rate->bytes_per_tick;
    /* tick by tick at most a day of 1000 gbit: the product is computed in parts that fit */
    int64_t bytes = rate->microbits_per_s / per_byte * group->limits->tick_ms;
    int64_t rest =
        rate->microbits_per_s % per_byte * group->limits->tick_ms + group->background_rest[d];
    group->background_rest[d] = rest % per_byte;
    return bytes + rest / per_byte;
}

void group_state_open_tick(struct group_state *group, struct record *record)
{
    if (!group->is_opening)
        return;
    group->is_opening = false;
    if (!group->shaper_group)
        return;
    group_state_read_levels(group, group->start_bytes);
    /* With TLS, what was released at this instant has already been charged. (By a per-flow bucket
     * before the group's refill, even: the sum is then above the burst.) */
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t level_bytes = group->start_bytes[d];
        group->start_bytes[d] += (int64_t)group->tick_bytes[d];
        if (group->metrics)
            group_metrics_refilled(group->metrics, (enum shaper_direction)d, group->start_bytes[d],
                                   level_bytes, group->effective_min_share_bytes,
                                   sim_clock_now_us());
    }
    for (int d = 0; d < SHAPER_DIRECTIONS && group->background; d++) {
        struct run_event event = {.kind = EVENT_BACKGROUND, .direction = (enum shaper_direction)d};
        if (!group->background->is_given[d])
            continue;
        event.bytes = background_bytes(group, d);
        group_state_take_event(group, &event, record);
    }
}

int64_t group_state_tick_end_us(const struct group_state *group)
{
    return group->limits ? group->tick_start_us + group->tick_us : CLOCK_NEVER_US;
}

/* A tick in which no flow joined or left, and nothing passed or waited. */
static bool tick_is_quiet(const struct group_state *group, const struct tick_row *row)
{
    return !group->has_changed && !row->bytes[0] && !row->bytes[1] && !row->backlog_bytes[0] &&
           !row->backlog_bytes[1];
}

/* A tick in which every bucket was full, no flow joined or left, and nothing passed or waited. */
static bool tick_is_idle(const struct group_state *group, const struct tick_row *row)
{
    if (!tick_is_quiet(group, row) || group->per_flow_buckets_full_us > group->tick_start_us)
        return false;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (row->has_bucket && (row->start_bytes[d] != group->limit.burst_bytes[d] ||
                                row->end_bytes[d] != row->start_bytes[d]))
            return false;
    return true;
}

static void fill_tick_row(const struct group_state *group, struct tick_row *row)
{
    *row = (struct tick_row){.time_us = group->tick_start_us,
                             .tick = group->tick,
                             .group = group->totals.name,
                             .members = group->members,
                             .backlogged_flows = group->backlogged_flows,
                             .has_bucket = group->shaper_group != NULL};
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        enum shaper_direction direction = (enum shaper_direction)d;
        row->bytes[d] = group->tick_bytes[d];
        row->backlog_bytes[d] = group->backlog_bytes[d];
        row->total_bytes[d] = group->totals.charged_bytes[d];
        if (group->shaper_group) {
            row->start_bytes[d] = group->start_bytes[d];
            row->end_bytes[d] = shaper_group_level(group->shaper_group, direction);
            row->total_bytes[d] = shaper_group_total(group->shaper_group, direction);
        }
    }
}

/* Only libevent's own groups limit what it lets through at once. */
static void read_max_bytes(const struct group_state *group, const struct flow_state *flow,
                           struct flow_tick_row *row)
{
    row->has_max = flow->channel && !(group->shaper_group && group->limits->is_scheduled);
    for (int d = 0; d < SHAPER_DIRECTIONS && row->has_max; d++)
        row->max_bytes[d] = shaper_channel_max_bytes(flow->channel, (enum shaper_direction)d);
}

/* `is_leaving`: to another group, within the tick. */
static void write_flow_tick(const struct group_state *group, struct flow_state *flow,
                            bool is_leaving, struct record *record)
{
    struct flow_tick_row row = {.time_us = group->tick_start_us,
                                .tick = group->tick,
                                .group = group->totals.name,
                                .flow = flow->row.flow,
                                .has_bucket = flow->has_per_flow_limit};

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        enum shaper_direction direction = (enum shaper_direction)d;
        row.bytes[d] = flow->tick_bytes[d];
        row.backlog_bytes[d] = flow_state_backlog(flow, direction);
        if (flow->has_per_flow_limit && flow->channel)
            row.bucket_bytes[d] = shaper_channel_per_flow_level(flow->channel, direction);
        else
            row.bucket_bytes[d] = flow->per_flow_level_bytes[d];
    }
    if (!is_leaving)
        read_max_bytes(group, flow, &row);
    record_flow_tick(record, &row);
}

/* Flows that left during the tick now have their rows: they are released. */
static void end_flow_ticks(struct group_state *group, bool write, struct record *record)
{
    struct flow_state *flow, *next;

    DL_FOREACH_SAFE (group->recorded, flow, next) {
        if (write)
            write_flow_tick(group, flow, false, record);
        memset(flow->tick_bytes, 0, sizeof(flow->tick_bytes));
        if (!flow->channel) {
            DL_DELETE(group->recorded, flow);
            flow->is_listed = false;
            flow_state_release(flow);
        }
    }
}

/* `is_last`: no refill comes after it. Returns how many rows were written of a tick without
 * traffic. */
static uint64_t close_tick(struct group_state *group, bool is_last, bool skip_idle,
                           struct record *record)
{
    struct tick_row row;

    fill_tick_row(group, &row);
    bool idle = tick_is_idle(group, &row);
    bool write = record && !(idle && skip_idle);
    uint64_t idle_rows = write && tick_is_quiet(group, &row) ? group_state_idle_rows(group, 1) : 0;
    if (write)
        record_tick(record, &row);
    end_flow_ticks(group, write, record);
    if (group->metrics)
        group_metrics_close_tick(group->metrics, &row,
                                 group->shaper_group && !is_last ? &group->limit : NULL);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (group->tick_bytes[d] > group->totals.peak_tick_bytes[d])
            group->totals.peak_tick_bytes[d] = group->tick_bytes[d];
        group->tick_bytes[d] = 0;
        group->start_bytes[d] = row.end_bytes[d]; /* until the refill */
    }
    group->has_changed = false;
    group->totals.ticks++;
    group->tick++;
    group->tick_start_us += group->tick_us;
    group->is_opening = true;
    return idle_rows;
}

uint64_t group_state_close_ticks(struct group_state *group, int64_t now_us, bool skip_idle,
                                 struct record *record)
{
    uint64_t idle_rows = 0;

    while (group_state_tick_end_us(group) <= now_us)
        idle_rows += close_tick(group, false, skip_idle, record);
    return idle_rows;
}

void group_state_skip_ticks(struct group_state *group, int64_t to_us)
{
    int64_t ticks = (to_us - 1 - group->tick_start_us) / group->tick_us;

    if (group->metrics)
        group_metrics_skip_ticks(group->metrics, ticks, group->shaper_group ? &group->limit : NULL);
    group->totals.ticks += (uint64_t)ticks;
    group->tick += ticks;
    group->tick_start_us += ticks * group->tick_us;
}

void group_state_close_last_tick(struct group_state *group, int64_t now_us, bool skip_idle,
                                 struct record *record)
{
    if (group->limits && now_us >= group->tick_start_us)
        close_tick(group, true, skip_idle, record);
}

void group_state_finish(struct group_state *group, int64_t now_us)
{
    if (group->metrics)
        group_metrics_finish(group->metrics, now_us);
}

uint64_t group_state_idle_rows(const struct group_state *group, uint64_t ticks)
{
    const struct flow_state *flow;
    uint64_t rows = ticks;

    DL_FOREACH (group->recorded, flow)
        rows += flow->channel ? ticks : 1;
    return rows;
}

bool group_state_is_idle(const struct group_state *group)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (group->backlog_bytes[d])
            return false;
        if (group->shaper_group &&
            shaper_group_level(group->shaper_group, (enum shaper_direction)d) !=
                group->limit.burst_bytes[d])
            return false;
    }
    return !group->is_opening;
}

void group_state_take_in(struct group_state *group, struct flow_state *flow)
{
    flow->group = group;
    flow->row.group = group->totals.name;
    flow->metrics.weight = flow->row.weight;
    flow->has_per_flow_limit = group->per_flow_cfg != NULL;
    flow->per_flow_cfg = group->per_flow_cfg;
    if (flow->has_per_flow_limit)
        flow->per_flow = &group->limits->per_flow;
    if (flow->is_recorded && group->metrics)
        group_metrics_record_flow(group->metrics, &flow->metrics, flow->row.flow);
    group->totals.flows++;
}

void group_state_joined(struct group_state *group)
{
    group->has_changed = true;
    group->members++;
    if (group->members > group->totals.peak_members)
        group->totals.peak_members = group->members;
}

void group_state_left(struct group_state *group)
{
    group->has_changed = true;
    group->members--;
}

static bool is_backlogged(const struct flow_state *flow)
{
    return flow_state_backlog(flow, SHAPER_READ) || flow_state_backlog(flow, SHAPER_WRITE);
}

static void move_backlog(struct group_state *group, struct flow_state *flow, struct group_state *to)
{
    uint64_t backlogs[SHAPER_DIRECTIONS];

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        uint64_t backlog = flow_state_backlog(flow, (enum shaper_direction)d);
        backlogs[d] = backlog;
        group->totals.offered_bytes[d] -= backlog;
        group->backlog_bytes[d] -= backlog;
        to->totals.offered_bytes[d] += backlog;
        to->backlog_bytes[d] += backlog;
        if (to->backlog_bytes[d] > to->totals.peak_backlog_bytes[d])
            to->totals.peak_backlog_bytes[d] = to->backlog_bytes[d];
    }
    if (is_backlogged(flow)) {
        group->backlogged_flows--;
        to->backlogged_flows++;
    }
    group_metrics_flow_moves(group->metrics, &flow->metrics, to->metrics, to->tick, backlogs);
}

void group_state_flow_moves(struct group_state *group, struct flow_state *flow,
                            struct group_state *to, struct record *record)
{
    move_backlog(group, flow, to);
    group_state_left(group);
    group_state_joined(to);
    if (flow->is_listed) {
        if (record)
            write_flow_tick(group, flow, true, record);
        DL_DELETE(group->recorded, flow);
    }
    memset(flow->tick_bytes, 0, sizeof(flow->tick_bytes));
    flow->is_listed = flow->is_recorded && to->limits;
    if (flow->is_listed)
        DL_APPEND(to->recorded, flow);
}

void group_state_flow_over(struct group_state *group, struct flow_state *flow,
                           struct flow_figures *figures)
{
    if (group->metrics)
        group_metrics_flow_over(group->metrics, &flow->metrics, figures);
}

void group_state_offered(struct group_state *group, struct flow_state *flow,
                         enum shaper_direction direction, uint64_t bytes)
{
    uint64_t *backlog = &group->backlog_bytes[direction];

    group->totals.offered_bytes[direction] += bytes;
    *backlog += bytes;
    if (*backlog > group->totals.peak_backlog_bytes[direction])
        group->totals.peak_backlog_bytes[direction] = *backlog;
    /* `flow` already counts these bytes: if they are all that waits, it was not backlogged
     * before. */
    if (flow_state_backlog(flow, SHAPER_READ) + flow_state_backlog(flow, SHAPER_WRITE) == bytes)
        group->backlogged_flows++;
    if (group->metrics)
        group_metrics_offered(group->metrics, &flow->metrics, group->tick, direction, bytes);
}

void group_state_delivered(struct group_state *group, struct flow_state *flow,
                           enum shaper_direction direction, uint64_t bytes)
{
    group->has_changed = true; /* charged in an earlier tick, with TLS */
    group->totals.delivered_bytes[direction] += bytes;
    group->backlog_bytes[direction] -= bytes;
    if (!is_backlogged(flow))
        group->backlogged_flows--;
    if (group->metrics)
        group_metrics_delivered(group->metrics, &flow->metrics, group->tick, direction, bytes);
}

void group_state_charged(struct group_state *group, enum shaper_direction direction, uint64_t bytes)
{
    group->totals.charged_bytes[direction] += bytes;
    group->tick_bytes[direction] += bytes;
    if (group->metrics)
        group_metrics_charged(
            group->metrics, direction,
            group->shaper_group ? shaper_group_level(group->shaper_group, direction) : 0,
            sim_clock_now_us());
}
