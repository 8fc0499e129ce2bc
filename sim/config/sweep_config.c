#include "sim/config/sweep_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/units.h"
#include "sim/config/named_windows.h"

#define SEED_MAX INT64_C(1000000000000)

void sweep_config_init(struct sweep_config *config)
{
    memset(config, 0, sizeof(*config));
    config->first_seed = 1;
    config->seed_count = 1;
    config->fairness_window_us = WINDOW_DEFAULT_US;
}

int sweep_seeds_parse(const char *what, const char *text, int64_t *first_seed, int64_t *seed_count,
                      char *error)
{
    const char *dash = strchr(text, '-');
    int64_t last;
    char first[32];

    snprintf(first, sizeof(first), "%.*s", dash ? (int)(dash - text) : 31, text);
    if (unit_count(what, first, 0, SEED_MAX, first_seed, error) != SIM_OK ||
        unit_count(what, dash ? dash + 1 : first, 0, SEED_MAX, &last, error) != SIM_OK)
        return sim_fail(error, SIM_MISUSE,
                        "%s %s: write two whole numbers, like 1-10, or one, up to 1000000000000",
                        what, text);
    if (last < *first_seed)
        return sim_fail(error, SIM_MISUSE, "%s %s: ends before it begins", what, text);
    if (last - *first_seed >= SWEEP_RUNS_MAX)
        return sim_fail(error, SIM_MISUSE, "%s %s: more than %d seeds", what, text, SWEEP_RUNS_MAX);
    *seed_count = last - *first_seed + 1;
    return SIM_OK;
}

/* A lone --seed is the sweep's one seed. */
static int take_seed_option(struct sweep_config *config, char *error)
{
    for (size_t i = 0; i < config->option_count; i++) {
        const struct sweep_option *option = &config->options[i];
        if (strcmp(option->name, "seed") != 0)
            continue;
        if (config->seeds)
            return sim_fail(error, SIM_MISUSE,
                            "--seed %s: --seeds %s is given too; leave one of them out",
                            option->value, config->seeds);
        config->first_seed = strtoll(option->value, NULL, 10); /* has been checked */
    }
    return SIM_OK;
}

static int check_collect(const struct sweep_config *config, char *error)
{
    if (config->trace_count == 0 && config->option_count == 0 && config->vary_count == 0 &&
        !config->seeds && config->sample == 0 && !config->print_jobs && !config->directory)
        return SIM_OK;
    return sim_fail(error, SIM_MISUSE,
                    "--collect %s: takes the settings from there; leave out all but --rank, "
                    "--rank-by, --want, --fairness-window, --json and --quiet",
                    config->collect);
}

int sweep_config_check(struct sweep_config *config, char *error)
{
    if (config->collect)
        return check_collect(config, error);
    if (config->trace_count == 0)
        return sim_fail(error, SIM_MISUSE, "sweep: no trace; give one capture file or several");
    for (size_t i = 0; i < config->trace_count; i++)
        if (strcmp(config->traces[i], "-") == 0)
            return sim_fail(error, SIM_MISUSE,
                            "sweep: standard input can be read only once; write it to a file");
    if (config->print_jobs && config->json)
        return sim_fail(error, SIM_MISUSE,
                        "--json: --print-jobs prints commands and has no result; leave one of them "
                        "out");
    return take_seed_option(config, error);
}
