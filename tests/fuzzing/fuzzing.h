/*
 * What the harnesses share. Each of them is LLVMFuzzerTestOneInput() of a separate program:
 * libFuzzer calls it with inputs that it generates (the preset `fuzz`, run by tests/fuzz), smoke.c
 * with the seeds and some thousand mutations of them (every build with tests). It must return 0,
 * stay within its memory, and keep what the headers of the tested modules promise.
 */
#ifndef SHAPESIM_TESTS_FUZZING_H
#define SHAPESIM_TESTS_FUZZING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts, saying which promise the input broke. */
void fuzz_holds(bool promise, const char *text);

/* A file in memory, for code that opens paths. It lives to the program's end. */
struct fuzz_file {
    int fd;
    char directory[32]; /* "/proc/self/fd" */
    char name[16];
    char path[48]; /* both */
};

void fuzz_file_new(struct fuzz_file *file);
void fuzz_file_write(const struct fuzz_file *file, const void *bytes, size_t count);

/* The input as a text that ends at its first zero byte; the caller frees it. */
char *fuzz_text(const uint8_t *data, size_t size);

#endif
