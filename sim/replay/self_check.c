#include <inttypes.h>

#include <event2/event.h>

#include "shaper/channel.h"
#include "shaper/libevent/memory.h"
#include "shaper/suspend_hooks.h"
#include "sim/base/random.h"
#include "sim/clock/clock.h"
#include "sim/clock/loop.h"
#include "sim/replay/replay.h"

/* Three flows of 5000 bytes under 1000 bytes per 10 ms: the last byte leaves in tick 14. */
#define CHECK_FLOWS   3
#define CHECK_BYTES   5000
#define CHECK_TICK_MS 10
#define CHECK_RATE    1000
#define CHECK_END_US  INT64_C(140000)

/* Compared by address: all other errors concern libevent. */
static const char no_memory[] = "out of memory";

struct check {
    struct event_base *base;
    struct shaper *shaper;
    uint64_t delivered_bytes;
    int polls;
    int waits;
};

static int check_poll(void *arg, int max_ends)
{
    struct check *check = arg;

    check->polls++;
    return check->shaper ? shaper_poll(check->shaper, max_ends) : 0;
}

static void check_wait(void *arg, int64_t deadline_us)
{
    struct check *check = arg;

    if (check->delivered_bytes == CHECK_FLOWS * CHECK_BYTES || ++check->waits > 1000 ||
        deadline_us == CLOCK_NEVER_US)
        event_base_loopbreak(check->base);
    else
        sim_clock_move(deadline_us);
}

static void check_delivered(void *arg, enum shaper_direction direction, size_t bytes)
{
    struct check *check = arg;

    (void)direction;
    check->delivered_bytes += bytes;
}

static void check_nothing(void *arg)
{
    (void)arg;
}

static const struct shaper_channel_callbacks check_callbacks = {
    .delivered = check_delivered, .leaving = check_nothing, .closed = check_nothing};

static const char *run_check(struct check *check)
{
    const struct shaper_limit limit = {.tick_ms = CHECK_TICK_MS,
                                       .rate_bytes_per_tick = {CHECK_RATE, CHECK_RATE},
                                       .burst_bytes = {CHECK_RATE, CHECK_RATE}};
    struct shaper_channel *channels[CHECK_FLOWS] = {NULL};
    const char *fault = NULL;
    unsigned long calls_before = suspend_calls();
    struct timeval now;

    event_base_loop(check->base, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY);
    if (check->polls == 0)
        return "it does not wait through our epoll_wait()";
    event_base_gettimeofday_cached(check->base, &now);
    if (now.tv_sec < CLOCK_EPOCH_S || now.tv_sec > 2 * CLOCK_EPOCH_S)
        return "it does not ask our clock";
    check->shaper = shaper_new(check->base);
    struct shaper_group_setup group_setup = {.limit = limit, .min_share_bytes = 64};
    struct shaper_group *group =
        check->shaper ? shaper_group_new(check->shaper, &group_setup) : NULL;
    if (!group)
        return no_memory;
    struct shaper_channel_setup setup = {
        .group = group, .callbacks = &check_callbacks, .arg = check};
    for (int i = 0; i < CHECK_FLOWS && !fault; i++) {
        int status;
        channels[i] = shaper_channel_new(check->shaper, &setup, &status);
        if (!channels[i] || shaper_channel_offer(channels[i], SHAPER_WRITE, NULL, CHECK_BYTES) != 0)
            fault = no_memory;
    }
    if (!fault)
        loop_run(check->base);
    if (!fault && shaper_is_out_of_memory(check->shaper))
        fault = no_memory; /* the replay then ends early */
    if (!fault && (suspend_calls() == calls_before || random_libevent_calls() == 0))
        fault = "its rate limiting cannot be observed (is it linked statically?)";
    if (!fault &&
        (sim_clock_now_us() != CHECK_END_US || check->delivered_bytes != CHECK_FLOWS * CHECK_BYTES))
        fault = "its token buckets do not keep to the clock";
    for (int i = 0; i < CHECK_FLOWS; i++)
        shaper_channel_free(channels[i]);
    shaper_group_free(group);
    return fault;
}

int replay_self_check(char *error)
{
    struct check check = {0};
    const struct sim_clock_driver driver = {.poll = check_poll, .wait = check_wait, .arg = &check};
    const char *fault;

    random_seed(1);
    sim_clock_start(SIM_CLOCK_VIRTUAL, CHECK_TICK_MS, &driver);
    check.base = loop_new();
    if (!check.base) {
        sim_clock_stop();
        return loop_new_failed(error);
    }
    fault = run_check(&check);
    shaper_free(check.shaper);
    event_base_free(check.base);
    sim_clock_stop();
    if (memory_ran_out() || fault == no_memory)
        return sim_fail(error, SIM_FAILED, "out of memory before the replay began");
    if (!fault)
        return SIM_OK;
    return sim_fail(error, SIM_FAILED,
                    "libevent %s cannot be simulated with: %s; use the shared libevent 2.1.12 that "
                    "Debian 12 ships",
                    event_get_version(), fault);
}
