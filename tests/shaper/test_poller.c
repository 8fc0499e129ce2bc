#include "shaper/poller.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { R = POLL_READABLE, W = POLL_WRITABLE, RW = POLL_READABLE | POLL_WRITABLE };

/* --- the rules, one by one -------------------------------------------------------------------- */

#define ENDS 4

struct fixture;

/* An end that is ready for what the test says. Its name is 'a' and on. */
struct fake {
    struct poll_end end;
    struct fixture *fixture;
    unsigned ready;
    char name;
};

struct fixture {
    struct poller poller;
    struct fake fakes[ENDS];
    char log[64]; /* what acted since the last look: "aR bW " */
    void (*when_acting)(struct fixture *fixture, char name);
};

static unsigned fake_ready(const struct poll_end *end)
{
    return ((const struct fake *)(const void *)end)->ready;
}

static void fake_act(struct poll_end *end, enum poll_event event)
{
    struct fake *fake = (struct fake *)(void *)end;
    struct fixture *fixture = fake->fixture;
    size_t used = strlen(fixture->log);

    snprintf(fixture->log + used, sizeof(fixture->log) - used, "%c%c ", fake->name,
             event == POLL_READABLE ? 'R' : 'W');
    if (fixture->when_acting)
        fixture->when_acting(fixture, fake->name);
}

static const struct poll_ops fake_ops = {fake_ready, fake_act};

static void set_up(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    poller_init(&fixture->poller);
    for (int i = 0; i < ENDS; i++) {
        struct fake *fake = &fixture->fakes[i];
        poll_end_init(&fake->end, &fixture->poller, &fake_ops);
        fake->fixture = fixture;
        fake->name = (char)('a' + i);
    }
}

static void set_ready(struct fixture *fixture, char name, unsigned events)
{
    fixture->fakes[name - 'a'].ready = events;
}

static void want(struct fixture *fixture, char name, unsigned events)
{
    poll_end_want(&fixture->fakes[name - 'a'].end, events);
}

static void unwant(struct fixture *fixture, char name, unsigned events)
{
    poll_end_unwant(&fixture->fakes[name - 'a'].end, events);
}

static void wake(struct fixture *fixture, char name, enum poll_event event)
{
    poll_end_wake(&fixture->fakes[name - 'a'].end, event);
}

/* One wait and everything it lets act. */
static void expect_wait(struct fixture *fixture, int max_ends, int reported, const char *acted)
{
    fixture->log[0] = '\0';
    assert_int_equal(poller_wait(&fixture->poller, max_ends), reported);
    assert_int_equal(poller_has_actions(&fixture->poller), reported > 0);
    poller_run_actions(&fixture->poller);
    assert_false(poller_has_actions(&fixture->poller));
    assert_string_equal(fixture->log, acted);
}

static void nothing_is_reported_of_nothing(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    expect_wait(&f, 8, 0, "");
    set_ready(&f, 'a', RW); /* ready, but nobody asked */
    wake(&f, 'a', POLL_READABLE);
    expect_wait(&f, 8, 0, "");
    want(&f, 'b', RW); /* asked for, but not ready */
    expect_wait(&f, 8, 0, "");
}

static void interest_in_what_is_ready_goes_to_the_tail(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'd'; name++)
        set_ready(&f, name, RW);
    want(&f, 'c', R);
    want(&f, 'a', W);
    want(&f, 'd', RW);
    want(&f, 'b', R);
    expect_wait(&f, 8, 4, "cR aW dR dW bR ");
}

static void what_is_ready_stays_listed(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'c'; name++) {
        set_ready(&f, name, R);
        want(&f, name, R);
    }
    expect_wait(&f, 8, 3, "aR bR cR ");
    expect_wait(&f, 8, 3, "aR bR cR ");
    set_ready(&f, 'b', 0); /* the next wait finds out */
    expect_wait(&f, 8, 2, "aR cR ");
    set_ready(&f, 'b', R); /* and nobody looks at it again unless it is woken */
    expect_wait(&f, 8, 2, "aR cR ");
    wake(&f, 'b', POLL_READABLE);
    expect_wait(&f, 8, 3, "aR cR bR ");
}

static void a_wait_reports_so_many_and_puts_them_behind_the_rest(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'd'; name++) {
        set_ready(&f, name, R);
        want(&f, name, R);
    }
    expect_wait(&f, 3, 3, "aR bR cR "); /* list: d a b c */
    expect_wait(&f, 3, 3, "dR aR bR "); /* c d a b */
    set_ready(&f, 'c', 0);              /* does not count, goes */
    expect_wait(&f, 2, 2, "dR aR ");    /* b d a */
    expect_wait(&f, 1, 1, "bR ");       /* d a b */
    expect_wait(&f, 4, 3, "dR aR bR ");
}

static void what_wakes_goes_behind_what_was_put_back(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'c'; name++) {
        set_ready(&f, name, R);
        want(&f, name, R);
    }
    want(&f, 'd', R);
    expect_wait(&f, 2, 2, "aR bR "); /* c a b */
    set_ready(&f, 'd', R);
    wake(&f, 'd', POLL_READABLE); /* c a b d */
    wake(&f, 'a', POLL_READABLE); /* is listed: keeps its place */
    expect_wait(&f, 8, 4, "cR aR bR dR ");
}

static void more_interest_keeps_the_place(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'b'; name++) {
        set_ready(&f, name, RW);
        want(&f, name, R);
    }
    want(&f, 'a', W);
    expect_wait(&f, 8, 2, "aR aW bR ");
}

/* Interest that was added looks at all of it, as EPOLL_CTL_MOD does. */
static void interest_added_lists_for_what_was_wanted_before(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    want(&f, 'a', R);
    set_ready(&f, 'a', R); /* and nobody woke it */
    expect_wait(&f, 8, 0, "");
    want(&f, 'a', R); /* nothing new */
    expect_wait(&f, 8, 0, "");
    want(&f, 'a', W);
    expect_wait(&f, 8, 1, "aR ");
}

static void less_interest_keeps_the_place(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'c'; name++) {
        set_ready(&f, name, RW);
        want(&f, name, RW);
    }
    unwant(&f, 'a', W);
    unwant(&f, 'b', R);
    expect_wait(&f, 8, 3, "aR bW cR cW ");
    /* a is not ready for what is left, but stays listed until the next wait: b would be first */
    set_ready(&f, 'a', W);
    set_ready(&f, 'c', 0);
    want(&f, 'a', W);
    expect_wait(&f, 8, 2, "aW bW ");
}

static void an_end_out_of_interest_keeps_its_place_until_looked_at(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'b'; name++) {
        set_ready(&f, name, W);
        want(&f, name, RW);
    }
    unwant(&f, 'a', W); /* not ready for R: listed in vain */
    want(&f, 'a', W);   /* in time: a is still before b */
    expect_wait(&f, 8, 2, "aW bW ");
    unwant(&f, 'a', W);
    expect_wait(&f, 8, 1, "bW "); /* has looked: a is off the list */
    want(&f, 'a', W);
    expect_wait(&f, 8, 2, "bW aW ");
}

static void no_interest_takes_out_of_the_list(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'c'; name++) {
        set_ready(&f, name, RW);
        want(&f, name, RW);
    }
    unwant(&f, 'a', R);
    unwant(&f, 'a', W);
    want(&f, 'a', R); /* to the tail */
    expect_wait(&f, 8, 3, "bR bW cR cW aR ");
    unwant(&f, 'b', RW);
    unwant(&f, 'b', RW); /* again: nothing */
    expect_wait(&f, 8, 2, "cR cW aR ");
    want(&f, 'b', W);
    expect_wait(&f, 8, 3, "cR cW aR bW ");
}

static void waking_needs_interest(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    want(&f, 'a', R);
    set_ready(&f, 'a', RW);
    wake(&f, 'a', POLL_WRITABLE); /* not what it waits for */
    expect_wait(&f, 8, 0, "");
    wake(&f, 'a', POLL_READABLE);
    expect_wait(&f, 8, 1, "aR ");
    wake(&f, 'b', POLL_READABLE); /* wants nothing */
    set_ready(&f, 'b', R);
    expect_wait(&f, 8, 1, "aR ");
    want(&f, 'c', R);
    wake(&f, 'c', POLL_READABLE); /* woken in vain: looked at, dropped */
    expect_wait(&f, 8, 1, "aR ");
}

static void actions_are_queued_once(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'b'; name++) {
        set_ready(&f, name, RW);
        want(&f, name, R);
    }
    assert_int_equal(poller_wait(&f.poller, 1), 1); /* aR; list: b a */
    want(&f, 'a', W);
    assert_int_equal(poller_wait(&f.poller, 8), 2); /* bR, then a: R is queued, W is new */
    poller_run_actions(&f.poller);
    assert_string_equal(f.log, "aR bR aW ");
}

static void actions_go_with_the_interest_in_them(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'c'; name++) {
        set_ready(&f, name, RW);
        want(&f, name, RW);
    }
    assert_int_equal(poller_wait(&f.poller, 8), 3);
    unwant(&f, 'a', W);
    unwant(&f, 'b', R);
    want(&f, 'b', R); /* wanted again is not reported again */
    unwant(&f, 'c', RW);
    poller_run_actions(&f.poller);
    assert_string_equal(f.log, "aR bW ");
    unwant(&f, 'a', RW);
    unwant(&f, 'b', RW);
    assert_int_equal(poller_wait(&f.poller, 8), 0);
    assert_false(poller_has_actions(&f.poller));
}

static void stop_the_others(struct fixture *fixture, char name)
{
    for (char other = 'a'; other <= 'd'; other++)
        if (other != name)
            unwant(fixture, other, RW);
}

static void an_action_can_take_out_those_behind_it(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'd'; name++) {
        set_ready(&f, name, W);
        want(&f, name, W);
    }
    f.when_acting = stop_the_others;
    expect_wait(&f, 8, 4, "aW ");
    expect_wait(&f, 8, 1, "aW ");
}

static void stop_itself_and_wake_d(struct fixture *fixture, char name)
{
    unwant(fixture, name, RW);
    set_ready(fixture, 'd', R);
    wake(fixture, 'd', POLL_READABLE);
}

static void what_an_action_wakes_waits_for_the_next_wait(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    for (char name = 'a'; name <= 'b'; name++) {
        set_ready(&f, name, W);
        want(&f, name, W);
    }
    want(&f, 'd', R);
    f.when_acting = stop_itself_and_wake_d;
    expect_wait(&f, 8, 2, "aW bW ");
    f.when_acting = NULL;
    expect_wait(&f, 8, 1, "dR ");
}

/* --- against the kernel ----------------------------------------------------------------------- */

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

static uint32_t draw(struct twins *twins, uint32_t below)
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
    struct twin_end *twin = &twins->ends[draw(twins, SOCKETS)];
    unsigned events = 1 + draw(twins, 3);

    switch (draw(twins, 10)) {
    case 0:
    case 1:
        change_interest(twins, twin, true, events);
        return;
    case 2:
        change_interest(twins, twin, false, events);
        return;
    case 3:
        send_some(twin, 1 + draw(twins, 3000));
        return;
    case 4: /* until it is full */
        while (send_some(twin, 1 + draw(twins, 3000)))
            ;
        tally->unwritable += !(twin_ready(&twin->end) & W);
        return;
    case 5:
        receive_some(twin, 1 + draw(twins, 3000));
        return;
    case 6:
        while (receive_some(twin, 4096))
            ;
        return;
    default:
        wait_and_compare(twins, 1 + (int)draw(twins, SOCKETS), tally);
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
            struct twin_end *twin = &twins.ends[draw(&twins, 4)];
            switch (draw(&twins, 5)) {
            case 0:
                change_interest(&twins, twin, draw(&twins, 2), 1 + draw(&twins, 3));
                break;
            case 1:
                send_some(twin, 1 + draw(&twins, 3000));
                break;
            case 2:
            case 3:
                receive_some(twin, 4096);
                break;
            default:
                wait_and_compare(&twins, 1 + (int)draw(&twins, 2), &tally);
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
        cmocka_unit_test(nothing_is_reported_of_nothing),
        cmocka_unit_test(interest_in_what_is_ready_goes_to_the_tail),
        cmocka_unit_test(what_is_ready_stays_listed),
        cmocka_unit_test(a_wait_reports_so_many_and_puts_them_behind_the_rest),
        cmocka_unit_test(what_wakes_goes_behind_what_was_put_back),
        cmocka_unit_test(more_interest_keeps_the_place),
        cmocka_unit_test(interest_added_lists_for_what_was_wanted_before),
        cmocka_unit_test(less_interest_keeps_the_place),
        cmocka_unit_test(an_end_out_of_interest_keeps_its_place_until_looked_at),
        cmocka_unit_test(no_interest_takes_out_of_the_list),
        cmocka_unit_test(waking_needs_interest),
        cmocka_unit_test(actions_are_queued_once),
        cmocka_unit_test(actions_go_with_the_interest_in_them),
        cmocka_unit_test(an_action_can_take_out_those_behind_it),
        cmocka_unit_test(what_an_action_wakes_waits_for_the_next_wait),
        cmocka_unit_test(reports_are_the_kernels),
        cmocka_unit_test(reports_are_the_kernels_with_few_ends),
    };

    return cmocka_run_group_tests_name("poller", tests, NULL, NULL);
}
