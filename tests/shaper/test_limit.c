#include "shaper/limit.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <event2/bufferevent.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define MOST SHAPER_LIMIT_MAX_BYTES

static struct shaper_limit make(int64_t tick_ms, int64_t read_rate, int64_t read_burst,
                                int64_t write_rate, int64_t write_burst)
{
    return (struct shaper_limit){.tick_ms = tick_ms,
                                 .rate_bytes_per_tick = {read_rate, write_rate},
                                 .burst_bytes = {read_burst, write_burst}};
}

static void limits_are_taken_at_the_edge_and_refused_past_it(void **state)
{
    (void)state;
    static const struct {
        int64_t tick_ms, read_rate, read_burst, write_rate, write_burst;
        const char *error; /* NULL: taken */
    } rows[] = {
        {1, 1, 1, 1, 1, NULL},
        {1, MOST, MOST, MOST, MOST, NULL},
        {INT64_C(86400000), 5, 7, 6, 6, NULL},
        {0, 1, 1, 1, 1, "a tick must be a whole number of milliseconds, at least 1"},
        {-5, 1, 1, 1, 1, "a tick must be a whole number of milliseconds, at least 1"},
        {1, 0, 1, 1, 1, "read rate of 0 bytes a tick is below 1"},
        {1, -1, 1, 1, 1, "read rate of -1 bytes a tick is below 1"},
        {1, 1, 1, 0, 1, "write rate of 0 bytes a tick is below 1"},
        {1, 10, 9, 1, 1, "read burst of 9 bytes is below one tick's worth"},
        {1, 1, 1, 10, 9, "write burst of 9 bytes is below one tick's worth"},
        {1, 10, 10, 10, 10, NULL},
        {1, 1, MOST + 1, 1, 1,
         "read burst of 2147483648 bytes is above 2147483647, where libevent cuts it"},
        {1, 1, 1, 1, MOST + 1,
         "write burst of 2147483648 bytes is above 2147483647, where libevent cuts it"},
        {1, 1, 1, MOST + 1, MOST,
         "write rate of 2147483648 bytes a tick is above 2147483647, where libevent cuts it"},
        {1, INT64_MAX, INT64_MAX, 1, 1,
         "read burst of 9223372036854775807 bytes is above 2147483647, where libevent cuts it"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct shaper_limit limit = make(rows[i].tick_ms, rows[i].read_rate, rows[i].read_burst,
                                         rows[i].write_rate, rows[i].write_burst);
        char error[SHAPER_ERROR_BYTES] = "untouched";
        int status = shaper_limit_check(&limit, error);
        assert_int_equal(status, rows[i].error ? SHAPER_ERROR_LIMIT : SHAPER_OK);
        assert_string_equal(error, rows[i].error ? rows[i].error : "untouched");
    }
}

/* libevent itself accepts what passed the check, also ticks of whole seconds and of none. */
static void libevent_takes_what_is_taken(void **state)
{
    (void)state;
    static const int64_t ticks_ms[] = {1, 999, 1000, 1001, 86400000};

    for (size_t i = 0; i < COUNT(ticks_ms); i++) {
        struct shaper_limit small = make(ticks_ms[i], 1, 1, 2, 3);
        struct shaper_limit large = make(ticks_ms[i], MOST, MOST, MOST, MOST);
        struct ev_token_bucket_cfg *cfgs[] = {shaper_limit_cfg(&small), shaper_limit_cfg(&large)};
        for (size_t j = 0; j < COUNT(cfgs); j++) {
            assert_non_null(cfgs[j]);
            ev_token_bucket_cfg_free(cfgs[j]);
        }
    }
}

static void min_share_is_cut_by_the_slower_direction(void **state)
{
    (void)state;
    static const struct {
        int64_t read_rate, write_rate, asked, expected;
    } rows[] = {
        {1000, 1000, 64, 64},         {1000, 1000, 999, 999}, {1000, 1000, 1000, 1000},
        {1000, 1000, 1001, 1000},     {100000, 10, 64, 10},   {10, 100000, 64, 10},
        {MOST, MOST, MOST + 1, MOST}, {5, 7, 0, 0},           {5, 7, 1, 1},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct shaper_limit limit = make(10, rows[i].read_rate, MOST, rows[i].write_rate, MOST);
        assert_int_equal(shaper_limit_min_share(&limit, rows[i].asked), rows[i].expected);
    }
}

static void lost_tokens_follow_the_formula(void **state)
{
    (void)state;
    static const struct {
        int64_t rate, burst, min_share;
        bool read, write;
    } rows[] = {
        {10000, 10000, 64, false, false},   /* rate >= 64 + 63 */
        {127, 127, 64, false, false},       /* 127 = 64 + 64 - 1 */
        {126, 126, 64, true, true},         /* one below */
        {126, 188, 64, true, true},         /* 126 + 64 - 1 = 189, one below */
        {126, 189, 64, false, false},       /* at it */
        {10000, 10000, 10000, true, true},  /* m is 4096 for a read, 10000 for a write */
        {14095, 14095, 10000, false, true}, /* 10000 + 4096 - 1: read is at it, write needs 19999 */
        {14094, 14094, 10000, true, true},  /* one below */
        {19998, 19998, 10000, false, true},
        {19999, 19999, 10000, false, false},
        {36383, 36383, 20000, false, false}, /* a write moves 16384: 20000 + 16384 - 1 */
        {36382, 36382, 20000, false, true},
        {36382, 56381, 20000, false, false},
        {36382, 56380, 20000, false, true}, /* 36382 + 20000 - 1 = 56381 */
        {1, 1, 64, false, false},           /* min-share is cut to 1, no overdraft */
        {2, 2, 64, true, true},             /* cut to 2: 2 < 2 + 2 - 1 and 2 < 2 + 2 - 1 */
        {2, 3, 64, false, false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct shaper_limit limit =
            make(10, rows[i].rate, rows[i].burst, rows[i].rate, rows[i].burst);
        assert_int_equal(shaper_limit_loses_tokens(&limit, rows[i].min_share, SHAPER_READ),
                         rows[i].read);
        assert_int_equal(shaper_limit_loses_tokens(&limit, rows[i].min_share, SHAPER_WRITE),
                         rows[i].write);
    }
}

static void lost_tokens_are_reported_for_each_direction(void **state)
{
    (void)state;
    /* 100 bytes a tick with a min-share of 64: 100 < 64 + 63 loses unless burst >= 163 */
    struct shaper_limit limit = make(10, 100, 163, 100, 162);

    assert_false(shaper_limit_loses_tokens(&limit, 64, SHAPER_READ));
    assert_true(shaper_limit_loses_tokens(&limit, 64, SHAPER_WRITE));
    limit = make(10, 100, 100, 20, 20); /* the read direction's min-share is cut to 20 */
    assert_false(shaper_limit_loses_tokens(&limit, 64, SHAPER_READ));
    assert_true(shaper_limit_loses_tokens(&limit, 64, SHAPER_WRITE));
}

/* --- the formula against the bucket ------------------------------------------------------ */

#define SMALL_RATE_MAX 14
#define LEVELS         (4 * SMALL_RATE_MAX)

/* Every level at which a tick can end when members with any backlog at all take what they get: one
 * byte up to min-share at a time while the level is above 0. */
static void drain(int64_t level, int64_t share, bool ends[LEVELS])
{
    bool reached[2 * LEVELS] = {false};

    reached[level] = true;
    for (int64_t at = level; at > 0; at--)
        for (int64_t grant = 1; reached[at] && grant <= share; grant++) {
            if (at - grant > 0)
                reached[at - grant] = true;
            else
                ends[grant - at] = true; /* the overdraft */
        }
}

/* Whether any run of the bucket from its start throws tokens away while members wait. */
static bool some_run_loses(int64_t rate, int64_t burst, int64_t share)
{
    bool seen[LEVELS] = {false}, ends[LEVELS] = {false};
    bool changed = true;

    drain(rate, share, ends); /* the first tick's worth */
    while (changed) {
        changed = false;
        for (int64_t overdraft = 0; overdraft < LEVELS; overdraft++) {
            int64_t level = -overdraft;
            if (!ends[overdraft] || seen[overdraft])
                continue;
            seen[overdraft] = changed = true;
            do { /* the group is suspended until a refill lifts it to min-share */
                if (level + rate > burst)
                    return true;
                level += rate;
            } while (level < share);
            drain(level, share, ends);
        }
    }
    return false;
}

static void lost_tokens_are_those_of_a_bucket(void **state)
{
    (void)state;
    int losing = 0, keeping = 0;

    for (int64_t rate = 1; rate <= SMALL_RATE_MAX; rate++)
        for (int64_t burst = rate; burst <= 2 * rate + 1; burst++)
            for (int64_t share = 1; share <= rate; share++) {
                struct shaper_limit limit = make(10, rate, burst, rate, burst);
                bool expected = some_run_loses(rate, burst, share);
                assert_int_equal(shaper_limit_loses_tokens(&limit, share, SHAPER_READ), expected);
                assert_int_equal(shaper_limit_loses_tokens(&limit, share, SHAPER_WRITE), expected);
                losing += expected;
                keeping += !expected;
            }
    assert_true(losing > 100 && keeping > 100);
}

/* Where one callback moves less than min-share: every overdraft, one by one, around the edges. */
static void lost_tokens_know_what_one_callback_moves(void **state)
{
    (void)state;
    static const int64_t most[] = {SHAPER_READ_MAX_BYTES, SHAPER_WRITE_MAX_BYTES};

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (int64_t share = most[d] - 1; share <= most[d] + 3; share++) {
            int64_t m = share < most[d] ? share : most[d];
            for (int64_t rate = share + m - 4; rate <= share + m + 1; rate++)
                for (int64_t burst = rate + share - 3; burst <= rate + share + 1; burst++) {
                    struct shaper_limit limit = make(10, rate, burst, rate, burst);
                    bool loses = false;
                    for (int64_t overdraft = 0; overdraft < m; overdraft++)
                        loses |= rate - overdraft < share && 2 * rate - overdraft > burst;
                    assert_int_equal(
                        shaper_limit_loses_tokens(&limit, share, (enum shaper_direction)d), loses);
                }
        }
}

static void skewed_shares_are_one_grant_a_tick(void **state)
{
    (void)state;
    static const struct {
        int64_t read_rate, write_rate, min_share;
        bool read, write;
    } rows[] = {
        {1000, 1000, 999, false, false},     {1000, 1000, 1000, true, true},
        {1000, 1000, 5000, true, true},     /* cut to 1000, which still is a tick's worth */
        {1000, 999, 1000, false, true},     /* cut to 999: the read direction has 1000 */
        {4096, 4096, 4096, true, true},     /* one read callback empties it */
        {4097, 4097, 4097, false, true},    /* a read takes two */
        {16384, 16384, 16384, false, true}, /* a write does not */
        {16385, 16385, 16385, false, false}, {1, 1, 64, true, true},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct shaper_limit limit = make(10, rows[i].read_rate, MOST, rows[i].write_rate, MOST);
        assert_int_equal(shaper_limit_skews_shares(&limit, rows[i].min_share, SHAPER_READ),
                         rows[i].read);
        assert_int_equal(shaper_limit_skews_shares(&limit, rows[i].min_share, SHAPER_WRITE),
                         rows[i].write);
    }
}

static void clipping_is_reported_where_the_faster_direction_loses_by_it(void **state)
{
    (void)state;
    static const struct {
        int64_t read_rate, write_rate, min_share;
        bool clips;
    } rows[] = {
        {100000, 10, 64, true}, {10, 100000, 64, true},  {100000, 64, 64, false}, /* not cut */
        {100000, 63, 64, true}, {63, 63, 64, false}, /* cut, but by both */
        {64, 63, 64, true},                          /* the faster one without the other would keep
                                                      * it */
        {63, 62, 64, true},                          /* that one would cut it to 63 */
        {100, 10, 5000, true},  {100, 100, 5000, false}, {100000, 10, 10, false},
        {100000, 10, 0, false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct shaper_limit limit = make(10, rows[i].read_rate, MOST, rows[i].write_rate, MOST);
        assert_int_equal(shaper_limit_clips_min_share(&limit, rows[i].min_share), rows[i].clips);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_taken_at_the_edge_and_refused_past_it),
        cmocka_unit_test(libevent_takes_what_is_taken),
        cmocka_unit_test(min_share_is_cut_by_the_slower_direction),
        cmocka_unit_test(lost_tokens_follow_the_formula),
        cmocka_unit_test(lost_tokens_are_reported_for_each_direction),
        cmocka_unit_test(lost_tokens_are_those_of_a_bucket),
        cmocka_unit_test(lost_tokens_know_what_one_callback_moves),
        cmocka_unit_test(skewed_shares_are_one_grant_a_tick),
        cmocka_unit_test(clipping_is_reported_where_the_faster_direction_loses_by_it),
    };

    return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
