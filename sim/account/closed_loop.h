/*
 * Closed-loop replay: an end sends only after what it reacts to has arrived.
 *
 * For packet i, captured at t_i in direction d of its TCP flow, the cause c is the last payload
 * packet of the other direction that its acknowledgment number covers to the last byte; where it
 * has no such number, or that covers none, the last one before it in the trace.
 *
 *     due_i   = max(t_i + shift_d, delivered_c + (t_i - t_c))     the second only if there is a c
 *     shift_d = due_i - t_i                                       0 at first
 *
 * Payload is new bytes of the stream, whatever is counted. Packets without any are no cause: ACKs
 * and what is sent again follow their direction's shift, FIN and RST wait for their own cause, too.
 * Packets of one direction stay in order. As due_i >= t_i, the trace is read at its own times, and
 * a packet that is not due yet is held.
 *
 * Nothing waits for an ACK alone, which is held only for its frame: what is left of those when the
 * flow ends is due then.
 *
 * A flow's close waits until the packets before it are gone; one by idle time or the trace's end
 * comes later by the larger shift. Its retirement waits until all are gone.
 *
 * The order within an instant: what is due at it comes in trace order, and of a packet's copies
 * (flow_schedule.h) in theirs. What a delivery makes due at its own instant comes when that round's
 * grants and reads have ended, in trace order, and begins another round. So the deliveries of one
 * round of a flow may be one sum.
 *
 * A flow that has broken, with a packet whose cause was not delivered before, or that waits for the
 * window, can never go on: all that it holds and what still comes from the trace is withheld, which
 * is counted.
 *
 * The receive window: of what the shaped end reads, a flow has at most window bytes sent and not
 * delivered. A packet that is due and would be one too many waits at its sender, and those after it
 * wait, too; one larger than the window goes when nothing is undelivered. Its due stays: its delay
 * counts the wait, and its direction's shift does not. A delivery that makes room lets it go in the
 * next round of that instant, in trace order. So
 *
 *     sent - delivered <= max(window, the largest packet)
 *
 * An open replay with a window holds packets for it alone: no packet has a cause.
 *
 * Example: a request at 0 ms, its response at 10 ms, the next request at 50 ms. If the response is
 * delivered at 130 ms the next request is due at 130 + (50 - 10) = 170 ms, and everything after it
 * in its direction 120 ms later than captured.
 *
 * Knows neither channels nor the trace's format: it gets packets and deliveries and calls back what
 * is due. Memory: 16 bytes for each packet held, and what cause_list.h keeps.
 */
#ifndef SHAPESIM_SIM_ACCOUNT_CLOSED_LOOP_H
#define SHAPESIM_SIM_ACCOUNT_CLOSED_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "shaper/shaper.h"
#include "sim/account/cause_list.h"
#include "sim/account/due_queue.h"
#include "sim/account/held_queue.h"

/* A packet of the trace. */
struct closed_loop_packet {
    enum shaper_direction direction;
    int64_t captured_us;
    uint32_t number;  /* in the capture, in 32 bits that wrap */
    uint32_t bytes;   /* as counted */
    bool has_payload; /* new bytes of the stream */
    bool ends_stream; /* FIN or RST */
    struct acknowledgment acknowledgment;
    uint32_t end_sequence; /* after its last byte of payload */
};

/* A held packet that is due. */
struct closed_loop_due {
    enum shaper_direction direction;
    int64_t due_us;
    uint32_t number;
    uint32_t bytes;
    struct held_copy *copy; /* borrowed, valid during the call; NULL: none */
};

/* Packets that were never due, and their counted bytes. */
struct withheld {
    uint64_t packets;
    uint64_t bytes;
};

/* Called from closed_loop_run_due() and the functions that take a flow; `arg` is what the flow was
 * made with. */
struct closed_loop_callbacks {
    void (*due)(void *arg, const struct closed_loop_due *packet);
    void (*closed)(void *arg);
    void (*retired)(void *arg); /* its owner may free the flow */
    /* The flow can never go on: its close follows at once, or comes from the trace. */
    void (*stuck)(void *arg);
};

/* A flow in closed loop; opaque. */
struct closed_flow;

/* All flows of a run. Embedded by value; zeroed but for the first three, there are none. */
struct closed_loop {
    const struct closed_loop_callbacks *callbacks; /* borrowed */
    uint64_t read_window_bytes;                    /* of each flow made from now on; 0: none */
    bool is_open;                                  /* nothing has a cause */
    struct due_queue queue;
    uint64_t waiting; /* packets held but for ACKs alone, closes and retirements that wait */
    uint32_t closes;
    bool is_out_of_memory;
};

enum closed_loop_answer {
    CLOSED_LOOP_DUE,      /* now */
    CLOSED_LOOP_HELD,     /* it is called back when it is due */
    CLOSED_LOOP_WITHHELD, /* it never is */
};

void closed_loop_fini(struct closed_loop *loop);

/* When something is due next; INT64_MAX: nothing waits, or only for deliveries. */
int64_t closed_loop_next_us(const struct closed_loop *loop);

/* Whether nothing waits. */
bool closed_loop_is_empty(const struct closed_loop *loop);

/* Another round of an instant, or another instant, begins. */
void closed_loop_begin_round(struct closed_loop *loop);

/* Calls back the first that is due at `until_us` or before, in a round that has begun. false:
 * nothing is. */
bool closed_loop_run_due(struct closed_loop *loop, int64_t until_us, int64_t now_us);

/* NULL on allocation failure; freed with closed_flow_free(). `copy` is as of struct flow. */
struct closed_flow *closed_flow_new(struct closed_loop *loop, void *arg, uint16_t copy);

/* Drops what it holds, uncounted. NULL is allowed. */
void closed_flow_free(struct closed_flow *flow);

/* The next packet was captured, at `now_us` or before; takes ownership of `copy`. *due_us is set if
 * it is due. An allocation failure is noted in loop->is_out_of_memory. */
enum closed_loop_answer closed_flow_take(struct closed_flow *flow,
                                         const struct closed_loop_packet *packet,
                                         struct held_copy *copy, int64_t now_us, int64_t *due_us);

/* The flow has closed, by idle time or the trace's end if `is_by_time` is set; it has retired. */
void closed_flow_close(struct closed_flow *flow, int64_t captured_us, bool is_by_time,
                       int64_t now_us);
void closed_flow_retire(struct closed_flow *flow, int64_t now_us);

/* Prefetches what the capture of a packet needs. */
void closed_flow_expect(const struct closed_flow *flow);

/* Prefetches what a delivery in that direction needs. */
void closed_flow_expect_delivery(const struct closed_flow *flow, enum shaper_direction direction);

/* `bytes` of what the flow carries in that direction have been delivered so far. Adds to `behind`,
 * unless it is NULL, how long after its capture each payload packet among them is. true: that has
 * made something due at this instant, or before. */
bool closed_flow_deliver(struct closed_flow *flow, enum shaper_direction direction, uint64_t bytes,
                         int64_t now_us, struct delay_histogram *behind);

/* Nothing of the flow will be delivered any more. */
void closed_flow_break(struct closed_flow *flow, int64_t now_us);

/* The flow has ended: calls back the ACKs that it still holds, in trace order. */
void closed_flow_end(struct closed_flow *flow, int64_t now_us);

/* The run has ended: withholds what the flow holds. */
void closed_flow_cut(struct closed_flow *flow);

/* What was never due. */
struct withheld closed_flow_withheld(const struct closed_flow *flow,
                                     enum shaper_direction direction);

/* The largest packet that went through a receive window; 0: none did. */
uint32_t closed_flow_largest_windowed(const struct closed_flow *flow);

/* The number, in the capture, of the first packet that waits for a delivery; false: none does. */
bool closed_flow_waits(const struct closed_flow *flow, uint32_t *number);

#endif
