#include "sim/account/delay_seconds.h"

#define SECOND_US INT64_C(1000000)

void delay_seconds_begin(struct delay_seconds *seconds, struct record *record)
{
    seconds->record = record;
}

struct delay_second *delay_seconds_add(struct delay_seconds *seconds, const char *group)
{
    if (!seconds->record)
        return NULL;
    struct delay_second *second = &seconds->groups[seconds->count++];
    second->group = group;
    return second;
}

/* A histogram's pages are freed and not cleared: a second has few of them. */
static void write_row(struct delay_seconds *seconds, struct delay_second *second,
                      enum shaper_direction direction)
{
    struct delay_histogram *delays = &second->delays[direction];
    const struct delay_second_row row = {.group = second->group,
                                         .direction = direction,
                                         .second = seconds->end_us / SECOND_US - 1,
                                         .packets = delays->packets,
                                         .delay_us = {delay_histogram_percentile_us(delays, 500),
                                                      delay_histogram_percentile_us(delays, 990),
                                                      delays->max_us}};

    if (delays->packets == 0)
        return;
    record_delay_second(seconds->record, &row);
    delay_histogram_fini(delays);
}

void delay_seconds_end(struct delay_seconds *seconds)
{
    for (size_t i = 0; i < seconds->count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            write_row(seconds, &seconds->groups[i], (enum shaper_direction)d);
}

void delay_seconds_next(struct delay_seconds *seconds, int64_t now_us)
{
    delay_seconds_end(seconds);
    seconds->end_us = (now_us / SECOND_US + 1) * SECOND_US;
}

void delay_seconds_fini(struct delay_seconds *seconds)
{
    for (size_t i = 0; i < seconds->count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            delay_histogram_fini(&seconds->groups[i].delays[d]);
}
