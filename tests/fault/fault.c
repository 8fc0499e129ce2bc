/*
 * Preloaded into shapesim by the tests of faults: lets one chosen allocation fail, or one chosen
 * step meet a signal or an error, always the same one.
 *
 * FAULT says what happens, and where (without =N: each.c tries every place):
 *   allocation=N     the Nth allocation fails; all others succeed
 *   allocations=N    so do all that come after it
 *   reader=N         the Nth allocation of another thread, of 1 KiB or more, and all after it (what
 *                    the C library and AddressSanitizer take to start a thread is less)
 *   child=N          the Nth allocation of every process that was forked and has not called exec()
 *   hup=N            SIGHUP is raised before the Nth step
 *   int=N, term=N    SIGINT or SIGTERM likewise
 *   rename=N         something is done before the Nth step: $FAULT_PATH is renamed to $FAULT_TO
 *   truncate=N       likewise: the file $FAULT_PATH is cut to $FAULT_TO bytes
 *   grow=N           likewise: $FAULT_TO bytes of it are written again at its end
 *   chmod=N          likewise: $FAULT_PATH gets the mode $FAULT_TO, in octal digits
 *   eio=N            the Nth system call that can fail with EIO does (calls.c lists them)
 *   enospc=N         the Nth that takes room on a disk fails with ENOSPC, and all after it
 *   eintr=N          the Nth that a signal may interrupt is interrupted before it has done anything
 *   short=N          the Nth read or write moves half of what it was asked to
 * FAULT_REPORT names a file that gets one line when the program ends: allocations and steps
 * counted, and 1 if the Nth was reached.
 *
 * Allocations are the calls of malloc(), calloc(), realloc() and their kin, whoever makes them: the
 * program, libevent, libpcap, OpenSSL, jansson, zlib or the C library itself. Steps are the calls
 * listed at the end, and allocations, too. Only the process that was started counts, and neither
 * its children (but for child=N) nor what was done before main(); allocations and steps before
 * which a signal comes are those of its first thread, so that they are always the same.
 *
 * The allocator below it is whatever comes next: the C library's, or AddressSanitizer's, which then
 * has to be told not to insist on being the first (ASAN_OPTIONS=verify_asan_link_order=0).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"

static const char *const fault_names[FAULTS] = {
    "none",   "allocation", "allocations", "reader", "child", "hup",    "int",   "term",
    "rename", "truncate",   "grow",        "chmod",  "eio",   "enospc", "eintr", "short"};

static struct {
    struct fault_plan plan;
    struct fault_result *result;
    pid_t process;                   /* 0: nothing is counted */
    unsigned long child_allocations; /* of a child */
    const char *path;
    const char *to;
    int report; /* a descriptor; -1: none */
    int helper; /* that of the process that changes files */
} state = {.report = -1};

static __thread bool is_first_thread __attribute__((tls_model("initial-exec")));

#define READER_BYTES_MIN 1024

/* For a debugger: where to stop. */
void libfault_hit(void);
void libfault_hit(void)
{
    __asm__ volatile("");
}

bool fault_counts(void)
{
    return state.process != 0 && state.process == getpid();
}

/* --- what happens ------------------------------------------------------------------------ */

static void grow(const char *path, size_t bytes)
{
    char piece[4096];
    int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
    ssize_t got = pread(fd, piece, bytes < sizeof(piece) ? bytes : sizeof(piece), 0);

    if (fd < 0 || got < 0 || write(fd, piece, (size_t)got) != got)
        abort();
    close(fd);
}

/* What changes files, in the process that does it. */
static void change_files(void)
{
    bool is_done = true;

    if (state.plan.fault == FAULT_RENAME)
        is_done = renameat(AT_FDCWD, state.path, AT_FDCWD, state.to) == 0;
    else if (state.plan.fault == FAULT_TRUNCATE)
        is_done = truncate(state.path, atol(state.to)) == 0;
    else if (state.plan.fault == FAULT_GROW)
        grow(state.path, (size_t)atol(state.to));
    else
        is_done = chmod(state.path, (mode_t)strtoul(state.to, NULL, 8)) == 0;
    if (!is_done)
        abort();
}

/* Starts the process that changes files: the program itself is in a sandbox by then. It has no
 * parent here that waits for it, and ends with the program. */
static void begin_helper(void)
{
    int ends[2];
    char byte;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        if (fork() != 0)
            _exit(0);
        close(ends[0]);
        if (recv(ends[1], &byte, 1, 0) == 1) {
            change_files();
            send(ends[1], &byte, 1, MSG_NOSIGNAL);
        }
        _exit(0);
    }
    state.helper = fcntl(ends[0], F_DUPFD_CLOEXEC, 100);
    if (child < 0 || state.helper < 0 || waitpid(child, NULL, 0) != child)
        abort();
    close(ends[0]);
    close(ends[1]);
}

static void ask_helper(void)
{
    char byte = 0;

    if (write(state.helper, &byte, 1) != 1 || read(state.helper, &byte, 1) != 1)
        abort();
}

static void happen(void)
{
    const pid_t process = state.process;
    int kept = errno;

    state.result->is_reached = true;
    state.process = 0; /* what is done here does not count */
    if (state.plan.fault == FAULT_HUP)
        raise(SIGHUP);
    else if (state.plan.fault == FAULT_INT)
        raise(SIGINT);
    else if (state.plan.fault == FAULT_TERM)
        raise(SIGTERM);
    else
        ask_helper();
    state.process = process;
    errno = kept;
}

static void step(void)
{
    bool is_signal = state.plan.fault >= FAULT_HUP && state.plan.fault <= FAULT_TERM;

    if (fault_counts() && (is_first_thread || !is_signal) &&
        ++state.result->steps == state.plan.at && state.plan.fault >= FAULT_HUP &&
        state.plan.fault <= FAULT_CHMOD)
        happen();
}

static bool is_chosen(size_t bytes)
{
    if (!is_first_thread)
        return state.plan.fault == FAULT_READER && bytes >= READER_BYTES_MIN &&
               ++state.result->reader_allocations >= state.plan.at;
    state.result->allocations++;
    return (state.plan.fault == FAULT_ALLOCATION && state.result->allocations == state.plan.at) ||
           (state.plan.fault == FAULT_ALLOCATIONS && state.result->allocations >= state.plan.at);
}

/* In a child of the process that counts. */
static bool fails_in_child(void)
{
    if (state.process == 0 || state.plan.fault != FAULT_CHILD)
        return false;
    if (++state.child_allocations > state.result->child_allocations)
        state.result->child_allocations = state.child_allocations;
    if (state.child_allocations != state.plan.at)
        return false;
    state.result->is_reached = true;
    errno = ENOMEM;
    return true;
}

/* Whether this allocation is one that fails. */
static bool fails(size_t bytes)
{
    if (!fault_counts())
        return fails_in_child();
    step();
    bool failing = is_chosen(bytes);
    if (failing) {
        state.result->is_reached = true;
        libfault_hit();
        errno = ENOMEM;
    }
    return failing;
}

/* --- the calls --------------------------------------------------------------------------- */

/* The function that would have been called; a pointer to an object cannot be turned into one to a
 * function in ISO C, so its bytes are copied. */
static void find_next(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (!found)
        abort();
    memcpy(function, &found, sizeof(found));
}

#define NEXT(type, name, ...)         \
    static type (*next)(__VA_ARGS__); \
    if (!next)                        \
    find_next(#name, &next)

void *malloc(size_t bytes)
{
    NEXT(void *, malloc, size_t);
    return fails(bytes) ? NULL : next(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    NEXT(void *, calloc, size_t, size_t);
    return fails(count * bytes) ? NULL : next(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
    NEXT(void *, realloc, void *, size_t);
    return fails(bytes) ? NULL : next(old, bytes);
}

void *reallocarray(void *old, size_t count, size_t bytes)
{
    NEXT(void *, reallocarray, void *, size_t, size_t);
    return fails(count * bytes) ? NULL : next(old, count, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    NEXT(void *, aligned_alloc, size_t, size_t);
    return fails(bytes) ? NULL : next(alignment, bytes);
}

int posix_memalign(void **out, size_t alignment, size_t bytes)
{
    NEXT(int, posix_memalign, void **, size_t, size_t);
    return fails(bytes) ? ENOMEM : next(out, alignment, bytes);
}

/* A call that the kernel sends back (calls.c) would end a thread that blocks its signal. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
    NEXT(int, pthread_sigmask, int, const sigset_t *, sigset_t *);
    sigset_t without;

    if (!set)
        return next(how, set, before);
    without = *set;
    sigdelset(&without, SIGSYS);
    return next(how, &without, before);
}

ssize_t read(int fd, void *out, size_t bytes)
{
    NEXT(ssize_t, read, int, void *, size_t);
    step();
    return next(fd, out, bytes);
}

size_t fwrite(const void *from, size_t size, size_t count, FILE *file)
{
    NEXT(size_t, fwrite, const void *, size_t, size_t, FILE *);
    step();
    return next(from, size, count, file);
}

FILE *fopen(const char *path, const char *mode)
{
    NEXT(FILE *, fopen, const char *, const char *);
    step();
    return next(path, mode);
}

int fclose(FILE *file)
{
    NEXT(int, fclose, FILE *);
    step();
    return next(file);
}

int rename(const char *from, const char *to)
{
    NEXT(int, rename, const char *, const char *);
    step();
    return next(from, to);
}

int unlink(const char *path)
{
    NEXT(int, unlink, const char *);
    step();
    return next(path);
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(int, mkdir, const char *, mode_t);
    step();
    return next(path, mode);
}

int rmdir(const char *path)
{
    NEXT(int, rmdir, const char *);
    step();
    return next(path);
}

pid_t waitpid(pid_t process, int *status, int options)
{
    NEXT(pid_t, waitpid, pid_t, int *, int);
    step();
    return next(process, status, options);
}

/* --- begin and end ----------------------------------------------------------------------- */

static void read_fault(const char *text)
{
    const char *equals = strchrnul(text, '=');

    for (int i = 0; i < FAULTS; i++)
        if (strlen(fault_names[i]) == (size_t)(equals - text) &&
            strncmp(text, fault_names[i], (size_t)(equals - text)) == 0) {
            state.plan.fault = (enum fault)i;
            state.plan.at = *equals ? strtoul(equals + 1, NULL, 10) : 0;
            return;
        }
    fprintf(stderr, "fault.c: FAULT=%s says nothing\n", text);
    _exit(99);
}

/* Opened now: the program may give up the right to open files before it ends. */
static int open_report(const char *path)
{
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    int high = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 100) : -1;

    if (path && high < 0)
        abort();
    if (fd >= 0)
        close(fd);
    return high;
}

void fault_begin(const struct fault_plan *plan)
{
    state.plan = *plan;
    state.result = plan->result;
    is_first_thread = true;
    if (plan->fault >= FAULT_EIO)
        calls_begin(&state.plan);
    state.process = getpid();
}

static void __attribute__((constructor)) begin(void)
{
    if (!getenv("FAULT"))
        return;
    state.result = state.plan.result = mmap(NULL, sizeof(*state.result), PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (state.result == MAP_FAILED)
        abort();
    read_fault(getenv("FAULT"));
    state.path = getenv("FAULT_PATH");
    state.to = getenv("FAULT_TO");
    /* Not for what the program starts. */
    unsetenv("LD_PRELOAD");
    unsetenv("FAULT");
    if (getenv("FAULT_EACH"))
        each_begin(&state.plan, fault_names[state.plan.fault]);
    else
        state.report = open_report(getenv("FAULT_REPORT"));
    if (state.plan.fault >= FAULT_RENAME && state.plan.fault <= FAULT_CHMOD)
        begin_helper();
    fault_begin(&state.plan);
}

static void __attribute__((destructor)) end(void)
{
    char line[96];

    if (!fault_counts() || state.report < 0)
        return;
    state.process = 0;
    int bytes = snprintf(line, sizeof(line), "%lu %lu %d\n", state.result->allocations,
                         state.result->steps, state.result->is_reached);
    if (write(state.report, line, (size_t)bytes) != bytes)
        abort();
}
