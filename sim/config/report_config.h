/* What `report` was asked for. */
#ifndef SHAPESIM_SIM_CONFIG_REPORT_CONFIG_H
#define SHAPESIM_SIM_CONFIG_REPORT_CONFIG_H

#include <stdbool.h>

enum report_format { REPORT_SVG = 1, REPORT_PNG = 2, REPORT_PDF = 4 };

struct report_config {
    const char *directory; /* of a finished run or sweep */
    unsigned formats;      /* enum report_format bits */
    bool is_terminal;      /* one figure as characters, and no files */
    const char *figure;    /* which one; NULL: the first */
    bool is_quiet;
};

#endif
