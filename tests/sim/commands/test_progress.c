#include "sim/commands/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define EXPECT(state, columns, text)                                        \
    do {                                                                    \
        char line[TERMINAL_LINE_BYTES];                                     \
        assert_string_equal(progress_text(line, (state), (columns)), text); \
    } while (0)

/* A quarter of the trace took 20 s. */
static const struct progress_state quarter = {.now_us = 12340000,
                                              .position_bytes = 250,
                                              .size_bytes = 1000,
                                              .packets = 123456,
                                              .open_flows = 50,
                                              .elapsed_us = 20000000};

static void a_line_fits_its_terminal(void **state)
{
    (void)state;
    EXPECT(&quarter, 80,
           "12.3 s of virtual time, 25 % read, 60 s left, 123456 packets, 50 flows open");
    EXPECT(&quarter, 75, "12.3 s of virtual time, 25 % read, 60 s left, 123456 packets");
    EXPECT(&quarter, 50, "12.3 s of virtual time, 25 % read, 60 s left");
    EXPECT(&quarter, 44, "12.3 s of virtual time, 25 % read");
    EXPECT(&quarter, 20, "12.3 s of virtual t");
}

/* The run ends with the trace or at its time: what is farther says how long that takes. */
static void a_time_limit_may_be_nearer_than_the_end_of_the_trace(void **state)
{
    (void)state;
    struct progress_state limited = quarter;

    limited.max_time_us = 24680000;
    EXPECT(&limited, 50, "12.3 s of virtual time, 25 % read, 20 s left");
    limited.max_time_us = 123400000;
    EXPECT(&limited, 50, "12.3 s of virtual time, 25 % read, 60 s left");
}

static void nobody_knows_how_long_a_pipe_is(void **state)
{
    (void)state;
    struct progress_state piped = quarter;

    piped.position_bytes = piped.size_bytes = 0;
    EXPECT(&piped, 80, "12.3 s of virtual time, 123456 packets, 50 flows open");
    piped.max_time_us = 24680000;
    EXPECT(&piped, 80, "12.3 s of virtual time, 20 s left, 123456 packets, 50 flows open");
}

static void a_trace_that_is_read_only_drains(void **state)
{
    (void)state;
    struct progress_state read = quarter;

    read.position_bytes = 1000;
    EXPECT(&read, 80, "12.3 s of virtual time, 100 % read, 123456 packets, 50 flows open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_fits_its_terminal),
        cmocka_unit_test(a_time_limit_may_be_nearer_than_the_end_of_the_trace),
        cmocka_unit_test(nobody_knows_how_long_a_pipe_is),
        cmocka_unit_test(a_trace_that_is_read_only_drains),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
