/*
 * Fills a text that tells of the options, the manual page or a shell's completion, from the tables
 * that the program itself reads. Run when shapesim is built; not installed.
 *
 *     usage: option_texts man|bash|zsh FRAME TEXT
 *
 * The frame is copied, but for lines that begin with @:
 *
 *     @title DATE@             the manual's title, with the version
 *     @options COMMAND@        the options of a command
 *     @options COMMAND OTHER@  those that another command has not
 *     @columns FILE@           the columns of a file of a run
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shaper/filter.h"
#include "sim/option_table.h"
#include "sim/record.h"
#include "sim/sweep_rank.h"
#include "sim/version.h"

#define LINE_BYTES   512
#define WORDS_BYTES  2048
#define MANUAL_WIDTH 72

/* --- what an option takes ------------------------------------------------------------------- */

enum kind {
    KIND_WORD,  /* one of the words, or something else */
    KIND_LIST,  /* several of them, separated by commas */
    KIND_DIR,   /* a directory */
    KIND_FILE,  /* a file */
    KIND_VALUE, /* nothing is known of it */
};

static const char *const kind_names[] = {"WORD", "LIST", "DIR", "FILE", "VALUE"};

static void add_word(char words[WORDS_BYTES], const char *word, const char *ending)
{
    size_t used = strlen(words);

    snprintf(words + used, WORDS_BYTES - used, "%s%s%s", used ? " " : "", word, ending);
}

/* --via: those that take something have it behind a =. */
static void add_filters(char words[WORDS_BYTES])
{
    for (int kind = SHAPER_FILTER_OVERHEAD; kind <= SHAPER_FILTER_RATELIMIT; kind++) {
        const char *name = shaper_filter_name((enum shaper_filter_kind)kind);
        if (kind == SHAPER_FILTER_DEFLATE)
            add_word(words, name, "");
        add_word(words, name, "=");
    }
}

/* --rank */
static void add_rank_keys(char words[WORDS_BYTES])
{
    const char *name;

    for (size_t i = 0; (name = sweep_rank_key_name(i)); i++)
        add_word(words, name, "");
}

/* --vary: the options of a run that have a value and decide its result. */
static void add_varied(char words[WORDS_BYTES])
{
    const struct option_entry *entry;

    for (size_t i = 0; (entry = option_entry(i)); i++)
        if ((entry->row.commands & COMMAND_RUN) && entry->row.argument && !entry->is_incidental)
            add_word(words, entry->row.name, "=");
}

static enum kind kind_of(const struct option_row *row, char words[WORDS_BYTES])
{
    char word[OPTION_WORD_BYTES];

    words[0] = '\0';
    if (strcmp(row->argument, "DIR") == 0)
        return KIND_DIR;
    if (strcmp(row->argument, "FILE") == 0)
        return KIND_FILE;
    if (strcmp(row->argument, "FILTER") == 0)
        add_filters(words);
    else if (strcmp(row->argument, "KEY,...") == 0)
        add_rank_keys(words);
    else if (strcmp(row->argument, "KEY=VALUES") == 0)
        add_varied(words);
    for (size_t i = 0; option_word(row->argument, i, word); i++)
        add_word(words, word, "");
    if (!*words)
        return KIND_VALUE;
    return strchr(row->argument, ',') ? KIND_LIST : KIND_WORD;
}

/* --- the manual ----------------------------------------------------------------------------- */

/* Prints what troff would take for something else in its own spelling. */
static void man_character(char character)
{
    switch (character) {
    case '\\':
        fputs("\\e", stdout);
        break;
    case '-': /* no hyphen: to be copied */
        fputs("\\-", stdout);
        break;
    case '"':
        fputs("\\(dq", stdout);
        break;
    case '~':
        fputs("\\(ti", stdout);
        break;
    case '^':
        fputs("\\(ha", stdout);
        break;
    default:
        putchar(character);
    }
}

/* Prints a paragraph, in lines that are not too long. */
static void man_text(const char *text)
{
    int column = 0;

    for (; *text; text++) {
        bool is_new_line = *text == ' ' && column + (int)strcspn(text + 1, " ") > MANUAL_WIDTH;
        if (is_new_line) {
            putchar('\n');
            column = 0;
            continue;
        }
        if (column++ == 0 && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        man_character(*text);
    }
    putchar('\n');
}

/* Words of a list as they are typed, names of values as such. */
static void man_argument(const char *argument)
{
    char font = 0;

    for (; *argument; argument++) {
        bool is_between = strchr("|,.:=", *argument) != NULL;
        char wanted = is_between ? 'R' : *argument >= 'a' || *argument == '-' ? 'B' : 'I';
        if (wanted != font)
            printf("\\f%c", wanted);
        font = wanted;
        man_character(*argument);
    }
    fputs("\\fR", stdout);
}

static void man_flag(const struct option_row *row)
{
    fputs(".TP\n", stdout);
    if (row->letter)
        printf("\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", stdout);
    for (const char *at = row->name; *at; at++)
        man_character(*at);
    fputs("\\fR", stdout);
    if (row->argument) {
        putchar(' ');
        man_argument(row->argument);
    }
    putchar('\n');
}

static void man_option(const struct option_row *row)
{
    static const char *section;

    if (section != row->section) {
        section = row->section;
        fputs(".PP\n\\fI", stdout);
        for (const char *at = section; *at; at++)
            man_character(*at);
        fputs("\\fR\n", stdout);
    }
    man_flag(row);
    man_text(row->help);
}

static void man_columns(const char *file)
{
    const char *name;

    for (size_t i = 0; (name = record_known_file(i)); i++)
        if (strcmp(name, file) == 0)
            for (const char *at = record_known_header(i); *at; at++) {
                putchar(*at);
                if (*at == ',')
                    putchar('\n'); /* which is a space to troff */
            }
    putchar('\n');
}

/* --- bash ----------------------------------------------------------------------------------- */

/* One branch of a case: what the option takes. */
static void bash_option(const struct option_row *row)
{
    char words[WORDS_BYTES];

    if (!row->argument)
        return;
    enum kind kind = kind_of(row, words);
    printf("        ");
    if (row->letter)
        printf("-%c | ", row->letter);
    printf("--%s) takes='%s%s%s' ;;\n", row->name, kind_names[kind], *words ? " " : "", words);
}

static void bash_begin(unsigned commands)
{
    const struct option_entry *entry;

    printf("        options='");
    for (size_t i = 0, n = 0; (entry = option_entry(i)); i++)
        if (entry->row.commands & commands) {
            printf("%s--%s", n++ ? " " : "", entry->row.name);
            if (entry->row.letter)
                printf(" -%c", entry->row.letter);
        }
    printf("'\n        case $option in\n");
}

static void bash_end(void)
{
    printf("        esac\n");
}

/* --- zsh ------------------------------------------------------------------------------------ */

/* Prints within single quotes, and within the brackets of _arguments. */
static void zsh_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]\\:", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_action(const struct option_row *row)
{
    char words[WORDS_BYTES];
    enum kind kind = kind_of(row, words);

    putchar(':');
    zsh_text(row->argument);
    putchar(':');
    switch (kind) {
    case KIND_WORD:
        if (strchr(words, '='))
            printf(" compadd -S \"\" - %s", words);
        else
            printf("(%s)", words);
        break;
    case KIND_LIST:
        printf("_sequence compadd - %s", words);
        break;
    case KIND_DIR:
        printf("_files -/");
        break;
    case KIND_FILE:
        printf("_files");
        break;
    case KIND_VALUE:
        putchar(' ');
        break;
    }
}

/* One spelling of an option: what stands before the description. */
static void zsh_spelling(const struct option_row *row, const char *dashes, const char *name,
                         const char *joint)
{
    printf("    '%s%s%s%s[", row->argument ? "*" : "", dashes, name, row->argument ? joint : "");
    zsh_text(row->help);
    putchar(']');
    if (row->argument)
        zsh_action(row);
    fputs("'\n", stdout);
}

static void zsh_option(const struct option_row *row)
{
    const char letter[] = {row->letter, '\0'};

    zsh_spelling(row, "--", row->name, "=");
    if (row->letter)
        zsh_spelling(row, "-", letter, "+");
}

/* --- the frame ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    void (*option)(const struct option_row *row);
    void (*begin)(unsigned commands);
    void (*end)(void);
} languages[] = {{"man", man_option, NULL, NULL},
                 {"bash", bash_option, bash_begin, bash_end},
                 {"zsh", zsh_option, NULL, NULL}};

#define LANGUAGES (sizeof(languages) / sizeof(languages[0]))

/* "trace-info", as there are no spaces in a line's words. 0: none. */
static unsigned command_of(const char *name)
{
    static const struct {
        const char *name;
        enum command command;
    } commands[] = {{"run", COMMAND_RUN},
                    {"sweep", COMMAND_SWEEP},
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

    if (sscanf(line, "@%31[a-z] %31[a-z_.0-9-] %31[a-z-]", what, name, other) < 1)
        return false;
    if (strcmp(what, "title") == 0)
        printf(".TH SHAPESIM 1 %s \"shapesim %s\" \"User Commands\"\n", name, SHAPESIM_VERSION);
    else if (strcmp(what, "columns") == 0)
        man_columns(name);
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
