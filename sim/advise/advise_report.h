/* What `shapesim advise` says: on standard output, in advise.json and in advise.csv. */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_REPORT_H
#define SHAPESIM_SIM_ADVISE_ADVISE_REPORT_H

#include <stdio.h>

#include "sim/advise/advise_doubts.h"
#include "sim/advise/advise_runs.h"
#include "sim/advise/advise_setting.h"

#define ADVISE_FORMAT 1 /* of advise.json: raised where a key changes its meaning */

/* All is borrowed. */
struct advise_report {
    const struct advise_config *config;
    const struct sweep_config *sweep;
    const struct advise_result *result;
    const struct advise_runs *runs;
    struct advise_table table;           /* of all that was tried */
    const struct advise_figure *figures; /* those of result->best, one for each demand */
    const char *c;                       /* its limits as C; NULL where nothing was found */
};

/* "half the burst", and "half_burst" in JSON. */
const char *advise_change_name(enum advise_change change);
const char *advise_change_key(enum advise_change change);

void advise_report_print(const struct advise_report *report, FILE *out);

/* Writes advise.json into the directory. SIM_OK or SIM_FAILED. */
int advise_report_write(const struct advise_report *report, struct owned_directory *directory,
                        char *error);

/* Writes advise.csv, which has a row for each setting. SIM_OK or SIM_FAILED. */
int advise_report_write_csv(const struct advise_report *report, struct owned_directory *directory,
                            char *error);

/* advise.json on a stream: SIM_OK or SIM_FAILED. */
int advise_report_print_json(const struct advise_report *report, FILE *out, char *error);

#endif
