#include "cases.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"

#define SECOND_US INT64_C(1000000)

static const char *taken(size_t rate_bytes, size_t burst_bytes)
{
    struct ev_token_bucket_cfg *cfg =
        ev_token_bucket_cfg_new(rate_bytes, burst_bytes, rate_bytes, burst_bytes, NULL);

    if (!cfg)
        return "refused";
    ev_token_bucket_cfg_free(cfg);
    return "taken";
}

/* A rate of 0, one above the burst, one above EV_RATE_LIMIT_MAX, and that itself. */
void act_limits_values(void)
{
    printf("%s %s %s %s\n", taken(0, 1), taken(2, 1), taken(1, (size_t)EV_RATE_LIMIT_MAX + 1),
           taken(EV_RATE_LIMIT_MAX, EV_RATE_LIMIT_MAX));
}

/* Bytes read until just before 0.5, 1, 1.5 and 2 s without a tick length. */
void act_tick_default(void)
{
    struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(1000, 1000, 1000, 1000, NULL);
    struct fixture fixture;
    struct member member;

    require(cfg, "no limit");
    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    member_init(&member, &fixture, STAGE_SOCKET);
    bufferevent_set_rate_limit(member.limited, cfg);
    member_offer_read(&member, 10000);
    for (int64_t ms = 499; ms < 2000; ms += 500) {
        fixture_run_to(&fixture, ms);
        printf("%" PRIu64 "%c", member.read_bytes, ms < 1999 ? ' ' : '\n');
    }
    member_fini(&member);
    fixture_close(&fixture);
    ev_token_bucket_cfg_free(cfg);
}

/* What one callback reads at most, and what libevent says that it would. */
static void print_read_size(size_t max_single_read_bytes, size_t per_flow_rate_bytes)
{
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    member_init(&member, &fixture, STAGE_SOCKET);
    bufferevent_set_max_single_read(member.limited, max_single_read_bytes);
    if (per_flow_rate_bytes)
        bufferevent_set_rate_limit(member.limited, fixture_limit(&fixture, per_flow_rate_bytes,
                                                                 per_flow_rate_bytes, SECOND_US));
    printf("%" PRId64 "/", (int64_t)bufferevent_get_max_to_read(member.limited));
    member_offer_read(&member, 20000);
    fixture_run_to(&fixture, 500);
    printf("%zu", member.largest_read_bytes);
    member_fini(&member);
    fixture_close(&fixture);
}

void act_read_sizes(void)
{
    print_read_size(0, 0); /* the default */
    printf(" ");
    print_read_size(100, 0);
    printf(" ");
    print_read_size(100, 1000);
    printf(" ");
    print_read_size(100, 20000);
    printf("\n");
}

/* What a member of many may read at once, in an untouched group. */
static int64_t read_share(size_t read_rate_bytes, size_t write_rate_bytes, int members)
{
    struct timeval tick = {.tv_sec = 1};
    struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(
        read_rate_bytes, read_rate_bytes, write_rate_bytes, write_rate_bytes, &tick);
    struct fixture fixture;
    struct bufferevent *(*pairs)[2] = calloc((size_t)members, sizeof(*pairs));

    require(cfg && pairs, "no memory");
    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct bufferevent_rate_limit_group *group = fixture_group(&fixture, cfg);
    for (int i = 0; i < members; i++) {
        require(bufferevent_pair_new(fixture.base, 0, pairs[i]) == 0, "no pair");
        bufferevent_add_to_rate_limit_group(pairs[i][0], group);
    }
    int64_t share = bufferevent_get_max_to_read(pairs[0][0]);
    for (int i = 0; i < members; i++) {
        bufferevent_free(pairs[i][0]);
        bufferevent_free(pairs[i][1]);
    }
    fixture_close(&fixture);
    free(pairs);
    ev_token_bucket_cfg_free(cfg);
    return share;
}

/* 100000 B a tick each way, then 100000 to read and 10 to write; 5000 and 20000 members. */
void act_share_clipped(void)
{
    printf("%" PRId64 " %" PRId64, read_share(100000, 100000, 5000),
           read_share(100000, 100000, 20000));
    printf(" %" PRId64 " %" PRId64 "\n", read_share(100000, 10, 5000),
           read_share(100000, 10, 20000));
}

/* A group's level, tick by tick, with a burst of 2000 and a credit of 1500 in the first. */
void act_bucket_credit(void)
{
    struct fixture fixture;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 2000, SECOND_US);
    struct bufferevent_rate_limit_group *group = fixture_group(&fixture, cfg);
    bufferevent_rate_limit_group_decrement_read(group, -1500);
    for (int tick = 0; tick <= 10; tick++) {
        fixture_run_to(&fixture, tick * 1000 + 500);
        printf("%" PRId64 "%c", (int64_t)bufferevent_rate_limit_group_get_read_limit(group),
               tick < 10 ? ' ' : '\n');
    }
    fixture_close(&fixture);
}

/* Bytes read in ten ticks of 1000 B when the limit is removed and set again N times in each, at
 * equal distances. */
static uint64_t read_in_ten_ticks(int toggles)
{
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 1000, SECOND_US);
    member_init(&member, &fixture, STAGE_SOCKET);
    bufferevent_set_rate_limit(member.limited, cfg);
    member_offer_read(&member, 100000);
    for (int tick = 0; tick < 10; tick++) {
        for (int i = 1; i <= toggles; i++) {
            fixture_run_to(&fixture, tick * 1000 + i * 1000 / (toggles + 1));
            bufferevent_set_rate_limit(member.limited, NULL);
            bufferevent_set_rate_limit(member.limited, cfg);
        }
    }
    fixture_run_to(&fixture, 10 * 1000 - 1);
    member_fini(&member);
    fixture_close(&fixture);
    return member.read_bytes;
}

void act_bucket_toggle(void)
{
    printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", read_in_ten_ticks(0), read_in_ten_ticks(1),
           read_in_ten_ticks(4));
}

/* What a socket with such a level reads of 5000 B. */
static void print_read_at_level(size_t level_bytes)
{
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, level_bytes, level_bytes, SECOND_US);
    member_init(&member, &fixture, STAGE_SOCKET);
    bufferevent_set_rate_limit(member.limited, cfg);
    member_offer_read(&member, 5000);
    fixture_run_to(&fixture, 500);
    printf("%" PRIu64 "%s", member.read_bytes, member.end_of_file ? "+EOF" : "");
    member_fini(&member);
    fixture_close(&fixture);
}

void act_bucket_2_32(void)
{
    const size_t levels_bytes[] = {INT32_MAX, (size_t)1 << 31, (size_t)1 << 32,
                                   ((size_t)1 << 32) + 5};

    for (int i = 0; i < 4; i++) {
        print_read_at_level(levels_bytes[i]);
        printf("%c", i < 3 ? ' ' : '\n');
    }
}

/* Levels of a group and a member's per-flow bucket before and after 300 B are taken from both by
 * hand, and the group's totals. */
void act_bucket_by_hand(void)
{
    struct fixture fixture;
    struct member member;
    ev_uint64_t read_bytes, written_bytes;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 1000, SECOND_US);
    member_init(&member, &fixture, STAGE_SOCKET);
    struct bufferevent_rate_limit_group *group = fixture_group(&fixture, cfg);
    bufferevent_set_rate_limit(member.limited, cfg);
    bufferevent_add_to_rate_limit_group(member.limited, group);
    bufferevent_decrement_read_limit(member.limited, 300);
    printf("%" PRId64 " %" PRId64, (int64_t)bufferevent_get_read_limit(member.limited),
           (int64_t)bufferevent_rate_limit_group_get_read_limit(group));
    bufferevent_rate_limit_group_decrement_read(group, 300);
    bufferevent_rate_limit_group_decrement_write(group, 1300);
    printf(" %" PRId64 " %" PRId64, (int64_t)bufferevent_rate_limit_group_get_read_limit(group),
           (int64_t)bufferevent_rate_limit_group_get_write_limit(group));
    bufferevent_rate_limit_group_get_totals(group, &read_bytes, &written_bytes);
    printf(" totals %" PRIu64 " %" PRIu64 "\n", (uint64_t)read_bytes, (uint64_t)written_bytes);
    member_fini(&member);
    fixture_close(&fixture);
}

/* Bytes of a socket with a per-flow limit of 1000 B per 100 ms in 2000 ticks, when every wait ends
 * `late_us` late, in percent of the rate. */
static double read_percent(int64_t late_us, size_t burst_bytes)
{
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, burst_bytes, 100000);
    fixture.late_us = late_us;
    member_init(&member, &fixture, STAGE_SOCKET);
    bufferevent_set_rate_limit(member.limited, cfg);
    member_offer_read(&member, 3000000);
    fixture_run_to(&fixture, 2000 * 100 - 1);
    member_fini(&member);
    fixture_close(&fixture);
    return (double)member.read_bytes / (2000 * 1000) * 100;
}

void act_tick_late(void)
{
    printf("%.2f %.2f %.2f %.2f", read_percent(0, 1000), read_percent(1000, 1000),
           read_percent(5000, 1000), read_percent(20000, 1000));
    printf(" %.2f\n", read_percent(20000, 2000));
}

/* The most that is read and written at once: by default, with 1000 and 2000 set, with 0, with the
 * largest size; and what setting returned. */
void act_single_calls(void)
{
    const size_t sizes[][2] = {{1000, 2000}, {0, 0}, {SIZE_MAX, SIZE_MAX}};
    struct fixture fixture;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct bufferevent *end = bufferevent_socket_new(fixture.base, -1, 0);
    require(end, "no bufferevent");
    printf("%" PRId64 "/%" PRId64, (int64_t)bufferevent_get_max_single_read(end),
           (int64_t)bufferevent_get_max_single_write(end));
    for (int i = 0; i < 3; i++) {
        int status = bufferevent_set_max_single_read(end, sizes[i][0]) |
                     bufferevent_set_max_single_write(end, sizes[i][1]);
        printf(", %d %" PRId64 "/%" PRId64, status, (int64_t)bufferevent_get_max_single_read(end),
               (int64_t)bufferevent_get_max_single_write(end));
    }
    printf("\n");
    bufferevent_free(end);
    fixture_close(&fixture);
}

/* Two members with one configuration of 1000 B per tick: what setting it returns, what each reads
 * in the first tick. Then what the first may write at once: with that limit, in a group of 500, out
 * of it, without a limit; and what the calls return. */
void act_limits_calls(void)
{
    struct fixture fixture;
    struct member members[2];

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 1000, SECOND_US);
    struct ev_token_bucket_cfg *half = fixture_limit(&fixture, 500, 500, SECOND_US);
    struct bufferevent_rate_limit_group *group = fixture_group(&fixture, half);
    for (int i = 0; i < 2; i++) {
        member_init(&members[i], &fixture, STAGE_SOCKET);
        printf("%d ", bufferevent_set_rate_limit(members[i].limited, cfg));
        member_offer_read(&members[i], 5000);
    }
    fixture_run_to(&fixture, 500);
    printf("%" PRIu64 " %" PRIu64 ", writes", members[0].read_bytes, members[1].read_bytes);
    struct bufferevent *end = members[0].limited;
    printf(" %" PRId64, (int64_t)bufferevent_get_max_to_write(end));
    printf(", %d", bufferevent_add_to_rate_limit_group(end, group));
    printf(" %" PRId64, (int64_t)bufferevent_get_max_to_write(end));
    printf(", %d", bufferevent_remove_from_rate_limit_group(end));
    printf(" %" PRId64, (int64_t)bufferevent_get_max_to_write(end));
    printf(", %d", bufferevent_set_rate_limit(end, NULL));
    printf(" %" PRId64 "\n", (int64_t)bufferevent_get_max_to_write(end));
    for (int i = 0; i < 2; i++)
        member_fini(&members[i]);
    fixture_close(&fixture);
}
