#include "sim/cli/option_table.h"
#include "sim/cli/options.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define WORDS_MAX 140

/* A command line: words[0] is what options_parse() skips. */
struct line {
    const char *words[WORDS_MAX]; /* ended by NULL */
};

/* One parsing, and what the results borrow from. */
struct attempt {
    struct parsed_options parsed;
    char *argv[WORDS_MAX + 2];
    char text[16 * 1024];
    char error[SIM_ERROR_BYTES];
};

/* The caller frees attempt->parsed in any case. */
static int parse(enum command command, const char *const *words, struct attempt *attempt)
{
    size_t used = 0;
    int argc = 0;

    memset(attempt, 0, sizeof(*attempt));
    attempt->argv[argc++] = attempt->text; /* the command's name, which is not read: "" */
    for (used = 1; *words; words++) {
        size_t bytes = strlen(*words) + 1;
        assert_true(argc <= WORDS_MAX && used + bytes <= sizeof(attempt->text));
        attempt->argv[argc++] = memcpy(attempt->text + used, *words, bytes);
        used += bytes;
    }
    return options_parse(command, argc, attempt->argv, &attempt->parsed, attempt->error);
}

static void expect_ok(enum command command, const char *const *words, struct attempt *attempt)
{
    int status = parse(command, words, attempt);

    assert_string_equal(attempt->error, "");
    assert_int_equal(status, SIM_OK);
}

static void expect_misuse(enum command command, const char *const *words, const char *expected)
{
    struct attempt attempt;

    int status = parse(command, words, &attempt);
    parsed_options_fini(&attempt.parsed);
    assert_string_equal(attempt.error, expected);
    assert_int_equal(status, SIM_MISUSE);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct command_sample {
    enum command command;
    const char *words[8]; /* a line that is good without any option, and with any */
} commands[] = {
    {COMMAND_RUN,
     {"web.pcap", "--rate=1000B/tick", "--flow-rate=1000B/tick", "--transport=tls", "--via=deflate",
      "--write-high=1000"}},
    {COMMAND_TRACE_INFO, {"web.pcap"}},
    {COMMAND_TRACE_SYNTH, {"--output=a.pcap"}},
    {COMMAND_SWEEP, {"web.pcap", "--output=a", "--rate=1000B/tick"}},
};

/* A valid value for an argument of the table: alternative `index` if there are several. False after
 * the last. */
static bool sample_value(enum command command, const char *argument, int index, char value[64])
{
    static const struct {
        const char *argument, *value;
    } samples[] = {
        {"RATE", "1000B/tick"},
        {"SIZE", "1000"},
        {"TIME", "1s"},
        {"DIR", "out"},
        {"FILE", "b.pcap"},
        {"N", "3"},
        {"BPF", "tcp"},
        {"SPEC", "name=a,rate=1mbit"},
        {"KEY=VALUES", "min-share=1,2"},
        {"A-B", "1-3"},
        {"KEY,...", "jain"},
        {"NUMBER", "1.7"},
        {"TIME:EVENT", "1s:group=all,rate=500B/tick"},
        {"TRAFFIC", "group=all,write=1mbit"},
        {"FILTER", "overhead=40:1460"},
        {"N:BPF", "1:tcp"},
        {"DEMAND", "p99<=300ms"},
    };
    const char *at = argument;

    for (; index > 0 && at; index--)
        at = (at = strchr(at, '|')) ? at + 1 : NULL;
    if (!at)
        return false;
    snprintf(value, 64, "%.*s", (int)strcspn(at, "|"), at);
    if (!isupper((unsigned char)*value))
        return true; /* a word of a list */
    for (size_t i = 0; i < COUNT(samples); i++)
        if (strcmp(value, samples[i].argument) == 0) {
            bool per_second = command == COMMAND_TRACE_SYNTH && strcmp(value, "RATE") == 0;
            snprintf(value, 64, "%s", per_second ? "1mbit" : samples[i].value);
            return true;
        }
    fail_msg("no sample for an argument called %s", value);
    return false;
}

/* In place of the same option of the line. */
static void parse_with(const struct command_sample *sample, const struct option_row *row,
                       const char *first, const char *second)
{
    const char *words[10] = {NULL};
    struct attempt attempt;
    char same[64];
    size_t n = 0;

    snprintf(same, sizeof(same), "--%s=", row->name);
    for (const char *const *word = sample->words; *word; word++)
        if (strncmp(*word, same, strlen(same)) != 0)
            words[n++] = *word;
    words[n++] = first;
    words[n] = second;
    expect_ok(sample->command, words, &attempt);
    parsed_options_fini(&attempt.parsed);
}

/* The good line for an option: schedulers of our own and TLS exclude each other, as do a mark of
 * the application and a lower one of its filters. */
static const struct command_sample *sample_for(const struct option_row *row, size_t command)
{
    static const struct command_sample scheduled = {
        COMMAND_RUN, {"web.pcap", "--rate=1000B/tick", "--scheduler=drr"}};
    static const struct command_sample copied = {COMMAND_RUN,
                                                 {"web.pcap", "--rate=1000B/tick", "--copies=2"}};
    static const struct command_sample filtered = {
        COMMAND_RUN, {"web.pcap", "--rate=1000B/tick", "--via=deflate", "--write-high=999"}};
    bool is_spread = strcmp(row->name, "spread") == 0 && (row->commands & COMMAND_RUN);
    bool is_scheduling = strcmp(row->name, "scheduler") == 0 || strcmp(row->name, "weight") == 0;

    if (is_spread)
        return &copied;
    if (strcmp(row->name, "filter-high") == 0)
        return &filtered;
    return is_scheduling ? &scheduled : &commands[command];
}

static void every_row_takes_a_sample(void **state)
{
    (void)state;
    const struct option_row *row;
    size_t rows = 0;

    for (; (row = options_table(rows)); rows++)
        for (size_t c = 0; c < COUNT(commands); c++) {
            const struct command_sample *sample = sample_for(row, c);
            char name[64], joined[160], letter[3], value[64];
            if (!(row->commands & commands[c].command) || strcmp(row->name, "collect") == 0)
                continue; /* --collect goes with no trace */
            snprintf(name, sizeof(name), "--%s", row->name);
            snprintf(letter, sizeof(letter), "-%c", row->letter);
            if (!row->argument) {
                parse_with(sample, row, name, NULL);
                if (row->letter)
                    parse_with(sample, row, letter, NULL);
                continue;
            }
            for (int i = 0; sample_value(commands[c].command, row->argument, i, value); i++) {
                parse_with(sample, row, name, value);
                snprintf(joined, sizeof(joined), "%s=%s", name, value);
                parse_with(sample, row, joined, NULL);
                if (row->letter)
                    parse_with(sample, row, letter, value);
            }
        }
    assert_true(rows > 30);
    assert_null(options_table(rows + 1));
}

static void every_row_misses_its_value(void **state)
{
    (void)state;
    const struct option_row *row;

    for (size_t i = 0; (row = options_table(i)); i++)
        for (size_t c = 0; c < COUNT(commands); c++) {
            static const char *const names[] = {"run", "trace info", "trace synth", "sweep"};
            char name[64], expected[160];
            if (!(row->commands & commands[c].command) || !row->argument ||
                (option_entry(i)->traits & OPTION_OPTIONAL))
                continue;
            snprintf(name, sizeof(name), "--%s", row->name);
            const char *const words[] = {"web.pcap", name, NULL};
            snprintf(expected, sizeof(expected), "%s: needs a value; see shapesim %s --help", name,
                     names[c]);
            expect_misuse(commands[c].command, words, expected);
        }
}

/* A word that is not one of the values is an operand. */
static void an_optional_value_may_follow(void **state)
{
    (void)state;
    static const struct {
        const char *words[4];
        bool prints_slurm;
        size_t traces;
    } cases[] = {{{"a.pcap", "--print-jobs"}, false, 1},
                 {{"--print-jobs", "a.pcap"}, false, 1},
                 {{"a.pcap", "--print-jobs", "slurm"}, true, 1},
                 {{"--print-jobs", "slurm", "a.pcap"}, true, 1},
                 {{"--print-jobs=slurm", "a.pcap", "slurm"}, true, 2}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct attempt attempt;
        const char *words[8] = {"--output=a", "--rate=1000B/tick", "--vary=min-share=1,2"};
        for (size_t w = 0; w < COUNT(cases[i].words) && cases[i].words[w]; w++)
            words[3 + w] = cases[i].words[w];
        assert_int_equal(parse(COMMAND_SWEEP, words, &attempt), SIM_OK);
        assert_true(attempt.parsed.sweep.print_jobs);
        assert_int_equal(attempt.parsed.sweep.prints_slurm, cases[i].prints_slurm);
        assert_int_equal(attempt.parsed.sweep.trace_count, cases[i].traces);
        parsed_options_fini(&attempt.parsed);
    }
    const char *const wrong[] = {"a.pcap", "--print-jobs=slrm", NULL};
    expect_misuse(COMMAND_SWEEP, wrong, "--print-jobs slrm: not one of slurm; did you mean slurm?");
}

static void rows_are_unique_and_described(void **state)
{
    (void)state;
    const struct option_row *row, *other;

    for (size_t i = 0; (row = options_table(i)); i++) {
        assert_true(row->commands != 0);
        assert_true(strlen(row->help) > 0 && strlen(row->section) > 0);
        for (size_t j = 0; j < i && (other = options_table(j)); j++)
            if (row->commands & other->commands) {
                assert_string_not_equal(row->name, other->name);
                assert_true(!row->letter || row->letter != other->letter);
            }
    }
}

static void words_are_the_small_ones_of_an_argument(void **state)
{
    (void)state;
    static const struct {
        const char *argument, *words[8];
    } rows[] = {{NULL, {NULL}},
                {"SIZE", {NULL}},
                {"KEY,...", {NULL}},
                {"TIME:EVENT", {NULL}},
                {"pair|socket|tls", {"pair", "socket", "tls"}},
                {"SIZE|tick|burst", {"tick", "burst"}},
                {"all|none|N", {"all", "none"}},
                {"1.2|1.3", {"1.2", "1.3"}},
                {"svg,png,pdf", {"svg", "png", "pdf"}}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        char word[OPTION_WORD_BYTES];
        size_t n = 0;
        for (; option_word(rows[i].argument, n, word); n++)
            assert_string_equal(word, rows[i].words[n]);
        assert_null(rows[i].words[n]);
    }
}

/* --- help ------------------------------------------------------------------------------------- */

/* Each stretch of white space as one space: what is wrapped can be looked for. The caller frees. */
static char *help_on_one_line(enum command command)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);

    assert_non_null(stream);
    options_print_help(command, stream);
    fclose(stream);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 96);
    char *to = text;
    for (const char *at = text; *at; at++)
        if (!isspace((unsigned char)*at))
            *to++ = *at;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    *to = '\0';
    return text;
}

static void help_describes_every_option(void **state)
{
    (void)state;

    for (size_t c = 0; c < COUNT(commands); c++) {
        char *help = help_on_one_line(commands[c].command);
        const struct option_row *row;
        for (size_t i = 0; (row = options_table(i)); i++) {
            char line[512], flag[80];
            snprintf(flag, sizeof(flag), "--%s ", row->name);
            snprintf(line, sizeof(line), "--%s%s%s %s ", row->name, row->argument ? " " : "",
                     row->argument ? row->argument : "", row->help);
            if (row->commands & commands[c].command)
                assert_non_null(strstr(help, line));
            snprintf(line, sizeof(line), " -%c, --%s ", row->letter, row->name);
            if ((row->commands & commands[c].command) && row->letter)
                assert_non_null(strstr(help, line));
            snprintf(line, sizeof(line), " %s: ", row->section);
            if (row->commands & commands[c].command)
                assert_non_null(strstr(help, line));
        }
        assert_memory_equal(help, "Usage: shapesim ", 16);
        free(help);
    }
}

static void help_needs_nothing_else(void **state)
{
    (void)state;
    static const struct line lines[] = {
        {{"--help"}}, {{"-h"}}, {{"-h", "--rate", "1mbit"}}, {{"a", "b", "-h"}}};

    for (size_t i = 0; i < COUNT(lines); i++)
        for (size_t c = 0; c < COUNT(commands); c++) {
            struct attempt attempt;
            if (commands[c].command == COMMAND_TRACE_INFO && i == 2)
                continue; /* has no --rate */
            expect_ok(commands[c].command, lines[i].words, &attempt);
            assert_true(attempt.parsed.wants_help);
            parsed_options_fini(&attempt.parsed);
        }
}

/* --- values ----------------------------------------------------------------------------------- */

static void a_run_has_defaults(void **state)
{
    (void)state;
    static const char *const words[] = {"dir/web.pcap", NULL};
    struct attempt attempt;

    expect_ok(COMMAND_RUN, words, &attempt);
    const struct run_config *run = &attempt.parsed.run;
    assert_int_equal(attempt.parsed.command, COMMAND_RUN);
    assert_false(attempt.parsed.wants_help);
    assert_string_equal(run->trace, "dir/web.pcap");
    assert_null(run->output_directory);
    assert_false(run->force || run->quiet || run->shape_initiator || run->skip_idle_ticks);
    assert_int_equal(run->seed, 1);
    assert_int_equal(run->transport, SHAPER_TRANSPORT_PAIR);
    assert_int_equal(run->clock, SIM_CLOCK_VIRTUAL);
    assert_true(run->is_closed_loop);
    assert_null(run->source.filter);
    assert_int_equal(run->source.count, COUNT_STREAM);
    assert_int_equal(run->source.idle_timeout_us, 300000000);
    assert_int_equal(run->source.max_gap_us, 0);
    assert_int_equal(run->source.max_flows, 100000);
    assert_int_equal(run->source.schedule.copies, 1);
    assert_int_equal(run->source.schedule.spread_us, 1000000);
    assert_int_equal(run->source.schedule.speed_milli, 1000);
    assert_int_equal(run->max_time_us, 0);
    assert_int_equal(run->flow_ticks, 20);
    assert_int_equal(run->groups, 0);
    assert_int_equal(run_config_alignment_ms(run), 1);
    parsed_options_fini(&attempt.parsed);
}

static void a_run_takes_its_options(void **state)
{
    (void)state;
    static const char *const words[] = {"-o",
                                        "out",
                                        "--force",
                                        "-q",
                                        "--seed=7",
                                        "--transport=socket",
                                        "--clock=real",
                                        "--replay=open",
                                        "--receive-window=64KiB",
                                        "--shape",
                                        "initiator",
                                        "--filter",
                                        "udp",
                                        "--responder",
                                        "dst port 8443",
                                        "-",
                                        "--count=wire",
                                        "--idle-timeout=2s",
                                        "--max-gap=3s",
                                        "--max-flows=1000000000",
                                        "--copies=1000",
                                        "--spread=20ms",
                                        "--speed=0.125",
                                        "--max-time=4s",
                                        "--idle-ticks=skip",
                                        "--flow-ticks=all",
                                        "--group",
                                        "name=web,match=tcp,rate=10B/tick,tick=4ms",
                                        "--rate=20B/tick",
                                        "--tick=6ms",
                                        "--flow-rate=5B/tick",
                                        "--flow-tick=10ms",
                                        NULL};
    struct attempt attempt;

    expect_ok(COMMAND_RUN, words, &attempt);
    const struct run_config *run = &attempt.parsed.run;
    assert_string_equal(run->trace, "-");
    assert_string_equal(run->output_directory, "out");
    assert_true(run->force && run->quiet && run->shape_initiator && run->skip_idle_ticks);
    assert_false(run->is_closed_loop);
    assert_int_equal(run->receive_window_bytes, 65536);
    assert_int_equal(run->seed, 7);
    assert_int_equal(run->transport, SHAPER_TRANSPORT_SOCKET);
    assert_int_equal(run->clock, SIM_CLOCK_REAL);
    assert_string_equal(run->source.filter, "udp");
    assert_string_equal(run->source.responder, "dst port 8443");
    assert_int_equal(run->source.count, COUNT_WIRE);
    assert_int_equal(run->source.idle_timeout_us, 2000000);
    assert_int_equal(run->source.max_gap_us, 3000000);
    assert_int_equal(run->source.max_flows, 1000000000);
    assert_int_equal(run->source.schedule.copies, 1000);
    assert_int_equal(run->source.schedule.spread_us, 20000);
    assert_int_equal(run->source.schedule.speed_milli, 125);
    assert_int_equal(run->source.schedule.seed, 7);
    assert_int_equal(run->max_time_us, 4000000);
    assert_true(run->flow_ticks == FLOW_TICKS_ALL);
    assert_int_equal(run->groups, 2); /* "all" is the last */
    assert_string_equal(run->specs[0].name, "web");
    assert_string_equal(run->specs[0].match, "tcp");
    assert_int_equal(run->limits[0].group.rate_bytes_per_tick[SHAPER_WRITE], 10);
    assert_string_equal(run->specs[1].name, "all");
    assert_null(run->specs[1].match);
    assert_int_equal(run->limits[1].group.rate_bytes_per_tick[SHAPER_READ], 20);
    assert_int_equal(run->limits[1].per_flow.tick_ms, 10);
    assert_int_equal(run_config_alignment_ms(run), 60); /* of 4, 6 and 10 */
    parsed_options_fini(&attempt.parsed);
}

/* The group "-" has ticks, and limits of each response, only where nothing else limits. */
static void mod_ratelimit_alone_has_ticks(void **state)
{
    (void)state;
    static const char *const alone[] = {"a.pcap", "--via=ratelimit=90", "--via=overhead=4:100",
                                        "--via=ratelimit=60,initial-burst=2", NULL};
    static const char *const initiator[] = {"a.pcap", "--via=ratelimit=60", "--shape=initiator",
                                            "--at=1s:flow=1,rate=10kB/s,tick=300ms", NULL};
    static const char *const beside[] = {"a.pcap", "--via=ratelimit=60", "--flow-rate=10kB/s",
                                         NULL};
    static const char *const without[] = {"a.pcap", "--via=deflate", NULL};
    struct attempt attempt;
    const struct run_config *run = &attempt.parsed.run;
    const struct group_limits *limits = &run->limits[0];

    expect_ok(COMMAND_RUN, alone, &attempt);
    assert_int_equal(run->groups, 1);
    assert_string_equal(run->specs[0].name, "-");
    assert_true(limits->has_ratelimit && !limits->has_group && !limits->has_per_flow);
    assert_int_equal(limits->tick_ms, 200);
    assert_int_equal(limits->ratelimit.tick_ms, 200);
    assert_int_equal(limits->ratelimit.rate_bytes_per_tick[SHAPER_READ], SHAPER_LIMIT_MAX_BYTES);
    assert_int_equal(limits->ratelimit.rate_bytes_per_tick[SHAPER_WRITE], 12288);
    assert_int_equal(limits->ratelimit.burst_bytes[SHAPER_WRITE], 12288 + 2048);
    assert_int_equal(run_config_alignment_ms(run), 200);
    assert_int_equal(run_config_shortest_tick_ms(run), 200);
    parsed_options_fini(&attempt.parsed);

    expect_ok(COMMAND_RUN, initiator, &attempt);
    assert_int_equal(limits->ratelimit.rate_bytes_per_tick[SHAPER_READ], 12288);
    assert_int_equal(limits->ratelimit.rate_bytes_per_tick[SHAPER_WRITE], SHAPER_LIMIT_MAX_BYTES);
    assert_int_equal(run_config_alignment_ms(run), 600);
    parsed_options_fini(&attempt.parsed);

    expect_ok(COMMAND_RUN, beside, &attempt);
    assert_int_equal(run->groups, 1);
    assert_string_equal(run->specs[0].name, "all");
    assert_false(limits->has_ratelimit);
    parsed_options_fini(&attempt.parsed);

    expect_ok(COMMAND_RUN, without, &attempt);
    assert_int_equal(run->groups, 0);
    parsed_options_fini(&attempt.parsed);
}

static void info_takes_its_options(void **state)
{
    (void)state;
    static const char *const plain[] = {"a.pcap", NULL};
    static const char *const words[] = {"a.pcap",       "--csv",         "--flows=none",
                                        "--filter=tcp", "--count=ip",    "--idle-timeout=1m",
                                        "--max-gap=5s", "--max-flows=7", NULL};
    struct attempt attempt;

    expect_ok(COMMAND_TRACE_INFO, plain, &attempt);
    assert_string_equal(attempt.parsed.info.trace, "a.pcap");
    assert_int_equal(attempt.parsed.info.flows, 20);
    assert_false(attempt.parsed.info.csv);
    assert_int_equal(attempt.parsed.info.source.idle_timeout_us, 300000000);
    assert_int_equal(attempt.parsed.info.source.max_flows, 100000);
    assert_int_equal(attempt.parsed.info.source.count, COUNT_STREAM);
    parsed_options_fini(&attempt.parsed);

    expect_ok(COMMAND_TRACE_INFO, words, &attempt);
    assert_int_equal(attempt.parsed.info.flows, 0);
    assert_true(attempt.parsed.info.csv);
    assert_int_equal(attempt.parsed.info.source.idle_timeout_us, 60000000);
    assert_int_equal(attempt.parsed.info.source.max_gap_us, 5000000);
    assert_int_equal(attempt.parsed.info.source.max_flows, 7);
    assert_int_equal(attempt.parsed.info.source.count, COUNT_IP);
    assert_string_equal(attempt.parsed.info.source.filter, "tcp");
    parsed_options_fini(&attempt.parsed);
}

static void expect_spec(const struct synth_spec *spec, const struct synth_spec *expected)
{
    assert_int_equal(spec->source, expected->source);
    assert_int_equal(spec->direction, expected->direction);
    assert_int_equal(spec->protocol, expected->protocol);
    assert_int_equal(spec->flows, expected->flows);
    assert_int_equal(spec->rate_bytes_per_s, expected->rate_bytes_per_s);
    assert_int_equal(spec->packet_bytes, expected->packet_bytes);
    assert_int_equal(spec->duration_us, expected->duration_us);
    assert_int_equal(spec->spread_us, expected->spread_us);
    assert_int_equal(spec->on_us, expected->on_us);
    assert_int_equal(spec->off_us, expected->off_us);
    assert_int_equal(spec->pareto_shape_milli, expected->pareto_shape_milli);
    assert_int_equal(spec->snaplen_bytes, expected->snaplen_bytes);
    assert_int_equal(spec->seed, expected->seed);
}

static void synth_takes_its_options(void **state)
{
    (void)state;
    static const char *const plain[] = {"-o", "a.pcap", NULL};
    static const char *const words[] = {
        "--source=pareto",     "--flows=5",      "--rate=10mbit", "--packet=1kB", "--duration=1m",
        "--direction=both",    "--protocol=udp", "--spread=2s",   "--on=3s",      "--off=4s",
        "--pareto-shape=1.25", "--snaplen=96",   "--seed=9",      "--output=-",   NULL};
    struct attempt attempt;
    struct synth_spec defaults;
    const struct synth_spec expected = {.source = SYNTH_PARETO,
                                        .direction = SYNTH_BOTH,
                                        .protocol = SYNTH_UDP,
                                        .flows = 5,
                                        .rate_bytes_per_s = 1250000,
                                        .packet_bytes = 1000,
                                        .duration_us = 60000000,
                                        .spread_us = 2000000,
                                        .on_us = 3000000,
                                        .off_us = 4000000,
                                        .pareto_shape_milli = 1250,
                                        .snaplen_bytes = 96,
                                        .seed = 9};

    synth_spec_init(&defaults);
    expect_ok(COMMAND_TRACE_SYNTH, plain, &attempt);
    assert_string_equal(attempt.parsed.synth.output, "a.pcap");
    expect_spec(&attempt.parsed.synth.spec, &defaults);
    parsed_options_fini(&attempt.parsed);

    expect_ok(COMMAND_TRACE_SYNTH, words, &attempt);
    assert_string_equal(attempt.parsed.synth.output, "-");
    expect_spec(&attempt.parsed.synth.spec, &expected);
    parsed_options_fini(&attempt.parsed);
}

/* --- misuse ----------------------------------------------------------------------------------- */

static const struct {
    enum command command;
    struct line line;
    const char *error;
} misuse_rows[] = {
    {COMMAND_RUN, {{NULL}}, "run: no trace; give a capture file, or - for standard input"},
    {COMMAND_TRACE_INFO,
     {{NULL}},
     "trace info: no trace; give a capture file, or - for standard input"},
    {COMMAND_TRACE_SYNTH, {{NULL}}, "trace synth: no output; add -o FILE"},
    {COMMAND_TRACE_SYNTH, {{"a.pcap"}}, "trace synth: unexpected 'a.pcap'; the file goes after -o"},
    {COMMAND_RUN,
     {{"a.pcap", "b.pcap", "a.pcap"}},
     "run: 'a.pcap' is given twice; files are joined to one trace, give each once"},
    {COMMAND_RUN,
     {{"a.pcap", "--bogus"}},
     "--bogus: not an option of run (or short for several); see shapesim run --help"},
    {COMMAND_RUN,
     {{"--bogus=5", "a.pcap"}},
     "--bogus=5: not an option of run (or short for several); see shapesim run --help"},
    {COMMAND_RUN,
     {{"a.pcap", "-x"}},
     "-x: not an option of run (or short for several); see shapesim run --help"},
    {COMMAND_RUN,
     {{"a.pcap", "--flow", "1mbit"}}, /* --flow-rate, --flow-burst, ... */
     "--flow: not an option of run (or short for several); see shapesim run --help"},
    {COMMAND_TRACE_INFO,
     {{"a.pcap", "--rate", "1mbit"}}, /* of another command */
     "--rate: not an option of trace info (or short for several); see shapesim trace info "
     "--help"},
    {COMMAND_RUN, {{"a.pcap", "-o"}}, "-o: needs a value; see shapesim run --help"},
    {COMMAND_RUN, {{"a.pcap", "-o", ""}}, "--output: names nothing; give a path"},
    {COMMAND_RUN, {{"a.pcap", "--clock", "wall"}}, "--clock wall: not one of virtual, real"},
    {COMMAND_RUN, {{"a.pcap", "--count", ""}}, "--count : not one of stream, payload, ip, wire"},
    {COMMAND_RUN,
     {{"a.pcap", "--seed=-1"}},
     "--seed -1: write a whole number from 0 to 1000000000000"},
    {COMMAND_RUN,
     {{"a.pcap", "--seed=1000000000001"}},
     "--seed 1000000000001: write a whole number from 0 to 1000000000000"},
    {COMMAND_RUN,
     {{"a.pcap", "--max-time=0s"}},
     "--max-time 0s: must be above 0; leave it out for no limit"},
    {COMMAND_RUN,
     {{"a.pcap", "--flow-ticks=some"}},
     "--flow-ticks some: write all, none or a number up to 1000000"},
    {COMMAND_RUN,
     {{"a.pcap", "--flow-ticks=1000001"}},
     "--flow-ticks 1000001: write all, none or a number up to 1000000"},
    {COMMAND_RUN,
     {{"a.pcap", "--rate=10"}},
     "--rate 10: a rate needs a unit; write 10mbit (bits per second), 10MB/s (bytes per "
     "second) "
     "or 10B/tick (libevent's own)"},
    {COMMAND_RUN,
     {{"a.pcap", "--burst=10kB"}},
     "--burst, tick and min-share limit nothing without a rate; add --rate=10mbit"},
    {COMMAND_RUN,
     {{"a.pcap", "--rate=1mbit", "--min-share=0"}},
     "--min-share 0: where a share is below 1 byte, a socket reads none, takes that for an end of "
     "file and breaks (--transport socket shows it), and TLS waits without end; use 1 or more"},
    {COMMAND_RUN,
     {{"a.pcap", "--group=name=a,rate=1mbit", "--group=name=a,rate=2mbit"}},
     "--group name=a: the name is taken; give each group its own"},
    {COMMAND_RUN,
     {{"a.pcap", "--group=name=all,rate=1mbit", "--rate=2mbit"}},
     "--group name=all: the name is taken; give each group its own"},
    {COMMAND_RUN,
     {{"a.pcap", "--group=name=a,rate=1B/tick,tick=86399999ms",
       "--group=name=b,rate=1B/tick,tick=86399989ms"}},
     "the tick lengths have no common multiple within a thousand years; use lengths that share "
     "a factor, such as 10ms and 25ms"},
    /* 4999999 * 5999993 ms is below that, times 86399999 above 2^63 */
    {COMMAND_RUN,
     {{"a.pcap", "--group=name=a,rate=1B/tick,tick=4999999ms",
       "--group=name=b,rate=1B/tick,tick=5999993ms", "--rate=1B/tick", "--tick=86399999ms"}},
     "the tick lengths have no common multiple within a thousand years; use lengths that share "
     "a factor, such as 10ms and 25ms"},
    {COMMAND_RUN,
     {{"a.pcap", "--seed=3", "--rate=1mbit", "--seed=4"}},
     "--seed: given twice, as '3' and as '4'; leave one out"},
    {COMMAND_SWEEP,
     {{"a.pcap", "-o", "a", "--rate=1mbit", "--output=b"}},
     "--output: given twice, as 'a' and as 'b'; leave one out"},
    {COMMAND_VERIFY,
     {{"a", "--min-jain=0.9", "--min-jain=0.90"}},
     "--min-jain: given twice, as '0.9' and as '0.90'; leave one out"},
    {COMMAND_RUN,
     {{"a.pcap", "--brust=3"}},
     "--brust=3: not an option of run (or short for several); see shapesim run --help; did you "
     "mean "
     "--burst?"},
    /* another flag behind it in one word */
    {COMMAND_RUN,
     {{"a.pcap", "-xq"}},
     "-x: not an option of run (or short for several); see shapesim run --help"},
    {COMMAND_TRACE_SYNTH,
     {{"-o", "a", "--pareto-shape=1.50000000000000000000000x"}},
     "--pareto-shape 1.50000000000000000000000x: write a number above 1 with up to three "
     "decimals, like 1.5"},
    {COMMAND_TRACE_SYNTH,
     {{"-o", "a", "--rate=10B/tick"}},
     "--rate 10B/tick: not a whole number of bytes per second"},
    {COMMAND_TRACE_SYNTH,
     {{"-o", "a", "--rate=0.001kbit"}},
     "--rate 0.001kbit: not a whole number of bytes per second"},
    {COMMAND_TRACE_SYNTH,
     {{"-o", "a", "--flows=0"}},
     "--flows 0: write a whole number from 1 to 1000000"},
    {COMMAND_TRACE_SYNTH,
     {{"-o", "a", "--snaplen=262145"}},
     "--snaplen 262145: at most 262144 bytes"},
    {COMMAND_TRACE_SYNTH,
     {{"-o", "a", "--pareto-shape=1.5555"}},
     "--pareto-shape 1.5555: write a number above 1 with up to three decimals, like 1.5"},
    {COMMAND_TRACE_SYNTH,
     {{"-o", "a", "--pareto-shape=x"}},
     "--pareto-shape x: write a number above 1 with up to three decimals, like 1.5"},
};

static void misuse_says_what_and_where_to_look(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(misuse_rows); i++)
        expect_misuse(misuse_rows[i].command, misuse_rows[i].line.words, misuse_rows[i].error);
}

static void sixty_three_groups_and_all_fit(void **state)
{
    (void)state;
    static char specs[GROUPS_MAX][64];
    const char *words[WORDS_MAX] = {"a.pcap", "--rate=1mbit"};
    struct attempt attempt;

    for (int i = 0; i < GROUPS_MAX; i++) {
        snprintf(specs[i], sizeof(specs[i]), "--group=name=g%d,match=tcp,rate=1mbit", i);
        words[2 + i] = specs[i];
    }
    expect_misuse(COMMAND_RUN, words, "--group name=g63,match=tcp,rate=1mbit: more than 63 groups");
    words[2 + GROUPS_MAX - 1] = NULL;
    expect_ok(COMMAND_RUN, words, &attempt);
    assert_int_equal(attempt.parsed.run.groups, GROUPS_MAX);
    assert_string_equal(attempt.parsed.run.specs[GROUPS_MAX - 1].name, "all");
    assert_string_equal(attempt.parsed.run.specs[GROUPS_MAX - 2].name, "g62");
    parsed_options_fini(&attempt.parsed);
}

/* --- the recorded command --------------------------------------------------------------------- */

static void the_command_is_recorded(void **state)
{
    (void)state;
    static const struct {
        struct line line;
        const char *command;
    } rows[] = {
        {{{"web.pcap"}}, "shapesim run web.pcap"},
        {{{"-"}}, "shapesim run -"},
        {{{"some/dir/web.pcap"}}, "shapesim run web.pcap"},
        {{{"/web.pcap"}}, "shapesim run web.pcap"},
        /* where the files go decides nothing */
        {{{"-o", "out", "--force", "--quiet", "web.pcap"}}, "shapesim run web.pcap"},
        {{{"--output=out", "-q", "web.pcap", "--seed=2"}}, "shapesim run web.pcap --seed 2"},
        /* in the order and with the values typed, names in full */
        {{{"--tick", "10ms", "web.pcap", "--rate=10mbit"}},
         "shapesim run web.pcap --tick 10ms --rate 10mbit"},
        {{{"web.pcap", "--see=3", "--cou", "ip"}}, "shapesim run web.pcap --seed 3 --count ip"},
        {{{"web.pcap", "--seed=3", "--seed=3"}}, "shapesim run web.pcap --seed 3 --seed 3"},
        /* quoted as a shell needs it */
        {{{"web.pcap", "--filter", "tcp port 80"}}, "shapesim run web.pcap --filter 'tcp port 80'"},
        {{{"web.pcap", "--filter", ""}}, "shapesim run web.pcap --filter ''"},
        {{{"web.pcap", "--filter", "it's $HOME"}},
         "shapesim run web.pcap --filter 'it'\\''s $HOME'"},
        {{{"web.pcap", "--group", "name=w,match=tcp[0]&7,rate=1MB/s"}},
         "shapesim run web.pcap --group 'name=w,match=tcp[0]&7,rate=1MB/s'"},
        {{{"web.pcap", "--group", "name=w,rate=1MB/s"}},
         "shapesim run web.pcap --group name=w,rate=1MB/s"},
        {{{"dir/my web.pcap"}}, "shapesim run 'my web.pcap'"},
        {{{"--", "-web.pcap"}}, "shapesim run ./-web.pcap"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct attempt attempt;
        expect_ok(COMMAND_RUN, rows[i].line.words, &attempt);
        assert_string_equal(attempt.parsed.run.command, rows[i].command);
        parsed_options_fini(&attempt.parsed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_takes_a_sample),
        cmocka_unit_test(every_row_misses_its_value),
        cmocka_unit_test(an_optional_value_may_follow),
        cmocka_unit_test(rows_are_unique_and_described),
        cmocka_unit_test(words_are_the_small_ones_of_an_argument),
        cmocka_unit_test(help_describes_every_option),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(a_run_has_defaults),
        cmocka_unit_test(a_run_takes_its_options),
        cmocka_unit_test(mod_ratelimit_alone_has_ticks),
        cmocka_unit_test(info_takes_its_options),
        cmocka_unit_test(synth_takes_its_options),
        cmocka_unit_test(misuse_says_what_and_where_to_look),
        cmocka_unit_test(sixty_three_groups_and_all_fit),
        cmocka_unit_test(the_command_is_recorded),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
