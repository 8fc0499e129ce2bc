/*
 * The command line: a text is cut into words as a shell would, the first of which is the command.
 * What run is asked for is checked as a whole (limits, groups, events, filters); axes of a sweep
 * are read.
 */
#include "sim/cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/shell_words.h"
#include "sim/sweep/sweep_axis.h"
#include "tests/fuzzing/fuzzing.h"

static bool command_of(const char *word, enum command *command)
{
    static const struct {
        const char *word;
        enum command command;
    } commands[] = {
        {"run", COMMAND_RUN},         {"sweep", COMMAND_SWEEP},       {"verify", COMMAND_VERIFY},
        {"info", COMMAND_TRACE_INFO}, {"synth", COMMAND_TRACE_SYNTH}, {"report", COMMAND_REPORT},
    };

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        *command = commands[i].command;
        if (strcmp(word, commands[i].word) == 0)
            return true;
    }
    return false;
}

static void check_run(const struct run_config *run)
{
    char warning[WARNING_BYTES];

    for (size_t i = 0; i < run->groups; i++) {
        const struct group_limits *limits = &run->limits[i];
        fuzz_holds(strlen(run->specs[i].name) > 0, "a group has a name");
        for (int d = 0; limits->has_group && d < SHAPER_DIRECTIONS; d++)
            fuzz_holds(limits->group.rate_bytes_per_tick[d] > 0 &&
                           limits->group.burst_bytes[d] >= limits->group.rate_bytes_per_tick[d],
                       "a burst holds a tick's worth");
        for (int w = 0; group_warning(run->specs[i].name, limits, w, warning); w++)
            ;
    }
    for (size_t i = 1; i < run->event_count; i++)
        fuzz_holds(run->events[i].time_us >= run->events[i - 1].time_us, "events are in order");
    fuzz_holds(run_config_alignment_ms(run) >= 1 && run_config_shortest_tick_ms(run) >= 1,
               "ticks take time");
}

static void check_sweep(const struct sweep_config *sweep, char *error)
{
    for (size_t i = 0; i < sweep->vary_count; i++) {
        struct sweep_axis axis;
        int status = sweep_axis_parse(sweep->vary[i], &axis, error);
        fuzz_holds(status != SIM_OK || axis.count > 0, "an axis has a value");
        sweep_axis_fini(&axis);
    }
}

static void parse(int count, char **words)
{
    static struct parsed_options parsed;
    char error[SIM_ERROR_BYTES] = "";
    enum command command;

    if (count == 0 || !command_of(words[0], &command))
        return;
    int status = options_parse(command, count, words, &parsed, error);
    fuzz_holds(status == SIM_OK || (error[0] && !strchr(error, '\n')), "an error is one line");
    if (status == SIM_OK && command == COMMAND_RUN && !parsed.wants_help)
        check_run(&parsed.run);
    if (status == SIM_OK && command == COMMAND_SWEEP)
        check_sweep(&parsed.sweep, error);
    parsed_options_fini(&parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    char **words;
    int count;

    if (shell_words_split(text, &words, &count) == 0) {
        parse(count, words);
        shell_words_free(words);
    }
    free(text);
    return 0;
}
