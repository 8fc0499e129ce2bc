#include "sim/config/events.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/suggestion.h"

#define LIST_KEYS_MAX 16 /* there are 10 keys of a group's event */
#define FLOW_KEYS_MAX 3  /* rate, burst, tick */

/* One KEY=VALUE of a list, or a KEY alone; both point into the text they were cut from. */
struct pair {
    char *key;
    char *value; /* NULL without one */
};

/* Cuts the text before the next comma off; NULL after the last. */
static char *next_pair(char **text, struct pair *pair)
{
    char *item = strsep(text, ",");

    if (!item)
        return NULL;
    pair->key = item;
    pair->value = strchr(item, '=');
    if (pair->value)
        *pair->value++ = '\0';
    return item;
}

/* The keys of a list so far, each of which may be given once. */
struct given_keys {
    const char *keys[LIST_KEYS_MAX];
    size_t count;
};

static int note_key(struct given_keys *given, const char *what, const char *text, const char *key,
                    char *error)
{
    if (given->count == LIST_KEYS_MAX || key_is_repeated(given->keys, given->count, key))
        return sim_fail(error, SIM_MISUSE, "%s %s: gives %s twice; give each key once", what, text,
                        key);
    given->keys[given->count++] = key;
    return SIM_OK;
}

/* The group of that name. */
static int find_group(const struct run_config *config, const char *what, const char *text,
                      const char *name, size_t *group_index, char *error)
{
    for (size_t i = 0; i < config->groups; i++) {
        if (strcmp(config->specs[i].name, name) != 0)
            continue;
        if (!config->limits[i].has_group)
            return sim_fail(error, SIM_MISUSE, "%s %s: group %s has no group limit; give it a rate",
                            what, text, name);
        *group_index = i;
        return SIM_OK;
    }
    return sim_fail(error, SIM_MISUSE, "%s %s: there is no group %s; its name stands in --group",
                    what, text, name);
}

/* The group that a list begins with. */
static int take_group(const struct run_config *config, const char *what, const char *text,
                      char **rest, size_t *group_index, char *error)
{
    struct pair pair;

    if (!next_pair(rest, &pair) || strcmp(pair.key, "group") != 0 || !pair.value)
        return sim_fail(error, SIM_MISUSE, "%s %s: begin with the group, like group=%s,...", what,
                        text, GROUP_NAME_ALL);
    return find_group(config, what, text, pair.value, group_index, error);
}

/* A size that may be negative: a credit. */
static int signed_size(const char *what, const char *value, int64_t *bytes, char *error)
{
    bool negative = *value == '-';
    int status = unit_size_bytes(what, value + (negative ? 1 : 0), bytes, error);

    if (status == SIM_OK && *bytes > SHAPER_LIMIT_MAX_BYTES)
        return sim_fail(error, SIM_MISUSE, "%s %s: above 2147483647; use less", what, value);
    if (negative)
        *bytes = -*bytes;
    return status;
}

/* What an --at has set so far for one group. */
struct change {
    struct group_config spec; /* limits to change; the name is the group's */
    bool has_limit;
};

static int add_event(struct run_config *config, const char *what, const struct run_event *event,
                     char *error)
{
    if (config->event_count == EVENTS_MAX)
        return sim_fail(error, SIM_MISUSE, "%s: more than %d events", what, EVENTS_MAX);
    config->events[config->event_count++] = *event;
    return SIM_OK;
}

/* Whether the key is the name that this has in events.csv. */
static bool is_called(const struct pair *pair, enum run_event_kind kind,
                      enum shaper_direction direction)
{
    return strcmp(pair->key, run_event_name(kind, direction)) == 0;
}

static bool is_decrement(const struct pair *pair)
{
    return is_called(pair, EVENT_DECREMENT, SHAPER_READ) ||
           is_called(pair, EVENT_DECREMENT, SHAPER_WRITE);
}

/* Takes the direction and the bytes; `kind` is that of a group or of a flow. */
static int take_decrement(const char *label, const struct pair *pair, enum run_event_kind kind,
                          struct run_event *event, char *error)
{
    event->kind = kind;
    event->direction = is_called(pair, kind, SHAPER_READ) ? SHAPER_READ : SHAPER_WRITE;
    return signed_size(label, pair->value, &event->bytes, error);
}

static bool takes_value(const struct pair *pair)
{
    return limit_key_known(pair->key) || is_decrement(pair);
}

static int unknown_key(const char *label, const char *key, char *error)
{
    struct suggestion suggestion = suggestion_of(key);
    char suggested[SUGGESTION_TEXT_BYTES];
    const char *name;

    for (size_t i = 0; (name = limit_key_name(i)); i++)
        if (strncmp(name, "flow-", 5) != 0)
            suggestion_try(&suggestion, name);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        suggestion_try(&suggestion, run_event_name(EVENT_DECREMENT, (enum shaper_direction)d));
    suggestion_try(&suggestion, run_event_name(EVENT_RESET_TOTALS, SHAPER_READ));
    return sim_fail(error, SIM_MISUSE,
                    "%s: unknown key; the keys are rate, read-rate, write-rate, burst, read-burst, "
                    "write-burst, min-share, decrement-read, decrement-write, reset-totals%s",
                    label, suggestion_text(&suggestion, "", suggested));
}

static int take_pair(struct run_config *config, const char *what, const struct pair *pair,
                     struct run_event event, struct change *change, char *error)
{
    char label[96];

    snprintf(label, sizeof(label), "%s: %s", what, pair->key);
    if (is_called(pair, EVENT_RESET_TOTALS, SHAPER_READ) && !pair->value) {
        event.kind = EVENT_RESET_TOTALS;
    } else if (strcmp(pair->key, "tick") == 0 || strcmp(pair->key, "flow-tick") == 0) {
        return sim_fail(error, SIM_MISUSE,
                        "%s: libevent counts a live bucket's ticks on in the old length and then "
                        "fills it at once or stops for years; start another run for another tick",
                        label);
    } else if (!pair->value && takes_value(pair)) {
        return sim_fail(error, SIM_MISUSE, "%s: needs a value, like rate=5mbit", label);
    } else if (is_decrement(pair)) {
        int status = take_decrement(label, pair, EVENT_DECREMENT, &event, error);
        if (status != SIM_OK)
            return status;
    } else if (limit_key_known(pair->key) && strncmp(pair->key, "flow-", 5) != 0) {
        change->has_limit = true;
        return limit_set(&change->spec, pair->key, label, pair->value, error);
    } else {
        return unknown_key(label, pair->key, error);
    }
    return add_event(config, what, &event, error);
}

/* A flow's per-flow limit: its keys are those of a group's. */
static int take_per_flow_limit(const char *what, const struct pair *pair, struct run_event *event,
                               struct group_config *per_flow, char *error)
{
    if (strcmp(pair->key, "rate") == 0 && strcmp(pair->value, "none") == 0) {
        event->kind = EVENT_FLOW_UNLIMIT;
        return SIM_OK;
    }
    event->kind = EVENT_FLOW_LIMIT;
    return limit_set(per_flow, pair->key, what, pair->value, error);
}

static int unknown_flow_key(const char *label, const char *key, char *error)
{
    static const char *const limits[] = {"rate", "burst", "tick"};
    struct suggestion suggestion = suggestion_of(key);
    char suggested[SUGGESTION_TEXT_BYTES];

    suggestion_try(&suggestion, run_event_name(EVENT_FLOW_LEAVE, SHAPER_READ));
    suggestion_try(&suggestion, run_event_name(EVENT_FLOW_JOIN, SHAPER_READ));
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
        suggestion_try(&suggestion, limits[i]);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        suggestion_try(&suggestion, run_event_name(EVENT_FLOW_DECREMENT, (enum shaper_direction)d));
    return sim_fail(error, SIM_MISUSE,
                    "%s: write leave, join=GROUP, rate=none, rate=RATE with burst= and tick=, or "
                    "decrement-read=SIZE or decrement-write=SIZE%s",
                    label, suggestion_text(&suggestion, "", suggested));
}

static int take_flow_pair(const struct run_config *config, const char *text,
                          const struct pair *pair, struct run_event *event,
                          struct group_config *per_flow, char *error)
{
    char label[64];

    snprintf(label, sizeof(label), "--at: flow %" PRIu64 ": %s", event->flow, pair->key);
    if (is_called(pair, EVENT_FLOW_LEAVE, SHAPER_READ) && !pair->value) {
        event->kind = EVENT_FLOW_LEAVE;
        return SIM_OK;
    }
    if (is_called(pair, EVENT_FLOW_JOIN, SHAPER_READ) && pair->value) {
        event->kind = EVENT_FLOW_JOIN;
        return find_group(config, "--at", text, pair->value, &event->group_index, error);
    }
    if (pair->value && (strcmp(pair->key, "rate") == 0 || strcmp(pair->key, "burst") == 0 ||
                        strcmp(pair->key, "tick") == 0))
        return take_per_flow_limit(label, pair, event, per_flow, error);
    if (pair->value && is_decrement(pair))
        return take_decrement(label, pair, EVENT_FLOW_DECREMENT, event, error);
    return unknown_flow_key(label, pair->key, error);
}

static int resolve_per_flow_limit(const char *text, const struct group_config *per_flow,
                                  struct shaper_limit *limit, char *error)
{
    struct group_limits limits;
    char reason[SIM_ERROR_BYTES];
    int status = group_config_resolve(per_flow, false, &limits, reason);

    *limit = limits.group;
    return status == SIM_OK ? SIM_OK : sim_fail(error, status, "--at %s: %s", text, reason);
}

/* Whether two keys of one --at are parts of one action, or each an event of its own. */
static bool go_together(enum run_event_kind before, enum run_event_kind kind)
{
    return before == kind && (kind == EVENT_FLOW_LIMIT || kind == EVENT_FLOW_DECREMENT);
}

/* What --at says of a flow: decrements are events at once, a limit is whole after the last key. */
static int take_flow_pairs(struct run_config *config, const char *text, char *list,
                           struct run_event *event, struct group_config *per_flow, char *error)
{
    struct pair pair;
    const char *keys[FLOW_KEYS_MAX];
    size_t count = 0;
    int status = SIM_OK;

    while (status == SIM_OK && next_pair(&list, &pair)) {
        enum run_event_kind before = event->kind;
        if (key_is_repeated(keys, count, pair.key))
            return sim_fail(error, SIM_MISUSE, "--at %s: gives %s twice; give each key once", text,
                            pair.key);
        status = take_flow_pair(config, text, &pair, event, per_flow, error);
        if (status == SIM_OK && count > 0 && !go_together(before, event->kind))
            status = sim_fail(error, SIM_MISUSE,
                              "--at %s: says two things of a flow; write an --at for each", text);
        if (status == SIM_OK)
            keys[count++] = pair.key; /* rate, burst and tick at most */
        if (status == SIM_OK && event->kind == EVENT_FLOW_DECREMENT)
            status = add_event(config, "--at", event, error);
    }
    if (status == SIM_OK && count == 0)
        status = sim_fail(error, SIM_MISUSE, "--at %s: says nothing to do, like leave", text);
    return status;
}

/* --at TIME:flow=N,... has one action, or both decrements. */
static int parse_flow_event(struct run_config *config, const char *text, char *list,
                            struct run_event event, char *error)
{
    struct group_config per_flow = {.name = ""};
    struct pair pair = {NULL, NULL};
    size_t events_before = config->event_count;
    int64_t number = 0;

    next_pair(&list, &pair);
    int status = unit_count("--at: flow", pair.value, 1, INT64_MAX, &number, error);
    event.flow = (uint64_t)number;
    event.kind = EVENT_FLOW_LEAVE;
    if (status == SIM_OK)
        status = take_flow_pairs(config, text, list, &event, &per_flow, error);
    if (status == SIM_OK && event.kind == EVENT_FLOW_LIMIT)
        status = resolve_per_flow_limit(text, &per_flow, &event.limit, error);
    group_config_fini(&per_flow);
    if (status == SIM_OK && event.kind != EVENT_FLOW_DECREMENT)
        status = add_event(config, "--at", &event, error);
    if (status != SIM_OK)
        config->event_count = events_before;
    return status;
}

static int parse_at(struct run_config *config, const char *text, struct change *changes,
                    size_t number, char *error)
{
    char *copy = strdup(text), *list = copy;
    struct run_event event = {0};
    struct pair pair;
    int status;

    if (!copy)
        return sim_fail(error, SIM_FAILED, "out of memory");
    char *time = strsep(&list, ":");
    status = list ? unit_time_us("--at", time, &event.time_us, error)
                  : sim_fail(error, SIM_MISUSE,
                             "--at %s: write a time, a colon and what happens, like "
                             "2s:group=%s,rate=5mbit",
                             text, GROUP_NAME_ALL);
    if (status == SIM_OK && strncmp(list, "flow=", 5) == 0) {
        status = parse_flow_event(config, text, list, event, error);
        free(copy);
        return status;
    }
    if (status == SIM_OK)
        status = take_group(config, "--at", text, &list, &event.group_index, error);
    struct change *change = &changes[number];
    size_t events_before = config->event_count;
    struct given_keys given = {.count = 0};
    while (status == SIM_OK && next_pair(&list, &pair)) {
        status = note_key(&given, "--at", text, pair.key, error);
        if (status == SIM_OK)
            status = take_pair(config, "--at", &pair, event, change, error);
    }
    if (status == SIM_OK && change->has_limit) {
        event.kind = EVENT_SET_LIMIT;
        event.bytes = (int64_t)number; /* limits that change: resolved in the order of time */
        status = add_event(config, "--at", &event, error);
    }
    if (status == SIM_OK && config->event_count == events_before)
        status = sim_fail(error, SIM_MISUSE, "--at %s: says nothing to do, like rate=5mbit", text);
    free(copy);
    return status;
}

static int parse_background(struct run_config *config, const char *text, char *error)
{
    char *copy = strdup(text), *list = copy;
    size_t group_index = 0;
    struct pair pair;
    int status;

    if (!copy)
        return sim_fail(error, SIM_FAILED, "out of memory");
    status = take_group(config, "--background", text, &list, &group_index, error);
    if (status == SIM_OK && !list)
        status =
            sim_fail(error, SIM_MISUSE, "--background %s: names no traffic; add write=1mbit", text);
    while (status == SIM_OK && next_pair(&list, &pair)) {
        struct background *background = &config->backgrounds[group_index];
        int d =
            strcmp(pair.key, shaper_direction_name(SHAPER_WRITE)) == 0 ? SHAPER_WRITE : SHAPER_READ;
        if (strcmp(pair.key, shaper_direction_name((enum shaper_direction)d)) != 0 || !pair.value) {
            status =
                sim_fail(error, SIM_MISUSE, "--background %s: '%s' is not read=RATE or write=RATE",
                         text, pair.key);
            break;
        }
        if (background->is_given[d]) {
            status =
                sim_fail(error, SIM_MISUSE,
                         "--background %s: the group's %s traffic is given twice; leave one out",
                         text, pair.key);
            break;
        }
        background->is_given[d] = true;
        status = unit_rate("--background", pair.value, &background->rate[d], error);
    }
    free(copy);
    return status;
}

/* Sorts by time, keeping the order of the command line: insertion, as there are few. */
static void sort_events(struct run_config *config)
{
    for (size_t i = 1; i < config->event_count; i++) {
        struct run_event event = config->events[i];
        size_t at = i;
        for (; at > 0 && config->events[at - 1].time_us > event.time_us; at--)
            config->events[at] = config->events[at - 1];
        config->events[at] = event;
    }
}

/* What is not given stays; a burst that defaulted to one tick's worth still does. */
static int resolve_change(const struct run_config *config, const struct change *change,
                          struct group_config *present, struct run_event *event, char *error)
{
    struct limit_spec *limit = &present->group;
    const struct limit_spec *wanted = &change->spec.group;
    struct group_limits limits;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (wanted->has_rate[d]) {
            limit->has_rate[d] = true;
            limit->rate[d] = wanted->rate[d];
        }
        if (wanted->has_burst[d]) {
            limit->has_burst[d] = true;
            limit->burst_bytes[d] = wanted->burst_bytes[d];
        }
    }
    if (change->spec.has_min_share) {
        present->has_min_share = true;
        present->min_share_bytes = change->spec.min_share_bytes;
    }
    int status =
        group_config_resolve(present, config->transport == SHAPER_TRANSPORT_SOCKET, &limits, error);
    event->limit = limits.group;
    event->min_share_bytes = limits.min_share_bytes;
    event->effective_min_share_bytes = limits.effective_min_share_bytes;
    event->bytes = 0;
    return status;
}

static int resolve_changes(struct run_config *config, const struct change *changes, char *error)
{
    struct group_config *present = calloc(config->groups + 1, sizeof(*present));
    int status = SIM_OK;

    if (!present)
        return sim_fail(error, SIM_FAILED, "out of memory");
    memcpy(present, config->specs, config->groups * sizeof(*present));
    for (size_t i = 0; i < config->event_count && status == SIM_OK; i++) {
        struct run_event *event = &config->events[i];
        if (event->kind != EVENT_SET_LIMIT)
            continue;
        status = resolve_change(config, &changes[event->bytes], &present[event->group_index], event,
                                error);
    }
    free(present);
    return status;
}

int events_resolve(struct run_config *config, char *error)
{
    struct change *changes = calloc(config->at_count + 1, sizeof(*changes));
    int status = SIM_OK;

    if (!changes)
        return sim_fail(error, SIM_FAILED, "out of memory");
    for (size_t i = 0; i < config->at_count && status == SIM_OK; i++)
        status = parse_at(config, config->at[i], changes, i, error);
    for (size_t i = 0; i < config->background_count && status == SIM_OK; i++)
        status = parse_background(config, config->background_texts[i], error);
    sort_events(config);
    if (status == SIM_OK)
        status = resolve_changes(config, changes, error);
    free(changes);
    return status;
}

int initial_tokens_parse(const char *what, const char *text, struct initial_tokens *tokens,
                         char *error)
{
    tokens->is_given = true;
    tokens->bytes = 0;
    tokens->kind = INITIAL_TOKENS_SIZE;
    if (strcmp(text, "tick") == 0)
        tokens->kind = INITIAL_TOKENS_TICK;
    else if (strcmp(text, "burst") == 0)
        tokens->kind = INITIAL_TOKENS_BURST;
    else
        return unit_size_bytes(what, text, &tokens->bytes, error);
    return SIM_OK;
}
