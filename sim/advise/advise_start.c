#include "sim/advise/advise_start.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "shaper/shaper.h"
#include "sim/account/response_figures.h"
#include "sim/advise/advise_probes.h"
#include "sim/advise/advise_stream.h"
#include "sim/base/json_text.h"
#include "sim/output/csv_reader.h"
#include "sim/output/run_tables.h"

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

/* --- the bytes -------------------------------------------------------------------------------- */

static const char *group_name(const struct advise_wide_run *run)
{
    return run->config->group[0] ? run->config->group : GROUP_NAME_ALL;
}

static int read_rows(struct csv_reader *reader, const char *group, struct advise_stream *streams)
{
    int tick = csv_table_find(&ticks_table, TICKS_TICK, SHAPER_READ, reader);
    int name = csv_table_find(&ticks_table, TICKS_GROUP, SHAPER_READ, reader);
    int bytes[SHAPER_DIRECTIONS], failure = 0;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        bytes[d] = csv_table_find(&ticks_table, TICKS_READ_BYTES, d, reader);
    while (failure == 0 && csv_reader_next(reader)) {
        if (strcmp(csv_reader_text(reader, name), group) != 0)
            continue;
        int64_t at = csv_reader_count(reader, tick);
        for (int d = 0; d < SHAPER_DIRECTIONS && failure == 0; d++)
            failure = advise_stream_add(&streams[d], at, csv_reader_count(reader, bytes[d]));
    }
    return failure;
}

/* What cannot be read leaves the streams empty. */
static int read_streams(const struct advise_wide_run *run, struct advise_stream *streams,
                        char *error)
{
    struct csv_reader *reader;
    char fault[SIM_ERROR_BYTES];
    int status = csv_reader_open(run->directory, run_file_names[RUN_TICKS], &reader, fault);

    if (status != SIM_OK)
        return errno == ENOMEM ? sim_fail(error, SIM_FAILED, "advise: out of memory") : SIM_OK;
    int failure = read_rows(reader, group_name(run), streams);
    if (csv_reader_fault(reader))
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            advise_stream_fini(&streams[d]);
    csv_reader_free(reader);
    return failure == 0 ? SIM_OK : sim_fail(error, SIM_FAILED, "advise: out of memory");
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

int advise_start_rate(const struct advise_wide_run *run, int64_t *bytes_per_tick, char *error)
{
    struct advise_stream streams[SHAPER_DIRECTIONS] = {0};
    const json_t *group = find_group(run);
    int status = read_streams(run, streams, error);

    *bytes_per_tick = 0;
    for (int d = 0; d < SHAPER_DIRECTIONS && status == SIM_OK; d++)
        for (size_t i = 0; i < run->wants->count; i++)
            if (is_of(&run->wants->demands[i], run, d))
                *bytes_per_tick = advise_most_of(
                    *bytes_per_tick, rate_for(run, &run->wants->demands[i], group, &streams[d]));
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        advise_stream_fini(&streams[d]);
    return status;
}
