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

#define BATCHES       4
#define BATCH_PACKETS 1024
#define BATCH_BYTES   (128 * 1024)

struct batch {
    alignas(CACHE_LINE_BYTES) struct read_packet packets[BATCH_PACKETS];
    size_t count;
    unsigned char *data; /* of all its packets */
    size_t used_bytes;
    size_t room_bytes;
    int status; /* what comes after its packets; TRACE_OK: another batch */
    char error[TRACE_ERROR_BYTES];
};

/* What one thread writes with every packet is in no line of the cache that the other one reads. */
struct read_ahead {
    struct capture *capture;
    const struct capture_filter *filter;
    sem_t full;
    sem_t empty;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_stopped;
    int wake; /* an eventfd that ends a wait for a pipe's bytes; -1 for a file */
    alignas(CACHE_LINE_BYTES) size_t filling; /* by the thread */
    alignas(CACHE_LINE_BYTES) size_t taking;  /* by the caller */
    size_t taken;                             /* of its packets */
    bool has_batch;
    alignas(CACHE_LINE_BYTES) struct batch batches[BATCHES];
};

/* --- in the thread ------------------------------------------------------------------------ */

static struct batch *filling(struct read_ahead *ahead)
{
    return &ahead->batches[ahead->filling];
}

/* Goes on with the next batch when the caller is done with it. */
static void hand_over(struct read_ahead *ahead)
{
    sem_post(&ahead->full);
    ahead->filling = (ahead->filling + 1) % BATCHES;
    while (sem_wait(&ahead->empty) != 0)
        ;
    filling(ahead)->count = 0;
    filling(ahead)->used_bytes = 0;
}

static void hand_over_some(void *arg)
{
    struct read_ahead *ahead = arg;

    if (filling(ahead)->count > 0)
        hand_over(ahead);
}

/* A place for a packet's data: in the next batch, where this one is full. NULL without memory. */
static unsigned char *place_for(struct read_ahead *ahead, size_t bytes)
{
    struct batch *batch = filling(ahead);

    if (batch->count == BATCH_PACKETS ||
        (batch->count > 0 && batch->room_bytes - batch->used_bytes < bytes)) {
        hand_over(ahead);
        batch = filling(ahead);
    }
    if (batch->room_bytes < bytes || !batch->data) {
        size_t room_bytes = bytes > BATCH_BYTES ? bytes : BATCH_BYTES;
        free(batch->data); /* nothing lies in it: it is the batch's first packet */
        batch->data = malloc(room_bytes);
        batch->room_bytes = batch->data ? room_bytes : 0;
        if (!batch->data)
            return NULL;
    }
    return batch->data + batch->used_bytes;
}

static void decode(const struct read_ahead *ahead, struct read_packet *packet)
{
    packet->reason = SKIP_FILTERED;
    if (ahead->filter && !capture_filter_matches(ahead->filter, &packet->packet))
        return;
    packet->reason =
        decode_packet(capture_link_type(ahead->capture), &packet->packet, &packet->info);
    if (packet->reason == SKIP_NONE)
        flow_key_make(&packet->info, &packet->key);
}

static int read_one(struct read_ahead *ahead)
{
    struct capture_packet packet;
    char error[TRACE_ERROR_BYTES] = "";
    int status = capture_next(ahead->capture, &packet, error);

    if (status != TRACE_OK) {
        /* A wait may have handed the batch on: it goes into the one there is now. */
        memcpy(filling(ahead)->error, error, sizeof(error));
        return status;
    }
    unsigned char *data = place_for(ahead, packet.captured_bytes);
    struct batch *batch = filling(ahead);
    if (!data)
        return trace_fail(batch->error, TRACE_ERROR_MEMORY, "%s: out of memory",
                          capture_path(ahead->capture));
    memcpy(data, packet.data, packet.captured_bytes);
    batch->used_bytes += packet.captured_bytes;
    struct read_packet *read = &batch->packets[batch->count++];
    read->packet = packet;
    read->packet.data = data;
    decode(ahead, read);
    return TRACE_OK;
}

static void *read_all(void *arg)
{
    struct read_ahead *ahead = arg;
    int status = TRACE_OK;

    while (status == TRACE_OK && !ahead->is_stopped)
        status = read_one(ahead);
    filling(ahead)->status = status;
    sem_post(&ahead->full);
    return NULL;
}

/* --- by the caller ------------------------------------------------------------------------ */

/* Signals are the caller's: they shall end its waiting. */
static int start_thread(struct read_ahead *ahead)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ahead->has_thread = pthread_create(&ahead->thread, NULL, read_all, ahead) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ahead->has_thread ? 0 : -1;
}

int read_ahead_new(struct capture *capture, const struct capture_filter *filter,
                   struct read_ahead **out, char *error)
{
    struct read_ahead *ahead;

    if (posix_memalign((void **)&ahead, CACHE_LINE_BYTES, sizeof(*ahead)) != 0)
        return trace_fail(error, TRACE_ERROR_MEMORY, "%s: out of memory", capture_path(capture));
    memset(ahead, 0, sizeof(*ahead));
    ahead->capture = capture;
    ahead->filter = filter;
    sem_init(&ahead->full, 0, 0);
    sem_init(&ahead->empty, 0, BATCHES - 1);
    bool is_file = byte_source_is_file(capture_bytes(capture));
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

/* Waits for the next batch; not for ever, if a signal comes. */
static int take_batch(struct read_ahead *ahead, char *error)
{
    if (ahead->has_batch) {
        ahead->has_batch = false;
        ahead->taking = (ahead->taking + 1) % BATCHES;
        sem_post(&ahead->empty);
    }
    if (sem_wait(&ahead->full) != 0)
        return trace_fail(error, TRACE_ERROR_OPEN, "%s: %s", capture_path(ahead->capture),
                          strerror(errno));
    ahead->has_batch = true;
    ahead->taken = 0;
    return TRACE_OK;
}

int read_ahead_next(struct read_ahead *ahead, struct read_packet **packet, char *error)
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
    *packet = &batch->packets[ahead->taken++];
    return TRACE_OK;
}

static void stop_thread(struct read_ahead *ahead)
{
    const uint64_t one = 1;

    ahead->is_stopped = true;
    if (ahead->wake >= 0 && write(ahead->wake, &one, sizeof(one)) < 0)
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
    capture_set_wait(ahead->capture, -1, NULL, NULL);
    if (ahead->wake >= 0)
        close(ahead->wake);
    for (int i = 0; i < BATCHES; i++)
        free(ahead->batches[i].data);
    sem_destroy(&ahead->full);
    sem_destroy(&ahead->empty);
    free(ahead);
}
