#include "sim/advise/advise_space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/units.h"
#include "sim/config/limits.h"
#include "sim/sweep/sweep_axis.h"

#define TICK_ADVISED_MS   10
#define MIN_SHARE_ADVISED 64
#define MIN_SHARE_STEP    4

/* One of the values that are listed, and how its numbers are read. */
struct values {
    const char *what;
    int64_t *numbers; /* ADVISE_VALUES_MAX of them */
    size_t *count;
    int64_t most;
    int (*read)(const char *what, const char *text, int64_t *number, char *error);
    int64_t (*next)(int64_t number);
};

static int read_tick(const char *what, const char *text, int64_t *tick_ms, char *error)
{
    int status = unit_time_us(what, text, tick_ms, error);

    if (status == SIM_OK && (*tick_ms <= 0 || *tick_ms % 1000 != 0))
        status = sim_fail(error, SIM_MISUSE,
                          "%s %s: libevent counts ticks in whole milliseconds; give at least 1ms",
                          what, text);
    *tick_ms /= 1000;
    return status;
}

/* The next of 1, 2, 5, 10, 20, ... */
static int64_t next_tick(int64_t tick_ms)
{
    int64_t decade = 1;

    while (decade * 10 <= tick_ms)
        decade *= 10;
    return tick_ms < 2 * decade ? 2 * decade : tick_ms < 5 * decade ? 5 * decade : 10 * decade;
}

static int64_t next_min_share(int64_t bytes)
{
    return bytes * MIN_SHARE_STEP;
}

static int add(const struct values *values, int64_t number, char *error)
{
    if (number < 1 || number > values->most)
        return sim_fail(error, SIM_MISUSE, "%s: %lld is not from 1 to %lld", values->what,
                        (long long)number, (long long)values->most);
    for (size_t i = 0; i < *values->count; i++)
        if (values->numbers[i] == number)
            return SIM_OK;
    if (*values->count == ADVISE_VALUES_MAX)
        return sim_fail(error, SIM_MISUSE, "%s: more than %d values; give fewer", values->what,
                        ADVISE_VALUES_MAX);
    values->numbers[(*values->count)++] = number;
    return SIM_OK;
}

/* A..B without a step, of which `dots` are the dots. */
static int read_ends(const char *what, const char *text, const char *dots,
                     int (*read)(const char *, const char *, int64_t *, char *), int64_t *first,
                     int64_t *last, char *error)
{
    char *begin = strndup(text, (size_t)(dots - text));
    int status = begin ? read(what, begin, first, error)
                       : sim_fail(error, SIM_FAILED, "%s: out of memory", what);

    free(begin);
    if (status == SIM_OK)
        status = read(what, dots + 2, last, error);
    if (status == SIM_OK && *last < *first)
        status = sim_fail(error, SIM_MISUSE, "%s %s: ends before it begins", what, text);
    return status;
}

static int add_range(const struct values *values, const char *text, const char *dots, char *error)
{
    int64_t first = 0, last = 0;
    int status = read_ends(values->what, text, dots, values->read, &first, &last, error);

    for (int64_t number = first; status == SIM_OK && number < last; number = values->next(number))
        status = add(values, number, error);
    return status == SIM_OK ? add(values, last, error) : status;
}

static int add_list(const struct values *values, const char *text, char *error)
{
    struct sweep_axis axis = {0};
    char *argument;
    int64_t number;

    if (asprintf(&argument, "%s=%s", values->what + 2, text) < 0)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", values->what);
    int status = sweep_axis_parse(argument, &axis, error);
    for (size_t i = 0; i < axis.count && status == SIM_OK; i++) {
        status = values->read(values->what, axis.values[i], &number, error);
        if (status == SIM_OK)
            status = add(values, number, error);
    }
    sweep_axis_fini(&axis);
    free(argument);
    return status;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* `usual` is the one value where nothing is given. */
static int read_values(const struct values *values, const char *text, int64_t usual, char *error)
{
    const char *dots = text ? strstr(text, "..") : NULL;
    int status;

    if (!text)
        status = add(values, usual, error);
    else if (dots && !text[strcspn(text, "*+,")])
        status = add_range(values, text, dots, error);
    else
        status = add_list(values, text, error);
    qsort(values->numbers, *values->count, sizeof(*values->numbers), by_number);
    return status;
}

static int read_bursts(const char *text, struct advise_space *space, char *error)
{
    static const char what[] = "--burst";
    const char *dots = strstr(text, "..");
    int status = dots ? read_ends(what, text, dots, unit_size_bytes, &space->burst_least_bytes,
                                  &space->burst_most_bytes, error)
                      : unit_size_bytes(what, text, &space->burst_most_bytes, error);

    if (status != SIM_OK)
        return status;
    if (!dots)
        space->burst_least_bytes = space->burst_most_bytes;
    if (space->burst_least_bytes < 1 || space->burst_most_bytes > ADVISE_BYTES_MAX)
        return sim_fail(error, SIM_MISUSE, "%s %s: not from 1 B to 1 GB", what, text);
    return SIM_OK;
}

/* The rate that is given, in whole bytes per tick of each tick, as libevent gets it. */
static int read_rate(const char *text, struct advise_space *space, char *error)
{
    struct rate_value rate;
    bool is_exact;
    int status = unit_rate("--rate", text, &rate, error);

    for (size_t i = 0; i < space->ticks && status == SIM_OK; i++) {
        int64_t bytes = unit_rate_per_tick(&rate, space->ticks_ms[i], &is_exact);
        space->rates_bytes_per_tick[i] = bytes;
        if (space->burst_most_bytes > 0 && bytes > space->burst_most_bytes)
            return sim_fail(error, SIM_MISUSE,
                            "--burst: a tick of %lld ms brings %lld B by --rate %s, which is more "
                            "than the burst; give a larger one",
                            (long long)space->ticks_ms[i], (long long)bytes, text);
        if (bytes < 1 || bytes > ADVISE_BYTES_MAX)
            status = sim_fail(error, SIM_MISUSE,
                              "--rate %s: is not from 1 B to 1 GB in a tick of %lld ms; change it "
                              "or --tick",
                              text, (long long)space->ticks_ms[i]);
    }
    return status;
}

int advise_space_read(const struct advise_config *config, struct advise_space *space, char *error)
{
    memset(space, 0, sizeof(*space));
    const struct values ticks = {.what = "--tick",
                                 .numbers = space->ticks_ms,
                                 .count = &space->ticks,
                                 .most = TICK_MAX_MS,
                                 .read = read_tick,
                                 .next = next_tick};
    const struct values min_shares = {.what = "--min-share",
                                      .numbers = space->min_shares_bytes,
                                      .count = &space->min_shares,
                                      .most = ADVISE_BYTES_MAX,
                                      .read = unit_size_bytes,
                                      .next = next_min_share};
    int status = read_values(&ticks, config->ticks, TICK_ADVISED_MS, error);

    if (status == SIM_OK)
        status = read_values(&min_shares, config->min_shares, MIN_SHARE_ADVISED, error);
    space->at_once = (size_t)config->at_once;
    if (status == SIM_OK && config->bursts)
        status = read_bursts(config->bursts, space, error);
    return status == SIM_OK && config->rate ? read_rate(config->rate, space, error) : status;
}
