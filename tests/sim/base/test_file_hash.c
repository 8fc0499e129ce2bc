#include "sim/base/file_hash.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/output/csv.h"
#include "sim/output/owned_directory.h"
#include "tests/scratch.h"

/* As `xxhsum -H2` prints them. */
#define HASH_OF_NOTHING "99aa06d3014798d86001c324468d497f"
#define HASH_OF_ABC     "06b05ab6733a618578af5f94892f3950"

static void it_is_what_xxhsum_prints(void **state)
{
    (void)state;
    struct file_hash *hash = file_hash_new();
    char hex[FILE_HASH_BYTES];

    assert_non_null(hash);
    file_hash_print(hash, hex);
    assert_string_equal(hex, HASH_OF_NOTHING);
    file_hash_add(hash, "a", 1);
    file_hash_print(hash, hex); /* in between */
    file_hash_add(hash, "bc", 2);
    file_hash_print(hash, hex);
    assert_string_equal(hex, HASH_OF_ABC);
    file_hash_free(hash);
    file_hash_free(NULL);
}

static void a_file_has_the_hash_of_its_bytes(void **state)
{
    (void)state;
    char path[] = "/tmp/shapesim-hash-XXXXXX";
    char hex[FILE_HASH_BYTES];
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "abc", 3), 3);
    close(fd);
    assert_int_equal(file_hash_of(path, hex), 0);
    assert_string_equal(hex, HASH_OF_ABC);
    unlink(path);
    assert_int_equal(file_hash_of(path, hex), ENOENT);
    assert_int_equal(file_hash_of("/tmp", hex), EISDIR);
}

/* While it is written, in blocks, and after it is written. */
static void a_csv_knows_its_hash_before_it_is_committed(void **state)
{
    (void)state;
    const char *path = scratch_path("sweep.csv");
    char written[FILE_HASH_BYTES], read[FILE_HASH_BYTES];
    char error[SIM_ERROR_BYTES];
    struct owned_directory directory;
    struct csv *csv;

    scratch_path(OWNED_MARKER);
    assert_int_equal(owned_directory_open(&directory, OWNED_SWEEP, scratch_directory()), 0);
    for (uint64_t rows = 0; rows <= 100000; rows = rows ? rows * 10 : 1) {
        assert_int_equal(csv_open(&directory, "sweep.csv", "row,square", &csv, error), SIM_OK);
        for (uint64_t row = 0; row < rows; row++) {
            csv_u64(csv, row);
            csv_u64(csv, row * row);
            csv_end_row(csv);
        }
        csv_print_hash(csv, written);
        assert_int_equal(csv_commit(csv, error), SIM_OK);
        assert_int_equal(file_hash_of(path, read), 0);
        assert_string_equal(written, read);
    }
    owned_directory_close(&directory);
}

static void a_borrowed_stream_has_none(void **state)
{
    (void)state;
    char hex[FILE_HASH_BYTES] = "x", error[SIM_ERROR_BYTES];
    FILE *stream = tmpfile();
    struct csv *csv;

    assert_non_null(stream);
    assert_int_equal(csv_to_stream(stream, "standard output", "a", &csv, error), SIM_OK);
    csv_print_hash(csv, hex);
    assert_string_equal(hex, "");
    assert_int_equal(csv_commit(csv, error), SIM_OK);
    fclose(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_xxhsum_prints),
        cmocka_unit_test(a_file_has_the_hash_of_its_bytes),
        cmocka_unit_test_setup_teardown(a_csv_knows_its_hash_before_it_is_committed, scratch_make,
                                        scratch_remove),
        cmocka_unit_test(a_borrowed_stream_has_none),
    };

    return cmocka_run_group_tests_name("file_hash", tests, NULL, NULL);
}
