#include "sim/sweep/sweep_progress.h"

#include <stdio.h>
#include <unistd.h>

#include "sim/clock/clock.h"

#define TERMINAL_STEP_US 200000
#define LINE_STEP_US     5000000

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

static void print_line(const struct sweep_progress *progress, int64_t now_us)
{
    size_t ended = progress->ok - progress->before + progress->failed;
    size_t left = progress->runs - progress->ok - progress->failed;
    double rate = (double)ended * 1e6 / (double)(now_us - progress->start_us + 1);

    fprintf(stderr, "%s%zu of %zu runs done, %zu running, %zu failed",
            progress->is_terminal ? "\r\033[K" : "", progress->ok, progress->runs,
            progress->running, progress->failed);
    if (ended > 0)
        fprintf(stderr, ", %.1f a second, %.0f s left", rate, (double)left / rate);
    if (!progress->is_terminal)
        fputc('\n', stderr);
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
