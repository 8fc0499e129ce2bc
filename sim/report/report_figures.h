/*
 * The figures of a report: their names, which are those of scripts under plots/, in the order of
 * the page, and a sentence for each that says in numbers of summary.json what is seen.
 */
#ifndef SHAPESIM_SIM_REPORT_REPORT_FIGURES_H
#define SHAPESIM_SIM_REPORT_REPORT_FIGURES_H

#include "sim/report/report.h"

/* A number of summary.json in a caption, and the text before it. */
struct report_number_text {
    const char *before;        /* NULL: the last one was before */
    const char *section, *key; /* as of report_number() */
    bool is_time;              /* seconds, not bytes */
};

struct report_figure {
    const char *name;    /* NULL: the last one was before */
    const char *caption; /* before the numbers */
    enum run_file file;  /* of a run, from which the script draws it */
    bool is_of_curves;   /* of settings (sweep_curves.h) */
    bool is_for_groups;  /* the numbers are those of a group, not of its directions */
    bool has_jain;       /* Jain's index over the headline's window is one of them */
    struct report_number_text numbers[5];
    const char *after; /* the numbers; NULL: nothing */
};

/* Those of a run or of a sweep; a sweep's first one stands with what is recommended. */
const struct report_figure *report_figures(const struct report *report);

/* Of a run: whether it has kept the figure's file. */
bool report_figure_has_file(const struct report *report, const struct report_figure *figure);

/* Whether there is something to draw it from: of curves, whether there are any. */
bool report_figure_has_data(const struct report *report, const struct report_figure *figure);

/* Writes the caption: the figure's numbers for each group, or each direction that has the first. */
void report_figure_caption(struct html *html, const struct report *report,
                           const struct report_figure *figure);

#endif
