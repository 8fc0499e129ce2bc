#include "sim/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <jansson.h>

#include "shaper/libevent/memory.h"
#include "sim/base/sim.h"
#include "traces/file_stream.h"

/* The wrong access mode, so that they cannot be used. open() takes the lowest free number, hence in
 * order. */
static void open_standard_streams(void)
{
    static const int modes[] = {
        [STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY};

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) < 0)
            _exit(1);
}

/* Printing continues after a signal, like writing to files. */
static void make_output_steady(void)
{
    FILE *steady = file_stream_output();

    if (!steady)
        return;
    if (isatty(STDOUT_FILENO))
        setvbuf(steady, NULL, _IOLBF, 0);
    stdout = steady;
}

void process_begin(void)
{
    open_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    make_output_steady();
    memory_install();
    json_set_alloc_funcs(memory_take, memory_give);
}

void process_restore_signals(void)
{
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
}

/* --- a full disk ----------------------------------------------------------------------------- */

static bool disk_was_full;

int process_note_failure(int failure)
{
    disk_was_full |= failure == ENOSPC || failure == EDQUOT;
    return failure;
}

int process_failure_status(const char *name)
{
    bool is_of_sweep =
        strcmp(name, PROCESS_SWEEP_RUN) == 0 || strcmp(name, PROCESS_SHARING_RUN) == 0;

    return disk_was_full && is_of_sweep ? SIM_DISK_FULL : SIM_FAILED;
}

/* --- INT, TERM and HUP ----------------------------------------------------------------------- */

/* Everything up to catch_signals() runs in signal handlers: only async-signal-safe calls. */

#define REMINDER_MS 100

static volatile sig_atomic_t stop_requested;
static volatile sig_atomic_t stop_signal; /* the first signal that arrived */
static volatile sig_atomic_t reminders;
static volatile sig_atomic_t is_finishing;
static const char *volatile own_folder;
static volatile int kept_command_fd = -1, kept_reply_fd = -1;
static volatile pid_t own_child;

int process_stop_status(void)
{
    return stop_signal == SIGHUP ? SIM_HUNG_UP : SIM_INTERRUPTED;
}

void process_take_stop_signal(int signal_number)
{
    if (!stop_signal)
        stop_signal = signal_number;
}

/* The layout of getdents64(). */
struct entry {
    uint64_t inode;
    int64_t next;
    unsigned short bytes;
    unsigned char type;
    char name[];
};

/* Removes the contents of a folder; readdir() would allocate memory. */
static void remove_entries(int folder, int depth)
{
    _Alignas(struct entry) char room[4096];
    long got;

    while ((got = syscall(SYS_getdents64, folder, room, sizeof(room))) > 0) {
        for (long at = 0; at < got; at += ((struct entry *)(void *)(room + at))->bytes) {
            const char *name = ((struct entry *)(void *)(room + at))->name;
            if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || unlinkat(folder, name, 0) == 0)
                continue;
            int inner = depth > 0 ? openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) : -1;
            if (inner < 0)
                continue;
            remove_entries(inner, depth - 1);
            close(inner);
            unlinkat(folder, name, AT_REMOVEDIR);
        }
    }
}

static void end_kept_file(void)
{
    char byte;

    if (kept_command_fd < 0)
        return;
    close(kept_command_fd);
    while (read(kept_reply_fd, &byte, 1) > 0)
        ;
}

static void end_now(void)
{
    static const char text[] = "shapesim: interrupted\n";
    const char *path = own_folder;
    int folder = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) : -1;

    end_kept_file();
    if (folder >= 0) {
        remove_entries(folder, 1);
        rmdir(path);
    }
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(process_stop_status());
    _exit(process_stop_status());
}

static void end_child(void)
{
    pid_t child = own_child;

    if (child > 0)
        kill(child, SIGKILL);
}

static void end_at_once(int signal_number)
{
    process_take_stop_signal(signal_number);
    end_now();
}

static void request_stop(int signal_number)
{
    const struct itimerval often = {.it_interval.tv_usec = REMINDER_MS * 1000,
                                    .it_value.tv_usec = REMINDER_MS * 1000};

    process_take_stop_signal(signal_number);
    stop_requested = 1;
    end_child();
    if (!is_finishing)
        setitimer(ITIMER_REAL, &often, NULL);
}

/* A signal may arrive between a check of the flag and a wait: it ends that wait now. */
static void remind(int signal_number)
{
    (void)signal_number;
    end_child();
    if (++reminders >= PROCESS_STOP_MS / REMINDER_MS && !is_finishing)
        end_now();
}

static bool is_stop_signal(int number)
{
    struct sigaction now;

    return number == SIGINT || number == SIGTERM ||
           (number == SIGHUP && sigaction(SIGHUP, NULL, &now) == 0 && now.sa_handler != SIG_IGN);
}

void process_add_stop_signals(sigset_t *signals)
{
    for (int number = 1; number < NSIG; number++)
        if (is_stop_signal(number))
            sigaddset(signals, number);
}

static void catch_signals(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    for (int number = 1; number < NSIG; number++)
        if (is_stop_signal(number))
            sigaction(number, &action, NULL);
}

void process_end_at_signals(void)
{
    catch_signals(end_at_once);
}

const volatile sig_atomic_t *process_stop_at_signals(void)
{
    struct sigaction action = {.sa_handler = remind};

    sigaction(SIGALRM, &action, NULL);
    catch_signals(request_stop);
    file_stream_set_stop(&stop_requested);
    return &stop_requested;
}

void process_finish(void)
{
    const struct itimerval never = {{0}, {0}};

    is_finishing = 1;
    setitimer(ITIMER_REAL, &never, NULL);
}

void process_own_folder(const char *path)
{
    own_folder = path;
}

void process_own_kept_file(int tell_fd, int told_fd)
{
    kept_reply_fd = told_fd;
    kept_command_fd = tell_fd;
}

void process_own_child(pid_t child)
{
    own_child = child;
    if (stop_requested) /* it arrived just before */
        end_child();
}
