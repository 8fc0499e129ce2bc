#include "sim/account/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <jansson.h>

#include "shaper/libevent/memory.h"
#include "sim/account/run_figures.h"
#include "sim/account/summary_metrics.h"
#include "sim/account/summary_responses.h"
#include "sim/account/summary_settings.h"
#include "sim/account/summary_streams.h"
#include "sim/base/json_file.h"
#include "sim/base/json_text.h"
#include "sim/base/version.h"
#include "sim/output/file_names.h"
#include "sim/output/owned_directory.h"
#include "sim/output/part_file.h"

void warnings_add(struct warnings *warnings, const char *format, ...)
{
    va_list arguments;

    if (warnings->count == WARNINGS_MAX) {
        snprintf(warnings->texts[WARNINGS_MAX - 1], WARNING_BYTES,
                 "and more warnings than fit here");
        return;
    }
    va_start(arguments, format);
    vsnprintf(warnings->texts[warnings->count++], WARNING_BYTES, format, arguments);
    va_end(arguments);
}

/* --- JSON -------------------------------------------------------------------------------- */

static json_t *json_seconds(int64_t us)
{
    return json_real((double)us / 1e6);
}

static json_t *json_delay(int64_t us)
{
    return us < 0 ? json_null() : json_seconds(us);
}

static json_t *json_limit(const struct shaper_limit *limit)
{
    json_t *object = json_object();

    json_object_set_new(object, "tick_s", json_seconds(limit->tick_ms * 1000));
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        char key[48];
        snprintf(key, sizeof(key), "%s_rate_bytes_per_tick",
                 shaper_direction_name((enum shaper_direction)d));
        json_object_set_new(object, key, json_integer(limit->rate_bytes_per_tick[d]));
        snprintf(key, sizeof(key), "%s_rate_bytes_per_s",
                 shaper_direction_name((enum shaper_direction)d));
        json_object_set_new(
            object, key,
            json_real((double)limit->rate_bytes_per_tick[d] * 1000 / (double)limit->tick_ms));
        snprintf(key, sizeof(key), "%s_burst_bytes",
                 shaper_direction_name((enum shaper_direction)d));
        json_object_set_new(object, key, json_integer(limit->burst_bytes[d]));
    }
    return object;
}

/* A limit as it was asked for: the typed values, in the typed units. */
static json_t *json_configured(const struct limit_spec *spec)
{
    json_t *object = json_object();

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        char key[48];
        if (spec->has_rate[d]) {
            bool per_tick = spec->rate[d].is_per_tick;
            snprintf(key, sizeof(key), "%s_rate_bytes_per_%s",
                     shaper_direction_name((enum shaper_direction)d), per_tick ? "tick" : "s");
            json_object_set_new(object, key,
                                per_tick ? json_integer(spec->rate[d].bytes_per_tick)
                                         : json_real((double)spec->rate[d].microbits_per_s / 8e6));
            snprintf(key, sizeof(key), "%s_rate_unit",
                     shaper_direction_name((enum shaper_direction)d));
            json_object_set_new(object, key, json_string(unit_name(spec->rate[d].unit)));
        }
        if (spec->has_burst[d]) {
            snprintf(key, sizeof(key), "%s_burst_bytes",
                     shaper_direction_name((enum shaper_direction)d));
            json_object_set_new(object, key, json_integer(spec->burst_bytes[d]));
        }
    }
    if (spec->has_tick)
        json_object_set_new(object, "tick_s", json_seconds(spec->tick_ms * 1000));
    return object;
}

static json_t *json_limits(const struct group_config *spec, const struct group_limits *limits)
{
    json_t *object = json_object();

    if (limits->has_group) {
        json_t *configured = json_configured(&spec->group);
        json_t *effective = json_limit(&limits->group);
        json_object_set_new(configured, "min_share_bytes", json_integer(limits->min_share_bytes));
        json_object_set_new(effective, "min_share_bytes",
                            json_integer(limits->effective_min_share_bytes));
        json_object_set_new(object, "configured", configured);
        json_object_set_new(object, "effective", effective);
    }
    if (limits->has_per_flow) {
        json_object_set_new(object, "flow_configured", json_configured(&spec->per_flow));
        json_object_set_new(object, "flow_effective", json_limit(&limits->per_flow));
    }
    if (limits->has_ratelimit)
        json_object_set_new(object, "ratelimit_effective", json_limit(&limits->ratelimit));
    return object;
}

const json_t *summary_ticked_limit(const json_t *group)
{
    static const char *const keys[] = {"effective", "flow_effective", "ratelimit_effective"};
    const json_t *limit = NULL, *limits = json_object_get(group, "limits");

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !limit; i++)
        limit = json_object_get(limits, keys[i]);
    return limit;
}

static json_t *json_utilisation(const struct group_totals *group, int direction)
{
    if (!group->limits || !group->limits->has_group || group->ticks == 0)
        return json_null();
    return json_real(run_utilisation(group, (enum shaper_direction)direction));
}

/* Whether charged bytes may differ from delivered ones. */
static bool charges_other_bytes(const struct run_config *config)
{
    return config->transport == SHAPER_TRANSPORT_TLS || config->application.filter_count > 0 ||
           config->application.flush != SHAPER_FLUSH_NONE || config->application.read_low_bytes > 0;
}

/* The bytes below all filters of what was delivered. */
static uint64_t bytes_below_filters(const struct run_config *config,
                                    const struct group_totals *group, int direction)
{
    return config->application.filter_count > 0 ? group->arrived_bytes[direction]
                                                : group->delivered_bytes[direction];
}

/* All charged bytes, and those of them that are not delivered bytes. (In a run that was cut short,
 * records that were not delivered count to their overhead.) */
static void add_charged_bytes(json_t *object, const struct run_config *config,
                              const struct group_totals *group, int direction)
{
    uint64_t charged = group->charged_bytes[direction];
    uint64_t handshakes = group->handshake_bytes[direction];

    json_object_set_new(object, "charged_bytes", json_u64(charged));
    if (config->application.flush != SHAPER_FLUSH_NONE)
        json_object_set_new(object, "flushed_bytes", json_u64(group->flushed_bytes[direction]));
    if (config->transport != SHAPER_TRANSPORT_TLS)
        return;
    json_object_set_new(object, "handshake_bytes", json_u64(handshakes));
    json_object_set_new(
        object, "record_overhead_bytes",
        json_u64(charged - handshakes - bytes_below_filters(config, group, direction)));
}

static json_t *json_filters(const struct run_config *config, const struct group_totals *group,
                            int direction)
{
    json_t *array = json_array();

    for (size_t i = 0; i < config->application.filter_count; i++) {
        const struct shaper_filter_counts *counts = &group->filters[i][direction];
        json_t *object = json_object();
        const char *name = shaper_filter_name(config->application.filters[i].kind);
        json_object_set_new(object, "filter", json_string(name));
        json_object_set_new(object, "sent_before_bytes", json_u64(counts->sent_before_bytes));
        json_object_set_new(object, "sent_after_bytes", json_u64(counts->sent_after_bytes));
        json_object_set_new(object, "received_before_bytes",
                            json_u64(counts->received_before_bytes));
        json_object_set_new(object, "received_after_bytes", json_u64(counts->received_after_bytes));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_application(const struct application_counts *counts)
{
    json_t *object = json_object();

    json_object_set_new(object, "held_packets", json_u64(counts->held_packets));
    json_object_set_new(object, "held_bytes", json_u64(counts->held_bytes));
    json_object_set_new(object, "max_held_bytes", json_u64(counts->max_held_bytes));
    json_object_set_new(object, "max_held_s", json_seconds(counts->max_held_us));
    json_object_set_new(object, "read_timeouts", json_u64(counts->timeouts[SHAPER_READ]));
    json_object_set_new(object, "write_timeouts", json_u64(counts->timeouts[SHAPER_WRITE]));
    return object;
}

/* What was not delivered, and what --max-time cut off before it was offered; null: not known. */
static void add_losses(json_t *object, const struct outcome *outcome,
                       const struct group_totals *group, int direction)
{
    const struct run_losses losses = run_losses(outcome, group, (enum shaper_direction)direction);

    json_object_set_new(object, "undelivered_bytes", json_u64(losses.undelivered_bytes));
    json_object_set_new(object, "unoffered_bytes",
                        losses.knows_unoffered ? json_u64(losses.unoffered_bytes) : json_null());
    json_object_set_new(object, "delivered_percent",
                        losses.has_percent ? json_real(losses.delivered_percent) : json_null());
}

/* `spec` is NULL for the group without limits. */
static json_t *json_direction(const struct summary *summary, const struct group_totals *group,
                              const struct group_config *spec, int direction)
{
    const struct run_config *config = summary->config;
    const struct delay_histogram *delays = &group->delays[direction];
    json_t *object = json_object();

    json_object_set_new(object, "offered_bytes", json_u64(group->offered_bytes[direction]));
    json_object_set_new(object, "delivered_bytes", json_u64(group->delivered_bytes[direction]));
    if (config->receive_window_bytes > 0 && direction == SHAPER_READ)
        json_object_set_new(object, "largest_packet_bytes",
                            json_u64(group->largest_windowed_bytes));
    if (run_config_withholds(config))
        json_object_set_new(object, "withheld_bytes", json_u64(group->withheld_bytes[direction]));
    add_losses(object, summary->outcome, group, direction);
    if (charges_other_bytes(config))
        add_charged_bytes(object, config, group, direction);
    if (config->application.filter_count > 0)
        json_object_set_new(object, "filters", json_filters(config, group, direction));
    json_object_set_new(object, "utilisation", json_utilisation(group, direction));
    json_object_set_new(object, "peak_tick_bytes", json_u64(group->peak_tick_bytes[direction]));
    json_object_set_new(object, "peak_backlog_bytes",
                        json_u64(group->peak_backlog_bytes[direction]));
    json_object_set_new(object, "delay_p50_s",
                        json_delay(delay_histogram_percentile_us(delays, 500)));
    json_object_set_new(object, "delay_p90_s",
                        json_delay(delay_histogram_percentile_us(delays, 900)));
    json_object_set_new(object, "delay_p99_s",
                        json_delay(delay_histogram_percentile_us(delays, 990)));
    json_object_set_new(object, "delay_max_s", json_delay(delays->packets ? delays->max_us : -1));
    summary_set_percentiles(object, "behind",
                            run_behind(config, group, (enum shaper_direction)direction));
    if (group->metrics) {
        json_object_set_new(object, "throughput", summary_throughput(group, spec, direction));
        json_object_set_new(object, "fairness", summary_fairness(group->metrics, direction));
        json_object_set_new(object, "burst", summary_burst(group->metrics, direction));
    }
    return object;
}

static json_t *json_groups(const struct summary *summary)
{
    bool is_tls = summary->config->transport == SHAPER_TRANSPORT_TLS;
    json_t *array = json_array();

    for (size_t i = 0; i < summary->outcome->group_count; i++) {
        const struct group_totals *group = summary->outcome->groups[i];
        const struct group_config *spec = group->limits ? &summary->config->specs[i] : NULL;
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(group->name));
        if (spec) {
            json_object_set_new(object, "match",
                                spec->match ? json_string(spec->match) : json_null());
            json_object_set_new(object, "limits", json_limits(spec, group->limits));
        }
        json_object_set_new(object, "flows", json_u64(group->flows));
        json_object_set_new(object, "packets", json_u64(group->packets));
        json_object_set_new(object, "ticks", json_u64(group->ticks));
        json_object_set_new(object, "peak_members", json_u64(group->peak_members));
        json_object_set_new(object, "false_end_of_file_flows", json_u64(group->false_eofs));
        if (run_config_holds_packets(summary->config))
            json_object_set_new(object, "broken_flows", json_u64(group->broken_flows));
        json_object_set_new(object, "responses", summary_responses(&group->responses));
        json_object_set_new(object, "completion", summary_completion(&group->completion));
        if (group->metrics)
            json_object_set_new(object, "recorded_flows_without_burst",
                                json_u64(group->metrics->flows_without_burst));
        if (is_tls) {
            json_object_set_new(object, "handshakes", json_u64(group->handshakes));
            json_object_set_new(object, "unclean_ends", json_u64(group->unclean_ends));
        }
        if (application_is_recorded(&summary->config->application))
            json_object_set_new(object, "application", json_application(&group->application));
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            json_object_set_new(object, shaper_direction_name((enum shaper_direction)d),
                                json_direction(summary, group, spec, d));
        json_array_append_new(array, object);
    }
    return array;
}

/* The names of all files, in the order given. */
static json_t *json_names(const struct run_config *config)
{
    json_t *array = json_array();

    for (size_t i = 0; i < config->trace_count; i++) {
        const char *slash = strrchr(config->traces[i], '/');
        json_array_append_new(array, json_text(slash ? slash + 1 : config->traces[i]));
    }
    return array;
}

static json_t *json_trace(const struct summary *summary)
{
    const struct flow_source_counts *counts = summary->outcome->counts;
    json_t *object = json_object();
    json_t *skipped = json_object();

    for (int reason = SKIP_NONE + 1; reason < SKIP_REASONS; reason++)
        json_object_set_new(skipped, skip_reason_name((enum skip_reason)reason),
                            json_u64(counts->skipped[reason]));
    json_object_set_new(object, "name", json_text(summary->trace_name));
    if (summary->config->trace_count > 1)
        json_object_set_new(object, "files", json_names(summary->config));
    json_object_set_new(object, "xxh3_128", json_string(summary->trace_hash));
    json_object_set_new(object, "packets", json_u64(counts->packets));
    json_object_set_new(object, "replayed_packets", json_u64(counts->replayed));
    json_object_set_new(object, "skipped_packets", skipped);
    json_object_set_new(object, "flows", json_u64(counts->flows));
    json_object_set_new(object, "bytes", json_u64(counts->bytes));
    json_object_set_new(object, "duration_s", json_seconds(counts->duration_us));
    json_object_set_new(object, "backward_timestamps", json_u64(counts->backward_timestamps));
    json_object_set_new(object, "sorted_packets", json_u64(counts->times.sorted));
    json_object_set_new(object, "packets_out_of_line", json_u64(counts->times.rogues));
    json_object_set_new(object, "clock_steps", json_u64(counts->times.steps));
    json_object_set_new(object, "packets_left_out", json_u64(counts->left_out));
    json_object_set_new(object, "packets_without_time", json_u64(counts->times.untimed));
    json_object_set_new(object, "shortened_gaps", json_u64(counts->shortened_gaps));
    json_object_set_new(object, "removed_by_max_gap_s", json_seconds(counts->removed_us));
    summary_streams(object, counts);
    return object;
}

/* Virtual time 0 as an epoch time with all its digits: the offset of times in shaped.pcap. */
static json_t *json_start(int64_t start_ns)
{
    int64_t seconds = start_ns / 1000000000 - (start_ns % 1000000000 < 0 ? 1 : 0);

    return json_sprintf("%" PRId64 ".%09" PRId64, seconds, start_ns - seconds * 1000000000);
}

static json_t *json_shaped(const struct shaped_counts *shaped)
{
    json_t *object = json_object();

    json_object_set_new(object, "start_epoch_s", json_start(shaped->start_ns));
    json_object_set_new(object, "packets", json_u64(shaped->packets));
    json_object_set_new(object, "undelivered_packets", json_u64(shaped->undelivered));
    return object;
}

static json_t *json_files(const struct recorded_files *files)
{
    json_t *object = json_object();

    for (size_t i = 0; i < files->count; i++)
        json_object_set_new(object, files->files[i].name, json_string(files->files[i].hash));
    return object;
}

const char *summary_end_name(enum replay_end end)
{
    switch (end) {
    case REPLAY_DRAINED:
        return "drained";
    case REPLAY_MAX_TIME:
        return "max-time";
    case REPLAY_INTERRUPTED:
        return "interrupted";
    case REPLAY_FAILED:
        return "failed";
    }
    return "unknown";
}

bool summary_has_extra_shift(const struct run_config *config)
{
    return config->is_closed_loop && config->clock == SIM_CLOCK_REAL;
}

json_t *summary_extra_shift(const struct summary *summary)
{
    const struct extra_shift *extra = summary->extra_shift;

    if (!extra || extra->packets == 0)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "packets", json_u64(extra->packets));
    json_object_set_new(object, "largest_s", json_seconds(extra->largest_us));
    json_object_set_new(object, "largest_flow", json_u64(extra->largest_flow));
    json_object_set_new(object, "last_s", json_seconds(extra->last_us));
    return object;
}

static json_t *json_summary(const struct summary *summary)
{
    json_t *root = json_object();
    json_t *versions = json_object();
    json_t *warnings = json_array();

    json_object_set_new(versions, "shapesim", json_string(SHAPESIM_VERSION));
    json_object_set_new(versions, "libevent", json_string(event_get_version()));
    if (summary->config->transport == SHAPER_TRANSPORT_TLS)
        json_object_set_new(versions, "openssl", json_string(shaper_openssl_version()));
    if (application_has_filter(&summary->config->application, SHAPER_FILTER_DEFLATE))
        json_object_set_new(versions, "zlib", json_string(shaper_zlib_version()));
    for (size_t i = 0; i < summary->warnings->count; i++)
        json_array_append_new(warnings, json_text(summary->warnings->texts[i]));
    json_object_set_new(root, "format", json_integer(SUMMARY_FORMAT));
    json_object_set_new(root, "command", json_text(summary->config->command));
    json_object_set_new(root, "versions", versions);
    json_object_set_new(root, "settings", summary_settings(summary->config));
    json_object_set_new(root, "seed", json_integer(summary->config->seed));
    json_object_set_new(root, "trace", json_trace(summary));
    json_object_set_new(root, "end", json_string(summary_end_name(summary->outcome->end)));
    json_object_set_new(root, "end_s", json_seconds(summary->outcome->end_us));
    if (summary_has_extra_shift(summary->config))
        json_object_set_new(root, "extra_shift", summary_extra_shift(summary));
    json_object_set_new(root, "groups", json_groups(summary));
    if (summary->config->write_pcap)
        json_object_set_new(root, "shaped_pcap", json_shaped(&summary->shaped));
    json_object_set_new(root, "files", json_files(&summary->files));
    json_object_set_new(root, "warnings", warnings);
    return root;
}

int summary_check_format(const json_t *summary, const char *path, char *error)
{
    const json_t *value = json_object_get(summary, "format");
    const char *writer = json_text_of(json_object_get(summary, "versions"), "shapesim");
    json_int_t format = value ? json_integer_value(value) : 1;

    bool is_summary = value || json_is_string(json_object_get(summary, "command"));

    if (!is_summary || format == SUMMARY_FORMAT)
        return SIM_OK;
    return sim_fail(error, SIM_FAILED,
                    "%s: is of format %" JSON_INTEGER_FORMAT
                    ", and this shapesim reads format %d, whose figures and defaults mean "
                    "something else; repeat the run, or use the shapesim that wrote it (%.40s)",
                    path, format, SUMMARY_FORMAT, *writer ? writer : "unknown");
}

int summary_write(const struct summary *summary, struct owned_directory *directory, char *error)
{
    const char *name = run_file_names[RUN_SUMMARY];
    json_t *root = json_summary(summary);

    if (!root || memory_ran_out()) {
        json_decref(root);
        return sim_fail(error, SIM_FAILED, "%s/%s: out of memory", directory->path, name);
    }
    FILE *file = part_file_new(directory, name);
    int failure =
        file ? json_file_write(root, file, JSON_INDENT(2) | JSON_REAL_PRECISION(15), "\n") : errno;
    json_decref(root);
    return part_file_end(directory, name, failure, error);
}
