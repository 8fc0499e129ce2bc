#include "sim/cli/option_texts_man.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/output/advise_table.h"
#include "sim/output/run_tables.h"
#include "sim/output/sweep_columns.h"

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

static void man_plain(const char *text)
{
    for (; *text; text++)
        man_character(*text);
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
    man_plain(row->name);
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
        man_plain(section);
        fputs("\\fR\n", stdout);
    }
    man_flag(row);
    man_text(row->help);
}

/* The word for it in the pages. */
static const char *type_name(enum csv_type type)
{
    switch (type) {
    case CSV_U64:
    case CSV_U32:
    case CSV_U16:
    case CSV_I64:
        return "integer";
    case CSV_TIME_US:
        return "time";
    case CSV_RATIO:
        return "ratio";
    case CSV_CRC32:
        return "hexadecimal";
    case CSV_TEXT:
        return "text";
    case CSV_DIRECTION:
        return "read or write";
    case CSV_STREAM:
        return "offered or delivered";
    }
    return "";
}

/* Its name, type and unit as a tag, and what it means. */
static void man_column(const struct csv_table *table, int index)
{
    const struct csv_column *column = &table->columns[index];
    int read_column = csv_table_read_column(table, index);

    fputs(".TP\n\\fI", stdout);
    man_plain(column->name);
    printf("\\fR (%s%s%s%s)\n", type_name(column->type), *column->unit ? ", " : "", column->unit,
           column->empty == CSV_NEVER_EMPTY ? "" : "; or empty");
    if (column->meaning) {
        man_text(column->meaning);
    } else {
        fputs("like \\fI", stdout);
        man_plain(table->columns[read_column].name);
        fputs("\\fR\n", stdout);
    }
}

void man_columns(const char *file)
{
    fputs(".RS\n", stdout);
    for (int i = 0; i < RUN_CSV_FILES; i++)
        for (int c = 0; strcmp(run_file_names[i], file) == 0 && c < (int)run_tables[i]->count; c++)
            man_column(run_tables[i], c);
    for (int c = 0;
         strcmp(sweep_file_names[SWEEP_TRIED], file) == 0 && c < (int)advise_csv_table.count; c++)
        man_column(&advise_csv_table, c);
    fputs(".RE\n", stdout);
}

bool man_sweep_columns(const char *kind)
{
    static const char *const numbers[] = {[SWEEP_COUNT] = "integer",
                                          [SWEEP_RATIO] = "ratio",
                                          [SWEEP_MILLIONTH] = "six places",
                                          [SWEEP_SIGNED_MILLIONTH] = "six places, may be negative"};
    static const struct {
        const char *kind;
        const struct sweep_figure_column *columns;
        size_t count;
    } tables[] = {
        {"figures", sweep_figure_columns, SWEEP_FIGURES},
        {"groups", sweep_group_columns, SWEEP_GROUP_FIGURES},
        {"parameters", sweep_parameter_columns, SWEEP_PARAMETERS},
        {"windows", sweep_window_columns, SWEEP_WINDOW_METRICS},
    };
    size_t which = 0, count = sizeof(tables) / sizeof(tables[0]);

    while (which < count && strcmp(tables[which].kind, kind) != 0)
        which++;
    if (which == count)
        return false;
    fputs(".RS\n", stdout);
    for (size_t i = 0; i < tables[which].count; i++) {
        const struct sweep_figure_column *column = &tables[which].columns[i];
        fputs(".TP\n\\fI", stdout);
        man_plain(column->name);
        printf("\\fR (%s%s%s)\n", numbers[column->number], *column->unit ? ", " : "", column->unit);
        man_text(column->meaning);
    }
    fputs(".RE\n", stdout);
    return true;
}
