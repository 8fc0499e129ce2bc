/* What no enum has and no range holds is refused with the errors that there are. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "shaper/channel.h"
#include "shaper/group.h"
#include "shaper/limit.h"
#include "shaper/mod_ratelimit.h"
#include "shaper/shaper.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LIMIT(tick, rate, burst)                                                              \
    {                                                                                         \
        .tick_ms = (tick), .rate_bytes_per_tick = {(rate), 10}, .burst_bytes = {(burst), 10 } \
    }

struct bench {
    struct event_base *base;
    struct shaper *shaper;
    struct shaper_group *plain;     /* libevent's scheduler */
    struct shaper_group *scheduled; /* deficit round robin */
};

static const struct shaper_limit good_limit = LIMIT(10, 10, 20);
static const struct shaper_limit bad_limits[] = {
    LIMIT(0, 10, 20),        LIMIT(-1, 10, 20), LIMIT(10, 0, 20),
    LIMIT(10, -5, 20),       LIMIT(10, 10, 9),  LIMIT(10, INT64_MAX, INT64_MAX),
    LIMIT(INT64_MIN, 10, 20)};
static const enum shaper_direction no_direction[] = {SHAPER_DIRECTIONS, (enum shaper_direction)5,
                                                     (enum shaper_direction)UINT_MAX};
static const struct shaper_channel_callbacks callbacks = {0};

static struct shaper_group *new_group(struct shaper *shaper, enum shaper_scheduler scheduler)
{
    const struct shaper_group_setup setup = {
        .limit = good_limit, .min_share_bytes = 1, .scheduler = scheduler};

    return shaper_group_new(shaper, &setup);
}

static int set_up(void **state)
{
    static struct bench bench;

    bench.base = event_base_new();
    event_base_priority_init(bench.base, SHAPER_PRIORITIES);
    bench.shaper = shaper_new(bench.base);
    bench.plain = new_group(bench.shaper, SHAPER_SCHEDULER_LIBEVENT);
    bench.scheduled = new_group(bench.shaper, SHAPER_SCHEDULER_DRR);
    *state = &bench;
    return bench.plain && bench.scheduled ? 0 : -1;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    event_base_loop(bench->base, EVLOOP_NONBLOCK); /* members leave only now */
    shaper_group_free(bench->scheduled);
    shaper_group_free(bench->plain);
    shaper_free(bench->shaper);
    event_base_free(bench->base);
    return 0;
}

static struct shaper_channel *new_channel(struct bench *bench, struct shaper_channel_setup setup,
                                          int *status)
{
    setup.callbacks = &callbacks;
    return shaper_channel_new(bench->shaper, &setup, status);
}

static void limits_that_are_refused_have_no_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_limits); i++) {
        assert_null(shaper_limit_cfg(&bad_limits[i]));
        assert_false(shaper_limit_loses_tokens(&bad_limits[i], 64, SHAPER_READ));
        assert_false(shaper_limit_skews_shares(&bad_limits[i], 64, SHAPER_READ));
    }
    for (size_t i = 0; i < COUNT(no_direction); i++) {
        assert_false(shaper_limit_loses_tokens(&good_limit, 64, no_direction[i]));
        assert_false(shaper_limit_skews_shares(&good_limit, 64, no_direction[i]));
    }
}

static void groups_are_refused(void **state)
{
    struct bench *bench = *state;
    struct shaper_group *plain = bench->plain, *scheduled = bench->scheduled;
    const struct shaper_group_setup rows[] = {
        {.limit = good_limit, .scheduler = (enum shaper_scheduler)(SHAPER_SCHEDULER_SFQ + 1)},
        {.limit = good_limit, .scheduler = (enum shaper_scheduler)UINT_MAX},
        {.limit = good_limit, .scheduler = SHAPER_SCHEDULER_SHUFFLE}, /* no source of random
                                                                       * numbers */
        {.limit = good_limit, .scheduler = SHAPER_SCHEDULER_ACTIVE_SHARE},
        {.limit = good_limit, .min_share_bytes = -1},
        {.limit = good_limit, .scheduler = SHAPER_SCHEDULER_DRR, .weight = SHAPER_WEIGHT_MAX + 1},
        {.limit = good_limit, .scheduler = SHAPER_SCHEDULER_DRR, .parent = plain},
        {.limit = good_limit, .parent = scheduled},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_null(shaper_group_new(bench->shaper, &rows[i]));
    for (size_t i = 0; i < COUNT(bad_limits); i++) {
        const struct shaper_group_setup setup = {.limit = bad_limits[i]};
        assert_null(shaper_group_new(bench->shaper, &setup));
        assert_int_equal(shaper_group_set_limit(plain, &bad_limits[i], 1), SHAPER_ERROR_LIMIT);
    }
    const struct shaper_limit other_tick = LIMIT(11, 10, 20);
    assert_int_equal(shaper_group_set_limit(plain, &other_tick, 1), SHAPER_ERROR_LIMIT);
    assert_int_equal(shaper_group_set_limit(plain, &good_limit, -1), SHAPER_ERROR_LIMIT);
    assert_int_equal(shaper_group_set_limit(plain, &good_limit, 2), SHAPER_OK);
}

static void groups_have_two_directions(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < COUNT(no_direction); i++) {
        shaper_group_decrement(bench->plain, no_direction[i], 7);
        assert_int_equal(shaper_group_level(bench->plain, no_direction[i]), 0);
        assert_int_equal(shaper_group_total(bench->plain, no_direction[i]), 0);
    }
    assert_int_equal(shaper_group_level(bench->plain, SHAPER_READ), 10);
    assert_int_equal(shaper_group_level(bench->plain, SHAPER_WRITE), 10);
}

static void channels_are_refused(void **state)
{
    struct bench *bench = *state;
    static const struct shaper_filter bad_filters[] = {
        {.kind = (enum shaper_filter_kind)7},
        {.kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 0, .segment_bytes = 1},
        {.kind = SHAPER_FILTER_DEFLATE, .level = 10},
        {.kind = SHAPER_FILTER_RATELIMIT, .ratelimit = {.rate_kib_per_s = 0}},
        {.kind = SHAPER_FILTER_RATELIMIT, .ratelimit = {.rate_kib_per_s = 1}}, /* without a clock */
    };
    static const struct shaper_filter many[SHAPER_FILTERS_MAX + 1] = {
        {.kind = SHAPER_FILTER_DEFLATE}};
    const struct shaper_channel_setup rows[] = {
        {.transport = (enum shaper_transport)(SHAPER_TRANSPORT_TLS + 1)},
        {.transport = (enum shaper_transport)UINT_MAX},
        {.tls_version = (enum shaper_tls_version)(SHAPER_TLS_1_2 + 1)},
        {.tls_end = (enum shaper_tls_end)(SHAPER_TLS_END_DIRTY_ALLOWED + 1)},
        {.flush = (enum shaper_flush)(SHAPER_FLUSH_FINISHED + 1)},
        {.weight = SHAPER_WEIGHT_MAX + 1},
        {.transport = SHAPER_TRANSPORT_SOCKET, .group = bench->scheduled},
        {.transport = SHAPER_TRANSPORT_TLS, .group = bench->scheduled},
        {.filters = many, .filter_count = COUNT(many)},
        {.filters = &bad_filters[0], .filter_count = 1},
        {.filters = &bad_filters[1], .filter_count = 1},
        {.filters = &bad_filters[2], .filter_count = 1},
        {.filters = &bad_filters[3], .filter_count = 1},
        {.filters = &bad_filters[4], .filter_count = 1},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int status = SHAPER_OK;
        assert_null(new_channel(bench, rows[i], &status));
        assert_int_equal(status, SHAPER_ERROR_LIMIT);
    }
}

static void channels_have_two_directions_and_their_filters(void **state)
{
    struct bench *bench = *state;
    static const struct shaper_filter filter = {.kind = SHAPER_FILTER_DEFLATE, .level = 1};
    static const enum shaper_transport transports[] = {SHAPER_TRANSPORT_SOCKET,
                                                       SHAPER_TRANSPORT_TLS};
    int status;
    struct shaper_channel *channel = new_channel(
        bench, (struct shaper_channel_setup){.filters = &filter, .filter_count = 1}, &status);

    assert_non_null(channel);
    for (size_t i = 0; i < COUNT(no_direction); i++) {
        assert_int_equal(shaper_channel_offer(channel, no_direction[i], NULL, 3),
                         SHAPER_ERROR_LIMIT);
        assert_int_equal(shaper_channel_backlog(channel, no_direction[i]), 0);
        assert_int_equal(shaper_channel_per_flow_level(channel, no_direction[i]), 0);
        shaper_channel_decrement_per_flow(channel, no_direction[i], 3);
        shaper_channel_end_response(channel, no_direction[i]);
        assert_null(shaper_channel_filter_counts(channel, 0, no_direction[i]));
    }
    assert_non_null(shaper_channel_filter_counts(channel, 0, SHAPER_WRITE));
    assert_null(shaper_channel_filter_counts(channel, 1, SHAPER_WRITE));
    shaper_channel_free(channel);
    for (size_t i = 0; i < COUNT(transports); i++) {
        channel = new_channel(
            bench, (struct shaper_channel_setup){.transport = transports[i], .group = bench->plain},
            &status);
        assert_int_equal(shaper_channel_set_group(channel, bench->scheduled), SHAPER_ERROR_LIMIT);
        assert_int_equal(shaper_channel_set_group(channel, bench->plain), SHAPER_OK);
        assert_null(shaper_channel_filter_counts(channel, 0, SHAPER_WRITE));
        shaper_channel_free(channel);
    }
}

static void mod_ratelimit_is_refused(void **state)
{
    (void)state;
    static const struct mod_ratelimit_config rows[] = {
        {.rate_kib_per_s = 0},
        {.rate_kib_per_s = INT64_MAX},
        {.rate_kib_per_s = INT64_MIN},
        {.rate_kib_per_s = 1, .initial_burst_kib = -1},
        {.rate_kib_per_s = 1, .variant = (enum mod_ratelimit_variant)3},
    };
    static const struct mod_ratelimit_config good = {.rate_kib_per_s = 1};
    static const struct mod_ratelimit_item items[] = {{.element = (enum mod_ratelimit_element)9},
                                                      {.element = MOD_RATELIMIT_EOS, .bytes = 1}};
    char error[SHAPER_ERROR_BYTES];

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(mod_ratelimit_check(&rows[i], error), SHAPER_ERROR_LIMIT);
        assert_null(mod_ratelimit_new(&rows[i]));
    }
    assert_int_equal(mod_ratelimit_chunk_bytes(&rows[1]), 0);
    struct mod_ratelimit *response = mod_ratelimit_new(&good);
    for (size_t i = 0; i < COUNT(items); i++)
        assert_int_equal(mod_ratelimit_give(response, &items[i], 1), SHAPER_ERROR_LIMIT);
    assert_int_equal(mod_ratelimit_held_bytes(response), 0);
    mod_ratelimit_free(response);
}

static void filters_of_no_kind_are_named(void **state)
{
    (void)state;
    const struct shaper_filter filter = {.kind = (enum shaper_filter_kind)7};
    char error[SHAPER_ERROR_BYTES] = "";

    assert_int_equal(shaper_filter_check(&filter, error), SHAPER_ERROR_LIMIT);
    assert_string_equal(error, "there is no filter of kind 7");
    assert_string_equal(shaper_filter_name(filter.kind), "unknown");
}

static void a_shaper_needs_its_priorities_and_room(void **state)
{
    struct bench *bench = *state;
    struct event_base *base = event_base_new();

    assert_null(shaper_new(base)); /* it has one */
    event_base_free(base);
    assert_int_equal(shaper_poll(bench->shaper, 0), 0);
    assert_int_equal(shaper_poll(bench->shaper, INT_MIN), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_that_are_refused_have_no_form),
        cmocka_unit_test_setup_teardown(groups_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(groups_have_two_directions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(channels_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(channels_have_two_directions_and_their_filters, set_up,
                                        tear_down),
        cmocka_unit_test(mod_ratelimit_is_refused),
        cmocka_unit_test(filters_of_no_kind_are_named),
        cmocka_unit_test_setup_teardown(a_shaper_needs_its_priorities_and_room, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
