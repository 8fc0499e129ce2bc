/* Values of summary.json against what they should be; `of` names the object they stand in. */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_JSON_H
#define SHAPESIM_SIM_VERIFY_VERIFY_JSON_H

#include "sim/verify/verification.h"

/* Member by member, of both. Members that are not expected are let pass. */
void verify_json(struct verification *verification, const char *of, const json_t *found,
                 json_t *expected);

void verify_summary_integer(struct verification *verification, json_t *object, const char *of,
                            const char *key, int64_t expected);
void verify_summary_range(struct verification *verification, json_t *object, const char *of,
                          const char *key, double least, double most);

/* A time that is given in seconds; -1: none. */
int64_t verify_summary_time_us(json_t *object, const char *key);

#endif
