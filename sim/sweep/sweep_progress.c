#include "sim/sweep/sweep_progress.h"

#include <stdio.h>
#include <unistd.h>

#include "sim/clock/clock.h"

#define TERMINAL_STEP_US 200000
#define LINE_STEP_US     5000000
#define PART_BYTES       64

static int64_t step_us(const struct sweep_progress *progress)
{
    return progress->is_terminal ? TERMINAL_STEP_US : LINE_STEP_US;
}

void sweep_progress_begin(struct sweep_progress *progress, size_t runs, size_t before,
                          bool is_quiet)
{
    *progress = (struct sweep_progress){.runs = runs,
                                        .before = before,
                                        .ok = before,
                                        .is_quiet = is_quiet,
                                        .is_terminal = isatty(STDERR_FILENO) != 0,
                                        .start_us = sim_clock_system_us()};
    progress->next_us = progress->start_us + step_us(progress);
}

const char *sweep_progress_text(char line[TERMINAL_LINE_BYTES],
                                const struct sweep_progress *progress, int64_t now_us, int columns)
{
    size_t ended = progress->ok - progress->before + progress->failed;
    size_t to_do = progress->runs - progress->before;
    int64_t elapsed_us = now_us - progress->start_us + 1;
    char done[PART_BYTES], left[TERMINAL_LEFT_BYTES] = "", running[PART_BYTES], failed[PART_BYTES],
                           rate[PART_BYTES];
    const char *parts[5] = {done};
    size_t count = 1;

    snprintf(done, sizeof(done), "%zu of %zu runs done", progress->ok, progress->runs);
    snprintf(failed, sizeof(failed), "%zu failed", progress->failed);
    snprintf(running, sizeof(running), "%zu running", progress->running);
    if (ended > 0 && ended < to_do)
        parts[count++] = terminal_left(left, elapsed_us, (double)ended / (double)to_do);
    parts[count++] = failed;
    parts[count++] = running;
    if (ended > 0) {
        snprintf(rate, sizeof(rate), "%.1f a second", (double)ended * 1e6 / (double)elapsed_us);
        parts[count++] = rate;
    }
    return terminal_fit(line, parts, count, columns);
}

static void print_line(const struct sweep_progress *progress, int64_t now_us)
{
    char line[TERMINAL_LINE_BYTES];
    int columns = progress->is_terminal ? terminal_columns(STDERR_FILENO) : TERMINAL_LINE_BYTES;

    sweep_progress_text(line, progress, now_us, columns);
    if (progress->is_terminal)
        fprintf(stderr, "\r\033[K%s", line);
    else
        fprintf(stderr, "%s\n", line);
    fflush(stderr);
}

void sweep_progress_step(struct sweep_progress *progress)
{
    int64_t now_us = sim_clock_system_us();

    if (progress->is_quiet || now_us < progress->next_us)
        return;
    print_line(progress, now_us);
    progress->next_us = now_us + step_us(progress);
}

int64_t sweep_progress_wait_us(const struct sweep_progress *progress)
{
    int64_t wait_us = progress->next_us - sim_clock_system_us();

    return progress->is_quiet ? LINE_STEP_US : wait_us > 0 ? wait_us : 0;
}

void sweep_progress_end(struct sweep_progress *progress)
{
    double seconds = (double)(sim_clock_system_us() - progress->start_us) / 1e6;

    if (progress->is_quiet)
        return;
    fprintf(stderr, "%s%zu of %zu runs done, %zu of them before; %zu failed; %.1f s\n",
            progress->is_terminal ? "\r\033[K" : "", progress->ok, progress->runs, progress->before,
            progress->failed, seconds);
}
