/*
 * A file that the user named, alone, for output: it is written as FILE.part, which is renamed to
 * FILE when it is complete. Only a file of the same kind is ever replaced: FILE and FILE.part must
 * be missing, empty, or begin as the kind says. Anything else is left unchanged, and an error names
 * it. A pipe or a device is written in place; a symbolic link leads only to one of these.
 */
#ifndef SHAPESIM_TRACES_SINGLE_FILE_H
#define SHAPESIM_TRACES_SINGLE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "traces/trace.h"

struct single_file_kind {
    bool (*is_own)(int fd); /* whether a file that is not empty may be replaced */
    const char *is_foreign; /* what is said of any other: "is no capture of trace synth" */
    const char *option;     /* that names such a file: "-o" */
};

struct single_file {
    const char *path; /* borrowed */
    char *part;       /* owned; NULL where it is written in place */
    const char *name; /* the file written, for messages; borrowed from one of the others */
    FILE *stream;     /* the caller closes it */
    int fd;           /* of `stream`, which owns it */
};

/* Opens it; `path` is borrowed, "-" is standard output. TRACE_OK, TRACE_ERROR_WRITE or
 * TRACE_ERROR_MEMORY. */
int single_file_begin(struct single_file *file, const struct single_file_kind *kind,
                      const char *path, char *error);

/* After the stream is closed, with the result of writing in `status`: renames FILE.part, or removes
 * it. Returns `status`, or TRACE_ERROR_WRITE. */
int single_file_end(struct single_file *file, int status, char *error);

#endif
