#include "shaper/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <zlib.h>

#include "shaper/filters/filter_internal.h"
#include "tests/shaper/fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OVERHEAD(header, segment)                                                            \
    {                                                                                        \
        .kind = SHAPER_FILTER_OVERHEAD, .header_bytes = (header), .segment_bytes = (segment) \
    }
#define DEFLATE(deflate_level)                                  \
    {                                                           \
        .kind = SHAPER_FILTER_DEFLATE, .level = (deflate_level) \
    }
/* 60 KiB/s: a chunk of 12288 bytes. */
#define RATELIMIT_60(its_variant, burst_kib, brigade)                               \
    {                                                                               \
        .kind = SHAPER_FILTER_RATELIMIT, .brigade_bytes = (brigade), .ratelimit = { \
            .rate_kib_per_s = 60,                                                   \
            .initial_burst_kib = (burst_kib),                                       \
            .variant = (its_variant)                                                \
        }                                                                           \
    }

static const enum shaper_transport plain[] = {SHAPER_TRANSPORT_PAIR, SHAPER_TRANSPORT_SOCKET};
static const enum shaper_transport all[] = {SHAPER_TRANSPORT_PAIR, SHAPER_TRANSPORT_SOCKET,
                                            SHAPER_TRANSPORT_TLS};

/* What went in came out: bytes and CRC-32, filter by filter, and nothing got lost between two. */
static void expect_whole(const struct outcome *outcome, const struct scenario *scenario)
{
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        const struct shaper_filter_counts *counts = outcome->filters[d];
        assert_int_equal(counts[0].sent_before_bytes, outcome->offered[d]);
        assert_int_equal(counts[0].sent_crc32, outcome->offered_crc32[d]);
        assert_int_equal(outcome_flow_sum(outcome, (enum shaper_direction)d, 0),
                         outcome->offered[d]);
        for (size_t i = 0; i < scenario->filter_count; i++) {
            assert_int_equal(counts[i].received_after_bytes, counts[i].sent_before_bytes);
            assert_int_equal(counts[i].received_before_bytes, counts[i].sent_after_bytes);
            assert_int_equal(counts[i].received_crc32, counts[i].sent_crc32);
            if (i + 1 < scenario->filter_count) {
                assert_int_equal(counts[i].sent_after_bytes, counts[i + 1].sent_before_bytes);
                assert_int_equal(counts[i].received_before_bytes,
                                 counts[i + 1].received_after_bytes);
            }
        }
        assert_int_equal(outcome->backlog[d][0], 0);
    }
}

static void expect_same(const struct outcome *pair, const struct outcome *socket)
{
    assert_memory_equal(pair->bytes, socket->bytes, sizeof(pair->bytes));
    assert_memory_equal(pair->charged, socket->charged, sizeof(pair->charged));
    assert_memory_equal(pair->charges, socket->charges, sizeof(pair->charges));
    assert_memory_equal(pair->level, socket->level, sizeof(pair->level));
    assert_memory_equal(pair->per_flow_level, socket->per_flow_level, sizeof(pair->per_flow_level));
    assert_memory_equal(pair->backlog, socket->backlog, sizeof(pair->backlog));
    assert_memory_equal(pair->total, socket->total, sizeof(pair->total));
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        for (size_t i = 0; i < SHAPER_FILTERS_MAX; i++) {
            assert_int_equal(pair->filters[d][i].sent_after_bytes,
                             socket->filters[d][i].sent_after_bytes);
            assert_int_equal(pair->filters[d][i].received_before_bytes,
                             socket->filters[d][i].received_before_bytes);
            assert_int_equal(pair->filters[d][i].received_crc32,
                             socket->filters[d][i].received_crc32);
        }
    assert_string_equal(pair->log, socket->log);
}

/* --- overhead --------------------------------------------------------------------------------- */

static void each_segment_has_a_header(void **state)
{
    (void)state;
    static const struct {
        uint32_t header_bytes, segment_bytes, bytes, headers;
    } rows[] = {
        {40, 1460, 0, 0},     {40, 1460, 1, 1},       {40, 1460, 1459, 1}, {40, 1460, 1460, 1},
        {40, 1460, 1461, 2},  {40, 1460, 2920, 2},    {40, 1460, 2921, 3}, {1, 1, 7, 7},
        {1, 255, 256, 2},     {2, 1460, 2921, 3},     {3, 1460, 2921, 3},  {4, 1460, 2921, 3},
        {8, 1460, 2921, 3},   {300, 1000, 1001, 2},   {256, 100, 101, 2},  {257, 100, 101, 2},
        {2, 65535, 65536, 2}, {3, 100000, 100000, 1},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t t = 0; t < COUNT(plain); t++) {
            const struct shaper_filter filter =
                OVERHEAD(rows[i].header_bytes, rows[i].segment_bytes);
            const struct step steps[] = {{0, OFFER_WRITE, 0, rows[i].bytes},
                                         {0, OFFER_READ, 0, rows[i].bytes},
                                         {5000, CLOSE, 0, 0}};
            const struct scenario scenario = {.rate = 1000000,
                                              .burst = 1000000,
                                              .min_share = 64,
                                              .flows = 1,
                                              .ticks = 2,
                                              .steps = steps,
                                              .step_count = COUNT(steps),
                                              .payload = PAYLOAD_RANDOM,
                                              .filters = &filter,
                                              .filter_count = 1};
            struct outcome outcome;
            uint64_t wire = rows[i].bytes + (uint64_t)rows[i].headers * rows[i].header_bytes;
            fixture_run(&scenario, plain[t], &outcome);
            expect_whole(&outcome, &scenario);
            for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
                assert_int_equal(outcome.filters[d][0].sent_after_bytes, wire);
                assert_int_equal(outcome.charged[d][0][0], wire);
                assert_int_equal(outcome.total[d], wire);
                assert_int_equal(outcome.level[d][0], 1000000 - (int64_t)wire);
            }
            assert_string_equal(outcome.log, "0 leaves 5000, 0 is closed 5000, ");
        }
}

/* Writes are not put together: two of 1 byte are two segments. */
static void each_write_begins_a_segment(void **state)
{
    (void)state;
    static const struct shaper_filter filter = OVERHEAD(40, 1460);
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 1},
                                        {0, OFFER_WRITE, 0, 1},
                                        {0, OFFER_WRITE, 0, 1461},
                                        {0, CLOSE, 0, 0}};
    const struct scenario scenario = {.flows = 1,
                                      .ticks = 1,
                                      .steps = steps,
                                      .step_count = COUNT(steps),
                                      .filters = &filter,
                                      .filter_count = 1};

    for (size_t t = 0; t < COUNT(all); t++) {
        struct outcome outcome;
        fixture_run(&scenario, all[t], &outcome);
        expect_whole(&outcome, &scenario);
        assert_int_equal(outcome.filters[SHAPER_WRITE][0].sent_after_bytes, 1463 + 4 * 40);
    }
}

static void *new_half(void *(*make)(const struct filter_setup *setup),
                      const struct shaper_filter *filter)
{
    const struct filter_setup setup = {.filter = filter};
    void *half = make(&setup);

    assert_non_null(half);
    return half;
}

/* Hands `wire` to a new decoder in two pieces and byte by byte; it comes out as `plain_text`. */
static void expect_decoded(const struct shaper_filter *filter, const unsigned char *wire,
                           size_t wire_bytes, const unsigned char *plain_text, size_t bytes)
{
    for (size_t split = 0; split <= wire_bytes; split++) {
        void *decoder = new_half(filter_overhead_ops.decoder_new, filter);
        struct evbuffer *from = evbuffer_new(), *to = evbuffer_new();
        size_t step = split == 0 ? 1 : split;
        for (size_t at = 0; at < wire_bytes; at += step) {
            size_t n = split > 0 && at > 0 ? wire_bytes - split : step;
            evbuffer_add(from, wire + at, n);
            assert_int_equal(filter_overhead_ops.decode(decoder, from, to), 0);
            assert_int_equal(evbuffer_get_length(from), 0);
            if (at > 0 && split > 0)
                break;
        }
        assert_int_equal(evbuffer_get_length(to), bytes);
        assert_memory_equal(evbuffer_pullup(to, -1), plain_text, bytes);
        evbuffer_free(from);
        evbuffer_free(to);
        filter_overhead_ops.decoder_free(decoder);
    }
}

static void a_stream_is_decoded_wherever_it_is_cut(void **state)
{
    (void)state;
    static const uint32_t headers[] = {1, 2, 3, 4, 8, 300};
    static const char text[] = "seven segments of three bytes"; /* and one of two: 29 bytes */

    for (size_t i = 0; i < COUNT(headers); i++) {
        const struct shaper_filter filter = OVERHEAD(headers[i], 3);
        void *encoder = new_half(filter_overhead_ops.encoder_new, &filter);
        struct evbuffer *from = evbuffer_new(), *to = evbuffer_new();
        evbuffer_add(from, text, 29);
        assert_int_equal(filter_overhead_ops.encode(encoder, from, to, BEV_NORMAL), 0);
        size_t wire_bytes = evbuffer_get_length(to);
        assert_int_equal(wire_bytes, 29 + 10 * headers[i]);
        expect_decoded(&filter, evbuffer_pullup(to, -1), wire_bytes, (const unsigned char *)text,
                       29);
        evbuffer_free(from);
        evbuffer_free(to);
        filter_overhead_ops.encoder_free(encoder);
    }
}

/* What a header looks like: the length, big-endian, in at most four bytes; then zeros. */
static void headers_give_the_length(void **state)
{
    (void)state;
    static const struct {
        uint32_t header_bytes;
        unsigned char wire[12];
    } rows[] = {
        {1, {2, 'a', 'b', 1, 'c'}},
        {2, {0, 2, 'a', 'b', 0, 1, 'c'}},
        {3, {0, 0, 2, 'a', 'b', 0, 0, 1, 'c'}},
        {4, {0, 0, 0, 2, 'a', 'b', 0, 0, 0, 1, 'c'}},
        {8, {0, 0, 0, 2, 0, 0, 0, 0, 'a', 'b', 0, 0}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct shaper_filter filter = OVERHEAD(rows[i].header_bytes, 2);
        void *encoder = new_half(filter_overhead_ops.encoder_new, &filter);
        struct evbuffer *from = evbuffer_new(), *to = evbuffer_new();
        evbuffer_add(from, "abc", 3);
        assert_int_equal(filter_overhead_ops.encode(encoder, from, to, BEV_NORMAL), 0);
        size_t bytes = 3 + 2 * rows[i].header_bytes;
        assert_int_equal(evbuffer_get_length(to), bytes);
        assert_memory_equal(evbuffer_pullup(to, -1), rows[i].wire, bytes < 12 ? bytes : 12);
        evbuffer_free(from);
        evbuffer_free(to);
        filter_overhead_ops.encoder_free(encoder);
    }
}

static void a_segment_of_no_bytes_is_refused(void **state)
{
    (void)state;
    static const struct shaper_filter filter = OVERHEAD(2, 10);
    void *decoder = new_half(filter_overhead_ops.decoder_new, &filter);
    struct evbuffer *from = evbuffer_new(), *to = evbuffer_new();

    evbuffer_add(from, "\0\0a", 3);
    assert_int_equal(filter_overhead_ops.decode(decoder, from, to), -1);
    evbuffer_free(from);
    evbuffer_free(to);
    filter_overhead_ops.decoder_free(decoder);
}

/* 1 byte per tick: 10 bytes in segments of 4 after headers of 3 are hhhbbbb hhhbbbb hhhbb. */
static void bytes_come_one_by_one(void **state)
{
    (void)state;
    static const struct shaper_filter filter = OVERHEAD(3, 4);
    static const struct step steps[] = {
        {0, OFFER_WRITE, 0, 10}, {0, OFFER_READ, 0, 10}, {0, CLOSE, 0, 0}};
    static const char delivered[] = "000111100011110001100";
    const struct scenario scenario = {.rate = 1,
                                      .burst = 1,
                                      .min_share = 1,
                                      .flows = 1,
                                      .ticks = 21,
                                      .steps = steps,
                                      .step_count = COUNT(steps),
                                      .filters = &filter,
                                      .filter_count = 1,
                                      .payload = PAYLOAD_RANDOM};

    for (size_t t = 0; t < COUNT(plain); t++) {
        struct outcome outcome;
        fixture_run(&scenario, plain[t], &outcome);
        expect_whole(&outcome, &scenario);
        for (int d = 0; d < SHAPER_DIRECTIONS; d++)
            for (int tick = 0; tick < 21; tick++) {
                assert_int_equal(outcome.bytes[d][0][tick], delivered[tick] - '0');
                assert_int_equal(outcome.charged[d][0][tick], tick < 19);
            }
        assert_string_equal(outcome.log, "0 leaves 180000, 0 is closed 180000, ");
    }
}

/* --- deflate ---------------------------------------------------------------------------------- */

/* zlib's own answer: each write flushed, the end finished. */
struct oracle {
    z_stream stream;
    uint64_t wire_bytes;
};

static void oracle_begin(struct oracle *oracle, int level)
{
    memset(&oracle->stream, 0, sizeof(oracle->stream));
    assert_int_equal(deflateInit(&oracle->stream, level), Z_OK);
}

static void oracle_write(struct oracle *oracle, unsigned char *data, size_t bytes, int flush)
{
    size_t room = bytes + bytes / 10 + 100;
    unsigned char *out = malloc(room);

    assert_non_null(out);
    oracle->stream.next_in = data;
    oracle->stream.avail_in = (uInt)bytes;
    oracle->stream.next_out = out;
    oracle->stream.avail_out = (uInt)room;
    deflate(&oracle->stream, flush);
    assert_int_equal(oracle->stream.avail_in, 0);
    assert_true(oracle->stream.avail_out > 0);
    oracle->wire_bytes += room - oracle->stream.avail_out;
    free(out);
}

static void oracle_end(struct oracle *oracle)
{
    oracle_write(oracle, NULL, 0, Z_FINISH);
    deflateEnd(&oracle->stream);
}

static unsigned char *payload_of(enum payload_kind kind, enum shaper_direction direction,
                                 uint64_t offset, size_t bytes)
{
    const struct payload_position place = {
        .seed = 1, .flow = 0, .direction = direction, .stream_offset = offset};
    unsigned char *payload = payload_make(kind, &place, NULL, 0, bytes);

    assert_non_null(payload);
    return payload;
}

static void what_is_deflated_comes_out_as_it_went_in(void **state)
{
    (void)state;
    static const int levels[] = {0, 1, 9, -1};
    static const size_t sizes[] = {1, 1460, 16384, 40000};
    static const enum payload_kind kinds[] = {PAYLOAD_ZERO, PAYLOAD_RANDOM, PAYLOAD_TEXT};

    for (size_t i = 0; i < COUNT(levels) * COUNT(sizes) * COUNT(kinds) * COUNT(all); i++) {
        const struct shaper_filter filter = DEFLATE(levels[i % 4]);
        size_t bytes = sizes[i / 4 % 4];
        const struct step steps[] = {{0, OFFER_WRITE, 0, bytes},
                                     {0, OFFER_READ, 0, bytes},
                                     {3000, OFFER_WRITE, 0, bytes},
                                     {3000, OFFER_READ, 0, bytes},
                                     {6000, CLOSE, 0, 0}};
        const struct scenario scenario = {.rate = 10000,
                                          .burst = 10000,
                                          .min_share = 64,
                                          .flows = 1,
                                          .ticks = 20,
                                          .steps = steps,
                                          .step_count = COUNT(steps),
                                          .filters = &filter,
                                          .filter_count = 1,
                                          .payload = kinds[i / 16 % 3]};
        struct outcome outcome;
        enum shaper_transport transport = all[i / 48];
        fixture_run(&scenario, transport, &outcome);
        expect_whole(&outcome, &scenario);
        for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
            struct oracle oracle = {.wire_bytes = 0};
            oracle_begin(&oracle, filter.level);
            for (size_t n = 0; n < 2; n++) {
                unsigned char *payload =
                    payload_of(scenario.payload, (enum shaper_direction)d, n * bytes, bytes);
                oracle_write(&oracle, payload, bytes, Z_SYNC_FLUSH);
                free(payload);
            }
            oracle_end(&oracle);
            if (filter.level != 0) /* stored blocks are cut where the output buffer ends */
                assert_int_equal(outcome.filters[d][0].sent_after_bytes, oracle.wire_bytes);
            if (transport != SHAPER_TRANSPORT_TLS)
                assert_int_equal(outcome.total[d], outcome.filters[d][0].sent_after_bytes);
        }
    }
}

/* Without a byte no stream begins, and none has to end. */
static void an_empty_flow_has_no_stream(void **state)
{
    (void)state;
    static const struct shaper_filter filter = DEFLATE(-1);
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 100}, {5000, CLOSE, 0, 0}};
    const struct scenario scenario = {.flows = 1,
                                      .ticks = 1,
                                      .steps = steps,
                                      .step_count = COUNT(steps),
                                      .filters = &filter,
                                      .filter_count = 1};

    for (size_t t = 0; t < COUNT(all); t++) {
        struct outcome outcome;
        fixture_run(&scenario, all[t], &outcome);
        expect_whole(&outcome, &scenario);
        assert_int_equal(outcome.filters[SHAPER_READ][0].sent_after_bytes, 0);
        assert_true(outcome.filters[SHAPER_WRITE][0].sent_after_bytes > 0);
    }
}

/* The end costs bytes, and they wait for tokens like others: 1 byte a tick. */
static void the_end_of_a_stream_is_waited_for(void **state)
{
    (void)state;
    static const struct shaper_filter filter = DEFLATE(-1);
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 1}, {0, CLOSE, 0, 0}};
    const struct scenario scenario = {.rate = 1,
                                      .burst = 1,
                                      .min_share = 1,
                                      .flows = 1,
                                      .ticks = 40,
                                      .steps = steps,
                                      .step_count = COUNT(steps),
                                      .filters = &filter,
                                      .filter_count = 1};

    for (size_t t = 0; t < COUNT(plain); t++) {
        struct outcome outcome;
        char log[80];
        unsigned char byte = 0;
        struct oracle oracle = {.wire_bytes = 0};
        oracle_begin(&oracle, -1);
        oracle_write(&oracle, &byte, 1, Z_SYNC_FLUSH);
        oracle_end(&oracle);
        fixture_run(&scenario, plain[t], &outcome);
        expect_whole(&outcome, &scenario);
        assert_int_equal(outcome.total[SHAPER_WRITE], oracle.wire_bytes);
        unsigned long long last_us = (oracle.wire_bytes - 1) * TICK_US;
        snprintf(log, sizeof(log), "0 leaves %llu, 0 is closed %llu, ", last_us, last_us);
        assert_string_equal(outcome.log, log);
    }
}

/* What is offered after the close is a second stream, which has no end. */
static void bytes_after_the_close_are_another_stream(void **state)
{
    (void)state;
    static const struct shaper_filter filter = DEFLATE(9);
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 5000},
                                        {0, CLOSE, 0, 0},
                                        {0, OFFER_WRITE, 0, 3000},
                                        {15000, OFFER_WRITE, 0, 10}};
    static const struct {
        size_t offset, bytes;
    } writes[] = {{0, 5000}, {5000, 3000}, {8000, 10}};
    const struct scenario scenario = {.rate = 1000,
                                      .burst = 1000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 20,
                                      .steps = steps,
                                      .step_count = COUNT(steps),
                                      .filters = &filter,
                                      .filter_count = 1,
                                      .payload = PAYLOAD_RANDOM};
    uint64_t wire = 0;
    struct oracle oracle = {.wire_bytes = 0};

    for (size_t i = 0; i < COUNT(writes); i++) {
        unsigned char *payload =
            payload_of(PAYLOAD_RANDOM, SHAPER_WRITE, writes[i].offset, writes[i].bytes);
        if (i < 2)
            oracle_begin(&oracle, 9);
        oracle_write(&oracle, payload, writes[i].bytes, Z_SYNC_FLUSH);
        if (i == 0)
            oracle_end(&oracle);
        free(payload);
    }
    wire = oracle.wire_bytes;
    deflateEnd(&oracle.stream);
    for (size_t t = 0; t < COUNT(plain); t++) {
        struct outcome outcome;
        fixture_run(&scenario, plain[t], &outcome);
        expect_whole(&outcome, &scenario);
        assert_int_equal(outcome.filters[SHAPER_WRITE][0].sent_after_bytes, wire);
    }
}

static void garbage_is_not_inflated(void **state)
{
    (void)state;
    static const struct shaper_filter filter = DEFLATE(-1);
    void *decoder = new_half(filter_deflate_ops.decoder_new, &filter);
    struct evbuffer *from = evbuffer_new(), *to = evbuffer_new();

    evbuffer_add(from, "these are no bytes of zlib's", 28);
    assert_int_equal(filter_deflate_ops.decode(decoder, from, to), -1);
    evbuffer_free(from);
    evbuffer_free(to);
    filter_deflate_ops.decoder_free(decoder);
}

/* --- ratelimit -------------------------------------------------------------------------------- */

struct delivery {
    int tick;
    uint64_t bytes;
};

static void expect_deliveries(const struct outcome *outcome, enum shaper_direction direction,
                              const struct delivery *deliveries)
{
    for (int tick = 0; tick < TICKS_MAX; tick++) {
        bool is_next = deliveries->bytes > 0 && deliveries->tick == tick;
        assert_int_equal(outcome->bytes[direction][0][tick], is_next ? deliveries->bytes : 0);
        deliveries += is_next ? 1 : 0;
    }
    assert_int_equal(deliveries->bytes, 0);
}

/* 38400 bytes at 60 KiB/s. Those of an initial burst, 12 KiB, go with the first piece. */
static const struct {
    struct shaper_filter filter;
    enum shaper_flush flush;
    size_t bytes;
    int64_t close_us; /* 0: at once, < 0: never */
    struct delivery deliveries[12];
    const char *log;
    uint64_t backlog;
} paced_rows[] = {
    /* the worked example */
    {RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0),
     SHAPER_FLUSH_NONE,
     38400,
     0,
     {{0, 12288}, {20, 12288}, {40, 12288}, {60, 1536}},
     "0 leaves 600000, 0 is closed 600000, ",
     0},
    {RATELIMIT_60(MOD_RATELIMIT_CORRECTED, 0, 0),
     SHAPER_FLUSH_FINISHED,
     38400,
     0,
     {{0, 12288}, {20, 12288}, {40, 12288}, {60, 1536}},
     "0 leaves 600000, 0 is closed 600000, ",
     0},
    {RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0),
     SHAPER_FLUSH_FLUSH,
     38400,
     0,
     {{0, 12288}, {20, 12288}, {40, 12288}, {60, 1536}},
     "0 leaves 600000, 0 is closed 600000, ",
     0},
    /* without an end: the last piece is held forever */
    {RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0),
     SHAPER_FLUSH_NORMAL,
     38400,
     0,
     {{0, 12288}, {20, 12288}, {40, 12288}},
     "",
     1536},
    {RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0),
     SHAPER_FLUSH_NONE,
     38400,
     -1,
     {{0, 12288}, {20, 12288}, {40, 12288}},
     "",
     1536},
    /* exactly one piece is held, too */
    {RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0), SHAPER_FLUSH_NORMAL, 12288, 0, {{0, 0}}, "", 12288},
    /* its end comes later: no sleep before the first piece ever */
    {RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0),
     SHAPER_FLUSH_NONE,
     12288,
     333333,
     {{33, 12288}},
     "0 leaves 333333, 0 is closed 333333, ",
     0},
    /* a sleep begins when there is something to send */
    {RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0),
     SHAPER_FLUSH_NONE,
     12289,
     503000,
     {{0, 12288}, {70, 1}},
     "0 leaves 703000, 0 is closed 703000, ",
     0},
    {RATELIMIT_60(MOD_RATELIMIT_FIXED, 12, 0),
     SHAPER_FLUSH_NONE,
     38400,
     0,
     {{0, 24576}, {20, 12288}, {40, 1536}},
     "0 leaves 400000, 0 is closed 400000, ",
     0},
    /* small brigades: fixed spends the burst on what it holds, three of them for 12 KiB, and
     * the first piece has a chunk alone; corrected has the burst left */
    {RATELIMIT_60(MOD_RATELIMIT_FIXED, 12, 4096),
     SHAPER_FLUSH_NONE,
     38400,
     0,
     {{0, 12288}, {20, 12288}, {40, 12288}, {60, 1536}},
     "0 leaves 600000, 0 is closed 600000, ",
     0},
    {RATELIMIT_60(MOD_RATELIMIT_CORRECTED, 12, 4096),
     SHAPER_FLUSH_NONE,
     38400,
     0,
     {{0, 24576}, {20, 12288}, {40, 1536}},
     "0 leaves 400000, 0 is closed 400000, ",
     0},
    {RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 4096),
     SHAPER_FLUSH_NONE,
     38400,
     0,
     {{0, 12288}, {20, 12288}, {40, 12288}, {60, 1536}},
     "0 leaves 600000, 0 is closed 600000, ",
     0},
    /* naive, 38400 in each brigade: one sleep less than pieces, 38400 B in 600 ms = 64000 B/s
     */
    {RATELIMIT_60(MOD_RATELIMIT_NAIVE, 0, 38400),
     SHAPER_FLUSH_NORMAL,
     76800,
     0,
     {{0, 12288},
      {20, 12288},
      {40, 12288},
      {60, 1536 + 12288},
      {80, 12288},
      {100, 12288},
      {120, 1536}},
     "0 leaves 1200000, 0 is closed 1200000, ",
     0},
    /* no more than a chunk in each: no limit at all */
    {RATELIMIT_60(MOD_RATELIMIT_NAIVE, 0, 12288),
     SHAPER_FLUSH_NORMAL,
     122880,
     0,
     {{0, 122880}},
     "0 leaves 0, 0 is closed 0, ",
     0},
};

static void responses_are_paced(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(paced_rows); i++)
        for (size_t t = 0; t < COUNT(all); t++) {
            const struct step steps[] = {{0, OFFER_WRITE, 0, paced_rows[i].bytes},
                                         {paced_rows[i].close_us, CLOSE, 0, 0}};
            const struct scenario scenario = {.flows = 1,
                                              .ticks = TICKS_MAX - 1,
                                              .steps = steps,
                                              .step_count = paced_rows[i].close_us < 0 ? 1 : 2,
                                              .filters = &paced_rows[i].filter,
                                              .filter_count = 1,
                                              .flush = paced_rows[i].flush,
                                              .payload = PAYLOAD_TEXT};
            struct outcome outcome;
            fixture_run(&scenario, all[t], &outcome);
            expect_deliveries(&outcome, SHAPER_WRITE, paced_rows[i].deliveries);
            assert_int_equal(outcome.backlog[SHAPER_WRITE][0], paced_rows[i].backlog);
            if (all[t] != SHAPER_TRANSPORT_TLS) /* which reports its handshake */
                assert_string_equal(outcome.log, paced_rows[i].log);
            if (paced_rows[i].backlog == 0)
                expect_whole(&outcome, &scenario);
        }
}

/* Responses at 60 KiB/s that are ended where they end: each has a filter of its own, which neither
 * holds the last piece nor knows of the sleeps of the response before. */
static const struct {
    struct step steps[6];
    size_t step_count;
    struct delivery deliveries[6];
    uint64_t backlog;
} ended_rows[] = {
    /* two that do not meet: 13288 in two writes, 5000 half a second later */
    {{{0, OFFER_WRITE, 0, 12288},
      {0, OFFER_WRITE, 0, 1000},
      {0, END_WRITE, 0, 0},
      {500000, OFFER_WRITE, 0, 5000},
      {500000, END_WRITE, 0, 0}},
     5,
     {{0, 12288}, {20, 1000}, {50, 5000}},
     0},
    /* the sleep before the last piece begins with its end; the second has come meanwhile, and
     * does not sleep */
    {{{0, OFFER_WRITE, 0, 20000},
      {100000, END_WRITE, 0, 0},
      {100000, OFFER_WRITE, 0, 3000},
      {100000, END_WRITE, 0, 0}},
     4,
     {{0, 12288}, {30, 7712 + 3000}},
     0},
    /* an end that comes later than the bytes lets them go at once: nothing of it was sent before */
    {{{0, OFFER_WRITE, 0, 3000}, {300000, END_WRITE, 0, 0}}, 2, {{30, 3000}}, 0},
    /* without an end between them they are one: the first is held until more comes */
    {{{0, OFFER_WRITE, 0, 12288}, {500000, OFFER_WRITE, 0, 3000}, {500000, END_WRITE, 0, 0}},
     3,
     {{50, 12288}, {70, 3000}},
     0},
    /* the other direction's end is none, nor is one of nothing */
    {{{0, OFFER_WRITE, 0, 12288 + 1000}, {0, END_READ, 0, 0}}, 2, {{0, 12288}}, 1000},
    {{{0, END_WRITE, 0, 0}, {0, OFFER_WRITE, 0, 3000}}, 2, {{0, 0}}, 3000},
};

static void responses_end_where_told(void **state)
{
    (void)state;
    static const struct shaper_filter filter = RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0);

    for (size_t i = 0; i < COUNT(ended_rows); i++)
        for (size_t t = 0; t < COUNT(all); t++) {
            const struct scenario scenario = {.flows = 1,
                                              .ticks = TICKS_MAX - 1,
                                              .steps = ended_rows[i].steps,
                                              .step_count = ended_rows[i].step_count,
                                              .filters = &filter,
                                              .filter_count = 1,
                                              .payload = PAYLOAD_TEXT};
            struct outcome outcome;
            fixture_run(&scenario, all[t], &outcome);
            expect_deliveries(&outcome, SHAPER_WRITE, ended_rows[i].deliveries);
            assert_int_equal(outcome.backlog[SHAPER_WRITE][0], ended_rows[i].backlog);
        }
}

/* Below other filters an end comes when all that was offered before it has: responses of 10240
 * bytes are less than a piece, also with their headers, and pass two filters at once. 13288 bytes
 * are more: the second filter holds the first piece, as the end is still in the first one, which
 * sleeps until 0.2 s, and then has a piece and a sleep of its own. */
static void ends_pass_other_filters(void **state)
{
    (void)state;
    static const struct shaper_filter below_segments[] = {
        OVERHEAD(29, 1024), RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0),
        RATELIMIT_60(MOD_RATELIMIT_CORRECTED, 0, 0)};
    static const struct step two[] = {{0, OFFER_WRITE, 0, 10240},
                                      {0, END_WRITE, 0, 0},
                                      {100000, OFFER_WRITE, 0, 10240},
                                      {100000, END_WRITE, 0, 0}};
    static const struct delivery at_once[] = {{0, 10240}, {10, 10240}, {0, 0}};
    static const struct step long_one[] = {{0, OFFER_WRITE, 0, 12288 + 1000}, {0, END_WRITE, 0, 0}};
    static const struct delivery paced[] = {{20, 12288}, {40, 1000}, {0, 0}};

    for (size_t t = 0; t < COUNT(plain); t++) {
        struct scenario scenario = {.flows = 1,
                                    .ticks = 80,
                                    .steps = two,
                                    .step_count = COUNT(two),
                                    .filters = below_segments,
                                    .filter_count = 3,
                                    .payload = PAYLOAD_TEXT};
        struct outcome outcome;
        fixture_run(&scenario, plain[t], &outcome);
        expect_deliveries(&outcome, SHAPER_WRITE, at_once);
        scenario.steps = long_one;
        scenario.step_count = COUNT(long_one);
        scenario.filters = below_segments + 1;
        scenario.filter_count = 2;
        fixture_run(&scenario, plain[t], &outcome);
        expect_deliveries(&outcome, SHAPER_WRITE, paced);
    }
}

/* A token bucket below: the pieces wait again, the sleeps continue. */
static void limits_are_below(void **state)
{
    (void)state;
    static const struct shaper_filter filter = RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0);
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 25000}, {0, CLOSE, 0, 0}};
    static const struct delivery deliveries[] = {{0, 6000},  {1, 6000}, {2, 288},  {20, 6000},
                                                 {21, 6000}, {22, 288}, {40, 424}, {0, 0}};
    const struct scenario scenario = {.rate = 6000,
                                      .burst = 6000,
                                      .min_share = 64,
                                      .flows = 1,
                                      .ticks = 50,
                                      .steps = steps,
                                      .step_count = COUNT(steps),
                                      .filters = &filter,
                                      .filter_count = 1};

    for (size_t t = 0; t < COUNT(plain); t++) {
        struct outcome outcome;
        fixture_run(&scenario, plain[t], &outcome);
        expect_deliveries(&outcome, SHAPER_WRITE, deliveries);
        expect_whole(&outcome, &scenario);
    }
}

static void only_responders_are_paced(void **state)
{
    (void)state;
    static const struct shaper_filter filter = RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0);
    static const struct step steps[] = {
        {0, OFFER_WRITE, 0, 38400}, {0, OFFER_READ, 0, 38400}, {0, CLOSE, 0, 0}};
    static const struct delivery paced[] = {
        {0, 12288}, {20, 12288}, {40, 12288}, {60, 1536}, {0, 0}};
    static const struct delivery at_once[] = {{0, 38400}, {0, 0}};

    for (int i = 0; i < 2; i++)
        for (size_t t = 0; t < COUNT(all); t++) {
            const struct scenario scenario = {.flows = 1,
                                              .ticks = 70,
                                              .steps = steps,
                                              .step_count = COUNT(steps),
                                              .shaped_is_initiator = i == 1,
                                              .filters = &filter,
                                              .filter_count = 1};
            struct outcome outcome;
            fixture_run(&scenario, all[t], &outcome);
            expect_deliveries(&outcome, SHAPER_WRITE, i == 0 ? paced : at_once);
            expect_deliveries(&outcome, SHAPER_READ, i == 0 ? at_once : paced);
            expect_whole(&outcome, &scenario);
        }
}

/* --- filter chains ----------------------------------------------------------------------- */

static const struct shaper_filter overhead_deflate[] = {OVERHEAD(40, 1460), DEFLATE(6)};
static const struct shaper_filter deflate_overhead[] = {DEFLATE(6), OVERHEAD(40, 1460)};
static const struct shaper_filter three[] = {DEFLATE(1), RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0),
                                             OVERHEAD(8, 536)};
static const struct shaper_filter eight[] = {OVERHEAD(1, 100),  DEFLATE(0),        OVERHEAD(2, 100),
                                             OVERHEAD(4, 1000), DEFLATE(9),        OVERHEAD(5, 999),
                                             DEFLATE(-1),       OVERHEAD(40, 1460)};

static const struct {
    const struct shaper_filter *filters;
    size_t count;
} stacks[] = {{overhead_deflate, COUNT(overhead_deflate)},
              {deflate_overhead, COUNT(deflate_overhead)},
              {three, COUNT(three)},
              {eight, COUNT(eight)}};

static const struct step busy_steps[] = {
    {0, OFFER_WRITE, 0, 20000},    {0, OFFER_READ, 0, 9000},      {0, OFFER_WRITE, 1, 5000},
    {12345, OFFER_WRITE, 0, 1},    {20000, OFFER_READ, 1, 30000}, {20000, OFFER_WRITE, 0, 777},
    {33333, OFFER_READ, 0, 15000}, {40000, CLOSE, 1, 0},          {50000, OFFER_WRITE, 0, 4096},
    {60000, CLOSE, 0, 0}};

static struct scenario busy_scenario(size_t chain)
{
    return (struct scenario){.rate = 3000,
                             .burst = 6000,
                             .min_share = 500,
                             .per_flow_rate = 2500,
                             .per_flow_burst = 2500,
                             .flows = 2,
                             .ticks = 80,
                             .steps = busy_steps,
                             .step_count = COUNT(busy_steps),
                             .seed = 5,
                             .filters = stacks[chain].filters,
                             .filter_count = stacks[chain].count,
                             .payload = PAYLOAD_RANDOM};
}

static void stacks_give_back_what_went_in(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(stacks); i++) {
        const struct scenario scenario = busy_scenario(i);
        struct outcome outcomes[COUNT(all)];
        for (size_t t = 0; t < COUNT(all); t++) {
            fixture_run(&scenario, all[t], &outcomes[t]);
            expect_whole(&outcomes[t], &scenario);
            assert_int_equal(outcome_flow_sum(&outcomes[t], SHAPER_WRITE, 1), 5000);
            assert_int_equal(outcome_flow_sum(&outcomes[t], SHAPER_READ, 1), 30000);
        }
        expect_same(&outcomes[0], &outcomes[1]);
    }
}

/* Totals and charges are those of the wire, with or without filters above. */
static void totals_are_wire_bytes(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(stacks); i++)
        for (size_t t = 0; t < COUNT(plain); t++) {
            struct scenario scenario = busy_scenario(i);
            struct outcome outcome;
            scenario.flows = 1;
            static const struct step steps[] = {{0, OFFER_WRITE, 0, 20000},
                                                {0, OFFER_READ, 0, 9000},
                                                {20000, OFFER_WRITE, 0, 777},
                                                {60000, CLOSE, 0, 0}};
            scenario.steps = steps;
            scenario.step_count = COUNT(steps);
            fixture_run(&scenario, plain[t], &outcome);
            expect_whole(&outcome, &scenario);
            for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
                uint64_t wire = outcome.filters[d][scenario.filter_count - 1].sent_after_bytes;
                assert_int_equal(outcome.total[d], wire);
                assert_int_equal(outcome_charged_sum(&outcome, (enum shaper_direction)d, 0), wire);
                for (int tick = 0; tick < TICKS_MAX; tick++)
                    assert_true(outcome.charged[d][0][tick] <= 2500);
            }
        }
}

/* What is offered before the handshake has ended waits, and comes out complete. */
static void tls_below_filters_waits_for_the_handshake(void **state)
{
    (void)state;
    static const struct step steps[] = {{0, OFFER_WRITE, 0, 3000},
                                        {0, OFFER_READ, 0, 2000},
                                        {1, OFFER_WRITE, 0, 500},
                                        {2, CLOSE, 0, 0}};

    for (size_t i = 0; i < COUNT(stacks); i++) {
        struct scenario scenario = busy_scenario(i);
        struct outcome outcome;
        scenario.flows = 1;
        scenario.rate = scenario.per_flow_rate = 300; /* less than the handshake */
        scenario.burst = scenario.per_flow_burst = 300;
        scenario.min_share = 1;
        scenario.ticks = 100;
        scenario.steps = steps;
        scenario.step_count = COUNT(steps);
        fixture_run(&scenario, SHAPER_TRANSPORT_TLS, &outcome);
        expect_whole(&outcome, &scenario);
        assert_non_null(strstr(outcome.log, "0 opens "));
        assert_non_null(strstr(outcome.log, "0 is closed "));
        assert_true(outcome.handshake[SHAPER_WRITE][0] > 300);
    }
}

/* While it sleeps, holds, waits, is in the middle of a segment or closes: nothing is lost of the
 * other flow, and the sanitizers find nothing. */
static void freed_at_any_moment(void **state)
{
    (void)state;
    static const int64_t moments_us[] = {0,     1,     5000,  10000,  12345,  20000,
                                         40000, 60000, 60001, 200000, 250000, 400000};

    for (size_t i = 0; i < COUNT(stacks); i++)
        for (size_t t = 0; t < COUNT(all); t++)
            for (size_t m = 0; m < COUNT(moments_us); m++) {
                const struct step steps[] = {
                    {0, OFFER_WRITE, 0, 60000},
                    {0, OFFER_READ, 0, 60000},
                    {0, OFFER_WRITE, 1, 5000},
                    {0, CLOSE, 1, 0},
                    {moments_us[m], m % 3 == 0 ? CLOSE : OFFER_WRITE, 0, 10},
                    {moments_us[m], FREE, 0, 0}};
                struct scenario scenario = busy_scenario(i);
                struct outcome outcome;
                scenario.steps = steps;
                scenario.step_count = COUNT(steps);
                scenario.ticks = 50;
                scenario.flush = (enum shaper_flush)(m % 4);
                fixture_run(&scenario, all[t], &outcome);
                if (scenario.filters != three || scenario.flush != SHAPER_FLUSH_NORMAL)
                    assert_int_equal(outcome_flow_sum(&outcome, SHAPER_WRITE, 1), 5000);
                assert_null(strstr(outcome.log, "0 leaves"));
            }
}

/* --- counts and checks ------------------------------------------------------------------------ */

static void counts_of_flows_add_up(void **state)
{
    (void)state;
    struct shaper_filter_counts sum = {0}, more = {0};
    const unsigned char text[] = "one after another";

    for (size_t cut = 0; cut <= 17; cut++) {
        sum = (struct shaper_filter_counts){.sent_before_bytes = cut,
                                            .sent_after_bytes = 1,
                                            .received_before_bytes = 2,
                                            .received_after_bytes = 17 - cut};
        more = (struct shaper_filter_counts){.sent_before_bytes = 17 - cut,
                                             .sent_after_bytes = 10,
                                             .received_before_bytes = 20,
                                             .received_after_bytes = cut};
        sum.sent_crc32 = (uint32_t)crc32_z(0, text, cut);
        more.sent_crc32 = (uint32_t)crc32_z(0, text + cut, 17 - cut);
        sum.received_crc32 = (uint32_t)crc32_z(0, text, 17 - cut);
        more.received_crc32 = (uint32_t)crc32_z(0, text + 17 - cut, cut);
        shaper_filter_counts_add(&sum, &more);
        assert_int_equal(sum.sent_before_bytes, 17);
        assert_int_equal(sum.sent_after_bytes, 11);
        assert_int_equal(sum.received_before_bytes, 22);
        assert_int_equal(sum.received_after_bytes, 17);
        assert_int_equal(sum.sent_crc32, crc32_z(0, text, 17));
        assert_int_equal(sum.received_crc32, crc32_z(0, text, 17));
    }
}

static void filters_are_checked(void **state)
{
    (void)state;
    static const struct {
        struct shaper_filter filter;
        const char *error; /* "": good */
    } rows[] = {
        {OVERHEAD(40, 1460), ""},
        {OVERHEAD(1, 255), ""},
        {OVERHEAD(1, 256), "a header of 1 bytes cannot carry the length of a segment of 256; use "
                           "shorter segments or a longer header"},
        {OVERHEAD(2, 65535), ""},
        {OVERHEAD(2, 65536), "a header of 2 bytes cannot carry the length of a segment of 65536; "
                             "use shorter segments or a longer header"},
        {OVERHEAD(3, 16777215), ""},
        {OVERHEAD(3, 16777216), "a header of 3 bytes cannot carry the length of a segment of "
                                "16777216; use shorter segments or a longer header"},
        {OVERHEAD(4, 2147483647), ""},
        {OVERHEAD(0, 1460), "header and segment must be 1 byte or more, like overhead=40:1460"},
        {OVERHEAD(40, 0), "header and segment must be 1 byte or more, like overhead=40:1460"},
        {DEFLATE(-1), ""},
        {DEFLATE(0), ""},
        {DEFLATE(9), ""},
        {DEFLATE(10), "the level must be from 0 to 9"},
        {DEFLATE(-2), "the level must be from 0 to 9"},
        {RATELIMIT_60(MOD_RATELIMIT_FIXED, 0, 0), ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char error[SHAPER_ERROR_BYTES] = "";
        int status = shaper_filter_check(&rows[i].filter, error);
        assert_string_equal(error, rows[i].error);
        assert_int_equal(status, *rows[i].error ? SHAPER_ERROR_LIMIT : SHAPER_OK);
    }
    assert_string_equal(shaper_filter_name(SHAPER_FILTER_OVERHEAD), "overhead");
    assert_string_equal(shaper_filter_name(SHAPER_FILTER_DEFLATE), "deflate");
    assert_string_equal(shaper_filter_name(SHAPER_FILTER_RATELIMIT), "ratelimit");
    assert_string_equal(shaper_zlib_version(), zlibVersion());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_segment_has_a_header),
        cmocka_unit_test(each_write_begins_a_segment),
        cmocka_unit_test(a_stream_is_decoded_wherever_it_is_cut),
        cmocka_unit_test(headers_give_the_length),
        cmocka_unit_test(a_segment_of_no_bytes_is_refused),
        cmocka_unit_test(bytes_come_one_by_one),
        cmocka_unit_test(what_is_deflated_comes_out_as_it_went_in),
        cmocka_unit_test(an_empty_flow_has_no_stream),
        cmocka_unit_test(the_end_of_a_stream_is_waited_for),
        cmocka_unit_test(bytes_after_the_close_are_another_stream),
        cmocka_unit_test(garbage_is_not_inflated),
        cmocka_unit_test(responses_are_paced),
        cmocka_unit_test(responses_end_where_told),
        cmocka_unit_test(ends_pass_other_filters),
        cmocka_unit_test(limits_are_below),
        cmocka_unit_test(only_responders_are_paced),
        cmocka_unit_test(stacks_give_back_what_went_in),
        cmocka_unit_test(totals_are_wire_bytes),
        cmocka_unit_test(tls_below_filters_waits_for_the_handshake),
        cmocka_unit_test(freed_at_any_moment),
        cmocka_unit_test(counts_of_flows_add_up),
        cmocka_unit_test(filters_are_checked),
    };

    return cmocka_run_group_tests_name("filters", tests, NULL, NULL);
}
