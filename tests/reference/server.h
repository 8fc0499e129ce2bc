/*
 * A libevent server as people write it: accepts connections, makes their bufferevents members of
 * one rate-limit group, and answers as the plan says.
 */
#ifndef SHAPESIM_TESTS_REFERENCE_SERVER_H
#define SHAPESIM_TESTS_REFERENCE_SERVER_H

#include <stddef.h>

#include "tests/reference/player.h"

/* Of the group; a rate of 0 is none. */
struct server_limits {
    size_t read_bytes_per_tick;
    size_t read_burst_bytes;
    size_t write_bytes_per_tick;
    size_t write_burst_bytes;
    size_t min_share_bytes;
    int tick_ms;
};

/* Plays a server with that listening socket; `player` is as its header wants it, but for what is
 * the server's. The result is in player->result. */
void server_play(struct player *player, int listener, const struct server_limits *limits);

#endif
