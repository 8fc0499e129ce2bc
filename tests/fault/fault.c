/*
 * Preloaded into shapesim by the tests of faults: lets one chosen allocation fail, or one chosen
 * step meet a signal or an error, always the same one.
 *
 * FAULT says what happens, and where:
 *   allocation=N     the Nth allocation fails; all others succeed
 *   allocations=N    so do all that come after it
 *   reader=N         the Nth allocation of another thread, of 1 KiB or more, and all after it (what
 *                    the C library and AddressSanitizer take to start a thread is less)
 *   child=N          the Nth allocation of every process that was forked and has not called exec()
 *   hup=N            SIGHUP is raised before the Nth step
 *   int=N, term=N    SIGINT or SIGTERM likewise
 *   rename=N         something is done before the Nth step: $FAULT_PATH is renamed to $FAULT_TO
 *   truncate=N       likewise: the file $FAULT_PATH is cut to $FAULT_TO bytes
 *   grow=N           likewise: $FAULT_TO bytes of it are written once more at its end
 *   chmod=N          likewise: $FAULT_PATH gets the mode $FAULT_TO, in octal digits
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
#include <sys/stat.h>
#include <unistd.h>

enum fault {
    FAULT_NONE,
    FAULT_ALLOCATION,
    FAULT_ALLOCATIONS,
    FAULT_READER,
    FAULT_CHILD,
    FAULT_HUP,
    FAULT_INT,
    FAULT_TERM,
    FAULT_RENAME,
    FAULT_TRUNCATE,
    FAULT_GROW,
    FAULT_CHMOD,
    FAULTS
};

static const char *const fault_names[FAULTS] = {"none",   "allocation", "allocations", "reader",
                                                "child",  "hup",        "int",         "term",
                                                "rename", "truncate",   "grow",        "chmod"};

static struct {
    enum fault fault;
    unsigned long at;
    unsigned long allocations;
    unsigned long reader_allocations;
    unsigned long steps;
    pid_t process; /* 0: nothing is counted */
    bool is_reached;
    bool *child_reached; /* which children write, too */
    unsigned long child_allocations;
    const char *path;
    const char *to;
    const char *report;
} state;

static __thread bool is_first_thread __attribute__((tls_model("initial-exec")));

#define READER_BYTES_MIN 1024

/* For a debugger: where to stop. */
void libfault_hit(void);
void libfault_hit(void)
{
    __asm__ volatile("");
}

static bool counts(void)
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

static void happen(void)
{
    const pid_t process = state.process;
    int kept = errno;

    state.is_reached = true;
    state.process = 0; /* what is done here does not count */
    switch (state.fault) {
    case FAULT_HUP:
        raise(SIGHUP);
        break;
    case FAULT_INT:
        raise(SIGINT);
        break;
    case FAULT_TERM:
        raise(SIGTERM);
        break;
    case FAULT_RENAME:
        if (renameat(AT_FDCWD, state.path, AT_FDCWD, state.to) != 0)
            abort();
        break;
    case FAULT_TRUNCATE:
        if (truncate(state.path, atol(state.to)) != 0)
            abort();
        break;
    case FAULT_GROW:
        grow(state.path, (size_t)atol(state.to));
        break;
    case FAULT_CHMOD:
        if (chmod(state.path, (mode_t)strtoul(state.to, NULL, 8)) != 0)
            abort();
        break;
    case FAULT_NONE:
    case FAULT_ALLOCATION:
    case FAULT_ALLOCATIONS:
    case FAULT_READER:
    case FAULT_CHILD:
    case FAULTS:
        break;
    }
    state.process = process;
    errno = kept;
}

static void step(void)
{
    bool is_signal = state.fault >= FAULT_HUP && state.fault <= FAULT_TERM;

    if (counts() && (is_first_thread || !is_signal) && ++state.steps == state.at &&
        state.fault >= FAULT_HUP)
        happen();
}

static bool is_chosen(size_t bytes)
{
    if (!is_first_thread)
        return state.fault == FAULT_READER && bytes >= READER_BYTES_MIN &&
               ++state.reader_allocations >= state.at;
    state.allocations++;
    return (state.fault == FAULT_ALLOCATION && state.allocations == state.at) ||
           (state.fault == FAULT_ALLOCATIONS && state.allocations >= state.at);
}

static bool fails_in_child(void)
{
    if (state.process == 0 || state.fault != FAULT_CHILD || ++state.child_allocations != state.at)
        return false;
    *state.child_reached = true;
    errno = ENOMEM;
    return true;
}

/* Whether this allocation is one that fails. */
static bool fails(size_t bytes)
{
    if (!counts())
        return fails_in_child();
    step();
    bool failing = is_chosen(bytes);
    if (failing) {
        state.is_reached = true;
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
    const char *equals = strchr(text, '=');

    for (int i = 0; equals && i < FAULTS; i++)
        if (strlen(fault_names[i]) == (size_t)(equals - text) &&
            strncmp(text, fault_names[i], (size_t)(equals - text)) == 0) {
            state.fault = (enum fault)i;
            state.at = strtoul(equals + 1, NULL, 10);
            return;
        }
    fprintf(stderr, "fault.c: FAULT=%s says nothing\n", text);
    _exit(99);
}

static void __attribute__((constructor)) begin(void)
{
    if (!getenv("FAULT"))
        return;
    is_first_thread = true;
    read_fault(getenv("FAULT"));
    state.path = getenv("FAULT_PATH");
    state.to = getenv("FAULT_TO");
    state.report = getenv("FAULT_REPORT");
    /* Not for what the program starts. */
    unsetenv("LD_PRELOAD");
    unsetenv("FAULT");
    state.child_reached =
        mmap(NULL, sizeof(bool), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (state.child_reached == MAP_FAILED)
        abort();
    state.process = getpid();
}

static void __attribute__((destructor)) end(void)
{
    char line[96];

    if (!counts() || !state.report)
        return;
    state.process = 0;
    int fd = open(state.report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int bytes = snprintf(line, sizeof(line), "%lu %lu %d\n", state.allocations, state.steps,
                         state.is_reached || *state.child_reached);
    if (fd < 0 || write(fd, line, (size_t)bytes) != bytes)
        abort();
    close(fd);
}
