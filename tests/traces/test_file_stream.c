/* What the streams promise that stdio's do not; faults in the middle of a file are in tests/fault.
 */
#include "traces/file_stream.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scratch.h"

static void interrupted_calls_are_made_again_until_a_stop(void **state)
{
    (void)state;
    static volatile sig_atomic_t stop;

    file_stream_set_stop(&stop);
    errno = EINTR;
    assert_true(file_stream_again());
    errno = EIO;
    assert_false(file_stream_again());
    stop = 1;
    errno = EINTR;
    assert_false(file_stream_again());
    file_stream_set_stop(NULL);
    assert_true(file_stream_again());
}

static void a_file_comes_back_as_it_was_written(void **state)
{
    (void)state;
    const char *path = scratch_path("file");
    char text[8] = "";
    FILE *file = file_stream_open(path, "w");
    assert_non_null(file);
    assert_true(fputs("abcdef", file) >= 0);
    assert_int_equal(fclose(file), 0);
    file = file_stream_open(path, "r+");
    assert_int_equal(fseek(file, 2, SEEK_SET), 0);
    assert_int_equal(fwrite("XY", 1, 2, file), 2);
    assert_int_equal(fclose(file), 0);
    file = file_stream_open(path, "r");
    assert_int_equal(fread(text, 1, sizeof(text), file), 6);
    assert_string_equal(text, "abXYef");
    assert_int_equal(fclose(file), 0);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    FILE *file = file_stream_open("/dev/full", "w");

    assert_non_null(file);
    assert_int_equal(fputc('x', file), 'x');
    assert_int_not_equal(fflush(file), 0);
    assert_int_equal(errno, ENOSPC);
    assert_true(ferror(file));
    fclose(file);
}

/* The last: what was noted stays. */
static void only_failures_of_the_machine_are_noted(void **state)
{
    (void)state;
    assert_null(file_stream_open("/nowhere/file", "r"));
    assert_int_equal(errno, ENOENT);
    FILE *directory = file_stream_open("/", "r");
    assert_non_null(directory);
    assert_int_equal(getc(directory), EOF);
    assert_true(ferror(directory));
    fclose(directory);
    assert_null(file_stream_failure());
    file_stream_note("a.csv", EIO);
    file_stream_note("b.csv", ENOMEM);
    assert_string_equal(file_stream_failure(), "a.csv: cannot be read (Input/output error)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interrupted_calls_are_made_again_until_a_stop),
        cmocka_unit_test(a_file_comes_back_as_it_was_written),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(only_failures_of_the_machine_are_noted),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
