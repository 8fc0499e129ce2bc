/*
 * The frames of a synthetic capture: Ethernet, IPv4, TCP or UDP, with valid checksums and a payload
 * of zeros. Addresses and ports follow from the flow's number, as synth.h says.
 */
#ifndef SHAPESIM_TRACES_SYNTH_FRAME_H
#define SHAPESIM_TRACES_SYNTH_FRAME_H

#include <stdint.h>

#include "traces/synth_spec.h"

#define SYNTH_FRAME_HEADER_BYTES_MAX 62

enum synth_frame_sender { SYNTH_FRAME_INITIATOR, SYNTH_FRAME_RESPONDER, SYNTH_FRAME_SENDERS };

enum synth_frame_flag {
    SYNTH_FRAME_FIN = 0x01,
    SYNTH_FRAME_SYN = 0x02,
    SYNTH_FRAME_PUSH = 0x08,
    SYNTH_FRAME_ACK = 0x10,
};

/* The counters of one end of a flow. Initially zero, or with any sequence number. */
struct synth_frame_end {
    uint32_t sequence;       /* of the next byte it sends */
    uint32_t acknowledged;   /* the last sequence number it acknowledged */
    uint32_t window_bytes;   /* the last it announced */
    uint16_t identification; /* of its next IP packet */
};

struct synth_frame {
    const struct synth_spec *spec; /* borrowed */
    uint8_t bytes[SYNTH_FRAME_HEADER_BYTES_MAX + SYNTH_PACKET_BYTES_MAX];
};

/* Fills in what is the same in every packet. `spec` is borrowed, valid as long as *frame is
 * used. */
void synth_frame_init(struct synth_frame *frame, const struct synth_spec *spec);

/* Makes the next frame that `sender` of flow number `flow` sends, advances the numbers of `ends`
 * (one per sender), and returns the frame's length. Flags are ignored for UDP. */
uint32_t synth_frame_make(struct synth_frame *frame, uint32_t flow, struct synth_frame_end ends[],
                          enum synth_frame_sender sender, uint32_t tcp_flags,
                          uint32_t payload_bytes);

#endif
