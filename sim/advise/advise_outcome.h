/*
 * What a setting's runs say, from their summary.json: its figure for each demand, and its outcome,
 * each the worst of its seeds.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_OUTCOME_H
#define SHAPESIM_SIM_ADVISE_ADVISE_OUTCOME_H

#include <stdbool.h>

#include <jansson.h>

#include "sim/account/demand_figures.h"
#include "sim/advise/advise_setting.h"
#include "sim/config/advise_config.h"
#include "sim/config/demands.h"

/* What a setting has to say to a demand: of its seeds, groups and directions the worst. */
struct advise_figure {
    const struct demand *want;
    enum demand_verdict verdict;
    double figure, bound, margin; /* the margin in parts of the bound, negative where it is missed;
                                   * NaN without a figure */
    const char *unit;
    char of[GROUP_NAME_BYTES + 32]; /* "group all, write"; empty: nobody took part */
    char text[SIM_ERROR_BYTES];
};

/* Takes a run into the figure, where its is worse. Whether the run meets the demand. */
bool advise_figure_add(struct advise_figure *figure, const json_t *summary);

/* Takes a run into the outcome, but for `holds` and grants_per_mb: *grants and *bytes get what it
 * adds to these. */
void advise_outcome_add(struct advise_outcome *outcome, const struct advise_config *config,
                        const struct demands *wants, const json_t *summary, double *grants,
                        double *bytes);

#endif
