#include "traces/packet_order.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PENDING_MAX     (ORDER_ROGUE_PACKETS + 1)
#define SLOTS           (ORDER_WINDOW_PACKETS + 1 + PENDING_MAX + 1) /* and the one returned last */
#define RING            128                                          /* above the window, of 2^n */
#define SLOT_BYTES      2048U                                        /* at first */
#define SLOT_BYTES_KEPT 65536U /* larger ones are freed after use */

struct slot {
    struct capture_packet packet; /* its data is `data` */
    uint64_t number;
    uint8_t *data;
    uint32_t room_bytes;
};

struct packet_order {
    packet_order_source *source;
    void *arg;
    uint64_t packets; /* read */
    /* Packets of which it is not known whether they are in line, in the file's order. */
    struct slot *pending[PENDING_MAX];
    size_t pending_count;
    bool has_line;
    int64_t line_ns;  /* the file's time of the latest packet in line */
    int64_t shift_ns; /* added to the file's times since the clock was set back */
    /* Packets whose time is known, in its order; a ring. */
    struct slot *window[RING];
    size_t window_start;
    size_t window_count;
    uint64_t held_bytes; /* of both */
    struct slot *returned;
    int64_t returned_ns; /* its time */
    int64_t newest_ns;   /* the latest of all that entered the window */
    int ended;           /* the status after the last packet; TRACE_OK: more follow */
    char error[TRACE_ERROR_BYTES];
    struct packet_times times;
    struct slot *free_slots[SLOTS];
    size_t free_count;
    struct slot slots[SLOTS];
};

_Static_assert(RING > ORDER_WINDOW_PACKETS + 1 && (RING & (RING - 1)) == 0, "room for the window");

/* --- slots ------------------------------------------------------------------------------- */

static void release(struct packet_order *order, struct slot *slot)
{
    if (slot->room_bytes > SLOT_BYTES_KEPT) {
        free(slot->data);
        slot->data = NULL;
        slot->room_bytes = 0;
    }
    order->free_slots[order->free_count++] = slot;
}

static int make_room(struct slot *slot, uint32_t bytes)
{
    uint32_t room = bytes > SLOT_BYTES ? bytes : SLOT_BYTES;

    free(slot->data);
    slot->data = malloc(room);
    slot->room_bytes = slot->data ? room : 0;
    return slot->data ? 0 : -1;
}

/* The usual packet, in line and no earlier than any before it, enters the window at once. */
static bool is_next_in_line(const struct packet_order *order, int64_t raw_ns)
{
    return order->pending_count == 0 && order->has_line && raw_ns >= order->line_ns &&
           raw_ns - order->line_ns <= ORDER_ROGUE_NS && order->shift_ns == 0 &&
           raw_ns >= order->newest_ns;
}

static void put_last(struct packet_order *order, struct slot *slot)
{
    order->line_ns = slot->packet.time_ns;
    order->newest_ns = slot->packet.time_ns;
    order->window[(order->window_start + order->window_count++) & (RING - 1)] = slot;
}

/* Keeps a copy of the packet's bytes, which belong to the source. */
static int keep_bytes(struct packet_order *order, struct slot *slot)
{
    uint32_t bytes = slot->packet.captured_bytes;

    if (slot->room_bytes < bytes || !slot->data)
        if (make_room(slot, bytes) != 0)
            return -1;
    if (bytes > 0)
        memcpy(slot->data, slot->packet.data, bytes);
    slot->packet.data = slot->data;
    order->held_bytes += bytes;
    return 0;
}

/* Reads one packet, into the window or to the end of what is pending, or notes why there is
 * none. */
static void read_one(struct packet_order *order)
{
    struct slot *slot = order->free_slots[order->free_count - 1];

    order->ended = order->source(order->arg, &slot->packet, order->error);
    if (order->ended != TRACE_OK)
        return;
    if (keep_bytes(order, slot) != 0) {
        order->ended = TRACE_ERROR_MEMORY;
        order->error[0] = '\0';
        return;
    }
    order->free_count--;
    slot->number = ++order->packets;
    if (slot->packet.has_no_time) {
        order->times.untimed++;
        order->times.changes++;
    }
    if (is_next_in_line(order, slot->packet.time_ns))
        put_last(order, slot);
    else
        order->pending[order->pending_count++] = slot;
}

/* --- the window -------------------------------------------------------------------------- */

static inline struct slot **at(struct packet_order *order, size_t index)
{
    return &order->window[(order->window_start + index) & (RING - 1)];
}

/* Too late to be sorted, it comes after all packets so far, with the time of the latest. */
static void raise_late(struct packet_order *order, struct slot *slot)
{
    slot->packet.time_ns = order->newest_ns;
    order->times.late++;
    order->times.changes++;
}

static void sort_in(struct packet_order *order, struct slot *slot)
{
    size_t place = order->window_count++;

    if (slot->packet.time_ns >= order->newest_ns)
        order->newest_ns = slot->packet.time_ns;
    else if (slot->packet.time_ns < order->returned_ns ||
             order->newest_ns - slot->packet.time_ns > ORDER_WINDOW_NS)
        raise_late(order, slot);
    while (place > 0 && (*at(order, place - 1))->packet.time_ns > slot->packet.time_ns) {
        *at(order, place) = *at(order, place - 1);
        place--;
    }
    *at(order, place) = slot;
    if (place + 1 < order->window_count) {
        order->times.sorted++;
        order->times.changes++;
    }
}

/* Whether the first packet of the window is the next one, whatever follows. */
static inline bool is_due(struct packet_order *order)
{
    if (order->window_count == 0)
        return false;
    return order->window_count > ORDER_WINDOW_PACKETS ||
           order->newest_ns - (*at(order, 0))->packet.time_ns >= ORDER_WINDOW_NS ||
           order->held_bytes > ORDER_HELD_BYTES_MAX ||
           (order->ended != TRACE_OK && order->pending_count == 0);
}

/* --- the line ---------------------------------------------------------------------------- */

static struct slot *take_pending(struct packet_order *order)
{
    struct slot *slot = order->pending[0];

    order->pending_count--;
    for (size_t i = 0; i < order->pending_count; i++)
        order->pending[i] = order->pending[i + 1];
    return slot;
}

/* `raw_ns`: of the file's clock. Steps can add up to more than any time. */
static int64_t shifted_ns(const struct packet_order *order, int64_t raw_ns)
{
    const int64_t latest_ns = PACKET_LATEST_TIME_S * NS_PER_S;

    return raw_ns > latest_ns - order->shift_ns ? latest_ns : raw_ns + order->shift_ns;
}

/* Passes the first pending packet on with the time `raw_ns` of the file's clock. */
static void pass_on(struct packet_order *order, int64_t raw_ns)
{
    struct slot *slot = take_pending(order);

    slot->packet.time_ns = shifted_ns(order, raw_ns);
    sort_in(order, slot);
}

static bool is_in_line(const struct packet_order *order, int64_t raw_ns)
{
    return raw_ns <= order->line_ns + ORDER_ROGUE_NS && raw_ns >= order->line_ns - ORDER_STEP_NS;
}

static void keep_line(struct packet_order *order)
{
    int64_t raw_ns = order->pending[0]->packet.time_ns;

    if (raw_ns > order->line_ns)
        order->line_ns = raw_ns;
    pass_on(order, raw_ns);
}

static void note_rogue(struct packet_order *order, int64_t jump_ns)
{
    struct packet_times *times = &order->times;

    if (times->rogues++ == 0) {
        times->rogue_packet = order->pending[0]->number;
        times->rogue_ns = jump_ns;
    }
    times->changes++;
}

static void note_step(struct packet_order *order, int64_t jump_ns)
{
    struct packet_times *times = &order->times;

    if (times->steps++ == 0) {
        times->step_packet = order->pending[0]->number;
        times->step_ns = jump_ns;
    }
    times->changes++;
}

/* A later packet is in line again. */
static void take_back(struct packet_order *order)
{
    int64_t raw_ns = order->pending[0]->packet.time_ns;
    int64_t jump_ns = raw_ns - order->line_ns;

    if (jump_ns < 0 && jump_ns >= -ORDER_ROGUE_NS) {
        pass_on(order, raw_ns); /* late */
        return;
    }
    note_rogue(order, jump_ns);
    pass_on(order, order->line_ns);
}

/* No later packet is. */
static void step(struct packet_order *order)
{
    int64_t raw_ns = order->pending[0]->packet.time_ns;
    int64_t jump_ns = raw_ns - order->line_ns;
    bool is_whole = order->pending_count == PENDING_MAX;

    if (jump_ns < 0 && jump_ns >= -ORDER_ROGUE_NS && !is_whole) {
        pass_on(order, raw_ns); /* too few follow to tell */
        return;
    }
    if (jump_ns < 0)
        order->shift_ns = shifted_ns(order, order->line_ns) - raw_ns;
    if (jump_ns < 0 || jump_ns > ORDER_AHEAD_NS)
        note_step(order, jump_ns);
    order->line_ns = raw_ns;
    pass_on(order, raw_ns);
}

/* A file's first packet is out of line if most of those that follow are far before it. */
static void begin_line(struct packet_order *order)
{
    int64_t first_ns = order->pending[0]->packet.time_ns, line_ns = first_ns;
    size_t before = 0;

    for (size_t i = order->pending_count - 1; i > 0; i--)
        if (order->pending[i]->packet.time_ns < first_ns - ORDER_ROGUE_NS) {
            before++;
            line_ns = order->pending[i]->packet.time_ns;
        }
    order->has_line = true;
    if (2 * before <= order->pending_count - 1)
        line_ns = first_ns;
    else
        note_rogue(order, first_ns - line_ns);
    order->line_ns = line_ns;
    pass_on(order, line_ns);
}

/* The second packet is in line with the first, or after it. */
static bool begins_plainly(const struct packet_order *order)
{
    return !order->has_line && order->pending_count > 1 &&
           order->pending[1]->packet.time_ns >= order->pending[0]->packet.time_ns - ORDER_ROGUE_NS;
}

/* Decides on the first pending packet; false if that needs more of them. */
static bool decide(struct packet_order *order)
{
    bool is_all = order->pending_count == PENDING_MAX || order->ended != TRACE_OK ||
                  order->held_bytes > ORDER_HELD_BYTES_MAX;

    if (order->has_line && is_in_line(order, order->pending[0]->packet.time_ns)) {
        keep_line(order);
        return true;
    }
    for (size_t i = 1; order->has_line && i < order->pending_count; i++)
        if (is_in_line(order, order->pending[i]->packet.time_ns)) {
            take_back(order);
            return true;
        }
    if (!is_all && !begins_plainly(order))
        return false;
    if (order->has_line)
        step(order);
    else
        begin_line(order);
    return true;
}

/* --- both -------------------------------------------------------------------------------- */

struct packet_order *packet_order_new(packet_order_source *source, void *arg)
{
    struct packet_order *order = trace_new_cache_aligned(sizeof(*order));

    if (!order)
        return NULL;
    order->source = source;
    order->arg = arg;
    order->returned_ns = INT64_MIN;
    order->newest_ns = INT64_MIN;
    for (size_t i = SLOTS; i > 0; i--)
        order->free_slots[order->free_count++] = &order->slots[i - 1];
    return order;
}

int packet_order_next(struct packet_order *order, struct capture_packet *packet, char *error)
{
    if (order->returned)
        release(order, order->returned);
    order->returned = NULL;
    while (!is_due(order)) {
        if (order->pending_count > 0 && decide(order))
            continue;
        if (order->ended != TRACE_OK) {
            memcpy(error, order->error, sizeof(order->error));
            return order->ended;
        }
        read_one(order);
    }
    order->returned = *at(order, 0);
    order->window_start = (order->window_start + 1) & (RING - 1);
    order->window_count--;
    order->held_bytes -= order->returned->packet.captured_bytes;
    order->returned_ns = order->returned->packet.time_ns;
    *packet = order->returned->packet;
    return TRACE_OK;
}

const struct packet_times *packet_order_times(const struct packet_order *order)
{
    return &order->times;
}

void packet_order_free(struct packet_order *order)
{
    if (!order)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(order->slots[i].data);
    free(order);
}
