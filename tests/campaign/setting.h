/*
 * The options of one run, chosen at random from the whole table and fitted to a trace: so that it
 * ends within some thousand ticks. An option is its name and its value; of the words of a command
 * line it takes one or two.
 */
#ifndef SHAPESIM_TESTS_CAMPAIGN_SETTING_H
#define SHAPESIM_TESTS_CAMPAIGN_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/campaign/packet_list.h"
#include "tests/campaign/rng.h"

#define SETTING_OPTIONS_MAX 40
#define SETTING_VALUE_BYTES 160

struct setting_option {
    const char *name;                /* with its dashes; a constant */
    char value[SETTING_VALUE_BYTES]; /* empty: it has none */
};

struct setting {
    struct setting_option options[SETTING_OPTIONS_MAX];
    size_t count;
};

/* The tick of the setting that follows, for its trace, in us; the first random number of a setting.
 */
int64_t setting_random_tick_us(struct rng *rng);

void setting_random(struct setting *setting, struct rng *rng, int64_t tick_us,
                    const struct packet_list *packets);

/* The value of an option, NULL where it is not given; the last one where it is repeated. */
const char *setting_value(const struct setting *setting, const char *name);
bool setting_has(const struct setting *setting, const char *name);
bool setting_says(const struct setting *setting, const char *name, const char *value);

/* Whether a value of any option of that name holds the text. */
bool setting_mentions(const struct setting *setting, const char *name, const char *text);

/* Prints it as a shell would read it. */
void setting_print(const struct setting *setting, FILE *out);

/* The `step`th way to make a setting smaller, from 0: options left out, parts of values left out,
 * numbers made smaller and rounder. false: there is no such way. */
bool setting_shrink(const struct setting *setting, size_t step, struct setting *smaller);

bool setting_equal(const struct setting *a, const struct setting *b);

#endif
