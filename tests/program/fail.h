/* How a checker of a run says what is wrong. */
#ifndef SHAPESIM_TESTS_PROGRAM_FAIL_H
#define SHAPESIM_TESTS_PROGRAM_FAIL_H

#include <stdnoreturn.h>

/* Prints a line to standard error and ends the program with status 1. */
noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
