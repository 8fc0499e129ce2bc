#include <stdlib.h>
#include <string.h>

#include "sim/base/units.h"
#include "sim/sweep/sweep_ranking.h"
#include "traces/file_stream.h"

#define MIN_SHARE_KEY     "min-share"
#define MIN_SHARE_DEFAULT 64
#define SETTING_BYTES     512

static int compare(const struct sweep_ranking *ranking, size_t a, size_t b, size_t k)
{
    struct rank_criterion criterion = sweep_key_criterion(ranking->keys.keys[k]);
    const struct sweep_statistic *x = sweep_ranking_value(ranking, a, k);
    const struct sweep_statistic *y = sweep_ranking_value(ranking, b, k);

    return rank_compare(&criterion, (struct rank_figure){x->mean, x->ci95},
                        (struct rank_figure){y->mean, y->ci95});
}

/* The keys in which `setting` is better (`sign` -1) or worse (1) than `other`, after `verb`;
 * returns how many. */
static size_t print_keys(const struct sweep_ranking *ranking, size_t setting, size_t other,
                         int sign, const char *verb, FILE *out)
{
    size_t printed = 0;

    for (size_t k = 0; k < ranking->keys.count; k++) {
        enum rank_key key = ranking->keys.keys[k];
        char title[SWEEP_KEY_BYTES], mean[SWEEP_KEY_BYTES], others[SWEEP_KEY_BYTES];
        int better = compare(ranking, setting, other, k);
        if ((better < 0 ? -1 : better > 0) != sign)
            continue;
        sweep_key_title(key, ranking->plan->compared_window_ms, title);
        sweep_key_print_mean(key, sweep_ranking_value(ranking, setting, k)->mean, mean);
        sweep_key_print_mean(key, sweep_ranking_value(ranking, other, k)->mean, others);
        fprintf(out, "%s %s %s instead of %s", printed++ ? "," : verb, title, mean, others);
    }
    return printed;
}

static void print_against(const struct sweep_ranking *ranking, size_t setting, size_t other,
                          const char *whose, FILE *out)
{
    char name[SETTING_BYTES];

    sweep_plan_print_combination(ranking->plan, sweep_ranking_combination(ranking, other), name,
                                 sizeof(name));
    fprintf(out, "against %s, %s,", whose, name);
    size_t gains = print_keys(ranking, setting, other, -1, " it gains", out);
    size_t costs = print_keys(ranking, setting, other, 1,
                              gains ? " and costs" : " it gains nothing and costs", out);
    if (gains == 0 && costs == 0)
        fputs(" it is tied in every key", out);
    else if (costs == 0)
        fputs(" and costs nothing", out);
}

static bool is_default_share(const char *value)
{
    char unused[SIM_ERROR_BYTES];
    int64_t bytes;

    return unit_size_bytes(MIN_SHARE_KEY, value, &bytes, unused) == SIM_OK &&
           bytes == MIN_SHARE_DEFAULT;
}

/* Whether the sweep varies a min-share, and `other` is `setting` but with the default. */
static bool is_with_default(const struct sweep_ranking *ranking, size_t setting, size_t other)
{
    const struct sweep_plan *plan = ranking->plan;
    bool varies = false;

    for (size_t a = 0; a < plan->axis_count; a++) {
        const char *here =
            sweep_plan_value_in(plan, sweep_ranking_combination(ranking, setting), a);
        const char *there = sweep_plan_value_in(plan, sweep_ranking_combination(ranking, other), a);
        bool is_share = strcmp(plan->axes[a].key, MIN_SHARE_KEY) == 0;
        if (is_share ? !is_default_share(there) : strcmp(here, there) != 0)
            return false;
        varies |= is_share;
    }
    return varies;
}

/* The setting that is `setting` with libevent's default; `count` if the sweep has none. */
static size_t find_default(const struct sweep_ranking *ranking, size_t setting)
{
    size_t other = 0;

    while (other < ranking->count && !is_with_default(ranking, setting, other))
        other++;
    return other;
}

static void print_default(const struct sweep_ranking *ranking, size_t best, FILE *out)
{
    size_t with_default = find_default(ranking, best);

    if (with_default == ranking->count ||
        (ranking->eligible > 1 && with_default == ranking->order[1]))
        return; /* said already */
    if (with_default == best)
        fputs("; it has libevent's default min-share", out);
    else if (!ranking->settings[with_default].is_eligible)
        fputs("; with libevent's default min-share it is not eligible", out);
    else {
        fputs("; ", out);
        print_against(ranking, best, with_default, "libevent's default min-share", out);
    }
}

static void print_advice(const struct sweep_ranking *ranking, FILE *out)
{
    char name[SETTING_BYTES];
    size_t best = ranking->order[0];

    if (ranking->eligible == 0) {
        fputs("nothing is recommended: no setting delivers everything and meets every demand", out);
        return;
    }
    sweep_plan_print_combination(ranking->plan, sweep_ranking_combination(ranking, best), name,
                                 sizeof(name));
    fprintf(out, "recommended: %s: ", *name ? name : "the only setting");
    if (ranking->eligible == 1) {
        fputs("no other setting delivers everything and meets every demand", out);
    } else {
        size_t next = ranking->order[1];
        print_against(ranking, best, next,
                      find_default(ranking, best) == next
                          ? "the next, which has libevent's default min-share"
                          : "the next",
                      out);
    }
    print_default(ranking, best, out);
}

char *sweep_ranking_advice(const struct sweep_ranking *ranking)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);

    if (!out)
        return NULL;
    print_advice(ranking, out);
    if (file_stream_close_text(out, &text) == 0)
        return text;
    free(text);
    return NULL;
}
