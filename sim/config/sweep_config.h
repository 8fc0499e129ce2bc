/*
 * What `shapesim sweep` was asked for: set by the command line, then only read. All texts are
 * borrowed from argv.
 */
#ifndef SHAPESIM_SIM_CONFIG_SWEEP_CONFIG_H
#define SHAPESIM_SIM_CONFIG_SWEEP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/sim.h"
#include "sim/config/demands.h"
#include "sim/config/rank_keys.h"

#define SWEEP_AXES_MAX    16
#define SWEEP_OPTIONS_MAX 256
#define SWEEP_JOBS_MAX    1024
#define SWEEP_RUNS_MAX    1000000

/* An option of run that is given to every run. */
struct sweep_option {
    const char *name;  /* without dashes */
    const char *value; /* NULL if it takes none */
};

struct sweep_config {
    char *const *traces; /* paths */
    size_t trace_count;
    struct sweep_option options[SWEEP_OPTIONS_MAX]; /* as given, without those of the output */
    size_t option_count;
    const char *vary[SWEEP_AXES_MAX]; /* as typed */
    size_t vary_count;
    bool link;         /* the values of all axes go together, not every combination */
    const char *seeds; /* as typed, or NULL */
    int64_t first_seed;
    int64_t seed_count;
    int64_t sample;             /* how many combinations to choose at random; 0: all */
    int64_t jobs;               /* runs at a time; 0: one per core */
    const char *rank;           /* as typed, or NULL */
    struct rank_keys rank_keys; /* where `rank` is given */
    enum rank_method rank_method;
    const char *fairness_window; /* as typed, or NULL */
    int64_t fairness_window_us;  /* the shortest window by which settings are compared */
    struct demands wants;        /* what a setting must meet to be recommended */
    bool json;                   /* print the result as JSON */
    bool print_jobs;
    bool prints_slurm;     /* them as a script for sbatch */
    const char *collect;   /* the directory of another sweep, or NULL */
    const char *directory; /* of this one */
    bool force;
    bool quiet;
};

/* Sets every field to its default. */
void sweep_config_init(struct sweep_config *config);

/* Reads A-B or A, from 0 on. SIM_OK or SIM_MISUSE. */
int sweep_seeds_parse(const char *what, const char *text, int64_t *first_seed, int64_t *seed_count,
                      char *error);

/* Checks what does not need the axes: SIM_OK or SIM_MISUSE. Takes the one seed from --seed if that
 * is given. */
int sweep_config_check(struct sweep_config *config, char *error);

#endif
