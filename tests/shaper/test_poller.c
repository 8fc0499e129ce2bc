#include "shaper/libevent/poller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { R = POLL_READABLE, W = POLL_WRITABLE, RW = POLL_READABLE | POLL_WRITABLE };

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
    set_ready(&f, 'a', RW); /* ready, without interest */
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
    set_ready(&f, 'b', R); /* and it is not looked at again unless it becomes ready again */
    expect_wait(&f, 8, 2, "aR cR ");
    wake(&f, 'b', POLL_READABLE);
    expect_wait(&f, 8, 3, "aR cR bR ");
}

static void a_wait_reports_at_most_n_and_moves_them_to_the_end(void **state)
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

static void what_wakes_is_queued_after_what_was_put_back(void **state)
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
    expect_wait(&f, 8, 2, "aW aR bR ");
}

/* libevent puts an event that is added at the head of its descriptor's list. */
static void the_interest_added_last_acts_first(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    set_ready(&f, 'a', RW);
    want(&f, 'a', RW); /* at once: a bufferevent enables reading last */
    expect_wait(&f, 8, 1, "aR aW ");
    unwant(&f, 'a', W);
    want(&f, 'a', W);
    expect_wait(&f, 8, 1, "aW aR ");
    want(&f, 'a', W); /* not added: it is there */
    want(&f, 'a', RW);
    expect_wait(&f, 8, 1, "aW aR ");
    unwant(&f, 'a', R);
    want(&f, 'a', RW); /* of the two only reading is new */
    expect_wait(&f, 8, 1, "aR aW ");
    unwant(&f, 'a', R);
    expect_wait(&f, 8, 1, "aW ");
    want(&f, 'a', R);
    unwant(&f, 'a', W);
    expect_wait(&f, 8, 1, "aR ");
}

/* What is queued stays in order, whatever is added after it. */
static void the_order_is_that_of_the_report(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    set_ready(&f, 'a', RW);
    want(&f, 'a', W);
    want(&f, 'a', R);
    assert_int_equal(poller_wait(&f.poller, 8), 1);
    unwant(&f, 'a', W);
    want(&f, 'a', W); /* out of the queue, and added last */
    assert_int_equal(poller_wait(&f.poller, 8), 1);
    poller_run_actions(&f.poller);
    assert_string_equal(f.log, "aR aW ");
}

/* Interest that was added looks at all of it, as EPOLL_CTL_MOD does. */
static void interest_added_lists_for_what_was_wanted_before(void **state)
{
    (void)state;
    struct fixture f;

    set_up(&f);
    want(&f, 'a', R);
    set_ready(&f, 'a', R); /* and nothing made it ready */
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

static void an_action_can_remove_later_ones(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_reported_of_nothing),
        cmocka_unit_test(interest_in_what_is_ready_goes_to_the_tail),
        cmocka_unit_test(what_is_ready_stays_listed),
        cmocka_unit_test(a_wait_reports_at_most_n_and_moves_them_to_the_end),
        cmocka_unit_test(what_wakes_is_queued_after_what_was_put_back),
        cmocka_unit_test(more_interest_keeps_the_place),
        cmocka_unit_test(the_interest_added_last_acts_first),
        cmocka_unit_test(the_order_is_that_of_the_report),
        cmocka_unit_test(interest_added_lists_for_what_was_wanted_before),
        cmocka_unit_test(less_interest_keeps_the_place),
        cmocka_unit_test(an_end_out_of_interest_keeps_its_place_until_looked_at),
        cmocka_unit_test(no_interest_takes_out_of_the_list),
        cmocka_unit_test(waking_needs_interest),
        cmocka_unit_test(actions_are_queued_once),
        cmocka_unit_test(actions_go_with_the_interest_in_them),
        cmocka_unit_test(an_action_can_remove_later_ones),
        cmocka_unit_test(what_an_action_wakes_waits_for_the_next_wait),
    };

    return cmocka_run_group_tests_name("poller", tests, NULL, NULL);
}
