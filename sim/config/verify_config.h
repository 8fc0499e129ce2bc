/* What `verify` was asked for: a run to check, and its demands. */
#ifndef SHAPESIM_SIM_CONFIG_VERIFY_CONFIG_H
#define SHAPESIM_SIM_CONFIG_VERIFY_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

struct verify_config {
    const char *directory; /* of a finished run */
    const char *against;   /* of another one; NULL: none */
    bool json;
    bool no_hashes;
    bool has_min_jain, has_max_p99_delay, has_max_burst, has_min_utilisation;
    int64_t min_jain_millionths;
    int64_t max_p99_delay_us;
    int64_t max_burst_bytes;
    int64_t min_utilisation_millionths; /* in units of a per cent */
};

#endif
