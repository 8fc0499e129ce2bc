/* TLS channels, with and without filters above them. */
#include "tests/fuzzing/channels.h"
#include "tests/fuzzing/fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_channels(SHAPER_TRANSPORT_TLS, data, size);
    return 0;
}
