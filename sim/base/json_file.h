/*
 * JSON files that are read and written whole: no error of the disk passes for damaged or for
 * complete.
 */
#ifndef SHAPESIM_SIM_BASE_JSON_FILE_H
#define SHAPESIM_SIM_BASE_JSON_FILE_H

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

/* Like json_load_file(); `fault` may be NULL. Without a result errno says what failed where that is
 * no fault of the text: ENOENT, ENOMEM, EIO...; 0: it is one. */
json_t *json_file_load(const char *path, size_t flags, json_error_t *fault);

/* Likewise, of a descriptor, which it closes; `path` is its name in errors. */
json_t *json_file_load_from(int fd, const char *path);

/* Writes `value` to the file, `flags` of json_dumpf(), and the text `ending`; then closes it.
 * Returns 0 or an errno. */
int json_file_write(const json_t *value, FILE *file, size_t flags, const char *ending);

#endif
