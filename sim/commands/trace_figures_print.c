#include "sim/commands/trace_figures_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/base/json_text.h"
#include "sim/base/units.h"

static const char *const direction_names[2] = {"initiator", "responder"};

/* --- for people ------------------------------------------------------------------------------ */

static void print_size(int width, uint64_t bytes, const char *after)
{
    char text[UNIT_TEXT_BYTES], whole[UNIT_TEXT_BYTES + 8];

    unit_print_size(text, bytes);
    snprintf(whole, sizeof(whole), "%s%s", text, after);
    printf(" %*s", width, whole);
}

static void print_peaks(const struct trace_figures *figures)
{
    printf("\n%-10s", "peak rate");
    for (int i = 0; i < TRACE_PEAKS; i++)
        printf(" %9" PRId64 " ms", trace_peak_ms[i]);
    printf("\n");
    for (int d = 0; d < 2; d++) {
        printf("%-10s", direction_names[d]);
        for (int i = 0; i < TRACE_PEAKS; i++)
            print_size(12, figures->directions[d].peak_bytes[i] * 1000 / (uint64_t)trace_peak_ms[i],
                       "/s");
        printf("\n");
    }
}

static void print_sizes(const struct trace_figures *figures)
{
    printf("\n%-14s %10s %12s\n", "flows with", "flows", "bytes");
    for (int i = 0; i < TRACE_SIZES; i++) {
        char text[UNIT_TEXT_BYTES];
        if (figures->sizes[i].flows == 0)
            continue;
        unit_print_size(text, trace_size_bytes[i + 1 < TRACE_SIZES ? i : i - 1]);
        printf("%-8s %-5s %10" PRIu64 " %12" PRIu64 "\n",
               i + 1 < TRACE_SIZES ? "below" : "at least", text, figures->sizes[i].flows,
               figures->sizes[i].bytes);
    }
}

static void print_sigma(const struct trace_figures *figures, int d)
{
    const struct trace_direction *direction = &figures->directions[d];

    if (direction->bytes == 0)
        return;
    printf("\n%s: sigma of a rate, and the burst with which no byte waits longer than\n"
           "(in a bucket with ticks of %d ms, whose burst is at least a tick's worth)\n",
           direction_names[d], TRACE_TICK_MS);
    printf("%12s %12s", "rate", "sigma");
    for (int i = 0; i < TRACE_DELAYS; i++)
        printf(" %9" PRId64 " ms", trace_delay_ms[i]);
    printf("\n");
    for (int r = 0; r < TRACE_RATES; r++) {
        const struct trace_sigma *sigma = &direction->sigma[r];
        print_size(11, (uint64_t)sigma->rate_bytes_per_s, "/s");
        print_size(12, sigma->sigma_bytes, "");
        for (int i = 0; i < TRACE_DELAYS; i++)
            print_size(12, sigma->burst_bytes[i], "");
        printf("\n");
    }
}

void trace_figures_print(const struct trace_figures *figures)
{
    printf("open flows %.2f in the mean, %" PRIu64 " at most\n", figures->mean_open_flows,
           figures->most_open_flows);
    if (figures->most_open_flows == 0)
        return;
    print_peaks(figures);
    print_sizes(figures);
    for (int d = 0; d < 2; d++)
        print_sigma(figures, d);
}

/* --- JSON ------------------------------------------------------------------------------------ */

static json_t *json_peaks(const struct trace_direction *direction)
{
    json_t *array = json_array();

    for (int i = 0; i < TRACE_PEAKS; i++) {
        json_t *peak = json_object();
        json_object_set_new(peak, "window_ms", json_integer(trace_peak_ms[i]));
        json_object_set_new(peak, "bytes", json_u64(direction->peak_bytes[i]));
        json_array_append_new(array, peak);
    }
    return array;
}

static json_t *json_sigma(const struct trace_direction *direction)
{
    json_t *array = json_array();

    for (int r = 0; r < TRACE_RATES; r++) {
        const struct trace_sigma *sigma = &direction->sigma[r];
        json_t *object = json_object(), *bursts = json_array();
        json_object_set_new(object, "rate_bytes_per_s", json_integer(sigma->rate_bytes_per_s));
        json_object_set_new(object, "sigma_bytes", json_u64(sigma->sigma_bytes));
        for (int i = 0; i < TRACE_DELAYS; i++) {
            json_t *burst = json_object();
            json_object_set_new(burst, "delay_ms", json_integer(trace_delay_ms[i]));
            json_object_set_new(burst, "burst_bytes", json_u64(sigma->burst_bytes[i]));
            json_array_append_new(bursts, burst);
        }
        json_object_set_new(object, "with_delay", bursts);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_sizes(const struct trace_figures *figures)
{
    json_t *array = json_array();

    for (int i = 0; i < TRACE_SIZES; i++) {
        json_t *size = json_object();
        json_object_set_new(size, "below_bytes",
                            i + 1 < TRACE_SIZES ? json_u64(trace_size_bytes[i]) : json_null());
        json_object_set_new(size, "flows", json_u64(figures->sizes[i].flows));
        json_object_set_new(size, "bytes", json_u64(figures->sizes[i].bytes));
        json_array_append_new(array, size);
    }
    return array;
}

void trace_figures_set(const struct trace_figures *figures, json_t *object)
{
    json_object_set_new(object, "mean_open_flows", json_real(figures->mean_open_flows));
    json_object_set_new(object, "most_open_flows", json_u64(figures->most_open_flows));
    json_object_set_new(object, "flows_by_size", json_sizes(figures));
    for (int d = 0; d < 2; d++) {
        const struct trace_direction *direction = &figures->directions[d];
        json_t *figures_of = json_object();
        json_object_set_new(figures_of, "bytes", json_u64(direction->bytes));
        json_object_set_new(figures_of, "tick_ms", json_integer(TRACE_TICK_MS));
        json_object_set_new(figures_of, "peaks", json_peaks(direction));
        json_object_set_new(figures_of, "sigma", json_sigma(direction));
        json_object_set_new(object, direction_names[d], figures_of);
    }
}
