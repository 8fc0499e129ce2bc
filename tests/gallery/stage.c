#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <event2/buffer.h>

#include "sim/base/random.h"
#include "sim/clock/clock.h"
#include "sim/clock/loop.h"

#define US_PER_MS INT64_C(1000)
#define US_PER_S  INT64_C(1000000)

/* The stage's monotonic time is the simulator's clock and this. */
static int64_t the_monotonic_us;
static bool the_stage_is_open;

void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "gallery_native: %s\n", what);
    exit(2);
}

/* libevent exports the function by which it asks for monotonic time, and calls it by name; this one
 * takes its place, so that the wall can be set without it. */
struct evutil_monotonic_timer;
int evutil_gettime_monotonic_(struct evutil_monotonic_timer *timer, struct timeval *time);

int evutil_gettime_monotonic_(struct evutil_monotonic_timer *timer, struct timeval *time)
{
    struct timespec now;
    int64_t us;

    (void)timer;
    if (the_stage_is_open) {
        us = the_monotonic_us + sim_clock_now_us();
    } else {
        clock_gettime(CLOCK_MONOTONIC, &now);
        us = now.tv_sec * US_PER_S + now.tv_nsec / 1000;
    }
    time->tv_sec = us / US_PER_S;
    time->tv_usec = us % US_PER_S;
    return 0;
}

static int stage_poll(void *arg, int max_ends)
{
    (void)arg;
    (void)max_ends;
    return 0;
}

static void stage_wait(void *arg, int64_t deadline_us)
{
    struct stage *stage = arg;

    if (deadline_us != CLOCK_NEVER_US)
        deadline_us += stage->late_us;
    if (deadline_us < stage->end_us) {
        sim_clock_move(deadline_us);
    } else {
        sim_clock_move(stage->end_us);
        event_base_loopbreak(stage->base);
    }
}

/* The simulator's clock starts at a multiple of what it is given: at `wall_ms` itself. */
static void start_clock(struct stage *stage, int64_t wall_ms)
{
    const struct sim_clock_driver driver = {.poll = stage_poll, .wait = stage_wait, .arg = stage};

    require(wall_ms * US_PER_MS >= CLOCK_EPOCH_S * US_PER_S, "the wall time is too early");
    sim_clock_start(SIM_CLOCK_VIRTUAL, wall_ms, &driver);
}

void stage_open(struct stage *stage, int64_t wall_ms, int64_t monotonic_us)
{
    *stage = (struct stage){0};
    random_seed(1);
    start_clock(stage, wall_ms);
    the_monotonic_us = monotonic_us;
    the_stage_is_open = true;
    stage->base = loop_new();
    require(stage->base, "no event base");
}

void stage_close(struct stage *stage)
{
    stage_settle(stage);
    for (int i = 0; i < stage->group_count; i++)
        bufferevent_rate_limit_group_free(stage->groups[i]);
    for (int i = 0; i < stage->limit_count; i++)
        ev_token_bucket_cfg_free(stage->limits[i]);
    event_base_free(stage->base);
    the_stage_is_open = false;
    sim_clock_stop();
}

struct ev_token_bucket_cfg *stage_limit(struct stage *stage, size_t rate_bytes, size_t burst_bytes,
                                        int64_t tick_us)
{
    struct timeval tick = {.tv_sec = tick_us / US_PER_S, .tv_usec = tick_us % US_PER_S};
    struct ev_token_bucket_cfg *cfg =
        ev_token_bucket_cfg_new(rate_bytes, burst_bytes, rate_bytes, burst_bytes, &tick);

    require(cfg, "libevent refuses the limit");
    require(stage->limit_count < STAGE_LIMITS, "too many limits");
    return stage->limits[stage->limit_count++] = cfg;
}

struct bufferevent_rate_limit_group *stage_group(struct stage *stage,
                                                 const struct ev_token_bucket_cfg *cfg)
{
    struct bufferevent_rate_limit_group *group = bufferevent_rate_limit_group_new(stage->base, cfg);

    require(group, "no group");
    require(stage->group_count < STAGE_GROUPS, "too many groups");
    return stage->groups[stage->group_count++] = group;
}

void stage_run_to(struct stage *stage, int64_t ms)
{
    stage->end_us = ms * US_PER_MS;
    loop_run(stage->base);
}

void stage_set_wall(struct stage *stage, int64_t wall_ms)
{
    the_monotonic_us += sim_clock_now_us();
    start_clock(stage, wall_ms);
}

void stage_settle(struct stage *stage)
{
    event_base_loop(stage->base, EVLOOP_NONBLOCK);
}

static size_t take_out(struct bufferevent *end)
{
    struct evbuffer *input = bufferevent_get_input(end);
    size_t bytes = evbuffer_get_length(input);

    evbuffer_drain(input, bytes);
    return bytes;
}

static void limited_read_callback(struct bufferevent *limited, void *arg)
{
    struct member *member = arg;
    size_t bytes = take_out(limited);

    member->read_bytes += bytes;
    if (bytes > member->largest_read_bytes)
        member->largest_read_bytes = bytes;
}

static void limited_event_callback(struct bufferevent *limited, short what, void *arg)
{
    struct member *member = arg;

    (void)limited;
    if (what & BEV_EVENT_EOF)
        member->end_of_file = true;
}

static void peer_read_callback(struct bufferevent *peer, void *arg)
{
    ((struct member *)arg)->written_bytes += take_out(peer);
}

static void make_ends(struct stage *stage, enum stage_transport transport,
                      struct bufferevent *ends[2])
{
    int sockets[2];

    switch (transport) {
    case STAGE_SOCKET:
        require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets) == 0,
                "no socketpair");
        for (int i = 0; i < 2; i++)
            ends[i] = bufferevent_socket_new(stage->base, sockets[i], BEV_OPT_CLOSE_ON_FREE);
        break;
    case STAGE_PAIR:
        require(bufferevent_pair_new(stage->base, 0, ends) == 0, "no pair");
        break;
    }
    require(ends[0] && ends[1], "no bufferevent");
}

void member_init(struct member *member, struct stage *stage, enum stage_transport transport)
{
    struct bufferevent *ends[2];

    make_ends(stage, transport, ends);
    *member = (struct member){.peer = ends[0], .limited = ends[1]};
    bufferevent_setcb(member->limited, limited_read_callback, NULL, limited_event_callback, member);
    bufferevent_setcb(member->peer, peer_read_callback, NULL, NULL, member);
    bufferevent_enable(member->limited, EV_READ | EV_WRITE);
    bufferevent_enable(member->peer, EV_READ | EV_WRITE);
}

void member_fini(struct member *member)
{
    bufferevent_free(member->limited);
    bufferevent_free(member->peer);
}

static void offer(struct bufferevent *sender, size_t bytes)
{
    static const char zeros[4096];

    while (bytes > 0) {
        size_t n = bytes < sizeof(zeros) ? bytes : sizeof(zeros);
        require(bufferevent_write(sender, zeros, n) == 0, "no memory");
        bytes -= n;
    }
}

void member_offer_read(struct member *member, size_t bytes)
{
    offer(member->peer, bytes);
}

void member_offer_write(struct member *member, size_t bytes)
{
    offer(member->limited, bytes);
}
