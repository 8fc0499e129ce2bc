/*
 * What a play has measured: delays of packets and times of response, each beside the captured one.
 *
 * A packet's delay runs from its due to the read of its last byte. An exchange is a run of payload
 * packets from a TCP flow's initiator, the request, and the run from its responder that follows,
 * the response; its time of response runs from the due of the first packet to the last byte of the
 * response. A percentile is by nearest rank: the least value that the given share does not exceed.
 */
#ifndef SHAPESIM_TESTS_REFERENCE_FIGURES_H
#define SHAPESIM_TESTS_REFERENCE_FIGURES_H

#include <stdio.h>

#include "tests/reference/player.h"

/* Prints them as lines "NAME VALUE", times in seconds. 0, or -1 on allocation failure. */
int figures_print(FILE *out, const struct plan *plan, const struct played_packet *times);

/* Prints all packets with payload as CSV. */
void figures_print_packets(FILE *out, const struct plan *plan, const struct played_packet *times);

#endif
