/*
 * The form of a recording (flow_recording.h), which the program that wrote it reads again: numbers
 * are the machine's own, and every part begins at a multiple of 8 bytes.
 *
 *     header, key, then for each event:
 *         struct recorded_event
 *         struct flow                      if it opens a flow
 *         struct recorded_word x words     of the counts, where they do not follow from the event
 *         frame, content                   together padded to 8 bytes
 */
#ifndef SHAPESIM_TRACES_FLOW_RECORDING_FORMAT_H
#define SHAPESIM_TRACES_FLOW_RECORDING_FORMAT_H

#include <assert.h>
#include <stdint.h>

#include "traces/byte_source.h"
#include "traces/flow_event.h"
#include "traces/flow_extent.h"

#define RECORDING_ALIGN_BYTES 8
#define RECORDING_MAGIC       UINT64_C(0x0131746e65766573) /* "sevent1" and 1 */

/* Written last: without it a file is no recording. */
struct recording_header {
    uint64_t magic;
    uint64_t key_bytes; /* without padding */
    uint64_t events_bytes;
    struct flow_extent extent;
    struct flow_source_counts end_counts;
    char hash[BYTE_SOURCE_HASH_BYTES];
    bool is_truncated;
};

enum recorded_flag {
    RECORDED_OPENS_FLOW = 1 << 0,
    RECORDED_IS_TCP = 1 << 1,
    RECORDED_IS_DUPLICATE = 1 << 2,
    RECORDED_GAVE_UP_GAP = 1 << 3,
    RECORDED_ENDS_STREAM = 1 << 4,
    RECORDED_HAS_ACKNOWLEDGMENT = 1 << 5,
    RECORDED_HAS_NO_TIME = 1 << 6,
    RECORDED_HAS_PENDING = 1 << 7,
};

struct recorded_event {
    int64_t time_us;
    int64_t packet_ns;
    uint32_t slot;
    uint32_t acknowledgment;
    uint32_t end_sequence;
    uint32_t bytes;
    uint32_t payload_bytes;
    uint32_t new_bytes;
    uint32_t wire_bytes;
    uint32_t pending_wire_bytes;
    uint32_t frame_bytes;   /* kept of the packet */
    uint32_t content_bytes; /* kept of the content */
    int32_t link_type;
    uint8_t flags; /* enum recorded_flag */
    uint8_t kind;
    uint8_t close;
    uint8_t tunnel;
    uint8_t direction;
    uint8_t responder_rule;
    uint8_t words;
    uint8_t unused;
};

/* One of the 8-byte words of struct flow_source_counts. */
struct recorded_word {
    uint64_t index;
    uint64_t value;
};

#define RECORDED_COUNT_WORDS (sizeof(struct flow_source_counts) / sizeof(uint64_t))

static_assert(sizeof(struct flow_source_counts) % sizeof(uint64_t) == 0, "counts are whole words");
static_assert(RECORDED_COUNT_WORDS <= UINT8_MAX, "a byte counts them");
static_assert(sizeof(struct recorded_event) % RECORDING_ALIGN_BYTES == 0, "events are aligned");
static_assert(sizeof(struct flow) % RECORDING_ALIGN_BYTES == 0, "so is what follows a flow");
static_assert(sizeof(struct recording_header) % RECORDING_ALIGN_BYTES == 0, "the key is aligned");

static inline uint64_t recording_padded(uint64_t bytes)
{
    return (bytes + RECORDING_ALIGN_BYTES - 1) / RECORDING_ALIGN_BYTES * RECORDING_ALIGN_BYTES;
}

#endif
