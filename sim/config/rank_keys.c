#include "sim/config/rank_keys.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/sim.h"
#include "sim/base/suggestion.h"

static const char *const names[RANK_KEYS] = {
    [RANK_JAIN_10] = "jain",
    [RANK_JAIN_1] = "jain-1",
    [RANK_JAIN_RUN] = "jain-run",
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

static int add_key(struct rank_keys *keys, const char *name, size_t length)
{
    for (size_t i = 0; i < RANK_KEYS; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0) {
            keys->keys[keys->count++] = (enum rank_key)i;
            return 0;
        }
    return -1;
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
        if (keys->count == RANK_KEYS_MAX || add_key(keys, at, length) != 0)
            return sim_fail(error, SIM_MISUSE,
                            "%s %s: write up to %d of jain, jain-1, jain-run, p50, p99, max, "
                            "throughput, utilisation, rfb, gps, sigma, grants, lost, with commas%s",
                            what, text, RANK_KEYS_MAX, suggest_key(at, length, suggested));
        at += length;
        if (!*at)
            return SIM_OK;
    }
}
