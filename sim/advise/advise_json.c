#include "sim/advise/advise_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <jansson.h>

#include "shaper/libevent/memory.h"
#include "shaper/shaper.h"
#include "sim/base/json_file.h"
#include "sim/base/json_text.h"
#include "sim/base/version.h"
#include "sim/output/file_names.h"
#include "sim/output/part_file.h"

#define JSON_FLAGS (JSON_INDENT(2) | JSON_REAL_PRECISION(15))

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "advise: out of memory");
}

static json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *json_setting(const struct advise_setting *setting)
{
    return json_pack("{s:I, s:o, s:I, s:o, s:I}", "rate_bytes_per_tick",
                     (json_int_t)setting->rate_bytes_per_tick, "rate_bytes_per_s",
                     json_number(advise_rate_bytes_per_s(setting)), "burst_bytes",
                     (json_int_t)setting->burst_bytes, "tick_s",
                     json_number((double)setting->tick_ms / 1000), "min_share_bytes",
                     (json_int_t)setting->min_share_bytes);
}

static const char *verdict_name(enum demand_verdict verdict)
{
    switch (verdict) {
    case DEMAND_HOLDS:
        return "holds";
    case DEMAND_FAILS:
        return "fails";
    case DEMAND_NEVER_CONTENDED:
        return "never contended";
    case DEMAND_INFINITE:
        return "infinite";
    case DEMAND_NOT_MEASURED:
        return "not measured";
    }
    return "";
}

static json_t *json_figures(const struct advise_figure *figures, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++) {
        const struct advise_figure *figure = &figures[i];
        bool has_figure = figure->verdict == DEMAND_HOLDS || figure->verdict == DEMAND_FAILS;
        json_array_append_new(
            array,
            json_pack("{s:o, s:s, s:o, s:o, s:s, s:o, s:o}", "want", json_text(figure->want->text),
                      "verdict", verdict_name(figure->verdict), "figure",
                      has_figure ? json_number(figure->figure) : json_null(), "bound",
                      has_figure ? json_number(figure->bound) : json_null(), "unit", figure->unit,
                      "margin", json_number(figure->margin), "text", json_text(figure->text)));
    }
    return array;
}

static json_t *json_probe(const struct advise_probe *probe)
{
    const struct advise_outcome *outcome = &probe->outcome;
    json_t *object = json_setting(&probe->setting);

    json_object_set_new(object, "holds", json_boolean(outcome->holds));
    json_object_set_new(object, "shortfall", json_number(outcome->shortfall));
    json_object_set_new(object, "grants_per_mb", json_number(outcome->grants_per_mb));
    return object;
}

static json_t *json_changes(const struct advise_result *result)
{
    json_t *object = json_object();

    for (int i = 0; i < ADVISE_CHANGES; i++)
        json_object_set_new(object, advise_change_key((enum advise_change)i),
                            result->has_change[i] ? json_probe(&result->changes[i]) : json_null());
    return object;
}

/* Every setting that was tried, with its figures. */
static json_t *json_tried(const struct advise_table *table)
{
    json_t *array = json_array();

    for (size_t i = 0; i < table->probe_count; i++) {
        json_t *object = json_probe(&table->probes[i]);
        json_object_set_new(object, "demands",
                            json_figures(advise_table_at(table, i, 0), table->wants));
        json_array_append_new(array, object);
    }
    return array;
}

/* The demands that no setting meets, with the nearest. */
static json_t *json_unmet(const struct advise_table *table)
{
    json_t *array = json_array();

    for (size_t w = 0; w < table->wants; w++) {
        size_t nearest = advise_nearest(table, w);
        const struct advise_figure *figure = advise_table_at(table, nearest, w);
        if (advise_figure_holds(figure))
            continue;
        json_array_append_new(array,
                              json_pack("{s:o, s:o, s:o}", "want", json_text(figure->want->text),
                                        "nearest", json_text(figure->text), "setting",
                                        json_probe(&table->probes[nearest])));
    }
    return array;
}

/* Those that hold at one rate and fail at a higher one. */
static json_t *json_falls(const struct advise_table *table)
{
    json_t *array = json_array();

    for (size_t w = 0; w < table->wants; w++) {
        size_t holds, fails;
        if (advise_falls(table, w, &holds, &fails))
            json_array_append_new(array,
                                  json_pack("{s:o, s:o, s:o}", "want",
                                            json_text(advise_table_at(table, 0, w)->want->text),
                                            "holds", json_probe(&table->probes[holds]), "fails",
                                            json_probe(&table->probes[fails])));
    }
    return array;
}

/* NULL with the reason. */
static json_t *json_report(const struct advise_report *report, char *error)
{
    const struct advise_result *result = report->result;
    const struct advise_config *config = report->config;
    const char *command = advise_runs_command(report->runs, &result->best.setting);
    json_t *root = json_object();

    json_object_set_new(root, "shapesim", json_string(SHAPESIM_VERSION));
    json_object_set_new(root, "format", json_integer(ADVISE_FORMAT));
    json_object_set_new(root, "group",
                        json_text(config->group[0] ? config->group : GROUP_NAME_ALL));
    json_object_set_new(
        root, "direction",
        json_string(config->direction == ADVISE_BOTH_DIRECTIONS
                        ? "both"
                        : shaper_direction_name((enum shaper_direction)config->direction)));
    json_object_set_new(root, "rate_given", json_boolean(config->rate != NULL));
    json_object_set_new(root, "found", json_boolean(result->is_found));
    json_object_set_new(root, "setting", json_probe(&result->best));
    json_object_set_new(root, "command", command ? json_text(command) : json_null());
    json_object_set_new(root, "demands", json_figures(report->figures, report->sweep->wants.count));
    json_object_set_new(root, "rate_monotone", json_boolean(result->is_rate_monotone));
    json_object_set_new(root, "burst_monotone", json_boolean(result->is_burst_monotone));
    json_object_set_new(root, "unmet", json_unmet(&report->table));
    json_object_set_new(root, "not_monotone", json_falls(&report->table));
    json_object_set_new(root, "changes", json_changes(result));
    json_object_set_new(root, "c", report->c ? json_text(report->c) : json_null());
    json_object_set_new(root, "tried", json_tried(&report->table));
    if (!memory_ran_out())
        return root;
    json_decref(root);
    out_of_memory(error);
    return NULL;
}

int advise_report_write(const struct advise_report *report, struct owned_directory *directory,
                        char *error)
{
    const char *name = sweep_file_names[SWEEP_ADVICE];
    json_t *root = json_report(report, error);

    if (!root)
        return SIM_FAILED;
    FILE *file = part_file_new(directory, name);
    int failure = file ? json_file_write(root, file, JSON_FLAGS, "") : errno;
    json_decref(root);
    return part_file_end(directory, name, failure, error);
}

int advise_report_print_json(const struct advise_report *report, FILE *out, char *error)
{
    json_t *root = json_report(report, error);

    if (!root)
        return SIM_FAILED;
    int failure = json_dumpf(root, out, JSON_FLAGS);
    json_decref(root);
    fputc('\n', out);
    return failure == 0 ? SIM_OK : out_of_memory(error);
}
