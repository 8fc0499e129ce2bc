#include "sim/config/config_check.h"

#include <inttypes.h>
#include <string.h>

#include "sim/config/events.h"

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

    for (size_t i = 0; i < config->groups && status == SIM_OK; i++) {
        const struct group_limits *limits = &config->limits[i];
        any |= limits->has_group || limits->has_per_flow;
        if (limits->has_group)
            status =
                check_burst_holds(config, &limits->group, "group", config->specs[i].name, error);
        if (limits->has_per_flow && status == SIM_OK)
            status = check_burst_holds(config, &limits->per_flow, "the flows of group",
                                       config->specs[i].name, error);
    }
    if (status == SIM_OK && !any)
        return sim_fail(error, SIM_MISUSE,
                        "--initial-tokens sets buckets, and nothing has a limit; add --rate");
    return status;
}

/* Whether the flow has a per-flow limit just before its event, as far as the command says: some
 * group's flows have one, or the last --at before it that has to do with the limit sets one. */
static bool may_have_per_flow(const struct run_config *config, const struct run_event *event)
{
    bool has = false;

    for (const struct run_event *before = config->events; before < event; before++)
        if (before->flow == event->flow &&
            (before->kind == EVENT_FLOW_LIMIT || before->kind == EVENT_FLOW_UNLIMIT))
            has = before->kind == EVENT_FLOW_LIMIT;
    for (size_t i = 0; i < config->groups; i++)
        has = has || config->limits[i].has_per_flow;
    return has;
}

/* libevent aborts where it is told to charge a bucket that is not there. */
static int check_flow_decrements(const struct run_config *config, char *error)
{
    for (size_t i = 0; i < config->event_count; i++) {
        const struct run_event *event = &config->events[i];
        if (event->kind == EVENT_FLOW_DECREMENT && !may_have_per_flow(config, event))
            return sim_fail(error, SIM_MISUSE,
                            "--at: flow %" PRIu64 ": %s: the flow has no bucket of its own then; "
                            "give it one with --flow-rate, or with rate= in an --at before",
                            event->flow, run_event_name(event->kind, event->direction));
    }
    return SIM_OK;
}

/* Copies have addresses of their own, which are written only on the outside of a tunnel. */
static int check_schedule(struct run_config *config, char *error)
{
    struct flow_schedule_options *schedule = &config->source.schedule;

    if (config->has_spread && !config->has_copies)
        return sim_fail(error, SIM_MISUSE,
                        "--spread: says when copies of flows start, and there are none; add "
                        "--copies");
    if (schedule->copies > 1 && config->write_pcap && config->source.decapsulate)
        return sim_fail(error, SIM_MISUSE,
                        "--write-pcap: the packets of copies get new addresses, which cannot be "
                        "written into a tunnel; leave out --write-pcap, --decapsulate or --copies");
    schedule->seed = (uint64_t)config->seed;
    schedule->keeps_frames = config->write_pcap;
    schedule->keeps_content = config->application.filter_count > 0;
    return SIM_OK;
}

/* What mod_ratelimit keeps until more comes, or the end, can fill the window: nothing comes then.
 */
static int check_receive_window(const struct run_config *config, char *error)
{
    const struct application_config *application = &config->application;

    if (config->receive_window_bytes > 0 && application->read_low_bytes > 0)
        return sim_fail(error, SIM_MISUSE,
                        "--receive-window: what waits for --read-low would fill it, though the "
                        "application's kernel has handed it on; leave one of the two out");
    for (size_t i = 0; i < application->filter_count && config->shape_initiator; i++)
        if (config->receive_window_bytes > 0 &&
            application->filters[i].kind == SHAPER_FILTER_RATELIMIT &&
            !application->filters[i].flushes_writes)
            return sim_fail(
                error, SIM_MISUSE,
                "--receive-window: --via ratelimit holds bytes of a response until more "
                "come, which with --shape initiator wait for the window; add "
                "flush=packet to the filter, or leave the window out");
    return SIM_OK;
}

/* The limit of a response under mod_ratelimit: whole chunks, and the initial burst with the first.
 */
static struct shaper_limit ratelimit_limit(const struct mod_ratelimit_config *filter,
                                           enum shaper_direction limited)
{
    struct shaper_limit limit = {.tick_ms = MOD_RATELIMIT_INTERVAL_US / 1000};
    int64_t chunk_bytes = (int64_t)mod_ratelimit_chunk_bytes(filter);

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        limit.rate_bytes_per_tick[d] = SHAPER_LIMIT_MAX_BYTES;
        limit.burst_bytes[d] = SHAPER_LIMIT_MAX_BYTES;
    }
    limit.rate_bytes_per_tick[limited] = chunk_bytes;
    limit.burst_bytes[limited] = chunk_bytes + filter->initial_burst_kib * 1024;
    return limit;
}

/* mod_ratelimit alone limits the flows of the group "-": it gets that filter's ticks. Of several
 * filters the slowest counts. */
static void add_ratelimit_group(struct run_config *config)
{
    const struct application_config *application = &config->application;
    enum shaper_direction limited = config->shape_initiator ? SHAPER_READ : SHAPER_WRITE;
    const struct mod_ratelimit_config *slowest = NULL;

    for (size_t i = 0; i < application->filter_count; i++) {
        const struct mod_ratelimit_config *filter = &application->filters[i].ratelimit;
        if (application->filters[i].kind == SHAPER_FILTER_RATELIMIT &&
            (!slowest || filter->rate_kib_per_s < slowest->rate_kib_per_s))
            slowest = filter;
    }
    if (config->groups > 0 || !slowest)
        return;
    memcpy(config->specs[0].name, GROUP_NAME_NONE, sizeof(GROUP_NAME_NONE));
    config->limits[0] = (struct group_limits){.has_ratelimit = true,
                                              .ratelimit = ratelimit_limit(slowest, limited)};
    config->limits[0].tick_ms = config->limits[0].ratelimit.tick_ms;
    config->groups = 1;
}

int run_config_check(struct run_config *config, char *error)
{
    int application_status = application_check(&config->application, error);

    if (application_status == SIM_OK)
        application_status = check_receive_window(config, error);
    if (application_status != SIM_OK)
        return application_status;
    if (config->prints_c && config->json)
        return sim_fail(error, SIM_MISUSE,
                        "--print-c: what --json prints would be no JSON any more; leave one of the "
                        "two out");
    if (config->tls_end != SHAPER_TLS_END_CLOSE_NOTIFY && config->transport != SHAPER_TRANSPORT_TLS)
        return sim_fail(error, SIM_MISUSE,
                        "--dirty-shutdown: only TLS has a clean one; add --transport tls");
    if (config->has_tls_version && config->transport != SHAPER_TRANSPORT_TLS)
        return sim_fail(error, SIM_MISUSE,
                        "--tls-version: nothing here is TLS; add --transport tls");
    for (size_t i = 0; i < config->groups; i++) {
        for (size_t j = 0; j < i; j++)
            if (strcmp(config->specs[i].name, config->specs[j].name) == 0)
                return sim_fail(error, SIM_MISUSE,
                                "--group name=%s: the name is taken; give each group its own",
                                config->specs[i].name);
        int status =
            group_config_resolve(&config->specs[i], config->transport == SHAPER_TRANSPORT_SOCKET,
                                 &config->limits[i], error);
        if (status != SIM_OK)
            return status;
    }
    int status = check_schedule(config, error);
    if (status == SIM_OK && config->initial_tokens.is_given)
        status = check_initial_tokens(config, error);
    if (status == SIM_OK)
        status = events_resolve(config, error);
    if (status == SIM_OK)
        status = check_flow_decrements(config, error);
    if (status == SIM_OK)
        status = scheduling_check(&config->scheduling, config->transport, config->specs,
                                  config->limits, config->groups, error);
    for (size_t i = 0; i < config->groups; i++)
        config->limits[i].is_scheduled = config->scheduling.scheduler != SHAPER_SCHEDULER_LIBEVENT;
    if (status != SIM_OK)
        return status;
    add_ratelimit_group(config);
    if (run_config_alignment_ms(config) > ALIGNMENT_MAX_MS)
        return sim_fail(error, SIM_MISUSE,
                        "the tick lengths have no common multiple within a thousand years; use "
                        "lengths that share a factor, such as 10ms and 25ms");
    return SIM_OK;
}
