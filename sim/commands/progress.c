#include "sim/commands/progress.h"

#include <stdio.h>

#include "sim/clock/clock.h"

#define STEP_US      200000
#define CALLS_A_LOOK 256 /* limits how often the system's clock is read */

void progress_begin(struct progress_line *progress, struct flow_source *source)
{
    *progress =
        (struct progress_line){.source = source, .next_system_us = sim_clock_system_us() + STEP_US};
}

void progress_step(void *arg, int64_t now_us, uint64_t open_flows)
{
    struct progress_line *progress = arg;

    if (++progress->calls % CALLS_A_LOOK != 0)
        return;
    int64_t system_us = sim_clock_system_us();
    if (system_us < progress->next_system_us)
        return;
    progress->next_system_us = system_us + STEP_US;
    uint64_t size = flow_source_size_bytes(progress->source);
    fprintf(stderr, "\r\033[K%.1f s of virtual time, %llu packets, %llu flows open",
            (double)now_us / 1e6, (unsigned long long)flow_source_counts(progress->source)->packets,
            (unsigned long long)open_flows);
    if (size > 0)
        fprintf(stderr, ", %.0f %% of the file",
                100.0 * (double)flow_source_position_bytes(progress->source) / (double)size);
    fflush(stderr);
    progress->is_shown = true;
}

void progress_end(struct progress_line *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
    progress->is_shown = false;
}
