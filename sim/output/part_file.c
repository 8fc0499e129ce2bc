#include "sim/output/part_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/process.h"
#include "sim/base/sim.h"
#include "sim/output/owned_directory.h"
#include "traces/file_stream.h"

FILE *part_file_new(struct owned_directory *directory, const char *name)
{
    int fd;
    int failure = process_note_failure(owned_directory_create(directory, name, &fd));
    FILE *file = failure ? NULL : file_stream_from(fd, name, "w");

    if (!failure && !file) {
        failure = errno;
        close(fd);
        owned_directory_discard(directory, name);
    }
    errno = failure;
    return file;
}

int part_file_end(struct owned_directory *directory, const char *name, int failure, char *error)
{
    if (!failure)
        failure = owned_directory_commit(directory, name);
    if (!failure)
        return SIM_OK;
    process_note_failure(failure);
    owned_directory_discard(directory, name);
    return sim_fail(error, SIM_FAILED,
                    "%s/%s: cannot be written (%s); make room or choose another place",
                    directory->path, name, strerror(failure));
}
