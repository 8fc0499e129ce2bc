#include "sim/advise/advise_report.h"

#include <inttypes.h>
#include <math.h>

#include "sim/base/units.h"
#include "traces/trace.h"

static const struct {
    const char *name, *key;
} changes[ADVISE_CHANGES] = {
    [ADVISE_HALF_BURST] = {"half the burst", "half_burst"},
    [ADVISE_TWICE_BURST] = {"twice the burst", "twice_burst"},
    [ADVISE_HALF_TICK] = {"half the tick", "half_tick"},
    [ADVISE_TWICE_TICK] = {"twice the tick", "twice_tick"},
    [ADVISE_HALF_MIN_SHARE] = {"half the min-share", "half_min_share"},
    [ADVISE_TWICE_MIN_SHARE] = {"twice the min-share", "twice_min_share"},
};

const char *advise_change_name(enum advise_change change)
{
    return changes[change].name;
}

const char *advise_change_key(enum advise_change change)
{
    return changes[change].key;
}

static void print_setting(const struct advise_probe *probe, FILE *out)
{
    const struct advise_setting *setting = &probe->setting;
    char rate[UNIT_TEXT_BYTES], burst[UNIT_TEXT_BYTES], tick[UNIT_TEXT_BYTES];

    unit_print_rate(rate, setting->rate_bytes_per_tick, setting->tick_ms, NULL);
    unit_print_size(burst, (uint64_t)setting->burst_bytes);
    unit_print_time(tick, setting->tick_ms * 1000);
    fprintf(out,
            "rate       %s: %" PRId64 "B/tick\nburst      %s\ntick       %s\n"
            "min-share  %" PRId64 " B\n",
            rate, setting->rate_bytes_per_tick, burst, tick, setting->min_share_bytes);
    if (!isnan(probe->outcome.grants_per_mb))
        fprintf(out, "grants     %.0f per MB\n", probe->outcome.grants_per_mb);
}

static void print_margin(double margin, FILE *out)
{
    if (isfinite(margin))
        fprintf(out, "; margin %.1f %%", margin * 100);
}

static void print_demands(const struct advise_report *report, FILE *out)
{
    fputc('\n', out);
    for (size_t i = 0; i < report->sweep->wants.count; i++) {
        const struct advise_figure *figure = &report->figures[i];
        fprintf(out, "%s  ", report->sweep->wants.demands[i].text);
        trace_print_plain(out, 0, figure->text[0] ? figure->text : "not measured");
        print_margin(figure->margin, out);
        fputc('\n', out);
    }
}

static void print_changes(const struct advise_result *result, FILE *out)
{
    fputs("\nbeside it             demands         grants/MB\n", out);
    for (int i = 0; i < ADVISE_CHANGES; i++) {
        const struct advise_outcome *outcome = &result->changes[i].outcome;
        fprintf(out, "%-20s  ", advise_change_name((enum advise_change)i));
        if (!result->has_change[i]) {
            fputs("no such setting\n", out);
            continue;
        }
        if (outcome->holds)
            fprintf(out, "%-14s", "hold");
        else if (isfinite(outcome->shortfall))
            fprintf(out, "missed by %2.0f %%", outcome->shortfall * 100);
        else
            fprintf(out, "%-14s", "fail");
        if (isnan(outcome->grants_per_mb))
            fprintf(out, "  %9s\n", "-");
        else
            fprintf(out, "  %9.0f\n", outcome->grants_per_mb);
    }
}

/* What the runs do not show. */
static void print_doubts(const struct advise_result *result, FILE *out)
{
    if (!result->is_rate_monotone)
        fprintf(out,
                "\nThe demands do not hold from one rate on: rates above one that holds fail. "
                "Searched by a grid\nof %d rates; rates between them may fail, too.\n",
                ADVISE_SCAN);
    if (!result->is_burst_monotone)
        fprintf(out,
                "\nThe demands do not hold from one burst on; bursts were searched by a grid.\n");
}

void advise_report_print(const struct advise_report *report, FILE *out)
{
    const struct advise_result *result = report->result;

    fprintf(out, "%zu settings tried; %s\n\n", result->probe_count,
            result->is_found ? "the least rate that meets the demands:"
                             : "none meets the demands; the nearest:");
    print_setting(&result->best, out);
    print_demands(report, out);
    if (result->is_found)
        print_changes(result, out);
    print_doubts(result, out);
    if (report->c)
        fprintf(out, "\n%s", report->c);
    fputc('\n', out);
    trace_print_plain(out, 0, report->sweep->directory);
    fputs(": advise.json, sweep.csv, sweep-summary.csv, sweep-long.csv\n", out);
}
