/*
 * libshaper in a program's own event loop, on the real clock: two connections with a filter of the
 * program's, which sends whole lines with their length before each. They share 20 bytes each 10 ms,
 * three quarters of them the second one's.
 *
 *     cc filter.c $(pkg-config --cflags --libs shaper)
 */
#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include <shaper/channel.h>

/* Passes on whole lines, and leaves the beginning of one until the rest has come. */
static int lines_in(struct shaper_hook_stream *stream, struct evbuffer *from, struct evbuffer *to)
{
    struct evbuffer_ptr end;

    (void)stream;
    while ((end = evbuffer_search(from, "\n", 1, NULL)).pos >= 0) {
        unsigned char length = (unsigned char)(end.pos + 1);
        if (end.pos > 200 || evbuffer_add(to, &length, 1) != 0 ||
            evbuffer_remove_buffer(from, to, length) != length)
            return -1; /* the connection breaks */
    }
    return 0;
}

/* Prints each line when all of it has come. */
static int lines_out(struct shaper_hook_stream *stream, struct evbuffer *from, struct evbuffer *to)
{
    unsigned char length;

    (void)stream;
    while (evbuffer_copyout(from, &length, 1) == 1 && evbuffer_get_length(from) > length) {
        evbuffer_drain(from, 1);
        const char *line = (const char *)evbuffer_pullup(from, length);
        printf("%.*s ", line[length - 1] == '\n' ? length - 1 : length, line);
        evbuffer_remove_buffer(from, to, length);
    }
    return 0;
}

/* A last line without its end is sent when the connection closes. */
static int lines_end(struct shaper_hook_stream *stream, struct evbuffer *from, struct evbuffer *to)
{
    unsigned char length = (unsigned char)evbuffer_get_length(from);

    (void)stream;
    return to && length > 0 ? evbuffer_add(to, &length, 1) : 0; /* what is in `from` follows */
}

static void delivered(void *arg, enum shaper_direction direction, size_t bytes)
{
    (void)arg;
    (void)direction;
    (void)bytes;
}

static void leaving(void *arg)
{
    (void)arg; /* its buckets and counts can be read for the last time */
}

static void closed(void *arg)
{
    --*(int *)arg;
}

int main(void)
{
    static const struct shaper_filter_hook lines = {lines_in, lines_out, lines_end, NULL};
    static const struct shaper_filter filter = {.kind = SHAPER_FILTER_HOOK, .hook = &lines};
    static const struct shaper_channel_callbacks callbacks = {
        .delivered = delivered, .leaving = leaving, .closed = closed};
    static const struct shaper_group_setup limit = {
        .limit = {.tick_ms = 10, .rate_bytes_per_tick = {20, 20}, .burst_bytes = {20, 20}},
        .min_share_bytes = 5,
        .scheduler = SHAPER_SCHEDULER_DRR};
    static const char *const text[] = {"a1\na2\na3\na4\na5\na6", "b1\nb2\nb3\nb4\nb5\nb6\n"};
    int open = 2, status = SHAPER_OK;

    struct event_base *base = event_base_new();
    event_base_priority_init(base, SHAPER_PRIORITIES);
    struct shaper *shaper = shaper_new(base);
    struct shaper_group *group = shaper_group_new(shaper, &limit);
    for (int i = 0; i < 2; i++) {
        const struct shaper_channel_setup setup = {.filters = &filter,
                                                   .filter_count = 1,
                                                   .group = group,
                                                   .weight = i ? 3 : 1,
                                                   .callbacks = &callbacks,
                                                   .arg = &open};
        struct shaper_channel *channel = shaper_channel_new(shaper, &setup, &status);
        shaper_channel_offer(channel, SHAPER_WRITE, text[i], strlen(text[i]));
        shaper_channel_close(channel);
    }
    while (open > 0) /* waits only where no end of a pair can move bytes */
        event_base_loop(base, shaper_poll(shaper, 64) > 0 ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
    printf("\n");
    shaper_group_free(group);
    shaper_free(shaper);
    event_base_free(base);
}
