/*
 * The table of checks that `verify` makes: for each a figure, a bound and a verdict, and what is
 * wrong where it fails.
 *
 * A check that counts (is this field what others say it is?) shows how many comparisons it made;
 * one that measures shows the figure that comes closest to its bound. The first failure of each
 * check is reported; the first of all is kept as well.
 */
#ifndef SHAPESIM_SIM_VERIFY_CHECKS_H
#define SHAPESIM_SIM_VERIFY_CHECKS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "sim/base/sim.h"
#include "sim/config/demands.h"

#define CHECK_TEXT_BYTES 64
#define CHECK_NAME_BYTES 160

enum check {
    CHECK_FILES,
    CHECK_HASHES,
    CHECK_SETTINGS,
    CHECK_CONSERVATION,
    CHECK_BUCKETS,
    CHECK_BUCKET_BOUNDS,
    CHECK_EVENTS,
    CHECK_TOTALS,
    CHECK_WINDOWS,
    CHECK_FROM_START,
    CHECK_TICKS,
    CHECK_MEMBERS,
    CHECK_FLOW_TICKS,
    CHECK_OWN_BUCKETS,
    CHECK_GUARANTEE,
    CHECK_RANGES,
    CHECK_FILTERS,
    CHECK_APPLICATION,
    CHECK_EXCHANGES,
    CHECK_SHAPED,
    CHECK_SUMMARY,
    CHECK_FAIRNESS,
    CHECK_BURST,
    CHECK_DELAYS,
    CHECK_MIN_JAIN,
    CHECK_MAX_P99_DELAY,
    CHECK_MAX_BURST,
    CHECK_MIN_UTILISATION,
    CHECK_WANT, /* the first of DEMANDS_MAX, which check_calls_want() calls by their demands */
    CHECK_AGAINST = CHECK_WANT + DEMANDS_MAX,
    CHECKS,
};

struct check_result {
    uint64_t comparisons;
    uint64_t failures;
    bool is_measured;
    double slack; /* of the figure that comes closest, as a share of the bound */
    char figure[CHECK_TEXT_BYTES];
    char bound[CHECK_TEXT_BYTES];
    char message[SIM_ERROR_BYTES]; /* of the first failure, or why it was skipped */
};

/* Embedded by value; zeroed is empty. */
struct checks {
    struct check_result results[CHECKS];
    char want_names[DEMANDS_MAX][CHECK_NAME_BYTES];
    char first_failure[SIM_ERROR_BYTES];
};

/* Calls CHECK_WANT + `index` by the demand's text. */
void check_calls_want(struct checks *checks, size_t index, const char *text);

/* Counts a comparison that holds. */
void check_holds(struct checks *checks, enum check check);

/* Likewise, of `subject`, without a figure; the printf-style note is shown where no comparison has
 * one. */
void check_holds_without(struct checks *checks, enum check check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Counts `comparisons` that hold, with `what` as their description ("rows are the same"). */
void check_agrees(struct checks *checks, enum check check, uint64_t comparisons, const char *what);

/* Records a failure, printf-style, one line. */
void check_fails(struct checks *checks, enum check check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Records why a check cannot be made. */
void check_is_skipped(struct checks *checks, enum check check, const char *why);

/* A figure of `subject` that must not exceed its bound; `unit` follows both ("B"). Returns whether
 * it holds; if not, the caller gives the reason with check_fails(). */
bool check_at_most(struct checks *checks, enum check check, double figure, double bound,
                   const char *unit, const char *subject);

/* Likewise, must not be below it. */
bool check_at_least(struct checks *checks, enum check check, double figure, double bound,
                    const char *unit, const char *subject);

/* Whether every check that was made holds. */
bool checks_hold(const struct checks *checks);

/* Why the files are not those of a run: a file cannot be read, or the settings are not those of the
 * command, so that figures made from them would be meaningless. NULL if they are. */
const char *checks_refusal(const struct checks *checks);

/* A row of the table: whether there is one for this check, its name, its figure, "holds", "fails"
 * or "skipped". Texts are borrowed, valid as long as `checks` is unchanged. */
bool check_is_shown(const struct checks *checks, enum check check);
const char *check_name(const struct checks *checks, enum check check);
void check_figure(const struct checks *checks, enum check check, char text[CHECK_TEXT_BYTES]);
const char *check_verdict(const struct checks *checks, enum check check);

/* Prints the table for people. */
void checks_print(const struct checks *checks, FILE *out);

/* The table as JSON: an array of objects with check, figure, bound, verdict ("holds", "fails",
 * "skipped") and message. The caller owns it; NULL on allocation failure. Printed: 0, or -1. */
json_t *checks_json(const struct checks *checks);
int checks_print_json(const struct checks *checks, FILE *out);

#endif
