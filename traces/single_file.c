#include "traces/single_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traces/file_stream.h"

static int refuse(const struct single_file_kind *kind, const char *path, const char *what,
                  char *error)
{
    return trace_fail(error, TRACE_ERROR_WRITE,
                      "%s: %s, so it stays as it is; move it away, or choose another %s FILE", path,
                      what, kind->option);
}

static int cannot_create(const char *path, char *error)
{
    return trace_fail(error, TRACE_ERROR_WRITE, "cannot create %s: %s", path, strerror(errno));
}

/* TRACE_OK if nothing is there or a file that may be replaced; `found` says which: a mode of 0
 * means nothing. */
static int check(const struct single_file_kind *kind, const char *path, struct stat *found,
                 char *error)
{
    memset(found, 0, sizeof(*found));
    int fd = file_stream_descriptor(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0 && errno == ENOENT)
        return TRACE_OK;
    if (fd < 0 && errno == ELOOP)
        return refuse(kind, path, "is a symbolic link", error);
    if (fd >= 0 && fstat(fd, found) == 0 && S_ISDIR(found->st_mode)) {
        close(fd);
        fd = -1;
        errno = EISDIR;
    }
    if (fd < 0)
        return cannot_create(path, error);
    bool is_replaced = S_ISREG(found->st_mode) && (found->st_size == 0 || kind->is_own(fd));
    close(fd);
    return is_replaced ? TRACE_OK : refuse(kind, path, kind->is_foreign, error);
}

/* Opens what is neither created nor removed: standard output, a pipe, a device. */
static int begin_in_place(struct single_file *file, char *error)
{
    bool is_standard = strcmp(file->path, "-") == 0;
    int fd = is_standard ? dup(STDOUT_FILENO)
                         : file_stream_descriptor(AT_FDCWD, file->path, O_WRONLY | O_NOCTTY);

    file->name = is_standard ? "standard output" : file->path;
    file->fd = fd;
    file->stream = fd < 0 ? NULL : file_stream_from(fd, file->name, "w");
    if (file->stream)
        return TRACE_OK;
    int status =
        trace_fail(error, TRACE_ERROR_WRITE, "cannot write %s: %s", file->name, strerror(errno));
    if (fd >= 0)
        close(fd);
    return status;
}

static int begin_part(struct single_file *file, const struct single_file_kind *kind, char *error)
{
    struct stat found;
    int status = check(kind, file->path, &found, error);

    if (asprintf(&file->part, "%s.part", file->path) < 0)
        file->part = NULL;
    if (!file->part)
        return trace_fail(error, TRACE_ERROR_MEMORY, "no memory to write %s", file->path);
    file->name = file->part;
    if (status == TRACE_OK)
        status = check(kind, file->part, &found, error);
    if (status != TRACE_OK)
        return status;
    if (found.st_mode != 0 && unlink(file->part) != 0 && errno != ENOENT)
        return cannot_create(file->part, error);
    int fd = file_stream_descriptor(AT_FDCWD, file->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    file->fd = fd;
    file->stream = fd < 0 ? NULL : file_stream_from(fd, file->part, "w");
    if (file->stream)
        return TRACE_OK;
    status = cannot_create(file->part, error);
    if (fd >= 0) {
        close(fd);
        unlink(file->part);
    }
    return status;
}

int single_file_begin(struct single_file *file, const struct single_file_kind *kind,
                      const char *path, char *error)
{
    struct stat found;
    bool is_there = stat(path, &found) == 0;

    *file = (struct single_file){.path = path};
    if (strcmp(path, "-") == 0 || (is_there && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)))
        return begin_in_place(file, error);
    int status = begin_part(file, kind, error);
    if (status != TRACE_OK) {
        free(file->part);
        file->part = NULL;
    }
    return status;
}

int single_file_end(struct single_file *file, int status, char *error)
{
    if (!file->part)
        return status;
    if (status == TRACE_OK && rename(file->part, file->path) != 0)
        status = trace_fail(error, TRACE_ERROR_WRITE, "cannot rename %s to %s: %s", file->part,
                            file->path, strerror(errno));
    if (status != TRACE_OK)
        unlink(file->part);
    free(file->part);
    return status;
}
