/*
 * Generates a text about the options, the manual page or a shell's completion, from the tables that
 * the program itself reads. Run when shapesim is built; not installed.
 *
 *     usage: option_texts man|bash|zsh FRAME TEXT
 *
 * The frame is copied, except for lines that begin with @:
 *
 *     @title DATE@             the manual's title, with the version
 *     @title-files DATE@       likewise of the page on files
 *     @options COMMAND@        the options of a command
 *     @options COMMAND OTHER@  those that another command has not
 *     @columns FILE@           the columns of a file of a run
 *     @sweep-columns KIND@     figures, parameters or windows of a sweep's tables
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/version.h"
#include "sim/cli/option_table.h"
#include "sim/cli/option_texts_man.h"
#include "sim/cli/option_texts_shell.h"

#define LINE_BYTES 512

static const struct {
    const char *name;
    void (*option)(const struct option_row *row);
    void (*begin)(unsigned commands);
    void (*end)(void);
} languages[] = {{"man", man_option, NULL, NULL},
                 {"bash", bash_option, bash_begin, bash_end},
                 {"zsh", zsh_option, NULL, NULL}};

#define LANGUAGES (sizeof(languages) / sizeof(languages[0]))

/* "trace-info", as the words of a line contain no spaces. 0: none. */
static unsigned command_of(const char *name)
{
    static const struct {
        const char *name;
        enum command command;
    } commands[] = {{"run", COMMAND_RUN},
                    {"sweep", COMMAND_SWEEP},
                    {"advise", COMMAND_ADVISE},
                    {"verify", COMMAND_VERIFY},
                    {"report", COMMAND_REPORT},
                    {"trace-info", COMMAND_TRACE_INFO},
                    {"trace-synth", COMMAND_TRACE_SYNTH}};

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].command;
    return 0;
}

static void print_options(size_t language, unsigned commands, unsigned others)
{
    const struct option_entry *entry;

    if (languages[language].begin)
        languages[language].begin(commands);
    for (size_t i = 0; (entry = option_entry(i)); i++)
        if ((entry->row.commands & commands) && !(entry->row.commands & others))
            languages[language].option(&entry->row);
    if (languages[language].end)
        languages[language].end();
}

static bool replace(size_t language, const char *line)
{
    char what[32] = "", name[32] = "", other[32] = "";

    if (sscanf(line, "@%31[a-z-] %31[a-z_.0-9-] %31[a-z-]", what, name, other) < 1)
        return false;
    if (strcmp(what, "title") == 0)
        printf(".TH SHAPESIM 1 %s \"shapesim %s\" \"User Commands\"\n", name, SHAPESIM_VERSION);
    else if (strcmp(what, "title-files") == 0)
        printf(".TH SHAPESIM\\-FILES 5 %s \"shapesim %s\" \"File Formats\"\n", name,
               SHAPESIM_VERSION);
    else if (strcmp(what, "columns") == 0)
        man_columns(name);
    else if (strcmp(what, "sweep-columns") == 0)
        return man_sweep_columns(name);
    else if (strcmp(what, "options") == 0 && command_of(name))
        print_options(language, command_of(name), command_of(other));
    else
        return false;
    return true;
}

static int fill(size_t language, FILE *frame)
{
    char line[LINE_BYTES];

    while (fgets(line, sizeof(line), frame)) {
        if (line[0] != '@') {
            fputs(line, stdout);
        } else if (!replace(language, line)) {
            fprintf(stderr, "option_texts: not understood: %s", line);
            return -1;
        }
    }
    return ferror(frame) || fflush(stdout) != 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    size_t language = 0;

    while (language < LANGUAGES && (argc != 4 || strcmp(argv[1], languages[language].name) != 0))
        language++;
    if (language == LANGUAGES) {
        fputs("usage: option_texts man|bash|zsh FRAME TEXT\n", stderr);
        return EXIT_FAILURE;
    }
    FILE *frame = fopen(argv[2], "r");
    if (!frame || !freopen(argv[3], "w", stdout)) {
        perror(frame ? argv[3] : argv[2]);
        return EXIT_FAILURE;
    }
    int status = fill(language, frame);
    fclose(frame);
    return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
