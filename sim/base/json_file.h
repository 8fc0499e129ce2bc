/*
 * JSON files that are read and written as a whole: an I/O error is reported as such, and never as
 * damaged or complete content.
 */
#ifndef SHAPESIM_SIM_BASE_JSON_FILE_H
#define SHAPESIM_SIM_BASE_JSON_FILE_H

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

/* Like json_load_file(); `fault` may be NULL. Without a result errno is the error if it is not in
 * the text: ENOENT, ENOMEM, EIO...; 0: it is in the text. */
json_t *json_file_load(const char *path, size_t flags, json_error_t *fault);

/* Likewise, from a descriptor, which it closes; `path` is its name in errors. */
json_t *json_file_load_from(int fd, const char *path);

/* Writes `value` to the file, `flags` of json_dumpf(), and the text `ending`; then closes it.
 * Returns 0 or an errno. */
int json_file_write(const json_t *value, FILE *file, size_t flags, const char *ending);

#endif
