/*
 * How long packets took until their last byte was delivered.
 *
 * Delays are counted in steps: below 256 us exactly, above in steps of 1/128 of the value or finer.
 * A histogram has a counter for every step and is fast; a list has one for each step that occurs,
 * and is small: a million flows have a list each, a group has a histogram. Both give the same
 * results. A percentile is the smallest delay that the given share of the packets does not exceed
 * (nearest rank), given as the upper edge of its step, never above the largest delay seen: at most
 * 0.8 % too long, never too short.
 */
#ifndef SHAPESIM_SIM_METRICS_DELAYS_H
#define SHAPESIM_SIM_METRICS_DELAYS_H

#include <stddef.h>
#include <stdint.h>

#define DELAY_STEPS_PER_PAGE 128
#define DELAY_STEPS_LOG2     7
#define DELAY_PAGES          57 /* 63 bits of microseconds */

/* Embedded by value; zeroed is empty. */
struct delay_histogram {
    uint64_t packets;
    uint64_t undelayed; /* of them, with a delay of 0 */
    int64_t max_us;
    uint32_t *pages[DELAY_PAGES]; /* allocated when first needed */
};

/* Embedded by value; zeroed is empty. */
struct delay_list {
    uint64_t packets;
    int64_t max_us;
    struct delay_step {
        uint32_t number; /* page * DELAY_STEPS_PER_PAGE + step */
        uint32_t packets;
    } * steps; /* ordered by number */
    uint32_t used;
    uint32_t room;
    uint32_t last; /* index of the delay counted last */
};

/* Page 0 holds 0 to 127 us, page p > 0 the 128 steps from 128 << (p-1) on, each 1 << (p-1) wide. */
static inline unsigned delay_page_of(int64_t us)
{
    unsigned magnitude = 63U - (unsigned)__builtin_clzll((uint64_t)us | 1);

    return magnitude < DELAY_STEPS_LOG2 ? 0 : magnitude - DELAY_STEPS_LOG2 + 1;
}

static inline unsigned delay_step_of(int64_t us, unsigned page)
{
    return page == 0 ? (unsigned)us : (unsigned)((us >> (page - 1)) & (DELAY_STEPS_PER_PAGE - 1));
}

/* The number of a delay's step, below DELAY_STEPS, and the upper edge of a step. */
#define DELAY_STEPS (DELAY_PAGES * DELAY_STEPS_PER_PAGE)
uint32_t delay_step_number(int64_t us);
int64_t delay_step_edge_us(uint32_t number);

/* 0, or -1 on allocation failure. */
int delay_histogram_make_page(struct delay_histogram *histogram, unsigned page);

/* Likewise. Inline, as it is called for each packet. */
static inline int delay_histogram_add(struct delay_histogram *histogram, int64_t delay_us)
{
    histogram->packets++;
    if (delay_us == 0) {
        histogram->undelayed++;
        return 0;
    }
    unsigned page = delay_page_of(delay_us);
    if (!histogram->pages[page] && delay_histogram_make_page(histogram, page) != 0)
        return -1;
    histogram->pages[page][delay_step_of(delay_us, page)]++;
    if (delay_us > histogram->max_us)
        histogram->max_us = delay_us;
    return 0;
}

/* The delay that `per_mille` of the packets do not exceed; -1 without packets. */
int64_t delay_histogram_percentile_us(const struct delay_histogram *histogram, unsigned per_mille);

/* The delay of that rank, from 1 for the shortest to the number of packets. */
int64_t delay_histogram_at_us(const struct delay_histogram *histogram, uint64_t rank);

/* The rank, from 1, of the packet whose delay `per_mille` of that many packets do not exceed. */
uint64_t delay_rank(uint64_t packets, unsigned per_mille);

/* Calls `take` for each step that holds packets, from the shortest delay on: its upper edge, as
 * above. */
typedef void delay_callback(void *arg, int64_t delay_us, uint64_t packets);
void delay_histogram_each(const struct delay_histogram *histogram, delay_callback *take, void *arg);
void delay_histogram_fini(struct delay_histogram *histogram);

/* Like delay_histogram_add() and delay_histogram_percentile_us(). */
int delay_list_add(struct delay_list *list, int64_t delay_us);
int64_t delay_list_percentile_us(const struct delay_list *list, unsigned per_mille);
void delay_list_fini(struct delay_list *list);

#endif
