/*
 * A file is written under a name that ends in .part, and renamed when it is complete.
 */
#ifndef SHAPESIM_SIM_OUTPUT_PART_FILE_H
#define SHAPESIM_SIM_OUTPUT_PART_FILE_H

#include <stdio.h>

struct owned_directory;

/* Creates `name`.part in the directory. The caller closes the stream; NULL with errno on
 * failure. */
FILE *part_file_new(struct owned_directory *directory, const char *name);

/* The file is written and closed; `failure` is the errno of the first error in that, or 0. Renames
 * or removes it: SIM_OK, or SIM_FAILED with the reason. */
int part_file_end(struct owned_directory *directory, const char *name, int failure, char *error);

#endif
