#include "sim/report/report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/account/summary.h"
#include "sim/base/json_file.h"
#include "sim/base/json_text.h"
#include "sim/output/file_names.h"
#include "sim/report/sweep_curves.h"
#include "sim/verify/verify.h"

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
    const json_t *ticked = summary_ticked_limit(json);

    group->json = json;
    group->name = json_string_value(json_object_get(json, "name"));
    group->ticks = integer_or(json, "ticks", 0);
    if (ticked)
        group->tick_s = report_number(ticked, NULL, "tick_s");
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        char key[48];
        snprintf(key, sizeof(key), "%s_rate_bytes_per_tick",
                 shaper_direction_name((enum shaper_direction)d));
        group->rate_bytes_per_tick[d] = integer_or(effective, key, SHAPER_LIMIT_MAX_BYTES);
        snprintf(key, sizeof(key), "%s_burst_bytes",
                 shaper_direction_name((enum shaper_direction)d));
        group->burst_bytes[d] = integer_or(effective, key, SHAPER_LIMIT_MAX_BYTES);
        snprintf(key, sizeof(key), "%s_rate_unit", shaper_direction_name((enum shaper_direction)d));
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
    if (exists(directory, "ticks.csv.part") || exists(directory, "flows.csv.part") ||
        exists(directory, "flows.csv" FILE_COMPRESSED FILE_PART))
        return sim_fail(error, SIM_FAILED,
                        "%s: the run did not end: its files are *.part and summary.json is "
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

const json_t *report_direction_json(const struct report_group *group,
                                    enum shaper_direction direction)
{
    return json_object_get(group->json, shaper_direction_name(direction));
}

bool report_is_limited(const struct report_group *group, enum shaper_direction direction)
{
    return group->rate_bytes_per_tick[direction] < SHAPER_LIMIT_MAX_BYTES;
}

bool report_has_file(const struct report *report, enum run_file file)
{
    return exists(report->directory, run_file_names[file]) ||
           exists(report->directory, run_file_names[RUN_COMPRESSED + file]);
}

bool report_is_sweep(const char *directory)
{
    return exists(directory, sweep_file_names[SWEEP_BY_RUN]);
}

bool report_is_advice(const char *directory)
{
    return exists(directory, sweep_file_names[SWEEP_TRIED]);
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
    return status;
}

int report_load_sweep(struct report *report, const char *data_directory, char *error)
{
    if (!exists(report->directory, sweep_file_names[SWEEP_SETTINGS]))
        return SIM_OK;
    int status = sweep_finished_load(report->directory, &report->sweep, error);
    if (status != SIM_OK)
        return status;
    report->curves = calloc(1, sizeof(*report->curves));
    return report->curves ? sweep_curves_write(report->sweep, data_directory, report->curves, error)
                          : sim_fail(error, SIM_FAILED, "report: out of memory");
}

void report_fini(struct report *report)
{
    if (report->curves)
        sweep_curves_fini(report->curves);
    free(report->curves);
    sweep_finished_free(report->sweep);
    free(report->checks);
    json_decref(report->summary);
}
