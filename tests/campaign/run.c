#include "tests/campaign/run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* sim/commands/main.c's main(), which has this name here. */
int shapesim_main(int argc, char **argv);

static void open_as(int fd, const char *path, int flags)
{
    int opened = open(path ? path : "/dev/null", flags, 0600);

    if (opened < 0 || dup2(opened, fd) < 0)
        _exit(126);
    close(opened);
}

static void prepare_child(const char *input, const char *output, const char *error_path)
{
    const struct rlimit cpu = {RUN_CPU_SECONDS, RUN_CPU_SECONDS + 1};
    const struct rlimit core = {0, 0};

    setrlimit(RLIMIT_CPU, &cpu);
    setrlimit(RLIMIT_CORE, &core);
    alarm(RUN_WALL_SECONDS);
    open_as(STDIN_FILENO, input, O_RDONLY);
    open_as(STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC);
    open_as(STDERR_FILENO, error_path, O_WRONLY | O_CREAT | O_TRUNC);
}

static void wait_for(pid_t child, const char *error_path, struct run *run)
{
    int status = 0;

    while (waitpid(child, &status, 0) < 0)
        continue;
    run->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    run->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    run->error[0] = 0;
    FILE *file = fopen(error_path, "r");
    if (file) {
        run->error[fread(run->error, 1, sizeof(run->error) - 1, file)] = 0;
        fclose(file);
    }
}

/* No child, no campaign. */
static pid_t fork_child(void)
{
    fflush(NULL);
    pid_t child = fork();

    if (child < 0) {
        perror("fork");
        exit(2);
    }
    return child;
}

void run_program(char **arguments, const char *error_path, int term_after_us, struct run *run)
{
    int count = 0;
    pid_t child;

    while (arguments[count])
        count++;
    child = fork_child();
    if (child == 0) {
        prepare_child(NULL, NULL, error_path);
        exit(shapesim_main(count, arguments));
    }
    if (term_after_us >= 0) {
        const struct timespec delay = {.tv_nsec = term_after_us * 1000L};
        nanosleep(&delay, NULL);
        kill(child, SIGTERM);
    }
    wait_for(child, error_path, run);
}

void run_other(char **arguments, const char *input, const char *output, const char *error_path,
               struct run *run)
{
    pid_t child = fork_child();

    if (child == 0) {
        prepare_child(input, output, error_path);
        execv(arguments[0], arguments);
        _exit(126);
    }
    wait_for(child, error_path, run);
}

void run_message(const struct run *run, char message[RUN_ERROR_BYTES], int *lines)
{
    static const char warning[] = "shapesim: warning: ";

    *lines = 0;
    message[0] = 0;
    for (const char *line = run->error; *line;) {
        size_t length = strcspn(line, "\n");
        if (strncmp(line, warning, sizeof(warning) - 1) != 0 && (*lines)++ == 0)
            snprintf(message, RUN_ERROR_BYTES, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}
