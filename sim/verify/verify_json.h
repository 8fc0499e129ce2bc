/* Compare values of summary.json with expected ones; `of` names the object that contains them. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_JSON_H
#define SHAPESIM_SIM_VERIFY_VERIFY_JSON_H

#include "sim/verify/verification.h"

/* Compares member by member. Members that are not expected are ignored. */
void verify_json(struct verification *verification, const char *of, const json_t *found,
                 json_t *expected);

void verify_summary_integer(struct verification *verification, json_t *object, const char *of,
                            const char *key, int64_t expected);
void verify_summary_range(struct verification *verification, json_t *object, const char *of,
                          const char *key, double least, double most);

/* A time that is given in seconds; -1: none. */
int64_t verify_summary_time_us(json_t *object, const char *key);

#endif
