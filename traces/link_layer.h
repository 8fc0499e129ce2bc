/*
 * The headers before a frame's IP packet, by libpcap's link type:
 *
 * - Ethernet and Linux cooked (v1, v2), with 802.3 LLC/SNAP and up to LINK_TAGS_MAX VLAN tags;
 * - 802.11, plain or with radiotap: data frames with LLC/SNAP (QoS, HT Control, four addresses);
 * - PPP, also in HDLC-like framing or over Ethernet, and Cisco HDLC;
 * - BSD loopback (NULL, LOOP), NFLOG, MPLS, raw IP.
 *
 * Behind an Ethernet type there may be PPPoE and up to LINK_LABELS_MAX MPLS labels. Pure functions
 * of any input bytes: none beyond the captured ones is read.
 */
#ifndef SHAPESIM_TRACES_LINK_LAYER_H
#define SHAPESIM_TRACES_LINK_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include <pcap/dlt.h>

#include "traces/skip_reason.h"
#include "traces/view.h"

#define LINK_TAGS_MAX   8
#define LINK_LABELS_MAX 16

enum { ETHERNET_BYTES = 14, ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };

/* Where a frame has its VLAN tags: one after another, each ends with the Ethernet type of what
 * follows. */
struct link_tags {
    uint32_t type_offset; /* of the Ethernet type that announces the first tag */
    uint32_t offset;      /* of the first tag after that type */
    uint32_t bytes;       /* of all tags; 0: there are none */
};

/* Whether frames of this DLT_ number can be read. */
bool link_layer_knows(int link_type);

/* Any frame, as link_layer_skip(). */
enum skip_reason link_layer_skip_any(int link_type, struct view *view, struct link_tags *tags);

/* Moves *view from a frame's first byte to its IP packet and finds its tags, even if no IP packet
 * follows. `tags` may be NULL. SKIP_NONE, or why there is no IP packet; its version may be any. */
static inline enum skip_reason link_layer_skip(int link_type, struct view *view,
                                               struct link_tags *tags)
{
    if (tags || link_type != DLT_EN10MB || view->captured < ETHERNET_BYTES)
        return link_layer_skip_any(link_type, view, tags);
    uint16_t ethertype = be16(view->data + ETHERNET_BYTES - 2);
    if (ethertype != ETHERTYPE_IPV4 && ethertype != ETHERTYPE_IPV6)
        return link_layer_skip_any(link_type, view, tags);
    view_skip(view, ETHERNET_BYTES); /* as nearly all are */
    return SKIP_NONE;
}

/* Likewise from what an Ethernet type announces; `view` is just after the type. */
enum skip_reason link_layer_skip_type(uint16_t ethertype, struct view *view);

#endif
