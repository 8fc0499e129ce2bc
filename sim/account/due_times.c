#include "sim/account/due_times.h"

#include <stdbool.h>
#include <stdlib.h>

#define FIRST_CAPACITY 16

struct due_list {
    int64_t *due_us; /* owned, in the order of the trace */
    size_t count;
    size_t capacity;
    size_t compared;
};

struct flow_dues {
    struct due_list lists[SHAPER_DIRECTIONS];
};

struct due_times {
    struct flow_dues *flows; /* owned, by number */
    size_t count;
    bool compares;
    struct extra_shift extra;
};

struct due_times *due_times_new(void)
{
    return calloc(1, sizeof(struct due_times));
}

void due_times_free(struct due_times *times)
{
    if (!times)
        return;
    for (size_t i = 0; i < times->count; i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            free(times->flows[i].lists[d].due_us);
    free(times->flows);
    free(times);
}

void due_times_compare(struct due_times *times)
{
    times->compares = true;
}

/* 0, or -1 on allocation failure. */
static int make_flows(struct due_times *times, uint64_t flow)
{
    size_t count = times->count ? times->count : FIRST_CAPACITY;

    while (count <= flow)
        count *= 2;
    struct flow_dues *flows = reallocarray(times->flows, count, sizeof(*flows));
    if (!flows)
        return -1;
    for (size_t i = times->count; i < count; i++)
        flows[i] = (struct flow_dues){0};
    times->flows = flows;
    times->count = count;
    return 0;
}

static int keep(struct due_list *list, int64_t due_us)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : FIRST_CAPACITY;
        int64_t *times_us = reallocarray(list->due_us, capacity, sizeof(*times_us));
        if (!times_us)
            return -1;
        list->due_us = times_us;
        list->capacity = capacity;
    }
    list->due_us[list->count++] = due_us;
    return 0;
}

static void compare(struct extra_shift *extra, struct due_list *list, uint64_t flow, int64_t due_us)
{
    if (list->compared == list->count)
        return;
    extra->last_us = due_us - list->due_us[list->compared++];
    if (extra->packets == 0 || extra->last_us > extra->largest_us) {
        extra->largest_us = extra->last_us;
        extra->largest_flow = flow;
    }
    extra->packets++;
}

int due_times_take(struct due_times *times, uint64_t flow, enum shaper_direction direction,
                   int64_t due_us)
{
    if (times->compares) {
        if (flow < times->count)
            compare(&times->extra, &times->flows[flow].lists[direction], flow, due_us);
        return 0;
    }
    if (flow >= times->count && make_flows(times, flow) != 0)
        return -1;
    return keep(&times->flows[flow].lists[direction], due_us);
}

const struct extra_shift *due_times_extra_shift(const struct due_times *times)
{
    return &times->extra;
}
