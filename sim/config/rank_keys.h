/*
 * The criteria by which the settings of a sweep can be compared, as --rank names them. sweep_key.c
 * defines the source of each key.
 */
#ifndef SHAPESIM_SIM_CONFIG_RANK_KEYS_H
#define SHAPESIM_SIM_CONFIG_RANK_KEYS_H

#include <stddef.h>

#define RANK_KEYS_MAX 8
/* Where no run of the sweep had an exchange, and where one had. */
#define RANK_KEYS_DEFAULT           "jain,p99,grants"
#define RANK_KEYS_DEFAULT_EXCHANGES "response.p99,added.p99,completion.p99,jain,grants"

enum rank_key {
    RANK_RESPONSE_P50,
    RANK_RESPONSE_P90,
    RANK_RESPONSE_P99,
    RANK_RESPONSE_MAX,
    RANK_ADDED_P50,
    RANK_ADDED_P90,
    RANK_ADDED_P99,
    RANK_ADDED_MAX,
    RANK_SLOWDOWN_P50,
    RANK_SLOWDOWN_P99,
    RANK_COMPLETION_P50,
    RANK_COMPLETION_P90,
    RANK_COMPLETION_P99,
    RANK_COMPLETION_MAX,
    RANK_BEHIND_P50,
    RANK_BEHIND_P99,
    RANK_BEHIND_MAX,
    RANK_JAIN, /* over the window compared */
    RANK_JAIN_LEAST,
    RANK_JAIN_1,
    RANK_DELAY_P50,
    RANK_DELAY_P99,
    RANK_DELAY_MAX,
    RANK_THROUGHPUT,
    RANK_UTILISATION,
    RANK_RFB,
    RANK_GPS_LAG,
    RANK_SIGMA,
    RANK_GRANTS,
    RANK_LOST_TOKENS,
    RANK_KEYS
};

/* How several criteria make one order. */
enum rank_method {
    RANK_BY_KEYS, /* one key after the other: the next one decides between those that are tied */
    RANK_BY_SUM,  /* the sum of the places that a setting has in each */
};

/* The criteria asked for, the first one first. */
struct rank_keys {
    enum rank_key keys[RANK_KEYS_MAX];
    size_t count;
};

/* Name of key `index`, from 0; NULL after the last. */
const char *rank_key_name(size_t index);

/* Reads KEY,KEY,...; "lag" is another word for "gps", and "response" alone for "response.p99", as
 * with the other keys that have one. SIM_OK or SIM_MISUSE. */
int rank_keys_parse(const char *what, const char *text, struct rank_keys *keys, char *error);

#endif
