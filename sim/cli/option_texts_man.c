#include "sim/cli/option_texts_man.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/output/record.h"

#define WIDTH 72

/* Escapes characters that have a meaning in troff. */
static void man_character(char character)
{
    switch (character) {
    case '\\':
        fputs("\\e", stdout);
        break;
    case '-': /* a minus sign, to be copied */
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

/* Prints a paragraph, in lines of limited length. */
static void man_text(const char *text)
{
    int column = 0;

    for (; *text; text++) {
        bool is_new_line = *text == ' ' && column + (int)strcspn(text + 1, " ") > WIDTH;
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

/* Words in bold, names of values in italics, what is between them plain. */
static const char *font_of(char character)
{
    if (strchr("|,.:=", character))
        return "\\fR";
    return islower((unsigned char)character) || character == '-' ? "\\fB" : "\\fI";
}

static void man_argument(const char *argument)
{
    const char *font = "";

    for (; *argument; argument++) {
        const char *wanted = font_of(*argument);
        if (strcmp(wanted, font) != 0)
            fputs(wanted, stdout);
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

void man_option(const struct option_row *row)
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

void man_columns(const char *file)
{
    const char *name;

    for (size_t i = 0; (name = record_known_file(i)); i++)
        if (strcmp(name, file) == 0)
            for (const char *at = record_known_header(i); at && *at; at++) {
                putchar(*at);
                if (*at == ',')
                    putchar('\n'); /* a space in troff */
            }
    putchar('\n');
}
