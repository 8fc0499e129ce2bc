/*
 * A directory in memory that an input fills: it is files one after the other, each headed by a line
 * of a record separator (byte 30) and its name.
 */
#ifndef SHAPESIM_TESTS_FUZZING_DIRECTORY_H
#define SHAPESIM_TESTS_FUZZING_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_DIRECTORY_FILES_MAX 16

/* Makes an empty one below /dev/shm, which is removed with all that is in it when the program ends.
 * The path lives to the program's end. */
const char *fuzz_directory_new(void);

/* Removes the regular files in it: what the input before made a command write. */
void fuzz_directory_clear(const char *directory);

/* Writes to the directory those of the files `names` (up to a NULL, at most
 * FUZZ_DIRECTORY_FILES_MAX, the same at every call) that the input has, and removes the others. */
void fuzz_directory_fill(const char *directory, const char *const *names, const uint8_t *data,
                         size_t size);

#endif
