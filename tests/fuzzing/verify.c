/*
 * `verify` on a whole directory. The input is its files one behind the other, each headed by a line
 * of a record separator (byte 30) and its name.
 */
#include "sim/verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzzing/fuzzing.h"

#define SEPARATOR 30
#define NAMES     (sizeof(names) / sizeof(names[0]))

static const char *const names[] = {
    "summary.json", "ticks.csv",  "flows.csv",  "flow_ticks.csv", "fairness.csv",
    "burst.csv",    "delays.csv", "events.csv", "filters.csv",    "application.csv",
};

/* A directory of links to files in memory. */
static struct {
    char path[64];
    struct fuzz_file files[NAMES];
    bool is_linked[NAMES];
} run;

static void link_path(size_t i, char path[128])
{
    snprintf(path, 128, "%s/%s", run.path, names[i]);
}

static void remove_directory(void)
{
    char path[128];

    for (size_t i = 0; i < NAMES; i++) {
        link_path(i, path);
        unlink(path);
    }
    rmdir(run.path);
}

static void make_directory(void)
{
    snprintf(run.path, sizeof(run.path), "/dev/shm/shapesim-fuzz-XXXXXX");
    fuzz_holds(mkdtemp(run.path), "/dev/shm can be written");
    fuzz_holds(atexit(remove_directory) == 0, "the directory will be removed");
    for (size_t i = 0; i < NAMES; i++)
        fuzz_file_new(&run.files[i]);
}

/* Fills file `i`; NULL: there is none. */
static void place_file(size_t i, const uint8_t *bytes, size_t count)
{
    char path[128];

    if (bytes)
        fuzz_file_write(&run.files[i], bytes, count);
    if (run.is_linked[i] == (bytes != NULL))
        return;
    link_path(i, path);
    run.is_linked[i] = bytes != NULL;
    fuzz_holds((bytes ? symlink(run.files[i].path, path) : unlink(path)) == 0,
               "the directory can be filled");
}

/* Finds where `name` begins; *count is its length. */
static const uint8_t *find_file(const char *name, const uint8_t *data, size_t size, size_t *count)
{
    const uint8_t *end = data + size, *at = data;
    size_t length = strlen(name);

    while (at < end && (at = memchr(at, SEPARATOR, (size_t)(end - at)))) {
        at++;
        if ((size_t)(end - at) <= length || memcmp(at, name, length) != 0 || at[length] != '\n')
            continue;
        at += length + 1;
        const uint8_t *next = memchr(at, SEPARATOR, (size_t)(end - at));
        *count = (size_t)((next ? next : end) - at);
        return at;
    }
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct checks checks;
    char error[SIM_ERROR_BYTES] = "";

    if (!run.path[0])
        make_directory();
    for (size_t i = 0; i < NAMES; i++) {
        size_t count = 0;
        place_file(i, size ? find_file(names[i], data, size, &count) : NULL, count);
    }
    memset(&checks, 0, sizeof(checks));
    const struct verify_config config = {.directory = run.path, .no_hashes = true};
    int status = verify_run(&config, &checks, error);
    fuzz_holds(status == SIM_OK, "everything can be checked");
    fuzz_holds(checks_hold(&checks) || checks.first_failure[0], "a failure has a text");
    return 0;
}
