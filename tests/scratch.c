#include "tests/scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATHS_MAX 32

static char directory[SCRATCH_PATH_BYTES];
static char paths[PATHS_MAX][SCRATCH_PATH_BYTES];
static size_t path_count;

int scratch_make(void **state)
{
    (void)state;
    const char *above = getenv("TMPDIR");

    if (!above || !*above)
        above = "/tmp";
    int length = snprintf(directory, sizeof(directory), "%s/shapesim-XXXXXX", above);
    if (length >= (int)sizeof(directory))
        fail_msg("%s: too long; set TMPDIR to a shorter path", above);
    if (!mkdtemp(directory))
        fail_msg("%s: cannot be made (%s); set TMPDIR to another path", directory, strerror(errno));
    return 0;
}

int scratch_empty(void **state)
{
    (void)state;
    for (size_t i = 0; i < path_count; i++)
        unlink(paths[i]);
    return 0;
}

int scratch_remove(void **state)
{
    scratch_empty(state);
    path_count = 0;
    if (rmdir(directory) != 0)
        fail_msg("%s: cannot be removed (%s)", directory, strerror(errno));
    return 0;
}

const char *scratch_directory(void)
{
    return directory;
}

const char *scratch_path(const char *name)
{
    for (size_t i = 0; i < path_count; i++)
        if (strcmp(paths[i] + strlen(directory) + 1, name) == 0)
            return paths[i];
    if (path_count == PATHS_MAX)
        fail_msg("%s: more than %d files in %s", name, PATHS_MAX, directory);
    int length = snprintf(paths[path_count], sizeof(paths[path_count]), "%s/%s", directory, name);
    if (length >= (int)sizeof(paths[path_count]))
        fail_msg("%s/%s: too long; set TMPDIR to a shorter path", directory, name);
    return paths[path_count++];
}
