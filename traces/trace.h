/*
 * What the modules of traces/ share: status codes and the size of an error text.
 *
 * Functions return TRACE_OK or a negative code; the text, one line without a newline that names
 * the file (and the packet where there is one) and the way out, goes into the caller's buffer of
 * TRACE_ERROR_BYTES bytes.
 */
#ifndef SHAPESIM_TRACES_TRACE_H
#define SHAPESIM_TRACES_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TRACE_ERROR_BYTES 512

/* The unit that processors move between two cores: two lines of 64 bytes, as neighbours are fetched
 * together. On other processors it costs time only. */
#define CACHE_ALIGNED_BYTES 128

enum trace_status {
    TRACE_OK = 0,
    TRACE_END = 1,           /* no more packets or events; not an error */
    TRACE_ERROR_OPEN = -1,   /* the file cannot be opened or read */
    TRACE_ERROR_FORMAT = -2, /* the content is no capture, or is damaged */
    TRACE_ERROR_FILTER = -3, /* a BPF expression does not compile */
    TRACE_ERROR_MEMORY = -4,
    TRACE_ERROR_WRITE = -5, /* output cannot be written */
};

/* Zeroed memory for what one thread writes all the time: nothing that another thread reads is next
 * to it. To be freed with free(); NULL on allocation failure. */
void *trace_new_cache_aligned(size_t bytes);

/* Writes a printf-style text into `error` (TRACE_ERROR_BYTES bytes) and returns `status`. */
int trace_fail(char *error, enum trace_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether the text of a library's error reports an allocation failure. */
bool trace_says_no_memory(const char *text);

/* Names and values in a text for people may come from strangers: control characters become '?', so
 * that the text stays one line and controls no terminal. Those of C1 are control characters, too,
 * as UTF-8 has them (0xc2 0x80 to 0xc2 0x9f). */
void trace_make_plain(char *text);

/* Prints the text likewise, padded to `width` columns: right-aligned, or left-aligned if it is
 * negative. */
void trace_print_plain(FILE *out, int width, const char *text);

#endif
