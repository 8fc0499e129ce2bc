#include "sim/sweep/sweep_progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 4 of 20 were there before; 8 more ended in 4 s. */
static const struct sweep_progress progress = {
    .runs = 20, .before = 4, .ok = 11, .failed = 1, .running = 2, .start_us = 1};

static void a_line_fits_its_terminal(void **state)
{
    (void)state;
    static const struct {
        int columns;
        const char *line;
    } rows[] = {
        {80, "11 of 20 runs done, 4 s left, 1 failed, 2 running, 2.0 a second"},
        {60, "11 of 20 runs done, 4 s left, 1 failed, 2 running"},
        {40, "11 of 20 runs done, 4 s left, 1 failed"},
        {30, "11 of 20 runs done, 4 s left"},
        {20, "11 of 20 runs done"},
    };
    char line[TERMINAL_LINE_BYTES];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(sweep_progress_text(line, &progress, 4000000, rows[i].columns),
                            rows[i].line);
}

static void before_the_first_run_has_ended_nothing_is_known(void **state)
{
    (void)state;
    struct sweep_progress first = progress;
    char line[TERMINAL_LINE_BYTES];

    first.ok = first.before;
    first.failed = 0;
    assert_string_equal(sweep_progress_text(line, &first, 4000000, 80),
                        "4 of 20 runs done, 0 failed, 2 running");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_fits_its_terminal),
        cmocka_unit_test(before_the_first_run_has_ended_nothing_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
