/*
 * The recordings of a sweep (flow_recording.h): the events of a trace, decoded once for all runs
 * that read it with equal options.
 *
 * Each is a file without a name, in the directory of the sweep if its file system can do that, else
 * in that for temporary files: it ends with the last process that has it open, however that ends.
 * Together they take at most FLOW_RECORDING_BYTES_MAX; a run that has none reads its trace itself,
 * with the same results.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_RECORDINGS_H
#define SHAPESIM_SIM_SWEEP_SWEEP_RECORDINGS_H

#include <stdint.h>

#include "sim/sweep/sweep_plan.h"

enum sweep_recording_state {
    SWEEP_RECORDING_NEW,
    SWEEP_RECORDING_IN_PROGRESS,
    SWEEP_RECORDING_READY,
    SWEEP_RECORDING_NONE, /* runs read for themselves */
};

struct sweep_recording {
    struct sweep_recording *next;
    enum sweep_recording_state state;
    int fd;         /* -1: none */
    uint64_t bytes; /* at most, while it is written */
    char *key;      /* owned */
};

/* Zeroed, there are none. */
struct sweep_recordings {
    struct sweep_recording *list; /* owned */
    bool keeps;                   /* further plans may need them: none is closed before the end */
};

/* Also closes all. */
void sweep_recordings_fini(struct sweep_recordings *recordings);

/* The one for a setting's runs, made where there was none; NULL on allocation failure. */
struct sweep_recording *sweep_recordings_of(struct sweep_recordings *recordings,
                                            const struct sweep_plan *plan,
                                            const struct sweep_setting *setting);

/* Opens the file of a new one, which is in progress then, with what the others have left. Where
 * there is no room or no file, runs read for themselves. */
void sweep_recording_begin(struct sweep_recordings *recordings, struct sweep_recording *recording,
                           const char *directory);

/* It was written; or, if that failed, runs read for themselves. */
void sweep_recording_end(struct sweep_recording *recording, bool is_whole);

/* It is no longer needed. */
void sweep_recording_close(struct sweep_recording *recording);

#endif
