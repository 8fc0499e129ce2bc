/* The names that the program gives to files of each kind of directory (file_names.h), and the error
 * for a file of such a name that it did not write. */
#ifndef SHAPESIM_SIM_OUTPUT_OWNED_NAMES_H
#define SHAPESIM_SIM_OUTPUT_OWNED_NAMES_H

#include <stdbool.h>

enum owned_kind {
    OWNED_RUN,
    OWNED_SWEEP,
    OWNED_REPORT,
    OWNED_REPORT_DATA,
};

/* The table of a run's or a sweep's names, `*count` of them. */
const char *const *owned_names(enum owned_kind kind, int *count);

/* The index in that table of `name` without .part; -1 if it is not there. */
int owned_name_index(enum owned_kind kind, const char *name, bool *is_part);

/* Whether summary.json or the marker lists the files of such a directory. */
bool owned_kind_is_listed(enum owned_kind kind);

/* Whether the program gives this name to files of such a directory. */
bool owned_name_is_known(enum owned_kind kind, const char *name);

/* Reports a foreign file as an error: its path, and what it is. Returns SIM_FAILED. */
int owned_refuse(const char *path, const char *name, const char *what, char *error);
extern const char owned_not_ours[];

#endif
