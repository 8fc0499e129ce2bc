#include "traces/tcp_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "offset+bytes ..." of the new pieces; "-" for none. */
static const char *take(struct tcp_stream *stream, uint32_t sequence, uint32_t bytes,
                        const char *flags)
{
    static char text[64 * TCP_STREAM_RANGES_MAX];
    const struct tcp_segment segment = {.sequence = sequence,
                                        .payload_bytes = bytes,
                                        .has_syn = strchr(flags, 'S') != NULL,
                                        .has_fin = strchr(flags, 'F') != NULL};
    struct tcp_new_bytes new_bytes;
    uint32_t sum = 0;
    size_t used = 0;

    memset(&new_bytes, 0xff, sizeof(new_bytes));
    assert_int_equal(tcp_stream_take(stream, &segment, &new_bytes), 0);
    for (uint32_t i = 0; i < new_bytes.piece_count; i++) {
        const struct tcp_piece *piece = &new_bytes.pieces[i];
        assert_true(piece->bytes > 0);
        sum += piece->bytes;
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u+%u", i ? " " : "",
                                 piece->offset, piece->bytes);
    }
    assert_int_equal(new_bytes.bytes, sum);
    if (new_bytes.gave_up_gap)
        snprintf(text + used, sizeof(text) - used, " gave up");
    return used ? text : "-";
}

/* Each segment in turn, and what of it is new. */
struct step {
    uint32_t sequence;
    uint32_t bytes;
    const char *flags;
    const char *expected;
};

static const struct scenario {
    const char *name;
    struct step steps[12];
} scenarios[] = {
    {"in order",
     {{999, 0, "S", "-"}, {1000, 100, "", "0+100"}, {1100, 1, "", "0+1"}, {1101, 9, "F", "0+9"}}},
    {"sent again: whole, in part, and what follows with it",
     {{999, 0, "S", "-"},
      {1000, 100, "", "0+100"},
      {1000, 100, "", "-"},
      {1050, 100, "", "50+50"},
      {1000, 300, "", "150+150"},
      {1299, 1, "", "-"}}},
    {"a gap that is filled late, in two parts",
     {{1000, 100, "", "0+100"},
      {1200, 100, "", "0+100"},
      {1100, 40, "", "0+40"},
      {1120, 180, "", "20+60"},
      {1100, 200, "", "-"}}},
    {"a segment over two gaps",
     {{1000, 100, "", "0+100"},
      {1200, 100, "", "0+100"},
      {1400, 100, "", "0+100"},
      {1050, 600, "", "50+100 250+100 450+150"},
      {1000, 650, "", "-"}}},
    {"SYN and FIN take a number, which no keep-alive fills",
     {{999, 0, "S", "-"},
      {999, 1, "", "-"},
      {999, 0, "S", "-"},
      {1000, 10, "F", "0+10"},
      {1010, 1, "", "-"},
      {1010, 0, "F", "-"},
      {1011, 1, "", "0+1"}}},
    {"payload in the SYN, sent again without it",
     {{999, 10, "S", "0+10"}, {1000, 20, "", "10+10"}, {1000, 10, "F", "-"}}},
    {"a FIN before what precedes it",
     {{999, 0, "S", "-"}, {1100, 0, "F", "-"}, {1000, 100, "", "0+100"}, {1000, 101, "", "-"}}},
    {"from mid-stream: what came before is new when it comes",
     {{5000, 100, "", "0+100"},
      {4900, 100, "", "0+100"},
      {4800, 50, "", "0+50"},
      {4800, 300, "", "50+50"},
      {4999, 1, "", "-"}}},
    {"below the SYN there is nothing",
     {{999, 0, "S", "-"}, {900, 50, "", "-"}, {950, 60, "", "50+10"}, {950, 60, "", "-"}}},
    {"a SYN that is captured after its data",
     {{1000, 100, "", "0+100"}, {999, 0, "S", "-"}, {990, 10, "", "-"}, {1100, 1, "", "0+1"}}},
    {"numbers wrap in a segment, and in one that is sent again",
     {{0xfffffff0, 0, "S", "-"},
      {0xfffffff1, 30, "", "0+30"},
      {0xfffffff1, 40, "", "30+10"},
      {0x00000019, 5, "", "0+5"},
      {0xffffffff, 2, "", "-"},
      {0x0000001e, 0, "F", "-"},
      {0x0000001e, 1, "", "-"}}},
    {"a gap at the wrap",
     {{0xffffff00, 0x80, "", "0+128"},
      {0x00000080, 0x10, "", "0+16"},
      {0xffffff80, 0x100, "", "0+256"},
      {0x0000008f, 1, "", "-"}}},
    {"window probes and segments without payload",
     {{1000, 100, "", "0+100"},
      {1100, 1, "", "0+1"},
      {1100, 1, "", "-"},
      {1100, 0, "", "-"},
      {2000, 0, "", "-"},
      {1101, 10, "", "0+10"}}},
    {"every number 0, as scripts leave them",
     {{0, 0, "S", "-"}, {0, 10, "", "1+9"}, {0, 10, "", "-"}, {0, 12, "", "10+2"}}},
};

static void new_bytes_are_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scenarios); i++) {
        struct tcp_stream stream = {0};
        for (const struct step *step = scenarios[i].steps; step->expected; step++) {
            const char *got = take(&stream, step->sequence, step->bytes, step->flags);
            if (strcmp(got, step->expected) != 0)
                fail_msg("%s: %u+%u%s: %s instead of %s", scenarios[i].name, step->sequence,
                         step->bytes, step->flags, got, step->expected);
        }
        tcp_stream_fini(&stream);
    }
}

/* 20 GiB in segments of 16 MiB: the numbers wrap five times. */
static void a_stream_is_longer_than_the_sequence_space(void **state)
{
    (void)state;
    const uint32_t step = 16U << 20;
    struct tcp_stream stream = {0};
    uint32_t sequence = 12345, next;

    take(&stream, sequence - 1, 0, "S");
    for (int i = 0; i < 1280; i++, sequence += step) {
        assert_string_equal(take(&stream, sequence, step, ""), "0+16777216");
        assert_string_equal(take(&stream, sequence, step, ""), "-");
        assert_true(tcp_stream_next(&stream, &next));
        assert_int_equal(next, sequence + step);
    }
    assert_int_equal(stream.end - stream.begin, (uint64_t)1280 * step + 1);
    assert_null(stream.above);
    tcp_stream_fini(&stream);
}

/* TCP_STREAM_RANGES_MAX ranges fit; one more gives the lowest gap up, and no other. */
static void the_lowest_gap_is_given_up(void **state)
{
    (void)state;
    struct tcp_stream stream = {0};

    for (uint32_t i = 0; i < TCP_STREAM_RANGES_MAX; i++)
        assert_string_equal(take(&stream, 1000 + 20 * i, 10, ""), "0+10");
    assert_string_equal(take(&stream, 1000 + 20 * TCP_STREAM_RANGES_MAX, 10, ""), "0+10 gave up");
    assert_string_equal(take(&stream, 1010, 10, ""), "-");
    assert_string_equal(take(&stream, 1030, 10, ""), "0+10");
    tcp_stream_fini(&stream);
}

/* What a flow without gaps costs. */
static void a_stream_without_gaps_is_small(void **state)
{
    (void)state;
    assert_true(2 * sizeof(struct tcp_stream) <= 80);
}

/* --- against a bitmap ---------------------------------------------------------------------- */

#define SPAN 3000

/* A byte for each number of a short stretch of the sequence space. */
struct bitmap {
    uint32_t base; /* the sequence number of the first */
    bool is_taken[SPAN];
    bool has_begun;
    bool has_syn;
    uint32_t syn; /* where it is */
};

static uint32_t random_below(uint64_t *rng, uint32_t bound)
{
    *rng = *rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*rng >> 33) % bound);
}

/* Fills the lowest gap where there are too many ranges. */
static bool bitmap_give_up(struct bitmap *bitmap)
{
    uint32_t ranges = 0, gap = 0, gap_end = 0;

    for (uint32_t i = 0; i < SPAN; i++) {
        if (!bitmap->is_taken[i] || (i > 0 && bitmap->is_taken[i - 1]))
            continue;
        ranges++;
        if (ranges == 2)
            gap_end = i;
    }
    if (ranges <= TCP_STREAM_RANGES_MAX)
        return false;
    for (gap = gap_end; !bitmap->is_taken[gap - 1]; gap--)
        bitmap->is_taken[gap - 1] = true;
    return true;
}

static void bitmap_take(struct bitmap *bitmap, uint32_t at, const struct tcp_segment *segment,
                        bool is_new[SPAN], bool *gave_up)
{
    uint32_t end = at + segment->has_syn + segment->payload_bytes + segment->has_fin;
    uint32_t lowest = 0;

    while (lowest < SPAN && !bitmap->is_taken[lowest])
        lowest++;
    for (uint32_t i = at; i < end; i++) {
        uint32_t offset = i - at - segment->has_syn;
        bool is_payload = i >= at + segment->has_syn && offset < segment->payload_bytes;
        bool is_below = bitmap->has_syn && i < bitmap->syn;
        if (is_payload)
            is_new[offset] = !bitmap->is_taken[i] && !is_below;
        if (!is_below)
            bitmap->is_taken[i] = true;
    }
    *gave_up = bitmap_give_up(bitmap);
    if (segment->has_syn && !bitmap->has_syn && at <= lowest) {
        bitmap->has_syn = true;
        bitmap->syn = at;
    }
}

static void compare(const struct tcp_new_bytes *new_bytes, const bool is_new[SPAN], uint32_t bytes,
                    uint64_t seed, int step)
{
    bool ours[SPAN] = {false};
    uint32_t sum = 0;

    for (uint32_t i = 0; i < new_bytes->piece_count; i++)
        for (uint32_t k = 0; k < new_bytes->pieces[i].bytes; k++, sum++)
            ours[new_bytes->pieces[i].offset + k] = true;
    for (uint32_t i = 1; i < new_bytes->piece_count; i++)
        assert_true(new_bytes->pieces[i].offset >
                    new_bytes->pieces[i - 1].offset + new_bytes->pieces[i - 1].bytes);
    assert_int_equal(sum, new_bytes->bytes);
    for (uint32_t i = 0; i < bytes; i++)
        if (ours[i] != is_new[i])
            fail_msg("seed %llu, step %d: byte %u of %u: %d instead of %d",
                     (unsigned long long)seed, step, i, bytes, ours[i], is_new[i]);
}

static void run_against_bitmap(uint64_t seed)
{
    struct bitmap bitmap = {0};
    struct tcp_stream stream = {0};
    uint64_t rng = seed;
    /* Half of them around the wrap. */
    bitmap.base = seed % 2 ? 0U - random_below(&rng, SPAN) : random_below(&rng, 0x7fffffff) * 2;
    uint32_t longest = seed % 3 ? 400 : 12; /* short ones leave many gaps */

    for (int step = 0; step < 300; step++) {
        struct tcp_segment segment = {.payload_bytes = random_below(&rng, longest),
                                      .has_syn = random_below(&rng, 40) == 0,
                                      .has_fin = random_below(&rng, 40) == 0};
        uint32_t at = random_below(&rng, SPAN - longest - 2);
        bool is_new[SPAN] = {false}, gave_up;
        struct tcp_new_bytes new_bytes;
        segment.sequence = bitmap.base + at;
        bitmap_take(&bitmap, at, &segment, is_new, &gave_up);
        assert_int_equal(tcp_stream_take(&stream, &segment, &new_bytes), 0);
        compare(&new_bytes, is_new, segment.payload_bytes, seed, step);
        assert_int_equal(new_bytes.gave_up_gap, gave_up);
    }
    tcp_stream_fini(&stream);
}

static void any_order_is_as_a_bitmap_has_it(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 600; seed++)
        run_against_bitmap(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_bytes_are_exact),
        cmocka_unit_test(a_stream_is_longer_than_the_sequence_space),
        cmocka_unit_test(the_lowest_gap_is_given_up),
        cmocka_unit_test(a_stream_without_gaps_is_small),
        cmocka_unit_test(any_order_is_as_a_bitmap_has_it),
    };

    return cmocka_run_group_tests_name("tcp_stream", tests, NULL, NULL);
}
