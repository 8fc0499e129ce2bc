#include "acts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "stage.h"

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
    struct stage stage;
    struct member member;

    require(cfg, "no limit");
    stage_open(&stage, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    member_init(&member, &stage, STAGE_SOCKET);
    bufferevent_set_rate_limit(member.limited, cfg);
    member_offer_read(&member, 10000);
    for (int64_t ms = 499; ms < 2000; ms += 500) {
        stage_run_to(&stage, ms);
        printf("%" PRIu64 "%c", member.read_bytes, ms < 1999 ? ' ' : '\n');
    }
    member_fini(&member);
    stage_close(&stage);
    ev_token_bucket_cfg_free(cfg);
}

/* What one callback reads at most, and what libevent says that it would. */
static void print_read_size(size_t max_single_read_bytes, size_t own_rate_bytes)
{
    struct stage stage;
    struct member member;

    stage_open(&stage, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    member_init(&member, &stage, STAGE_SOCKET);
    bufferevent_set_max_single_read(member.limited, max_single_read_bytes);
    if (own_rate_bytes)
        bufferevent_set_rate_limit(member.limited,
                                   stage_limit(&stage, own_rate_bytes, own_rate_bytes, SECOND_US));
    printf("%" PRId64 "/", (int64_t)bufferevent_get_max_to_read(member.limited));
    member_offer_read(&member, 20000);
    stage_run_to(&stage, 500);
    printf("%zu", member.largest_read_bytes);
    member_fini(&member);
    stage_close(&stage);
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
    struct stage stage;
    struct bufferevent *(*pairs)[2] = calloc((size_t)members, sizeof(*pairs));

    require(cfg && pairs, "no memory");
    stage_open(&stage, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct bufferevent_rate_limit_group *group = stage_group(&stage, cfg);
    for (int i = 0; i < members; i++) {
        require(bufferevent_pair_new(stage.base, 0, pairs[i]) == 0, "no pair");
        bufferevent_add_to_rate_limit_group(pairs[i][0], group);
    }
    int64_t share = bufferevent_get_max_to_read(pairs[0][0]);
    for (int i = 0; i < members; i++) {
        bufferevent_free(pairs[i][0]);
        bufferevent_free(pairs[i][1]);
    }
    stage_close(&stage);
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
    struct stage stage;

    stage_open(&stage, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = stage_limit(&stage, 1000, 2000, SECOND_US);
    struct bufferevent_rate_limit_group *group = stage_group(&stage, cfg);
    bufferevent_rate_limit_group_decrement_read(group, -1500);
    for (int tick = 0; tick <= 10; tick++) {
        stage_run_to(&stage, tick * 1000 + 500);
        printf("%" PRId64 "%c", (int64_t)bufferevent_rate_limit_group_get_read_limit(group),
               tick < 10 ? ' ' : '\n');
    }
    stage_close(&stage);
}

/* Bytes read in ten ticks of 1000 B when the limit is taken away and set again so many times in
 * each, at equal distances. */
static uint64_t read_in_ten_ticks(int toggles)
{
    struct stage stage;
    struct member member;

    stage_open(&stage, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = stage_limit(&stage, 1000, 1000, SECOND_US);
    member_init(&member, &stage, STAGE_SOCKET);
    bufferevent_set_rate_limit(member.limited, cfg);
    member_offer_read(&member, 100000);
    for (int tick = 0; tick < 10; tick++) {
        for (int i = 1; i <= toggles; i++) {
            stage_run_to(&stage, tick * 1000 + i * 1000 / (toggles + 1));
            bufferevent_set_rate_limit(member.limited, NULL);
            bufferevent_set_rate_limit(member.limited, cfg);
        }
    }
    stage_run_to(&stage, 10 * 1000 - 1);
    member_fini(&member);
    stage_close(&stage);
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
    struct stage stage;
    struct member member;

    stage_open(&stage, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = stage_limit(&stage, level_bytes, level_bytes, SECOND_US);
    member_init(&member, &stage, STAGE_SOCKET);
    bufferevent_set_rate_limit(member.limited, cfg);
    member_offer_read(&member, 5000);
    stage_run_to(&stage, 500);
    printf("%" PRIu64 "%s", member.read_bytes, member.end_of_file ? "+EOF" : "");
    member_fini(&member);
    stage_close(&stage);
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

/* Levels of a group and a member's own bucket before and after 300 B are taken from both by hand,
 * and the group's totals. */
void act_bucket_by_hand(void)
{
    struct stage stage;
    struct member member;
    ev_uint64_t read_bytes, written_bytes;

    stage_open(&stage, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = stage_limit(&stage, 1000, 1000, SECOND_US);
    member_init(&member, &stage, STAGE_SOCKET);
    struct bufferevent_rate_limit_group *group = stage_group(&stage, cfg);
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
    stage_close(&stage);
}

/* Bytes of a socket with a limit of its own of 1000 B per 100 ms in 2000 ticks, when every wait
 * ends `late_us` late, in percent of the rate. */
static double read_percent(int64_t late_us, size_t burst_bytes)
{
    struct stage stage;
    struct member member;

    stage_open(&stage, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = stage_limit(&stage, 1000, burst_bytes, 100000);
    stage.late_us = late_us;
    member_init(&member, &stage, STAGE_SOCKET);
    bufferevent_set_rate_limit(member.limited, cfg);
    member_offer_read(&member, 3000000);
    stage_run_to(&stage, 2000 * 100 - 1);
    member_fini(&member);
    stage_close(&stage);
    return (double)member.read_bytes / (2000 * 1000) * 100;
}

void act_tick_late(void)
{
    printf("%.2f %.2f %.2f %.2f", read_percent(0, 1000), read_percent(1000, 1000),
           read_percent(5000, 1000), read_percent(20000, 1000));
    printf(" %.2f\n", read_percent(20000, 2000));
}
