/*
 * libpcap handles for a link type without a file of its own, as the interfaces of a pcapng file
 * need: to compile filters, and to know libpcap's number (DLT_) for a file's (LINKTYPE_), which for
 * some link types, raw IP among them, are not the same.
 */
#ifndef SHAPESIM_TRACES_LINK_HANDLE_H
#define SHAPESIM_TRACES_LINK_HANDLE_H

#include <stdint.h>

#include <pcap/pcap.h>

/* Snapshot lengths are bounded by what libpcap reads of a frame. */
#define LINK_SNAPLEN_BYTES_MAX 262144U

/* `link_type`: as a capture file holds it. The caller closes the result with pcap_close(); NULL on
 * allocation failure. */
pcap_t *link_handle_new(uint32_t link_type);

#endif
