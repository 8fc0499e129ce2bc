#include "sim/replay/flow_ranking.h"

#include <stdlib.h>

struct ranked {
    uint64_t bytes;
    uint64_t flow;
};

struct flow_ranking {
    size_t capacity;
    size_t count;
    struct ranked flows[]; /* a heap, the lowest rank first; in the end sorted by number */
};

/* Whether a is removed before b. */
static bool less_deserving(struct ranked a, struct ranked b)
{
    return a.bytes != b.bytes ? a.bytes < b.bytes : a.flow > b.flow;
}

static void swap(struct ranked *a, struct ranked *b)
{
    struct ranked other = *a;

    *a = *b;
    *b = other;
}

static void sift_up(struct flow_ranking *ranking, size_t at)
{
    struct ranked *heap = ranking->flows;

    for (; at > 0 && less_deserving(heap[at], heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&heap[at], &heap[(at - 1) / 2]);
}

static void sift_down(struct flow_ranking *ranking)
{
    struct ranked *heap = ranking->flows;

    for (size_t at = 0;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < ranking->count && less_deserving(heap[child + 1], heap[child]))
            child++;
        if (child >= ranking->count || !less_deserving(heap[child], heap[at]))
            return;
        swap(&heap[at], &heap[child]);
        at = child;
    }
}

static void consider(struct flow_ranking *ranking, struct ranked flow)
{
    if (ranking->count < ranking->capacity) {
        ranking->flows[ranking->count++] = flow;
        sift_up(ranking, ranking->count - 1);
    } else if (less_deserving(ranking->flows[0], flow)) {
        ranking->flows[0] = flow;
        sift_down(ranking);
    }
}

/* The value of the user's slot of a flow that is not ranked. */
static char unwanted;

/* A flow's bytes are counted in the slot itself if they fit. */
static void take_event(struct flow_ranking *ranking, const struct flow_choice *choice,
                       const struct flow_event *event)
{
    if (event->kind == FLOW_EVENT_PACKET) {
        if (event->opens_flow && choice->wants && !choice->wants(choice->arg, &event->packet))
            *event->user = &unwanted;
        if (*event->user != &unwanted)
            *event->user = (void *)((uintptr_t)*event->user + event->bytes);
    } else if (event->kind == FLOW_EVENT_RETIRE && *event->user != &unwanted &&
               ranking->capacity > 0) {
        consider(ranking,
                 (struct ranked){.bytes = (uintptr_t)*event->user, .flow = event->flow->number});
    }
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const struct ranked *)a)->flow, y = ((const struct ranked *)b)->flow;

    return x < y ? -1 : x > y;
}

int flow_ranking_read(struct flow_source *source, size_t count, const struct flow_choice *choice,
                      const volatile sig_atomic_t *stop, struct flow_ranking **out, char *error)
{
    struct flow_ranking *ranking =
        calloc(1, sizeof(*ranking) + (count ? count : 1) * sizeof(struct ranked));
    const char *path = capture_path(flow_source_capture(source));
    struct flow_event event;
    char text[TRACE_ERROR_BYTES];
    int status = TRACE_OK;

    if (!ranking)
        return sim_fail(error, SIM_FAILED, "%s: out of memory", path);
    ranking->capacity = count;
    while (status == TRACE_OK && !*stop &&
           (status = flow_source_next(source, &event, text)) == TRACE_OK) {
        take_event(ranking, choice, &event);
    }
    if (status == TRACE_END) {
        qsort(ranking->flows, ranking->count, sizeof(struct ranked), by_number);
        *out = ranking;
    } else {
        free(ranking);
    }
    if (status == TRACE_END)
        return SIM_OK;
    if (status == TRACE_OK)
        return sim_fail(error, SIM_INTERRUPTED, "%s: interrupted in the first pass", path);
    return sim_fail(error, SIM_FAILED, "%s", text);
}

bool flow_ranking_has(const struct flow_ranking *ranking, uint64_t flow)
{
    struct ranked key = {.flow = flow};

    return bsearch(&key, ranking->flows, ranking->count, sizeof(key), by_number) != NULL;
}

void flow_ranking_free(struct flow_ranking *ranking)
{
    free(ranking);
}
