/*
 * Which settings of a sweep are drawn as curves (curves.h), and their labels: those of the first
 * trace, all of them if there are at most CURVES_MAX, else the best of the ranking, and the one
 * with libevent's default min-share where the sweep varies it.
 */
#ifndef SHAPESIM_SIM_REPORT_SWEEP_CURVES_H
#define SHAPESIM_SIM_REPORT_SWEEP_CURVES_H

#include "sim/report/curves.h"
#include "sim/sweep/sweep_finished.h"

/* Empty when zeroed. */
struct sweep_curves {
    struct curves curves;
    size_t left_out;          /* settings that are not drawn */
    char *labels[CURVES_MAX]; /* owned, like the next two */
    struct curve_run *runs[CURVES_MAX];
    char names[CURVES_NAMES_MAX]; /* of the figures that have something to show */
};

/* Writes the curves' files into `data_directory`. SIM_OK or SIM_FAILED; the caller frees with
 * sweep_curves_fini() in any case. */
int sweep_curves_write(const struct sweep_finished *sweep, const char *data_directory,
                       struct sweep_curves *curves, char *error);
void sweep_curves_fini(struct sweep_curves *curves);

/* Whether the setting has libevent's default min-share, and the sweep varies it. */
bool sweep_curves_is_default(const struct sweep_plan *plan, uint64_t combination);

/* The values of the keys that vary, as one text: "min-share=64 tick=5ms". Freed by the caller;
 * NULL on allocation failure. */
char *sweep_curves_label(const struct sweep_plan *plan, uint64_t combination);

#endif
