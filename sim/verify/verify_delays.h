/*
 * delays.csv and delays_time.csv, row by row; what the seconds of a run say together against the
 * run's distribution; and the delays of summary.json, recomputed from that.
 *
 * A second's p50, p99 and largest delay say of how many of its packets no delay is above, and none
 * below, a value: the sums of both bound how many packets of the run there are up to any delay.
 */
#ifndef SHAPESIM_SIM_VERIFY_VERIFY_DELAYS_H
#define SHAPESIM_SIM_VERIFY_VERIFY_DELAYS_H

#include "sim/verify/verification.h"

/* Reads both files, unless one that comes before cannot be read to its end. */
void verify_delays(struct verification *verification);
void verify_delays_free(struct verification *verification);

#endif
