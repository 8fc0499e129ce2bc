#include "sim/output/owned_names.h"

#include <string.h>

#include "sim/base/sim.h"
#include "sim/output/file_names.h"

const char owned_not_ours[] = "was not written by shapesim";

const char *const *owned_names(enum owned_kind kind, int *count)
{
    *count = kind == OWNED_RUN ? RUN_FILES : SWEEP_FILES;
    return kind == OWNED_RUN ? run_file_names : sweep_file_names;
}

int owned_name_index(enum owned_kind kind, const char *name, bool *is_part)
{
    int count;
    const char *const *names = owned_names(kind, &count);

    for (int i = 0; i < count; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(name, names[i], length) != 0)
            continue;
        *is_part = strcmp(name + length, FILE_PART) == 0;
        if (*is_part || name[length] == '\0')
            return i;
    }
    return -1;
}

bool owned_kind_is_listed(enum owned_kind kind)
{
    return kind == OWNED_RUN || kind == OWNED_SWEEP;
}

bool owned_name_is_known(enum owned_kind kind, const char *name)
{
    bool is_part;

    if (kind == OWNED_REPORT)
        return report_file_is_known(name);
    if (kind == OWNED_REPORT_DATA)
        return report_data_file_is_known(name);
    return owned_name_index(kind, name, &is_part) >= 0;
}

int owned_refuse(const char *path, const char *name, const char *what, char *error)
{
    return sim_fail(error, SIM_FAILED,
                    "%s%s%s: %s, so it stays as it is; move it away, or choose another directory",
                    path, *name ? "/" : "", name, what);
}
