#include "sim/base/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int columns_of(const char *given)
{
    if (given)
        assert_int_equal(setenv("COLUMNS", given, 1), 0);
    else
        assert_int_equal(unsetenv("COLUMNS"), 0);
    return terminal_columns(-1); /* no terminal */
}

static void columns_are_as_given(void **state)
{
    (void)state;
    assert_int_equal(columns_of("132"), 132);
    assert_int_equal(columns_of("3"), 20);
    assert_int_equal(columns_of("99999"), 500);
    assert_int_equal(columns_of("0"), 80);
    assert_int_equal(columns_of("-7"), 80);
    assert_int_equal(columns_of(""), 80);
    assert_int_equal(columns_of("12x"), 80);
    assert_int_equal(columns_of(NULL), 80);
}

static void a_line_has_the_parts_that_fit(void **state)
{
    (void)state;
    static const char *const parts[] = {"12345", "abc", "xyz"};
    static const struct {
        int columns;
        const char *line;
    } rows[] = {
        {500, "12345, abc, xyz"},
        {16, "12345, abc, xyz"},
        {15, "12345, abc"},
        {11, "12345, abc"},
        {10, "12345"},
        {6, "12345"},
        {5, "1234"},
    };
    char line[TERMINAL_LINE_BYTES];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(terminal_fit(line, parts, 3, rows[i].columns), rows[i].line);
    static const char *const ended[] = {"a", "", "b"};
    assert_string_equal(terminal_fit(line, ended, 3, 80), "a");
    char longest[2 * TERMINAL_LINE_BYTES];
    const char *const one[] = {longest};
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(strlen(terminal_fit(line, one, 1, 500)), TERMINAL_LINE_BYTES - 1);
}

/* As long again for each part that is left. */
static void what_is_left_is_told_in_its_unit(void **state)
{
    (void)state;
    char text[TERMINAL_LEFT_BYTES];

    assert_string_equal(terminal_left(text, 10000000, 0.5), "10 s left");
    assert_string_equal(terminal_left(text, 10000000, 0.25), "30 s left");
    assert_string_equal(terminal_left(text, 119000000, 0.5), "119 s left");
    assert_string_equal(terminal_left(text, 120000000, 0.5), "2 min left");
    assert_string_equal(terminal_left(text, INT64_C(7200000000), 0.5), "2.0 h left");
    assert_string_equal(terminal_left(text, 10000000, 1), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_given),
        cmocka_unit_test(a_line_has_the_parts_that_fit),
        cmocka_unit_test(what_is_left_is_told_in_its_unit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
