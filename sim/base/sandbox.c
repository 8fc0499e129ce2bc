#include "sim/base/sandbox.h"

#include <stdbool.h>
#include <stdio.h>

#ifdef SHAPESIM_SANDBOX

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/landlock.h"
#include "traces/child_process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What every command does: reading and writing open files, memory, waiting, signals, ending. */
static const int always[] = {
    SCMP_SYS(read),          SCMP_SYS(readv),           SCMP_SYS(pread64),
    SCMP_SYS(write),         SCMP_SYS(writev),          SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),         SCMP_SYS(close),           SCMP_SYS(fcntl),
    SCMP_SYS(dup),           SCMP_SYS(fstat),           SCMP_SYS(stat),
    SCMP_SYS(lstat),         SCMP_SYS(newfstatat),      SCMP_SYS(statx),
    SCMP_SYS(access),        SCMP_SYS(faccessat),       SCMP_SYS(faccessat2),
    SCMP_SYS(getdents64),    SCMP_SYS(readlink),        SCMP_SYS(getcwd),
    SCMP_SYS(flock),         SCMP_SYS(fadvise64),       SCMP_SYS(brk),
    SCMP_SYS(munmap),        SCMP_SYS(mremap),          SCMP_SYS(madvise),
    SCMP_SYS(futex),         SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(membarrier),    SCMP_SYS(sched_yield),     SCMP_SYS(sched_getaffinity),
    SCMP_SYS(gettid),        SCMP_SYS(getpid),          SCMP_SYS(poll),
    SCMP_SYS(ppoll),         SCMP_SYS(select),          SCMP_SYS(pselect6),
    SCMP_SYS(epoll_wait),    SCMP_SYS(epoll_pwait),     SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_create1), SCMP_SYS(eventfd2),        SCMP_SYS(pipe2),
    SCMP_SYS(nanosleep),     SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),  SCMP_SYS(gettimeofday),    SCMP_SYS(time),
    SCMP_SYS(setitimer),     SCMP_SYS(rt_sigaction),    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),  SCMP_SYS(sigaltstack),     SCMP_SYS(restart_syscall),
    SCMP_SYS(getrandom),     SCMP_SYS(getrusage),       SCMP_SYS(sysinfo),
    SCMP_SYS(uname),         SCMP_SYS(getuid),          SCMP_SYS(geteuid),
    SCMP_SYS(getgid),        SCMP_SYS(getegid),         SCMP_SYS(umask),
    SCMP_SYS(exit),          SCMP_SYS(exit_group)};

/* Calls that change directories. */
static const int writing[] = {SCMP_SYS(openat),    SCMP_SYS(rename), SCMP_SYS(renameat),
                              SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
                              SCMP_SYS(rmdir),     SCMP_SYS(mkdir),  SCMP_SYS(mkdirat),
                              SCMP_SYS(link),      SCMP_SYS(linkat), SCMP_SYS(ftruncate),
                              SCMP_SYS(fallocate), SCMP_SYS(fsync),  SCMP_SYS(fdatasync)};

static const int socket_pairs[] = {SCMP_SYS(shutdown), SCMP_SYS(setsockopt), SCMP_SYS(getsockopt),
                                   SCMP_SYS(sendmsg), SCMP_SYS(recvmsg)};

/* Calls that no command makes, and no library tries in good faith. */
static const int deadly[] = {SCMP_SYS(execve),
                             SCMP_SYS(execveat),
                             SCMP_SYS(socket),
                             SCMP_SYS(connect),
                             SCMP_SYS(bind),
                             SCMP_SYS(listen),
                             SCMP_SYS(accept),
                             SCMP_SYS(accept4),
                             SCMP_SYS(ptrace),
                             SCMP_SYS(process_vm_readv),
                             SCMP_SYS(process_vm_writev),
                             SCMP_SYS(mount),
                             SCMP_SYS(umount2),
                             SCMP_SYS(pivot_root),
                             SCMP_SYS(chroot),
                             SCMP_SYS(setns),
                             SCMP_SYS(unshare),
                             SCMP_SYS(bpf),
                             SCMP_SYS(perf_event_open),
                             SCMP_SYS(userfaultfd),
                             SCMP_SYS(io_uring_setup),
                             SCMP_SYS(keyctl),
                             SCMP_SYS(add_key),
                             SCMP_SYS(request_key),
                             SCMP_SYS(kexec_load),
                             SCMP_SYS(init_module),
                             SCMP_SYS(finit_module),
                             SCMP_SYS(delete_module),
                             SCMP_SYS(reboot)};

static int add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    int status = 0;

    for (size_t i = 0; i < count && status == 0; i++)
        status = seccomp_rule_add(filter, action, calls[i], 0);
    return status;
}

static int add_one(scmp_filter_ctx filter, int call, struct scmp_arg_cmp when)
{
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &when);
}

/* Calls allowed only with some arguments: no code that is made or loaded, signals only to
 * itself. */
static int add_conditional(scmp_filter_ctx filter, pid_t process)
{
    static const unsigned long ioctls[] = {FIONREAD, TCGETS, TIOCGWINSZ};
    int status = add_one(filter, SCMP_SYS(mmap), SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

    if (status == 0)
        status = add_one(filter, SCMP_SYS(mprotect), SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (status == 0)
        status = add_one(filter, SCMP_SYS(tgkill), SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)process));
    if (status == 0)
        status = add_one(filter, SCMP_SYS(prlimit64), SCMP_A2_64(SCMP_CMP_EQ, 0)); /* a query */
    for (size_t i = 0; i < COUNT(ioctls) && status == 0; i++)
        status = add_one(filter, SCMP_SYS(ioctl), SCMP_A1_32(SCMP_CMP_EQ, (uint32_t)ioctls[i]));
    return status;
}

/* clone3() has its arguments in memory that a filter cannot read; the C library then uses
 * clone(). */
static int add_threads(scmp_filter_ctx filter)
{
    int status = add_one(filter, SCMP_SYS(clone),
                         SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

    return status == 0 ? seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0)
                       : status;
}

static int add_reading(scmp_filter_ctx filter)
{
    return add_one(
        filter, SCMP_SYS(openat),
        SCMP_A2_32(SCMP_CMP_MASKED_EQ,
                   O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (__O_TMPFILE & ~O_DIRECTORY),
                   O_RDONLY));
}

static int add_rules(scmp_filter_ctx filter, const struct sandbox *sandbox, pid_t process)
{
    int status = add_all(filter, SCMP_ACT_ALLOW, always, COUNT(always));

    if (status == 0)
        status = add_all(filter, SCMP_ACT_KILL_PROCESS, deadly, COUNT(deadly));
    if (status == 0)
        status = add_conditional(filter, process);
    if (status == 0)
        status = sandbox->directory ? add_all(filter, SCMP_ACT_ALLOW, writing, COUNT(writing))
                                    : add_reading(filter);
    if (status == 0 && sandbox->has_threads)
        status = add_threads(filter);
    if (status == 0 && sandbox->has_socket_pairs)
        status = add_one(filter, SCMP_SYS(socketpair), SCMP_A0_32(SCMP_CMP_EQ, AF_UNIX));
    if (status == 0 && sandbox->has_socket_pairs)
        status = add_all(filter, SCMP_ACT_ALLOW, socket_pairs, COUNT(socket_pairs));
    return status;
}

/* Whether the kernel supports it, with everything that is used here (Linux 4.14). */
static bool has_seccomp(void)
{
    const uint32_t action = SECCOMP_RET_KILL_PROCESS;

    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* --- in a child: libseccomp ends by a signal in places where it has no memory ----------------- */

struct filter_task {
    const struct sandbox *sandbox;
    pid_t process; /* that the filter is for */
};

/* Calls are looked up in a tree, not one after another. */
static int make_filter(scmp_filter_ctx filter, const struct filter_task *task, int fd)
{
    int status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);

    if (status == 0)
        status = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (status == 0)
        status = add_rules(filter, task->sandbox, task->process);
    return status == 0 ? seccomp_export_bpf(filter, fd) : status;
}

/* Of CPU: a few hundred times what it takes. */
#define CHILD_MS 500

/* Returns 0 or an errno. After a failed allocation libseccomp in some places makes another filter,
 * but malloc() has set errno then, and in others it loops forever, which SIGVTALRM ends. */
static int export_filter(void *argument, int fd)
{
    const struct itimerval limit = {.it_value.tv_usec = CHILD_MS * 1000};

    setitimer(ITIMER_VIRTUAL, &limit, NULL);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

    if (!filter)
        return ENOMEM;
    errno = 0;
    int status = make_filter(filter, argument, fd);
    if (errno == ENOMEM)
        return ENOMEM;
    return -status;
}

/* --- in the process that the filter is for --------------------------------------------------- */

static int load_filter(const struct child_output *output)
{
    struct sock_filter *instructions = (struct sock_filter *)(void *)output->bytes;
    size_t count = output->count / sizeof(*instructions);

    if (count == 0 || count > BPF_MAXINSNS || output->count % sizeof(*instructions) != 0)
        return -ENOMEM;
    const struct sock_fprog program = {.len = (unsigned short)count, .filter = instructions};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : -errno;
}

/* A negative errno, or the positive number of the signal that ended libseccomp. */
static int filter_calls(const struct sandbox *sandbox)
{
    struct filter_task task = {.sandbox = sandbox, .process = getpid()};
    struct child_output output;
    int failure =
        child_process_run(export_filter, &task, BPF_MAXINSNS * sizeof(struct sock_filter), &output);

    if (failure != 0)
        return -failure;
    int status;
    if (WIFSIGNALED(output.wait_status))
        status = WTERMSIG(output.wait_status);
    else if (WEXITSTATUS(output.wait_status) != 0)
        status = -WEXITSTATUS(output.wait_status);
    else
        status = load_filter(&output);
    free(output.bytes);
    return status;
}

/* The directory that contains `path`; must not allocate memory. */
static const char *parent_of(const char *path, char room[PATH_MAX])
{
    if (!path || strlen(path) >= PATH_MAX)
        return NULL;
    memcpy(room, path, strlen(path) + 1);
    size_t length = strlen(room);
    while (length > 1 && room[length - 1] == '/')
        room[--length] = '\0';
    char *slash = strrchr(room, '/');
    if (!slash)
        return ".";
    slash[slash == room ? 1 : 0] = '\0';
    return room;
}

static int limit_files(const struct sandbox *sandbox, char where[PATH_MAX + 2])
{
    char part_parent[PATH_MAX], made_parent[PATH_MAX];
    const struct landlock_rule rules[] = {{sandbox->reads[0], LANDLOCK_READ},
                                          {sandbox->reads[1], LANDLOCK_READ},
                                          {sandbox->directory, LANDLOCK_FILES},
                                          {parent_of(sandbox->part, part_parent), LANDLOCK_RENAME},
                                          {parent_of(sandbox->made, made_parent), LANDLOCK_REMOVE}};

    const char *failed;
    if (landlock_abi() == 0 || landlock_restrict(rules, COUNT(rules), &failed) == 0)
        return 0;
    int failure = errno;
    if (failed)
        snprintf(where, PATH_MAX + 2, "%s: ", failed);
    return -failure;
}

/* `status`: as of filter_calls(). */
static int report(int status, const char *where, char *error)
{
    if (status > 0)
        return sim_fail(error, SIM_FAILED,
                        "the sandbox cannot be entered (libseccomp ended by signal %d, probably "
                        "out of memory); make room",
                        status);
    if (status == -EINTR)
        return sim_fail(error, SIM_INTERRUPTED, "interrupted before the sandbox was entered");
    const char *way_out = status == -EMFILE || status == -ENFILE ? "raise the limit (ulimit -n)"
                          : status == -EAGAIN ? "raise the limit of processes (ulimit -u)"
                                              : "make room";
    return sim_fail(error, SIM_FAILED, "%sthe sandbox cannot be entered (%s); %s", where,
                    status == -ENOMEM ? "out of memory" : strerror(-status), way_out);
}

int sandbox_enter(const struct sandbox *sandbox, char *error)
{
    char where[PATH_MAX + 2] = ""; /* the file that it fails at, if it is one */
    int status = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : -errno;

    if (status == 0)
        status = limit_files(sandbox, where);
    if (status == 0 && has_seccomp())
        status = filter_calls(sandbox);
    return status == 0 ? SIM_OK : report(status, where, error);
}

void sandbox_describe(char text[SANDBOX_TEXT_BYTES])
{
    int abi = landlock_abi();
    const char *calls = has_seccomp() ? "seccomp" : "no seccomp in this kernel";

    if (abi > 0)
        snprintf(text, SANDBOX_TEXT_BYTES, "%s, Landlock ABI %d", calls, abi);
    else
        snprintf(text, SANDBOX_TEXT_BYTES, "%s, no Landlock in this kernel", calls);
}

#else

int sandbox_enter(const struct sandbox *sandbox, char *error)
{
    (void)sandbox;
    (void)error;
    return SIM_OK;
}

void sandbox_describe(char text[SANDBOX_TEXT_BYTES])
{
    snprintf(text, SANDBOX_TEXT_BYTES, "none in this build");
}

#endif
