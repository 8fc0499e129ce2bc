/*
 * A harness without libFuzzer: runs the seeds of a directory, then mutations of them, always the
 * same ones.
 *
 *     usage: smoke_NAME DIRECTORY MUTATIONS     or     smoke_NAME FILE, to see what a crash does
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzzing/fuzzing.h"

struct bytes {
    uint8_t *data;
    size_t size;
};

static uint64_t state = 1;

/* splitmix64. */
static size_t random_below(size_t below)
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((z ^ z >> 31) % below);
}

static void *allocate_all(size_t size)
{
    void *memory = malloc(size ? size : 1);

    fuzz_holds(memory, "memory holds the input");
    return memory;
}

static struct bytes read_file(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "r");

    fuzz_holds(file && fstat(fileno(file), &status) == 0, path);
    struct bytes bytes = {allocate_all((size_t)status.st_size), (size_t)status.st_size};
    fuzz_holds(fread(bytes.data, 1, bytes.size, file) == bytes.size, path);
    fclose(file);
    return bytes;
}

static void run(struct bytes bytes)
{
    uint8_t *copy = allocate_all(bytes.size); /* its end is watched */

    memcpy(copy, bytes.data, bytes.size);
    LLVMFuzzerTestOneInput(copy, bytes.size);
    free(copy);
}

static void set_bytes(struct bytes bytes)
{
    static const uint8_t extremes[] = {0, 1, 0x7f, 0x80, 0xff, '0', '9', ',', '"', '\n'};
    size_t at = random_below(bytes.size), count = 1 + random_below(8);
    unsigned value = random_below(2) ? extremes[random_below(sizeof(extremes))]
                                     : bytes.data[at] ^ 1U << random_below(8);

    for (size_t i = 0; i < count && at + i < bytes.size; i++)
        bytes.data[at + i] = (uint8_t)value;
}

/* A part of `from` replaces a part of `bytes`: cut out, doubled or moved. */
static struct bytes splice(struct bytes bytes, struct bytes from)
{
    size_t start = random_below(bytes.size + 1), removed = random_below(33);
    size_t taken = from.size ? random_below(from.size) : 0, count = random_below(33);

    if (removed > bytes.size - start)
        removed = bytes.size - start;
    if (count > from.size - taken)
        count = from.size - taken;
    struct bytes result = {NULL, bytes.size - removed + count};
    result.data = allocate_all(result.size);
    memcpy(result.data, bytes.data, start);
    memcpy(result.data + start, from.data + taken, count);
    memcpy(result.data + start + count, bytes.data + start + removed, bytes.size - start - removed);
    return result;
}

static void run_mutation(const struct bytes *seeds, size_t count)
{
    struct bytes bytes = splice(seeds[random_below(count)], seeds[random_below(count)]);

    for (size_t changes = random_below(6); changes > 0 && bytes.size > 0; changes--)
        set_bytes(bytes);
    run(bytes);
    free(bytes.data);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **entries;
    char path[4096];

    if (argc == 2) {
        struct bytes bytes = read_file(argv[1]);
        run(bytes);
        free(bytes.data);
        return 0;
    }
    int count = argc == 3 ? scandir(argv[1], &entries, is_visible, alphasort) : 0;
    if (count <= 0) {
        fprintf(stderr, "usage: %s DIRECTORY MUTATIONS, or FILE; are there seeds?\n", argv[0]);
        return 2;
    }
    struct bytes *seeds = allocate_all((size_t)count * sizeof(*seeds));
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%s/%s", argv[1], entries[i]->d_name);
        seeds[i] = read_file(path);
        run(seeds[i]);
        free(entries[i]);
    }
    free(entries);
    long mutations = atol(argv[2]);
    for (long i = 0; i < mutations; i++)
        run_mutation(seeds, (size_t)count);
    for (int i = 0; i < count; i++)
        free(seeds[i].data);
    free(seeds);
    printf("%d seeds, %ld mutations\n", count, mutations);
    return 0;
}
