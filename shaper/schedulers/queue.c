#include "shaper/schedulers/queue.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "shaper/libevent/state.h"

static uint64_t serve(struct queue *queue, uint64_t most_bytes);

/* A level that is not above 0 carries nothing. */
static uint64_t level_of(const struct queue *queue)
{
    int64_t level = queue->is_stopped ? 0 : bucket_level(queue->bucket, queue->direction);

    return level > 0 ? (uint64_t)level : 0;
}

/* --- a queue as a member of its parent ------------------------------------------------------ */

static struct queue *queue_of_above(const struct queue_member *above)
{
    return (struct queue *)((uintptr_t)above - offsetof(struct queue, above));
}

static uint64_t queue_wanted_bytes(const struct queue_member *above)
{
    const struct queue *queue = queue_of_above(above);

    return queue->waiting_count > 0 ? level_of(queue) : 0;
}

static uint64_t queue_grant(struct queue_member *above, uint64_t bytes)
{
    return serve(queue_of_above(above), bytes);
}

/* --- serving ------------------------------------------------------------------------------- */

static void run_serve(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    serve(arg, UINT64_MAX);
}

/* There may be something to grant: the topmost queue serves, once arrivals are in. */
static void want_service(struct queue *queue)
{
    if (queue->is_serving)
        return;
    if (queue->above.queue)
        queue_member_changed(&queue->above);
    else if (queue->waiting_count > 0 && !queue->is_stopped)
        event_active(queue->serve, EV_TIMEOUT, 0);
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A channel's group is charged first, so that the bucket is charged before the owner hears of the
 * bytes; how many bytes a queue below grants is known only afterwards. */
static uint64_t grant_and_charge(struct queue *queue, struct queue_member *member, uint64_t bytes)
{
    if (member->grant != queue_grant) {
        bucket_charge(queue->bucket, queue->direction, bytes);
        return member->grant(member, bytes);
    }
    bytes = member->grant(member, bytes);
    if (bytes > 0) {
        bucket_charge(queue->bucket, queue->direction, bytes);
        bucket_charged_from_below(queue->bucket, queue->direction, bytes);
    }
    return bytes;
}

static uint64_t grant_once(struct queue *queue, uint64_t most_bytes)
{
    uint64_t share, level = level_of(queue);
    struct queue_member *member = queue->ops->next(queue, level, &share);
    uint64_t bytes = min_u64(min_u64(share, level), most_bytes);

    bytes = min_u64(bytes, member->wanted_bytes(member));
    if (bytes > 0)
        bytes = grant_and_charge(queue, member, bytes);
    if (member->is_waiting) {
        queue->ops->served(queue, member, bytes);
        queue_member_changed(member);
    }
    return bytes;
}

/* Grants until the level, the members or the bytes are used up; returns how many bytes it did. */
static uint64_t serve(struct queue *queue, uint64_t most_bytes)
{
    uint64_t granted = 0;

    queue->is_serving = true;
    while (granted < most_bytes && queue->waiting_count > 0 && level_of(queue) > 0)
        granted += grant_once(queue, most_bytes - granted);
    queue->is_serving = false;
    return granted;
}

/* --- members ------------------------------------------------------------------------------- */

int queue_init(struct queue *queue, struct shaper *shaper, const struct bucket *bucket,
               enum shaper_direction direction)
{
    memset(queue, 0, sizeof(*queue));
    queue->shaper = shaper;
    queue->bucket = bucket;
    queue->direction = direction;
    queue->above.wanted_bytes = queue_wanted_bytes;
    queue->above.grant = queue_grant;
    queue->above.weight = 1;
    TAILQ_INIT(&queue->waiting);
    queue->serve = event_new(shaper->base, -1, 0, run_serve, queue);
    if (!queue->serve)
        return -1;
    event_priority_set(queue->serve, SHAPER_PRIORITY_GRANT);
    return 0;
}

void queue_fini(struct queue *queue)
{
    if (queue->above.queue)
        queue_leave(&queue->above);
    if (queue->serve)
        event_free(queue->serve);
    free(queue->heap);
}

void queue_join(struct queue *queue, struct queue_member *member)
{
    member->queue = queue;
    member->deficit_bytes = 0;
    member->is_visited = false;
    member->start_tag = 0;
    member->tag_rest = 0;
    queue->member_count++;
    queue_member_changed(member);
}

static void stop_waiting(struct queue_member *member)
{
    member->is_waiting = false;
    member->queue->waiting_count--;
    member->queue->ops->ends(member->queue, member);
}

void queue_leave(struct queue_member *member)
{
    struct queue *queue = member->queue;

    if (!queue)
        return;
    if (member->is_waiting)
        stop_waiting(member);
    member->queue = NULL;
    queue->member_count--;
    if (queue->above.queue)
        queue_member_changed(&queue->above);
}

void queue_member_changed(struct queue_member *member)
{
    struct queue *queue = member->queue;
    bool waits = member->wanted_bytes(member) > 0;

    if (waits && !member->is_waiting) {
        member->is_waiting = true;
        queue->waiting_count++;
        if (queue->ops->begins(queue, member) != 0) {
            queue->shaper->is_out_of_memory = true;
            queue->waiting_count--;
            member->is_waiting = false;
        }
    } else if (!waits && member->is_waiting) {
        stop_waiting(member);
    }
    want_service(queue);
}

void queue_stopped(struct queue *queue, bool is_stopped)
{
    bool opens = queue->is_stopped && !is_stopped;

    queue->is_stopped = is_stopped;
    if (opens && queue->ops->opens)
        queue->ops->opens(queue);
    want_service(queue);
}
