#include "sim/delays.h"

#include <stdlib.h>
#include <string.h>

#define STEPS                DELAY_STEPS_PER_PAGE
#define STEPS_LOG2           7
#define QUEUE_FIRST_CAPACITY 4

/* Page 0 holds 0 to 127 us, page p > 0 the 128 steps from 128 << (p-1) on, each 1 << (p-1) wide. */
static unsigned page_of(int64_t us)
{
    unsigned magnitude = 63U - (unsigned)__builtin_clzll((uint64_t)us | 1);

    return magnitude < STEPS_LOG2 ? 0 : magnitude - STEPS_LOG2 + 1;
}

static unsigned step_of(int64_t us, unsigned page)
{
    return page == 0 ? (unsigned)us : (unsigned)((us >> (page - 1)) & (STEPS - 1));
}

static int64_t upper_edge_us(unsigned page, unsigned step)
{
    if (page == 0)
        return (int64_t)step;
    return (int64_t)(((UINT64_C(1) * STEPS + step + 1) << (page - 1)) - 1);
}

int delay_histogram_add(struct delay_histogram *histogram, int64_t delay_us)
{
    histogram->packets++;
    if (delay_us == 0) {
        histogram->undelayed++;
        return 0;
    }
    unsigned page = page_of(delay_us);
    if (!histogram->pages[page]) {
        histogram->pages[page] = calloc(STEPS, sizeof(uint32_t));
        if (!histogram->pages[page])
            return -1;
    }
    histogram->pages[page][step_of(delay_us, page)]++;
    if (delay_us > histogram->max_us)
        histogram->max_us = delay_us;
    return 0;
}

int64_t delay_histogram_percentile_us(const struct delay_histogram *histogram, unsigned per_mille)
{
    if (histogram->packets == 0)
        return -1;
    /* the rank, from 1: ceil(packets * per_mille / 1000) without overflow */
    uint64_t rank = histogram->packets / 1000 * per_mille +
                    (histogram->packets % 1000 * per_mille + 999) / 1000;
    uint64_t seen = histogram->undelayed;

    if (seen >= rank)
        return 0;
    for (unsigned page = 0; page < DELAY_PAGES; page++) {
        if (!histogram->pages[page])
            continue;
        for (unsigned step = 0; step < STEPS; step++) {
            seen += histogram->pages[page][step];
            if (seen >= rank) {
                int64_t edge_us = upper_edge_us(page, step);
                return edge_us < histogram->max_us ? edge_us : histogram->max_us;
            }
        }
    }
    return histogram->max_us;
}

void delay_histogram_each(const struct delay_histogram *histogram, delay_taker *take, void *arg)
{
    /* A delay of 0 never has a page of its own, so none comes twice. */
    if (histogram->undelayed > 0)
        take(arg, 0, histogram->undelayed);
    for (unsigned page = 0; page < DELAY_PAGES; page++) {
        for (unsigned step = 0; histogram->pages[page] && step < STEPS; step++) {
            int64_t edge_us = upper_edge_us(page, step);
            if (histogram->pages[page][step] > 0)
                take(arg, edge_us < histogram->max_us ? edge_us : histogram->max_us,
                     histogram->pages[page][step]);
        }
    }
}

void delay_histogram_fini(struct delay_histogram *histogram)
{
    for (unsigned page = 0; page < DELAY_PAGES; page++)
        free(histogram->pages[page]);
    memset(histogram, 0, sizeof(*histogram));
}

static int grow(struct delay_queue *queue)
{
    size_t capacity = queue->capacity ? 2 * queue->capacity : QUEUE_FIRST_CAPACITY;
    struct delay_arrival *arrivals = malloc(capacity * sizeof(*arrivals));

    if (!arrivals)
        return -1;
    for (size_t i = 0; i < queue->count; i++)
        arrivals[i] = queue->arrivals[(queue->first + i) % queue->capacity];
    free(queue->arrivals);
    queue->arrivals = arrivals;
    queue->capacity = capacity;
    queue->first = 0;
    return 0;
}

int delay_queue_arrive(struct delay_queue *queue, uint64_t end_byte, int64_t time_us)
{
    if (queue->count == queue->capacity && grow(queue) != 0)
        return -1;
    size_t at = (queue->first + queue->count++) & (queue->capacity - 1);
    queue->arrivals[at] = (struct delay_arrival){.end_byte = end_byte, .time_us = time_us};
    return 0;
}

int delay_queue_deliver(struct delay_queue *queue, uint64_t delivered_bytes, int64_t *arrived_us)
{
    if (queue->count == 0 || queue->arrivals[queue->first].end_byte > delivered_bytes)
        return 0;
    *arrived_us = queue->arrivals[queue->first].time_us;
    queue->first = (queue->first + 1) & (queue->capacity - 1);
    queue->count--;
    return 1;
}

void delay_queue_fini(struct delay_queue *queue)
{
    free(queue->arrivals);
    memset(queue, 0, sizeof(*queue));
}
