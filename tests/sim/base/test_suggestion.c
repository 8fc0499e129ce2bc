#include "sim/base/suggestion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void distances_count_letters(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {
        {"burst", "burst", 0}, {"", "abc", 3},          {"abc", "", 3},
        {"brst", "burst", 1},  {"buurst", "burst", 1},  {"barst", "burst", 1},
        {"brust", "burst", 1}, {"ab", "ba", 1},         {"ca", "abc", 3},
        {"rate", "burst", 4},  {"sweep", "swep", 1},    {"kitten", "sitting", 3},
        {"MBit", "mbit", 2},   {"verfiy", "verify", 1}, {"abcdef", "badcfe", 3},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(suggestion_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(suggestion_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
}

/* NULL: nothing is suggested. */
static void close_words_are_suggested(void **state)
{
    (void)state;
    static const char *const words[] = {"rate", "burst", "read-burst", "tick", "min-share",
                                        "kB",   "m",     "ms",         "seed", "seeds"};
    static const struct {
        const char *typed, *suggested;
    } cases[] = {
        {"brust", "burst"},
        {"minshar", "min-share"},
        {"tik", "tick"},
        {"rte", "rate"},
        {"readburst", "read-burst"},
        {"KB", "kB"},
        {"MS", "ms"},
        {"s", NULL},
        {"sm", NULL},
        {"rt", NULL},
        {"ratio", NULL},
        {"bits", NULL},
        {"brst-", NULL},
        {"sed", "seed"},
        {"seedss", "seeds"},
        {"", NULL},
        {"TICK", "tick"},
        {"xyz", NULL},
        {"min-share", "min-share"},
        {"min-share-that-is-longer-than-any-of-the-words", NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct suggestion suggestion = suggestion_of(cases[i].typed);
        for (size_t j = 0; j < sizeof(words) / sizeof(words[0]); j++)
            suggestion_try(&suggestion, words[j]);
        if (!cases[i].suggested)
            assert_null(suggestion.word);
        else
            assert_string_equal(suggestion.word, cases[i].suggested);
    }
}

static void the_first_of_equally_close_words_is_taken(void **state)
{
    (void)state;
    char text[SUGGESTION_TEXT_BYTES];
    struct suggestion suggestion = suggestion_of("write-rat");

    assert_string_equal(suggestion_text(&suggestion, "--", text), "");
    suggestion_try(&suggestion, "write-raty");
    suggestion_try(&suggestion, "write-rate");
    assert_string_equal(suggestion_text(&suggestion, "--", text), "; did you mean --write-raty?");
}

static void a_word_that_is_known_needs_no_suggestion(void **state)
{
    (void)state;
    char text[SUGGESTION_TEXT_BYTES];
    struct suggestion suggestion = suggestion_of("leave");

    suggestion_try(&suggestion, "leaves");
    suggestion_try(&suggestion, "leave");
    suggestion_try(&suggestion, "heave");
    assert_string_equal(suggestion_text(&suggestion, "", text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_count_letters),
        cmocka_unit_test(close_words_are_suggested),
        cmocka_unit_test(a_word_that_is_known_needs_no_suggestion),
        cmocka_unit_test(the_first_of_equally_close_words_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
