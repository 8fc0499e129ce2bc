/* libshaper: what one tick carries. Two connections wait under a limit of 1000 bytes, one with
 * three times the other's weight. cc example.c $(pkg-config --cflags --libs shaper) */
#include <stdio.h>
#include <event2/event.h>
#include <shaper/channel.h>

static void delivered(void *arg, enum shaper_direction direction, size_t bytes)
{
    (void)direction;
    *(size_t *)arg += bytes;
}

int main(void)
{
    const struct shaper_channel_callbacks callbacks = {.delivered = delivered};
    const struct shaper_group_setup limit = {.limit = {.tick_ms = 60000,
                                                       .rate_bytes_per_tick = {1000, 1000},
                                                       .burst_bytes = {1000, 1000}},
                                             .min_share_bytes = 125,
                                             .scheduler = SHAPER_SCHEDULER_DRR};
    struct event_base *base = event_base_new();
    event_base_priority_init(base, SHAPER_PRIORITIES);
    struct shaper *shaper = shaper_new(base);
    struct shaper_group *group = shaper_group_new(shaper, &limit);
    struct shaper_channel *channels[2];
    size_t bytes[2] = {0};
    for (int i = 0, status; i < 2; i++) {
        const struct shaper_channel_setup setup = {
            .group = group, .weight = i ? 3 : 1, .callbacks = &callbacks, .arg = &bytes[i]};
        channels[i] = shaper_channel_new(shaper, &setup, &status);
        shaper_channel_offer(channels[i], SHAPER_WRITE, NULL, 1500);
    }
    event_base_loop(base, EVLOOP_NONBLOCK);
    printf("light %zu, heavy %zu\n", bytes[0], bytes[1]);
    for (int i = 0; i < 2; i++)
        shaper_channel_free(channels[i]);
    shaper_group_free(group);
    shaper_free(shaper);
    event_base_free(base);
}
