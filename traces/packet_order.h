/*
 * The packets of one file in the order of their times, as far as a bounded look-ahead can tell.
 *
 * - Small disorder (merged interfaces, mirror ports) is sorted: a packet is held until another one
 *   of the file is at least ORDER_WINDOW_NS later, or ORDER_WINDOW_PACKETS are held. Packets of one
 *   time stay in the file's order. A packet that is more than ORDER_WINDOW_NS behind the latest, or
 *   comes when later ones have left, gets the time of the latest and stays in its place.
 * - A packet more than ORDER_ROGUE_NS out of line, where one of the next ORDER_ROGUE_PACKETS is in
 *   line again, gets the time of the packet before it; at the start of a file, that of the packet
 *   after it.
 * - Where none of them is, the clock was set. Ahead, the time is taken as it is: nobody can tell it
 *   from a silence. Back by more than ORDER_STEP_NS, time continues at the last packet before.
 *
 * Example: times of 5.000, 5.004, 5.001, 86405.0, 5.006 s come out as 5.000, 5.001, 5.004, 5.004,
 * 5.006 s, with one packet sorted and packet 4 out of line by 86399.999 s.
 *
 * Times returned never fall. Each packet is copied once. Memory: the packets held, at most
 * ORDER_HELD_BYTES_MAX and one packet.
 */
#ifndef SHAPESIM_TRACES_PACKET_ORDER_H
#define SHAPESIM_TRACES_PACKET_ORDER_H

#include <stdint.h>

#include "traces/packet.h"
#include "traces/trace.h"

#define ORDER_WINDOW_NS      INT64_C(10000000)
#define ORDER_WINDOW_PACKETS 64
#define ORDER_ROGUE_NS       (60 * NS_PER_S)
#define ORDER_ROGUE_PACKETS  16
#define ORDER_STEP_NS        NS_PER_S
#define ORDER_HELD_BYTES_MAX (4U * 1024 * 1024)

/* A longer way ahead is reported: it may be a silence, but that of a whole hour is rare. */
#define ORDER_AHEAD_NS (3600 * NS_PER_S)

/* What was found so far, of all packets read. */
struct packet_times {
    uint64_t changes; /* of any member: two states with the same number are equal */
    uint64_t sorted;
    uint64_t late;    /* raised to the latest time before them */
    uint64_t untimed; /* has_no_time */
    uint64_t rogues;
    uint64_t steps; /* back, or far ahead */
    /* of the first one: */
    uint64_t rogue_packet; /* its number in its file, from 1 */
    uint64_t step_packet;
    int64_t rogue_ns; /* how far ahead of its neighbour, below 0: before it */
    int64_t step_ns;
    uint32_t rogue_file; /* set by whoever reads several files */
    uint32_t step_file;
};

struct packet_order;

/* Where the packets come from: as capture_file_next(). */
typedef int packet_order_source(void *arg, struct capture_packet *packet, char *error);

/* The caller frees the result with packet_order_free(); NULL on allocation failure. */
struct packet_order *packet_order_new(packet_order_source *source, void *arg);

/* TRACE_OK and the next packet, its data borrowed until the next call. What the source returns
 * besides TRACE_OK is returned after the last packet, with its text. TRACE_ERROR_MEMORY with an
 * empty text on allocation failure. */
int packet_order_next(struct packet_order *order, struct capture_packet *packet, char *error);

const struct packet_times *packet_order_times(const struct packet_order *order);

void packet_order_free(struct packet_order *order);

#endif
