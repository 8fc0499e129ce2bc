#include "fixture.h"

#include <fcntl.h>
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

/* The fixture's monotonic time is the simulator's clock and this. */
static int64_t the_monotonic_us;
static bool the_fixture_is_open;

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
    if (the_fixture_is_open) {
        us = the_monotonic_us + sim_clock_now_us();
    } else {
        clock_gettime(CLOCK_MONOTONIC, &now);
        us = now.tv_sec * US_PER_S + now.tv_nsec / 1000;
    }
    time->tv_sec = us / US_PER_S;
    time->tv_usec = us % US_PER_S;
    return 0;
}

static int fixture_poll(void *arg, int max_ends)
{
    (void)arg;
    (void)max_ends;
    return 0;
}

static void fixture_wait(void *arg, int64_t deadline_us)
{
    struct fixture *fixture = arg;

    if (deadline_us != CLOCK_NEVER_US)
        deadline_us += fixture->late_us;
    if (deadline_us < fixture->end_us) {
        sim_clock_move(deadline_us);
    } else {
        sim_clock_move(fixture->end_us);
        event_base_loopbreak(fixture->base);
    }
}

/* The simulator's clock starts at a multiple of what it is given: at `wall_ms` itself. */
static void start_clock(struct fixture *fixture, int64_t wall_ms)
{
    const struct sim_clock_driver driver = {
        .poll = fixture_poll, .wait = fixture_wait, .arg = fixture};

    require(wall_ms * US_PER_MS >= CLOCK_EPOCH_S * US_PER_S, "the wall time is too early");
    sim_clock_start(SIM_CLOCK_VIRTUAL, wall_ms, &driver);
}

void fixture_open(struct fixture *fixture, int64_t wall_ms, int64_t monotonic_us)
{
    *fixture = (struct fixture){0};
    random_seed(1);
    start_clock(fixture, wall_ms);
    the_monotonic_us = monotonic_us;
    the_fixture_is_open = true;
    fixture->base = loop_new();
    require(fixture->base, "no event base");
}

void fixture_close(struct fixture *fixture)
{
    fixture_settle(fixture);
    for (int i = 0; i < fixture->group_count; i++)
        bufferevent_rate_limit_group_free(fixture->groups[i]);
    for (int i = 0; i < fixture->limit_count; i++)
        ev_token_bucket_cfg_free(fixture->limits[i]);
    event_base_free(fixture->base);
    the_fixture_is_open = false;
    sim_clock_stop();
}

struct ev_token_bucket_cfg *fixture_limit(struct fixture *fixture, size_t rate_bytes,
                                          size_t burst_bytes, int64_t tick_us)
{
    struct timeval tick = {.tv_sec = tick_us / US_PER_S, .tv_usec = tick_us % US_PER_S};
    struct ev_token_bucket_cfg *cfg =
        ev_token_bucket_cfg_new(rate_bytes, burst_bytes, rate_bytes, burst_bytes, &tick);

    require(cfg, "libevent refuses the limit");
    require(fixture->limit_count < STAGE_LIMITS, "too many limits");
    return fixture->limits[fixture->limit_count++] = cfg;
}

struct bufferevent_rate_limit_group *fixture_group(struct fixture *fixture,
                                                   const struct ev_token_bucket_cfg *cfg)
{
    struct bufferevent_rate_limit_group *group =
        bufferevent_rate_limit_group_new(fixture->base, cfg);

    require(group, "no group");
    require(fixture->group_count < STAGE_GROUPS, "too many groups");
    return fixture->groups[fixture->group_count++] = group;
}

void fixture_run_to(struct fixture *fixture, int64_t ms)
{
    fixture->end_us = ms * US_PER_MS;
    loop_run(fixture->base);
}

void fixture_set_wall(struct fixture *fixture, int64_t wall_ms)
{
    the_monotonic_us += sim_clock_now_us();
    start_clock(fixture, wall_ms);
}

void fixture_settle(struct fixture *fixture)
{
    event_base_loop(fixture->base, EVLOOP_NONBLOCK);
}

void fixture_sockets(int sockets[2])
{
    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets) == 0,
            "no socketpair");
}

const char *fixture_descriptor(int fd)
{
    return fcntl(fd, F_GETFD) >= 0 ? "open" : "closed";
}

static void print_nothing(int severity, const char *message)
{
    (void)severity;
    (void)message;
}

void fixture_mute(void)
{
    event_set_log_callback(print_nothing);
}

static size_t drain_input(struct bufferevent *end)
{
    struct evbuffer *input = bufferevent_get_input(end);
    size_t bytes = evbuffer_get_length(input);

    evbuffer_drain(input, bytes);
    return bytes;
}

static void limited_read_callback(struct bufferevent *limited, void *arg)
{
    struct member *member = arg;
    size_t bytes = drain_input(limited);

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
    ((struct member *)arg)->written_bytes += drain_input(peer);
}

static void make_ends(struct fixture *fixture, enum fixture_transport transport,
                      struct bufferevent *ends[2])
{
    int sockets[2];

    switch (transport) {
    case STAGE_SOCKET:
        fixture_sockets(sockets);
        for (int i = 0; i < 2; i++)
            ends[i] = bufferevent_socket_new(fixture->base, sockets[i], BEV_OPT_CLOSE_ON_FREE);
        break;
    case STAGE_PAIR:
        require(bufferevent_pair_new(fixture->base, 0, ends) == 0, "no pair");
        break;
    }
    require(ends[0] && ends[1], "no bufferevent");
}

void member_init(struct member *member, struct fixture *fixture, enum fixture_transport transport)
{
    struct bufferevent *ends[2];

    make_ends(fixture, transport, ends);
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
