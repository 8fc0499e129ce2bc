/*
 * The checks of runs as JUnit XML, which CI systems read: a test suite for each run, a test case
 * for each check of its table. A check that fails is a failure with its message, one that was
 * skipped is skipped and says why. The bytes depend on the checks alone: there are no times in it.
 *
 *     <testsuites name="shapesim verify">
 *       <testsuite name="out" tests="2" failures="1" errors="0" skipped="0">
 *         <testcase classname="out" name="burst.csv"/>
 *         <testcase classname="out" name="--max-burst">
 *           <failure message="summary.json: ...">2600 B, the bound is 2599 B</failure>
 *
 * It is a kept file (sim/base/kept_file.h), as the sandbox is entered while it is written.
 */
#ifndef SHAPESIM_SIM_VERIFY_JUNIT_H
#define SHAPESIM_SIM_VERIFY_JUNIT_H

#include "sim/base/kept_file.h"
#include "sim/verify/checks.h"

struct junit {
    struct kept_file file;
};

/* Begins the file `path`, which is borrowed. SIM_OK or SIM_FAILED. */
int junit_begin(struct junit *junit, const char *path, char *error);

/* The suite of a run, by any name. */
void junit_put_checks(struct junit *junit, const char *run, const struct checks *checks);

/* The suite of a run that could not be checked: one case, which fails with this message. */
void junit_put_failure(struct junit *junit, const char *run, const char *message);

/* Puts the file in its place, or removes it where `status` is not SIM_OK. Returns `status`, or
 * SIM_FAILED where it could not be written. */
int junit_end(struct junit *junit, int status, char *error);

#endif
