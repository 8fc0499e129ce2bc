#include "shaper/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>
#include <event2/event.h>

#include "shaper/channel.h"
#include "sim/clock/loop.h"

struct bench {
    struct event_base *base;
    struct shaper *shaper;
    struct shaper_group *group;
};

/* A full group of 1000 bytes a tick to read and 2000 to write. */
static int set_up(void **state)
{
    static struct bench bench;
    const struct shaper_group_setup setup = {
        .limit = {.rate_bytes_per_tick = {1000, 2000}, .burst_bytes = {1500, 2500}, .tick_ms = 10},
        .min_share_bytes = 64};

    bench.base = loop_new();
    bench.shaper = bench.base ? shaper_new(bench.base) : NULL;
    bench.group = bench.shaper ? shaper_group_new(bench.shaper, &setup) : NULL;
    *state = &bench;
    return bench.group ? 0 : -1;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    shaper_group_free(bench->group);
    shaper_free(bench->shaper);
    event_base_free(bench->base);
    return 0;
}

static void a_charge_takes_from_one_bucket_alone(void **state)
{
    struct shaper_group *group = ((struct bench *)*state)->group;
    int64_t read = shaper_group_level(group, SHAPER_READ);
    int64_t write = shaper_group_level(group, SHAPER_WRITE);

    shaper_group_decrement(group, SHAPER_READ, 100);
    assert_int_equal(shaper_group_level(group, SHAPER_READ), read - 100);
    assert_int_equal(shaper_group_level(group, SHAPER_WRITE), write);
    shaper_group_decrement(group, SHAPER_WRITE, 3000);
    assert_int_equal(shaper_group_level(group, SHAPER_READ), read - 100);
    assert_int_equal(shaper_group_level(group, SHAPER_WRITE), write - 3000);
    shaper_group_decrement(group, SHAPER_WRITE, -3001);
    assert_int_equal(shaper_group_level(group, SHAPER_WRITE), write + 1);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        assert_int_equal(shaper_group_total(group, (enum shaper_direction)d), 0);
}

static void a_new_limit_cuts_what_is_above_its_burst(void **state)
{
    struct shaper_group *group = ((struct bench *)*state)->group;
    const struct shaper_limit limit = {
        .rate_bytes_per_tick = {300, 400}, .burst_bytes = {300, 5000}, .tick_ms = 10};
    int64_t write = shaper_group_level(group, SHAPER_WRITE);

    assert_int_equal(shaper_group_set_limit(group, &limit, 32), SHAPER_OK);
    assert_int_equal(shaper_group_level(group, SHAPER_READ), 300);
    assert_int_equal(shaper_group_level(group, SHAPER_WRITE), write);
}

/* A socket channel needs two descriptors; without them there is none, and nothing is left over. */
static void sockets_need_descriptors(void **state)
{
    struct bench *bench = *state;
    static const struct shaper_channel_callbacks none;
    const struct shaper_channel_setup setup = {
        .transport = SHAPER_TRANSPORT_SOCKET, .group = bench->group, .callbacks = &none};
    struct rlimit limit;
    int status = SHAPER_OK;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit nothing = {0, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &nothing), 0);
    struct shaper_channel *channel = shaper_channel_new(bench->shaper, &setup, &status);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_null(channel);
    assert_int_equal(status, SHAPER_ERROR_DESCRIPTORS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_charge_takes_from_one_bucket_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_limit_cuts_what_is_above_its_burst, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(sockets_need_descriptors, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
