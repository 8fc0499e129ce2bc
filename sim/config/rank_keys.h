/*
 * The criteria by which the settings of a sweep can be compared, as --rank names them. sweep_key.c
 * defines the source of each key.
 */
#ifndef SHAPESIM_SIM_CONFIG_RANK_KEYS_H
#define SHAPESIM_SIM_CONFIG_RANK_KEYS_H

#include <stddef.h>

#define RANK_KEYS_MAX     8
#define RANK_KEYS_DEFAULT "jain,p99,grants"

enum rank_key {
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

/* Reads KEY,KEY,...; "lag" is another word for "gps". SIM_OK or SIM_MISUSE. */
int rank_keys_parse(const char *what, const char *text, struct rank_keys *keys, char *error);

#endif
