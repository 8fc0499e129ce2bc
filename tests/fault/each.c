/*
 * One command with a fault at every place: the process forks before main(), once for each, which
 * takes a tenth of what starting the program anew would, and judges what each child did.
 *
 *   FAULT_EACH=FIRST,EVERY  the places: FIRST, FIRST + EVERY, ... until one is not reached
 *   FAULT_MADE=PATH PATH    what the command makes; removed before each, and to be the same as
 *                           without a fault where it ends as it does then
 *   FAULT_LEFT=PATH PATH    what must not be there when it failed (otherwise FAULT_MADE)
 *   FAULT_SAYS=REGEX        what the line says when it failed
 *
 * Each ends in its time with the status (0, or 2 for a misuse), output and files that it has
 * without a fault, or with status 1, one line, and none of its files. Where a call about a file
 * failed, the line names that file. Files that are whole may be there where standard output alone
 * could not be written.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"

#define TIME_LIMIT_S 60
#define FAILURES_MAX 10
#define PATHS_MAX    8
#define TEXT_BYTES   8192

struct paths {
    char *text; /* that they are parts of */
    char *list[PATHS_MAX];
    size_t count;
};

struct trial {
    const char *name; /* of the fault */
    enum fault fault;
    unsigned long at; /* 0: none */
    struct fault_result *result;
    struct paths made;
    struct paths left;
    regex_t says;
    int status; /* without a fault */
    unsigned long runs;
    unsigned long told; /* that failed as they should */
    int failures;
};

__attribute__((format(printf, 2, 3))) static void fail(struct trial *trial, const char *format, ...)
{
    va_list arguments;

    trial->failures++;
    fprintf(stderr, "%s=%lu (%s): ", trial->name, trial->at, trial->result->file);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

/* --- files ------------------------------------------------------------------------------------ */

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool is_there(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0;
}

static bool is_same_file(const char *a, const char *b)
{
    FILE *files[2] = {fopen(a, "r"), fopen(b, "r")};
    bool same = files[0] && files[1];
    int byte = 0;

    while (same && byte != EOF)
        same = (byte = getc(files[0])) == getc(files[1]);
    for (int i = 0; i < 2; i++)
        if (files[i])
            fclose(files[i]);
    return same;
}

static bool is_same(const char *a, const char *b);

/* Where it could not be removed, it stays and is in nobody's way. */
static bool ignores_marker;

static int is_compared(const struct dirent *entry)
{
    return !ignores_marker || strcmp(entry->d_name, ".shapesim") != 0;
}

/* Whether all that is in `a` is the same in `b`, and the number of entries, too. */
static bool is_same_folder(const char *a, const char *b)
{
    struct dirent **entries[2] = {NULL, NULL};
    int counts[2] = {scandir(a, &entries[0], is_compared, alphasort),
                     scandir(b, &entries[1], is_compared, alphasort)};
    bool same = counts[0] == counts[1] && counts[0] >= 0;

    for (int i = 0; i < counts[0]; i++) {
        char inner[2][PATH_MAX];
        const char *name = entries[0][i]->d_name;
        snprintf(inner[0], PATH_MAX, "%s/%s", a, name);
        snprintf(inner[1], PATH_MAX, "%s/%s", b, name);
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            same = same && is_same(inner[0], inner[1]);
    }
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < counts[side]; i++)
            free(entries[side][i]);
        free(entries[side]);
    }
    return same;
}

static bool is_same(const char *a, const char *b)
{
    struct stat status;

    if (lstat(a, &status) != 0)
        return !is_there(b);
    return S_ISDIR(status.st_mode) ? is_same_folder(a, b) : is_same_file(a, b);
}

static void whole_path(const char *path, char *whole)
{
    const char *slash = strrchr(path, '/');

    snprintf(whole, PATH_MAX, "whole/%s", slash ? slash + 1 : path);
}

/* --- the judge -------------------------------------------------------------------------------- */

/* Whether the line names the file of the failed call. */
static bool names(const char *line, const char *file)
{
    const char *slash = strrchr(file, '/');
    char name[PATH_MAX];

    snprintf(name, sizeof(name), "%s", slash ? slash + 1 : file);
    if (strcmp(name, ".shapesim") == 0) /* written for a file's sake, which the line names */
        return true;
    static const char *const endings[] = {" (deleted)", ".part", ".error"};
    for (size_t i = 0; i < 3; i++) {
        char *end = name + strlen(name) - strlen(endings[i]);
        if (end > name && strcmp(end, endings[i]) == 0)
            *end = '\0';
    }
    return strstr(line, name) != NULL;
}

/* Of a sweep: what its files will take, or how many of its runs are done. */
static bool is_progress(const char *line)
{
    return strstr(line, ": read once for ") ||
           (line[0] >= '0' && line[0] <= '9' && strstr(line, " runs done, "));
}

/* The only line but for warnings and progress; NULL: there is none, or there are several. */
static char *only_line(char *text)
{
    char *found = NULL, *rest = text, *line;

    while ((line = strsep(&rest, "\n")))
        if (*line && strncmp(line, "shapesim: warning: ", 19) != 0 && !is_progress(line)) {
            if (found)
                return NULL;
            found = line;
        }
    return found && strncmp(found, "shapesim: ", 10) == 0 ? found : NULL;
}

static void read_text(const char *path, char *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t bytes = fd < 0 ? 0 : read(fd, text, TEXT_BYTES - 1);

    text[bytes > 0 ? bytes : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

static bool is_about_standard_output(const char *line)
{
    return strstr(line, "standard output") != NULL;
}

/* A file without a name is none of the user's: what fails after it has one. */
static bool has_name(const char *file)
{
    return file[0] && !strstr(file, " (deleted)");
}

static void judge_failure(struct trial *trial)
{
    char text[TEXT_BYTES], copy[TEXT_BYTES], whole[PATH_MAX];
    const char *suffix;

    read_text("err", text);
    memcpy(copy, text, sizeof(copy));
    const char *line = only_line(copy);
    if (!line)
        fail(trial, "not one line:\n%s", text);
    else if (regexec(&trial->says, line, 0, NULL, 0) != 0)
        fail(trial, "does not say why: %s", line);
    else if (has_name(trial->result->file) && !names(line, trial->result->file))
        fail(trial, "does not name the file: %s", line);
    else
        trial->told++;
    for (size_t i = 0; i < trial->left.count; i++) {
        const char *path = trial->left.list[i];
        if (!is_there(path))
            continue;
        whole_path(path, whole);
        if (line && is_about_standard_output(line) && is_same(whole, path))
            continue;
        /* To remove a folder it has to be read, which takes memory; the next one removes it. */
        suffix = strrchr(path, '.');
        if (trial->fault != FAULT_ALLOCATIONS || !suffix || strcmp(suffix, ".part") != 0)
            fail(trial, "left %s; it said: %s", path, text);
    }
}

static void judge(struct trial *trial, int status)
{
    char text[TEXT_BYTES], whole[PATH_MAX];

    if (WIFEXITED(status) && WEXITSTATUS(status) == 1) {
        judge_failure(trial);
        return;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != trial->status) {
        read_text("err", text);
        fail(trial, "%s %d:\n%s", WIFEXITED(status) ? "exit status" : "ended by signal",
             WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), text);
        return;
    }
    ignores_marker = strcmp(trial->result->file, ".shapesim") == 0;
    if (!is_same("whole/out", "out") || (status != 0 && !is_same("whole/err", "err")))
        fail(trial, "no failure, and other output");
    for (size_t i = 0; i < trial->made.count; i++) {
        whole_path(trial->made.list[i], whole);
        if (!is_same(whole, trial->made.list[i]))
            fail(trial, "no failure, and %s is not the same", trial->made.list[i]);
    }
}

/* What comes out without a fault. */
static void keep_whole(struct trial *trial, int status)
{
    char text[TEXT_BYTES], whole[PATH_MAX];

    if (!WIFEXITED(status) || WEXITSTATUS(status) == 1) {
        read_text("err", text);
        fail(trial, "fails without a fault:\n%s", text);
        _exit(1);
    }
    remove_tree("whole");
    mkdir("whole", 0777);
    trial->status = WEXITSTATUS(status);
    if (rename("out", "whole/out") != 0 || rename("err", "whole/err") != 0)
        fail(trial, "out or err: %s", strerror(errno));
    for (size_t i = 0; i < trial->made.count; i++) {
        whole_path(trial->made.list[i], whole);
        if (rename(trial->made.list[i], whole) != 0 && errno != ENOENT)
            fail(trial, "%s: %s", trial->made.list[i], strerror(errno));
    }
}

/* --- the trials ------------------------------------------------------------------------------- */

/* Splits a list at its spaces; what it borrows lives as long as the process. */
static void read_paths(const char *text, struct paths *paths)
{
    char *rest = text ? strdup(text) : NULL, *path;

    paths->text = rest;
    while (rest && (path = strsep(&rest, " ")))
        if (*path && paths->count < PATHS_MAX)
            paths->list[paths->count++] = path;
}

static void redirect(const char *path, int to)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd < 0 || dup2(fd, to) < 0)
        _exit(99);
    close(fd);
}

static void prepare(struct trial *trial)
{
    for (size_t i = 0; i < trial->made.count; i++)
        remove_tree(trial->made.list[i]);
    remove("out");
    remove("err");
    lseek(STDIN_FILENO, 0, SEEK_SET);
    memset(trial->result, 0, sizeof(*trial->result));
    fflush(NULL);
}

static void begin_trial(struct trial *trial, const char *name, const struct fault_plan *plan)
{
    const char *left = getenv("FAULT_LEFT"), *says = getenv("FAULT_SAYS");

    *trial = (struct trial){.name = name, .fault = plan->fault};
    trial->result = plan->result;
    read_paths(getenv("FAULT_MADE"), &trial->made);
    read_paths(left ? left : getenv("FAULT_MADE"), &trial->left);
    if (regcomp(&trial->says, says ? says : "", REG_EXTENDED) != 0)
        _exit(99);
}

static void end_all(const struct trial *trial)
{
    const struct fault_result *result = trial->result;
    unsigned long places = trial->fault >= FAULT_EIO      ? result->calls
                           : trial->fault == FAULT_READER ? result->reader_allocations
                           : trial->fault == FAULT_CHILD  ? result->child_allocations
                                                          : result->allocations;

    printf("  %s: %lu places, %lu runs, %lu of them told of it\n", trial->name, places, trial->runs,
           trial->told);
    fflush(NULL);
    _exit(trial->failures > 0);
}

void each_begin(struct fault_plan *plan, const char *name)
{
    static struct trial trial; /* reachable to its end: nothing of it is a leak */
    char *every;
    unsigned long first = strtoul(getenv("FAULT_EACH"), &every, 10);
    unsigned long step = *every == ',' ? strtoul(every + 1, NULL, 10) : 1;

    begin_trial(&trial, name, plan);
    do {
        int status = 0;
        prepare(&trial);
        pid_t child = fork();
        if (child == 0) {
            redirect("out", STDOUT_FILENO);
            redirect("err", STDERR_FILENO);
            alarm(TIME_LIMIT_S);
            *plan = (struct fault_plan){.fault = trial.at ? trial.fault : FAULT_NONE,
                                        .at = trial.at,
                                        .result = trial.result};
            return;
        }
        if (child < 0 || waitpid(child, &status, 0) != child)
            _exit(99);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
            _exit(77);
        if (trial.at == 0)
            keep_whole(&trial, status);
        else
            judge(&trial, status);
        trial.runs += trial.at > 0;
        trial.at = trial.at == 0 ? first : trial.at + step;
    } while (trial.failures < FAILURES_MAX && (trial.runs == 0 || trial.result->is_reached));
    end_all(&trial);
}
