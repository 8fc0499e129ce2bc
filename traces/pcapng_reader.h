/*
 * The packets of a pcapng file, block by block. libpcap 1.10 refuses sections of another byte order
 * and interfaces whose link type or snapshot length differ from the first one's; here each packet
 * has the link type and the resolution of its own interface.
 *
 * Packets come from Enhanced, Simple and (obsolete) Packet Blocks; any other block is skipped,
 * whatever its length. A time is (units / resolution + if_tsoffset), rounded down to nanoseconds:
 * 3 units with if_tsresol 0x81 (2^-1 s) are 1,500,000,000 ns. A Simple Packet Block has no time; it
 * gets that of the packet before it.
 */
#ifndef SHAPESIM_TRACES_PCAPNG_READER_H
#define SHAPESIM_TRACES_PCAPNG_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "traces/packet.h"
#include "traces/trace.h"

struct pcapng_reader;

enum pcapng_status {
    PCAPNG_OK,
    PCAPNG_END,
    PCAPNG_TRUNCATED,   /* the file ends inside a block */
    PCAPNG_NOT_PCAPNG,  /* it does not begin with a section header */
    PCAPNG_DAMAGED,     /* lengths that contradict each other */
    PCAPNG_UNSUPPORTED, /* well-formed as far as can be seen, but unknown here */
    PCAPNG_NO_MEMORY,
};

/* What the caller does with a link type (a LINKTYPE_ number of the file): returns its DLT_ number
 * and remembers it; PCAPNG_LINK_NO_MEMORY, or PCAPNG_LINK_TOO_MANY. */
#define PCAPNG_LINK_NO_MEMORY (-1)
#define PCAPNG_LINK_TOO_MANY  (-2)
typedef int pcapng_link_type(void *arg, uint32_t link_type, uint32_t snaplen_bytes);

/* Reads from `stream`, borrowed. The caller frees the result with pcapng_reader_free(); NULL on
 * allocation failure. */
struct pcapng_reader *pcapng_reader_new(FILE *stream, pcapng_link_type *link_type, void *arg);

/* Reads up to the first packet, so that the interfaces described before it are known. Only before
 * the first pcapng_reader_next(), which then returns that packet. PCAPNG_END: there are no
 * packets. */
enum pcapng_status pcapng_reader_start(struct pcapng_reader *reader);

/* PCAPNG_OK and the next packet, its data borrowed until the next call, or what ended the file. */
enum pcapng_status pcapng_reader_next(struct pcapng_reader *reader, struct capture_packet *packet);

/* Why it is damaged or not supported. Valid as long as the reader. */
const char *pcapng_reader_text(const struct pcapng_reader *reader);

void pcapng_reader_free(struct pcapng_reader *reader);

#endif
