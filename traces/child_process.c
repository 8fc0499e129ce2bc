#include "traces/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef SHAPESIM_COVERAGE
#include <gcov.h>
#endif

#include "traces/file_stream.h"

#define FIRST_BYTES ((size_t)4 << 10)

/* --- in the child ------------------------------------------------------------------------- */

bool child_process_write(int fd, const void *from, size_t bytes)
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

/* It leaves nothing: no core file, no output of the library, no process after the parent's
 * end. */
static void become_child(pid_t parent)
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
}

/* Without what exit() does for the parent: its buffers and its files. */
static _Noreturn void end_child(int status)
{
#ifdef SHAPESIM_COVERAGE
    __gcov_dump();
#endif
    _exit(status);
}

/* --- in the parent ------------------------------------------------------------------------ */

/* Makes room for more than `count` bytes and a NUL. 0 or an errno. */
static int grow(struct child_output *output, size_t *room, size_t bytes_max)
{
    size_t wanted = *room == 0 ? FIRST_BYTES : 2 * *room;

    if (output->count < *room)
        return 0;
    if (output->count > bytes_max)
        return ENOMEM;
    char *grown = realloc(output->bytes, wanted + 1);
    if (!grown)
        return ENOMEM;
    output->bytes = grown;
    *room = wanted;
    return 0;
}

/* To its end. 0 or an errno. */
static int read_output(int fd, size_t bytes_max, struct child_output *output)
{
    size_t room = 0;
    int failure;

    while ((failure = grow(output, &room, bytes_max)) == 0) {
        ssize_t n = read(fd, output->bytes + output->count, room - output->count);
        if (n == 0)
            break;
        if (n < 0 && !file_stream_again())
            return errno;
        output->count += n > 0 ? (size_t)n : 0;
    }
    if (failure == 0)
        output->bytes[output->count] = '\0';
    return failure == 0 && output->count > bytes_max ? ENOMEM : failure;
}

/* Closes `fd`: a child that still writes ends too. */
static int hear(pid_t child, int fd, size_t bytes_max, struct child_output *output)
{
    int failure = read_output(fd, bytes_max, output);

    close(fd);
    if (failure != 0)
        kill(child, SIGKILL);
    while (waitpid(child, &output->wait_status, 0) < 0 && errno == EINTR)
        ;
    if (failure == 0)
        return 0;
    free(output->bytes);
    output->bytes = NULL;
    return failure;
}

int child_process_run(child_work *work, void *argument, size_t bytes_max,
                      struct child_output *output)
{
    const pid_t parent = getpid();
    int ends[2];

    *output = (struct child_output){NULL, 0, 0};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    pid_t child = fork();
    if (child == 0) {
        become_child(parent);
        end_child(work(argument, ends[1]));
    }
    int failure = errno;
    close(ends[1]);
    if (child > 0)
        return hear(child, ends[0], bytes_max, output);
    close(ends[0]);
    return failure;
}
