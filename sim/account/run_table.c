#include "sim/account/run_table.h"

#include <inttypes.h>
#include <math.h>

#include "sim/account/run_figures.h"
#include "sim/account/run_table_responses.h"
#include "sim/account/summary_responses.h"
#include "sim/account/summary_streams.h"
#include "sim/base/json_text.h"
#include "sim/base/units.h"
#include "traces/trace.h"

/* Calls `use` for each group and direction. */
static void each_figures(const struct summary *summary,
                         void (*use)(const struct run_figures *figures, FILE *out), FILE *out)
{
    for (size_t i = 0; i < summary->outcome->group_count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            const struct run_figures figures =
                run_figures_of(summary->outcome, i, (enum shaper_direction)d);
            use(&figures, out);
        }
}

/* --- the table --------------------------------------------------------------------------- */

/* How the flows were replayed, if not as captured. */
static void print_schedule(const struct flow_schedule_options *schedule, FILE *out)
{
    char spread[UNIT_TEXT_BYTES];

    if (!flow_schedule_is_needed(schedule))
        return;
    unit_print_time(spread, schedule->spread_us);
    fputs("        ", out);
    if (schedule->copies > 1)
        fprintf(out, "each flow %" PRId64 " times within %s", schedule->copies, spread);
    if (schedule->speed_milli != FLOW_SPEED_ONE)
        fprintf(out, "%sgaps between the starts of flows divided by %g",
                schedule->copies > 1 ? ", " : "", (double)schedule->speed_milli / FLOW_SPEED_ONE);
    fputc('\n', out);
}

/* How much later packets were due than with the virtual clock. */
static void print_extra_shift(const struct summary *summary, FILE *out)
{
    const struct extra_shift *extra = summary->extra_shift;

    if (extra && extra->packets > 0)
        fprintf(out,
                "clock   shifts packets by %.6f s at most (flow %" PRIu64
                ") and %.6f s at last, as the machine is late\n",
                (double)extra->largest_us / 1e6, extra->largest_flow, (double)extra->last_us / 1e6);
}

static void print_trace(const struct summary *summary, FILE *out)
{
    const struct flow_source_counts *counts = summary->outcome->counts;
    char bytes[UNIT_TEXT_BYTES], duration[UNIT_TEXT_BYTES], end[UNIT_TEXT_BYTES];
    const char *separator = " (";

    unit_print_size(bytes, counts->bytes);
    unit_print_time(duration, counts->duration_us);
    unit_print_time(end, summary->outcome->end_us);
    fputs("trace   ", out);
    trace_print_plain(out, 0, summary->trace_name);
    fprintf(out, ": %" PRIu64 " packets, %" PRIu64 " flows, %s in %s\n", counts->packets,
            counts->flows, bytes, duration);
    if (counts->replayed < counts->packets) {
        fprintf(out, "        %" PRIu64 " packets skipped", counts->packets - counts->replayed);
        for (int reason = SKIP_NONE + 1; reason < SKIP_REASONS; reason++) {
            if (counts->skipped[reason] == 0)
                continue;
            fprintf(out, "%s%s %" PRIu64, separator, skip_reason_name((enum skip_reason)reason),
                    counts->skipped[reason]);
            separator = ", ";
        }
        fprintf(out, ")\n");
    }
    print_schedule(&summary->config->source.schedule, out);
    fprintf(out, "run     %s at %s\n", summary_end_name(summary->outcome->end), end);
    print_extra_shift(summary, out);
    fputc('\n', out);
}

static void print_rate(char text[UNIT_TEXT_BYTES], const struct run_figures *figures)
{
    unit_print_rate(text, figures->limit->rate_bytes_per_tick[figures->direction],
                    figures->limit->tick_ms, figures->rate_unit);
}

static void print_limits(const struct run_figures *figures, FILE *out)
{
    enum shaper_direction d = figures->direction;
    char rate[UNIT_TEXT_BYTES] = "-", burst[UNIT_TEXT_BYTES] = "-", used[16] = "-";
    char delivered[UNIT_TEXT_BYTES], p50[UNIT_TEXT_BYTES] = "-", p99[UNIT_TEXT_BYTES] = "-";
    char most[UNIT_TEXT_BYTES] = "-";

    if (figures->limit) {
        print_rate(rate, figures);
        unit_print_size(burst, (uint64_t)figures->limit->burst_bytes[d]);
    }
    if (figures->has_utilisation)
        snprintf(used, sizeof(used), "%.1f %%", 100 * figures->utilisation);
    unit_print_size(delivered, figures->delivered_bytes);
    if (figures->delay_max_us >= 0) {
        unit_print_time(p50, figures->delay_p50_us);
        unit_print_time(p99, figures->delay_p99_us);
        unit_print_time(most, figures->delay_max_us);
    }
    if (d == SHAPER_READ)
        fprintf(out, "%-10s %7" PRIu64 "  ", figures->group, figures->flows);
    else
        fprintf(out, "%-10s %7s  ", "", "");
    fprintf(out, "%-9s %11s %10s %10s %8s %10s %10s %10s\n", shaper_direction_name(d), rate, burst,
            delivered, used, p50, p99, most);
}

/* Rounded down: what is not whole is not 100 %. */
static void print_percent(char *text, size_t room, double percent)
{
    snprintf(text, room, "%.1f %%", floor(percent * 10) / 10);
}

static void print_service(const struct run_figures *figures, FILE *out)
{
    const struct run_fairness *fairness = &figures->fairness;
    const struct run_losses *losses = &figures->losses;
    char mean[16] = "-", least[16] = "-", window[UNIT_TEXT_BYTES] = "-", grants[32] = "-";
    char undelivered[UNIT_TEXT_BYTES], unoffered[UNIT_TEXT_BYTES] = "unknown", percent[16] = "-";

    if (fairness->windows > 0) {
        snprintf(mean, sizeof(mean), "%.3f", fairness->mean);
        snprintf(least, sizeof(least), "%.3f", fairness->least);
        unit_print_time(window, fairness->window_us);
    }
    if (figures->has_grants)
        snprintf(grants, sizeof(grants), "%.0f", figures->grants_per_mb);
    unit_print_size(undelivered, losses->undelivered_bytes);
    if (losses->knows_unoffered)
        unit_print_size(unoffered, losses->unoffered_bytes);
    if (losses->has_percent)
        print_percent(percent, sizeof(percent), losses->delivered_percent);
    fprintf(out, "%-10s  %-9s %11s %10s %10s %10s %12s %12s %8s\n",
            figures->direction == SHAPER_READ ? figures->group : "",
            shaper_direction_name(figures->direction), mean, least, window, grants, undelivered,
            unoffered, percent);
}

void run_table_print(const struct summary *summary, FILE *out)
{
    print_trace(summary, out);
    fprintf(out, "%-10s %7s  %-9s %11s %10s %10s %8s %10s %10s %10s\n", "group", "flows",
            "direction", "rate", "burst", "delivered", "used", "delay p50", "p99", "max");
    each_figures(summary, print_limits, out);
    fprintf(out, "\n%-10s  %-9s %11s %10s %10s %10s %12s %12s %8s\n", "group", "direction",
            "fairness J", "least J", "window", "grants/MB", "undelivered", "not offered",
            "of trace");
    each_figures(summary, print_service, out);
    run_table_print_responses(summary, out);
}

/* --- JSON -------------------------------------------------------------------------------- */

static json_t *real_if(bool is_there, double value)
{
    return is_there ? json_real(value) : json_null();
}

static json_t *json_seconds(int64_t us)
{
    return real_if(us >= 0, (double)us / 1e6);
}

static json_t *json_trace(const struct summary *summary)
{
    const struct flow_source_counts *counts = summary->outcome->counts;
    json_t *object = json_object();

    json_object_set_new(object, "name", json_text(summary->trace_name));
    json_object_set_new(object, "packets", json_u64(counts->packets));
    json_object_set_new(object, "skipped_packets", summary_skipped(counts));
    json_object_set_new(object, "flows", json_u64(counts->flows));
    json_object_set_new(object, "bytes", json_u64(counts->bytes));
    json_object_set_new(object, "duration_s", json_seconds(counts->duration_us));
    return object;
}

static json_t *json_fairness(const struct run_fairness *fairness)
{
    json_t *object = json_object();

    json_object_set_new(object, "window_s",
                        real_if(fairness->window_us > 0, (double)fairness->window_us / 1e6));
    json_object_set_new(object, "windows", json_u64(fairness->windows));
    json_object_set_new(object, "mean", real_if(fairness->windows > 0, fairness->mean));
    json_object_set_new(object, "min", real_if(fairness->windows > 0, fairness->least));
    return object;
}

static json_t *json_direction(const struct run_config *config, const struct group_totals *group,
                              const struct run_figures *figures)
{
    const struct run_losses *losses = &figures->losses;
    const struct shaper_limit *limit = figures->limit;
    enum shaper_direction d = figures->direction;
    char rate[UNIT_TEXT_BYTES] = "";
    json_t *object = json_object();

    if (limit)
        print_rate(rate, figures);
    json_object_set_new(object, "rate", limit ? json_string(rate) : json_null());
    json_object_set_new(
        object, "rate_bytes_per_s",
        limit ? json_real((double)limit->rate_bytes_per_tick[d] * 1000 / (double)limit->tick_ms)
              : json_null());
    json_object_set_new(object, "burst_bytes",
                        limit ? json_integer(limit->burst_bytes[d]) : json_null());
    json_object_set_new(object, "delivered_bytes", json_u64(figures->delivered_bytes));
    json_object_set_new(object, "utilisation",
                        real_if(figures->has_utilisation, figures->utilisation));
    json_object_set_new(object, "delay_p50_s", json_seconds(figures->delay_p50_us));
    json_object_set_new(object, "delay_p99_s", json_seconds(figures->delay_p99_us));
    json_object_set_new(object, "delay_max_s", json_seconds(figures->delay_max_us));
    summary_set_percentiles(object, "behind", run_behind(config, group, d));
    json_object_set_new(object, "jain", json_fairness(&figures->fairness));
    json_object_set_new(object, "grants_per_mb",
                        real_if(figures->has_grants, figures->grants_per_mb));
    json_object_set_new(object, "undelivered_bytes", json_u64(losses->undelivered_bytes));
    json_object_set_new(object, "unoffered_bytes",
                        losses->knows_unoffered ? json_u64(losses->unoffered_bytes) : json_null());
    json_object_set_new(object, "delivered_percent",
                        real_if(losses->has_percent, losses->delivered_percent));
    if (config->is_closed_loop)
        json_object_set_new(object, "withheld_bytes", json_u64(group->withheld_bytes[d]));
    return object;
}

static json_t *json_groups(const struct run_config *config, const struct outcome *outcome)
{
    json_t *array = json_array();

    for (size_t i = 0; i < outcome->group_count; i++) {
        const struct group_totals *group = outcome->groups[i];
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(group->name));
        json_object_set_new(object, "flows", json_u64(group->flows));
        json_object_set_new(object, "responses", summary_responses(&group->responses));
        json_object_set_new(object, "completion", summary_completion(&group->completion));
        json_object_set_new(object, "completion_outgrows_delay",
                            json_boolean(run_completion_outgrows_delay(group)));
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            const struct run_figures figures = run_figures_of(outcome, i, (enum shaper_direction)d);
            json_object_set_new(object, shaper_direction_name(figures.direction),
                                json_direction(config, group, &figures));
        }
        json_array_append_new(array, object);
    }
    return array;
}

json_t *run_table_json(const struct summary *summary)
{
    const char *directory = summary->config->output_directory;
    json_t *root = json_object(), *warnings = json_array();

    for (size_t i = 0; i < summary->warnings->count; i++)
        json_array_append_new(warnings, json_text(summary->warnings->texts[i]));
    json_object_set_new(root, "trace", json_trace(summary));
    json_object_set_new(root, "end", json_string(summary_end_name(summary->outcome->end)));
    json_object_set_new(root, "end_s", json_seconds(summary->outcome->end_us));
    if (summary_has_extra_shift(summary->config))
        json_object_set_new(root, "extra_shift", summary_extra_shift(summary));
    json_object_set_new(root, "groups", json_groups(summary->config, summary->outcome));
    json_object_set_new(root, "directory", directory ? json_text(directory) : json_null());
    json_object_set_new(root, "warnings", warnings);
    return root;
}
