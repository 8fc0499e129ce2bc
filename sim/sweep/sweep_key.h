/*
 * The keys of a ranking: what each is of a run, and how exact.
 *
 * Only directions with a limit take part, and of those only the ones that were offered bytes. Where
 * there are several, a run's Jain's index, delays, rfb, gps and sigma are those of the worst;
 * throughput and lost tokens are sums, grants all grants per million bytes delivered; utilisation
 * is that of each group's busier direction, of the group that uses its rate least. Response, added,
 * slowdown and completion are those of the worst group that has such a direction; one in which
 * nothing of the kind happened decides nothing.
 */
#ifndef SHAPESIM_SIM_SWEEP_SWEEP_KEY_H
#define SHAPESIM_SIM_SWEEP_SWEEP_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/config/rank_keys.h"
#include "sim/sweep/sweep_figures.h"
#include "sim/sweep/sweep_rank.h"
#include "sim/sweep/sweep_results.h"

/* Values that are not further apart are the same. */
#define PERCENTILE_RESOLUTION 0.008 /* of the value: delays.h */
#define JAIN_RESOLUTION       0.005

#define SWEEP_KEY_BYTES 64

/* How a key is compared: a percentile is exact to 0.8 %, Jain's index to 0.005. */
struct rank_criterion sweep_key_criterion(enum rank_key key);

/* The value of a run; NaN: none; infinite: of a response that never came. */
double sweep_key_value(enum rank_key key, const struct sweep_figures *run);

/* Whether a group that takes part had an exchange. */
bool sweep_key_has_exchanges(const struct sweep_figures *run);

/* What heads its column: with the window of that many ms, where it has one. */
void sweep_key_title(enum rank_key key, int64_t window_ms, char title[SWEEP_KEY_BYTES]);

/* The mean with its unit, and " +-" and its interval where there are several values; "-" without
 * one. */
void sweep_key_print(enum rank_key key, const struct sweep_statistic *value,
                     char text[SWEEP_KEY_BYTES]);
void sweep_key_print_mean(enum rank_key key, double mean, char text[SWEEP_KEY_BYTES]);

/* The unit of its number in JSON: "s", "B", "B/s" or "". */
const char *sweep_key_unit(enum rank_key key);

/* Whether it is over the window compared. */
bool sweep_key_has_window(enum rank_key key);

#endif
