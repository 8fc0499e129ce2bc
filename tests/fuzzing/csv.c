/* Both readers of CSV files on any bytes: verify's, which is strict, and the report's. */
#include "sim/csv_reader.h"

#include <string.h>

#include "sim/column_reader.h"
#include "tests/fuzzing/fuzzing.h"

static void read_strictly(const struct fuzz_file *file)
{
    struct csv_reader *reader;
    char error[SIM_ERROR_BYTES];
    uint64_t rows = 0;

    if (csv_reader_open(file->directory, file->name, &reader, error) != SIM_OK)
        return;
    while (csv_reader_next(reader)) {
        fuzz_holds(csv_reader_row(reader) == ++rows, "rows are counted");
        for (int i = 0; csv_reader_column_name(reader, i)[0]; i++)
            fuzz_holds(csv_reader_is_empty(reader, i) == !strlen(csv_reader_text(reader, i)),
                       "empty is empty");
        /* What is no such number is a fault, which ends the reading: one of them each row. */
        if (rows % 3 == 0)
            csv_reader_i64(reader, 0);
        else if (rows % 3 == 1)
            fuzz_holds(csv_reader_count(reader, 1) >= 0, "a count is not below 0");
        else
            fuzz_holds(csv_reader_time_us(reader, 2) >= 0, "a time is not below 0");
    }
    const char *fault = csv_reader_fault(reader);
    fuzz_holds(!fault || fault[0], "a fault has a text");
    csv_reader_free(reader);
}

static void read_columns(const struct fuzz_file *file)
{
    struct column_reader *reader;
    char error[SIM_ERROR_BYTES];
    size_t length = 0;

    if (column_reader_open(file->directory, file->name, &reader, error) != SIM_OK)
        return;
    size_t width = column_reader_width(reader);
    for (size_t i = 0; i < width; i++)
        length += strlen(column_reader_name(reader, i));
    while (column_reader_next(reader, error) == 1) {
        for (size_t i = 0; i < width; i++) {
            length += strlen(column_reader_text(reader, i));
            column_reader_i64(reader, i);
            column_reader_real(reader, i);
        }
    }
    fuzz_holds(length < SIZE_MAX, "texts end");
    column_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_file file;

    if (file.fd == 0)
        fuzz_file_new(&file);
    fuzz_file_write(&file, data, size);
    read_strictly(&file);
    read_columns(&file);
    return 0;
}
