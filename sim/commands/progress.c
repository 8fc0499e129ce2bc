#include "sim/commands/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "sim/clock/clock.h"

#define STEP_US      200000
#define CALLS_A_LOOK 256 /* limits how often the system's clock is read */
#define PART_BYTES   64
#define PARTS        5

void progress_begin(struct progress_line *progress, struct flow_source *source, int64_t max_time_us)
{
    int64_t system_us = sim_clock_system_us();

    *progress = (struct progress_line){.source = source,
                                       .max_time_us = max_time_us,
                                       .start_system_us = system_us,
                                       .next_system_us = system_us + STEP_US};
}

/* What is done of the run, from 0 to 1: of the trace, or of the time after which it ends. */
static double share_done(const struct progress_state *state)
{
    double of_trace =
        state->size_bytes > 0 ? (double)state->position_bytes / (double)state->size_bytes : 0;
    double of_time =
        state->max_time_us > 0 ? (double)state->now_us / (double)state->max_time_us : 0;

    return of_time > of_trace ? of_time : of_trace;
}

const char *progress_text(char line[TERMINAL_LINE_BYTES], const struct progress_state *state,
                          int columns)
{
    char texts[PARTS][PART_BYTES] = {""}, left[TERMINAL_LEFT_BYTES];
    const char *parts[PARTS];
    double share = share_done(state);
    size_t count = 0;

    snprintf(texts[count++], PART_BYTES, "%.1f s of virtual time", (double)state->now_us / 1e6);
    if (state->size_bytes > 0)
        snprintf(texts[count++], PART_BYTES, "%.0f %% read",
                 100.0 * (double)state->position_bytes / (double)state->size_bytes);
    if (share > 0 && share < 1)
        snprintf(texts[count++], PART_BYTES, "%s", terminal_left(left, state->elapsed_us, share));
    snprintf(texts[count++], PART_BYTES, "%" PRIu64 " packets", state->packets);
    snprintf(texts[count++], PART_BYTES, "%" PRIu64 " flows open", state->open_flows);
    for (size_t i = 0; i < count; i++)
        parts[i] = texts[i];
    return terminal_fit(line, parts, count, columns);
}

void progress_step(void *arg, int64_t now_us, uint64_t open_flows)
{
    struct progress_line *progress = arg;
    char line[TERMINAL_LINE_BYTES];

    if (++progress->calls % CALLS_A_LOOK != 0)
        return;
    int64_t system_us = sim_clock_system_us();
    if (system_us < progress->next_system_us)
        return;
    progress->next_system_us = system_us + STEP_US;
    const struct progress_state state = {.now_us = now_us,
                                         .max_time_us = progress->max_time_us,
                                         .position_bytes =
                                             flow_source_position_bytes(progress->source),
                                         .size_bytes = flow_source_size_bytes(progress->source),
                                         .packets = flow_source_counts(progress->source)->packets,
                                         .open_flows = open_flows,
                                         .elapsed_us = system_us - progress->start_system_us};
    fprintf(stderr, "\r\033[K%s", progress_text(line, &state, terminal_columns(STDERR_FILENO)));
    fflush(stderr);
    progress->is_shown = true;
}

void progress_end(struct progress_line *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
    progress->is_shown = false;
}
