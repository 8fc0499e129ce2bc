#include "sim/output_directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const run_files[] = {
    "ticks.csv",
    "flow_ticks.csv",
    "flows.csv",
    "fairness.csv",
    "burst.csv",
    "delays.csv",
    "delays.csv.part",
    "events.csv",
    "summary.json",
    "ticks.csv.part",
    "flow_ticks.csv.part",
    "flows.csv.part",
    "fairness.csv.part",
    "burst.csv.part",
    "events.csv.part",
    "summary.json.part",
    NULL,
};

int output_directory_check(const char *path, bool force, char *error)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    bool empty = true;

    if (!directory) {
        if (errno == ENOENT)
            return SIM_OK;
        return sim_fail(error, SIM_MISUSE, "-o %s: %s; choose another directory", path,
                        strerror(errno));
    }
    while (empty && (entry = readdir(directory)))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(directory);
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
    if (!*made)
        *made = strdup(path);
    return 0;
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

int output_directory_prepare(const char *path, char **made, char *error)
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
    for (int i = 0; run_files[i]; i++) {
        char *file;
        if (asprintf(&file, "%s/%s", path, run_files[i]) < 0)
            return sim_fail(error, SIM_FAILED, "-o %s: out of memory", path);
        int failed = unlink(file) != 0 && errno != ENOENT;
        free(file);
        if (failed)
            return sim_fail(
                error, SIM_FAILED,
                "-o %s: an earlier run's %s cannot be removed (%s); choose another directory", path,
                run_files[i], strerror(errno));
    }
    return SIM_OK;
}

void output_directory_abandon(const char *path, const char *made)
{
    char *copy = strdup(path);

    while (copy && strlen(copy) >= strlen(made) && rmdir(copy) == 0) {
        char *slash = strrchr(copy, '/');
        if (!slash)
            break;
        *slash = '\0';
    }
    free(copy);
}
