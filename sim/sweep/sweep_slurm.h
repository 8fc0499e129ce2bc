/*
 * A script for Slurm's sbatch: an array of tasks that run commands, one after the other where there
 * are more than SWEEP_SLURM_TASKS, which is what a cluster allows unless it is configured otherwise
 * (MaxArraySize).
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_SLURM_H
#define SHAPESIM_SIM_SWEEP_SWEEP_SLURM_H

#include <stddef.h>
#include <stdio.h>

#define SWEEP_SLURM_TASKS 1000

/* `commands`: a line each, `count` of them. Without any, nothing is printed. */
void sweep_slurm_print(const char *commands, size_t count, FILE *out);

#endif
