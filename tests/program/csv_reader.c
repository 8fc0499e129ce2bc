#include "tests/program/csv_reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_S INT64_C(1000000)

struct csv_reader {
    const char *name;
    FILE *file;
    char *line;
    size_t line_bytes;
    int64_t row; /* 0: the header */
    int columns;
    char *names[CSV_COLUMNS_MAX];
    char *fields[CSV_COLUMNS_MAX]; /* in `line`, quotes taken off */
};

void csv_reader_fail(const struct csv_reader *reader, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s: row %" PRId64 ": ", reader->name, reader->row);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

/* Removes the quotes of a field that begins at `from`; returns the character after it. */
static char *read_quoted(const struct csv_reader *reader, char *from, char **field)
{
    char *to = from;

    *field = to;
    for (from++;; from++) {
        if (*from == '\0')
            csv_reader_fail(reader, "a quoted field does not end on its line");
        if (*from == '"' && *++from != '"')
            break;
        *to++ = *from;
    }
    char *behind = from;
    if (*behind != ',' && *behind != '\0')
        csv_reader_fail(reader, "text follows a closing quote");
    *to = '\0';
    return behind;
}

static int split(struct csv_reader *reader)
{
    char *at = reader->line;

    for (int n = 0;; n++) {
        if (n == CSV_COLUMNS_MAX)
            csv_reader_fail(reader, "more than %d columns", CSV_COLUMNS_MAX);
        char *behind;
        if (*at == '"') {
            behind = read_quoted(reader, at, &reader->fields[n]);
        } else {
            reader->fields[n] = at;
            behind = at + strcspn(at, ",\"");
            if (*behind == '"')
                csv_reader_fail(reader, "a quote inside an unquoted field");
        }
        if (*behind == '\0')
            return n + 1;
        *behind = '\0';
        at = behind + 1;
    }
}

/* A line without its end; false at the end of the file. */
static bool read_line(struct csv_reader *reader)
{
    ssize_t bytes = getline(&reader->line, &reader->line_bytes, reader->file);

    if (bytes < 0) {
        if (ferror(reader->file))
            csv_reader_fail(reader, "cannot be read");
        return false;
    }
    if (strlen(reader->line) != (size_t)bytes)
        csv_reader_fail(reader, "holds a zero byte");
    if (reader->line[bytes - 1] != '\n')
        csv_reader_fail(reader, "the line has no end");
    reader->line[--bytes] = '\0';
    if (bytes > 0 && reader->line[bytes - 1] == '\r')
        reader->line[bytes - 1] = '\0';
    return true;
}

struct csv_reader *csv_reader_open(const char *directory, const char *name)
{
    struct csv_reader *reader = calloc(1, sizeof(*reader));
    char path[4096];

    if (!reader)
        abort();
    reader->name = name;
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    reader->file = fopen(path, "r");
    if (!reader->file || !read_line(reader))
        csv_reader_fail(reader, "the file is missing or empty: %s", path);
    reader->columns = split(reader);
    for (int i = 0; i < reader->columns; i++)
        if (!(reader->names[i] = strdup(reader->fields[i])))
            abort();
    return reader;
}

void csv_reader_free(struct csv_reader *reader)
{
    for (int i = 0; i < reader->columns; i++)
        free(reader->names[i]);
    fclose(reader->file);
    free(reader->line);
    free(reader);
}

bool csv_reader_next(struct csv_reader *reader)
{
    reader->row++;
    if (!read_line(reader))
        return false;
    int fields = split(reader);
    if (fields != reader->columns)
        csv_reader_fail(reader, "%d fields under %d columns", fields, reader->columns);
    return true;
}

int64_t csv_reader_row(const struct csv_reader *reader)
{
    return reader->row;
}

/* Without the apostrophe in front of what a spreadsheet would take for a formula. */
static const char *without_apostrophe(const char *text)
{
    size_t apostrophes = strspn(text, "'");
    const char *rest = text + apostrophes;
    char *end;

    if (apostrophes == 0 || !*rest || !strchr("=+-@\t\r", *rest) || strcmp(rest, "-") == 0)
        return text;
    (void)strtod(rest, &end);
    return *end == '\0' && rest[strspn(rest, "0123456789+-.eE")] == '\0' ? text : text + 1;
}

const char *csv_reader_text(const struct csv_reader *reader, const char *column)
{
    for (int i = 0; i < reader->columns; i++)
        if (strcmp(reader->names[i], column) == 0)
            return without_apostrophe(reader->fields[i]);
    csv_reader_fail(reader, "no column %s", column);
}

bool csv_reader_is_empty(const struct csv_reader *reader, const char *column)
{
    return csv_reader_text(reader, column)[0] == '\0';
}

/* Digits without needless zeros in front; returns how many. */
static size_t read_digits(const char *text, int64_t *value)
{
    size_t digits = strspn(text, "0123456789");

    *value = 0;
    if (digits == 0 || digits > 18 || (digits > 1 && text[0] == '0'))
        return 0;
    for (size_t i = 0; i < digits; i++)
        *value = *value * 10 + (text[i] - '0');
    return digits;
}

int64_t csv_reader_integer(const struct csv_reader *reader, const char *column)
{
    const char *text = csv_reader_text(reader, column);
    bool is_negative = text[0] == '-';
    int64_t value;
    size_t digits = read_digits(text + is_negative, &value);

    if (digits == 0 || text[is_negative + digits] != '\0' || (is_negative && value == 0))
        csv_reader_fail(reader, "%s: '%s' is no integer", column, text);
    return is_negative ? -value : value;
}

int64_t csv_reader_time_us(const struct csv_reader *reader, const char *column)
{
    const char *text = csv_reader_text(reader, column);
    int64_t seconds, us = 0;
    size_t digits = read_digits(text, &seconds);
    const char *places = text + digits + 1;

    if (digits == 0 || digits > 12 || text[digits] != '.' || strspn(places, "0123456789") != 6 ||
        places[6] != '\0')
        csv_reader_fail(reader, "%s: '%s' is no time in seconds with six places", column, text);
    for (int i = 0; i < 6; i++)
        us = us * 10 + (places[i] - '0');
    return seconds * US_PER_S + us;
}

void *csv_reader_room_for_flow(const struct csv_reader *reader, int64_t number, void *entries,
                               int64_t *count, size_t bytes)
{
    if (number < 1 || number > INT32_MAX)
        csv_reader_fail(reader, "flow %" PRId64 ": numbers count from 1", number);
    if (number < *count)
        return entries;
    char *grown = realloc(entries, (size_t)(2 * number) * bytes);
    if (!grown)
        abort();
    memset(grown + (size_t)*count * bytes, 0, (size_t)(2 * number - *count) * bytes);
    *count = 2 * number;
    return grown;
}
