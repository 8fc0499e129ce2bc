#include "sim/base/json_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "traces/file_stream.h"

/* Closes the file. */
static json_t *load(FILE *file, size_t flags, json_error_t *fault)
{
    json_object_seed(0); /* else it does with the first object, and a sandbox makes that fail */
    errno = 0;
    json_t *value = json_loadf(file, flags, fault);
    int failure = value ? 0 : errno;
    if (ferror(file)) { /* the part before the error can happen to be valid JSON */
        failure = failure ? failure : EIO;
        json_decref(value);
        value = NULL;
    }
    fclose(file);
    errno = failure;
    return value;
}

json_t *json_file_load(const char *path, size_t flags, json_error_t *fault)
{
    json_error_t unused = {.line = 0};
    json_error_t *reported = fault ? fault : &unused;
    FILE *file = file_stream_open(path, "r");

    if (file)
        return load(file, flags, reported);
    int failure = errno;
    *reported = (json_error_t){.line = -1, .column = -1};
    snprintf(reported->text, sizeof(reported->text), "unable to open %s: %s", path,
             strerror(failure));
    errno = failure;
    return NULL;
}

json_t *json_file_load_from(int fd, const char *path)
{
    json_error_t unused;
    FILE *file = file_stream_from(fd, path, "r");

    if (file)
        return load(file, 0, &unused);
    int failure = errno;
    close(fd);
    errno = failure;
    return NULL;
}

int json_file_write(const json_t *value, FILE *file, size_t flags, const char *ending)
{
    int failure = 0;

    errno = 0;
    bool is_whole = json_dumpf(value, file, flags) == 0 && fputs(ending, file) != EOF;
    /* fwrite() may count bytes as written that could not be passed on: the stream's error flag is
     * reliable. */
    if (fflush(file) != 0 || ferror(file) || !is_whole)
        failure = errno ? errno : EIO;
    if (fclose(file) != 0 && !failure)
        failure = errno;
    return failure;
}
