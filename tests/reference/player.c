#include "tests/reference/player.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>

#define NEVER         INT64_MAX
#define CHUNK_BYTES   4096
#define STANDSTILL_US INT64_C(10000000)

int64_t player_now_us(const struct player *player)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000 - player->origin_us;
}

static const char *name_of(const struct player *player)
{
    return player->sends == FLOW_FROM_INITIATOR ? "clients" : "server";
}

void player_fail(struct player *player, const char *what)
{
    fprintf(stderr, "reference_play: %s: %s\n", name_of(player), what);
    player->result->has_failed = true;
    event_base_loopbreak(player->base);
}

static const struct planned_flow *flow_of(const struct player_end *end)
{
    return &end->player->plan->flows[end->flow];
}

static const struct planned_packet *packet_at(const struct player *player, uint32_t index)
{
    return &player->plan->packets[index];
}

/* What a stream holds at that position: another content for each flow and direction. */
static unsigned char content_at(uint32_t flow, enum flow_direction direction, uint64_t position)
{
    return (unsigned char)(position * 167 + (position >> 9) + flow * 13U +
                           (unsigned)direction * 101U);
}

/* --- when ----------------------------------------------------------------------------------- */

/* When the next packet is due. */
static int64_t packet_due_us(const struct player_end *end)
{
    const struct player *player = end->player;
    const struct planned_packet *packet = packet_at(player, end->unsent);
    int64_t due_us = packet->captured_us + end->shift_us;

    if (packet->cause == PLAN_NONE || player->is_open_loop)
        return due_us;
    int64_t read_us = player->times[packet->cause].delivered_us;
    if (read_us == NOT_YET)
        return NEVER;
    int64_t after_cause_us =
        read_us + packet->captured_us - packet_at(player, packet->cause)->captured_us;
    return after_cause_us > due_us ? after_cause_us : due_us;
}

/* Whether a flow that is closed by its idle time, the trace's end or a new connection waits only
 * for that time. */
static bool waits_for_close(const struct player_end *end)
{
    enum flow_close close = flow_of(end)->close;

    return end->player->sends == FLOW_FROM_RESPONDER && close != FLOW_CLOSED_FIN &&
           close != FLOW_CLOSED_RST;
}

static int64_t close_due_us(const struct player_end *end)
{
    bool is_by_time = flow_of(end)->close != FLOW_CLOSED_SYN;

    return flow_of(end)->close_us + (is_by_time ? end->shift_us : 0);
}

/* All is sent, and in the kernel's hands. */
static bool has_sent_all(const struct player_end *end)
{
    return end->bev && end->unsent == PLAN_NONE &&
           evbuffer_get_length(bufferevent_get_output(end->bev)) == 0;
}

/* All is sent and read. */
static bool is_drained(const struct player_end *end)
{
    return has_sent_all(end) && end->expected == PLAN_NONE;
}

/* When the end has to do something. */
static int64_t end_due_us(const struct player_end *end)
{
    if (end->has_ended)
        return NEVER;
    if (!end->bev)
        return end->player->connect ? flow_of(end)->start_us : NEVER;
    if (end->unsent != PLAN_NONE)
        return packet_due_us(end);
    return waits_for_close(end) && is_drained(end) ? close_due_us(end) : NEVER;
}

/* The end that has to do something first: of several at that time the one whose packet was captured
 * first. */
static struct player_end *first_due(struct player *player, int64_t *due_us)
{
    struct player_end *first = NULL;

    *due_us = NEVER;
    for (uint32_t i = 0; i < player->plan->flow_count; i++) {
        struct player_end *end = &player->ends[i];
        int64_t end_us = end_due_us(end);
        if (end_us < *due_us || (first && end_us == *due_us && end->unsent < first->unsent)) {
            first = end;
            *due_us = end_us;
        }
    }
    return first;
}

static void set_alarm(struct player *player, int64_t due_us)
{
    player->alarm_us = due_us;
    if (due_us == NEVER)
        return;
    int64_t at_us = due_us + player->origin_us;
    const struct itimerspec at = {
        .it_value = {.tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000}};
    if (timerfd_settime(player->timer, TFD_TIMER_ABSTIME, &at, NULL) != 0)
        player_fail(player, strerror(errno));
}

/* --- a flow's end --------------------------------------------------------------------------- */

static void finish_if_done(struct player *player)
{
    if (player->left > 0)
        return;
    for (uint32_t i = 0; i < player->plan->flow_count; i++) {
        struct bufferevent *bev = player->ends[i].bev;
        if (bev && evbuffer_get_length(bufferevent_get_output(bev)) > 0)
            return;
    }
    event_base_loopexit(player->base, NULL);
}

static void leave(struct player_end *end)
{
    if (end->player->leaves)
        end->player->leaves(end->player, end->bev);
    bufferevent_free(end->bev);
    end->bev = NULL;
    end->has_ended = true;
}

/* Shuts the connection where nothing more is sent, and ends the flow where it is over. The server
 * waits for its clients' end of file, they for his. */
static void settle(struct player_end *end)
{
    struct player *player = end->player;
    const struct planned_side *own = &flow_of(end)->sides[player->sends];
    const struct planned_side *other = &flow_of(end)->sides[!player->sends];

    finish_if_done(player);
    if (has_sent_all(end) && own->ends_stream && !end->is_shut) {
        shutdown(bufferevent_getfd(end->bev), SHUT_WR);
        end->is_shut = true;
    }
    if (!is_drained(end))
        return;
    if (waits_for_close(end)) {
        if (close_due_us(end) <= player_now_us(player))
            leave(end);
        else if (close_due_us(end) < player->alarm_us)
            set_alarm(player, close_due_us(end));
    } else if (end->has_eof || (player->sends == FLOW_FROM_RESPONDER && !other->ends_stream)) {
        leave(end);
    }
}

static void note_late(struct player *player, int64_t due_us)
{
    int64_t late_us = player_now_us(player) - due_us;

    if (late_us > player->result->latest_us)
        player->result->latest_us = late_us;
}

static void send_packet(struct player_end *end, int64_t due_us)
{
    struct player *player = end->player;
    const struct planned_packet *packet = packet_at(player, end->unsent);
    unsigned char chunk[CHUNK_BYTES];
    uint32_t filled = 0;

    player->times[end->unsent].due_us = due_us;
    player->times[end->unsent].sent_us = player_now_us(player);
    end->shift_us = due_us - packet->captured_us;
    end->unsent = packet->next;
    player->left--;
    for (uint32_t i = 0; i < packet->bytes; i++) {
        chunk[filled++] = content_at(end->flow, player->sends, end->sent_bytes++);
        if (filled < sizeof(chunk) && i + 1 < packet->bytes)
            continue;
        if (bufferevent_write(end->bev, chunk, filled) != 0)
            player_fail(player, "out of memory");
        filled = 0;
    }
    settle(end);
}

/* From this packet on, the next one that carries bytes. */
static uint32_t next_payload(const struct player *player, uint32_t index)
{
    while (index != PLAN_NONE && packet_at(player, index)->bytes == 0)
        index = packet_at(player, index)->next;
    return index;
}

/* Notes what has been read whole. true: something has. */
static bool note_delivered(struct player_end *end)
{
    struct player *player = end->player;
    int64_t now_us = player_now_us(player);
    bool any = false;

    while (end->expected != PLAN_NONE &&
           packet_at(player, end->expected)->end_bytes <= end->read_bytes) {
        player->times[end->expected].delivered_us = now_us;
        player->left--;
        end->expected = next_payload(player, packet_at(player, end->expected)->next);
        any = true;
    }
    return any;
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct player_end *end = arg;
    struct player *player = end->player;
    unsigned char chunk[CHUNK_BYTES];
    size_t bytes;

    player->last_move_us = player_now_us(player);
    while ((bytes = bufferevent_read(bev, chunk, sizeof(chunk))) > 0) {
        for (size_t i = 0; i < bytes; i++) {
            if (chunk[i] != content_at(end->flow, !player->sends, end->read_bytes++)) {
                player_fail(player, "a byte has arrived that was not sent");
                return;
            }
        }
    }
    if (!note_delivered(end))
        return;
    int64_t due_us = end_due_us(end);
    if (due_us < player->alarm_us)
        set_alarm(player, due_us);
    settle(end);
}

static void on_written(struct bufferevent *bev, void *arg)
{
    (void)bev;
    settle(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct player_end *end = arg;
    char text[160];

    (void)bev;
    if (what & BEV_EVENT_EOF && end->expected == PLAN_NONE) {
        end->has_eof = true;
        settle(end);
        return;
    }
    snprintf(text, sizeof(text), "flow %" PRIu32 ": %s", end->flow + 1,
             what & BEV_EVENT_EOF ? "an end of file before all was read" : strerror(errno));
    player_fail(end->player, text);
}

void player_attach(struct player *player, uint32_t flow, int descriptor)
{
    struct player_end *end = &player->ends[flow];

    end->bev = bufferevent_socket_new(player->base, descriptor, BEV_OPT_CLOSE_ON_FREE);
    if (!end->bev) {
        close(descriptor);
        player_fail(player, "out of memory");
        return;
    }
    bufferevent_setcb(end->bev, on_read, on_written, on_event, end);
    if (player->joined)
        player->joined(player, end->bev);
    bufferevent_enable(end->bev, EV_READ | EV_WRITE);
    int64_t due_us = end_due_us(end);
    if (due_us < player->alarm_us)
        set_alarm(player, due_us);
}

/* --- the play ------------------------------------------------------------------------------- */

static void act(struct player_end *end, int64_t due_us)
{
    struct player *player = end->player;

    note_late(player, due_us);
    player->last_move_us = player_now_us(player);
    if (!end->bev) {
        int descriptor = player->connect(player, end->flow);
        if (descriptor < 0)
            player_fail(player, strerror(errno));
        else
            player_attach(player, end->flow, descriptor);
    } else if (end->unsent != PLAN_NONE) {
        send_packet(end, due_us);
    } else {
        settle(end);
    }
}

static void on_alarm(evutil_socket_t descriptor, short what, void *arg)
{
    struct player *player = arg;
    struct player_end *end;
    uint64_t expirations;
    int64_t due_us;

    (void)what;
    if (read(descriptor, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
        player_fail(player, strerror(errno));
    while ((end = first_due(player, &due_us)) && due_us <= player_now_us(player) &&
           !player->result->has_failed)
        act(end, due_us);
    set_alarm(player, due_us);
}

static void on_watch(evutil_socket_t descriptor, short what, void *arg)
{
    struct player *player = arg;

    (void)descriptor;
    (void)what;
    if (player->other->has_failed) {
        player->result->has_failed = true;
        event_base_loopbreak(player->base);
    } else if (player->alarm_us == NEVER &&
               player_now_us(player) > player->last_move_us + STANDSTILL_US)
        player_fail(player, "nothing is due, and nothing has moved for 10 s");
}

/* What an end has to send and to read. */
static void count_left(struct player *player)
{
    for (uint32_t i = 0; i < player->plan->packet_count; i++) {
        const struct planned_packet *packet = packet_at(player, i);
        if (packet->direction == player->sends || packet->bytes > 0)
            player->left++;
    }
}

static int create(struct player *player)
{
    struct event_config *config = event_config_new();

    if (config && event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0)
        player->base = event_base_new_with_config(config);
    if (config)
        event_config_free(config);
    player->ends = calloc(player->plan->flow_count + 1U, sizeof(*player->ends));
    player->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (!player->base || !player->ends || player->timer < 0)
        return -1;
    player->alarm = event_new(player->base, player->timer, EV_READ | EV_PERSIST, on_alarm, player);
    player->watch = event_new(player->base, -1, EV_PERSIST, on_watch, player);
    return player->alarm && player->watch ? 0 : -1;
}

int player_init(struct player *player)
{
    if (create(player) != 0) {
        fprintf(stderr, "reference_play: %s: out of memory or descriptors\n", name_of(player));
        player->result->has_failed = true;
        return -1;
    }
    for (uint32_t i = 0; i < player->plan->flow_count; i++) {
        const struct planned_side *sides = player->plan->flows[i].sides;
        player->ends[i] =
            (struct player_end){.player = player,
                                .flow = i,
                                .unsent = sides[player->sends].first,
                                .expected = next_payload(player, sides[!player->sends].first)};
    }
    count_left(player);
    player->alarm_us = NEVER;
    return 0;
}

void player_wait(const struct player *player)
{
    struct timespec origin = {.tv_sec = player->origin_us / 1000000,
                              .tv_nsec = player->origin_us % 1000000 * 1000};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &origin, NULL) == EINTR)
        continue;
}

void player_run(struct player *player)
{
    struct timeval second = {.tv_sec = 1};
    int64_t due_us;

    event_add(player->alarm, NULL);
    event_add(player->watch, &second);
    first_due(player, &due_us);
    set_alarm(player, due_us);
    if (player->left > 0 && !player->result->has_failed)
        event_base_dispatch(player->base);
    player->result->is_done = !player->result->has_failed && player->left == 0;
}

void player_end_flows(struct player *player)
{
    for (uint32_t i = 0; player->ends && i < player->plan->flow_count; i++) {
        if (player->ends[i].bev)
            leave(&player->ends[i]);
    }
}

void player_fini(struct player *player)
{
    free(player->ends);
    if (player->alarm)
        event_free(player->alarm);
    if (player->watch)
        event_free(player->watch);
    if (player->timer >= 0)
        close(player->timer);
    if (player->base)
        event_base_free(player->base);
}
