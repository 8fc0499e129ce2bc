#include "sim/commands/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/advise/advise_report.h"
#include "sim/advise/advise_runs.h"
#include "sim/advise/advise_search.h"
#include "sim/advise/advise_space.h"
#include "sim/base/process.h"
#include "traces/file_stream.h"

/* The state of one command; empty when zeroed. */
struct advice {
    const struct advise_config *config;
    const struct sweep_config *sweep;
    struct advise_space space;
    struct advise_runs *runs;
    struct advise_result result;
    struct advise_figure *figures;
    char *c;
};

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "advise: out of memory");
}

static int flush_stdout(char *error)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return SIM_OK;
    return sim_fail(error, SIM_FAILED, "standard output cannot be written");
}

/* What is advised, as C. */
static int make_c(struct advice *advice, char *error)
{
    size_t bytes = 0;
    FILE *out = open_memstream(&advice->c, &bytes);

    if (!out)
        return out_of_memory(error);
    int status = advise_runs_print_c(advice->runs, &advice->result.best.setting, out, error);
    if (file_stream_close_text(out, &advice->c) != 0 && status == SIM_OK)
        status = out_of_memory(error);
    return status;
}

static int report(struct advice *advice, char *error)
{
    advice->figures = calloc(advice->sweep->wants.count, sizeof(*advice->figures));
    int status = advice->figures ? advise_runs_figures(advice->runs, &advice->result.best.setting,
                                                       advice->figures, error)
                                 : out_of_memory(error);

    if (status == SIM_OK && advice->result.is_found)
        status = make_c(advice, error);
    const struct advise_report said = {.config = advice->config,
                                       .sweep = advice->sweep,
                                       .result = &advice->result,
                                       .runs = advice->runs,
                                       .figures = advice->figures,
                                       .c = advice->c};
    if (status == SIM_OK)
        status = advise_runs_write_tables(advice->runs, error);
    if (status == SIM_OK)
        status = advise_report_write(&said, advise_runs_directory(advice->runs), error);
    if (status == SIM_OK && advice->sweep->json)
        status = advise_report_print_json(&said, stdout, error);
    else if (status == SIM_OK && !advice->sweep->quiet && !advice->sweep->print_jobs)
        advise_report_print(&said, stdout);
    return status == SIM_OK ? flush_stdout(error) : status;
}

/* Names the demand that the nearest setting misses by most. */
static int none_found(const struct advice *advice, char *error)
{
    const struct advise_figure *worst = &advice->figures[0];

    for (size_t i = 1; i < advice->sweep->wants.count; i++)
        if (advice->figures[i].margin < worst->margin)
            worst = &advice->figures[i];
    return sim_fail(
        error, SIM_FAILED,
        "advise: no setting meets the demands; the nearest misses --want '%.200s': %.700s",
        worst->want->text, worst->text[0] ? worst->text : "not measured");
}

static int advise(struct advice *advice, const volatile sig_atomic_t *stop, char *error)
{
    int status = advise_space_read(advice->config, &advice->space, error);

    if (status != SIM_OK)
        return status;
    advice->runs = advise_runs_new(advice->config, &advice->space, advice->sweep, stop);
    if (!advice->runs)
        return out_of_memory(error);
    const struct advise_source source = {.evaluate = advise_runs_evaluate,
                                         .start = advise_runs_start,
                                         .rank = advise_runs_rank,
                                         .arg = advice->runs};
    status = advise_search(&advice->space, &source, &advice->result, error);
    if (advise_runs_wait(advice->runs))
        return flush_stdout(error);
    if (status == SIM_OK && *stop)
        status = sim_fail(error, SIM_INTERRUPTED, "advise: interrupted");
    if (status != SIM_OK)
        return status;
    status = report(advice, error);
    return status == SIM_OK && !advice->result.is_found ? none_found(advice, error) : status;
}

int command_advise(const struct advise_config *config, const struct sweep_config *sweep,
                   char *error)
{
    struct advice advice = {.config = config, .sweep = sweep};
    const volatile sig_atomic_t *stop = process_stop_at_signals();
    int status = advise(&advice, stop, error);

    if (status == SIM_FAILED && *stop) /* it also ends the reading of a pipe */
        status = sim_fail(error, SIM_INTERRUPTED, "advise: interrupted");
    free(advice.c);
    free(advice.figures);
    advise_result_fini(&advice.result);
    advise_runs_free(advice.runs);
    return status;
}
