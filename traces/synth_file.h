/*
 * Writes a synthetic capture as FILE.part, which is renamed to FILE when it is complete. Only a
 * capture of this kind is ever replaced. FILE and FILE.part are such if they are missing, empty, or
 * begin like the output of synth_write(): the header of a pcap file, and a frame between the two
 * hosts 02:00:00:00:00:01 and 02:00:00:00:00:02. Anything else is left unchanged, and an error
 * names it. A pipe or a device is written in place; a symbolic link leads only to one of these.
 */
#ifndef SHAPESIM_TRACES_SYNTH_FILE_H
#define SHAPESIM_TRACES_SYNTH_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "traces/trace.h"

struct synth_file {
    const char *path; /* borrowed */
    char *part;       /* owned; NULL where it is written in place */
    const char *name; /* the file written, for messages; borrowed from one of the others */
    FILE *stream;     /* the caller closes it */
    int fd;           /* of `stream`, which owns it */
};

/* Opens it; `path` is borrowed, "-" is standard output. TRACE_OK, TRACE_ERROR_WRITE or
 * TRACE_ERROR_MEMORY. */
int synth_file_begin(struct synth_file *file, const char *path, char *error);

/* After the stream is closed, with the result of writing in `status`: renames FILE.part, or removes
 * it. Returns `status`, or TRACE_ERROR_WRITE. */
int synth_file_end(struct synth_file *file, int status, char *error);

#endif
