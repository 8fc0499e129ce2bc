/*
 * Gives one end of a packet another address, and another port where it has one.
 *
 * The checksums of the IPv4 header and of TCP, UDP and ICMPv6 are right afterwards. Where all of
 * what they cover was captured they are computed anew, so that those left to a network card to fill
 * in are right, too; of a packet captured in part, or of fragments, they are updated by what
 * changes (RFC 1624): they are right where they were. UDP without a checksum stays without. SCTP's
 * does not cover addresses, and its ports stay.
 *
 * Example: the sum ~C of all words but the checksum C changes by m' - m where a word m becomes m',
 * so C' = ~(~C + ~m + m') in ones' complement: C = 0xdd2f, m = 0x5555, m' = 0x3285 gives 0x0000.
 *
 * What is in a tunnel, and the link layer, stay as captured.
 */
#ifndef SHAPESIM_TRACES_READDRESS_H
#define SHAPESIM_TRACES_READDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/decode.h"

/* Changes the source of an IP packet, or the destination, to `to`. `ip` has the frame from the
 * packet's first byte on, `captured_bytes` of it; `info` is from decode_packet(). */
void readdress(uint8_t *ip, uint32_t captured_bytes, const struct packet_info *info, bool is_source,
               const struct endpoint *to);

#endif
