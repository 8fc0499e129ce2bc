/*
 * Remembers the ports and the TCP sequence number that the first fragment of an IP packet carried,
 * so that the later ones, which carry none, belong to the same flow and have their place in its
 * stream.
 *
 * Bounded: at most FRAGMENTS_MAX packets are remembered, each for FRAGMENTS_LIFETIME_US; the oldest
 * is removed first. A later fragment whose first one is unknown keeps port 0.
 */
#ifndef SHAPESIM_TRACES_FRAGMENTS_H
#define SHAPESIM_TRACES_FRAGMENTS_H

#include <stdint.h>

#include "traces/decode.h"

#define FRAGMENTS_MAX         4096
#define FRAGMENTS_LIFETIME_US INT64_C(30000000)

struct fragments;

/* The caller owns the result, frees it with fragments_free(); NULL on allocation failure. */
struct fragments *fragments_new(void);
void fragments_free(struct fragments *fragments);

/* For a packet that is a fragment: remembers the header of a first one, fills in that of a later
 * one. Returns TRACE_OK or TRACE_ERROR_MEMORY. `time_us` never falls between calls. */
int fragments_follow(struct fragments *fragments, int64_t time_us, struct packet_info *info);

#endif
