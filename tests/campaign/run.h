/*
 * Starts the program under test in a child of this process: its own entry, called there. A child
 * that takes more processor time than RUN_CPU_SECONDS, or stands still, is ended by a signal.
 */
#ifndef SHAPESIM_TESTS_CAMPAIGN_RUN_H
#define SHAPESIM_TESTS_CAMPAIGN_RUN_H

#include <stdbool.h>

#define RUN_CPU_SECONDS  20
#define RUN_WALL_SECONDS 600
#define RUN_ERROR_BYTES  16000

struct run {
    int status;                  /* of its exit; -1: a signal ended it */
    int signal;                  /* 0: none did */
    char error[RUN_ERROR_BYTES]; /* what it printed to stderr, cut */
};

/* Runs `shapesim ARGUMENT...`, ended by NULL; what it prints to stderr goes through the file
 * `error_path`. term_after_us >= 0: it is sent a TERM then. */
void run_program(char **arguments, const char *error_path, int term_after_us, struct run *run);

/* Runs another program; `input` is its standard input, `output` its standard output, NULL: none. */
void run_other(char **arguments, const char *input, const char *output, const char *error_path,
               struct run *run);

/* What it printed without its warnings: the first line of that; empty without one. */
void run_message(const struct run *run, char message[RUN_ERROR_BYTES], int *lines);

#endif
