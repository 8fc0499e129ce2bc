#include "traces/filter_compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "traces/file_stream.h"
#include "traces/host_names.h"
#include "traces/trace.h"

/* The child's message: a status, then the number of bytes of instructions or text that follow. */
enum answer_kind { ANSWER_PROGRAM, ANSWER_FAULT, ANSWER_HOST_NAME };

struct answer {
    enum answer_kind kind;
    uint32_t bytes;
};

#define PROGRAM_BYTES_MAX (64U << 20)

/* --- in the child ------------------------------------------------------------------------- */

static bool write_whole(int fd, const void *from, size_t bytes)
{
    const char *at = from;

    while (bytes > 0) {
        ssize_t n = write(fd, at, bytes);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? n : 0;
        bytes -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Never returns to libpcap's caller: sends the outcome and ends. */
static void say(int fd, enum answer_kind kind, const void *from, size_t bytes)
{
    const struct answer answer = {.kind = kind, .bytes = (uint32_t)bytes};

    _exit(write_whole(fd, &answer, sizeof(answer)) && write_whole(fd, from, bytes) ? 0 : 1);
}

/* It leaves nothing behind: no core file, no output of the lexer, no process after the parent's
 * end. */
static void become_compiler(pid_t parent)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    const struct rlimit none = {0, 0};
    struct sigaction action;

    setrlimit(RLIMIT_CORE, &none);
    for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
        if (sigaction(stops[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            signal(stops[i], SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* the parent ended before prctl() took effect */
        _exit(1);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        close(fd);
    host_names_use_files();
}

static void compile(pcap_t *pcap, const char *expression, int fd)
{
    struct bpf_program program;

    if (pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0)
        say(fd, ANSWER_PROGRAM, program.bf_insns, program.bf_len * sizeof(*program.bf_insns));
    const char *fault = pcap_geterr(pcap);
    const char *name = host_names_asked();
    if (name && strncmp(fault, "unknown ", strlen("unknown ")) == 0)
        say(fd, ANSWER_HOST_NAME, name, strlen(name));
    say(fd, ANSWER_FAULT, fault, strlen(fault));
}

/* --- in the parent ------------------------------------------------------------------------ */

/* Whether that many bytes were read; errno is 0 if they ended earlier. */
static bool read_whole(int fd, void *out, size_t bytes)
{
    char *at = out;

    while (bytes > 0) {
        ssize_t n = read(fd, at, bytes);
        if (n < 0 && file_stream_again())
            continue;
        if (n <= 0) {
            errno = n < 0 ? errno : 0;
            return false;
        }
        at += n;
        bytes -= (size_t)n;
    }
    return true;
}

static int take_program(const void *from, size_t bytes, struct bpf_program *program, char *error)
{
    struct bpf_insn *instructions = malloc(bytes);

    if (!instructions)
        return trace_fail(error, TRACE_ERROR_MEMORY, "out of memory");
    memcpy(instructions, from, bytes);
    size_t count = bytes / sizeof(*instructions);
    if (bytes % sizeof(*instructions) != 0 || !bpf_validate(instructions, (int)count)) {
        free(instructions);
        return trace_fail(error, TRACE_ERROR_FILTER,
                          "libpcap made an invalid program of it; write it in another way");
    }
    program->bf_len = (unsigned)count;
    program->bf_insns = instructions;
    return TRACE_OK;
}

static int take_answer(const struct answer *answer, const char *payload,
                       struct bpf_program *program, char *error)
{
    switch (answer->kind) {
    case ANSWER_PROGRAM:
        return take_program(payload, answer->bytes, program, error);
    case ANSWER_FAULT:
        if (trace_says_no_memory(payload))
            return trace_fail(error, TRACE_ERROR_MEMORY, "out of memory");
        return trace_fail(error, TRACE_ERROR_FILTER, "%s; see pcap-filter(7) for the language",
                          payload);
    case ANSWER_HOST_NAME:
        return trace_fail(error, TRACE_ERROR_FILTER,
                          "'%s' would be a name, and names of hosts and networks are not looked "
                          "up; give the address",
                          payload);
    }
    return trace_fail(error, TRACE_ERROR_FILTER, "it cannot be compiled");
}

/* TRACE_END if the child has sent no complete message. */
static int read_answer(int fd, struct bpf_program *program, char *error)
{
    struct answer answer;
    int status = TRACE_END;

    if (!read_whole(fd, &answer, sizeof(answer)) || answer.bytes > PROGRAM_BYTES_MAX)
        return errno == EINTR ? trace_fail(error, TRACE_ERROR_OPEN, "interrupted") : TRACE_END;
    char *payload = malloc((size_t)answer.bytes + 1);
    if (!payload)
        return trace_fail(error, TRACE_ERROR_MEMORY, "out of memory");
    if (read_whole(fd, payload, answer.bytes)) {
        payload[answer.bytes] = '\0';
        status = take_answer(&answer, payload, program, error);
    } else if (errno == EINTR) {
        status = trace_fail(error, TRACE_ERROR_OPEN, "interrupted");
    }
    free(payload);
    return status;
}

/* Why a child has ended without an answer. */
static int report_death(int wait_status, char *error)
{
    if (WIFSIGNALED(wait_status))
        return trace_fail(error, TRACE_ERROR_MEMORY,
                          "libpcap ended by signal %d while compiling it, probably out of memory; "
                          "make room, or shorten it",
                          WTERMSIG(wait_status));
    return trace_fail(error, TRACE_ERROR_MEMORY,
                      "libpcap gave up compiling it, out of memory; make room, or shorten it");
}

/* Closes `fd`: a child that still writes ends too. */
static int hear(pid_t child, int fd, struct bpf_program *program, char *error)
{
    int status = read_answer(fd, program, error);
    int wait_status = 0;

    close(fd);
    if (status == TRACE_ERROR_OPEN)
        kill(child, SIGKILL);
    while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR)
        ;
    return status == TRACE_END ? report_death(wait_status, error) : status;
}

int filter_compile(pcap_t *pcap, const char *expression, struct bpf_program *program, char *error)
{
    const pid_t parent = getpid();
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return trace_fail(error, TRACE_ERROR_OPEN,
                          "no descriptor is left to compile it with (%s); raise the limit "
                          "(ulimit -n)",
                          strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        become_compiler(parent);
        compile(pcap, expression, ends[1]);
    }
    int fork_error = errno;
    close(ends[1]);
    if (child > 0)
        return hear(child, ends[0], program, error);
    close(ends[0]);
    return trace_fail(error, fork_error == ENOMEM ? TRACE_ERROR_MEMORY : TRACE_ERROR_OPEN,
                      "no process can be started to compile it in (%s); see ulimit -u",
                      strerror(fork_error));
}
