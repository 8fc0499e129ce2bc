/*
 * The runs of `shapesim advise`: its directory is that of a sweep whose values go together
 * (--link), with an axis each for rate, burst, tick and min-share, and a combination for every
 * setting that was tried. What is there is not run again; verify and report take the directory as
 * they take any sweep's.
 */
#ifndef SHAPESIM_SIM_ADVISE_ADVISE_RUNS_H
#define SHAPESIM_SIM_ADVISE_ADVISE_RUNS_H

#include <signal.h>
#include <stdio.h>

#include "sim/advise/advise_outcome.h"
#include "sim/advise/advise_setting.h"
#include "sim/config/advise_config.h"
#include "sim/config/sweep_config.h"
#include "sim/output/owned_directory.h"

struct advise_runs;

/* All are borrowed. The caller frees with advise_runs_free(); NULL on allocation failure. */
struct advise_runs *advise_runs_new(const struct advise_config *config,
                                    const struct advise_space *space,
                                    const struct sweep_config *sweep,
                                    const volatile sig_atomic_t *stop);
void advise_runs_free(struct advise_runs *runs);

/* An advise_evaluate_callback; `arg` is the runs. Begins the directory with the first call. With
 * --print-jobs it prints the commands of runs that are missing, and fails. */
int advise_runs_evaluate(void *arg, const struct advise_setting *settings, size_t count,
                         struct advise_outcome *outcomes, char *error);

/* An advise_start_callback; likewise. */
int advise_runs_start(void *arg, const struct advise_setting *wide, int64_t *bytes_per_tick,
                      char *error);

/* An advise_rank_callback; likewise. */
int advise_runs_rank(void *arg, const struct advise_setting *settings, size_t count, size_t *places,
                     char *error);

/* Whether the search has ended because runs are missing, whose commands were printed. */
bool advise_runs_wait(const struct advise_runs *runs);

/* Writes the tables of the sweep. Like the others, after the last evaluation. SIM_OK or
 * SIM_FAILED. */
int advise_runs_write_tables(struct advise_runs *runs, char *error);

/* Of a setting that was tried, the figures of each demand: wants.count of them. SIM_OK or
 * SIM_FAILED. */
int advise_runs_figures(const struct advise_runs *runs, const struct advise_setting *setting,
                        struct advise_figure *figures, char *error);

/* Prints the C of its limits. SIM_OK or SIM_FAILED. */
int advise_runs_print_c(const struct advise_runs *runs, const struct advise_setting *setting,
                        FILE *out, char *error);

/* Its command without the seed; borrowed, NULL for a setting that is impossible. */
const char *advise_runs_command(const struct advise_runs *runs,
                                const struct advise_setting *setting);

/* The directory of an evaluation that succeeded. */
struct owned_directory *advise_runs_directory(struct advise_runs *runs);

#endif
