#include "sim/account/closed_loop.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

#include "traces/trace.h"

#define CACHE_LINE_BYTES 64

/*
 * What each packet needs is in five cache lines, of which its capture, its being handed in and its
 * delivery take three or four: a thousand flows do not fit into a processor's own cache.
 */
struct side {
    struct cause_list sent; /* its payload packets */
    uint64_t captured_bytes;
    enum shaper_direction direction;
    bool has_window;
    bool is_blocked; /* the oldest packet held is due, and the window is full */
    alignas(CACHE_LINE_BYTES) struct held_queue held;
    struct due due; /* of the oldest packet held, in the queue once its time is known */
};

/* The receive window of one direction. */
struct side_window {
    uint64_t bytes;
    uint64_t sent_bytes;
    uint64_t delivered_bytes;
    int64_t first_due_us;   /* when the oldest packet held is due */
    uint32_t largest_bytes; /* of the packets sent */
};

enum ending { NOT_YET, WAITS, HAS_HAPPENED };

struct closed_flow {
    struct side sides[SHAPER_DIRECTIONS];
    struct closed_loop *loop;
    void *arg;
    int64_t shift_us[SHAPER_DIRECTIONS];
    uint32_t last_number;                         /* of its newest packet */
    uint32_t held_before_close, held_after_close; /* packets but for bare ones */
    uint16_t copy;
    uint8_t close; /* enum ending, like the next */
    uint8_t retirement;
    bool is_by_time;
    bool is_broken;
    bool is_stuck;
    /* the sixth line, for few flows */
    struct due close_due; /* in the queue as soon as its time is known */
    uint32_t close_rank;
    int64_t close_captured_us;
    struct side_window windows[SHAPER_DIRECTIONS];
    struct withheld withheld[SHAPER_DIRECTIONS];
};

_Static_assert(sizeof(struct side) == 2 * CACHE_LINE_BYTES &&
                   offsetof(struct side, held) == CACHE_LINE_BYTES &&
                   offsetof(struct closed_flow, close_due) <= 5 * CACHE_LINE_BYTES,
               "a packet's fields are in as few cache lines as said");

static struct closed_flow *flow_of(struct side *side)
{
    return (struct closed_flow *)(side - side->direction);
}

static struct side *other_of(struct side *side)
{
    return &flow_of(side)->sides[!side->direction];
}

/* --- times -------------------------------------------------------------------------------- */

enum due_answer { IS_KNOWN, IS_NOT_KNOWN, IS_NEVER };

/* When a packet of a side is due; its predecessors are gone. */
static enum due_answer find_due(struct side *side, const struct held *held, int64_t *due_us)
{
    int64_t late_us = 0; /* by how much, if not by its direction's shift */

    if (held->has_cause &&
        cause_list_look(&other_of(side)->sent, held->cause, &late_us) == CAUSE_WAITS)
        return flow_of(side)->is_broken ? IS_NEVER : IS_NOT_KNOWN;
    int64_t shift_us = flow_of(side)->shift_us[side->direction];
    *due_us = held->captured_us + (late_us > shift_us ? late_us : shift_us);
    return IS_KNOWN;
}

/* --- the receive window --------------------------------------------------------------------- */

static struct side_window *window_of(struct side *side)
{
    return &flow_of(side)->windows[side->direction];
}

static bool fits(struct side *side, uint32_t bytes)
{
    if (!side->has_window || bytes == 0)
        return true;
    const struct side_window *window = window_of(side);
    uint64_t undelivered_bytes = window->sent_bytes - window->delivered_bytes;
    return undelivered_bytes == 0 || undelivered_bytes + bytes <= window->bytes;
}

static void send(struct side *side, const struct held *held, int64_t due_us)
{
    flow_of(side)->shift_us[side->direction] = due_us - held->captured_us;
    if (!side->has_window)
        return;
    struct side_window *window = window_of(side);
    window->sent_bytes += held->bytes;
    if (held->bytes > window->largest_bytes)
        window->largest_bytes = held->bytes;
}

/* `is_late` if it is found by a delivery: what is due now then comes in the next round. */
static void enqueue(struct side *side, int64_t now_us, bool is_late)
{
    struct closed_flow *flow = flow_of(side);
    const struct due_rank rank = {.rank = 0, .copy = flow->copy};

    if (due_queue_add(&flow->loop->queue, &side->due, rank,
                      is_late && side->due.due_us <= now_us) != 0)
        flow->loop->is_out_of_memory = true;
}

/* The side's next packet has that acknowledgment: what it covers need not be kept for others. */
static void trim(struct side *side, struct acknowledgment acknowledgment)
{
    struct cause_list *sent = &other_of(side)->sent;
    struct held first;
    const uint32_t *waited_for = NULL;

    if (!cause_list_cover(sent, acknowledgment))
        return;
    if (!held_queue_is_empty(&side->held)) {
        first = held_queue_first(&side->held);
        waited_for = first.has_cause ? &first.cause : &sent->first;
    }
    cause_list_trim(sent, waited_for);
}

/* --- the end ------------------------------------------------------------------------------ */

/* The counter of those held that a packet belongs to. */
static uint32_t *held_with(struct closed_flow *flow, uint32_t number)
{
    bool is_after = flow->close != NOT_YET && (int32_t)(number - flow->close_due.number) > 0;

    return is_after ? &flow->held_after_close : &flow->held_before_close;
}

/* Takes the oldest packet that a side holds. Its copy is the caller's. */
static struct held let_go(struct side *side)
{
    struct held held = held_queue_take(&side->held);

    if (!held.is_bare) {
        flow_of(side)->loop->waiting--;
        --*held_with(flow_of(side), held.number);
    }
    return held;
}

static int64_t larger_shift_us(const struct closed_flow *flow)
{
    int64_t read_us = flow->shift_us[SHAPER_READ];
    int64_t write_us = flow->shift_us[SHAPER_WRITE];

    return read_us > write_us ? read_us : write_us;
}

/* Carries out, or sets a time for, what no packet holds up any more. The flow may be freed then. */
static void settle(struct closed_flow *flow, int64_t now_us)
{
    struct closed_loop *loop = flow->loop;

    if (flow->close == WAITS && flow->close_due.handle == 0 && flow->held_before_close == 0) {
        flow->close_due.due_us = flow->is_by_time && !flow->is_stuck
                                     ? flow->close_captured_us + larger_shift_us(flow)
                                     : now_us;
        if (flow->close_due.due_us > now_us) {
            if (due_queue_add(&loop->queue, &flow->close_due,
                              (struct due_rank){flow->close_rank, 0}, false) != 0)
                loop->is_out_of_memory = true;
            return;
        }
        flow->close = HAS_HAPPENED;
        loop->waiting--;
        loop->callbacks->closed(flow->arg);
    }
    if (flow->retirement == WAITS && flow->close == HAS_HAPPENED && flow->held_before_close == 0 &&
        flow->held_after_close == 0) {
        flow->retirement = HAS_HAPPENED;
        loop->waiting--;
        loop->callbacks->retired(flow->arg);
    }
}

/* Withholds all that is held. */
static void withhold(struct closed_flow *flow)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct side *side = &flow->sides[d];
        due_queue_remove(&flow->loop->queue, &side->due);
        side->is_blocked = false;
        while (!held_queue_is_empty(&side->held)) {
            struct held held = let_go(side);
            flow->withheld[d].bytes += held.bytes;
            flow->withheld[d].packets++;
            free(held.copy);
        }
    }
}

static void get_stuck(struct closed_flow *flow, int64_t now_us)
{
    flow->is_stuck = true;
    withhold(flow);
    due_queue_remove(&flow->loop->queue, &flow->close_due);
    flow->loop->callbacks->stuck(flow->arg);
    settle(flow, now_us);
}

/* It may have been due while the packet before it waited: it is now its turn in trace order. */
static void wait_for_turn(struct side *side, int64_t now_us)
{
    window_of(side)->first_due_us = side->due.due_us;
    if (side->due.due_us < now_us)
        side->due.due_us = now_us;
}

/* Gives the oldest packet held its time, if that is known. false: the flow got stuck. */
static bool look_at_first(struct side *side, int64_t now_us, bool is_late)
{
    if (held_queue_is_empty(&side->held) || side->due.handle != 0 || side->is_blocked)
        return true;
    struct held first = held_queue_first(&side->held);
    side->due.number = first.number;
    switch (find_due(side, &first, &side->due.due_us)) {
    case IS_KNOWN:
        if (side->has_window)
            wait_for_turn(side, now_us);
        enqueue(side, now_us, is_late);
        return true;
    case IS_NOT_KNOWN:
        return true;
    case IS_NEVER:
        get_stuck(flow_of(side), now_us);
        return false;
    }
    return true;
}

/* The oldest packet held is due, and does not fit into the window. */
static void block(struct side *side, int64_t now_us)
{
    if (flow_of(side)->is_broken)
        get_stuck(flow_of(side), now_us);
    else
        side->is_blocked = true;
}

/* It comes in the next round, if it fits now. */
static void unblock(struct side *side, int64_t now_us)
{
    if (!side->is_blocked || !fits(side, held_queue_first(&side->held).bytes))
        return;
    side->is_blocked = false;
    side->due.due_us = now_us;
    enqueue(side, now_us, true);
}

/* --- the loop ------------------------------------------------------------------------------- */

void closed_loop_fini(struct closed_loop *loop)
{
    due_queue_fini(&loop->queue);
}

int64_t closed_loop_next_us(const struct closed_loop *loop)
{
    return due_queue_next_us(&loop->queue);
}

bool closed_loop_is_empty(const struct closed_loop *loop)
{
    return loop->waiting == 0;
}

void closed_loop_begin_round(struct closed_loop *loop)
{
    if (due_queue_begin_round(&loop->queue) != 0)
        loop->is_out_of_memory = true;
}

/* Hands in the oldest packet of a side. */
static void hand_in_first(struct side *side, int64_t due_us)
{
    struct closed_flow *flow = flow_of(side);
    struct held held = let_go(side);
    const struct closed_loop_due packet = {.direction = side->direction,
                                           .due_us = due_us,
                                           .number = held.number,
                                           .bytes = held.bytes,
                                           .copy = held.copy};

    send(side, &held, due_us);
    flow->loop->callbacks->due(flow->arg, &packet);
    free(held.copy);
}

static void run_packet(struct side *side, int64_t due_us, int64_t now_us)
{
    if (!fits(side, held_queue_first(&side->held).bytes)) {
        block(side, now_us);
        return;
    }
    hand_in_first(side, side->has_window ? window_of(side)->first_due_us : due_us);
    trim(side, (struct acknowledgment){.is_given = false});
    if (look_at_first(side, now_us, false))
        settle(flow_of(side), now_us);
}

/* The side of what is first in the queue; NULL: there is none, or it is a close. */
static struct side *first_side(const struct due_queue *queue)
{
    struct due_rank rank;
    struct due *first = due_queue_first(queue, &rank);

    return first && rank.rank == 0 ? (struct side *)((uintptr_t)first - offsetof(struct side, due))
                                   : NULL;
}

/* Prefetches what the packet that is due next needs, before it is its turn, */
static void expect_first(const struct due_queue *queue)
{
    const struct side *side = first_side(queue);

    if (!side)
        return;
    __builtin_prefetch(side, 1);
    __builtin_prefetch(&side->held, 1);
    __builtin_prefetch(side - 1, 1); /* the other side, or what both share */
    __builtin_prefetch(side + 1, 1); /* likewise */
}

/* and then what these refer to. */
static void expect_of_first(const struct due_queue *queue)
{
    struct side *side = first_side(queue);

    if (!side)
        return;
    __builtin_prefetch(flow_of(side)->arg, 1);
    held_queue_expect(&side->held, 1);
}

bool closed_loop_run_due(struct closed_loop *loop, int64_t until_us, int64_t now_us)
{
    struct due_rank rank;

    if (due_queue_first_us(&loop->queue) > until_us) {
        expect_of_first(&loop->queue);
        return false;
    }
    struct due *due = due_queue_first(&loop->queue, &rank);
    if (!due)
        return false;
    due_queue_remove(&loop->queue, due);
    expect_first(&loop->queue);
    if (rank.rank > 0)
        settle((struct closed_flow *)((uintptr_t)due - offsetof(struct closed_flow, close_due)),
               now_us);
    else
        run_packet((struct side *)((uintptr_t)due - offsetof(struct side, due)), due->due_us,
                   now_us);
    return true;
}

/* --- a flow ------------------------------------------------------------------------------- */

struct closed_flow *closed_flow_new(struct closed_loop *loop, void *arg, uint16_t copy)
{
    struct closed_flow *flow = trace_new_cache_aligned(sizeof(*flow));

    if (!flow)
        return NULL;
    flow->loop = loop;
    flow->arg = arg;
    flow->copy = copy;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        flow->sides[d].direction = (enum shaper_direction)d;
    flow->sides[SHAPER_READ].has_window = loop->read_window_bytes > 0;
    flow->windows[SHAPER_READ].bytes = loop->read_window_bytes;
    return flow;
}

void closed_flow_free(struct closed_flow *flow)
{
    if (!flow)
        return;
    withhold(flow);
    due_queue_remove(&flow->loop->queue, &flow->close_due);
    flow->loop->waiting -= flow->close == WAITS ? 1 : 0;
    flow->loop->waiting -= flow->retirement == WAITS ? 1 : 0;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        cause_list_fini(&flow->sides[d].sent);
        held_queue_fini(&flow->sides[d].held);
    }
    free(flow);
}

static void hold(struct side *side, const struct held *held, int64_t now_us)
{
    struct closed_flow *flow = flow_of(side);
    bool is_first = held_queue_is_empty(&side->held);

    if (held_queue_append(&side->held, held) != 0) {
        flow->loop->is_out_of_memory = true;
        return;
    }
    if (!held->is_bare) {
        flow->loop->waiting++;
        ++*held_with(flow, held->number);
    }
    if (is_first)
        look_at_first(side, now_us, false);
}

/* Notes the packet as one that others may react to. */
static void note(struct side *side, const struct closed_loop_packet *packet)
{
    flow_of(side)->last_number = packet->number;
    side->captured_bytes += packet->bytes;
    if (!packet->has_payload || flow_of(side)->loop->is_open)
        return;
    if (cause_list_add(&side->sent, packet->captured_us, side->captured_bytes,
                       packet->end_sequence) != 0)
        flow_of(side)->loop->is_out_of_memory = true;
    trim(other_of(side), (struct acknowledgment){.is_given = false}); /* it may never answer */
}

enum closed_loop_answer closed_flow_take(struct closed_flow *flow,
                                         const struct closed_loop_packet *packet,
                                         struct held_copy *copy, int64_t now_us, int64_t *due_us)
{
    struct side *side = &flow->sides[packet->direction];
    struct held held = {.captured_us = packet->captured_us,
                        .bytes = packet->bytes,
                        .number = packet->number,
                        .is_bare = packet->bytes == 0 && !packet->ends_stream,
                        .copy = copy};

    if ((packet->has_payload || packet->ends_stream) && !flow->loop->is_open)
        held.has_cause =
            cause_list_find(&other_of(side)->sent, packet->acknowledgment, &held.cause);
    note(side, packet);
    trim(side, packet->acknowledgment);
    *due_us = now_us;
    /* An ACK alone does nothing when it is due, unless a copy of it is kept. */
    if (held.is_bare && !copy)
        return CLOSED_LOOP_DUE;
    if (flow->is_stuck) {
        flow->withheld[packet->direction].bytes += held.bytes;
        flow->withheld[packet->direction].packets++;
        free(copy);
        return CLOSED_LOOP_WITHHELD;
    }
    if (held_queue_is_empty(&side->held) && find_due(side, &held, due_us) == IS_KNOWN &&
        *due_us <= now_us && fits(side, held.bytes)) {
        send(side, &held, *due_us);
        free(copy);
        return CLOSED_LOOP_DUE;
    }
    hold(side, &held, now_us);
    return flow->is_stuck ? CLOSED_LOOP_WITHHELD : CLOSED_LOOP_HELD;
}

void closed_flow_close(struct closed_flow *flow, int64_t captured_us, bool is_by_time,
                       int64_t now_us)
{
    flow->close = WAITS;
    flow->loop->waiting++;
    flow->is_by_time = is_by_time;
    flow->close_captured_us = captured_us;
    flow->close_due.number = flow->last_number;
    flow->close_rank = ++flow->loop->closes;
    settle(flow, now_us);
}

void closed_flow_retire(struct closed_flow *flow, int64_t now_us)
{
    flow->retirement = WAITS;
    flow->loop->waiting++;
    settle(flow, now_us);
}

void closed_flow_expect(const struct closed_flow *flow)
{
    __builtin_prefetch(&flow->sides[SHAPER_READ].sent, 1);
    __builtin_prefetch(&flow->sides[SHAPER_READ].held, 1);
    __builtin_prefetch(&flow->sides[SHAPER_WRITE].sent, 1);
    __builtin_prefetch(&flow->sides[SHAPER_WRITE].held, 1);
    __builtin_prefetch(&flow->loop, 1);
}

void closed_flow_expect_delivery(const struct closed_flow *flow, enum shaper_direction direction)
{
    const struct side *waiting = &flow->sides[!direction];

    __builtin_prefetch(&flow->loop, 1);
    held_queue_expect(&waiting->held, 0);
    cause_list_expect(&flow->sides[direction].sent);
}

static bool is_due(const struct side *side, int64_t now_us)
{
    return side->due.handle != 0 && side->due.due_us <= now_us;
}

bool closed_flow_deliver(struct closed_flow *flow, enum shaper_direction direction, uint64_t bytes,
                         int64_t now_us, struct delay_histogram *behind)
{
    struct side *side = &flow->sides[direction];
    struct side *waiting = other_of(side);
    bool is_unblocked = false;

    if (side->has_window) {
        window_of(side)->delivered_bytes = bytes;
        unblock(side, now_us);
        is_unblocked = is_due(side, now_us);
    }
    if (cause_list_deliver(&side->sent, bytes, now_us, behind) != 0)
        flow->loop->is_out_of_memory = true;
    look_at_first(waiting, now_us, true);
    return is_unblocked || is_due(waiting, now_us);
}

void closed_flow_break(struct closed_flow *flow, int64_t now_us)
{
    flow->is_broken = true;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (flow->sides[d].is_blocked) {
            get_stuck(flow, now_us);
            return;
        }
        if (!look_at_first(&flow->sides[d], now_us, true))
            return;
    }
}

void closed_flow_end(struct closed_flow *flow, int64_t now_us)
{
    struct side *read = &flow->sides[SHAPER_READ], *write = &flow->sides[SHAPER_WRITE];

    due_queue_remove(&flow->loop->queue, &read->due);
    due_queue_remove(&flow->loop->queue, &write->due);
    while (!held_queue_is_empty(&read->held) || !held_queue_is_empty(&write->held)) {
        bool is_read = held_queue_is_empty(&write->held) ||
                       (!held_queue_is_empty(&read->held) &&
                        (int32_t)(held_queue_first(&read->held).number -
                                  held_queue_first(&write->held).number) < 0);
        hand_in_first(is_read ? read : write, now_us);
    }
}

void closed_flow_cut(struct closed_flow *flow)
{
    withhold(flow);
}

struct withheld closed_flow_withheld(const struct closed_flow *flow,
                                     enum shaper_direction direction)
{
    return flow->withheld[direction];
}

uint32_t closed_flow_largest_windowed(const struct closed_flow *flow)
{
    return flow->windows[SHAPER_READ].largest_bytes;
}

bool closed_flow_waits(const struct closed_flow *flow, uint32_t *number)
{
    bool any = false;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct side *side = &flow->sides[d];
        if (held_queue_is_empty(&side->held) || side->due.handle != 0)
            continue;
        uint32_t first = held_queue_first(&side->held).number;
        if (!any || (int32_t)(first - *number) < 0)
            *number = first;
        any = true;
    }
    return any;
}
