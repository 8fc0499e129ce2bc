/*
 * The 802.11 header of a data frame, and the radiotap header before it. Only a frame that carries
 * one whole packet, unencrypted, can be read.
 */
#ifndef SHAPESIM_TRACES_WIRELESS_H
#define SHAPESIM_TRACES_WIRELESS_H

#include <stdbool.h>

#include "traces/skip_reason.h"
#include "traces/view.h"

/* Moves *view from the frame's first byte to its LLC header. SKIP_NONE; SKIP_NOT_IP: no data;
 * SKIP_ENCRYPTED; SKIP_AGGREGATED: an A-MSDU, several packets; SKIP_LINK_FRAGMENT: not the first
 * part of a packet; SKIP_CUT; SKIP_MALFORMED. */
enum skip_reason wireless_skip(struct view *view, bool has_radiotap);

#endif
