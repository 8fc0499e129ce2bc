#include "sim/advise/advise_line.h"

#include <math.h>

#define CONTROLS  3
#define STEP_MOST 16.0

struct advise_setting advise_line_setting(const struct advise_probes *probes,
                                          const struct advise_line *line, int64_t value)
{
    struct advise_setting setting = line->base;

    if (line->is_burst) {
        setting.burst_bytes = value;
    } else {
        setting.rate_bytes_per_tick = value;
        setting.burst_bytes = advise_burst_most(probes->space, value, setting.tick_ms);
    }
    return setting;
}

/* Whether the probe is on the line, and with which value. */
static bool is_on_line(const struct advise_probes *probes, const struct advise_line *line,
                       const struct advise_probe *known, int64_t *value)
{
    *value = line->is_burst ? known->setting.burst_bytes : known->setting.rate_bytes_per_tick;
    const struct advise_setting setting = advise_line_setting(probes, line, *value);

    return *value <= line->most && advise_setting_equals(&setting, &known->setting);
}

struct advise_bracket advise_line_bracket(const struct advise_probes *probes,
                                          const struct advise_line *line)
{
    const struct advise_result *result = probes->result;
    struct advise_bracket bracket = {0};
    int64_t value, top = 0;

    for (size_t i = 0; i < result->probe_count; i++)
        if (is_on_line(probes, line, &result->probes[i], &value) && result->probes[i].outcome.holds)
            top = advise_most_of(top, value);
    for (size_t i = 0; i < result->probe_count; i++)
        if (is_on_line(probes, line, &result->probes[i], &value) &&
            !result->probes[i].outcome.holds && value < top)
            bracket.fails = advise_most_of(bracket.fails, value);
    bracket.holds = top;
    for (size_t i = 0; i < result->probe_count; i++)
        if (is_on_line(probes, line, &result->probes[i], &value) &&
            result->probes[i].outcome.holds && value > bracket.fails)
            bracket.holds = advise_least_of(bracket.holds, value);
    return bracket;
}

static size_t at_once(const struct advise_probes *probes)
{
    return probes->space->at_once > 0 ? probes->space->at_once : 1;
}

static double first_step(const struct advise_line *line)
{
    return line->step > 0 ? line->step : ADVISE_FIRST_STEP;
}

/* The factor of this step; *step becomes the next one's. */
static double take_step(double *step)
{
    double taken = *step;

    *step = fmin(taken * taken, STEP_MOST);
    return taken;
}

int advise_line_climb(struct advise_probes *probes, const struct advise_line *line, int64_t start,
                      char *error)
{
    int64_t value = advise_most_of(line->least, advise_least_of(start, line->most));
    double step = first_step(line);
    bool is_last = false, holds = false;
    int status = SIM_OK;

    while (status == SIM_OK && !holds && !is_last) {
        struct advise_setting settings[ADVISE_AT_ONCE_MAX];
        size_t count = 0;
        while (count < at_once(probes) && !is_last) {
            is_last = value >= line->most;
            settings[count++] = advise_line_setting(probes, line, value);
            double above = ceil((double)value * take_step(&step));
            value = (int64_t)fmin(above, (double)line->most);
        }
        status = advise_probes_try(probes, settings, count, error);
        for (size_t i = 0; i < count && status == SIM_OK; i++)
            holds |= advise_probes_find(probes, &settings[i])->outcome.holds;
    }
    return status;
}

/* --- bisection -------------------------------------------------------------------------------- */

static double resolution(const struct advise_line *line)
{
    return line->is_burst ? ADVISE_BURST_RESOLUTION : ADVISE_RESOLUTION;
}

static bool is_narrow(const struct advise_line *line, const struct advise_bracket *bracket)
{
    int64_t gap = bracket->holds - bracket->fails;

    return bracket->holds <= line->least || gap <= 1 ||
           (double)gap <= resolution(line) * (double)bracket->holds;
}

/* Values below one that holds, in steps that grow; the next to try is below them. */
static size_t step_down(const struct advise_probes *probes, const struct advise_line *line,
                        int64_t holds, double *step, struct advise_setting *settings)
{
    size_t count = 0;

    for (int64_t value = holds; count < at_once(probes) && value > line->least;) {
        value = advise_most_of((int64_t)((double)value / take_step(step)), line->least);
        settings[count++] = advise_line_setting(probes, line, value);
    }
    return count;
}

/* Values within the bracket, spaced by a factor; one is the middle. */
static size_t divide(const struct advise_probes *probes, const struct advise_line *line,
                     const struct advise_bracket *bracket, struct advise_setting *settings)
{
    double factor = (double)bracket->holds / (double)bracket->fails;
    double gap = log(factor) / resolution(line); /* more parts are too narrow */
    size_t count = (size_t)fmax(1, fmin(gap, (double)at_once(probes)));

    for (size_t i = 0; i < count; i++) {
        double part = (double)(i + 1) / (double)(count + 1);
        int64_t value = (int64_t)floor((double)bracket->fails * pow(factor, part));
        value = advise_most_of(bracket->fails + 1, advise_least_of(bracket->holds - 1, value));
        settings[i] = advise_line_setting(probes, line, value);
    }
    return count;
}

/* Narrows the bracket, which has a value that holds. */
static int bisect(struct advise_probes *probes, const struct advise_line *line,
                  struct advise_bracket *bracket, char *error)
{
    double step = first_step(line);

    for (*bracket = advise_line_bracket(probes, line); !is_narrow(line, bracket);
         *bracket = advise_line_bracket(probes, line)) {
        struct advise_setting settings[ADVISE_AT_ONCE_MAX];
        size_t count = bracket->fails == 0
                           ? step_down(probes, line, bracket->holds, &step, settings)
                           : divide(probes, line, bracket, settings);
        int status = advise_probes_try(probes, settings, count, error);
        if (status != SIM_OK)
            return status;
    }
    return SIM_OK;
}

int advise_line_scan(struct advise_probes *probes, const struct advise_line *line, int64_t from,
                     int64_t to, size_t count, char *error)
{
    struct advise_setting settings[ADVISE_SCAN];
    double factor = (double)to / (double)from;

    for (size_t i = 0; i < count; i++) {
        double value = (double)from * pow(factor, (double)(i + 1) / (double)(count + 1));
        settings[i] = advise_line_setting(probes, line, advise_most_of(1, (int64_t)value));
    }
    return advise_probes_try(probes, settings, count, error);
}

/* Tries values above one that holds. */
static int try_controls(struct advise_probes *probes, const struct advise_line *line, int64_t value,
                        char *error)
{
    static const double factors[CONTROLS] = {1.02, 1.1, 1.5};
    struct advise_setting settings[CONTROLS];
    size_t count = 0;

    for (int i = 0; i < CONTROLS; i++) {
        int64_t above = (int64_t)ceil((double)value * factors[i]);
        if (above < line->most)
            settings[count++] = advise_line_setting(probes, line, above);
    }
    return advise_probes_try(probes, settings, count, error);
}

int advise_line_least(struct advise_probes *probes, const struct advise_line *line, int64_t *value,
                      bool *is_monotone, char *error)
{
    struct advise_bracket bracket;
    int status = bisect(probes, line, &bracket, error);

    if (status == SIM_OK)
        status = try_controls(probes, line, bracket.holds, error);
    if (status != SIM_OK)
        return status;
    int64_t before = bracket.holds;
    bracket = advise_line_bracket(probes, line);
    if (bracket.fails > before) {
        *is_monotone = false;
        status = advise_line_scan(probes, line, before, line->most, ADVISE_SCAN, error);
        if (status == SIM_OK)
            status = bisect(probes, line, &bracket, error);
    }
    *value = bracket.holds;
    return status;
}
