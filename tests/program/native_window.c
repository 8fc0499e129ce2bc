/*
 * What --receive-window stands for, with the kernel's own buffers: one end of a socketpair sends
 * packets as long as the kernel takes them, the other is a libevent bufferevent under a read limit.
 * Virtual time; a tick is 100 ms.
 *
 *     usage: native_window BUFFER PACKET COUNT RATE TICKS
 *
 * BUFFER is what both ends ask for as SO_SNDBUF and SO_RCVBUF, in bytes; COUNT packets of PACKET
 * bytes are ready at 0; RATE is in bytes per tick. Prints a line "granted SNDBUF RCVBUF", what the
 * kernel says the buffers are; "capacity BYTES", how much it takes before a read; and for each tick
 * the bytes that were read in it and those in the kernel at its end.
 *
 * Where the kernel differs from a window of that capacity:
 *  - It doubles what is asked for, and counts each packet with its own structures, not its payload.
 *    So the capacity is no multiple of BUFFER: it depends on PACKET.
 *  - It takes the packet that exceeds the buffer, as long as the buffer was not full before.
 *  - Of a local stream socket only the sender's buffer counts. TCP would have the receiver's, too.
 *  - It tells a waiting sender that there is room only when three quarters are free: then many
 *    packets come at once. A window lets each go as soon as it fits.
 * What is read in a tick is the same: the limit decides, as long as something waits.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "tests/gallery/fixture.h"

#define TICK_US    100000
#define PACKET_MAX 65536

static const char zeros[PACKET_MAX];

struct sender {
    int socket;
    struct event *room;
    size_t packet_bytes;
    int64_t packets_left;
    int64_t sent_bytes;
};

struct reader {
    struct bufferevent *limited;
    int64_t read_bytes;
};

static void make_sockets(int buffer_bytes, int sockets[2])
{
    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets) == 0,
            "no socketpair");
    for (int i = 0; i < 2; i++)
        require(setsockopt(sockets[i], SOL_SOCKET, SO_SNDBUF, &buffer_bytes,
                           sizeof(buffer_bytes)) == 0 &&
                    setsockopt(sockets[i], SOL_SOCKET, SO_RCVBUF, &buffer_bytes,
                               sizeof(buffer_bytes)) == 0,
                "the buffer's size is refused");
}

static void print_granted(int socket)
{
    int bytes[2] = {0};

    for (int i = 0; i < 2; i++) {
        socklen_t size = sizeof(bytes[i]);
        require(getsockopt(socket, SOL_SOCKET, i == 0 ? SO_SNDBUF : SO_RCVBUF, &bytes[i], &size) ==
                    0,
                "no size of a buffer");
    }
    printf("granted %d %d\n", bytes[0], bytes[1]);
}

/* Sends whole packets while the kernel takes them. */
static void send_packets(struct sender *sender)
{
    while (sender->packets_left > 0) {
        ssize_t sent = send(sender->socket, zeros, sender->packet_bytes, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            return;
        require(sent == (ssize_t)sender->packet_bytes, "a packet is not sent whole");
        sender->sent_bytes += sent;
        sender->packets_left--;
    }
}

static void on_room(evutil_socket_t socket, short what, void *arg)
{
    struct sender *sender = arg;

    (void)socket;
    (void)what;
    send_packets(sender);
    if (sender->packets_left == 0)
        event_del(sender->room);
}

static void on_read(struct bufferevent *limited, void *arg)
{
    struct evbuffer *input = bufferevent_get_input(limited);

    ((struct reader *)arg)->read_bytes += (int64_t)evbuffer_get_length(input);
    evbuffer_drain(input, evbuffer_get_length(input));
}

static void print_capacity(int buffer_bytes, size_t packet_bytes)
{
    int sockets[2];

    make_sockets(buffer_bytes, sockets);
    struct sender sender = {
        .socket = sockets[0], .packet_bytes = packet_bytes, .packets_left = INT64_MAX};
    send_packets(&sender);
    print_granted(sockets[0]);
    printf("capacity %" PRId64 "\n", sender.sent_bytes);
    close(sockets[0]);
    close(sockets[1]);
}

static void run(struct fixture *fixture, struct sender *sender, struct reader *reader, int ticks)
{
    int64_t before_bytes = 0;

    sender->room = event_new(fixture->base, sender->socket, EV_WRITE | EV_PERSIST, on_room, sender);
    require(sender->room && event_add(sender->room, NULL) == 0, "no event");
    for (int tick = 0; tick < ticks; tick++) {
        fixture_run_to(fixture, (int64_t)tick * TICK_US / 1000 + 50);
        printf("%" PRId64 " %" PRId64 "\n", reader->read_bytes - before_bytes,
               sender->sent_bytes - reader->read_bytes);
        before_bytes = reader->read_bytes;
    }
    event_free(sender->room);
}

int main(int argc, char **argv)
{
    struct fixture fixture;
    struct reader reader = {0};
    int sockets[2];

    require(argc == 6, "usage: native_window BUFFER PACKET COUNT RATE TICKS");
    int buffer_bytes = atoi(argv[1]);
    struct sender sender = {.packet_bytes = (size_t)atoi(argv[2]), .packets_left = atoi(argv[3])};
    require(sender.packet_bytes <= PACKET_MAX, "a packet has at most 65536 bytes");
    size_t rate_bytes = (size_t)atoi(argv[4]);

    print_capacity(buffer_bytes, sender.packet_bytes);
    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    make_sockets(buffer_bytes, sockets);
    sender.socket = sockets[0];
    reader.limited = bufferevent_socket_new(fixture.base, sockets[1], BEV_OPT_CLOSE_ON_FREE);
    require(reader.limited, "no bufferevent");
    bufferevent_setcb(reader.limited, on_read, NULL, NULL, &reader);
    bufferevent_enable(reader.limited, EV_READ);
    struct bufferevent_rate_limit_group *group =
        fixture_group(&fixture, fixture_limit(&fixture, rate_bytes, rate_bytes, TICK_US));
    require(bufferevent_rate_limit_group_set_min_share(group, 1) == 0 &&
                bufferevent_add_to_rate_limit_group(reader.limited, group) == 0,
            "no limit");
    run(&fixture, &sender, &reader, atoi(argv[5]));
    bufferevent_free(reader.limited);
    close(sender.socket);
    fixture_close(&fixture);
    return 0;
}
