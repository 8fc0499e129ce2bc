/*
 * A line on the terminal with the progress of a replay: how far it is in virtual time and in the
 * trace, how long the rest takes if it goes on as fast, and counts, as many as fit.
 *
 *     12.3 s of virtual time, 41 % read, 45 s left, 123456 packets, 50 flows open
 *
 * When the trace is read, packets only wait to be delivered: how long is not known. The line is for
 * people alone: the caller shows none where standard error is no terminal.
 */
#ifndef SHAPESIM_SIM_COMMANDS_PROGRESS_H
#define SHAPESIM_SIM_COMMANDS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/terminal.h"
#include "traces/flow_source.h"

/* Embedded by value. */
struct progress_line {
    struct flow_source *source; /* borrowed */
    int64_t max_time_us;        /* of the run; 0: none */
    unsigned calls;
    int64_t start_system_us;
    int64_t next_system_us;
    bool is_shown;
};

/* Prepares for one replay of `source`, borrowed, valid until progress_end(), that ends at
 * `max_time_us` (0: when it is done). */
void progress_begin(struct progress_line *progress, struct flow_source *source,
                    int64_t max_time_us);

/* A replay's progress callback; `arg` is the struct progress_line. */
void progress_step(void *arg, int64_t now_us, uint64_t open_flows);

/* How far a replay is. */
struct progress_state {
    int64_t now_us, max_time_us;         /* 0: no such time */
    uint64_t position_bytes, size_bytes; /* of the trace; 0: of unknown size */
    uint64_t packets, open_flows;
    int64_t elapsed_us; /* of the system's time */
};

/* The line, shorter than `columns`. Returns `line`. */
const char *progress_text(char line[TERMINAL_LINE_BYTES], const struct progress_state *state,
                          int columns);

/* Erases the line. */
void progress_end(struct progress_line *progress);

#endif
