#include "traces/link_layer.h"

#include <stddef.h>
#include <string.h>

#include <pcap/pcap.h>

#include "traces/wireless.h"

enum {
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_QINQ = 0x88a8,
    ETHERTYPE_QINQ_OLD = 0x9100,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_UPSTREAM = 0x8848,
    ETHERTYPE_PPPOE = 0x8864,    /* a session's frames, not its discovery */
    ETHERTYPE_LENGTH_MAX = 1500, /* up to this the field is an 802.3 length */

    LINUX_SLL_BYTES = 16,
    LINUX_SLL2_BYTES = 20,
    CISCO_HDLC_BYTES = 4,
    VLAN_TAG_BYTES = 4,
    LLC_SNAP_BYTES = 8,
    MPLS_LABEL_BYTES = 4,
    LOOPBACK_BYTES = 4,

    PPPOE_BYTES = 6,
    PPPOE_VERSION_TYPE = 0x11,
    PPP_ADDRESS = 0xff,
    PPP_CONTROL = 0x03,
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057,
    PPP_MPLS = 0x0281,
    PPP_MPLS_UPSTREAM = 0x0283,
    CISCO_UNICAST = 0x0f,
    CISCO_MULTICAST = 0x8f,

    NFLOG_BYTES = 4,
    NFLOG_FIELD_BYTES = 4, /* of a field's own header */
    NFLOG_PAYLOAD = 9,     /* the field with the packet */
    LINUX_AF_INET = 2,
    LINUX_AF_INET6 = 10,
};

/* --- what an Ethernet type announces ------------------------------------------------------- */

/* 802.2 LLC: only SNAP with an Ethernet type inside can carry IP. */
static enum skip_reason skip_llc(struct view *view, uint16_t *ethertype)
{
    static const uint8_t snap[] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00};

    if (memcmp(view->data, snap, min_u32(view->captured, sizeof(snap))) != 0)
        return SKIP_NOT_IP;
    if (view->captured < LLC_SNAP_BYTES)
        return SKIP_CUT;
    *ethertype = be16(view->data + sizeof(snap));
    view_skip(view, LLC_SNAP_BYTES);
    return SKIP_NONE;
}

static bool is_vlan(uint16_t ethertype)
{
    return ethertype == ETHERTYPE_VLAN || ethertype == ETHERTYPE_QINQ ||
           ethertype == ETHERTYPE_QINQ_OLD;
}

/* Goes on to the type after the tags; `type_offset` is that of the type before them. */
static enum skip_reason skip_tags(struct view *view, uint16_t *ethertype, uint32_t type_offset,
                                  struct link_tags *tags)
{
    tags->type_offset = type_offset;
    tags->offset = view_offset(view);
    for (int count = 0; is_vlan(*ethertype); count++) {
        if (count == LINK_TAGS_MAX)
            return SKIP_MALFORMED;
        if (view->captured < VLAN_TAG_BYTES)
            return SKIP_CUT;
        *ethertype = be16(view->data + 2);
        view_skip(view, VLAN_TAG_BYTES);
        tags->bytes += VLAN_TAG_BYTES;
    }
    return SKIP_NONE;
}

/* Nothing says what follows the last label: IP by its version, or else no IP. */
static enum skip_reason skip_mpls(struct view *view)
{
    bool is_last = false;

    for (int labels = 0; !is_last; labels++) {
        if (labels == LINK_LABELS_MAX)
            return SKIP_MALFORMED;
        if (view->captured < MPLS_LABEL_BYTES)
            return SKIP_CUT;
        is_last = (view->data[2] & 1) != 0;
        view_skip(view, MPLS_LABEL_BYTES);
    }
    if (view->captured == 0)
        return SKIP_CUT;
    return view->data[0] >> 4 == 4 || view->data[0] >> 4 == 6 ? SKIP_NONE : SKIP_NOT_IP;
}

/* From the protocol field on, which is one byte where its ends have agreed so. */
static enum skip_reason skip_ppp_protocol(struct view *view)
{
    if (view->captured == 0)
        return SKIP_CUT;
    uint32_t bytes = view->data[0] & 1 ? 1 : 2;
    if (view->captured < bytes)
        return SKIP_CUT;
    uint32_t protocol = bytes == 1 ? view->data[0] : be16(view->data);
    view_skip(view, bytes);
    switch (protocol) {
    case PPP_IPV4:
    case PPP_IPV6:
        return SKIP_NONE;
    case PPP_MPLS:
    case PPP_MPLS_UPSTREAM:
        return skip_mpls(view);
    default:
        return SKIP_NOT_IP;
    }
}

static enum skip_reason skip_pppoe(struct view *view)
{
    if (view->captured < PPPOE_BYTES)
        return SKIP_CUT;
    if (view->data[0] != PPPOE_VERSION_TYPE)
        return SKIP_MALFORMED;
    if (view->data[1] != 0) /* discovery */
        return SKIP_NOT_IP;
    view_skip(view, PPPOE_BYTES);
    return skip_ppp_protocol(view);
}

/* From what the Ethernet type at `type_offset` announces; `tags` may be NULL. */
static enum skip_reason skip_type(uint16_t ethertype, uint32_t type_offset, struct view *view,
                                  struct link_tags *tags)
{
    enum skip_reason reason = SKIP_NONE;

    if (is_vlan(ethertype)) {
        struct link_tags unused = {0};
        reason = skip_tags(view, &ethertype, type_offset, tags ? tags : &unused);
    }
    if (reason == SKIP_NONE && ethertype <= ETHERTYPE_LENGTH_MAX)
        reason = skip_llc(view, &ethertype);
    if (reason != SKIP_NONE)
        return reason;
    switch (ethertype) {
    case ETHERTYPE_IPV4:
    case ETHERTYPE_IPV6:
        return SKIP_NONE;
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_UPSTREAM:
        return skip_mpls(view);
    case ETHERTYPE_PPPOE:
        return skip_pppoe(view);
    default:
        return SKIP_NOT_IP;
    }
}

enum skip_reason link_layer_skip_type(uint16_t ethertype, struct view *view)
{
    return skip_type(ethertype, 0, view, NULL);
}

/* --- link types ---------------------------------------------------------------------------- */

/* A link header of fixed length with an Ethernet type at a fixed offset. */
static enum skip_reason skip_fixed(struct view *view, uint32_t header_bytes, uint32_t type_offset,
                                   struct link_tags *tags)
{
    if (view->captured < header_bytes)
        return SKIP_CUT;
    uint16_t ethertype = be16(view->data + type_offset);
    type_offset += view_offset(view);
    view_skip(view, header_bytes);
    return skip_type(ethertype, type_offset, view, tags);
}

/* An address family in the byte order of the machine that captured. That of IPv4 is 2 everywhere;
 * that of IPv6 differs. */
static enum skip_reason skip_loopback(struct view *view)
{
    if (view->captured < LOOPBACK_BYTES)
        return SKIP_CUT;
    uint32_t family = be32(view->data);
    if (family > 0xffff)
        family = (uint32_t)view->data[0] | (uint32_t)view->data[1] << 8;
    view_skip(view, LOOPBACK_BYTES);
    switch (family) {
    case 2:
    case 10: /* Linux */
    case 23: /* Windows */
    case 24: /* NetBSD, OpenBSD, BSD/OS */
    case 26: /* Solaris */
    case 28: /* FreeBSD, DragonFly */
    case 30: /* Darwin */
        return SKIP_NONE;
    default:
        return SKIP_NOT_IP;
    }
}

static enum skip_reason skip_ppp(struct view *view)
{
    if (view->captured < 2)
        return SKIP_CUT;
    if (view->data[0] == PPP_ADDRESS && view->data[1] == PPP_CONTROL)
        view_skip(view, 2);
    return skip_ppp_protocol(view);
}

static enum skip_reason skip_cisco_hdlc(struct view *view, struct link_tags *tags)
{
    return skip_fixed(view, CISCO_HDLC_BYTES, 2, tags);
}

/* PPP in HDLC-like framing, or Cisco's. */
static enum skip_reason skip_ppp_serial(struct view *view, struct link_tags *tags)
{
    if (view->captured > 0 && (view->data[0] == CISCO_UNICAST || view->data[0] == CISCO_MULTICAST))
        return skip_cisco_hdlc(view, tags);
    return skip_ppp(view);
}

/* The direction stands where PPP has its address. */
static enum skip_reason skip_ppp_pppd(struct view *view)
{
    if (view->captured < 2)
        return SKIP_CUT;
    if (view->data[0] <= 1 && view->data[1] == PPP_CONTROL) {
        view_skip(view, 2);
        return skip_ppp_protocol(view);
    }
    return skip_ppp(view);
}

/* In the byte order of the machine that captured, which libpcap turns into this one's. */
static uint16_t host16(const uint8_t *p)
{
    uint16_t value;

    memcpy(&value, p, sizeof(value));
    return value;
}

/* The packet is in one of the fields; each is filled up to a multiple of four bytes. */
static enum skip_reason skip_nflog(struct view *view)
{
    if (view->captured < NFLOG_BYTES)
        return SKIP_CUT;
    uint8_t family = view->data[0];
    if (view->data[1] != 0) /* another version of the format */
        return SKIP_NOT_IP;
    view_skip(view, NFLOG_BYTES);
    if (family != LINUX_AF_INET && family != LINUX_AF_INET6)
        return SKIP_NOT_IP;
    while (view->captured >= NFLOG_FIELD_BYTES) {
        uint32_t bytes = host16(view->data);
        uint32_t type = host16(view->data + 2) & 0x7fffU; /* the highest bit is a flag */
        if (bytes < NFLOG_FIELD_BYTES)
            return SKIP_MALFORMED;
        if (type == NFLOG_PAYLOAD) {
            view_skip(view, NFLOG_FIELD_BYTES);
            view_end_after(view, bytes - NFLOG_FIELD_BYTES);
            return SKIP_NONE;
        }
        if (!view_skip(view, (bytes + 3) / 4 * 4))
            return SKIP_CUT;
    }
    return view->wire >= NFLOG_FIELD_BYTES ? SKIP_CUT : SKIP_NOT_IP;
}

/* LLC/SNAP, as 802.3 has it: tags may follow it. */
static enum skip_reason skip_wireless(struct view *view, bool has_radiotap, struct link_tags *tags)
{
    enum skip_reason reason = wireless_skip(view, has_radiotap);
    uint16_t ethertype = 0;

    if (reason == SKIP_NONE)
        reason = skip_llc(view, &ethertype);
    if (reason != SKIP_NONE)
        return reason;
    return skip_type(ethertype, view_offset(view) - 2, view, tags);
}

enum skip_reason link_layer_skip_any(int link_type, struct view *view, struct link_tags *tags)
{
    if (tags)
        *tags = (struct link_tags){0};
    switch (link_type) {
    case DLT_EN10MB:
        return skip_fixed(view, ETHERNET_BYTES, 12, tags);
    case DLT_LINUX_SLL:
        return skip_fixed(view, LINUX_SLL_BYTES, 14, tags);
    case DLT_LINUX_SLL2:
        return skip_fixed(view, LINUX_SLL2_BYTES, 0, tags);
    case DLT_NULL:
    case DLT_LOOP:
        return skip_loopback(view);
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
        return SKIP_NONE;
    case DLT_PPP:
        return skip_ppp(view);
    case DLT_PPP_SERIAL:
        return skip_ppp_serial(view, tags);
    case DLT_PPP_PPPD:
        return skip_ppp_pppd(view);
    case DLT_PPP_ETHER:
        return skip_pppoe(view);
    case DLT_C_HDLC:
        return skip_cisco_hdlc(view, tags);
    case DLT_MPLS:
        return skip_mpls(view);
    case DLT_NFLOG:
        return skip_nflog(view);
    case DLT_IEEE802_11:
        return skip_wireless(view, false, tags);
    case DLT_IEEE802_11_RADIO:
        return skip_wireless(view, true, tags);
    default:
        return SKIP_LINK_TYPE;
    }
}

bool link_layer_knows(int link_type)
{
    struct view nothing = {NULL, NULL, 0, 0};

    return link_layer_skip_any(link_type, &nothing, NULL) != SKIP_LINK_TYPE;
}
