#include "sim/config/rank_keys.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/sim.h"
#include "sim/base/suggestion.h"

#define KEYS_BYTES 400 /* for the names of all */

static const char *const names[RANK_KEYS] = {
    [RANK_RESPONSE_P50] = "response.p50",
    [RANK_RESPONSE_P90] = "response.p90",
    [RANK_RESPONSE_P99] = "response.p99",
    [RANK_RESPONSE_MAX] = "response.max",
    [RANK_ADDED_P50] = "added.p50",
    [RANK_ADDED_P90] = "added.p90",
    [RANK_ADDED_P99] = "added.p99",
    [RANK_ADDED_MAX] = "added.max",
    [RANK_SLOWDOWN_P50] = "slowdown.p50",
    [RANK_SLOWDOWN_P99] = "slowdown.p99",
    [RANK_COMPLETION_P50] = "completion.p50",
    [RANK_COMPLETION_P90] = "completion.p90",
    [RANK_COMPLETION_P99] = "completion.p99",
    [RANK_COMPLETION_MAX] = "completion.max",
    [RANK_BEHIND_P50] = "behind.p50",
    [RANK_BEHIND_P99] = "behind.p99",
    [RANK_BEHIND_MAX] = "behind.max",
    [RANK_JAIN] = "jain",
    [RANK_JAIN_LEAST] = "jain-least",
    [RANK_JAIN_1] = "jain-1",
    [RANK_DELAY_P50] = "p50",
    [RANK_DELAY_P99] = "p99",
    [RANK_DELAY_MAX] = "max",
    [RANK_THROUGHPUT] = "throughput",
    [RANK_UTILISATION] = "utilisation",
    [RANK_RFB] = "rfb",
    [RANK_GPS_LAG] = "gps",
    [RANK_SIGMA] = "sigma",
    [RANK_GRANTS] = "grants",
    [RANK_LOST_TOKENS] = "lost",
};

const char *rank_key_name(size_t index)
{
    return index < RANK_KEYS ? names[index] : NULL;
}

/* Whether the `length` letters of `word` are that name. */
static bool is_word(const char *word, const char *name, size_t length)
{
    return strlen(name) == length && memcmp(word, name, length) == 0;
}

/* Whether a word means a key: its name, that without .p99, or another name of it. */
static bool means(const char *word, size_t length, enum rank_key key)
{
    static const char another_name_of_gps[] = "lag", assumed[] = ".p99";
    const char *name = names[key], *dot = strchr(name, '.');

    return is_word(word, name, length) ||
           (dot && strcmp(dot, assumed) == 0 && length == (size_t)(dot - name) &&
            memcmp(word, name, length) == 0) ||
           (key == RANK_GPS_LAG && is_word(word, another_name_of_gps, length));
}

static int add_key(struct rank_keys *keys, const char *word, size_t length)
{
    for (size_t i = 0; i < RANK_KEYS; i++)
        if (means(word, length, (enum rank_key)i)) {
            keys->keys[keys->count++] = (enum rank_key)i;
            return 0;
        }
    return -1;
}

static bool is_repeated(const struct rank_keys *keys)
{
    for (size_t i = 0; i + 1 < keys->count; i++)
        if (keys->keys[i] == keys->keys[keys->count - 1])
            return true;
    return false;
}

/* "; did you mean jain?", or "". */
static const char *suggest_key(const char *typed, size_t length,
                               char suggested[SUGGESTION_TEXT_BYTES])
{
    char key[SUGGESTION_LETTERS_MAX + 2]; /* a longer one stays too long */

    snprintf(key, sizeof(key), "%.*s", (int)length, typed);
    struct suggestion suggestion = suggestion_of(key);
    for (size_t i = 0; i < RANK_KEYS; i++)
        suggestion_try(&suggestion, names[i]);
    return suggestion_text(&suggestion, "", suggested);
}

static void list_keys(char list[KEYS_BYTES])
{
    size_t length = 0;

    for (size_t i = 0; i < RANK_KEYS; i++)
        length +=
            (size_t)snprintf(list + length, KEYS_BYTES - length, "%s%s", i ? ", " : "", names[i]);
}

static int fail_key(const char *what, const char *text, const char *at, size_t length, char *error)
{
    char suggested[SUGGESTION_TEXT_BYTES], list[KEYS_BYTES];

    list_keys(list);
    return sim_fail(error, SIM_MISUSE, "%s %s: write up to %d of %s, with commas%s", what, text,
                    RANK_KEYS_MAX, list, suggest_key(at, length, suggested));
}

int rank_keys_parse(const char *what, const char *text, struct rank_keys *keys, char *error)
{
    keys->count = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        if (is_word(at, "jain-run", length))
            return sim_fail(error, SIM_MISUSE,
                            "%s %s: jain-run is 1 for every run that delivers everything; use jain "
                            "or jain-least, whose window --fairness-window sets",
                            what, text);
        if (keys->count == RANK_KEYS_MAX || add_key(keys, at, length) != 0)
            return fail_key(what, text, at, length, error);
        if (is_repeated(keys))
            return sim_fail(error, SIM_MISUSE, "%s %s: %.*s is given twice; once will do", what,
                            text, (int)length, at);
        at += length;
        if (!*at)
            return SIM_OK;
    }
}
