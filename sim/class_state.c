#include "sim/class_state.h"

#include <string.h>

#include <event2/bufferevent.h>
#include <utlist.h>

/* What a group in this one was granted: it passed this bucket, too. */
static void charged_from_below(void *arg, enum shaper_direction direction, size_t bytes)
{
    class_state_charged(arg, direction, bytes);
}

static int make_group(struct class_state *class, const struct class_setup *setup,
                      struct shaper *shaper)
{
    const struct shaper_group_setup group = {.limit = setup->limits->group,
                                             .min_share_bytes = setup->limits->min_share_bytes,
                                             .scheduler = setup->scheduler,
                                             .parent = setup->parent ? setup->parent->group : NULL,
                                             .weight = setup->weight,
                                             .charged_from_below = charged_from_below,
                                             .arg = class};

    class->group = shaper_group_new(shaper, &group);
    return class->group ? 0 : -1;
}

int class_state_init(struct class_state *class, const struct class_setup *setup,
                     struct shaper *shaper, char *error)
{
    const struct class_limits *limits = setup->limits;
    const char *name = setup->name;

    class->totals.name = name;
    class->parent = setup->parent;
    class->totals.limits = limits;
    class->limits = limits;
    if (!limits)
        return SIM_OK;
    class->tick_us = limits->tick_ms * 1000;
    if (limits->has_own && !(class->own_cfg = shaper_limit_cfg(&limits->own)))
        return sim_fail(error, SIM_FAILED, "group %s: out of memory", name);
    if (limits->has_group && make_group(class, setup, shaper) != 0)
        return sim_fail(error, SIM_FAILED, "group %s: out of memory", name);
    class->limit = limits->group;
    class->min_share_bytes = limits->effective_min_share_bytes;
    class->is_opening = true;
    return SIM_OK;
}

static void take_fairness(void *record, const struct fairness_row *row)
{
    record_fairness(record, row);
}

static void take_burst(void *record, const struct burst_row *row)
{
    record_burst(record, row);
}

int class_state_measure(struct class_state *class, struct record *record, char *error)
{
    const struct metrics_taker taker = {
        .fairness = take_fairness, .burst = take_burst, .arg = record};

    class->metrics = class_metrics_new(class->totals.name, class->limits, &taker);
    class->totals.metrics = class->metrics;
    return class->metrics ? SIM_OK
                          : sim_fail(error, SIM_FAILED, "group %s: out of memory for its figures",
                                     class->totals.name);
}

void class_state_fini(struct class_state *class)
{
    class_metrics_free(class->metrics);
    shaper_group_free(class->group);
    if (class->own_cfg)
        ev_token_bucket_cfg_free(class->own_cfg);
    capture_filter_free(class->match);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        delay_histogram_fini(&class->totals.delays[d]);
    class->metrics =
        NULL; /* a parent asks for the end of its children, whose own turn comes, too */
    class->group = NULL;
    class->own_cfg = NULL;
    class->match = NULL;
}

void class_state_read_levels(const struct class_state *class, int64_t levels[SHAPER_DIRECTIONS])
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        levels[d] = shaper_group_level(class->group, (enum shaper_direction)d);
}

static const char *event_name(const struct run_event *event)
{
    switch (event->kind) {
    case EVENT_SET_LIMIT:
        return "set-limit";
    case EVENT_DECREMENT:
        return event->direction == SHAPER_READ ? "decrement-read" : "decrement-write";
    case EVENT_RESET_TOTALS:
        return "reset-totals";
    case EVENT_BACKGROUND:
        return event->direction == SHAPER_READ ? "background-read" : "background-write";
    case EVENT_INITIAL_TOKENS:
        return "initial-tokens";
    default: /* a flow's */
        return "unknown";
    }
}

static int carry_out(struct class_state *class, const struct run_event *event)
{
    switch (event->kind) {
    case EVENT_SET_LIMIT:
        class->limit = event->limit;
        class->min_share_bytes = shaper_limit_min_share(&event->limit, event->min_share_bytes);
        return shaper_group_set_limit(class->group, &event->limit, event->min_share_bytes);
    case EVENT_DECREMENT:
    case EVENT_BACKGROUND:
    case EVENT_INITIAL_TOKENS:
        shaper_group_decrement(class->group, event->direction, event->bytes);
        return SHAPER_OK;
    case EVENT_RESET_TOTALS:
        shaper_group_reset_totals(class->group);
        return SHAPER_OK;
    default:
        return SHAPER_OK;
    }
}

int class_state_take_event(struct class_state *class, const struct run_event *event,
                           struct record *record)
{
    struct event_row row = {.time_us = sim_clock_now_us(),
                            .tick = class->tick,
                            .group = class->totals.name,
                            .event = event_name(event),
                            .has_bucket = true,
                            .has_bucket_after = true,
                            .has_limit = true,
                            .has_min_share = true};

    uint64_t charged_bytes[SHAPER_DIRECTIONS];
    int64_t levels[SHAPER_DIRECTIONS];

    memcpy(charged_bytes, class->tick_bytes, sizeof(charged_bytes));
    class_state_read_levels(class, row.before_bytes);
    int status = carry_out(class, event);
    class_state_read_levels(class, levels);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        /* With TLS, what a credit released has been charged by now. */
        row.after_bytes[d] = levels[d] + (int64_t)(class->tick_bytes[d] - charged_bytes[d]);
        row.rate_bytes_per_tick[d] = class->limit.rate_bytes_per_tick[d];
        row.burst_bytes[d] = class->limit.burst_bytes[d];
        if (row.after_bytes[d] > row.burst_bytes[d] && row.after_bytes[d] > row.before_bytes[d])
            class->totals.credits_above_burst++;
        if (class->metrics)
            class_metrics_changed(class->metrics, (enum shaper_direction)d, row.before_bytes[d],
                                  row.after_bytes[d], levels[d], sim_clock_now_us());
    }
    row.min_share_bytes = class->min_share_bytes;
    if (record)
        record_event(record, &row);
    return status == SHAPER_OK ? SIM_OK : SIM_FAILED;
}

void class_state_set_initial_tokens(struct class_state *class, const struct initial_tokens *tokens,
                                    struct record *record)
{
    for (int d = 0; d < SHAPER_DIRECTIONS && class->group && tokens->is_given; d++) {
        enum shaper_direction direction = (enum shaper_direction)d;
        int64_t wanted = tokens->bytes;
        if (tokens->kind != INITIAL_TOKENS_SIZE)
            wanted = tokens->kind == INITIAL_TOKENS_BURST ? class->limit.burst_bytes[d]
                                                          : class->limit.rate_bytes_per_tick[d];
        struct run_event event = {.kind = EVENT_INITIAL_TOKENS,
                                  .direction = direction,
                                  .bytes = shaper_group_level(class->group, direction) - wanted};
        if (event.bytes != 0)
            class_state_take_event(class, &event, record);
    }
}

/* Whole bytes of a tick; what is left of a byte is carried to the next. */
static int64_t background_bytes(struct class_state *class, int d)
{
    const struct rate_value *rate = &class->background->rate[d];
    const int64_t per_byte = INT64_C(8) * 1000000 * 1000; /* microbits and milliseconds */

    if (rate->is_per_tick)
        return rate->bytes_per_tick;
    /* tick by tick at most a day of 1000 gbit: the product is made in pieces that fit */
    int64_t bytes = rate->microbits_per_s / per_byte * class->limits->tick_ms;
    int64_t rest =
        rate->microbits_per_s % per_byte * class->limits->tick_ms + class->background_rest[d];
    class->background_rest[d] = rest % per_byte;
    return bytes + rest / per_byte;
}

void class_state_open_tick(struct class_state *class, struct record *record)
{
    if (!class->is_opening)
        return;
    class->is_opening = false;
    if (!class->group)
        return;
    class_state_read_levels(class, class->start_bytes);
    /* With TLS, what was released at this instant has been charged by now. (By an own bucket before
     * the group's refill, even: the sum is then above the burst.) */
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t level_bytes = class->start_bytes[d];
        class->start_bytes[d] += (int64_t) class->tick_bytes[d];
        if (class->metrics)
            class_metrics_refilled(class->metrics, (enum shaper_direction)d, class->start_bytes[d],
                                   level_bytes, class->min_share_bytes, sim_clock_now_us());
    }
    for (int d = 0; d < SHAPER_DIRECTIONS && class->background; d++) {
        struct run_event event = {.kind = EVENT_BACKGROUND, .direction = (enum shaper_direction)d};
        if (!class->background->is_given[d])
            continue;
        event.bytes = background_bytes(class, d);
        class_state_take_event(class, &event, record);
    }
}

int64_t class_state_tick_end_us(const struct class_state *class)
{
    return class->limits ? class->tick_start_us + class->tick_us : CLOCK_NEVER_US;
}

/* A tick in which every bucket stood full, nobody came or left, and nothing passed or waited. */
static bool tick_is_idle(const struct class_state *class, const struct tick_row *row)
{
    if (class->has_changed || class->own_buckets_full_us > class->tick_start_us)
        return false;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (row->bytes[d] || row->backlog_bytes[d])
            return false;
        if (row->has_bucket && (row->start_bytes[d] != class->limit.burst_bytes[d] ||
                                row->end_bytes[d] != row->start_bytes[d]))
            return false;
    }
    return true;
}

static void fill_tick_row(const struct class_state *class, struct tick_row *row)
{
    *row = (struct tick_row){.time_us = class->tick_start_us,
                             .tick = class->tick,
                             .group = class->totals.name,
                             .members = class->members,
                             .backlogged_flows = class->backlogged_flows,
                             .has_bucket = class->group != NULL};
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        enum shaper_direction direction = (enum shaper_direction)d;
        row->bytes[d] = class->tick_bytes[d];
        row->backlog_bytes[d] = class->backlog_bytes[d];
        row->total_bytes[d] = class->totals.charged_bytes[d];
        if (class->group) {
            row->start_bytes[d] = class->start_bytes[d];
            row->end_bytes[d] = shaper_group_level(class->group, direction);
            row->total_bytes[d] = shaper_group_total(class->group, direction);
        }
    }
}

static void write_flow_tick(const struct class_state *class, struct flow_state *flow,
                            struct record *record)
{
    struct flow_tick_row row = {.time_us = class->tick_start_us,
                                .tick = class->tick,
                                .group = class->totals.name,
                                .flow = flow->row.flow,
                                .has_bucket = flow->has_own_limit};

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        enum shaper_direction direction = (enum shaper_direction)d;
        row.bytes[d] = flow->tick_bytes[d];
        row.backlog_bytes[d] = flow_state_backlog(flow, direction);
        if (flow->has_own_limit && flow->channel)
            row.bucket_bytes[d] = shaper_channel_own_level(flow->channel, direction);
        else
            row.bucket_bytes[d] = flow->own_level_bytes[d];
    }
    record_flow_tick(record, &row);
}

/* Flows that left during the tick had their row now: they are forgotten. */
static void end_flow_ticks(struct class_state *class, bool write, struct record *record)
{
    struct flow_state *flow, *next;

    DL_FOREACH_SAFE (class->recorded, flow, next) {
        if (write)
            write_flow_tick(class, flow, record);
        memset(flow->tick_bytes, 0, sizeof(flow->tick_bytes));
        if (!flow->channel) {
            DL_DELETE(class->recorded, flow);
            flow->is_listed = false;
            flow_state_release(flow);
        }
    }
}

/* `is_last`: no refill comes after it. Returns how many rows were written of an idle tick. */
static uint64_t close_tick(struct class_state *class, bool is_last, bool skip_idle,
                           struct record *record)
{
    struct tick_row row;

    fill_tick_row(class, &row);
    bool idle = tick_is_idle(class, &row);
    bool write = record && !(idle && skip_idle);
    uint64_t idle_rows = write && idle ? class_state_idle_rows(class, 1) : 0;
    if (write)
        record_tick(record, &row);
    end_flow_ticks(class, write, record);
    if (class->metrics)
        class_metrics_close_tick(class->metrics, &row,
                                 class->group && !is_last ? &class->limit : NULL);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (class->tick_bytes[d] > class->totals.peak_tick_bytes[d])
            class->totals.peak_tick_bytes[d] = class->tick_bytes[d];
        class->tick_bytes[d] = 0;
        class->start_bytes[d] = row.end_bytes[d]; /* until the refill */
    }
    class->has_changed = false;
    class->totals.ticks++;
    class->tick++;
    class->tick_start_us += class->tick_us;
    class->is_opening = true;
    return idle_rows;
}

uint64_t class_state_close_ticks(struct class_state *class, int64_t now_us, bool skip_idle,
                                 struct record *record)
{
    uint64_t idle_rows = 0;

    while (class_state_tick_end_us(class) <= now_us)
        idle_rows += close_tick(class, false, skip_idle, record);
    return idle_rows;
}

void class_state_skip_ticks(struct class_state *class, int64_t to_us)
{
    int64_t ticks = (to_us - 1 - class->tick_start_us) / class->tick_us;

    if (class->metrics)
        class_metrics_skip_ticks(class->metrics, ticks, class->group ? &class->limit : NULL);
    class->totals.ticks += (uint64_t)ticks;
    class->tick += ticks;
    class->tick_start_us += ticks * class->tick_us;
}

void class_state_close_last_tick(struct class_state *class, int64_t now_us, bool skip_idle,
                                 struct record *record)
{
    if (class->limits && now_us >= class->tick_start_us)
        close_tick(class, true, skip_idle, record);
}

void class_state_finish(struct class_state *class, int64_t now_us)
{
    if (class->metrics)
        class_metrics_finish(class->metrics, now_us);
}

uint64_t class_state_idle_rows(const struct class_state *class, uint64_t ticks)
{
    const struct flow_state *flow;
    uint64_t rows = ticks;

    DL_FOREACH (class->recorded, flow)
        rows += flow->channel ? ticks : 1;
    return rows;
}

bool class_state_is_idle(const struct class_state *class)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (class->backlog_bytes[d])
            return false;
        if (class->group && shaper_group_level(class->group, (enum shaper_direction)d) !=
                                class->limit.burst_bytes[d])
            return false;
    }
    return !class->is_opening;
}

void class_state_joined(struct class_state *class)
{
    class->has_changed = true;
    class->members++;
    if (class->members > class->totals.peak_members)
        class->totals.peak_members = class->members;
}

void class_state_left(struct class_state *class)
{
    class->has_changed = true;
    class->members--;
}

static bool is_backlogged(const struct flow_state *flow)
{
    return flow_state_backlog(flow, SHAPER_READ) || flow_state_backlog(flow, SHAPER_WRITE);
}

static void move_backlog(struct class_state *class, struct flow_state *flow, struct class_state *to)
{
    uint64_t backlogs[SHAPER_DIRECTIONS];

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        uint64_t backlog = flow_state_backlog(flow, (enum shaper_direction)d);
        backlogs[d] = backlog;
        class->totals.offered_bytes[d] -= backlog;
        class->backlog_bytes[d] -= backlog;
        to->totals.offered_bytes[d] += backlog;
        to->backlog_bytes[d] += backlog;
        if (to->backlog_bytes[d] > to->totals.peak_backlog_bytes[d])
            to->totals.peak_backlog_bytes[d] = to->backlog_bytes[d];
    }
    if (is_backlogged(flow)) {
        class->backlogged_flows--;
        to->backlogged_flows++;
    }
    class_metrics_flow_moves(class->metrics, &flow->metrics, to->metrics, to->tick, backlogs);
}

void class_state_flow_moves(struct class_state *class, struct flow_state *flow,
                            struct class_state *to, struct record *record)
{
    move_backlog(class, flow, to);
    class_state_left(class);
    class_state_joined(to);
    if (flow->is_listed) {
        if (record)
            write_flow_tick(class, flow, record);
        DL_DELETE(class->recorded, flow);
    }
    memset(flow->tick_bytes, 0, sizeof(flow->tick_bytes));
    flow->is_listed = flow->is_recorded && to->limits;
    if (flow->is_listed)
        DL_APPEND(to->recorded, flow);
}

void class_state_flow_over(struct class_state *class, struct flow_state *flow,
                           struct flow_figures *figures)
{
    if (class->metrics)
        class_metrics_flow_over(class->metrics, &flow->metrics, figures);
}

void class_state_offered(struct class_state *class, struct flow_state *flow,
                         enum shaper_direction direction, uint64_t bytes)
{
    uint64_t *backlog = &class->backlog_bytes[direction];

    class->totals.offered_bytes[direction] += bytes;
    *backlog += bytes;
    if (*backlog > class->totals.peak_backlog_bytes[direction])
        class->totals.peak_backlog_bytes[direction] = *backlog;
    /* `flow` counts these bytes already: it had none waiting before if these are all. */
    if (flow_state_backlog(flow, SHAPER_READ) + flow_state_backlog(flow, SHAPER_WRITE) == bytes)
        class->backlogged_flows++;
    if (class->metrics)
        class_metrics_offered(class->metrics, &flow->metrics, class->tick, direction, bytes);
}

void class_state_delivered(struct class_state *class, struct flow_state *flow,
                           enum shaper_direction direction, uint64_t bytes)
{
    class->has_changed = true; /* charged in an earlier tick, with TLS */
    class->totals.delivered_bytes[direction] += bytes;
    class->backlog_bytes[direction] -= bytes;
    if (!is_backlogged(flow))
        class->backlogged_flows--;
    if (class->metrics)
        class_metrics_delivered(class->metrics, &flow->metrics, class->tick, direction, bytes);
}

void class_state_charged(struct class_state *class, enum shaper_direction direction, uint64_t bytes)
{
    class->totals.charged_bytes[direction] += bytes;
    class->tick_bytes[direction] += bytes;
    if (class->metrics)
        class_metrics_charged(class->metrics, direction,
                              class->group ? shaper_group_level(class->group, direction) : 0,
                              sim_clock_now_us());
}
