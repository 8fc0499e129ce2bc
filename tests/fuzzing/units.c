/* Values with units. The input's first character, 0 to 4, says which kind, the rest is the text. */
#include "sim/base/units.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzzing/fuzzing.h"

static void read_rate(const char *text, char *error)
{
    static const int64_t ticks_ms[] = {1, 10, 999, 86400000};
    struct rate_value rate;
    char printed[UNIT_TEXT_BYTES];
    bool exact;

    if (unit_rate("--rate", text, &rate, error) != SIM_OK)
        return;
    for (size_t i = 0; i < sizeof(ticks_ms) / sizeof(ticks_ms[0]); i++) {
        int64_t bytes = unit_rate_per_tick(&rate, ticks_ms[i], &exact);
        fuzz_holds(bytes >= 0, "a rate is not below 0");
        unit_print_rate(printed, bytes, ticks_ms[i], rate.unit);
    }
}

static void read_size(const char *text, char *error)
{
    char printed[UNIT_TEXT_BYTES];
    int64_t bytes;

    if (unit_size_bytes("--burst", text, &bytes, error) != SIM_OK)
        return;
    fuzz_holds(bytes >= 0, "a size is not below 0");
    unit_print_size(printed, (uint64_t)bytes);
}

static void read_time(const char *text, char *error)
{
    char printed[UNIT_TEXT_BYTES];
    int64_t us;

    if (unit_time_us("--tick", text, &us, error) != SIM_OK)
        return;
    fuzz_holds(us >= 0, "a time is not below 0");
    unit_print_time(printed, us);
}

static void read_count(const char *text, char *error)
{
    int64_t count;

    if (unit_count("--seed", text, 3, INT64_C(1000000000000), &count, error) == SIM_OK)
        fuzz_holds(count >= 3 && count <= INT64_C(1000000000000), "a count is in its range");
}

static void read_number(const char *text)
{
    int64_t millionths;
    const char *rest = unit_number(text, &millionths);

    if (rest)
        fuzz_holds(rest > text && rest <= text + strlen(text) && millionths >= 0,
                   "a number is a part of its text");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[SIM_ERROR_BYTES];

    if (size == 0)
        return 0;
    char *text = fuzz_text(data + 1, size - 1);
    switch ((uint8_t)(data[0] - '0') % 5) {
    case 0:
        read_rate(text, error);
        break;
    case 1:
        read_size(text, error);
        break;
    case 2:
        read_time(text, error);
        break;
    case 3:
        read_count(text, error);
        break;
    case 4:
        read_number(text);
        break;
    }
    free(text);
    return 0;
}
