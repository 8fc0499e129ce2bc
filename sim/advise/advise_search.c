#include "sim/advise/advise_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/advise/advise_changes.h"
#include "sim/advise/advise_line.h"
#include "sim/advise/advise_rated.h"

#define RATE_PARTS       1000.0 /* no rate is below this part of the busiest tick */
#define SCAN_BELOW_COUNT 12

struct search {
    struct advise_probes probes;
    double least_bytes_per_s; /* no lower rate is tried */
};

/* A tick with a min-share. */
struct candidate {
    struct advise_setting setting;
    bool is_out;
};

/* --- the rate --------------------------------------------------------------------------------- */

/* The least rate per tick that is looked at. */
static int64_t least_rate(const struct search *search, int64_t tick_ms)
{
    return advise_most_of(1, (int64_t)ceil(search->least_bytes_per_s * (double)tick_ms / 1000));
}

static int start_of(const struct advise_probes *probes, const struct advise_setting *wide,
                    int64_t *bytes_per_tick, char *error)
{
    *bytes_per_tick = 0;
    if (!probes->source->start)
        return SIM_OK;
    return probes->source->start(probes->source->arg, wide, bytes_per_tick, error);
}

/* Rates up to the busiest tick, of which all should do. *holds becomes false if none does. */
static int climb(struct advise_probes *probes, const struct advise_line *line, int64_t start,
                 bool *holds, char *error)
{
    int status = advise_line_climb(probes, line, start > 0 ? start : line->most, error);

    *holds = advise_line_bracket(probes, line).holds > 0;
    return status;
}

/* A rate of the line that holds, if there is one: up to the busiest tick, where the line then ends,
 * or up to its most; with `scans` also if the most does not hold. */
static int open_line(struct search *search, struct advise_line *line, bool scans, bool *holds,
                     char *error)
{
    struct advise_probes *probes = &search->probes;
    struct advise_outcome outcome;
    const struct advise_setting wide = advise_line_setting(probes, line, line->most);
    int64_t most = line->most, start = 0;
    int status = advise_probes_try_one(probes, &wide, &outcome, error);

    if (status != SIM_OK)
        return status;
    if (outcome.peak_tick_bytes > 0)
        line->most = advise_least_of(outcome.peak_tick_bytes, most);
    search->least_bytes_per_s = (double)line->most * 1000 / (double)line->base.tick_ms / RATE_PARTS;
    line->least = least_rate(search, line->base.tick_ms);
    if (outcome.holds)
        status = start_of(probes, &wide, &start, error);
    line->step = start > 0 ? ADVISE_FIRST_STEP : ADVISE_BLIND_STEP;
    if (status == SIM_OK)
        status = climb(probes, line, start, holds, error);
    if (status != SIM_OK || *holds)
        return status;
    if (outcome.holds) { /* between the two */
        line->most = most;
        *holds = true;
    } else if (scans) {
        status = advise_line_scan(probes, line, line->least, line->most, SCAN_BELOW_COUNT, error);
        *holds = advise_line_bracket(probes, line).holds > 0;
        line->most = most;
        probes->result->is_rate_monotone &= !*holds;
    }
    return status;
}

/* The least rate of a tick and min-share, `line` knowing one that holds. */
static int settle_rate(struct search *search, struct advise_line *line, struct candidate *candidate,
                       char *error)
{
    int64_t rate = 0;
    int status = advise_line_least(&search->probes, line, &rate,
                                   &search->probes.result->is_rate_monotone, error);

    candidate->setting = advise_line_setting(&search->probes, line, rate);
    return status;
}

static struct advise_line rate_line(const struct search *search, const struct candidate *candidate)
{
    int64_t tick_ms = candidate->setting.tick_ms;
    int64_t most = advise_rate_most(search->probes.space, tick_ms);

    return (struct advise_line){.base = candidate->setting,
                                .least = advise_least_of(most, least_rate(search, tick_ms)),
                                .most = most};
}

/* The first candidate for which some rate will do gets its least rate; those before are out.
 * *first is `count` if there is none. */
static int find_first(struct search *search, struct candidate *candidates, size_t count, bool scans,
                      size_t *first, char *error)
{
    for (*first = 0; *first < count; ++*first) {
        struct candidate *candidate = &candidates[*first];
        struct advise_line line = rate_line(search, candidate);
        bool holds = false;
        int status = open_line(search, &line, scans, &holds, error);
        if (status != SIM_OK)
            return status;
        candidate->is_out = !holds;
        if (holds)
            return settle_rate(search, &line, candidate, error);
    }
    return SIM_OK;
}

/* The candidate's rate per tick that brings no less than that of another setting. */
static int64_t rate_like(const struct candidate *candidate, const struct advise_setting *other,
                         int64_t most)
{
    double rate = ceil((double)other->rate_bytes_per_tick * (double)candidate->setting.tick_ms /
                       (double)other->tick_ms);

    return advise_most_of(1, (int64_t)fmin(rate, (double)most));
}

/* Searches the candidate's rates up to that of the best so far. */
static int challenge_rate(struct search *search, struct candidate *candidate,
                          const struct advise_setting *best, char *error)
{
    struct advise_line line = rate_line(search, candidate);

    line.most = rate_like(candidate, best, line.most);
    const struct advise_setting setting = advise_line_setting(&search->probes, &line, line.most);
    struct advise_outcome outcome;
    int status = advise_probes_try_one(&search->probes, &setting, &outcome, error);

    if (status != SIM_OK)
        return status;
    candidate->is_out = !outcome.holds;
    if (candidate->is_out)
        return SIM_OK;
    int64_t below = (int64_t)((1 - ADVISE_RESOLUTION) * (double)line.most);
    if (below > 0) { /* most are no better, which this shows at once */
        const struct advise_setting lower = advise_line_setting(&search->probes, &line, below);
        status = advise_probes_try(&search->probes, &lower, 1, error);
    }
    return status == SIM_OK ? settle_rate(search, &line, candidate, error) : status;
}

/* Tries all that follow the first at its rate, in one batch; those that fail are out. */
static int probe_others(struct search *search, struct candidate *candidates, size_t first,
                        size_t count, char *error)
{
    struct advise_setting *settings = calloc(count, sizeof(*settings));
    size_t n = 0;

    if (!settings)
        return sim_fail(error, SIM_FAILED, "advise: out of memory");
    for (size_t i = first + 1; i < count; i++) {
        struct advise_line line = rate_line(search, &candidates[i]);
        int64_t rate = rate_like(&candidates[i], &candidates[first].setting, line.most);
        settings[n++] = advise_line_setting(&search->probes, &line, rate);
    }
    int status = advise_probes_try(&search->probes, settings, n, error);
    for (size_t i = 0; i < n && status == SIM_OK; i++)
        candidates[first + 1 + i].is_out =
            !advise_probes_find(&search->probes, &settings[i])->outcome.holds;
    free(settings);
    return status;
}

/* --- of several candidates -------------------------------------------------------------------- */

/* Those whose value is above the least by more than its resolution are out. */
static void keep_least(struct candidate *candidates, size_t count,
                       double (*value)(const struct search *, const struct candidate *),
                       double resolution, const struct search *search)
{
    double least = INFINITY;

    for (size_t i = 0; i < count; i++)
        if (!candidates[i].is_out)
            least = fmin(least, value(search, &candidates[i]));
    for (size_t i = 0; i < count; i++)
        candidates[i].is_out |= value(search, &candidates[i]) > least * (1 + resolution);
}

static double rate_of(const struct search *search, const struct candidate *candidate)
{
    (void)search;
    return advise_rate_bytes_per_s(&candidate->setting);
}

static double burst_of(const struct search *search, const struct candidate *candidate)
{
    (void)search;
    return (double)candidate->setting.burst_bytes;
}

static double grants_of(const struct search *search, const struct candidate *candidate)
{
    const struct advise_probe *known = advise_probes_find(&search->probes, &candidate->setting);

    return known && !isnan(known->outcome.grants_per_mb) ? known->outcome.grants_per_mb : 0;
}

/* The least burst of a candidate at its rate, if it is not above `most`. */
static int settle_burst(struct search *search, struct candidate *candidate, int64_t most,
                        char *error)
{
    struct advise_setting *setting = &candidate->setting;
    struct advise_line line = {.base = *setting,
                               .is_burst = true,
                               .least = setting->rate_bytes_per_tick,
                               .most = advise_least_of(most, setting->burst_bytes)};
    int64_t least = advise_burst_least(search->probes.space, setting->rate_bytes_per_tick);
    struct advise_outcome outcome;

    if (least > line.most) { /* its least burst is more than the best one's */
        candidate->is_out = least > most;
        return SIM_OK;
    }
    struct advise_setting at = advise_line_setting(&search->probes, &line, line.most);
    int status = advise_probes_try_one(&search->probes, &at, &outcome, error);
    if (status != SIM_OK)
        return status;
    candidate->is_out = !outcome.holds;
    if (candidate->is_out)
        return SIM_OK;
    at = advise_line_setting(&search->probes, &line, least);
    status = advise_probes_try_one(&search->probes, &at, &outcome, error);
    if (status == SIM_OK && !outcome.holds)
        status = advise_line_least(&search->probes, &line, &least,
                                   &search->probes.result->is_burst_monotone, error);
    setting->burst_bytes = least;
    return status;
}

static int settle_bursts(struct search *search, struct candidate *candidates, size_t count,
                         char *error)
{
    int64_t best = INT64_MAX;
    int status = SIM_OK;

    for (size_t i = 0; i < count && status == SIM_OK; i++) {
        if (candidates[i].is_out)
            continue;
        status = settle_burst(search, &candidates[i], best, error);
        if (status == SIM_OK && !candidates[i].is_out)
            best = advise_least_of(best, candidates[i].setting.burst_bytes);
    }
    return status;
}

/* The one with the longest tick, and of those the first, of what is left. */
static const struct candidate *choose(const struct candidate *candidates, size_t count)
{
    const struct candidate *best = NULL;

    for (size_t i = 0; i < count; i++)
        if (!candidates[i].is_out &&
            (!best || candidates[i].setting.tick_ms > best->setting.tick_ms))
            best = &candidates[i];
    return best;
}

static int settle(struct search *search, struct candidate *candidates, size_t count, char *error)
{
    size_t first;
    int status = find_first(search, candidates, count, false, &first, error);

    if (status == SIM_OK && first == count)
        status = find_first(search, candidates, count, true, &first, error);
    if (status != SIM_OK || first == count)
        return status;
    struct advise_setting best = candidates[first].setting;
    status = probe_others(search, candidates, first, count, error);
    for (size_t i = first + 1; i < count && status == SIM_OK; i++) {
        if (candidates[i].is_out)
            continue;
        status = challenge_rate(search, &candidates[i], &best, error);
        if (!candidates[i].is_out &&
            advise_rate_bytes_per_s(&candidates[i].setting) < advise_rate_bytes_per_s(&best))
            best = candidates[i].setting;
    }
    if (status != SIM_OK)
        return status;
    keep_least(candidates, count, rate_of, ADVISE_RESOLUTION, search);
    status = settle_bursts(search, candidates, count, error);
    if (status != SIM_OK)
        return status;
    keep_least(candidates, count, burst_of, ADVISE_BURST_RESOLUTION, search);
    keep_least(candidates, count, grants_of, ADVISE_RESOLUTION, search);
    const struct candidate *chosen = choose(candidates, count);
    const struct advise_probe *known =
        chosen ? advise_probes_find(&search->probes, &chosen->setting) : NULL;
    search->probes.result->is_found = known && known->outcome.holds;
    if (search->probes.result->is_found)
        search->probes.result->best = *known;
    return SIM_OK;
}

/* The setting that misses the demands by least, and of those the least rate. */
static void take_nearest(struct advise_result *result)
{
    for (size_t i = 0; i < result->probe_count; i++) {
        const struct advise_probe *other = &result->probes[i];
        double shortfall = result->best.outcome.shortfall;
        if (i == 0 || other->outcome.shortfall < shortfall ||
            (other->outcome.shortfall == shortfall &&
             advise_rate_bytes_per_s(&other->setting) <
                 advise_rate_bytes_per_s(&result->best.setting)))
            result->best = *other;
    }
}

/* --- all -------------------------------------------------------------------------------------- */

static struct candidate *make_candidates(const struct advise_space *space, size_t *count)
{
    struct candidate *candidates = calloc(space->ticks * space->min_shares, sizeof(*candidates));

    *count = 0;
    for (size_t i = 0; i < space->ticks && candidates; i++)
        for (size_t k = 0; k < space->min_shares; k++)
            candidates[(*count)++].setting = (struct advise_setting){
                .tick_ms = space->ticks_ms[i], .min_share_bytes = space->min_shares_bytes[k]};
    return candidates;
}

static int search_rate(struct advise_probes *probes, char *error)
{
    struct search search = {.probes = *probes};
    size_t count;
    struct candidate *candidates = make_candidates(probes->space, &count);

    if (!candidates)
        return sim_fail(error, SIM_FAILED, "advise: out of memory");
    int status = settle(&search, candidates, count, error);
    free(candidates);
    return status;
}

int advise_search(const struct advise_space *space, const struct advise_source *source,
                  struct advise_result *result, char *error)
{
    struct advise_probes probes = {.space = space, .source = source, .result = result};

    memset(result, 0, sizeof(*result));
    result->is_rate_monotone = true;
    result->is_burst_monotone = true;
    int status = space->rates_bytes_per_tick[0] > 0 ? advise_rated_search(&probes, error)
                                                    : search_rate(&probes, error);
    if (status != SIM_OK)
        return status;
    if (result->is_found)
        return advise_changes_try(&probes, error);
    take_nearest(result);
    return SIM_OK;
}

void advise_result_fini(struct advise_result *result)
{
    free(result->probes);
    memset(result, 0, sizeof(*result));
}
