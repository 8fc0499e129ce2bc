/* The poller against the kernel's own epoll: the same operations on both, the same reports. */
#include "shaper/libevent/poller.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { R = POLL_READABLE, W = POLL_WRITABLE };

#define SOCKETS    24
#define OPERATIONS 20000

/* A socket that the kernel's epoll and our poller watch at once. Neighbours are one pair. */
struct twin_end {
    struct poll_end end;
    struct twins *twins;
    int fd;
    int number;
};

struct twins {
    struct poller poller;
    struct twin_end ends[SOCKETS];
    int epoll_fd;
    uint64_t random_state;
    unsigned reported[SOCKETS]; /* by the poller: event bits, in the order of `order` */
    int order[SOCKETS];
    int reports;
};

/* What happened in a run: a test that compares nothing would not be one. */
struct tally {
    unsigned long reports, full_waits, empty_waits, unwritable, changed_order;
};

static uint32_t random_below(struct twins *twins, uint32_t below)
{
    /* the high half of Knuth's 64-bit linear congruential generator */
    twins->random_state =
        twins->random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((twins->random_state >> 32) * below >> 32);
}

static unsigned twin_ready(const struct poll_end *end)
{
    struct pollfd pollfd = {.fd = ((const struct twin_end *)(const void *)end)->fd,
                            .events = POLLIN | POLLOUT};

    assert_true(poll(&pollfd, 1, 0) >= 0);
    return (pollfd.revents & POLLIN ? R : 0U) | (pollfd.revents & POLLOUT ? W : 0U);
}

static void twin_act(struct poll_end *end, enum poll_event event)
{
    struct twin_end *twin = (struct twin_end *)(void *)end;
    struct twins *twins = twin->twins;

    if (twins->reports == 0 || twins->order[twins->reports - 1] != twin->number) {
        twins->order[twins->reports] = twin->number;
        twins->reported[twins->reports++] = 0;
    }
    twins->reported[twins->reports - 1] |= event;
}

static const struct poll_ops twin_ops = {twin_ready, twin_act};

static void open_twins(struct twins *twins, uint64_t seed)
{
    const int least_bytes = 1; /* the kernel raises it to its own least: full after some kB */

    memset(twins, 0, sizeof(*twins));
    twins->random_state = seed;
    poller_init(&twins->poller);
    twins->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    assert_true(twins->epoll_fd >= 0);
    for (int i = 0; i < SOCKETS; i += 2) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
        for (int j = 0; j < 2; j++) {
            struct twin_end *twin = &twins->ends[i + j];
            poll_end_init(&twin->end, &twins->poller, &twin_ops);
            twin->twins = twins;
            twin->fd = pair[j];
            twin->number = i + j;
            setsockopt(pair[j], SOL_SOCKET, SO_SNDBUF, &least_bytes, sizeof(least_bytes));
        }
    }
}

static void close_twins(struct twins *twins)
{
    for (int i = 0; i < SOCKETS; i++)
        close(twins->ends[i].fd);
    close(twins->epoll_fd);
}

static uint32_t epoll_bits(unsigned events)
{
    return (events & R ? (uint32_t)EPOLLIN : 0) | (events & W ? (uint32_t)EPOLLOUT : 0);
}

/* As libevent does it: one change at a time, and no call where nothing changes. */
static void change_interest(struct twins *twins, struct twin_end *twin, bool add, unsigned events)
{
    unsigned before = twin->end.interest;
    unsigned after = add ? before | events : before & ~events;
    struct epoll_event event = {.events = epoll_bits(after), .data.u32 = (uint32_t)twin->number};

    if (before != after)
        assert_int_equal(epoll_ctl(twins->epoll_fd,
                                   !before  ? EPOLL_CTL_ADD
                                   : !after ? EPOLL_CTL_DEL
                                            : EPOLL_CTL_MOD,
                                   twin->fd, &event),
                         0);
    if (add)
        poll_end_want(&twin->end, events);
    else
        poll_end_unwant(&twin->end, events);
    assert_int_equal(twin->end.interest, after);
}

static struct twin_end *other_end(struct twin_end *twin)
{
    return &twin->twins->ends[twin->number ^ 1];
}

static bool send_some(struct twin_end *twin, size_t bytes)
{
    static const char zeros[4096];

    if (send(twin->fd, zeros, bytes, MSG_DONTWAIT) < 0) {
        assert_int_equal(errno, EAGAIN);
        return false;
    }
    poll_end_wake(&other_end(twin)->end, POLL_READABLE);
    return true;
}

static bool receive_some(struct twin_end *twin, size_t bytes)
{
    char buffer[4096];
    struct twin_end *other = other_end(twin);
    unsigned other_before = twin_ready(&other->end);

    if (recv(twin->fd, buffer, bytes, MSG_DONTWAIT) < 0) {
        assert_int_equal(errno, EAGAIN);
        return false;
    }
    if (~other_before & twin_ready(&other->end) & W)
        poll_end_wake(&other->end, POLL_WRITABLE);
    return true;
}

/* Both wait; what they report must be the same ends with the same events in the same order. */
static void wait_and_compare(struct twins *twins, int max_ends, struct tally *tally)
{
    struct epoll_event events[SOCKETS];
    int kernels = epoll_wait(twins->epoll_fd, events, max_ends, 0);

    assert_true(kernels >= 0);
    twins->reports = 0;
    assert_int_equal(poller_wait(&twins->poller, max_ends), kernels);
    poller_run_actions(&twins->poller);
    assert_int_equal(twins->reports, kernels);
    for (int i = 0; i < kernels; i++) {
        assert_int_equal(twins->order[i], events[i].data.u32);
        assert_int_equal(epoll_bits(twins->reported[i]), events[i].events);
        if (i > 0 && twins->order[i] < twins->order[i - 1])
            tally->changed_order++;
    }
    tally->reports += (unsigned long)kernels;
    tally->full_waits += kernels == max_ends;
    tally->empty_waits += kernels == 0;
}

static void do_something(struct twins *twins, struct tally *tally)
{
    struct twin_end *twin = &twins->ends[random_below(twins, SOCKETS)];
    unsigned events = 1 + random_below(twins, 3);

    switch (random_below(twins, 10)) {
    case 0:
    case 1:
        change_interest(twins, twin, true, events);
        return;
    case 2:
        change_interest(twins, twin, false, events);
        return;
    case 3:
        send_some(twin, 1 + random_below(twins, 3000));
        return;
    case 4: /* until it is full */
        while (send_some(twin, 1 + random_below(twins, 3000)))
            ;
        tally->unwritable += !(twin_ready(&twin->end) & W);
        return;
    case 5:
        receive_some(twin, 1 + random_below(twins, 3000));
        return;
    case 6:
        while (receive_some(twin, 4096))
            ;
        return;
    default:
        wait_and_compare(twins, 1 + (int)random_below(twins, SOCKETS), tally);
        return;
    }
}

static void reports_are_the_kernels(void **state)
{
    (void)state;
    static const uint64_t seeds[] = {1, 2, 3, 42, 1000003, UINT64_C(0x9e3779b97f4a7c15), 77, 78};

    for (size_t i = 0; i < COUNT(seeds); i++) {
        struct twins twins;
        struct tally tally = {0};
        open_twins(&twins, seeds[i]);
        for (int n = 0; n < OPERATIONS; n++)
            do_something(&twins, &tally);
        close_twins(&twins);
        assert_true(tally.reports > OPERATIONS);
        assert_true(tally.full_waits > OPERATIONS / 100);
        assert_true(tally.unwritable > OPERATIONS / 100);
        assert_true(tally.changed_order > OPERATIONS / 100);
    }
}

/* Few ends and small waits: lists that run empty, and ends that are listed in vain. */
static void reports_are_the_kernels_with_few_ends(void **state)
{
    (void)state;

    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct twins twins;
        struct tally tally = {0};
        open_twins(&twins, seed);
        for (int n = 0; n < OPERATIONS; n++) {
            struct twin_end *twin = &twins.ends[random_below(&twins, 4)];
            switch (random_below(&twins, 5)) {
            case 0:
                change_interest(&twins, twin, random_below(&twins, 2), 1 + random_below(&twins, 3));
                break;
            case 1:
                send_some(twin, 1 + random_below(&twins, 3000));
                break;
            case 2:
            case 3:
                receive_some(twin, 4096);
                break;
            default:
                wait_and_compare(&twins, 1 + (int)random_below(&twins, 2), &tally);
                break;
            }
        }
        close_twins(&twins);
        assert_true(tally.reports > OPERATIONS / 10);
        assert_true(tally.empty_waits > OPERATIONS / 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_are_the_kernels),
        cmocka_unit_test(reports_are_the_kernels_with_few_ends),
    };

    return cmocka_run_group_tests_name("poller_epoll", tests, NULL, NULL);
}
