/* A line on the terminal with the progress of a replay. Nothing if standard error is not a
 * terminal. */
#ifndef SHAPESIM_SIM_COMMANDS_PROGRESS_H
#define SHAPESIM_SIM_COMMANDS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/flow_source.h"

/* Embedded by value. */
struct progress_line {
    struct flow_source *source; /* borrowed */
    unsigned calls;
    int64_t next_system_us;
    bool is_shown;
};

/* Prepares for one replay of `source`, borrowed, valid until progress_end(). */
void progress_begin(struct progress_line *progress, struct flow_source *source);

/* A replay's progress callback; `arg` is the struct progress_line. */
void progress_step(void *arg, int64_t now_us, uint64_t open_flows);

/* Erases the line. */
void progress_end(struct progress_line *progress);

#endif
