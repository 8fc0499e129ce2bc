#include "traces/tunnel.h"

#include <pcap/pcap.h>

#include "traces/link_layer.h"

enum {
    PROTOCOL_IPV4 = 4,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_GRE = 47,

    PORT_VXLAN = 4789,
    PORT_VXLAN_LINUX = 8472, /* Linux's default, older than the standard */
    PORT_GTP_U = 2152,

    GRE_BYTES = 4,
    GRE_CHECKSUM = 0x8000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_OTHER_FLAGS = 0x4fff, /* source routing, PPTP, reserved bits */
    GRE_ETHERNET = 0x6558,

    VXLAN_BYTES = 8,
    VXLAN_HAS_NETWORK = 0x08,

    GTP_BYTES = 8,
    GTP_OPTIONAL_BYTES = 4,
    GTP_VERSION_MASK = 0xf0, /* and the bit of the protocol type */
    GTP_VERSION = 0x30,
    GTP_HAS_EXTENSION = 0x04,
    GTP_HAS_OPTIONAL = 0x07,
    GTP_PACKET = 0xff, /* the message that carries a packet */
    GTP_EXTENSIONS_MAX = 16,
};

const char *tunnel_name(enum tunnel tunnel)
{
    switch (tunnel) {
    case TUNNEL_NONE:
        return "none";
    case TUNNEL_IP_IN_IP:
        return "ip_in_ip";
    case TUNNEL_GRE:
        return "gre";
    case TUNNEL_VXLAN:
        return "vxlan";
    case TUNNEL_GTP_U:
        return "gtp_u";
    case TUNNELS:
        break;
    }
    return "unknown";
}

enum tunnel tunnel_guess(uint8_t protocol, uint16_t udp_port)
{
    switch (protocol) {
    case PROTOCOL_IPV4:
    case PROTOCOL_IPV6:
        return TUNNEL_IP_IN_IP;
    case PROTOCOL_GRE:
        return TUNNEL_GRE;
    default:
        break;
    }
    if (udp_port == PORT_VXLAN || udp_port == PORT_VXLAN_LINUX)
        return TUNNEL_VXLAN;
    return udp_port == PORT_GTP_U ? TUNNEL_GTP_U : TUNNEL_NONE;
}

/* Why `bytes` bytes cannot be read: the outer packet has no more, or they were not captured. */
static enum skip_reason missing(const struct view *view, uint32_t bytes)
{
    return view->wire < bytes ? SKIP_NOT_IP : SKIP_CUT;
}

static enum skip_reason skip_bytes(struct view *view, uint32_t bytes)
{
    return view_skip(view, bytes) ? SKIP_NONE : missing(view, bytes);
}

/* Where the headers of a link layer are wrong or not all there, no packet is in the tunnel. */
static enum skip_reason reason_inside(enum skip_reason reason, const struct view *view)
{
    if (reason == SKIP_NONE)
        return SKIP_NONE;
    return reason == SKIP_CUT && view->captured < view->wire ? SKIP_CUT : SKIP_NOT_IP;
}

static enum skip_reason skip_ethernet(struct view *view)
{
    return reason_inside(link_layer_skip(DLT_EN10MB, view, NULL), view);
}

static enum skip_reason skip_gre(struct view *view)
{
    uint32_t bytes = GRE_BYTES;

    if (view->captured < GRE_BYTES)
        return missing(view, GRE_BYTES);
    uint16_t flags = be16(view->data), type = be16(view->data + 2);
    if (flags & GRE_OTHER_FLAGS)
        return SKIP_NOT_IP;
    bytes += flags & GRE_CHECKSUM ? 4U : 0U;
    bytes += flags & GRE_KEY ? 4U : 0U;
    bytes += flags & GRE_SEQUENCE ? 4U : 0U;
    enum skip_reason reason = skip_bytes(view, bytes);
    if (reason != SKIP_NONE)
        return reason;
    return type == GRE_ETHERNET ? skip_ethernet(view)
                                : reason_inside(link_layer_skip_type(type, view), view);
}

static enum skip_reason skip_vxlan(struct view *view)
{
    if (view->captured < VXLAN_BYTES)
        return missing(view, VXLAN_BYTES);
    if (!(view->data[0] & VXLAN_HAS_NETWORK))
        return SKIP_NOT_IP;
    view_skip(view, VXLAN_BYTES);
    return skip_ethernet(view);
}

/* The last byte of each extension says which comes next; its length is in words. */
static enum skip_reason skip_gtp_extensions(struct view *view, uint8_t next)
{
    for (int extensions = 0; next != 0; extensions++) {
        if (extensions == GTP_EXTENSIONS_MAX)
            return SKIP_NOT_IP;
        if (view->captured == 0)
            return missing(view, 1);
        uint32_t bytes = view->data[0] * 4U;
        if (bytes == 0)
            return SKIP_NOT_IP;
        if (view->captured < bytes)
            return missing(view, bytes);
        next = view->data[bytes - 1];
        view_skip(view, bytes);
    }
    return SKIP_NONE;
}

static enum skip_reason skip_gtp_u(struct view *view)
{
    if (view->captured < GTP_BYTES)
        return missing(view, GTP_BYTES);
    uint8_t flags = view->data[0], message = view->data[1];
    if ((flags & GTP_VERSION_MASK) != GTP_VERSION || message != GTP_PACKET)
        return SKIP_NOT_IP;
    view_skip(view, GTP_BYTES);
    if (!(flags & GTP_HAS_OPTIONAL))
        return SKIP_NONE;
    if (view->captured < GTP_OPTIONAL_BYTES)
        return missing(view, GTP_OPTIONAL_BYTES);
    uint8_t next = flags & GTP_HAS_EXTENSION ? view->data[GTP_OPTIONAL_BYTES - 1] : 0;
    view_skip(view, GTP_OPTIONAL_BYTES);
    return skip_gtp_extensions(view, next);
}

static enum skip_reason skip_headers(enum tunnel tunnel, struct view *view)
{
    switch (tunnel) {
    case TUNNEL_IP_IN_IP:
        return SKIP_NONE;
    case TUNNEL_GRE:
        return skip_gre(view);
    case TUNNEL_VXLAN:
        return skip_vxlan(view);
    case TUNNEL_GTP_U:
        return skip_gtp_u(view);
    case TUNNEL_NONE:
    case TUNNELS:
        break;
    }
    return SKIP_NOT_IP;
}

enum skip_reason tunnel_skip(enum tunnel tunnel, struct view *view)
{
    enum skip_reason reason = skip_headers(tunnel, view);

    if (reason != SKIP_NONE)
        return reason;
    if (view->captured == 0)
        return missing(view, 1);
    return view->data[0] >> 4 == 4 || view->data[0] >> 4 == 6 ? SKIP_NONE : SKIP_NOT_IP;
}
