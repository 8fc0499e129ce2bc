/*
 * Verifies many variants of a finished run in one process:
 *
 *     usage: verify_each DIR FILE VARIANT...
 *
 * Each VARIANT in turn is moved to DIR/FILE and DIR verified, without the files' hashes and with
 * them. Prints a line for each: its path, holds or fails, hashed or unhashed (whether verify with
 * hashes says that FILE's is another one), and the first failure without hashes. Exit status 1:
 * something could not be done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/verify/verify.h"

static struct checks checks;

/* Fills `checks`. Exits where DIR cannot be verified, or a failure is not one line. */
static void verify(const char *directory, bool no_hashes)
{
    const struct verify_config config = {.directory = directory, .no_hashes = no_hashes};
    char error[SIM_ERROR_BYTES];

    memset(&checks, 0, sizeof(checks));
    if (verify_run(&config, &checks, error) != SIM_OK) {
        fprintf(stderr, "verify_each: %s\n", error);
        exit(1);
    }
    if (checks_hold(&checks) != (checks.first_failure[0] == '\0') ||
        strchr(checks.first_failure, '\n')) {
        fprintf(stderr, "verify_each: %s: not one line: %s\n", directory, checks.first_failure);
        exit(1);
    }
}

/* Whether some check fails by the hash of `file`. */
static bool hash_shows(const char *file)
{
    const size_t length = strlen(file);

    for (int i = 0; i < CHECKS; i++) {
        const char *message = checks.results[i].message;
        if (checks.results[i].failures && strncmp(message, file, length) == 0 &&
            strncmp(message + length, ": its XXH3-128 is", 17) == 0)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    char path[4096];

    if (argc < 4) {
        fprintf(stderr, "usage: verify_each DIR FILE VARIANT...\n");
        return 1;
    }
    snprintf(path, sizeof(path), "%s/%s", argv[1], argv[2]);
    for (int i = 3; i < argc; i++) {
        if (rename(argv[i], path) != 0) {
            perror(argv[i]);
            return 1;
        }
        verify(argv[1], false);
        const bool shown = hash_shows(argv[2]);
        verify(argv[1], true);
        printf("%s %s %s %s\n", argv[i], checks_hold(&checks) ? "holds" : "fails",
               shown ? "hashed" : "unhashed", checks.first_failure);
    }
    return 0;
}
