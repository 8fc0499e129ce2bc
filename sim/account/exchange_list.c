#include "sim/account/exchange_list.h"

#include <stdlib.h>

#include "sim/account/ring.h"
#include "sim/base/numbers.h"

#define UNWATCHED UINT64_MAX

static struct exchange *at(const struct exchange_list *list, uint32_t ordinal)
{
    return &list->ring[ordinal & (list->capacity - 1)];
}

/* The one that packets are added to; NULL: there is none. */
static struct exchange *newest(const struct exchange_list *list)
{
    return list->first != list->next ? at(list, list->next - 1) : NULL;
}

static int make_room(struct exchange_list *list)
{
    if (list->next - list->first < list->capacity)
        return 0;
    struct exchange *ring =
        ring_grow(list->ring, &list->capacity, list->first, list->next, sizeof(*ring), 1);
    if (!ring)
        return -1;
    list->ring = ring;
    return 0;
}

void exchange_list_init(struct exchange_list *list, enum shaper_direction requests,
                        bool has_exchanges)
{
    *list = (struct exchange_list){.watched_bytes = {UNWATCHED, UNWATCHED},
                                   .captured_last_us = -1,
                                   .delivered_last_us = -1,
                                   .requests = (uint8_t)requests,
                                   .has_exchanges = has_exchanges};
}

void exchange_list_fini(struct exchange_list *list)
{
    free(list->ring);
    *list = (struct exchange_list){.captured_last_us = -1};
}

/* --- the capture -------------------------------------------------------------------------- */

static bool has_response(const struct exchange *exchange)
{
    return exchange->captured_first_us >= 0;
}

static int begin(struct exchange_list *list, const struct exchange_packet *packet)
{
    if (make_room(list) != 0)
        return -1;
    *at(list, list->next++) =
        (struct exchange){.captured_start_us = packet->captured_us,
                          .start_us = -1,
                          .captured_first_us = -1,
                          .captured_last_us = -1,
                          .first_us = -1,
                          .last_us = -1,
                          .start_bytes = list->captured_bytes[packet->direction] - packet->bytes};
    return 0;
}

/* The response before it has no more packets, and may be delivered already. */
static void pass_delivered(struct exchange_list *list)
{
    while (list->undelivered != list->next - 1 && at(list, list->undelivered)->last_us >= 0)
        list->undelivered++;
}

static int add_request(struct exchange_list *list, const struct exchange_packet *packet)
{
    const struct exchange *last = newest(list);

    if (!last || has_response(last)) {
        if (begin(list, packet) != 0)
            return -1;
        pass_delivered(list);
    }
    newest(list)->request_bytes += packet->bytes;
    return 0;
}

static void add_response(struct exchange_list *list, const struct exchange_packet *packet)
{
    struct exchange *exchange = newest(list);

    exchange->end_bytes = list->captured_bytes[packet->direction];
    if (!has_response(exchange)) {
        exchange->captured_first_us = packet->captured_us;
        exchange->first_end_bytes = exchange->end_bytes;
    }
    exchange->captured_last_us = packet->captured_us;
    exchange->response_bytes += packet->bytes;
    exchange->last_us = -1;
}

int exchange_list_capture(struct exchange_list *list, const struct exchange_packet *packet)
{
    enum shaper_direction d = packet->direction;
    bool is_request = d == (enum shaper_direction)list->requests;

    list->captured_bytes[d] += packet->bytes;
    if (!packet->has_payload)
        return 0;
    list->captured_last_us = packet->captured_us;
    /* The end of a response that waits comes first. */
    if (list->watched_bytes[d] == UNWATCHED || is_request || !list->has_exchanges)
        list->watched_bytes[d] = list->captured_bytes[d];
    if (!list->has_exchanges)
        return 0;
    if (is_request)
        return add_request(list, packet);
    if (!newest(list) && begin(list, packet) != 0)
        return -1;
    add_response(list, packet);
    return 0;
}

/* --- the replay --------------------------------------------------------------------------- */

void exchange_list_due(struct exchange_list *list, enum shaper_direction direction, uint64_t bytes,
                       int64_t due_us, struct group_state *group)
{
    if (list->undue == list->next)
        return;
    struct exchange *exchange = at(list, list->undue);
    bool begins_with_request = exchange->request_bytes > 0;
    bool is_request = direction == (enum shaper_direction)list->requests;

    if (begins_with_request != is_request || exchange->start_bytes != bytes)
        return;
    exchange->start_us = due_us;
    exchange->group = group;
    list->undue++;
}

/* The responder has delivered that much. What is waited for next, or UNWATCHED. */
static uint64_t deliver_responses(struct exchange_list *list, uint64_t bytes, int64_t now_us)
{
    for (; list->undelivered != list->next; list->undelivered++) {
        struct exchange *exchange = at(list, list->undelivered);
        if (!has_response(exchange))
            return UNWATCHED;
        if (bytes < exchange->first_end_bytes)
            return exchange->first_end_bytes;
        if (exchange->first_us < 0)
            exchange->first_us = now_us;
        if (bytes < exchange->end_bytes)
            return exchange->end_bytes;
        exchange->last_us = now_us;
        if (list->undelivered == list->next - 1)
            return UNWATCHED; /* it may have more packets */
    }
    return UNWATCHED;
}

void exchange_list_deliver(struct exchange_list *list, enum shaper_direction direction,
                           uint64_t bytes, int64_t now_us)
{
    uint64_t *watched_bytes = &list->watched_bytes[direction];

    if (bytes < *watched_bytes)
        return;
    if (direction == (enum shaper_direction)list->requests || !list->has_exchanges)
        *watched_bytes = UNWATCHED;
    else
        *watched_bytes = deliver_responses(list, bytes, now_us);
    list->delivered_last_us = now_us;
}

/* --- the end ------------------------------------------------------------------------------ */

void exchange_list_cut(struct exchange_list *list)
{
    list->is_cut = true;
}

void exchange_list_capture_rest(struct exchange_list *list, const struct exchange_packet *packet)
{
    enum shaper_direction d = packet->direction;
    bool is_request = d == (enum shaper_direction)list->requests;
    struct exchange *exchange = newest(list);

    list->captured_bytes[d] += packet->bytes;
    if (!packet->has_payload)
        return;
    list->captured_last_us = packet->captured_us;
    list->watched_bytes[d] = list->captured_bytes[d];
    list->has_rest |= !exchange || (is_request && has_response(exchange));
    if (list->has_rest || !list->has_exchanges || !exchange)
        return;
    if (is_request)
        exchange->request_bytes += packet->bytes;
    else
        add_response(list, packet);
}

void exchange_list_end(struct exchange_list *list, bool is_whole)
{
    exchange_list_cut(list);
    list->is_complete = true;
    if (is_whole)
        return;
    if (newest(list))
        newest(list)->last_us = -1;
    list->delivered_last_us = -1;
}

static bool has_ended(const struct exchange_list *list, const struct exchange *exchange)
{
    if (list->is_complete)
        return true;
    return exchange != newest(list) &&
           (list->is_cut || (exchange->last_us >= 0 && exchange->start_us >= 0));
}

bool exchange_list_take(struct exchange_list *list, struct exchange *exchange, uint64_t *number)
{
    if (list->first == list->next || !has_ended(list, at(list, list->first)))
        return false;
    *exchange = *at(list, list->first);
    *number = ++list->taken;
    if (list->undue == list->first)
        list->undue++;
    if (list->undelivered == list->first)
        list->undelivered++;
    list->first++;
    return true;
}

int64_t exchange_first_byte_us(const struct exchange *exchange)
{
    if (exchange->first_us < 0 || exchange->start_us < 0)
        return -1;
    return max_i64(0, exchange->first_us - exchange->start_us);
}

int64_t exchange_response_us(const struct exchange *exchange)
{
    if (exchange->last_us < 0 || exchange->start_us < 0)
        return -1;
    return max_i64(0, exchange->last_us - exchange->start_us);
}

int64_t exchange_captured_first_byte_us(const struct exchange *exchange)
{
    return has_response(exchange) ? exchange->captured_first_us - exchange->captured_start_us : -1;
}

int64_t exchange_captured_response_us(const struct exchange *exchange)
{
    return has_response(exchange) ? exchange->captured_last_us - exchange->captured_start_us : -1;
}

int64_t exchange_list_completed_us(const struct exchange_list *list)
{
    bool waits = list->watched_bytes[SHAPER_READ] != UNWATCHED ||
                 list->watched_bytes[SHAPER_WRITE] != UNWATCHED;

    return waits ? -1 : list->delivered_last_us;
}
