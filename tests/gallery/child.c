#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

/* Leaves signals to the system, whatever a sanitizer would do with them, and neither messages nor
 * a core file. */
static void become_expendable(void)
{
    const struct rlimit none = {0, 0};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    signal(SIGFPE, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    setrlimit(RLIMIT_CORE, &none);
    if (null >= 0)
        dup2(null, STDERR_FILENO);
}

void child_print_end(void (*act)(void))
{
    int status;

    fflush(stdout);
    pid_t child = fork();
    require(child >= 0, "no process");
    if (child == 0) {
        become_expendable();
        act();
        _exit(0);
    }
    require(waitpid(child, &status, 0) == child, "no child");
    if (WIFSIGNALED(status))
        printf("signal %d", WTERMSIG(status));
    else
        printf("exit %d", WEXITSTATUS(status));
}
