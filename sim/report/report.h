/*
 * The report of a finished run or sweep: `shapesim report DIR`. The gnuplot scripts under plots/
 * draw DIR's own files; those that are too long to draw are thinned first (thinning.h), and the
 * page has a caption for each figure (report_figures.h). DIR's own files are never changed;
 * everything is written to DIR/report.part, which is renamed to DIR/report when it is complete.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_H
#define SHAPESIM_SIM_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "shaper/shaper.h"
#include "sim/base/sim.h"
#include "sim/base/units.h"
#include "sim/config/config.h"
#include "sim/output/file_names.h"
#include "sim/report/html.h"
#include "sim/verify/checks.h"

/* A group of the run, from summary.json. Texts are borrowed from it. */
struct report_group {
    const char *name;
    json_t *json;
    double tick_s; /* 0: no limits, no ticks */
    int64_t ticks;
    int64_t rate_bytes_per_tick[SHAPER_DIRECTIONS];   /* of the group, at the start */
    const struct unit *rate_units[SHAPER_DIRECTIONS]; /* as typed; NULL: not known */
    int64_t burst_bytes[SHAPER_DIRECTIONS];
};

struct report {
    const char *directory; /* of the run; borrowed */
    json_t *summary;       /* NULL for a sweep */
    struct report_group groups[GROUPS_MAX + 1];
    size_t group_count;
    double end_s;
    struct checks *checks;         /* those of `shapesim verify`; owned, NULL for a sweep */
    struct sweep_finished *sweep;  /* owned; NULL for a run, and where there is no sweep.json */
    struct sweep_curves *curves;   /* likewise */
    struct comparison *comparison; /* of several runs, which have a report each; borrowed */
};

/* Checks that DIR contains a run that has ended. SIM_OK, or SIM_FAILED with what is there
 * instead. */
int report_find(const char *directory, char *error);

/* Runs verify on the run, then reads summary.json. SIM_OK, also if checks fail although the files
 * have the form that a run writes; SIM_FAILED if they do not (checks_refusal()) or cannot be read.
 * The caller frees with report_fini() in any case. */
int report_load(struct report *report, const char *directory, char *error);
void report_fini(struct report *report);

/* Reads the sweep, and writes its curves into `data_directory` (sweep_curves.h). SIM_OK, also where
 * there are only its tables, without sweep.json; or SIM_FAILED. */
int report_load_sweep(struct report *report, const char *data_directory, char *error);

/* The group of this name, or group_count. */
size_t report_find_group(const struct report *report, const char *name);

/* summary.json's object of a direction of a group, and numbers in it by their path ("throughput",
 * "grants"); NAN if there is none. */
const json_t *report_direction_json(const struct report_group *group,
                                    enum shaper_direction direction);
double report_number(const json_t *object, const char *section, const char *key);

/* Whether the direction has a group's limit. */
bool report_is_limited(const struct report_group *group, enum shaper_direction direction);

/* Whether the run has kept the CSV file, compressed or not. */
bool report_has_file(const struct report *report, enum run_file file);

/* A sweep's directory has sweep.csv. */
bool report_is_sweep(const char *directory);

/* That of an advised sweep has advise.csv, too. */
bool report_is_advice(const char *directory);

#endif
