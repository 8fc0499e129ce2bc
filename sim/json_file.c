#include "sim/json_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "traces/file_stream.h"

json_t *json_file_load(const char *path, size_t flags, json_error_t *fault)
{
    json_error_t unused;
    FILE *file = file_stream_open(path, "r");

    if (!file) {
        int failure = errno;
        json_error_t *told = fault ? fault : &unused;
        *told = (json_error_t){.line = -1, .column = -1};
        snprintf(told->text, sizeof(told->text), "unable to open %s: %s", path, strerror(failure));
        errno = failure;
        return NULL;
    }
    errno = 0;
    json_t *value = json_loadf(file, flags, fault ? fault : &unused);
    int failure = value ? 0 : errno;
    if (ferror(file)) { /* what came before may be whole by chance */
        failure = failure ? failure : EIO;
        json_decref(value);
        value = NULL;
    }
    fclose(file);
    errno = failure;
    return value;
}

int json_file_write(const json_t *value, const char *path, size_t flags, const char *ending)
{
    FILE *file = value ? file_stream_open(path, "w") : NULL;

    if (!file)
        return -1;
    bool is_whole = json_dumpf(value, file, flags) == 0 && fputs(ending, file) != EOF;
    /* fwrite() may take what it could not pass on for written: the stream knows. */
    if (fflush(file) != 0 || ferror(file))
        is_whole = false;
    int failure = errno;
    if (fclose(file) != 0 && is_whole) {
        is_whole = false;
        failure = errno;
    }
    errno = failure;
    return is_whole ? 0 : -1;
}
