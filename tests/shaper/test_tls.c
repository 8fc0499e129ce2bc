/* The figures of TLS channels: OpenSSL 3.0 with the ciphers of tls_context.h; TLS 1.3 where no
 * version is said. */
#include "shaper/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shaper/limit.h"
#include "tests/shaper/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SERVER_BYTES 565
#define OVERHEAD     22
#define RECORD       (SHAPER_RECORD_MAX_BYTES + OVERHEAD)
#define ALERT_BYTES  24

static struct outcome outcome;

static enum step_kind offer(int direction)
{
    return direction == SHAPER_READ ? OFFER_READ : OFFER_WRITE;
}

/* --- what is charged -------------------------------------------------------------------------- */

/* With TLS 1.3 ClientHello, ChangeCipherSpec, Finished: 177 + 6 + 58; ServerHello and what follows
 * it. */
static void the_lengths_are_these(void **state)
{
    (void)state;
    static const struct shaper_tls_lengths expected[] = {
        [SHAPER_TLS_1_3] = {241, SERVER_BYTES, OVERHEAD, ALERT_BYTES},
        [SHAPER_TLS_1_2] = {179, 471, 29, 31},
    };

    for (int i = 0; i < (int)COUNT(expected); i++) {
        const struct shaper_tls_lengths *lengths = shaper_tls_lengths((enum shaper_tls_version)i);
        assert_memory_equal(lengths, &expected[i], sizeof(*lengths));
    }
}

/* Of TLS 1.2 each end reads twice, and the second time waits while the read bucket is empty: 2000
 * is enough for three. */
static void check_handshakes(enum shaper_tls_version version, bool is_initiator)
{
    const struct shaper_tls_lengths *lengths = shaper_tls_lengths(version);
    const int64_t rate = version == SHAPER_TLS_1_2 ? 2000 : 1000;
    const struct scenario scenario = {.rate = rate,
                                      .burst = rate,
                                      .min_share = 64,
                                      .flows = 3,
                                      .ticks = 3,
                                      .shaped_is_initiator = is_initiator,
                                      .tls_version = version};
    const int client = is_initiator ? SHAPER_WRITE : SHAPER_READ;

    fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
    assert_string_equal(outcome.log, "0 opens 0, 1 opens 0, 2 opens 0, ");
    for (int flow = 0; flow < 3; flow++) {
        assert_int_equal(outcome.handshake[client][flow], lengths->client_handshake_bytes);
        assert_int_equal(outcome.handshake[1 - client][flow], lengths->server_handshake_bytes);
        assert_int_equal(outcome.charged[client][flow][0], lengths->client_handshake_bytes);
        assert_int_equal(outcome.charged[1 - client][flow][0], lengths->server_handshake_bytes);
    }
    assert_int_equal(outcome.total[client], 3 * lengths->client_handshake_bytes);
    assert_int_equal(outcome.total[1 - client], 3 * lengths->server_handshake_bytes);
    /* No bucket is checked. */
    assert_int_equal(outcome.level[1 - client][0], rate - 3 * lengths->server_handshake_bytes);
}

static void handshakes_are_charged(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        check_handshakes(i & 1 ? SHAPER_TLS_1_2 : SHAPER_TLS_1_3, i & 2);
}

/* One record for each 16384 bytes of an offer, 22 bytes around each. */
static void records_are_charged(void **state)
{
    (void)state;
    static const struct {
        size_t offered[2];
        uint64_t records;
    } rows[] = {{{1, 0}, 1},      {{1460, 0}, 1},   {{16383, 0}, 1}, {{16384, 0}, 1},
                {{16385, 0}, 2},  {{32768, 0}, 2},  {{65535, 0}, 4}, {{500, 500}, 2},
                {{20000, 10}, 3}, {{300000, 0}, 19}};

    for (size_t i = 0; i < COUNT(rows); i++)
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            const struct step steps[] = {{1000, offer(d), 0, rows[i].offered[0]},
                                         {1000, offer(d), 0, rows[i].offered[1]}};
            const struct scenario scenario = {
                .flows = 1, .ticks = 2, .steps = steps, .step_count = COUNT(steps)};
            uint64_t bytes = rows[i].offered[0] + rows[i].offered[1];
            fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
            assert_int_equal(outcome.bytes[d][0][0], bytes);
            assert_int_equal(outcome.charged[d][0][0],
                             outcome.handshake[d][0] + bytes + rows[i].records * OVERHEAD);
            assert_int_equal(outcome.charged[1 - d][0][0], outcome.handshake[1 - d][0]);
        }
}

/*
 * 1000 bytes a tick, two full records in tick 3. The first is passed at a level of 1000, which
 * becomes -15406; 16 ticks later it is 594, and the second goes: -15812; 16 ticks later it is 188.
 * What is written is delivered with its record. What is read has been charged with its record, too,
 * but the rest of it, after the first 2000 bytes, waits in OpenSSL for the next release.
 */
static void the_grain_is_one_record(void **state)
{
    (void)state;
    static const uint64_t read[] = {[3] = 2000, [19] = 14640, [35] = 16128, [39] = 0};
    static const uint64_t written[] = {[3] = 16384, [19] = 16384, [39] = 0};

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (int per_flow = 0; per_flow < 2; per_flow++) {
            const struct step step = {30000, offer(d), 0, 32768};
            const struct scenario scenario = {.rate = per_flow ? 0 : 1000,
                                              .burst = per_flow ? 0 : 1000,
                                              .per_flow_rate = per_flow ? 1000 : 0,
                                              .per_flow_burst = per_flow ? 1000 : 0,
                                              .min_share = 64,
                                              .flows = 1,
                                              .ticks = 40,
                                              .steps = &step,
                                              .step_count = 1};
            const int64_t *level = per_flow ? outcome.per_flow_level[d] : outcome.level[d];
            fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
            for (int tick = 0; tick < 40; tick++) {
                bool passes = tick == 3 || tick == 19;
                assert_int_equal(outcome.bytes[d][0][tick],
                                 (d == SHAPER_READ ? read : written)[tick]);
                if (tick > 0)
                    assert_int_equal(outcome.charged[d][0][tick], passes ? RECORD : 0);
            }
            assert_int_equal(level[2], 1000);
            assert_int_equal(level[3], 1000 - RECORD);
            assert_int_equal(level[3], -15406);
            assert_int_equal(level[18], -406);
            assert_int_equal(level[19], 594 - RECORD);
            assert_int_equal(level[35], 188);
        }
}

/* --- limits ----------------------------------------------------------------------------------- */

/* The bucket by its own arithmetic, from what was charged. */
static void check_buckets(const struct scenario *scenario)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        int64_t level = 0, per_flow_level = 0;
        uint64_t total = 0;
        for (int tick = 0; tick < scenario->ticks; tick++) {
            level += scenario->rate;
            level = level > scenario->burst ? scenario->burst : level;
            per_flow_level += scenario->per_flow_rate;
            per_flow_level = per_flow_level > scenario->per_flow_burst ? scenario->per_flow_burst
                                                                       : per_flow_level;
            per_flow_level -= (int64_t)outcome.charged[d][0][tick];
            for (int flow = 0; flow < scenario->flows; flow++) {
                level -= (int64_t)outcome.charged[d][flow][tick];
                total += outcome.charged[d][flow][tick];
            }
            if (scenario->rate)
                assert_int_equal(outcome.level[d][tick], level);
            if (scenario->per_flow_rate)
                assert_int_equal(outcome.per_flow_level[d][tick], per_flow_level);
        }
        if (scenario->rate)
            assert_int_equal(outcome.total[d], total);
    }
}

static void buckets_hold_what_was_charged(void **state)
{
    (void)state;
    static const struct {
        int64_t rate, burst, per_flow_rate, per_flow_burst;
    } rows[] = {{3000, 3000, 0, 0},     {3000, 9000, 0, 0},       {0, 0, 700, 700},
                {3000, 6000, 500, 500}, {3000, 3000, 2000, 4000}, {100, 100, 0, 0}};
    struct step steps[200];

    for (size_t i = 0; i < COUNT(rows); i++)
        for (int is_initiator = 0; is_initiator < 2; is_initiator++) {
            for (int n = 0; n < (int)COUNT(steps); n++)
                steps[n] = (struct step){.at_us = n * INT64_C(1700),
                                         .kind = offer(n / 10 % 2),
                                         .flow = n % 10,
                                         .bytes = (size_t)(n * 37 % 1460 + 1)};
            const struct scenario scenario = {.rate = rows[i].rate,
                                              .burst = rows[i].burst,
                                              .per_flow_rate = rows[i].per_flow_rate,
                                              .per_flow_burst = rows[i].per_flow_burst,
                                              .min_share = 64,
                                              .flows = 10,
                                              .ticks = 50,
                                              .steps = steps,
                                              .step_count = COUNT(steps),
                                              .seed = 1,
                                              .shaped_is_initiator = is_initiator};
            static struct outcome again;
            fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
            check_buckets(&scenario);
            fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &again);
            assert_memory_equal(&outcome, &again, sizeof(again));
        }
}

/* Records of 1022: 500 per tick of the per-flow bucket, or of the group's, whichever is less. */
static void the_lower_limit_applies(void **state)
{
    (void)state;
    static const struct step steps[] = {{50000, OFFER_WRITE, 0, 1000},
                                        {50000, OFFER_WRITE, 0, 1000},
                                        {50000, OFFER_WRITE, 0, 1000}};
    /* 500 - 1022 = -522, -22, 478 - 1022 = -544, -44, 456: ticks 5, 7, 9 */
    static const uint64_t ticks[] = {[5] = 1000, [7] = 1000, [9] = 1000, [14] = 0};

    for (int lower_is_per_flow = 0; lower_is_per_flow < 2; lower_is_per_flow++) {
        const struct scenario scenario = {.rate = lower_is_per_flow ? 4000 : 500,
                                          .burst = lower_is_per_flow ? 4000 : 500,
                                          .per_flow_rate = lower_is_per_flow ? 500 : 4000,
                                          .per_flow_burst = lower_is_per_flow ? 500 : 4000,
                                          .min_share = 64,
                                          .flows = 1,
                                          .ticks = 15,
                                          .steps = steps,
                                          .step_count = COUNT(steps)};
        fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
        check_buckets(&scenario);
        for (int tick = 0; tick < 15; tick++)
            assert_int_equal(outcome.bytes[SHAPER_WRITE][0][tick], ticks[tick]);
    }
}

/* libevent writes for as long as the bucket lasts: of two flows the first to be released takes a
 * whole tick, three records of 1022. */
static void one_flow_takes_a_whole_tick(void **state)
{
    (void)state;
    struct step steps[40];
    const struct scenario scenario = {.rate = 3066,
                                      .burst = 3066,
                                      .min_share = 64,
                                      .flows = 2,
                                      .ticks = 20,
                                      .steps = steps,
                                      .step_count = COUNT(steps),
                                      .seed = 1};

    for (int n = 0; n < (int)COUNT(steps); n++)
        steps[n] = (struct step){.at_us = 30000, .kind = OFFER_WRITE, .flow = n % 2, .bytes = 1000};
    fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
    check_buckets(&scenario);
    for (int tick = 4; tick < 16; tick++) {
        uint64_t first = outcome.bytes[SHAPER_WRITE][0][tick];
        assert_true(first == 0 || first == 1000 || first == 2000 || first == 3000);
        assert_int_equal(outcome_tick_sum(&outcome, SHAPER_WRITE, tick), tick < 16 ? 3000 : 0);
    }
    for (int flow = 0; flow < 2; flow++)
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, flow), 20000);
}

/* The read bucket is empty when flows 1 and 3 come, at 1000 - 241 - 1522 = -763: their handshakes
 * wait for the refill, and so does what follows them. They take the write bucket to 1000 - 2 * 565
 * = -130, which delays flow 1 for another tick. */
static void handshakes_wait_for_the_read_bucket(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_READ, 0, 1500},   {5000, JOIN, 1, 0},
                                        {5000, OFFER_WRITE, 1, 10}, {5000, CLOSE, 1, 0},
                                        {6000, JOIN, 2, 0},         {6000, FREE, 2, 0},
                                        {7000, JOIN, 3, 0},         {7000, OFFER_READ, 3, 99}};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 4,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
    assert_int_equal(outcome.level[SHAPER_READ][0], -763);
    assert_string_equal(outcome.log, "0 opens 0, 3 opens 10000, 1 opens 10000, "
                                     "1 leaves 20000, 1 is closed 20000, ");
    assert_int_equal(outcome.level[SHAPER_WRITE][1], -130);
    assert_int_equal(outcome.bytes[SHAPER_WRITE][1][2], 10);
    assert_int_equal(outcome_flow_sum(&outcome, SHAPER_READ, 3), 99);
}

/* Where libevent 2.1.12 hangs if an end is given bytes before its handshake has ended: in the
 * client's handshake its write bucket runs dry, then its read bucket is filled. */
static void offers_wait_for_the_handshake(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {5000, OFFER_READ, 0, 2200},   {6000, JOIN, 1, 0},
        {6000, OFFER_WRITE, 1, 2000},  {6000, OFFER_WRITE, 0, 1000},
        {6000, OFFER_WRITE, 0, 16384}, {6000, OFFER_WRITE, 0, 16384}};

    for (uint64_t seed = 1; seed <= 10; seed++) {
        const struct scenario scenario = {.rate = 1000,
                                          .burst = 1000,
                                          .min_share = 64,
                                          .flows = 1,
                                          .ticks = 55,
                                          .steps = steps,
                                          .step_count = COUNT(steps),
                                          .seed = seed,
                                          .shaped_is_initiator = true};
        fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_READ, 0), 2200);
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 0), 33768);
        assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 1), 2000);
    }
}

/* --- the end of a flow ------------------------------------------------------------------------ */

static void the_end_is_clean_or_dirty(void **state)
{
    (void)state;
    static const struct {
        enum shaper_tls_end end;
        const char *log;
    } rows[] = {
        {SHAPER_TLS_END_CLOSE_NOTIFY, "0 opens 0, 0 leaves 10000, 0 is closed 10000, "},
        {SHAPER_TLS_END_DIRTY,
         "0 opens 0, 0 leaves 10000, 0 sees no end 10000, 0 is closed 10000, "},
        {SHAPER_TLS_END_DIRTY_ALLOWED, "0 opens 0, 0 leaves 10000, 0 is closed 10000, "},
    };
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 900}, /* 1000 - 565 - 922 = -487 */
                                        {0, OFFER_WRITE, 0, 100},
                                        {0, OFFER_READ, 0, 500},
                                        {0, CLOSE, 0, 0}};

    for (size_t i = 0; i < COUNT(rows); i++)
        for (int is_initiator = 0; is_initiator < 2; is_initiator++) {
            const struct scenario scenario = {.rate = 1000,
                                              .burst = 1000,
                                              .min_share = 64,
                                              .flows = 1,
                                              .ticks = 3,
                                              .steps = steps,
                                              .step_count = COUNT(steps),
                                              .shaped_is_initiator = is_initiator,
                                              .tls_end = rows[i].end};
            fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
            assert_string_equal(outcome.log, rows[i].log);
            /* No bucket pays for the close-notify. */
            assert_int_equal(outcome.total[SHAPER_WRITE],
                             outcome.handshake[SHAPER_WRITE][0] + 1000 + 2 * 22);
            assert_int_equal(outcome.total[SHAPER_READ],
                             outcome.handshake[SHAPER_READ][0] + 500 + 22);
        }
}

/* No TLS where a handshake's end, or a record, belongs. */
static void what_is_no_tls_breaks_a_flow(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, JOIN, 0, 0},           {0, OFFER_WRITE, 0, 77},
                                        {0, GARBLE, 0, 100},       {15000, JOIN, 1, 0},
                                        {16000, GARBLE, 1, 100},   {17000, JOIN, 2, 0},
                                        {17000, OFFER_WRITE, 2, 1}};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .ticks = 5,
                                      .steps = steps,
                                      .step_count = COUNT(steps)};

    fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
    assert_string_equal(outcome.log, "0 breaks 0, 0 leaves 0, 0 is closed 0, "
                                     "1 opens 15000, 1 breaks 16000, 1 leaves 16000, "
                                     "1 is closed 16000, 2 opens 17000, ");
    assert_int_equal(outcome.charged[SHAPER_WRITE][0][0], SERVER_BYTES + ALERT_BYTES);
    assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 2), 1);
}

/* At every stage of a flow's life, with everything in flight. (With both buckets empty a handshake
 * waits for neither: libevent 2.1.12 continues to read below a filter whose writing it
 * suspends.) */
static void freeing_at_once_leaves_nothing(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, JOIN, 0, 0},
                                        {0, OFFER_READ, 0, 90000},
                                        {0, OFFER_WRITE, 0, 90000},
                                        {0, FREE, 0, 0},
                                        {10000, JOIN, 1, 0},
                                        {15000, OFFER_READ, 1, 90000},
                                        {15000, OFFER_WRITE, 1, 90000},
                                        {16000, FREE, 1, 0},
                                        {17000, JOIN, 2, 0},
                                        {17000, OFFER_READ, 2, 90000},
                                        {17000, OFFER_WRITE, 2, 90000}};

    for (int per_flow = 0; per_flow < 2; per_flow++) {
        const struct scenario scenario = {.rate = 1000,
                                          .burst = 1000,
                                          .per_flow_rate = per_flow ? 500 : 0,
                                          .per_flow_burst = per_flow ? 500 : 0,
                                          .min_share = 64,
                                          .ticks = 5,
                                          .steps = steps,
                                          .step_count = COUNT(steps)};
        fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
        assert_non_null(strstr(outcome.log, "1 opens 10000, "));
        assert_null(strstr(outcome.log, "leaves"));
        assert_int_equal(outcome.backlog[SHAPER_WRITE][2], 90000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lengths_are_these),
        cmocka_unit_test(handshakes_are_charged),
        cmocka_unit_test(records_are_charged),
        cmocka_unit_test(the_grain_is_one_record),
        cmocka_unit_test(buckets_hold_what_was_charged),
        cmocka_unit_test(the_lower_limit_applies),
        cmocka_unit_test(one_flow_takes_a_whole_tick),
        cmocka_unit_test(handshakes_wait_for_the_read_bucket),
        cmocka_unit_test(offers_wait_for_the_handshake),
        cmocka_unit_test(the_end_is_clean_or_dirty),
        cmocka_unit_test(what_is_no_tls_breaks_a_flow),
        cmocka_unit_test(freeing_at_once_leaves_nothing),
    };
    return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
