#include "cases.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include <event2/buffer.h>

#include "child.h"
#include "fixture.h"
#include "watch.h"

#define HOPS 10000

/* A pair with both ends watched. */
struct pair {
    struct fixture fixture;
    struct bufferevent *ends[2]; /* owned; NULL once freed */
    struct watch watches[2];
};

static void pair_open(struct pair *pair, int options)
{
    fixture_open(&pair->fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    require(bufferevent_pair_new(pair->fixture.base, options, pair->ends) == 0, "no pair");
    for (int i = 0; i < 2; i++)
        watch_init(&pair->watches[i], pair->ends[i]);
}

static void pair_free_end(struct pair *pair, int end)
{
    if (pair->ends[end])
        bufferevent_free(pair->ends[end]);
    pair->ends[end] = NULL;
}

static void pair_close(struct pair *pair)
{
    pair_free_end(pair, 0);
    pair_free_end(pair, 1);
    fixture_close(&pair->fixture);
}

/* What each end gets when 5 bytes are written to the one and 7 to the other, and their descriptors;
 * what libevent returns for each of the options. */
void act_pair_new(void)
{
    const int options[] = {BEV_OPT_CLOSE_ON_FREE, BEV_OPT_DEFER_CALLBACKS,
                           BEV_OPT_UNLOCK_CALLBACKS};
    struct bufferevent *ends[2];
    struct pair pair;

    pair_open(&pair, 0);
    write_bytes(pair.ends[0], 5);
    write_bytes(pair.ends[1], 7);
    printf("%zu and %zu, descriptors %d %d, options", input_bytes(pair.ends[1]),
           input_bytes(pair.ends[0]), (int)bufferevent_getfd(pair.ends[0]),
           (int)bufferevent_getfd(pair.ends[1]));
    for (int i = 0; i < 3; i++) {
        int status = bufferevent_pair_new(pair.fixture.base, options[i], ends);
        printf(" %d", status);
        require(status == 0, "no pair with options");
        bufferevent_free(ends[0]);
        bufferevent_free(ends[1]);
    }
    printf("\n");
    pair_close(&pair);
}

static const char *is_partner(struct bufferevent *end, struct bufferevent *other)
{
    struct bufferevent *partner = bufferevent_pair_get_partner(end);

    if (!partner)
        return "NULL";
    return partner == other ? "other" : "wrong";
}

/* The partner of either end, of the second when the first is freed, of a socket. */
void act_pair_partner(void)
{
    struct pair pair;

    pair_open(&pair, 0);
    struct bufferevent *socket = bufferevent_socket_new(pair.fixture.base, -1, 0);
    require(socket, "no bufferevent");
    printf("%s %s", is_partner(pair.ends[0], pair.ends[1]), is_partner(pair.ends[1], pair.ends[0]));
    printf(" %s", is_partner(socket, NULL));
    pair_free_end(&pair, 0);
    printf(", freed %s", is_partner(pair.ends[1], NULL));
    fixture_settle(&pair.fixture);
    printf(" then %s\n", is_partner(pair.ends[1], NULL));
    bufferevent_free(socket);
    pair_close(&pair);
}

/* One end is freed when the other has 5 bytes of it and 3 more are on their way: what the other has
 * then, its callbacks, what its writes and flushes return, and what becomes of a byte. */
static void print_freed(int options)
{
    struct pair pair;
    char bytes[10];

    pair_open(&pair, options);
    write_bytes(pair.ends[0], 5);
    fixture_settle(&pair.fixture);
    bufferevent_disable(pair.ends[1], EV_READ);
    write_bytes(pair.ends[0], 3);
    pair_free_end(&pair, 0);
    bufferevent_enable(pair.ends[1], EV_READ);
    fixture_settle(&pair.fixture);
    printf("%d events, %zu read,", pair.watches[1].events,
           bufferevent_read(pair.ends[1], bytes, sizeof(bytes)));
    printf(" write %d", write_bytes(pair.ends[1], 1));
    printf(" flush %d", bufferevent_flush(pair.ends[1], EV_WRITE, BEV_FINISHED));
    fixture_settle(&pair.fixture);
    printf(" %zu stays, callbacks %d %d %d", output_bytes(pair.ends[1]), pair.watches[1].reads,
           pair.watches[1].writes, pair.watches[1].events);
    pair_close(&pair);
}

void act_pair_freed(void)
{
    print_freed(0);
    printf("; ");
    print_freed(BEV_OPT_CLOSE_ON_FREE);
    printf("\n");
}

/* Bytes that hop between the ends, and how far apart the stack is in their callbacks. */
struct hops {
    int count;
    uintptr_t lowest;
    uintptr_t highest;
};

static void hops_note(struct hops *hops)
{
    char here;
    uintptr_t address = (uintptr_t)&here;

    if (hops->count == 0)
        hops->lowest = hops->highest = address;
    if (address < hops->lowest)
        hops->lowest = address;
    if (address > hops->highest)
        hops->highest = address;
    hops->count++;
}

static void hop_callback(struct bufferevent *end, void *arg)
{
    struct hops *hops = arg;

    evbuffer_drain(bufferevent_get_input(end), 1);
    hops_note(hops);
    if (hops->count < HOPS)
        write_bytes(end, 1);
}

/* The same hops by the callbacks of evbuffers, which are not deferred: each is called within the
 * write of the one before. */
static void hop_at_once_callback(struct evbuffer *input, const struct evbuffer_cb_info *info,
                                 void *arg)
{
    static int count;

    (void)input;
    if (info->n_added > 0 && ++count < HOPS)
        write_bytes(arg, 1);
}

static void hop_at_once(void)
{
    const struct rlimit stack = {1 << 20, 1 << 20};
    struct pair pair;

    setrlimit(RLIMIT_STACK, &stack);
    pair_open(&pair, 0);
    for (int i = 0; i < 2; i++)
        evbuffer_add_cb(bufferevent_get_input(pair.ends[i]), hop_at_once_callback, pair.ends[i]);
    write_bytes(pair.ends[0], 1);
    pair_close(&pair);
}

/* What the far end has, and how often it was called, when three writes of 5 have returned, and
 * after a pass of the loop; then the hops. */
void act_pair_deferred(void)
{
    struct hops hops = {0};
    struct pair pair;

    pair_open(&pair, 0);
    for (int i = 0; i < 3; i++)
        write_bytes(pair.ends[0], 5);
    printf("%zu bytes %d calls", input_bytes(pair.ends[1]), pair.watches[1].reads);
    fixture_settle(&pair.fixture);
    printf(" then %d, ", pair.watches[1].reads);
    evbuffer_drain(bufferevent_get_input(pair.ends[1]), 15);
    for (int i = 0; i < 2; i++)
        bufferevent_setcb(pair.ends[i], hop_callback, NULL, NULL, &hops);
    write_bytes(pair.ends[0], 1);
    while (hops.count < HOPS)
        fixture_settle(&pair.fixture);
    printf("%d hops %" PRIuPTR " bytes deep, ", hops.count, hops.highest - hops.lowest);
    pair_close(&pair);
    child_print_end(hop_at_once);
    printf(" at once\n");
}

/* 100 bytes before a reader that takes 40 at most, and a flush: what the reader has, what the flush
 * returns and makes of events. */
static void print_flushed(const char *name, enum bufferevent_flush_mode mode)
{
    struct pair pair;

    pair_open(&pair, 0);
    watch_events(&pair.watches[1], pair.ends[1]);
    bufferevent_setwatermark(pair.ends[1], EV_READ, 0, 40);
    write_bytes(pair.ends[0], 100);
    fixture_settle(&pair.fixture);
    printf("%s %zu", name, input_bytes(pair.ends[1]));
    printf(" returns %d", bufferevent_flush(pair.ends[0], EV_WRITE, mode));
    fixture_settle(&pair.fixture);
    printf(" %zu %s", input_bytes(pair.ends[1]), event_words(pair.watches[1].what));
    pair_close(&pair);
}

void act_pair_flush(void)
{
    print_flushed("NORMAL", BEV_NORMAL);
    printf(", ");
    print_flushed("FLUSH", BEV_FLUSH);
    printf(", ");
    print_flushed("FINISHED", BEV_FINISHED);
    printf("\n");
}

/* 5 bytes, the end of the stream, 3 more bytes: what the first callback of the reader found when
 * all of that came before a pass of the loop, and when each had a pass; bytes, callbacks and
 * events. */
static void print_after_end(bool settle)
{
    struct pair pair;

    pair_open(&pair, 0);
    write_bytes(pair.ends[0], 5);
    if (settle)
        fixture_settle(&pair.fixture);
    bufferevent_flush(pair.ends[0], EV_WRITE, BEV_FINISHED);
    if (settle)
        fixture_settle(&pair.fixture);
    printf("%d reads, %d events, ", pair.watches[1].reads, pair.watches[1].events);
    write_bytes(pair.ends[0], 3);
    fixture_settle(&pair.fixture);
    printf("then %d reads, %d events, %zu bytes", pair.watches[1].reads, pair.watches[1].events,
           input_bytes(pair.ends[1]));
    pair_close(&pair);
}

void act_pair_after_end(void)
{
    print_after_end(true);
    printf("; ");
    print_after_end(false);
    printf("\n");
}
