#include "sim/base/process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <jansson.h>

#include "shaper/libevent/memory.h"

/* The wrong way round: so they are not usable. The lowest free number is taken, hence in order. */
static void open_standard_streams(void)
{
    static const int modes[] = {
        [STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY};

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) < 0)
            _exit(1);
}

void process_begin(void)
{
    open_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    memory_install();
    json_set_alloc_funcs(memory_take, memory_give);
}

void process_restore_signals(void)
{
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
}
