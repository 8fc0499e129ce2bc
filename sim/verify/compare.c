#include "sim/verify/compare.h"

#include <errno.h>
#include <limits.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/output/file_names.h"
#include "sim/output/record.h"
#include "sim/output/stored_file.h"
#include "traces/file_stream.h"

/* The result of one comparison. */
struct comparison {
    uint64_t rows;      /* that are the same, or packets */
    bool has_no_memory; /* `error` says so; the runs were not compared */
    char *error;
};

/* One of the two files while it is read; zeroed is closed. */
struct side {
    char *path;
    struct stored_file file;
    char *line;
    size_t line_room;
    int failure; /* an errno: a line could not be read */
};

static int out_of_memory(struct comparison *comparison, const char *what)
{
    comparison->has_no_memory = true;
    return sim_fail(comparison->error, SIM_FAILED, "%s: out of memory", what);
}

static int side_open(struct side *side, const char *directory, const char *name,
                     struct comparison *comparison)
{
    if (asprintf(&side->path, "%s/%s", directory, name) < 0) {
        side->path = NULL;
        return out_of_memory(comparison, name);
    }
    int failure = stored_file_open(&side->file, side->path);
    if (failure == ENOMEM)
        return out_of_memory(comparison, side->path);
    if (failure)
        return sim_fail(comparison->error, SIM_FAILED,
                        "%s: %s; give the directory of a finished run", side->path,
                        strerror(failure));
    return SIM_OK;
}

static void side_close(struct side *side)
{
    stored_file_close(&side->file);
    free(side->path);
    free(side->line);
}

/* The next line without its end; NULL at the file's end. */
static const char *side_line(struct side *side)
{
    FILE *stream = side->file.stream;
    ssize_t length = getline(&side->line, &side->line_room, stream);

    if (length < 0) {
        side->failure = !feof(stream) ? errno : stored_file_failure(&side->file) ? EIO : 0;
        return NULL;
    }
    if (length > 0 && side->line[length - 1] == '\n')
        side->line[length - 1] = '\0';
    return side->line;
}

/* The length of the field that begins here, quotes included. */
static size_t field_length(const char *field)
{
    size_t length = 0;
    bool quoted = false;

    for (; field[length] && (quoted || field[length] != ','); length++)
        if (field[length] == '"')
            quoted = !quoted;
    return length;
}

static const char *next_field(const char *field)
{
    const char *end = field + field_length(field);

    return *end == ',' ? end + 1 : end;
}

/* Two rows that differ: finds the first column in which they do. */
static int report_difference(const char *header, const struct side *a, const struct side *b,
                             uint64_t row, char *error)
{
    const char *name = header, *x = a->line, *y = b->line;

    while (field_length(x) == field_length(y) && memcmp(x, y, field_length(x)) == 0 && *x && *y) {
        name = next_field(name);
        x = next_field(x);
        y = next_field(y);
    }
    return sim_fail(error, SIM_FAILED, "%s: row %" PRIu64 ", %.*s is %.*s, but %.*s in %s", a->path,
                    row, (int)field_length(name), name, (int)field_length(x), x,
                    (int)field_length(y), y, b->path);
}

static int cannot_read(const struct side *a, const struct side *b, struct comparison *comparison)
{
    const struct side *side = a->failure ? a : b;

    if (side->failure == ENOMEM)
        return out_of_memory(comparison, side->path);
    return sim_fail(comparison->error, SIM_FAILED, "%s: cannot be read (%s)", side->path,
                    strerror(side->failure));
}

static int compare_rows(struct side *a, struct side *b, struct comparison *comparison)
{
    char *error = comparison->error;
    const char *x = side_line(a), *y = side_line(b);

    if (a->failure || b->failure)
        return cannot_read(a, b, comparison);
    if (!x || !y || strcmp(x, y) != 0)
        return sim_fail(error, SIM_FAILED,
                        "%s and %s have different columns; compare runs of one version", a->path,
                        b->path);
    char *header = strdup(x);
    if (!header)
        return out_of_memory(comparison, a->path);
    int status = SIM_OK;
    for (uint64_t row = 1; status == SIM_OK; row++) {
        x = side_line(a);
        y = side_line(b);
        if (a->failure || b->failure)
            status = cannot_read(a, b, comparison);
        else if (!x && !y)
            break;
        else if (!x || !y)
            status = sim_fail(error, SIM_FAILED, "%s ends after %" PRIu64 " rows, %s continues",
                              x ? b->path : a->path, row - 1, x ? a->path : b->path);
        else if (strcmp(x, y) != 0)
            status = report_difference(header, a, b, row, error);
        else
            comparison->rows++;
    }
    free(header);
    return status;
}

static bool is_same_packet(const struct capture_packet *a, const struct capture_packet *b)
{
    return a->time_ns == b->time_ns && a->wire_bytes == b->wire_bytes &&
           a->captured_bytes == b->captured_bytes &&
           memcmp(a->data, b->data, a->captured_bytes) == 0;
}

/* Passes on an error of reading a capture: its status and text. */
static int capture_failed(int status, const char *text, struct comparison *comparison)
{
    comparison->has_no_memory = status == TRACE_ERROR_MEMORY;
    return sim_fail(comparison->error, SIM_FAILED, "%s", text);
}

static int compare_packets(struct capture *a, struct capture *b, struct comparison *comparison)
{
    char *error = comparison->error;
    struct capture_packet x, y;
    int x_status, y_status;

    for (uint64_t number = 1;; number++) {
        char text[TRACE_ERROR_BYTES];
        if ((x_status = capture_next(a, &x, text)) < 0)
            return capture_failed(x_status, text, comparison);
        if ((y_status = capture_next(b, &y, text)) < 0)
            return capture_failed(y_status, text, comparison);
        if (x_status == TRACE_END && y_status == TRACE_END)
            return SIM_OK;
        if (x_status == TRACE_END || y_status == TRACE_END)
            return sim_fail(error, SIM_FAILED, "%s ends after %" PRIu64 " packets, %s continues",
                            capture_path(x_status == TRACE_END ? a : b), number - 1,
                            capture_path(x_status == TRACE_END ? b : a));
        if (!is_same_packet(&x, &y))
            return sim_fail(error, SIM_FAILED, "%s: packet %" PRIu64 " is not that of %s",
                            capture_path(a), number, capture_path(b));
        comparison->rows++;
    }
}

static int open_capture(const char *directory, struct capture **capture,
                        struct comparison *comparison)
{
    char text[TRACE_ERROR_BYTES], *path;

    if (asprintf(&path, "%s/%s", directory, SHAPED_CAPTURE_FILE) < 0)
        return out_of_memory(comparison, directory);
    int status = capture_open(path, capture, text);
    free(path);
    return status == TRACE_OK ? SIM_OK : capture_failed(status, text, comparison);
}

static int compare_captures(const char *directory, const char *other, struct comparison *comparison)
{
    struct capture *a = NULL, *b = NULL;
    int status = open_capture(directory, &a, comparison);

    if (status == SIM_OK)
        status = open_capture(other, &b, comparison);
    if (status == SIM_OK)
        status = compare_packets(a, b, comparison);
    capture_free(a);
    capture_free(b);
    return status;
}

static int compare_tables(const char *name, const char *directory, const char *other,
                          struct comparison *comparison)
{
    struct side a = {0}, b = {0};
    int status = side_open(&a, directory, name, comparison);

    if (status == SIM_OK)
        status = side_open(&b, other, name, comparison);
    if (status == SIM_OK)
        status = compare_rows(&a, &b, comparison);
    side_close(&a);
    side_close(&b);
    return status;
}

/* Compressed or not. */
static bool is_there(const char *directory, const char *name)
{
    static const char *const endings[] = {"", FILE_COMPRESSED};
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        int length = snprintf(path, sizeof(path), "%s/%s%s", directory, name, endings[i]);
        if (length < (int)sizeof(path) && access(path, F_OK) == 0)
            return true;
    }
    return false;
}

int compare_runs(const char *directory, const char *other, struct checks *checks, char *error)
{
    char text[SIM_ERROR_BYTES];
    struct comparison comparison = {.error = text};
    int status = SIM_OK;

    for (size_t i = 0; record_known_file(i) && status == SIM_OK; i++) {
        const char *name = record_known_file(i);
        if (!is_there(directory, name) && !is_there(other, name))
            continue;
        if (strcmp(name, SHAPED_CAPTURE_FILE) == 0)
            status = compare_captures(directory, other, &comparison);
        else
            status = compare_tables(name, directory, other, &comparison);
    }
    if (comparison.has_no_memory)
        return sim_fail(error, SIM_FAILED, "%s", text);
    if (status == SIM_OK)
        check_agrees(checks, CHECK_AGAINST, comparison.rows, "rows are the same");
    else
        check_fails(checks, CHECK_AGAINST, "%s", text);
    return SIM_OK;
}
