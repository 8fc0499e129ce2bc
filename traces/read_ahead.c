#include "traces/read_ahead.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BATCHES      4
#define BATCH_EVENTS 1024
#define BATCH_COUNTS 256
#define BATCH_BYTES  (128 * 1024)

struct batch {
    /* one more: an event is read before it is known whether the batch has room for its data */
    alignas(CACHE_ALIGNED_BYTES) struct read_ahead_event events[BATCH_EVENTS + 1];
    size_t count;
    struct flow_source_counts counts[BATCH_COUNTS]; /* those that events point to */
    size_t used_counts;
    bool has_retired;    /* some of its events retire flows, which stay valid as long as the
                          * batch */
    unsigned char *data; /* of all its packets */
    size_t used_bytes;
    size_t room_bytes;
    int status;                           /* what follows its events; TRACE_OK: another batch */
    struct flow_source_counts end_counts; /* the counts then, if no batch follows */
    char error[TRACE_ERROR_BYTES];
};

/* What one thread writes per packet shares no cache line with what the other one reads. */
struct read_ahead {
    struct flow_reader *reader;
    sem_t full;
    sem_t empty;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_stopped;
    int wake; /* an eventfd that ends a wait for a pipe's bytes; -1 for a file */
    alignas(CACHE_ALIGNED_BYTES) size_t filling; /* by the thread */
    struct flow_source_counts reported; /* what flow_source_counts_agree() compares, as the caller
                                         * has it after the event filled in last */
    alignas(CACHE_ALIGNED_BYTES) size_t taking; /* by the caller */
    size_t taken;                               /* of its events */
    bool has_batch;
    alignas(CACHE_ALIGNED_BYTES) struct batch batches[BATCHES];
};

/* --- in the reading thread --------------------------------------------------------------- */

static struct batch *filling(struct read_ahead *ahead)
{
    return &ahead->batches[ahead->filling];
}

/* Its contents are no longer used. */
static void empty(struct read_ahead *ahead, struct batch *batch)
{
    for (size_t i = 0; batch->has_retired && i < batch->count; i++)
        if (batch->events[i].event.kind == FLOW_EVENT_RETIRE)
            flow_reader_reuse(ahead->reader, batch->events[i].event.flow);
    batch->has_retired = false;
    batch->count = 0;
    batch->used_counts = 0;
    batch->used_bytes = 0;
}

/* Continues with the next batch when the caller has released it. */
static void hand_over(struct read_ahead *ahead)
{
    sem_post(&ahead->full);
    ahead->filling = (ahead->filling + 1) % BATCHES;
    while (sem_wait(&ahead->empty) != 0)
        ;
    empty(ahead, filling(ahead));
}

static void hand_over_some(void *arg)
{
    struct read_ahead *ahead = arg;

    if (filling(ahead)->count > 0)
        hand_over(ahead);
}

/* A batch with room for an event with `bytes` of data: the next one if this one is full. NULL
 * on allocation failure. */
static struct batch *batch_for(struct read_ahead *ahead, size_t bytes)
{
    struct batch *batch = filling(ahead);

    if (batch->count == BATCH_EVENTS || batch->used_counts == BATCH_COUNTS ||
        (batch->count > 0 && batch->room_bytes - batch->used_bytes < bytes)) {
        hand_over(ahead);
        batch = filling(ahead);
    }
    if (batch->room_bytes < bytes || !batch->data) {
        size_t room_bytes = bytes > BATCH_BYTES ? bytes : BATCH_BYTES;
        free(batch->data); /* the buffer is empty: it is the batch's first packet */
        batch->data = malloc(room_bytes);
        batch->room_bytes = batch->data ? room_bytes : 0;
        if (!batch->data)
            return NULL;
    }
    return batch;
}

static size_t data_bytes(const struct flow_event *event)
{
    return (size_t)event->packet.captured_bytes +
           (event->content_is_copy ? event->content_bytes : 0);
}

/* The packet's bytes belong to the capture and are valid only until it reads on. */
static void keep_data(struct batch *batch, struct flow_event *event)
{
    unsigned char *data = batch->data + batch->used_bytes;

    memcpy(data, event->packet.data, event->packet.captured_bytes);
    if (event->content_is_copy)
        event->content =
            memcpy(data + event->packet.captured_bytes, event->content, event->content_bytes);
    else if (event->content)
        event->content = data + (event->content - event->packet.data);
    event->packet.data = data;
    batch->used_bytes += data_bytes(event);
}

/* An event whose counts do not follow from the event itself carries them. */
static void put_counts(struct read_ahead *ahead, struct batch *batch, struct read_ahead_event *next)
{
    const struct flow_source_counts *counts = flow_reader_counts(ahead->reader);
    const struct capture_packet *pending = flow_reader_pending(ahead->reader);

    next->has_pending = pending != NULL;
    next->pending_wire_bytes = pending ? pending->wire_bytes : 0;
    next->counts = NULL;
    flow_source_expect(&ahead->reported, &next->event);
    if (flow_source_counts_agree(&ahead->reported, counts))
        return;
    ahead->reported = *counts;
    batch->counts[batch->used_counts] = *counts;
    next->counts = &batch->counts[batch->used_counts++];
}

/* `event` has been read into the place after those of a batch; another one takes it if that has no
 * room for its data, or was handed over while it was read. */
static int put(struct read_ahead *ahead, const struct flow_event *event, char *error)
{
    struct batch *batch = batch_for(ahead, data_bytes(event));

    if (!batch)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory",
                          capture_path(flow_reader_capture(ahead->reader)));
    struct read_ahead_event *next = &batch->events[batch->count++];
    if (&next->event != event)
        next->event = *event;
    batch->has_retired |= next->event.kind == FLOW_EVENT_RETIRE;
    if (next->event.packet.captured_bytes > 0)
        keep_data(batch, &next->event);
    put_counts(ahead, batch, next);
    return TRACE_OK;
}

static int read_one(struct read_ahead *ahead, char *error)
{
    struct batch *batch = filling(ahead);
    struct flow_event *event = &batch->events[batch->count].event;
    int status = flow_reader_next(ahead->reader, event, error);

    return status == TRACE_OK ? put(ahead, event, error) : status;
}

static void *read_all(void *arg)
{
    struct read_ahead *ahead = arg;
    char error[TRACE_ERROR_BYTES] = "";
    int status = TRACE_OK;

    while (status == TRACE_OK && !ahead->is_stopped)
        status = read_one(ahead, error);
    /* A wait may have passed a batch to the caller: the error goes into the present one. */
    memcpy(filling(ahead)->error, error, sizeof(error));
    filling(ahead)->status = status;
    filling(ahead)->end_counts = *flow_reader_counts(ahead->reader);
    sem_post(&ahead->full);
    return NULL;
}

/* --- in the caller's thread -------------------------------------------------------------- */

/* Signals are handled by the caller's thread, whose waiting they end. */
static int start_thread(struct read_ahead *ahead)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ahead->has_thread = pthread_create(&ahead->thread, NULL, read_all, ahead) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ahead->has_thread ? 0 : -1;
}

int read_ahead_new(struct flow_reader *reader, struct read_ahead **out, char *error)
{
    struct capture *capture = flow_reader_capture(reader);
    struct read_ahead *ahead = trace_new_cache_aligned(sizeof(*ahead));

    if (!ahead)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", capture_path(capture));
    ahead->reader = reader;
    ahead->reported = *flow_reader_counts(reader);
    sem_init(&ahead->full, 0, 0);
    sem_init(&ahead->empty, 0, BATCHES - 1);
    bool is_file = capture_is_file(capture);
    ahead->wake = is_file ? -1 : eventfd(0, EFD_CLOEXEC);
    if (!is_file && ahead->wake < 0) {
        trace_fail(error, TRACE_ERROR_OPEN,
                   "%s: no descriptor is left to end a wait with (%s); raise the limit (ulimit -n)",
                   capture_path(capture), strerror(errno));
        read_ahead_free(ahead);
        return TRACE_ERROR_OPEN;
    }
    capture_set_wait(capture, ahead->wake, hand_over_some, ahead);
    if (start_thread(ahead) != 0) {
        read_ahead_free(ahead);
        return trace_fail(
            error, TRACE_ERROR_MEMORY,
            "%s: no memory for a thread to read it in, or too many threads; see ulimit -u",
            capture_path(capture));
    }
    *out = ahead;
    return TRACE_OK;
}

/* Waits for the next batch; a signal ends the wait. */
static int take_batch(struct read_ahead *ahead, char *error)
{
    if (ahead->has_batch) {
        ahead->has_batch = false;
        ahead->taking = (ahead->taking + 1) % BATCHES;
        sem_post(&ahead->empty);
    }
    if (sem_wait(&ahead->full) != 0)
        return trace_fail(error, TRACE_ERROR_OPEN, "%s: %s",
                          capture_path(flow_reader_capture(ahead->reader)), strerror(errno));
    ahead->has_batch = true;
    ahead->taken = 0;
    return TRACE_OK;
}

int read_ahead_next(struct read_ahead *ahead, const struct read_ahead_event **next, char *error)
{
    struct batch *batch = &ahead->batches[ahead->taking];

    while (!ahead->has_batch || ahead->taken == batch->count) {
        if (ahead->has_batch && batch->status != TRACE_OK) {
            if (batch->status != TRACE_END)
                memcpy(error, batch->error, sizeof(batch->error));
            return batch->status;
        }
        int status = take_batch(ahead, error);
        if (status != TRACE_OK)
            return status;
        batch = &ahead->batches[ahead->taking];
    }
    *next = &batch->events[ahead->taken++];
    return TRACE_OK;
}

const struct flow_event *read_ahead_peek(const struct read_ahead *ahead, size_t n)
{
    const struct batch *batch = &ahead->batches[ahead->taking];

    return ahead->has_batch && n <= batch->count - ahead->taken
               ? &batch->events[ahead->taken + n - 1].event
               : NULL;
}

const struct flow_source_counts *read_ahead_end_counts(const struct read_ahead *ahead)
{
    const struct batch *batch = &ahead->batches[ahead->taking];

    return ahead->has_batch && batch->status != TRACE_OK ? &batch->end_counts : NULL;
}

static void stop_thread(struct read_ahead *ahead)
{
    const uint64_t one = 1;

    ahead->is_stopped = true;
    while (ahead->wake >= 0 && write(ahead->wake, &one, sizeof(one)) < 0)
        if (errno != EINTR)
            abort(); /* of an eventfd that counts to 1 */
    for (int i = 0; i < BATCHES; i++)
        sem_post(&ahead->empty);
    pthread_join(ahead->thread, NULL);
}

void read_ahead_free(struct read_ahead *ahead)
{
    if (!ahead)
        return;
    if (ahead->has_thread)
        stop_thread(ahead);
    capture_set_wait(flow_reader_capture(ahead->reader), -1, NULL, NULL);
    if (ahead->wake >= 0)
        close(ahead->wake);
    for (int i = 0; i < BATCHES; i++)
        free(ahead->batches[i].data);
    sem_destroy(&ahead->full);
    sem_destroy(&ahead->empty);
    free(ahead);
}
