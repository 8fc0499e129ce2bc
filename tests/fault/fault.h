/*
 * What the parts of the library of faults know of each other: fault.c chooses and counts, calls.c
 * lets system calls fail, each.c tries one command with a fault at every place.
 */
#ifndef SHAPESIM_TESTS_FAULT_H
#define SHAPESIM_TESTS_FAULT_H

#include <limits.h>
#include <stdbool.h>

enum fault {
    FAULT_NONE,
    FAULT_ALLOCATION,
    FAULT_ALLOCATIONS,
    FAULT_READER,
    FAULT_CHILD,
    FAULT_HUP,
    FAULT_INT,
    FAULT_TERM,
    FAULT_RENAME,
    FAULT_TRUNCATE,
    FAULT_GROW,
    FAULT_CHMOD,
    FAULT_EIO,
    FAULT_ENOSPC,
    FAULT_EINTR,
    FAULT_SHORT,
    FAULTS
};

/* What one process met; in memory that it shares with what it forks. */
struct fault_result {
    unsigned long allocations;
    unsigned long reader_allocations;
    unsigned long child_allocations; /* of the child that made most of them */
    unsigned long steps;
    unsigned long calls; /* of those that the fault concerns */
    bool is_reached;
    char file[PATH_MAX]; /* that the call which failed was about; empty: none with a name */
};

struct fault_plan {
    enum fault fault;
    unsigned long at;
    struct fault_result *result;
};

/* Whether the calling process is the one whose allocations, steps and calls count. */
bool fault_counts(void);

/* From here on the calling process counts, and meets `plan`, which it keeps. */
void fault_begin(const struct fault_plan *plan);

/* Lets the system calls of the C library come to calls.c from here on; ends the process with 77
 * where the kernel or the processor has no way to. */
void calls_begin(const struct fault_plan *plan);

/* Tries `plan` at every place, as the environment says (each.c), in a child each. Returns in the
 * child alone. */
void each_begin(struct fault_plan *plan, const char *name);

#endif
