/*
 * A file is written under a name that ends in .part, and gets its own when it is whole.
 */
#ifndef SHAPESIM_SIM_BASE_PART_FILE_H
#define SHAPESIM_SIM_BASE_PART_FILE_H

/* The file is written and closed; `failure` is the errno of what went wrong on the way, or 0. Gives
 * it its name, or removes it: SIM_OK, or SIM_FAILED with the reason. */
int part_file_end(const char *part_path, const char *path, int failure, char *error);

#endif
