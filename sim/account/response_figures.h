/*
 * Figures of a whole group in summary.json, which are of exchanges (the object "responses") or of
 * flows (the object "completion"). What never came counts as infinite, and the file has null for a
 * percentile that falls on it, as it has where there was nothing at all.
 *
 * Example: of 40 exchanges one was never answered. "response_p99_s" is null, and so infinite; of
 * the captured times, which are known, "captured_response_p99_s" is a number.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_RESPONSE_FIGURES_H
#define SHAPESIM_SIM_ACCOUNT_RESPONSE_FIGURES_H

#include <stdint.h>

#include <jansson.h>

enum response_object { RESPONSE_OBJECT_RESPONSES, RESPONSE_OBJECT_COMPLETION, RESPONSE_OBJECTS };

/* The object's key in a group, which borrows it. */
const char *response_object_name(enum response_object object);

/* How many exchanges or flows there are, and of these the infinite ones; 0 where the group has no
 * such object. */
int64_t response_figures_count(const json_t *group, enum response_object object);
int64_t response_figures_lost(const json_t *group, enum response_object object);

/* NaN: there is none, or it was not measured. */
double response_figure(const json_t *group, enum response_object object, const char *key);

#endif
