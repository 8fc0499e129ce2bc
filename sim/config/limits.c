#include "sim/config/limits.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/suggestion.h"
#include "sim/config/demands.h"

#define US_PER_MS     1000
#define SPEC_KEYS_MAX 16 /* there are 13 keys */

enum limit_field { FIELD_RATE, FIELD_BURST, FIELD_TICK, FIELD_MIN_SHARE };

/* Which directions a key sets. */
enum { READ_ONLY = 1, WRITE_ONLY = 2, BOTH = 3 };

static const struct limit_key {
    const char *name;
    enum limit_field field;
    int directions;
    bool is_per_flow;
} limit_keys[] = {
    {"rate", FIELD_RATE, BOTH, false},
    {"read-rate", FIELD_RATE, READ_ONLY, false},
    {"write-rate", FIELD_RATE, WRITE_ONLY, false},
    {"burst", FIELD_BURST, BOTH, false},
    {"read-burst", FIELD_BURST, READ_ONLY, false},
    {"write-burst", FIELD_BURST, WRITE_ONLY, false},
    {"tick", FIELD_TICK, BOTH, false},
    {"min-share", FIELD_MIN_SHARE, BOTH, false},
    {"flow-rate", FIELD_RATE, BOTH, true},
    {"flow-burst", FIELD_BURST, BOTH, true},
    {"flow-tick", FIELD_TICK, BOTH, true},
};

static const struct limit_key *find_key(const char *name)
{
    for (size_t i = 0; i < sizeof(limit_keys) / sizeof(limit_keys[0]); i++)
        if (strcmp(limit_keys[i].name, name) == 0)
            return &limit_keys[i];
    return NULL;
}

const char *limit_key_name(size_t index)
{
    return index < sizeof(limit_keys) / sizeof(limit_keys[0]) ? limit_keys[index].name : NULL;
}

bool limit_key_known(const char *key)
{
    return find_key(key) != NULL;
}

static int set_tick(struct limit_spec *limit, const char *what, const char *value, char *error)
{
    int64_t us;
    int status = unit_time_us(what, value, &us, error);

    if (status != SIM_OK)
        return status;
    if (us < US_PER_MS || us % US_PER_MS != 0)
        return sim_fail(
            error, SIM_MISUSE,
            "%s %s: libevent counts ticks in whole milliseconds (it would drop the fraction, "
            "or divide by zero); use a whole number of ms, at least 1ms",
            what, value);
    if (us / US_PER_MS > TICK_MAX_MS)
        return sim_fail(error, SIM_MISUSE, "%s %s: longer than a day; use at most 24h", what,
                        value);
    limit->has_tick = true;
    limit->tick_ms = us / US_PER_MS;
    return SIM_OK;
}

/* The flag for one direction overrides the one for both, in any order. */
static void set_directions(const struct limit_key *key, bool is_directed[SHAPER_DIRECTIONS],
                           bool set[SHAPER_DIRECTIONS])
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        set[d] = (key->directions & (1 << d)) && !(key->directions == BOTH && is_directed[d]);
        if (set[d] && key->directions != BOTH)
            is_directed[d] = true;
    }
}

int limit_set(struct group_config *spec, const char *key_name, const char *what, const char *value,
              char *error)
{
    const struct limit_key *key = find_key(key_name);
    struct limit_spec *limit = key->is_per_flow ? &spec->per_flow : &spec->group;
    bool set[SHAPER_DIRECTIONS];
    struct rate_value rate = {0};
    int64_t bytes = 0;
    int status;

    spec->is_given = true;
    switch (key->field) {
    case FIELD_RATE:
        status = unit_rate(what, value, &rate, error);
        set_directions(key, limit->rate_is_directed, set);
        for (int d = 0; d < SHAPER_DIRECTIONS && status == SIM_OK; d++)
            if (set[d]) {
                limit->rate[d] = rate;
                limit->has_rate[d] = true;
            }
        return status;
    case FIELD_BURST:
        status = unit_size_bytes(what, value, &bytes, error);
        set_directions(key, limit->burst_is_directed, set);
        for (int d = 0; d < SHAPER_DIRECTIONS && status == SIM_OK; d++)
            if (set[d]) {
                limit->burst_bytes[d] = bytes;
                limit->has_burst[d] = true;
            }
        return status;
    case FIELD_TICK:
        return set_tick(limit, what, value, error);
    case FIELD_MIN_SHARE:
        spec->has_min_share = true;
        return unit_size_bytes(what, value, &spec->min_share_bytes, error);
    }
    return SIM_MISUSE;
}

static int set_name(char name[GROUP_NAME_BYTES], const char *key, const char *value, char *error)
{
    size_t length = strlen(value);
    bool good = length > 0 && length < GROUP_NAME_BYTES && strcmp(value, GROUP_NAME_NONE) != 0;

    for (size_t i = 0; i < length && good; i++)
        good = isalnum((unsigned char)value[i]) || strchr("_.-", value[i]);
    if (!good)
        return sim_fail(
            error, SIM_MISUSE,
            "--group %s=%s: a name has 1 to %d letters, digits, '_', '.' or '-' (and is not "
            "'-' alone)",
            key, value, GROUP_NAME_BYTES - 1);
    if (demand_reserves(value))
        return sim_fail(error, SIM_MISUSE,
                        "--group %s=%s: --want reads '%s' before a figure as a direction or a part "
                        "of the figure's name; call the group otherwise, like %s-group",
                        key, value, demand_last_part(value), value);
    memcpy(name, value, length + 1);
    return SIM_OK;
}

static int set_weight(struct group_config *spec, const char *value, char *error)
{
    int64_t weight;
    int status = unit_count("--group: weight", value, 1, SHAPER_WEIGHT_MAX, &weight, error);

    if (status == SIM_OK)
        spec->weight = (uint32_t)weight;
    return status;
}

static int unknown_key(const char *key, char *error)
{
    static const char *const others[] = {"name", "match", "parent", "weight"};
    struct suggestion suggestion = suggestion_of(key);
    char suggested[SUGGESTION_TEXT_BYTES];
    const char *name;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        suggestion_try(&suggestion, others[i]);
    for (size_t i = 0; (name = limit_key_name(i)); i++)
        suggestion_try(&suggestion, name);
    return sim_fail(
        error, SIM_MISUSE,
        "--group: unknown key '%s'; the keys are name, match, rate, read-rate, write-rate, "
        "burst, read-burst, write-burst, tick, min-share, flow-rate, flow-burst, flow-tick, "
        "parent, weight%s",
        key, suggestion_text(&suggestion, "", suggested));
}

static int set_pair(struct group_config *spec, const char *key, const char *value, char *error)
{
    char what[64];

    if (strcmp(key, "name") == 0)
        return set_name(spec->name, key, value, error);
    if (strcmp(key, "parent") == 0)
        return set_name(spec->parent, key, value, error);
    if (strcmp(key, "weight") == 0)
        return set_weight(spec, value, error);
    if (strcmp(key, "match") == 0 && !*value)
        return sim_fail(error, SIM_MISUSE,
                        "--group: match is empty; give a BPF expression, or leave it out to match "
                        "every flow");
    if (strcmp(key, "match") == 0) {
        free(spec->match);
        spec->match = strdup(value);
        return spec->match ? SIM_OK : sim_fail(error, SIM_FAILED, "out of memory");
    }
    if (!limit_key_known(key))
        return unknown_key(key, error);
    snprintf(what, sizeof(what), "--group: %s", key);
    return limit_set(spec, key, what, value, error);
}

bool key_is_repeated(const char *const *keys, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

/* The comma that ends a value: one that KEY= follows, or NULL. */
static char *value_end(char *value)
{
    for (char *comma = strchr(value, ','); comma; comma = strchr(comma + 1, ',')) {
        const char *at = comma + 1;
        while (islower((unsigned char)*at) || *at == '-')
            at++;
        if (*at == '=' && at > comma + 1)
            return comma;
    }
    return NULL;
}

int group_config_parse(const char *text, struct group_config *spec, char *error)
{
    const char *keys[SPEC_KEYS_MAX];
    size_t key_count = 0;
    char *copy = strdup(text);
    int status = SIM_OK;

    memset(spec, 0, sizeof(*spec));
    if (!copy)
        return sim_fail(error, SIM_FAILED, "out of memory");
    for (char *key = copy; key && status == SIM_OK;) {
        char *value = strchr(key, '=');
        if (!value) {
            status = sim_fail(error, SIM_MISUSE,
                              "--group %s: '%s' is no KEY=VALUE; write like "
                              "name=web,match=tcp port 80,rate=10mbit",
                              text, key);
            break;
        }
        *value++ = '\0';
        char *end = value_end(value);
        if (end)
            *end++ = '\0';
        if (key_count == SPEC_KEYS_MAX || key_is_repeated(keys, key_count, key)) {
            status = sim_fail(error, SIM_MISUSE, "--group %s: gives %s twice; give each key once",
                              text, key);
            break;
        }
        keys[key_count++] = key;
        status = set_pair(spec, key, value, error);
        key = end;
    }
    free(copy);
    if (status == SIM_OK && !spec->name[0])
        status = sim_fail(error, SIM_MISUSE, "--group %s: has no name; add name=web", text);
    if (status == SIM_OK && !group_config_limits(spec))
        status = sim_fail(error, SIM_MISUSE,
                          "--group %s: has no limit; add rate=10mbit or flow-rate=1mbit", text);
    if (status != SIM_OK)
        group_config_fini(spec);
    return status;
}

void group_config_fini(struct group_config *spec)
{
    free(spec->match);
    spec->match = NULL;
}

static bool has_rate(const struct limit_spec *limit)
{
    return limit->has_rate[SHAPER_READ] || limit->has_rate[SHAPER_WRITE];
}

bool group_config_limits(const struct group_config *spec)
{
    return has_rate(&spec->group) || has_rate(&spec->per_flow);
}

/* Refuses a direction's limit that is out of range, in the words of the options. */
static int check_direction(const char *where, const char *prefix, const struct shaper_limit *limit,
                           enum shaper_direction direction, char *error)
{
    const char *name = shaper_direction_name(direction);
    int64_t rate = limit->rate_bytes_per_tick[direction];
    int64_t burst = limit->burst_bytes[direction];
    unsigned faults = shaper_limit_faults(limit, direction);

    if (faults & SHAPER_LIMIT_RATE_TOO_LOW)
        return sim_fail(error, SIM_MISUSE,
                        "%s%srate (%s) is below one byte per tick of %" PRId64
                        " ms; use a longer tick or a higher rate",
                        where, prefix, name, limit->tick_ms);
    if (faults & SHAPER_LIMIT_RATE_TOO_HIGH)
        return sim_fail(error, SIM_MISUSE,
                        "%s%srate (%s) of %" PRId64
                        " B per tick is above 2147483647 B, where libevent cuts it; use a shorter "
                        "tick or a lower rate",
                        where, prefix, name, rate);
    if (faults & SHAPER_LIMIT_BURST_TOO_HIGH)
        return sim_fail(error, SIM_MISUSE,
                        "%s%sburst (%s) of %" PRId64
                        " B is above 2147483647 B, where libevent cuts it; use a smaller one",
                        where, prefix, name, burst);
    if (faults & SHAPER_LIMIT_BURST_TOO_LOW)
        return sim_fail(error, SIM_MISUSE,
                        "%s%sburst (%s) of %" PRId64 " B is below one tick's worth, which libevent "
                        "refuses; use %" PRId64 "B or more, or a tick shorter than %" PRId64 "ms",
                        where, prefix, name, burst, rate, limit->tick_ms);
    return SIM_OK;
}

/* A direction without a rate gets the largest one that libevent can keep. */
static int resolve_direction(const char *where, const char *prefix, const struct limit_spec *spec,
                             int d, struct shaper_limit *limit, bool *exact, char *error)
{
    bool direction_exact = true;
    int64_t rate = SHAPER_LIMIT_MAX_BYTES;
    int64_t burst = SHAPER_LIMIT_MAX_BYTES;

    if (spec->has_rate[d]) {
        rate = unit_rate_per_tick(&spec->rate[d], limit->tick_ms, &direction_exact);
        burst = spec->has_burst[d] ? spec->burst_bytes[d] : rate;
    }
    limit->rate_bytes_per_tick[d] = rate;
    limit->burst_bytes[d] = burst;
    *exact = *exact && direction_exact;
    return check_direction(where, prefix, limit, (enum shaper_direction)d, error);
}

static int resolve_limit(const char *where, const char *prefix, const struct limit_spec *spec,
                         int64_t tick_default_ms, struct shaper_limit *limit, bool *exact,
                         char *error)
{
    char text[SHAPER_ERROR_BYTES];

    limit->tick_ms = spec->has_tick ? spec->tick_ms : tick_default_ms;
    *exact = true;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (spec->burst_is_directed[d] && !spec->has_rate[d])
            return sim_fail(error, SIM_MISUSE,
                            "%s%s-%sburst limits nothing without a rate of that direction; add "
                            "%s-rate",
                            where, shaper_direction_name((enum shaper_direction)d), prefix,
                            shaper_direction_name((enum shaper_direction)d));
        int status = resolve_direction(where, prefix, spec, d, limit, exact, error);
        if (status != SIM_OK)
            return status;
    }
    if (shaper_limit_check(limit, text) != SHAPER_OK)
        return sim_fail(error, SIM_MISUSE, "%s%srate: %s", where, prefix, text);
    return SIM_OK;
}

static bool is_given(const struct limit_spec *limit)
{
    return has_rate(limit) || limit->has_burst[SHAPER_READ] || limit->has_burst[SHAPER_WRITE] ||
           limit->has_tick;
}

int group_config_resolve(const struct group_config *spec, bool allow_zero_min_share,
                         struct group_limits *limits, char *error)
{
    char where[GROUP_NAME_BYTES + 16];
    int status;

    memset(limits, 0, sizeof(*limits));
    if (strcmp(spec->name, GROUP_NAME_ALL) == 0)
        snprintf(where, sizeof(where), "--");
    else if (spec->name[0] == '\0')
        where[0] = '\0';
    else
        snprintf(where, sizeof(where), "--group %s: ", spec->name);
    limits->has_group = has_rate(&spec->group);
    limits->has_per_flow = has_rate(&spec->per_flow);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        limits->rate_units[d] = spec->group.rate[d].unit;
        limits->per_flow_rate_units[d] = spec->per_flow.rate[d].unit;
    }
    limits->min_share_bytes =
        spec->has_min_share ? spec->min_share_bytes : SHAPER_MIN_SHARE_DEFAULT_BYTES;
    if (!limits->has_group && (is_given(&spec->group) || spec->has_min_share))
        return sim_fail(
            error, SIM_MISUSE,
            "%sburst, tick and min-share limit nothing without a rate; add %srate=10mbit", where,
            where);
    if (!limits->has_per_flow && is_given(&spec->per_flow))
        return sim_fail(error, SIM_MISUSE,
                        "%sflow-burst and flow-tick limit nothing without a flow-rate; add "
                        "%sflow-rate=1mbit",
                        where, where);
    if (spec->has_min_share && spec->min_share_bytes == 0 && !allow_zero_min_share)
        return sim_fail(error, SIM_MISUSE,
                        "%smin-share 0: where a share is below 1 byte, a socket reads none, takes "
                        "that for an end of file and breaks (--transport socket shows it), and TLS "
                        "waits without end; use 1 or more",
                        where);
    if (limits->has_group) {
        status = resolve_limit(where, "", &spec->group, TICK_DEFAULT_MS, &limits->group,
                               &limits->group_rate_exact, error);
        if (status != SIM_OK)
            return status;
        limits->effective_min_share_bytes =
            shaper_limit_min_share(&limits->group, limits->min_share_bytes);
        limits->tick_ms = limits->group.tick_ms;
    }
    if (limits->has_per_flow) {
        status = resolve_limit(where, "flow-", &spec->per_flow,
                               limits->has_group ? limits->tick_ms : TICK_DEFAULT_MS,
                               &limits->per_flow, &limits->per_flow_rate_exact, error);
        if (status != SIM_OK)
            return status;
        if (!limits->has_group)
            limits->tick_ms = limits->per_flow.tick_ms;
    }
    return SIM_OK;
}

static bool warn_rounded(const char *name, const char *which, const struct shaper_limit *limit,
                         const struct unit *const units[SHAPER_DIRECTIONS], bool exact, char *text)
{
    char read[UNIT_TEXT_BYTES], write[UNIT_TEXT_BYTES];

    if (exact)
        return false;
    unit_print_rate(read, limit->rate_bytes_per_tick[SHAPER_READ], limit->tick_ms,
                    units[SHAPER_READ]);
    unit_print_rate(write, limit->rate_bytes_per_tick[SHAPER_WRITE], limit->tick_ms,
                    units[SHAPER_WRITE]);
    snprintf(text, WARNING_BYTES,
             "group %s: the %srate is no whole number of bytes per tick and was rounded down: read "
             "%" PRId64 " B/tick (%s), write %" PRId64 " B/tick (%s)",
             name, which, limit->rate_bytes_per_tick[SHAPER_READ], read,
             limit->rate_bytes_per_tick[SHAPER_WRITE], write);
    return true;
}

static bool warn_lost_tokens(const char *name, const struct group_limits *limits,
                             enum shaper_direction d, char *text)
{
    if (!shaper_limit_loses_tokens(&limits->group, limits->min_share_bytes, d))
        return false;
    snprintf(text, WARNING_BYTES,
             "group %s: %s can lose throughput: after an overdraft the group waits below min-share "
             "%" PRId64 " and the burst cap throws tokens away; use a %s burst of %" PRId64
             " B or more, or a min-share of %" PRId64 " or less",
             name, shaper_direction_name((enum shaper_direction)d),
             limits->effective_min_share_bytes, shaper_direction_name((enum shaper_direction)d),
             limits->group.rate_bytes_per_tick[d] + limits->effective_min_share_bytes - 1,
             (limits->group.rate_bytes_per_tick[d] + 1) / 2);
    return true;
}

static bool warn_skewed_shares(const char *name, const struct group_limits *limits,
                               enum shaper_direction d, char *text)
{
    if (!shaper_limit_skews_shares(&limits->group, limits->min_share_bytes, d))
        return false;
    snprintf(text, WARNING_BYTES,
             "group %s: %s serves one flow per tick, as min-share is a whole tick's worth (%" PRId64
             " B): flows listed after idle ones are served far more often; use a smaller min-share "
             "or a longer tick",
             name, shaper_direction_name((enum shaper_direction)d),
             limits->group.rate_bytes_per_tick[d]);
    return true;
}

static bool warn_clipped(const char *name, const struct group_limits *limits, char *text)
{
    if (!shaper_limit_clips_min_share(&limits->group, limits->min_share_bytes))
        return false;
    snprintf(
        text, WARNING_BYTES,
        "group %s: min-share %" PRId64 " is cut to %" PRId64
        " for both directions by the slower one; raise the slower rate to at least the min-share",
        name, limits->min_share_bytes, limits->effective_min_share_bytes);
    return true;
}

bool group_warning(const char *name, const struct group_limits *limits, int index, char *text)
{
    char scratch[WARNING_BYTES];

    for (int which = 0; which < 7; which++) {
        bool found = false;
        switch (which) {
        case 0:
            found = limits->has_group && warn_rounded(name, "", &limits->group, limits->rate_units,
                                                      limits->group_rate_exact, scratch);
            break;
        case 1:
            found = limits->has_per_flow &&
                    warn_rounded(name, "flow-", &limits->per_flow, limits->per_flow_rate_units,
                                 limits->per_flow_rate_exact, scratch);
            break;
        case 2:
        case 3:
            found = limits->has_group && !limits->is_scheduled &&
                    warn_lost_tokens(name, limits, (enum shaper_direction)(which - 2), scratch);
            break;
        case 4:
        case 5:
            found = limits->has_group && !limits->is_scheduled &&
                    warn_skewed_shares(name, limits, (enum shaper_direction)(which - 4), scratch);
            break;
        case 6:
            found = limits->has_group && warn_clipped(name, limits, scratch);
            break;
        }
        if (found && index-- == 0) {
            memcpy(text, scratch, WARNING_BYTES);
            return true;
        }
    }
    return false;
}
