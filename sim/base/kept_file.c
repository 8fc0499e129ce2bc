#include "sim/base/kept_file.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/process.h"
#include "traces/file_stream.h"

#define COMPLETE 'c'

/* --- in the process that keeps it -------------------------------------------------------- */

/* Signals that end the command end this one by that alone. */
static void ignore_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    process_add_stop_signals(&signals);
    sigprocmask(SIG_BLOCK, &signals, NULL);
}

static void keep(struct single_file *file, int from, int to)
{
    char byte = 0, text[TRACE_ERROR_BYTES] = "";
    ssize_t got;

    ignore_signals();
    do
        got = read(from, &byte, 1);
    while (got < 0 && errno == EINTR);
    bool is_complete = got == 1 && byte == COMPLETE;
    int status = single_file_end(file, is_complete ? TRACE_OK : TRACE_ERROR_WRITE, text);
    if (is_complete && status != TRACE_OK && write(to, text, strlen(text)) < 0)
        _exit(1);
    _exit(0);
}

/* --- in the command ---------------------------------------------------------------------- */

static int start(struct kept_file *kept)
{
    int commands[2] = {-1, -1}, replies[2] = {-1, -1};
    pid_t child = -1;

    if (pipe(commands) == 0 && pipe(replies) == 0)
        child = fork();
    int failure = child < 0 ? errno : 0;
    if (child == 0) {
        close(commands[1]);
        close(replies[0]);
        keep(&kept->file, commands[0], replies[1]);
    }
    kept->command_fd = commands[1];
    kept->reply_fd = replies[0];
    if (commands[0] >= 0)
        close(commands[0]);
    if (replies[1] >= 0)
        close(replies[1]);
    if (failure != 0) {
        if (commands[1] >= 0)
            close(commands[1]);
        if (replies[0] >= 0)
            close(replies[0]);
    }
    return failure;
}

int kept_file_begin(struct kept_file *kept, const struct single_file_kind *kind, const char *path,
                    char *error)
{
    char text[TRACE_ERROR_BYTES];

    *kept = (struct kept_file){.command_fd = -1, .reply_fd = -1};
    if (single_file_begin(&kept->file, kind, path, text) != TRACE_OK)
        return sim_fail(error, SIM_FAILED, "%s", text);
    int failure = kept->file.part ? start(kept) : 0;
    if (failure == 0) {
        process_own_kept_file(kept->command_fd, kept->reply_fd);
        return SIM_OK;
    }
    fclose(kept->file.stream);
    single_file_end(&kept->file, TRACE_ERROR_WRITE, text);
    return sim_fail(error, SIM_FAILED, "%s: cannot be begun (%s); make room", path,
                    strerror(failure));
}

/* The text that the other process answers with; empty where the file is in its place. */
static void commands(struct kept_file *kept, bool is_complete, char text[TRACE_ERROR_BYTES])
{
    const char byte = COMPLETE;
    size_t bytes = 0;
    ssize_t got = 0;

    do
        got = is_complete ? write(kept->command_fd, &byte, 1) : 0;
    while (got < 0 && file_stream_again());
    if (got < 0)
        bytes = (size_t)snprintf(text, TRACE_ERROR_BYTES, "cannot write %s: %s", kept->file.name,
                                 strerror(errno));
    close(kept->command_fd);
    while ((got = read(kept->reply_fd, text + bytes, TRACE_ERROR_BYTES - 1 - bytes)) > 0 ||
           (got < 0 && file_stream_again()))
        bytes += got > 0 ? (size_t)got : 0;
    if (got < 0 && bytes == 0)
        bytes = (size_t)snprintf(text, TRACE_ERROR_BYTES, "cannot write %s: %s", kept->file.name,
                                 strerror(errno));
    text[bytes] = '\0';
    close(kept->reply_fd);
}

int kept_file_end(struct kept_file *kept, int status, char *error)
{
    char text[TRACE_ERROR_BYTES] = "";

    errno = 0;
    bool has_failed = ferror(kept->file.stream) != 0;
    if ((fclose(kept->file.stream) != 0 || has_failed) && status == SIM_OK)
        status = sim_fail(error, SIM_FAILED, "cannot write %s: %s", kept->file.name,
                          errno ? strerror(errno) : "a write failed");
    if (!kept->file.part)
        return status;
    process_own_kept_file(-1, -1);
    commands(kept, status == SIM_OK, text);
    free(kept->file.part);
    if (status == SIM_OK && text[0])
        return sim_fail(error, SIM_FAILED, "%s", text);
    return status;
}
