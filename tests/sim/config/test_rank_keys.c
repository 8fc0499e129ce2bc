#include "sim/config/rank_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/sim.h"

/* The names of what is read from `text`, with commas; the error where it is refused. */
static void expect_keys(const char *text, const char *expected)
{
    char names[SIM_ERROR_BYTES] = "", error[SIM_ERROR_BYTES];
    struct rank_keys keys;

    if (rank_keys_parse("--rank", text, &keys, error) != SIM_OK) {
        assert_string_equal(error, expected);
        return;
    }
    for (size_t i = 0; i < keys.count; i++)
        snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? "," : "",
                 rank_key_name(keys.keys[i]));
    assert_string_equal(names, expected);
}

static void keys_are_read(void **state)
{
    (void)state;
    expect_keys("jain", "jain");
    expect_keys("lag,p99", "gps,p99");
    expect_keys(RANK_KEYS_DEFAULT, RANK_KEYS_DEFAULT);
    expect_keys(RANK_KEYS_DEFAULT_EXCHANGES, RANK_KEYS_DEFAULT_EXCHANGES);
    /* A name alone is of its 99th percentile. */
    expect_keys("response,added,slowdown,completion,behind",
                "response.p99,added.p99,slowdown.p99,completion.p99,behind.p99");
    for (size_t i = 0; rank_key_name(i); i++)
        expect_keys(rank_key_name(i), rank_key_name(i));
}

static void others_are_refused(void **state)
{
    char expected[SIM_ERROR_BYTES], list[512] = "";

    (void)state;
    for (size_t i = 0; rank_key_name(i); i++)
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
                 rank_key_name(i));
    snprintf(expected, sizeof(expected),
             "--rank responce.p99: write up to 8 of %s, with commas; did you mean response.p99?",
             list);
    expect_keys("responce.p99", expected);
    snprintf(expected, sizeof(expected), "--rank p99,: write up to 8 of %s, with commas", list);
    expect_keys("p99,", expected);
    snprintf(expected, sizeof(expected), "--rank resp: write up to 8 of %s, with commas", list);
    expect_keys("resp", expected);
    expect_keys("response,p99,response.p99",
                "--rank response,p99,response.p99: response.p99 is given twice; once will do");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_read),
        cmocka_unit_test(others_are_refused),
    };

    return cmocka_run_group_tests_name("rank_keys", tests, NULL, NULL);
}
