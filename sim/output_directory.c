#include "sim/output_directory.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/record.h"

int output_directory_check(const char *path, bool force, char *error)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    bool empty = true;

    if (!directory) {
        if (errno == ENOENT)
            return SIM_OK;
        bool is_misuse =
            errno == ENOTDIR || errno == EACCES || errno == ELOOP || errno == ENAMETOOLONG;
        return sim_fail(error, is_misuse ? SIM_MISUSE : SIM_FAILED,
                        "-o %s: %s; choose another directory", path, strerror(errno));
    }
    while (empty && (errno = 0, entry = readdir(directory)))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    int failure = empty ? errno : 0;
    closedir(directory);
    if (failure)
        return sim_fail(error, SIM_FAILED, "-o %s: cannot be read (%s)", path, strerror(failure));
    if (empty || force)
        return SIM_OK;
    return sim_fail(error, SIM_MISUSE,
                    "-o %s: the directory is not empty; choose another, or add --force", path);
}

/* mkdir(), noting the first directory that was not there before. */
static int make_one(const char *path, char **made)
{
    if (mkdir(path, 0777) != 0)
        return errno == EEXIST ? 0 : -1;
    if (*made || (*made = strdup(path)))
        return 0;
    rmdir(path); /* nobody would know that it is ours */
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

static int remove_if_there(const char *directory, const char *name, const char *suffix, char *error)
{
    char file[PATH_MAX]; /* memory may be what there was none of */

    int length = snprintf(file, sizeof(file), "%s/%s%s", directory, name, suffix);
    if (length >= (int)sizeof(file))
        return SIM_OK; /* too long to be there */
    if (unlink(file) != 0 && errno != ENOENT)
        return sim_fail(
            error, SIM_FAILED,
            "-o %s: an earlier run's %s cannot be removed (%s); choose another directory",
            directory, name, strerror(errno));
    return SIM_OK;
}

/* A file of an earlier run: finished, or what an interruption left of it. */
static int remove_earlier(const char *directory, const char *name, char *error)
{
    int status = remove_if_there(directory, name, "", error);

    return status == SIM_OK ? remove_if_there(directory, name, ".part", error) : status;
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
                        path, strerror(errno));
    return SIM_OK;
}

/* The summary goes first: without it, the rest is no run. */
int output_directory_clear(const char *path, char *error)
{
    int status = remove_earlier(path, "summary.json", error);

    for (size_t i = 0; record_known_file(i) && status == SIM_OK; i++)
        status = remove_earlier(path, record_known_file(i), error);
    return status;
}

int output_directory_prepare(const char *path, char **made, char *error)
{
    int status = output_directory_make(path, made, error);

    return status == SIM_OK ? output_directory_clear(path, error) : status;
}

void output_directory_abandon(const char *path, const char *made)
{
    char copy[PATH_MAX]; /* memory may be what there was none of */

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
