/*
 * What a capture's ends do, in closed loop: its flows, their packets with new bytes or an end of
 * the stream, and what each of them reacts to.
 *
 * The cause of a TCP packet is the last payload packet of the other direction that its
 * acknowledgment number covers to the last byte; where it covers none, the last one before it.
 * Other flows have no causes. The same rule as in sim/account/closed_loop.h, in code of its own.
 */
#ifndef SHAPESIM_TESTS_REFERENCE_PLAN_H
#define SHAPESIM_TESTS_REFERENCE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/flow_event.h"
#include "traces/trace.h"

#define PLAN_NONE UINT32_MAX

enum { DIRECTIONS = 2 };

/* Packets and flows are named by their index. */
struct planned_packet {
    int64_t captured_us;
    uint64_t end_bytes; /* of its direction's stream, after its last byte */
    uint32_t bytes;     /* new ones */
    uint32_t end_sequence;
    uint32_t flow;
    uint32_t cause;        /* or PLAN_NONE, like the next: */
    uint32_t next_of_flow; /* in the order of capture */
    uint32_t next;         /* of its direction */
    uint32_t previous_payload;
    uint8_t direction; /* enum flow_direction */
};

struct planned_flow {
    int64_t start_us;
    int64_t close_us; /* captured */
    enum flow_close close;
    bool is_tcp;
    uint32_t first_of_flow; /* or PLAN_NONE, like the next: */
    uint32_t last_of_flow;
    struct planned_side {
        uint32_t first;
        uint32_t last;
        uint32_t last_payload;
        uint64_t bytes;
        bool ends_stream; /* by a FIN or RST */
    } sides[DIRECTIONS];
};

/* Embedded by value; zeroed is empty. */
struct plan {
    struct planned_flow *flows; /* owned, like the next */
    struct planned_packet *packets;
    uint32_t flow_count;
    uint32_t packet_count;
    size_t flow_room;
    size_t packet_room;
};

/* Reads a capture into an empty plan. TRACE_OK, or an error with its text (TRACE_ERROR_BYTES). */
int plan_load(struct plan *plan, const char *path, char *error);

void plan_fini(struct plan *plan);

#endif
