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

#include "sim/base/json_file.h"
#include "sim/output/file_names.h"
#include "traces/file_stream.h"

#define NAME_ROOM    64   /* a name of the table with .part and a zero */
#define MARKER_ROOM  4096 /* every name of the table, some of them twice */
#define PAGE_ROOM    8192 /* of a report's page: its head */
#define LOCK_STEP_MS 10

static const char marker_head[] =
    "shapesim writes the files named below, or was ended while it did. Its next run into this "
    "directory removes them.\n";

static const char not_ours[] = "was not written by shapesim";

void owned_directory_init(struct owned_directory *directory)
{
    *directory = (struct owned_directory){.fd = -1};
}

int owned_refuse(const char *path, const char *name, const char *what, char *error)
{
    return sim_fail(error, SIM_FAILED,
                    "%s%s%s: %s, so it stays as it is; move it away, or choose another directory",
                    path, *name ? "/" : "", name, what);
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

/* --- names ---------------------------------------------------------------------------------- */

/* The index in the table of `name` without .part; -1 if it is not there. */
static int find_name(const char *const *names, int count, const char *name, bool *is_part)
{
    for (int i = 0; i < count; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(name, names[i], length) != 0)
            continue;
        *is_part = strcmp(name + length, FILE_PART) == 0;
        if (*is_part || name[length] == '\0')
            return i;
    }
    return -1;
}

static const char *const *names_of(enum owned_kind kind, int *count)
{
    *count = kind == OWNED_RUN ? RUN_FILES : SWEEP_FILES;
    return kind == OWNED_RUN ? run_file_names : sweep_file_names;
}

static bool is_listed_kind(enum owned_kind kind)
{
    return kind == OWNED_RUN || kind == OWNED_SWEEP;
}

static bool is_known(enum owned_kind kind, const char *name)
{
    const char *const *names;
    int count;
    bool is_part;

    if (kind == OWNED_REPORT)
        return report_file_is_known(name);
    if (kind == OWNED_REPORT_DATA)
        return report_data_file_is_known(name);
    names = names_of(kind, &count);
    return find_name(names, count, name, &is_part) >= 0;
}

static void part_name(char text[NAME_ROOM], const char *name)
{
    snprintf(text, NAME_ROOM, "%s" FILE_PART, name);
}

/* --- evidence of ownership --------------------------------------------------------------- */

struct claims {
    bool has_marker;
    bool has_foreign_marker;
    char marker[MARKER_ROOM]; /* a newline, then the names, each followed by a newline */
    bool is_ours;             /* by summary.json, sweep.json or index.html */
    json_t *files;            /* those of summary.json; borrowed from `root` */
    json_t *root;
};

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

static int unreadable(const struct owned_directory *directory, const char *name, int failure,
                      char *error)
{
    return sim_fail(error, SIM_FAILED, "%s/%s: cannot be read (%s)", directory->path, name,
                    strerror(failure));
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

static int read_marker(const struct owned_directory *directory, struct claims *claims, char *error)
{
    static const size_t head = sizeof(marker_head) - 1;
    char *text = claims->marker;
    struct stat found;

    if (fstatat(directory->fd, OWNED_MARKER, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return SIM_OK;
    ssize_t bytes = read_head(directory->fd, OWNED_MARKER, text, sizeof(claims->marker));
    if (bytes < 0 && is_of_the_disk(errno))
        return unreadable(directory, OWNED_MARKER, errno, error);
    size_t same = bytes < 0 || (size_t)bytes > head ? head : (size_t)bytes;
    claims->has_foreign_marker = bytes < 0 || memcmp(text, marker_head, same) != 0;
    if (claims->has_foreign_marker)
        return owned_refuse(directory->path, OWNED_MARKER, not_ours, error);
    claims->has_marker = true;
    /* A truncated head has no names after it. */
    memmove(text, text + same - (same == head), strlen(text + same) + 1 + (same == head));
    return SIM_OK;
}

static int read_json(const struct owned_directory *directory, struct claims *claims, char *error)
{
    bool is_run = directory->kind == OWNED_RUN;
    const char *name = is_run ? run_file_names[RUN_SUMMARY] : sweep_file_names[SWEEP_SETTINGS];
    int fd = open_regular(directory->fd, name);

    if (fd >= 0)
        claims->root = json_file_load_from(fd, name);
    if (!claims->root)
        return is_of_the_disk(errno) ? unreadable(directory, name, errno, error) : SIM_OK;
    const json_t *versions = is_run ? json_object_get(claims->root, "versions") : claims->root;
    claims->files = json_object_get(claims->root, is_run ? "files" : "arguments");
    claims->is_ours = json_is_string(json_object_get(versions, "shapesim")) &&
                      (is_run ? json_is_object(claims->files) : json_is_array(claims->files));
    return SIM_OK;
}

/* What the head of a report's page contains. */
static int read_page(const struct owned_directory *directory, struct claims *claims, char *error)
{
    char text[PAGE_ROOM];
    ssize_t bytes = read_head(directory->fd, REPORT_PAGE, text, sizeof(text));

    if (bytes < 0 && is_of_the_disk(errno))
        return unreadable(directory, REPORT_PAGE, errno, error);
    claims->is_ours = bytes > 0 && strstr(text, " - shapesim</title>") != NULL;
    return SIM_OK;
}

static int claims_read(struct claims *claims, const struct owned_directory *directory, char *error)
{
    memset(claims, 0, sizeof(*claims));
    int status = read_marker(directory, claims, error);

    if (status == SIM_OK && is_listed_kind(directory->kind))
        status = read_json(directory, claims, error);
    if (status == SIM_OK && directory->kind == OWNED_REPORT)
        status = read_page(directory, claims, error);
    return status;
}

static void claims_free(struct claims *claims)
{
    json_decref(claims->root);
}

static bool marker_lists(const struct claims *claims, const char *name)
{
    char line[NAME_ROOM];

    snprintf(line, sizeof(line), "\n%s\n", name);
    return claims->has_marker && strstr(claims->marker, line) != NULL;
}

/* Whether the program wrote a regular file of a known name. */
static bool is_own(const struct owned_directory *directory, const struct claims *claims,
                   const char *name, const struct stat *found)
{
    const char *const *names;
    int count;
    bool is_part;

    if (directory->is_vouched)
        return true;
    if (!is_listed_kind(directory->kind))
        return claims->has_marker || claims->is_ours;
    names = names_of(directory->kind, &count);
    int index = find_name(names, count, name, &is_part);
    if (marker_lists(claims, names[index]))
        return true;
    if (is_part) /* killed before the marker listed it */
        return claims->has_marker && found->st_size == 0;
    if (!claims->is_ours)
        return false;
    return directory->kind == OWNED_SWEEP || index == RUN_SUMMARY ||
           json_object_get(claims->files, name) != NULL;
}

/* --- all entries ---------------------------------------------------------------------------- */

typedef int visit_entry(struct owned_directory *directory, const struct claims *claims,
                        const char *name, bool whole, char *error);

/* Calls `visit` for every entry except the marker, until one does not return SIM_OK. */
static int each_entry(struct owned_directory *directory, const struct claims *claims, bool whole,
                      visit_entry *visit, char *error)
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
static int refuse_any(struct owned_directory *directory, const struct claims *claims,
                      const char *name, bool whole, char *error)
{
    (void)directory, (void)claims, (void)name, (void)whole, (void)error;
    return SIM_MISUSE;
}

int owned_directory_is_own(const struct owned_directory *directory, bool *is_own, char *error)
{
    struct claims claims;
    int status = claims_read(&claims, directory, error);

    *is_own = status == SIM_OK && claims.is_ours;
    claims_free(&claims);
    return status;
}

int owned_directory_is_empty(const struct owned_directory *directory, bool *is_empty, char *error)
{
    struct owned_directory same = *directory;
    struct claims claims;
    int status = claims_read(&claims, directory, error);

    if (status == SIM_OK)
        status = each_entry(&same, &claims, true, refuse_any, error);
    else if (claims.has_foreign_marker)
        status = SIM_MISUSE;
    *is_empty = status == SIM_OK;
    claims_free(&claims);
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

static int check_entry(struct owned_directory *directory, const struct claims *claims,
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
    if (!is_known(directory->kind, name))
        return whole ? owned_refuse(directory->path, name, not_ours, error) : SIM_OK;
    if (fstatat(directory->fd, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return SIM_OK; /* it has been removed */
    if (S_ISLNK(found.st_mode))
        return owned_refuse(directory->path, name, "is a symbolic link", error);
    if (!S_ISREG(found.st_mode))
        return owned_refuse(directory->path, name, "is no regular file", error);
    return is_own(directory, claims, name, &found)
               ? SIM_OK
               : owned_refuse(directory->path, name, not_ours, error);
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
static int remove_entry(struct owned_directory *directory, const struct claims *claims,
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
    if (!is_known(directory->kind, name) ||
        (directory->kind == OWNED_SWEEP &&
         (length <= tail || strcmp(name + length - tail, FILE_PART) != 0)))
        return SIM_OK;
    /* A file that appeared after the check is foreign. */
    int status = check_entry(directory, claims, name, true, error);
    return status == SIM_OK ? remove_one(directory, name, 0, error) : status;
}

/* The evidence for the other files comes first, so that the user hears of it first. */
static int check_all(struct owned_directory *directory, const struct claims *claims, bool whole,
                     char *error)
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
    struct claims claims;
    int status = claims_read(&claims, directory, error);

    if (status == SIM_OK)
        status = check_all(&same, &claims, whole, error);
    claims_free(&claims);
    return status;
}

/* --- the marker ----------------------------------------------------------------------------- */

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

/* Adds lines to the marker, which is new or was checked. */
static int add_to_marker(struct owned_directory *directory, const char *lines)
{
    struct stat found;
    int failure = 0;
    int fd = file_stream_descriptor(directory->fd, OWNED_MARKER,
                                    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0)
        return errno;
    directory->is_marked = true;
    if (fstat(fd, &found) != 0)
        failure = errno;
    else if (!S_ISREG(found.st_mode))
        failure = EEXIST;
    else if (found.st_size < (off_t)sizeof(marker_head) - 1) { /* new, or truncated */
        failure = ftruncate(fd, 0) == 0 ? 0 : errno;
        if (!failure)
            failure = write_all(fd, marker_head, sizeof(marker_head) - 1);
    }
    if (!failure)
        failure = write_all(fd, lines, strlen(lines));
    if (close(fd) != 0 && !failure)
        failure = errno;
    return failure;
}

int owned_directory_mark(struct owned_directory *directory)
{
    return add_to_marker(directory, "");
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
static int mark_own(struct owned_directory *directory, const struct claims *claims, char *error)
{
    char lines[MARKER_ROOM] = "";
    size_t used = 0;

    if (directory->kind == OWNED_RUN && claims->is_ours)
        for (int i = 0; i < RUN_FILES; i++)
            if (i == RUN_SUMMARY || json_object_get(claims->files, run_file_names[i]))
                used +=
                    (size_t)snprintf(lines + used, sizeof(lines) - used, "%s\n", run_file_names[i]);
    if (used == 0 && (directory->kind != OWNED_REPORT || claims->has_marker))
        return SIM_OK;
    int failure = add_to_marker(directory, lines);
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
    struct claims claims;
    int status = claims_read(&claims, directory, error);

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
    claims_free(&claims);
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

/* The bit of a name in the table, or 0. */
static uint32_t bit_of(const struct owned_directory *directory, const char *name)
{
    const char *const *names;
    int count;
    bool is_part;

    names = names_of(directory->kind, &count);
    int index = find_name(names, count, name, &is_part);
    return index < 0 || is_part ? 0 : UINT32_C(1) << index;
}

int owned_directory_create(struct owned_directory *directory, const char *name, int *fd)
{
    char part[NAME_ROOM], line[NAME_ROOM];
    uint32_t bit = bit_of(directory, name);

    if (!bit)
        return EINVAL;
    snprintf(line, sizeof(line), "%s\n", name);
    int failure = add_to_marker(directory, line);
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
    char part[NAME_ROOM];
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
    char part[NAME_ROOM];
    uint32_t bit = bit_of(directory, name);

    if (!(directory->parts & bit))
        return;
    part_name(part, name);
    unlinkat(directory->fd, part, 0);
    directory->parts &= ~bit;
}

void owned_directory_undo(struct owned_directory *directory)
{
    const char *const *names;
    int count;

    names = names_of(directory->kind, &count);
    for (int i = 0; i < count; i++) {
        owned_directory_discard(directory, names[i]);
        if (directory->whole >> i & 1)
            unlinkat(directory->fd, names[i], 0);
    }
    owned_directory_unmark(directory);
}
