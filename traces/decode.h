/*
 * Decodes from one captured frame what identifies its flow and how long it is: link layer
 * (link_layer.h), IPv4 or IPv6 with extension headers, and the head of TCP, UDP or SCTP; either the
 * outermost IP header or, through tunnels (tunnel.h), the innermost. Nothing is reassembled: of an
 * outer packet in fragments only the first shows what is in the tunnel.
 *
 * Lengths come from the packet's own headers and original length, so a capture that was cut to a
 * snap length counts as if it had not been. Pure functions of any input bytes; no state is kept.
 */
#ifndef SHAPESIM_TRACES_DECODE_H
#define SHAPESIM_TRACES_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/capture.h"
#include "traces/skip_reason.h"
#include "traces/tunnel.h"

/* Longer frames are malformed: 16 MiB is more than libpcap reads of one, and 32 times the longest
 * that Linux passes to a network card. */
#define DECODE_FRAME_BYTES_MAX (16U * 1024 * 1024)

enum {
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_SCTP = 132,
};

enum tcp_flag {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_ACK = 0x10,
};

/* Of more tunnels, one in the other, the packet in this one is taken for the innermost. */
#define DECODE_TUNNELS_MAX 4

/* IPv4 addresses are in the first four bytes, the rest is zero. */
struct endpoint {
    uint8_t address[16];
    uint16_t port; /* 0 without ports */
};

struct packet_info {
    struct endpoint source;
    struct endpoint destination;
    uint8_t ip_version; /* 4 or 6 */
    uint8_t protocol;   /* the IP protocol number after any extension headers */
    uint8_t tcp_flags;  /* enum tcp_flag bits; 0 where it is not TCP */
    uint8_t tunnel;     /* enum tunnel: the outermost one */
    bool is_tunnel_cut; /* the capture ends before it shows what is in a tunnel */
    bool is_fragment;
    bool is_later_fragment;      /* no transport header in this frame: ports come from the first
                                  * fragment */
    bool has_tcp_sequence;       /* and flags: they were captured */
    uint32_t tcp_sequence;       /* of the payload's first byte, or of the SYN before it */
    uint32_t tcp_acknowledgment; /* with TCP_ACK; captured with the sequence number */
    uint32_t fragment_id;
    uint32_t fragment_offset;  /* of a fragment's part in the whole, in bytes */
    uint32_t part_offset;      /* the offset of that part in the frame */
    uint32_t ip_bytes;         /* header and payload of the IP packet */
    uint32_t payload_bytes;    /* after the transport header; after the IP headers without one */
    uint32_t ip_offset;        /* the offset of the IP packet in the frame */
    uint32_t transport_offset; /* the offset of what follows the IP headers; it was captured in
                                * part */
    uint32_t payload_offset;   /* the offset of the payload; it may be after the captured bytes */
    uint32_t inner_ip_offset;  /* of decode_packet() alone: with a tunnel, the packet in it */
};

/* Whether frames of this DLT_ number can be decoded. */
bool decode_knows_link_type(int link_type);

/* Fills *info and returns SKIP_NONE, or says why the packet cannot be replayed. */
enum skip_reason decode_packet(int link_type, const struct capture_packet *packet,
                               struct packet_info *info);

/* Likewise of the innermost IP packet; the outermost where there is no tunnel. A packet that is
 * damaged in the tunnel, or cut there, is malformed or cut. */
enum skip_reason decode_innermost(int link_type, const struct capture_packet *packet,
                                  struct packet_info *info);

#endif
