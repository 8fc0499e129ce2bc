#include "sim/output/stored_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/output/file_names.h"
#include "traces/byte_source.h"
#include "traces/file_stream.h"
#include "traces/trace.h"

static int open_packed(struct stored_file *file, const char *path)
{
    char text[TRACE_ERROR_BYTES];
    int status = byte_source_open(path, &file->packed, text);

    if (status != TRACE_OK)
        return status == TRACE_ERROR_MEMORY ? ENOMEM : EIO;
    file->stream = byte_source_stream(file->packed);
    return file->stream ? 0 : ENOMEM;
}

int stored_file_open(struct stored_file *file, const char *path)
{
    char *packed_path;

    *file = (struct stored_file){.stream = file_stream_open(path, "r")};
    int failure = file->stream ? 0 : errno;
    if (failure != ENOENT)
        return failure;
    if (asprintf(&packed_path, "%s" FILE_COMPRESSED, path) < 0)
        return ENOMEM;
    if (access(packed_path, R_OK) == 0)
        failure = open_packed(file, packed_path);
    else if (errno != ENOENT)
        failure = errno;
    free(packed_path);
    return failure;
}

const char *stored_file_failure(const struct stored_file *file)
{
    const char *unpacking = file->packed ? byte_source_failure(file->packed) : NULL;

    if (unpacking)
        return unpacking;
    return ferror(file->stream) ? strerror(errno) : NULL;
}

void stored_file_close(struct stored_file *file)
{
    if (file->stream)
        fclose(file->stream);
    byte_source_free(file->packed);
    *file = (struct stored_file){0};
}
