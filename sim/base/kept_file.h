/*
 * The single file (traces/single_file.h) of a command that then enters the sandbox, in which it can
 * write to a file that is open, but rename and remove none. A process that is made before waits for
 * the command to say that the file is complete, and puts it in its place; or for it to end in
 * whatever way, and removes what there is.
 *
 * What the command writes is never believed by that process: it reads one byte.
 */
#ifndef SHAPESIM_SIM_BASE_KEPT_FILE_H
#define SHAPESIM_SIM_BASE_KEPT_FILE_H

#include "sim/base/sim.h"
#include "traces/single_file.h"

/* The caller writes to file.stream, and does not close it. */
struct kept_file {
    struct single_file file;
    int command_fd; /* closed without a byte: the file is not complete; -1: it is written in place
                     */
    int reply_fd;   /* what came of it: a text, empty where all is well */
};

/* Begins the file; `path` is borrowed. SIM_OK, or SIM_FAILED with a text that names it. A signal
 * that ends the command (process_end_at_signals()) waits until the file is gone. Not for a process
 * with several threads. */
int kept_file_begin(struct kept_file *kept, const struct single_file_kind *kind, const char *path,
                    char *error);

/* Closes the file; puts it in its place where `status` is SIM_OK, else removes it. Returns
 * `status`, or SIM_FAILED where it could not be written. */
int kept_file_end(struct kept_file *kept, int status, char *error);

#endif
