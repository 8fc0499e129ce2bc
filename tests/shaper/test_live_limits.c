/* Groups and per-flow limits that a flow gets, or loses, during a run. */
#include "shaper/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/shaper/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const enum shaper_transport plain[] = {SHAPER_TRANSPORT_PAIR, SHAPER_TRANSPORT_SOCKET};

/* A group of 1000 a tick from the start, another of 300. */
static void flows_change_groups(void **state)
{
    (void)state;
    static const struct {
        struct step changes[3];
        size_t change_count;
        uint64_t bytes[8]; /* of 10000, tick by tick */
        uint64_t total, other_total;
    } rows[] = {
        {{{0}}, 0, {1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000}, 8000, 0},
        /* leaves in the middle of a tick: all that waits goes */
        {{{25000, TO_GROUP, 0, NO_ONE}}, 1, {1000, 1000, 8000}, 3000, 0},
        /* the other group's bucket is full when it comes */
        {{{25000, TO_GROUP, 0, THE_OTHER}},
         1,
         {1000, 1000, 1000 + 300, 300, 300, 300, 300, 300},
         3000,
         1800},
        /* straight back: the bucket is as empty as it left it */
        {{{25000, TO_GROUP, 0, THE_OTHER}, {45000, TO_GROUP, 0, THE_FIRST}},
         2,
         {1000, 1000, 1300, 300, 300 + 1000, 1000, 1000, 1000},
         7000,
         900},
        /* before its first byte */
        {{{0, TO_GROUP, 0, THE_OTHER}}, 1, {300, 300, 300, 300, 300, 300, 300, 300}, 0, 2400},
        {{{0, TO_GROUP, 0, NO_ONE}, {0, TO_GROUP, 0, THE_FIRST}},
         2,
         {1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000},
         8000,
         0},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(plain); t++)
            for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
                struct step steps[4] = {{0, d == SHAPER_READ ? OFFER_READ : OFFER_WRITE, 0, 10000}};
                memcpy(steps + 1, rows[i].changes, sizeof(rows[i].changes));
                const struct scenario scenario = {.rate = 1000,
                                                  .burst = 1000,
                                                  .min_share = 64,
                                                  .other = {300, 300, TICK_MS},
                                                  .flows = 1,
                                                  .ticks = 8,
                                                  .steps = steps,
                                                  .step_count = 1 + rows[i].change_count};
                struct outcome outcome;
                fixture_run(&scenario, plain[t], &outcome);
                for (int tick = 0; tick < 8; tick++)
                    assert_int_equal(outcome.bytes[d][0][tick], rows[i].bytes[tick]);
                assert_int_equal(outcome.total[d], rows[i].total);
                assert_int_equal(outcome.other_total[d], rows[i].other_total);
            }
}

/* An per-flow limit of 400 a tick of 10 ms; the other one has 600 in 30 ms, and a burst of 1200. */
static void flows_change_their_per_flow_limits(void **state)
{
    (void)state;
    static const struct {
        struct step changes[3];
        size_t change_count;
        uint64_t bytes[10]; /* of 10000 */
        int64_t level[10];  /* of what it has then, at the tick's end; 0 without a limit */
    } rows[] = {
        {{{0}}, 0, {400, 400, 400, 400, 400, 400, 400, 400, 400, 400}, {0}},
        /* a fresh bucket holds one tick's worth; libevent waits a whole tick from where it stopped
         */
        {{{25000, TO_OWN, 0, THE_OTHER}}, 1, {400, 400, 400 + 600, 0, 0, 600, 0, 0, 600, 0}, {0}},
        {{{25000, TO_OWN, 0, NO_ONE}}, 1, {400, 400, 9200}, {0}},
        /* the same limit again: a fresh bucket, too */
        {{{25000, TO_OWN, 0, THE_FIRST}},
         1,
         {400, 400, 800, 400, 400, 400, 400, 400, 400, 400},
         {0}},
        {{{25000, TO_OWN, 0, THE_OTHER}, {65000, TO_OWN, 0, THE_FIRST}},
         2,
         {400, 400, 1000, 0, 0, 600, 400, 400, 400, 400},
         {0}},
        /* charged by hand: two ticks of debt; credit goes at once */
        {{{25000, CHARGE_OWN, 0, 500}},
         1,
         {400, 400, 400, 0, 300, 400, 400, 400, 400, 400},
         {0, 0, -500, -100}},
        {{{25000, CREDIT_OWN, 0, 250}}, 1, {400, 400, 650, 400, 400, 400, 400, 400, 400, 400}, {0}},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(plain); t++) {
            struct step steps[4] = {{0, OFFER_WRITE, 0, 10000}};
            memcpy(steps + 1, rows[i].changes, sizeof(rows[i].changes));
            const struct scenario scenario = {.per_flow_rate = 400,
                                              .per_flow_burst = 400,
                                              .other_per_flow = {600, 1200, 30},
                                              .flows = 1,
                                              .ticks = 10,
                                              .steps = steps,
                                              .step_count = 1 + rows[i].change_count};
            struct outcome outcome;
            fixture_run(&scenario, plain[t], &outcome);
            for (int tick = 0; tick < 10; tick++) {
                assert_int_equal(outcome.bytes[SHAPER_WRITE][0][tick], rows[i].bytes[tick]);
                if (rows[i].level[tick])
                    assert_int_equal(outcome.per_flow_level[SHAPER_WRITE][tick],
                                     rows[i].level[tick]);
            }
        }
}

/* Of three members one leaves, one comes back and one changes its per-flow limit: pair and socket
 * to the byte, whatever the order of release. */
static void a_pair_is_a_socket_in_mid_run(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 30000},
                                        {0, OFFER_WRITE, 1, 30000},
                                        {0, OFFER_WRITE, 2, 30000},
                                        {0, OFFER_READ, 0, 20000},
                                        {0, OFFER_READ, 1, 20000},
                                        {0, OFFER_READ, 2, 20000},
                                        {30000, TO_GROUP, 1, NO_ONE},
                                        {40000, TO_OWN, 2, THE_OTHER},
                                        {50000, TO_GROUP, 1, THE_FIRST},
                                        {55000, TO_GROUP, 0, THE_OTHER},
                                        {60000, TO_OWN, 0, NO_ONE},
                                        {71000, TO_OWN, 1, NO_ONE},
                                        {90000, TO_OWN, 2, THE_FIRST},
                                        {95000, CHARGE_OWN, 2, 700},
                                        {100000, TO_GROUP, 0, THE_FIRST},
                                        {120000, OFFER_WRITE, 1, 30000},
                                        {130000, TO_GROUP, 2, THE_OTHER},
                                        {140000, CREDIT_OWN, 2, 100},
                                        {150000, CLOSE, 1, 0}};
    static const struct shaper_filter overhead = {
        .kind = SHAPER_FILTER_OVERHEAD, .header_bytes = 40, .segment_bytes = 1000};

    for (uint64_t seed = 0; seed < 8; seed++) {
        const struct scenario scenario = {.rate = 2000,
                                          .burst = 3000,
                                          .min_share = 200,
                                          .other = {700, 700, 20},
                                          .per_flow_rate = 900,
                                          .per_flow_burst = 900,
                                          .other_per_flow = {500, 1000, 30},
                                          .flows = 3,
                                          .ticks = 60,
                                          .steps = steps,
                                          .step_count = COUNT(steps),
                                          .seed = seed,
                                          .filters = &overhead,
                                          .filter_count = seed % 2};
        struct outcome pair, socket;
        fixture_run(&scenario, SHAPER_TRANSPORT_PAIR, &pair);
        fixture_run(&scenario, SHAPER_TRANSPORT_SOCKET, &socket);
        assert_memory_equal(pair.bytes, socket.bytes, sizeof(pair.bytes));
        assert_memory_equal(pair.charged, socket.charged, sizeof(pair.charged));
        assert_memory_equal(pair.charges, socket.charges, sizeof(pair.charges));
        assert_memory_equal(pair.level, socket.level, sizeof(pair.level));
        assert_memory_equal(pair.per_flow_level, socket.per_flow_level,
                            sizeof(pair.per_flow_level));
        assert_memory_equal(pair.total, socket.total, sizeof(pair.total));
        assert_memory_equal(pair.other_total, socket.other_total, sizeof(pair.other_total));
        assert_string_equal(pair.log, socket.log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_change_groups),
        cmocka_unit_test(flows_change_their_per_flow_limits),
        cmocka_unit_test(a_pair_is_a_socket_in_mid_run),
    };

    return cmocka_run_group_tests_name("live limits", tests, NULL, NULL);
}
