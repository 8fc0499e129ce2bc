#include "sim/sweep/sweep_rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sweep/sweep_results.h"
#include "traces/trace.h"

#define ROWS_SHOWN 10

enum gathering { TAKE_LEAST, TAKE_MOST, TAKE_SUM };

/* The source of a key's value. */
static const struct key_source {
    const char *title; /* with the unit */
    enum sweep_figure figure;
    enum gathering gathering; /* over groups and directions */
    bool more_is_better;
} key_sources[RANK_KEYS] = {
    [RANK_JAIN_10] = {"jain (10 ticks)", SWEEP_JAIN_10, TAKE_LEAST, true},
    [RANK_JAIN_1] = {"jain (1 tick)", SWEEP_JAIN_1, TAKE_LEAST, true},
    [RANK_JAIN_RUN] = {"jain (run)", SWEEP_JAIN_RUN, TAKE_LEAST, true},
    [RANK_DELAY_P50] = {"delay p50 [s]", SWEEP_DELAY_P50, TAKE_MOST, false},
    [RANK_DELAY_P99] = {"delay p99 [s]", SWEEP_DELAY_P99, TAKE_MOST, false},
    [RANK_DELAY_MAX] = {"delay max [s]", SWEEP_DELAY_MAX, TAKE_MOST, false},
    [RANK_THROUGHPUT] = {"throughput [B/s]", SWEEP_THROUGHPUT, TAKE_SUM, true},
    [RANK_UTILISATION] = {"utilisation", SWEEP_UTILISATION, TAKE_LEAST, true},
    [RANK_RFB] = {"rfb [B]", SWEEP_RFB, TAKE_MOST, false},
    [RANK_GPS_LAG] = {"gps lag [B]", SWEEP_GPS_LAG, TAKE_MOST, false},
    [RANK_SIGMA] = {"sigma [B]", SWEEP_SIGMA, TAKE_MOST, false},
    [RANK_GRANTS] = {"grants", SWEEP_GRANTS, TAKE_SUM, false},
    [RANK_LOST_TOKENS] = {"lost tokens [B]", SWEEP_LOST_TOKENS, TAKE_SUM, false},
};

/* --- scores --------------------------------------------------------------------------------- */

static bool is_jain(const struct key_source *key)
{
    return key->figure == SWEEP_JAIN_1 || key->figure == SWEEP_JAIN_10 ||
           key->figure == SWEEP_JAIN_RUN;
}

static double gather(enum gathering gathering, double so_far, double value)
{
    if (isnan(so_far))
        return value;
    if (isnan(value))
        return so_far;
    switch (gathering) {
    case TAKE_LEAST:
        return fmin(so_far, value);
    case TAKE_MOST:
        return fmax(so_far, value);
    case TAKE_SUM:
        return so_far + value;
    }
    return so_far;
}

/* Over groups and directions; a direction that carried nothing has no delay, and is left out. */
static double key_value(const struct sweep_results *results, size_t setting,
                        const struct key_source *key)
{
    double gathered = NAN;

    for (size_t i = 0; i < sweep_results_groups(results) * SHAPER_DIRECTIONS; i++) {
        size_t column = i * SWEEP_FIGURES;
        if (sweep_results_statistic(results, setting, column + SWEEP_DELAY_MAX).n == 0)
            continue;
        double value = sweep_results_statistic(results, setting, column + (size_t)key->figure).mean;
        gathered = gather(key->gathering, gathered, value);
    }
    return isnan(gathered) && is_jain(key) ? 1 : gathered;
}

/* A missing value is worse than any other. */
static bool is_better(const struct key_source *key, double a, double b)
{
    if (isnan(a) || isnan(b))
        return !isnan(a);
    return key->more_is_better ? a > b : a < b;
}

/* One combination of the axes' values, over the traces. */
struct contender {
    size_t number; /* in the plan's order */
    uint64_t score;
};

struct contest {
    const struct sweep_results *results;
    const struct sweep_plan *plan;
    const struct rank_keys *keys;
    size_t combinations; /* per trace */
    double *values;      /* of each setting, the value of its keys */
    struct contender *contenders;
    size_t contender_count;
};

static double *values_of(const struct contest *contest, size_t trace, size_t combination)
{
    return contest->values + (trace * contest->combinations + combination) * contest->keys->count;
}

static void read_values(struct contest *contest)
{
    for (size_t i = 0; i < contest->plan->setting_count; i++)
        for (size_t k = 0; k < contest->keys->count; k++)
            contest->values[i * contest->keys->count + k] =
                key_value(contest->results, i, &key_sources[contest->keys->keys[k]]);
}

/* The combinations that have a complete run on every trace. */
static void find_contenders(struct contest *contest)
{
    for (size_t c = 0; c < contest->combinations; c++) {
        bool complete = true;
        for (size_t t = 0; t < contest->plan->trace_count; t++)
            complete &= sweep_results_complete(contest->results, t * contest->combinations + c) > 0;
        if (complete)
            contest->contenders[contest->contender_count++] = (struct contender){.number = c};
    }
}

/* The order of contenders. */
struct place_key {
    const struct contest *contest;
    size_t trace;
    size_t key; /* an index into the contest's keys */
};

static double value_by(const struct place_key *by, const struct contender *contender)
{
    return values_of(by->contest, by->trace, contender->number)[by->key];
}

static int compare_values(const void *a, const void *b, void *arg)
{
    const struct place_key *by = arg;
    const struct key_source *key = &key_sources[by->contest->keys->keys[by->key]];
    double x = value_by(by, a), y = value_by(by, b);

    return is_better(key, x, y) ? -1 : is_better(key, y, x);
}

static int by_score(const void *a, const void *b)
{
    const struct contender *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Adds the ranks for one key and trace. */
static void add_places(struct contest *contest, struct place_key by)
{
    struct contender *contenders = contest->contenders;
    size_t place = 0;

    qsort_r(contenders, contest->contender_count, sizeof(*contenders), compare_values, &by);
    for (size_t i = 0; i < contest->contender_count; i++) {
        if (i == 0 || compare_values(&contenders[i - 1], &contenders[i], &by) != 0)
            place = i + 1;
        contenders[i].score += place;
    }
}

static void score(struct contest *contest)
{
    for (size_t t = 0; t < contest->plan->trace_count; t++)
        for (size_t k = 0; k < contest->keys->count; k++)
            add_places(contest, (struct place_key){contest, t, k});
    qsort(contest->contenders, contest->contender_count, sizeof(*contest->contenders), by_score);
}

/* --- the table ------------------------------------------------------------------------------ */

/* The worst over several traces. */
static double shown_value(const struct contest *contest, size_t combination, size_t k)
{
    const struct key_source *key = &key_sources[contest->keys->keys[k]];
    double worst = values_of(contest, 0, combination)[k];

    for (size_t t = 1; t < contest->plan->trace_count; t++) {
        double value = values_of(contest, t, combination)[k];
        if (is_better(key, worst, value))
            worst = value;
    }
    return worst;
}

/* As wide as the longest of its values, and its name. */
static int axis_width(const struct sweep_axis *axis)
{
    size_t width = strlen(axis->name);

    for (size_t i = 0; i < axis->count; i++)
        if (strlen(axis->values[i]) > width)
            width = strlen(axis->values[i]);
    return width < 40 ? (int)width : 40;
}

static void print_cell(const struct contest *contest, size_t axis, const char *text, FILE *out)
{
    fputs("  ", out);
    trace_print_plain(out, axis_width(&contest->plan->axes[axis]), text);
}

static void print_heading(const struct contest *contest, FILE *out)
{
    fprintf(out, "best by ");
    for (size_t k = 0; k < contest->keys->count; k++)
        fprintf(out, "%s%s", k ? " and " : "", rank_key_name(contest->keys->keys[k]));
    fprintf(out, ", the sum of places%s\n\n%6s",
            contest->plan->trace_count > 1 ? " on every trace; values of the worst" : "", "score");
    for (size_t a = 0; a < contest->plan->axis_count; a++)
        print_cell(contest, a, contest->plan->axes[a].name, out);
    for (size_t k = 0; k < contest->keys->count; k++)
        fprintf(out, "  %16s", key_sources[contest->keys->keys[k]].title);
    fputc('\n', out);
}

static void print_contender(const struct contest *contest, const struct contender *contender,
                            FILE *out)
{
    const struct sweep_setting *setting = &contest->plan->settings[contender->number];

    fprintf(out, "%6llu", (unsigned long long)contender->score);
    for (size_t a = 0; a < contest->plan->axis_count; a++)
        print_cell(contest, a, sweep_plan_value(contest->plan, setting, a), out);
    for (size_t k = 0; k < contest->keys->count; k++) {
        double value = shown_value(contest, contender->number, k);
        if (isnan(value))
            fprintf(out, "  %16s", "-");
        else
            fprintf(out, "  %16.*f", value < 1000 ? 6 : 0, value);
    }
    fputc('\n', out);
}

static void print_contest(const struct contest *contest, FILE *out)
{
    size_t shown = contest->contender_count < ROWS_SHOWN ? contest->contender_count : ROWS_SHOWN;

    if (shown == 0) {
        fputs("no setting has a complete run\n", out);
        return;
    }
    print_heading(contest, out);
    for (size_t i = 0; i < shown; i++)
        print_contender(contest, &contest->contenders[i], out);
    if (contest->contender_count > shown)
        fprintf(out, "and %zu more\n", contest->contender_count - shown);
}

int sweep_rank_print(const struct sweep_results *results, const struct rank_keys *keys, FILE *out,
                     char *error)
{
    const struct sweep_plan *plan = sweep_results_plan(results);
    struct contest contest = {.results = results,
                              .plan = plan,
                              .keys = keys,
                              .combinations = plan->setting_count / plan->trace_count};
    int status = SIM_OK;

    contest.values = calloc(plan->setting_count * keys->count, sizeof(*contest.values));
    contest.contenders = calloc(contest.combinations, sizeof(*contest.contenders));
    if (contest.values && contest.contenders) {
        read_values(&contest);
        find_contenders(&contest);
        score(&contest);
        print_contest(&contest, out);
    } else {
        status = sim_fail(error, SIM_FAILED, "sweep: out of memory");
    }
    free(contest.values);
    free(contest.contenders);
    return status;
}
