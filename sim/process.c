#include "sim/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <jansson.h>

#include "shaper/memory.h"
#include "traces/file_stream.h"

/* The wrong way round: so they are not usable. The lowest free number is taken, hence in order. */
static void open_standard_streams(void)
{
    static const int modes[] = {
        [STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY};

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) < 0)
            _exit(1);
}

/* What is printed goes on after a signal, as into files. */
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
