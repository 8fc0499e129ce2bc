#include "sim/output/csv.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/output/csv_reader.h"
#include "sim/output/owned_directory.h"
#include "tests/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define BUFFER_BYTES (64 * 1024) /* of sim/output/csv.c: rows are made to cross its edges */

static const char *final_path, *part_path;
static struct owned_directory directory; /* that of a sweep, whose tables take each other's place */

static int set_up(void **state)
{
    scratch_make(state);
    final_path = scratch_path("sweep.csv");
    part_path = scratch_path("sweep.csv.part");
    scratch_path(OWNED_MARKER);
    assert_int_equal(owned_directory_open(&directory, OWNED_SWEEP, scratch_directory()), 0);
    return 0;
}

static int tear_down(void **state)
{
    owned_directory_close(&directory);
    return scratch_remove(state);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* The caller frees it. */
static char *read_file(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "r");
    struct stat found;
    char *text;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &found), 0);
    *bytes = (size_t)found.st_size;
    text = calloc(1, *bytes + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, *bytes, file), *bytes);
    fclose(file);
    return text;
}

static void expect_file(const char *path, const char *expected)
{
    size_t bytes;
    char *text = read_file(path, &bytes);

    assert_int_equal(bytes, strlen(expected));
    assert_string_equal(text, expected);
    free(text);
}

static struct csv *open_csv(const char *header)
{
    struct csv *csv = NULL;
    char error[SIM_ERROR_BYTES];

    assert_int_equal(csv_open(&directory, "sweep.csv", header, &csv, error), SIM_OK);
    assert_non_null(csv);
    return csv;
}

static void commit(struct csv *csv)
{
    char error[SIM_ERROR_BYTES] = "";

    assert_false(csv_failed(csv));
    assert_int_equal(csv_commit(csv, error), SIM_OK);
    assert_string_equal(error, "");
    assert_true(exists(final_path));
    assert_false(exists(part_path));
}

static void a_file_is_there_when_it_is_whole(void **state)
{
    (void)state;
    struct csv *csv = open_csv("time_s,tick");

    assert_true(exists(part_path));
    assert_false(exists(final_path));
    csv_time_us(csv, 1500000);
    csv_u64(csv, 3);
    csv_end_row(csv);
    assert_false(exists(final_path));
    commit(csv);
    expect_file(final_path, "time_s,tick\n1.500000,3\n");

    commit(open_csv("other")); /* replaces the older one */
    expect_file(final_path, "other\n");
}

static void numbers_are_exact(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } integers[] = {{0, "0"},
                    {1, "1"},
                    {-1, "-1"},
                    {10, "10"},
                    {-1000, "-1000"},
                    {INT64_MAX, "9223372036854775807"},
                    {INT64_MIN, "-9223372036854775808"},
                    {INT64_MIN + 1, "-9223372036854775807"}};
    static const struct {
        int64_t us;
        const char *text;
    } times[] = {{0, "0.000000"},
                 {1, "0.000001"},
                 {999999, "0.999999"},
                 {1000000, "1.000000"},
                 {1000001, "1.000001"},
                 {12345678, "12.345678"},
                 {INT64_C(3600000000), "3600.000000"},
                 {INT64_MAX, "9223372036854.775807"}};
    char expected[1024] = "h\n";
    struct csv *csv = open_csv("h");

    for (size_t i = 0; i < COUNT(integers); i++) {
        csv_i64(csv, integers[i].value);
        strcat(strcat(expected, i ? "," : ""), integers[i].text);
    }
    csv_end_row(csv);
    strcat(expected, "\n");
    for (size_t i = 0; i < COUNT(times); i++) {
        csv_time_us(csv, times[i].us);
        strcat(strcat(expected, i ? "," : ""), times[i].text);
    }
    csv_u64(csv, UINT64_MAX);
    csv_end_row(csv);
    strcat(expected, ",18446744073709551615\n");
    commit(csv);
    expect_file(final_path, expected);
}

static void ratios_have_nine_places(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0, "0.000000000"},
                {1, "1.000000000"},
                {1.0 / 3, "0.333333333"},
                {2.0 / 3, "0.666666667"},
                {0.9999999996, "1.000000000"},
                {0.0000000004, "0.000000000"},
                {12.5, "12.500000000"}};
    char expected[1024] = "h\n";
    struct csv *csv = open_csv("h");

    for (size_t i = 0; i < COUNT(rows); i++) {
        csv_ratio(csv, rows[i].value);
        strcat(strcat(expected, i ? "," : ""), rows[i].text);
    }
    csv_end_row(csv);
    strcat(expected, "\n");
    commit(csv);
    expect_file(final_path, expected);
}

static void text_is_quoted_where_it_must_be(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } rows[] = {
        {"plain", "plain"},
        {"", ""},
        {"with space", "with space"},
        {"semi;colon", "semi;colon"},
        {"a,b", "\"a,b\""},
        {",", "\",\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"\"", "\"\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"cr\r", "\"cr\r\""},
        {"2001:db8::1", "2001:db8::1"},
        {"\xc3\xa4", "\xc3\xa4"},
    };
    char expected[1024] = "h\n";
    struct csv *csv = open_csv("h");

    for (size_t i = 0; i < COUNT(rows); i++) {
        csv_text(csv, rows[i].text);
        csv_u64(csv, i);
        csv_end_row(csv);
        snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s,%zu\n",
                 rows[i].field, i);
    }
    commit(csv);
    expect_file(final_path, expected);
}

/* What a spreadsheet would calculate has an apostrophe in front, which the reader removes. */
static void formulas_are_made_harmless(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *written;
    } cases[] = {
        {"=1+1", "'=1+1"},
        {"+cmd", "'+cmd"},
        {"-web", "'-web"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\tx", "'\tx"},
        {"\rx", "\"'\rx\""},
        {"=a,b", "\"'=a,b\""},
        {"=", "'="},
        {"--", "'--"},
        {"-5e", "'-5e"},
        {"-.", "'-."},
        {"'=1+1", "''=1+1"},
        {"''-x", "'''-x"},
        {"-", "-"},
        {"-5", "-5"},
        {"+0.25", "+0.25"},
        {"-1e-9", "-1e-9"},
        {"'-5", "'-5"},
        {"'", "'"},
        {"'x", "'x"},
        {"a=b", "a=b"},
        {"", ""},
        {"10.0.0.1", "10.0.0.1"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        char expected[64], error[SIM_ERROR_BYTES];
        struct csv_reader *reader;
        struct csv *csv = open_csv("a,b");
        csv_u64(csv, 1);
        csv_text(csv, cases[i].text);
        csv_end_row(csv);
        commit(csv);
        snprintf(expected, sizeof(expected), "a,b\n1,%s\n", cases[i].written);
        expect_file(final_path, expected);
        assert_int_equal(csv_reader_open(scratch_directory(), "sweep.csv", &reader, error), SIM_OK);
        assert_true(csv_reader_next(reader));
        assert_string_equal(csv_reader_text(reader, 1), cases[i].text);
        csv_reader_free(reader);
    }
}

static void fields_can_be_empty(void **state)
{
    (void)state;
    struct csv *csv = open_csv("a,b,c");

    csv_empty(csv);
    csv_empty(csv);
    csv_empty(csv);
    csv_end_row(csv);
    csv_u64(csv, 1);
    csv_empty(csv);
    csv_i64(csv, -1);
    csv_end_row(csv);
    csv_empty(csv);
    csv_text(csv, "");
    csv_u64(csv, 2);
    csv_end_row(csv);
    commit(csv);
    expect_file(final_path, "a,b,c\n,,\n1,,-1\n,,2\n");
}

/* Row `n` as it must be in the file. */
static int print_row(char *at, size_t room, uint64_t n)
{
    return snprintf(at, room, "%llu,-%llu,%llu.%06llu,\"x,%0*d\",\n", (unsigned long long)n,
                    (unsigned long long)n, (unsigned long long)(n * 7 / 1000000),
                    (unsigned long long)(n * 7 % 1000000), (int)(n % 61) + 1, 0);
}

static void put_row(struct csv *csv, uint64_t n)
{
    char text[80];

    csv_u64(csv, n);
    csv_i64(csv, -(int64_t)n);
    csv_time_us(csv, (int64_t)n * 7);
    snprintf(text, sizeof(text), "x,%0*d", (int)(n % 61) + 1, 0);
    csv_text(csv, text);
    csv_empty(csv);
    csv_end_row(csv);
}

/* Every row is whole, whichever part of it is at the buffer's edge. */
static void rows_cross_the_buffers_edge(void **state)
{
    (void)state;
    const uint64_t rows = 40000; /* some 45 buffers */
    struct csv *csv = open_csv("n,minus_n,time_s,text,nothing");
    size_t bytes;

    for (uint64_t n = 1; n <= rows; n++)
        put_row(csv, n);
    commit(csv);
    char *text = read_file(final_path, &bytes);
    assert_true(bytes > 30 * BUFFER_BYTES);
    const char *at = strchr(text, '\n') + 1;
    for (uint64_t n = 1; n <= rows; n++) {
        char expected[256];
        int length = print_row(expected, sizeof(expected), n);
        assert_memory_equal(at, expected, (size_t)length);
        at += length;
    }
    assert_ptr_equal(at, text + bytes);
    free(text);
}

/* What is in the file while it grows ends with a whole row. */
static void blocks_end_with_a_whole_row(void **state)
{
    (void)state;
    struct csv *csv = open_csv("n,minus_n,time_s,text,nothing");

    for (uint64_t n = 1; n <= 6000; n++) {
        put_row(csv, n);
        if (n % 100 == 0) {
            size_t bytes;
            char *text = read_file(part_path, &bytes);
            assert_true(bytes == 0 || text[bytes - 1] == '\n');
            free(text);
        }
    }
    commit(csv);
}

static void rows_can_be_larger_than_the_buffer(void **state)
{
    (void)state;
    static const size_t sizes[] = {BUFFER_BYTES - 40, BUFFER_BYTES - 4,    BUFFER_BYTES - 3,
                                   BUFFER_BYTES - 2,  BUFFER_BYTES - 1,    BUFFER_BYTES,
                                   BUFFER_BYTES + 1,  3 * BUFFER_BYTES + 7};

    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct csv *csv = open_csv("h");
        char *long_text = malloc(sizes[i] + 1);
        char *expected = malloc(2 * sizes[i] + 64);
        size_t bytes;
        assert_true(long_text && expected);
        memset(long_text, '"', sizes[i]); /* each of them doubled */
        long_text[sizes[i]] = '\0';
        csv_u64(csv, 1);
        csv_end_row(csv);
        csv_text(csv, long_text);
        csv_u64(csv, 2);
        csv_end_row(csv);
        csv_u64(csv, 3);
        csv_end_row(csv);
        commit(csv);
        strcpy(expected, "h\n1\n\"");
        memset(expected + 5, '"', 2 * sizes[i]);
        strcpy(expected + 5 + 2 * sizes[i], "\",2\n3\n");
        char *text = read_file(final_path, &bytes);
        assert_int_equal(bytes, strlen(expected));
        assert_memory_equal(text, expected, bytes);
        free(text);
        free(long_text);
        free(expected);
    }
}

static void a_partial_file_keeps_whole_rows(void **state)
{
    (void)state;
    struct csv *csv = open_csv("a,b");

    csv_u64(csv, 1);
    csv_u64(csv, 2);
    csv_end_row(csv);
    csv_u64(csv, 3); /* interrupted here */
    csv_keep_partial(csv);
    assert_false(exists(final_path));
    expect_file(part_path, "a,b\n1,2\n");
    csv_keep_partial(NULL);
}

static void a_partial_file_keeps_whole_rows_after_many(void **state)
{
    (void)state;
    size_t bytes;
    struct csv *csv = open_csv("n,minus_n,time_s,text,nothing");

    for (uint64_t n = 1; n <= 5000; n++)
        put_row(csv, n);
    csv_text(csv, "interrupted");
    csv_keep_partial(csv);
    char *text = read_file(part_path, &bytes);
    char expected[256];
    int length = print_row(expected, sizeof(expected), 5000);
    assert_string_equal(text + bytes - (size_t)length, expected);
    free(text);
}

static void a_discarded_file_is_gone(void **state)
{
    (void)state;
    struct csv *csv = open_csv("a,b");

    csv_u64(csv, 1);
    csv_end_row(csv);
    csv_discard(csv);
    assert_false(exists(final_path));
    assert_false(exists(part_path));
    csv_discard(NULL);
}

static void a_file_that_cannot_be_made_is_an_error(void **state)
{
    (void)state;
    const char *missing = scratch_path("missing");
    struct owned_directory removed;
    struct csv *csv = NULL;
    char error[SIM_ERROR_BYTES], expected[256];

    snprintf(expected, sizeof(expected),
             "%s/sweep.csv: cannot be written (No such file or directory); choose another -o DIR",
             missing);
    assert_int_equal(mkdir(missing, 0700), 0);
    assert_int_equal(owned_directory_open(&removed, OWNED_SWEEP, missing), 0);
    assert_int_equal(rmdir(missing), 0);
    assert_int_equal(csv_open(&removed, "sweep.csv", "h", &csv, error), SIM_FAILED);
    owned_directory_close(&removed);
    assert_string_equal(error, expected);
    assert_null(csv);
}

/* Like a full disk: the kernel accepts a limited number of bytes. */
static void limit_file_size(rlim_t bytes, struct rlimit *before)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, before), 0);
    limit = *before;
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void expect_commit_fails(struct csv *csv, const char *reason)
{
    char error[SIM_ERROR_BYTES], expected[256];
    int status = csv_commit(csv, error);

    snprintf(expected, sizeof(expected),
             "%s: cannot be written (%s); make room or choose another place", final_path, reason);
    assert_int_equal(status, SIM_FAILED);
    assert_string_equal(error, expected);
}

static void a_full_disk_leaves_nothing(void **state)
{
    (void)state;
    static const rlim_t room[] = {0, 1, 100, BUFFER_BYTES - 1, 100000};

    for (size_t i = 0; i < COUNT(room); i++) {
        struct rlimit before;
        struct csv *csv = open_csv("n,minus_n,time_s,text,nothing");
        limit_file_size(room[i], &before);
        for (uint64_t n = 1; n <= 4000; n++)
            put_row(csv, n); /* some 240 kB */
        bool failed = csv_failed(csv);
        char error[SIM_ERROR_BYTES], expected[256];
        int status = csv_commit(csv, error);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        snprintf(expected, sizeof(expected),
                 "%s: cannot be written (File too large); make room or choose another place",
                 final_path);
        assert_true(failed);
        assert_int_equal(status, SIM_FAILED);
        assert_string_equal(error, expected);
        assert_false(exists(final_path));
        assert_false(exists(part_path));
    }
}

/* Too little for even the one block that the commit writes. */
static void a_full_disk_is_found_at_the_commit(void **state)
{
    (void)state;
    struct rlimit before;
    struct csv *csv = open_csv("a");

    csv_u64(csv, 1);
    csv_end_row(csv);
    assert_false(csv_failed(csv));
    limit_file_size(1, &before);
    expect_commit_fails(csv, "File too large");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(exists(final_path));
    assert_false(exists(part_path));
}

static void a_name_that_is_taken_by_a_directory_is_an_error(void **state)
{
    (void)state;
    struct csv *csv = open_csv("a");

    assert_int_equal(mkdir(final_path, 0700), 0);
    expect_commit_fails(csv, "Is a directory");
    assert_int_equal(rmdir(final_path), 0);
    assert_false(exists(part_path));
}

static void a_stream_is_borrowed(void **state)
{
    (void)state;
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    struct csv *csv = NULL;
    char error[SIM_ERROR_BYTES];

    assert_non_null(stream);
    fputs("before\n", stream);
    assert_int_equal(csv_to_stream(stream, "standard output", "a", &csv, error), SIM_OK);
    csv_u64(csv, 1);
    csv_end_row(csv);
    assert_int_equal(csv_commit(csv, error), SIM_OK);
    fputs("after\n", stream); /* it is still open */
    fclose(stream);
    assert_string_equal(text, "before\na\n1\nafter\n");
    free(text);
}

static void a_stream_that_is_full_is_an_error(void **state)
{
    (void)state;
    FILE *stream = fopen("/dev/full", "w");
    struct csv *csv = NULL;
    char error[SIM_ERROR_BYTES];

    assert_non_null(stream);
    assert_int_equal(csv_to_stream(stream, "data/a.csv", "a", &csv, error), SIM_OK);
    csv_u64(csv, 1);
    csv_end_row(csv);
    assert_int_equal(csv_commit(csv, error), SIM_FAILED);
    assert_string_equal(error, "data/a.csv: cannot be written (No space left on device); make room "
                               "or choose another place");
    fclose(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_file_is_there_when_it_is_whole, scratch_empty),
        cmocka_unit_test_teardown(numbers_are_exact, scratch_empty),
        cmocka_unit_test_teardown(ratios_have_nine_places, scratch_empty),
        cmocka_unit_test_teardown(text_is_quoted_where_it_must_be, scratch_empty),
        cmocka_unit_test_teardown(formulas_are_made_harmless, scratch_empty),
        cmocka_unit_test_teardown(fields_can_be_empty, scratch_empty),
        cmocka_unit_test_teardown(rows_cross_the_buffers_edge, scratch_empty),
        cmocka_unit_test_teardown(blocks_end_with_a_whole_row, scratch_empty),
        cmocka_unit_test_teardown(rows_can_be_larger_than_the_buffer, scratch_empty),
        cmocka_unit_test_teardown(a_partial_file_keeps_whole_rows, scratch_empty),
        cmocka_unit_test_teardown(a_partial_file_keeps_whole_rows_after_many, scratch_empty),
        cmocka_unit_test_teardown(a_discarded_file_is_gone, scratch_empty),
        cmocka_unit_test_teardown(a_file_that_cannot_be_made_is_an_error, scratch_empty),
        cmocka_unit_test_teardown(a_full_disk_leaves_nothing, scratch_empty),
        cmocka_unit_test_teardown(a_full_disk_is_found_at_the_commit, scratch_empty),
        cmocka_unit_test_teardown(a_name_that_is_taken_by_a_directory_is_an_error, scratch_empty),
        cmocka_unit_test(a_stream_is_borrowed),
        cmocka_unit_test(a_stream_that_is_full_is_an_error),
    };

    return cmocka_run_group_tests_name("csv", tests, set_up, tear_down);
}
