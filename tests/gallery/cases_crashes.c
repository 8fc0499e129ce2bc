#include "cases.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "fixture.h"

#define SECOND_US INT64_C(1000000)

/* A group lives for 10.5 s, with ticks of that length. */
static void read_with_tick(const struct timeval *tick)
{
    struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(1000, 1000, 1000, 1000, tick);
    struct fixture fixture;

    require(cfg, "libevent refuses the limit");
    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    fixture_group(&fixture, cfg);
    fixture_run_to(&fixture, 10500);
    fixture_close(&fixture);
    ev_token_bucket_cfg_free(cfg);
}

static void tick_999_us(void)
{
    read_with_tick(&(struct timeval){.tv_usec = 999});
}

static void tick_1_ms(void)
{
    read_with_tick(&(struct timeval){.tv_usec = 1000});
}

void act_tick_below_1_ms(void)
{
    child_print_end(tick_999_us);
    printf(", ");
    child_print_end(tick_1_ms);
    printf("\n");
}

static void tick_1500000_us(void)
{
    read_with_tick(&(struct timeval){.tv_usec = 1500000});
}

static void tick_1_s_500000_us(void)
{
    read_with_tick(&(struct timeval){.tv_sec = 1, .tv_usec = 500000});
}

void act_tick_not_normalised(void)
{
    child_print_end(tick_1500000_us);
    printf(", ");
    child_print_end(tick_1_s_500000_us);
    printf("\n");
}

/* Frees a group after its one member, `settle`: with a pass of the loop in between. */
static void free_group(bool settle)
{
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 1000, SECOND_US);
    struct bufferevent_rate_limit_group *group =
        bufferevent_rate_limit_group_new(fixture.base, cfg);
    member_init(&member, &fixture, STAGE_SOCKET);
    bufferevent_add_to_rate_limit_group(member.limited, group);
    member_fini(&member);
    if (settle)
        fixture_settle(&fixture);
    bufferevent_rate_limit_group_free(group);
    fixture_close(&fixture);
}

static void free_group_at_once(void)
{
    free_group(false);
}

static void free_group_after_a_pass(void)
{
    free_group(true);
}

void act_group_free(void)
{
    child_print_end(free_group_at_once);
    printf(", ");
    child_print_end(free_group_after_a_pass);
    printf("\n");
}

/* Frees as libevent's memory, but overwrites it instead: who still reads it gets this. */
static void overwrite(void *memory)
{
    if (memory)
        memset(memory, 0x5a, malloc_usable_size(memory));
}

/* Bytes that a socket reads in four ticks of 1000 B, if its configuration is freed in the first. */
static void print_read_with_freed_cfg(bool free_it)
{
    struct ev_token_bucket_cfg *cfg = ev_token_bucket_cfg_new(1000, 1000, 1000, 1000, NULL);
    struct fixture fixture;
    struct member member;

    require(cfg, "no limit");
    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    member_init(&member, &fixture, STAGE_SOCKET);
    bufferevent_set_rate_limit(member.limited, cfg);
    if (free_it)
        ev_token_bucket_cfg_free(cfg);
    member_offer_read(&member, 100000);
    fixture_run_to(&fixture, 3500);
    printf("%llu ", (unsigned long long)member.read_bytes);
    fflush(stdout);
    member_fini(&member);
    fixture_close(&fixture);
    if (!free_it)
        ev_token_bucket_cfg_free(cfg);
}

static void read_with_freed_cfg(void)
{
    event_set_mem_functions(malloc, realloc, overwrite);
    print_read_with_freed_cfg(true);
}

void act_limits_cfg_freed(void)
{
    print_read_with_freed_cfg(false);
    printf("freed ");
    child_print_end(read_with_freed_cfg);
    printf("\n");
}
