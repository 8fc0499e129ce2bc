#include "traces/flow_schedule.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "traces/synth_random.h"
#include "traces/trace.h"

#define NS_PER_US       1000
#define US_PER_S        INT64_C(1000000)
#define IPV4_FIRST      ((198U << 24 | 18U << 16) + 1)
#define IPV4_ADDRESSES  131070U
#define PORT_FIRST      1024U
#define PORTS           (65536U - PORT_FIRST)
#define PURPOSE_COPY    100 /* of random numbers, and copies after it */
#define HEAP_FIRST_ROOM 64

/* An event of the capture, for all copies of its flow. */
struct scheduled_event {
    struct scheduled_event *next; /* of its flow */
    uint64_t order;               /* among all events */
    uint32_t number;              /* of the packet, in the capture */
    uint32_t left;                /* copies that have not given it out */
    struct flow_event event;      /* as captured; of its packet's time, see flow_schedule_take() */
    uint8_t data[];               /* the frame, then the content */
};

struct scheduled_flow;

/* One copy of a flow. */
struct flow_copy {
    struct scheduled_flow *owner;
    struct scheduled_event *next; /* to be given out; NULL: none was read */
    int64_t shift_us;             /* the replayed less the captured time */
    struct flow flow;
    void *user;
};

struct scheduled_flow {
    struct scheduled_flow *prev; /* in the order of capture */
    struct scheduled_flow *next;
    struct scheduled_event *first; /* a queue */
    struct scheduled_event *last;
    bool is_retired; /* in the capture */
    uint32_t copies; /* not retired yet in the replay */
    struct flow_copy list[];
};

/* A copy with an event to give out. */
struct heap_entry {
    int64_t time_us;
    uint64_t order;
    struct flow_copy *copy;
};

struct flow_schedule {
    struct flow_schedule_options options;
    struct scheduled_flow *open;    /* in the capture */
    struct scheduled_flow *retired; /* there; still to be replayed */
    struct heap_entry *heap;        /* the first to give out first */
    size_t count;
    size_t room;
    uint64_t events;     /* put so far */
    uint64_t flows;      /* opened in the replay */
    int64_t captured_us; /* of the event put last */
    bool has_ended;
    uint32_t number;
    struct flow_copy *given; /* whose event was given out last, or NULL */
    struct scheduled_event *given_event;
};

bool flow_schedule_is_needed(const struct flow_schedule_options *options)
{
    return options->copies > 1 ||
           (options->speed_milli != 0 && options->speed_milli != FLOW_SPEED_ONE);
}

struct flow_schedule *flow_schedule_new(const struct flow_schedule_options *options)
{
    struct flow_schedule *schedule = calloc(1, sizeof(*schedule));

    if (!schedule)
        return NULL;
    schedule->options = *options;
    if (options->copies == 0)
        schedule->options.copies = 1;
    if (options->speed_milli == 0)
        schedule->options.speed_milli = FLOW_SPEED_ONE;
    return schedule;
}

/* --- the heap ------------------------------------------------------------------------------ */

static bool is_before(const struct heap_entry *a, const struct heap_entry *b)
{
    if (a->time_us != b->time_us)
        return a->time_us < b->time_us;
    if (a->order != b->order)
        return a->order < b->order;
    return a->copy->flow.copy < b->copy->flow.copy;
}

static int heap_make_room(struct flow_schedule *schedule, size_t more)
{
    size_t room = schedule->room ? schedule->room : HEAP_FIRST_ROOM;

    while (room < schedule->count + more)
        room *= 2;
    if (room == schedule->room)
        return 0;
    struct heap_entry *heap = reallocarray(schedule->heap, room, sizeof(*heap));
    if (!heap)
        return -1;
    schedule->heap = heap;
    schedule->room = room;
    return 0;
}

static struct heap_entry entry_of(struct flow_copy *copy)
{
    return (struct heap_entry){.time_us = copy->next->event.time_us + copy->shift_us,
                               .order = copy->next->order,
                               .copy = copy};
}

static void heap_add(struct flow_schedule *schedule, struct flow_copy *copy)
{
    struct heap_entry *heap = schedule->heap, entry = entry_of(copy);
    size_t at = schedule->count++;

    for (; at > 0 && is_before(&entry, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = entry;
}

/* Puts it where the first one was. */
static void heap_sink(struct flow_schedule *schedule, struct heap_entry entry)
{
    struct heap_entry *heap = schedule->heap;
    size_t at = 0;

    for (size_t child; (child = 2 * at + 1) < schedule->count; at = child) {
        if (child + 1 < schedule->count && is_before(&heap[child + 1], &heap[child]))
            child++;
        if (!is_before(&heap[child], &entry))
            break;
        heap[at] = heap[child];
    }
    heap[at] = entry;
}

/* --- flows --------------------------------------------------------------------------------- */

static int64_t sped_up(const struct flow_schedule *schedule, int64_t time_us)
{
    return (int64_t)((uint64_t)time_us * FLOW_SPEED_ONE / (uint64_t)schedule->options.speed_milli);
}

/* Uniform in [0, spread). */
static int64_t offset_us(const struct flow_schedule *schedule, uint64_t flow, uint16_t copy)
{
    uint64_t state =
        synth_random_init(schedule->options.seed, (uint32_t)flow, PURPOSE_COPY + (uint32_t)copy);
    double part = synth_random_uniform(&state);
    int64_t spread_us = schedule->options.spread_us;
    int64_t offset_us = (int64_t)(part * (double)spread_us);

    return offset_us < spread_us ? offset_us : 0; /* part may be 1 */
}

static void put_be32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The n-th copy's own address, and port if it has one. */
static void give_address(struct flow *flow, uint64_t n)
{
    struct endpoint *end = &flow->initiator;

    memset(end->address, 0, sizeof(end->address));
    if (flow->ip_version == 4) {
        put_be32(end->address, IPV4_FIRST + (uint32_t)(n % IPV4_ADDRESSES));
    } else {
        put_be32(end->address, 0x20010002);
        put_be32(end->address + 8, (uint32_t)((n + 1) >> 32));
        put_be32(end->address + 12, (uint32_t)(n + 1));
    }
    if (end->port != 0 && (flow->protocol == PROTOCOL_TCP || flow->protocol == PROTOCOL_UDP))
        end->port = (uint16_t)(PORT_FIRST + n / IPV4_ADDRESSES % PORTS);
}

static void init_copy(const struct flow_schedule *schedule, struct scheduled_flow *owner,
                      uint16_t number, const struct flow_event *event)
{
    struct flow_copy *copy = &owner->list[number];
    uint64_t others = (uint64_t)schedule->options.copies - 1;
    uint64_t captured_number = event->flow->number;

    copy->owner = owner;
    copy->flow = *event->flow;
    copy->flow.copy = number;
    copy->flow.close = FLOW_OPEN;
    copy->shift_us = sped_up(schedule, event->time_us) - event->time_us;
    if (number == 0)
        return;
    copy->shift_us += offset_us(schedule, captured_number, number);
    give_address(&copy->flow, (captured_number - 1) * others + number - 1U);
}

static struct scheduled_flow *new_flow(struct flow_schedule *schedule,
                                       const struct flow_event *event)
{
    size_t copies = (size_t)schedule->options.copies;
    struct scheduled_flow *flow = calloc(1, sizeof(*flow) + copies * sizeof(flow->list[0]));

    if (!flow)
        return NULL;
    flow->copies = (uint32_t)copies;
    for (size_t i = 0; i < copies; i++)
        init_copy(schedule, flow, (uint16_t)i, event);
    DL_APPEND(schedule->open, flow);
    return flow;
}

static void free_flow(struct scheduled_flow *flow)
{
    for (struct scheduled_event *event = flow->first, *next; event; event = next) {
        next = event->next;
        free(event);
    }
    free(flow);
}

/* --- events -------------------------------------------------------------------------------- */

static struct scheduled_event *new_event(const struct flow_schedule *schedule,
                                         const struct flow_event *event)
{
    bool has_frame = schedule->options.keeps_frames || event->opens_flow;
    size_t frame_bytes = has_frame ? event->packet.captured_bytes : 0;
    size_t content_bytes = schedule->options.keeps_content ? event->content_bytes : 0;
    struct scheduled_event *kept = malloc(sizeof(*kept) + frame_bytes + content_bytes);

    if (!kept)
        return NULL;
    kept->event = *event;
    kept->event.packet.captured_bytes = (uint32_t)frame_bytes;
    kept->event.packet.data = kept->data;
    kept->event.content = kept->data + frame_bytes;
    kept->event.content_bytes = (uint32_t)content_bytes;
    kept->event.content_is_copy = true;
    if (frame_bytes > 0)
        memcpy(kept->data, event->packet.data, frame_bytes);
    if (content_bytes > 0)
        memcpy(kept->data + frame_bytes, event->content, content_bytes);
    return kept;
}

/* Whether any copy would give it out too late. */
static bool is_too_late(const struct flow_schedule *schedule, const struct scheduled_flow *flow,
                        const struct flow_event *event, int64_t first_packet_ns)
{
    int64_t latest_us = PACKET_LATEST_TIME_S * US_PER_S - first_packet_ns / NS_PER_US;

    for (int64_t i = 0; i < schedule->options.copies; i++)
        if (flow->list[i].shift_us > latest_us - event->time_us)
            return true;
    return false;
}

static void append(struct flow_schedule *schedule, struct scheduled_flow *flow,
                   struct scheduled_event *kept)
{
    kept->next = NULL;
    if (flow->first)
        flow->last->next = kept;
    else
        flow->first = kept;
    flow->last = kept;
    for (int64_t i = 0; i < schedule->options.copies; i++)
        if (!flow->list[i].next) {
            flow->list[i].next = kept;
            heap_add(schedule, &flow->list[i]);
        }
}

int flow_schedule_put(struct flow_schedule *schedule, const struct flow_event *event,
                      const struct flow_source_counts *counts)
{
    if (event->opens_flow && !(*event->user = new_flow(schedule, event)))
        return TRACE_ERROR_MEMORY;
    struct scheduled_flow *flow = *event->user;
    if (is_too_late(schedule, flow, event, counts->first_packet_ns))
        return TRACE_ERROR_FORMAT;
    struct scheduled_event *kept = new_event(schedule, event);
    if (!kept || heap_make_room(schedule, (size_t)schedule->options.copies) != 0) {
        free(kept);
        return TRACE_ERROR_MEMORY;
    }
    kept->order = schedule->events++;
    kept->number = (uint32_t)counts->packets;
    kept->left = (uint32_t)schedule->options.copies;
    kept->event.packet.time_ns -= counts->removed_us * NS_PER_US;
    schedule->captured_us = event->time_us;
    append(schedule, flow, kept);
    if (event->kind == FLOW_EVENT_RETIRE) {
        flow->is_retired = true;
        DL_DELETE(schedule->open, flow);
        DL_APPEND(schedule->retired, flow);
    }
    return TRACE_OK;
}

void flow_schedule_end(struct flow_schedule *schedule)
{
    schedule->has_ended = true;
}

/* Whatever is put from now on comes then or later. */
static int64_t bound_us(const struct flow_schedule *schedule)
{
    int64_t opening_us = sped_up(schedule, schedule->captured_us);

    if (schedule->options.speed_milli >= FLOW_SPEED_ONE || !schedule->open)
        return opening_us; /* a later flow is moved forward by as much or more */
    int64_t of_open_us = schedule->captured_us + schedule->open->list[0].shift_us;
    return of_open_us < opening_us ? of_open_us : opening_us;
}

/* What was given out last is no longer used. */
static void release_given(struct flow_schedule *schedule)
{
    struct flow_copy *copy = schedule->given;
    struct scheduled_event *event = schedule->given_event;

    schedule->given = NULL;
    if (!copy)
        return;
    struct scheduled_flow *flow = copy->owner;
    bool retires = event->event.kind == FLOW_EVENT_RETIRE;
    if (--event->left == 0) { /* all copies take a flow's events in order: it is the first */
        flow->first = event->next;
        free(event);
    }
    if (retires && --flow->copies == 0) {
        DL_DELETE(schedule->retired, flow);
        free_flow(flow);
    }
}

static void give(struct flow_schedule *schedule, struct flow_copy *copy, struct flow_event *event)
{
    struct scheduled_event *kept = copy->next;

    *event = kept->event;
    event->time_us += copy->shift_us;
    event->flow = &copy->flow;
    event->user = &copy->user;
    event->packet.time_ns += copy->shift_us * NS_PER_US;
    if (event->opens_flow)
        copy->flow.number = ++schedule->flows;
    if (event->kind == FLOW_EVENT_CLOSE)
        copy->flow.close = event->close;
    schedule->number = kept->number;
    schedule->given = copy;
    schedule->given_event = kept;
    copy->next = kept->next;
}

bool flow_schedule_take(struct flow_schedule *schedule, struct flow_event *event)
{
    release_given(schedule);
    if (schedule->count == 0 ||
        (!schedule->has_ended && schedule->heap[0].time_us > bound_us(schedule)))
        return false;
    struct flow_copy *copy = schedule->heap[0].copy;
    give(schedule, copy, event);
    if (copy->next)
        heap_sink(schedule, entry_of(copy));
    else if (--schedule->count > 0)
        heap_sink(schedule, schedule->heap[schedule->count]);
    return true;
}

uint32_t flow_schedule_number(const struct flow_schedule *schedule)
{
    return schedule->number;
}

void flow_schedule_free(struct flow_schedule *schedule)
{
    if (!schedule)
        return;
    for (struct scheduled_flow *flow = schedule->open, *next; flow; flow = next) {
        next = flow->next;
        free_flow(flow);
    }
    for (struct scheduled_flow *flow = schedule->retired, *next; flow; flow = next) {
        next = flow->next;
        free_flow(flow);
    }
    free(schedule->heap);
    free(schedule);
}
