#include "sim/account/delay_queue.h"

#include <stdlib.h>
#include <string.h>

#include "sim/account/ring.h"

#define FIRST_CAPACITY 4

_Static_assert(sizeof(struct delay_arrival) == sizeof(int64_t), "a time takes one entry");

static struct delay_arrival *entry(const struct delay_queue *queue, uint32_t i)
{
    return &queue->arrivals[(queue->first + i) & (queue->capacity - 1)];
}

static int make_room(struct delay_queue *queue, uint32_t entries)
{
    if (queue->count + entries <= queue->capacity)
        return 0;
    struct delay_arrival *arrivals =
        ring_grow(queue->arrivals, &queue->capacity, queue->first, queue->first + queue->count,
                  sizeof(*arrivals), FIRST_CAPACITY);
    if (!arrivals)
        return -1;
    queue->arrivals = arrivals;
    return 0;
}

static void put_time(struct delay_queue *queue, int64_t time_us)
{
    *entry(queue, queue->count++) = (struct delay_arrival){0};
    memcpy(entry(queue, queue->count++), &time_us, sizeof(time_us));
}

int delay_queue_arrive(struct delay_queue *queue, uint32_t bytes, int64_t time_us)
{
    if (make_room(queue, 3) != 0)
        return -1;
    if (queue->count == 0) {
        queue->left_bytes = bytes;
        queue->first_time_us = queue->last_time_us = time_us;
    }
    int64_t gap_us = time_us - queue->last_time_us;
    if (gap_us > UINT32_MAX) {
        put_time(queue, time_us);
        gap_us = 0;
    }
    *entry(queue, queue->count++) =
        (struct delay_arrival){.bytes = bytes, .gap_us = (uint32_t)gap_us};
    queue->last_time_us = time_us;
    return 0;
}

static void drop(struct delay_queue *queue)
{
    queue->first = (queue->first + 1) & (queue->capacity - 1);
    queue->count--;
}

/* The entry after the oldest becomes the oldest. */
static void next_packet(struct delay_queue *queue)
{
    drop(queue);
    if (queue->count == 0)
        return;
    if (entry(queue, 0)->bytes == 0) {
        drop(queue);
        memcpy(&queue->first_time_us, entry(queue, 0), sizeof(queue->first_time_us));
        drop(queue);
    }
    queue->left_bytes = entry(queue, 0)->bytes;
    queue->first_time_us += entry(queue, 0)->gap_us;
}

int delay_queue_deliver(struct delay_queue *queue, uint64_t *bytes, int64_t *arrived_us)
{
    if (queue->count == 0)
        return 0;
    if (queue->left_bytes > *bytes) {
        queue->left_bytes -= (uint32_t)*bytes;
        *bytes = 0;
        return 0;
    }
    *bytes -= queue->left_bytes;
    *arrived_us = queue->first_time_us;
    next_packet(queue);
    return 1;
}

void delay_queue_expect(const struct delay_queue *queue)
{
    if (queue->count > 0)
        __builtin_prefetch(entry(queue, 1));
}

void delay_queue_fini(struct delay_queue *queue)
{
    free(queue->arrivals);
    memset(queue, 0, sizeof(*queue));
}
