#include "shaper/channel/channel_pair.h"

#include <stddef.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "shaper/channel/channel_life.h"
#include "shaper/schedulers/group_internal.h"
#include "shaper/suspend_hooks.h"

/*
 * The stages of a byte, in each direction:
 *     offered -> unsent -> [in the kernel, if these were sockets] -> read -> across -> delivered
 * The shaped end pays when it takes them out of `unsent` (write) or out of the kernel (read). What
 * an end has read crosses the pair and is delivered at the same instant: at each grant, or once for
 * all grants where no one reacts to deliveries.
 */
struct pair_channel {
    struct shaper_channel common;
    struct poll_end shaped_end;
    struct poll_end peer_end;
    unsigned suspended[SHAPER_DIRECTIONS]; /* enum suspend_reason bits */
    uint64_t unsent_bytes[SHAPER_DIRECTIONS];
    uint64_t in_kernel_bytes[SHAPER_DIRECTIONS];
    uint64_t read_bytes[SHAPER_DIRECTIONS];
    struct pair_members *members;  /* the queues of a scheduled group; NULL: in none */
    uint32_t peer_write_max_bytes; /* of one callback: libevent's value, as the peer has no limit */
    bool delivery_due[SHAPER_DIRECTIONS]; /* by libevent, to a filter */
    bool delivers_at_once;                /* as the owner may react to each delivery */
    bool is_filtered;   /* the bytes are in the evbuffers: filters write them there */
    bool is_granting;   /* a watermark is set for a grant: what it stops continues at once */
    bool is_handing_on; /* at once: libevent's own callback, which finds nothing, is still due */
    bool has_ended;     /* the peer finds the end of file when it reads next */
    bool is_end_due;    /* it has, and libevent is about to report it */
};

struct pair_members {
    struct pair_channel *pair;
    struct queue_member of[SHAPER_DIRECTIONS];
};

static struct pair_channel *pair_of_shaped(const struct poll_end *end)
{
    return (struct pair_channel *)((uintptr_t)end - offsetof(struct pair_channel, shaped_end));
}

static struct pair_channel *pair_of_peer(const struct poll_end *end)
{
    return (struct pair_channel *)((uintptr_t)end - offsetof(struct pair_channel, peer_end));
}

static size_t min_size(uint64_t a, uint64_t b)
{
    return (size_t)(a < b ? a : b);
}

static void add_zeros(struct pair_channel *pair, struct bufferevent *sender, size_t bytes)
{
    for (size_t left = bytes; left > 0;) {
        size_t n = min_size(left, CHANNEL_ZEROS_BYTES);
        if (evbuffer_add_reference(bufferevent_get_output(sender), channel_zeros, n, NULL, NULL) !=
            0) {
            pair->common.shaper->is_out_of_memory = true;
            break;
        }
        left -= n;
    }
}

/* With filters the bytes wait in the sender's output, and the receiver does not read: a watermark
 * higher by `bytes` makes it read exactly that many. */
static void grant(struct pair_channel *pair, struct bufferevent *receiver, size_t bytes)
{
    size_t high = receiver == pair->common.shaped ? pair->common.setup->read_high_bytes : 0;

    pair->is_granting = bytes != high; /* this many stop it by themselves, as they stop a socket */
    bufferevent_setwatermark(receiver, EV_READ, 0,
                             evbuffer_get_length(bufferevent_get_input(receiver)) + bytes);
    bufferevent_enable(receiver, EV_READ);
    bufferevent_disable(receiver, EV_READ);
    bufferevent_setwatermark(receiver, EV_READ, 0, high);
    pair->is_granting = false;
}

static void expect_delivery(struct pair_channel *pair, enum shaper_direction direction)
{
    if (!pair->is_filtered || pair->delivery_due[direction])
        return;
    pair->delivery_due[direction] = true;
    pair->common.shaper->callbacks_due++;
}

static struct bufferevent *receiver_of(struct pair_channel *pair, enum shaper_direction direction)
{
    return direction == SHAPER_READ ? pair->common.shaped : pair->common.peer;
}

static void take_out(struct pair_channel *pair, enum shaper_direction direction)
{
    if (direction == SHAPER_READ)
        channel_shaped_readable(pair->common.shaped, pair);
    else
        channel_peer_readable(pair->common.peer, pair);
}

/* What crosses restarts a pair's read timeout although its full input suspends it: a suspended
 * socket has none. */
static void stop_timeout(struct pair_channel *pair, enum shaper_direction direction)
{
    struct bufferevent *shaped = pair->common.shaped;

    if (direction != SHAPER_READ || !pair->suspended[SHAPER_READ] ||
        pair->common.setup->timeout_us[SHAPER_READ] == 0)
        return;
    bufferevent_disable(shaped, EV_READ);
    bufferevent_enable(shaped, EV_READ);
}

/* The zeros are written only now. A shaped end that libevent has suspended has paid for them
 * before: a flush moves them. */
static void cross(struct pair_channel *pair, enum shaper_direction direction)
{
    struct bufferevent *sender = channel_sender(&pair->common, direction);

    add_zeros(pair, sender, (size_t)pair->read_bytes[direction]);
    pair->read_bytes[direction] = 0;
    if (evbuffer_get_length(bufferevent_get_output(sender)) > 0)
        bufferevent_flush(sender, EV_WRITE, BEV_FLUSH);
    stop_timeout(pair, direction);
}

static void pair_deliver(struct shaper_channel *channel)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        if (pair->read_bytes[d] == 0)
            continue;
        cross(pair, (enum shaper_direction)d);
        take_out(pair, (enum shaper_direction)d);
    }
}

/* An end reads bytes: before they are charged, as libevent may suspend the end when they are. */
static void read_in(struct pair_channel *pair, enum shaper_direction direction, size_t bytes)
{
    if (pair->is_filtered) {
        grant(pair, receiver_of(pair, direction), bytes);
        expect_delivery(pair, direction);
        return;
    }
    pair->read_bytes[direction] += bytes;
    if (pair->delivers_at_once)
        cross(pair, direction);
}

/* Then passes them on. */
static void hand_on(struct pair_channel *pair, enum shaper_direction direction)
{
    if (pair->is_filtered || pair->delivers_at_once) {
        pair->is_handing_on = true;
        take_out(pair, direction);
        pair->is_handing_on = false;
    } else if (channel_drains_with(&pair->common, pair->read_bytes)) {
        pair_deliver(&pair->common);
    } else {
        channel_arrived(&pair->common);
    }
}

/* The counterpart of libevent's write callback of a socket. */
static void shaped_write(struct pair_channel *pair)
{
    struct bufferevent *shaped = pair->common.shaped;
    ev_ssize_t most = bufferevent_get_max_to_write(shaped);

    if (pair->suspended[SHAPER_WRITE])
        return;
    size_t bytes = min_size(pair->unsent_bytes[SHAPER_WRITE], (uint64_t)most);
    if (bytes > 0) {
        pair->unsent_bytes[SHAPER_WRITE] -= bytes;
        pair->in_kernel_bytes[SHAPER_WRITE] += bytes;
        poll_end_wake(&pair->peer_end, POLL_READABLE);
        channel_charge(&pair->common, SHAPER_WRITE, bytes);
    }
    if (pair->unsent_bytes[SHAPER_WRITE] == 0)
        poll_end_unwant(&pair->shaped_end, POLL_WRITABLE);
    if (bytes > 0)
        channel_wrote(&pair->common);
}

/* The counterpart of libevent's read callback of a socket. */
static void shaped_read(struct pair_channel *pair)
{
    struct bufferevent *shaped = pair->common.shaped;
    size_t high = pair->common.setup->read_high_bytes;

    if (pair->suspended[SHAPER_READ])
        return;
    size_t most = min_size((uint64_t)bufferevent_get_max_to_read(shaped), SHAPER_READ_MAX_BYTES);
    if (high > 0)
        most = min_size(most, high);
    size_t bytes = min_size(pair->in_kernel_bytes[SHAPER_READ], most);
    if (bytes == 0)
        return;
    pair->in_kernel_bytes[SHAPER_READ] -= bytes;
    read_in(pair, SHAPER_READ, bytes);
    channel_charge(&pair->common, SHAPER_READ, bytes);
    hand_on(pair, SHAPER_READ);
}

/* The peer's only limit is what one callback moves. */
static void peer_write(struct pair_channel *pair)
{
    size_t bytes = min_size(pair->unsent_bytes[SHAPER_READ], pair->peer_write_max_bytes);

    pair->unsent_bytes[SHAPER_READ] -= bytes;
    pair->in_kernel_bytes[SHAPER_READ] += bytes;
    if (bytes > 0)
        poll_end_wake(&pair->shaped_end, POLL_READABLE);
    if (pair->unsent_bytes[SHAPER_READ] == 0)
        poll_end_unwant(&pair->peer_end, POLL_WRITABLE);
}

/* The peer's event callback is deferred, too. */
static void peer_read_end(struct pair_channel *pair)
{
    pair->has_ended = false;
    pair->is_end_due = true;
    pair->common.shaper->callbacks_due++;
    bufferevent_flush(pair->common.shaped, EV_WRITE, BEV_FINISHED);
}

static void peer_read(struct pair_channel *pair)
{
    if (pair->has_ended && pair->in_kernel_bytes[SHAPER_WRITE] == 0) {
        peer_read_end(pair);
        return;
    }
    size_t bytes = min_size(pair->in_kernel_bytes[SHAPER_WRITE], SHAPER_READ_MAX_BYTES);

    pair->in_kernel_bytes[SHAPER_WRITE] -= bytes;
    read_in(pair, SHAPER_WRITE, bytes);
    hand_on(pair, SHAPER_WRITE);
}

static unsigned shaped_ready(const struct poll_end *end)
{
    return POLL_WRITABLE |
           (pair_of_shaped(end)->in_kernel_bytes[SHAPER_READ] > 0 ? POLL_READABLE : 0U);
}

static void shaped_act(struct poll_end *end, enum poll_event event)
{
    if (event == POLL_READABLE)
        shaped_read(pair_of_shaped(end));
    else
        shaped_write(pair_of_shaped(end));
}

static unsigned peer_ready(const struct poll_end *end)
{
    const struct pair_channel *pair = pair_of_peer(end);
    bool is_readable = pair->in_kernel_bytes[SHAPER_WRITE] > 0 || pair->has_ended;

    return POLL_WRITABLE | (is_readable ? POLL_READABLE : 0U);
}

static void peer_act(struct poll_end *end, enum poll_event event)
{
    if (event == POLL_READABLE)
        peer_read(pair_of_peer(end));
    else
        peer_write(pair_of_peer(end));
}

static const struct poll_ops shaped_ops = {shaped_ready, shaped_act};
static const struct poll_ops peer_ops = {peer_ready, peer_act};

static void pair_received(struct shaper_channel *channel, enum shaper_direction direction)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    if (!pair->delivery_due[direction] || pair->is_handing_on)
        return;
    pair->delivery_due[direction] = false;
    channel->shaper->callbacks_due--;
}

static void pair_shaped_event(struct shaper_channel *channel, short what)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    if (!(what & BEV_EVENT_TIMEOUT))
        return;
    if ((what & BEV_EVENT_READING) && !pair->suspended[SHAPER_READ]) {
        /* a socket that is disabled and enabled again goes to the tail of the ready list again */
        poll_end_unwant(&pair->shaped_end, POLL_READABLE);
        poll_end_want(&pair->shaped_end, POLL_READABLE);
    }
    channel_timed_out(&pair->common, what);
}

static void peer_event_callback(struct bufferevent *peer, short what, void *arg)
{
    struct pair_channel *pair = arg;

    (void)peer;
    if (pair->common.ending && (what & BEV_EVENT_EOF))
        channel_saw_end(&pair->common);
}

/* A release lets a socket wait again for its descriptor in the direction that was suspended:
 * poll_interest stands for that. */
static void pair_suspended(struct shaper_channel *channel, enum shaper_direction direction,
                           unsigned reason, bool stopped)
{
    struct pair_channel *pair = (struct pair_channel *)channel;
    enum poll_event event = direction == SHAPER_READ ? POLL_READABLE : POLL_WRITABLE;

    if (pair->is_granting && reason == SUSPEND_WATERMARK)
        return;
    if (stopped)
        pair->suspended[direction] |= reason;
    else
        pair->suspended[direction] &= ~reason;
    if (pair->members)
        queue_member_changed(&pair->members->of[direction]);
    else if (stopped)
        poll_end_unwant(&pair->shaped_end, event);
    else if (!pair->suspended[direction])
        poll_end_want(&pair->shaped_end, event);
}

static void line_up(struct pair_channel *pair, enum shaper_direction direction)
{
    if (pair->members)
        queue_member_changed(&pair->members->of[direction]);
    else if (direction == SHAPER_READ)
        poll_end_want(&pair->peer_end, POLL_WRITABLE);
    else if (!pair->suspended[SHAPER_WRITE])
        poll_end_want(&pair->shaped_end, POLL_WRITABLE);
}

static int pair_offer(struct shaper_channel *channel, enum shaper_direction direction, size_t bytes)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    pair->unsent_bytes[direction] += bytes;
    line_up(pair, direction);
    return 0;
}

static void filters_wrote(struct evbuffer *output, const struct evbuffer_cb_info *change, void *arg)
{
    struct pair_channel *pair = arg;
    bool is_shaped = output == bufferevent_get_output(pair->common.shaped);
    enum shaper_direction direction = is_shaped ? SHAPER_WRITE : SHAPER_READ;

    if (change->n_added == 0)
        return;
    pair->unsent_bytes[direction] += change->n_added;
    line_up(pair, direction);
}

static void pair_filtered(struct shaper_channel *channel)
{
    struct pair_channel *pair = (struct pair_channel *)channel;
    struct bufferevent *const ends[] = {channel->shaped, channel->peer};
    struct poll_end *const polled[] = {&pair->shaped_end, &pair->peer_end};

    pair->is_filtered = true;
    bufferevent_setcb(channel->shaped, channel_shaped_readable, NULL, channel_shaped_event, pair);
    bufferevent_setcb(channel->peer, channel_peer_readable, NULL, peer_event_callback, pair);
    /* A scheduled group's queues are joined later. A filter enables a socket below it for writing,
     * whether there is something to write or not, and stops its reading until the filter itself is
     * enabled: reading is added last, and so comes first. */
    for (int i = 0; i < 2; i++) {
        poll_end_unwant(polled[i], POLL_READABLE);
        poll_end_want(polled[i], POLL_WRITABLE);
        poll_end_want(polled[i], POLL_READABLE);
        bufferevent_disable(ends[i], EV_READ);
        if (!evbuffer_add_cb(bufferevent_get_output(ends[i]), filters_wrote, pair))
            channel->shaper->is_out_of_memory = true;
    }
}

static uint64_t pair_output_bytes(const struct shaper_channel *channel)
{
    return ((const struct pair_channel *)channel)->unsent_bytes[SHAPER_WRITE];
}

/* A pair's flush moves everything across, whether its ends may read and write or not. */
static void flush_direction(struct pair_channel *pair, enum shaper_direction direction,
                            enum bufferevent_flush_mode mode)
{
    struct bufferevent *sender = channel_sender(&pair->common, direction);
    struct bufferevent *receiver = receiver_of(pair, direction);
    struct evbuffer *input = bufferevent_get_input(receiver);
    size_t in_kernel = (size_t)pair->in_kernel_bytes[direction];
    size_t before = evbuffer_get_length(input);

    if (mode == BEV_NORMAL) {
        bufferevent_flush(sender, EV_WRITE, mode);
        return;
    }
    pair->is_granting = true; /* a full input would stop the rest, but no time passes meanwhile */
    bufferevent_setwatermark(receiver, EV_READ, 0, 0);
    if (!pair->is_filtered)
        add_zeros(pair, sender, in_kernel + (size_t)pair->unsent_bytes[direction]);
    bufferevent_flush(sender, EV_WRITE, mode);
    if (direction == SHAPER_READ)
        bufferevent_setwatermark(receiver, EV_READ, 0, pair->common.setup->read_high_bytes);
    pair->is_granting = false;
    pair->unsent_bytes[direction] = 0;
    pair->in_kernel_bytes[direction] = 0;
    line_up(pair, direction); /* none of it is left to grant */
    size_t crossed = evbuffer_get_length(input) - before;
    /* What a write had paid for was in the kernel. */
    channel_flushed(&pair->common, direction,
                    crossed - (direction == SHAPER_WRITE ? in_kernel : 0));
    if (crossed == 0)
        return;
    if (pair->is_filtered)
        expect_delivery(pair, direction);
    else
        take_out(pair, direction);
}

static void pair_flush(struct shaper_channel *channel, enum bufferevent_flush_mode mode)
{
    flush_direction((struct pair_channel *)channel, SHAPER_WRITE, mode);
    flush_direction((struct pair_channel *)channel, SHAPER_READ, mode);
}

/* --- in a scheduled group ------------------------------------------------------------------- */

static struct pair_channel *pair_of_member(const struct queue_member *member)
{
    const struct queue_member *first = member - member->queue->direction;

    return ((const struct pair_members *)((uintptr_t)first - offsetof(struct pair_members, of)))
        ->pair;
}

/* What waits, as far as the per-flow limit and the maximum of one callback allow. */
static uint64_t member_wanted_bytes(const struct queue_member *member)
{
    const struct pair_channel *pair = pair_of_member(member);
    enum shaper_direction direction = member->queue->direction;
    size_t high = direction == SHAPER_READ ? pair->common.setup->read_high_bytes : 0;

    if (pair->suspended[direction] || pair->unsent_bytes[direction] == 0)
        return 0;
    ev_ssize_t most = direction == SHAPER_READ ? bufferevent_get_max_to_read(pair->common.shaped)
                                               : bufferevent_get_max_to_write(pair->common.shaped);
    if (most <= 0)
        return 0;
    size_t bytes = min_size(pair->unsent_bytes[direction], (uint64_t)most);
    return high > 0 ? min_size(bytes, high) : bytes;
}

static uint64_t member_grant(struct queue_member *member, uint64_t bytes)
{
    struct pair_channel *pair = pair_of_member(member);
    enum shaper_direction direction = member->queue->direction;

    pair->unsent_bytes[direction] -= bytes;
    read_in(pair, direction, (size_t)bytes);
    channel_charge(&pair->common, direction, (size_t)bytes);
    hand_on(pair, direction);
    if (direction == SHAPER_WRITE)
        channel_wrote(&pair->common);
    return bytes;
}

/* What waits passes the queues from now on; what a write has paid for is already sent. */
static int enter_queues(struct pair_channel *pair, struct shaper_group *group)
{
    struct pair_members *members = calloc(1, sizeof(*members));

    if (!members)
        return -1;
    members->pair = pair;
    pair->members = members;
    poll_end_unwant(&pair->peer_end, POLL_WRITABLE);
    poll_end_unwant(&pair->shaped_end, POLL_READABLE | POLL_WRITABLE);
    pair->unsent_bytes[SHAPER_READ] += pair->in_kernel_bytes[SHAPER_READ];
    pair->in_kernel_bytes[SHAPER_READ] = 0;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) {
        struct queue_member *member = &members->of[d];
        member->wanted_bytes = member_wanted_bytes;
        member->grant = member_grant;
        member->weight = pair->common.weight ? pair->common.weight : 1;
        queue_join(group_queue(group, (enum shaper_direction)d), member);
    }
    return 0;
}

static void leave_queues(struct pair_channel *pair)
{
    struct pair_members *members = pair->members;

    if (!members)
        return;
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        queue_leave(&members->of[d]);
    pair->members = NULL;
    free(members);
    if (!pair->suspended[SHAPER_READ])
        poll_end_want(&pair->shaped_end, POLL_READABLE);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        if (pair->unsent_bytes[d] > 0)
            line_up(pair, (enum shaper_direction)d);
}

static int pair_set_queues(struct shaper_channel *channel, struct shaper_group *group)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    leave_queues(pair);
    return group ? enter_queues(pair, group) : 0;
}

/* With a read watermark a socket's end stops when it is full, is emptied by its read callback and
 * goes to the tail again, all before another end acts. A timeout comes, among those of one instant,
 * in the order of the last delivery. */
static void pair_start(struct shaper_channel *channel)
{
    const struct shaper_channel_setup *setup = channel->setup;

    ((struct pair_channel *)channel)->delivers_at_once =
        !setup->sums_deliveries || setup->read_high_bytes > 0 ||
        setup->timeout_us[SHAPER_READ] > 0 || setup->timeout_us[SHAPER_WRITE] > 0;
}

/* The end of file is an event of the poll as a socket's is: how many there are decides how many of
 * them libevent asks for at once. */
static void pair_end(struct shaper_channel *channel)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    pair->has_ended = true;
    poll_end_wake(&pair->peer_end, POLL_READABLE);
}

static void pair_fini(struct shaper_channel *channel)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    for (int d = 0; d < SHAPER_DIRECTIONS; d++)
        channel->shaper->callbacks_due -= pair->delivery_due[d] ? 1U : 0U;
    channel->shaper->callbacks_due -= pair->is_end_due ? 1U : 0U;
    poll_end_unwant(&pair->shaped_end, POLL_READABLE | POLL_WRITABLE);
    poll_end_unwant(&pair->peer_end, POLL_READABLE | POLL_WRITABLE);
}

static const struct channel_ops pair_ops = {.offer = pair_offer,
                                            .filtered = pair_filtered,
                                            .suspended = pair_suspended,
                                            .received = pair_received,
                                            .deliver = pair_deliver,
                                            .shaped_event = pair_shaped_event,
                                            .set_queues = pair_set_queues,
                                            .output_bytes = pair_output_bytes,
                                            .flush = pair_flush,
                                            .start = pair_start,
                                            .end = pair_end,
                                            .fini = pair_fini};

struct shaper_channel *channel_pair_new(struct shaper *shaper, int *status)
{
    struct pair_channel *pair = calloc(1, sizeof(*pair));
    struct bufferevent *ends[2];

    *status = SHAPER_ERROR_MEMORY;
    if (!pair)
        return NULL;
    if (bufferevent_pair_new(shaper->base, 0, ends) != 0) {
        free(pair);
        return NULL;
    }
    pair->common.ops = &pair_ops;
    pair->common.shaper = shaper;
    pair->common.peer = ends[0];
    pair->common.shaped = ends[1];
    pair->peer_write_max_bytes = (uint32_t)bufferevent_get_max_to_write(ends[0]);
    poll_end_init(&pair->shaped_end, &shaper->poller, &shaped_ops);
    poll_end_init(&pair->peer_end, &shaper->poller, &peer_ops);
    bufferevent_setcb(ends[1], NULL, NULL, channel_shaped_event, pair);
    bufferevent_setcb(ends[0], NULL, NULL, peer_event_callback, pair);
    bufferevent_enable(ends[0], EV_READ);
    bufferevent_enable(ends[1], EV_READ);
    poll_end_want(&pair->peer_end, POLL_READABLE);
    poll_end_want(&pair->shaped_end, POLL_READABLE);
    *status = SHAPER_OK;
    return &pair->common;
}
