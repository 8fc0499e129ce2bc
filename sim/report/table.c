#include "sim/report/table.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/output/csv.h"
#include "traces/file_stream.h"
#include "traces/trace.h"

#define NUMBER_BYTES 64
#define DIGITS       4 /* significant ones */
#define PLACES_MAX   9

/* --- units ----------------------------------------------------------------------------------- */

struct prefix {
    double least; /* the first value that it is for */
    double per;
    const char *unit;
};

/* What a column's numbers are divided by: what suits its largest. */
static const struct prefix *prefix_of(const struct table *table, size_t column)
{
    static const struct prefix times[] = {
        {7200, 3600, "h"}, {600, 60, "min"}, {1, 1, "s"}, {1e-3, 1e-3, "ms"}, {0, 1e-6, "us"}};
    static const struct prefix sizes[] = {
        {1e9, 1e9, "GB"}, {1e6, 1e6, "MB"}, {1e3, 1e3, "kB"}, {0, 1, "B"}};
    static const struct prefix rates[] = {
        {1e9, 1e9, "GB/s"}, {1e6, 1e6, "MB/s"}, {1e3, 1e3, "kB/s"}, {0, 1, "B/s"}};
    static const struct prefix percent = {0, 1, "%"}, per_mb = {0, 1, "per MB"}, none = {0, 1, ""};
    const struct prefix *prefix = &none;
    double largest = 0;

    switch (table->columns[column].kind) {
    case TABLE_TIME:
        prefix = times;
        break;
    case TABLE_SIZE:
        prefix = sizes;
        break;
    case TABLE_RATE:
        prefix = rates;
        break;
    case TABLE_PERCENT:
        return &percent;
    case TABLE_PER_MB:
        return &per_mb;
    case TABLE_TEXT:
    case TABLE_INDEX:
    case TABLE_NUMBER:
    case TABLE_COUNT:
        return &none;
    }
    for (size_t row = 0; row < table->height; row++) {
        double mean = fabs(table->cells[row * table->width + column].mean);
        if (isfinite(mean) && mean > largest)
            largest = mean;
    }
    while (largest < prefix->least)
        prefix++;
    return prefix;
}

/* How many places give a value its significant digits. */
static int places_of(double value)
{
    double magnitude = fabs(value) > 0 ? floor(log10(fabs(value))) : DIGITS;
    double places = DIGITS - 1 - magnitude;

    return places < 0 ? 0 : places > PLACES_MAX ? PLACES_MAX : (int)places;
}

/* --- texts ----------------------------------------------------------------------------------- */

/* How a format writes what is not plain text. */
struct dialect {
    char *(*escape)(const char *text);
    const char *plus_minus;     /* between a mean and its interval */
    const char *before, *after; /* a mean with an interval */
    const char *none;           /* no value */
};

static const struct dialect markdown = {table_markdown_text, " \xc2\xb1 ", "", "", "-"};
static const struct dialect latex = {table_latex_text, " \\pm ", "$", "$", "--"};

static void put_markdown(FILE *out, const char *letter)
{
    if (strchr("\\`*_[]<>|#~&", *letter))
        fputc('\\', out);
    fputc(*letter, out);
}

static void put_latex(FILE *out, const char *letter)
{
    static const struct {
        char letter;
        const char *form;
    } forms[] = {
        {'\\', "\\textbackslash{}"},
        {'{', "\\{"},
        {'}', "\\}"},
        {'$', "\\$"},
        {'&', "\\&"},
        {'#', "\\#"},
        {'%', "\\%"},
        {'_', "\\_"},
        {'^', "\\textasciicircum{}"},
        {'~', "\\textasciitilde{}"},
        {'<', "\\textless{}"},
        {'>', "\\textgreater{}"},
        {'|', "\\textbar{}"},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (forms[i].letter == *letter) {
            fputs(forms[i].form, out);
            return;
        }
    fputc(*letter, out);
    if (letter[0] == '-' && letter[1] == '-')
        fputs("{}", out); /* else a longer dash */
}

/* A control character would end a row, or more. */
static char *escaped(const char *text, void (*put)(FILE *out, const char *letter))
{
    char *copy = strdup(text), *result = NULL;
    size_t bytes = 0;
    FILE *out = copy ? open_memstream(&result, &bytes) : NULL;

    if (out) {
        trace_make_plain(copy);
        for (const char *at = copy; *at; at++)
            put(out, at);
    }
    free(copy);
    if (out && file_stream_close_text(out, &result) == 0)
        return result;
    free(result);
    return NULL;
}

char *table_markdown_text(const char *text)
{
    return escaped(text, put_markdown);
}

char *table_latex_text(const char *text)
{
    return escaped(text, put_latex);
}

static char *number_text(const struct dialect *dialect, const struct table_cell *cell,
                         bool is_count, double per)
{
    double mean = cell->mean / per, ci95 = cell->ci95 / per;
    int places = is_count ? 0 : places_of(mean);
    char *text;
    int length;

    if (isnan(mean))
        return strdup(dialect->none);
    if (isinf(mean))
        return strdup("never");
    if (isnan(ci95))
        length = asprintf(&text, "%.*f", places, mean);
    else
        length = asprintf(&text, "%s%.*f%s%.*f%s", dialect->before, places, mean,
                          dialect->plus_minus, places, ci95, dialect->after);
    return length < 0 ? NULL : text;
}

/* --- the whole, as texts --------------------------------------------------------------------- */

/* A table in which every cell is a text; row 0 is the heading. */
struct texts {
    char **cells; /* owned; NULL: no memory */
    size_t width, height;
};

static char *heading_text(const struct dialect *dialect, const struct table_column *column,
                          const char *unit)
{
    const char *note = column->note ? column->note : "";
    char *plain = NULL, *text = NULL;

    if (asprintf(&plain, "%s%s%s%s%s%s", column->name, *note || *unit ? " (" : "", note,
                 *note && *unit ? ", " : "", unit, *note || *unit ? ")" : "") < 0)
        return NULL;
    text = dialect->escape(plain);
    free(plain);
    return text;
}

static void make_texts(const struct table *table, const struct dialect *dialect,
                       struct texts *texts)
{
    *texts = (struct texts){.width = table->width, .height = table->height + 1};
    texts->cells = calloc(texts->width * texts->height, sizeof(*texts->cells));
    for (size_t c = 0; texts->cells && c < table->width; c++) {
        const struct table_column *column = &table->columns[c];
        const struct prefix *prefix = prefix_of(table, c);
        texts->cells[c] = heading_text(dialect, column, prefix->unit);
        for (size_t row = 0; row < table->height; row++) {
            const struct table_cell *cell = &table->cells[row * table->width + c];
            texts->cells[(row + 1) * table->width + c] =
                column->kind == TABLE_TEXT
                    ? dialect->escape(cell->text)
                    : number_text(dialect, cell, column->kind == TABLE_COUNT, prefix->per);
        }
    }
}

static bool are_whole(const struct texts *texts)
{
    for (size_t i = 0; texts->cells && i < texts->width * texts->height; i++)
        if (!texts->cells[i])
            return false;
    return texts->cells != NULL;
}

static void free_texts(struct texts *texts)
{
    for (size_t i = 0; texts->cells && i < texts->width * texts->height; i++)
        free(texts->cells[i]);
    free(texts->cells);
}

/* How many characters a terminal shows of UTF-8. */
static int letters(const char *text)
{
    int count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static int width_of(const struct texts *texts, size_t column, int least)
{
    int width = least;

    for (size_t row = 0; row < texts->height; row++) {
        int here = letters(texts->cells[row * texts->width + column]);
        width = here > width ? here : width;
    }
    return width;
}

/* Names are flush left, and numbers, also those of varied keys, right. */
static bool is_left(const struct table *table, size_t column)
{
    if (table->columns[column].kind != TABLE_TEXT)
        return false;
    for (size_t row = 0; row < table->height; row++)
        if (isdigit((unsigned char)table->cells[row * table->width + column].text[0]))
            return false;
    return true;
}

static void put_padded(FILE *out, const char *text, int width, bool at_left)
{
    int padding = width - letters(text);

    fprintf(out, "%*s%s%*s", at_left ? 0 : padding, "", text, at_left ? padding : 0, "");
}

static void put_row(FILE *out, const struct table *table, const struct texts *texts, size_t row,
                    const char *between, int least)
{
    for (size_t c = 0; c < table->width; c++) {
        fputs(c > 0 ? between : "", out);
        put_padded(out, texts->cells[row * table->width + c], width_of(texts, c, least),
                   is_left(table, c));
    }
}

static int finish(FILE *out, struct texts *texts, bool is_whole, char *error)
{
    free_texts(texts);
    if (!is_whole)
        return sim_fail(error, SIM_FAILED, "report: out of memory");
    if (fflush(out) == 0 && !ferror(out))
        return SIM_OK;
    return sim_fail(error, SIM_FAILED, "standard output cannot be written");
}

/* --- the formats ----------------------------------------------------------------------------- */

#define RULE_MIN 3 /* of GitHub's Markdown */

static void put_rule(FILE *out, int width, bool at_left)
{
    for (int i = 0; i < width - 1; i++)
        fputc('-', out);
    fputc(at_left ? '-' : ':', out);
}

int table_print_markdown(const struct table *table, FILE *out, char *error)
{
    struct texts texts;

    make_texts(table, &markdown, &texts);
    bool is_whole = are_whole(&texts);
    for (size_t row = 0; is_whole && row < texts.height; row++) {
        fputs("| ", out);
        put_row(out, table, &texts, row, " | ", RULE_MIN);
        fputs(" |\n", out);
        for (size_t c = 0; row == 0 && c < table->width; c++) {
            fputs("| ", out);
            put_rule(out, width_of(&texts, c, RULE_MIN), is_left(table, c));
            fputs(c + 1 < table->width ? " " : " |\n", out);
        }
    }
    return finish(out, &texts, is_whole, error);
}

int table_print_latex(const struct table *table, FILE *out, char *error)
{
    struct texts texts;

    make_texts(table, &latex, &texts);
    bool is_whole = are_whole(&texts);
    fputs("\\begin{tabular}{", out);
    for (size_t c = 0; c < table->width; c++)
        fputc(is_left(table, c) ? 'l' : 'r', out);
    fputs("}\n\\hline\n", out);
    for (size_t row = 0; is_whole && row < texts.height; row++) {
        put_row(out, table, &texts, row, " & ", 0);
        fputs(row == 0 ? " \\\\\n\\hline\n" : " \\\\\n", out);
    }
    fputs("\\hline\n\\end{tabular}\n", out);
    return finish(out, &texts, is_whole, error);
}

static const char *base_unit(enum table_kind kind)
{
    switch (kind) {
    case TABLE_TIME:
        return "_s";
    case TABLE_SIZE:
        return "_bytes";
    case TABLE_RATE:
        return "_bytes_per_s";
    case TABLE_PERCENT:
        return "_percent";
    case TABLE_PER_MB:
        return "_per_mb";
    case TABLE_TEXT:
    case TABLE_INDEX:
    case TABLE_NUMBER:
    case TABLE_COUNT:
        break;
    }
    return "";
}

static bool has_interval(const struct table_column *column)
{
    return column->kind != TABLE_TEXT && column->kind != TABLE_COUNT;
}

static void put_csv_name(struct csv *csv, const struct table_column *column, const char *statistic)
{
    char name[256];

    snprintf(name, sizeof(name), "%.200s%s%s", column->name, base_unit(column->kind), statistic);
    csv_text(csv, name);
}

static void put_csv_number(struct csv *csv, double value)
{
    char text[NUMBER_BYTES];

    snprintf(text, sizeof(text), "%.9g", value);
    if (isnan(value))
        csv_empty(csv);
    else
        csv_text(csv, text);
}

static void put_csv_row(struct csv *csv, const struct table *table, const struct table_cell *cells)
{
    for (size_t c = 0; c < table->width; c++) {
        const struct table_column *column = &table->columns[c];
        if (column->kind == TABLE_TEXT)
            csv_text(csv, cells[c].text);
        else
            put_csv_number(csv, cells[c].mean);
        if (has_interval(column))
            put_csv_number(csv, cells[c].ci95);
    }
    csv_end_row(csv);
}

static void put_csv_header(struct csv *csv, const struct table *table)
{
    for (size_t c = 0; c < table->width; c++) {
        const struct table_column *column = &table->columns[c];
        put_csv_name(csv, column, has_interval(column) ? "_mean" : "");
        if (has_interval(column))
            put_csv_name(csv, column, "_ci95");
    }
    csv_end_row(csv);
}

int table_print_csv(const struct table *table, FILE *out, char *error)
{
    struct csv *csv = NULL;
    int status = csv_to_stream(out, "standard output", NULL, &csv, error);

    if (status != SIM_OK)
        return status;
    put_csv_header(csv, table);
    for (size_t row = 0; row < table->height; row++)
        put_csv_row(csv, table, &table->cells[row * table->width]);
    return csv_commit(csv, error);
}
