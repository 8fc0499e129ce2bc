#include "cases.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/listener.h>

#include "fixture.h"
#include "watch.h"

#define GIVE_UP_S    30
#define PUSHED_BYTES ((size_t)10000000)

/* Bytes that a descriptor has to read, which are taken. */
static int taken_bytes(int fd)
{
    char bytes[1000];
    ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    return n < 0 ? 0 : (int)n;
}

/* --- descriptors and directions ---------------------------------------------------------- */

/* A bufferevent without a descriptor gets one, then another: what waits, what arrives where, what
 * stays in the input; which descriptors are open in the end. */
void act_socket_setfd(void)
{
    struct bufferevent *pair[2];
    struct fixture fixture;
    struct watch watch;
    int first[2], second[2];

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    fixture_sockets(first);
    fixture_sockets(second);
    struct bufferevent *end = bufferevent_socket_new(fixture.base, -1, BEV_OPT_CLOSE_ON_FREE);
    require(end && bufferevent_pair_new(fixture.base, 0, pair) == 0, "no bufferevent");
    watch_init(&watch, end);
    write_bytes(end, 5);
    fixture_settle(&fixture);
    printf("%d %zu waits, ", (int)bufferevent_getfd(end), output_bytes(end));
    printf("set %d", bufferevent_setfd(end, first[0]));
    printf(" %s", bufferevent_getfd(end) == first[0] ? "got" : "not got");
    require(write(first[1], "abc", 3) == 3, "nothing written");
    fixture_settle(&fixture);
    printf(" %d out", taken_bytes(first[1]));
    printf(" %zu in, ", input_bytes(end));
    bufferevent_setfd(end, second[0]);
    write_bytes(end, 4);
    fixture_settle(&fixture);
    printf("other %d", taken_bytes(first[1]));
    printf(" %d out", taken_bytes(second[1]));
    printf(" %zu in, ", input_bytes(end));
    bufferevent_free(end);
    fixture_settle(&fixture);
    printf("freed %s %s, ", fixture_descriptor(first[0]), fixture_descriptor(second[0]));
    printf("pair %d\n", bufferevent_setfd(pair[0], first[0]));
    bufferevent_free(pair[0]);
    bufferevent_free(pair[1]);
    close(first[0]);
    close(first[1]);
    close(second[1]);
    fixture_close(&fixture);
}

/* What is enabled in a new socket, pair and filter: 2 for reading, 4 for writing. */
static void print_enabled_when_new(void)
{
    struct bufferevent *pair[2];
    struct fixture fixture;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct bufferevent *socket = bufferevent_socket_new(fixture.base, -1, 0);
    require(socket && bufferevent_pair_new(fixture.base, 0, pair) == 0, "no bufferevent");
    printf("new %d %d", bufferevent_get_enabled(socket), bufferevent_get_enabled(pair[0]));
    struct bufferevent *filter = bufferevent_filter_new(socket, NULL, NULL, 0, NULL, NULL);
    require(filter, "no filter");
    printf(" %d under it %d", bufferevent_get_enabled(filter), bufferevent_get_enabled(socket));
    bufferevent_free(filter);
    bufferevent_free(socket);
    bufferevent_free(pair[0]);
    bufferevent_free(pair[1]);
    fixture_close(&fixture);
}

/* Each direction is disabled in mid-run and enabled again: what is enabled, what has passed. */
static void print_enabled_in_run(struct fixture *fixture, struct bufferevent *end,
                                 struct bufferevent *peer)
{
    write_bytes(peer, 5);
    fixture_settle(fixture);
    printf("%d %zu", bufferevent_get_enabled(end), input_bytes(end));
    bufferevent_disable(end, EV_READ);
    write_bytes(peer, 7);
    fixture_settle(fixture);
    printf(", %d %zu", bufferevent_get_enabled(end), input_bytes(end));
    bufferevent_enable(end, EV_READ);
    fixture_settle(fixture);
    printf(", %d %zu", bufferevent_get_enabled(end), input_bytes(end));
    bufferevent_disable(end, EV_WRITE);
    write_bytes(end, 9);
    fixture_settle(fixture);
    printf(", %d %zu", bufferevent_get_enabled(end), input_bytes(peer));
    bufferevent_enable(end, EV_WRITE);
    fixture_settle(fixture);
    printf(", %d %zu", bufferevent_get_enabled(end), input_bytes(peer));
}

void act_socket_enable(void)
{
    print_enabled_when_new();
    for (int i = 0; i < 2; i++) {
        struct fixture fixture;
        struct member member;

        fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
        member_init(&member, &fixture, i == 0 ? STAGE_SOCKET : STAGE_PAIR);
        bufferevent_setcb(member.limited, NULL, NULL, NULL, NULL);
        bufferevent_setcb(member.peer, NULL, NULL, NULL, NULL);
        printf("; %s ", i == 0 ? "socket" : "pair");
        print_enabled_in_run(&fixture, member.limited, member.peer);
        member_fini(&member);
        fixture_close(&fixture);
    }
    printf("\n");
}

/* --- calls ------------------------------------------------------------------------------- */

static void a_data_callback(struct bufferevent *end, void *arg)
{
    (void)end;
    (void)arg;
}

static void an_event_callback(struct bufferevent *end, short what, void *arg)
{
    (void)end;
    (void)what;
    (void)arg;
}

static const char *are_set(struct bufferevent *end)
{
    bufferevent_data_cb read_callback, write_callback;
    bufferevent_event_cb event_callback;
    void *arg;

    bufferevent_setcb(end, a_data_callback, NULL, an_event_callback, end);
    bufferevent_getcb(end, &read_callback, &write_callback, &event_callback, &arg);
    return read_callback == a_data_callback && !write_callback &&
                   event_callback == an_event_callback && arg == end
               ? "set"
               : "not set";
}

/* Callbacks that are set; then what the calls return and move: 5 bytes written, 3 and 10 asked of
 * them, a buffer of 8 written and read, and a write to a frozen buffer. */
void act_call_data(void)
{
    struct evbuffer *buffer = evbuffer_new();
    struct bufferevent *pair[2];
    struct fixture fixture;
    char bytes[10];

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    require(buffer && bufferevent_pair_new(fixture.base, 0, pair) == 0, "no pair");
    printf("callbacks %s, ", are_set(pair[0]));
    printf("write %d", bufferevent_write(pair[0], "12345", 5));
    printf(" output %zu", output_bytes(pair[0]));
    bufferevent_enable(pair[1], EV_READ);
    printf(" then %zu input %zu, ", output_bytes(pair[0]), input_bytes(pair[1]));
    printf("read %zu", bufferevent_read(pair[1], bytes, 3));
    printf(" %zu", bufferevent_read(pair[1], bytes, 10));
    printf(" %zu, ", bufferevent_read(pair[1], bytes, 10));
    evbuffer_add(buffer, "12345678", 8);
    printf("buffer %d", bufferevent_write_buffer(pair[0], buffer));
    printf(" left %zu", evbuffer_get_length(buffer));
    printf(" read %d", bufferevent_read_buffer(pair[1], buffer));
    printf(" %zu left %zu, ", evbuffer_get_length(buffer), input_bytes(pair[1]));
    evbuffer_freeze(bufferevent_get_output(pair[0]), 0);
    printf("frozen %d\n", bufferevent_write(pair[0], "1", 1));
    evbuffer_free(buffer);
    bufferevent_free(pair[0]);
    bufferevent_free(pair[1]);
    fixture_close(&fixture);
}

/* --- connections on loopback, on the system's clock -------------------------------------- */

/* A listener, and what it accepted. */
struct server {
    struct event_base *base;
    struct evconnlistener *listener;
    struct bufferevent *accepted; /* owned; NULL until somebody connects */
    struct watch watch;
    int port;
};

static void accept_callback(struct evconnlistener *listener, evutil_socket_t fd,
                            struct sockaddr *address, int address_bytes, void *arg)
{
    struct server *server = arg;

    (void)listener;
    (void)address;
    (void)address_bytes;
    if (server->accepted)
        bufferevent_free(server->accepted);
    server->accepted = bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
    require(server->accepted, "no bufferevent");
    watch_init(&server->watch, server->accepted);
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int port_of(int fd)
{
    struct sockaddr_in address;
    socklen_t bytes = sizeof(address);

    require(getsockname(fd, (struct sockaddr *)&address, &bytes) == 0, "no port");
    return ntohs(address.sin_port);
}

static void give_up_callback(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
    require(false, "no connection, nor an error");
}

static void server_open(struct server *server)
{
    struct sockaddr_in address = loopback(0);

    *server = (struct server){.base = event_base_new()};
    require(server->base, "no event base");
    server->listener =
        evconnlistener_new_bind(server->base, accept_callback, server, LEV_OPT_CLOSE_ON_FREE, -1,
                                (struct sockaddr *)&address, sizeof(address));
    require(server->listener, "no listener on 127.0.0.1");
    server->port = port_of(evconnlistener_get_fd(server->listener));
    event_base_once(server->base, -1, EV_TIMEOUT, give_up_callback, NULL,
                    &(struct timeval){.tv_sec = GIVE_UP_S});
}

static void server_stop(struct server *server)
{
    if (server->listener)
        evconnlistener_free(server->listener);
    server->listener = NULL;
}

static void server_close(struct server *server)
{
    server_stop(server);
    if (server->accepted)
        bufferevent_free(server->accepted);
    event_base_loop(server->base, EVLOOP_NONBLOCK);
    event_base_free(server->base);
}

static void wait_for_event(struct server *server, const struct watch *watch)
{
    while (watch->events == 0)
        event_base_loop(server->base, EVLOOP_ONCE);
}

/* A bufferevent with that descriptor, or -1, has 5 bytes to write and connects. */
static void print_connected(int fd)
{
    struct server server;
    struct watch watch;

    server_open(&server);
    struct sockaddr_in address = loopback(server.port);
    struct bufferevent *end = bufferevent_socket_new(server.base, fd, BEV_OPT_CLOSE_ON_FREE);
    require(end, "no bufferevent");
    watch_init(&watch, end);
    write_bytes(end, 5);
    printf("returns %d",
           bufferevent_socket_connect(end, (struct sockaddr *)&address, sizeof(address)));
    if (fd >= 0)
        printf(" %s", bufferevent_getfd(end) == fd ? "same" : "another");
    else
        printf(" %s", bufferevent_getfd(end) >= 0 ? "made" : "none");
    wait_for_event(&server, &watch);
    while (server.watch.reads == 0)
        event_base_loop(server.base, EVLOOP_ONCE);
    printf(" %s, %zu bytes", event_words(watch.what), input_bytes(server.accepted));
    bufferevent_free(end);
    server_close(&server);
}

void act_socket_connect(void)
{
    print_connected(-1);
    printf("; ");
    print_connected(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    printf("\n");
}

/* Connects to a port that nobody listens on any more. */
void act_socket_refused(void)
{
    struct server server;
    struct watch watch;

    server_open(&server);
    struct sockaddr_in address = loopback(server.port);
    server_stop(&server);
    struct bufferevent *end = bufferevent_socket_new(server.base, -1, BEV_OPT_CLOSE_ON_FREE);
    require(end, "no bufferevent");
    watch_init(&watch, end);
    write_bytes(end, 5);
    printf("returns %d",
           bufferevent_socket_connect(end, (struct sockaddr *)&address, sizeof(address)));
    wait_for_event(&server, &watch);
    printf(" %s %s", event_words(watch.what),
           watch.error == ECONNREFUSED ? "refused" : "otherwise");
    printf(" %zu stay, name %d", output_bytes(end), bufferevent_socket_get_dns_error(end));
    event_base_loop(server.base, EVLOOP_NONBLOCK);
    printf(", %d event\n", watch.events);
    bufferevent_free(end);
    server_close(&server);
}

/* 10 MB written over TCP through small buffers in the kernel to a reader with 1000 B per hour:
 * bytes read, and whether more than half still wait at the sender; then without the limit. */
void act_socket_push_back(void)
{
    const struct timeval hour = {.tv_sec = 3600};
    const int small = 4096;
    struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(1000, 1000, 1000, 1000, &hour);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct server server;
    struct watch watch;

    require(cfg && fd >= 0, "no limit or socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    server_open(&server);
    struct sockaddr_in address = loopback(server.port);
    struct bufferevent *end = bufferevent_socket_new(server.base, fd, BEV_OPT_CLOSE_ON_FREE);
    require(end, "no bufferevent");
    watch_init(&watch, end);
    bufferevent_set_rate_limit(end, cfg);
    bufferevent_socket_connect(end, (struct sockaddr *)&address, sizeof(address));
    while (!server.accepted || watch.events == 0)
        event_base_loop(server.base, EVLOOP_ONCE);
    setsockopt(bufferevent_getfd(server.accepted), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    write_bytes(server.accepted, PUSHED_BYTES);
    while (input_bytes(end) < 1000)
        event_base_loop(server.base, EVLOOP_ONCE);
    for (int i = 0; i < 100; i++)
        event_base_loop(server.base, EVLOOP_NONBLOCK);
    printf("%zu read, %s", input_bytes(end),
           output_bytes(server.accepted) > PUSHED_BYTES / 2 ? "the sender waits" : "all is sent");
    bufferevent_set_rate_limit(end, NULL);
    while (input_bytes(end) < PUSHED_BYTES)
        event_base_loop(server.base, EVLOOP_ONCE);
    printf("; without limit %zu read, %zu wait\n", input_bytes(end), output_bytes(server.accepted));
    bufferevent_free(end);
    server_close(&server);
    ev_token_bucket_cfg_free(cfg);
}

/* --- names ------------------------------------------------------------------------------- */

/* A resolver on 127.0.0.1 that knows one name, and the client of it. */
struct resolver {
    struct evdns_server_port *port;
    struct evdns_base *client;
    int questions;
};

static void answer_callback(struct evdns_server_request *request, void *arg)
{
    struct resolver *resolver = arg;
    const struct evdns_server_question *question = request->questions[0];
    const struct in_addr address = {htonl(INADDR_LOOPBACK)};
    int error = 0;

    resolver->questions++;
    if (evutil_ascii_strcasecmp(question->name, "here.test") != 0)
        error = DNS_ERR_NOTEXIST;
    else if (question->type == EVDNS_TYPE_A)
        evdns_server_request_add_a_reply(request, question->name, 1, &address, 60);
    evdns_server_request_respond(request, error);
}

static void resolver_open(struct resolver *resolver, struct event_base *base)
{
    struct sockaddr_in address = loopback(0);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    char name[32];

    require(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0,
            "no socket on 127.0.0.1");
    *resolver = (struct resolver){
        .port = evdns_add_server_port_with_base(base, fd, 0, answer_callback, resolver),
        .client = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE)};
    require(resolver->port && resolver->client, "no resolver");
    snprintf(name, sizeof(name), "127.0.0.1:%d", port_of(fd));
    require(evdns_base_nameserver_ip_add(resolver->client, name) == 0, "no name server");
}

/* Connects to a name: what comes of it, the error of the name, and the questions asked. */
static void print_named(const char *name, int family)
{
    struct resolver resolver;
    struct server server;
    struct watch watch;

    server_open(&server);
    resolver_open(&resolver, server.base);
    struct bufferevent *end = bufferevent_socket_new(server.base, -1, BEV_OPT_CLOSE_ON_FREE);
    require(end, "no bufferevent");
    watch_init(&watch, end);
    int status =
        bufferevent_socket_connect_hostname(end, resolver.client, family, name, server.port);
    wait_for_event(&server, &watch);
    int error = bufferevent_socket_get_dns_error(end);
    printf("%s %d %s %d asked %d", name, status, event_words(watch.what), error,
           resolver.questions);
    bufferevent_free(end);
    evdns_base_free(resolver.client, 0);
    evdns_close_server_port(resolver.port);
    server_close(&server);
}

void act_socket_hostname(void)
{
    print_named("here.test", AF_INET);
    printf(", ");
    print_named("gone.test", AF_INET);
    printf(", ");
    print_named("here.test", AF_INET6);
    printf(", ");
    print_named("127.0.0.1", AF_INET);
    printf("\n");
}
