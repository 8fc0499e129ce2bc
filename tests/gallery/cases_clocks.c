#include "cases.h"

#include <inttypes.h>
#include <stdio.h>

#include "fixture.h"

#define SECOND_US INT64_C(1000000)

/* A socket with bytes to read, alone in a group. */
struct scene {
    struct fixture fixture;
    struct bufferevent_rate_limit_group *group; /* owned by the fixture */
    struct member member;
    uint64_t seen_bytes;
};

static void scene_open(struct scene *scene, int64_t wall_ms, int64_t monotonic_us,
                       size_t burst_bytes, int64_t tick_us)
{
    scene->seen_bytes = 0;
    fixture_open(&scene->fixture, wall_ms, monotonic_us);
    scene->group =
        fixture_group(&scene->fixture, fixture_limit(&scene->fixture, 1000, burst_bytes, tick_us));
    member_init(&scene->member, &scene->fixture, STAGE_SOCKET);
    bufferevent_add_to_rate_limit_group(scene->member.limited, scene->group);
    member_offer_read(&scene->member, 5000000);
}

static void scene_close(struct scene *scene)
{
    member_fini(&scene->member);
    fixture_close(&scene->fixture);
}

/* Bytes read since the last call, up to `ms`. */
static uint64_t read_until(struct scene *scene, int64_t ms)
{
    uint64_t before_bytes = scene->seen_bytes;

    fixture_run_to(&scene->fixture, ms);
    scene->seen_bytes = scene->member.read_bytes;
    return scene->seen_bytes - before_bytes;
}

/* Achieved rate to configured rate over 21 s, the first second left out, and a burst that loses
 * nothing. */
static double rate_factor(int64_t tick_us)
{
    struct scene scene;

    scene_open(&scene, STAGE_WALL_MS, STAGE_MONOTONIC_US, 100000, tick_us);
    member_offer_read(&scene.member, 40000000);
    read_until(&scene, 1000);
    uint64_t bytes = read_until(&scene, 22000);
    scene_close(&scene);
    return (double)bytes * (double)tick_us / (1000.0 * 21 * SECOND_US);
}

void act_tick_fraction(void)
{
    printf("%.3f %.3f %.3f", rate_factor(1000), rate_factor(1500), rate_factor(1999));
    printf(" %.3f %.3f\n", rate_factor(2500), rate_factor(10500));
}

/* Bytes of a group of 1000 B/s, burst 10,000, in the 5 ticks before it gets 1000 B per 100 ms, in
 * the next tick, and in the 1000 after that. */
static void print_retick(int64_t wall_s)
{
    struct scene scene;

    scene_open(&scene, wall_s * 1000, wall_s * SECOND_US, 10000, SECOND_US);
    printf("%" PRIu64, read_until(&scene, 4500));
    require(bufferevent_rate_limit_group_set_cfg(
                scene.group, fixture_limit(&scene.fixture, 1000, 10000, 100000)) == 0,
            "no new limit");
    printf(" %" PRIu64, read_until(&scene, 4650));
    printf(" %" PRIu64, read_until(&scene, 104650));
    scene_close(&scene);
}

void act_tick_changed(void)
{
    print_retick(1600000000);
    printf(", ");
    print_retick(1700000000);
    printf("\n");
}

/* The wall clock of a group of 1000 B/s, burst 5000, is set in its 30th tick: of the 60 ticks that
 * follow, how many carried nothing, how many more than 1000 B, and the most that one carried. */
static void print_clock_step(int64_t by_s)
{
    struct scene scene;
    int empty = 0, more = 0;
    uint64_t most_bytes = 0;

    scene_open(&scene, STAGE_WALL_MS, STAGE_MONOTONIC_US, 5000, SECOND_US);
    read_until(&scene, 29500);
    fixture_set_wall(&scene.fixture, STAGE_WALL_MS + 29500 + by_s * 1000);
    for (int tick = 0; tick < 60; tick++) {
        uint64_t bytes = read_until(&scene, tick * 1000 + 1000);
        empty += bytes == 0;
        more += bytes > 1000;
        most_bytes = bytes > most_bytes ? bytes : most_bytes;
    }
    printf("%d empty, %d above, most %" PRIu64, empty, more, most_bytes);
    scene_close(&scene);
}

void act_clock_set(void)
{
    printf("back: ");
    print_clock_step(-20);
    printf("; forward: ");
    print_clock_step(3600);
    printf("\n");
}

/* The first five ticks of a group of 1000 B a tick, burst 5000, that is made at the given uptime of
 * the machine, on a day of 2025; then, from second 10 to second 600, bytes per tick. */
static void print_first_ticks(int64_t uptime_s, int64_t tick_ms)
{
    const int64_t wall_ms = INT64_C(1760000000) * 1000;
    struct scene scene;

    scene_open(&scene, wall_ms, uptime_s * SECOND_US, 5000, tick_ms * 1000);
    for (int tick = 0; tick < 5; tick++)
        printf("%" PRIu64 " ", read_until(&scene, tick * tick_ms + tick_ms / 2));
    read_until(&scene, 10000 - tick_ms / 2);
    member_offer_read(&scene.member, 60000000);
    printf(".. %" PRIu64, read_until(&scene, 600000 - tick_ms / 2) / (590000 / (uint64_t)tick_ms));
    scene_close(&scene);
}

void act_clock_first_seconds(void)
{
    print_first_ticks(2, 1000);
    printf("; ");
    print_first_ticks(2, 10);
    printf("; ");
    print_first_ticks(3600, 10);
    printf("\n");
}
