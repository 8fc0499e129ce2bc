#include "sim/sweep/sweep_key.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "sim/base/units.h"

enum key_form { FORM_INDEX, FORM_SHARE, FORM_TIME, FORM_SIZE, FORM_RATE, FORM_NUMBER, FORM_FACTOR };

static const char *const units[] = {
    [FORM_INDEX] = "",   [FORM_SHARE] = "",  [FORM_TIME] = "s",  [FORM_SIZE] = "B",
    [FORM_RATE] = "B/s", [FORM_NUMBER] = "", [FORM_FACTOR] = "",
};

static const struct key {
    const char *title;
    enum key_form form;
    bool more_is_better;
    double absolute, relative; /* see struct rank_criterion */
} keys[RANK_KEYS] = {
    [RANK_RESPONSE_P50] = {"response p50", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_RESPONSE_P90] = {"response p90", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_RESPONSE_P99] = {"response p99", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_RESPONSE_MAX] = {"response max", FORM_TIME, false, 0, 0},
    [RANK_ADDED_P50] = {"added p50", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_ADDED_P90] = {"added p90", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_ADDED_P99] = {"added p99", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_ADDED_MAX] = {"added max", FORM_TIME, false, 0, 0},
    [RANK_SLOWDOWN_P50] = {"slowdown p50", FORM_FACTOR, false, 0, PERCENTILE_RESOLUTION},
    [RANK_SLOWDOWN_P99] = {"slowdown p99", FORM_FACTOR, false, 0, PERCENTILE_RESOLUTION},
    [RANK_COMPLETION_P50] = {"completion p50", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_COMPLETION_P90] = {"completion p90", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_COMPLETION_P99] = {"completion p99", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_COMPLETION_MAX] = {"completion max", FORM_TIME, false, 0, 0},
    [RANK_BEHIND_P50] = {"behind p50", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_BEHIND_P99] = {"behind p99", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_BEHIND_MAX] = {"behind max", FORM_TIME, false, 0, 0},
    [RANK_JAIN] = {"jain", FORM_INDEX, true, JAIN_RESOLUTION, 0},
    [RANK_JAIN_LEAST] = {"least jain", FORM_INDEX, true, JAIN_RESOLUTION, 0},
    [RANK_JAIN_1] = {"jain (1 tick)", FORM_INDEX, true, JAIN_RESOLUTION, 0},
    [RANK_DELAY_P50] = {"delay p50", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_DELAY_P99] = {"delay p99", FORM_TIME, false, 0, PERCENTILE_RESOLUTION},
    [RANK_DELAY_MAX] = {"delay max", FORM_TIME, false, 0, 0},
    [RANK_THROUGHPUT] = {"throughput", FORM_RATE, true, 0, 0},
    [RANK_UTILISATION] = {"utilisation", FORM_SHARE, true, 0, 0},
    [RANK_RFB] = {"rfb", FORM_SIZE, false, 0, 0},
    [RANK_GPS_LAG] = {"gps lag", FORM_SIZE, false, 0, 0},
    [RANK_SIGMA] = {"sigma", FORM_SIZE, false, 0, 0},
    [RANK_GRANTS] = {"grants per MB", FORM_NUMBER, false, 0, 0},
    [RANK_LOST_TOKENS] = {"lost tokens", FORM_SIZE, false, 0, 0},
};

struct rank_criterion sweep_key_criterion(enum rank_key key)
{
    return (struct rank_criterion){.more_is_better = keys[key].more_is_better,
                                   .absolute = keys[key].absolute,
                                   .relative = keys[key].relative};
}

bool sweep_key_has_window(enum rank_key key)
{
    return key == RANK_JAIN || key == RANK_JAIN_LEAST;
}

const char *sweep_key_unit(enum rank_key key)
{
    return units[keys[key].form];
}

/* --- values ---------------------------------------------------------------------------------- */

/* In one direction. */
static double value_in(enum rank_key key, const struct sweep_direction *direction)
{
    static const enum sweep_figure figures[RANK_KEYS] = {
        [RANK_BEHIND_P50] = SWEEP_BEHIND_P50,
        [RANK_BEHIND_P99] = SWEEP_BEHIND_P99,
        [RANK_BEHIND_MAX] = SWEEP_BEHIND_MAX,
        [RANK_DELAY_P50] = SWEEP_DELAY_P50,
        [RANK_DELAY_P99] = SWEEP_DELAY_P99,
        [RANK_DELAY_MAX] = SWEEP_DELAY_MAX,
        [RANK_THROUGHPUT] = SWEEP_THROUGHPUT,
        [RANK_UTILISATION] = SWEEP_UTILISATION,
        [RANK_RFB] = SWEEP_RFB,
        [RANK_GPS_LAG] = SWEEP_GPS_LAG,
        [RANK_SIGMA] = SWEEP_SIGMA,
        [RANK_GRANTS] = SWEEP_GRANTS,
        [RANK_LOST_TOKENS] = SWEEP_LOST_TOKENS,
    };

    if (key == RANK_JAIN)
        return direction->ranked_jain[SWEEP_WINDOW_JAIN];
    if (key == RANK_JAIN_LEAST)
        return direction->ranked_jain[SWEEP_WINDOW_JAIN_LEAST];
    if (key == RANK_JAIN_1)
        return direction->ranked_jain_one_tick;
    return direction->values[figures[key]];
}

static double worst_of(enum rank_key key, const struct sweep_figures *run)
{
    double worst = NAN;

    for (size_t i = 0; i < run->count; i++) {
        double value = value_in(key, &run->directions[i]);
        if (!run->directions[i].takes_part)
            continue;
        if (keys[key].form == FORM_INDEX && isnan(value))
            return NAN; /* not measured there, whatever another direction has */
        worst = keys[key].more_is_better ? fmin(worst, value) : fmax(worst, value);
    }
    return worst; /* fmin() and fmax() prefer what is no NaN */
}

/* Of whole groups. */
static double worst_group(enum rank_key key, const struct sweep_figures *run)
{
    static const enum sweep_group_figure figures[RANK_KEYS] = {
        [RANK_RESPONSE_P50] = SWEEP_RESPONSE_P50,     [RANK_RESPONSE_P90] = SWEEP_RESPONSE_P90,
        [RANK_RESPONSE_P99] = SWEEP_RESPONSE_P99,     [RANK_RESPONSE_MAX] = SWEEP_RESPONSE_MAX,
        [RANK_ADDED_P50] = SWEEP_ADDED_P50,           [RANK_ADDED_P90] = SWEEP_ADDED_P90,
        [RANK_ADDED_P99] = SWEEP_ADDED_P99,           [RANK_ADDED_MAX] = SWEEP_ADDED_MAX,
        [RANK_SLOWDOWN_P50] = SWEEP_SLOWDOWN_P50,     [RANK_SLOWDOWN_P99] = SWEEP_SLOWDOWN_P99,
        [RANK_COMPLETION_P50] = SWEEP_COMPLETION_P50, [RANK_COMPLETION_P90] = SWEEP_COMPLETION_P90,
        [RANK_COMPLETION_P99] = SWEEP_COMPLETION_P99, [RANK_COMPLETION_MAX] = SWEEP_COMPLETION_MAX,
    };
    double worst = NAN;

    for (size_t g = 0; g < run->count / SHAPER_DIRECTIONS; g++)
        if (run->groups[g].takes_part)
            worst = fmax(worst, run->groups[g].values[figures[key]]);
    return worst;
}

bool sweep_key_has_exchanges(const struct sweep_figures *run)
{
    for (size_t g = 0; g < run->count / SHAPER_DIRECTIONS; g++)
        if (run->groups[g].takes_part && run->groups[g].values[SWEEP_EXCHANGES] > 0)
            return true;
    return false;
}

static double sum_of(enum rank_key key, const struct sweep_figures *run)
{
    double sum = NAN;

    for (size_t i = 0; i < run->count; i++) {
        double value = value_in(key, &run->directions[i]);
        if (run->directions[i].takes_part && !isnan(value))
            sum = isnan(sum) ? value : sum + value;
    }
    return sum;
}

static double grants_per_mb(const struct sweep_figures *run)
{
    double delivered = 0;

    for (size_t i = 0; i < run->count; i++)
        if (run->directions[i].takes_part)
            delivered += run->directions[i].delivered_bytes;
    return delivered > 0 ? sum_of(RANK_GRANTS, run) * 1e6 / delivered : NAN;
}

static double least_used(const struct sweep_figures *run)
{
    double least = NAN;

    for (size_t i = 0; i + SHAPER_DIRECTIONS <= run->count; i += SHAPER_DIRECTIONS) {
        double busier = NAN;
        for (size_t d = 0; d < SHAPER_DIRECTIONS; d++)
            if (run->directions[i + d].takes_part)
                busier = fmax(busier, value_in(RANK_UTILISATION, &run->directions[i + d]));
        least = fmin(least, busier);
    }
    return least;
}

double sweep_key_value(enum rank_key key, const struct sweep_figures *run)
{
    switch (key) {
    case RANK_THROUGHPUT:
    case RANK_LOST_TOKENS:
        return sum_of(key, run);
    case RANK_GRANTS:
        return grants_per_mb(run);
    case RANK_UTILISATION:
        return least_used(run);
    case RANK_RESPONSE_P50:
    case RANK_RESPONSE_P90:
    case RANK_RESPONSE_P99:
    case RANK_RESPONSE_MAX:
    case RANK_ADDED_P50:
    case RANK_ADDED_P90:
    case RANK_ADDED_P99:
    case RANK_ADDED_MAX:
    case RANK_SLOWDOWN_P50:
    case RANK_SLOWDOWN_P99:
    case RANK_COMPLETION_P50:
    case RANK_COMPLETION_P90:
    case RANK_COMPLETION_P99:
    case RANK_COMPLETION_MAX:
        return worst_group(key, run);
    case RANK_BEHIND_P50:
    case RANK_BEHIND_P99:
    case RANK_BEHIND_MAX:
    case RANK_JAIN:
    case RANK_JAIN_LEAST:
    case RANK_JAIN_1:
    case RANK_DELAY_P50:
    case RANK_DELAY_P99:
    case RANK_DELAY_MAX:
    case RANK_RFB:
    case RANK_GPS_LAG:
    case RANK_SIGMA:
        return worst_of(key, run);
    case RANK_KEYS:
        break;
    }
    return NAN;
}

/* --- texts ----------------------------------------------------------------------------------- */

void sweep_key_title(enum rank_key key, int64_t window_ms, char title[SWEEP_KEY_BYTES])
{
    char window[UNIT_TEXT_BYTES] = "no window";

    if (window_ms > 0)
        unit_print_time(window, window_ms * 1000);
    if (sweep_key_has_window(key))
        snprintf(title, SWEEP_KEY_BYTES, "%s (%s)", keys[key].title, window);
    else
        snprintf(title, SWEEP_KEY_BYTES, "%s", keys[key].title);
}

void sweep_key_print_mean(enum rank_key key, double mean, char text[SWEEP_KEY_BYTES])
{
    char unit[UNIT_TEXT_BYTES];

    if (isnan(mean)) {
        snprintf(text, SWEEP_KEY_BYTES, "-");
        return;
    }
    if (isinf(mean)) {
        snprintf(text, SWEEP_KEY_BYTES, "never");
        return;
    }
    switch (keys[key].form) {
    case FORM_INDEX:
        snprintf(text, SWEEP_KEY_BYTES, "%.4f", mean);
        break;
    case FORM_SHARE:
        snprintf(text, SWEEP_KEY_BYTES, "%.2f %%", 100 * mean);
        break;
    case FORM_TIME:
        unit_print_time(unit, (int64_t)llround(fmin(mean, 9e12) * 1e6));
        snprintf(text, SWEEP_KEY_BYTES, "%s", unit);
        break;
    case FORM_SIZE:
        unit_print_size(unit, (uint64_t)llround(fmin(mean, 9e18)));
        snprintf(text, SWEEP_KEY_BYTES, "%s", unit);
        break;
    case FORM_RATE:
        snprintf(text, SWEEP_KEY_BYTES, "%.0f B/s", mean);
        break;
    case FORM_NUMBER:
        snprintf(text, SWEEP_KEY_BYTES, "%.0f", mean);
        break;
    case FORM_FACTOR:
        snprintf(text, SWEEP_KEY_BYTES, "%.4g", mean);
        break;
    }
}

void sweep_key_print(enum rank_key key, const struct sweep_statistic *value,
                     char text[SWEEP_KEY_BYTES])
{
    char mean[SWEEP_KEY_BYTES], width[SWEEP_KEY_BYTES];

    sweep_key_print_mean(key, value->mean, mean);
    sweep_key_print_mean(key, value->ci95, width);
    if (value->n > 1 && !isnan(value->ci95))
        snprintf(text, SWEEP_KEY_BYTES, "%.30s +-%.30s", mean, width);
    else
        snprintf(text, SWEEP_KEY_BYTES, "%s", mean);
}
