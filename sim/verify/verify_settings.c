/* The command in summary.json, parsed again and compared with the limits and the end in
 * summary.json. */
#include "sim/verify/verify_settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/account/summary_settings.h"
#include "sim/base/json_text.h"
#include "sim/base/numbers.h"
#include "sim/base/shell_words.h"
#include "sim/verify/verify_rows.h"

static bool read_end(struct verification *verification)
{
    const char *end = json_text_of(verification->summary, "end");
    json_t *end_s = json_object_get(verification->summary, "end_s");

    verification->is_drained = strcmp(end, "drained") == 0;
    if (!verification->is_drained && strcmp(end, "max-time") != 0) {
        check_fails(verification->checks, CHECK_SETTINGS,
                    "summary.json: end: '%.60s' is neither drained nor max-time", end);
        return false;
    }
    if (!json_is_number(end_s) ||
        !number_round_i64(json_number_value(end_s) * 1e6, &verification->end_us) ||
        verification->end_us < 0) {
        check_fails(verification->checks, CHECK_SETTINGS, "summary.json: end_s: no time");
        return false;
    }
    return true;
}

static bool read_command(struct verification *verification)
{
    const char *command = json_text_of(verification->summary, "command");
    char error[SIM_ERROR_BYTES];
    int count;

    errno = 0;
    verification->parsed = calloc(1, sizeof(*verification->parsed));
    if (!verification->parsed || shell_words_split(command, &verification->words, &count) != 0) {
        if (errno == ENOMEM)
            sim_fail(verification->error, SIM_FAILED, "summary.json: command: out of memory");
        else
            check_fails(verification->checks, CHECK_SETTINGS,
                        "summary.json: command: cannot be read");
        return false;
    }
    if (count < 2 || strcmp(verification->words[0], "shapesim") != 0 ||
        strcmp(verification->words[1], "run") != 0) {
        check_fails(verification->checks, CHECK_SETTINGS,
                    "summary.json: command: '%.60s' is no shapesim run", command);
        return false;
    }
    errno = 0;
    if (options_parse(COMMAND_RUN, count - 1, verification->words + 1, verification->parsed,
                      error) != SIM_OK) {
        if (errno == ENOMEM)
            sim_fail(verification->error, SIM_FAILED, "summary.json: command: %.800s", error);
        else
            check_fails(verification->checks, CHECK_SETTINGS, "summary.json: command: %.800s",
                        error);
        return false;
    }
    verification->run = &verification->parsed->run;
    if (!verification->run->command || strcmp(verification->run->command, command) != 0) {
        check_fails(verification->checks, CHECK_SETTINGS,
                    "summary.json: command: not as shapesim writes it");
        return false;
    }
    check_holds(verification->checks, CHECK_SETTINGS);
    return true;
}

/* --- limits ---------------------------------------------------------------------------------- */

static void expect_integer(struct verification *verification, const char *group, json_t *object,
                           const char *key, int64_t expected)
{
    json_t *value = json_object_get(object, key);

    if (json_is_integer(value) && json_integer_value(value) == expected)
        check_holds(verification->checks, CHECK_SETTINGS);
    else
        check_fails(verification->checks, CHECK_SETTINGS,
                    "summary.json: group %s: %s: %lld, but %lld expected by the command", group,
                    key, (long long)json_integer_value(value), (long long)expected);
}

static void expect_number(struct verification *verification, const char *group, json_t *object,
                          const char *key, double expected)
{
    json_t *value = json_object_get(object, key);
    char found_text[32], expected_text[32];

    /* Numbers in summary.json are rounded to fifteen digits. */
    snprintf(found_text, sizeof(found_text), "%.15g", json_number_value(value));
    snprintf(expected_text, sizeof(expected_text), "%.15g", expected);
    if (json_is_number(value) && strcmp(found_text, expected_text) == 0)
        check_holds(verification->checks, CHECK_SETTINGS);
    else
        check_fails(verification->checks, CHECK_SETTINGS,
                    "summary.json: group %s: %s: %s, but %s expected by the command", group, key,
                    found_text, expected_text);
}

static void expect_text(struct verification *verification, const char *group, json_t *object,
                        const char *key, const char *expected)
{
    const char *found = json_text_of(object, key);

    if (strcmp(found, expected) == 0)
        check_holds(verification->checks, CHECK_SETTINGS);
    else
        check_fails(verification->checks, CHECK_SETTINGS,
                    "summary.json: group %s: %s: '%.60s', but '%s' expected by the command", group,
                    key, found, expected);
}

static void expect_limit(struct verification *verification, const char *group, json_t *object,
                         const struct shaper_limit *limit)
{
    expect_number(verification, group, object, "tick_s", (double)limit->tick_ms / 1e3);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        char key[48];
        snprintf(key, sizeof(key), "%s_rate_bytes_per_tick", verify_direction(d));
        expect_integer(verification, group, object, key, limit->rate_bytes_per_tick[d]);
        snprintf(key, sizeof(key), "%s_rate_bytes_per_s", verify_direction(d));
        expect_number(verification, group, object, key,
                      (double)limit->rate_bytes_per_tick[d] * 1000 / (double)limit->tick_ms);
        snprintf(key, sizeof(key), "%s_burst_bytes", verify_direction(d));
        expect_integer(verification, group, object, key, limit->burst_bytes[d]);
    }
}

/* The rate as typed, in the unit typed. */
static void expect_configured(struct verification *verification, const char *group, json_t *object,
                              const struct limit_spec *spec)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct rate_value *rate = &spec->rate[d];
        char key[48];
        snprintf(key, sizeof(key), "%s_rate_bytes_per_%s", verify_direction(d),
                 rate->is_per_tick ? "tick" : "s");
        if (spec->has_rate[d] && rate->is_per_tick)
            expect_integer(verification, group, object, key, rate->bytes_per_tick);
        else if (spec->has_rate[d])
            expect_number(verification, group, object, key, (double)rate->microbits_per_s / 8e6);
        snprintf(key, sizeof(key), "%s_rate_unit", verify_direction(d));
        if (spec->has_rate[d])
            expect_text(verification, group, object, key, unit_name(rate->unit));
        snprintf(key, sizeof(key), "%s_burst_bytes", verify_direction(d));
        if (spec->has_burst[d])
            expect_integer(verification, group, object, key, spec->burst_bytes[d]);
    }
    if (spec->has_tick)
        expect_number(verification, group, object, "tick_s", (double)spec->tick_ms / 1e3);
}

static void expect_limits(struct verification *verification, const struct verified_group *group,
                          const struct group_config *spec)
{
    json_t *limits = json_object_get(group->summary, "limits");
    json_t *effective = json_object_get(limits, "effective");
    json_t *per_flow = json_object_get(limits, "flow_effective");

    json_t *ratelimit = json_object_get(limits, "ratelimit_effective");

    if (group->limits->has_group != (effective != NULL) ||
        group->limits->has_per_flow != (per_flow != NULL) ||
        group->limits->has_ratelimit != (ratelimit != NULL))
        check_fails(verification->checks, CHECK_SETTINGS,
                    "summary.json: group %s: limits: not those that the command gives",
                    group->name);
    if (effective && group->limits->has_group) {
        json_t *configured = json_object_get(limits, "configured");
        expect_configured(verification, group->name, configured, &spec->group);
        expect_integer(verification, group->name, configured, "min_share_bytes",
                       group->limits->min_share_bytes);
        expect_limit(verification, group->name, effective, &group->limits->group);
        expect_integer(verification, group->name, effective, "min_share_bytes",
                       group->limits->effective_min_share_bytes);
    }
    if (per_flow && group->limits->has_per_flow) {
        expect_configured(verification, group->name, json_object_get(limits, "flow_configured"),
                          &spec->per_flow);
        expect_limit(verification, group->name, per_flow, &group->limits->per_flow);
    }
    if (ratelimit && group->limits->has_ratelimit)
        expect_limit(verification, group->name, ratelimit, &group->limits->ratelimit);
}

/* --- settings -------------------------------------------------------------------------------- */

/* Those given and the defaults of the others, as the command would have them now. */
static void expect_settings(struct verification *verification)
{
    const json_t *settings = json_object_get(verification->summary, "settings");
    json_t *value, *expected = summary_settings(verification->run);
    const char *key;

    json_object_foreach(expected, key, value)
    {
        if (json_equal(json_object_get(settings, key), value))
            check_holds(verification->checks, CHECK_SETTINGS);
        else
            check_fails(verification->checks, CHECK_SETTINGS,
                        "summary.json: settings: %s: not the one that the command gives", key);
    }
    json_decref(expected);
}

/* --- groups ---------------------------------------------------------------------------------- */

static void add_group(struct verification *verification, const char *name, json_t *summary)
{
    size_t index = verification->group_count++;
    struct verified_group *group = &verification->groups[index];

    *group = (struct verified_group){.index = index, .name = name, .summary = summary};
    if (index == verification->run->groups)
        return;
    group->limits = &verification->run->limits[index];
    group->tick_us = group->limits->tick_ms * 1000;
}

/* The groups of the command, and "-" where summary.json has it; in this order. */
static bool read_groups(struct verification *verification)
{
    json_t *array = json_object_get(verification->summary, "groups");
    const struct run_config *run = verification->run;
    size_t count = json_array_size(array);

    if (count < run->groups || count > run->groups + 1) {
        check_fails(verification->checks, CHECK_SETTINGS,
                    "summary.json: groups: %zu of them, but the command gives %zu", count,
                    run->groups);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = i < run->groups ? run->specs[i].name : GROUP_NAME_NONE;
        json_t *object = json_array_get(array, i);
        const char *match = i < run->groups ? run->specs[i].match : NULL;
        if (strcmp(json_text_of(object, "name"), name) != 0 ||
            strcmp(json_text_of(object, "match"), match ? match : "") != 0) {
            check_fails(verification->checks, CHECK_SETTINGS,
                        "summary.json: groups: number %zu is '%.40s', but the command gives '%s'",
                        i + 1, json_text_of(object, "name"), name);
            return false;
        }
        add_group(verification, name, object);
        if (i < run->groups)
            expect_limits(verification, &verification->groups[i], &run->specs[i]);
    }
    return true;
}

/* Of a trace in several files: their names, as the command has them. */
static void check_files(struct verification *verification, const json_t *files)
{
    const struct run_config *run = verification->run;
    size_t count = run->trace_count > 1 ? run->trace_count : 0;

    if (json_array_size(files) != count)
        check_fails(verification->checks, CHECK_SETTINGS,
                    "summary.json: trace: files: %zu, but the command replays %zu",
                    json_array_size(files), run->trace_count);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(files, i));
        const char *replayed = run->traces[i];
        if (strncmp(replayed, "./-", 3) == 0)
            replayed += 2;
        if (!name || strcmp(name, replayed) != 0)
            check_fails(verification->checks, CHECK_SETTINGS,
                        "summary.json: trace: files: '%.60s', but the command replays '%.60s'",
                        name ? name : "", run->traces[i]);
    }
}

bool verify_settings(struct verification *verification)
{
    json_t *trace = json_object_get(verification->summary, "trace");

    if (!read_command(verification) || !read_end(verification))
        return false;
    verification->is_tls = verification->run->transport == SHAPER_TRANSPORT_TLS;
    verification->charges_delivered = !verification->is_tls &&
                                      verification->run->application.filter_count == 0 &&
                                      verification->run->application.read_low_bytes == 0 &&
                                      verification->run->application.flush == SHAPER_FLUSH_NONE;
    verification->is_real = verification->run->clock == SIM_CLOCK_REAL;
    verification->has_ticks = verification->run->files == RUN_FILES_ALL;
    verification->records_all = verification->run->flow_ticks == FLOW_TICKS_ALL;
    if (json_integer_value(json_object_get(verification->summary, "seed")) !=
        verification->run->seed)
        check_fails(verification->checks, CHECK_SETTINGS,
                    "summary.json: seed: not the one that the command gives");
    /* A name that begins with a dash is written as ./NAME in the command. */
    const char *replayed = verification->run->trace;
    if (strncmp(replayed, "./-", 3) == 0)
        replayed += 2;
    expect_settings(verification);
    if (strcmp(json_text_of(trace, "name"), replayed) != 0)
        check_fails(verification->checks, CHECK_SETTINGS,
                    "summary.json: trace: name: '%.60s', but the command replays '%.60s'",
                    json_text_of(trace, "name"), verification->run->trace);
    check_files(verification, json_object_get(trace, "files"));
    return read_groups(verification);
}
