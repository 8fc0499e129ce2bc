#include "sim/config/application.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/suggestion.h"
#include "sim/base/units.h"
#include "sim/config/limits.h"
#include "traces/synth_random.h"

#define RATELIMIT_KEYS 4
static const char *const ratelimit_keys[RATELIMIT_KEYS] = {"initial-burst", "variant", "brigade",
                                                           "flush"};

/* "; did you mean brigade?", or "". */
static const char *suggest(const char *typed, const char *const *words, size_t count,
                           char suggested[SUGGESTION_TEXT_BYTES])
{
    struct suggestion suggestion = suggestion_of(typed);

    for (size_t i = 0; i < count; i++)
        suggestion_try(&suggestion, words[i]);
    return suggestion_text(&suggestion, "", suggested);
}

/* --- filters ------------------------------------------------------------------------------ */

static int bytes_of(const char *what, const char *text, uint32_t *bytes, char *error)
{
    int64_t size = 0;
    int status = unit_size_bytes(what, text, &size, error);

    if (status == SIM_OK && size > SHAPER_LIMIT_MAX_BYTES)
        return sim_fail(error, SIM_MISUSE, "%s %s: above 2147483647; use less", what, text);
    *bytes = (uint32_t)size;
    return status;
}

static int parse_overhead(const char *what, char *value, struct shaper_filter *filter, char *error)
{
    char *segment = value ? strchr(value, ':') : NULL;
    char label[64];

    if (!segment)
        return sim_fail(error, SIM_MISUSE,
                        "%s overhead: write header and segment, like overhead=40:1460", what);
    *segment++ = '\0';
    snprintf(label, sizeof(label), "%s overhead: header", what);
    int status = bytes_of(label, value, &filter->header_bytes, error);
    snprintf(label, sizeof(label), "%s overhead: segment", what);
    return status == SIM_OK ? bytes_of(label, segment, &filter->segment_bytes, error) : status;
}

static int parse_deflate(const char *what, const char *value, struct shaper_filter *filter,
                         char *error)
{
    int64_t level = -1;
    int status = SIM_OK;

    if (value && (status = unit_count(what, value, 0, 9, &level, error)) != SIM_OK)
        return sim_fail(error, SIM_MISUSE, "%s deflate=%s: the level is a number from 0 to 9", what,
                        value);
    filter->level = (int)level;
    return status;
}

static int parse_variant(const char *what, const char *value, struct mod_ratelimit_config *config,
                         char *error)
{
    static const char *const names[] = {"naive", "fixed", "corrected"};
    char suggested[SUGGESTION_TEXT_BYTES];

    for (int i = 0; i < 3; i++) {
        if (strcmp(value, names[i]) == 0) {
            config->variant = (enum mod_ratelimit_variant)i;
            return SIM_OK;
        }
    }
    return sim_fail(error, SIM_MISUSE,
                    "%s ratelimit: variant=%s: not one of naive, fixed, corrected%s", what, value,
                    suggest(value, names, 3, suggested));
}

static int parse_flush(const char *what, const char *value, struct shaper_filter *filter,
                       char *error)
{
    static const char *const words[] = {"packet", "close"};
    char suggested[SUGGESTION_TEXT_BYTES];

    filter->flushes_writes = strcmp(value, "packet") == 0;
    if (filter->flushes_writes || strcmp(value, "close") == 0)
        return SIM_OK;
    return sim_fail(error, SIM_MISUSE, "%s %s: not one of packet, close%s", what, value,
                    suggest(value, words, 2, suggested));
}

static int parse_ratelimit_pair(const char *what, const char *key, const char *value,
                                struct shaper_filter *filter, char *error)
{
    char label[64], suggested[SUGGESTION_TEXT_BYTES];
    uint32_t bytes = 0;

    snprintf(label, sizeof(label), "%s ratelimit: %s", what, key);
    if (!value)
        return sim_fail(error, SIM_MISUSE, "%s: needs a value", label);
    if (strcmp(key, "initial-burst") == 0)
        return unit_count(label, value, 0, MOD_RATELIMIT_MAX_KIB,
                          &filter->ratelimit.initial_burst_kib, error);
    if (strcmp(key, "variant") == 0)
        return parse_variant(what, value, &filter->ratelimit, error);
    if (strcmp(key, "flush") == 0)
        return parse_flush(label, value, filter, error);
    if (strcmp(key, "brigade") != 0)
        return sim_fail(error, SIM_MISUSE,
                        "%s: unknown key; the keys are initial-burst, variant, brigade, flush%s",
                        label, suggest(key, ratelimit_keys, RATELIMIT_KEYS, suggested));
    int status = strcmp(value, "stream") == 0 ? SIM_OK : bytes_of(label, value, &bytes, error);
    if (status == SIM_OK && bytes == 0 && strcmp(value, "stream") != 0)
        return sim_fail(error, SIM_MISUSE, "%s %s: a brigade has 1 byte or more, or is stream",
                        label, value);
    filter->brigade_bytes = bytes;
    return status;
}

static int parse_ratelimit(const char *what, char *value, struct shaper_filter *filter, char *error)
{
    char *rate = value ? strsep(&value, ",") : NULL;
    char label[64];

    if (!rate)
        return sim_fail(error, SIM_MISUSE, "%s ratelimit: write the rate in KiB/s, like %s", what,
                        "ratelimit=512");
    filter->ratelimit.variant = MOD_RATELIMIT_FIXED;
    snprintf(label, sizeof(label), "%s ratelimit: rate", what);
    int status =
        unit_count(label, rate, 1, MOD_RATELIMIT_MAX_KIB, &filter->ratelimit.rate_kib_per_s, error);
    const char *keys[RATELIMIT_KEYS];
    size_t count = 0;
    for (char *key; status == SIM_OK && (key = strsep(&value, ","));) {
        char *pair_value = strchr(key, '=');
        if (pair_value)
            *pair_value++ = '\0';
        if (key_is_repeated(keys, count, key))
            return sim_fail(error, SIM_MISUSE, "%s ratelimit: gives %s twice; give each key once",
                            what, key);
        status = parse_ratelimit_pair(what, key, pair_value, filter, error);
        if (status == SIM_OK)
            keys[count++] = key; /* which is the index of a known filter kind */
    }
    return status;
}

static int parse_filter(const char *what, char *text, struct shaper_filter *filter, char *error)
{
    static const char *const filters[] = {"overhead", "deflate", "ratelimit"};
    char suggested[SUGGESTION_TEXT_BYTES];
    char *value = strchr(text, '=');

    if (value)
        *value++ = '\0';
    if (strcmp(text, "overhead") == 0) {
        filter->kind = SHAPER_FILTER_OVERHEAD;
        return parse_overhead(what, value, filter, error);
    }
    if (strcmp(text, "deflate") == 0) {
        filter->kind = SHAPER_FILTER_DEFLATE;
        return parse_deflate(what, value, filter, error);
    }
    if (strcmp(text, "ratelimit") == 0) {
        filter->kind = SHAPER_FILTER_RATELIMIT;
        return parse_ratelimit(what, value, filter, error);
    }
    return sim_fail(error, SIM_MISUSE,
                    "%s %s: not a filter; write overhead=40:1460, deflate or ratelimit=512%s", what,
                    text, suggest(text, filters, 3, suggested));
}

int application_add_filter(struct application_config *config, const char *what, const char *value,
                           char *error)
{
    struct shaper_filter filter = {0};
    char reason[SHAPER_ERROR_BYTES];

    if (config->filter_count == SHAPER_FILTERS_MAX)
        return sim_fail(error, SIM_MISUSE, "%s %s: more than %d filters", what, value,
                        SHAPER_FILTERS_MAX);
    char *text = strdup(value);
    if (!text)
        return sim_fail(error, SIM_FAILED, "out of memory");
    int status = parse_filter(what, text, &filter, error);
    free(text);
    if (status == SIM_OK && shaper_filter_check(&filter, reason) != SHAPER_OK)
        status = sim_fail(error, SIM_MISUSE, "%s %s: %s", what, value, reason);
    if (status == SIM_OK)
        config->filters[config->filter_count++] = filter;
    return status;
}

int application_check(const struct application_config *config, char *error)
{
    if (config->write_low_bytes > 0 && config->write_high_bytes == 0)
        return sim_fail(error, SIM_MISUSE,
                        "--write-low: says when to continue, and nothing stops; add --write-high");
    if (config->write_low_bytes > config->write_high_bytes)
        return sim_fail(error, SIM_MISUSE,
                        "--write-low %lld is above --write-high %lld; it must not be",
                        (long long)config->write_low_bytes, (long long)config->write_high_bytes);
    if (config->filter_count == 0 && config->read_high_bytes > 0 &&
        config->read_low_bytes > config->read_high_bytes)
        return sim_fail(error, SIM_MISUSE,
                        "--read-low %lld is above --read-high %lld: the input is full before its "
                        "callback comes to empty it; lower it, or raise --read-high",
                        (long long)config->read_low_bytes, (long long)config->read_high_bytes);
    if (config->filter_high_bytes > 0 && config->filter_count == 0)
        return sim_fail(error, SIM_MISUSE,
                        "--filter-high: is the mark below filters, and there are none; add one, "
                        "like --via deflate, or use --write-high");
    if (config->filter_high_bytes > 0 && config->write_high_bytes >= config->filter_high_bytes)
        return sim_fail(error, SIM_MISUSE,
                        "--write-high %lld is not below --filter-high %lld: no more than that "
                        "waits in the output, and the application would never stop; lower it, or "
                        "raise --filter-high",
                        (long long)config->write_high_bytes, (long long)config->filter_high_bytes);
    if (config->has_payload && config->filter_count == 0)
        return sim_fail(error, SIM_MISUSE,
                        "--payload: has no effect without a filter; add one, like --via deflate");
    return SIM_OK;
}

bool application_has_timeouts(const struct application_config *config)
{
    return config->timeout_us[SHAPER_READ] > 0 || config->timeout_us[SHAPER_WRITE] > 0;
}

bool application_is_recorded(const struct application_config *config)
{
    return config->write_high_bytes > 0 || application_has_timeouts(config) ||
           config->flush != SHAPER_FLUSH_NONE;
}

bool application_has_filter(const struct application_config *config, enum shaper_filter_kind kind)
{
    for (size_t i = 0; i < config->filter_count; i++)
        if (config->filters[i].kind == kind)
            return true;
    return false;
}

/* --- payload ------------------------------------------------------------------------------ */

static uint64_t state_of(const struct payload_position *position)
{
    uint64_t state = position->seed;

    state = synth_random_next(&state) ^ position->flow;
    state = synth_random_next(&state) ^ (uint64_t)position->direction;
    state = synth_random_next(&state) ^ position->stream_offset;
    return synth_random_next(&state);
}

static void fill_random(unsigned char *bytes, size_t count, uint64_t state)
{
    uint64_t number = 0;

    for (size_t i = 0; i < count; i++) {
        if (i % 8 == 0)
            number = synth_random_next(&state);
        bytes[i] = (unsigned char)(number >> i % 8 * 8);
    }
}

/* Words of markup and prose in random order: about as compressible as a web page. */
static void fill_text(unsigned char *bytes, size_t count, uint64_t state)
{
    static const char *const words[] = {
        "<p>",      "</p>\n",   "<li>",          "</li>\n", "the ",
        "of ",      "and ",     "to ",           "a ",      "in ",
        "server ",  "rate ",    "bucket ",       "bytes ",  "each ",
        "waits ",   "with ",    "for ",          "tokens ", "limit ",
        "traffic ", "packets ", "<b>group</b> ", "flow ",   "class=\"row\" ",
        "while ",   "until ",   "fair, ",        "late. ",  "share ",
        "tick ",    "burst ",
    };
    const size_t count_of_words = sizeof(words) / sizeof(words[0]);

    for (size_t at = 0; at < count;) {
        const char *word = words[synth_random_next(&state) % count_of_words];
        size_t length = strlen(word);
        if (length > count - at)
            length = count - at;
        memcpy(bytes + at, word, length);
        at += length;
    }
}

unsigned char *payload_make(enum payload_kind kind, const struct payload_position *position,
                            const unsigned char *content, size_t content_bytes, size_t bytes)
{
    unsigned char *payload = calloc(bytes > 0 ? bytes : 1, 1);

    if (!payload)
        return NULL;
    if (content_bytes > 0)
        memcpy(payload, content, content_bytes);
    if (kind == PAYLOAD_RANDOM)
        fill_random(payload + content_bytes, bytes - content_bytes, state_of(position));
    else if (kind == PAYLOAD_TEXT)
        fill_text(payload + content_bytes, bytes - content_bytes, state_of(position));
    return payload;
}
