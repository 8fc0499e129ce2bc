#include "sim/base/units.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/suggestion.h"

#define DECIMALS_MAX 6
#define DECIMALS_ONE INT64_C(1000000) /* 10^DECIMALS_MAX */

__extension__ typedef __int128 wide;

struct unit {
    const char *name;
    int64_t factor;
    const char *text; /* of a rate: as it is printed */
};

/* In bits per second; B/tick is libevent's own. */
#define PER_TICK 0
static const struct unit rate_units[] = {
    {"kbit", 1000, "kbit/s"},       {"mbit", 1000000, "Mbit/s"},
    {"gbit", 1000000000, "Gbit/s"}, {"B/s", 8, "B/s"},
    {"kB/s", 8 * 1000, "kB/s"},     {"MB/s", 8 * 1000000, "MB/s"},
    {"KiB/s", 8 * 1024, "KiB/s"},   {"MiB/s", 8 * 1024 * 1024, "MiB/s"},
    {"B/tick", PER_TICK, "B/tick"}, {NULL, 0, NULL},
};
static const struct unit size_units[] = {
    {"", 1, NULL},         {"B", 1, NULL},      {"kB", 1000, NULL},
    {"MB", 1000000, NULL}, {"KiB", 1024, NULL}, {"MiB", 1024 * 1024, NULL},
    {NULL, 0, NULL},
};
static const struct unit time_units[] = {
    {"us", 1, NULL},
    {"ms", 1000, NULL},
    {"s", 1000000, NULL},
    {"m", 60 * 1000000, NULL},
    {"h", INT64_C(3600) * 1000000, NULL},
    {NULL, 0, NULL},
};

const char *unit_number(const char *text, int64_t *millionths)
{
    int64_t value = 0;
    int64_t place = DECIMALS_ONE;
    const char *at = text;

    if (!isdigit((unsigned char)*at))
        return NULL;
    for (; isdigit((unsigned char)*at); at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *at - '0', &value))
            return NULL;
    if (__builtin_mul_overflow(value, DECIMALS_ONE, &value))
        return NULL;
    if (*at != '.') {
        *millionths = value;
        return at;
    }
    if (!isdigit((unsigned char)*++at))
        return NULL;
    for (; isdigit((unsigned char)*at); at++) {
        place /= 10;
        if (place == 0 && *at != '0')
            return NULL;
        if (__builtin_add_overflow(value, (*at - '0') * place, &value))
            return NULL;
    }
    *millionths = value;
    return at;
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
    for (; units->name; units++)
        if (strcmp(units->name, name) == 0)
            return units;
    return NULL;
}

/* number x factor / 10^6, or false where that is no whole number in 63 bits. */
static bool scale(int64_t millionths, int64_t factor, int64_t *value)
{
    wide product = (wide)millionths * factor;

    if (product % DECIMALS_ONE != 0 || product / DECIMALS_ONE > INT64_MAX)
        return false;
    *value = (int64_t)(product / DECIMALS_ONE);
    return true;
}

/* "; did you mean 10mbit?", or "": for a number that `unit`, which is not known, follows. */
static const char *suggest_unit(const char *text, const char *unit, const struct unit *units,
                                char suggested[SUGGESTION_TEXT_BYTES])
{
    struct suggestion suggestion = suggestion_of(unit ? unit : "");
    char number[SUGGESTION_TEXT_BYTES / 2];

    for (; units->name; units++)
        suggestion_try(&suggestion, units->name);
    snprintf(number, sizeof(number), "%.*s", unit ? (int)(unit - text) : 0, text);
    return suggestion_text(&suggestion, number, suggested);
}

int unit_rate(const char *what, const char *text, struct rate_value *rate, char *error)
{
    char suggested[SUGGESTION_TEXT_BYTES];
    int64_t millionths;
    const char *unit = unit_number(text, &millionths);

    if (unit && *unit == '\0')
        return sim_fail(error, SIM_MISUSE,
                        "%s %s: a rate needs a unit; write %smbit (bits per second), %sMB/s (bytes "
                        "per second) or %sB/tick (libevent's own)",
                        what, text, text, text, text);
    const struct unit *known = unit ? find_unit(rate_units, unit) : NULL;
    if (!known)
        return sim_fail(error, SIM_MISUSE,
                        "%s %s: not a rate; write a number of up to six decimals with kbit, mbit, "
                        "gbit, B/s, kB/s, "
                        "MB/s, KiB/s, MiB/s or B/tick, like 10mbit%s",
                        what, text, suggest_unit(text, unit, rate_units, suggested));
    rate->unit = known;
    rate->is_per_tick = known->factor == PER_TICK;
    if (rate->is_per_tick && !scale(millionths, 1, &rate->bytes_per_tick))
        return sim_fail(error, SIM_MISUSE, "%s %s: B/tick takes a whole number of bytes", what,
                        text);
    if (!rate->is_per_tick &&
        __builtin_mul_overflow(millionths, known->factor, &rate->microbits_per_s))
        return sim_fail(error, SIM_MISUSE,
                        "%s %s: too large; libevent takes up to 2147483647 B/tick", what, text);
    return SIM_OK;
}

int unit_size_bytes(const char *what, const char *text, int64_t *bytes, char *error)
{
    char suggested[SUGGESTION_TEXT_BYTES];
    int64_t millionths;
    const char *name = unit_number(text, &millionths);
    const struct unit *unit = name ? find_unit(size_units, name) : NULL;

    if (!unit || !scale(millionths, unit->factor, bytes))
        return sim_fail(error, SIM_MISUSE,
                        "%s %s: not a size; write a whole number of bytes with B, kB, MB, KiB, MiB "
                        "or nothing, like 64KiB%s",
                        what, text, suggest_unit(text, unit ? NULL : name, size_units, suggested));
    return SIM_OK;
}

int unit_time_us(const char *what, const char *text, int64_t *us, char *error)
{
    char suggested[SUGGESTION_TEXT_BYTES];
    int64_t millionths;
    const char *name = unit_number(text, &millionths);
    const struct unit *unit = name ? find_unit(time_units, name) : NULL;

    if (name && *name == '\0')
        return sim_fail(error, SIM_MISUSE, "%s %s: a time needs a unit; write %sms, %ss or %sm",
                        what, text, text, text, text);
    if (!unit || !scale(millionths, unit->factor, us))
        return sim_fail(error, SIM_MISUSE,
                        "%s %s: not a time; write a number of whole microseconds with us, ms, s, m "
                        "or h, like 10ms%s",
                        what, text, suggest_unit(text, unit ? NULL : name, time_units, suggested));
    return SIM_OK;
}

int unit_count(const char *what, const char *text, int64_t least, int64_t most, int64_t *count,
               char *error)
{
    int64_t millionths;
    const char *end = unit_number(text, &millionths);

    if (!end || *end != '\0' || millionths % DECIMALS_ONE != 0 ||
        millionths / DECIMALS_ONE < least || millionths / DECIMALS_ONE > most)
        return sim_fail(error, SIM_MISUSE,
                        "%s %s: write a whole number from %" PRId64 " to %" PRId64, what, text,
                        least, most);
    *count = millionths / DECIMALS_ONE;
    return SIM_OK;
}

int64_t unit_rate_per_tick(const struct rate_value *rate, int64_t tick_ms, bool *exact)
{
    if (rate->is_per_tick) {
        *exact = true;
        return rate->bytes_per_tick;
    }
    wide microbits = (wide)rate->microbits_per_s * tick_ms; /* per tick, times 1000 */
    wide divisor = (wide)8 * DECIMALS_ONE * 1000;

    *exact = microbits % divisor == 0;
    return microbits / divisor > INT64_MAX ? INT64_MAX : (int64_t)(microbits / divisor);
}

/* Four significant digits and the largest fitting prefix. */
static void print_scaled(char text[UNIT_TEXT_BYTES], double value, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T"};
    size_t prefix = 0;

    while (value >= 999.95 && prefix + 1 < sizeof(prefixes) / sizeof(prefixes[0])) {
        value /= 1000;
        prefix++;
    }
    snprintf(text, UNIT_TEXT_BYTES, "%.4g %s%s", value, prefixes[prefix], unit);
}

void unit_print_rate(char text[UNIT_TEXT_BYTES], int64_t bytes_per_tick, int64_t tick_ms,
                     const struct unit *unit)
{
    double bytes_per_s = (double)bytes_per_tick * 1000 / (double)tick_ms;

    if (unit && unit->factor == PER_TICK) {
        snprintf(text, UNIT_TEXT_BYTES, "%" PRId64 " %s", bytes_per_tick, unit->text);
    } else if (unit) {
        double value = bytes_per_s * 8 / (double)unit->factor;
        snprintf(text, UNIT_TEXT_BYTES, value < 9999.5 ? "%.4g %s" : "%.0f %s", value, unit->text);
    } else {
        print_scaled(text, bytes_per_s, "B/s");
    }
}

const char *unit_name(const struct unit *unit)
{
    return unit->name;
}

void unit_print_size(char text[UNIT_TEXT_BYTES], uint64_t bytes)
{
    print_scaled(text, (double)bytes, "B");
}

void unit_print_time(char text[UNIT_TEXT_BYTES], int64_t us)
{
    if (us > -1000 && us < 1000)
        snprintf(text, UNIT_TEXT_BYTES, "%" PRId64 " us", us);
    else if (us > -1000000 && us < 1000000)
        snprintf(text, UNIT_TEXT_BYTES, "%.4g ms", (double)us / 1e3);
    else
        snprintf(text, UNIT_TEXT_BYTES, "%.6g s", (double)us / 1e6);
}

const struct unit *unit_of_rates(const char *name)
{
    return find_unit(rate_units, name);
}
