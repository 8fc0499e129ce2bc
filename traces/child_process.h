/*
 * Runs a library in a separate process where it cannot be relied on to return: after a failed
 * allocation some follow a null pointer or end the program. Then only the child ends, and the
 * caller knows how.
 */
#ifndef SHAPESIM_TRACES_CHILD_PROCESS_H
#define SHAPESIM_TRACES_CHILD_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

/* Runs in the child, and writes to `fd`. What it returns, 0 to 255, is the child's exit status. */
typedef int child_work(void *argument, int fd);

struct child_output {
    char *bytes; /* a NUL follows them; the caller frees it */
    size_t count;
    int wait_status; /* as of waitpid() */
};

/*
 * Runs `work` in a child and reads all that it writes, `bytes_max` bytes at most. The child has no
 * standard streams, leaves no core file, and ends with the parent.
 *
 * 0: the child has ended, in whatever way. Otherwise an errno, and nothing is in `output`: EMFILE
 * or ENFILE: no descriptor is left; ENOMEM, also for more than `bytes_max` bytes; EINTR: a signal
 * arrived that ends waits (file_stream_set_stop()); others: no process could be started. Not for a
 * process with several threads.
 */
int child_process_run(child_work *work, void *argument, size_t bytes_max,
                      struct child_output *output);

/* For `work`: whether all bytes were written. */
bool child_process_write(int fd, const void *from, size_t bytes);

#endif
