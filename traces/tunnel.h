/*
 * IP inside IP: recognizes an IP packet that carries another one, and finds that.
 *
 * - IP in IP: IPv4 or IPv6 directly in either;
 * - GRE with its optional checksum, key and sequence number, with IP, MPLS or Ethernet inside (not
 *   PPTP, not ERSPAN);
 * - VXLAN: Ethernet in UDP to port 4789 or 8472;
 * - GTP-U: IP in UDP to port 2152, with optional fields and extension headers.
 */
#ifndef SHAPESIM_TRACES_TUNNEL_H
#define SHAPESIM_TRACES_TUNNEL_H

#include <stdint.h>

#include "traces/skip_reason.h"
#include "traces/view.h"

enum tunnel {
    TUNNEL_NONE,
    TUNNEL_IP_IN_IP,
    TUNNEL_GRE,
    TUNNEL_VXLAN,
    TUNNEL_GTP_U,
    TUNNELS,
};

/* As trace info has it. */
const char *tunnel_name(enum tunnel tunnel);

/* Which tunnel a packet of this IP protocol can be, with its destination port if that is UDP, or
 * else 0; TUNNEL_NONE: none. */
enum tunnel tunnel_guess(uint8_t protocol, uint16_t udp_port);

/* Moves *view from the payload of the outer packet (after a UDP header), which ends with the view,
 * to the inner IP packet. SKIP_NONE; SKIP_NOT_IP: it is no such tunnel, or another packet than IP
 * is in it; SKIP_CUT: it cannot be seen. */
enum skip_reason tunnel_skip(enum tunnel tunnel, struct view *view);

#endif
