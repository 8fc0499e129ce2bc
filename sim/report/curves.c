#include "sim/report/curves.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shaper/shaper.h"
#include "sim/account/summary.h"
#include "sim/base/json_text.h"
#include "sim/output/csv.h"
#include "sim/output/csv_reader.h"
#include "sim/output/csv_table.h"
#include "sim/output/file_names.h"
#include "sim/output/run_tables.h"
#include "traces/file_stream.h"

#define PANELS_MAX  6
#define LEAST_SHARE 0.01          /* of the bytes: a direction below it has no panel */
#define BOTH        (-1)          /* both directions of a group */
#define DECADE      50            /* steps of times */
#define STEPS       (13 * DECADE) /* from 1 us to 10^7 s */
#define LEAST_S     1e-6

struct panel {
    const char *group; /* borrowed from a summary */
    int direction;     /* enum shaper_direction, or BOTH */
    double bytes;
};

struct panels {
    struct panel list[PANELS_MAX];
    size_t count;
};

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "report: out of memory");
}

/* Whether the run has kept the file, compressed or not. */
static bool has_file(const struct curve_run *run, enum run_file file)
{
    const json_t *files = json_object_get(run->summary, "files");

    return json_object_get(files, run_file_names[file]) ||
           json_object_get(files, run_file_names[RUN_COMPRESSED + (int)file]);
}

/* --- panels ---------------------------------------------------------------------------------- */

static size_t find_panel(const struct panels *panels, const char *group, int direction)
{
    size_t i = 0;

    while (i < panels->count &&
           (panels->list[i].direction != direction || strcmp(panels->list[i].group, group) != 0))
        i++;
    return i;
}

static void add_bytes(struct panels *panels, const json_t *group, int direction, double bytes)
{
    const char *name = json_text_of(group, "name");
    size_t i = find_panel(panels, name, direction);

    if (i == panels->count && i < PANELS_MAX)
        panels->list[panels->count++] = (struct panel){.group = name, .direction = direction};
    if (i < panels->count)
        panels->list[i].bytes += bytes;
}

static double bytes_of(const json_t *group, int direction)
{
    const json_t *object =
        json_object_get(group, shaper_direction_name((enum shaper_direction)direction));

    return json_number_value(json_object_get(object, "delivered_bytes"));
}

static void add_run(struct panels *panels, const json_t *summary, bool are_both)
{
    const json_t *group;
    size_t i;

    json_array_foreach(json_object_get(summary, "groups"), i, group)
    {
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            if (bytes_of(group, d) > 0)
                add_bytes(panels, group, are_both ? BOTH : d, bytes_of(group, d));
    }
}

/* The groups, or their directions, that carried most of the bytes in any run. */
static struct panels panels_of(const struct curves *curves, bool are_both)
{
    struct panels all = {0}, kept = {0};
    double most = 0;

    for (size_t c = 0; c < curves->count; c++)
        for (size_t r = 0; r < curves->curves[c].run_count; r++)
            add_run(&all, curves->curves[c].runs[r].summary, are_both);
    for (size_t i = 0; i < all.count; i++)
        most = fmax(most, all.list[i].bytes);
    for (size_t i = 0; i < all.count; i++)
        if (all.list[i].bytes >= LEAST_SHARE * most)
            kept.list[kept.count++] = all.list[i];
    return kept;
}

/* --- a file ---------------------------------------------------------------------------------- */

struct file {
    char *path;
    FILE *out;
    struct csv *csv;
};

static int file_open(struct file *file, const char *data_directory, const char *name, char *error)
{
    *file = (struct file){0};
    if (asprintf(&file->path, "%s/%s" CURVES_FILE, data_directory, name) < 0) {
        file->path = NULL;
        return out_of_memory(error);
    }
    file->out = file_stream_open(file->path, "wx");
    if (!file->out)
        return sim_fail(error, SIM_FAILED, "%s: cannot be written (%s); make room", file->path,
                        strerror(errno));
    return csv_to_stream(file->out, file->path, "group,direction,curve,style,x,y", &file->csv,
                         error);
}

static int file_close(struct file *file, int status, char *error)
{
    char unused[SIM_ERROR_BYTES] = "";

    if (file->csv && csv_commit(file->csv, status == SIM_OK ? error : unused) != SIM_OK)
        status = SIM_FAILED;
    if (file->out && fclose(file->out) != 0 && status == SIM_OK)
        status = sim_fail(error, SIM_FAILED, "%s: cannot be written (%s); make room", file->path,
                          strerror(errno));
    free(file->path);
    return status;
}

/* gnuplot reads neither a quote nor a comma within a quoted field. */
static void put_label(struct csv *csv, const char *label)
{
    char text[160];

    snprintf(text, sizeof(text), "%s", label);
    for (char *at = text; *at; at++)
        if (*at == '"' || (unsigned char)*at < ' ')
            *at = '\'';
        else if (*at == ',')
            *at = ';';
    csv_text(csv, text);
}

static void put_real(struct csv *csv, double value)
{
    char text[40];

    snprintf(text, sizeof(text), "%.9g", value);
    csv_text(csv, text);
}

static void put_point(struct csv *csv, const struct panel *panel, const char *label, size_t style,
                      double x, double y)
{
    csv_text(csv, panel->group);
    csv_text(csv, panel->direction == BOTH
                      ? ""
                      : shaper_direction_name((enum shaper_direction)panel->direction));
    put_label(csv, label);
    csv_u64(csv, style);
    put_real(csv, x);
    put_real(csv, y);
    csv_end_row(csv);
}

/* --- shares of times ------------------------------------------------------------------------- */

/* How much took how long; step 0 is LEAST_S and less. */
struct shares {
    double steps[STEPS];
    double total; /* with what never came */
};

/* [panel][style] */
struct distribution {
    struct panels panels;
    size_t styles;
    struct shares *shares; /* owned */
};

static int distribution_new(struct distribution *all, const struct curves *curves, bool are_both,
                            char *error)
{
    all->panels = panels_of(curves, are_both);
    all->styles = curves->count + 1;
    all->shares = calloc(all->panels.count * all->styles + 1, sizeof(*all->shares));
    return all->shares ? SIM_OK : out_of_memory(error);
}

static struct shares *shares_of(const struct distribution *all, size_t panel, size_t style)
{
    return &all->shares[panel * all->styles + style];
}

static void add_time(struct shares *shares, double time_s, double weight)
{
    double step = ceil(log10(fmax(time_s, LEAST_S) / LEAST_S) * DECADE - 1e-3);

    shares->steps[step < 0 ? 0 : step >= STEPS ? STEPS - 1 : (size_t)step] += weight;
    shares->total += weight;
}

static double step_s(size_t step)
{
    return LEAST_S * pow(10, (double)step / DECADE);
}

/* The first and the last step that any curve of the panel has; false: none beyond LEAST_S. */
static bool find_range(const struct distribution *all, size_t panel, size_t *first, size_t *last)
{
    *first = STEPS;
    *last = 0;
    for (size_t style = 0; style < all->styles; style++)
        for (size_t step = 1; step < STEPS; step++)
            if (shares_of(all, panel, style)->steps[step] > 0) {
                *first = step < *first ? step : *first;
                *last = step > *last ? step : *last;
            }
    return *last > 0;
}

/* From the panel's first time to its last. */
static void put_shares(struct csv *csv, const struct panel *panel, const char *label, size_t style,
                       const struct shares *shares, size_t first, size_t last)
{
    double sum = shares->steps[0];

    if (!(shares->total > 0))
        return;
    put_point(csv, panel, label, style, step_s(first - 1), 100 * sum / shares->total);
    for (size_t step = first; step <= last; step++) {
        sum += shares->steps[step];
        if (shares->steps[step] > 0 || step == last)
            put_point(csv, panel, label, style, step_s(step), 100 * sum / shares->total);
    }
}

/* Writes them; *points counts the panels. */
static int put_distribution(const struct distribution *all, const struct curves *curves,
                            const char *data_directory, const char *name, size_t *shown,
                            char *error)
{
    struct file file;
    size_t first, last;
    int status = file_open(&file, data_directory, name, error);

    *shown = 0;
    for (size_t p = 0; status == SIM_OK && p < all->panels.count; p++) {
        if (!find_range(all, p, &first, &last))
            continue;
        ++*shown;
        for (size_t style = 0; style < all->styles; style++)
            put_shares(file.csv, &all->panels.list[p],
                       style == 0 ? "as captured" : curves->curves[style - 1].label, style,
                       shares_of(all, p, style), first, last);
    }
    return file_close(&file, status, error);
}

static int read_delays(struct distribution *all, const struct curve_run *run, size_t style,
                       char *error)
{
    static const int columns[] = {DELAYS_GROUP, DELAYS_DIRECTION, DELAYS_DELAY, DELAYS_PACKETS};
    struct csv_reader *reader;
    int at[4];
    int status = csv_reader_open(run->directory, run_file_names[RUN_DELAYS], &reader, error);

    if (status == SIM_OK)
        status = csv_table_find_all(&delays_table, columns, 4, SHAPER_READ, reader, at, error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        int d = (int)csv_reader_direction(reader, at[1]);
        double delay_s = csv_reader_real(reader, at[2]);
        double packets = (double)csv_reader_count(reader, at[3]);
        size_t panel = find_panel(&all->panels, csv_reader_text(reader, at[0]), d);
        if (panel < all->panels.count && !csv_reader_fault(reader))
            add_time(shares_of(all, panel, style), delay_s, packets);
    }
    return csv_reader_finish(reader, status, error);
}

static void add_exchange(struct shares *shares, struct csv_reader *reader, int column)
{
    if (csv_reader_is_empty(reader, column))
        shares->total += 1;
    else
        add_time(shares, (double)csv_reader_time_us(reader, column) / 1e6, 1);
}

/* Exchanges without a response in the capture do not count. */
static int read_exchanges(struct distribution *all, const struct curve_run *run, size_t style,
                          bool is_captured, char *error)
{
    static const int columns[] = {EXCHANGES_GROUP, EXCHANGES_CAPTURED_RESPONSE,
                                  EXCHANGES_RESPONSE_TIME};
    struct csv_reader *reader;
    int at[3];
    int status = csv_reader_open(run->directory, run_file_names[RUN_EXCHANGES], &reader, error);

    if (status == SIM_OK)
        status = csv_table_find_all(&exchanges_table, columns, 3, SHAPER_READ, reader, at, error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        size_t panel = find_panel(&all->panels, csv_reader_text(reader, at[0]), BOTH);
        if (panel == all->panels.count || csv_reader_is_empty(reader, at[1]))
            continue;
        add_exchange(shares_of(all, panel, style), reader, at[2]);
        if (is_captured)
            add_exchange(shares_of(all, panel, 0), reader, at[1]);
    }
    return csv_reader_finish(reader, status, error);
}

static int write_distribution(const struct curves *curves, bool are_responses,
                              const char *data_directory, const char *name, size_t *shown,
                              char *error)
{
    struct distribution all;
    int status = distribution_new(&all, curves, are_responses, error);

    for (size_t c = 0; c < curves->count; c++)
        for (size_t r = 0; status == SIM_OK && r < curves->curves[c].run_count; r++) {
            const struct curve_run *run = &curves->curves[c].runs[r];
            bool is_captured = c == 0 && r == 0 && curves->have_one_capture;
            if (!has_file(run, are_responses ? RUN_EXCHANGES : RUN_DELAYS))
                continue;
            if (!are_responses)
                status = read_delays(&all, run, c + 1, error);
            else
                status = read_exchanges(&all, run, c + 1, is_captured, error);
        }
    if (status == SIM_OK)
        status = put_distribution(&all, curves, data_directory, name, shown, error);
    free(all.shares);
    return status;
}

/* --- fairness -------------------------------------------------------------------------------- */

static const json_t *windows_of(const json_t *summary, const struct panel *panel)
{
    const json_t *group;
    size_t i;

    json_array_foreach(json_object_get(summary, "groups"), i, group)
    {
        const json_t *direction =
            json_object_get(group, shaper_direction_name((enum shaper_direction)panel->direction));
        if (strcmp(json_text_of(group, "name"), panel->group) == 0)
            return json_object_get(json_object_get(direction, "fairness"), "jain");
    }
    return NULL;
}

/* The mean over the runs that contended over such a window; NaN: none. */
static double mean_jain(const struct curve *curve, const struct panel *panel, double window_s)
{
    double sum = 0, count = 0;

    for (size_t r = 0; r < curve->run_count; r++) {
        const json_t *element, *windows = windows_of(curve->runs[r].summary, panel);
        size_t i;
        json_array_foreach(windows, i, element)
        {
            const json_t *mean = json_object_get(element, "mean");
            double here_s = json_number_value(json_object_get(element, "window_s"));
            if (!json_is_number(mean) || fabs(here_s - window_s) > 1e-9)
                continue;
            sum += json_number_value(mean);
            count += 1;
        }
    }
    return count > 0 ? sum / count : NAN;
}

/* Returns how many points it has. */
static size_t put_windows(struct csv *csv, const struct curve *curve, const struct panel *panel,
                          size_t style)
{
    const json_t *element, *windows = windows_of(curve->runs[0].summary, panel);
    size_t i, points = 0;

    json_array_foreach(windows, i, element)
    {
        double window_s = json_number_value(json_object_get(element, "window_s"));
        double mean = mean_jain(curve, panel, window_s);
        if (isnan(mean) || !(window_s > 0))
            continue;
        put_point(csv, panel, curve->label, style, window_s, mean);
        points++;
    }
    return points;
}

static int write_windows(const struct curves *curves, const char *data_directory, const char *name,
                         size_t *shown, char *error)
{
    struct panels panels = panels_of(curves, false);
    struct file file;
    int status = file_open(&file, data_directory, name, error);

    *shown = 0;
    for (size_t p = 0; status == SIM_OK && p < panels.count; p++)
        for (size_t c = 0; c < curves->count; c++)
            *shown += put_windows(file.csv, &curves->curves[c], &panels.list[p], c + 1);
    return file_close(&file, status, error);
}

/* --- rates and totals ------------------------------------------------------------------------ */

/* Bytes of [panel][curve][bin]. */
struct rates {
    struct panels panels;
    size_t curves;
    double bin_s;
    double *bytes; /* owned */
};

/* Whole in the longest tick, which would beat with it otherwise. */
static double bin_s_of(const struct curves *curves)
{
    double end_s = 0, tick_s = 0.001;

    for (size_t c = 0; c < curves->count; c++)
        for (size_t r = 0; r < curves->curves[c].run_count; r++) {
            const json_t *group, *summary = curves->curves[c].runs[r].summary;
            size_t i;
            end_s = fmax(end_s, json_number_value(json_object_get(summary, "end_s")));
            json_array_foreach(json_object_get(summary, "groups"), i, group)
            {
                const json_t *limit = summary_ticked_limit(group);
                tick_s = fmax(tick_s, json_number_value(json_object_get(limit, "tick_s")));
            }
        }
    return tick_s * ceil(fmax(1, end_s / tick_s / CURVES_BINS));
}

static double *bin_of(const struct rates *rates, size_t panel, size_t curve, double time_s)
{
    double bin = floor(time_s / rates->bin_s + 1e-9);
    size_t index = bin < 0 ? 0 : bin > CURVES_BINS ? CURVES_BINS : (size_t)bin;

    return &rates->bytes[(panel * rates->curves + curve) * (CURVES_BINS + 1) + index];
}

static int read_ticks(struct rates *rates, const struct curve_run *run, size_t curve, double weight,
                      char *error)
{
    static const int columns[] = {TICKS_TIME, TICKS_GROUP};
    static const int bytes_columns[] = {TICKS_READ_BYTES};
    struct csv_reader *reader;
    int at[2], bytes_at[SHAPER_DIRECTIONS];
    int status = csv_reader_open(run->directory, run_file_names[RUN_TICKS], &reader, error);

    if (status == SIM_OK)
        status = csv_table_find_all(&ticks_table, columns, 2, SHAPER_READ, reader, at, error);
    for (int d = 0; d < SHAPER_DIRECTIONS && status == SIM_OK; d++)
        status = csv_table_find_all(&ticks_table, bytes_columns, 1, (enum shaper_direction)d,
                                    reader, &bytes_at[d], error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        double time_s = (double)csv_reader_time_us(reader, at[0]) / 1e6;
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            size_t panel = find_panel(&rates->panels, csv_reader_text(reader, at[1]), d);
            if (panel < rates->panels.count)
                *bin_of(rates, panel, curve, time_s) +=
                    weight * (double)csv_reader_count(reader, bytes_at[d]);
        }
    }
    return csv_reader_finish(reader, status, error);
}

/* `are_sums`: what was delivered up to the end of each bin, from 0 on. */
static size_t put_rates(struct csv *csv, const struct rates *rates, const struct panel *panel,
                        size_t p, size_t c, const char *label, bool are_sums)
{
    size_t last = 0;
    double sum = 0;

    for (size_t bin = 0; bin <= CURVES_BINS; bin++)
        if (*bin_of(rates, p, c, (double)bin * rates->bin_s) > 0)
            last = bin + 1;
    for (size_t bin = 0; last > 0 && bin <= last; bin++) {
        double x = (double)bin * rates->bin_s;
        double bytes = bin == last ? 0 : *bin_of(rates, p, c, x);
        put_point(csv, panel, label, c + 1, x, are_sums ? sum : bytes / rates->bin_s);
        sum += bytes;
    }
    return last;
}

/* Every run's ticks.csv; the caller frees rates->bytes, whatever comes. */
static int read_rates(const struct curves *curves, struct rates *rates, char *error)
{
    *rates = (struct rates){
        .panels = panels_of(curves, false), .curves = curves->count, .bin_s = bin_s_of(curves)};
    rates->bytes =
        calloc(rates->panels.count * curves->count * (CURVES_BINS + 1) + 1, sizeof(*rates->bytes));
    int status = rates->bytes ? SIM_OK : out_of_memory(error);
    for (size_t c = 0; c < curves->count; c++)
        for (size_t r = 0; status == SIM_OK && r < curves->curves[c].run_count; r++)
            if (has_file(&curves->curves[c].runs[r], RUN_TICKS))
                status = read_ticks(rates, &curves->curves[c].runs[r], c,
                                    1.0 / (double)curves->curves[c].run_count, error);
    return status;
}

static int write_rates(const struct curves *curves, const struct rates *rates, bool are_sums,
                       const char *data_directory, const char *name, size_t *shown, char *error)
{
    struct file file = {0};
    int status = file_open(&file, data_directory, name, error);

    *shown = 0;
    for (size_t p = 0; status == SIM_OK && p < rates->panels.count; p++)
        for (size_t c = 0; c < curves->count; c++)
            *shown += put_rates(file.csv, rates, &rates->panels.list[p], p, c,
                                curves->curves[c].label, are_sums);
    return file_close(&file, status, error);
}

/* --- all ------------------------------------------------------------------------------------- */

/* `rates` is read for the first figure that needs it. */
static int write_one(const struct curves *curves, enum curves_figure figure, struct rates *rates,
                     const char *name, const char *data_directory, size_t *shown, char *error)
{
    int status = SIM_OK;

    switch (figure) {
    case CURVES_RESPONSES:
    case CURVES_DELAYS:
        return write_distribution(curves, figure == CURVES_RESPONSES, data_directory, name, shown,
                                  error);
    case CURVES_WINDOWS:
        return write_windows(curves, data_directory, name, shown, error);
    case CURVES_RATES:
    case CURVES_TOTALS:
        if (!rates->bytes)
            status = read_rates(curves, rates, error);
        return status == SIM_OK ? write_rates(curves, rates, figure == CURVES_TOTALS,
                                              data_directory, name, shown, error)
                                : status;
    }
    return status;
}

int curves_write(const struct curves *curves, unsigned figures, const char *data_directory,
                 char names[CURVES_NAMES_MAX], char *error)
{
    static const struct {
        enum curves_figure figure;
        const char *name;
    } all[] = {{CURVES_RESPONSES, "responses"},
               {CURVES_WINDOWS, "windows"},
               {CURVES_DELAYS, "delays"},
               {CURVES_RATES, "rates"},
               {CURVES_TOTALS, "totals"}};
    struct rates rates = {0};
    int status = SIM_OK;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && status == SIM_OK; i++) {
        size_t shown = 0, length = strlen(names);
        if (!(figures & all[i].figure))
            continue;
        status =
            write_one(curves, all[i].figure, &rates, all[i].name, data_directory, &shown, error);
        if (status == SIM_OK && shown > 0)
            snprintf(names + length, CURVES_NAMES_MAX - length, "%s ", all[i].name);
    }
    free(rates.bytes);
    return status;
}
