/*
 * A file is written under a name that ends in .part, and gets its own when it is whole.
 */
#ifndef SHAPESIM_SIM_PART_FILE_H
#define SHAPESIM_SIM_PART_FILE_H

#include <stdio.h>

struct owned_directory;

/* Creates `name`.part in the directory. The caller closes the stream; NULL where it cannot be
 * made, with errno. */
FILE *part_file_new(struct owned_directory *directory, const char *name);

/* The file is written and closed; `failure` is the errno of what went wrong on the way, or 0. Gives
 * it its name, or removes it: SIM_OK, or SIM_FAILED with the reason. */
int part_file_end(struct owned_directory *directory, const char *name, int failure, char *error);

#endif
