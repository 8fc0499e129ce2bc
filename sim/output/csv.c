#include "sim/output/csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/process.h"
#include "sim/output/compressor.h"
#include "sim/output/file_names.h"
#include "sim/output/owned_directory.h"
#include "sim/output/part_file.h"
#include "traces/file_stream.h"

#define BUFFER_BYTES (64 * 1024)
#define NUMBER_BYTES 32 /* the longest number field with its separator */
#define US_PER_S     1000000

struct csv {
    FILE *file;
    struct file_hash *hash;            /* of what was written; NULL on a borrowed stream */
    struct compressor *compressor;     /* NULL: the file is not compressed, or complete */
    struct owned_directory *directory; /* NULL on a borrowed stream */
    const char *name;
    bool row_begun;
    int failure; /* errno of the first failed write */
    size_t used;
    size_t whole_rows; /* of `used`, up to the end of the last whole row */
    char buffer[BUFFER_BYTES];
};

static void csv_free(struct csv *csv)
{
    file_hash_free(csv->hash);
    compressor_free(csv->compressor);
    free(csv);
}

/* A compressor_write. */
static void store(void *arg, const void *bytes, size_t count)
{
    struct csv *csv = arg;

    if (!csv->failure && fwrite(bytes, 1, count, csv->file) != count)
        csv->failure = process_note_failure(errno ? errno : EIO);
    if (csv->hash)
        file_hash_add(csv->hash, bytes, count);
}

static void write_out(struct csv *csv, size_t bytes)
{
    if (!csv->compressor)
        store(csv, csv->buffer, bytes);
    else if (compressor_add(csv->compressor, csv->buffer, bytes) != 0 && !csv->failure)
        csv->failure = ENOMEM;
    memmove(csv->buffer, csv->buffer + bytes, csv->used - bytes);
    csv->used -= bytes;
    csv->whole_rows -= bytes < csv->whole_rows ? bytes : csv->whole_rows;
}

/* Makes room for `bytes` more; only whole rows are written, except for one larger than the
 * buffer. */
static char *room(struct csv *csv, size_t bytes)
{
    if (csv->used + bytes > BUFFER_BYTES)
        write_out(csv, csv->whole_rows > 0 ? csv->whole_rows : csv->used);
    return csv->buffer + csv->used;
}

static void begin_field(struct csv *csv)
{
    if (csv->row_begun)
        csv->buffer[csv->used++] = ',';
    csv->row_begun = true;
}

/* Tables per tick consist of small numbers for the most part: these come first. */
static char *put_digits(char *at, uint64_t value, int least_digits)
{
    char digits[20];
    int n = 0;

    if (value < 10 && least_digits == 1) {
        *at++ = (char)('0' + value);
        return at;
    }
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) > 0 || n < least_digits);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

void csv_u64(struct csv *csv, uint64_t value)
{
    room(csv, NUMBER_BYTES);
    begin_field(csv);
    csv->used = (size_t)(put_digits(csv->buffer + csv->used, value, 1) - csv->buffer);
}

void csv_i64(struct csv *csv, int64_t value)
{
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;

    room(csv, NUMBER_BYTES);
    begin_field(csv);
    if (value < 0)
        csv->buffer[csv->used++] = '-';
    csv->used = (size_t)(put_digits(csv->buffer + csv->used, magnitude, 1) - csv->buffer);
}

void csv_time_us(struct csv *csv, int64_t us)
{
    room(csv, NUMBER_BYTES);
    begin_field(csv);
    char *at = put_digits(csv->buffer + csv->used, (uint64_t)us / US_PER_S, 1);
    *at++ = '.';
    at = put_digits(at, (uint64_t)us % US_PER_S, 6);
    csv->used = (size_t)(at - csv->buffer);
}

void csv_ratio(struct csv *csv, double value)
{
    uint64_t billionths = (uint64_t)(value * 1e9 + 0.5);

    room(csv, NUMBER_BYTES);
    begin_field(csv);
    char *at = put_digits(csv->buffer + csv->used, billionths / 1000000000, 1);
    *at++ = '.';
    at = put_digits(at, billionths % 1000000000, 9);
    csv->used = (size_t)(at - csv->buffer);
}

static bool is_number(const char *text)
{
    text += strspn(text, "+-") == 1;
    size_t whole = strspn(text, "0123456789");
    text += whole;
    size_t places = *text == '.' ? strspn(text + 1, "0123456789") : 0;
    text += places > 0 ? 1 + places : 0;
    if (whole + places > 0 && (*text == 'e' || *text == 'E')) {
        const char *digits = text + 1 + (strspn(text + 1, "+-") == 1);
        size_t exponent = strspn(digits, "0123456789");
        text = exponent > 0 ? digits + exponent : text;
    }
    return whole + places > 0 && *text == '\0';
}

bool csv_is_formula(const char *text)
{
    if (*text > '@') /* what most texts begin with: a letter */
        return false;
    text += strspn(text, "'");
    return *text && strchr("=+-@\t\r", *text) && strcmp(text, "-") != 0 && !is_number(text);
}

void csv_text(struct csv *csv, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;

    room(csv, 2);
    begin_field(csv);
    if (quoted)
        *room(csv, 1) = '"', csv->used++;
    if (csv_is_formula(text))
        *room(csv, 1) = '\'', csv->used++;
    for (; *text; text++) {
        if (*text == '"')
            *room(csv, 1) = '"', csv->used++;
        *room(csv, 1) = *text, csv->used++;
    }
    if (quoted)
        *room(csv, 1) = '"', csv->used++;
}

void csv_empty(struct csv *csv)
{
    room(csv, 1);
    begin_field(csv);
}

void csv_end_row(struct csv *csv)
{
    *room(csv, 1) = '\n';
    csv->used++;
    csv->whole_rows = csv->used;
    csv->row_begun = false;
}

bool csv_failed(const struct csv *csv)
{
    return csv->failure != 0;
}

static void put_header(struct csv *csv, const char *header)
{
    for (; *header; header++) /* the header of a sweep's table may be longer than the buffer */
        *room(csv, 1) = *header, csv->used++;
    csv_end_row(csv);
}

static int open_failed(struct csv *csv, char *error)
{
    int status = sim_fail(error, SIM_FAILED, "%s/%s: cannot be written (%s); choose another -o DIR",
                          csv->directory->path, csv->name, strerror(errno));
    csv_free(csv);
    return status;
}

/* Whole rows so far are all that the file will have. */
static void write_rest(struct csv *csv)
{
    write_out(csv, csv->whole_rows);
    if (csv->compressor && compressor_end(csv->compressor) != 0 && !csv->failure)
        csv->failure = ENOMEM;
    compressor_free(csv->compressor);
    csv->compressor = NULL;
}

int csv_open(struct owned_directory *directory, const char *name, const char *header,
             struct csv **out, char *error)
{
    struct csv *csv = calloc(1, sizeof(*csv));

    if (!csv)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", name);
    csv->directory = directory;
    csv->name = name;
    csv->hash = file_hash_new();
    if (file_name_is_compressed(name))
        csv->compressor = compressor_new(store, csv);
    if (!csv->hash || (file_name_is_compressed(name) && !csv->compressor)) {
        csv_free(csv);
        return sim_fail(error, SIM_FAILED, "%s: out of memory", name);
    }
    csv->file = part_file_new(directory, name);
    if (!csv->file)
        return open_failed(csv, error);
    setvbuf(csv->file, NULL, _IONBF, 0);
    put_header(csv, header);
    *out = csv;
    return SIM_OK;
}

int csv_to_stream(FILE *stream, const char *name, const char *header, struct csv **out, char *error)
{
    struct csv *csv = calloc(1, sizeof(*csv));

    if (!csv)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", name);
    csv->file = stream;
    csv->name = name;
    if (header)
        put_header(csv, header);
    *out = csv;
    return SIM_OK;
}

void csv_print_hash(struct csv *csv, char hex[FILE_HASH_BYTES])
{
    hex[0] = '\0';
    if (!csv->hash)
        return;
    write_rest(csv);
    file_hash_print(csv->hash, hex);
}

static void finish_file(struct csv *csv)
{
    write_rest(csv);
    /* fwrite() may take what it could not pass on for written: the stream knows. */
    bool is_whole = fflush(csv->file) == 0 && !ferror(csv->file);
    if (csv->directory)
        is_whole = fclose(csv->file) == 0 && is_whole;
    if (!is_whole && !csv->failure)
        csv->failure = errno;
}

int csv_commit(struct csv *csv, char *error)
{
    int status = SIM_OK;

    finish_file(csv);
    if (csv->directory)
        status = part_file_end(csv->directory, csv->name, csv->failure, error);
    else if (csv->failure)
        status = sim_fail(error, SIM_FAILED,
                          "%s: cannot be written (%s); make room or choose another place",
                          csv->name, strerror(csv->failure));
    csv_free(csv);
    return status;
}

void csv_keep_partial(struct csv *csv)
{
    if (!csv)
        return;
    finish_file(csv);
    csv_free(csv);
}

void csv_discard(struct csv *csv)
{
    if (!csv)
        return;
    fclose(csv->file);
    owned_directory_discard(csv->directory, csv->name);
    csv_free(csv);
}
