#include "sim/report/report.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/account/summary.h"
#include "sim/base/json_file.h"
#include "sim/base/json_text.h"
#include "sim/output/csv_reader.h"
#include "sim/output/run_tables.h"
#include "sim/output/file_names.h"
#include "sim/verify/verify.h"

const char *report_direction(enum shaper_direction direction)
{
    return shaper_direction_name(direction);
}

const char *report_style(enum shaper_direction direction)
{
    return direction == SHAPER_READ ? "READ" : "WRITTEN";
}

/* --- summary.json ------------------------------------------------------------------------ */

double report_number(const json_t *object, const char *section, const char *key)
{
    const json_t *value = json_object_get(section ? json_object_get(object, section) : object, key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

static int64_t integer_or(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);

    return json_is_integer(value) ? (int64_t)json_integer_value(value) : otherwise;
}

static void load_group(struct report_group *group, json_t *json)
{
    const json_t *limits = json_object_get(json, "limits");
    const json_t *configured = json_object_get(limits, "configured");
    const json_t *effective = json_object_get(limits, "effective");
    const json_t *per_flow = json_object_get(limits, "flow_effective");

    group->json = json;
    group->name = json_string_value(json_object_get(json, "name"));
    group->has_group = effective != NULL;
    group->has_per_flow = per_flow != NULL;
    group->ticks = integer_or(json, "ticks", 0);
    group->effective_min_share_bytes = integer_or(effective, "min_share_bytes", 0);
    if (effective || per_flow)
        group->tick_s = report_number(effective ? effective : per_flow, NULL, "tick_s");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        char key[48];
        snprintf(key, sizeof(key), "%s_rate_bytes_per_tick",
                 report_direction((enum shaper_direction)d));
        group->rate_bytes_per_tick[d] = integer_or(effective, key, SHAPER_LIMIT_MAX_BYTES);
        snprintf(key, sizeof(key), "%s_burst_bytes", report_direction((enum shaper_direction)d));
        group->burst_bytes[d] = integer_or(effective, key, SHAPER_LIMIT_MAX_BYTES);
        snprintf(key, sizeof(key), "%s_rate_unit", report_direction((enum shaper_direction)d));
        group->rate_units[d] = unit_of_rates(json_text_of(configured, key));
    }
}

static bool exists(const char *directory, const char *name)
{
    char path[4096];

    return snprintf(path, sizeof(path), "%s/%s", directory, name) < (int)sizeof(path) &&
           access(path, F_OK) == 0;
}

int report_find(const char *directory, char *error)
{
    if (exists(directory, "summary.json"))
        return SIM_OK;
    if (!exists(directory, "."))
        return sim_fail(error, SIM_FAILED, "%s: %s; give the directory of a finished run",
                        directory, strerror(errno));
    if (exists(directory, "ticks.csv.part"))
        return sim_fail(error, SIM_FAILED,
                        "%s: the run did not end: its files are *.csv.part and summary.json is "
                        "missing; repeat it",
                        directory);
    return sim_fail(error, SIM_FAILED,
                    "%s: summary.json is missing, which a run writes last; give the directory of "
                    "a finished run",
                    directory);
}

static int load_summary(struct report *report, char *error)
{
    char path[4096];
    json_error_t fault;
    size_t index;
    json_t *group;

    snprintf(path, sizeof(path), "%s/summary.json", report->directory);
    report->summary = json_file_load(path, 0, &fault);
    if (!report->summary && errno != 0)
        return sim_fail(error, SIM_FAILED, "%s: cannot be read (%s)", path, strerror(errno));
    const json_t *groups = json_object_get(report->summary, "groups");
    if (!json_is_array(groups))
        return sim_fail(error, SIM_FAILED, "%s: is not a run's summary (%s); repeat the run", path,
                        report->summary ? "it has no groups" : fault.text);
    if (summary_check_format(report->summary, path, error) != SIM_OK)
        return SIM_FAILED;
    json_array_foreach(groups, index, group)
    {
        if (index > GROUPS_MAX || !json_string_value(json_object_get(group, "name")))
            return sim_fail(error, SIM_FAILED, "%s: group %zu cannot be read; repeat the run", path,
                            index + 1);
        struct report_group *loaded = &report->groups[report->group_count++];
        load_group(loaded, group);
        if (loaded->ticks < 0)
            return sim_fail(
                error, SIM_FAILED,
                "%s: group %zu: ticks: below 0, so it is not as a run writes it; repeat "
                "the run",
                path, index + 1);
    }
    report->end_s = report_number(report->summary, NULL, "end_s");
    return SIM_OK;
}

size_t report_find_group(const struct report *report, const char *name)
{
    size_t i = 0;

    while (i < report->group_count && strcmp(report->groups[i].name, name) != 0)
        i++;
    return i;
}

/* --- views ------------------------------------------------------------------------------- */

const json_t *report_view_json(const struct report *report, const struct report_view *view)
{
    return json_object_get(report->groups[view->group].json, report_direction(view->direction));
}

bool report_is_limited(const struct report *report, const struct report_view *view)
{
    const struct report_group *group = &report->groups[view->group];

    return group->has_group && group->rate_bytes_per_tick[view->direction] < SHAPER_LIMIT_MAX_BYTES;
}

static double view_bytes(const struct report *report, const struct report_view *view)
{
    double bytes = report_number(report_view_json(report, view), NULL, "offered_bytes");

    return isnan(bytes) ? 0 : bytes;
}

static void drop_smallest_view(struct report *report)
{
    size_t least = 0;

    for (size_t i = 1; i < report->view_count; i++)
        if (view_bytes(report, &report->views[i]) < view_bytes(report, &report->views[least]))
            least = i;
    memmove(&report->views[least], &report->views[least + 1],
            (report->view_count - least - 1) * sizeof(report->views[0]));
    report->view_count--;
    report->views_left_out++;
}

static void choose_views(struct report *report)
{
    for (size_t i = 0; i < report->group_count; i++) {
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            struct report_view view = {.group = i, .direction = (enum shaper_direction)d};
            if (view_bytes(report, &view) == 0)
                continue;
            if (report->view_count == REPORT_VIEWS_MAX) {
                struct report_view *least = &report->views[0];
                for (size_t v = 1; v < report->view_count; v++)
                    if (view_bytes(report, &report->views[v]) < view_bytes(report, least))
                        least = &report->views[v];
                if (view_bytes(report, least) >= view_bytes(report, &view)) {
                    report->views_left_out++;
                    continue;
                }
                drop_smallest_view(report);
            }
            report->views[report->view_count++] = view;
        }
    }
}

void report_view_name(const struct report *report, const struct report_view *view,
                      char text[FIGURE_TEXT_BYTES])
{
    snprintf(text, FIGURE_TEXT_BYTES, "group %s, %s", report->groups[view->group].name,
             report_direction(view->direction));
}

/* --- events.csv -------------------------------------------------------------------------- */

enum { TIME, TICK, GROUP, EVENT, READ_RATE, READ_BURST, WRITE_RATE, WRITE_BURST, EVENT_COLUMNS };

static const int event_columns[EVENT_COLUMNS] = {[TIME] = EVENTS_TIME,
                                                 [TICK] = EVENTS_TICK,
                                                 [GROUP] = EVENTS_GROUP,
                                                 [EVENT] = EVENTS_EVENT,
                                                 [READ_RATE] = EVENTS_READ_RATE,
                                                 [READ_BURST] = EVENTS_READ_BURST,
                                                 [WRITE_RATE] = EVENTS_WRITE_RATE,
                                                 [WRITE_BURST] = EVENTS_WRITE_BURST};

static int add_change(struct report *report, struct csv_reader *reader, const int *at, size_t group)
{
    struct report_change *more =
        realloc(report->changes, (report->change_count + 1) * sizeof(*more));

    if (!more)
        return -1;
    report->changes = more;
    more[report->change_count++] = (struct report_change){
        .group = group,
        .tick = csv_reader_i64_or(reader, at[TICK], 0),
        .rate_bytes_per_tick = {csv_reader_i64_or(reader, at[READ_RATE], 0),
                                csv_reader_i64_or(reader, at[WRITE_RATE], 0)},
        .burst_bytes = {csv_reader_i64_or(reader, at[READ_BURST], 0),
                        csv_reader_i64_or(reader, at[WRITE_BURST], 0)},
    };
    return 0;
}

/* Background traffic occurs in every tick: marks could not show it. */
static void add_mark(struct report *report, const char *event, double time_s, size_t group)
{
    if (run_event_is(event, EVENT_BACKGROUND))
        return;
    if (report->mark_count == REPORT_MARKS_MAX) {
        report->marks_left_out++;
        return;
    }
    struct report_mark *mark = &report->marks[report->mark_count++];
    mark->group = group;
    mark->time_s = time_s;
    snprintf(mark->event, sizeof(mark->event), "%s", event);
}

static int load_events(struct report *report, char *error)
{
    struct csv_reader *reader;
    int at[EVENT_COLUMNS];

    if (!exists(report->directory, run_file_names[RUN_EVENTS]))
        return SIM_OK;
    int status = csv_reader_open(report->directory, run_file_names[RUN_EVENTS], &reader, error);
    if (status == SIM_OK)
        status = csv_table_find_all(&events_table, event_columns, EVENT_COLUMNS, SHAPER_READ,
                                    reader, at, error);
    while (status == SIM_OK && csv_reader_next(reader)) {
        const char *event = csv_reader_text(reader, at[EVENT]);
        size_t group = report_find_group(report, csv_reader_text(reader, at[GROUP]));
        if (group == report->group_count)
            continue;
        if (strcmp(event, run_event_name(EVENT_SET_LIMIT, SHAPER_READ)) == 0 &&
            add_change(report, reader, at, group) != 0)
            status = sim_fail(error, SIM_FAILED, "events.csv: out of memory");
        add_mark(report, event, csv_reader_real(reader, at[TIME]), group);
    }
    return csv_reader_finish(reader, status, error);
}

/* Runs verify; SIM_FAILED if the files are not what a run writes. */
static int judge(struct report *report, const char *directory, char *error)
{
    struct verify_config config = {.directory = directory};

    report->checks = calloc(1, sizeof(*report->checks));
    int status = report->checks ? verify_run(&config, report->checks, error)
                                : sim_fail(error, SIM_FAILED, "report: out of memory");
    const char *refusal = status == SIM_OK ? checks_refusal(report->checks) : NULL;

    if (!refusal)
        return status;
    return sim_fail(error, SIM_FAILED,
                    "%s: %.800s; shapesim verify says more, and the run can be repeated", directory,
                    refusal);
}

int report_load(struct report *report, const char *directory, char *error)
{
    report->directory = directory;
    int status = judge(report, directory, error);
    if (status == SIM_OK)
        status = load_summary(report, error);
    if (status == SIM_OK)
        status = load_events(report, error);
    if (status == SIM_OK)
        choose_views(report);
    return status;
}

void report_fini(struct report *report)
{
    for (size_t i = 0; i < report->figure_count; i++)
        figure_free(report->figures[i]);
    free(report->changes);
    free(report->checks);
    json_decref(report->summary);
}

/* --- figures ----------------------------------------------------------------------------- */

int report_figure(struct report *report, const char *name, const char *title,
                  struct figure **figure, char *error)
{
    assert(figure_name_is_known(name, strlen(name))); /* else nothing would ever remove its files */
    if (report->figure_count == REPORT_FIGURES_MAX)
        return sim_fail(error, SIM_FAILED, "figure %s: there are too many figures", name);
    int status = figure_new(report->data_directory, name, title, figure, error);
    if (status == SIM_OK)
        report->figures[report->figure_count++] = *figure;
    return status;
}

void report_caption(struct figure *figure, const char *format, ...)
{
    size_t used = strlen(figure->caption);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(figure->caption + used, sizeof(figure->caption) - used, format, arguments);
    va_end(arguments);
}

void report_put_marks(const struct report *report, struct figure *figure, size_t group)
{
    char legend[FIGURE_TEXT_BYTES] = "", number[16];
    size_t shown = 0;

    for (size_t i = 0; i < report->mark_count; i++) {
        size_t used = strlen(legend);
        if (report->marks[i].group != group)
            continue;
        snprintf(number, sizeof(number), "%zu", ++shown);
        figure_mark(figure, report->marks[i].time_s, number);
        if (shown <= 4)
            snprintf(legend + used, sizeof(legend) - used, "%s%s %s", used ? ", " : "", number,
                     report->marks[i].event);
    }
    if (shown > 0)
        figure_key(figure, KEY_NOTE, "", "%s%s", legend, shown > 4 ? ", ..." : "");
}
