#include "sim/config/scheduling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void weights_are_read(void **state)
{
    struct scheduling_config config = {0};
    char error[SIM_ERROR_BYTES] = "";

    (void)state;
    assert_int_equal(scheduling_add_weight(&config, "--weight", "4:tcp port 443", error), SIM_OK);
    assert_int_equal(scheduling_add_weight(&config, "--weight", "1:ip6 proto 6:7", error), SIM_OK);
    assert_int_equal(scheduling_add_weight(&config, "--weight", "1000000:udp", error), SIM_OK);
    assert_int_equal(config.weight_count, 3);
    assert_int_equal(config.weights[0].weight, 4);
    assert_string_equal(config.weights[0].match, "tcp port 443");
    assert_string_equal(config.weights[1].match, "ip6 proto 6:7");
    assert_int_equal(config.weights[2].weight, SHAPER_WEIGHT_MAX);
}

static void bad_weights_are_refused(void **state)
{
    static const char *const values[] = {"",
                                         "4",
                                         "4:",
                                         ":tcp",
                                         "x:tcp",
                                         "0:tcp",
                                         "-1:tcp",
                                         "1.5:a",
                                         "1000001:a",
                                         "4 :tcp",
                                         "99999999999999999999:tcp"};

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        struct scheduling_config config = {0};
        char error[SIM_ERROR_BYTES] = "";
        assert_int_equal(scheduling_add_weight(&config, "--weight", values[i], error), SIM_MISUSE);
        assert_memory_equal(error, "--weight", 8);
        assert_int_equal(config.weight_count, 0);
    }
}

static void there_is_an_end_to_weights(void **state)
{
    struct scheduling_config config = {0};
    char error[SIM_ERROR_BYTES] = "";

    (void)state;
    for (size_t i = 0; i < WEIGHTS_MAX; i++)
        assert_int_equal(scheduling_add_weight(&config, "--weight", "2:tcp", error), SIM_OK);
    assert_int_equal(scheduling_add_weight(&config, "--weight", "2:tcp", error), SIM_MISUSE);
    assert_string_equal(error, "--weight 2:tcp: more than 64 of them");
}

/* --- settings against groups ---------------------------------------------------------------- */

#define GROUPS_MAX 4

static int check(enum shaper_scheduler scheduler, enum shaper_transport transport, size_t weights,
                 const char *const texts[GROUPS_MAX], char *error)
{
    struct scheduling_config config = {.scheduler = scheduler, .weight_count = weights};
    struct group_config specs[GROUPS_MAX];
    struct group_limits limits[GROUPS_MAX];
    size_t count = 0;

    error[0] = '\0';
    for (; count < GROUPS_MAX && texts[count]; count++) {
        assert_int_equal(group_config_parse(texts[count], &specs[count], error), SIM_OK);
        assert_int_equal(group_config_resolve(&specs[count], false, &limits[count], error), SIM_OK);
    }
    int status = scheduling_check(&config, transport, specs, limits, count, error);
    for (size_t i = 0; i < count; i++)
        group_config_fini(&specs[i]);
    return status;
}

static void what_fits_is_taken(void **state)
{
    static const char *const nested[GROUPS_MAX] = {"name=c,rate=1mbit,parent=b,weight=3",
                                                   "name=b,rate=2mbit,parent=a,tick=10ms",
                                                   "name=a,rate=3mbit", NULL};
    static const char *const plain[GROUPS_MAX] = {"name=a,rate=1mbit", NULL};
    static const char *const even[GROUPS_MAX] = {"name=c,rate=1mbit,parent=b", "name=b,rate=1mbit",
                                                 NULL};
    static const char *const none[GROUPS_MAX] = {NULL};
    char error[SIM_ERROR_BYTES];

    (void)state;
    assert_int_equal(check(SHAPER_SCHEDULER_DRR, SHAPER_TRANSPORT_PAIR, 1, nested, error), SIM_OK);
    assert_int_equal(check(SHAPER_SCHEDULER_SFQ, SHAPER_TRANSPORT_PAIR, 0, nested, error), SIM_OK);
    assert_int_equal(check(SHAPER_SCHEDULER_SHUFFLE, SHAPER_TRANSPORT_PAIR, 0, even, error),
                     SIM_OK);
    assert_int_equal(check(SHAPER_SCHEDULER_LIBEVENT, SHAPER_TRANSPORT_TLS, 0, plain, error),
                     SIM_OK);
    assert_int_equal(check(SHAPER_SCHEDULER_DRR, SHAPER_TRANSPORT_PAIR, 0, none, error), SIM_OK);
}

static const struct {
    enum shaper_scheduler scheduler;
    enum shaper_transport transport;
    size_t weights;
    const char *texts[GROUPS_MAX];
    const char *error;
} refused_rows[] = {
    {SHAPER_SCHEDULER_DRR,
     SHAPER_TRANSPORT_SOCKET,
     0,
     {"name=a,rate=1mbit"},
     "--scheduler: sockets and TLS are limited by libevent alone; leave --transport out"},
    {SHAPER_SCHEDULER_SFQ,
     SHAPER_TRANSPORT_TLS,
     0,
     {"name=a,rate=1mbit"},
     "--scheduler: sockets and TLS are limited by libevent alone; leave --transport out"},
    {SHAPER_SCHEDULER_LIBEVENT,
     SHAPER_TRANSPORT_PAIR,
     1,
     {"name=a,rate=1mbit"},
     "--weight: this scheduler knows none; add --scheduler drr or sfq"},
    {SHAPER_SCHEDULER_ROUND_ROBIN,
     SHAPER_TRANSPORT_PAIR,
     1,
     {"name=a,rate=1mbit"},
     "--weight: this scheduler knows none; add --scheduler drr or sfq"},
    {SHAPER_SCHEDULER_ROUND_ROBIN,
     SHAPER_TRANSPORT_PAIR,
     0,
     {"name=a,rate=1mbit,parent=b,weight=2", "name=b,rate=1mbit"},
     "--group a: weight: this scheduler knows none; add --scheduler drr or sfq"},
    {SHAPER_SCHEDULER_DRR,
     SHAPER_TRANSPORT_PAIR,
     0,
     {"name=a,rate=1mbit,weight=2"},
     "--group a: weight: counts among the members of a parent; add parent="},
    {SHAPER_SCHEDULER_LIBEVENT,
     SHAPER_TRANSPORT_PAIR,
     0,
     {"name=a,rate=1mbit,parent=b", "name=b,rate=1mbit"},
     "--group a: parent: libevent's groups cannot nest; add --scheduler round-robin, drr or "
     "another of ours"},
    {SHAPER_SCHEDULER_DRR,
     SHAPER_TRANSPORT_PAIR,
     0,
     {"name=a,rate=1mbit,parent=b"},
     "--group a: parent=b: there is no group of that name with a rate"},
    {SHAPER_SCHEDULER_DRR,
     SHAPER_TRANSPORT_PAIR,
     0,
     {"name=a,rate=1mbit,parent=b", "name=b,flow-rate=1mbit"},
     "--group a: parent=b: there is no group of that name with a rate"},
    {SHAPER_SCHEDULER_DRR,
     SHAPER_TRANSPORT_PAIR,
     0,
     {"name=a,flow-rate=1mbit,parent=b", "name=b,rate=1mbit"},
     "--group a: parent: has no group limit; give it a rate"},
    {SHAPER_SCHEDULER_DRR,
     SHAPER_TRANSPORT_PAIR,
     0,
     {"name=a,rate=1mbit,parent=a"},
     "--group a: parent=a: the groups contain each other in a circle"},
    {SHAPER_SCHEDULER_DRR,
     SHAPER_TRANSPORT_PAIR,
     0,
     {"name=a,rate=1mbit,parent=b", "name=b,rate=1mbit,parent=c", "name=c,rate=1mbit,parent=b"},
     "--group a: parent=b: the groups contain each other in a circle"},
};

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused_rows); i++) {
        char error[SIM_ERROR_BYTES];
        assert_int_equal(check(refused_rows[i].scheduler, refused_rows[i].transport,
                               refused_rows[i].weights, refused_rows[i].texts, error),
                         SIM_MISUSE);
        assert_string_equal(error, refused_rows[i].error);
    }
}

static void parents_are_found_by_name(void **state)
{
    const struct group_config specs[] = {
        {.name = "a", .parent = "c"}, {.name = "b"}, {.name = "c", .parent = "nobody"}};

    (void)state;
    assert_int_equal(scheduling_parent(specs, 3, 0), 2);
    assert_int_equal(scheduling_parent(specs, 3, 1), -1);
    assert_int_equal(scheduling_parent(specs, 3, 2), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_read),
        cmocka_unit_test(bad_weights_are_refused),
        cmocka_unit_test(there_is_an_end_to_weights),
        cmocka_unit_test(what_fits_is_taken),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(parents_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
