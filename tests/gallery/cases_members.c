#include "cases.h"

#include <inttypes.h>
#include <stdio.h>

#include <event2/buffer.h>

#include "fixture.h"

#define SECOND_US INT64_C(1000000)
#define MEMBERS   10

static void print_totals(struct bufferevent_rate_limit_group *group)
{
    ev_uint64_t read_bytes, written_bytes;

    bufferevent_rate_limit_group_get_totals(group, &read_bytes, &written_bytes);
    printf("%" PRIu64 " %" PRIu64, (uint64_t)read_bytes, (uint64_t)written_bytes);
}

/* What one member of a group of 1000 B/s gets of 500,000 B in the first tick, each way, and the
 * totals. */
static void print_first_tick(enum fixture_transport transport)
{
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 1000, SECOND_US);
    struct bufferevent_rate_limit_group *group = fixture_group(&fixture, cfg);
    member_init(&member, &fixture, transport);
    bufferevent_add_to_rate_limit_group(member.limited, group);
    member_offer_read(&member, 500000);
    member_offer_write(&member, 500000);
    fixture_run_to(&fixture, 500);
    printf("%" PRIu64 " %" PRIu64 " totals ", member.read_bytes, member.written_bytes);
    print_totals(group);
    member_fini(&member);
    fixture_close(&fixture);
}

void act_pair_in_group(void)
{
    printf("pair ");
    print_first_tick(STAGE_PAIR);
    printf(", socket ");
    print_first_tick(STAGE_SOCKET);
    printf("\n");
}

/* A pair whose buckets are emptied by hand: bytes read and written in that tick, in the next. */
void act_pair_by_hand(void)
{
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 1000, SECOND_US);
    member_init(&member, &fixture, STAGE_PAIR);
    bufferevent_set_rate_limit(member.limited, cfg);
    bufferevent_decrement_read_limit(member.limited, 1000);
    bufferevent_decrement_write_limit(member.limited, 5000);
    member_offer_read(&member, 500000);
    member_offer_write(&member, 777);
    fixture_run_to(&fixture, 500);
    printf("%" PRIu64 " %" PRIu64, member.read_bytes, member.written_bytes);
    fixture_run_to(&fixture, 1500);
    printf(" then %" PRIu64 " %" PRIu64 "\n", member.read_bytes, member.written_bytes);
    member_fini(&member);
    fixture_close(&fixture);
}

/* A filter that changes nothing, over a socket: what comes through in the first tick with 1000 B/s
 * set on the one or the other. */
static void print_filtered(bool limit_filter)
{
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 1000, SECOND_US);
    struct bufferevent_rate_limit_group *group = fixture_group(&fixture, cfg);
    member_init(&member, &fixture, STAGE_SOCKET);
    struct bufferevent *underlying = member.limited;
    struct bufferevent *filter =
        bufferevent_filter_new(underlying, NULL, NULL, BEV_OPT_CLOSE_ON_FREE, NULL, NULL);
    require(filter, "no filter");
    bufferevent_enable(filter, EV_READ | EV_WRITE);
    member.limited = filter; /* owns the underlying one from now on */
    bufferevent_add_to_rate_limit_group(limit_filter ? filter : underlying, group);
    member_offer_write(&member, 50000);
    fixture_run_to(&fixture, 500);
    printf("%" PRIu64 " totals ", member.written_bytes);
    print_totals(group);
    member_fini(&member);
    fixture_close(&fixture);
}

void act_filter_in_group(void)
{
    printf("filter ");
    print_filtered(true);
    printf(", underlying ");
    print_filtered(false);
    printf("\n");
}

/* How many of ten sockets have seen an end of file that was never sent, after 20 ticks. */
static int false_ends(size_t rate_bytes, size_t min_share_bytes)
{
    struct fixture fixture;
    struct member members[MEMBERS];
    int ends = 0;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, rate_bytes, rate_bytes, SECOND_US);
    struct bufferevent_rate_limit_group *group = fixture_group(&fixture, cfg);
    bufferevent_rate_limit_group_set_min_share(group, min_share_bytes);
    for (int i = 0; i < MEMBERS; i++) {
        member_init(&members[i], &fixture, STAGE_SOCKET);
        bufferevent_add_to_rate_limit_group(members[i].limited, group);
        member_offer_read(&members[i], 100000);
    }
    fixture_run_to(&fixture, 19500);
    for (int i = 0; i < MEMBERS; i++) {
        ends += members[i].end_of_file;
        member_fini(&members[i]);
    }
    fixture_close(&fixture);
    return ends;
}

/* Rates of 5 and 1000 B a tick without a min-share, then with libevent's own. */
void act_share_0(void)
{
    printf("%d %d of 10, with 64 %d %d\n", false_ends(5, 0), false_ends(1000, 0), false_ends(5, 64),
           false_ends(1000, 64));
}

/* Ten members with much to write, one pass of the loop in a full group of 40,000 B: what each may
 * write, in order, and Jain's index of that. */
void act_share_one_pass(void)
{
    struct fixture fixture;
    struct member members[MEMBERS];
    double sum = 0, squares = 0;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 40000, 40000, SECOND_US);
    struct bufferevent_rate_limit_group *group = fixture_group(&fixture, cfg);
    for (int i = 0; i < MEMBERS; i++) {
        member_init(&members[i], &fixture, STAGE_SOCKET);
        bufferevent_add_to_rate_limit_group(members[i].limited, group);
        member_offer_write(&members[i], 100000);
    }
    event_base_loop(fixture.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    for (int i = 0; i < MEMBERS; i++) {
        struct evbuffer *output = bufferevent_get_output(members[i].limited);
        size_t bytes = 100000 - evbuffer_get_length(output);
        sum += (double)bytes;
        squares += (double)bytes * (double)bytes;
        printf("%zu ", bytes);
    }
    printf("J %.5f\n", sum * sum / (MEMBERS * squares));
    for (int i = 0; i < MEMBERS; i++)
        member_fini(&members[i]);
    fixture_close(&fixture);
}

/* A member of one group joins another: what the groups count after one tick in the first and two in
 * the second. */
void act_group_one_at_a_time(void)
{
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 1000, SECOND_US);
    struct bufferevent_rate_limit_group *first = fixture_group(&fixture, cfg);
    struct bufferevent_rate_limit_group *second = fixture_group(&fixture, cfg);
    member_init(&member, &fixture, STAGE_SOCKET);
    bufferevent_add_to_rate_limit_group(member.limited, first);
    member_offer_read(&member, 100000);
    fixture_run_to(&fixture, 999);
    printf("returns %d: ", bufferevent_add_to_rate_limit_group(member.limited, second));
    fixture_run_to(&fixture, 2500);
    print_totals(first);
    printf(", ");
    print_totals(second);
    printf("\n");
    member_fini(&member);
    fixture_close(&fixture);
}

/* The totals of a new group, after three ticks, and after a reset. */
void act_group_totals(void)
{
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 1000, SECOND_US);
    struct bufferevent_rate_limit_group *group = fixture_group(&fixture, cfg);
    member_init(&member, &fixture, STAGE_SOCKET);
    bufferevent_add_to_rate_limit_group(member.limited, group);
    member_offer_read(&member, 2500);
    member_offer_write(&member, 2000);
    print_totals(group);
    printf(", ");
    fixture_run_to(&fixture, 2500);
    print_totals(group);
    printf(", ");
    bufferevent_rate_limit_group_reset_totals(group);
    print_totals(group);
    printf("\n");
    member_fini(&member);
    fixture_close(&fixture);
}

/* 5000 bytes to write at 1000 B per tick, and a flush with BEV_FINISHED in the first tick: what has
 * left, and the level to write before the flush and after it. */
static void print_flushed(enum fixture_transport transport, bool with_filter)
{
    struct fixture fixture;
    struct member member;

    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    struct ev_token_bucket_cfg *cfg = fixture_limit(&fixture, 1000, 1000, SECOND_US);
    member_init(&member, &fixture, transport);
    struct bufferevent *limited = member.limited;
    if (with_filter)
        member.limited =
            bufferevent_filter_new(limited, NULL, NULL, BEV_OPT_CLOSE_ON_FREE, NULL, NULL);
    require(member.limited, "no filter");
    bufferevent_enable(member.limited, EV_WRITE);
    bufferevent_set_rate_limit(limited, cfg);
    member_offer_write(&member, 5000);
    fixture_run_to(&fixture, 500);
    printf("%" PRId64, (int64_t)bufferevent_get_write_limit(limited));
    bufferevent_flush(member.limited, EV_WRITE, BEV_FINISHED);
    fixture_run_to(&fixture, 600);
    printf(" %" PRId64 " %" PRIu64, (int64_t)bufferevent_get_write_limit(limited),
           member.written_bytes);
    bufferevent_decrement_write_limit(limited, 4000);
    printf(" %" PRId64, (int64_t)bufferevent_get_write_limit(limited));
    member_fini(&member);
    fixture_close(&fixture);
}

void act_limits_flush(void)
{
    printf("socket ");
    print_flushed(STAGE_SOCKET, false);
    printf(", filter ");
    print_flushed(STAGE_SOCKET, true);
    printf(", pair ");
    print_flushed(STAGE_PAIR, false);
    printf("\n");
}
