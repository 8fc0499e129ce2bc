#include "sim/report/comparison.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/json_text.h"

static int refuse_sweep(const char *directory, char *error)
{
    return sim_fail(error, SIM_FAILED,
                    "%s: is a sweep, which has a report of its own; compare runs, like %s/runs/RUN",
                    directory, directory);
}

/* Two paths may lead to one run. */
static int check_distinct(char *const *directories, size_t count, char *error)
{
    struct stat seen[REPORT_RUNS_MAX];

    for (size_t i = 0; i < count; i++) {
        if (stat(directories[i], &seen[i]) != 0)
            memset(&seen[i], 0, sizeof(seen[i])); /* which loading reports */
        for (size_t k = 0; k < i && seen[i].st_ino != 0; k++)
            if (seen[k].st_ino == seen[i].st_ino && seen[k].st_dev == seen[i].st_dev)
                return sim_fail(error, SIM_FAILED,
                                "%s: is the same run as %s; give each once, at least two",
                                directories[i], directories[k]);
    }
    return SIM_OK;
}

/* --- names ----------------------------------------------------------------------------------- */

/* The last `parts` parts of a path, without slashes at its end. */
static void tail_of(const char *path, size_t parts, char tail[COMPARISON_NAME_BYTES])
{
    size_t end = strlen(path), start;

    while (end > 1 && path[end - 1] == '/')
        end--;
    start = end;
    for (size_t part = 0; part < parts && start > 0; part++) {
        start -= part > 0; /* the slash before the part that was taken */
        while (start > 0 && path[start - 1] != '/')
            start--;
    }
    /* Of a long one the end says more. */
    if (end - start >= COMPARISON_NAME_BYTES)
        start = end - COMPARISON_NAME_BYTES + 1;
    snprintf(tail, COMPARISON_NAME_BYTES, "%.*s", (int)(end - start), path + start);
}

static bool are_distinct(const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(comparison->runs[i].name, comparison->runs[k].name) == 0)
                return false;
    return true;
}

static void name_runs(struct comparison *comparison, char *const *directories)
{
    size_t parts = 0;

    do {
        parts++;
        for (size_t i = 0; i < comparison->count; i++)
            tail_of(directories[i], parts, comparison->runs[i].name);
    } while (!are_distinct(comparison) && parts < COMPARISON_NAME_BYTES);
    for (size_t i = 0; i < comparison->count; i++) {
        struct compared_run *run = &comparison->runs[i];
        run->letter[0] = (char)('A' + i);
        snprintf(run->label, sizeof(run->label), "%s: %s", run->letter, run->name);
    }
}

/* --- all ------------------------------------------------------------------------------------- */

static const char *hash_of(const struct report *report)
{
    return json_text_of(json_object_get(report->summary, "trace"), "xxh3_128");
}

static int load(struct comparison *comparison, char *const *directories, char *error)
{
    int status = check_distinct(directories, comparison->count, error);

    for (size_t i = 0; status == SIM_OK && i < comparison->count; i++) {
        if (report_is_sweep(directories[i]))
            return refuse_sweep(directories[i], error);
        status = report_find(directories[i], error);
    }
    for (size_t i = 0; status == SIM_OK && i < comparison->count; i++)
        status = report_load(&comparison->runs[i].report, directories[i], error);
    if (status != SIM_OK)
        return status;
    name_runs(comparison, directories);
    comparison->have_one_trace = true;
    for (size_t i = 1; i < comparison->count; i++)
        comparison->have_one_trace &=
            strcmp(hash_of(&comparison->runs[0].report), hash_of(&comparison->runs[i].report)) == 0;
    return SIM_OK;
}

int comparison_load(char *const *directories, size_t count, struct comparison **out, char *error)
{
    struct comparison *comparison = calloc(1, sizeof(*comparison));

    *out = comparison;
    if (!comparison)
        return sim_fail(error, SIM_FAILED, "report: out of memory");
    comparison->count = count;
    return load(comparison, directories, error);
}

void comparison_free(struct comparison *comparison)
{
    if (!comparison)
        return;
    for (size_t i = 0; i < comparison->count; i++)
        report_fini(&comparison->runs[i].report);
    free(comparison);
}

int comparison_write_curves(struct comparison *comparison, const char *data_directory, char *error)
{
    struct curves curves = {.count = comparison->count,
                            .have_one_capture = comparison->have_one_trace};
    struct curve_run runs[REPORT_RUNS_MAX];

    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared_run *run = &comparison->runs[i];
        runs[i] = (struct curve_run){run->report.directory, run->report.summary};
        curves.curves[i] = (struct curve){.label = run->label, .runs = &runs[i], .run_count = 1};
    }
    return curves_write(
        &curves, CURVES_RESPONSES | CURVES_DELAYS | CURVES_WINDOWS | CURVES_RATES | CURVES_TOTALS,
        data_directory, comparison->names, error);
}
