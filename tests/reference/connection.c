#include "tests/reference/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG      1024
#define PROBE_MS     1000
#define FIRST_CLIENT (INADDR_LOOPBACK + 0x00010000U) /* 127.1.0.1 */

static struct sockaddr_in address_of(uint32_t address, uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(address)}};
}

/* Closes the descriptor and leaves errno. */
static int give_up(int descriptor)
{
    int error = errno;

    close(descriptor);
    errno = error;
    return -1;
}

/* What is written leaves at once. */
static int set_no_delay(int descriptor)
{
    int on = 1;

    return setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int connection_listen(uint16_t *port)
{
    struct sockaddr_in address = address_of(INADDR_LOOPBACK, 0);
    socklen_t bytes = sizeof(address);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (descriptor < 0)
        return -1;
    if (bind(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(descriptor, BACKLOG) != 0 ||
        getsockname(descriptor, (struct sockaddr *)&address, &bytes) != 0)
        return give_up(descriptor);
    *port = ntohs(address.sin_port);
    return descriptor;
}

int connection_open(uint32_t flow, uint16_t port)
{
    struct sockaddr_in own = address_of(FIRST_CLIENT + flow, 0);
    struct sockaddr_in server = address_of(INADDR_LOOPBACK, port);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (descriptor < 0)
        return -1;
    if (set_no_delay(descriptor) != 0 ||
        bind(descriptor, (struct sockaddr *)&own, sizeof(own)) != 0)
        return give_up(descriptor);
    if (connect(descriptor, (struct sockaddr *)&server, sizeof(server)) != 0 &&
        errno != EINPROGRESS)
        return give_up(descriptor);
    return descriptor;
}

int connection_accept(int listener, uint32_t *flow)
{
    struct sockaddr_in peer;
    socklen_t bytes = sizeof(peer);
    int descriptor =
        accept4(listener, (struct sockaddr *)&peer, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (descriptor < 0)
        return -1;
    if (set_no_delay(descriptor) != 0)
        return give_up(descriptor);
    *flow = ntohl(peer.sin_addr.s_addr) - FIRST_CLIENT;
    return descriptor;
}

bool connection_is_possible(int listener, uint16_t port)
{
    struct pollfd waiting = {.fd = listener, .events = POLLIN};
    uint32_t flow;
    int client = connection_open(0, port);
    int server = -1;

    if (client >= 0 && poll(&waiting, 1, PROBE_MS) >= 0)
        server = connection_accept(listener, &flow);
    if (client >= 0)
        give_up(client);
    if (server >= 0)
        close(server);
    return server >= 0;
}
