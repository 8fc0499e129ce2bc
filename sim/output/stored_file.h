/*
 * A file of a run as it is stored: under its name, or compressed, with .zst after it. What is read
 * of it is the same.
 */
#ifndef SHAPESIM_SIM_OUTPUT_STORED_FILE_H
#define SHAPESIM_SIM_OUTPUT_STORED_FILE_H

#include <stdio.h>

struct byte_source;

/* Zeroed is closed. */
struct stored_file {
    FILE *stream; /* NULL: it could not be opened */
    struct byte_source *packed;
};

/* Opens `path`, or else `path`.zst. 0, or an errno. The caller closes it with
 * stored_file_close(). */
int stored_file_open(struct stored_file *file, const char *path);

/* At the stream's end: why what is stored could not be read to its end; NULL: it was. Valid until
 * it is closed. */
const char *stored_file_failure(const struct stored_file *file);

void stored_file_close(struct stored_file *file);

#endif
