#include "tests/reference/server.h"

#include <errno.h>
#include <string.h>

#include "tests/reference/connection.h"

struct server {
    struct player *player;
    int listener;
    struct ev_token_bucket_cfg *cfg;
    struct bufferevent_rate_limit_group *group; /* NULL: no limit */
    struct event *accepting;
    struct event *tick; /* a timer like the group's own */
    int64_t tick_us;
    int64_t next_tick_us;
};

static void on_accept(evutil_socket_t listener, short what, void *arg)
{
    struct server *server = arg;
    uint32_t flow;
    int descriptor;

    (void)what;
    while ((descriptor = connection_accept(listener, &flow)) >= 0)
        player_attach(server->player, flow, descriptor);
    if (errno != EAGAIN)
        player_fail(server->player, strerror(errno));
}

static void on_joined(struct player *player, struct bufferevent *bev)
{
    struct server *server = player->arg;

    if (server->group && bufferevent_add_to_rate_limit_group(bev, server->group) != 0)
        player_fail(player, "a connection cannot join the group");
}

static void on_leaves(struct player *player, struct bufferevent *bev)
{
    struct server *server = player->arg;

    if (server->group)
        bufferevent_remove_from_rate_limit_group(bev);
}

static void on_tick(evutil_socket_t descriptor, short what, void *arg)
{
    struct server *server = arg;
    struct player_result *result = server->player->result;
    int64_t late_us = player_now_us(server->player) - server->next_tick_us;

    (void)descriptor;
    (void)what;
    if (late_us > result->latest_tick_us)
        result->latest_tick_us = late_us;
    server->next_tick_us += server->tick_us;
}

/* The group's bucket is filled from now on. 0, or -1. */
static int make_group(struct server *server, const struct server_limits *limits)
{
    struct timeval tick = {.tv_sec = limits->tick_ms / 1000,
                           .tv_usec = limits->tick_ms % 1000 * 1000};
    size_t read = limits->read_bytes_per_tick;
    size_t write = limits->write_bytes_per_tick;

    server->tick_us = limits->tick_ms * INT64_C(1000);
    server->next_tick_us = player_now_us(server->player) + server->tick_us;
    if (event_add(server->tick, &tick) != 0)
        return -1;
    if (read == 0 && write == 0)
        return 0;
    server->cfg = ev_token_bucket_cfg_new(
        read ? read : EV_RATE_LIMIT_MAX, read ? limits->read_burst_bytes : EV_RATE_LIMIT_MAX,
        write ? write : EV_RATE_LIMIT_MAX, write ? limits->write_burst_bytes : EV_RATE_LIMIT_MAX,
        &tick);
    if (server->cfg)
        server->group = bufferevent_rate_limit_group_new(server->player->base, server->cfg);
    return server->group && bufferevent_rate_limit_group_set_min_share(server->group,
                                                                       limits->min_share_bytes) == 0
               ? 0
               : -1;
}

/* Whether libevent has charged each byte of the plan once. */
static void check_totals(struct server *server)
{
    const struct plan *plan = server->player->plan;
    uint64_t bytes[DIRECTIONS] = {0};
    uint64_t read, written;

    if (!server->group)
        return;
    for (uint32_t i = 0; i < plan->flow_count; i++) {
        for (int d = 0; d < DIRECTIONS; d++)
            bytes[d] += plan->flows[i].sides[d].bytes;
    }
    bufferevent_rate_limit_group_get_totals(server->group, &read, &written);
    if (read != bytes[FLOW_FROM_INITIATOR] || written != bytes[FLOW_FROM_RESPONDER]) {
        player_fail(server->player, "the group's totals are not the bytes of the capture");
        server->player->result->is_done = false;
    }
}

static void run(struct server *server, const struct server_limits *limits)
{
    struct player *player = server->player;

    player_wait(player);
    if (make_group(server, limits) != 0 || event_add(server->accepting, NULL) != 0) {
        player_fail(player, "libevent refuses the limits");
        return;
    }
    player_run(player);
    if (player->result->is_done)
        check_totals(server);
}

void server_play(struct player *player, int listener, const struct server_limits *limits)
{
    struct server server = {.player = player, .listener = listener};

    player->sends = FLOW_FROM_RESPONDER;
    player->joined = on_joined;
    player->leaves = on_leaves;
    player->arg = &server;
    if (player_init(player) == 0) {
        server.accepting =
            event_new(player->base, listener, EV_READ | EV_PERSIST, on_accept, &server);
        server.tick = event_new(player->base, -1, EV_PERSIST, on_tick, &server);
        if (server.accepting && server.tick)
            run(&server, limits);
    }
    player_end_flows(player);
    if (server.group)
        bufferevent_rate_limit_group_free(server.group);
    if (server.cfg)
        ev_token_bucket_cfg_free(server.cfg);
    if (server.accepting)
        event_free(server.accepting);
    if (server.tick)
        event_free(server.tick);
    player_fini(player);
}
