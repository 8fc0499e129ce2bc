/*
 * When the events of a trace's flows are replayed, if not as captured: more often than once
 * (copies), or with other gaps between the flows' starts (speed).
 *
 * Of a flow that began at T in the capture, what was captured at t is replayed at
 *
 *     T / speed + (t - T) + offset(copy)
 *
 * rounded down to microseconds: the times within a flow stay. offset is 0 for copy 0, which is the
 * captured flow itself, and for any other drawn from [0, spread) by the seed, the flow and the
 * copy. Events come in the order of that time, of one time in the order of the trace, then of
 * copies. An event is given out as soon as none that comes before it can still be read: whatever is
 * read after captured time t is replayed at t / speed or later, at a speed below 1 at t + (T' /
 * speed - T') or later if a flow that began at T' is still open. What decides about flows (idle
 * time, ends, what was sent again) has been decided before, in captured time.
 *
 * Flows are numbered as they are opened in the replay. The n-th copy, counted from 0 over all flows
 * in the order of capture and over the copies of each, has an initiator of its own:
 *
 *     IPv4  198.18.0.1 + n % 131070, up to 198.19.255.254
 *     IPv6  2001:2:: + 1 + n
 *     port  1024 + n / 131070 % 64512 with TCP and UDP, unless its port is not known (0)
 *
 * which are addresses for tests (RFC 2544, RFC 5180). The events' packets stay as captured.
 *
 * Example: speed 2, two copies, spread 0. A flow of 0 ms and 40 ms and one of 30 ms and 50 ms: the
 * first opens at 0 twice, the second at 15 ms twice and has its other packet at 35 ms; the first's
 * comes at 40 ms. The second can be opened when the capture has been read up to 30 ms.
 *
 * Memory: what was read and not given out yet, about 160 bytes for each event, whatever the number
 * of copies, and the frames and contents that are kept.
 */
#ifndef SHAPESIM_TRACES_FLOW_SCHEDULE_H
#define SHAPESIM_TRACES_FLOW_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/flow_event.h"

#define FLOW_COPIES_MOST    1000
#define FLOW_SPEED_ONE      1000 /* in thousandths */
#define FLOW_SPEED_MOST     (1000 * FLOW_SPEED_ONE)
#define FLOW_SPREAD_MOST_US (INT64_C(1000000) * 3600 * 24 * 366)

struct flow_schedule_options {
    int64_t copies;      /* 0, as 1: none but the flow itself */
    int64_t spread_us;   /* up to FLOW_SPREAD_MOST_US; 0: all copies with the flow itself */
    int64_t speed_milli; /* thousandths; 0, as 1000: that of the capture */
    uint64_t seed;
    bool keeps_frames;  /* of all packets; of those that open a flow they always are */
    bool keeps_content; /* of the counted bytes */
};

struct flow_schedule;

/* Whether events are to be replayed otherwise than as captured. */
bool flow_schedule_is_needed(const struct flow_schedule_options *options);

/* The caller owns the result, frees it with flow_schedule_free(); NULL on allocation failure. */
struct flow_schedule *flow_schedule_new(const struct flow_schedule_options *options);

/* Takes the capture's next event, with a copy of what it borrows and is kept. The user's slot that
 * it names is used by the schedule. `counts` are those up to the event. TRACE_OK;
 * TRACE_ERROR_MEMORY; TRACE_ERROR_FORMAT: it would come after PACKET_LATEST_TIME_S. */
int flow_schedule_put(struct flow_schedule *schedule, const struct flow_event *event,
                      const struct flow_source_counts *counts);

/* No more events will be put. */
void flow_schedule_end(struct flow_schedule *schedule);

/* The next event, with a flow and a user's slot of its own for each copy; what it refers to is
 * borrowed, valid until the next call, the flow until the call after its retirement. A packet's
 * time_ns is moved likewise, and with it by what was removed from silences before it. false: there
 * is none before another one was put. */
bool flow_schedule_take(struct flow_schedule *schedule, struct flow_event *event);

/* The number in the capture, in 32 bits that wrap, of the packet that was read last before, or as,
 * the event taken last. */
uint32_t flow_schedule_number(const struct flow_schedule *schedule);

void flow_schedule_free(struct flow_schedule *schedule);

#endif
