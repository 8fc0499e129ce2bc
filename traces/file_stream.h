/*
 * Files as streams of stdio, with two promises that fopen() does not make: a call that a signal
 * interrupted is made again, and what went wrong in reading is known afterwards, however far from
 * there it is asked for.
 */
#ifndef SHAPESIM_TRACES_FILE_STREAM_H
#define SHAPESIM_TRACES_FILE_STREAM_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

/* From here on an interrupted call is made again only as long as `*stop` is 0, so that a signal
 * ends whatever waits. Borrows `stop` for ever; NULL: always. */
void file_stream_set_stop(const volatile sig_atomic_t *stop);

/* After a system call has failed: whether it is to be made again. */
bool file_stream_again(void);

/* Like openat(), with the mode 0666, interrupted calls being made again. The caller owns the
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

/* Whether the path itself is to blame for `failure`, an errno: no such file, no permission, a
 * directory. */
bool file_stream_is_of_the_path(int failure);

/* Notes that `path` could not be read, for the reason `failure` (an errno); the first stays. What
 * the path itself is to blame for is not noted. */
void file_stream_note(const char *path, int failure);

/* "PATH: cannot be read (WHY)" of the first file that could not be; NULL: all could. */
const char *file_stream_failure(void);

#endif
