#include "shaper/mod_ratelimit.h"

#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define KIB        UINT64_C(1024)
#define ITEMS_MAX  64
#define PIECES_MAX 8192
#define TEXT_BYTES 2048

static const enum mod_ratelimit_variant variants[] = {MOD_RATELIMIT_NAIVE, MOD_RATELIMIT_FIXED,
                                                      MOD_RATELIMIT_CORRECTED};

static struct mod_ratelimit *make(int64_t rate_kib_per_s, int64_t initial_burst_kib,
                                  enum mod_ratelimit_variant variant)
{
    struct mod_ratelimit_config config = {rate_kib_per_s, initial_burst_kib, variant};
    char error[SHAPER_ERROR_BYTES];

    assert_int_equal(mod_ratelimit_check(&config, error), SHAPER_OK);
    struct mod_ratelimit *response = mod_ratelimit_new(&config);
    assert_non_null(response);
    return response;
}

static struct mod_ratelimit_item data(uint64_t bytes)
{
    return (struct mod_ratelimit_item){MOD_RATELIMIT_DATA, bytes};
}

static struct mod_ratelimit_item marker(enum mod_ratelimit_element element)
{
    return (struct mod_ratelimit_item){element, 0};
}

/* What came of the brigades handed to one response. */
struct tally {
    uint64_t pieces, sleeps, bytes;
    uint64_t first_bytes; /* of the first piece */
};

static void give(struct mod_ratelimit *response, struct tally *tally,
                 const struct mod_ratelimit_item *items, size_t count)
{
    struct mod_ratelimit_piece piece;

    assert_int_equal(mod_ratelimit_give(response, items, count), SHAPER_OK);
    while (mod_ratelimit_next(response, &piece)) {
        if (tally->pieces++ == 0)
            tally->first_bytes = piece.bytes;
        assert_true(piece.sleep_us == 0 || piece.sleep_us == 200000);
        tally->sleeps += piece.sleep_us > 0;
        tally->bytes += piece.bytes;
    }
}

static void give_data(struct mod_ratelimit *response, struct tally *tally, uint64_t bytes)
{
    struct mod_ratelimit_item item = data(bytes);

    give(response, tally, &item, 1);
}

static void give_eos(struct mod_ratelimit *response, struct tally *tally)
{
    struct mod_ratelimit_item item = marker(MOD_RATELIMIT_EOS);

    give(response, tally, &item, 1);
}

/* --- brigades and pieces as text ----------------------------------------------------------------
 *
 * A brigade: numbers are data, F is a FLUSH, E an EOS, < an RL_START, > an RL_END; | ends it.
 * What comes of it: bytes of each piece, + before it: after a sleep, letters behind it: f flushed,
 * e with the EOS, u not limited; = and what is held when the filter has returned,
 * or ! never returns.
 */

static void add_text(char *text, const char *more)
{
    assert_true(strlen(text) + strlen(more) < TEXT_BYTES);
    strcat(text, more);
}

static void add_call(char *text, struct mod_ratelimit *response,
                     const struct mod_ratelimit_item *items, size_t count)
{
    struct mod_ratelimit_piece piece;
    char part[64];

    assert_int_equal(mod_ratelimit_give(response, items, count), SHAPER_OK);
    while (mod_ratelimit_next(response, &piece)) {
        snprintf(part, sizeof(part), "%s%" PRIu64 "%s%s%s ", piece.sleep_us ? "+" : "", piece.bytes,
                 piece.is_flushed ? "f" : "", piece.has_eos ? "e" : "",
                 piece.is_limited ? "" : "u");
        add_text(text, part);
    }
    snprintf(part, sizeof(part), "=%" PRIu64 "%s", mod_ratelimit_held_bytes(response),
             mod_ratelimit_is_stuck(response) ? "!" : "");
    add_text(text, part);
}

static void run_text(struct mod_ratelimit *response, const char *brigades, char *text)
{
    struct mod_ratelimit_item items[ITEMS_MAX];
    size_t count = 0;
    const char *at = brigades;

    text[0] = '\0';
    for (;; at++) {
        assert_true(count < ITEMS_MAX);
        switch (*at) {
        case ' ':
            break;
        case 'F':
            items[count++] = marker(MOD_RATELIMIT_FLUSH);
            break;
        case 'E':
            items[count++] = marker(MOD_RATELIMIT_EOS);
            break;
        case '<':
            items[count++] = marker(MOD_RATELIMIT_START);
            break;
        case '>':
            items[count++] = marker(MOD_RATELIMIT_END);
            break;
        case '|':
        case '\0':
            add_call(text, response, items, count);
            count = 0;
            if (!*at)
                return;
            add_text(text, " | ");
            break;
        default: {
            char *end;
            items[count++] = data(strtoull(at, &end, 10));
            assert_ptr_not_equal(end, at);
            at = end - 1;
        }
        }
    }
}

struct text_row {
    int64_t rate_kib_per_s, initial_burst_kib;
    const char *brigades;
    const char *naive;
    const char *fixed;
    const char *corrected; /* NULL: as fixed */
};

static void check_rows(const struct text_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t v = 0; v < COUNT(variants); v++) {
            const char *expected[] = {rows[i].naive, rows[i].fixed,
                                      rows[i].corrected ? rows[i].corrected : rows[i].fixed};
            struct mod_ratelimit *response =
                make(rows[i].rate_kib_per_s, rows[i].initial_burst_kib, variants[v]);
            char text[TEXT_BYTES];
            run_text(response, rows[i].brigades, text);
            mod_ratelimit_free(response);
            assert_string_equal(text, expected[v]);
        }
}

/* --- settings ---------------------------------------------------------------------------- */

static void chunks_are_a_fifth_of_the_speed(void **state)
{
    (void)state;
    static const struct {
        int64_t rate_kib_per_s;
        uint64_t chunk_bytes;
    } rows[] = {
        {60, 12288},          /* 61440 / 5, without remainder; 12228 is a slip of the pen */
        {1, 204},             /* 1024 / 5 = 204.8: 1020 B/s, 0.39 % below the limit */
        {2, 409},             /* 409.6 */
        {5, 1024},            /* one KiB each 200 ms */
        {39, 7987},           /* 39936 / 5 = 7987.2 */
        {512, 104857},        /* 524288 / 5 = 104857.6 */
        {2097151, 429496524}, /* 2147482624 / 5 = 429496524.8 */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mod_ratelimit_config config = {rows[i].rate_kib_per_s, 0, MOD_RATELIMIT_FIXED};
        assert_int_equal(mod_ratelimit_chunk_bytes(&config), rows[i].chunk_bytes);
    }
}

/* M4, and what httpd's check for it (r1439623) does not see. */
static void settings_are_taken_at_the_edge_and_refused_past_it(void **state)
{
    (void)state;
    static const struct {
        int64_t rate_kib_per_s, initial_burst_kib;
        const char *error; /* NULL: taken */
    } rows[] = {
        {1, 0, NULL},
        {60, 120, NULL},
        {2097151, 0, NULL},
        {0, 0, "rate limit of 0 KiB/s is below 1: mod_ratelimit does not limit then"},
        {-60, 0, "rate limit of -60 KiB/s is below 1: mod_ratelimit does not limit then"},
        {INT64_MIN, 0,
         "rate limit of -9223372036854775808 KiB/s is below 1: mod_ratelimit does not limit then"},
        {2097152, 0,
         "rate limit of 2097152 KiB/s is above 2097151: mod_ratelimit's int wraps to "
         "-2147483648 B/s and does not limit then"}, /* 2^21 * 2^10 = 2^31 */
        {4194303, 0,
         "rate limit of 4194303 KiB/s is above 2097151: mod_ratelimit's int wraps to -1024 B/s "
         "and does not limit then"},
        {4194304, 0,
         "rate limit of 4194304 KiB/s is above 2097151: mod_ratelimit's int wraps to 0 B/s and "
         "does not limit then"}, /* 2^22 * 2^10 = 2^32 */
        {4194305, 0,
         "rate limit of 4194305 KiB/s is above 2097151: mod_ratelimit's int wraps to 1024 B/s"},
        {INT64_MAX, 0,
         "rate limit of 9223372036854775807 KiB/s is above 2097151: mod_ratelimit's int wraps to "
         "-1024 B/s and does not limit then"},
        {60, -1, "initial burst of -1 KiB is below 0: mod_ratelimit leaves it out"},
        {60, 2097152,
         "initial burst of 2097152 KiB is above 2097151: mod_ratelimit's int wraps to "
         "-2147483648 B and leaves it out"},
        {60, 4194306,
         "initial burst of 4194306 KiB is above 2097151: mod_ratelimit's int wraps to 2048 B"},
        {INT64_MAX, INT64_MIN,
         "rate limit of 9223372036854775807 KiB/s is above 2097151: mod_ratelimit's int wraps to "
         "-1024 B/s and does not limit then"},
        /* 2147483647 - 12288 = 2147471359 = 2097139 * 1024 + 1023 */
        {60, 2097139, NULL},
        {60, 2097140,
         "initial burst of 2147471360 bytes and chunk of 12288 bytes are above 2147483647 "
         "together: mod_ratelimit's int overflows and the response fails"},
        /* 429496524 + 1677720 * 1024 = 2147481804; one KiB more is 2147482828, two 2147483852 */
        {2097151, 1677721, NULL},
        {2097151, 1677722,
         "initial burst of 1717987328 bytes and chunk of 429496524 bytes are above 2147483647 "
         "together: mod_ratelimit's int overflows and the response fails"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t v = 0; v < COUNT(variants); v++) {
            struct mod_ratelimit_config config = {rows[i].rate_kib_per_s, rows[i].initial_burst_kib,
                                                  variants[v]};
            char error[SHAPER_ERROR_BYTES] = "untouched";
            int status = mod_ratelimit_check(&config, error);
            assert_int_equal(status, rows[i].error ? SHAPER_ERROR_LIMIT : SHAPER_OK);
            assert_string_equal(error, rows[i].error ? rows[i].error : "untouched");
        }
}

/* --- pieces ------------------------------------------------------------------------------ */

/* 38400 bytes at a limit of 60: 3 * 12288 = 36864, and 1536 are left. */
static void the_worked_example(void **state)
{
    (void)state;
    static const struct text_row rows[] = {
        /* a static file: one brigade, with the end of the response in it */
        {60, 0, "38400 E", "12288f +12288f +12288f +1536fe =0", "12288f +12288f +12288f +1536e =0",
         NULL},
        /* without it the rest is held; the EOS brings it, after its sleep */
        {60, 0, "38400 | E", "12288f +12288f +12288f +1536f =0 | 0fe =0",
         "12288f +12288f +12288f =1536 | +1536e =0", NULL},
        /* two brigades: naive does not sleep between 1536 and 12288, fixed makes a whole piece of
         * 1536 + 10752; 76800 - 6 * 12288 = 3072 */
        {60, 0, "38400 | 38400 | E",
         "12288f +12288f +12288f +1536f =0 | 12288f +12288f +12288f +1536f =0 | 0fe =0",
         "12288f +12288f +12288f =1536 | +12288f +12288f +12288f =3072 | +3072e =0", NULL},
        /* with a burst of 12 KiB = 12288: 24576, 12288, and 1536 are left */
        {60, 12, "38400 E", "24576f +12288f +1536fe =0", "24576f +12288f +1536e =0", NULL},
    };

    check_rows(rows, COUNT(rows));
}

/* 100 brigades of 38400: naive has 3 sleeps for each, 64000 B/s = 61440 * 25 / 24. Fixed makes
 * ceil(3840000 / 12288) - 1 = 312 whole pieces with 311 sleeps and holds 3840000 - 312 * 12288 =
 * 6144. */
static void the_worked_example_in_many_brigades(void **state)
{
    (void)state;
    struct tally naive = {0}, fixed = {0};
    struct mod_ratelimit *response = make(60, 0, MOD_RATELIMIT_NAIVE);

    for (int i = 0; i < 100; i++)
        give_data(response, &naive, 38400);
    mod_ratelimit_free(response);
    assert_int_equal(naive.pieces, 400);
    assert_int_equal(naive.sleeps, 300);
    assert_int_equal(naive.bytes * 5 / naive.sleeps, 64000);
    assert_int_equal(UINT64_C(64000) * 24, UINT64_C(61440) * 25);

    response = make(60, 0, MOD_RATELIMIT_FIXED);
    for (int i = 0; i < 100; i++)
        give_data(response, &fixed, 38400);
    assert_int_equal(fixed.pieces, 312);
    assert_int_equal(fixed.sleeps, 311);
    assert_int_equal(mod_ratelimit_held_bytes(response), 6144);
    mod_ratelimit_free(response);
}

static void what_fits_a_piece_is_held(void **state)
{
    (void)state;
    /* a limit of 5 KiB/s: 1024 bytes a piece */
    static const struct text_row rows[] = {
        {5, 0, "1023", "1023f =0", "=1023", NULL},
        {5, 0, "1024", "1024f =0", "=1024", NULL},        /* exactly a piece */
        {5, 0, "1025", "1024f +1f =0", "1024f =1", NULL}, /* one more */
        {5, 0, "2048", "1024f +1024f =0", "1024f =1024", NULL},
        {5, 0, "3072 | 1 | E", "1024f +1024f +1024f =0 | 1f =0 | 0fe =0",
         "1024f +1024f =1024 | +1024f =1 | +1e =0", NULL},
        {5, 0, "1024 | 1024 | 1024 | E", "1024f =0 | 1024f =0 | 1024f =0 | 0fe =0",
         "=1024 | 1024f =1024 | +1024f =1024 | +1024e =0", NULL},
        {5, 0, "1", "1f =0", "=1", NULL},
        {5, 0, "1 E", "1fe =0", "1e =0", NULL},
        {5, 0, "1 F", "1f =0", "1f =0", NULL},
        /* with a burst, chunk + burst */
        {5, 1, "2048", "2048f =0", "=2048", NULL},
        {5, 1, "2049", "2048f +1f =0", "2048f =1", NULL},
    };

    check_rows(rows, COUNT(rows));
}

static void brigades_may_be_empty(void **state)
{
    (void)state;
    static const struct text_row rows[] = {
        {5, 0, "", "=0", "=0", NULL},
        {5, 0, "| 10 || E", "=0 | 10f =0 | =0 | 0fe =0", "=0 | =10 | =10 | 10e =0", NULL},
        {5, 0, "0", "0f =0", "=0", NULL}, /* held: nothing that can be seen */
        {5, 0, "0 E", "0fe =0", "0e =0", NULL},
        /* empty data after a whole piece is a remainder, so httpd does not wait */
        {5, 0, "1024 0", "1024f +0f =0", "1024f =0", NULL},
        {5, 0, "1024 0 | 5", "1024f +0f =0 | 5f =0", "1024f =0 | =5", NULL},
        {5, 0, "0 1024", "1024f =0", "=1024", NULL},
        /* fixed spends its burst again on what is held: 3072 - 1000 - 1000 - 1000, and 72 */
        {5, 3, "1000 ||| 96 | 1", "1000f =0 | =0 | =0 | 96f =0 | 1f =0",
         "=1000 | =1000 | =1000 | =1096 | 1024f =73", "=1000 | =1000 | =1000 | =1096 | =1097"},
    };

    check_rows(rows, COUNT(rows));
}

static void eos_at_the_end_passes_all_and_removes(void **state)
{
    (void)state;
    static const struct text_row rows[] = {
        {5, 0, "E", "0fe =0", "0e =0", NULL},
        {5, 0, "3000 E", "1024f +1024f +952fe =0", "1024f +1024f +952e =0", NULL},
        /* naive cuts before an EOS after a whole piece: one more sleep, without effect */
        {5, 0, "1024 E", "1024f +0fe =0", "1024e =0", NULL},
        {5, 0, "2048 F E", "1024f +1024f +0fe =0", "1024f +1024e =0", NULL},
        /* afterwards fixed is not there any more; naive is */
        {5, 0, "10 E | 5000 F | 3000 E | 7",
         "10fe =0 | 1024f +1024f +1024f +1024f +904f =0 | "
         "1024f +1024f +952fe =0 | 7f =0",
         "10e =0 | 5000fu =0 | 3000eu =0 | 7u =0", NULL},
        {5, 0, "10 E || 1 < 2 > F 3", "10fe =0 | =0 | 1f 2fu +3f =0", "10e =0 | =0 | 6u =0", NULL},
    };

    check_rows(rows, COUNT(rows));
}

static void eos_elsewhere_is_not_the_end(void **state)
{
    (void)state;
    static const struct text_row rows[] = {
        /* within a piece: held, and nothing happens until an EOS is the last element */
        {5, 0, "10 E 20", "30fe =0", "=30", NULL},
        {5, 0, "10 E 20 | E", "30fe =0 | 0fe =0", "=30 | 30e =0", NULL},
        /* after a whole piece: the filter is removed, and what it still cuts has no other way
         * out */
        {5, 0, "1024 E 20 | 5", "1024f +20fe =0 | 5f =0", "1024e =20 | 5u =20", NULL},
        {5, 0, "1024 E 1025 | 5 E", "1024f +1024fe +1f =0 | 5fe =0", "1024e +1024f =1 | 5eu =1",
         NULL},
        {5, 0, "1024 E 20 F | 5", "1024f +20fe =0 | 5f =0", "1024e +20f =0 | 5u =0", NULL},
        /* at full speed it is passed on, and the filter stays */
        {5, 0, "< 10 E | > 1025", "10feu =0 | 0fu 1024f +1f =0", "10feu =0 | 0fu 1024f =1", NULL},
    };

    check_rows(rows, COUNT(rows));
}

static void flush_at_the_end_passes_all(void **state)
{
    (void)state;
    static const struct text_row rows[] = {
        {5, 0, "F", "0f =0", "0f =0", NULL},
        {5, 0, "100 F | 100 F | 100 F", "100f =0 | 100f =0 | 100f =0",
         "100f =0 | +100f =0 | +100f =0", NULL},
        {5, 0, "100 | F", "100f =0 | 0f =0", "=100 | 100f =0", NULL},
        /* not at the end: held with what surrounds it, or passed within a piece */
        {5, 0, "100 F 50", "150f =0", "=150", NULL},
        {5, 0, "100 F 100 F 100 F", "300f =0", "300f =0", NULL},
        {5, 0, "100 F 50 | 1000", "150f =0 | 1000f =0", "=150 | 1024f =126", NULL},
        /* directly after a whole piece: passed with it, naive makes another piece of it */
        {5, 0, "1024 F", "1024f +0f =0", "1024f =0", NULL},
        {5, 0, "1024 F 10", "1024f +10f =0", "1024f =10", NULL},
        {5, 0, "1025 F", "1024f +1f =0", "1024f +1f =0", NULL},
    };

    check_rows(rows, COUNT(rows));
}

static void full_speed_is_between_its_markers(void **state)
{
    (void)state;
    static const struct text_row rows[] = {
        {5, 0, "< 9000 > 1025 E", "9000fu 1024f +1fe =0", "9000fu 1024f +1e =0", NULL},
        /* over brigades */
        {5, 0, "< 9000 | 9000 | 9000 > 1025 | E",
         "9000fu =0 | 9000fu =0 | 9000fu 1024f +1f =0 | 0fe =0",
         "9000fu =0 | 9000fu =0 | 9000fu 1024f =1 | +1e =0", NULL},
        /* what is held goes along; a piece at full speed needs no sleep and makes none */
        {5, 0, "3000 < 9000 > 3000 E", "1024f +1024f +952f 9000fu +1024f +1024f +952fe =0",
         "1024f +1024f 9952fu +1024f +1024f +952e =0", NULL},
        {5, 0, "10 < 9000 > 20 E", "10f 9000fu +20fe =0", "9010fu 20e =0", NULL},
        {5, 0, "10 | < 9000 > 20 E", "10f =0 | 9000fu 20fe =0", "=10 | 9010fu 20e =0", NULL},
        /* a whole piece is held, too */
        {5, 0, "1024 < 1 > E", "1024f 1fu +0fe =0", "1025fu 0e =0", NULL},
        /* a FLUSH before the marker is the last element of its section */
        {5, 0, "10 F < 9000 > 20 F", "10f 9000fu +20f =0", "10f 9000fu +20f =0", NULL},
        /* several sections; a marker that changes nothing is an element like others */
        {5, 0, "< 1 > F < 2 > F < 3", "1fu 0f 2fu +0f 3fu =0", "1fu 0f 2fu +0f 3fu =0", NULL},
        {5, 0, "> 5 F", "5f =0", "5f =0", NULL},
        {5, 0, "< 5 < 6 > 7 > 8 F", "11fu 15f =0", "11fu 15f =0", NULL},
        {5, 0, "< | > F", "0fu =0 | 0fu 0f =0", "0fu =0 | 0fu 0f =0", NULL},
        {5, 0, "1024 > 5 F", "1024f +5f =0", "1024f +5f =0", NULL},
    };

    check_rows(rows, COUNT(rows));
}

/* Between two sections at full speed there is at most a piece: fixed sends a FLUSH and hangs. */
static void short_limited_sections_hang_fixed(void **state)
{
    (void)state;
    static const struct text_row rows[] = {
        {5, 0, "< 1 > 10 < 2 > 3 E", "1fu 10f 2fu +3fe =0", "1fu 0fu =15!", "1fu 12fu 3e =0"},
        {5, 0, "< 1 > 1024 < 2 > 3 E", "1fu 1024f 2fu +3fe =0", "1fu 0fu =1029!",
         "1fu 1026fu 3e =0"},
        /* a byte more, and the RL_END goes with the piece */
        {5, 0, "< 1 > 1025 < 2 > 3 E", "1fu 1024f +1f 2fu +3fe =0", "1fu 1024f 3fu +3e =0", NULL},
        /* nothing between them, over brigades; what comes later is never looked at */
        {5, 0, "< 1 > | < 2 | 3 E", "1fu 0f =0 | 2fu =0 | 3feu =0", "1fu =0 | 0fu =2! | =5!",
         "1fu =0 | 2fu =0 | 3feu =0"},
        /* what is before the held RL_END still gets out */
        {5, 0, "10 > 20 < 1 > 2 E", "30f 1fu +2fe =0", "10fu 0fu =23!", "31fu 2e =0"},
        /* a burst is spent by each round: 1024 - 1500 leaves none, and 1500 do not fit 1024 */
        {5, 1, "< 1 > 1500 < 2 > F", "1fu 1500f 2fu +0f =0", "1fu 0fu 1024f 478fu +0f =0",
         "1fu 1502fu 0f =0"},
        /* 1024 - 300 - 300 - 300 - 300: none left in the fourth round, and 300 still fit 1024 */
        {5, 1, "< 1 > 300 < 2 > F", "1fu 300f 2fu +0f =0", "1fu 0fu 0fu 0fu 0fu =302!",
         "1fu 302fu 0f =0"},
    };

    check_rows(rows, COUNT(rows));
}

/* Limited data in portions of two pieces, each before an empty section at full speed: the first
 * piece sleeps, the second is held, then let go unlimited. 100 portions of 24576 need 39.8 s at the
 * limit and take 19.8 s; of portions of one piece corrected (fixed hangs) has no sleep at all. */
static void full_speed_sections_let_held_data_escape(void **state)
{
    (void)state;
    static const struct {
        enum mod_ratelimit_variant variant;
        uint64_t portion_bytes, sleeps;
    } rows[] = {
        {MOD_RATELIMIT_NAIVE, 24576, 200}, /* three pieces each, one of only an RL_END */
        {MOD_RATELIMIT_FIXED, 24576, 99},
        {MOD_RATELIMIT_CORRECTED, 24576, 99},
        {MOD_RATELIMIT_CORRECTED, 12288, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct mod_ratelimit_item items[] = {
            data(rows[i].portion_bytes), marker(MOD_RATELIMIT_START), marker(MOD_RATELIMIT_END)};
        struct mod_ratelimit *response = make(60, 0, rows[i].variant);
        struct tally tally = {0};
        for (int k = 0; k < 100; k++)
            give(response, &tally, items, COUNT(items));
        assert_int_equal(tally.bytes, 100 * rows[i].portion_bytes);
        assert_int_equal(tally.sleeps, rows[i].sleeps);
        mod_ratelimit_free(response);
    }
}

/* --- the initial burst ------------------------------------------------------------------- */

static void bursts_are_spent_by_pieces(void **state)
{
    (void)state;
    /* chunk 1024, initial burst 4096; every piece ends with its own FLUSH */
    static const struct {
        uint64_t bytes, burst_bytes; /* of a piece; left after it */
    } rows[] = {
        {0, 4096}, {1, 4095}, {1000, 3095}, /* less than a chunk, and spent all the same */
        {3094, 1}, {1, 0},                  /* 1 < 1 is false: nothing left */
        {500, 0},
    };

    for (size_t v = 0; v < COUNT(variants); v++) {
        struct mod_ratelimit *response = make(5, 4, variants[v]);
        struct tally tally = {0};
        assert_int_equal(mod_ratelimit_burst_bytes(response), 4096);
        for (size_t i = 0; i < COUNT(rows); i++) {
            struct mod_ratelimit_item items[] = {data(rows[i].bytes), marker(MOD_RATELIMIT_FLUSH)};
            give(response, &tally, items, COUNT(items));
            assert_int_equal(mod_ratelimit_burst_bytes(response), rows[i].burst_bytes);
        }
        assert_int_equal(tally.pieces, COUNT(rows));
        mod_ratelimit_free(response);
    }
}

static void bursts_make_pieces_larger(void **state)
{
    (void)state;
    static const struct text_row rows[] = {
        /* 1024 + 4096, then 1024 each */
        {5, 4, "10000 E", "5120f +1024f +1024f +1024f +1024f +784fe =0",
         "5120f +1024f +1024f +1024f +1024f +784e =0", NULL},
        /* 1000 passed leave 3096: 4120 */
        {5, 4, "1000 F | 10000 E", "1000f =0 | 4120f +1024f +1024f +1024f +1024f +1024f +760fe =0",
         "1000f =0 | +4120f +1024f +1024f +1024f +1024f +1024f +760e =0", NULL},
        /* 1000 held: 4096 - 1000 = 3096 for fixed, which then cuts 4120 of 11000 */
        {5, 4, "1000 | 10000 E", "1000f =0 | 4120f +1024f +1024f +1024f +1024f +1024f +760fe =0",
         "=1000 | 4120f +1024f +1024f +1024f +1024f +1024f +1024f +736e =0",
         "=1000 | 5120f +1024f +1024f +1024f +1024f +1024f +760e =0"},
        /* held bytes that leave at full speed have cost fixed its burst, naive's were limited */
        {5, 4, "4000 < 1 > 5000 E", "4000f 1fu +1120f +1024f +1024f +1024f +808fe =0",
         "4001fu 1120f +1024f +1024f +1024f +808e =0", "4001fu 5000e =0"},
    };

    check_rows(rows, COUNT(rows));
}

/* --- M1 to M6 ---------------------------------------------------------------------------- */

/* M1 in figures: a steady stream of brigades of B bytes, 100 of them. */
static void naive_exceeds_the_limit_by_its_formula(void **state)
{
    (void)state;
    static const struct {
        int64_t rate_kib_per_s;
        uint64_t chunk_bytes, brigade_bytes;
        uint64_t sleeps;      /* for each brigade: ceil(B / C) - 1; 0: unlimited */
        uint64_t bytes_per_s; /* B * 5 / sleeps */
        uint64_t permille;    /* of 5 C, rounded */
    } rows[] = {
        {10, 2048, 8192, 3, 13653, 1333}, /* (8192 / 2048) / 3 = 4/3 */
        {20, 4096, 8192, 1, 40960, 2000}, /* (8192 / 4096) / 1 = 2 */
        {39, 7987, 8192, 1, 40960, 1026}, /* 8192 / 7987 = 1.0257 */
        {40, 8192, 8192, 0, 0, 0},        /* B <= C: never a sleep */
        {60, 12288, 8192, 0, 0, 0},         {512, 104857, 8192, 0, 0, 0},
        {40, 8192, 10240, 1, 51200, 1250},  /* 10240 each 200 ms where 40960 B/s were asked for */
        {40, 8192, 8193, 1, 40965, 1000},   /* 8193 / 8192: one byte above is nearly right */
        {40, 8192, 16384, 1, 81920, 2000},  /* two whole pieces, one sleep */
        {60, 12288, 38400, 3, 64000, 1042}, /* 3.125 / 3 */
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mod_ratelimit_config config = {rows[i].rate_kib_per_s, 0, MOD_RATELIMIT_NAIVE};
        struct mod_ratelimit *response = make(rows[i].rate_kib_per_s, 0, MOD_RATELIMIT_NAIVE);
        struct tally tally = {0};
        uint64_t chunk = mod_ratelimit_chunk_bytes(&config);
        assert_int_equal(chunk, rows[i].chunk_bytes);
        for (int k = 0; k < 100; k++)
            give_data(response, &tally, rows[i].brigade_bytes);
        mod_ratelimit_free(response);
        assert_int_equal(tally.bytes, 100 * rows[i].brigade_bytes);
        assert_int_equal(tally.sleeps, 100 * rows[i].sleeps);
        if (tally.sleeps == 0)
            continue;
        assert_int_equal(tally.bytes * 5 / tally.sleeps, rows[i].bytes_per_s);
        assert_int_equal((tally.bytes * 2000 / (chunk * tally.sleeps) + 1) / 2, rows[i].permille);
    }
}

/* Fixed keeps to the limit where naive does not: 100 brigades make floor((100 B - 1) / C) pieces.
 */
static void fixed_keeps_to_the_limit(void **state)
{
    (void)state;
    static const struct {
        int64_t rate_kib_per_s;
        uint64_t chunk_bytes, brigade_bytes, pieces, held_bytes;
    } rows[] = {
        {10, 2048, 8192, 399, 2048},   /* 819200 = 400 * 2048: the last whole piece is held */
        {20, 4096, 8192, 199, 4096},   /* 200 * 4096 */
        {39, 7987, 8192, 102, 4526},   /* 819200 - 102 * 7987 = 4526 */
        {40, 8192, 8192, 99, 8192},    /* 100 * 8192 */
        {60, 12288, 8192, 66, 8192},   /* 819200 - 66 * 12288 = 8192 */
        {40, 8192, 10240, 124, 8192},  /* 1024000 = 125 * 8192 */
        {512, 104857, 8192, 7, 85201}, /* 819200 - 7 * 104857 = 85201 */
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t v = 1; v < COUNT(variants); v++) {
            struct mod_ratelimit *response = make(rows[i].rate_kib_per_s, 0, variants[v]);
            struct tally tally = {0};
            for (int k = 0; k < 100; k++)
                give_data(response, &tally, rows[i].brigade_bytes);
            assert_int_equal(tally.pieces, rows[i].pieces);
            assert_int_equal(tally.sleeps, rows[i].pieces - 1);
            assert_int_equal(tally.bytes, rows[i].pieces * rows[i].chunk_bytes);
            assert_int_equal(mod_ratelimit_held_bytes(response), rows[i].held_bytes);
            mod_ratelimit_free(response);
        }
}

/* M1, PR 62362: 10 MiB at 512 KiB/s. As a static file, one brigade: 100 pieces of 104857, one of
 * the remaining 60, and 100 sleeps: 20 s = 10485760 / 524288. Proxied, 1280 brigades of 8192: naive
 * never sleeps, fixed takes the same 20 s. */
static void m1_proxied_content_is_not_limited(void **state)
{
    (void)state;
    static const struct {
        enum mod_ratelimit_variant variant;
        uint64_t brigade_bytes, pieces, sleeps;
    } rows[] = {
        {MOD_RATELIMIT_NAIVE, 10485760, 102, 100}, /* the EOS is a separate brigade here */
        {MOD_RATELIMIT_NAIVE, 8192, 1281, 0},      {MOD_RATELIMIT_FIXED, 10485760, 101, 100},
        {MOD_RATELIMIT_FIXED, 8192, 101, 100},     {MOD_RATELIMIT_CORRECTED, 10485760, 101, 100},
        {MOD_RATELIMIT_CORRECTED, 8192, 101, 100},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mod_ratelimit *response = make(512, 0, rows[i].variant);
        struct tally tally = {0};
        for (uint64_t left = 10485760; left > 0; left -= rows[i].brigade_bytes)
            give_data(response, &tally, rows[i].brigade_bytes);
        give_eos(response, &tally);
        assert_int_equal(tally.bytes, 10485760);
        assert_int_equal(tally.pieces, rows[i].pieces);
        assert_int_equal(tally.sleeps, rows[i].sleeps);
        mod_ratelimit_free(response);
    }
}

/*
 * M2, PR 62568: the header of 300 bytes is the first brigade, and only when that was handed over is
 * the chunked encoding put behind the filter. Fixed holds the header, so the encoder sees it: its
 * first piece of 12288 = 0x3000 bytes is sent as 6 + 12288 + 2, with 300 bytes of header inside.
 * With the filter behind the encoder (2.4.35) a held header comes to no harm: what the encoder made
 * of a body brigade is 6 + 8192 + 2 bytes, and 300 + 8200 + 3788 the first piece.
 */
static void m2_a_held_header_is_encoded_as_body(void **state)
{
    (void)state;
    static const struct {
        enum mod_ratelimit_variant variant;
        bool encodes_first;
        uint64_t header_encoded_bytes, first_body_piece_bytes;
    } rows[] = {
        {MOD_RATELIMIT_NAIVE, false, 0, 8192},        {MOD_RATELIMIT_NAIVE, true, 0, 8200},
        {MOD_RATELIMIT_FIXED, false, 300, 12288},     {MOD_RATELIMIT_FIXED, true, 0, 12288},
        {MOD_RATELIMIT_CORRECTED, false, 300, 12288}, {MOD_RATELIMIT_CORRECTED, true, 0, 12288},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mod_ratelimit *response = make(60, 0, rows[i].variant);
        struct tally header = {0}, body = {0};
        uint64_t overhead = rows[i].encodes_first ? strlen("2000\r\n\r\n") : 0;
        give_data(response, &header, 300);
        uint64_t seen_by_encoder = rows[i].encodes_first ? 0 : mod_ratelimit_held_bytes(response);
        give_data(response, &body, 8192 + overhead);
        give_data(response, &body, 8192 + overhead);
        assert_int_equal(header.bytes, rows[i].variant == MOD_RATELIMIT_NAIVE ? 300 : 0);
        assert_int_equal(seen_by_encoder, rows[i].header_encoded_bytes);
        assert_int_equal(body.first_bytes, rows[i].first_body_piece_bytes);
        mod_ratelimit_free(response);
    }
}

/* M3, PR 63192: an answer without an EOS is never sent, however often the filter is called. */
static void m3_without_eos_a_stream_never_drains(void **state)
{
    (void)state;

    for (size_t v = 1; v < COUNT(variants); v++) {
        struct mod_ratelimit *response = make(60, 0, variants[v]);
        struct tally tally = {0};
        give_data(response, &tally, 280); /* the header of an answer to HEAD */
        for (int i = 0; i < 1000; i++)
            give(response, &tally, NULL, 0);
        assert_int_equal(tally.pieces, 0);
        assert_int_equal(mod_ratelimit_held_bytes(response), 280);
        for (int i = 0; i < 12008; i++) /* up to exactly a piece, byte by byte */
            give_data(response, &tally, 1);
        assert_int_equal(tally.pieces, 0);
        assert_int_equal(mod_ratelimit_held_bytes(response), 12288);
        give_eos(response, &tally); /* r1854004: lets the EOS through */
        assert_int_equal(tally.bytes, 12288);
        assert_int_equal(mod_ratelimit_held_bytes(response), 0);
        assert_true(mod_ratelimit_is_removed(response));
        mod_ratelimit_free(response);
    }
}

/*
 * M5: limit 60 (chunk 12 KiB), initial burst 120 KiB, brigades of b KiB. While n * b are held,
 * fixed spends b, 2b, 3b .. of the burst, n (n + 1) / 2 * b in all. What the first piece has above
 * a chunk is the burst that a client gets.
 */
static void m5_small_brigades_lose_the_burst(void **state)
{
    (void)state;
    static const struct {
        uint64_t brigade_kib;
        uint64_t fixed_kib;          /* of the burst in the first piece */
        uint64_t fixed_brigades;     /* until there is a first piece */
        uint64_t corrected_brigades; /* the first with more than 132 KiB */
    } rows[] = {
        {1, 0, 16, 133},  /* 1 + 2 + .. + 15 = 120: none left with 15 held; 16 > 12 */
        {8, 0, 6, 17},    /* 8 + 16 + 24 + 32 = 80, 40 held spend the rest */
        {40, 0, 3, 4},    /* 120 - 40 = 80; 80 held <= 92, none left */
        {44, 0, 3, 4},    /* 76; 88 held <= 88, none left */
        {45, 75, 2, 3},   /* 75; 90 > 12 + 75 */
        {60, 60, 2, 3},   /* 60; 120 > 72 */
        {64, 56, 2, 3},   /* 56; 128 > 68 */
        {100, 20, 2, 2},  /* 20; 200 > 32 */
        {119, 1, 2, 2},   /* 1; 238 > 13 */
        {120, 0, 2, 2},   /* 120 held spend it all */
        {132, 0, 2, 2},   /* chunk + burst exactly: held all the same */
        {133, 120, 1, 1}, /* more than a piece: nothing is held before it */
        {1024, 120, 1, 1},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t v = 1; v < COUNT(variants); v++) {
            bool is_fixed = variants[v] == MOD_RATELIMIT_FIXED;
            struct mod_ratelimit *response = make(60, 120, variants[v]);
            struct tally tally = {0};
            uint64_t brigades = 0;
            for (; tally.pieces == 0; brigades++)
                give_data(response, &tally, rows[i].brigade_kib * KIB);
            assert_int_equal(tally.first_bytes, (12 + (is_fixed ? rows[i].fixed_kib : 120)) * KIB);
            assert_int_equal(brigades,
                             is_fixed ? rows[i].fixed_brigades : rows[i].corrected_brigades);
            assert_int_equal(mod_ratelimit_burst_bytes(response), 0);
            mod_ratelimit_free(response);
        }
}

/* The same in the bytes of the first second, five pieces: 5 * 12 KiB and what is left of 120. Naive
 * has no burst to lose: brigades below a piece are not limited at all. */
static void m5_in_the_first_second(void **state)
{
    (void)state;
    static const struct {
        enum mod_ratelimit_variant variant;
        uint64_t kib;
    } rows[] = {{MOD_RATELIMIT_FIXED, 60}, {MOD_RATELIMIT_CORRECTED, 180}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mod_ratelimit *response = make(60, 120, rows[i].variant);
        struct tally tally = {0};
        while (tally.pieces < 5)
            give_data(response, &tally, 1 * KIB);
        assert_int_equal(tally.bytes, rows[i].kib * KIB);
        assert_int_equal(tally.sleeps, 4); /* at 0, 200, 400, 600, 800 ms */
        mod_ratelimit_free(response);
    }
}

/* M6: 51 brigades with a FLUSH at their end, limit 60. Fixed sends each at once but 200 ms after
 * the one before: 5 a second, whatever their bytes, and a byte above a piece makes that 2.5. */
static void m6_flushes_are_sent_five_times_a_second(void **state)
{
    (void)state;
    static const struct {
        uint64_t brigade_bytes, fixed_sleeps, naive_sleeps;
    } rows[] = {
        {0, 50, 0},        /* nothing at all takes 10 s */
        {1, 50, 0},        /* 5 B/s */
        {100, 50, 0},      /* 500 B/s of 61440 */
        {12288, 50, 51},   /* the limit; naive makes pieces of 12288 and of the FLUSH alone */
        {12289, 101, 51},  /* 12288 and 1: half the limit */
        {24576, 101, 102}, /* the limit again */
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t v = 0; v < COUNT(variants); v++) {
            const struct mod_ratelimit_item items[] = {data(rows[i].brigade_bytes),
                                                       marker(MOD_RATELIMIT_FLUSH)};
            struct mod_ratelimit *response = make(60, 0, variants[v]);
            struct tally tally = {0};
            for (int k = 0; k < 51; k++)
                give(response, &tally, items, COUNT(items));
            assert_int_equal(tally.bytes, 51 * rows[i].brigade_bytes);
            assert_int_equal(mod_ratelimit_held_bytes(response), 0);
            assert_int_equal(tally.sleeps, variants[v] == MOD_RATELIMIT_NAIVE
                                               ? rows[i].naive_sleeps
                                               : rows[i].fixed_sleeps);
            mod_ratelimit_free(response);
        }
}

/* --- the object -------------------------------------------------------------------------- */

/* Two responses to one client have the limit each. */
static void responses_share_nothing(void **state)
{
    (void)state;

    for (size_t v = 0; v < COUNT(variants); v++) {
        struct mod_ratelimit *one = make(60, 12, variants[v]);
        struct mod_ratelimit *two = make(60, 12, variants[v]);
        struct mod_ratelimit_item item = data(100000);
        struct mod_ratelimit_piece piece_one, piece_two;
        uint64_t pieces = 0;

        assert_int_equal(mod_ratelimit_give(one, &item, 1), SHAPER_OK);
        assert_true(mod_ratelimit_next(one, &piece_one));
        assert_int_equal(mod_ratelimit_give(two, &item, 1), SHAPER_OK);
        for (; mod_ratelimit_next(two, &piece_two); pieces++) {
            assert_int_equal(piece_two.sleep_us, pieces == 0 ? 0 : 200000);
            assert_int_equal(piece_two.bytes, piece_one.bytes);
            if (!mod_ratelimit_next(one, &piece_one))
                piece_one = (struct mod_ratelimit_piece){0};
        }
        /* 24576 + 6 * 12288 = 98304; naive has a piece of the last 1696 */
        assert_int_equal(pieces, variants[v] == MOD_RATELIMIT_NAIVE ? 8 : 7);
        assert_int_equal(mod_ratelimit_held_bytes(one), mod_ratelimit_held_bytes(two));
        mod_ratelimit_free(two);
        mod_ratelimit_free(one);
    }
}

static void no_piece_leaves_everything_as_it_is(void **state)
{
    (void)state;
    struct mod_ratelimit *response = make(5, 0, MOD_RATELIMIT_FIXED);
    struct mod_ratelimit_item item = data(10);
    struct mod_ratelimit_piece piece = {.sleep_us = -1, .bytes = 77, .has_eos = true};

    mod_ratelimit_free(NULL);
    assert_false(mod_ratelimit_next(response, &piece)); /* before the first brigade */
    assert_int_equal(mod_ratelimit_give(response, &item, 1), SHAPER_OK);
    assert_int_equal(mod_ratelimit_held_bytes(response), 10); /* before the first question */
    assert_false(mod_ratelimit_next(response, &piece));
    assert_false(mod_ratelimit_next(response, &piece));
    assert_true(piece.sleep_us == -1 && piece.bytes == 77 && piece.has_eos);

    /* more items than there is memory for: refused before they are looked at */
    assert_int_equal(mod_ratelimit_give(response, &item, SIZE_MAX / 2), SHAPER_ERROR_MEMORY);
    assert_int_equal(mod_ratelimit_held_bytes(response), 10);
    assert_false(mod_ratelimit_next(response, &piece));
    assert_int_equal(mod_ratelimit_give(response, &item, 1), SHAPER_OK);
    assert_false(mod_ratelimit_next(response, &piece));
    assert_int_equal(mod_ratelimit_held_bytes(response), 20);
    mod_ratelimit_free(response);
}

/* A response may end, and be freed, while the filter still has pieces. */
static void a_response_may_be_freed_at_any_time(void **state)
{
    (void)state;
    struct mod_ratelimit *response = make(1, 0, MOD_RATELIMIT_NAIVE);
    struct mod_ratelimit_item item = data(UINT64_C(1) << 50);
    struct mod_ratelimit_piece piece;

    assert_int_equal(mod_ratelimit_give(response, &item, 1), SHAPER_OK);
    assert_true(mod_ratelimit_next(response, &piece));
    assert_int_equal(piece.bytes, 204);
    assert_int_equal(mod_ratelimit_held_bytes(response), (UINT64_C(1) << 50) - 204);
    mod_ratelimit_free(response);
}

/* --- random brigades --------------------------------------------------------------------- */

static uint32_t random_below(uint64_t *random_state, uint32_t below)
{
    *random_state = *random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*random_state >> 33) % below;
}

/*
 * The filter again, in the plain form of its description: lists of buckets that are moved from one
 * to another, nothing joined, one call for each brigade.
 */
#define LIST_MAX 4096

struct list {
    struct mod_ratelimit_item at[LIST_MAX];
    size_t count;
};

struct reference {
    enum mod_ratelimit_variant variant;
    uint64_t chunk_bytes, burst_bytes;
    bool is_full_speed, has_slept, is_removed, is_stuck;
    struct list input, work, rest;
    uint64_t lost_bytes;
    struct mod_ratelimit_piece pieces[PIECES_MAX]; /* of the last call */
    size_t piece_count;
};

static void list_add(struct list *list, struct mod_ratelimit_item item)
{
    assert_true(list->count < LIST_MAX);
    list->at[list->count++] = item;
}

static void list_move(struct list *to, struct list *from)
{
    for (size_t i = 0; i < from->count; i++)
        list_add(to, from->at[i]);
    from->count = 0;
}

/* Everything from the item at `i` on. */
static void list_split(struct list *list, size_t i, struct list *to)
{
    assert_int_equal(to->count, 0);
    for (size_t k = i; k < list->count; k++)
        list_add(to, list->at[k]);
    list->count = i;
}

static uint64_t list_bytes(const struct list *list)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < list->count; i++)
        bytes += list->at[i].bytes;
    return bytes;
}

static size_t list_find(const struct list *list, enum mod_ratelimit_element element)
{
    size_t i = 0;

    while (i < list->count && list->at[i].element != element)
        i++;
    return i;
}

/* Cuts a bucket in two where needed; the first bucket after `bytes`, or the list's end. */
static size_t list_partition(struct list *list, uint64_t bytes)
{
    for (size_t i = 0; i < list->count; i++) {
        uint64_t here = list->at[i].bytes;
        if (bytes < here) {
            list_add(list, data(0));
            memmove(&list->at[i + 1], &list->at[i], (list->count - 1 - i) * sizeof(list->at[0]));
            list->at[i].bytes = bytes;
            list->at[i + 1].bytes = here - bytes;
            return i + 1;
        }
        if (bytes == here)
            return i + 1;
        bytes -= here;
    }
    return list->count;
}

static void reference_pass(struct reference *reference, struct list *list, bool is_limited,
                           bool sleeps)
{
    struct mod_ratelimit_piece *piece = &reference->pieces[reference->piece_count++];
    size_t eos = list_find(list, MOD_RATELIMIT_EOS);

    assert_true(reference->piece_count < PIECES_MAX);
    *piece = (struct mod_ratelimit_piece){
        .sleep_us = sleeps ? 200000 : 0,
        .bytes = list_bytes(list),
        .is_limited = is_limited,
        .is_flushed = list->at[list->count - 1].element == MOD_RATELIMIT_FLUSH,
        .has_eos = eos < list->count,
    };
    list->count = 0;
}

static void reference_spend(struct reference *reference, uint64_t bytes)
{
    if (bytes < reference->burst_bytes)
        reference->burst_bytes -= bytes;
    else
        reference->burst_bytes = 0;
}

static void reference_naive(struct reference *reference, bool *do_sleep)
{
    struct list *input = &reference->input, *work = &reference->work;

    while (input->count > 0) {
        bool sleeps = *do_sleep;
        *do_sleep = true;
        list_move(work, input);
        list_split(work, list_partition(work, reference->chunk_bytes + reference->burst_bytes),
                   input);
        reference_spend(reference, list_bytes(work));
        list_add(work, marker(MOD_RATELIMIT_FLUSH));
        reference_pass(reference, work, true, sleeps);
    }
}

static void reference_fixed(struct reference *reference)
{
    struct list *input = &reference->input, *work = &reference->work;

    while (input->count > 0) {
        uint64_t want = reference->chunk_bytes + reference->burst_bytes;
        bool sleeps = reference->has_slept;
        list_move(work, input);
        size_t behind = list_partition(work, want);
        while (behind < work->count && work->at[behind].element != MOD_RATELIMIT_DATA)
            behind++;
        list_split(work, behind, input);
        if (input->count == 0)
            want = list_bytes(work);
        if (reference->variant == MOD_RATELIMIT_FIXED)
            reference_spend(reference, want);
        enum mod_ratelimit_element last = work->at[work->count - 1].element;
        if (last == MOD_RATELIMIT_EOS) {
            reference->is_removed = true;
        } else if (last != MOD_RATELIMIT_FLUSH) {
            if (input->count == 0)
                return;
            list_add(work, marker(MOD_RATELIMIT_FLUSH));
        }
        reference->has_slept = true;
        if (reference->variant == MOD_RATELIMIT_CORRECTED)
            reference_spend(reference, want);
        reference_pass(reference, work, true, sleeps);
    }
}

static void reference_call(struct reference *reference, const struct mod_ratelimit_item *items,
                           size_t count)
{
    struct list *input = &reference->input, *rest = &reference->rest;
    bool do_sleep = false;
    size_t held = 0; /* at the front of the input of a section at full speed */

    reference->piece_count = 0;
    list_move(input, rest);
    for (size_t i = 0; i < count; i++)
        list_add(input, items[i]);
    if (reference->is_removed) {
        if (input->count > 0)
            reference_pass(reference, input, false, false);
        return;
    }
    size_t spin_items = SIZE_MAX;
    uint64_t spin_burst_bytes = 0;
    while (input->count > 0) {
        if (reference->is_full_speed) {
            size_t end = list_find(input, MOD_RATELIMIT_END);
            if (reference->variant == MOD_RATELIMIT_CORRECTED)
                for (end = held; end < input->count; end++)
                    if (input->at[end].element == MOD_RATELIMIT_END)
                        break;
            if (end == 0) { /* as many items and as much burst as at the last time: for ever */
                reference->is_stuck =
                    input->count == spin_items && reference->burst_bytes == spin_burst_bytes;
                if (reference->is_stuck)
                    break;
                spin_items = input->count;
                spin_burst_bytes = reference->burst_bytes;
            }
            reference->is_full_speed = end == input->count;
            list_split(input, end, rest);
            list_add(input, marker(MOD_RATELIMIT_FLUSH));
            reference_pass(reference, input, false, false);
            held = 0;
        } else {
            size_t start = list_find(input, MOD_RATELIMIT_START);
            reference->is_full_speed = start < input->count;
            list_split(input, start, rest);
            if (reference->variant == MOD_RATELIMIT_NAIVE)
                reference_naive(reference, &do_sleep);
            else
                reference_fixed(reference);
        }
        if (rest->count > 0) {
            held = reference->work.count;
            list_move(input, &reference->work);
            list_move(input, rest);
        }
    }
    list_move(rest, reference->is_stuck ? input : &reference->work);
    if (reference->is_removed) {
        reference->lost_bytes += list_bytes(rest);
        rest->count = 0;
    }
}

static size_t random_brigade(uint64_t *random_state, struct mod_ratelimit_item *items, bool can_end,
                             bool has_sections)
{
    /* around a chunk of 204, and of 204 + 1024 */
    static const uint64_t edges[] = {0, 1, 2, 203, 204, 205, 408, 409, 1227, 1228, 1229};
    size_t count = random_below(random_state, 7);

    for (size_t i = 0; i < count; i++) {
        uint32_t kind = random_below(random_state, 100);
        if (kind < 35)
            items[i] = data(edges[random_below(random_state, COUNT(edges))]);
        else if (kind < 80)
            items[i] = data(random_below(random_state, 1500));
        else if (kind < 90 || (kind < 98 && !has_sections) || (kind >= 98 && !can_end))
            items[i] = marker(MOD_RATELIMIT_FLUSH);
        else if (kind < 92)
            items[i] = marker(MOD_RATELIMIT_START);
        else if (kind < 98)
            items[i] = marker(MOD_RATELIMIT_END);
        else
            items[i] = marker(MOD_RATELIMIT_EOS);
    }
    return count;
}

struct audit {
    uint64_t in_bytes, out_bytes;
    uint64_t limited_bytes, limited_pieces;
    uint64_t excess_bytes; /* limited bytes above the chunks, since that was 0 */
};

static void check_piece(struct audit *audit, const struct mod_ratelimit_piece *piece,
                        enum mod_ratelimit_variant variant, uint64_t initial_burst_bytes)
{
    const uint64_t chunk = 204;

    audit->out_bytes += piece->bytes;
    if (!piece->is_limited) {
        assert_int_equal(piece->sleep_us, 0);
        return;
    }
    if (variant == MOD_RATELIMIT_NAIVE)
        return;
    assert_int_equal(piece->sleep_us, audit->limited_pieces == 0 ? 0 : 200000);
    audit->limited_pieces++;
    audit->limited_bytes += piece->bytes;
    /* any k pieces in a row have at most k chunks and the initial burst */
    uint64_t level = audit->excess_bytes + piece->bytes;
    audit->excess_bytes = level > chunk ? level - chunk : 0;
    assert_true(audit->excess_bytes <= initial_burst_bytes);
}

/* Against the reference, piece by piece; conserved bytes; the bound on the rate. */
/* Hands a brigade to both; returns the number of pieces. */
static size_t expect_same_pieces(struct mod_ratelimit *response, struct reference *reference,
                                 const struct mod_ratelimit_item *items, size_t count,
                                 struct audit *audit, uint64_t burst_bytes)
{
    struct mod_ratelimit_piece piece;
    size_t k = 0;

    for (size_t i = 0; i < count; i++)
        audit->in_bytes += items[i].bytes;
    reference_call(reference, items, count);
    assert_int_equal(mod_ratelimit_give(response, items, count), SHAPER_OK);
    for (; mod_ratelimit_next(response, &piece); k++) {
        const struct mod_ratelimit_piece *expected = &reference->pieces[k];
        assert_true(k < reference->piece_count);
        assert_int_equal(piece.bytes, expected->bytes);
        assert_int_equal(piece.sleep_us, expected->sleep_us);
        assert_int_equal(piece.is_limited, expected->is_limited);
        assert_int_equal(piece.is_flushed, expected->is_flushed);
        assert_int_equal(piece.has_eos, expected->has_eos);
        check_piece(audit, &piece, reference->variant, burst_bytes);
        assert_int_equal(audit->in_bytes, audit->out_bytes + mod_ratelimit_held_bytes(response));
    }
    assert_int_equal(k, reference->piece_count);
    assert_int_equal(mod_ratelimit_held_bytes(response),
                     list_bytes(&reference->rest) + reference->lost_bytes);
    assert_int_equal(mod_ratelimit_burst_bytes(response), reference->burst_bytes);
    assert_int_equal(mod_ratelimit_is_removed(response), reference->is_removed);
    assert_int_equal(mod_ratelimit_is_stuck(response), reference->is_stuck);
    return k;
}

static void random_brigades(void **state)
{
    (void)state;
    static struct reference reference; /* large */
    uint64_t random_state = 20180621;
    uint64_t pieces = 0, held_calls = 0, stranded = 0, removed = 0, stuck = 0;

    for (unsigned run = 0; run < 6000; run++) {
        enum mod_ratelimit_variant variant = variants[run % 3];
        uint32_t burst_kib = random_below(&random_state, 4);
        bool can_end = random_below(&random_state, 2);
        bool has_sections = random_below(&random_state, 2);
        struct mod_ratelimit *response = make(1, burst_kib, variant);
        struct audit audit = {0};
        reference = (struct reference){
            .variant = variant, .chunk_bytes = 204, .burst_bytes = burst_kib * KIB};

        for (int call = 0; call < 40; call++) {
            struct mod_ratelimit_item items[8];
            size_t count = random_brigade(&random_state, items, can_end, has_sections);
            pieces +=
                expect_same_pieces(response, &reference, items, count, &audit, burst_kib * KIB);
            held_calls += mod_ratelimit_held_bytes(response) > 0;
            if (reference.is_stuck) {
                assert_int_equal(variant, MOD_RATELIMIT_FIXED);
                break;
            }
        }
        /* nothing is held beyond a piece, unless it was stranded; naive holds nothing */
        if (variant == MOD_RATELIMIT_NAIVE)
            assert_int_equal(mod_ratelimit_held_bytes(response), 0);
        else if (!mod_ratelimit_is_removed(response) && !mod_ratelimit_is_stuck(response))
            assert_true(mod_ratelimit_held_bytes(response) <= 204 + burst_kib * KIB);
        stuck += mod_ratelimit_is_stuck(response);
        removed += mod_ratelimit_is_removed(response);
        stranded += mod_ratelimit_is_removed(response) && mod_ratelimit_held_bytes(response) > 0;
        mod_ratelimit_free(response);
    }
    assert_true(pieces > 100000 && held_calls > 10000 && removed > 500 && stranded > 10 &&
                stuck > 100);
}

/* However a response of T bytes is cut into brigades and buckets, what fixed makes of it is one
 * brigade's: ceil(T / C) pieces, the last one with the rest. With a burst so is corrected's, whose
 * first piece has chunk + burst. */
static void cuts_make_no_difference(void **state)
{
    (void)state;
    uint64_t random_state = 20180702;

    for (int run = 0; run < 600; run++) {
        int64_t rate_kib = 1 + random_below(&random_state, 100);
        int64_t burst_kib = run % 2 ? random_below(&random_state, 100) : 0;
        enum mod_ratelimit_variant variant =
            run % 2 ? MOD_RATELIMIT_CORRECTED : MOD_RATELIMIT_FIXED;
        struct mod_ratelimit *response = make(rate_kib, burst_kib, variant);
        uint64_t chunk = (uint64_t)rate_kib * KIB / 5, first = chunk + (uint64_t)burst_kib * KIB;
        uint64_t total = 0;
        struct tally tally = {0};

        for (int call = 0; call < 50; call++) {
            struct mod_ratelimit_item items[4];
            size_t count = 1 + random_below(&random_state, 4);
            for (size_t i = 0; i < count; i++) {
                items[i] = data(1 + random_below(&random_state, call % 2 ? 20000 : 200));
                total += items[i].bytes;
            }
            give(response, &tally, items, count);
            uint64_t pieces = total <= first ? 0 : 1 + (total - first - 1) / chunk;
            assert_int_equal(tally.pieces, pieces);
            assert_int_equal(tally.bytes, pieces == 0 ? 0 : first + (pieces - 1) * chunk);
            assert_int_equal(mod_ratelimit_held_bytes(response), total - tally.bytes);
        }
        give_eos(response, &tally);
        assert_int_equal(tally.bytes, total);
        assert_int_equal(tally.sleeps, tally.pieces - 1);
        assert_int_equal(tally.pieces,
                         total <= first ? 1 : 1 + (total - first + chunk - 1) / chunk);
        mod_ratelimit_free(response);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_a_fifth_of_the_speed),
        cmocka_unit_test(settings_are_taken_at_the_edge_and_refused_past_it),
        cmocka_unit_test(the_worked_example),
        cmocka_unit_test(the_worked_example_in_many_brigades),
        cmocka_unit_test(what_fits_a_piece_is_held),
        cmocka_unit_test(brigades_may_be_empty),
        cmocka_unit_test(eos_at_the_end_passes_all_and_removes),
        cmocka_unit_test(eos_elsewhere_is_not_the_end),
        cmocka_unit_test(flush_at_the_end_passes_all),
        cmocka_unit_test(full_speed_is_between_its_markers),
        cmocka_unit_test(short_limited_sections_hang_fixed),
        cmocka_unit_test(full_speed_sections_let_held_data_escape),
        cmocka_unit_test(bursts_are_spent_by_pieces),
        cmocka_unit_test(bursts_make_pieces_larger),
        cmocka_unit_test(naive_exceeds_the_limit_by_its_formula),
        cmocka_unit_test(fixed_keeps_to_the_limit),
        cmocka_unit_test(m1_proxied_content_is_not_limited),
        cmocka_unit_test(m2_a_held_header_is_encoded_as_body),
        cmocka_unit_test(m3_without_eos_a_stream_never_drains),
        cmocka_unit_test(m5_small_brigades_lose_the_burst),
        cmocka_unit_test(m5_in_the_first_second),
        cmocka_unit_test(m6_flushes_are_sent_five_times_a_second),
        cmocka_unit_test(responses_share_nothing),
        cmocka_unit_test(no_piece_leaves_everything_as_it_is),
        cmocka_unit_test(a_response_may_be_freed_at_any_time),
        cmocka_unit_test(random_brigades),
        cmocka_unit_test(cuts_make_no_difference),
    };

    return cmocka_run_group_tests_name("mod_ratelimit", tests, NULL, NULL);
}
