#include "sim/advise/advise_start.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shaper/shaper.h"
#include "sim/account/response_figures.h"
#include "sim/advise/advise_probes.h"
#include "sim/advise/advise_stream.h"
#include "sim/base/json_text.h"
#include "sim/base/sandbox.h"
#include "traces/capture_filter.h"
#include "traces/child_process.h"
#include "traces/file_stream.h"
#include "traces/flow_source.h"
#include "traces/trace.h"

/* --- what may wait how long ------------------------------------------------------------------- */

static double share_of(enum demand_metric metric)
{
    static const struct {
        const char *last;
        double share;
    } shares[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"max", 1}};
    const char *last = demand_last_part(demand_metric_entry(metric)->name);

    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
        if (strcmp(last, shares[i].last) == 0)
            return shares[i].share;
    return 1;
}

/* A captured time of the group; 0 where there is none. */
static double captured_s(const json_t *group, enum response_object object, const char *key)
{
    double value = response_figure(group, object, key);

    return isfinite(value) ? value : 0;
}

/* How long bytes may wait by a demand, in seconds; NaN: it is not on a time. */
static double wait_s(const struct demand *demand, const json_t *group)
{
    double value = (double)demand->value / 1e6;

    switch (demand->metric) {
    case DEMAND_RESPONSE_P50:
        return value - captured_s(group, RESPONSE_OBJECT_RESPONSES, "captured_response_p50_s");
    case DEMAND_RESPONSE_P90:
        return value - captured_s(group, RESPONSE_OBJECT_RESPONSES, "captured_response_p90_s");
    case DEMAND_RESPONSE_P99:
        return value - captured_s(group, RESPONSE_OBJECT_RESPONSES, "captured_response_p99_s");
    case DEMAND_RESPONSE_MAX:
        return value - captured_s(group, RESPONSE_OBJECT_RESPONSES, "captured_response_max_s");
    case DEMAND_COMPLETION_P99:
        return value - captured_s(group, RESPONSE_OBJECT_COMPLETION, "captured_completion_p99_s");
    case DEMAND_SLOWDOWN_P50:
    case DEMAND_SLOWDOWN_P99:
        return (value - 1) *
               captured_s(group, RESPONSE_OBJECT_RESPONSES, "captured_response_p50_s");
    case DEMAND_ADDED_P50:
    case DEMAND_ADDED_P90:
    case DEMAND_ADDED_P99:
    case DEMAND_ADDED_MAX:
    case DEMAND_BEHIND_P50:
    case DEMAND_BEHIND_P99:
    case DEMAND_BEHIND_MAX:
    case DEMAND_DELAY_P50:
    case DEMAND_DELAY_P90:
    case DEMAND_DELAY_P99:
    case DEMAND_DELAY_MAX:
        return value;
    case DEMAND_JAIN:
    case DEMAND_JAIN_LEAST:
    case DEMAND_LAG:
    case DEMAND_RFB:
    case DEMAND_SIGMA:
    case DEMAND_BURST:
    case DEMAND_UTILISATION:
    case DEMAND_DELIVERED:
    case DEMAND_GRANTS:
    case DEMAND_LOST_TOKENS:
    case DEMAND_METRICS:
        break;
    }
    return NAN;
}

/* --- the bytes, in the child ------------------------------------------------------------------ */

/* What reads them. */
struct reading {
    const struct advise_wide_run *run;
    const json_t *group;
    struct flow_source *source;
    struct capture_filter *matches[GROUPS_MAX]; /* NULL: every packet; of the groups up to the one
                                                 * that is searched */
    size_t match_count;
    struct advise_stream streams[SHAPER_DIRECTIONS];
};

static const char *group_name(const struct advise_wide_run *run)
{
    return run->config->group[0] ? run->config->group : GROUP_NAME_ALL;
}

/* Compiles what decides the group of a flow. */
static int compile_matches(struct reading *reading, char *error)
{
    const struct run_config *config = reading->run->run;
    struct capture *capture = flow_source_capture(reading->source);
    bool is_searched = false;

    for (size_t i = 0; i < config->groups && !is_searched; i++) {
        const struct group_config *spec = &config->specs[i];
        if (spec->match && capture_filter_compile(capture, spec->name, spec->match,
                                                  &reading->matches[i], error) != TRACE_OK)
            return SIM_FAILED;
        reading->match_count++;
        is_searched = strcmp(spec->name, group_name(reading->run)) == 0;
    }
    return is_searched ? SIM_OK : SIM_FAILED;
}

/* Whether a flow's first packet meets the match of the group that is searched, and none before. */
static bool joins(const struct reading *reading, const struct capture_packet *packet)
{
    size_t i = 0;

    while (i < reading->match_count && reading->matches[i] &&
           !capture_filter_matches(reading->matches[i], packet))
        i++;
    return i + 1 == reading->match_count;
}

static int take_event(struct reading *reading, const struct flow_event *event)
{
    static char member; /* the value of the user's slot of a flow in the group */
    bool is_from_initiator = event->direction == FLOW_FROM_INITIATOR;
    enum shaper_direction direction =
        is_from_initiator != reading->run->run->shape_initiator ? SHAPER_READ : SHAPER_WRITE;

    if (event->kind != FLOW_EVENT_PACKET)
        return 0;
    if (event->opens_flow && joins(reading, &event->packet))
        *event->user = &member;
    if (*event->user != &member)
        return 0;
    return advise_stream_add(&reading->streams[direction],
                             event->time_us / (1000 * reading->run->tick_ms), event->bytes);
}

/* Standard streams for what is opened next: a child has none, and its own children close theirs. */
static bool occupy_streams(void)
{
    int fd;

    do
        fd = file_stream_descriptor(AT_FDCWD, "/dev/null", O_RDWR);
    while (fd >= 0 && fd < STDERR_FILENO);
    return fd == STDERR_FILENO;
}

static int read_streams(struct reading *reading)
{
    const struct run_config *config = reading->run->run;
    const struct sandbox sandbox = {.has_threads = true};
    struct flow_event event;
    char error[SIM_ERROR_BYTES > TRACE_ERROR_BYTES ? SIM_ERROR_BYTES : TRACE_ERROR_BYTES];
    int status, failure = 0;

    if (!occupy_streams() ||
        flow_source_open_files(config->traces, config->trace_count, &config->source,
                               &reading->source, error) != TRACE_OK ||
        compile_matches(reading, error) != SIM_OK || sandbox_enter(&sandbox, error) != SIM_OK)
        return -1;
    while (failure == 0 && (status = flow_source_next(reading->source, &event, error)) == TRACE_OK)
        failure = take_event(reading, &event);
    return failure == 0 && status == TRACE_END ? 0 : -1;
}

/* --- the rate --------------------------------------------------------------------------------- */

/* Of a bucket, by its rate. */
static int64_t burst_of(const void *arg, int64_t rate)
{
    const struct advise_wide_run *run = arg;

    return advise_burst_most(run->space, rate, run->tick_ms);
}

static bool is_of(const struct demand *demand, const struct advise_wide_run *run, int direction)
{
    bool is_searched =
        run->config->direction == ADVISE_BOTH_DIRECTIONS || run->config->direction == direction;

    return is_searched && demand->is_most &&
           (!demand->group[0] || strcmp(demand->group, group_name(run)) == 0) &&
           (demand->direction == DEMAND_EITHER_DIRECTION || demand->direction == direction);
}

static int64_t rate_for(const struct advise_wide_run *run, const struct demand *demand,
                        const json_t *group, const struct advise_stream *stream)
{
    double seconds = wait_s(demand, group);
    const struct advise_wait wait = {.share = share_of(demand->metric),
                                     .ticks = fmax(0, seconds * 1000 / (double)run->tick_ms)};

    return isnan(seconds) ? 0 : advise_stream_rate(stream, &wait, burst_of, run);
}

static const json_t *find_group(const struct advise_wide_run *run)
{
    const json_t *groups = json_object_get(run->summary, "groups");

    for (size_t i = 0; i < json_array_size(groups); i++)
        if (strcmp(json_text_of(json_array_get(groups, i), "name"), group_name(run)) == 0)
            return json_array_get(groups, i);
    return NULL;
}

static int64_t rate_of(const struct reading *reading)
{
    const struct demands *wants = reading->run->wants;
    int64_t rate = 0;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (size_t i = 0; i < wants->count; i++)
            if (is_of(&wants->demands[i], reading->run, d))
                rate = advise_most_of(rate, rate_for(reading->run, &wants->demands[i],
                                                     reading->group, &reading->streams[d]));
    return rate;
}

/* A child_work; what it allocates ends with it. */
static int tell_rate(void *argument, int fd)
{
    struct reading *reading = argument;

    if (read_streams(reading) != 0)
        return SIM_FAILED;
    int64_t rate = rate_of(reading);
    return child_process_write(fd, &rate, sizeof(rate)) ? SIM_OK : SIM_FAILED;
}

/* Whether a demand says where to begin. */
static bool has_times(const struct advise_wide_run *run, const json_t *group)
{
    bool has = false;

    for (size_t i = 0; i < run->wants->count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            has |= is_of(&run->wants->demands[i], run, d) &&
                   !isnan(wait_s(&run->wants->demands[i], group));
    return has;
}

int advise_start_rate(const struct advise_wide_run *run, int64_t *bytes_per_tick, char *error)
{
    struct reading reading = {.run = run, .group = find_group(run)};
    struct child_output output = {0};

    *bytes_per_tick = 0;
    if (!reading.group || !has_times(run, reading.group))
        return SIM_OK;
    int failure = child_process_run(tell_rate, &reading, sizeof(*bytes_per_tick), &output);
    bool is_whole =
        failure == 0 && output.wait_status == 0 && output.count == sizeof(*bytes_per_tick);
    if (is_whole)
        memcpy(bytes_per_tick, output.bytes, sizeof(*bytes_per_tick));
    free(output.bytes);
    return is_whole
               ? SIM_OK
               : sim_fail(error, SIM_FAILED, "advise: %s cannot be read once more (%s); try again",
                          run->run->trace,
                          failure ? strerror(failure) : "the process that reads it failed");
}
