#include "cases.h"

#include <stdio.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "fixture.h"
#include "watch.h"

/* The descriptor just after its bufferevent was freed, and after a pass of the loop. */
static void print_descriptor(int options)
{
    struct fixture fixture;
    int sockets[2];

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    fixture_sockets(sockets);
    struct bufferevent *end = bufferevent_socket_new(fixture.base, sockets[0], options);
    require(end, "no bufferevent");
    bufferevent_free(end);
    printf("%s", fixture_descriptor(sockets[0]));
    fixture_settle(&fixture);
    printf(" %s", fixture_descriptor(sockets[0]));
    close(sockets[1]);
    fixture_close(&fixture);
}

void act_option_close_on_free(void)
{
    print_descriptor(BEV_OPT_CLOSE_ON_FREE);
    printf(", without ");
    print_descriptor(0);
    printf("\n");
}

/* Two sockets that become readable at once. */
struct neighbours {
    struct bufferevent *ends[2];
    size_t other_bytes[2]; /* what the other has in its input when the one is called */
};

static void neighbour_callback(struct bufferevent *end, void *arg)
{
    struct neighbours *neighbours = arg;
    int self = end == neighbours->ends[1];

    neighbours->other_bytes[self] = input_bytes(neighbours->ends[!self]);
}

/* 5 bytes for the first and 7 for the second: what each sees of the other. */
static void print_neighbours(int options)
{
    struct neighbours neighbours;
    struct fixture fixture;
    int sockets[2][2];

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    for (int i = 0; i < 2; i++) {
        fixture_sockets(sockets[i]);
        neighbours.ends[i] =
            bufferevent_socket_new(fixture.base, sockets[i][0], options | BEV_OPT_CLOSE_ON_FREE);
        require(neighbours.ends[i], "no bufferevent");
        bufferevent_setcb(neighbours.ends[i], neighbour_callback, NULL, NULL, &neighbours);
        bufferevent_enable(neighbours.ends[i], EV_READ);
    }
    require(write(sockets[0][1], "12345", 5) == 5 && write(sockets[1][1], "1234567", 7) == 7,
            "nothing written");
    fixture_settle(&fixture);
    printf("%zu %zu", neighbours.other_bytes[0], neighbours.other_bytes[1]);
    for (int i = 0; i < 2; i++) {
        bufferevent_free(neighbours.ends[i]);
        close(sockets[i][1]);
    }
    fixture_close(&fixture);
}

void act_option_defer(void)
{
    printf("at once: ");
    print_neighbours(0);
    printf(", deferred: ");
    print_neighbours(BEV_OPT_DEFER_CALLBACKS);
    printf("\n");
}
