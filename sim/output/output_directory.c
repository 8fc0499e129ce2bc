#include "sim/output/output_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/process.h"
#include "sim/output/file_names.h"
#include "sim/output/owned_directory.h"
#include "traces/file_stream.h"

/* The directory is not in use by another process, and its contents do not prevent a run. */
static int check_locked(const struct owned_directory *directory, bool force, char *error)
{
    int status = owned_directory_lock(directory, 0, error);
    bool is_empty = false;

    if (status == SIM_OK)
        status = owned_directory_is_empty(directory, &is_empty, error);
    if (status != SIM_OK || is_empty)
        return status;
    if (force)
        return owned_directory_check(directory, false, error);
    return sim_fail(error, SIM_MISUSE,
                    "-o %s: the directory is not empty; choose another, or add --force",
                    directory->path);
}

int output_directory_check_part(const char *path, char *error)
{
    struct owned_directory part;
    char name[PATH_MAX];
    size_t length = strlen(path);

    while (length > 1 && path[length - 1] == '/')
        length--;
    if (snprintf(name, sizeof(name), "%.*s" FILE_PART, (int)length, path) >= (int)sizeof(name))
        return SIM_OK; /* too long to be there */
    owned_directory_init(&part);
    part.path = name;
    part.fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int status = part.fd < 0 ? SIM_OK : owned_directory_lock(&part, 0, error);
    owned_directory_close(&part);
    return status;
}

int output_directory_check(struct owned_directory *directory, const char *path, bool force,
                           char *error)
{
    int failure = owned_directory_open(directory, OWNED_RUN, path);

    if (failure == ENOENT)
        return SIM_OK;
    if (failure) {
        bool is_misuse = file_stream_is_of_the_path(failure);
        return sim_fail(error, is_misuse ? SIM_MISUSE : SIM_FAILED,
                        "-o %s: %s; choose another directory", path, strerror(failure));
    }
    return check_locked(directory, force, error);
}

/* mkdir(), recording the first directory that was missing. */
static int make_one(const char *path, char **made)
{
    if (mkdir(path, 0777) != 0)
        return errno == EEXIST ? 0 : -1;
    if (*made || (*made = strdup(path)))
        return 0;
    rmdir(path); /* without a marker it could not be recognised as the program's */
    errno = ENOMEM;
    return -1;
}

static int make_with_parents(char *path, char **made)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int status = make_one(path, made);
        *slash = '/';
        if (status != 0)
            return -1;
    }
    return make_one(path, made);
}

int output_directory_make(const char *path, char **made, char *error)
{
    char *copy = strdup(path);

    *made = NULL;
    if (!copy)
        return sim_fail(error, SIM_FAILED, "-o %s: out of memory", path);
    int status = make_with_parents(copy, made);
    free(copy);
    if (status != 0)
        return sim_fail(error, SIM_FAILED, "-o %s: cannot be made (%s); choose another directory",
                        path, strerror(process_note_failure(errno)));
    return SIM_OK;
}

/* Opens the directory just made, or made by another run meanwhile; `is_anothers` is set if another
 * one has locked it first. */
static int open_made(struct owned_directory *directory, const char *path, bool force,
                     bool *is_anothers, char *error)
{
    int failure = owned_directory_open(directory, OWNED_RUN, path);

    if (failure)
        return sim_fail(error, SIM_FAILED, "-o %s: cannot be made (%s); choose another directory",
                        path, strerror(failure));
    int status = owned_directory_lock(directory, 0, error);
    *is_anothers = status != SIM_OK;
    if (status == SIM_OK)
        status = check_locked(directory, force, error);
    if (status == SIM_OK && !owned_directory_is_current(directory, AT_FDCWD, path))
        return sim_fail(error, SIM_FAILED,
                        "-o %s: was removed or renamed meanwhile; choose another directory", path);
    return status;
}

int output_directory_take(struct owned_directory *directory, const char *path, bool force,
                          char **made, char *error)
{
    *made = NULL;
    if (directory->fd >= 0)
        return SIM_OK;
    bool is_anothers = false;
    int status = output_directory_make(path, made, error);
    if (status == SIM_OK)
        status = open_made(directory, path, force, &is_anothers, error);
    if (is_anothers) { /* it is at work there, and the directory stays */
        free(*made);
        *made = NULL;
    }
    return status;
}

void output_directory_abandon(const char *path, const char *made)
{
    char copy[PATH_MAX]; /* an allocation failure may be the reason for this call */

    if (strlen(path) >= sizeof(copy))
        return;
    memcpy(copy, path, strlen(path) + 1);
    while (strlen(copy) >= strlen(made) && rmdir(copy) == 0) {
        char *slash = strrchr(copy, '/');
        if (!slash)
            break;
        *slash = '\0';
    }
}
