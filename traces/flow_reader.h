/*
 * Turns a capture's packets into events in time order: a packet of a flow, a flow's close, a flow's
 * retirement.
 *
 * Time is in whole microseconds from the first packet that passes the filter. A silence longer than
 * `max_gap_us` is cut to it, and counted.
 *
 * Memory is bounded, whatever the file holds: by `max_flows` flows, and as many TCP connections
 * that have ended (ended_flows.h). Packets of those come late: they are skipped.
 */
#ifndef SHAPESIM_TRACES_FLOW_READER_H
#define SHAPESIM_TRACES_FLOW_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/capture.h"
#include "traces/capture_filter.h"
#include "traces/decode.h"
#include "traces/flow_event.h"
#include "traces/flow_schedule.h"
#include "traces/flow_table.h"
#include "traces/packet_bytes.h"

#define MAX_FLOWS_DEFAULT 100000 /* in a replay about 400 MB */
#define MAX_FLOWS_MOST    1000000000

struct flow_recording;

struct flow_source_options {
    const char *filter; /* BPF, or NULL; compiled by flow_source_open(), like the next: */
    const char
        *responder; /* the receiver of a flow's first packet is the responder if it matches */
    enum count_mode count;
    bool decapsulate; /* the innermost IP packet of tunnels, not the outermost */
    int64_t idle_timeout_us;
    int64_t max_gap_us; /* 0: silences stay as they are */
    int64_t from_us;    /* packets before this time are left out, as if the capture began after it:
                         * time, counts and flows begin with the first packet that is left */
    int64_t to_us;      /* so are packets from here on; 0: none. Both are times without --from */
    int64_t max_flows;  /* flows open at once: packets that would open one more are skipped; 0: the
                         * default */
    struct flow_schedule_options schedule;  /* when flow_source_next() returns what was read */
    const struct flow_recording *recording; /* of the same paths and options, borrowed as long as
                                             * the source; NULL: none */
};

/* decode_packet() or decode_innermost(), as the options say. */
enum skip_reason flow_source_decode(const struct flow_source_options *options,
                                    const struct capture_packet *packet, struct packet_info *info);

struct flow_reader;

/* The compiled expressions of the options, borrowed. */
struct flow_filters {
    const struct capture_filter *filter;    /* NULL: all packets pass */
    const struct capture_filter *responder; /* NULL: none matches */
};

/* The caller owns *reader, frees it with flow_reader_free(). `capture` and the filters are borrowed
 * until then, `filters` and `options` are copied. TRACE_OK, or TRACE_ERROR_MEMORY. */
int flow_reader_new(struct capture *capture, const struct flow_filters *filters,
                    const struct flow_source_options *options, struct flow_reader **reader,
                    char *error);

/* TRACE_OK and the next event, TRACE_END after the last, or an error. A packet's data is borrowed,
 * valid until the next call. */
int flow_reader_next(struct flow_reader *reader, struct flow_event *event, char *error);

/* A flow that has retired is no longer used: its memory may be reused. */
void flow_reader_reuse(struct flow_reader *reader, struct flow *flow);

const struct flow_source_counts *flow_reader_counts(const struct flow_reader *reader);

/* The packet that was read and counted after the last event returned; NULL: none. */
const struct capture_packet *flow_reader_pending(const struct flow_reader *reader);

struct capture *flow_reader_capture(const struct flow_reader *reader);

/* Also frees all flows. */
void flow_reader_free(struct flow_reader *reader);

#endif
