#include "sim/whole_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "sim/json_file.h"
#include "sim/output_directory.h"
#include "traces/file_stream.h"

/* Everything of one such directory; zeroed is nothing. */
struct whole_directory {
    const char *path; /* borrowed */
    char *part;
    char *error;
    char *error_part;
    int part_fd;
};

/* Removes every file; directories are not ours and stay. */
static void remove_files(int directory_fd)
{
    int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;

    if (!directory) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(directory_fd, entry->d_name, 0);
    closedir(directory);
}

int whole_directory_remove(const char *path)
{
    char *error_path;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (asprintf(&error_path, "%s.error", path) >= 0) {
        unlink(error_path);
        free(error_path);
    }
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    remove_files(fd);
    close(fd);
    return rmdir(path);
}

/* Makes DIR.part, or takes an earlier one, and locks it: until the one that holds it has ended and
 * perhaps renamed it. */
static int take_part(struct whole_directory *whole)
{
    for (;;) {
        struct stat opened, named;
        if (mkdir(whole->part, 0777) != 0 && errno != EEXIST)
            return -1;
        whole->part_fd = open(whole->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (whole->part_fd < 0 && errno != ENOENT)
            return -1;
        if (whole->part_fd < 0)
            continue;
        int locked;
        do
            locked = flock(whole->part_fd, LOCK_EX);
        while (locked != 0 && file_stream_again());
        if (locked != 0 && errno == EINTR)
            return -1; /* a file system without locks goes without */
        if (fstat(whole->part_fd, &opened) == 0 && stat(whole->part, &named) == 0 &&
            opened.st_ino == named.st_ino && opened.st_dev == named.st_dev)
            break;
        close(whole->part_fd);
        whole->part_fd = -1;
    }
    remove_files(whole->part_fd);
    return 0;
}

static int begin(struct whole_directory *whole, const char *path, char *error)
{
    char *made = NULL;
    int status = output_directory_check(path, false, error);

    whole->path = path;
    whole->part_fd = -1;
    if (status != SIM_OK)
        return status;
    if (asprintf(&whole->part, "%s.part", path) < 0)
        whole->part = NULL;
    if (asprintf(&whole->error, "%s.error", path) < 0)
        whole->error = NULL;
    if (asprintf(&whole->error_part, "%s.error.part", path) < 0)
        whole->error_part = NULL;
    if (!whole->part || !whole->error || !whole->error_part)
        return sim_fail(error, SIM_FAILED, "-o %s: out of memory", path);
    status = output_directory_make(whole->part, &made, error); /* with its parents */
    free(made);
    if (status != SIM_OK)
        return status;
    if (take_part(whole) != 0) {
        status = sim_fail(error, SIM_FAILED, "-o %s: cannot be made (%s); choose another directory",
                          whole->part, strerror(errno));
        rmdir(whole->part); /* if nothing is in it */
        return status;
    }
    unlink(whole->error);
    return SIM_OK;
}

static int commit(struct whole_directory *whole, bool quiet, char *error)
{
    if (rename(whole->part, whole->path) == 0) {
        if (!quiet)
            printf("%s is complete, and now %s\n", whole->part, whole->path);
        return SIM_OK;
    }
    return sim_fail(error, SIM_FAILED,
                    "-o %s: the complete run cannot get that name (%s); choose another directory",
                    whole->path, strerror(errno));
}

/* --- the error of a run that failed -------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Replaces a path by its last part, so that the text is the same wherever the files lie. */
static char *without_folders(const char *text, const char *path)
{
    char *result = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&result, &bytes);
    const char *found;

    if (!out)
        return NULL;
    for (; (found = strstr(text, path)); text = found + strlen(path))
        fprintf(out, "%.*s%s", (int)(found - text), text, base_name(path));
    fputs(text, out);
    if (fclose(out) == 0)
        return result;
    free(result);
    return NULL;
}

/* Best effort: where it cannot be written, standard error has it all the same. */
static void keep_error(const struct whole_directory *whole, const struct run_config *config,
                       const char *error)
{
    char *shorter = without_folders(error, whole->path);
    char *shortest = shorter ? without_folders(shorter, config->trace) : NULL;
    json_t *root =
        json_pack("{s:s, s:s}", "command", config->command, "error", shortest ? shortest : error);

    if (!root || json_file_write(root, whole->error_part, JSON_INDENT(2), "") != 0 ||
        rename(whole->error_part, whole->error) != 0)
        unlink(whole->error_part);
    json_decref(root);
    free(shortest);
    free(shorter);
}

char *whole_directory_error(const char *path, const char *command)
{
    const char *kept_command, *text;
    char *error_path, *copy = NULL;

    if (asprintf(&error_path, "%s.error", path) < 0)
        return NULL;
    json_t *root = json_file_load(error_path, 0, NULL);
    free(error_path);
    if (root && json_unpack(root, "{s:s, s:s}", "command", &kept_command, "error", &text) == 0 &&
        strcmp(kept_command, command) == 0)
        copy = strdup(text);
    json_decref(root);
    return copy;
}

/* --- a run ---------------------------------------------------------------------------------- */

static int run_in_part(struct whole_directory *whole, const struct run_config *config,
                       int (*run)(const struct run_config *config, char *error), char *error)
{
    struct run_config *inside = malloc(sizeof(*inside));

    if (!inside) {
        rmdir(whole->part);
        return sim_fail(error, SIM_FAILED, "-o %s: out of memory", whole->path);
    }
    memcpy(inside, config, sizeof(*inside)); /* what it owns stays config's */
    inside->output_directory = whole->part;
    inside->force = true;
    int status = run(inside, error);
    free(inside);
    if (status == SIM_OK)
        status = commit(whole, config->quiet, error);
    if (status != SIM_OK) {
        remove_files(whole->part_fd);
        rmdir(whole->part);
    }
    if (status != SIM_OK && status != SIM_INTERRUPTED)
        keep_error(whole, config, error);
    return status;
}

int whole_directory_run(const struct run_config *config,
                        int (*run)(const struct run_config *config, char *error), char *error)
{
    struct whole_directory whole = {0};
    int status = begin(&whole, config->output_directory, error);

    if (status == SIM_OK)
        status = run_in_part(&whole, config, run, error);
    if (whole.part_fd >= 0)
        close(whole.part_fd);
    free(whole.part);
    free(whole.error);
    free(whole.error_part);
    return status;
}
