#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/account/due_queue.h"

enum { WAITERS = 300, STEPS = 20000 };

struct waiter {
    struct due due;
    struct due_rank rank;
    bool is_in_next_round;
};

static uint32_t draw(uint32_t *drawn)
{
    *drawn = *drawn * 1103515245 + 12345;
    return *drawn >> 16;
}

static bool comes_before(const struct waiter *a, const struct waiter *b)
{
    if (a->due.due_us != b->due.due_us)
        return a->due.due_us < b->due.due_us;
    if (a->due.number != b->due.number)
        return (int32_t)(a->due.number - b->due.number) < 0;
    return a->rank.rank != b->rank.rank ? a->rank.rank < b->rank.rank : a->rank.copy < b->rank.copy;
}

/* The first of those that wait in the round, looked for one by one; NULL: none does. */
static struct waiter *first_of(struct waiter *waiters, bool is_in_next_round)
{
    struct waiter *first = NULL;

    for (size_t i = 0; i < WAITERS; i++)
        if (waiters[i].due.handle != 0 && waiters[i].is_in_next_round == is_in_next_round &&
            (!first || comes_before(&waiters[i], first)))
            first = &waiters[i];
    return first;
}

static void assert_first(const struct due_queue *queue, struct waiter *waiters)
{
    struct waiter *first = first_of(waiters, false), *late = first_of(waiters, true);
    int64_t first_us = first ? first->due.due_us : INT64_MAX;
    int64_t late_us = late ? late->due.due_us : INT64_MAX;
    struct due_rank rank;

    assert_ptr_equal(due_queue_first(queue, &rank), first ? &first->due : NULL);
    assert_true(!first || (rank.rank == first->rank.rank && rank.copy == first->rank.copy));
    assert_true(due_queue_first_us(queue) == first_us);
    assert_true(due_queue_next_us(queue) == (late_us < first_us ? late_us : first_us));
}

/* Times, numbers, ranks and copies that are often equal: no two are in all four. */
static void add(struct due_queue *queue, struct waiter *waiter, uint32_t i, uint32_t *drawn)
{
    waiter->due.due_us = draw(drawn) % 7;
    waiter->due.number = UINT32_MAX - 1 + draw(drawn) % 4; /* wraps */
    waiter->rank = (struct due_rank){draw(drawn) % 3, (uint16_t)i};
    waiter->is_in_next_round = draw(drawn) % 4 == 0;
    assert_int_equal(due_queue_add(queue, &waiter->due, waiter->rank, waiter->is_in_next_round), 0);
}

/* Against a naive search, with removals and new rounds in between; a fixed sequence. */
static void test_the_queue_of_what_is_due(void **state)
{
    static struct waiter waiters[WAITERS];
    struct due_queue queue = {0};
    uint32_t drawn = 12345;

    (void)state;
    for (int step = 0; step < STEPS; step++) {
        uint32_t i = draw(&drawn) % WAITERS;
        uint32_t what = draw(&drawn) % 100;
        if (what == 0) {
            assert_int_equal(due_queue_begin_round(&queue), 0);
            for (size_t k = 0; k < WAITERS; k++)
                waiters[k].is_in_next_round = false;
        } else if (what < 30 && due_queue_first(&queue, NULL)) {
            due_queue_remove(&queue, due_queue_first(&queue, NULL));
        } else if (waiters[i].due.handle != 0) {
            due_queue_remove(&queue, &waiters[i].due);
            due_queue_remove(&queue, &waiters[i].due); /* it is in none */
        } else {
            add(&queue, &waiters[i], i, &drawn);
        }
        assert_first(&queue, waiters);
    }
    due_queue_fini(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_queue_of_what_is_due),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
