#include "traces/synth_frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define INITIATOR_ADDRESS    0xc6120001u /* 198.18.0.1 */
#define RESPONDER_ADDRESS    0xc6130001u /* 198.19.0.1 */
#define INITIATOR_ADDRESSES  65534       /* 198.18.0.1 to 198.18.255.254 */
#define INITIATOR_FIRST_PORT 49152
#define RESPONDER_TCP_PORT   80
#define RESPONDER_UDP_PORT   9
#define WINDOW_FIELD         65535
#define WINDOW_SHIFT         14

enum { ETHERNET_BYTES = 14, IP_BYTES = 20, UDP_BYTES = 8, TCP_BYTES = 20, SYN_OPTION_BYTES = 8 };
enum { IP_PROTOCOL_TCP = 6, IP_PROTOCOL_UDP = 17 };

_Static_assert(ETHERNET_BYTES + IP_BYTES + TCP_BYTES + SYN_OPTION_BYTES ==
                   SYNTH_FRAME_HEADER_BYTES_MAX,
               "the longest header is a SYN's");

static void put16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static void put32(uint8_t *bytes, uint32_t value)
{
    put16(bytes, value >> 16);
    put16(bytes + 2, value);
}

/* The Internet checksum of `count` bytes, an even number, and of the partial sum `sum`. */
static uint32_t checksum(const uint8_t *bytes, size_t count, uint32_t sum)
{
    for (size_t i = 0; i < count; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

void synth_frame_init(struct synth_frame *frame, const struct synth_spec *spec)
{
    uint8_t *ip = frame->bytes + ETHERNET_BYTES;

    memset(frame, 0, sizeof(*frame));
    frame->spec = spec;
    frame->bytes[0] = frame->bytes[6] = 0x02; /* locally administered */
    put16(frame->bytes + 12, 0x0800);
    ip[0] = 0x45;
    put16(ip + 6, 0x4000); /* don't fragment */
    ip[8] = 64;
}

static void put_addresses(struct synth_frame *frame, uint32_t flow, enum synth_frame_sender sender)
{
    uint8_t *ip = frame->bytes + ETHERNET_BYTES;
    uint8_t *transport = ip + IP_BYTES;
    bool from_initiator = sender == SYNTH_FRAME_INITIATOR;
    uint32_t initiator = INITIATOR_ADDRESS + flow % INITIATOR_ADDRESSES;
    uint32_t port = INITIATOR_FIRST_PORT + flow / INITIATOR_ADDRESSES;
    uint32_t responder_port =
        frame->spec->protocol == SYNTH_TCP ? RESPONDER_TCP_PORT : RESPONDER_UDP_PORT;

    frame->bytes[5] = from_initiator ? 2 : 1;
    frame->bytes[11] = from_initiator ? 1 : 2;
    put32(ip + 12, from_initiator ? initiator : RESPONDER_ADDRESS);
    put32(ip + 16, from_initiator ? RESPONDER_ADDRESS : initiator);
    put16(transport, from_initiator ? port : responder_port);
    put16(transport + 2, from_initiator ? responder_port : port);
}

/* Fills in the TCP header and advances both ends' numbers; returns its length. */
static uint32_t put_tcp(struct synth_frame *frame, struct synth_frame_end *end,
                        const struct synth_frame_end *other, uint32_t flags, uint32_t payload_bytes)
{
    uint8_t *tcp = frame->bytes + ETHERNET_BYTES + IP_BYTES;
    uint32_t header_bytes = TCP_BYTES + (flags & SYNTH_FRAME_SYN ? SYN_OPTION_BYTES : 0);

    end->acknowledged = flags & SYNTH_FRAME_ACK ? other->sequence : 0;
    /* the window of a SYN is not scaled */
    end->window_bytes = (uint32_t)WINDOW_FIELD << (flags & SYNTH_FRAME_SYN ? 0 : WINDOW_SHIFT);
    put32(tcp + 4, end->sequence);
    put32(tcp + 8, end->acknowledged);
    tcp[12] = (uint8_t)(header_bytes / 4 << 4);
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, WINDOW_FIELD);
    memset(tcp + TCP_BYTES, 0, SYN_OPTION_BYTES);
    if (flags & SYNTH_FRAME_SYN) {
        put32(tcp + 20, 2u << 24 | 4u << 16 | frame->spec->packet_bytes); /* segment size */
        put32(tcp + 24, 1u << 24 | 3u << 16 | 3u << 8 | WINDOW_SHIFT);    /* no-op, window scale */
    }
    end->sequence += payload_bytes + ((flags & (SYNTH_FRAME_SYN | SYNTH_FRAME_FIN)) ? 1 : 0);
    return header_bytes;
}

uint32_t synth_frame_make(struct synth_frame *frame, uint32_t flow, struct synth_frame_end ends[],
                          enum synth_frame_sender sender, uint32_t tcp_flags,
                          uint32_t payload_bytes)
{
    uint8_t *ip = frame->bytes + ETHERNET_BYTES;
    uint8_t *transport = ip + IP_BYTES;
    struct synth_frame_end *end = &ends[sender];
    bool tcp = frame->spec->protocol == SYNTH_TCP;
    uint32_t protocol = tcp ? IP_PROTOCOL_TCP : IP_PROTOCOL_UDP;
    uint32_t header_bytes = UDP_BYTES;

    put_addresses(frame, flow, sender);
    if (tcp)
        header_bytes = put_tcp(frame, end, &ends[!sender], tcp_flags, payload_bytes);
    else
        put16(transport + 4, UDP_BYTES + payload_bytes);

    put16(ip + 2, IP_BYTES + header_bytes + payload_bytes);
    put16(ip + 4, end->identification++);
    ip[9] = (uint8_t)protocol;
    put16(ip + 10, 0);
    put16(ip + 10, checksum(ip, IP_BYTES, 0));

    /* the pseudo header: addresses, protocol, length; payload adds only zeros */
    uint8_t *sum = transport + (tcp ? 16 : 6);
    put16(sum, 0);
    uint32_t value = ~checksum(ip + 12, 8, protocol + header_bytes + payload_bytes) & 0xffff;
    value = checksum(transport, header_bytes, value);
    put16(sum, value == 0 && !tcp ? 0xffff : value); /* 0 in UDP says that there is none */
    return ETHERNET_BYTES + IP_BYTES + header_bytes + payload_bytes;
}
