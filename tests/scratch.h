/*
 * A directory for what a test writes, below $TMPDIR or else /tmp: there from scratch_make() until
 * scratch_remove(), one at a time. The files in it are known by their names; what a test leaves
 * under any other name is not removed, and scratch_remove() fails for it.
 *
 * Example: a directory for all tests of a group, which find it empty:
 *
 *     cmocka_unit_test_teardown(a_file_is_written, scratch_empty),
 *     ...
 *     return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
 *
 * or one for a single test:
 *
 *     cmocka_unit_test_setup_teardown(a_file_is_written, scratch_make, scratch_remove),
 *
 * A failure ends the test.
 */
#ifndef SHAPESIM_TESTS_SCRATCH_H
#define SHAPESIM_TESTS_SCRATCH_H

/* The longest path with its final zero: a message with one of them fits wherever it is put. */
#define SCRATCH_PATH_BYTES 128

/* Fixtures of cmocka, which leave `state` alone and return 0. */
int scratch_make(void **state);
int scratch_empty(void **state);  /* removes the files that scratch_path() was asked for */
int scratch_remove(void **state); /* likewise, and the directory */

/* Both live until the directory is removed; the same name has the same path. */
const char *scratch_directory(void);
const char *scratch_path(const char *name);

#endif
