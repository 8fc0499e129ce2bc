/*
 * libshaper on a clock of the program's own: two connections wait under one limit of 1000 bytes
 * each 100 ms, one of them with three times the other's weight.
 *
 *     cc clock.c $(pkg-config --cflags --libs shaper)
 */
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>

#include <event2/event.h>

#include <shaper/channel.h>

#define TICK_MS  100
#define START_MS 1000000000LL /* a whole tick */

static struct event_base *base;
static struct shaper *shaper;
static long long now_ms = START_MS;
static size_t granted[2];
static int open_channels = 2;

/* libevent asks these two for the time ... */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    (void)clock;
    *time = (struct timespec){.tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000};
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    (void)zone;
    *time = (struct timeval){.tv_sec = now_ms / 1000, .tv_usec = now_ms % 1000 * 1000};
    return 0;
}

/* ... and waits here: no time passes while anybody can move bytes. */
int epoll_wait(int fd, struct epoll_event *events, int max_events, int timeout_ms)
{
    int ready = shaper_poll(shaper, max_events);

    (void)fd;
    memset(events, 0, (size_t)ready * sizeof(*events));
    if (ready == 0 && timeout_ms > 0) {
        printf("tick %lld: light %zu, heavy %zu\n", (now_ms - START_MS) / TICK_MS, granted[0],
               granted[1]);
        memset(granted, 0, sizeof(granted));
        now_ms += timeout_ms;
        if (open_channels == 0)
            event_base_loopbreak(base);
    }
    return ready;
}

static void delivered(void *arg, enum shaper_direction direction, size_t bytes)
{
    (void)direction;
    *(size_t *)arg += bytes;
}

static void leaving(void *arg)
{
    (void)arg;
    open_channels--;
}

static void closed(void *arg)
{
    (void)arg;
}

int main(void)
{
    static const struct shaper_channel_callbacks callbacks = {
        .delivered = delivered, .leaving = leaving, .closed = closed};
    static const struct shaper_group_setup limit = {
        .limit = {TICK_MS, .rate_bytes_per_tick = {1000, 1000}, .burst_bytes = {1000, 1000}},
        .min_share_bytes = 125,
        .scheduler = SHAPER_SCHEDULER_DRR};

    base = event_base_new();
    event_base_priority_init(base, SHAPER_PRIORITIES);
    shaper = shaper_new(base);
    struct shaper_group *group = shaper_group_new(shaper, &limit);
    for (int i = 0; i < 2; i++) {
        const struct shaper_channel_setup setup = {
            .group = group, .weight = i ? 3 : 1, .callbacks = &callbacks, .arg = &granted[i]};
        int status;
        struct shaper_channel *channel = shaper_channel_new(shaper, &setup, &status);
        shaper_channel_offer(channel, SHAPER_WRITE, NULL, 1500);
        shaper_channel_close(channel);
    }
    event_base_dispatch(base);
    shaper_group_free(group);
    shaper_free(shaper);
    event_base_free(base);
}
