/* The reader of CSV files on any bytes. */
#include "sim/output/csv_reader.h"

#include <string.h>

#include "tests/fuzzing/fuzzing.h"

static void read_rows(const struct fuzz_file *file)
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
        if (rows % 4 == 0)
            csv_reader_i64(reader, 0);
        else if (rows % 4 == 1)
            csv_reader_real(reader, 0);
        else if (rows % 4 == 2)
            fuzz_holds(csv_reader_count(reader, 1) >= 0, "a count is not below 0");
        else
            fuzz_holds(csv_reader_time_us(reader, 2) >= 0, "a time is not below 0");
    }
    const char *fault = csv_reader_fault(reader);
    fuzz_holds(!fault || fault[0], "a fault has a text");
    csv_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_file file;

    if (file.fd == 0)
        fuzz_file_new(&file);
    fuzz_file_write(&file, data, size);
    read_rows(&file);
    return 0;
}
