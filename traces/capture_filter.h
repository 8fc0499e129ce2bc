/*
 * BPF expressions on a capture's packets. A packet meets an expression if it does so as captured or
 * without its VLAN tags: `tcp port 80` and `vlan 31` both meet a tagged packet to port 80. So does
 * `not tcp port 80`, which is true of the frame as captured; with tags in a capture write
 * `not (tcp port 80 or (vlan and tcp port 80))`.
 *
 * For a link type that libpcap cannot filter (NFLOG), and for one that a pcapng file names only
 * after its first packet, the expression is compiled for raw IP and meets the outermost IP packet.
 */
#ifndef SHAPESIM_TRACES_CAPTURE_FILTER_H
#define SHAPESIM_TRACES_CAPTURE_FILTER_H

#include <stdbool.h>

#include "traces/capture.h"

/* The frame without tags is seen up to here, as if the snap length had cut it. */
#define CAPTURE_FILTER_UNTAGGED_BYTES 65536

struct capture_filter;

/* Compiles a BPF expression for the capture's link types; `what` names it in the error (a flag or
 * a key). The caller owns *filter, frees it with capture_filter_free(). */
int capture_filter_compile(struct capture *capture, const char *what, const char *expression,
                           struct capture_filter **filter, char *error);

/* False for a packet of a link type that the capture cannot have. */
bool capture_filter_matches(const struct capture_filter *filter,
                            const struct capture_packet *packet);

void capture_filter_free(struct capture_filter *filter);

#endif
