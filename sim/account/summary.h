/*
 * The results of a run in its file summary.json. What is printed of them is run_table.h.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_SUMMARY_H
#define SHAPESIM_SIM_ACCOUNT_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "sim/account/due_times.h"
#include "sim/account/outcome.h"
#include "sim/config/config.h"
#include "sim/output/record.h"
#include "traces/byte_source.h"

/*
 * The format of summary.json, in it under "format". Every change of a default or of what a figure
 * means raises it; a summary without it is of format 1. What reads one of another format says so,
 * and does not judge it: the command in it may have meant something else.
 *
 *   1  fairness of equal weights, over windows of 1, 2, 5, 10, ... ticks
 *   2  fairness by the scheduler's weights, over windows of a stated time, too
 *   3  --count stream, responders by their ports
 *   4  response times and completion times
 *   5  marks for reading and below filters, versions of TLS, mod_ratelimit as the only limit, what
 * a flow may move at once
 */
#define SUMMARY_FORMAT 5

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
    struct shaped_counts shaped;           /* if the config asks for it */
    const struct extra_shift *extra_shift; /* NULL: not known */
};

/* Whether a summary that was read is of SUMMARY_FORMAT: SIM_OK, or SIM_FAILED with what to do about
 * it; `path` names it. What is no run's summary at all, and so of no format, is let pass. */
int summary_check_format(const json_t *summary, const char *path, char *error);

/* Of a group of a summary that was read, the limit with whose tick its rows in ticks.csv come: the
 * group's, or else its flows', or else mod_ratelimit's; NULL if it has none. Borrowed. */
const json_t *summary_ticked_limit(const json_t *group);

/* Writes summary.json into the directory, under a temporary name first. SIM_OK or SIM_FAILED. */
int summary_write(const struct summary *summary, struct owned_directory *directory, char *error);

/* Whether the run has an extra shift, as it is in closed loop with the real clock; its object, null
 * where it is not known. */
bool summary_has_extra_shift(const struct run_config *config);
json_t *summary_extra_shift(const struct summary *summary);

/* "drained" */
const char *summary_end_name(enum replay_end end);

#endif
