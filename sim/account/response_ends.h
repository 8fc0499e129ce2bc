/*
 * Which packets of a trace end a response: the last payload packet of a TCP flow's responder before
 * the initiator's next one, and the last one of all. Needs a pass over the whole trace, as nothing
 * in a packet tells. One bit for each packet of the capture.
 *
 * Example: request, response in packets 5, 6 and 9, request: 9 ends it.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_RESPONSE_ENDS_H
#define SHAPESIM_SIM_ACCOUNT_RESPONSE_ENDS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/sim.h"
#include "traces/flow_source.h"

struct response_ends;

/* Reads the whole trace, from its first event on. Ends with SIM_INTERRUPTED when *stop is set. The
 * caller frees with response_ends_free(). */
int response_ends_read(struct flow_source *source, const volatile sig_atomic_t *stop,
                       struct response_ends **ends, char *error);

/* Whether the packet with that number in the capture, from 1, ends one. */
bool response_ends_has(const struct response_ends *ends, uint32_t number);

void response_ends_free(struct response_ends *ends);

#endif
