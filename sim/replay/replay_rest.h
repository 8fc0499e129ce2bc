/*
 * What --max-time cuts off: the bytes of the trace that were not due yet when the run ended, by
 * group and direction. The rest of the trace is read on from the same flow source, so it is
 * decoded, filtered and put into flows as if it were replayed, and nothing is handed in.
 *
 * A flow that is open when the run ends counts in the group in which it then is, any other in the
 * group that it would join by its first packet. Events of the config after the end have no effect.
 *
 * Example: two flows of 1000 B/s each for 10 s, cut after 4 s: 6000 B of each are not offered.
 */
#ifndef SHAPESIM_SIM_REPLAY_REPLAY_REST_H
#define SHAPESIM_SIM_REPLAY_REPLAY_REST_H

#include "sim/replay/replay_flows.h"

/* Reads the trace from the event that was read ahead to its end and adds to the groups'
 * unoffered_bytes. The flows must still be there. SIM_OK; SIM_INTERRUPTED if the run's stop flag
 * was set; SIM_FAILED with the reason if the rest cannot be read, and the counts are then of a
 * part. On allocation failure the run has failed, too. */
int replay_rest_count(struct replay_flows *flows, char *error);

#endif
