#include "sim/output/owned_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "sim/output/file_names.h"
#include "sim/output/owned_claims.h"
#include "traces/file_stream.h"

#define LOCK_STEP_MS 10

void owned_directory_init(struct owned_directory *directory)
{
    *directory = (struct owned_directory){.fd = -1};
}

int owned_directory_open(struct owned_directory *directory, enum owned_kind kind, const char *path)
{
    owned_directory_init(directory);
    directory->path = path;
    directory->kind = kind;
    directory->fd = file_stream_descriptor(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    return directory->fd < 0 ? errno : 0;
}

int owned_directory_open_in(struct owned_directory *directory, enum owned_kind kind, int parent_fd,
                            const char *name, const char *path, char *error)
{
    owned_directory_init(directory);
    directory->path = path;
    directory->kind = kind;
    directory->fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory->fd >= 0 || errno == ENOENT)
        return SIM_OK;
    if (errno == ELOOP || errno == ENOTDIR) {
        struct stat found;
        bool is_link =
            fstatat(parent_fd, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(found.st_mode);
        return owned_refuse(path, "", is_link ? "is a symbolic link" : "is no directory", error);
    }
    return sim_fail(error, SIM_FAILED, "%s: cannot be opened (%s); choose another directory", path,
                    strerror(errno));
}

void owned_directory_close(struct owned_directory *directory)
{
    if (directory->fd >= 0)
        close(directory->fd);
    directory->fd = -1;
}

/* --- the lock ------------------------------------------------------------------------------- */

int owned_directory_lock(const struct owned_directory *directory, int wait_ms, char *error)
{
    while (flock(directory->fd, LOCK_EX | LOCK_NB) != 0) {
        if (file_stream_again())
            continue;
        if (errno != EWOULDBLOCK)
            break;
        if (wait_ms <= 0)
            return sim_fail(error, SIM_FAILED,
                            "%s: another run, sweep or report is at work there; wait for it, or "
                            "choose another directory",
                            directory->path);
        wait_ms -= LOCK_STEP_MS;
        poll(NULL, 0, LOCK_STEP_MS);
    }
    return SIM_OK;
}

bool owned_directory_is_current(const struct owned_directory *directory, int parent_fd,
                                const char *name)
{
    struct stat opened, named;
    int flags = parent_fd == AT_FDCWD ? 0 : AT_SYMLINK_NOFOLLOW; /* the user may name a link */

    return fstat(directory->fd, &opened) == 0 && fstatat(parent_fd, name, &named, flags) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

/* --- all entries ---------------------------------------------------------------------------- */

static int read_claims(struct owned_claims *claims, const struct owned_directory *directory,
                       char *error)
{
    return owned_claims_read(claims, directory->kind, directory->fd, directory->path, error);
}

typedef int visit_entry(struct owned_directory *directory, const struct owned_claims *claims,
                        const char *name, bool whole, char *error);

/* Calls `visit` for every entry except the marker, until one does not return SIM_OK. */
static int each_entry(struct owned_directory *directory, const struct owned_claims *claims,
                      bool whole, visit_entry *visit, char *error)
{
    int fd = file_stream_descriptor(directory->fd, ".", O_RDONLY | O_DIRECTORY);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    int status = SIM_OK;

    if (!entries) {
        status = sim_fail(error, SIM_FAILED, "%s: cannot be read (%s); choose another directory",
                          directory->path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return status;
    }
    while (status == SIM_OK && (errno = 0, entry = readdir(entries)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            strcmp(entry->d_name, OWNED_MARKER) != 0)
            status = visit(directory, claims, entry->d_name, whole, error);
    if (status == SIM_OK && errno)
        status = sim_fail(error, SIM_FAILED, "%s: cannot be read (%s); choose another directory",
                          directory->path, strerror(errno));
    closedir(entries);
    return status;
}

/* Only to end the walk. */
static int refuse_any(struct owned_directory *directory, const struct owned_claims *claims,
                      const char *name, bool whole, char *error)
{
    (void)directory, (void)claims, (void)name, (void)whole, (void)error;
    return SIM_MISUSE;
}

int owned_directory_is_own(const struct owned_directory *directory, bool *is_own, char *error)
{
    struct owned_claims claims;
    int status = read_claims(&claims, directory, error);

    *is_own = status == SIM_OK && claims.is_ours;
    owned_claims_free(&claims);
    return status;
}

int owned_directory_is_empty(const struct owned_directory *directory, bool *is_empty, char *error)
{
    struct owned_directory same = *directory;
    struct owned_claims claims;
    int status = read_claims(&claims, directory, error);

    if (status == SIM_OK)
        status = each_entry(&same, &claims, true, refuse_any, error);
    else if (claims.has_foreign_marker)
        status = SIM_MISUSE;
    *is_empty = status == SIM_OK;
    owned_claims_free(&claims);
    return status == SIM_MISUSE ? SIM_OK : status;
}

static bool is_data_folder(const struct owned_directory *directory, const char *name)
{
    return directory->kind == OWNED_REPORT && strcmp(name, "data") == 0;
}

/* Opens a report's data folder; the report's claims apply to it. */
static int open_data(const struct owned_directory *directory, struct owned_directory *data,
                     char path[], size_t room, char *error)
{
    snprintf(path, room, "%s/data", directory->path);
    return owned_directory_open_in(data, OWNED_REPORT_DATA, directory->fd, "data", path, error);
}

static int check_entry(struct owned_directory *directory, const struct owned_claims *claims,
                       const char *name, bool whole, char *error)
{
    struct stat found;
    char path[SIM_ERROR_BYTES];

    if (is_data_folder(directory, name)) {
        struct owned_directory data;
        int status = open_data(directory, &data, path, sizeof(path), error);
        if (status == SIM_OK && data.fd >= 0)
            status = each_entry(&data, claims, whole, check_entry, error);
        owned_directory_close(&data);
        return status;
    }
    if (!owned_name_is_known(directory->kind, name))
        return whole ? owned_refuse(directory->path, name, owned_not_ours, error) : SIM_OK;
    if (fstatat(directory->fd, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return SIM_OK; /* it has been removed */
    if (S_ISLNK(found.st_mode))
        return owned_refuse(directory->path, name, "is a symbolic link", error);
    if (!S_ISREG(found.st_mode))
        return owned_refuse(directory->path, name, "is no regular file", error);
    return directory->is_vouched || owned_claims_have(claims, name, &found)
               ? SIM_OK
               : owned_refuse(directory->path, name, owned_not_ours, error);
}

static int remove_one(const struct owned_directory *directory, const char *name, int flags,
                      char *error)
{
    if (unlinkat(directory->fd, name, flags) == 0 || errno == ENOENT)
        return SIM_OK;
    return sim_fail(error, SIM_FAILED,
                    "%s/%s: shapesim's earlier file cannot be removed (%s); choose another "
                    "directory",
                    directory->path, name, strerror(errno));
}

/* Of an entry that was checked. */
static int remove_entry(struct owned_directory *directory, const struct owned_claims *claims,
                        const char *name, bool whole, char *error)
{
    char path[SIM_ERROR_BYTES];
    size_t length = strlen(name), tail = strlen(FILE_PART);

    if (is_data_folder(directory, name)) {
        struct owned_directory data;
        int status = open_data(directory, &data, path, sizeof(path), error);
        if (status == SIM_OK && data.fd >= 0)
            status = each_entry(&data, claims, whole, remove_entry, error);
        owned_directory_close(&data);
        return status == SIM_OK ? remove_one(directory, name, AT_REMOVEDIR, error) : status;
    }
    if (!owned_name_is_known(directory->kind, name) ||
        (directory->kind == OWNED_SWEEP &&
         (length <= tail || strcmp(name + length - tail, FILE_PART) != 0)))
        return SIM_OK;
    /* A file that appeared after the check is foreign. */
    int status = check_entry(directory, claims, name, true, error);
    return status == SIM_OK ? remove_one(directory, name, 0, error) : status;
}

/* The evidence for the other files comes first, so that the user hears of it first. */
static int check_all(struct owned_directory *directory, const struct owned_claims *claims,
                     bool whole, char *error)
{
    const char *evidence = directory->kind == OWNED_RUN     ? run_file_names[RUN_SUMMARY]
                           : directory->kind == OWNED_SWEEP ? sweep_file_names[SWEEP_SETTINGS]
                                                            : REPORT_PAGE;
    int status = check_entry(directory, claims, evidence, whole, error);

    return status == SIM_OK ? each_entry(directory, claims, whole, check_entry, error) : status;
}

int owned_directory_check(const struct owned_directory *directory, bool whole, char *error)
{
    struct owned_directory same = *directory;
    struct owned_claims claims;
    int status = read_claims(&claims, directory, error);

    if (status == SIM_OK)
        status = check_all(&same, &claims, whole, error);
    owned_claims_free(&claims);
    return status;
}

/* --- the marker ----------------------------------------------------------------------------- */

int owned_directory_mark(struct owned_directory *directory)
{
    return owned_marker_add(directory->fd, "", &directory->is_marked);
}

void owned_directory_unmark(struct owned_directory *directory)
{
    if (directory->is_marked)
        unlinkat(directory->fd, OWNED_MARKER, 0);
    directory->is_marked = false;
    directory->parts = 0;
    directory->whole = 0;
}

/* What summary.json lists must still be recognised after its removal. */
static int mark_own(struct owned_directory *directory, const struct owned_claims *claims,
                    char *error)
{
    char lines[OWNED_MARKER_ROOM] = "";
    size_t used = 0;

    if (directory->kind == OWNED_RUN && claims->is_ours)
        for (int i = 0; i < RUN_FILES; i++)
            if (i == RUN_SUMMARY || json_object_get(claims->files, run_file_names[i]))
                used +=
                    (size_t)snprintf(lines + used, sizeof(lines) - used, "%s\n", run_file_names[i]);
    if (used == 0 && (directory->kind != OWNED_REPORT || claims->has_marker))
        return SIM_OK;
    int failure = owned_marker_add(directory->fd, lines, &directory->is_marked);
    /* Removing makes room, which it would need first. */
    if (!failure || failure == ENOSPC || failure == EDQUOT)
        return SIM_OK;
    return sim_fail(error, SIM_FAILED,
                    "%s/" OWNED_MARKER ": cannot be written (%s); choose another "
                    "directory",
                    directory->path, strerror(failure));
}

/* --- removing ------------------------------------------------------------------------------- */

int owned_directory_clear(struct owned_directory *directory, bool whole, char *error)
{
    struct owned_claims claims;
    int status = read_claims(&claims, directory, error);

    if (status == SIM_OK)
        status = check_all(directory, &claims, whole, error);
    if (status == SIM_OK)
        status = mark_own(directory, &claims, error);
    if (status == SIM_OK && directory->is_marked)
        claims.has_marker = true;
    if (status == SIM_OK && directory->kind == OWNED_RUN) /* without it, the rest is no run */
        status = remove_one(directory, run_file_names[RUN_SUMMARY], 0, error);
    if (status == SIM_OK)
        status = each_entry(directory, &claims, whole, remove_entry, error);
    if (status == SIM_OK && claims.has_marker) {
        directory->is_marked = true;
        owned_directory_unmark(directory);
    }
    owned_claims_free(&claims);
    return status;
}

int owned_directory_remove(enum owned_kind kind, int parent_fd, const char *name, const char *path,
                           bool is_vouched, char *error)
{
    struct owned_directory directory;
    int status = owned_directory_open_in(&directory, kind, parent_fd, name, path, error);

    if (status != SIM_OK || directory.fd < 0)
        return status;
    directory.is_vouched = is_vouched;
    status = owned_directory_clear(&directory, true, error);
    if (status == SIM_OK) {
        owned_directory_unmark(&directory);
        if (unlinkat(parent_fd, name, AT_REMOVEDIR) != 0)
            status = sim_fail(error, SIM_FAILED, "%s: cannot be removed (%s); remove it by hand",
                              path, strerror(errno));
    }
    owned_directory_close(&directory);
    return status;
}

/* --- files ---------------------------------------------------------------------------------- */

int owned_rename(int from_fd, const char *from, int to_fd, const char *to)
{
    struct stat found;

    if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    /* A file system or a kernel that does not support it. */
    if (fstatat(to_fd, to, &found, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    return renameat(from_fd, from, to_fd, to) == 0 ? 0 : errno;
}

static void part_name(char text[OWNED_NAME_ROOM], const char *name)
{
    snprintf(text, OWNED_NAME_ROOM, "%s" FILE_PART, name);
}

/* The bit of a name in the table, or 0. */
static uint32_t bit_of(const struct owned_directory *directory, const char *name)
{
    bool is_part;
    int index = owned_name_index(directory->kind, name, &is_part);

    return index < 0 || is_part ? 0 : UINT32_C(1) << index;
}

int owned_directory_create(struct owned_directory *directory, const char *name, int *fd)
{
    char part[OWNED_NAME_ROOM], line[OWNED_NAME_ROOM];
    uint32_t bit = bit_of(directory, name);

    if (!bit)
        return EINVAL;
    snprintf(line, sizeof(line), "%s\n", name);
    int failure = owned_marker_add(directory->fd, line, &directory->is_marked);
    if (failure)
        return failure;
    part_name(part, name);
    *fd = file_stream_descriptor(directory->fd, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (*fd < 0)
        return errno;
    directory->parts |= bit;
    return 0;
}

int owned_directory_commit(struct owned_directory *directory, const char *name)
{
    char part[OWNED_NAME_ROOM];
    uint32_t bit = bit_of(directory, name);
    int failure = 0;

    part_name(part, name);
    if (directory->kind == OWNED_RUN)
        failure = owned_rename(directory->fd, part, directory->fd, name);
    else if (renameat(directory->fd, part, directory->fd, name) != 0)
        failure = errno;
    if (failure)
        return failure;
    directory->parts &= ~bit;
    directory->whole |= bit;
    return 0;
}

void owned_directory_discard(struct owned_directory *directory, const char *name)
{
    char part[OWNED_NAME_ROOM];
    uint32_t bit = bit_of(directory, name);

    if (!(directory->parts & bit))
        return;
    part_name(part, name);
    unlinkat(directory->fd, part, 0);
    directory->parts &= ~bit;
}

void owned_directory_undo(struct owned_directory *directory)
{
    int count;
    const char *const *names = owned_names(directory->kind, &count);

    for (int i = 0; i < count; i++) {
        owned_directory_discard(directory, names[i]);
        if (directory->whole >> i & 1)
            unlinkat(directory->fd, names[i], 0);
    }
    owned_directory_unmark(directory);
}
