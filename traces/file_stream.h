/*
 * Files as streams of stdio, with two guarantees that fopen() lacks: a call that a signal
 * interrupted is repeated, and read errors are known afterwards, wherever they are asked for.
 */
#ifndef SHAPESIM_TRACES_FILE_STREAM_H
#define SHAPESIM_TRACES_FILE_STREAM_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

/* From now on an interrupted call is repeated only as long as `*stop` is 0, so that a signal ends
 * every wait. `stop` is borrowed forever; NULL: always repeated. */
void file_stream_set_stop(const volatile sig_atomic_t *stop);

/* After a system call has failed: whether to repeat it. */
bool file_stream_again(void);

/* Like openat(), with the mode 0666; interrupted calls are repeated. The caller owns the
 * descriptor. */
int file_stream_descriptor(int directory, const char *path, int flags);

/* Like fopen(), with the modes "r", "w", "wx" and "r+". The stream has no fileno(). NULL: errno
 * says why. */
FILE *file_stream_open(const char *path, const char *mode);

/* A stream over a descriptor, which it closes with itself; `path` is its name in errors. NULL: it
 * is still the caller's. */
FILE *file_stream_from(int fd, const char *path, const char *mode);

/* A stream over standard output, which closing it leaves open; one at a time. NULL on allocation
 * failure.
 */
FILE *file_stream_output(void);

/* Closes a stream of open_memstream(). 0: all that was written is in *text; -1 on allocation
 * failure, which fclose() does not report: *text is then freed and NULL. */
int file_stream_close_text(FILE *file, char **text);

/* Whether `failure`, an errno, concerns the path itself: no such file, no permission, a
 * directory. */
bool file_stream_is_of_the_path(int failure);

/* Records that `path` could not be read, with the errno `failure`; only the first is kept. Errors
 * of the path itself are not recorded. */
void file_stream_note(const char *path, int failure);

/* "PATH: cannot be read (WHY)" for the first file that could not be read; NULL: there is none. */
const char *file_stream_failure(void);

#endif
