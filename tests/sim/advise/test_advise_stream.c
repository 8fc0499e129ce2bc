#include "sim/advise/advise_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t one_tick(const void *arg, int64_t rate)
{
    (void)arg;
    return rate;
}

static int64_t ten_ticks(const void *arg, int64_t rate)
{
    (void)arg;
    return 10 * rate;
}

static void add(struct advise_stream *stream, int64_t tick, int64_t bytes)
{
    assert_int_equal(advise_stream_add(stream, tick, bytes), 0);
}

/* 3000 bytes at once: with 1500 a tick 1500 wait for one tick, with 750 a tick 2250 for three. */
static void all_bytes_wait_no_longer_than_demanded(void **state)
{
    (void)state;
    struct advise_stream stream = {0};
    static const struct {
        double ticks;
        int64_t rate;
    } rows[] = {{0, 3000}, {1, 1500}, {2, 1000}, {3, 750}, {5, 500}};

    add(&stream, 7, 1000);
    add(&stream, 7, 2000);
    assert_int_equal(stream.count, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct advise_wait wait = {.share = 1, .ticks = rows[i].ticks};
        assert_int_equal(advise_stream_rate(&stream, &wait, one_tick, NULL), rows[i].rate);
        assert_false(advise_stream_waits(&stream, rows[i].rate - 1, rows[i].rate - 1, &wait));
    }
    advise_stream_fini(&stream);
}

/* In tick 9 a bucket of ten ticks' worth is full: 1000 a tick bring 10000. At once, in tick 0, it
 * has one tick's worth. */
static void a_burst_needs_time_to_fill(void **state)
{
    (void)state;
    const struct advise_wait wait = {.share = 1, .ticks = 0};
    struct advise_stream late = {0}, early = {0};

    add(&late, 9, 10000);
    add(&early, 0, 10000);
    assert_int_equal(advise_stream_rate(&late, &wait, ten_ticks, NULL), 1000);
    assert_int_equal(advise_stream_rate(&early, &wait, ten_ticks, NULL), 10000);
    advise_stream_fini(&late);
    advise_stream_fini(&early);
}

/* Ticks without bytes serve the queue: of 4000, 1000 a tick leave 3000, then 2000, 1000 and 0 in
 * tick 3, and what comes in tick 4 does not wait. In tick 3 it waits for a tick. */
static void ticks_between_serve_the_queue(void **state)
{
    (void)state;
    const struct advise_wait wait = {.share = 0.2, .ticks = 0}; /* 1000 of 5000 */
    struct advise_stream stream = {0}, sooner = {0};

    add(&stream, 0, 4000);
    add(&stream, 4, 1000);
    assert_true(advise_stream_waits(&stream, 1000, 1000, &wait));
    assert_false(advise_stream_waits(&stream, 999, 999, &wait));
    add(&sooner, 0, 4000);
    add(&sooner, 3, 1000);
    assert_false(advise_stream_waits(&sooner, 1000, 1000, &wait));
    assert_true(advise_stream_waits(&sooner, 1250, 1250, &wait));
    advise_stream_fini(&stream);
    advise_stream_fini(&sooner);
}

/* Of 100 ticks of 100 bytes one has 10000 more: 99 % of the bytes need no more than what lets one
 * of the ticks be late. */
static void a_share_may_wait_longer(void **state)
{
    (void)state;
    const struct advise_wait half = {.share = 0.49, .ticks = 0}, all = {.share = 1, .ticks = 0};
    struct advise_stream stream = {0};

    for (int i = 0; i < 100; i++)
        add(&stream, 2 * i, i == 99 ? 10100 : 100);
    assert_int_equal(stream.total_bytes, 20000);
    assert_int_equal(stream.peak_bytes, 10100);
    assert_int_equal(advise_stream_rate(&stream, &half, one_tick, NULL), 100);
    assert_int_equal(advise_stream_rate(&stream, &all, one_tick, NULL), 10100);
    advise_stream_fini(&stream);
}

static void nothing_needs_no_rate(void **state)
{
    (void)state;
    struct advise_stream stream = {0};

    add(&stream, 3, 0);
    assert_int_equal(stream.count, 0);
    assert_int_equal(advise_stream_rate(&stream, &(struct advise_wait){.share = 1}, one_tick, NULL),
                     0);
    advise_stream_fini(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bytes_wait_no_longer_than_demanded),
        cmocka_unit_test(a_burst_needs_time_to_fill),
        cmocka_unit_test(ticks_between_serve_the_queue),
        cmocka_unit_test(a_share_may_wait_longer),
        cmocka_unit_test(nothing_needs_no_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
