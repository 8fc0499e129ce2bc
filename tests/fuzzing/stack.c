/* Filters and chains of them above pairs. */
#include "tests/fuzzing/channels.h"
#include "tests/fuzzing/fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_channels(SHAPER_TRANSPORT_PAIR, data, size);
    return 0;
}
