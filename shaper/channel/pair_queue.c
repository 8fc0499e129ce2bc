#include "shaper/channel/pair_queue.h"

#include <stddef.h>
#include <stdlib.h>

#include <event2/bufferevent.h>

#include "shaper/channel/pair_crossing.h"
#include "shaper/schedulers/group_internal.h"

struct pair_members {
    struct pair_channel *pair;
    struct queue_member of[SHAPER_DIRECTIONS];
};

void pair_line_up(struct pair_channel *pair, enum shaper_direction direction)
{
    if (pair->members)
        queue_member_changed(&pair->members->of[direction]);
    else if (direction == SHAPER_READ)
        poll_end_want(&pair->peer_end, POLL_WRITABLE);
    else if (!pair->suspended[SHAPER_WRITE])
        poll_end_want(&pair->shaped_end, POLL_WRITABLE);
}

void pair_queue_changed(struct pair_channel *pair, enum shaper_direction direction)
{
    queue_member_changed(&pair->members->of[direction]);
}

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

    if (pair->suspended[direction] || pair->unsent_bytes[direction] == 0)
        return 0;
    ev_ssize_t most = direction == SHAPER_READ ? bufferevent_get_max_to_read(pair->common.shaped)
                                               : bufferevent_get_max_to_write(pair->common.shaped);
    if (most <= 0)
        return 0;
    size_t bytes = pair_min(pair->unsent_bytes[direction], (uint64_t)most);
    return direction == SHAPER_READ ? pair_min(bytes, pair_read_room(pair)) : bytes;
}

static uint64_t member_grant(struct queue_member *member, uint64_t bytes)
{
    struct pair_channel *pair = pair_of_member(member);
    enum shaper_direction direction = member->queue->direction;

    pair->unsent_bytes[direction] -= bytes;
    pair_read_in(pair, direction, (size_t)bytes);
    channel_charge(&pair->common, direction, (size_t)bytes);
    pair_hand_on(pair, direction);
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
            pair_line_up(pair, (enum shaper_direction)d);
}

int pair_set_queues(struct shaper_channel *channel, struct shaper_group *group)
{
    struct pair_channel *pair = (struct pair_channel *)channel;

    leave_queues(pair);
    return group ? enter_queues(pair, group) : 0;
}
