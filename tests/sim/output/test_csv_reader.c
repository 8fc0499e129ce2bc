#include "sim/output/csv_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *path;

static int set_up(void **state)
{
    scratch_make(state);
    path = scratch_path("a.csv");
    return 0;
}

static void write_bytes(const char *bytes, size_t count)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/* A reader of a file with this text; NULL with the reason in `error`. */
static struct csv_reader *open_text(const char *text, char *error)
{
    struct csv_reader *reader = NULL;

    write_bytes(text, strlen(text));
    int status = csv_reader_open(scratch_directory(), "a.csv", &reader, error);
    assert_int_equal(status, reader ? SIM_OK : SIM_FAILED);
    return reader;
}

static struct csv_reader *open_good(const char *text)
{
    char error[SIM_ERROR_BYTES] = "";
    struct csv_reader *reader = open_text(text, error);

    assert_string_equal(error, "");
    assert_non_null(reader);
    return reader;
}

static void columns_are_found_by_name(void **state)
{
    (void)state;
    struct csv_reader *reader = open_good("tick,group,bytes\n7,all,12\n8,-,-3\n");

    assert_int_equal(csv_reader_find(reader, "bytes"), 2);
    assert_int_equal(csv_reader_find(reader, "flow"), -1);
    assert_string_equal(csv_reader_column_name(reader, 1), "group");
    assert_int_equal(csv_reader_row(reader), 0);
    assert_true(csv_reader_next(reader));
    assert_int_equal(csv_reader_row(reader), 1);
    assert_int_equal(csv_reader_count(reader, csv_reader_column(reader, "tick")), 7);
    assert_string_equal(csv_reader_text(reader, 1), "all");
    assert_int_equal(csv_reader_i64(reader, 2), 12);
    assert_true(csv_reader_next(reader));
    assert_int_equal(csv_reader_i64(reader, 2), -3);
    assert_false(csv_reader_next(reader));
    assert_null(csv_reader_fault(reader));
    csv_reader_free(reader);
}

static void fields_can_be_quoted_and_empty(void **state)
{
    (void)state;
    struct csv_reader *reader =
        open_good("\"a,b\",c\r\n\"x,\"\"y\"\"\",\r\n\"two\nlines\",\"\"\n,1\n");

    assert_string_equal(csv_reader_column_name(reader, 0), "a,b");
    assert_true(csv_reader_next(reader));
    assert_string_equal(csv_reader_text(reader, 0), "x,\"y\"");
    assert_true(csv_reader_is_empty(reader, 1));
    assert_true(csv_reader_next(reader));
    assert_string_equal(csv_reader_text(reader, 0), "two\nlines");
    assert_true(csv_reader_is_empty(reader, 1));
    assert_true(csv_reader_next(reader));
    assert_true(csv_reader_is_empty(reader, 0));
    assert_false(csv_reader_next(reader));
    assert_null(csv_reader_fault(reader));
    csv_reader_free(reader);
}

static void a_header_alone_has_no_rows(void **state)
{
    (void)state;
    struct csv_reader *reader = open_good("a,b\n");

    assert_false(csv_reader_next(reader));
    assert_null(csv_reader_fault(reader));
    csv_reader_free(reader);
}

/* Bad rows, and what is said of them. */
static const struct {
    const char *text;
    const char *fault;
} bad_rows[] = {
    {"a,b\n1,2\n1\n", "a.csv: row 2: 1 fields under 2 columns"},
    {"a,b\n1,2,3\n", "a.csv: row 1: 3 fields under 2 columns"},
    {"a,b\n\n", "a.csv: row 1: 1 fields under 2 columns"},
    {"a,b\n1,2", "a.csv: row 1: the file ends in the middle of it"},
    {"a,b\n1,", "a.csv: row 1: the file ends in the middle of it"},
    {"a,b\n1,\"2", "a.csv: row 1: the file ends inside a quoted field"},
    {"a,b\n1,\"2\"", "a.csv: row 1: the file ends in the middle of it"},
    {"a,b\n1,\"2\"3\n", "a.csv: row 1: text after a closing quote, or half a line end"},
    {"a,b\n1,2\"\n", "a.csv: row 1: a quote inside an unquoted field"},
    {"a,b\n1,2\r3\n", "a.csv: row 1: text after a closing quote, or half a line end"},
};

static void a_bad_row_is_a_fault_that_sticks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_rows); i++) {
        struct csv_reader *reader = open_good(bad_rows[i].text);
        while (csv_reader_next(reader))
            assert_null(csv_reader_fault(reader));
        assert_string_equal(csv_reader_fault(reader), bad_rows[i].fault);
        assert_false(csv_reader_next(reader));
        csv_reader_free(reader);
    }
}

static void a_zero_byte_is_a_fault(void **state)
{
    (void)state;
    char error[SIM_ERROR_BYTES];
    struct csv_reader *reader;

    for (int quoted = 0; quoted < 2; quoted++) {
        const char *text = quoted ? "a\n\"\0\"\n" : "a\n1\0\n";
        write_bytes(text, quoted ? 6 : 5);
        assert_int_equal(csv_reader_open(scratch_directory(), "a.csv", &reader, error), SIM_OK);
        assert_false(csv_reader_next(reader));
        assert_string_equal(csv_reader_fault(reader), "a.csv: row 1: a zero byte");
        csv_reader_free(reader);
    }
}

static void a_bad_header_is_an_error(void **state)
{
    (void)state;
    char error[SIM_ERROR_BYTES], expected[SIM_ERROR_BYTES];
    struct csv_reader *reader;

    assert_null(open_text("", error));
    assert_string_equal(error, "a.csv: header: missing: the file is empty");
    assert_null(open_text("a,b", error));
    assert_string_equal(error, "a.csv: header: the file ends in the middle of it");
    assert_null(open_text("a,b,a\n", error));
    assert_string_equal(error, "a.csv: header: two columns are called 'a'");
    unlink(path);
    assert_int_equal(csv_reader_open(scratch_directory(), "a.csv", &reader, error), SIM_FAILED);
    snprintf(expected, sizeof(expected),
             "%s: No such file or directory; give the directory of a finished run", path);
    assert_string_equal(error, expected);
}

static void a_column_that_lacks_is_a_fault(void **state)
{
    (void)state;
    struct csv_reader *reader = open_good("a\n1\n");

    assert_int_equal(csv_reader_column(reader, "b"), -1);
    assert_string_equal(csv_reader_fault(reader),
                        "a.csv: header: has no column b; was the file written by another version?");
    assert_false(csv_reader_next(reader));
    csv_reader_free(reader);
}

/* Numbers and times that are not written as csv.h writes them. */
static const struct {
    char kind; /* i64, count, time */
    const char *text;
    int64_t value;
    const char *fault; /* NULL: none */
} fields[] = {
    {'i', "0", 0, NULL},
    {'i', "-1", -1, NULL},
    {'i', "9999999999999999", CSV_READER_NUMBER_MAX, NULL},
    {'i', "-9999999999999999", -CSV_READER_NUMBER_MAX, NULL},
    {'i', "10000000000000000", 0, "whole number"},
    {'i', "", 0, "whole number"},
    {'i', "-", 0, "whole number"},
    {'i', "-0", 0, "whole number"},
    {'i', "01", 0, "whole number"},
    {'i', "+1", 0, "whole number"},
    {'i', " 1", 0, "whole number"},
    {'i', "1 ", 0, "whole number"},
    {'i', "1.0", 0, "whole number"},
    {'i', "1e3", 0, "whole number"},
    {'c', "5", 5, NULL},
    {'c', "-5", 0, "count: it is below 0"},
    {'t', "0.000000", 0, NULL},
    {'t', "12.345678", 12345678, NULL},
    {'t', "9999999999.999999", CSV_READER_NUMBER_MAX, NULL},
    {'t', "10000000000.000000", 0, "time in seconds with six places"},
    {'t', "1.00000", 0, "time in seconds with six places"},
    {'t', "1.0000000", 0, "time in seconds with six places"},
    {'t', "1", 0, "time in seconds with six places"},
    {'t', "01.000000", 0, "time in seconds with six places"},
    {'t', "-1.000000", 0, "time in seconds with six places"},
    {'t', "1,000000", 0, "time in seconds with six places"},
    {'t', "", 0, "time in seconds with six places"},
    {'d', "read", SHAPER_READ, NULL},
    {'d', "write", SHAPER_WRITE, NULL},
    {'d', "written", 0, "direction"},
    {'d', "", 0, "direction"},
};

static void fields_are_strict(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fields); i++) {
        char text[128], expected[128];
        snprintf(text, sizeof(text), "a\n\"%s\"\n", fields[i].text);
        struct csv_reader *reader = open_good(text);
        assert_true(csv_reader_next(reader));
        int64_t value = fields[i].kind == 'i'   ? csv_reader_i64(reader, 0)
                        : fields[i].kind == 'c' ? csv_reader_count(reader, 0)
                        : fields[i].kind == 'd' ? (int64_t)csv_reader_direction(reader, 0)
                                                : csv_reader_time_us(reader, 0);
        assert_int_equal(value, fields[i].value);
        if (fields[i].fault) {
            snprintf(expected, sizeof(expected), "a.csv: row 1, a: '%s' is no %s", fields[i].text,
                     fields[i].fault);
            assert_string_equal(csv_reader_fault(reader), expected);
        } else {
            assert_null(csv_reader_fault(reader));
        }
        csv_reader_free(reader);
    }
}

/* A field that does not fit into the first room, and a row that is too long. */
static void rows_have_a_longest_length(void **state)
{
    (void)state;
    size_t most = CSV_READER_ROW_BYTES_MAX;
    char *text = malloc(2 * most);
    char error[SIM_ERROR_BYTES];
    struct csv_reader *reader;

    assert_non_null(text);
    memcpy(text, "a\n", 2);
    memset(text + 2, 'x', 2 * most - 2);
    text[2 + 100000] = '\n';
    write_bytes(text, 2 + 100001);
    assert_int_equal(csv_reader_open(scratch_directory(), "a.csv", &reader, error), SIM_OK);
    assert_true(csv_reader_next(reader));
    assert_int_equal(strlen(csv_reader_text(reader, 0)), 100000);
    csv_reader_free(reader);

    text[2 + 100000] = 'x';
    write_bytes(text, 2 * most);
    assert_int_equal(csv_reader_open(scratch_directory(), "a.csv", &reader, error), SIM_OK);
    assert_false(csv_reader_next(reader));
    assert_string_equal(csv_reader_fault(reader), "a.csv: row 1: longer than 1048576 bytes");
    csv_reader_free(reader);
    free(text);
}

static void several_columns_are_found_at_once(void **state)
{
    (void)state;
    static const char *const names[] = {"c", "a", NULL}, *const lacking[] = {"a", "d", NULL};
    char error[SIM_ERROR_BYTES] = "";
    struct csv_reader *reader = open_good("a,b,c\n1,-2,x\n");
    int columns[2];

    assert_int_equal(csv_reader_width(reader), 3);
    assert_int_equal(csv_reader_columns(reader, names, columns, error), SIM_OK);
    assert_int_equal(columns[0], 2);
    assert_int_equal(columns[1], 0);
    assert_int_equal(csv_reader_columns(reader, lacking, columns, error), SIM_FAILED);
    assert_string_equal(error,
                        "a.csv: header: has no column d; was the file written by another version?");
    csv_reader_free(reader);
}

static void reals_are_what_csv_writes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
        bool is_fault;
    } rows[] = {{"2.5", 2.5, false},
                {"-0.000001", -0.000001, false},
                {"1.25e-7", 1.25e-7, false},
                {"", 0, false},
                {"12", 12, false},
                {"x", 0, true},
                {"2.5x", 0, true},
                {"nan", 0, true},
                {"inf", 0, true},
                {"0x10", 0, true},
                {" 1", 0, true},
                {"-", 0, true},
                {"1e400000x", 0, true}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[64], fault[128];
        snprintf(text, sizeof(text), "a,b\n%s,1\n", rows[i].text);
        snprintf(fault, sizeof(fault), "a.csv: row 1, a: '%s' is no number", rows[i].text);
        struct csv_reader *reader = open_good(text);
        assert_true(csv_reader_next(reader));
        assert_true(csv_reader_real(reader, 0) == rows[i].value);
        if (rows[i].is_fault)
            assert_string_equal(csv_reader_fault(reader), fault);
        else
            assert_null(csv_reader_fault(reader));
        csv_reader_free(reader);
    }
}

static void an_empty_field_may_stand_for_a_number(void **state)
{
    (void)state;
    struct csv_reader *reader = open_good("a,b,c\n,7,x\n");

    assert_true(csv_reader_next(reader));
    assert_int_equal(csv_reader_i64_or(reader, 0, -1), -1);
    assert_int_equal(csv_reader_i64_or(reader, 1, -1), 7);
    assert_null(csv_reader_fault(reader));
    assert_int_equal(csv_reader_i64_or(reader, 2, -1), 0);
    assert_string_equal(csv_reader_fault(reader), "a.csv: row 1, c: 'x' is no whole number");
    csv_reader_free(reader);
}

static void the_end_reports_a_fault(void **state)
{
    (void)state;
    char error[SIM_ERROR_BYTES] = "earlier";

    assert_int_equal(csv_reader_finish(open_good("a\n1\n"), SIM_OK, error), SIM_OK);
    assert_int_equal(csv_reader_finish(NULL, SIM_MISUSE, error), SIM_MISUSE);
    for (int status = SIM_OK; status <= SIM_MISUSE; status++) {
        struct csv_reader *reader = open_good("a\n1,2\n");
        assert_string_equal(error, "earlier");
        assert_false(csv_reader_next(reader));
        assert_int_equal(csv_reader_finish(reader, status, error), status ? status : SIM_FAILED);
        if (status == SIM_OK) {
            assert_string_equal(error, "a.csv: row 1: 2 fields under 1 columns");
            snprintf(error, sizeof(error), "earlier");
        }
    }
}

static void many_columns_are_read(void **state)
{
    (void)state;
    struct csv_reader *reader;
    char error[SIM_ERROR_BYTES];
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (int i = 0; i < 2000; i++)
        fprintf(file, "c%d,", i);
    fputs("end\n", file);
    for (int i = 0; i < 2000; i++)
        fprintf(file, "%d,", i);
    fputs("7\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(csv_reader_open(scratch_directory(), "a.csv", &reader, error), SIM_OK);
    assert_true(csv_reader_next(reader));
    assert_int_equal(csv_reader_count(reader, csv_reader_find(reader, "c1999")), 1999);
    assert_int_equal(csv_reader_finish(reader, SIM_OK, error), SIM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(fields_can_be_quoted_and_empty),
        cmocka_unit_test(a_header_alone_has_no_rows),
        cmocka_unit_test(a_bad_row_is_a_fault_that_sticks),
        cmocka_unit_test(a_zero_byte_is_a_fault),
        cmocka_unit_test(a_bad_header_is_an_error),
        cmocka_unit_test(a_column_that_lacks_is_a_fault),
        cmocka_unit_test(fields_are_strict),
        cmocka_unit_test(rows_have_a_longest_length),
        cmocka_unit_test(several_columns_are_found_at_once),
        cmocka_unit_test(reals_are_what_csv_writes),
        cmocka_unit_test(an_empty_field_may_stand_for_a_number),
        cmocka_unit_test(the_end_reports_a_fault),
        cmocka_unit_test(many_columns_are_read),
    };

    return cmocka_run_group_tests_name("csv_reader", tests, set_up, scratch_remove);
}
