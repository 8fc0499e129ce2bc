/* The demands of `verify`: any text as the value of each. */
#include "sim/cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzzing/fuzzing.h"

static bool is_in_range(const struct demand *demand)
{
    const struct demand_metric_entry *entry = demand_metric_entry(demand->metric);
    int64_t most = entry->unit == DEMAND_INDEX     ? 1000000
                   : entry->unit == DEMAND_PERCENT ? 100000000
                                                   : INT64_MAX;

    return demand->value >= 0 && demand->value <= most &&
           (entry->has_direction || demand->direction == DEMAND_EITHER_DIRECTION) &&
           (entry->has_window || demand->window == DEMAND_WINDOW_NONE) &&
           (demand->window == DEMAND_WINDOW_NONE || demand->window_length > 0) &&
           !demand_reserves(demand->group);
}

static void check_value(const struct verify_config *config)
{
    for (size_t i = 0; i < DEMAND_SHORTS; i++)
        if (config->short_demands[i].text)
            fuzz_holds(is_in_range(&config->short_demands[i]), "a value is in its metric's range");
    for (size_t i = 0; i < config->wants.count; i++)
        fuzz_holds(is_in_range(&config->wants.demands[i]), "a value is in its metric's range");
    fuzz_holds(config->wants.count < 2, "one option is one demand");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const demands[] = {"--min-jain", "--max-p99-delay", "--max-burst",
                                          "--min-utilisation", "--want"};
    char *value = fuzz_text(data, size);

    for (size_t i = 0; i < sizeof(demands) / sizeof(demands[0]); i++) {
        static struct parsed_options parsed;
        char error[SIM_ERROR_BYTES] = "";
        char command[] = "verify", option[32], directory[] = "run";
        char *words[] = {command, option, value, directory, NULL};
        strcpy(option, demands[i]);
        int status = options_parse(COMMAND_VERIFY, 4, words, &parsed, error);
        if (status == SIM_OK && !parsed.wants_help)
            check_value(&parsed.verify);
        fuzz_holds(status == SIM_OK || (status == SIM_MISUSE && error[0] && !strchr(error, '\n')),
                   "a refusal is misuse, in one line");
        parsed_options_fini(&parsed);
    }
    free(value);
    return 0;
}
