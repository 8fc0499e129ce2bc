/* Why a packet is not replayed. */
#ifndef SHAPESIM_TRACES_SKIP_REASON_H
#define SHAPESIM_TRACES_SKIP_REASON_H

enum skip_reason {
    SKIP_NONE,
    SKIP_LINK_TYPE, /* a link type this tool does not decode */
    SKIP_NOT_IP,    /* ARP, STP, LLDP, ... */
    SKIP_CUT,       /* the capture's snap length ends before the fields that identify the flow */
    SKIP_MALFORMED, /* headers that contradict themselves */
    /* 802.11 alone: */
    SKIP_ENCRYPTED,
    SKIP_AGGREGATED,    /* an A-MSDU: several packets in one frame */
    SKIP_LINK_FRAGMENT, /* a later part of a packet, without its headers */
    SKIP_FILTERED,      /* --filter */
    SKIP_MAX_FLOWS,     /* --max-flows: it would open one more */
    SKIP_LATE,          /* long after the end of its connection */
    SKIP_REASONS,
};

/* As in summary.json. */
const char *skip_reason_name(enum skip_reason reason);

#endif
