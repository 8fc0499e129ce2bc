#include "cases.h"

#include <stdio.h>

#include <event2/buffer.h>

#include "fixture.h"
#include "watch.h"

#define SECOND_US INT64_C(1000000)

/* A watched end and its peer. */
static void watched_member(struct member *member, struct fixture *fixture, struct watch *watch)
{
    member_init(member, fixture, STAGE_SOCKET);
    watch_init(watch, member->limited);
}

/* 40 bytes arrive three times: calls of the read callback so far. */
static void print_read_calls(size_t low_bytes)
{
    struct fixture fixture;
    struct member member;
    struct watch watch;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    watched_member(&member, &fixture, &watch);
    bufferevent_setwatermark(member.limited, EV_READ, low_bytes, 0);
    printf("low %zu:", low_bytes);
    for (int i = 0; i < 3; i++) {
        write_bytes(member.peer, 40);
        fixture_settle(&fixture);
        printf(" %d", watch.reads);
    }
    member_fini(&member);
    fixture_close(&fixture);
}

/* The callback leaves that much in the input: calls after 120 bytes and after each of three more.
 */
static void print_left(size_t left_bytes)
{
    struct fixture fixture;
    struct member member;
    struct watch watch;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    watched_member(&member, &fixture, &watch);
    bufferevent_setwatermark(member.limited, EV_READ, 100, 0);
    write_bytes(member.peer, 120);
    fixture_settle(&fixture);
    evbuffer_drain(bufferevent_get_input(member.limited), 120 - left_bytes);
    printf("leaves %zu: %d", left_bytes, watch.reads);
    for (int i = 0; i < 3; i++) {
        write_bytes(member.peer, 1);
        fixture_settle(&fixture);
        printf(" %d", watch.reads);
    }
    member_fini(&member);
    fixture_close(&fixture);
}

void act_watermark_low(void)
{
    print_read_calls(0);
    printf(", ");
    print_read_calls(100);
    printf("; ");
    print_left(100);
    printf(", ");
    print_left(98);
    printf("\n");
}

/* A reader that looks at its input many times before it takes anything. */
struct looker {
    int looks; /* to come before it takes what is there */
    int calls;
};

static void looker_callback(struct bufferevent *end, void *arg)
{
    struct looker *looker = arg;
    size_t bytes = input_bytes(end);

    if (++looker->calls <= looker->looks)
        return;
    printf(" %d:%zu", looker->calls, bytes);
    evbuffer_drain(bufferevent_get_input(end), bytes);
}

/* 250 bytes arrive: which calls of the callback take how many. Returns what stays in the input. */
static size_t print_taken(size_t low_bytes, size_t high_bytes, int looks)
{
    struct looker looker = {.looks = looks};
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    member_init(&member, &fixture, STAGE_SOCKET);
    bufferevent_setcb(member.limited, looker_callback, NULL, NULL, &looker);
    bufferevent_setwatermark(member.limited, EV_READ, low_bytes, high_bytes);
    printf("high %zu:", high_bytes);
    write_bytes(member.peer, 250);
    for (int i = 0; i < 5; i++)
        fixture_settle(&fixture);
    size_t left_bytes = input_bytes(member.limited);
    member_fini(&member);
    fixture_close(&fixture);
    return left_bytes;
}

static void print_high(size_t high_bytes, int looks)
{
    print_taken(0, high_bytes, looks);
}

static void print_both(size_t low_bytes, size_t high_bytes)
{
    printf("low %zu, ", low_bytes);
    printf(" and %zu stay", print_taken(low_bytes, high_bytes, 0));
}

void act_watermark_low_above_high(void)
{
    print_both(50, 100);
    printf("; ");
    print_both(100, 100);
    printf("; ");
    print_both(101, 100);
    printf("\n");
}

void act_watermark_high(void)
{
    print_high(0, 0);
    printf(", ");
    print_high(100, 0);
    printf(", looked at ");
    print_high(100, 1000);
    printf("\n");
}

/* 5000 bytes at 1000 a tick: what is left, and calls of the write callback, tick by tick. */
static void print_write_calls(size_t low_bytes)
{
    struct fixture fixture;
    struct member member;
    struct watch watch;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 1000, SECOND_US);
    watched_member(&member, &fixture, &watch);
    bufferevent_set_rate_limit(member.limited, cfg);
    bufferevent_setwatermark(member.limited, EV_WRITE, low_bytes, 0);
    write_bytes(member.limited, 5000);
    printf("low %zu:", low_bytes);
    for (int tick = 0; tick < 5; tick++) {
        fixture_run_to(&fixture, tick * 1000 + 500);
        printf(" %zu/%d", output_bytes(member.limited), watch.writes);
    }
    member_fini(&member);
    fixture_close(&fixture);
}

void act_watermark_write_low(void)
{
    print_write_calls(0);
    printf(", ");
    print_write_calls(2000);
    printf("\n");
}
