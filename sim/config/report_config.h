/* What `report` was asked for. */
#ifndef SHAPESIM_SIM_CONFIG_REPORT_CONFIG_H
#define SHAPESIM_SIM_CONFIG_REPORT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of figures, any of the first three; of a table, one of the others. */
enum report_format {
    REPORT_SVG = 1,
    REPORT_PNG = 2,
    REPORT_PDF = 4,
    REPORT_MARKDOWN = 8,
    REPORT_LATEX = 16,
    REPORT_CSV = 32,
};

#define REPORT_FIGURE_FORMATS (REPORT_SVG | REPORT_PNG | REPORT_PDF)
#define REPORT_RUNS_MAX       8

#define REPORT_WIDTH_MM     160 /* of a figure */
#define REPORT_WIDTH_MM_MIN 70
#define REPORT_WIDTH_MM_MAX 400

struct report_config {
    char *const *directories; /* of a finished run or sweep, or of several runs */
    size_t directory_count;
    const char *output; /* where several runs are compared; NULL: in the one directory */
    unsigned formats;   /* enum report_format bits */
    const char *table;  /* columns of a sweep's table, as typed; NULL: figures and a page */
    int64_t width_mm;   /* of a figure */
    bool is_untitled;   /* figures have no title: it stands in a caption */
    bool is_terminal;   /* one figure as characters, and no files */
    const char *figure; /* which one; NULL: the first */
    bool is_quiet;
};

#endif
