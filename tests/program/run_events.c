#include "tests/program/run_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/program/csv_reader.h"

static const char *const sides[] = {"read", "write"};

static struct run_event *events;
static const struct run_event **by_tick; /* those of groups, by group and tick */
static size_t event_count, by_tick_count;

static enum run_event_kind kind_of(const struct csv_reader *csv)
{
    static const struct {
        const char *name;
        enum run_event_kind kind;
    } kinds[] = {
        {"set-limit", RUN_EVENT_LIMIT},
        {"decrement-read", RUN_EVENT_TAKEN},
        {"decrement-write", RUN_EVENT_TAKEN},
        {"background-read", RUN_EVENT_TAKEN},
        {"background-write", RUN_EVENT_TAKEN},
        {"reset-totals", RUN_EVENT_RESET},
        {"initial-tokens", RUN_EVENT_START},
        {"leave", RUN_EVENT_LEAVE},
        {"join", RUN_EVENT_JOIN},
        {"set-own-limit", RUN_EVENT_OWN},
        {"remove-own-limit", RUN_EVENT_OWN},
    };
    const char *name = csv_reader_text(csv, "event");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    csv_reader_fail(csv, "'%s' is no event", name);
}

static int64_t integer_or_0(const struct csv_reader *csv, const char *side, const char *what)
{
    char column[64];

    snprintf(column, sizeof(column), "%s_%s", side, what);
    return csv_reader_is_empty(csv, column) ? 0 : csv_reader_integer(csv, column);
}

static void read_row(const struct csv_reader *csv, struct run_event *event)
{
    *event = (struct run_event){.row = csv_reader_row(csv),
                                .time_us = csv_reader_time_us(csv, "time_s"),
                                .tick = csv_reader_integer(csv, "tick"),
                                .kind = kind_of(csv)};
    if (!csv_reader_is_empty(csv, "flow"))
        event->flow = csv_reader_integer(csv, "flow");
    snprintf(event->group, sizeof(event->group), "%s", csv_reader_text(csv, "group"));
    for (int s = 0; s < 2; s++) {
        event->before[s] = integer_or_0(csv, sides[s], "bucket_before_bytes");
        event->after[s] = integer_or_0(csv, sides[s], "bucket_after_bytes");
        event->rate[s] = integer_or_0(csv, sides[s], "rate_bytes_per_tick");
        event->burst[s] = integer_or_0(csv, sides[s], "burst_bytes");
    }
    if (event_count > 0 && event->time_us < events[event_count - 1].time_us)
        csv_reader_fail(csv, "events come in the order of time");
    bool moves = event->kind == RUN_EVENT_LEAVE || event->kind == RUN_EVENT_JOIN;
    if (moves && (event->before[0] != event->after[0] || event->before[1] != event->after[1]))
        csv_reader_fail(csv, "a flow that moves leaves the bucket as it is");
}

static int compare_places(const struct run_event *a, const char *group, int64_t tick)
{
    int by_name = strcmp(a->group, group);

    return by_name ? by_name : (a->tick > tick) - (a->tick < tick);
}

static int compare_events(const void *a, const void *b)
{
    const struct run_event *x = *(const struct run_event *const *)a;
    const struct run_event *y = *(const struct run_event *const *)b;
    int order = compare_places(x, y->group, y->tick);

    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static void sort_by_tick(void)
{
    by_tick = calloc(event_count + 1, sizeof(*by_tick));
    if (!by_tick)
        abort();
    for (size_t i = 0; i < event_count; i++)
        if (events[i].flow == 0)
            by_tick[by_tick_count++] = &events[i];
    qsort(by_tick, by_tick_count, sizeof(*by_tick), compare_events);
}

void run_events_read(const char *directory)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/events.csv", directory);
    if (access(path, F_OK) != 0)
        return;
    struct csv_reader *csv = csv_reader_open(directory, "events.csv");
    while (csv_reader_next(csv)) {
        if ((event_count & (event_count - 1)) == 0) {
            events = realloc(events, (event_count ? 2 * event_count : 1) * sizeof(*events));
            if (!events)
                abort();
        }
        read_row(csv, &events[event_count]);
        event_count++;
    }
    csv_reader_free(csv);
    sort_by_tick();
}

void run_events_free(void)
{
    free(events);
    free(by_tick);
}

size_t run_events_count(void)
{
    return event_count;
}

const struct run_event *run_events_at(size_t index)
{
    return &events[index];
}

const struct run_event *const *run_events_of_tick(const char *group, int64_t tick, size_t *count)
{
    size_t low = 0, high = by_tick_count, end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_places(by_tick[middle], group, tick) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < by_tick_count; end++)
        if (compare_places(by_tick[end], group, tick) != 0)
            break;
    *count = end - low;
    return *count > 0 ? &by_tick[low] : NULL;
}

bool run_events_disturb(const char *group)
{
    for (size_t i = 0; i < event_count; i++)
        if ((events[i].kind == RUN_EVENT_TAKEN || events[i].kind == RUN_EVENT_LIMIT) &&
            events[i].flow == 0 && strcmp(events[i].group, group) == 0)
            return true;
    return false;
}

static const struct run_event *of_flow(int64_t flow, enum run_event_kind kind)
{
    for (size_t i = 0; i < event_count; i++)
        if (events[i].flow == flow && events[i].kind == kind)
            return &events[i];
    return NULL;
}

bool run_events_move(int64_t flow)
{
    return of_flow(flow, RUN_EVENT_LEAVE) || of_flow(flow, RUN_EVENT_JOIN);
}

bool run_events_change_per_flow(int64_t flow)
{
    return of_flow(flow, RUN_EVENT_OWN) != NULL;
}

bool run_events_decrement(int64_t flow)
{
    return of_flow(flow, RUN_EVENT_TAKEN) != NULL;
}

int64_t run_events_taken(int64_t flow, int64_t from_us, int64_t to_us, int side)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < event_count; i++)
        if (events[i].flow == flow && events[i].kind == RUN_EVENT_TAKEN &&
            events[i].time_us >= from_us && events[i].time_us < to_us)
            bytes += events[i].before[side] - events[i].after[side];
    return bytes;
}

const struct run_event *run_events_per_flow_start(int64_t flow)
{
    return of_flow(flow, RUN_EVENT_START);
}
