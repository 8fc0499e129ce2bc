#include "sim/cli/command_names.h"

#include <stddef.h>
#include <string.h>

#include "sim/base/sim.h"
#include "sim/base/suggestion.h"

static const struct {
    enum command command;
    const char *name;
    const char *first, *second; /* NULL: it is one word */
} commands[] = {
    {COMMAND_RUN, "run", "run", NULL},
    {COMMAND_SWEEP, "sweep", "sweep", NULL},
    {COMMAND_ADVISE, "advise", "advise", NULL},
    {COMMAND_VERIFY, "verify", "verify", NULL},
    {COMMAND_REPORT, "report", "report", NULL},
    {COMMAND_TRACE_INFO, "trace info", "trace", "info"},
    {COMMAND_TRACE_SYNTH, "trace synth", "trace", "synth"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* What stands in a command's place without being one. */
static const char *const others[] = {"help", "--help", "--version"};

const char *command_name(enum command command)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].command == command)
            return commands[i].name;
    return "";
}

static int unknown_command(const char *word, char *error)
{
    struct suggestion suggestion = suggestion_of(word);
    char suggested[SUGGESTION_TEXT_BYTES];

    for (size_t i = 0; i < COMMANDS; i++)
        suggestion_try(&suggestion, commands[i].first);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        suggestion_try(&suggestion, others[i]);
    return sim_fail(error, SIM_MISUSE, "%s: not a command; see shapesim --help%s", word,
                    suggestion_text(&suggestion, "", suggested));
}

int command_find(int count, char *const *words, enum command *command, int *taken, char *error)
{
    const char *second = count > 1 ? words[1] : "";
    struct suggestion suggestion = suggestion_of(second);
    char suggested[SUGGESTION_TEXT_BYTES];
    bool has_first = false;

    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(words[0], commands[i].first) != 0)
            continue;
        has_first = true;
        *command = commands[i].command;
        *taken = commands[i].second ? 2 : 1;
        if (!commands[i].second || strcmp(second, commands[i].second) == 0)
            return SIM_OK;
        suggestion_try(&suggestion, commands[i].second);
    }
    if (!has_first)
        return unknown_command(words[0], error);
    return sim_fail(error, SIM_MISUSE, "%s: needs info or synth after it; see shapesim --help%s",
                    words[0], suggestion_text(&suggestion, "trace ", suggested));
}
