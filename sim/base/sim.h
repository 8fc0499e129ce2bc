/*
 * What the modules of sim/ share: status codes, which are also the program's exit statuses, and the
 * size of an error text. Functions return SIM_OK or one of the others; the text, one line without a
 * newline, goes into the caller's buffer of SIM_ERROR_BYTES. Only main() prints it.
 */
#ifndef SHAPESIM_SIM_BASE_SIM_H
#define SHAPESIM_SIM_BASE_SIM_H

#define SIM_ERROR_BYTES 1024

enum sim_status {
    SIM_OK = 0,
    SIM_FAILED = 1,
    SIM_MISUSE = 2,
    SIM_DISK_FULL = 3, /* of a run whose disk was full, for the sweep that started it alone */
    SIM_HUNG_UP = 129, /* what main() returns for SIM_INTERRUPTED if the signal was HUP */
    SIM_INTERRUPTED = 130,
};

/* Writes a printf-style text into `error` (SIM_ERROR_BYTES bytes) and returns `status`:
 *     int sim_fail(char *error, enum sim_status status, const char *format, ...);
 * A macro, so that compilers and analysers see that the result is the status. */
#define sim_fail(error, status, ...) (sim_write_error((error), __VA_ARGS__), sim_failed(status))

void sim_write_error(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline int sim_failed(enum sim_status status)
{
    return (int)status;
}

#endif
