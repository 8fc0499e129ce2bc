#include "sim/base/part_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/sim.h"

int part_file_end(const char *part_path, const char *path, int failure, char *error)
{
    if (!failure && rename(part_path, path) != 0)
        failure = errno;
    if (!failure)
        return SIM_OK;
    remove(part_path);
    return sim_fail(error, SIM_FAILED,
                    "%s: cannot be written (%s); make room or choose another place", path,
                    strerror(failure));
}
