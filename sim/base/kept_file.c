#include "sim/base/kept_file.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/process.h"
#include "traces/file_stream.h"

#define COMPLETE 'c'

/* --- in the process that keeps it --------------------------------------------------------------
 */

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

/* --- in the command ----------------------------------------------------------------------------
 */

static int start(struct kept_file *kept)
{
    int tell[2] = {-1, -1}, told[2] = {-1, -1};
    pid_t child = -1;

    if (pipe(tell) == 0 && pipe(told) == 0)
        child = fork();
    int failure = child < 0 ? errno : 0;
    if (child == 0) {
        close(tell[1]);
        close(told[0]);
        keep(&kept->file, tell[0], told[1]);
    }
    kept->tell_fd = tell[1];
    kept->told_fd = told[0];
    if (tell[0] >= 0)
        close(tell[0]);
    if (told[1] >= 0)
        close(told[1]);
    if (failure != 0) {
        if (tell[1] >= 0)
            close(tell[1]);
        if (told[0] >= 0)
            close(told[0]);
    }
    return failure;
}

int kept_file_begin(struct kept_file *kept, const struct single_file_kind *kind, const char *path,
                    char *error)
{
    char text[TRACE_ERROR_BYTES];

    *kept = (struct kept_file){.tell_fd = -1, .told_fd = -1};
    if (single_file_begin(&kept->file, kind, path, text) != TRACE_OK)
        return sim_fail(error, SIM_FAILED, "%s", text);
    int failure = kept->file.part ? start(kept) : 0;
    if (failure == 0) {
        process_own_kept_file(kept->tell_fd, kept->told_fd);
        return SIM_OK;
    }
    fclose(kept->file.stream);
    single_file_end(&kept->file, TRACE_ERROR_WRITE, text);
    return sim_fail(error, SIM_FAILED, "%s: cannot be begun (%s); make room", path,
                    strerror(failure));
}

/* The text that the other process answers with; empty where the file is in its place. */
static void tell(struct kept_file *kept, bool is_complete, char text[TRACE_ERROR_BYTES])
{
    const char byte = COMPLETE;
    size_t bytes = 0;
    ssize_t got = 0;

    do
        got = is_complete ? write(kept->tell_fd, &byte, 1) : 0;
    while (got < 0 && file_stream_again());
    if (got < 0)
        bytes = (size_t)snprintf(text, TRACE_ERROR_BYTES, "cannot write %s: %s", kept->file.name,
                                 strerror(errno));
    close(kept->tell_fd);
    while ((got = read(kept->told_fd, text + bytes, TRACE_ERROR_BYTES - 1 - bytes)) > 0 ||
           (got < 0 && file_stream_again()))
        bytes += got > 0 ? (size_t)got : 0;
    if (got < 0 && bytes == 0)
        bytes = (size_t)snprintf(text, TRACE_ERROR_BYTES, "cannot write %s: %s", kept->file.name,
                                 strerror(errno));
    text[bytes] = '\0';
    close(kept->told_fd);
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
    tell(kept, status == SIM_OK, text);
    free(kept->file.part);
    if (status == SIM_OK && text[0])
        return sim_fail(error, SIM_FAILED, "%s", text);
    return status;
}
