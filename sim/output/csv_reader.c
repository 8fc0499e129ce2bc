#include "sim/output/csv_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/output/csv.h"
#include "sim/output/stored_file.h"
#include "traces/file_stream.h"

#define US_PER_S         INT64_C(1000000)
#define DIGITS_MAX       16 /* of CSV_READER_NUMBER_MAX */
#define TIME_DIGITS_MAX  10
#define FIRST_ROOM_BYTES 4096

struct csv_reader {
    struct stored_file stored;
    FILE *file; /* its stream */
    const char *name;
    uint64_t row;
    char *names; /* the header's fields, one after another; owned */
    size_t name_offsets[CSV_READER_COLUMNS_MAX];
    int columns;
    char *bytes; /* the current row's fields, each with a final zero; owned */
    size_t used;
    size_t room;
    size_t offsets[CSV_READER_COLUMNS_MAX]; /* in `bytes` */
    int fields;
    char fault[SIM_ERROR_BYTES]; /* empty: none */
    bool is_out_of_memory;       /* and that is the reason for the fault */
};

__attribute__((format(printf, 2, 3))) static void fail(struct csv_reader *reader,
                                                       const char *format, ...)
{
    va_list arguments;

    if (reader->fault[0])
        return;
    if (reader->row == 0)
        snprintf(reader->fault, sizeof(reader->fault), "%s: header: ", reader->name);
    else
        snprintf(reader->fault, sizeof(reader->fault), "%s: row %" PRIu64 ": ", reader->name,
                 reader->row);
    size_t length = strlen(reader->fault);
    va_start(arguments, format);
    vsnprintf(reader->fault + length, sizeof(reader->fault) - length, format, arguments);
    va_end(arguments);
}

static void fail_field(struct csv_reader *reader, int column, const char *what)
{
    if (reader->fault[0])
        return;
    snprintf(reader->fault, sizeof(reader->fault), "%s: row %" PRIu64 ", %s: '%.60s' is no %s",
             reader->name, reader->row, csv_reader_column_name(reader, column),
             csv_reader_text(reader, column), what);
}

/* --- rows ---------------------------------------------------------------------------------- */

static bool make_room(struct csv_reader *reader)
{
    size_t room = reader->room ? 2 * reader->room : FIRST_ROOM_BYTES;
    char *bytes = room <= CSV_READER_ROW_BYTES_MAX ? realloc(reader->bytes, room) : NULL;

    if (!bytes && room <= CSV_READER_ROW_BYTES_MAX) {
        file_stream_note(reader->name, ENOMEM);
        fail(reader, "out of memory");
        reader->is_out_of_memory = true;
        return false;
    }
    if (!bytes) {
        fail(reader, "longer than %d bytes", CSV_READER_ROW_BYTES_MAX);
        return false;
    }
    reader->bytes = bytes;
    reader->room = room;
    return true;
}

static bool put(struct csv_reader *reader, int byte)
{
    if (reader->used == reader->room && !make_room(reader))
        return false;
    reader->bytes[reader->used++] = (char)byte;
    return true;
}

/* Reads on after the opening quote; returns what follows the closing one. */
static int read_quoted(struct csv_reader *reader)
{
    for (;;) {
        int byte = getc_unlocked(reader->file);
        if (byte == '"') {
            byte = getc_unlocked(reader->file);
            if (byte != '"')
                return byte;
        }
        if (byte == EOF) {
            fail(reader, "the file ends inside a quoted field");
            return EOF;
        }
        if (byte == '\0') {
            fail(reader, "a zero byte");
            return EOF;
        }
        if (!put(reader, byte))
            return EOF;
    }
}

/* Reads from `byte` on; returns what ends the field. */
static int read_plain(struct csv_reader *reader, int byte)
{
    for (; byte != ',' && byte != '\n' && byte != '\r' && byte != EOF;
         byte = getc_unlocked(reader->file)) {
        if (byte == '"' || byte == '\0') {
            fail(reader, byte ? "a quote inside an unquoted field" : "a zero byte");
            return EOF;
        }
        if (!put(reader, byte))
            return EOF;
    }
    return byte;
}

/* Reads a field that begins with `byte`. Returns a comma, the row's end, or EOF after a fault. */
static int read_field(struct csv_reader *reader, int byte)
{
    if (reader->fields == CSV_READER_COLUMNS_MAX) {
        fail(reader, "more than %d fields", CSV_READER_COLUMNS_MAX);
        return EOF;
    }
    reader->offsets[reader->fields++] = reader->used;
    byte = byte == '"' ? read_quoted(reader) : read_plain(reader, byte);
    if (byte == '\r')
        byte = getc_unlocked(reader->file) == '\n' ? '\n' : '\r';
    if (reader->fault[0] || !put(reader, '\0'))
        return EOF;
    if (byte == EOF)
        fail(reader, "the file ends in the middle of it");
    else if (byte != ',' && byte != '\n')
        fail(reader, "text after a closing quote, or half a line end");
    return reader->fault[0] ? EOF : byte;
}

static bool read_row(struct csv_reader *reader)
{
    int byte = getc_unlocked(reader->file);

    reader->used = 0;
    reader->fields = 0;
    if (byte == EOF) {
        const char *why = stored_file_failure(&reader->stored);
        if (why)
            fail(reader, "cannot be read (%s)", why);
        return false;
    }
    while (read_field(reader, byte) == ',')
        byte = getc_unlocked(reader->file);
    return !reader->fault[0];
}

/* --- the header ---------------------------------------------------------------------------- */

/* The row just read becomes the header. */
static void keep_header(struct csv_reader *reader)
{
    reader->names = reader->bytes;
    memcpy(reader->name_offsets, reader->offsets, sizeof(reader->offsets));
    reader->columns = reader->fields;
    reader->bytes = NULL;
    reader->room = 0;
    for (int i = 0; i < reader->columns; i++) {
        const char *name = csv_reader_column_name(reader, i);
        if (csv_reader_find(reader, name) != i)
            fail(reader, "two columns are called '%.60s'", name);
    }
}

int csv_reader_open(const char *directory, const char *name, struct csv_reader **out, char *error)
{
    struct csv_reader *reader = calloc(1, sizeof(*reader));
    char *path = NULL;

    *out = NULL;
    if (!reader || asprintf(&path, "%s/%s", directory, name) < 0) {
        free(reader);
        file_stream_note(name, ENOMEM);
        errno = ENOMEM;
        return sim_fail(error, SIM_FAILED, "%s: out of memory", name);
    }
    reader->name = name;
    int failure = stored_file_open(&reader->stored, path);
    bool has_no_memory = failure == ENOMEM;
    reader->file = reader->stored.stream;
    if (!reader->file)
        sim_fail(error, SIM_FAILED, "%s: %s; give the directory of a finished run", path,
                 strerror(failure));
    else if (read_row(reader))
        keep_header(reader);
    else
        fail(reader, "missing: the file is empty");
    free(path);
    if (reader->file && !reader->fault[0]) {
        *out = reader;
        return SIM_OK;
    }
    if (reader->file)
        sim_fail(error, SIM_FAILED, "%s", reader->fault);
    has_no_memory |= reader->is_out_of_memory;
    csv_reader_free(reader);
    errno = has_no_memory ? ENOMEM : 0;
    return SIM_FAILED;
}

void csv_reader_free(struct csv_reader *reader)
{
    if (!reader)
        return;
    stored_file_close(&reader->stored);
    free(reader->names);
    free(reader->bytes);
    free(reader);
}

int csv_reader_finish(struct csv_reader *reader, int status, char *error)
{
    if (status == SIM_OK && csv_reader_fault(reader))
        status = sim_fail(error, SIM_FAILED, "%s", csv_reader_fault(reader));
    csv_reader_free(reader);
    return status;
}

int csv_reader_find(const struct csv_reader *reader, const char *name)
{
    for (int i = 0; i < reader->columns; i++)
        if (strcmp(csv_reader_column_name(reader, i), name) == 0)
            return i;
    return -1;
}

int csv_reader_column(struct csv_reader *reader, const char *name)
{
    int column = csv_reader_find(reader, name);

    if (column < 0)
        fail(reader, "has no column %s; was the file written by another version?", name);
    return column;
}

int csv_reader_columns(struct csv_reader *reader, const char *const *names, int *columns,
                       char *error)
{
    for (size_t i = 0; names[i]; i++)
        columns[i] = csv_reader_column(reader, names[i]);
    if (!csv_reader_fault(reader))
        return SIM_OK;
    return sim_fail(error, SIM_FAILED, "%s", csv_reader_fault(reader));
}

int csv_reader_width(const struct csv_reader *reader)
{
    return reader->columns;
}

bool csv_reader_next(struct csv_reader *reader)
{
    if (reader->fault[0])
        return false;
    reader->row++;
    if (!read_row(reader))
        return false;
    if (reader->fields != reader->columns)
        fail(reader, "%d fields under %d columns", reader->fields, reader->columns);
    return !reader->fault[0];
}

/* --- fields -------------------------------------------------------------------------------- */

const char *csv_reader_file(const struct csv_reader *reader)
{
    return reader->name;
}

uint64_t csv_reader_row(const struct csv_reader *reader)
{
    return reader->row;
}

/* Without the apostrophe that csv_text() puts in front of what looks like a formula. */
static const char *without_apostrophe(const char *text)
{
    return *text == '\'' && csv_is_formula(text) ? text + 1 : text;
}

const char *csv_reader_column_name(const struct csv_reader *reader, int column)
{
    return column >= 0 && column < reader->columns
               ? without_apostrophe(reader->names + reader->name_offsets[column])
               : "";
}

const char *csv_reader_text(const struct csv_reader *reader, int column)
{
    return column >= 0 && column < reader->fields
               ? without_apostrophe(reader->bytes + reader->offsets[column])
               : "";
}

bool csv_reader_is_empty(const struct csv_reader *reader, int column)
{
    return csv_reader_text(reader, column)[0] == '\0';
}

/* Digits without needless leading zeros; returns how many, 0 if it is no such number. */
static size_t read_digits(const char *text, size_t most, int64_t *value)
{
    size_t digits = strspn(text, "0123456789");

    *value = 0;
    if (digits > most || (digits > 1 && text[0] == '0'))
        return 0;
    for (size_t i = 0; i < digits; i++)
        *value = *value * 10 + (text[i] - '0');
    return digits;
}

int64_t csv_reader_i64(struct csv_reader *reader, int column)
{
    const char *text = csv_reader_text(reader, column);
    bool is_negative = text[0] == '-';
    int64_t value;
    size_t digits = read_digits(text + is_negative, DIGITS_MAX, &value);

    if (digits == 0 || text[is_negative + digits] != '\0' || (is_negative && value == 0)) {
        fail_field(reader, column, "whole number");
        return 0;
    }
    return is_negative ? -value : value;
}

int64_t csv_reader_i64_or(struct csv_reader *reader, int column, int64_t if_empty)
{
    return csv_reader_is_empty(reader, column) ? if_empty : csv_reader_i64(reader, column);
}

double csv_reader_real(struct csv_reader *reader, int column)
{
    const char *text = csv_reader_text(reader, column);
    char *end;

    if (!*text)
        return 0;
    double value = strtod(text, &end);
    if (*end == '\0' && isfinite(value) && text[strspn(text, "0123456789+-.e")] == '\0')
        return value;
    fail_field(reader, column, "number");
    return 0;
}

int64_t csv_reader_count(struct csv_reader *reader, int column)
{
    int64_t value = csv_reader_i64(reader, column);

    if (value >= 0)
        return value;
    fail_field(reader, column, "count: it is below 0");
    return 0;
}

enum shaper_direction csv_reader_direction(struct csv_reader *reader, int column)
{
    const char *text = csv_reader_text(reader, column);

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (strcmp(text, shaper_direction_name((enum shaper_direction)d)) == 0)
            return (enum shaper_direction)d;
    fail_field(reader, column, "direction");
    return SHAPER_READ;
}

int64_t csv_reader_time_us(struct csv_reader *reader, int column)
{
    const char *text = csv_reader_text(reader, column);
    int64_t seconds, us = 0;
    size_t digits = read_digits(text, TIME_DIGITS_MAX, &seconds);
    const char *places = text + digits + 1;

    if (digits == 0 || text[digits] != '.' || strspn(places, "0123456789") != 6 ||
        places[6] != '\0') {
        fail_field(reader, column, "time in seconds with six places");
        return 0;
    }
    for (int i = 0; i < 6; i++)
        us = us * 10 + (places[i] - '0');
    return seconds * US_PER_S + us;
}

const char *csv_reader_fault(const struct csv_reader *reader)
{
    return reader->fault[0] ? reader->fault : NULL;
}

bool csv_reader_out_of_memory(const struct csv_reader *reader)
{
    return reader->is_out_of_memory;
}
