/*
 * How wide a terminal is, and lines of progress that fit it: a line that is wider is continued on
 * the next one, and what rewrites it leaves that behind.
 */
#ifndef SHAPESIM_SIM_BASE_TERMINAL_H
#define SHAPESIM_SIM_BASE_TERMINAL_H

#include <stddef.h>
#include <stdint.h>

#define TERMINAL_LINE_BYTES 256

/* What COLUMNS says, else the terminal that is open as `descriptor`, else 80; from 20 to 500. */
int terminal_columns(int descriptor);

/* Joins the parts, of ASCII characters, up to an empty one or `count`, with commas: as many as are
 * shorter than `columns`, at least the first, cut if it must be. Returns `line`. */
const char *terminal_fit(char line[TERMINAL_LINE_BYTES], const char *const *parts, size_t count,
                         int columns);

/* "45 s left", "12 min left", "3.4 h left": of what took `elapsed_us` for `share` of it, more than
 * 0; empty where nothing is left. `text` has TERMINAL_LEFT_BYTES; returns it. */
#define TERMINAL_LEFT_BYTES 32
const char *terminal_left(char text[TERMINAL_LEFT_BYTES], int64_t elapsed_us, double share);

#endif
