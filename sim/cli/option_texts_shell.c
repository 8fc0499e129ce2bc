#include "sim/cli/option_texts_shell.h"

#include <stdio.h>
#include <string.h>

#include "shaper/filter.h"
#include "sim/cli/option_table.h"
#include "sim/config/rank_keys.h"

#define WORDS_BYTES 2048

/* --- the values of an option ------------------------------------------------------------- */

enum kind {
    KIND_WORD,  /* one of the words, or any other value */
    KIND_LIST,  /* several of them, separated by commas */
    KIND_DIR,   /* a directory */
    KIND_FILE,  /* a file */
    KIND_VALUE, /* an unknown value */
};

static const char *const kind_names[] = {"WORD", "LIST", "DIR", "FILE", "VALUE"};

static void add_word(char words[WORDS_BYTES], const char *word, const char *ending)
{
    size_t used = strlen(words);

    snprintf(words + used, WORDS_BYTES - used, "%s%s%s", used ? " " : "", word, ending);
}

/* --via: the kinds of filters that take a value are followed by =. */
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

    for (size_t i = 0; (name = rank_key_name(i)); i++)
        add_word(words, name, "");
}

/* --vary: the options of a run that take a value and determine its result. */
static void add_varied(char words[WORDS_BYTES])
{
    const struct option_entry *entry;

    for (size_t i = 0; (entry = option_entry(i)); i++)
        if ((entry->row.commands & COMMAND_RUN) && entry->row.argument &&
            !(entry->traits & OPTION_INCIDENTAL))
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
    else if (strcmp(row->argument, "KEY,...") == 0 || strcmp(row->argument, "COLUMN,...") == 0)
        add_rank_keys(words);
    else if (strcmp(row->argument, "KEY=VALUES") == 0)
        add_varied(words);
    for (size_t i = 0; option_word(row->argument, i, word); i++)
        add_word(words, word, "");
    if (!*words)
        return KIND_VALUE;
    return strchr(row->argument, ',') ? KIND_LIST : KIND_WORD;
}

/* --- bash ----------------------------------------------------------------------------------- */

/* One branch of a case: the values of the option. */
void bash_option(const struct option_row *row)
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

void bash_begin(unsigned commands)
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

void bash_end(void)
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

/* One spelling of an option: the part before the description. */
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

void zsh_option(const struct option_row *row)
{
    const char letter[] = {row->letter, '\0'};

    zsh_spelling(row, "--", row->name, "=");
    if (row->letter)
        zsh_spelling(row, "-", letter, "+");
}
