#include "sim/column_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/column_reader.XXXXXX";

static struct column_reader *open_text(const char *text, int expected, char *error)
{
    char path[64];
    struct column_reader *reader;

    snprintf(path, sizeof(path), "%s/file.csv", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(column_reader_open(directory, "file.csv", &reader, error), expected);
    remove(path);
    return reader;
}

static void columns_are_found_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {"b", "a", NULL}, *const missing[] = {"a", "d", NULL};
    char error[SIM_ERROR_BYTES];
    size_t at[2];
    struct column_reader *reader = open_text("a,b,c\n1,-2,x\n,2.5,\n", SIM_OK, error);

    assert_int_equal(column_reader_width(reader), 3);
    assert_int_equal(column_reader_columns(reader, names, at, error), SIM_OK);
    assert_int_equal(column_reader_next(reader, error), 1);
    assert_int_equal(column_reader_i64(reader, at[0]), -2);
    assert_int_equal(column_reader_i64(reader, at[1]), 1);
    assert_int_equal(column_reader_next(reader, error), 1);
    assert_true(column_reader_real(reader, at[0]) == 2.5);
    assert_string_equal(column_reader_text(reader, at[1]), "");
    assert_int_equal(column_reader_next(reader, error), 0);
    assert_int_equal(column_reader_columns(reader, missing, at, error), SIM_FAILED);
    assert_non_null(strstr(error, "has no column d"));
    column_reader_free(reader);
}

static void quotes_are_undone(void **state)
{
    (void)state;
    char error[SIM_ERROR_BYTES];
    struct column_reader *reader =
        open_text("a,\"b,c\"\r\n\"x,\"\"y\"\"\",\"two\nlines\"\r\n\"\",\"\"\"\"\n", SIM_OK, error);

    assert_string_equal(column_reader_name(reader, 1), "b,c");
    assert_int_equal(column_reader_next(reader, error), 1);
    assert_string_equal(column_reader_text(reader, 0), "x,\"y\"");
    assert_string_equal(column_reader_text(reader, 1), "two\nlines");
    assert_int_equal(column_reader_next(reader, error), 1);
    assert_string_equal(column_reader_text(reader, 0), "");
    assert_string_equal(column_reader_text(reader, 1), "\"");
    assert_int_equal(column_reader_next(reader, error), 0);
    column_reader_free(reader);
}

static void rows_of_another_width_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"a,b\n1\n", "a,b\n1,2,3\n", "a,b\n\n"};
    char error[SIM_ERROR_BYTES];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct column_reader *reader = open_text(texts[i], SIM_OK, error);
        assert_int_equal(column_reader_next(reader, error), -1);
        assert_non_null(strstr(error, "file.csv: row 2 has"));
        column_reader_free(reader);
    }
}

static void what_cannot_be_opened_is_named(void **state)
{
    (void)state;
    char error[SIM_ERROR_BYTES];
    struct column_reader *reader = open_text("", SIM_FAILED, error);

    assert_null(reader);
    assert_non_null(strstr(error, "has no header row"));
    assert_int_equal(column_reader_open(directory, "other.csv", &reader, error), SIM_FAILED);
    assert_non_null(strstr(error, "other.csv: No such file"));
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(quotes_are_undone),
        cmocka_unit_test(rows_of_another_width_are_refused),
        cmocka_unit_test(what_cannot_be_opened_is_named),
    };

    return cmocka_run_group_tests_name("column_reader", tests, make_directory, remove_directory);
}
