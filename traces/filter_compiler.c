#include "traces/filter_compiler.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <pcap/pcap.h>

#include "traces/child_process.h"
#include "traces/host_names.h"
#include "traces/trace.h"

/* The child's message: its kind, and instructions or text after it. */
enum answer_kind { ANSWER_PROGRAM, ANSWER_FAULT, ANSWER_HOST_NAME };

#define ANSWER_BYTES_MAX ((size_t)64 << 20)

/* --- in the child ------------------------------------------------------------------------- */

struct task {
    pcap_t *pcap;
    const char *expression;
};

/* Returns the exit status of the child. */
static int say(int fd, enum answer_kind kind, const void *from, size_t bytes)
{
    return child_process_write(fd, &kind, sizeof(kind)) && child_process_write(fd, from, bytes) ? 0
                                                                                                : 1;
}

static int compile(void *argument, int fd)
{
    const struct task *task = argument;
    struct bpf_program program;

    host_names_use_files();
    if (pcap_compile(task->pcap, &program, task->expression, 1, PCAP_NETMASK_UNKNOWN) == 0)
        return say(fd, ANSWER_PROGRAM, program.bf_insns,
                   program.bf_len * sizeof(*program.bf_insns));
    const char *fault = pcap_geterr(task->pcap);
    const char *name = host_names_asked();
    if (name && strncmp(fault, "unknown ", strlen("unknown ")) == 0)
        return say(fd, ANSWER_HOST_NAME, name, strlen(name));
    return say(fd, ANSWER_FAULT, fault, strlen(fault));
}

/* --- in the parent ------------------------------------------------------------------------ */

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

static int take_answer(const struct child_output *output, struct bpf_program *program, char *error)
{
    enum answer_kind kind;
    const char *payload = output->bytes + sizeof(kind);

    memcpy(&kind, output->bytes, sizeof(kind));
    switch (kind) {
    case ANSWER_PROGRAM:
        return take_program(payload, output->count - sizeof(kind), program, error);
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

/* Why there is no child that has ended. */
static int report_failure(int failure, char *error)
{
    if (failure == ENOMEM)
        return trace_fail(error, TRACE_ERROR_MEMORY, "out of memory");
    if (failure == EINTR)
        return trace_fail(error, TRACE_ERROR_OPEN, "interrupted");
    if (failure == EMFILE || failure == ENFILE)
        return trace_fail(error, TRACE_ERROR_OPEN,
                          "no descriptor is left to compile it with (%s); raise the limit "
                          "(ulimit -n)",
                          strerror(failure));
    return trace_fail(error, TRACE_ERROR_OPEN, "no process can compile it (%s); see ulimit -u",
                      strerror(failure));
}

int filter_compile(pcap_t *pcap, const char *expression, struct bpf_program *program, char *error)
{
    struct task task = {pcap, expression};
    struct child_output output;
    int failure = child_process_run(compile, &task, ANSWER_BYTES_MAX, &output);

    if (failure != 0)
        return report_failure(failure, error);
    int status = output.wait_status == 0 && output.count >= sizeof(enum answer_kind)
                     ? take_answer(&output, program, error)
                     : report_death(output.wait_status, error);
    free(output.bytes);
    return status;
}
