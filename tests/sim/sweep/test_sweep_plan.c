#include "sim/sweep/sweep_plan.h"
#include "sim/sweep/sweep_plan_new.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/cli/options.h"
#include "sim/sweep/sweep_words.h"

#define WORDS_MAX 40

/* A sweep's command line, parsed, and its plan. */
struct attempt {
    struct parsed_options parsed;
    struct sweep_plan *plan;
    char *argv[WORDS_MAX];
    char error[SIM_ERROR_BYTES];
};

static int attempt_begin(struct attempt *attempt, const char *const *words)
{
    int argc = 0;

    memset(attempt, 0, sizeof(*attempt));
    attempt->argv[argc++] = strdup("sweep");
    for (; *words; words++)
        attempt->argv[argc++] = strdup(*words);
    int status =
        options_parse(COMMAND_SWEEP, argc, attempt->argv, &attempt->parsed, attempt->error);
    if (status == SIM_OK)
        status = sweep_plan_new(&attempt->parsed.sweep, &attempt->plan, attempt->error);
    return status;
}

static void attempt_end(struct attempt *attempt)
{
    sweep_plan_free(attempt->plan);
    parsed_options_fini(&attempt->parsed);
    for (size_t i = 0; i < WORDS_MAX; i++)
        free(attempt->argv[i]);
}

static void expect_plan(struct attempt *attempt, const char *const *words)
{
    int status = attempt_begin(attempt, words);

    assert_string_equal(attempt->error, "");
    assert_int_equal(status, SIM_OK);
}

static void expect_misuse(const char *const *words, const char *expected)
{
    struct attempt attempt;
    int status = attempt_begin(&attempt, words);

    attempt_end(&attempt);
    assert_string_equal(attempt.error, expected);
    assert_int_equal(status, SIM_MISUSE);
}

static void expect_id(const struct sweep_plan *plan, size_t run, const char *expected)
{
    char *id = sweep_plan_id(plan, run);

    assert_string_equal(id, expected);
    free(id);
}

static void expect_command(const struct sweep_plan *plan, size_t run, const char *expected)
{
    char *command = sweep_plan_command(plan, run);

    assert_string_equal(command, expected);
    free(command);
}

static void runs_are_in_the_order_of_the_command_line(void **state)
{
    (void)state;
    const char *const words[] = {"x/a.pcap",     "--vary",  "min-share=1,64", "b.pcap",
                                 "--rate=1mbit", "--vary",  "tick=10ms,1s",   "--seeds",
                                 "3-5",          "--shape", "initiator",      NULL};
    struct attempt attempt;

    expect_plan(&attempt, words);
    const struct sweep_plan *plan = attempt.plan;
    assert_int_equal(plan->setting_count, 8);
    assert_int_equal(plan->run_count, 24);
    expect_id(plan, 0, "a.pcap_min-share=1_tick=10ms_seed=3");
    expect_id(plan, 2, "a.pcap_min-share=1_tick=10ms_seed=5");
    expect_id(plan, 3, "a.pcap_min-share=1_tick=1s_seed=3");
    expect_id(plan, 6, "a.pcap_min-share=64_tick=10ms_seed=3");
    expect_id(plan, 12, "b.pcap_min-share=1_tick=10ms_seed=3");
    expect_id(plan, 23, "b.pcap_min-share=64_tick=1s_seed=5");
    expect_command(plan, 23,
                   "shapesim run b.pcap --rate 1mbit --shape initiator --min-share 64 --tick 1s "
                   "--files tables --seed 5");
    attempt_end(&attempt);
}

static void linked_values_go_together(void **state)
{
    (void)state;
    const char *const words[] = {"a.pcap", "--link",
                                 "--vary", "tick=10ms,20ms,10ms",
                                 "--vary", "rate=100B/tick,200B/tick,300B/tick",
                                 NULL};
    struct attempt attempt;

    expect_plan(&attempt, words);
    assert_int_equal(attempt.plan->run_count, 3);
    expect_id(attempt.plan, 0, "a.pcap_tick=10ms_rate=100B%2Ftick_seed=1");
    expect_id(attempt.plan, 1, "a.pcap_tick=20ms_rate=200B%2Ftick_seed=1");
    expect_id(attempt.plan, 2, "a.pcap_tick=10ms_rate=300B%2Ftick_seed=1");
    attempt_end(&attempt);
    expect_misuse((const char *const[]){"a.pcap", "--link", "--vary", "tick=10ms,20ms", "--vary",
                                        "rate=1mbit", NULL},
                  "--link: --vary tick has 2 values and --vary rate 1; values go together, so give "
                  "as many of each");
    expect_misuse((const char *const[]){"a.pcap", "--link", "--vary", "tick=10ms,10ms", "--vary",
                                        "rate=1mbit,1mbit", NULL},
                  "--link: tick=10ms rate=1mbit is given twice; once will do");
}

/* With --link no run is asked for a window, which one more tick would change. */
static void linked_values_change_no_other_run(void **state)
{
    (void)state;
    const char *const words[] = {
        "a.pcap", "--link", "--vary", "tick=30ms,7ms", "--vary", "rate=100B/tick,200B/tick", NULL};
    struct attempt attempt;

    expect_plan(&attempt, words);
    assert_int_equal(attempt.plan->compared_window_ms, 0);
    expect_command(attempt.plan, 0,
                   "shapesim run a.pcap --tick 30ms --rate 100B/tick --files tables --seed 1");
    attempt_end(&attempt);
}

/* What the plan calls a command is what the run will write into its summary. */
static void a_command_is_what_the_run_says_of_itself(void **state)
{
    (void)state;
    const char *const words[] = {"/t/a b.pcap",
                                 "--group=name=web,match=tcp port 80,tick=10ms",
                                 "--rate",
                                 "1mbit",
                                 "--vary=web.rate=1mbit,2mbit",
                                 "--vary=filter=tcp,udp port 53",
                                 NULL};
    static struct parsed_options parsed;
    struct attempt attempt;

    expect_plan(&attempt, words);
    for (size_t run = 0; run < attempt.plan->run_count; run++) {
        char **list = sweep_plan_words(attempt.plan, run, "/o/ut"), error[SIM_ERROR_BYTES];
        int count = 0;
        while (list[count])
            count++;
        assert_int_equal(options_parse(COMMAND_RUN, count, list, &parsed, error), SIM_OK);
        assert_string_equal(parsed.run.trace, "/t/a b.pcap");
        assert_string_equal(parsed.run.output_directory, "/o/ut");
        assert_true(parsed.run.atomic && parsed.run.quiet && !parsed.run.force);
        expect_command(attempt.plan, run, parsed.run.command);
        parsed_options_fini(&parsed);
        sweep_words_free(list);
    }
    expect_command(attempt.plan, 3,
                   "shapesim run 'a b.pcap' --group 'name=web,match=tcp port 80,tick=10ms,"
                   "rate=2mbit' --rate 1mbit --filter 'udp port 53' --files tables --seed 1");
    expect_id(attempt.plan, 3, "a%20b.pcap_web.rate=2mbit_filter=udp%20port%2053_seed=1");
    assert_int_equal(attempt.plan->group_count, 2);
    assert_string_equal(attempt.plan->groups[0], "web");
    assert_string_equal(attempt.plan->groups[1], "all");
    attempt_end(&attempt);
}

static void ids_are_safe_and_bounded(void **state)
{
    (void)state;
    char long_filter[512] = "filter=tcp", other[512];
    const char *const words[] = {"a_b.pcap", "--rate=1mbit", "--vary", "rate=1MB/s", NULL};
    const char *const long_words[] = {"a.pcap", "--rate=1mbit", "--vary", long_filter, NULL};
    const char *const other_words[] = {"a.pcap", "--rate=1mbit", "--vary", other, NULL};
    struct attempt attempt;

    expect_misuse(words, "--vary rate: --rate is given too; leave one of them out");
    const char *const escaped[] = {"a_b.pcap", "--vary",        "rate=1MB/s",
                                   "--vary",   "filter=a_b/..", NULL};
    expect_misuse(escaped, "--vary filter: 'a_b/..' is no range; write A..B*F with a factor above "
                           "1, or A..B+S with a step, ends and step in the same unit, like "
                           "1ms..100ms*10");
    const char *const odd[] = {"a_b.pcap", "--vary", "rate=1MB/s", "--vary", "filter=a_b/%~", NULL};
    expect_plan(&attempt, odd);
    expect_id(attempt.plan, 0, "a_b.pcap_rate=1MB%2Fs_filter=a%5Fb%2F%25%7E_seed=1");
    attempt_end(&attempt);

    for (int i = 0; i < 30; i++)
        strcat(long_filter, " and port 7");
    strcpy(other, long_filter);
    other[strlen(other) - 1] = '8';
    expect_plan(&attempt, long_words);
    char *id = sweep_plan_id(attempt.plan, 0);
    attempt_end(&attempt);
    expect_plan(&attempt, other_words);
    char *other_id = sweep_plan_id(attempt.plan, 0);
    attempt_end(&attempt);
    assert_int_equal(strlen(id), SWEEP_ID_MAX);
    assert_int_equal(strlen(other_id), SWEEP_ID_MAX);
    assert_memory_equal(id, other_id, SWEEP_ID_MAX - 17);
    assert_int_equal(id[SWEEP_ID_MAX - 17], '~');
    assert_string_not_equal(id, other_id);
    free(id);
    free(other_id);
}

/* A sample is N different combinations, in order, the same for the same seed, and for every trace;
 * a sample as large as the space is the space. */
static void samples_follow_from_the_seed(void **state)
{
    (void)state;
    const char *words[] = {"a.pcap",
                           "b.pcap",
                           "--rate=1gbit",
                           "--vary=min-share=1..40+1",
                           "--vary=tick=1ms..20ms+1ms",
                           "--random=20",
                           "--seeds=1-2",
                           NULL};
    struct attempt first, again;

    expect_plan(&first, words);
    assert_int_equal(first.plan->setting_count, 40);
    assert_int_equal(first.plan->run_count, 80);
    for (size_t i = 0; i < 20; i++) {
        uint64_t combination = first.plan->settings[i].combination;
        assert_true(combination < 800);
        assert_true(i == 0 || first.plan->settings[i - 1].combination < combination);
        assert_int_equal(combination, first.plan->settings[20 + i].combination);
    }
    expect_plan(&again, words);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(first.plan->settings[i].combination, again.plan->settings[i].combination);
    attempt_end(&again);
    words[6] = "--seeds=2-3";
    expect_plan(&again, words);
    size_t same = 0;
    for (size_t i = 0; i < 20; i++)
        same += first.plan->settings[i].combination == again.plan->settings[i].combination;
    assert_true(same < 8);
    attempt_end(&again);
    attempt_end(&first);

    words[5] = "--random=799";
    expect_plan(&again, words);
    assert_int_equal(again.plan->setting_count, 2 * 799);
    attempt_end(&again);
    words[5] = "--random=800";
    expect_plan(&again, words);
    assert_int_equal(again.plan->settings[471].combination, 471);
    attempt_end(&again);
}

static void settings_are_checked_before_anything_starts(void **state)
{
    (void)state;
    static const struct {
        const char *words[8], *error;
    } rows[] = {
        {{"a.pcap", "--rate=1mbit", "--vary=min-share=x"},
         "sweep: with min-share=x: --min-share x: not a size; write a whole number of bytes with "
         "B, kB, MB, KiB, MiB or nothing, like 64KiB"},
        {{"a.pcap", "--rate=1mbit", "--vary=mtu=1"},
         "--vary mtu: not an option of run; see shapesim run --help"},
        {{"a.pcap", "--rate=1mbit", "--vary=write-pcap=1"},
         "--vary write-pcap: takes no value; give it to two sweeps, once with and once without"},
        {{"a.pcap", "--rate=1mbit", "--transport=tls", "--vary=dirty-shutdown=x"},
         "sweep: with dirty-shutdown=x: --dirty-shutdown x: not one of allowed, refused, no"},
        {{"a.pcap", "--vary=seed=1,2"}, "--vary seed: give seeds with --seeds, like 1-10"},
        {{"a.pcap", "--vary=output=a"}, "--vary output: each run has a directory in DIR/runs"},
        {{"a.pcap", "--vary=vary=a"}, "--vary vary: not an option of run; see shapesim run --help"},
        {{"a.pcap", "--vary=web.rate=1mbit"}, "--vary web.rate: there is no --group name=web"},
        {{"a.pcap", "--vary=tick=1s", "--vary=tick=2s"},
         "--vary tick: given twice; give all values at once"},
        {{"a.pcap", "x/a.pcap", "--rate=1mbit"},
         "sweep: two traces are called a.pcap, and the tables could not tell them apart; rename "
         "one"},
        {{"a.pcap", "-"}, "sweep: standard input can be read only once; write it to a file"},
        {{"--rate=1mbit"}, "sweep: no trace; give one capture file or several"},
        {{"a.pcap", "--seed=1", "--seeds=1-3"},
         "--seed 1: --seeds 1-3 is given too; leave one of them out"},
        {{"a.pcap", "--vary=burst=1..100000+1", "--vary=min-share=1..11+1"},
         "sweep: more than 1000000 runs; choose a sample with --random N"},
        {{"a.pcap", "--collect=d"},
         "--collect d: takes the settings from there; leave out all but --rank, --rank-by, --want, "
         "--fairness-window, --json and --quiet"},
        {{"a.pcap", "--rank=jain,p98"},
         "--rank jain,p98: write up to 8 of response.p50, response.p90, response.p99, "
         "response.max, "
         "added.p50, added.p90, added.p99, added.max, slowdown.p50, slowdown.p99, completion.p50, "
         "completion.p90, completion.p99, completion.max, behind.p50, behind.p99, behind.max, "
         "jain, "
         "jain-least, jain-1, p50, p99, max, throughput, utilisation, rfb, gps, sigma, grants, "
         "lost, with commas; did you mean p99?"},
        {{"a.pcap", "--rank=p99,jain-run"},
         "--rank p99,jain-run: jain-run is 1 for every run that delivers everything; use jain or "
         "jain-least, whose window --fairness-window sets"},
        {{"a.pcap", "--rank=gps,lag"}, "--rank gps,lag: lag is given twice; once will do"},
        {{"a.pcap", "--print-jobs", "--json"},
         "--json: --print-jobs prints commands and has no result; leave one of them out"},
        {{"a.pcap", "--rate=1mbit", "--vary=burst=1kB,2kB", "--vary=tick=1s,2s"},
         "sweep: with burst=1kB tick=1s: --burst (read) of 1000 B is below one tick's worth, which "
         "libevent refuses; use 125000B or more, or a tick shorter than 1000ms"},
        {{"a.pcap", "--rate=1mbit", "--vary=min-share=1,64", "--dirty-shutdown"},
         "sweep: with min-share=1: --dirty-shutdown: only TLS has a clean one; add --transport "
         "tls"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_misuse(rows[i].words, rows[i].error);
}

/* 1 mbit is 1250 bytes in 10 ms and 12500 in 100 ms. */
static void what_is_impossible_is_left_out(void **state)
{
    (void)state;
    const char *const words[] = {"a.pcap",
                                 "b.pcap",
                                 "--rate=1mbit",
                                 "--vary=burst=1kB,10kB,100kB",
                                 "--vary=tick=10ms,100ms",
                                 "--seeds=1-2",
                                 NULL};
    struct attempt attempt;

    expect_plan(&attempt, words);
    const struct sweep_plan *plan = attempt.plan;
    assert_int_equal(plan->setting_count, 6);
    assert_int_equal(plan->run_count, 12);
    expect_id(plan, 0, "a.pcap_burst=10kB_tick=10ms_seed=1");
    expect_id(plan, 2, "a.pcap_burst=100kB_tick=10ms_seed=1");
    expect_id(plan, 11, "b.pcap_burst=100kB_tick=100ms_seed=2");
    assert_int_equal(plan->impossible_count, 3);
    assert_int_equal(plan->impossible[0].combination, 0);
    assert_int_equal(plan->impossible[1].combination, 1);
    assert_int_equal(plan->impossible[2].combination, 3);
    assert_string_equal(plan->impossible[2].reason,
                        "--burst (read) of 10000 B is below one tick's worth, which libevent "
                        "refuses; use 12500B or more, or a tick shorter than 100ms");
    attempt_end(&attempt);
}

static void limits_are_known_as_numbers(void **state)
{
    (void)state;
    const char *const words[] = {"a.pcap",
                                 "--group=name=web,write-rate=80kbit,write-burst=2kB,tick=20ms",
                                 "--flow-rate=1mbit", "--vary=web.min-share=1,64", NULL};
    struct attempt attempt;

    expect_plan(&attempt, words);
    const struct sweep_setting *setting = &attempt.plan->settings[1];
    const struct sweep_limits *web = sweep_plan_limits(setting, 0);
    const struct sweep_limits *all = sweep_plan_limits(setting, 1);
    assert_int_equal(web->tick_ms, 20);
    assert_int_equal(web->min_share_bytes, 64);
    assert_true(!web->has_rate[SHAPER_READ] && web->has_rate[SHAPER_WRITE]);
    assert_true(!web->is_limited[SHAPER_READ] && web->is_limited[SHAPER_WRITE]);
    assert_true(web->rate_bytes_per_s[SHAPER_WRITE] == 10000);
    assert_int_equal(web->burst_bytes[SHAPER_WRITE], 2000);
    assert_int_equal(all->tick_ms, 1000);
    assert_true(!all->has_group && all->is_limited[SHAPER_READ] && !all->has_rate[SHAPER_READ]);
    assert_null(sweep_plan_limits(setting, 2));
    attempt_end(&attempt);
}

static void mod_ratelimit_alone_limits_responses(void **state)
{
    (void)state;
    const char *const words[] = {"a.pcap", "--via=ratelimit=60", "--vary=shape=responder,initiator",
                                 NULL};
    struct attempt attempt;

    expect_plan(&attempt, words);
    for (int i = 0; i < 2; i++) {
        const struct sweep_limits *none = sweep_plan_limits(&attempt.plan->settings[i], 0);
        assert_string_equal(attempt.plan->groups[0], "-");
        assert_int_equal(none->tick_ms, 200);
        assert_false(none->has_group || none->has_rate[SHAPER_READ] ||
                     none->has_rate[SHAPER_WRITE]);
        assert_true(none->is_limited[SHAPER_READ] == (i == 1));
        assert_true(none->is_limited[SHAPER_WRITE] == (i == 0));
    }
    attempt_end(&attempt);
}

static void the_window_is_whole_in_all_ticks(void **state)
{
    (void)state;
    static const struct {
        const char *ticks, *window;
        int64_t expected_ms;
    } rows[] = {
        {"10ms", "100ms", 100},      {"1ms,10ms,100ms", "100ms", 100},
        {"20ms,30ms", "100ms", 120}, {"10ms,500ms", "100ms", 500},
        {"10ms,500ms", "1s", 1000},  {"7ms,11ms", "100ms", 154},
        {"10ms", "101500us", 110},   {"10ms", "1us", 10},
        {"1ms", "9000h", 0}, /* longer than a run can be asked for */
    };
    char tick[64], window[64];
    const char *const words[] = {"a.pcap", "--rate=1gbit", "--vary", tick, window, NULL};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct attempt attempt;
        snprintf(tick, sizeof(tick), "tick=%s", rows[i].ticks);
        snprintf(window, sizeof(window), "--fairness-window=%s", rows[i].window);
        expect_plan(&attempt, words);
        assert_int_equal(attempt.plan->compared_window_ms, rows[i].expected_ms);
        attempt_end(&attempt);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_in_the_order_of_the_command_line),
        cmocka_unit_test(linked_values_go_together),
        cmocka_unit_test(linked_values_change_no_other_run),
        cmocka_unit_test(a_command_is_what_the_run_says_of_itself),
        cmocka_unit_test(ids_are_safe_and_bounded),
        cmocka_unit_test(samples_follow_from_the_seed),
        cmocka_unit_test(settings_are_checked_before_anything_starts),
        cmocka_unit_test(what_is_impossible_is_left_out),
        cmocka_unit_test(limits_are_known_as_numbers),
        cmocka_unit_test(mod_ratelimit_alone_limits_responses),
        cmocka_unit_test(the_window_is_whole_in_all_ticks),
    };

    return cmocka_run_group_tests_name("sweep_plan", tests, NULL, NULL);
}
