#include "sim/report/sweep_curves.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/units.h"
#include "sim/sweep/sweep_directory.h"
#include "traces/file_stream.h"

#define MIN_SHARE_KEY     "min-share"
#define MIN_SHARE_DEFAULT 64

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "report: out of memory");
}

bool sweep_curves_is_default(const struct sweep_plan *plan, uint64_t combination)
{
    char unused[SIM_ERROR_BYTES];
    bool varies = false;

    for (size_t a = 0; a < plan->axis_count; a++) {
        const char *value = sweep_plan_value_in(plan, combination, a);
        int64_t bytes;
        if (strcmp(plan->axes[a].key, MIN_SHARE_KEY) != 0)
            continue;
        if (unit_size_bytes(MIN_SHARE_KEY, value, &bytes, unused) != SIM_OK ||
            bytes != MIN_SHARE_DEFAULT)
            return false;
        varies = true;
    }
    return varies;
}

static void put_label(FILE *out, const struct sweep_plan *plan, uint64_t combination)
{
    size_t put = 0;

    for (size_t a = 0; a < plan->axis_count; a++)
        if (plan->axes[a].count > 1)
            fprintf(out, "%s%s=%s", put++ ? " " : "", plan->axes[a].name,
                    sweep_plan_value_in(plan, combination, a));
    if (put == 0)
        fputs("the only setting", out);
    if (sweep_curves_is_default(plan, combination))
        fputs(" (libevent's default)", out);
}

char *sweep_curves_label(const struct sweep_plan *plan, uint64_t combination)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    if (!out)
        return NULL;
    put_label(out, plan, combination);
    if (file_stream_close_text(out, &text) == 0)
        return text;
    free(text);
    return NULL;
}

/* --- which settings -------------------------------------------------------------------------- */

static bool has_runs(const struct sweep_finished *sweep, size_t setting)
{
    return sweep_results_complete(sweep->results, setting) > 0;
}

/* Sets taken[] for each setting of the first trace that is drawn; returns how many have runs. */
static size_t choose(const struct sweep_finished *sweep, bool *taken)
{
    const struct sweep_ranking *ranking = sweep->ranking;
    size_t candidates = 0, count = 0, last = 0;
    bool has_default = false;

    for (size_t i = 0; i < ranking->count; i++) {
        size_t setting = ranking->order[i];
        if (!has_runs(sweep, setting))
            continue;
        candidates++;
        if (count == CURVES_MAX)
            continue;
        taken[setting] = true;
        last = setting;
        count++;
        has_default |=
            sweep_curves_is_default(sweep->plan, sweep->plan->settings[setting].combination);
    }
    for (size_t s = 0; s < ranking->count && !has_default; s++)
        if (!taken[s] && has_runs(sweep, s) &&
            sweep_curves_is_default(sweep->plan, sweep->plan->settings[s].combination)) {
            taken[last] = false;
            taken[s] = has_default = true;
        }
    return candidates;
}

/* --- their runs ------------------------------------------------------------------------------ */

static int load_runs(const struct sweep_finished *sweep, size_t setting, struct sweep_curves *all,
                     char *error)
{
    size_t seeds = (size_t)sweep->plan->config->seed_count, index = all->curves.count++;
    struct curve *curve = &all->curves.curves[index];
    struct curve_run *runs = calloc(seeds, sizeof(*runs));

    all->runs[index] = runs;
    all->labels[index] =
        sweep_curves_label(sweep->plan, sweep->plan->settings[setting].combination);
    *curve = (struct curve){.label = all->labels[index], .runs = runs};
    if (!runs || !curve->label)
        return out_of_memory(error);
    for (size_t run = setting * seeds; run < (setting + 1) * seeds; run++) {
        struct curve_run *loaded = &runs[curve->run_count];
        if (!sweep_results_is_ok(sweep->results, run))
            continue;
        curve->run_count++;
        loaded->directory = sweep_directory_run_path(sweep->path, sweep->plan, run);
        loaded->summary = sweep_finished_summary(sweep, run);
        if (!loaded->directory || !loaded->summary)
            return sim_fail(error, SIM_FAILED, "%s: run %zu: summary.json cannot be read (%s)",
                            sweep->path, run + 1, strerror(errno));
    }
    return SIM_OK;
}

int sweep_curves_write(const struct sweep_finished *sweep, const char *data_directory,
                       struct sweep_curves *all, char *error)
{
    bool *taken = calloc(sweep->plan->setting_count + 1, sizeof(*taken));
    int status = taken ? SIM_OK : out_of_memory(error);

    *all = (struct sweep_curves){.curves.have_one_capture = true};
    if (status == SIM_OK)
        all->left_out = choose(sweep, taken);
    for (size_t s = 0; status == SIM_OK && s < sweep->ranking->count; s++)
        if (taken[s])
            status = load_runs(sweep, s, all, error);
    free(taken);
    all->left_out -= all->curves.count < all->left_out ? all->curves.count : all->left_out;
    return status == SIM_OK ? curves_write(&all->curves, CURVES_RESPONSES | CURVES_WINDOWS,
                                           data_directory, all->names, error)
                            : status;
}

void sweep_curves_fini(struct sweep_curves *all)
{
    for (size_t c = 0; c < all->curves.count; c++) {
        for (size_t r = 0; all->runs[c] && r < all->curves.curves[c].run_count; r++) {
            free((char *)(uintptr_t)all->runs[c][r].directory);
            json_decref((json_t *)(uintptr_t)all->runs[c][r].summary);
        }
        free(all->runs[c]);
        free(all->labels[c]);
    }
    memset(all, 0, sizeof(*all));
}
