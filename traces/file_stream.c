#include "traces/file_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define FAILURE_BYTES 480

struct file_stream {
    int fd;
    const char *path; /* for errors; stored after this struct if that is on the heap */
};

static const volatile sig_atomic_t *stop_asked;
static atomic_flag has_failed = ATOMIC_FLAG_INIT;
static char first_failure[FAILURE_BYTES];

void file_stream_set_stop(const volatile sig_atomic_t *stop)
{
    stop_asked = stop;
}

bool file_stream_again(void)
{
    return errno == EINTR && !(stop_asked && *stop_asked);
}

bool file_stream_is_of_the_path(int failure)
{
    return failure == ENOENT || failure == ENOTDIR || failure == EACCES || failure == EISDIR ||
           failure == ELOOP || failure == ENAMETOOLONG;
}

void file_stream_note(const char *path, int failure)
{
    /* Captures are read in a separate thread. */
    if (!file_stream_is_of_the_path(failure) && !atomic_flag_test_and_set(&has_failed))
        snprintf(first_failure, sizeof(first_failure), "%s: cannot be read (%s)", path,
                 strerror(failure));
}

const char *file_stream_failure(void)
{
    return first_failure[0] ? first_failure : NULL;
}

static ssize_t read_bytes(void *cookie, char *out, size_t size)
{
    struct file_stream *stream = cookie;
    ssize_t n;

    do
        n = read(stream->fd, out, size);
    while (n < 0 && file_stream_again());
    if (n < 0)
        file_stream_note(stream->path, errno);
    return n;
}

/* 0 reports failure, as fopencookie(3) requires. */
static ssize_t write_bytes(void *cookie, const char *bytes, size_t count)
{
    const struct file_stream *stream = cookie;
    size_t done = 0;

    while (done < count) {
        ssize_t n = write(stream->fd, bytes + done, count - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || !file_stream_again())
            return 0;
    }
    return (ssize_t)done;
}

static int seek(void *cookie, off64_t *offset, int whence)
{
    const struct file_stream *stream = cookie;
    off64_t at = lseek64(stream->fd, *offset, whence);

    if (at < 0)
        return -1;
    *offset = at;
    return 0;
}

static int close_stream(void *cookie)
{
    struct file_stream *stream = cookie;
    int status = stream->fd >= 0 ? close(stream->fd) : 0;
    int failure = errno;

    free(stream);
    errno = failure;
    return status;
}

/* A stream that has no descriptor yet. */
static FILE *make(const char *path, const char *mode, struct file_stream **out)
{
    struct file_stream *stream = malloc(sizeof(*stream) + strlen(path) + 1);

    if (!stream)
        return NULL;
    stream->fd = -1;
    stream->path = memcpy(stream + 1, path, strlen(path) + 1);
    FILE *file = fopencookie(
        stream, mode,
        (cookie_io_functions_t){
            .read = read_bytes, .write = write_bytes, .seek = seek, .close = close_stream});
    if (!file)
        free(stream);
    *out = stream;
    return file;
}

int file_stream_close_text(FILE *file, char **text)
{
    bool is_whole = fflush(file) == 0 && !ferror(file);

    if (fclose(file) == 0 && is_whole && *text)
        return 0;
    free(*text);
    *text = NULL;
    return -1;
}

FILE *file_stream_from(int fd, const char *path, const char *mode)
{
    struct file_stream *stream;
    FILE *file = make(path, mode, &stream);

    if (file)
        stream->fd = fd;
    return file;
}

FILE *file_stream_output(void)
{
    static struct file_stream output = {.fd = STDOUT_FILENO, .path = "standard output"};

    return fopencookie(&output, "w", (cookie_io_functions_t){.write = write_bytes});
}

int file_stream_descriptor(int directory, const char *path, int flags)
{
    int fd;

    do
        fd = openat(directory, path, flags | O_CLOEXEC, 0666);
    while (fd < 0 && file_stream_again());
    return fd;
}

static int flags_of(const char *mode)
{
    if (mode[0] == 'w')
        return O_WRONLY | O_CREAT | (mode[1] == 'x' ? O_EXCL : O_TRUNC);
    return mode[1] == '+' ? O_RDWR : O_RDONLY;
}

/* Memory is allocated first: a file that is created can be written. */
FILE *file_stream_open(const char *path, const char *mode)
{
    struct file_stream *stream;
    FILE *file = make(path, mode, &stream);

    if (file) {
        stream->fd = file_stream_descriptor(AT_FDCWD, path, flags_of(mode));
        if (stream->fd >= 0)
            return file;
    }
    int failure = errno;
    if (file)
        fclose(file);
    if (mode[0] == 'r')
        file_stream_note(path, failure);
    errno = failure;
    return NULL;
}
