#include "sim/advise/advise_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDE_BYTES_PER_MS INT64_C(10000000) /* a rate that limits nothing */
#define RESOLUTION        0.01
#define RATE_PARTS        1000.0 /* no rate is below this part of the busiest tick */
#define SCAN_BELOW_COUNT  12
#define CONTROLS          3

struct search {
    const struct advise_space *space;
    advise_evaluate_callback *evaluate;
    void *arg;
    struct advise_result *result;
    double least_bytes_per_s; /* no lower rate is tried */
};

/* Settings that differ in one value: the rate, with the burst that goes with it, or the burst. */
struct line {
    struct advise_setting base;
    bool is_burst;
    int64_t most; /* values above are not looked at */
};

/* What is known of a line: 0 where nothing is. */
struct bracket {
    int64_t fails; /* the largest value that fails below the largest that holds */
    int64_t holds; /* the least value above it that holds */
};

/* A tick with a min-share. */
struct candidate {
    struct advise_setting setting;
    bool is_out;
};

bool advise_setting_equals(const struct advise_setting *a, const struct advise_setting *b)
{
    return a->rate_bytes_per_tick == b->rate_bytes_per_tick && a->burst_bytes == b->burst_bytes &&
           a->tick_ms == b->tick_ms && a->min_share_bytes == b->min_share_bytes;
}

static int64_t least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* --- bursts that go with a rate --------------------------------------------------------------- */

static int64_t burst_most(const struct advise_space *space, int64_t rate, int64_t tick_ms)
{
    int64_t worth = rate * ADVISE_BURST_MS / tick_ms; /* at most ADVISE_BYTES_MAX * 100 */

    if (space->burst_most_bytes > 0)
        return space->burst_most_bytes;
    return least_of(most_of(worth, rate), ADVISE_BYTES_MAX);
}

static int64_t burst_least(const struct advise_space *space, int64_t rate)
{
    return most_of(space->burst_least_bytes, rate);
}

/* The largest rate per tick that libevent takes with the largest burst. */
static int64_t rate_most(const struct advise_space *space, int64_t tick_ms)
{
    int64_t most = space->burst_most_bytes > 0 ? space->burst_most_bytes : ADVISE_BYTES_MAX;

    return least_of(most, tick_ms > ADVISE_BYTES_MAX / WIDE_BYTES_PER_MS
                              ? ADVISE_BYTES_MAX
                              : WIDE_BYTES_PER_MS * tick_ms);
}

/* --- probes ----------------------------------------------------------------------------------- */

static const struct advise_probe *find_probe(const struct advise_result *result,
                                             const struct advise_setting *setting)
{
    for (size_t i = 0; i < result->probe_count; i++)
        if (advise_setting_equals(&result->probes[i].setting, setting))
            return &result->probes[i];
    return NULL;
}

/* The settings that were not tried yet, each once, in `fresh`. */
static size_t choose_fresh(const struct search *search, const struct advise_setting *settings,
                           size_t count, struct advise_setting *fresh)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        bool is_known = find_probe(search->result, &settings[i]) != NULL;
        for (size_t k = 0; k < n; k++)
            is_known |= advise_setting_equals(&fresh[k], &settings[i]);
        if (!is_known)
            fresh[n++] = settings[i];
    }
    return n;
}

static int out_of_memory(char *error)
{
    return sim_fail(error, SIM_FAILED, "advise: out of memory");
}

/* Tries those that were not tried yet, in one batch. */
static int probe(struct search *search, const struct advise_setting *settings, size_t count,
                 char *error)
{
    struct advise_result *result = search->result;
    struct advise_setting *fresh = calloc(count + 1, sizeof(*fresh));
    struct advise_outcome *outcomes = calloc(count + 1, sizeof(*outcomes));
    struct advise_probe *probes =
        reallocarray(result->probes, result->probe_count + count + 1, sizeof(*probes));
    int status = fresh && outcomes && probes ? SIM_OK : out_of_memory(error);

    if (probes)
        result->probes = probes;
    size_t n = status == SIM_OK ? choose_fresh(search, settings, count, fresh) : 0;
    if (n > 0)
        status = search->evaluate(search->arg, fresh, n, outcomes, error);
    for (size_t i = 0; i < n && status == SIM_OK; i++)
        probes[result->probe_count++] =
            (struct advise_probe){.setting = fresh[i], .outcome = outcomes[i]};
    free(outcomes);
    free(fresh);
    return status;
}

static int probe_one(struct search *search, const struct advise_setting *setting,
                     struct advise_outcome *outcome, char *error)
{
    int status = probe(search, setting, 1, error);

    if (status == SIM_OK)
        *outcome = find_probe(search->result, setting)->outcome;
    return status;
}

/* --- one line --------------------------------------------------------------------------------- */

static struct advise_setting line_setting(const struct search *search, const struct line *line,
                                          int64_t value)
{
    struct advise_setting setting = line->base;

    if (line->is_burst) {
        setting.burst_bytes = value;
    } else {
        setting.rate_bytes_per_tick = value;
        setting.burst_bytes = burst_most(search->space, value, setting.tick_ms);
    }
    return setting;
}

/* Whether the probe is on the line, and with which value. */
static bool is_on_line(const struct search *search, const struct line *line,
                       const struct advise_probe *known, int64_t *value)
{
    *value = line->is_burst ? known->setting.burst_bytes : known->setting.rate_bytes_per_tick;
    const struct advise_setting setting = line_setting(search, line, *value);

    return *value <= line->most && advise_setting_equals(&setting, &known->setting);
}

static struct bracket line_bracket(const struct search *search, const struct line *line)
{
    const struct advise_result *result = search->result;
    struct bracket bracket = {0};
    int64_t value, top = 0;

    for (size_t i = 0; i < result->probe_count; i++)
        if (is_on_line(search, line, &result->probes[i], &value) && result->probes[i].outcome.holds)
            top = most_of(top, value);
    for (size_t i = 0; i < result->probe_count; i++)
        if (is_on_line(search, line, &result->probes[i], &value) &&
            !result->probes[i].outcome.holds && value < top)
            bracket.fails = most_of(bracket.fails, value);
    bracket.holds = top;
    for (size_t i = 0; i < result->probe_count; i++)
        if (is_on_line(search, line, &result->probes[i], &value) &&
            result->probes[i].outcome.holds && value > bracket.fails)
            bracket.holds = least_of(bracket.holds, value);
    return bracket;
}

/* The least value of a line: below it nothing is tried. */
static int64_t line_least(const struct search *search, const struct line *line)
{
    if (line->is_burst)
        return line->base.rate_bytes_per_tick;
    double least = search->least_bytes_per_s * (double)line->base.tick_ms / 1000;
    return most_of(1, least_of(line->most, (int64_t)ceil(least)));
}

static bool is_narrow(const struct bracket *bracket, int64_t least)
{
    int64_t gap = bracket->holds - bracket->fails;

    return bracket->holds <= least || gap <= 1 ||
           (double)gap <= RESOLUTION * (double)bracket->holds;
}

static int64_t middle(const struct bracket *bracket, int64_t least)
{
    if (bracket->fails == 0)
        return most_of(bracket->holds / 2, least);
    double mean = floor(sqrt((double)bracket->fails * (double)bracket->holds));
    return most_of(bracket->fails + 1, least_of(bracket->holds - 1, (int64_t)mean));
}

/* Narrows the bracket, which has a value that holds. */
static int bisect(struct search *search, const struct line *line, struct bracket *bracket,
                  char *error)
{
    int64_t least = line_least(search, line);

    for (*bracket = line_bracket(search, line); !is_narrow(bracket, least);
         *bracket = line_bracket(search, line)) {
        const struct advise_setting setting = line_setting(search, line, middle(bracket, least));
        int status = probe(search, &setting, 1, error);
        if (status != SIM_OK)
            return status;
    }
    return SIM_OK;
}

/* Tries `count` values of the line between two others, spaced by a factor. */
static int scan(struct search *search, const struct line *line, int64_t from, int64_t to,
                size_t count, char *error)
{
    struct advise_setting settings[ADVISE_SCAN];
    double factor = (double)to / (double)from;

    for (size_t i = 0; i < count; i++) {
        double value = (double)from * pow(factor, (double)(i + 1) / (double)(count + 1));
        settings[i] = line_setting(search, line, most_of(1, (int64_t)value));
    }
    return probe(search, settings, count, error);
}

/* Tries values above one that holds. */
static int probe_controls(struct search *search, const struct line *line, int64_t value,
                          char *error)
{
    static const double factors[CONTROLS] = {1.02, 1.1, 1.5};
    struct advise_setting settings[CONTROLS];
    size_t count = 0;

    for (int i = 0; i < CONTROLS; i++) {
        int64_t above = (int64_t)ceil((double)value * factors[i]);
        if (above < line->most)
            settings[count++] = line_setting(search, line, above);
    }
    return probe(search, settings, count, error);
}

/* The least value of a line of which one is known to hold; *is_monotone becomes false where what
 * holds is no single stretch up to line->most. */
static int least_value(struct search *search, const struct line *line, int64_t *value,
                       bool *is_monotone, char *error)
{
    struct bracket bracket;
    int status = bisect(search, line, &bracket, error);

    if (status == SIM_OK)
        status = probe_controls(search, line, bracket.holds, error);
    if (status != SIM_OK)
        return status;
    int64_t before = bracket.holds;
    bracket = line_bracket(search, line);
    if (bracket.fails > before) {
        *is_monotone = false;
        status = scan(search, line, before, line->most, ADVISE_SCAN, error);
        if (status == SIM_OK)
            status = bisect(search, line, &bracket, error);
    }
    *value = bracket.holds;
    return status;
}

/* --- the rate --------------------------------------------------------------------------------- */

/* A rate of the line that holds, if there is one: its most, or the busiest tick, where the line
 * then ends; with `scans` also one below. */
static int open_line(struct search *search, struct line *line, bool scans, bool *holds, char *error)
{
    struct advise_outcome outcome;
    struct advise_setting wide = line_setting(search, line, line->most);
    int status = probe_one(search, &wide, &outcome, error);

    if (status != SIM_OK)
        return status;
    *holds = outcome.holds;
    int64_t peak =
        outcome.peak_tick_bytes > 0 ? least_of(outcome.peak_tick_bytes, line->most) : line->most;
    search->least_bytes_per_s = (double)peak * 1000 / (double)line->base.tick_ms / RATE_PARTS;
    wide = line_setting(search, line, peak);
    status = probe_one(search, &wide, &outcome, error);
    if (status != SIM_OK)
        return status;
    if (outcome.holds) {
        line->most = peak;
        *holds = true;
        return SIM_OK;
    }
    if (*holds || !scans) /* between the two, or not above them */
        return SIM_OK;
    status = scan(search, line, line_least(search, line), peak, SCAN_BELOW_COUNT, error);
    *holds = line_bracket(search, line).holds > 0;
    search->result->is_rate_monotone &= !*holds;
    return status;
}

/* The least rate of a tick and min-share, `line` knowing one that holds. */
static int settle_rate(struct search *search, struct line *line, struct candidate *candidate,
                       char *error)
{
    int64_t rate = 0;
    int status = least_value(search, line, &rate, &search->result->is_rate_monotone, error);

    candidate->setting = line_setting(search, line, rate);
    return status;
}

static struct line rate_line(const struct search *search, const struct candidate *candidate)
{
    return (struct line){.base = candidate->setting,
                         .most = rate_most(search->space, candidate->setting.tick_ms)};
}

/* The first candidate for which some rate will do gets its least rate; those before are out.
 * *first is `count` if there is none. */
static int find_first(struct search *search, struct candidate *candidates, size_t count, bool scans,
                      size_t *first, char *error)
{
    for (*first = 0; *first < count; ++*first) {
        struct candidate *candidate = &candidates[*first];
        struct line line = rate_line(search, candidate);
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

    return most_of(1, (int64_t)fmin(rate, (double)most));
}

/* Searches the candidate's rates up to that of the best so far. */
static int challenge_rate(struct search *search, struct candidate *candidate,
                          const struct advise_setting *best, char *error)
{
    struct line line = rate_line(search, candidate);

    line.most = rate_like(candidate, best, line.most);
    const struct advise_setting setting = line_setting(search, &line, line.most);
    struct advise_outcome outcome;
    int status = probe_one(search, &setting, &outcome, error);

    if (status != SIM_OK)
        return status;
    candidate->is_out = !outcome.holds;
    if (candidate->is_out)
        return SIM_OK;
    int64_t below = (int64_t)((1 - RESOLUTION) * (double)line.most);
    if (below > 0) { /* most are no better, which this shows at once */
        const struct advise_setting lower = line_setting(search, &line, below);
        status = probe(search, &lower, 1, error);
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
        return out_of_memory(error);
    for (size_t i = first + 1; i < count; i++) {
        struct line line = rate_line(search, &candidates[i]);
        int64_t rate = rate_like(&candidates[i], &candidates[first].setting, line.most);
        settings[n++] = line_setting(search, &line, rate);
    }
    int status = probe(search, settings, n, error);
    for (size_t i = 0; i < n && status == SIM_OK; i++)
        candidates[first + 1 + i].is_out = !find_probe(search->result, &settings[i])->outcome.holds;
    free(settings);
    return status;
}

/* --- of several candidates -------------------------------------------------------------------- */

/* Those whose value is above the least by more than the resolution are out. */
static void keep_least(struct candidate *candidates, size_t count,
                       double (*value)(const struct search *, const struct candidate *),
                       const struct search *search)
{
    double least = INFINITY;

    for (size_t i = 0; i < count; i++)
        if (!candidates[i].is_out)
            least = fmin(least, value(search, &candidates[i]));
    for (size_t i = 0; i < count; i++)
        candidates[i].is_out |= value(search, &candidates[i]) > least * (1 + RESOLUTION);
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
    const struct advise_probe *known = find_probe(search->result, &candidate->setting);

    return known && !isnan(known->outcome.grants_per_mb) ? known->outcome.grants_per_mb : 0;
}

/* The least burst of a candidate at its rate, if it is not above `most`. */
static int settle_burst(struct search *search, struct candidate *candidate, int64_t most,
                        char *error)
{
    struct advise_setting *setting = &candidate->setting;
    struct line line = {
        .base = *setting, .is_burst = true, .most = least_of(most, setting->burst_bytes)};
    int64_t least = burst_least(search->space, setting->rate_bytes_per_tick);
    struct advise_outcome outcome;

    if (least > line.most) { /* its least burst is more than the best one's */
        candidate->is_out = least > most;
        return SIM_OK;
    }
    struct advise_setting at = line_setting(search, &line, line.most);
    int status = probe_one(search, &at, &outcome, error);
    if (status != SIM_OK)
        return status;
    candidate->is_out = !outcome.holds;
    if (candidate->is_out)
        return SIM_OK;
    at = line_setting(search, &line, least);
    status = probe_one(search, &at, &outcome, error);
    if (status == SIM_OK && !outcome.holds)
        status = least_value(search, &line, &least, &search->result->is_burst_monotone, error);
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
            best = least_of(best, candidates[i].setting.burst_bytes);
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
    keep_least(candidates, count, rate_of, search);
    status = settle_bursts(search, candidates, count, error);
    if (status != SIM_OK)
        return status;
    keep_least(candidates, count, burst_of, search);
    keep_least(candidates, count, grants_of, search);
    const struct candidate *chosen = choose(candidates, count);
    const struct advise_probe *known = chosen ? find_probe(search->result, &chosen->setting) : NULL;
    search->result->is_found = known && known->outcome.holds;
    if (search->result->is_found)
        search->result->best = *known;
    return SIM_OK;
}

/* --- beside the result ------------------------------------------------------------------------ */

/* The setting with another tick and the same rate per second; the burst is at least a tick's. */
static bool change_tick(struct advise_setting *setting, int64_t tick_ms)
{
    double rate =
        round((double)setting->rate_bytes_per_tick * (double)tick_ms / (double)setting->tick_ms);

    if (tick_ms < 1 || rate < 1 || rate > ADVISE_BYTES_MAX)
        return false;
    setting->tick_ms = tick_ms;
    setting->rate_bytes_per_tick = (int64_t)rate;
    setting->burst_bytes = most_of(setting->burst_bytes, (int64_t)rate);
    return true;
}

/* False: there is no such setting. */
static bool change(struct advise_setting *setting, enum advise_change what)
{
    switch (what) {
    case ADVISE_HALF_BURST:
        setting->burst_bytes /= 2;
        return setting->burst_bytes >= setting->rate_bytes_per_tick;
    case ADVISE_TWICE_BURST:
        setting->burst_bytes *= 2;
        return setting->burst_bytes <= ADVISE_BYTES_MAX;
    case ADVISE_HALF_TICK:
        return setting->tick_ms % 2 == 0 && change_tick(setting, setting->tick_ms / 2);
    case ADVISE_TWICE_TICK:
        return change_tick(setting, setting->tick_ms * 2);
    case ADVISE_HALF_MIN_SHARE:
        setting->min_share_bytes /= 2;
        return setting->min_share_bytes >= 1;
    case ADVISE_TWICE_MIN_SHARE:
        setting->min_share_bytes *= 2;
        return setting->min_share_bytes <= setting->rate_bytes_per_tick;
    case ADVISE_CHANGES:
        break;
    }
    return false;
}

static int try_changes(struct search *search, char *error)
{
    struct advise_result *result = search->result;
    struct advise_setting settings[ADVISE_CHANGES];
    size_t count = 0;

    for (int i = 0; i < ADVISE_CHANGES; i++) {
        struct advise_probe *changed = &result->changes[i];
        changed->setting = result->best.setting;
        result->has_change[i] = change(&changed->setting, (enum advise_change)i);
        if (result->has_change[i])
            settings[count++] = changed->setting;
    }
    int status = probe(search, settings, count, error);
    for (int i = 0; i < ADVISE_CHANGES && status == SIM_OK; i++)
        if (result->has_change[i])
            result->changes[i] = *find_probe(result, &result->changes[i].setting);
    return status;
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

int advise_search(const struct advise_space *space, advise_evaluate_callback *evaluate, void *arg,
                  struct advise_result *result, char *error)
{
    struct search search = {.space = space, .evaluate = evaluate, .arg = arg, .result = result};
    size_t count;

    memset(result, 0, sizeof(*result));
    result->is_rate_monotone = true;
    result->is_burst_monotone = true;
    struct candidate *candidates = make_candidates(space, &count);
    if (!candidates)
        return out_of_memory(error);
    int status = settle(&search, candidates, count, error);
    free(candidates);
    if (status != SIM_OK)
        return status;
    if (result->is_found)
        return try_changes(&search, error);
    take_nearest(result);
    return SIM_OK;
}

void advise_result_fini(struct advise_result *result)
{
    free(result->probes);
    memset(result, 0, sizeof(*result));
}
