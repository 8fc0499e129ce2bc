#include "sim/config/rank_keys.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/sim.h"
#include "sim/base/suggestion.h"

static const char *const names[RANK_KEYS] = {
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

static bool is_word(const char *word, const char *name, size_t length)
{
    return strlen(word) == length && memcmp(word, name, length) == 0;
}

static int add_key(struct rank_keys *keys, const char *name, size_t length)
{
    static const char another_name_of_gps[] = "lag";

    for (size_t i = 0; i < RANK_KEYS; i++)
        if (is_word(names[i], name, length) ||
            (i == RANK_GPS_LAG && is_word(another_name_of_gps, name, length))) {
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

int rank_keys_parse(const char *what, const char *text, struct rank_keys *keys, char *error)
{
    char suggested[SUGGESTION_TEXT_BYTES];

    keys->count = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        if (is_word("jain-run", at, length))
            return sim_fail(error, SIM_MISUSE,
                            "%s %s: jain-run is 1 for every run that delivers everything; use jain "
                            "or jain-least, whose window --fairness-window sets",
                            what, text);
        if (keys->count == RANK_KEYS_MAX || add_key(keys, at, length) != 0)
            return sim_fail(error, SIM_MISUSE,
                            "%s %s: write up to %d of jain, jain-least, jain-1, p50, p99, max, "
                            "throughput, utilisation, rfb, gps, sigma, grants, lost, with commas%s",
                            what, text, RANK_KEYS_MAX, suggest_key(at, length, suggested));
        if (is_repeated(keys))
            return sim_fail(error, SIM_MISUSE, "%s %s: %.*s is given twice; once will do", what,
                            text, (int)length, at);
        at += length;
        if (!*at)
            return SIM_OK;
    }
}
