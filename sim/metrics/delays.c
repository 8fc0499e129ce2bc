#include "sim/metrics/delays.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/numbers.h"

#define STEPS           DELAY_STEPS_PER_PAGE
#define LIST_FIRST_ROOM 4

static int64_t upper_edge_us(unsigned page, unsigned step)
{
    if (page == 0)
        return (int64_t)step;
    return (int64_t)(((UINT64_C(1) * STEPS + step + 1) << (page - 1)) - 1);
}

uint32_t delay_step_number(int64_t us)
{
    unsigned page = delay_page_of(us);

    return page * STEPS + delay_step_of(us, page);
}

int64_t delay_step_edge_us(uint32_t number)
{
    return upper_edge_us(number / STEPS, number % STEPS);
}

int delay_histogram_make_page(struct delay_histogram *histogram, unsigned page)
{
    histogram->pages[page] = calloc(STEPS, sizeof(uint32_t));
    return histogram->pages[page] ? 0 : -1;
}

/* ceil(packets * per_mille / 1000), without overflow. */
uint64_t delay_rank(uint64_t packets, unsigned per_mille)
{
    return packets / 1000 * per_mille + (packets % 1000 * per_mille + 999) / 1000;
}

int64_t delay_histogram_percentile_us(const struct delay_histogram *histogram, unsigned per_mille)
{
    if (histogram->packets == 0)
        return -1;
    return delay_histogram_at_us(histogram, delay_rank(histogram->packets, per_mille));
}

int64_t delay_histogram_at_us(const struct delay_histogram *histogram, uint64_t rank)
{
    uint64_t seen = histogram->undelayed;

    if (seen >= rank)
        return 0;
    for (unsigned page = 0; page < DELAY_PAGES; page++) {
        if (!histogram->pages[page])
            continue;
        for (unsigned step = 0; step < STEPS; step++) {
            seen += histogram->pages[page][step];
            if (seen >= rank)
                return min_i64(upper_edge_us(page, step), histogram->max_us);
        }
    }
    return histogram->max_us;
}

void delay_histogram_each(const struct delay_histogram *histogram, delay_callback *take, void *arg)
{
    /* A delay of 0 is counted in no page, so each is reported once. */
    if (histogram->undelayed > 0)
        take(arg, 0, histogram->undelayed);
    for (unsigned page = 0; page < DELAY_PAGES; page++) {
        for (unsigned step = 0; histogram->pages[page] && step < STEPS; step++) {
            if (histogram->pages[page][step] > 0)
                take(arg, min_i64(upper_edge_us(page, step), histogram->max_us),
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

/* --- the list ---------------------------------------------------------------------------- */

/* The index of the step, or where it belongs. Consecutive delays are similar: the search starts at
 * the one counted last. */
static uint32_t index_of(const struct delay_list *list, uint32_t number)
{
    uint32_t low = 0, high = list->used;

    if (list->last < list->used && list->steps[list->last].number == number)
        return list->last;
    if (list->used > 0 && list->steps[list->used - 1].number < number)
        return list->used;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (list->steps[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int make_step(struct delay_list *list, uint32_t at, uint32_t number)
{
    if (list->used == list->room) {
        uint32_t room = list->room ? 2 * list->room : LIST_FIRST_ROOM;
        struct delay_step *steps = realloc(list->steps, room * sizeof(*steps));
        if (!steps)
            return -1;
        list->steps = steps;
        list->room = room;
    }
    memmove(&list->steps[at + 1], &list->steps[at], (list->used - at) * sizeof(*list->steps));
    list->steps[at] = (struct delay_step){.number = number};
    list->used++;
    return 0;
}

int delay_list_add(struct delay_list *list, int64_t delay_us)
{
    uint32_t number = delay_step_number(delay_us), at = index_of(list, number);

    if ((at == list->used || list->steps[at].number != number) && make_step(list, at, number) != 0)
        return -1;
    list->steps[at].packets++;
    list->last = at;
    list->packets++;
    if (delay_us > list->max_us)
        list->max_us = delay_us;
    return 0;
}

int64_t delay_list_percentile_us(const struct delay_list *list, unsigned per_mille)
{
    uint64_t rank = delay_rank(list->packets, per_mille), seen = 0;

    for (uint32_t i = 0; i < list->used; i++) {
        uint32_t number = list->steps[i].number;
        seen += list->steps[i].packets;
        if (seen >= rank)
            return min_i64(delay_step_edge_us(number), list->max_us);
    }
    return -1;
}

void delay_list_fini(struct delay_list *list)
{
    free(list->steps);
    memset(list, 0, sizeof(*list));
}
