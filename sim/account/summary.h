/*
 * The results of a run in its file summary.json. What is printed of them is run_table.h.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_SUMMARY_H
#define SHAPESIM_SIM_ACCOUNT_SUMMARY_H

#include <stddef.h>

#include "sim/account/outcome.h"
#include "sim/config/config.h"
#include "sim/output/record.h"
#include "traces/byte_source.h"

#define WARNINGS_MAX 64

/* Warnings of a run, in the order in which they occurred. Embedded by value; zeroed is empty. */
struct warnings {
    char texts[WARNINGS_MAX][WARNING_BYTES];
    size_t count;
};

/* Adds a printf-style warning; more than WARNINGS_MAX are dropped, which the last one says. */
void warnings_add(struct warnings *warnings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The inputs of a summary; all borrowed. */
struct owned_directory;

struct summary {
    const struct run_config *config;
    const struct outcome *outcome;
    const struct warnings *warnings;
    const char *trace_name; /* the file's name without its folders */
    char trace_hash[BYTE_SOURCE_HASH_BYTES];
    struct recorded_files files;
    struct shaped_counts shaped; /* if the config asks for it */
};

/* Writes summary.json into the directory, under a temporary name first. SIM_OK or SIM_FAILED. */
int summary_write(const struct summary *summary, struct owned_directory *directory, char *error);

/* "drained" */
const char *summary_end_name(enum replay_end end);

#endif
