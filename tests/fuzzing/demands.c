/* The demands of `verify`: any text as the value of each. */
#include "sim/options.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzzing/fuzzing.h"

static void check_value(const char *option, const struct verify_config *config)
{
    if (strcmp(option, "--min-jain") == 0)
        fuzz_holds(config->has_min_jain && config->min_jain_millionths >= 0 &&
                       config->min_jain_millionths <= 1000000,
                   "Jain's index is from 0 to 1");
    else if (strcmp(option, "--max-p99-delay") == 0)
        fuzz_holds(config->has_max_p99_delay && config->max_p99_delay_us >= 0, "a delay is a time");
    else if (strcmp(option, "--max-burst") == 0)
        fuzz_holds(config->has_max_burst && config->max_burst_bytes >= 0, "a burst is a size");
    else
        fuzz_holds(config->has_min_utilisation && config->min_utilisation_millionths >= 0,
                   "a utilisation is a share");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const demands[] = {"--min-jain", "--max-p99-delay", "--max-burst",
                                          "--min-utilisation"};
    char *value = fuzz_text(data, size);

    for (size_t i = 0; i < sizeof(demands) / sizeof(demands[0]); i++) {
        static struct parsed_options parsed;
        char error[SIM_ERROR_BYTES] = "";
        char command[] = "verify", option[32], directory[] = "run";
        char *words[] = {command, option, value, directory, NULL};
        strcpy(option, demands[i]);
        int status = options_parse(COMMAND_VERIFY, 4, words, &parsed, error);
        if (status == SIM_OK && !parsed.wants_help)
            check_value(option, &parsed.verify);
        fuzz_holds(status == SIM_OK || (status == SIM_MISUSE && error[0] && !strchr(error, '\n')),
                   "a refusal is misuse, in one line");
        parsed_options_fini(&parsed);
    }
    free(value);
    return 0;
}
