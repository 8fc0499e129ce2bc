#include "sim/base/shell_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Every word followed by a bar. */
static const struct {
    const char *text;
    const char *words; /* NULL: refused */
} rows[] = {
    {"", ""},
    {"   ", ""},
    {"shapesim run a.pcap", "shapesim|run|a.pcap|"},
    {" two  blanks ", "two|blanks|"},
    {"--group 'name=web,match=tcp port 80'", "--group|name=web,match=tcp port 80|"},
    {"''", "|"},
    {"a '' b", "a||b|"},
    {"'it'\\''s'", "it's|"},
    {"a'b c'd", "ab cd|"},
    {"'\\'", "\\|"},
    {"'open", NULL},
    {"open'", NULL},
};

static void words_are_those_of_a_shell(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char found[256] = "";
        char *nothing, **words = &nothing;
        int count;
        int status = shell_words_split(rows[i].text, &words, &count);
        assert_int_equal(status, rows[i].words ? 0 : -1);
        if (status != 0) {
            assert_null(words); /* a second free is harmless */
            continue;
        }
        for (int w = 0; w < count; w++) {
            strcat(found, words[w]);
            strcat(found, "|");
        }
        assert_string_equal(found, rows[i].words);
        if (count > 0)
            assert_null(words[count]);
        shell_words_free(words);
    }
    shell_words_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_are_those_of_a_shell)};

    return cmocka_run_group_tests_name("shell_words", tests, NULL, NULL);
}
