/* Replays that are stopped. */
#include "sim/replay/replay.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/cli/options.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static volatile sig_atomic_t stop;
static int waits_left;

/* Stops the replay at one of its waits. */
static void count_waits(void *arg, int64_t now_us, uint64_t open_flows)
{
    (void)arg;
    (void)now_us;
    (void)open_flows;
    if (waits_left-- == 0)
        stop = 1;
}

/* Stopped within an instant, libevent has callbacks pending when all is freed, and what it keeps
 * for them is freed, too: the leak check of the sanitized build looks. */
static void stop_at_wait(const char *transport, int waits)
{
    const char *const words[] = {"run",         TRACE,   "--transport",  transport,
                                 "--flow-rate", "50B/s", "--flow-tick",  "20ms",
                                 "--rate",      "1kB/s", "--flow-burst", "64B"};
    char *argv[COUNT(words)];
    const struct replay_setup setup = {.stop = &stop, .progress = count_waits};
    struct parsed_options parsed;
    struct flow_source *source;
    struct replay *replay;
    struct outcome outcome;
    char error[SIM_ERROR_BYTES];

    stop = 0;
    waits_left = waits;
    for (size_t i = 0; i < COUNT(words); i++) {
        argv[i] = strdup(words[i]);
        assert_non_null(argv[i]);
    }
    assert_int_equal(options_parse(COMMAND_RUN, COUNT(words), argv, &parsed, error), SIM_OK);
    assert_int_equal(flow_source_open(TRACE, &parsed.run.source, &source, error), 0);
    assert_int_equal(replay_new(&parsed.run, source, &replay, error), SIM_OK);
    assert_int_equal(replay_run(replay, &setup, error), REPLAY_INTERRUPTED);
    replay_outcome(replay, &outcome);
    assert_int_equal(outcome.end, REPLAY_INTERRUPTED);
    replay_free(replay);
    flow_source_free(source);
    parsed_options_fini(&parsed);
    for (size_t i = 0; i < COUNT(words); i++)
        free(argv[i]);
}

static void a_stop_leaves_nothing_of_pairs(void **state)
{
    (void)state;
    for (int waits = 0; waits < 20; waits++)
        stop_at_wait("pair", waits);
}

static void a_stop_leaves_nothing_of_sockets(void **state)
{
    (void)state;
    for (int waits = 0; waits < 20; waits++)
        stop_at_wait("socket", waits);
}

static void a_stop_leaves_nothing_of_tls(void **state)
{
    (void)state;
    for (int waits = 0; waits < 20; waits++)
        stop_at_wait("tls", waits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_leaves_nothing_of_pairs),
        cmocka_unit_test(a_stop_leaves_nothing_of_sockets),
        cmocka_unit_test(a_stop_leaves_nothing_of_tls),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
