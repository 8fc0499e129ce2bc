/* The progress of a sweep: a line that is rewritten on a terminal, else plain lines every 5
 * seconds. */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_PROGRESS_H
#define SHAPESIM_SIM_SWEEP_SWEEP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/terminal.h"

/* Embedded by value. */
struct sweep_progress {
    size_t runs;   /* of the sweep */
    size_t before; /* of them, complete when it began */
    size_t ok;     /* complete now, with those before */
    size_t failed;
    size_t running;
    bool is_quiet;
    bool is_terminal;
    int64_t start_us;
    int64_t next_us; /* when a line is due */
};

void sweep_progress_begin(struct sweep_progress *progress, size_t runs, size_t before,
                          bool is_quiet);

/* Prints the progress, if a line is due. */
void sweep_progress_step(struct sweep_progress *progress);

/* The line at `now_us` of the system, shorter than `columns`. Returns `line`. */
const char *sweep_progress_text(char line[TERMINAL_LINE_BYTES],
                                const struct sweep_progress *progress, int64_t now_us, int columns);

/* How long until a line is due, at least 0. */
int64_t sweep_progress_wait_us(const struct sweep_progress *progress);

/* Erases the line on the terminal, and prints what was done. */
void sweep_progress_end(struct sweep_progress *progress);

#endif
