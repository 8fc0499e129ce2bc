#include "sim/sweep/sweep_other_runs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/output/file_names.h"
#include "sim/sweep/sweep_words.h"

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_ids(char **ids, size_t count)
{
    for (size_t i = 0; ids && i < count; i++)
        free(ids[i]);
    free(ids);
}

/* The IDs of all runs, sorted; NULL on allocation failure. */
static char **sorted_ids(const struct sweep_plan *plan)
{
    char **ids = calloc(plan->run_count, sizeof(*ids));

    for (size_t run = 0; ids && run < plan->run_count; run++) {
        ids[run] = sweep_plan_id(plan, run);
        if (!ids[run]) {
            free_ids(ids, run);
            return NULL;
        }
    }
    if (ids)
        qsort(ids, plan->run_count, sizeof(*ids), by_text);
    return ids;
}

static bool ends_in_part(const char *name)
{
    size_t length = strlen(name), tail = strlen(FILE_PART);

    return length >= tail && strcmp(name + length - tail, FILE_PART) == 0;
}

/* Whether it is a folder with the summary of a run: users may have others there. */
static bool has_summary(DIR *runs, const char *name)
{
    int folder = openat(dirfd(runs), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_there = folder >= 0 && faccessat(folder, run_file_names[RUN_SUMMARY], F_OK, 0) == 0;

    if (folder >= 0)
        close(folder);
    return is_there;
}

/* 0 or an errno. */
static int count(DIR *runs, char **ids, size_t id_count, size_t *others)
{
    const struct dirent *entry;

    while ((errno = 0, entry = readdir(runs))) {
        const char *name = entry->d_name;
        if (name[0] == '.' || ends_in_part(name) || !has_summary(runs, name))
            continue;
        *others += bsearch(&name, ids, id_count, sizeof(*ids), by_text) == NULL;
    }
    return errno;
}

int sweep_other_runs_count(const char *directory, const struct sweep_plan *plan, size_t *others,
                           char *error)
{
    char **ids = sorted_ids(plan), *path = NULL;
    int failure = 0;

    *others = 0;
    if (!ids || asprintf(&path, "%s/runs", directory) < 0) {
        free_ids(ids, plan->run_count);
        return sim_fail(error, SIM_FAILED, "sweep: out of memory");
    }
    DIR *runs = opendir(path);
    if (runs) {
        failure = count(runs, ids, plan->run_count, others);
        closedir(runs);
    } else if (errno != ENOENT) {
        failure = errno;
    }
    free_ids(ids, plan->run_count);
    int status =
        failure ? sim_fail(error, SIM_FAILED, "%s: cannot be read (%s)", path, strerror(failure))
                : SIM_OK;
    free(path);
    return status;
}
