/*
 * Curves of several runs, or of a sweep's settings, in one figure: what gnuplot draws of them
 * (plots/curves.gp). A curve is of one run, or of a setting's runs with all its seeds.
 *
 * DATA/NAME-curves.csv has the columns group, direction, curve, style, x, y: a point of a curve in
 * a row, those of one curve of one panel together. `style` counts the curves from 1; 0 is the
 * capture's.
 *
 *     delays     the share of packets (%) that took no longer than x seconds
 *     responses  the share of exchanges (%) answered within x seconds; those that never were keep
 *                their curve below 100; with the captured times, where all have the same capture
 *     windows    Jain's index, the mean over contended windows of x seconds, then over the runs
 *     rates      bytes per second delivered from time x on
 *     totals     bytes delivered before time x, in the bins of rates
 *
 * Times are rounded up to a 50th of a decade, and rates are means over at most 120 bins, so that no
 * file grows with its runs.
 */
#ifndef SHAPESIM_SIM_REPORT_CURVES_H
#define SHAPESIM_SIM_REPORT_CURVES_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "sim/base/sim.h"

#define CURVES_MAX       8
#define CURVES_BINS      120
#define CURVES_FILE      "-curves.csv"
#define CURVES_NAMES_MAX 64

struct curve_run {
    const char *directory; /* borrowed, like the next */
    const json_t *summary;
};

struct curve {
    const char *label; /* borrowed, like the next */
    const struct curve_run *runs;
    size_t run_count; /* 1 or more */
};

struct curves {
    struct curve curves[CURVES_MAX];
    size_t count;
    bool have_one_capture;
};

enum curves_figure {
    CURVES_RESPONSES = 1,
    CURVES_DELAYS = 2,
    CURVES_WINDOWS = 4,
    CURVES_RATES = 8,
    CURVES_TOTALS = 16,
};

/* Writes the files of `figures` (bits) that have something to show, and appends the figures' names
 * to `names`, each with a space after it. SIM_OK or SIM_FAILED. */
int curves_write(const struct curves *curves, unsigned figures, const char *data_directory,
                 char names[CURVES_NAMES_MAX], char *error);

#endif
