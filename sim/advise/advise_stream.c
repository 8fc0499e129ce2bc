#include "sim/advise/advise_stream.h"

#include <stdlib.h>
#include <string.h>

static int grow(struct advise_stream *stream)
{
    size_t capacity = stream->capacity > 0 ? 2 * stream->capacity : 1024;
    struct advise_ticks *ticks = reallocarray(stream->ticks, capacity, sizeof(*ticks));

    if (!ticks)
        return -1;
    stream->ticks = ticks;
    stream->capacity = capacity;
    return 0;
}

int advise_stream_add(struct advise_stream *stream, int64_t tick, int64_t bytes)
{
    if (bytes <= 0)
        return 0;
    if (stream->count == 0 || stream->ticks[stream->count - 1].tick != tick) {
        if (stream->count == stream->capacity && grow(stream) != 0)
            return -1;
        stream->ticks[stream->count++] = (struct advise_ticks){.tick = tick};
    }
    struct advise_ticks *last = &stream->ticks[stream->count - 1];
    last->bytes += bytes;
    stream->total_bytes += bytes;
    if (last->bytes > stream->peak_bytes)
        stream->peak_bytes = last->bytes;
    return 0;
}

void advise_stream_fini(struct advise_stream *stream)
{
    free(stream->ticks);
    memset(stream, 0, sizeof(*stream));
}

/* Refills the bucket for `ticks` ticks, in which the queue is served; the last one's tokens are
 * left for what arrives in it. */
static void pass_ticks(double *queue, double *level, int64_t ticks, double rate, double burst)
{
    double tokens = *level + rate * (double)(ticks - 1);
    double served = *queue < tokens ? *queue : tokens;

    *queue -= served;
    tokens -= served;
    *level = (tokens < burst ? tokens : burst) + rate;
    if (*level > burst)
        *level = burst;
}

bool advise_stream_waits(const struct advise_stream *stream, int64_t rate, int64_t burst,
                         const struct advise_wait *wait)
{
    double queue = 0, level = (double)rate, late = 0;
    int64_t before = 0;

    for (size_t i = 0; i < stream->count; i++) {
        const struct advise_ticks *at = &stream->ticks[i];
        if (at->tick > before)
            pass_ticks(&queue, &level, at->tick - before, (double)rate, (double)burst);
        before = at->tick;
        queue += (double)at->bytes;
        double served = queue < level ? queue : level;
        queue -= served;
        level -= served;
        if (queue > wait->ticks * (double)rate)
            late += (double)at->bytes;
    }
    return late <= (1 - wait->share) * (double)stream->total_bytes;
}

int64_t advise_stream_rate(const struct advise_stream *stream, const struct advise_wait *wait,
                           int64_t (*burst)(const void *arg, int64_t rate), const void *arg)
{
    int64_t fails = 0, waits = stream->peak_bytes;

    while (waits - fails > 1) {
        int64_t rate = fails + (waits - fails) / 2;
        if (advise_stream_waits(stream, rate, burst(arg, rate), wait))
            waits = rate;
        else
            fails = rate;
    }
    return waits;
}
