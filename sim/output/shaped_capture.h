/*
 * shaped.pcap: the packets of the trace, unchanged, at the times at which they were delivered.
 *
 * A packet is delivered when the last of its counted bytes is. One without counted bytes (a SYN, a
 * FIN, an ACK alone) follows what its end sent before it: it is delivered with the last byte of
 * that, at once where nothing waits.
 *
 * Its time is the trace's first time stamp + the virtual time of its delivery. A packet that did
 * not wait keeps the nanoseconds that its own time stamp has beyond the microsecond.
 *
 * Packets are ordered by time. Those of one time are in the order of the trace: the order of
 * service within an instant has no influence, so every transport gives the same bytes. A trace that
 * is replayed without limits is reproduced, without what is skipped.
 *
 * Example: A (100 bytes at 0.2 s), B (100 bytes at 0.3 s) and a FIN after them (at 0.4 s), under
 * 100 bytes per tick of 1 s, where other flows used the first tick: A at 1 s, B and the FIN at 2 s.
 *
 * A packet of a flow's copy has the copy's own initiator (readdress.h).
 *
 * A pcap file has one link type. Of a trace with several of them the file has the outermost IP
 * packets alone, as raw IP. A link type that a pcapng file names only after its first packet is an
 * error.
 *
 * Memory: the packets that wait, and those of one instant.
 */
#ifndef SHAPESIM_SIM_OUTPUT_SHAPED_CAPTURE_H
#define SHAPESIM_SIM_OUTPUT_SHAPED_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "shaper/shaper.h"
#include "sim/base/file_hash.h"
#include "sim/base/sim.h"
#include "sim/output/file_names.h"
#include "traces/capture.h"
#include "traces/decode.h"

struct owned_directory;
struct shaped_capture;

/* A flow's packets that wait; allocated with its first packet. */
struct shaped_flow;

/* A packet of the trace when it arrives. */
struct shaped_arrival {
    int64_t start_ns; /* of virtual time, since the epoch: the trace's first time stamp */
    int64_t time_us;  /* in virtual time */
    int64_t cut_us;   /* what --max-gap has removed from silences so far */
    enum shaper_direction direction;
    uint32_t bytes; /* its counted bytes; 0: none */
    const struct capture_packet *packet;
    const struct endpoint *initiator; /* written instead of the packet's; NULL: as captured */
    bool is_from_initiator;
};

struct shaped_counts {
    int64_t start_ns; /* as above; 0 without packets */
    uint64_t packets; /* written */
    uint64_t undelivered;
};

/* Creates shaped.pcap.part in the directory, borrowed. The caller owns *shaped and ends it with
 * shaped_capture_commit(), shaped_capture_keep_partial() or shaped_capture_discard(). */
int shaped_capture_open(struct owned_directory *directory, const struct capture_format *format,
                        struct shaped_capture **shaped, char *error);

/* Keeps a copy of a packet of the flow in *flow, which is NULL at first and owned until
 * shaped_capture_end_flow(). SIM_OK, or SIM_FAILED with the reason. */
int shaped_capture_arrive(struct shaped_capture *shaped, struct shaped_flow **flow,
                          const struct shaped_arrival *arrival, char *error);

/* `delivered_bytes` of what the flow carries in that direction have been delivered so far. Time
 * never falls. */
int shaped_capture_deliver(struct shaped_capture *shaped, struct shaped_flow *flow,
                           enum shaper_direction direction, uint64_t delivered_bytes,
                           int64_t now_us, char *error);

/* Packets of the trace will never arrive: counts them as undelivered. */
void shaped_capture_withhold(struct shaped_capture *shaped, uint64_t packets);

/* Nothing more will be delivered: what waits is counted as undelivered. NULL is allowed. */
void shaped_capture_end_flow(struct shaped_capture *shaped, struct shaped_flow *flow);

const struct shaped_counts *shaped_capture_counts(const struct shaped_capture *shaped);

/* Whether a write has failed so far. */
bool shaped_capture_failed(const struct shaped_capture *shaped);

/* Writes what is left, closes, gives the file its final name and returns its hash; frees `shaped`
 * in any case. On an error the temporary file is removed. */
int shaped_capture_commit(struct shaped_capture *shaped, char hex[FILE_HASH_BYTES], char *error);

/* Writes what is left and closes, under the temporary name; frees `shaped`. NULL is allowed, as for
 * the next. */
void shaped_capture_keep_partial(struct shaped_capture *shaped);

/* Removes the temporary file; frees `shaped`. */
void shaped_capture_discard(struct shaped_capture *shaped);

#endif
