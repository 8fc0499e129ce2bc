#include "sim/output/whole_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "sim/base/json_file.h"
#include "sim/base/process.h"
#include "sim/output/file_names.h"
#include "sim/output/output_directory.h"
#include "sim/output/part_file.h"
#include "traces/file_stream.h"
#include "traces/trace.h"

/* The time that a killed process may take to end. */
#define LOCK_WAIT_MS 1000

/* The state of one such directory. */
struct whole_directory {
    char *path; /* without a slash at its end */
    char *part; /* for messages, like the next */
    char *error;
    const char *name; /* the last part of `path` */
    char *part_name;  /* the last part of `part`, borrowed from it; the next likewise */
    char *error_name;
    int parent_fd;                    /* of the folder that contains them all */
    struct owned_directory directory; /* DIR.part */
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* --- DIR.error ------------------------------------------------------------------------------ */

/* The error file, as an object; NULL if there is none. `is_ours`: it contains what such a file
 * contains, and nothing else, or there is none. Owned by the caller. */
static json_t *read_error(int parent_fd, const char *name, bool *is_ours)
{
    struct stat found;
    int fd = file_stream_descriptor(parent_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    json_t *root = NULL;

    *is_ours = fd < 0 && errno == ENOENT;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode))
        root = json_file_load_from(fd, name);
    else
        close(fd);
    *is_ours = json_object_size(root) == 2 && json_is_string(json_object_get(root, "command")) &&
               json_is_string(json_object_get(root, "error"));
    return root;
}

static int check_error(int parent_fd, const char *name, const char *path, char *error)
{
    bool is_ours;

    errno = 0;
    json_decref(read_error(parent_fd, name, &is_ours));
    int failure = errno;
    if (failure == EMFILE || failure == ENFILE)
        return sim_fail(error, SIM_FAILED, "%s: %s; raise the limit (ulimit -n)", path,
                        strerror(failure));
    if (failure && !is_ours && !file_stream_is_of_the_path(failure))
        return sim_fail(error, SIM_FAILED, "%s: cannot be read (%s)", path, strerror(failure));
    return is_ours ? SIM_OK : owned_refuse(path, "", owned_not_ours, error);
}

static int remove_error(int parent_fd, const char *name, const char *path, char *error)
{
    int status = check_error(parent_fd, name, path, error);

    if (status == SIM_OK && unlinkat(parent_fd, name, 0) != 0 && errno != ENOENT)
        return sim_fail(error, SIM_FAILED, "%s: cannot be removed (%s); remove it by hand", path,
                        strerror(errno));
    return status;
}

/* --- an earlier run, of a sweep -------------------------------------------------------------- */

/* NAME and NAME.error in a folder; their paths are for messages. */
struct earlier {
    char *path;
    char *error_path;
    const char *name;
    const char *error_name;
};

static int earlier_init(struct earlier *earlier, const char *path, char *error)
{
    if (asprintf(&earlier->path, "%s", path) < 0)
        earlier->path = NULL;
    if (asprintf(&earlier->error_path, "%s.error", path) < 0)
        earlier->error_path = NULL;
    if (!earlier->path || !earlier->error_path)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", path);
    earlier->name = base_name(earlier->path);
    earlier->error_name = base_name(earlier->error_path);
    return SIM_OK;
}

static void earlier_fini(struct earlier *earlier)
{
    free(earlier->path);
    free(earlier->error_path);
}

static int check_earlier(int parent_fd, const struct earlier *earlier, bool is_vouched, char *error)
{
    struct owned_directory directory;
    int status = owned_directory_open_in(&directory, OWNED_RUN, parent_fd, earlier->name,
                                         earlier->path, error);

    directory.is_vouched = is_vouched;
    if (status == SIM_OK && directory.fd >= 0)
        status = owned_directory_check(&directory, true, error);
    owned_directory_close(&directory);
    if (status == SIM_OK)
        status = check_error(parent_fd, earlier->error_name, earlier->error_path, error);
    return status;
}

int whole_directory_check_removable(int parent_fd, const char *path, bool is_vouched, char *error)
{
    struct earlier earlier = {0};
    int status = earlier_init(&earlier, path, error);

    if (status == SIM_OK)
        status = check_earlier(parent_fd, &earlier, is_vouched, error);
    earlier_fini(&earlier);
    return status;
}

int whole_directory_remove(int parent_fd, const char *path, bool is_vouched, char *error)
{
    struct earlier earlier = {0};
    int status = earlier_init(&earlier, path, error);

    if (status == SIM_OK)
        status = check_earlier(parent_fd, &earlier, is_vouched, error);
    if (status == SIM_OK)
        status = remove_error(parent_fd, earlier.error_name, earlier.error_path, error);
    if (status == SIM_OK)
        status = owned_directory_remove(OWNED_RUN, parent_fd, earlier.name, earlier.path,
                                        is_vouched, error);
    earlier_fini(&earlier);
    return status;
}

/* --- DIR.part ------------------------------------------------------------------------------- */

static int cannot_make(const struct whole_directory *whole, char *error)
{
    return sim_fail(error, SIM_FAILED, "-o %s: cannot be made (%s); choose another directory",
                    whole->part, strerror(process_note_failure(errno)));
}

/* Opens DIR.part and locks it; `is_current` is set if its path still names it then. */
static int open_part(struct whole_directory *whole, bool *is_current, char *error)
{
    struct owned_directory *part = &whole->directory;
    int status = owned_directory_open_in(part, OWNED_RUN, whole->parent_fd, whole->part_name,
                                         whole->part, error);

    *is_current = false;
    if (status != SIM_OK || part->fd < 0)
        return status;
    status = owned_directory_lock(part, LOCK_WAIT_MS, error);
    if (status != SIM_OK)
        return status;
    *is_current = owned_directory_is_current(part, whole->parent_fd, whole->part_name);
    if (*is_current)
        return owned_directory_clear(part, true, error);
    owned_directory_close(part);
    return SIM_OK;
}

/* Makes DIR.part, or takes an earlier one, and locks it; the previous holder of the lock may just
 * have renamed or removed it. */
static int take_part(struct whole_directory *whole, char *error)
{
    bool is_current = false;
    int status = SIM_OK;

    while (status == SIM_OK && !is_current) {
        bool is_made = mkdirat(whole->parent_fd, whole->part_name, 0777) == 0;
        if (!is_made && errno != EEXIST)
            return cannot_make(whole, error);
        status = open_part(whole, &is_current, error);
        if (status != SIM_OK && is_made) /* nothing is in it */
            unlinkat(whole->parent_fd, whole->part_name, AT_REMOVEDIR);
    }
    return status;
}

/* The folder that contains DIR, made if it is missing. */
static int open_parent(struct whole_directory *whole, char *error)
{
    size_t length = (size_t)(whole->name - whole->path);
    char *parent = length > 0 ? strndup(whole->path, length) : strdup(".");
    char *made = NULL;

    if (!parent)
        return sim_fail(error, SIM_FAILED, "-o %s: out of memory", whole->path);
    int status = output_directory_make(parent, &made, error);
    free(made);
    if (status == SIM_OK)
        whole->parent_fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (status == SIM_OK && whole->parent_fd < 0)
        status = cannot_make(whole, error);
    free(parent);
    return status;
}

static int set_paths(struct whole_directory *whole, const char *path, char *error)
{
    size_t length = strlen(path);

    while (length > 1 && path[length - 1] == '/')
        length--;
    whole->path = strndup(path, length);
    if (asprintf(&whole->part, "%.*s" FILE_PART, (int)length, path) < 0)
        whole->part = NULL;
    if (asprintf(&whole->error, "%.*s.error", (int)length, path) < 0)
        whole->error = NULL;
    if (!whole->path || !whole->part || !whole->error)
        return sim_fail(error, SIM_FAILED, "-o %s: out of memory", path);
    whole->name = base_name(whole->path);
    whole->part_name = whole->part + (whole->name - whole->path);
    whole->error_name = whole->error + (whole->name - whole->path);
    return SIM_OK;
}

/* DIR is missing or empty, and no link, which a directory cannot replace. */
static int check_place(const struct whole_directory *whole, char *error)
{
    struct owned_directory there;
    struct stat found;
    int status = SIM_OK;

    if (lstat(whole->path, &found) == 0 && S_ISLNK(found.st_mode))
        status = owned_refuse(whole->path, "", "is a symbolic link", error);
    owned_directory_init(&there);
    if (status == SIM_OK)
        status = output_directory_check(&there, whole->path, false, error);
    owned_directory_close(&there);
    return status;
}

/* Removes DIR.part, needing no memory as long as the run was not complete. */
static void abandon(struct whole_directory *whole)
{
    char unused[SIM_ERROR_BYTES];

    owned_directory_undo(&whole->directory);
    if (unlinkat(whole->parent_fd, whole->part_name, AT_REMOVEDIR) != 0)
        owned_directory_remove(OWNED_RUN, whole->parent_fd, whole->part_name, whole->part, false,
                               unused);
}

static int begin(struct whole_directory *whole, const char *path, char *error)
{
    int status = set_paths(whole, path, error);

    if (status == SIM_OK)
        status = check_place(whole, error);
    if (status == SIM_OK)
        status = open_parent(whole, error);
    if (status == SIM_OK)
        status = check_error(whole->parent_fd, whole->error_name, whole->error, error);
    if (status == SIM_OK)
        status = take_part(whole, error);
    bool is_taken = status == SIM_OK;
    if (status == SIM_OK) /* the previous holder of the lock may have made DIR */
        status = check_place(whole, error);
    if (status == SIM_OK)
        status = remove_error(whole->parent_fd, whole->error_name, whole->error, error);
    if (status != SIM_OK && is_taken)
        abandon(whole);
    return status;
}

static int commit(struct whole_directory *whole, bool quiet, char *error)
{
    if (renameat(whole->parent_fd, whole->part_name, whole->parent_fd, whole->name) == 0) {
        if (!quiet) {
            trace_print_plain(stdout, 0, whole->part);
            fputs(" is complete, and now ", stdout);
            trace_print_plain(stdout, 0, whole->path);
            fputc('\n', stdout);
        }
        return SIM_OK;
    }
    return sim_fail(error, SIM_FAILED,
                    "-o %s: the complete run cannot get that name (%s); choose another directory",
                    whole->path, strerror(errno));
}

/* --- the error of a run that failed -------------------------------------------------------- */

/* Replaces a path by its last part, so that the text does not depend on the location of the
 * files. */
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
    file_stream_close_text(out, &result);
    return result;
}

/* Best effort: if it cannot be written, standard error still has it. It is written in DIR.part,
 * which is the program's. */
static void keep_error(struct whole_directory *whole, const struct run_config *config,
                       const char *error)
{
    struct owned_directory *part = &whole->directory;
    const char *name = run_file_names[RUN_ERROR];
    char *shorter = without_folders(error, whole->path);
    char *shortest = shorter ? without_folders(shorter, config->trace) : NULL;
    json_t *root =
        json_pack("{s:s, s:s}", "command", config->command, "error", shortest ? shortest : error);
    FILE *file = root ? part_file_new(part, name) : NULL;

    if (file && json_file_write(root, file, JSON_INDENT(2), "") == 0 &&
        owned_directory_commit(part, name) == 0)
        owned_rename(part->fd, name, whole->parent_fd, whole->error_name);
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
                       whole_directory_callback *run, char *error)
{
    struct run_config *inside = malloc(sizeof(*inside));

    if (!inside)
        return sim_fail(error, SIM_FAILED, "-o %s: out of memory", whole->path);
    memcpy(inside, config, sizeof(*inside)); /* config keeps what it owns */
    inside->output_directory = whole->part;
    int status = run(inside, &whole->directory, error);
    free(inside);
    if (status == SIM_OK)
        status = commit(whole, config->quiet, error);
    if (status == SIM_OK)
        return status;
    owned_directory_undo(&whole->directory);
    if (status != SIM_INTERRUPTED)
        keep_error(whole, config, error);
    return status;
}

int whole_directory_run(const struct run_config *config, whole_directory_callback *run, char *error)
{
    struct whole_directory whole = {.parent_fd = -1};

    owned_directory_init(&whole.directory);
    int status = begin(&whole, config->output_directory, error);
    if (status == SIM_OK) {
        status = run_in_part(&whole, config, run, error);
        if (status != SIM_OK)
            abandon(&whole);
    }
    owned_directory_close(&whole.directory);
    if (whole.parent_fd >= 0)
        close(whole.parent_fd);
    free(whole.path);
    free(whole.part);
    free(whole.error);
    return status;
}
