/*
 * System calls that fail. stdio's own calls cannot be replaced from a preloaded library, so the
 * kernel sends them back: a seccomp filter raises SIGSYS for the calls listed here when
 * they come from the C library's code, and the handler makes them itself, or lets them fail. A
 * program that is started later has its C library elsewhere, and nothing happens to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "fault.h"

#if defined(__x86_64__)

enum kind { READS, WRITES, LISTS, OPENS, CLOSES, SYNCS, RENAMES, MAKES, REMOVES, WAITS };

/* `path`: which argument names the file; -1: the first is its descriptor. */
static const struct call {
    int number;
    enum kind kind;
    int path;
} calls[] = {
    {SYS_read, READS, -1},       {SYS_pread64, READS, -1},   {SYS_readv, READS, -1},
    {SYS_write, WRITES, -1},     {SYS_pwrite64, WRITES, -1}, {SYS_writev, WRITES, -1},
    {SYS_getdents64, LISTS, -1}, {SYS_open, OPENS, 0},       {SYS_openat, OPENS, 1},
    {SYS_close, CLOSES, -1},     {SYS_fsync, SYNCS, -1},     {SYS_fdatasync, SYNCS, -1},
    {SYS_rename, RENAMES, 1},    {SYS_renameat, RENAMES, 3}, {SYS_renameat2, RENAMES, 3},
    {SYS_mkdir, MAKES, 0},       {SYS_mkdirat, MAKES, 1},    {SYS_unlink, REMOVES, 0},
    {SYS_unlinkat, REMOVES, 1},  {SYS_rmdir, REMOVES, 0},    {SYS_poll, WAITS, -1},
    {SYS_wait4, WAITS, -1},      {SYS_flock, WAITS, -1},
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static const struct fault_plan *plan;

static long kernel(long number, const long *a)
{
    register long r10 __asm__("r10") = a[3];
    register long r8 __asm__("r8") = a[4];
    register long r9 __asm__("r9") = a[5];
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* Whether the call uses disk space. */
static bool takes_room(const struct call *call, const long *a)
{
    struct stat status;
    const long arguments[6] = {a[0], (long)&status};

    switch (call->kind) {
    case OPENS:
        return (a[call->path + 1] & O_CREAT) != 0;
    case WRITES:
    case SYNCS:
        return kernel(SYS_fstat, arguments) == 0 && S_ISREG(status.st_mode);
    case RENAMES:
    case MAKES:
        return true;
    case READS:
    case LISTS:
    case CLOSES:
    case REMOVES:
    case WAITS:
        break;
    }
    return false;
}

static bool is_plain_transfer(const struct call *call, const long *a)
{
    return (call->kind == READS || call->kind == WRITES) && call->number != SYS_readv &&
           call->number != SYS_writev && a[2] > 1;
}

/* Standard error, which is judged; what passes through the sockets of --transport, which libevent
 * may divide as it likes; pipes, and what only the kernel reads: no device can fail. */
static bool is_left_alone(const struct call *call, const long *a)
{
    struct stat status;
    const long arguments[6] = {a[0], (long)&status};

    if (call->kind == WRITES && a[0] == STDERR_FILENO)
        return true;
    if ((call->kind != READS && call->kind != WRITES && call->kind != CLOSES) ||
        kernel(SYS_fstat, arguments) != 0)
        return false;
    if (S_ISSOCK(status.st_mode))
        return true;
    return plan->fault != FAULT_EINTR &&
           (S_ISFIFO(status.st_mode) || (status.st_mode & S_IFMT) == 0);
}

/* A directory is opened without a wait that a signal could interrupt. */
static bool is_interruptible(const struct call *call, const long *a)
{
    return call->kind == READS || call->kind == WRITES || call->kind == WAITS ||
           (call->kind == OPENS && !(a[call->path + 1] & O_DIRECTORY));
}

/* Whether the fault is one that this call can meet. */
static bool concerns(const struct call *call, const long *a)
{
    if (is_left_alone(call, a))
        return false;
    switch (plan->fault) {
    case FAULT_EIO:
        return call->kind != WAITS;
    case FAULT_ENOSPC:
        return takes_room(call, a);
    case FAULT_EINTR:
        return is_interruptible(call, a);
    case FAULT_SHORT:
        return is_plain_transfer(call, a);
    case FAULT_NONE:
    case FAULT_ALLOCATION:
    case FAULT_ALLOCATIONS:
    case FAULT_READER:
    case FAULT_CHILD:
    case FAULT_HUP:
    case FAULT_INT:
    case FAULT_TERM:
    case FAULT_RENAME:
    case FAULT_TRUNCATE:
    case FAULT_GROW:
    case FAULT_CHMOD:
    case FAULTS:
        break;
    }
    return false;
}

/* A disk that is full stays so; all others come once. */
static bool is_chosen(const struct call *call, const long *a)
{
    if (!concerns(call, a))
        return false;
    unsigned long n = __atomic_add_fetch(&plan->result->calls, 1, __ATOMIC_RELAXED);
    return n == plan->at || (plan->fault == FAULT_ENOSPC && n > plan->at);
}

/* Notes which file the first call that failed was about. */
static void note(const struct call *call, const long *a)
{
    struct fault_result *result = plan->result;
    char link[64];

    if (__atomic_exchange_n(&result->is_reached, true, __ATOMIC_RELAXED))
        return;
    const bool is_opened_folder =
        call->path > 0 && (int)a[0] != AT_FDCWD && strcmp((const char *)a[call->path], ".") == 0;
    if (call->path >= 0 && !is_opened_folder) {
        strncpy(result->file, (const char *)a[call->path], sizeof(result->file) - 1);
        return;
    }
    if (call->kind == WAITS)
        return;
    if (call->path < 0 && a[0] == STDOUT_FILENO) {
        strcpy(result->file, "standard output");
        return;
    }
    if (call->path < 0 && a[0] == STDIN_FILENO)
        return;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", (int)a[0]);
    const long readlink_arguments[6] = {(long)link, (long)result->file, sizeof(result->file) - 1};
    long bytes = kernel(SYS_readlink, readlink_arguments); /* which the sandbox lets pass */
    result->file[bytes > 0 ? bytes : 0] = '\0';
}

static long meet(const struct call *call, long *a)
{
    note(call, a);
    switch (plan->fault) {
    case FAULT_SHORT:
        a[2] /= 2;
        return kernel(call->number, a);
    case FAULT_ENOSPC:
        return -ENOSPC;
    case FAULT_EINTR:
        return -EINTR;
    case FAULT_EIO:
    case FAULT_NONE:
    case FAULT_ALLOCATION:
    case FAULT_ALLOCATIONS:
    case FAULT_READER:
    case FAULT_CHILD:
    case FAULT_HUP:
    case FAULT_INT:
    case FAULT_TERM:
    case FAULT_RENAME:
    case FAULT_TRUNCATE:
    case FAULT_GROW:
    case FAULT_CHMOD:
    case FAULTS:
        break;
    }
    if (call->kind == CLOSES) /* the descriptor is closed in any case */
        kernel(call->number, a);
    return -EIO;
}

static void on_call(int signal_number, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    long a[6] = {registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                 registers[REG_R10], registers[REG_R8],  registers[REG_R9]};
    const struct call *call = calls;

    (void)signal_number;
    while (call < calls + CALLS && call->number != info->si_syscall)
        call++;
    if (call < calls + CALLS && fault_counts() && is_chosen(call, a))
        registers[REG_RAX] = meet(call, a);
    else
        registers[REG_RAX] = kernel(info->si_syscall, a);
}

/* Where the C library's code is mapped. */
static int find_code(struct dl_phdr_info *info, size_t bytes, void *arg)
{
    uint64_t *range = arg;

    (void)bytes;
    if (!strstr(info->dlpi_name, "/libc.so."))
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
            range[0] = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            range[1] = range[0] + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

#define LOW(value)  ((uint32_t)(value))
#define HIGH(value) ((uint32_t)((value) >> 32))
#define AT(member)  ((uint32_t)offsetof(struct seccomp_data, member))

/* Lets the calls listed above through unless they come from the code between the two addresses. */
static int install_filter(const uint64_t *range)
{
    struct sock_filter filter[CALLS + 16];
    unsigned short n = 0;
    const bool is_one_half = HIGH(range[0]) == HIGH(range[1]);

    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(nr));
    for (size_t i = 0; i < CALLS; i++)
        filter[n++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].number, (uint8_t)(CALLS - i), 0);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_filter rest[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HIGH(range[0]), 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HIGH(range[1]), 2, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(instruction_pointer)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, LOW(range[0]), is_one_half ? 1 : 2, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(instruction_pointer)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, LOW(range[1]), 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    memcpy(filter + n, rest, sizeof(rest));
    n = (unsigned short)(n + sizeof(rest) / sizeof(rest[0]));
    const struct sock_fprog program = {.len = n, .filter = filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                   prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0
               ? 0
               : -1;
}

void calls_begin(const struct fault_plan *begun)
{
    /* Not SA_RESTART nor anything blocked: the call that is made in it behaves as it would outside.
     */
    const struct sigaction action = {.sa_sigaction = on_call, .sa_flags = SA_SIGINFO | SA_NODEFER};
    uint64_t range[2] = {0, 0};

    plan = begun;
    dl_iterate_phdr(find_code, range);
    if (range[0] == 0 || sigaction(SIGSYS, &action, NULL) != 0 || install_filter(range) != 0) {
        fputs("skipped: this kernel sends no system calls back\n", stderr);
        _exit(77);
    }
}

#else

void calls_begin(const struct fault_plan *begun)
{
    (void)begun;
    fputs("skipped: system calls can be sent back on x86-64 only\n", stderr);
    _exit(77);
}

#endif
