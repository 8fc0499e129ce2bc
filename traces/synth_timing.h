/*
 * When the sources of a synthetic capture send: constant, on/off, Poisson and Pareto, as synth.h
 * defines them. What all senders share is in one synth_timing; each flow and direction has its own
 * synth_timer.
 */
#ifndef SHAPESIM_TRACES_SYNTH_TIMING_H
#define SHAPESIM_TRACES_SYNTH_TIMING_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/synth_spec.h"

struct synth_timing {
    const struct synth_spec *spec; /* borrowed */
    uint64_t gap_us;               /* constant: packet_bytes / rate, whole microseconds */
    uint64_t gap_rest;             /* ... and the rest, in 1/rate_bytes_per_s us */
    double mean_gap_us;            /* random sources: packet_bytes / rate */
    double peak_gap_us;            /* on/off: gap while on */
};

/* All zeros but for the first two fields, which the caller sets. */
struct synth_timer {
    uint64_t random_state;
    uint64_t time_us;   /* of the next data packet; at first, when the flow starts */
    double fraction_us; /* of that time, below one microsecond; random sources */
    uint64_t remainder; /* likewise, in 1/rate_bytes_per_s us; constant source */
    double on_left_us;  /* on/off: of the current on period, after that packet */
};

/* `spec` has passed synth_spec_check(); it is borrowed, valid as long as *timing is used. */
void synth_timing_init(struct synth_timing *timing, const struct synth_spec *spec);

/* Sets the time of the first packet; false if there is none before the capture's end. */
bool synth_timing_first(const struct synth_timing *timing, struct synth_timer *timer);

/* Likewise for the next packet. */
bool synth_timing_next(const struct synth_timing *timing, struct synth_timer *timer);

#endif
