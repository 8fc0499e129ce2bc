/* `verify` on a whole directory (directory.h). */
#include "sim/verify/verify.h"

#include <string.h>

#include "tests/fuzzing/directory.h"
#include "tests/fuzzing/fuzzing.h"

static const char *const names[] = {
    "summary.json", "ticks.csv",   "flows.csv",       "flow_ticks.csv",
    "fairness.csv", "burst.csv",   "delays.csv",      "delays_time.csv",
    "events.csv",   "filters.csv", "application.csv", "exchanges.csv",
    "shaped.pcap",  NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *directory;
    static struct checks checks;
    char error[SIM_ERROR_BYTES] = "";

    if (!directory)
        directory = fuzz_directory_new();
    fuzz_directory_fill(directory, names, data, size);
    memset(&checks, 0, sizeof(checks));
    const struct verify_config config = {.directory = directory, .no_hashes = true};
    int status = verify_run(&config, &checks, error);
    fuzz_holds(status == SIM_OK || strstr(error, "/summary.json: is of format "),
               "everything of this format can be checked");
    fuzz_holds(checks_hold(&checks) || checks.first_failure[0], "a failure has a text");
    return 0;
}
