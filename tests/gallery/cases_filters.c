#include "cases.h"

#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>

#include "fixture.h"
#include "watch.h"

/* A filter that can be told what to do, and notes how it was called. */
struct tally {
    int calls;
    int modes[3];         /* by enum bufferevent_flush_mode: NORMAL, FLUSH, FINISHED */
    ev_ssize_t dst_limit; /* of the last call */
    bool keeps_limit;     /* moves no more than dst_limit at once */
    size_t record_bytes;  /* moves whole records of that many; 0: bytes */
    int idle_calls;       /* to come, that return BEV_OK and move nothing */
    bool fails;
    char letter; /* put after what is moved; 0: none */
    int freed;   /* calls of free_tally() */
};

/* In one step: what is below is called with each addition. */
static void move_bytes(const struct tally *tally, struct evbuffer *source,
                       struct evbuffer *destination, size_t bytes)
{
    struct evbuffer *moved = evbuffer_new();

    require(moved, "no memory");
    evbuffer_remove_buffer(source, moved, bytes);
    if (tally->letter)
        evbuffer_add(moved, &tally->letter, 1);
    evbuffer_add_buffer(destination, moved);
    evbuffer_free(moved);
}

static enum bufferevent_filter_result filter_callback(struct evbuffer *source,
                                                      struct evbuffer *destination,
                                                      ev_ssize_t dst_limit,
                                                      enum bufferevent_flush_mode mode, void *arg)
{
    struct tally *tally = arg;
    size_t bytes = evbuffer_get_length(source);

    tally->calls++;
    tally->modes[mode]++;
    tally->dst_limit = dst_limit;
    if (tally->fails)
        return BEV_ERROR;
    if (tally->idle_calls > 0) {
        tally->idle_calls--;
        return BEV_OK;
    }
    if (tally->keeps_limit && dst_limit >= 0 && bytes > (size_t)dst_limit)
        bytes = (size_t)dst_limit;
    if (tally->record_bytes > 0)
        bytes -= bytes % tally->record_bytes;
    if (bytes == 0)
        return BEV_NEED_MORE;
    move_bytes(tally, source, destination, bytes);
    return BEV_OK;
}

static void free_tally(void *arg)
{
    ((struct tally *)arg)->freed++;
}

/* A filter over one end of a pair; the other end is its peer. */
struct filtered {
    struct fixture fixture;
    struct bufferevent *filter;     /* owned */
    struct bufferevent *underlying; /* owned */
    struct bufferevent *peer;       /* owned */
    struct watch watch;             /* of the filter */
};

static void filtered_open(struct filtered *filtered, bufferevent_filter_cb in,
                          bufferevent_filter_cb out, int options, struct tally *tally)
{
    struct bufferevent *ends[2];

    fixture_open(&filtered->fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    require(bufferevent_pair_new(filtered->fixture.base, 0, ends) == 0, "no pair");
    filtered->peer = ends[0];
    filtered->underlying = ends[1];
    bufferevent_enable(filtered->peer, EV_READ | EV_WRITE);
    filtered->filter =
        bufferevent_filter_new(filtered->underlying, in, out, options, free_tally, tally);
    require(filtered->filter, "no filter");
    watch_init(&filtered->watch, filtered->filter);
}

static void filtered_close(struct filtered *filtered)
{
    bufferevent_free(filtered->filter);
    bufferevent_free(filtered->underlying);
    bufferevent_free(filtered->peer);
    fixture_close(&filtered->fixture);
}

/* --- callbacks --------------------------------------------------------------------------- */

static void count_callback(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
    (void)buffer;
    if (info->n_added > 0)
        ++*(int *)arg;
}

/* Whose read callback the underlying end has; calls of a callback of its input, and bytes that
 * reach the filter, for 5 bytes; then both when the underlying end is given no callbacks. */
void act_filter_callbacks(void)
{
    struct tally tally = {0};
    struct filtered filtered;
    bufferevent_data_cb read_callback;
    int calls = 0;

    filtered_open(&filtered, filter_callback, NULL, 0, &tally);
    bufferevent_getcb(filtered.underlying, &read_callback, NULL, NULL, NULL);
    printf("%s, ", read_callback ? "set by the filter" : "not set");
    evbuffer_add_cb(bufferevent_get_input(filtered.underlying), count_callback, &calls);
    write_bytes(filtered.peer, 5);
    fixture_settle(&filtered.fixture);
    printf("%d call %zu bytes, ", calls, input_bytes(filtered.filter));
    bufferevent_setcb(filtered.underlying, NULL, NULL, NULL, NULL);
    write_bytes(filtered.peer, 7);
    fixture_settle(&filtered.fixture);
    printf("without %d calls %zu bytes, %zu below\n", calls, input_bytes(filtered.filter),
           input_bytes(filtered.underlying));
    filtered_close(&filtered);
}

/* What a filter is freed with: calls of free_context just after and after a pass of the loop; then
 * whether the peer still has a partner. */
static void print_freed(int options)
{
    struct tally tally = {0};
    struct filtered filtered;

    filtered_open(&filtered, filter_callback, filter_callback, options, &tally);
    bufferevent_free(filtered.filter);
    printf("%d", tally.freed);
    fixture_settle(&filtered.fixture);
    bool has_partner = bufferevent_pair_get_partner(filtered.peer) != NULL;
    printf(" %d underlying %s", tally.freed, has_partner ? "left" : "freed");
    if (has_partner)
        bufferevent_free(filtered.underlying);
    bufferevent_free(filtered.peer);
    fixture_close(&filtered.fixture);
}

void act_filter_free(void)
{
    print_freed(BEV_OPT_CLOSE_ON_FREE);
    printf(", without ");
    print_freed(0);
    printf("\n");
}

/* Whether a filter can be made with each of the options. */
void act_filter_options(void)
{
    const int options[] = {BEV_OPT_CLOSE_ON_FREE, BEV_OPT_DEFER_CALLBACKS,
                           BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS,
                           BEV_OPT_UNLOCK_CALLBACKS, BEV_OPT_THREADSAFE};
    struct bufferevent *ends[2];
    struct fixture fixture;

    fixture_mute();
    fixture_open(&fixture, STAGE_WALL_MS, STAGE_MONOTONIC_US);
    for (int i = 0; i < 5; i++) {
        require(bufferevent_pair_new(fixture.base, 0, ends) == 0, "no pair");
        struct bufferevent *filter =
            bufferevent_filter_new(ends[1], NULL, NULL, options[i], NULL, NULL);
        printf("%s%c", filter ? "made" : "refused", i < 4 ? ' ' : '\n');
        if (filter)
            bufferevent_free(filter);
        if (!filter || !(options[i] & BEV_OPT_CLOSE_ON_FREE))
            bufferevent_free(ends[1]);
        bufferevent_free(ends[0]);
        fixture_settle(&fixture);
    }
    fixture_close(&fixture);
}

static void print_modes(const struct tally *tally)
{
    printf("%d/%d/%d", tally->modes[BEV_NORMAL], tally->modes[BEV_FLUSH],
           tally->modes[BEV_FINISHED]);
}

/* Calls in each mode, of the one direction or the other: three writes, then a flush in each mode.
 */
static void print_calls(bool out)
{
    struct tally tally = {0};
    struct filtered filtered;

    filtered_open(&filtered, out ? NULL : filter_callback, out ? filter_callback : NULL, 0, &tally);
    for (int i = 0; i < 3; i++) {
        write_bytes(out ? filtered.filter : filtered.peer, 5);
        fixture_settle(&filtered.fixture);
    }
    print_modes(&tally);
    bufferevent_flush(filtered.filter, out ? EV_WRITE : EV_READ, BEV_NORMAL);
    bufferevent_flush(filtered.filter, out ? EV_WRITE : EV_READ, BEV_FLUSH);
    bufferevent_flush(filtered.filter, out ? EV_WRITE : EV_READ, BEV_FINISHED);
    printf(" then ");
    print_modes(&tally);
    filtered_close(&filtered);
}

void act_filter_calls(void)
{
    printf("in ");
    print_calls(false);
    printf(", out ");
    print_calls(true);
    printf("\n");
}

/* --- limits and results ------------------------------------------------------------------ */

/* 5000 bytes written above an end that may not write and has that high mark: dst_limit of the first
 * call, bytes below the filter and above it. */
static void print_limit(size_t high_bytes, bool keeps_limit)
{
    struct tally tally = {.keeps_limit = keeps_limit};
    struct filtered filtered;

    filtered_open(&filtered, NULL, filter_callback, 0, &tally);
    bufferevent_disable(filtered.peer, EV_READ);
    bufferevent_setwatermark(filtered.underlying, EV_WRITE, 0, high_bytes);
    write_bytes(filtered.filter, 5000);
    fixture_settle(&filtered.fixture);
    printf("%d %zu+%zu", (int)tally.dst_limit, output_bytes(filtered.underlying),
           output_bytes(filtered.filter));
    filtered_close(&filtered);
}

/* Likewise for 5000 bytes to read by a filter with that high mark. */
static void print_input_limit(size_t high_bytes)
{
    struct tally tally = {.keeps_limit = true};
    struct filtered filtered;

    filtered_open(&filtered, filter_callback, NULL, 0, &tally);
    watch_events(&filtered.watch, filtered.filter);
    bufferevent_setwatermark(filtered.filter, EV_READ, 0, high_bytes);
    write_bytes(filtered.peer, 5000);
    fixture_settle(&filtered.fixture);
    printf("in %d %zu+%zu\n", (int)tally.dst_limit, input_bytes(filtered.filter),
           input_bytes(filtered.underlying));
    filtered_close(&filtered);
}

void act_filter_limit(void)
{
    print_limit(0, true);
    printf(", ");
    print_limit(700, true);
    printf(", ");
    print_limit(800, true);
    printf(", ignored ");
    print_limit(700, false);
    printf(", ");
    print_input_limit(600);
}

/* 4 bytes come three times: what a filter of records of 10 has passed on, and the calls. */
static void print_records_of_10(void)
{
    struct tally tally = {.record_bytes = 10};
    struct filtered filtered;

    filtered_open(&filtered, filter_callback, NULL, 0, &tally);
    for (int i = 0; i < 3; i++) {
        write_bytes(filtered.peer, 4);
        fixture_settle(&filtered.fixture);
        printf("%zu ", input_bytes(filtered.filter));
    }
    printf("%zu held %d calls", input_bytes(filtered.underlying), tally.calls);
    filtered_close(&filtered);
}

/* 5 bytes before a filter that fails: events of the filter and of the peer, bytes that stay below.
 */
static void print_error(void)
{
    struct tally tally = {.fails = true};
    struct filtered filtered;
    struct watch peer;

    filtered_open(&filtered, filter_callback, NULL, 0, &tally);
    watch_init(&peer, filtered.peer);
    write_bytes(filtered.peer, 5);
    fixture_settle(&filtered.fixture);
    printf("%d call %d %d events %zu stay", tally.calls, filtered.watch.events, peer.events,
           input_bytes(filtered.underlying));
    filtered_close(&filtered);
}

/* Calls for 5 bytes of a filter that a thousand times says BEV_OK and moves nothing. */
static void print_idle(void)
{
    struct tally tally = {.idle_calls = 1000};
    struct filtered filtered;

    filtered_open(&filtered, filter_callback, NULL, 0, &tally);
    write_bytes(filtered.peer, 5);
    event_base_loop(filtered.fixture.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    printf("%d calls %zu", tally.calls, input_bytes(filtered.filter));
    filtered_close(&filtered);
}

void act_filter_results(void)
{
    printf("NEED_MORE ");
    print_records_of_10();
    printf(", ERROR ");
    print_error();
    printf(", OK ");
    print_idle();
    printf("\n");
}

/* --- reading below, and filters on filters ----------------------------------------------- */

static void print_places(struct filtered *filtered)
{
    fixture_settle(&filtered->fixture);
    printf("%zu+%zu+%zu", input_bytes(filtered->filter), input_bytes(filtered->underlying),
           output_bytes(filtered->peer));
}

/* Reading is disabled on the filter and enabled again, then on the underlying end: 5 more bytes
 * each time, and where they are: in the filter, below it, at the peer. */
void act_filter_suspend(void)
{
    struct tally tally = {0};
    struct filtered filtered;

    filtered_open(&filtered, filter_callback, NULL, 0, &tally);
    bufferevent_disable(filtered.filter, EV_READ);
    write_bytes(filtered.peer, 5);
    print_places(&filtered);
    printf(" %d, ", bufferevent_get_enabled(filtered.underlying));
    bufferevent_enable(filtered.filter, EV_READ);
    print_places(&filtered);
    printf("; beside it ");
    bufferevent_disable(filtered.underlying, EV_READ);
    write_bytes(filtered.peer, 5);
    print_places(&filtered);
    printf(", ");
    bufferevent_enable(filtered.underlying, EV_READ);
    print_places(&filtered);
    printf("\n");
    filtered_close(&filtered);
}

static void print_text(struct bufferevent *end)
{
    char text[16] = "";

    bufferevent_read(end, text, sizeof(text) - 1);
    printf("%s", text);
}

/* A filter that appends `b`, one above that appends `a`, one above that changes nothing: what comes
 * of x downwards and of y upwards. */
void act_filter_stacked(void)
{
    struct tally lower = {.letter = 'b'}, upper = {.letter = 'a'};
    struct filtered filtered;

    filtered_open(&filtered, filter_callback, filter_callback, 0, &lower);
    struct bufferevent *second = bufferevent_filter_new(filtered.filter, filter_callback,
                                                        filter_callback, 0, free_tally, &upper);
    require(second, "no filter");
    struct bufferevent *third = bufferevent_filter_new(second, NULL, NULL, 0, NULL, NULL);
    require(third, "no filter");
    bufferevent_enable(second, EV_READ | EV_WRITE);
    bufferevent_enable(third, EV_READ | EV_WRITE);
    bufferevent_write(third, "x", 1);
    bufferevent_write(filtered.peer, "y", 1);
    fixture_settle(&filtered.fixture);
    print_text(filtered.peer);
    printf(" ");
    print_text(third);
    printf("\n");
    bufferevent_free(third);
    bufferevent_free(second);
    filtered_close(&filtered);
}
