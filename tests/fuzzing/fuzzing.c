#include "tests/fuzzing/fuzzing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_holds(bool promise, const char *text)
{
    if (promise)
        return;
    fprintf(stderr, "broken promise: %s\n", text);
    abort();
}

void fuzz_file_new(struct fuzz_file *file)
{
    file->fd = memfd_create("fuzz", MFD_CLOEXEC);
    fuzz_holds(file->fd >= 0, "the machine has files in memory");
    snprintf(file->directory, sizeof(file->directory), "/proc/self/fd");
    snprintf(file->name, sizeof(file->name), "%d", file->fd);
    snprintf(file->path, sizeof(file->path), "%s/%s", file->directory, file->name);
}

void fuzz_file_write(const struct fuzz_file *file, const void *bytes, size_t count)
{
    bool is_written = ftruncate(file->fd, (off_t)count) == 0 &&
                      pwrite(file->fd, bytes, count, 0) == (ssize_t)count;

    fuzz_holds(is_written, "memory holds the input");
}

char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    fuzz_holds(text, "memory holds the input");
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}
