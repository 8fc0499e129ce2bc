#include "sim/output/owned_claims.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/json_file.h"
#include "sim/base/sim.h"
#include "sim/output/file_names.h"
#include "traces/file_stream.h"

#define PAGE_ROOM 8192 /* of a report's page: its head */

/* Opens a regular file for reading, following no link; -1 if there is none, with errno 0 if it is
 * of another kind. */
static int open_regular(int directory_fd, const char *name)
{
    struct stat found;
    int fd = file_stream_descriptor(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0 || (fstat(fd, &found) == 0 && S_ISREG(found.st_mode)))
        return fd;
    close(fd);
    errno = 0;
    return -1;
}

/* Whether `failure`, an errno or 0, has another cause than the file, which may be the program's. */
static bool is_of_the_disk(int failure)
{
    return failure != 0 && failure != ENXIO && !file_stream_is_of_the_path(failure);
}

static int unreadable(const char *path, const char *name, int failure, char *error)
{
    return sim_fail(error, SIM_FAILED, "%s/%s: cannot be read (%s)", path, name, strerror(failure));
}

/* The file's first bytes, at most `room` - 1, followed by a zero; -1 if there is none, with errno
 * as above, or if it cannot be read. */
static ssize_t read_head(int directory_fd, const char *name, char *text, size_t room)
{
    int fd = open_regular(directory_fd, name);
    size_t used = 0;
    ssize_t got = fd < 0 ? -1 : 0;

    while (fd >= 0 && used + 1 < room && (got = read(fd, text + used, room - 1 - used)) != 0) {
        if (got < 0 && !file_stream_again())
            break;
        used += got > 0 ? (size_t)got : 0;
    }
    int failure = errno;
    if (fd >= 0)
        close(fd);
    errno = failure;
    text[used] = '\0';
    return got < 0 ? -1 : (ssize_t)used;
}

static int read_marker(struct owned_claims *claims, int fd, const char *path, char *error)
{
    static const size_t head = sizeof(OWNED_MARKER_HEAD) - 1;
    char *text = claims->marker;
    struct stat found;

    if (fstatat(fd, OWNED_MARKER, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return SIM_OK;
    ssize_t bytes = read_head(fd, OWNED_MARKER, text, sizeof(claims->marker));
    if (bytes < 0 && is_of_the_disk(errno))
        return unreadable(path, OWNED_MARKER, errno, error);
    size_t same = bytes < 0 || (size_t)bytes > head ? head : (size_t)bytes;
    claims->has_foreign_marker = bytes < 0 || memcmp(text, OWNED_MARKER_HEAD, same) != 0;
    if (claims->has_foreign_marker)
        return owned_refuse(path, OWNED_MARKER, owned_not_ours, error);
    claims->has_marker = true;
    /* A truncated head has no names after it. */
    memmove(text, text + same - (same == head), strlen(text + same) + 1 + (same == head));
    return SIM_OK;
}

static int read_json(struct owned_claims *claims, int directory_fd, const char *path, char *error)
{
    bool is_run = claims->kind == OWNED_RUN;
    const char *name = is_run ? run_file_names[RUN_SUMMARY] : sweep_file_names[SWEEP_SETTINGS];
    int fd = open_regular(directory_fd, name);

    if (fd >= 0)
        claims->root = json_file_load_from(fd, name);
    if (!claims->root)
        return is_of_the_disk(errno) ? unreadable(path, name, errno, error) : SIM_OK;
    const json_t *versions = is_run ? json_object_get(claims->root, "versions") : claims->root;
    claims->files = json_object_get(claims->root, is_run ? "files" : "arguments");
    claims->is_ours = json_is_string(json_object_get(versions, "shapesim")) &&
                      (is_run ? json_is_object(claims->files) : json_is_array(claims->files));
    return SIM_OK;
}

/* What the head of a report's page contains. */
static int read_page(struct owned_claims *claims, int fd, const char *path, char *error)
{
    char text[PAGE_ROOM];
    ssize_t bytes = read_head(fd, REPORT_PAGE, text, sizeof(text));

    if (bytes < 0 && is_of_the_disk(errno))
        return unreadable(path, REPORT_PAGE, errno, error);
    claims->is_ours = bytes > 0 && strstr(text, " - shapesim</title>") != NULL;
    return SIM_OK;
}

int owned_claims_read(struct owned_claims *claims, enum owned_kind kind, int fd, const char *path,
                      char *error)
{
    memset(claims, 0, sizeof(*claims));
    claims->kind = kind;
    int status = read_marker(claims, fd, path, error);

    if (status == SIM_OK && owned_kind_is_listed(kind))
        status = read_json(claims, fd, path, error);
    if (status == SIM_OK && kind == OWNED_REPORT)
        status = read_page(claims, fd, path, error);
    return status;
}

void owned_claims_free(struct owned_claims *claims)
{
    json_decref(claims->root);
}

static bool marker_lists(const struct owned_claims *claims, const char *name)
{
    char line[OWNED_NAME_ROOM];

    snprintf(line, sizeof(line), "\n%s\n", name);
    return claims->has_marker && strstr(claims->marker, line) != NULL;
}

bool owned_claims_have(const struct owned_claims *claims, const char *name,
                       const struct stat *found)
{
    int count;
    bool is_part;

    if (!owned_kind_is_listed(claims->kind))
        return claims->has_marker || claims->is_ours;
    int index = owned_name_index(claims->kind, name, &is_part);
    if (marker_lists(claims, owned_names(claims->kind, &count)[index]))
        return true;
    if (is_part) /* killed before the marker listed it */
        return claims->has_marker && found->st_size == 0;
    if (!claims->is_ours)
        return false;
    return claims->kind == OWNED_SWEEP || index == RUN_SUMMARY ||
           json_object_get(claims->files, name) != NULL;
}

/* --- writing the marker ---------------------------------------------------------------------- */

static int write_all(int fd, const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t done = write(fd, text, bytes);
        if (done < 0 && file_stream_again())
            continue;
        if (done <= 0)
            return done < 0 ? errno : EIO;
        text += done;
        bytes -= (size_t)done;
    }
    return 0;
}

int owned_marker_add(int directory_fd, const char *lines, bool *is_marked)
{
    struct stat found;
    int failure = 0;
    int fd = file_stream_descriptor(directory_fd, OWNED_MARKER,
                                    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0)
        return errno;
    *is_marked = true;
    if (fstat(fd, &found) != 0)
        failure = errno;
    else if (!S_ISREG(found.st_mode))
        failure = EEXIST;
    else if (found.st_size < (off_t)sizeof(OWNED_MARKER_HEAD) - 1) { /* new, or truncated */
        failure = ftruncate(fd, 0) == 0 ? 0 : errno;
        if (!failure)
            failure = write_all(fd, OWNED_MARKER_HEAD, sizeof(OWNED_MARKER_HEAD) - 1);
    }
    if (!failure)
        failure = write_all(fd, lines, strlen(lines));
    if (close(fd) != 0 && !failure)
        failure = errno;
    return failure;
}
