#include "sim/column_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct column_reader {
    char *path;
    FILE *file;
    char *line;
    size_t line_room;
    char *more; /* the next line of a row with a line break in a field */
    size_t more_room;
    uint64_t row; /* the header is 1 */
    size_t width;
    char *header;
    const char **names;
    const char **fields;
};

static bool is_open_quoted(const char *line)
{
    bool quoted = false;

    for (; (line = strchr(line, '"')); line++)
        quoted = !quoted;
    return quoted;
}

/* One row into reader->line, its end cut off: 1, 0 at the file's end, -1 without memory. */
static int read_row(struct column_reader *reader)
{
    ssize_t length = getline(&reader->line, &reader->line_room, reader->file);

    if (length < 0)
        return feof(reader->file) ? 0 : -1;
    while (is_open_quoted(reader->line)) {
        ssize_t more = getline(&reader->more, &reader->more_room, reader->file);
        if (more < 0)
            break;
        size_t needed = (size_t)length + (size_t)more + 1;
        char *longer = needed > reader->line_room ? realloc(reader->line, needed) : reader->line;
        if (!longer)
            return -1;
        reader->line = longer;
        reader->line_room = needed > reader->line_room ? needed : reader->line_room;
        memcpy(reader->line + length, reader->more, (size_t)more + 1);
        length += more;
    }
    while (length > 0 && (reader->line[length - 1] == '\n' || reader->line[length - 1] == '\r'))
        reader->line[--length] = '\0';
    reader->row++;
    return 1;
}

/* Undoes a field's quotes in place; returns what stands behind it. */
static char *unquote(char *field)
{
    char *out = field;
    const char *in = field + 1;

    for (; *in && !(in[0] == '"' && in[1] != '"'); in++) {
        if (*in == '"')
            in++;
        *out++ = *in;
    }
    char *behind = field + (in - field) + (*in == '"');
    *out = '\0';
    return behind;
}

/* Cuts a row into fields in place; returns how many there are, noting the first `room`. */
static size_t split(char *line, const char **fields, size_t room)
{
    size_t count = 0;

    for (char *field = line; field; count++) {
        char *behind;
        bool is_last;
        if (*field == '"') {
            behind = unquote(field);
            is_last = *behind != ',';
        } else {
            behind = strchr(field, ',');
            is_last = !behind;
        }
        if (count < room)
            fields[count] = field;
        if (!is_last)
            *behind = '\0';
        field = is_last ? NULL : behind + 1;
    }
    return count;
}

static int read_header(struct column_reader *reader, char *error)
{
    int status = read_row(reader);

    if (status < 0)
        return sim_fail(error, SIM_FAILED, "%s: cannot be read, or out of memory", reader->path);
    if (status == 0)
        return sim_fail(error, SIM_FAILED, "%s: has no header row; run shapesim again",
                        reader->path);
    reader->header = reader->line;
    reader->line = NULL;
    reader->line_room = 0;
    size_t most = 1;
    for (const char *comma = reader->header; (comma = strchr(comma, ',')); comma++)
        most++;
    reader->names = calloc(most, sizeof(*reader->names));
    reader->fields = calloc(most, sizeof(*reader->fields));
    if (!reader->names || !reader->fields)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", reader->path);
    reader->width = split(reader->header, reader->names, most);
    return SIM_OK;
}

int column_reader_open(const char *directory, const char *name, struct column_reader **out,
                       char *error)
{
    struct column_reader *reader = calloc(1, sizeof(*reader));

    *out = NULL;
    if (!reader || asprintf(&reader->path, "%s/%s", directory, name) < 0) {
        free(reader);
        return sim_fail(error, SIM_FAILED, "%s: out of memory", name);
    }
    reader->file = fopen(reader->path, "r");
    int status = reader->file
                     ? read_header(reader, error)
                     : sim_fail(error, SIM_FAILED, "%s: %s; give the directory of a finished run",
                                reader->path, strerror(errno));
    if (status != SIM_OK) {
        column_reader_free(reader);
        return status;
    }
    *out = reader;
    return SIM_OK;
}

int column_reader_columns(const struct column_reader *reader, const char *const *names,
                          size_t *places, char *error)
{
    for (size_t i = 0; names[i]; i++) {
        size_t place = 0;
        while (place < reader->width && strcmp(reader->names[place], names[i]) != 0)
            place++;
        if (place == reader->width)
            return sim_fail(error, SIM_FAILED,
                            "%s: has no column %s; it comes from another version: run again",
                            reader->path, names[i]);
        places[i] = place;
    }
    return SIM_OK;
}

size_t column_reader_width(const struct column_reader *reader)
{
    return reader->width;
}

const char *column_reader_name(const struct column_reader *reader, size_t place)
{
    return reader->names[place];
}

int column_reader_next(struct column_reader *reader, char *error)
{
    int status = read_row(reader);

    if (status < 0)
        sim_fail(error, SIM_FAILED, "%s: row %" PRIu64 " cannot be read (%s)", reader->path,
                 reader->row + 1, strerror(errno));
    if (status <= 0)
        return status;
    size_t width = split(reader->line, reader->fields, reader->width);
    if (width == reader->width)
        return 1;
    sim_fail(error, SIM_FAILED, "%s: row %" PRIu64 " has %zu fields, not %zu; run shapesim again",
             reader->path, reader->row, width, reader->width);
    return -1;
}

const char *column_reader_text(const struct column_reader *reader, size_t place)
{
    return reader->fields[place];
}

int64_t column_reader_i64(const struct column_reader *reader, size_t place)
{
    return strtoll(reader->fields[place], NULL, 10);
}

double column_reader_real(const struct column_reader *reader, size_t place)
{
    return strtod(reader->fields[place], NULL);
}

void column_reader_free(struct column_reader *reader)
{
    if (!reader)
        return;
    if (reader->file)
        fclose(reader->file);
    free(reader->path);
    free(reader->line);
    free(reader->more);
    free(reader->header);
    free(reader->names);
    free(reader->fields);
    free(reader);
}
