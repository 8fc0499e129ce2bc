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
    struct advise_figure *figures;    /* of each setting that was tried; owned */
    const struct advise_figure *best; /* those of the result among them */
    char *c;                          /* owned */
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

/* The figures of every setting that was tried. */
static int read_figures(struct advice *advice, char *error)
{
    const struct advise_result *result = &advice->result;
    size_t wants = advice->sweep->wants.count;
    int status = SIM_OK;

    advice->figures = calloc(result->probe_count * wants, sizeof(*advice->figures));
    if (!advice->figures)
        return out_of_memory(error);
    for (size_t i = 0; i < result->probe_count && status == SIM_OK; i++) {
        struct advise_figure *figures = &advice->figures[i * wants];
        if (advise_setting_equals(&result->probes[i].setting, &result->best.setting))
            advice->best = figures;
        status = advise_runs_figures(advice->runs, &result->probes[i].setting, figures, error);
    }
    return status;
}

static struct advise_table table_of(const struct advice *advice)
{
    return (struct advise_table){.probes = advice->result.probes,
                                 .probe_count = advice->result.probe_count,
                                 .wants = advice->sweep->wants.count,
                                 .figures = advice->figures};
}

static int write_files(const struct advise_report *said, struct advise_runs *runs, char *error)
{
    struct owned_directory *directory = advise_runs_directory(runs);
    int status = advise_runs_write_tables(runs, error);

    if (status == SIM_OK)
        status = advise_report_write_csv(said, directory, error);
    return status == SIM_OK ? advise_report_write(said, directory, error) : status;
}

static int report(struct advice *advice, char *error)
{
    int status = read_figures(advice, error);

    if (status == SIM_OK && advice->result.is_found)
        status = make_c(advice, error);
    const struct advise_report said = {.config = advice->config,
                                       .sweep = advice->sweep,
                                       .result = &advice->result,
                                       .runs = advice->runs,
                                       .table = table_of(advice),
                                       .figures = advice->best,
                                       .c = advice->c};
    if (status == SIM_OK)
        status = write_files(&said, advice->runs, error);
    if (status == SIM_OK && advice->sweep->json)
        status = advise_report_print_json(&said, stdout, error);
    else if (status == SIM_OK && !advice->sweep->quiet && !advice->sweep->print_jobs)
        advise_report_print(&said, stdout);
    return status == SIM_OK ? flush_stdout(error) : status;
}

/* The first demand that no setting meets, as near as one comes; *count is how many there are. */
static const struct advise_figure *find_unmet(const struct advise_table *table, size_t *count)
{
    const struct advise_figure *unmet = NULL;

    *count = 0;
    for (size_t i = 0; i < table->wants; i++) {
        const struct advise_figure *nearest = advise_table_at(table, advise_nearest(table, i), i);
        if (advise_figure_holds(nearest))
            continue;
        if ((*count)++ == 0)
            unmet = nearest;
    }
    return unmet;
}

/* Names a demand that no setting meets, or else the one that the nearest setting misses by most. */
static int none_found(const struct advice *advice, char *error)
{
    const struct advise_table table = table_of(advice);
    const struct advise_figure *worst = &advice->best[0];
    size_t count;
    const struct advise_figure *unmet = find_unmet(&table, &count);
    char others[64] = "";

    if (count > 1)
        snprintf(others, sizeof(others), ", and %zu more", count - 1);
    if (unmet)
        return sim_fail(error, SIM_FAILED,
                        "advise: no setting meets --want '%.200s'%s; the nearest: %.600s",
                        unmet->want->text, others, unmet->text[0] ? unmet->text : "not measured");
    for (size_t i = 1; i < table.wants; i++)
        if (advice->best[i].margin < worst->margin)
            worst = &advice->best[i];
    return sim_fail(error, SIM_FAILED,
                    "advise: no setting meets all demands, though each is met by one; the nearest "
                    "misses --want '%.200s': %.600s",
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
