#include "tests/fuzzing/directory.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzzing/fuzzing.h"

#define SEPARATOR       30
#define DIRECTORIES_MAX 4

static char paths[DIRECTORIES_MAX][64];
static size_t path_count;

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    remove(path);
    return 0;
}

static void remove_all(void)
{
    for (size_t i = 0; i < path_count; i++)
        nftw(paths[i], remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_directory_new(void)
{
    fuzz_holds(path_count < DIRECTORIES_MAX, "a harness has few directories");
    char *path = paths[path_count];
    snprintf(path, sizeof(paths[0]), "/dev/shm/shapesim-fuzz-XXXXXX");
    fuzz_holds(mkdtemp(path), "/dev/shm can be written");
    if (path_count++ == 0)
        fuzz_holds(atexit(remove_all) == 0, "the directories will be removed");
    return path;
}

void fuzz_directory_clear(const char *directory)
{
    DIR *entries = opendir(directory);
    const struct dirent *entry;

    fuzz_holds(entries, "the directory can be read");
    while ((entry = readdir(entries)))
        if (entry->d_type == DT_REG)
            unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
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

void fuzz_directory_fill(const char *directory, const char *const *names, const uint8_t *data,
                         size_t size)
{
    /* Links to files in memory, which need not be rewritten each time. */
    static struct {
        struct fuzz_file file;
        bool is_linked;
    } files[FUZZ_DIRECTORY_FILES_MAX];

    for (size_t i = 0; names[i]; i++) {
        size_t count = 0;
        const uint8_t *bytes = size ? find_file(names[i], data, size, &count) : NULL;
        char path[256];
        if (!files[i].file.fd)
            fuzz_file_new(&files[i].file);
        if (bytes)
            fuzz_file_write(&files[i].file, bytes, count);
        if (files[i].is_linked == (bytes != NULL))
            continue;
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        files[i].is_linked = bytes != NULL;
        fuzz_holds((bytes ? symlink(files[i].file.path, path) : unlink(path)) == 0,
                   "the directory can be filled");
    }
}
