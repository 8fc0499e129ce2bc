#include "sim/config/demands.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "shaper/shaper.h"
#include "sim/base/sim.h"
#include "sim/base/units.h"

#define MILLION      INT64_C(1000000)
#define NUMBER_MAX   (INT64_C(1000000000) * MILLION)
#define SIDE_BYTES   128 /* of what stands before OP */
#define WINDOW_BYTES 48

static const struct demand_metric_entry metrics[DEMAND_METRICS] = {
    [DEMAND_RESPONSE_P50] = {"response.p50", DEMAND_TIME, false, false},
    [DEMAND_RESPONSE_P90] = {"response.p90", DEMAND_TIME, false, false},
    [DEMAND_RESPONSE_P99] = {"response.p99", DEMAND_TIME, false, false},
    [DEMAND_RESPONSE_MAX] = {"response.max", DEMAND_TIME, false, false},
    [DEMAND_ADDED_P50] = {"added.p50", DEMAND_TIME, false, false},
    [DEMAND_ADDED_P90] = {"added.p90", DEMAND_TIME, false, false},
    [DEMAND_ADDED_P99] = {"added.p99", DEMAND_TIME, false, false},
    [DEMAND_ADDED_MAX] = {"added.max", DEMAND_TIME, false, false},
    [DEMAND_SLOWDOWN_P50] = {"slowdown.p50", DEMAND_NUMBER, false, false},
    [DEMAND_SLOWDOWN_P99] = {"slowdown.p99", DEMAND_NUMBER, false, false},
    [DEMAND_COMPLETION_P99] = {"completion.p99", DEMAND_TIME, false, false},
    [DEMAND_BEHIND_P50] = {"behind.p50", DEMAND_TIME, true, false},
    [DEMAND_BEHIND_P99] = {"behind.p99", DEMAND_TIME, true, false},
    [DEMAND_BEHIND_MAX] = {"behind.max", DEMAND_TIME, true, false},
    [DEMAND_DELAY_P50] = {"p50", DEMAND_TIME, true, false},
    [DEMAND_DELAY_P90] = {"p90", DEMAND_TIME, true, false},
    [DEMAND_DELAY_P99] = {"p99", DEMAND_TIME, true, false},
    [DEMAND_DELAY_MAX] = {"max", DEMAND_TIME, true, false},
    [DEMAND_JAIN] = {"jain", DEMAND_INDEX, true, true},
    [DEMAND_JAIN_LEAST] = {"jain-least", DEMAND_INDEX, true, true},
    [DEMAND_LAG] = {"lag", DEMAND_SIZE, true, false},
    [DEMAND_RFB] = {"rfb", DEMAND_SIZE, true, false},
    [DEMAND_SIGMA] = {"sigma", DEMAND_SIZE, true, false},
    [DEMAND_BURST] = {"burst", DEMAND_SIZE, true, false},
    [DEMAND_UTILISATION] = {"utilisation", DEMAND_PERCENT, true, false},
    [DEMAND_DELIVERED] = {"delivered", DEMAND_PERCENT, true, false},
    [DEMAND_GRANTS] = {"grants", DEMAND_NUMBER, true, false},
    [DEMAND_LOST_TOKENS] = {"lost-tokens", DEMAND_SIZE, true, false},
};

static const struct short_form {
    enum demand_metric metric;
    bool is_most;
    bool is_of_busier;
} short_forms[DEMAND_SHORTS] = {
    [DEMAND_MIN_JAIN] = {DEMAND_JAIN, false, false},
    [DEMAND_MAX_P99_DELAY] = {DEMAND_DELAY_P99, true, false},
    [DEMAND_MAX_BURST] = {DEMAND_BURST, true, false},
    [DEMAND_MIN_UTILISATION] = {DEMAND_UTILISATION, false, true},
};

const struct demand_metric_entry *demand_metric_entry(enum demand_metric metric)
{
    return &metrics[metric];
}

void demand_metric_names(char names[DEMAND_METRIC_NAMES_BYTES])
{
    size_t length = 0;

    for (size_t i = 0; i < DEMAND_METRICS; i++)
        length += (size_t)snprintf(names + length, DEMAND_METRIC_NAMES_BYTES - length, "%s%s",
                                   i ? ", " : "", metrics[i].name);
}

const char *demand_last_part(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot ? dot + 1 : name;
}

static bool begins_metric(const char *word)
{
    size_t length = strlen(word);

    for (size_t i = 0; i < DEMAND_METRICS; i++)
        if (strncmp(metrics[i].name, word, length) == 0 && metrics[i].name[length] == '.')
            return true;
    return false;
}

static int find_direction(const char *word)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (strcmp(word, shaper_direction_name((enum shaper_direction)d)) == 0)
            return d;
    return DEMAND_EITHER_DIRECTION;
}

bool demand_reserves(const char *name)
{
    const char *word = demand_last_part(name);

    return begins_metric(word) || find_direction(word) != DEMAND_EITHER_DIRECTION;
}

/* --- the value ------------------------------------------------------------------------------- */

/* A number of millionths, with or without `ending` after it. */
static int parse_number(const char *what, const char *text, const char *ending, int64_t most,
                        int64_t *value, char *error)
{
    const char *end = unit_number(text, value);

    if (!end || (*end && strcmp(end, ending) != 0) || *value > most)
        return sim_fail(error, SIM_MISUSE,
                        "%s %s: write a number from 0 to %d with up to six decimals%s%s", what,
                        text, (int)(most / MILLION), *ending ? ", with or without " : "", ending);
    return SIM_OK;
}

static int parse_value(const char *what, const char *text, struct demand *demand, char *error)
{
    switch (metrics[demand->metric].unit) {
    case DEMAND_TIME:
        return unit_time_us(what, text, &demand->value, error);
    case DEMAND_SIZE:
        return unit_size_bytes(what, text, &demand->value, error);
    case DEMAND_INDEX:
        return parse_number(what, text, "", MILLION, &demand->value, error);
    case DEMAND_PERCENT:
        return parse_number(what, text, "%", 100 * MILLION, &demand->value, error);
    case DEMAND_NUMBER:
        return parse_number(what, text, "", NUMBER_MAX, &demand->value, error);
    }
    return SIM_MISUSE;
}

/* --- the window ------------------------------------------------------------------------------ */

static int parse_window(const char *what, const char *text, struct demand *demand, char *error)
{
    const char *name = metrics[demand->metric].name;
    int64_t millionths;
    const char *unit = unit_number(text, &millionths);
    char scratch[SIM_ERROR_BYTES];

    if (!metrics[demand->metric].has_window)
        return sim_fail(error, SIM_MISUSE,
                        "%s: %s is not taken over windows, only jain and jain-least are; leave "
                        "out @%s",
                        what, name, text);
    if (unit && (strcmp(unit, "tick") == 0 || strcmp(unit, "ticks") == 0)) {
        demand->window = DEMAND_WINDOW_TICKS;
        demand->window_length = millionths / MILLION;
        if (millionths % MILLION == 0 && demand->window_length <= DEMAND_WINDOW_TICKS_MAX)
            unit = "";
    } else if (unit_time_us(what, text, &demand->window_length, scratch) == SIM_OK) {
        demand->window = DEMAND_WINDOW_TIME;
        unit = "";
    }
    if (!unit || *unit || demand->window == DEMAND_WINDOW_NONE || demand->window_length < 1)
        return sim_fail(error, SIM_MISUSE,
                        "%s: a window is a time or a whole number of ticks, above 0; write like "
                        "%s@100ms or %s@10ticks",
                        what, name, name);
    return SIM_OK;
}

/* --- whose figure ---------------------------------------------------------------------------- */

/* Whether `name` ends with the word, alone or after a dot; cuts both off. */
static bool cut_last(char *name, const char *word)
{
    size_t length = strlen(name), tail = strlen(word);

    if (length < tail || strcmp(name + length - tail, word) != 0 ||
        (length > tail && name[length - tail - 1] != '.'))
        return false;
    name[length > tail ? length - tail - 1 : 0] = '\0';
    return true;
}

static bool is_group_name(const char *name)
{
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("_.-", *at))
            return false;
    return strlen(name) < GROUP_NAME_BYTES;
}

/* The longest name of a metric that `name` ends with, cut off; DEMAND_METRICS: none. */
static enum demand_metric cut_metric(char *name)
{
    enum demand_metric longest = DEMAND_METRICS;
    char rest[SIDE_BYTES];

    for (size_t i = 0; i < DEMAND_METRICS; i++) {
        snprintf(rest, sizeof(rest), "%s", name);
        if (cut_last(rest, metrics[i].name) &&
            (longest == DEMAND_METRICS || strlen(metrics[i].name) > strlen(metrics[longest].name)))
            longest = (enum demand_metric)i;
    }
    if (longest != DEMAND_METRICS)
        cut_last(name, metrics[longest].name);
    return longest;
}

static int parse_subject(const char *what, char *name, struct demand *demand, char *error)
{
    char names[DEMAND_METRIC_NAMES_BYTES], typed[SIDE_BYTES];

    snprintf(typed, sizeof(typed), "%s", name);
    demand->metric = cut_metric(name);
    if (demand->metric == DEMAND_METRICS) {
        demand_metric_names(names);
        return sim_fail(error, SIM_MISUSE, "%s: '%s' ends with no figure; the figures are %s", what,
                        typed, names);
    }
    for (int d = 0; d < SHAPER_DIRECTIONS && demand->direction == DEMAND_EITHER_DIRECTION; d++)
        if (cut_last(name, shaper_direction_name((enum shaper_direction)d)))
            demand->direction = d;
    if (demand->direction != DEMAND_EITHER_DIRECTION && !metrics[demand->metric].has_direction)
        return sim_fail(error, SIM_MISUSE, "%s: %s is of both directions together; leave out '%s.'",
                        what, metrics[demand->metric].name,
                        shaper_direction_name((enum shaper_direction)demand->direction));
    if (typed[0] == '.' || !is_group_name(name) || (*name && demand_reserves(name)))
        return sim_fail(error, SIM_MISUSE,
                        "%s: '%s' is no group's name; write [GROUP.][read.|write.]FIGURE, like "
                        "web.read.p99",
                        what, *name ? name : typed);
    memcpy(demand->group, name, strlen(name) + 1);
    return SIM_OK;
}

/* --- the whole ------------------------------------------------------------------------------- */

/* Copies text up to `end` without the spaces before it; false where it does not fit. */
static bool copy_side(char side[SIDE_BYTES], const char *text, const char *end)
{
    while (end > text && end[-1] == ' ')
        end--;
    if ((size_t)(end - text) >= SIDE_BYTES)
        return false;
    memcpy(side, text, (size_t)(end - text));
    side[end - text] = '\0';
    return true;
}

/* What stands before OP; `side` is changed. */
static int parse_side(const char *what, char side[SIDE_BYTES], struct demand *demand, char *error)
{
    char *window = strrchr(side, '@');

    if (window)
        *window++ = '\0';
    int status = parse_subject(what, side, demand, error);
    return status == SIM_OK && window ? parse_window(what, window, demand, error) : status;
}

int demand_parse_figure(const char *what, const char *text, struct demand *demand, char *error)
{
    char side[SIDE_BYTES];

    *demand = (struct demand){.text = text, .direction = DEMAND_EITHER_DIRECTION, .is_most = true};
    if (!copy_side(side, text, text + strlen(text)))
        return sim_fail(error, SIM_MISUSE, "%s %.*s: too long for a figure", what, SIDE_BYTES,
                        text);
    return parse_side(what, side, demand, error);
}

int demand_parse(const char *what, const char *text, struct demand *demand, char *error)
{
    const char *op = strpbrk(text, "<>");
    char side[SIDE_BYTES], quoted[SIDE_BYTES + 64];

    *demand = (struct demand){.text = text, .direction = DEMAND_EITHER_DIRECTION};
    snprintf(quoted, sizeof(quoted), "%s %.*s", what, SIDE_BYTES, text);
    if (!op || op[1] != '=' || !copy_side(side, text, op))
        return sim_fail(error, SIM_MISUSE,
                        "%s: has no figure before <= or >=; write like 'p99<=50ms' or "
                        "'web.read.jain@100ms>=0.95', in quotes",
                        quoted);
    demand->is_most = *op == '<';
    int status = parse_side(quoted, side, demand, error);
    if (status != SIM_OK)
        return status;
    snprintf(quoted, sizeof(quoted), "%s %.*s", what, (int)(op + 2 - text), text);
    return parse_value(quoted, op + 2 + strspn(op + 2, " "), demand, error);
}

int demand_parse_short(enum demand_short which, const char *what, const char *text,
                       struct demand *demand, char *error)
{
    const struct short_form *form = &short_forms[which];
    const char *window = metrics[form->metric].has_window ? strchr(text, '@') : NULL;
    char value[SIDE_BYTES], name[SIDE_BYTES + 64];
    int status = SIM_OK;

    *demand = (struct demand){.text = text,
                              .metric = form->metric,
                              .direction = DEMAND_EITHER_DIRECTION,
                              .is_of_busier = form->is_of_busier,
                              .is_most = form->is_most};
    snprintf(name, sizeof(name), "%s %.*s", what, SIDE_BYTES, text);
    if (!window || !copy_side(value, text, window))
        return parse_value(what, text, demand, error);
    status = parse_window(name, window + 1, demand, error);
    return status == SIM_OK ? parse_value(what, value, demand, error) : status;
}

int demands_add(struct demands *demands, const char *what, const char *text, char *error)
{
    if (demands->count == DEMANDS_MAX)
        return sim_fail(error, SIM_MISUSE, "%s %s: more than %d of them", what, text, DEMANDS_MAX);
    int status = demand_parse(what, text, &demands->demands[demands->count], error);
    if (status == SIM_OK)
        demands->count++;
    return status;
}
