#include "sim/sweep/sweep_slurm.h"

/* A run says in ID.error why it failed. */
static const char head[] = "#!/bin/sh\n"
                           "#SBATCH --job-name=shapesim-sweep\n"
                           "#SBATCH --array=1-%zu\n"
                           "#SBATCH --ntasks=1\n"
                           "#SBATCH --output=/dev/null\n"
                           "number=0\n"
                           "status=0\n"
                           "while IFS= read -r run; do\n"
                           "    number=$((number %% %zu + 1))\n"
                           "    [ $number -eq \"$SLURM_ARRAY_TASK_ID\" ] || continue\n"
                           "    sh -c \"$run\" </dev/null || status=1\n"
                           "done <<'RUNS'\n";

void sweep_slurm_print(const char *commands, size_t count, FILE *out)
{
    size_t tasks = count < SWEEP_SLURM_TASKS ? count : SWEEP_SLURM_TASKS;

    if (count == 0)
        return;
    fprintf(out, head, tasks, tasks);
    fputs(commands, out);
    fputs("RUNS\nexit $status\n", out);
}
