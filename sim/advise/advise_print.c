#include "sim/advise/advise_report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/units.h"
#include "traces/trace.h"

#define COLUMN_LEAST 10   /* characters of a figure */
#define MARGIN_MOST  10.0 /* in parts of the bound; what is beyond is as much as no number */

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

/* The demand without its bound: "added.p99". */
static int subject_length(const struct demand *want)
{
    int length = (int)strcspn(want->text, "<>");

    while (length > 0 && want->text[length - 1] == ' ')
        length--;
    return length;
}

static int column_width(const struct demand *want)
{
    int length = subject_length(want);

    return length > COLUMN_LEAST ? length : COLUMN_LEAST;
}

static void print_figure(const struct advise_figure *figure, char text[UNIT_TEXT_BYTES])
{
    bool has_figure = figure->verdict == DEMAND_HOLDS || figure->verdict == DEMAND_FAILS;

    if (!has_figure)
        snprintf(text, UNIT_TEXT_BYTES, "%s",
                 figure->verdict == DEMAND_INFINITE ? "infinite" : "-");
    else if (strcmp(figure->unit, "s") == 0)
        unit_print_time(text, llround(figure->figure * 1e6));
    else if (strcmp(figure->unit, "B") == 0 && figure->figure >= 0)
        unit_print_size(text, (uint64_t)llround(figure->figure));
    else
        snprintf(text, UNIT_TEXT_BYTES, "%.4g%s%s", figure->figure, *figure->unit ? " " : "",
                 figure->unit);
}

static void print_demand(const struct advise_figure *figure, int width, FILE *out)
{
    char text[UNIT_TEXT_BYTES], margin[UNIT_TEXT_BYTES] = "-";

    print_figure(figure, text);
    if (isfinite(figure->margin) && fabs(figure->margin) < MARGIN_MOST)
        snprintf(margin, sizeof(margin), "%.3g %%", figure->margin * 100);
    else if (!isnan(figure->margin))
        snprintf(margin, sizeof(margin), "%s%.0f %%", figure->margin < 0 ? "< -" : "> ",
                 MARGIN_MOST * 100);
    fprintf(out, "%-*s  %*s  %8s  ", width, figure->want->text, COLUMN_LEAST, text, margin);
    trace_print_plain(out, 0,
                      text[0] != '-'  ? figure->of
                      : *figure->text ? figure->text
                                      : "not measured");
    fputc('\n', out);
}

static void print_demands(const struct advise_report *report, FILE *out)
{
    const struct demands *wants = &report->sweep->wants;
    int width = (int)strlen("demand");

    for (size_t i = 0; i < wants->count; i++)
        if ((int)strlen(wants->demands[i].text) > width)
            width = (int)strlen(wants->demands[i].text);
    fprintf(out, "\n%-*s  %*s  %8s  of\n", width, "demand", COLUMN_LEAST, "figure", "margin");
    for (size_t i = 0; i < wants->count; i++)
        print_demand(&report->figures[i], width, out);
}

/* The figures of a setting that was tried. */
static const struct advise_figure *figures_of(const struct advise_table *table,
                                              const struct advise_setting *setting)
{
    size_t i = 0;

    while (i + 1 < table->probe_count && !advise_setting_equals(&table->probes[i].setting, setting))
        i++;
    return advise_table_at(table, i, 0);
}

/* A setting by its name, its cost, and its figure for each demand; ! marks one that misses it. */
static void print_row(const struct advise_table *table, const char *name,
                      const struct advise_probe *probe, FILE *out)
{
    const struct advise_figure *figures = figures_of(table, &probe->setting);

    fprintf(out, "%-20s  %-5s", name, probe->outcome.holds ? "hold" : "fail");
    if (isnan(probe->outcome.grants_per_mb))
        fprintf(out, "  %9s", "-");
    else
        fprintf(out, "  %9.0f", probe->outcome.grants_per_mb);
    for (size_t w = 0; w < table->wants; w++) {
        char text[UNIT_TEXT_BYTES], marked[UNIT_TEXT_BYTES + 2];
        print_figure(&figures[w], text);
        snprintf(marked, sizeof(marked), "%s%s", advise_figure_holds(&figures[w]) ? "" : "! ",
                 text);
        fprintf(out, "  %*s", column_width(figures[w].want), marked);
    }
    fputc('\n', out);
}

static void print_changes(const struct advise_report *report, FILE *out)
{
    const struct advise_result *result = report->result;
    const struct demands *wants = &report->sweep->wants;

    fprintf(out, "\n%-20s  %-5s  %9s", "beside it", "", "grants/MB");
    for (size_t w = 0; w < wants->count; w++)
        fprintf(out, "  %*.*s", column_width(&wants->demands[w]),
                subject_length(&wants->demands[w]), wants->demands[w].text);
    fputc('\n', out);
    print_row(&report->table, "as advised", &result->best, out);
    for (int i = 0; i < ADVISE_CHANGES; i++) {
        const char *name = advise_change_name((enum advise_change)i);
        if (result->has_change[i])
            print_row(&report->table, name, &result->changes[i], out);
        else
            fprintf(out, "%-20s  no such setting\n", name);
    }
}

/* --- what the runs do not show ---------------------------------------------------------------- */

static void print_rate(const struct advise_setting *setting, FILE *out)
{
    char rate[UNIT_TEXT_BYTES];

    unit_print_rate(rate, setting->rate_bytes_per_tick, setting->tick_ms, NULL);
    fputs(rate, out);
}

/* The demands that no setting meets. */
static void print_unmet(const struct advise_table *table, FILE *out)
{
    for (size_t w = 0; w < table->wants; w++) {
        size_t nearest = advise_nearest(table, w);
        const struct advise_figure *figure = advise_table_at(table, nearest, w);
        if (advise_figure_holds(figure))
            continue;
        fprintf(out, "\nNo setting meets %s; the nearest, with ", figure->want->text);
        print_rate(&table->probes[nearest].setting, out);
        fputs(": ", out);
        trace_print_plain(out, 0, figure->text[0] ? figure->text : "not measured");
        fputc('\n', out);
    }
}

/* Those that hold at one rate and fail at a higher one. */
static void print_falls(const struct advise_table *table, FILE *out)
{
    for (size_t w = 0; w < table->wants; w++) {
        size_t holds, fails;
        if (!advise_falls(table, w, &holds, &fails))
            continue;
        fprintf(out, "\n%s holds at ", advise_table_at(table, 0, w)->want->text);
        print_rate(&table->probes[holds].setting, out);
        fputs(" and fails at ", out);
        print_rate(&table->probes[fails].setting, out);
        fprintf(out, ".");
    }
}

static void print_doubts(const struct advise_report *report, FILE *out)
{
    const struct advise_result *result = report->result;

    if (!result->is_found)
        print_unmet(&report->table, out);
    if (!result->is_rate_monotone) {
        print_falls(&report->table, out);
        fputs("\nSo rates were searched by a grid; between those that were tried some may hold or "
              "fail unseen.\n",
              out);
    }
    if (!result->is_burst_monotone)
        fprintf(out,
                "\nThe demands do not hold from one burst on; bursts were searched by a grid "
                "of %d.\n",
                ADVISE_SCAN);
}

static const char *headline(const struct advise_report *report)
{
    if (!report->result->is_found)
        return "none meets the demands; the nearest:";
    return report->config->rate ? "of those that meet the demands, the best:"
                                : "the least rate that meets the demands:";
}

void advise_report_print(const struct advise_report *report, FILE *out)
{
    const struct advise_result *result = report->result;

    fprintf(out, "%zu settings tried; %s\n\n", result->probe_count, headline(report));
    print_setting(&result->best, out);
    print_demands(report, out);
    if (result->is_found)
        print_changes(report, out);
    print_doubts(report, out);
    if (report->c)
        fprintf(out, "\n%s", report->c);
    fputc('\n', out);
    trace_print_plain(out, 0, report->sweep->directory);
    fputs(": advise.json, advise.csv, sweep.csv, sweep-summary.csv, sweep-long.csv\n", out);
}
